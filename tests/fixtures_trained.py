"""A small simulated workspace, trained once per session, and the service running on it."""

import shutil
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

from leadcast.bundle import Bundle
from leadcast.history import History
from leadcast.mapping import read_history
from leadcast.rawrecords import RawRecords
from leadcast.simulate import simulate
from leadcast.workspace import read_workspace
from leadcast.workspace.model import Workspace

LEADS, SEED = 800, 5
ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class TrainedWorkspace:
    """A workspace whose champions are registered."""

    folder: Path
    workspace: Workspace
    history: History
    bundles: dict[str, Bundle]
    scores: pd.DataFrame
    records: RawRecords


def simulated_workspace(folder: Path, leads: int, seed: int) -> Path:
    """The CRM shape's files with their mapping beside."""
    simulate(folder, leads, seed, "crm")
    return folder


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> TrainedWorkspace:
    from serving.registry import load_champions
    from serving.scores import score_table
    from training.run import train

    folder = simulated_workspace(tmp_path_factory.mktemp("trained"), LEADS, SEED)
    workspace = read_workspace(folder)
    history = read_history(workspace)
    train(workspace, history, left_out={})
    bundles = load_champions(workspace)
    scores = score_table(history, bundles, history.end)
    return TrainedWorkspace(folder, workspace, history, bundles, scores, RawRecords(workspace))


@pytest.fixture(scope="session")
def service(trained: TrainedWorkspace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running service on a copy of the trained workspace, whose store may be written."""
    folder = tmp_path_factory.mktemp("served") / "copy"
    shutil.copytree(trained.folder, folder)
    with running_service(read_workspace(folder)) as address:
        wait_for(f"{address}/readyz", 200)
        yield address


@pytest.fixture(scope="session")
def service_without_models(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a service that was started on a workspace where nothing is trained."""
    folder = simulated_workspace(tmp_path_factory.mktemp("untrained"), 30, SEED)
    with running_service(read_workspace(folder)) as address:
        wait_for(f"{address}/livez", 200)
        wait_for(f"{address}/readyz", 503)
        yield address


class running_service:
    """``with running_service(workspace) as address``: plain ``bentoml serve`` on a free port, ended by its own process id."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace

    def __enter__(self) -> str:
        from serving.launch import HOST, command, environment, free_port

        port = free_port()
        environ = {**environment(self.workspace, None), "PYTHONPATH": str(ROOT)}
        with (self.workspace.folder / "service.log").open("w") as log:
            self.process = subprocess.Popen(command(port), env=environ, stdout=log, stderr=log, start_new_session=True)
        return f"http://{HOST}:{port}"

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(timeout=30)


def wait_for(address: str, status: int, seconds: float = 90) -> None:
    deadline = time.monotonic() + seconds
    found: int | None = None
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(address, timeout=2) as answer:
                found = answer.status
        except urllib.error.HTTPError as refused:
            found = refused.code
        except OSError:
            found = None
        if found == status:
            return
        time.sleep(0.2)
    raise AssertionError(f"{address} answers {found}, not {status}")
