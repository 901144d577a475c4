"""The command that runs the service and its companion, and stops them without a lost request."""

import ipaddress
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click
import numpy as np

from leadcast.errors import LeadcastError
from leadcast.options import workspace_options

if TYPE_CHECKING:
    from leadcast.workspace.model import Workspace
    from serving.supervise import Child


@click.command()
@workspace_options
@click.option("--host", default="127.0.0.1", show_default=True, help="The address it answers on.")
@click.option("--port", type=click.IntRange(1, 65535), default=3000, show_default=True)
@click.option("--workers", type=click.IntRange(1, 64), default=2, show_default=True, envvar="LEADCAST_WORKERS", show_envvar=True,
              help="How many processes answer.")
@click.option("--drain-seconds", type=click.FloatRange(0, 600), default=2.0, show_default=True,
              help="How long clients are asked to leave before it stops.")
@click.option("--no-work", is_flag=True, help="Without the companion (leadcast work): no new champions, fresh lists or jobs.")
@click.option("--as-of", metavar="TIME", help="Show the company as it was then: a date, an ISO time, or end (of the data). In "
              "a store of its own, gone at the end; the clock goes on from there.")
def serve(
    workspace: Path, data: Path | None, host: str, port: int, workers: int, drain_seconds: float, no_work: bool, as_of: str | None
) -> None:
    """Start the scoring service on the champions, and keep it running.

    New champions take over while it runs. Ctrl-C or SIGTERM stops it once its clients have left; a second one at once.

    Example: leadcast serve --port 3000   then   curl http://127.0.0.1:3000/readyz
    """
    from leadcast.workspace import read_workspace

    opened = read_workspace(workspace, data)
    serve_checks(opened, data, host, port)
    with _clock(opened, data, as_of) as behind:
        _serve(opened, data, host, port, workers, drain_seconds, no_work, behind)


def _serve(
    opened: "Workspace", data: Path | None, host: str, port: int, workers: int, drain_seconds: float, no_work: bool, behind: float
) -> None:
    from serving.clock import SHIFT
    from serving.launch import command, drain_file, environment, work_command
    from serving.supervise import Child

    environ = environment(opened, data)
    drain = drain_file(environ, port)
    drain.unlink(missing_ok=True)
    environ |= {"LEADCAST_WORKERS": str(workers), "LEADCAST_DRAIN": str(drain), SHIFT: str(behind)}
    service = Child("service", command(port, host), environ, vital=True)
    companion = None if no_work else Child("companion", work_command(opened, data), environ, vital=False)
    _tell(f"Leadcast answers on {_address(host, port)} (its paths: /docs). Ctrl-C ends it.")
    _run(service, companion, drain, drain_seconds)


@contextmanager
def _clock(opened: "Workspace", data: Path | None, as_of: str | None) -> Iterator[float]:
    """By how many seconds the service's clock is behind, so that it begins at the moment that is asked for."""
    from leadcast.commands.looking import now
    from leadcast.commands.past_day import past_day

    if as_of is None:
        yield 0.0
        return
    with past_day(opened, data, as_of) as moment:
        yield float((now() - moment) / np.timedelta64(1, "s"))


def serve_checks(opened: "Workspace", data: Path | None, host: str, port: int) -> None:
    """Everything that would keep the service from answering; each check says what to do.

    Raises
    ------
    LeadcastError : the first that fails
    """
    from serving.launch import port_is_taken

    _check_address(host)
    _check_door(opened, host)
    _check_models(opened, data)
    if port_is_taken(port, host):
        raise LeadcastError(f"Port {port} is taken; choose another with --port.")


def _check_address(host: str) -> None:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        raise LeadcastError(f"--host {host}: not an IP address; write 127.0.0.1 (this machine alone) or 0.0.0.0.") from None


def _check_door(opened: "Workspace", host: str) -> None:
    """The gate's settings, and that others cannot reach a service that asks for no key."""
    from leadcast.store import open_store
    from serving.door import refuse_open_door
    from serving.gate_settings import read_gate_settings

    read_gate_settings(os.environ)
    store = open_store(opened)
    refuse_open_door(host, store)
    store.close()


def _check_models(opened: "Workspace", data: Path | None) -> None:
    """Bring the champions here, in a process of its own: MLflow is large, and this one stays. What is here needs no registry."""
    from serving.copies import read_alarms, read_pointer, serving_folder
    from serving.launch import work_command
    from serving.registry import nothing_trained

    folder = serving_folder(opened)
    done = subprocess.run([*work_command(opened, data), "--once", "--only", "models"], stderr=subprocess.PIPE, text=True)
    if not read_pointer(folder):
        reasons = [alarm.reason for alarm in read_alarms(folder).values()]
        trouble = done.stderr.strip().rpartition("\n")[2] if done.returncode else str(nothing_trained(opened.workspace.name))
        raise LeadcastError("; ".join(reasons) or trouble)
    click.echo(done.stderr, err=True, nl=False)


def _run(service: "Child", companion: "Child | None", drain: Path, drain_seconds: float) -> None:
    from serving import supervise
    from serving.stopping import Stop

    stop = Stop().listen()
    code = 0
    try:
        supervise.keep_running([service] if companion is None else [service, companion], stop, _tell)
        _tell("stopping: clients are asked to leave")
        supervise.drain(drain, drain_seconds, stop)
    except supervise.GaveUp as reason:
        click.echo(f"error: {reason}", err=True)
        code = 1
    supervise.end(service)
    if companion is not None:
        supervise.end(companion)
    with suppress(OSError):
        drain.unlink(missing_ok=True)
    raise SystemExit(code)


def _address(host: str, port: int) -> str:
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def _tell(line: str) -> None:
    click.echo(f"serve: {line}", err=True)
