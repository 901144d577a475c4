"""How the service is started: as a BentoML process of its own, with a home of its own; and its companion beside it."""

import os
import socket
import subprocess
import sys
from pathlib import Path

from leadcast.places import state_folder
from leadcast.workspace.model import Workspace
from serving.metrics_folder import new_metrics_folder

HOST = "127.0.0.1"


def command(port: int, host: str = HOST) -> list[str]:
    """The command line; requests in flight get ten seconds when it is told to stop."""
    return [sys.executable, "-m", "bentoml", "serve", "serving.service:Leadcast",
            "--host", host, "--port", str(port), "--timeout-graceful-shutdown", "10"]


def work_command(workspace: Workspace, data: Path | None) -> list[str]:
    """The command line of the companion, which brings new models."""
    given = [] if data is None else ["--data", str(Path(data).resolve())]
    return [sys.executable, "-m", "leadcast", "work", "--workspace", str(workspace.folder.resolve()), *given]


def environment(workspace: Workspace, data: Path | None) -> dict[str, str]:
    """The variables it needs on top of ours. Two servers with one BENTOML_HOME would wipe each other's files."""
    home = state_folder(workspace).resolve() / "bentoml"
    home.mkdir(parents=True, exist_ok=True)
    ours = {"LEADCAST_WORKSPACE": str(workspace.folder.resolve()), "BENTOML_HOME": str(home), "BENTOML_DO_NOT_TRACK": "True",
            "MLFLOW_DISABLE_TELEMETRY": "true", "LEADCAST_METRICS_DIR": str(new_metrics_folder(state_folder(workspace))),
            "FORWARDED_ALLOW_IPS": ""}  # whom to believe about addresses is the gate's to know, not uvicorn's
    if data is not None:
        ours["LEADCAST_DATA"] = str(Path(data).resolve())
    return {**os.environ, **ours}


def start(workspace: Workspace, data: Path | None, log: Path) -> "tuple[str, subprocess.Popen[bytes]]":
    """Start it alone on a free port, with its output in a file; returns its address and its process."""
    port = free_port()
    with log.open("w") as chatter:
        process = subprocess.Popen(command(port), env=environment(workspace, data), stdout=chatter, stderr=chatter,
                                   start_new_session=True)
    return f"http://{HOST}:{port}", process


def drain_file(environ: dict[str, str], port: int) -> Path:
    """Where the service on a port is told that it is being stopped."""
    return Path(environ["BENTOML_HOME"]) / f"draining-{port}"


def free_port() -> int:
    """A port nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def port_is_taken(port: int, host: str = HOST) -> bool:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return True
    return False
