"""What the commands have in common: options, and how a user's mistake ends."""

import json
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from leadcast.errors import LeadcastError

if TYPE_CHECKING:
    import numpy as np

    from leadcast.bundle import Bundle
    from leadcast.history import History
    from leadcast.workspace.model import Workspace

Command = Callable[..., Any]
FOLDER = click.Path(file_okay=False, path_type=Path)
FILE = click.Path(dir_okay=False, path_type=Path)
SEED = click.IntRange(0, 2**31 - 1)


class FrontDoor(click.Group):
    """A user's mistake is one line on stderr and exit code 2; anything else is a bug and shows its traceback.

    Commands are listed in the order in which they are used.
    """

    def list_commands(self, context: click.Context) -> list[str]:
        return list(self.commands)

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except LeadcastError as mistake:
            click.echo(f"error: {mistake}", err=True)
            context.exit(2)


def workspace_options(command: Command) -> Command:
    """--workspace and --data, which every command on a workspace takes."""
    command = click.option("--data", type=FOLDER, help="The folder of the files, instead of the one in leadcast.toml.")(command)
    return click.option("--workspace", "-w", type=click.Path(path_type=Path), default=Path(), show_default="this folder",
                        help="The folder of leadcast.toml.")(command)


def as_of_option(command: Command) -> Command:
    return click.option("--as-of", metavar="TIME", help="Look at the data as known then: a date or an ISO time, UTC without "
                        "offset. [default: the end of the data]")(command)


def json_option(command: Command) -> Command:
    return click.option("--json", "as_json", is_flag=True, help="Print JSON, for a program to read.")(command)


def finite(option: str, amount: float) -> None:
    """Refuse an amount below 0, infinite or none at all."""
    if not (math.isfinite(amount) and amount >= 0):
        raise LeadcastError(f"{option} {amount:g}: an amount is 0 or more.")


def print_json(data: Any) -> None:
    """JSON for any program: what is no number (NaN, infinity) is null."""
    click.echo(json.dumps(_finite(data), indent=2, allow_nan=False))


def _finite(data: Any) -> Any:
    if isinstance(data, Mapping):
        return {key: _finite(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [_finite(value) for value in data]
    return None if isinstance(data, float) and not math.isfinite(data) else data


def open_history(workspace: Path, data: Path | None) -> "tuple[Workspace, History]":
    """A workspace and everything its mapping reads."""
    from leadcast.mapping import read_history
    from leadcast.workspace import read_workspace

    opened = read_workspace(workspace, data)
    return opened, read_history(opened)


def read_as_of(text: str | None) -> "np.datetime64 | None":
    """The moment an --as-of means; None where it was not given."""
    from leadcast.moment import read_moment

    return None if text is None else read_moment(text)


def moment(text: str | None, history: "History") -> "np.datetime64":
    """The same, the end of the data where it was not given; says on stderr where it is later than that."""
    given = read_as_of(text)
    if given is not None and given > history.end:
        from leadcast.moment import minute

        click.echo(f"note: The data end at {minute(history.end)}; nothing later is known.", err=True)
    return history.end if given is None else given


def warn_of_hindsight(bundles: "Mapping[str, Bundle]", when: "np.datetime64") -> None:
    """Say on stderr which models have learned from outcomes that nobody knew at ``when``."""
    later = {name: bundle.facts.trained_as_of for name, bundle in bundles.items() if bundle.facts.trained_as_of > when}
    if later:
        from leadcast.moment import minute

        end = minute(max(later.values()))
        click.echo(f"note: {', '.join(later)} learned from data to {end}, later than --as-of: nobody could have known as "
                   "much then. To judge a past day, leadcast backtest; or leadcast train --as-of that day with another "
                   "MLFLOW_TRACKING_URI, and score with that.", err=True)
