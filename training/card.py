"""What a model says of itself."""

from typing import Any

from leadcast.model_limits import limits, suited
from leadcast.model_words import NAMES, article, many
from leadcast.moment import within
from training.curve_words import HEADINGS, curve_lines, curve_sentence
from training.evidence import speaking_rules

COLUMNS = (("auc", "AUC", ".3f"), ("average_precision", "avg. precision", ".3f"), ("log_loss", "log loss", ".4f"),
           ("brier", "Brier", ".4f"), ("ece", "ECE", ".3f"), ("calibration_slope", "slope", ".2f"),
           ("lift_at_10", "lift at 10 %", ".2f"))


def write_card(report: dict[str, Any]) -> str:
    """The model card as Markdown, from the report alone (no clock of the machine)."""
    seen, horizon, plural = report["observations"], report["horizon"], many(report["entity"])
    sections = [
        f"# {report['name']}: will {article(report['entity'])} enter {' or '.join(report['stages'])} "
        f"{within(horizon['days'])}?",
        f"**Label window.** {_window(horizon)}",
        f"**Data.** {_data(report)}",
        f"**When it looks.** {seen['when'][0].upper()}{seen['when'][1:]}.",
        f"**How many.** {seen['rows']:,} matured observations of {seen['entities']:,} {plural} with {seen['positives']:,} "
        f"positives; {seen['unmatured']:,} more {_waiting(horizon)} and were not used.",
        f"**Model.** {_model(report)}",
        *speaking_rules(report),
        "## On the newest outcomes",
        *(_judged(report, plural) if report.get("not_yet") is None else [report["not_yet"]]),
        "## Suited for", suited(report),
        "## Known limits", "\n".join(f"- {line}" for line in limits(report)),
    ]
    return "\n\n".join(sections) + "\n"


def _model(report: dict[str, Any]) -> str:
    members = ", ".join(f"{m['kind'].replace('_', ' ')} {m['weight']:.0%}" for m in report["members"])
    folds, calibration = report["split"]["folds"], _calibrator(report["calibrator"])
    if not folds:
        return f"{members}; no fold forward in time holds enough outcomes to choose or calibrate anything on."
    if not report.get("recipe", {}).get("later", True):
        return (f"A blend in log-odds: {members}; calibrated ({calibration}) by the predictions of {folds} folds over "
                f"{many(report['entity'])}. **The choice does not rest on later rows**: between the oldest and those before "
                "the newest slice the label window leaves no room for that; a shorter horizon would.")
    return (f"A blend in log-odds: {members}; calibrated ({calibration}) by the predictions of "
            f"{folds} folds forward in time for rows they had not seen.")


def _judged(report: dict[str, Any], plural: str) -> list[str]:
    """The figures on the newest slice."""
    split = report["split"]
    return [
        f"The figures describe the model fitted on the {split['train_rows']:,} observations {_older(report)}, "
        f"on the {split['test_rows']:,} observations (of {split['test_entities']:,} different {plural}, "
        f"{split['test_positives']:,} positives) {span(split)}, which no choice has seen. The model that "
        "is served was then fitted again, with the same recipe, on everything matured.",
        _metrics_table(report["metrics"]),
        _auc_sentence(report["metrics"]["model"]),
        "\n".join(f"- {line}" for line in comparisons(report)),
        "## Reliability", _reliability_table(report["reliability"]),
        *_won_by_when(report),
        *(["## AUC by time since creation", _age_table(report["auc_by_age"])] if report["auc_by_age"] else []),
    ]


def _won_by_when(report: dict[str, Any]) -> list[str]:
    told, lines = curve_sentence(report), curve_lines(report)
    return [*(["## Won by when", told] if told else []), *([_table(list(HEADINGS), lines)] if lines else [])]


def _window(horizon: dict[str, Any]) -> str:
    if horizon["days"] is None:
        return f"None: {horizon['reason']}."
    return f"(as_of, as_of + {horizon['days']:g} days]; {horizon['reason']}."


def _data(report: dict[str, Any]) -> str:
    seen = report["observations"]
    if not seen["rows"]:
        return f"No outcome is known yet; the data end at {report['trained_as_of']}."
    if seen["from"] is None:
        return "A static export without dates, in the order that the workspace gives."
    return f"Observations from {seen['from']} to {seen['to']}; the data end at {report['trained_as_of']}."


def _waiting(horizon: dict[str, Any]) -> str:
    return "are open, so their outcome is not known," if horizon["days"] is None else "wait for their window to end"


def _older(report: dict[str, Any]) -> str:
    if report["split"]["test_from"] is None:
        return "that came first"
    before = "looked at before" if report["horizon"]["days"] is None else "whose windows were over by"
    return f"{before} {report['split']['test_from']}"


def span(split: dict[str, Any]) -> str:
    """The time of the newest slice; a static export has only an order."""
    return "the newest in order" if split["test_from"] is None else f"from {split['test_from']} to {split['test_to']}"


def number(value: float | None, form: str) -> str:
    return "–" if value is None else format(value, form)


def _table(header: list[str], lines: list[list[str]]) -> str:
    rule = ["---"] * len(header)
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [header, rule, *lines])


def _metrics_table(metrics: dict[str, Any]) -> str:
    lines = [[NAMES[name], *(number(found.get(key), form) for key, _, form in COLUMNS)] for name, found in metrics.items()]
    return _table(["", *(title for _, title, _ in COLUMNS)], lines)


def _auc_sentence(model: dict[str, Any]) -> str:
    if model["auc"] is None or model["auc_low"] is None:
        return "The AUC has no value: the slice holds one outcome only."
    return f"AUC {model['auc']:.3f}, 95 % interval {model['auc_low']:.3f} to {model['auc_high']:.3f} (whole entities drawn)."


def _reliability_table(table: list[dict[str, Any]]) -> str:
    lines = [[f"{line['said']:.1%}", f"{line['came']:.1%}", f"{line['low']:.1%} to {line['high']:.1%}", f"{line['rows']:,}",
              f"{line['entities']:,}"] for line in table]
    return _table(["said", "came", "95 % band", "observations", "entities"], lines)


def _age_table(table: list[dict[str, Any]]) -> str:
    lines = [[line["age"], number(line["auc"], ".3f"),
              "–" if line["low"] is None else f"{line['low']:.3f} to {line['high']:.3f}",
              f"{line['rows']:,}", f"{line['positives']:,}"] for line in table]
    return _table(["looked at", "AUC", "95 % interval", "observations", "positives"], lines)


def comparisons(report: dict[str, Any]) -> list[str]:
    """Plainly, baseline by baseline: who was better on the newest outcomes, and by how much."""
    return [f"{NAMES.get(name, name)}: {_who(found['log_loss'], 'log loss')}; {_who(found['auc'], 'AUC')}."
            for name, found in report.get("against", {}).items()]


def _who(found: dict[str, Any], figure: str) -> str:
    if found["difference"] is None or found["low"] is None:
        return f"{figure} cannot be compared"
    words = {"model": "this model is better", "baseline": "the baseline is better", "neither": "no clear difference"}
    return f"{figure} {words[found['better']]} ({found['difference']:+.4f}, 95 % {found['low']:+.4f} to {found['high']:+.4f})"


def _calibrator(calibrator: dict[str, Any]) -> str:
    """The kind of calibration and its slope, as far as there are; a kind of none still sets the level."""
    kind, slope = calibrator.get("kind", "sigmoid"), calibrator.get("slope")
    if kind == "none":
        return "its level only"
    return kind if slope is None else f"{kind}, slope {slope:.2f}"
