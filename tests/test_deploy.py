"""What runs the service elsewhere names files, commands and settings that are there."""

import configparser
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from leadcast.cli import main

ROOT = Path(__file__).resolve().parent.parent
DEPLOY = ROOT / "deploy"
ROOMS = ("leadcast", "features", "training", "serving")


def test_the_container_copies_only_what_a_clone_has():
    copied = [source for line in (DEPLOY / "Containerfile").read_text().splitlines() if line.startswith("COPY ")
              for source in line.split()[1:-1]]
    assert copied and not [source for source in copied if not (ROOT / source).exists()]


def options_of(command: str) -> set[str]:
    return set(re.findall(r"--[a-z-]+", CliRunner().invoke(main, [command, "--help"]).output))


def test_what_container_compose_and_unit_start_is_a_command_with_these_options():
    unit = configparser.ConfigParser(interpolation=None, strict=False, comment_prefixes=("#",))
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read(DEPLOY / "leadcast.service")
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    container = re.search(r"^CMD (\[.*\])$", (DEPLOY / "Containerfile").read_text(), re.M)
    assert container is not None
    started = [unit["Service"]["ExecStart"].split(), compose["services"]["leadcast"]["command"], yaml.safe_load(container[1])]
    for words in started:
        assert Path(words[0]).name == "leadcast" and words[1] == "serve"
        assert {word for word in words if word.startswith("--")} <= options_of("serve")


def test_compose_gives_the_store_and_the_registry_to_the_service_and_opens_only_the_loopback_address():
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    assert set(services) == {"leadcast", "mlflow", "postgres"}
    assert set(services["leadcast"]["environment"]) == {"LEADCAST_STORE_URL", "MLFLOW_TRACKING_URI"}
    assert all(port.startswith("127.0.0.1:") for service in services.values() for port in service.get("ports", ()))


@pytest.mark.long
def test_a_wheel_holds_the_migrations_and_everything_else_that_runs(tmp_path):
    source = tmp_path / "source"
    for name in (*ROOMS, "pyproject.toml", "README.md", "LICENSE"):
        (shutil.copytree if (ROOT / name).is_dir() else copy_file)(ROOT / name, source / name)
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "-q", "-w", str(tmp_path), str(source)]
    subprocess.run(command, check=True)
    (wheel,) = tmp_path.glob("*.whl")
    held = set(zipfile.ZipFile(wheel).namelist())
    needed = {path.relative_to(ROOT).as_posix() for room in ROOMS for path in (ROOT / room).rglob("*.py")}
    assert not needed - held


def copy_file(source: Path, to: Path) -> None:
    to.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(source, to)
