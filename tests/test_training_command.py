"""``python -m training`` and ``mlflow run``: the same as ``leadcast train``."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from leadcast.places import ALIAS
from training.__main__ import _forget_outer_run, main

ROOT = Path(__file__).resolve().parent.parent


def test_a_mistake_is_one_line_and_exit_code_2(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["--workspace", str(tmp_path / "nowhere")]) == 2
    said = capfd.readouterr()
    assert said.out == "" and "nowhere" in said.err and "Traceback" not in said.err


def test_mlflow_s_own_run_and_default_store_are_left_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_RUN_ID", "1")
    monkeypatch.setenv("MLFLOW_EXPERIMENT_ID", "0")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path / 'mlflow.db'}")
    _forget_outer_run()
    assert not {"MLFLOW_RUN_ID", "MLFLOW_EXPERIMENT_ID", "MLFLOW_TRACKING_URI"} & set(os.environ)


def test_a_store_that_was_named_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_RUN_ID", "1")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://models.example:5000")
    _forget_outer_run()
    assert os.environ["MLFLOW_TRACKING_URI"] == "http://models.example:5000" and "MLFLOW_RUN_ID" not in os.environ


@pytest.mark.long
def test_mlflow_run_trains_and_registers(tmp_path: Path) -> None:
    from leadcast.simulate import simulate

    project, folder = tmp_path / "project", tmp_path / "a work space"
    project.mkdir()
    shutil.copyfile(ROOT / "MLproject", project / "MLproject")
    simulate(folder, 900, 5, "crm")
    shutil.copyfile(ROOT / "examples" / "simulated-crm" / "leadcast.toml", folder / "leadcast.toml")
    bin_folder = Path(sys.executable).parent
    environment = {k: v for k, v in os.environ.items() if not k.startswith("MLFLOW_")}
    environment |= {"PATH": f"{bin_folder}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    said = (f"workspace={folder}", "target=win", "as_of=2026-06-01T00:00")
    command = [bin_folder / "mlflow", "run", ".", "-e", "train", "--env-manager", "local", *(x for p in said for x in ("-P", p))]
    ran = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    assert "-win version 1" in ran.stdout
    from mlflow import MlflowClient

    client = MlflowClient(f"sqlite:///{folder / '.leadcast' / 'mlflow.db'}")
    model, = client.search_registered_models()
    assert model.name.endswith("-win") and model.aliases == {ALIAS: 1}
