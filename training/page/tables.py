"""The tables of the page."""

from typing import Any

from leadcast.model_words import NAMES, many
from training.card import number, span
from training.curve_words import HEADINGS, curve_lines, curve_sentence
from training.page.markup import bullets, folded, paragraph, table

METRICS = (("auc", "AUC", ".3f"), ("average_precision", "average precision", ".3f"), ("log_loss", "log loss", ".4f"),
           ("brier", "Brier", ".4f"), ("ece", "ECE", ".3f"), ("calibration_slope", "slope", ".2f"),
           ("calibration_intercept", "intercept", "+.2f"), ("lift_at_10", "lift at 10 %", ".2f"),
           ("lift_at_20", "lift at 20 %", ".2f"),
           ("gain_at_10", "gain at 10 %", ".0%"), ("gain_at_20", "gain at 20 %", ".0%"),
           ("precision_at_capacity", "precision at capacity", ".0%"))
PARTS = (("brier_reliability", "reliability (less is better)"), ("brier_resolution", "resolution (more is better)"),
         ("brier_uncertainty", "uncertainty (the world's own)"))


def what_was_judged(report: dict[str, Any]) -> str:
    """Which rows the figures speak of."""
    split, new = report["split"], report.get("new_entities")
    told = (f"On {split['test_rows']:,} looks at {split['test_entities']:,} {many(report['entity'])}, {span(split)}, of which "
            f"{split['test_positives']:,} came; learned from {split['train_rows']:,} older looks whose outcome was known before. "
            "No choice has seen these rows. Bands are 95 %, with whole leads or deals drawn.")
    if new and new["entities"] < new["of_entities"]:
        told += (f" Without those whose earlier looks were learned from, {new['entities']:,} remain: "
                 f"AUC {number(new['auc'], '.3f')}, log loss {new['log_loss']:.4f}.")
    return told


def metrics(report: dict[str, Any]) -> str:
    """The model with its bands, beside its baselines."""
    found, own = report["metrics"], report["metrics"]["model"]
    names = list(found)
    rows = []
    for key, title, form in METRICS:
        cells = [number(own.get(key), form) + banded(own, key, form)]
        rows.append([title, *cells, *(number(found[name].get(key), form) for name in names[1:])])
    return table("Figures on the newest outcomes: this model, and what one would do without it",
                 ["", *(NAMES.get(name, name) for name in names)], rows)


def over_time(report: dict[str, Any]) -> str:
    """The curve on the newest looks, day by day ahead."""
    told, lines = curve_sentence(report), curve_lines(report)
    caption = "P(won by each day ahead) on the newest looks, beside the win rate by stage and time ahead"
    return (paragraph(told) if told else "") + (table(caption, HEADINGS, lines) if lines else "")


def against(report: dict[str, Any]) -> str:
    """The model minus each baseline, paired, and who is better where chance does not explain it."""
    words = {"model": "this model", "baseline": "the baseline", "neither": "no clear difference"}
    rows = [[NAMES.get(name, name), _difference(found["log_loss"]), words[found["log_loss"]["better"]], _difference(found["auc"]),
             words[found["auc"]["better"]]] for name, found in (report.get("against") or {}).items()]
    caption = "This model minus each simpler way, on the same rows, with 95 % bands (less log loss is better, more AUC is)"
    return table(caption, ["", "log loss", "better", "AUC", "better"], rows) if rows else ""


def _difference(found: dict[str, Any]) -> str:
    if found["difference"] is None or found["low"] is None:
        return "–"
    return f"{found['difference']:+.4f} ({found['low']:+.4f} to {found['high']:+.4f})"


def reliability(report: dict[str, Any]) -> str:
    lines = [[f"{line['said']:.1%}", f"{line['came']:.1%}", f"{line['low']:.1%} to {line['high']:.1%}", f"{line['rows']:,}",
              f"{line['entities']:,}"] for line in report["reliability"]]
    headings = ["said", "came", "95 % band", "looks", many(report["entity"])]
    return table("Reliability table: ten bins of about equal size", headings, lines)


