"""Commands for what managers say: record a call of a period, and list the calls."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from leadcast.commands.looking import PERIOD_HELP, now
from leadcast.errors import LeadcastError
from leadcast.options import json_option, open_history, print_json, workspace_options

if TYPE_CHECKING:
    import numpy as np

    from leadcast.history import History
    from leadcast.period import Period
    from leadcast.workspace.model import Workspace


@click.command()
@workspace_options
@click.option("--period", required=True, help=f"{PERIOD_HELP} The words are those of today.")
@click.option("--amount", type=float, help="What will be won in all, in the reporting currency.")
@click.option("--count", type=float, help="How many will be won in all.")
@click.option("--owner", help="Whose deals. [default: everyone's]")
@click.option("--by", "who", required=True, metavar="WHO", help="Who says so.")
@click.option("--note", default="", help="Why, in your own words.")
@click.option("--currency", help="Of the amount; the workspace's reporting currency is the only one that can be added up.")
def call(workspace: Path, data: Path | None, period: str, amount: float | None, count: float | None, owner: str | None, who: str,
         note: str, currency: str | None) -> None:
    """Record what you say a period will bring, beside the model's forecast. An earlier call of the same deals stays on record.

    Example: leadcast call --period 2026-Q1 --amount 250000 --owner ann --by Mia --note "two renewals are safe"
    """
    from leadcast.calls import record_call
    from leadcast.show import money
    from leadcast.workspace import read_workspace

    opened, when = read_workspace(workspace, data), now()
    reporting = opened.workspace.currency
    if currency is not None and currency.upper() != reporting:
        raise LeadcastError(f"--currency {currency}: calls are kept in the reporting currency, {reporting}, so that they can be "
                            f"added up. Convert the amount, and call it in {reporting}.")
    if owner is not None:
        _known(open_history(workspace, data)[1], owner)
    made = record_call(_file(opened), _period(opened, period, when), who, when, reporting, amount, count, owner, note)
    said = [*([] if amount is None else [money(amount, reporting)]), *([] if count is None else [f"{count:g} won"])]
    click.echo(f"Recorded: {made.who} calls {' and '.join(said)} for {made.period.name}{f', {owner}' if owner else ''}.")


@click.command()
@workspace_options
@click.option("--period", help=f"Only of this one: {PERIOD_HELP} The words are those of today.")
@click.option("--all", "every", is_flag=True, help="Earlier versions too, as they were recorded.")
@json_option
def calls(workspace: Path, data: Path | None, period: str | None, every: bool, as_json: bool) -> None:
    """List the calls that stand: the newest of each period and owner.

    Example: leadcast calls --period quarter
    """
    from leadcast.calls import calls_at, read_calls
    from leadcast.show import console
    from leadcast.show_calls import calls_table
    from leadcast.workspace import read_workspace

    opened, when = read_workspace(workspace, data), now()
    span = None if period is None else _period(opened, period, when)
    file = _file(opened)
    if every:
        found = [c for c in read_calls(file) if span is None or (c.period.start, c.period.end) == (span.start, span.end)]
    else:
        found = calls_at(file, when, span)
    if as_json:
        print_json([one.to_json() for one in found])
    elif found:
        console().print(calls_table(found))
    else:
        click.echo(f"No call is recorded{f' for {span.name}' if span else ''}. Record one with leadcast call.")


def _file(opened: "Workspace") -> Path:
    from leadcast.calls import NAME
    from leadcast.places import state_folder

    return state_folder(opened) / NAME


def _period(opened: "Workspace", text: str, when: "np.datetime64") -> "Period":
    from leadcast.period import read_period

    return read_period(text, when, opened.workspace.timezone, opened.forecast.fiscal_year_starts)


def _known(history: "History", owner: str) -> None:
    """Refuse an owner whom the data do not know: their call would stand beside nothing."""
    from leadcast.workspace.messages import did_you_mean
    from serving.calls_kept import known_owners

    known = known_owners(history)
    if owner not in known:
        shown = ", ".join(sorted(known)[:5]) + (", ..." if len(known) > 5 else "")
        raise LeadcastError(f"--owner {owner}: nobody of that name in the data{did_you_mean(owner, sorted(known))} "
                            f"There is {shown or 'nobody: leave --owner out'}.")
