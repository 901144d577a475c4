"""The summary of replays as tables for people: in a terminal and in Markdown."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan
from typing import Any

from leadcast.moment import minute
from leadcast.replay.replay import Replay
from leadcast.show import money

WAYS = {
    "run_rate": "run rate", "stage_weighted": "stage-weighted", "stage_table": "stage table",
    "model_last_new": "model + last new", "commit": "reps' commit", "call": "managers' call", "probability_amount": "P × amount",
}
NOTE_TOTAL = ("error: absolute errors over what came, both summed. P10-P90 should hold 80 %; for its band, stretches that "
              "overlap count once.")
NOTE_BESIDE = "Stage table and model + last new: new ones bring what they brought in the stretch before."
NOTE_OPEN = "chance alone: the error to expect if every probability were right."


@dataclass(frozen=True)
class TextTable:
    """Headings with their side (left, right), cells as text, and a note."""

    title: str
    columns: Sequence[tuple[str, str]]
    rows: Sequence[Sequence[str]]
    note: str = ""

    def markdown(self) -> str:
        """The same for a document.

        Examples
        --------
        >>> print(TextTable("Ages", [("who", "left"), ("years", "right")], [["ann", "41"]]).markdown())
        **Ages**
        <BLANKLINE>
        | who | years |
        | :-- | --: |
        | ann | 41 |
        """
        marks = {"left": ":--", "right": "--:"}
        lines = [[heading for heading, _ in self.columns], [marks[side] for _, side in self.columns], *self.rows]
        body = "\n".join(f"| {' | '.join(line)} |" for line in lines)
        return f"**{self.title}**\n\n{body}" + (f"\n\n{self.note}" if self.note else "")


def tables(summary: dict[str, Any], what: str, currency: str) -> list[TextTable]:
    """The whole in wins and in money, what open ones brought, and the probabilities of single ones.

    Parameters
    ----------
    what : deals or leads
    """
    parts = summary["stretches"]
    if not parts:
        return []
    with_money = any(part["total"]["amount"]["came"] or part["total"]["amount"]["forecast"] for part in parts)
    measures = [("count", "Wins"), *([("amount", f"Money ({currency})")] if with_money else [])]
    found = [_totals(parts, measure, f"{name}: the whole, {what} not created yet included") for measure, name in measures]
    found += [_beside(parts, measures)]
    found += [_open(parts, measure, f"{name} of the {what} that were open") for measure, name in measures]
    return [*found, *([_probabilities(parts, what)] if any(part["probability"] for part in parts) else [])]


def days_table(replays: Sequence[Replay], stretch: str, currency: str) -> TextTable:
    """One stretch, day by day."""
    rows = []
    for replay in replays:
        if told := replay.of(stretch):
            count, amount = told.count, told.amount
            rows.append([
                minute(replay.as_of)[:10], minute(replay.trained_as_of)[:10],
                f"{told.said.count:,.1f}", f"{count.p10:,.0f} to {count.p90:,.0f}", f"{told.total.count:,.0f}",
                f"{told.open.count:,.1f}", f"{told.came_open.count:,.0f}",
                f"{told.new.count:,.1f}", f"{told.came_new.count:,.0f}",
                money(told.said.amount), f"{money(amount.p10)} to {money(amount.p90)}", money(told.total.amount),
            ])
    headings = ("wins", "P10 to P90", "came", "from open", "came", "from new", "came", currency, "P10 to P90", "came")
    return TextTable(f"{stretch} ahead, day by day", _columns(("as of", "fitted"), headings), rows)


def nouns(entity: str) -> str:
    return "leads" if entity == "lead" else "deals"


def said_of(replays: Sequence[Replay]) -> str:
    """What was replayed, in a sentence."""
    told = [replay for replay in replays if not replay.left_out]
    if not told:
        return f"{_many(len(replays), 'past day')}, and on none was there enough to learn from."
    fitted = len({replay.trained_as_of for replay in told})
    return (f"{_many(len(told), 'past day')} from {str(told[0].as_of)[:10]} to {str(told[-1].as_of)[:10]}, "
            f"{_many(fitted, 'model')}, each fitted on what was known then.")


def notes_of(replays: Sequence[Replay]) -> list[str]:
    """What the newest models say of themselves, and which days were left out and why."""
    told = [replay for replay in replays if not replay.left_out]
    left_out: dict[str, list[str]] = {}
    for replay in replays:
        if replay.left_out:
            left_out.setdefault(replay.left_out, []).append(str(replay.as_of)[:10])
    return [*(told[-1].notes if told else ()), *(f"Left out: {', '.join(days)}. {why}" for why, days in left_out.items())]


def report(name: str, replays: Sequence[Replay], summary: dict[str, Any], currency: str, plots: Sequence[str]) -> str:
    """The whole backtest as Markdown, plots linked beside it."""
    found = [table.markdown() for table in tables(summary, nouns(replays[0].entity), currency)]
    days = [days_table(replays, part["stretch"], currency).markdown() for part in summary["stretches"]]
    pictures = [f"![{file.removesuffix('.svg').replace('_', ' ')}]({file})" for file in plots]
    return "\n\n".join([f"# {name}: the past replayed", said_of(replays), *notes_of(replays), *found, *pictures, *days]) + "\n"


def _totals(stretches: list[dict[str, Any]], measure: str, title: str) -> TextTable:
    rows = []
    for stretch in stretches:
        part = stretch["total"][measure]
        model, held = part["model"], part["model"]["coverage"]
        rows.append([
            stretch["stretch"], str(stretch["replays"]), _number(part["forecast"], measure), _number(part["came"], measure),
            _share(model["wape"]), _signed(model["bias"]), _number(model["crps"], measure), _share(held["share"]),
            f"{100 * held['low']:.0f} to {100 * held['high']:.0f} %",
        ])
    headings = ("days", "forecast", "came", "error", "bias", "CRPS", "P10-P90 held", "95 % band")
    return TextTable(title, _columns(("ahead",), headings), rows, NOTE_TOTAL if measure == "count" else "")


def _beside(stretches: list[dict[str, Any]], measures: list[tuple[str, str]]) -> TextTable:
    """Errors of the whole, of the model and of simpler ways."""
    ways = _ways([stretch["total"][measure] for measure, _ in measures for stretch in stretches])
    rows = []
    for measure, name in measures:
        for stretch in stretches:
            part = stretch["total"][measure]
            errors = _errors(part, ways, stretch["replays"])
            rows.append([stretch["stretch"], name.split()[0].lower(), _share(part["model"]["wape"]), *errors])
    headings = ("the model", *(WAYS[way] for way in ways))
    return TextTable("Errors of the whole, beside simpler ways", _columns(("ahead", "of"), headings), rows, NOTE_BESIDE)


def _times(ratio: float) -> str:
    return "–" if isnan(ratio) else f"{ratio:.1f} ×"


def _open(stretches: list[dict[str, Any]], measure: str, title: str) -> TextTable:
    parts = [part["open"][measure] for part in stretches]
    ways, rows, counted = _ways(parts), [], measure == "count"
    for stretch, part in zip(stretches, parts, strict=True):
        model = part["model"]
        chance = [_share(model["chance"]), _times(model["times_chance"])] if counted else []
        rows.append([
            stretch["stretch"], _number(part["forecast"], measure), _number(part["came"], measure), _share(model["wape"]),
            _signed(model["bias"]), *chance, *_errors(part, ways, stretch["replays"]),
        ])
    of_chance = ("chance alone", "error / chance") if counted else ()
    headings = ("forecast", "came", "error", "bias", *of_chance, *(WAYS[way] for way in ways))
    return TextTable(title, _columns(("ahead",), headings), rows, NOTE_OPEN if counted else "")


def _probabilities(stretches: list[dict[str, Any]], what: str) -> TextTable:
    rows = []
    for stretch in stretches:
        if found := stretch["probability"]:
            rows.append([
                stretch["stretch"], f"{found['looks']:,}", f"{found['entities']:,}", f"{found['brier']:.4f}",
                f"{found['stage_brier']:.4f}", f"{found['difference']:+.4f} ({found['low']:+.4f} to {found['high']:+.4f})",
                _plain(found["auc"]), _plain(found["stage_auc"]),
            ])
    headings = ("looks", what, "Brier", "stage table's", "difference (95 %)", "AUC", "stage table's")
    return TextTable(f"P(won by then) of each of the {what} that were open", _columns(("ahead",), headings), rows,
                     f"Means over the days; a difference below 0 is in the model's favour, its band draws whole {what}.")


def _columns(left: Sequence[str], right: Sequence[str]) -> list[tuple[str, str]]:
    return [*((heading, "left") for heading in left), *((heading, "right") for heading in right)]


def _ways(parts: list[dict[str, Any]]) -> list[str]:
    """The simpler ways that could speak anywhere."""
    return [name for name in WAYS if any(name in part["baselines"] for part in parts)]


def _errors(part: dict[str, Any], ways: list[str], replays: int) -> list[str]:
    """Of a way that could not speak of all days, how many they were."""
    cells = []
    for way in ways:
        found = part["baselines"].get(way)
        of = f" (of {found['replays']})" if found and found["replays"] < replays else ""
        cells.append(_share(found["wape"]) + of if found else "-")
    return cells


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _number(value: float, measure: str) -> str:
    return f"{value:,.1f}" if measure == "count" else money(value)


def _share(value: float) -> str:
    return "-" if value != value else f"{100 * value:.0f} %"


def _signed(value: float) -> str:
    return "-" if value != value else f"{100 * value:+.0f} %"


def _plain(value: float) -> str:
    return "-" if value != value else f"{value:.3f}"
