"""A model in sentences that a sales manager understands, from its report alone."""

from dataclasses import dataclass
from typing import Any

from leadcast.metrics import wilson
from leadcast.moment import within

NAMES = {
    "model": "this model", "base_rate": "base rate", "stage_rate": "rate by stage", "logistic": "logistic regression",
    "odoo_bayes": "naive Bayes as in Odoo",
    "amount_only": "amount alone",
}
WITHOUT = ("base_rate", "stage_rate", "logistic", "odoo_bayes", "amount_only")
OTHERS = "(all others)"
"""What the less frequent values of a segment are called together; nobody to look at."""
CANNOT = "It cannot be judged yet: there are too few outcomes to hold any back for a test."
FEW_POINTS, OFF_BY = 0.02, 0.15
TYPICAL, AROUND = 0.3, 3


@dataclass(frozen=True)
class Verdict:
    """Whether to use it, in one line, and how sure that is: yes, care or no."""

    kind: str
    text: str


def question(report: dict[str, Any]) -> str:
    """What it answers.

    Examples
    --------
    >>> question({"entity": "lead", "stages": ["sql"], "horizon": {"days": 60.0}})
    'Will a lead enter sql within 60 days?'
    >>> question({"entity": "lead", "stages": ["won"], "horizon": {"days": None}})
    'Will a lead be won in the end?'
    """
    return f"Will {article(report['entity'])} {_reach(report)} {within(report['horizon']['days'])}?"


def _reach(report: dict[str, Any]) -> str:
    return "be won" if report["stages"] == ["won"] else f"enter {' or '.join(report['stages'])}"


def is_judged(report: dict[str, Any]) -> bool:
    """Were there enough outcomes to hold some back and judge by them?"""
    metrics = report.get("metrics") or {}
    return report.get("not_yet") is None and metrics.get("model", {}).get("log_loss") is not None


def percent(share: float) -> str:
    """A share for people.

    Examples
    --------
    >>> percent(0.214), percent(0.004)
    ('21 %', '0.4 %')
    """
    return f"{100 * share:.0f} %" if share >= 0.0095 or share == 0 else f"{100 * share:.1f} %"


def verdict(report: dict[str, Any]) -> Verdict:
    if not is_judged(report):
        return Verdict("care", "Use it as a first order of work, not as a probability to plan with.")
    metrics = report["metrics"]
    against = report.get("against", {})
    if no_better_than_chance(metrics):
        return Verdict("no", "Do not rank by it: on the newest outcomes it says no more than one and the same chance for all.")
    if against.get("base_rate", {}).get("log_loss", {}).get("better") == "neither":
        return Verdict("care", "Use it with care: it is better than one chance for all, but that may be luck.")
    losing = [NAMES[name] for name in WITHOUT if _better(against, name) == "baseline"]
    if losing:
        return Verdict("care", f"Use it with care: {_listed(losing)} did better on the newest outcomes.")
    thin = (report.get("evidence") or {}).get("why") or []
    if thin:
        return Verdict("care", f"Use it with care, the evidence is thin: {thin[0]}.")
    off = _off(report)
    if off:
        return Verdict("care", f"Use it to rank; but its percentages were too {off} lately, so do not add them up unseen.")
    equal = [NAMES[name] for name in WITHOUT if name in against and _better(against, name) == "neither"]
    if equal:
        return Verdict("yes", f"Use it. It is clearly better than one chance for all; {_listed(equal)} did about as well.")
    return Verdict("yes", "Use it: it is clearly better than every simpler way we tried.")


def summary(report: dict[str, Any]) -> list[str]:
    """What it predicts, how good that is beside what one would do without it, and where to take care."""
    if not is_judged(report):
        return [_what(report), report.get("not_yet") or CANNOT]
    return [line for say in (_what, _finds, _works, _honest, _beside, _care) if (line := say(report))]


def example(report: dict[str, Any]) -> str:
    """What a percentage of it means, by the three bins of the reliability table around 30 %; empty where it cannot be judged.

    The band takes it that all of them are of as many leads or deals as the largest bin alone, so it is rather too wide.

    Examples
    --------
    >>> line = {"said": 0.289, "came": 0.31, "entities": 300, "mass": 10.0}
    >>> example({"entity": "lead", "metrics": {"model": {"log_loss": 0.4}}, "reliability": [line]})
    'Of 100 leads that it gave about 29 %, 31 came (95 % band 26 to 36).'
    """
    if not is_judged(report) or not report["reliability"]:
        return ""
    lines = sorted(report["reliability"], key=lambda line: abs(line["said"] - TYPICAL))[:AROUND]
    said, came = _averages({"reliability": lines})
    low, high = wilson(came, max(line["entities"] for line in lines))
    band = f"{100 * low:.0f} to {100 * high:.0f}"
    return f"Of 100 {many(report['entity'])} that it gave about {percent(said)}, {100 * came:.0f} came (95 % band {band})."


