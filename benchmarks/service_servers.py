"""The servers that are measured, each a process of its own with two workers, started and stopped."""

import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import click

from benchmarks.service_cases import BARE, ECHO, LEADCAST, MLFLOW
from leadcast.places import ALIAS, model_name, tracking_uri
from leadcast.workspace.model import Workspace
from serving.launch import HOST, command, environment, free_port

WORKERS = "2"


@contextmanager
def running(peer: str, opened: Workspace, target: str, scratch: Path) -> Iterator[str]:
    """A server's address, once it answers.

    Parameters
    ----------
    target : whose model the servers that know only models answer with
    scratch : holds ``bundle``, and takes logs
    """
    port = free_port()
    home = scratch / "bentoml"
    home.mkdir(exist_ok=True)
    environ = {**environment(opened, None), "LEADCAST_WORKERS": WORKERS, "PYTHONPATH": str(Path.cwd()), "BENTOML_HOME": str(home),
               "BENCHMARK_BUNDLE": str(scratch / "bundle"), "MLFLOW_TRACKING_URI": tracking_uri(opened),
               "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}  # where MLflow finds uvicorn
    with (scratch / f"{peer.split()[0]}.log").open("w") as log:
        command_line = _command(peer, opened, target, port)
        process = subprocess.Popen(command_line, env=environ, stdout=log, stderr=log, start_new_session=True)
    try:
        address = f"http://{HOST}:{port}"
        _wait(address + ("/ping" if peer == MLFLOW else "/readyz"), process, Path(log.name))
        yield address
    finally:
        _end(process)


def _command(peer: str, opened: Workspace, target: str, port: int) -> list[str]:
    name = model_name(opened.workspace.name, target)
    return {
        LEADCAST: command(port),
        ECHO: [part.replace("serving.service:Leadcast", "benchmarks.service_peers:Echo") for part in command(port)],
        BARE: [sys.executable, "-m", "uvicorn", "--factory", "benchmarks.service_peers:bare_app", "--port", str(port),
               "--workers", WORKERS, "--no-access-log"],
        MLFLOW: [sys.executable, "-m", "mlflow", "models", "serve", "-m", f"models:/{name}@{ALIAS}", "--env-manager", "local",
                 "-p", str(port), "-w", WORKERS],
    }[peer]


def _wait(address: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    for _ in range(600):
        try:
            urllib.request.urlopen(address, timeout=2).close()
            return
        except OSError:
            if process.poll() is not None:
                break
            time.sleep(0.2)
    raise click.ClickException(f"{address} does not answer: {log.read_text()[-2000:]}")


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()
    with suppress(ProcessLookupError):  # whoever of its group is left
        os.killpg(process.pid, signal.SIGKILL)
