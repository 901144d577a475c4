"""What training found, as plain data and as tables for a terminal."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from leadcast.model_words import NAMES, no_better_than_chance
from leadcast.moment import within
from training.card import COLUMNS, comparisons, number, span
from training.curve_words import curve_sentence
from training.run import Trained

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table


def report_json(trained: Sequence[Trained], left_out: Mapping[str, str] | None = None) -> dict[str, Any]:
    """One report per target, with the registered model's name and version; and why others were left out."""
    return {
        "targets": {t.target.name: {**t.report, "model": _registered(t)} for t in trained},
        "left_out": dict(left_out or {}),
    }


def print_report(trained: Sequence[Trained], console: "Console", left_out: Mapping[str, str] | None = None) -> None:
    """Per target: when it looks, how many rows that leaves, the horizon and why, and figures beside the baselines."""
    for model in trained:
        _print_one(model, console)
    for target, reason in (left_out or {}).items():
        console.print(f"[bold]{target}[/bold] [yellow]left out[/yellow]: {reason}", highlight=False)


def _print_one(model: Trained, console: "Console") -> None:
    for line in _sentences(model):
        console.print(line, highlight=False, soft_wrap=True)
    if model.report.get("not_yet") is None:
        console.print(_figures(model.report["metrics"]))
    if no_better_than_chance(model.report["metrics"]):
        console.print("  [yellow]no better than the base rate on the newest outcomes: do not rank by it[/yellow]", soft_wrap=True)
    for line in comparisons(model.report):
        console.print(f"  {line}", highlight=False, soft_wrap=True)
    if told := curve_sentence(model.report):
        console.print(f"  won by when: {told}", highlight=False, soft_wrap=True)
    ages = "  ".join(f"{line['age']} {number(line['auc'], '.2f')}" for line in model.report["auc_by_age"])
    if ages:
        console.print(f"  AUC by time since creation: {ages}", highlight=False, soft_wrap=True)
    if model.page is not None:
        console.print(f"  model report: {model.page}", highlight=False, soft_wrap=True)
    if model.registered is not None:
        console.print(f"  registered as {model.registered.name} version {model.registered.version}", highlight=False)


def _sentences(model: Trained) -> list[str]:
    report = model.report
    seen, horizon = report["observations"], report["horizon"]
    members = ", ".join(f"{m['kind'].replace('_', ' ')} {m['weight']:.0%}" for m in report["members"])
    return [
        f"\n[bold]{report['name']}[/bold]  {' or '.join(report['stages'])} {within(horizon['days'])} ({horizon['reason']})",
        f"  looks    {seen['when']}",
        f"  rows     {seen['rows']:,} matured observations of {seen['entities']:,}, {seen['positives']:,} positives; "
        f"{seen['unmatured']:,} wait for their {'outcome' if horizon['days'] is None else 'window to end'}",
        f"  newest   {_newest(report)}",
        f"  speaks   {members}",
        *_warnings(report),
    ]


def _newest(report: Mapping[str, Any]) -> str:
    split = report["split"]
    if report.get("not_yet"):
        return str(report["not_yet"])
    return (f"{split['test_rows']:,} observations of {split['test_entities']:,}, {split['test_positives']:,} positives, "
            f"{span(split)}; learned from {split['train_rows']:,} older ones")


def _warnings(report: Mapping[str, Any]) -> list[str]:
    """Where the evidence is thin, and rules of the user's own that do nothing."""
    evidence, rules = report.get("evidence") or {"enough": True}, report.get("rules") or {}
    why = "; ".join(evidence.get("why", ()))
    lines = [] if evidence["enough"] else [f"  [yellow]thin     enough_information is false for every score: {why}[/yellow]"]
    if rules.get("without_feature"):
        lines.append(f"  rules    these find no feature and do nothing: {', '.join(rules['without_feature'])}; "
                     "leadcast features --list names the features there are")
    return lines


def _figures(metrics: Mapping[str, Any]) -> "Table":
    """The model beside its baselines."""
    from rich.table import Table

    table = Table(box=None, padding=(0, 1, 0, 2), header_style="dim")
    table.add_column("newest outcomes", no_wrap=True)
    for _, title, _ in COLUMNS:
        table.add_column(title, justify="right")
    for name, found in metrics.items():
        style = "bold" if name == "model" else ""
        table.add_row(NAMES[name], *(number(found.get(key), form) for key, _, form in COLUMNS), style=style)
    return table


def _registered(model: Trained) -> dict[str, Any] | None:
    if model.registered is None:
        return None
    return {"name": model.registered.name, "version": model.registered.version, "run_id": model.registered.run_id}
