"""The forecast as a section of the report."""

from collections.abc import Iterator, Mapping
from typing import Any

from serving.report import forecast_drawn as drawn
from serving.report import forecast_said as said
from serving.report import forecast_tables as tables
from serving.report.content import Content
from serving.report.measure import Measure
from serving.report.tables import Block, Heading, Said, Section, notes_said
from serving.report.words import Strong, count, percent

WEEKS_MEAN = ("Closed won so far, then what is expected by the end of each week. The band spans P10 to P90: in 8 of 10 cases the "
              "total lies in it.")
STANDING_MEANS = ("The bar adds up closed won (green), what open ones bring (blue) and what new ones bring (light blue). The "
                  "thin line over it spans P10 to P90.")
CHANGES_MEAN = ("Won: what was not counted on yet. Pushed and pulled: the rep's close date moved. Chance moved: the model thinks "
                "otherwise, as time passed or something happened. New expected: what deals not created yet bring. The pieces add "
                "up to the difference.")
RISKS_MEAN = ("Deals that somebody counts on in this period: the CRM calls them commit or best case, or the rep's date lies in "
              "it. At stake is what is missing if they do not come. Where nobody says anything, the largest single bets of the "
              "forecast.")
CATEGORIES_MEAN = ("Forecast categories say how sure the rep is. Beside their amounts stands what the model expects of the same "
                   "deals in this period. Light bars: what a category holds. Dark bars: what is expected of it.")
TEAM_MEANS = ("Means add up to the total; ranges and chances do not, and should not: it is unlikely that everybody is lucky at "
              "once.")
PAST_MEANS = ("Past days are replayed with what was known then, and each forecast is held against what came. About 8 of 10 "
              "ranges should hold what came; if all do, the ranges are too wide. Bar: P10 to P90. Line: expected. Dot: what "
              "came, red where it lay outside.")


def forecast_section(content: Content) -> Section:
    """Will the quota be reached, what changed, who brings it, and what may go wrong."""
    measure = Measure(content.outlook, content.words)
    return Section("forecast", "Forecast", [*_blocks(measure, content)])


def is_empty(measure: Measure) -> bool:
    """Was nothing won, is nothing open, and is nothing expected?"""
    total = measure.told["total"]
    return bool(total["open_deals"] == 0 and total["count"]["total"] == 0 and not total["quota"])


def _blocks(measure: Measure, content: Content) -> Iterator[Block]:
    yield said.about(measure, content.scope)
    if is_empty(measure):
        yield Said((f"No {measure.what} in {measure.told['period']['name']}: nothing was won, nothing is open, and nothing new "
                    "is expected.",), "lead")
        return
    yield from said.lead(measure)
    yield said.tiles(measure)
    yield from _filling(measure)
    yield from _changes(measure)
    if measure.phase != "over":
        yield from _risks(measure)
    if measure.told["categories"]:
        yield from _categories(measure)
    if measure.told["team"]:
        yield Heading("Who brings it", TEAM_MEANS)
        yield from tables.teams(measure)
    if (called := tables.calls(measure)) is not None:
        yield from (Heading("Calls beside the model"), called)
    yield from _past(measure, content.accuracy)
    yield from notes_said(measure.told["notes"])


def _filling(measure: Measure) -> Iterator[Block]:
    yield from (Heading("How the period fills up", WEEKS_MEAN), drawn.fan(measure))
    if measure.phase != "over" or measure.quota is not None:
        yield Heading("What it is made of" if measure.quota is None else "Against the quota", STANDING_MEANS)
        yield drawn.standing(measure)
    without = measure.told["total"]["without_amount"]
    if without and measure.is_money:
        yield Said((f"{count(without)} {measure.what} have no amount and add nothing.",), "quiet")


def _changes(measure: Measure) -> Iterator[Block]:
    changes = measure.told["changes"]
    if changes is None:
        yield from (Heading("What changed"), Said(("There was no forecast of this period before.",), "quiet"))
        return
    if measure.phase == "over" and not changes["deals"]:
        return
    yield Heading(f"What changed since {measure.words.short_date(changes['since'])}", CHANGES_MEAN)
    if changes["note"]:
        yield Said((changes["note"],), "quiet")
    if len(drawn.steps(measure)) == 2:
        yield Said((f"The forecast is as it was on {measure.words.date(changes['since'])}.",))
        return
    yield from (drawn.waterfall(measure), tables.changed_deals(measure))
    if changes["deals_in_all"] > tables.MOST_CHANGES:
        yield Said((f"{count(changes['deals_in_all'])} {measure.what} moved in all.",), "quiet")


def _risks(measure: Measure) -> Iterator[Block]:
    yield Heading("Where the risk is", RISKS_MEAN)
    first = measure.told["riskiest_in_commit"]
    if first is not None:
        whose = f" of {first['shown']}" if first["shown"] else ""
        stake = [", ", Strong(f"{measure.show(first['at_stake'])} at stake")] if measure.is_money else []
        yield Said(("Riskiest in commit: ", Strong(first["entity_id"]), whose, *stake,
                    f", {percent(first['probability'])} likely to be won in the period."))
    yield tables.risks(measure)


def _categories(measure: Measure) -> Iterator[Block]:
    yield from (Heading("Categories beside the model", CATEGORIES_MEAN), drawn.categories(measure), tables.categories(measure))
    commit = next((row for row in measure.told["categories"] if row["category"] == "commit"), None)
    if commit is not None and commit["rolled_up"] is not None and measure.is_money:
        yield Said((f"Closed and commit claim {measure.show(commit['rolled_up'])}; the model expects "
                    f"{measure.show(commit['rolled_up_expected'])} of them.",), "quiet")


def _past(measure: Measure, accuracy: Mapping[str, Any]) -> Iterator[Block]:
    yield Heading("Past forecasts against what came", PAST_MEANS)
    backtest = accuracy["backtest"]
    for stretch in backtest["stretches"] if backtest else ():
        points = [point for point in backtest["points"] if point["stretch"] == stretch["stretch"]]
        held, judged = stretch[measure.key]["held"], drawn.held(measure, points, stretch["stretch"])
        yield Said((judged.alt, drawn.share_said(held["low"], held["high"])))
        yield from (judged, tables.errors(measure, stretch))
    if accuracy["saved"]:
        yield tables.saved(measure, accuracy["saved"])
    yield from notes_said(accuracy["notes"])
