"""The command that shows a funnel: its stages, what holds them up, cohorts, sources and first responses."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from leadcast.commands.looking import PERIOD_HELP
from leadcast.errors import LeadcastError
from leadcast.options import as_of_option, json_option, moment, open_history, print_json, workspace_options

if TYPE_CHECKING:
    import numpy as np

    from leadcast.funnel import Wanted
    from leadcast.history import History
    from leadcast.workspace.model import Workspace

VIEWS = ("stages", "bottlenecks", "cohorts", "sources", "response")
Command = Callable[..., Any]


def whose_options(command: Command) -> Command:
    """Whose funnel: the keys of a request."""
    for option in reversed((
        click.option("--path", type=click.Choice(["leads", "deals", "leads_to_deals"]),
                     help="Whose stages; leads_to_deals follows each lead on through its deal. [default: deals, or leads; of "
                          "sources and response leads_to_deals where deals name their leads]"),
        click.option("--pipeline", help="Which one, where several are declared. [default: the first]"),
        click.option("--period", help=f"Only those created in it: {PERIOD_HELP}"),
        click.option("--from", "since", metavar="TIME", help="Only those created at or after it: a date or an ISO time (UTC)."),
        click.option("--to", "until", metavar="TIME", help="Only those created before it."),
        click.option("--owner", help="Only this one's."),
        click.option("--manager", help="Only those whose owner reports to this one."),
        click.option("--region", help="Only those of this region."),
        click.option("--source", help="Only those that came from there."),
        click.option("--where", multiple=True, metavar="COLUMN:VALUE",
                     help="Only those with this value in a column that --by knows; may be given several times."),
        click.option("--by", help="Also by a column: owner, manager, region, source or an attribute."),
    )):
        command = option(command)
    return command


@click.command()
@workspace_options
@as_of_option
@click.option("--view", type=click.Choice(VIEWS), default="stages", show_default=True,
              help="What is told: who reached which stage; what each stage costs, and alarms; conversion by weeks since "
                   "creation; what each source brought and cost; first response against conversion.")
@whose_options
@click.option("--unit", type=click.Choice(["week", "month", "quarter"]), default="month", show_default=True,
              help="Of cohorts: created in the same one.")
@click.option("--stage", help="Of cohorts and response: what they are to reach. [default: the win; of response sql, if there is "
                              "such a stage]")
@click.option("--top", type=click.IntRange(1), default=20, show_default=True, help="How many groups to print.")
@json_option
def funnel(workspace: Path, data: Path | None, as_of: str | None, view: str, path: str | None, unit: str, stage: str | None,
           top: int, as_json: bool, **whose: Any) -> None:
    """Show how many reached each stage, how many went on, and how long they stayed; or another view of the same.

    Example: leadcast funnel --period 2026-Q1 --by source   or   leadcast funnel --path leads_to_deals --view bottlenecks
    """
    from leadcast.funnel import widest_path
    from leadcast.show import console
    from leadcast.show_funnel import funnels_shown
    from leadcast.show_funnel_views import view_shown

    opened, history = open_history(workspace, data)
    when = moment(as_of, history)
    usual = "deals" if history.opportunities.rows else "leads"
    chosen = path or (widest_path(history) if view in ("sources", "response") else usual)
    wanted = _wanted(opened, chosen, when, **whose)
    found = _counted(view, opened, history, wanted, when, unit, stage)
    title, currency = _title(chosen, wanted, when), opened.workspace.currency
    if as_json:
        print_json({"as_of": f"{when}Z", "path": chosen, "currency": currency, **found.to_json()})
    elif view == "stages":
        funnels_shown(console(), found, title, currency, top)
    else:
        view_shown(console(), view, found, title, currency, top)


def _counted(
    view: str, opened: "Workspace", history: "History", wanted: "Wanted", when: "np.datetime64", unit: str, stage: str | None
) -> Any:
    from leadcast import funnel as counted

    zone, fiscal, keys = opened.workspace.timezone, opened.forecast.fiscal_year_starts, opened.funnel
    if view == "bottlenecks":
        bounds = counted.Thresholds(keys.alarm_points, keys.alarm_least, keys.alarm_days)
        return counted.bottlenecks_of(history, wanted, when, bounds)
    if view == "cohorts":
        return counted.cohorts_of(history, wanted, when, unit, stage, zone)  # type: ignore[arg-type]
    if view == "sources":
        return counted.sources_of(history, wanted, when, None, counted.Calendar(zone, fiscal))
    return counted.responses_of(history, wanted, when, stage) if view == "response" else counted.funnels_of(history, wanted, when)


def _wanted(
    opened: "Workspace", path: str, when: "np.datetime64", *, pipeline: str | None, period: str | None, since: str | None,
    until: str | None, owner: str | None, manager: str | None, region: str | None, source: str | None, where: tuple[str, ...],
    by: str | None,
) -> "Wanted":
    from leadcast.funnel import Wanted

    start, end = _span(opened, period, since, until, when)
    pairs = tuple((column, value) for column, _, value in (text.partition(":") for text in where))
    if not all(column and value for column, value in pairs):
        raise LeadcastError(f"--where {' '.join(where)}: write a column and its value, such as --where segment:enterprise.")
    return Wanted(path, pipeline, start, end, owner, source, by, None, manager, region, pairs)  # type: ignore[arg-type]


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


def _title(path: str, wanted: "Wanted", when: "np.datetime64") -> str:
    from leadcast.moment import minute

    what = {"leads": "leads", "deals": "deals", "leads_to_deals": "leads and their deals"}[path]
    created = [*([f"from {minute(wanted.start)}"] if wanted.start is not None else []),
               *([f"before {minute(wanted.end)}"] if wanted.end is not None else [])]
    return f"Funnel of {what}{', created ' + ' and '.join(created) if created else ''}, as of {minute(when)}"
