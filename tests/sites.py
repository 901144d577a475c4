"""Trained workspaces with a service each, as a reader of the page finds them: on a day in the midst of a quarter, all alive."""

import http.client
import json
import os
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fixtures_running import Running, until
from fixtures_trained import ROOT

from leadcast.workspace import read_workspace

ONE_THREAD = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
WRITTEN = ("store.db*", "bentoml", "*.log", "forecasts")
"""What a copy of a workspace begins without."""


@dataclass(frozen=True)
class Site:
    """A workspace whose service runs.

    Attributes
    ----------
    data : the folder of its files, where that is not the workspace's own
    day : that the service shows
    key : that opens it, where it asks for one
    """

    name: str
    address: str
    folder: Path
    data: Path | None
    day: str
    key: str | None = None

    def get(self, path: str, **query: Any) -> Any:
        from urllib.parse import urlencode

        return self.ask("GET", f"{path}?{urlencode(query)}" if query else path)

    def post(self, path: str, body: Any) -> Any:
        return self.ask("POST", path, body)

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        sent = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {self.key}"} if self.key else {})}
        request = urllib.request.Request(f"{self.address}/{path}", sent, headers, method=method)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.loads(answer.read())

    def command(self, *arguments: str) -> Any:
        """The JSON that a command prints for this workspace."""
        done = run(*arguments, *_where(self.folder, self.data), "--json")
        return json.loads(done.stdout)


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """``leadcast`` as a process; fails with what it said."""
    done = subprocess.run([sys.executable, "-m", "leadcast", *arguments], env=ONE_THREAD, capture_output=True, text=True)
    assert done.returncode == 0, f"leadcast {' '.join(arguments)}: {done.stderr}"
    return done


def trained_copy(name: str, folder: Path, data: Path | None) -> Path:
    """A trained workspace of one's own: what a demo has left trained, else trained now.

    Parameters
    ----------
    name : demo, or that of a folder in examples/; LEADCAST_TRAINED names a folder that holds some of them trained
    """
    left = [Path(os.environ["LEADCAST_TRAINED"]) / name] if "LEADCAST_TRAINED" in os.environ else []
    known = ROOT / "demo" if name == "demo" else ROOT / "examples" / name
    for found in (*left, known):
        if (found / ".leadcast" / "mlflow.db").exists():
            shutil.copytree(found, folder, ignore=shutil.ignore_patterns(*WRITTEN))
            return folder
    if name == "demo":
        run("simulate", str(folder))
    else:
        shutil.copytree(known, folder)
    run("train", *_where(folder, data))
    return folder


@contextmanager
def served(name: str, folder: Path, data: Path | None, day: str, key: str | None = None) -> Iterator[Site]:
    """``with served(...) as site``: the service with its companion, once scores and outlook are at hand."""
    workspace = read_workspace(folder, data)
    options = ["--workers", "1", "--as-of", day, *([] if data is None else ["--data", str(data)])]
    with Running(workspace, *options, environ={"OMP_NUM_THREADS": "1"}) as running:
        site = Site(name, running.address, folder, data, day, key)
        until(lambda: _is_ready(site), 120)
        yield site


def _is_ready(site: Site) -> bool:
    try:
        deals = site.get("v1/opportunities", open="true", limit=1)["items"]
        return bool(deals and deals[0]["scores"] and site.get("v1/outlook")["fresh"])
    except (OSError, http.client.HTTPException):
        return False


def _where(folder: Path, data: Path | None) -> list[str]:
    return ["--workspace", str(folder), *([] if data is None else ["--data", str(data)])]
