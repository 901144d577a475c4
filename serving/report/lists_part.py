"""Deals and leads as sections of the report."""

from collections.abc import Iterator, Sequence
from typing import Any

from serving.report.content import Content
from serving.report.people import BANDS, MOST_LEADS, MOST_WORTH, Listed
from serving.report.tables import Block, Column, Heading, Said, Section, Table, Tile, Tiles
from serving.report.words import Strong, Words, capital, count, percent

Row = dict[str, Any]
GRID_MEANS = ("Fit: what the lead is. Engagement: what it does. Each is a place from 0 to 100 among all that the model learned "
              "from, told in quarters. A cell holds how many leads, and their mean probability.")


def deals_section(content: Content) -> Section | None:
    """Open deals: the most worthwhile and those with a risk; None where the workspace has none."""
    found = content.lists.deals
    return None if found is None else Section("deals", "Deals", [*_deals(found, content.words)])


def leads_section(content: Content) -> Section | None:
    """Open leads: whom to call, and fit beside engagement; None where the workspace has none."""
    found = content.lists.leads
    return None if found is None else Section("leads", "Leads", [*_leads(found, content)])


def _deals(found: Listed, words: Words) -> Iterator[Block]:
    if not found.in_all:
        yield Said(("No deals are open.",), "lead")
        return
    yield Said(_deals_said(found, words), "lead")
    money = [] if found.amount is None else _worth(found, found.amount, words)
    yield Tiles([Tile("Open deals", count(found.in_all), tone="main"), *money,
                 Tile("With a risk", count(found.flagged), tone="warn" if found.flagged else "good")])
    yield Said((f"Shown are the {MOST_WORTH} most worthwhile and those with a risk, {count(len(found.rows))} of "
                f"{count(found.in_all)}.",), "quiet")
    yield deals_table(found)


def _worth(found: Listed, amount: float, words: Words) -> list[Tile]:
    share = found.expected_amount / amount if amount and found.expected_amount is not None else None
    return [Tile("Worth", words.money(amount, short=True), f"{words.money(amount / found.in_all, short=True)} on average"),
            Tile("Expected", words.money(found.expected_amount, short=True),
                 f"{percent(share)} of the amounts, whenever they close")]


def _deals_said(found: Listed, words: Words) -> Sequence[str]:
    one = found.in_all == 1
    risk = "None carries a risk." if not found.flagged else (
        f"{count(found.flagged)} {'carries' if found.flagged == 1 else 'carry'} a risk.")
    if found.amount is None:
        return [Strong(count(found.in_all)), f" {'deal is' if one else 'deals are'} open. ", risk]
    return [Strong(count(found.in_all)), f" open {'deal is' if one else 'deals are'} worth ",
            Strong(words.money(found.amount, short=True)), ", and ", Strong(words.money(found.expected_amount, short=True)),
            " of it can be expected, whenever they close. ", risk]


def deals_table(found: Listed) -> Table:
    """The deals that are shown."""
    columns = [
        Column("entity_id", "Deal"), Column("shown", "Owner"), Column("stage", "Stage"),
        Column("stage_age_days", "Days in stage", "days"),
        Column("stage_norm_days", "Usual", "days", "median days in the stage of those that then moved on", on_paper=False),
        Column("category", "Category"), Column("amount", "Amount", "money", adds_up=True),
        *_chance(found),
        Column("expected_amount", "Expected", "money", "amount times probability, whenever it closes", adds_up=True),
        Column("promised_close", "Rep's date", "date"),
        Column("expected_close", "Model's date", "date", "median of its win, if it is won"),
        Column("risks", "Risks"), Column("why", "Why at risk", on_paper=False),
        Column("reasons", "Reasons of the score", meaning="+ speaks for it, − against it", on_paper=False),
        Column("source", "Source", on_paper=False), Column("account_id", "Account", on_paper=False),
        Column("created_at", "Created", "date", on_paper=False),
    ]
    return Table("deals", "Open deals, the most worthwhile first", columns, found.rows, none="No deals are open.")


def _chance(found: Listed) -> list[Column]:
    within = "in the end" if found.horizon_days is None else f"within {found.horizon_days:g} days"
    what = "be won" if found.target is None or found.stages == ("won",) else f"enter {' or '.join(found.stages)}"
    return [Column("probability", "Probability", "percent", f"to {what} {within}", bar=True),
            Column("grade", "Grade", on_paper=False),
            Column("score", "Score", "count", "its place from 0 to 100 among all that the model learned from", on_paper=False),
            Column("trend", "Trend", "points", "points of the score in a week", on_paper=False)]


# ---- leads ----------------------------------------------------------------------------------------------------


def _leads(found: Listed, content: Content) -> Iterator[Block]:
    if not found.in_all:
        yield Said(("No leads are open.",), "lead")
        return
    verb = "lead is" if found.in_all == 1 else "leads are"
    if found.target is None or found.expected is None:
        yield Said((Strong(count(found.in_all)), f" {verb} open. There is no model of leads in this workspace, so they have no "
                    "scores."), "lead")
        return
    yield Said(_leads_said(found), "lead")
    if content.lists.grid:
        yield Heading("Fit × engagement", GRID_MEANS)
        yield grid_table(content.lists.grid)
    yield Heading("Whom to call", "By probability, and among equals who has waited longest for a touch from us.")
    yield leads_table(found)
    if found.in_all > len(found.rows):
        yield Said((f"The first {count(len(found.rows))} of {count(found.in_all)}.",), "quiet")


def _leads_said(found: Listed) -> Sequence[str]:
    within = "" if found.horizon_days is None else f" within {found.horizon_days:g} days"
    goal = "be won" if found.stages == ("won",) else f"reach {found.target}"
    verb = "lead is" if found.in_all == 1 else "leads are"
    some = found.scored < found.in_all  # who has come there already has no score
    which = f", and of the {count(found.scored)} with a score about " if some else ", and about "
    return [Strong(count(found.in_all)), f" {verb} open{which}", Strong(count(found.expected)),
            f"{'' if some else ' of them'} will {goal}{within}."]


def leads_table(found: Listed) -> Table:
    """The leads to call, the first first."""
    rows = [{**row, "place": place} for place, row in enumerate(found.rows, 1)]
    columns = [
        Column("place", "#", "count"), Column("entity_id", "Lead"), Column("shown", "Owner"), Column("source", "Source"),
        Column("stage", "Stage"), *_chance(found), Column("fit_score", "Fit", "count"),
        Column("engagement_score", "Engagement", "count"),
        Column("waiting_days", "Waits", "days", "since the last touch from us; without one, since it was created"),
        Column("risks", "Risks"), Column("reasons", "Reasons", meaning="+ speaks for it, − against it"),
        Column("why", "Why at risk", on_paper=False), Column("created_at", "Created", "date", on_paper=False),
    ]
    return Table("leads", f"The {MOST_LEADS} to call first", columns, rows, none="No leads are open.")


def grid_table(cells: Sequence[Row]) -> Table:
    """Fit from high to low, engagement from low to high: how many, and their mean probability."""
    rows = []
    for fit in reversed(BANDS):
        here = {cell["engagement"]: cell for cell in cells if cell["fit"] == fit}
        told = {band: f"{count(cell['count'])} ({percent(cell['mean_probability'])})" if cell["count"] else "0"
                for band, cell in here.items()}
        rows.append({"fit": capital(fit), **told})
    return Table("grid", "Open leads by fit and engagement", [
        Column("fit", "Fit"), *(Column(band, f"Engagement {band}") for band in BANDS)], rows)
