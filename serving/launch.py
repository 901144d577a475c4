"""How the service is started: as a BentoML process of its own, on the loopback address, with a home of its own."""

import os
import socket
import sys
from pathlib import Path

from leadcast.workspace.model import Workspace

HOST = "127.0.0.1"


def command(port: int) -> list[str]:
    """The command line; requests in flight get ten seconds when it is told to stop."""
    return [sys.executable, "-m", "bentoml", "serve", "serving.service:Leadcast",
            "--host", HOST, "--port", str(port), "--timeout-graceful-shutdown", "10"]


def environment(workspace: Workspace, data: Path | None) -> dict[str, str]:
    """The variables it needs on top of ours. Two servers with one BENTOML_HOME would wipe each other's files."""
    home = workspace.folder.resolve() / ".leadcast" / "bentoml"
    home.mkdir(parents=True, exist_ok=True)
    ours = {"LEADCAST_WORKSPACE": str(workspace.folder.resolve()), "BENTOML_HOME": str(home), "BENTOML_DO_NOT_TRACK": "True",
            "MLFLOW_DISABLE_TELEMETRY": "true"}
    if data is not None:
        ours["LEADCAST_DATA"] = str(Path(data).resolve())
    return {**os.environ, **ours}


def free_port() -> int:
    """A port nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def port_is_taken(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return True
    return False
