"""The companion of the service: what is to be done beside it, in one process."""

import os
from datetime import UTC, datetime
from pathlib import Path

import click

from leadcast.options import workspace_options


@click.command()
@workspace_options
@click.option("--once", is_flag=True, help="Do each chore once and end; exit code 1 where one failed.")
@click.option("--only", metavar="CHORE", multiple=True, help="Only this chore; may be repeated. [default: all]")
def work(workspace: Path, data: Path | None, once: bool, only: tuple[str, ...]) -> None:
    """Do what is to be done beside the service: bring new champions, keep scores and outlooks fresh, save a forecast every week,
    run jobs, forget what is old.

    leadcast serve starts it; beside a service that something else starts, run one per host.

    Example: leadcast work   or   leadcast work --once
    """
    from leadcast.workspace import read_workspace
    from serving.chores import chores_of, do_chores, do_once
    from serving.clock import shifted
    from serving.stopping import Stop

    clock = shifted(_now, os.environ)
    chores = chores_of(read_workspace(workspace, data), data)
    known = [chore.name for chore in chores]
    if unknown := [name for name in only if name not in known]:
        raise click.UsageError(f"There is no chore {', '.join(unknown)}; there is {', '.join(known)}.")
    chores = [chore for chore in chores if not only or chore.name in only]
    if once:
        raise SystemExit(0 if do_once(chores, clock, _tell) else 1)
    do_chores(chores, Stop().listen(), clock, _tell)


def _now() -> datetime:
    return datetime.now(UTC)


def _tell(line: str) -> None:
    click.echo(f"work: {line}", err=True)
