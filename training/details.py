"""The whole judgement for a terminal: every figure with its band, stages, segments, steadiness, what more history brings."""

from typing import TYPE_CHECKING, Any

from leadcast.model_words import NAMES, is_judged, summary, verdict, worst_sentence
from training.card import number
from training.page.tables import METRICS, banded

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

MOVES = {"between_looks": "from one look to the next", "after_one_event": "by one more event"}


def print_details(report: dict[str, Any], console: "Console") -> None:
    """What it is worth in sentences, then the tables; only the sentences where it cannot be judged yet."""
    console.print(f"\n[bold]{report['name']}[/bold]: {verdict(report).text}", highlight=False, soft_wrap=True)
    for line in summary(report):
        console.print(f"  {line}", highlight=False, soft_wrap=True, markup=False)
    if not is_judged(report):
        return
    console.print(_figures(report["metrics"]))
    if len(report["by_stage"]) > 1:
        console.print(_groups("stage", report["by_stage"]))
    for table in report["segments"]:
        if not all(line["small"] for line in table["values"]):
            console.print(_groups(table["segment"].replace("_", " "), table["values"]))
    for line in (worst_sentence(report), *_steady(report["stability"]), *_learned(report["learning_curve"])):
        console.print(f"  {line}", highlight=False, soft_wrap=True, markup=False)


def _figures(metrics: dict[str, Any]) -> "Table":
    """Figures down, the model with its 95 % bands and the baselines across."""
    table = _empty(["newest outcomes", *(NAMES.get(name, name) for name in metrics)])
    for key, title, form in METRICS:
        own, *others = metrics.values()
        table.add_row(title, f"{number(own.get(key), form)}{banded(own, key, form)}", *(number(o.get(key), form) for o in others))
    return table


def _groups(name: str, lines: list[dict[str, Any]]) -> "Table":
    table = _empty([name, "entities", "positives", "said", "came", "95 % band", "AUC", "log loss"])
    for line in lines:
        few, style = (" (few)", "dim") if line["small"] else ("", "")
        table.add_row(
            f"{line['value']}{few}", f"{line['entities']:,}", f"{line['positives']:,} of {line['rows']:,}", f"{line['said']:.1%}",
            f"{line['came']:.1%}", f"{line['low']:.1%} to {line['high']:.1%}", number(line["auc"], ".3f"),
            number(line["log_loss"], ".4f"), style=style)
    return table


def _empty(headings: list[str]) -> "Table":
    from rich.table import Table

    table = Table(box=None, padding=(0, 1, 0, 2), header_style="dim")
    for place, heading in enumerate(headings):
        table.add_column(heading, justify="right" if place else "left")
    return table


def _steady(stability: dict[str, Any]) -> list[str]:
    return [f"A probability moves {MOVES[key]} by {100 * found['median']:.1f} points in the median, by {100 * found['p90']:.1f} "
            f"or more in one of ten ({found['pairs']:,} pairs)." for key, found in stability.items() if found]


def _learned(curve: list[dict[str, Any]]) -> list[str]:
    points = ", ".join(f"{point['log_loss']:.4f} from {point['rows']:,}" for point in curve)
    return [f"Log loss by how many observations it learned from: {points}."] if len(curve) > 1 else []
