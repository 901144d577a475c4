"""The command that shows a funnel: who reached which stage, who went on, and how long it took."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from leadcast.commands.looking import PERIOD_HELP
from leadcast.errors import LeadcastError
from leadcast.options import as_of_option, json_option, moment, open_history, print_json, workspace_options

if TYPE_CHECKING:
    import numpy as np

    from leadcast.workspace.model import Workspace


@click.command()
@workspace_options
@as_of_option
@click.option("--path", type=click.Choice(["leads", "deals", "leads_to_deals"]),
              help="Whose stages; leads_to_deals follows each lead on through its deal. [default: deals, or leads]")
@click.option("--pipeline", help="Which one, where several are declared. [default: the first]")
@click.option("--period", help=f"Only those created in it: {PERIOD_HELP}")
@click.option("--from", "since", metavar="TIME", help="Only those created at or after it: a date or an ISO time (UTC).")
@click.option("--to", "until", metavar="TIME", help="Only those created before it.")
@click.option("--owner", help="Only this one's.")
@click.option("--source", help="Only those that came from there.")
@click.option("--by", help="Also by a column: owner, manager, region, source or an attribute.")
@click.option("--top", type=click.IntRange(1), default=20, show_default=True, help="How many groups to print.")
@json_option
def funnel(workspace: Path, data: Path | None, as_of: str | None, path: str | None, pipeline: str | None, period: str | None,
           since: str | None, until: str | None, owner: str | None, source: str | None, by: str | None, top: int,
           as_json: bool) -> None:
    """Show how many reached each stage, how many went on, and how long they stayed.

    Example: leadcast funnel --period 2026-Q1 --by source   or   leadcast funnel --path leads_to_deals
    """
    from leadcast.funnel import Wanted, funnels_of
    from leadcast.show import console
    from leadcast.show_funnel import funnels_shown

    opened, history = open_history(workspace, data)
    when = moment(as_of, history)
    start, end = _span(opened, period, since, until, when)
    chosen = path or ("deals" if history.opportunities.rows else "leads")
    found = funnels_of(history, Wanted(chosen, pipeline, start, end, owner, source, by), when)  # type: ignore[arg-type]
    if as_json:
        print_json({"as_of": f"{when}Z", "path": chosen, "currency": opened.workspace.currency, **found.to_json()})
    else:
        funnels_shown(console(), found, _title(chosen, start, end, when), opened.workspace.currency, top)


def _span(
    opened: "Workspace", period: str | None, since: str | None, until: str | None, when: "np.datetime64"
) -> "tuple[np.datetime64 | None, np.datetime64 | None]":
    from leadcast.options import read_as_of
    from leadcast.period import read_period

    if period is None:
        return read_as_of(since), read_as_of(until)
    if since is not None or until is not None:
        raise LeadcastError("--period says from when to when already: leave out --from and --to.")
    span = read_period(period, when, opened.workspace.timezone, opened.forecast.fiscal_year_starts)
    return span.start, span.end


def _title(path: str, start: "np.datetime64 | None", end: "np.datetime64 | None", when: "np.datetime64") -> str:
    from leadcast.moment import minute

    what = {"leads": "leads", "deals": "deals", "leads_to_deals": "leads and their deals"}[path]
    created = [*([f"from {minute(start)}"] if start is not None else []), *([f"before {minute(end)}"] if end is not None else [])]
    return f"Funnel of {what}{', created ' + ' and '.join(created) if created else ''}, as of {minute(when)}"