def calibration(report: dict[str, Any]) -> str:
    """Slope, intercept and the Brier score's parts, with how to read them."""
    own = report["metrics"]["model"]
    rows = [[title, f"{number(own.get(key), '.4f')}{banded(own, key, '.4f')}"] for key, title in PARTS]
    slope = own.get("calibration_slope")
    reading = "" if slope is None else paragraph(
        f"Calibration slope {slope:.2f}{banded(own, 'calibration_slope', '.2f')}: 1 is right, below it the model is too sure of "
        f"itself. Intercept {own['calibration_intercept']:+.2f}{banded(own, 'calibration_intercept', '+.2f')}: 0 is right, above "
        "it more came than was said.")
    return reading + table("Brier score = reliability − resolution + uncertainty", ["part", "value"], rows)


def stages(report: dict[str, Any]) -> str:
    lines = report.get("by_stage") or []
    return _lines("By the stage they stand in", "stage", lines, report) if len(lines) > 1 else ""


def segments(report: dict[str, Any]) -> str:
    """One table per segment, folded."""
    parts = [_lines(one["segment"].replace("_", " "), "value", one["values"], report) for one in report.get("segments") or []]
    return folded(f"All {len(parts)} segments as tables", "".join(parts)) if parts else ""


def _lines(caption: str, first: str, lines: list[dict[str, Any]], report: dict[str, Any]) -> str:
    worst = report.get("worst_segment") or {}
    rows = [[f"{line['value']}{' (few)' if line['small'] else ''}", f"{line['entities']:,}",
             f"{line['positives']:,} of {line['rows']:,}", f"{line['said']:.1%}", f"{line['came']:.1%}",
             f"{line['low']:.1%} to {line['high']:.1%}", number(line["auc"], ".3f"), number(line["log_loss"], ".4f")]
            for line in lines]
    marked = [place for place, line in enumerate(lines) if all(line[key] == worst.get(key) for key in ("value", "said", "rows"))]
    return table(f"{caption} (few: too few outcomes to judge alone)",
                 [first, many(report["entity"]), "positives", "said", "came", "95 % band", "AUC", "log loss"], rows, marked)


def steadiness(report: dict[str, Any]) -> str:
    """How much a probability moves from look to look and by one event."""
    found = report.get("stability") or {}
    words = {"between_looks": "from one look to the next", "after_one_event": "by one more event"}
    rows = [[words[key], f"{line['pairs']:,}", f"{100 * line['median']:.1f} points", f"{100 * line['p90']:.1f} points",
             f"{line['above_10_points']:.0%}"] for key, line in found.items() if line]
    headings = ["", "pairs", "half move less than", "nine in ten less than", "moved by over 10 points"]
    return table("How much a probability moves", headings, rows) if rows else ""


def rules(report: dict[str, Any]) -> str:
    """What the rules give, where they speak."""
    given = (report.get("rules") or {}).get("given") or []
    rows = [[rule["why"], f"{rule['points']:+.2f}", ", ".join(rule["features"])] for rule in given]
    caption = "Rules that speak until there is enough to learn from (points in log-odds)"
    return table(caption, ["rule", "points", "features"], rows) if rows else ""


def leaks(report: dict[str, Any]) -> str:
    """What the leakage gate refused; nothing where it did not look."""
    if "leaks" not in report:
        return ""
    found = report["leaks"]
    if not found:
        return paragraph("None was found.")
    return bullets(_leak(leak) for leak in found)


def _leak(leak: Any) -> str:
    if not isinstance(leak, dict):
        return str(leak)
    column, why = leak.get("column", ""), leak.get("reason") or leak.get("why") or ""
    status = f" ({leak['status']})" if leak.get("status") else ""
    return f"{column}{status}: {why}" if why else f"{column}{status}"


def banded(found: dict[str, Any], key: str, form: str) -> str:
    """The 95 % band of a figure in brackets; nothing where it is not known."""
    low, high = found.get(f"{key}_low"), found.get(f"{key}_high")
    return "" if low is None or high is None else f" ({low:{form}} to {high:{form}})"
