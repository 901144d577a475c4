"""The funnel as a section of the report."""

from collections.abc import Iterator, Mapping
from typing import Any

from serving.report import funnel_drawn as drawn
from serving.report import funnel_said as said
from serving.report import funnel_tables as tables
from serving.report.content import Content
from serving.report.tables import Block, Heading, Said, Section, notes_said
from serving.report.words import Words, count, days, percent

STAGES_MEAN = "How many came as far as a stage or further, each counted once; and what became of those who came there."
VELOCITY_MEANS = "Open now × win rate × average won deal ÷ mean days from creation to the win."
STAYS_MEAN = ("Bar: the middle half of them. Line: the median. Green dot: the median of those who were won. Those who are in it "
              "still count for as long as they have been there (Kaplan and Meier).")
COSTS_MEAN = ("Lost there: those lost in the stage × their mean amount × the chance of a win of those who get past it, per 30 "
              "days. Late: what 30 days would bring more if won deals had not stayed longer than the median of won deals. "
              "The costs of stages overlap: they are no sum.")
COHORTS_MEAN = ("Those who are open still count as long as they were watched; lost ones can no longer come (Aalen and "
                "Johansen). Darker lines are newer cohorts; the dashed line with its band is all together, in 95 of 100 cases.")
RESPONSE_MEANS = ("Leads by how soon they heard from us, and the share that went on. The lines: in 95 of 100 cases between "
                  "(Wilson).")


def funnel_section(content: Content) -> Section | None:
    """Where the funnel leaks and what that costs; None where no pipeline is declared."""
    if not content.funnel or "stages" not in content.funnel:
        return None
    return Section("funnel", "Funnel", [*_blocks(content.funnel, content.words)])


def _blocks(views: Mapping[str, Any], words: Words) -> Iterator[Block]:
    told = views["stages"]
    what, whole = said.things(told["path"]), told["whole"]
    since = f" created since {words.date(told['start'])}" if told["start"] else ""
    yield Said((f"{what.capitalize()}{since}.",), "quiet")
    if not whole["entered"]:
        yield Said((f"No {what} entered in this time.",), "lead")
        return
    if "bottlenecks" in views:
        yield from _leaks(whole, views["bottlenecks"], words)
    yield from _stages(whole, told["path"])
    if "bottlenecks" in views:
        yield from _costs(views["bottlenecks"])
    for part, name in ((_cohorts, "cohorts"), (_sources, "sources"), (_response, "response")):
        if name in views:
            yield from part(views[name], words)
    yield from notes_said([note for view in views.values() for note in view["notes"]])


def _leaks(whole: Mapping[str, Any], cost: Mapping[str, Any], words: Words) -> Iterator[Block]:
    yield Said(said.leak(cost, words), "lead")
    yield Said(said.alarms(cost["alarms"]))
    yield said.tiles(whole, cost, words)
    if velocity := said.velocity(whole, cost, words):
        yield from (Heading("Velocity", VELOCITY_MEANS), Said(velocity))


def _stages(whole: Mapping[str, Any], path: str) -> Iterator[Block]:
    found = said.told_apart(whole["stages"])
    yield from (Heading("From stage to stage", STAGES_MEAN), drawn.stages(found, whole["entered"], path), tables.stages(found))
    chart = drawn.stays([stage for stage in found if stage["days"]])
    if chart is not None:
        yield from (Heading("How long they stay", STAYS_MEAN), chart)


def _costs(cost: Mapping[str, Any]) -> Iterator[Block]:
    yield from (Heading("What each stage costs", COSTS_MEAN), tables.bottlenecks(cost))
    if (alarms := tables.alarms(cost["alarms"])) is not None:
        yield from (Heading("Alarms", "Compared are the newest entries into a stage with the earlier ones."), alarms)


def _cohorts(told: Mapping[str, Any], words: Words) -> Iterator[Block]:
    yield Heading(f"Cohorts: share that reached {told['stage']['stage']}", COHORTS_MEAN)
    yield Said(said.cohorts(told))
    if (chart := drawn.cohorts(told)) is not None:
        yield chart
    yield tables.cohorts(told)


def _sources(told: Mapping[str, Any], words: Words) -> Iterator[Block]:
    if not told["sources"]:
        return
    yield Heading("Where they come from")
    if sentence := said.sources(told, words):
        yield Said(sentence)
    yield tables.sources(told)
    if (served := tables.served(told)) is not None:
        yield served


def _response(told: Mapping[str, Any], words: Words) -> Iterator[Block]:
    if sentence := said.response(told):
        yield from (Heading("First response and what came of it", RESPONSE_MEANS), Said(sentence))
        if (chart := drawn.response(told)) is not None:
            yield chart
        if told["left_out"]:
            yield Said((f"{count(told['left_out'])} are left out: too young to tell, or without dates.",), "quiet")
    way = told["mql_to_sql"]
    if way is not None and way["whole"]["started"]:
        whole = way["whole"]
        median = "half of those have not come there yet" if whole["median_days"] is None else (
            f"half of them within {days(whole['median_days'])}")
        passed = f"; {count(whole['skipped'])} went on without {way['start']['stage']}" if whole["skipped"] else ""
        yield Said((f"From {way['start']['stage']} to {way['end']['stage']}: {count(whole['arrived'])} of "
                    f"{count(whole['started'])} ({percent(whole['arrived'] / whole['started'])}), {median}{passed}.",))
