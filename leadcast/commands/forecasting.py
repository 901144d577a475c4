"""The command that says what a period will bring, keeps it, and explains what changed since."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from leadcast.commands.looking import PERIOD_HELP, champions_of, keep, look_at, now, read_saved
from leadcast.errors import LeadcastError
from leadcast.options import as_of_option, json_option, moment, open_history, print_json, read_as_of, workspace_options

if TYPE_CHECKING:
    import numpy as np

    from leadcast.bundle import Bundle
    from leadcast.called import Called
    from leadcast.explanation import Explanation
    from leadcast.history import History
    from leadcast.snapshots import Snapshot
    from leadcast.workspace.model import Workspace
    from serving.outlook import Outlook
    from serving.weeks import Week


@click.command()
@workspace_options
@as_of_option
@click.option("--period", help=f"{PERIOD_HELP} [default: the month of the day after --as-of]")
@click.option("--by", help="Add up by a column of the deals: owner, manager, region, stage, or an attribute. [default: owner]")
@click.option("--quota", type=float, metavar="AMOUNT", help="What is to be won, instead of what the quotas say.")
@click.option("--weeks", type=click.IntRange(1, 60), help="Also the total by the end of each of so many next weeks.")
@click.option("--save", is_flag=True, help="Keep the forecast as a snapshot, and print its id.")
@click.option("--note", default="", help="A note to keep with it.")
@click.option("--compare", nargs=2, metavar="A B", help="Explain what lies between two saved forecasts.")
@click.option("--against", metavar="ID", help="Explain what changed since a saved forecast: an id, a beginning of it, or latest.")
@click.option("--top", type=click.IntRange(1), default=20, show_default=True, help="How many parts and effects to print.")
@json_option
def forecast(workspace: Path, data: Path | None, as_of: str | None, period: str | None, by: str | None, quota: float | None,
             weeks: int | None, save: bool, note: str, compare: tuple[str, str] | None, against: str | None, top: int,
             as_json: bool) -> None:
    """Say what a period will bring: closed won, from open deals and from deals not yet created, as a distribution.

    Example: leadcast forecast --period 2026-Q1 --by owner --save   or   leadcast forecast --compare 20260216 latest
    """
    from leadcast.workspace import read_workspace

    if note and not save:
        raise LeadcastError("--note is kept with a snapshot: write --save too.")
    if compare is not None:
        if save or against or as_of or period or by or weeks or quota is not None:
            raise LeadcastError("--compare explains two saved forecasts and makes none: only --top and --json go with it.")
        _print_comparison(read_workspace(workspace, data), compare, top, as_json)
        return
    opened, history = open_history(workspace, data)
    earlier = read_saved(opened, against) if against else None
    champions, when = champions_of(opened), moment(as_of, history)
    look = look_at(opened, history, champions, when, earlier.about.period if earlier and not period else period, by, quota)
    later = look.snapshot(note)
    explanation = _explained(earlier, later) if earlier else None
    told = _weeks(opened, look, champions, history, weeks)
    called = _called(opened, look, read_as_of(as_of))
    saved = _save(opened, later, as_json) if save else None
    if as_json:
        _print_json(look, told, called, saved, explanation)
    else:
        _print(opened, look, told, called, top)
        if explanation is not None and earlier is not None:
            _print_explanation(explanation, earlier, later, top, save)


def _save(opened: "Workspace", snapshot: "Snapshot", as_json: bool) -> str:
    saved = keep(opened, snapshot)
    click.echo(f"Saved as {saved}", err=as_json)
    return saved


def _weeks(
    opened: "Workspace", look: "Outlook", champions: "dict[str, Bundle]", history: "History", most: int | None
) -> "list[Week]":
    from serving.outlook import winning
    from serving.weeks import weeks_of

    return [] if most is None else weeks_of(look, winning(history, champions), most, opened.workspace.timezone)


def _called(opened: "Workspace", look: "Outlook", asked: "np.datetime64 | None") -> "list[Called]":
    """The calls of the period as they stood at --as-of; of a forecast of today, as they stand now."""
    from serving.asked_forecasts import called_beside

    return called_beside(opened, look, now() if asked is None else asked)


# ---- what is printed ------------------------------------------------------------------------------------------


def _print(opened: "Workspace", look: "Outlook", weeks: "list[Week]", called: "list[Called]", top: int) -> None:
    from leadcast.show import console
    from leadcast.show_calls import calls_beside
    from leadcast.show_forecast import categories_table, forecast_shown, has_money, notes_shown, weeks_table

    screen, zone = console(), opened.workspace.timezone
    forecast_shown(screen, look.title, look.forecast, look.currency, look.what, top)
    if weeks:
        screen.print()
        screen.print(weeks_table([(week.name, week.last_day(zone), week.part) for week in weeks], look.currency, look.what))
    if look.categories is not None and has_money(look.forecast.total) and look.as_of < look.period.end:
        screen.print()
        screen.print(categories_table(look.categories, look.currency, look.what))
    if called:
        screen.print()
        screen.print(calls_beside(called, look.currency, look.what))
    screen.print()
    notes_shown(screen, [*look.notes, f"The model is {look.model}."])


def _print_json(look: "Outlook", weeks: "list[Week]", called: "list[Called]", saved: str | None,
                explanation: "Explanation | None") -> None:
    from serving.outlook import outlook_json

    print_json({**outlook_json(look), "weeks": [week.to_json() for week in weeks], "calls": [one.to_json() for one in called],
                "saved": saved, "against": None if explanation is None else explanation.to_json()})


def _explained(one: "Snapshot", other: "Snapshot") -> "Explanation":
    from leadcast.explanation import explain

    return explain(one, other)


def _print_comparison(opened: "Workspace", which: tuple[str, str], top: int, as_json: bool) -> None:
    before, after = (read_saved(opened, name) for name in which)
    explanation = _explained(before, after)
    if as_json:
        print_json(explanation.to_json())
    else:
        _print_explanation(explanation, before, after, top)


def _print_explanation(explanation: "Explanation", before: "Snapshot", after: "Snapshot", top: int, saved: bool = True) -> None:
    from leadcast.show import console
    from leadcast.show_comparison import effects, waterfall

    screen = console()
    screen.print(waterfall(explanation, before.about, after.about))
    later = after.id if saved else "the forecast as it is now, which is not saved"
    screen.print(f" From {before.id}\n to   {later}.", highlight=False)
    screen.print(" The pieces add up to the difference exactly.")
    if len(explanation.deals):
        screen.print()
        screen.print(effects(explanation, top))