def worst_sentence(report: dict[str, Any]) -> str:
    """The segment whose probabilities lie furthest off, if there are segments large enough."""
    line = report.get("worst_segment")
    if not line:
        return "No segment is large enough to be judged alone."
    where = f"{line['segment'].replace('_', ' ')} {line['value']}"
    told = (f"it said {percent(line['said'])} on average and {percent(line['came'])} came, 95 % band {percent(line['low'])} to "
            f"{percent(line['high'])}")
    if not line["outside"]:
        return f"No segment is off by more than chance explains; furthest off is {where}: {told}."
    by_chance = f"{line['outside_in_all']} of {line['of']} segments lie outside their band; one in twenty would by chance alone."
    return f"Worst is {where}: {told}. {by_chance}"


def _what(report: dict[str, Any]) -> str:
    one = "deal" if report["entity"] == "opportunity" else report["entity"]
    return (f"It says, for every open {one}, how likely it is to "
            f"{_reach(report)} {within(report['horizon']['days'])}.")


def _finds(report: dict[str, Any]) -> str:
    model = report["metrics"]["model"]
    if model.get("gain_at_10") is None:
        return ""
    band = "" if model.get("lift_at_10_low") is None else f" ({model['lift_at_10_low']:.1f} to {model['lift_at_10_high']:.1f})"
    return (f"On the newest outcomes, which it had not seen, the best tenth of the {many(report['entity'])} held "
            f"{percent(model['gain_at_10'])} of all that came: {model['lift_at_10']:.1f} times{band} as many as picking blindly.")


def _works(report: dict[str, Any]) -> str:
    model, base, capacity = report["metrics"]["model"], report["metrics"]["base_rate"], report.get("capacity")
    if not capacity or model.get("precision_at_capacity") is None:
        return ""
    return (f"Of 100 that the team works, best first, {100 * model['precision_at_capacity']:.0f} come; without any order "
            f"it would be {100 * base['precision_at_capacity']:.0f}. (Counted on {capacity['reason']}.)")


def _honest(report: dict[str, Any]) -> str:
    said, came = _averages(report)
    off = _off(report)
    tilted = _tilted(report["metrics"]["model"])
    holds = "On average its percentages hold" if tilted else "Its percentages can be taken at their word"
    start = f"Its percentages were too {off} lately" if off else holds
    return (f"{start}: it said {percent(said)} on average and {percent(came)} came; over the range from low to high chances "
            f"it was off by {100 * report['metrics']['model']['ece']:.1f} points on average.{tilted}")


def _tilted(model: dict[str, Any]) -> str:
    """Which chances are too high and which too low, where the calibration slope is off by more than chance explains."""
    if (model.get("calibration_slope_low") or 0.0) > 1:
        return " It is too careful: its high chances were too low, its low ones too high."
    if (model.get("calibration_slope_high") or 1.0) < 1:
        return " It is too sure of itself: its high chances were too high, its low ones too low."
    return ""


def _off(report: dict[str, Any]) -> str:
    """high or low where what was said lies further from what came than a few points; nothing where it does not."""
    said, came = _averages(report)
    if abs(said - came) <= max(FEW_POINTS, OFF_BY * came):
        return ""
    return "high" if said > came else "low"


def _averages(report: dict[str, Any]) -> tuple[float, float]:
    """What was said and what came on the newest slice, on average."""
    table = report["reliability"]
    mass = sum(line["mass"] for line in table)
    said, came = (sum(line["mass"] * line[key] for line in table) / mass for key in ("said", "came"))
    return said, came


def _beside(report: dict[str, Any]) -> str:
    """The best tenth by the simpler ways."""
    metrics = report["metrics"]
    told = [f"{NAMES[name]} {percent(metrics[name]['gain_at_10'])}" for name in WITHOUT[1:]
            if name in metrics and metrics[name].get("gain_at_10") is not None]
    return f"What the best tenth would hold without it: {', '.join(told)}; blindly 10 %." if told else ""


def _care(report: dict[str, Any]) -> str:
    line = report.get("worst_segment")
    return f"Take care: {worst_sentence(report)[0].lower()}{worst_sentence(report)[1:]}" if line and line["outside"] else ""


def _better(against: dict[str, Any], name: str) -> str:
    return str(against.get(name, {}).get("log_loss", {}).get("better", "model"))


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def no_better_than_chance(metrics: dict[str, Any]) -> bool:
    """Did the base rate alone lose no more on the newest outcomes?"""
    model, base = metrics["model"]["log_loss"], metrics["base_rate"]["log_loss"]
    return model is not None and bool(model >= base)


def article(entity: str) -> str:
    return "an opportunity" if entity == "opportunity" else f"a {entity}"


def many(entity: str) -> str:
    """Several of them."""
    return "opportunities" if entity == "opportunity" else f"{entity}s"
