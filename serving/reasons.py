"""Why a score is what it is: terms in plain words that add up to the log-odds of the probability that is served."""

import math
from calendar import day_name
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from leadcast.bundle import Bundle
from leadcast.contract import Contract, Feature
from leadcast.scored import Explained

TOP = 6
ENOUGH_FIT = 0.5
REST, BASE, CALIBRATION = "everything else", "base", "calibration"
CORRECTION = "Correction, so that it comes true as often as it says"
CURVE, OVER_TIME = "curve", "How such deals go over time, up to the last day known"
Reason = dict[str, Any]


def reasons_of(bundle: Bundle, values: np.ndarray, scored: Explained, top: int = TOP) -> list[list[Reason]]:
    """The terms of each row: its strongest features, everything else in one, the base, the calibration and the curve over time.

    Parameters
    ----------
    values : rows of the bundle's contract, shape (n, p)
    top : how many features to name

    Returns
    -------
    per row, dictionaries of feature, contribution (log-odds), text, value and comparison (typical in the reference
    population; both None where there is none). The contributions of a row add up to its log-odds within 1e-9.
    """
    typical = bundle.reference.typical if len(bundle.reference.typical) else np.full(values.shape[1], np.nan)
    order = np.argsort(-np.abs(scored.contributions), axis=1, kind="stable")[:, :top]
    spoken = {place: _Spoken.of(bundle.contract.features[place], float(typical[place])) for place in np.unique(order).tolist()}
    named = [np.take_along_axis(x, order, axis=1).tolist() for x in (scored.contributions, values)]
    rest = scored.contributions.copy()
    np.put_along_axis(rest, order, 0.0, axis=1)
    noun = "lead" if bundle.entity == "lead" else "deal"
    base = _term(BASE, scored.base, f"Where an average {noun} starts")
    rows = zip(order.tolist(), *named, rest.tolist(), scored.calibration.tolist(), scored.curve.tolist(), strict=True)
    over_time = OVER_TIME.replace("deals", f"{noun}s")
    return [[*_named(spoken, *strongest), *_rest(others), dict(base), _term(CALIBRATION, correction, CORRECTION),
             *([_term(CURVE, curve, over_time)] if curve else [])] for *strongest, others, correction, curve in rows]


@dataclass(frozen=True)
class _Spoken:
    """What a feature's reasons say in every row: worked out once."""

    feature: Feature
    subject: str
    usual: str
    comparison: float | str | None
    known: dict[float | None, tuple[str, float | str | None]] = field(default_factory=dict)

    @classmethod
    def of(cls, feature: Feature, typical: float) -> "_Spoken":
        usual = "" if math.isnan(typical) else said(feature, typical)
        return cls(feature, subject(feature), usual, plain(feature, typical))

    def reason(self, contribution: float, value: float) -> Reason:
        key = None if math.isnan(value) else value + 0.0  # minus zero is zero
        if key not in self.known:
            now = said(self.feature, value + 0.0)
            text = f"{self.subject}: {now}"
            text += f"; typical is {self.usual}" if self.usual not in ("", now) else ""
            self.known[key] = text, plain(self.feature, value + 0.0)
        text, shown = self.known[key]
        return {"feature": self.feature.name, "contribution": contribution, "text": text, "value": shown,
                "comparison": self.comparison}


def _named(spoken: dict[int, _Spoken], places: list[int], parts: list[float], values: list[float]) -> list[Reason]:
    """The strongest features of one row, without those that add nothing."""
    return [spoken[place].reason(part, value) for place, part, value in zip(places, parts, values, strict=True) if part]


def _rest(parts: list[float]) -> list[Reason]:
    """All that is not named, in one term; nothing where there is nothing."""
    others = [part for part in parts if part]
    return [_term(REST, math.fsum(others), f"{len(others)} smaller signals together")] if others else []


def _term(name: str, contribution: float, text: str) -> Reason:
    return {"feature": name, "contribution": contribution, "text": text, "value": None, "comparison": None}


def plain(feature: Feature, value: float) -> float | str | None:
    """The value as JSON holds it: a category's level, a number, None where missing."""
    if math.isnan(value):
        return None
    if feature.levels is None:
        return value
    return feature.levels[int(value)] if value >= 0 else "(never seen)"


def subject(feature: Feature) -> str:
    """What a reason speaks of; a length of time without its unit, which the value says.

    Examples
    --------
    >>> subject(Feature("a", "days", "Days since the last: Call", "engagement"))
    'Since the last Call'
    """
    words = feature.doc.rstrip(".?").replace("the last: ", "the last ")
    if feature.unit == "weekday":
        return words.partition(",")[0]
    if words.startswith(("Days since", "Days in its", "Days until", "Hours from")):
        words = words.partition(" ")[2]
    return words[:1].upper() + words[1:]


def said(feature: Feature, value: float) -> str:
    """A value in words, with its unit where people would say one.

    Examples
    --------
    >>> said(Feature("a", "hours", "First answer", "fit"), 12.25), said(Feature("b", "share", "", "fit"), 0.354)
    ('12.2 hours', '35 %')
    >>> said(Feature("c", "days", "Days in its stage", "deal"), 3.0), said(Feature("d", "weekday", "", "fit"), 0.0)
    ('3 days', 'Monday')
    """
    known = plain(feature, value)
    if known is None:
        return "not known"
    if isinstance(known, str):
        return known
    if feature.unit in _WRITTEN:
        return _WRITTEN[feature.unit](known)
    return _number(known) if feature.unit in _UNSPOKEN else f"{_number(known)} {feature.unit}"


def _number(value: float) -> str:
    if value == round(value) or abs(value) >= 100 or abs(value) < 0.005:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 1 else f"{value:.2f}"


def _days(value: float) -> str:
    """Less than a day in hours, less than an hour in minutes."""
    if value == round(value) or abs(value) >= 1:
        return f"{_number(value)} {'day' if value == 1 else 'days'}"
    return f"{24 * value:.0f} h" if abs(value) >= 1 / 24 else f"{1440 * value:.0f} min"


_UNSPOKEN = frozenset({"events", "number", "x", "people", "deals", "changes", "pushes", "steps", "value"})
_WRITTEN: dict[str, Callable[[float], str]] = {
    "yes/no": lambda value: "yes" if value else "no",
    "share": lambda value: f"{100 * value:.0f} %",
    "weekday": lambda value: day_name[int(value)],
    "days": _days,
    "hour": lambda value: f"{int(value)}:00",
}


def enough_information(contract: Contract, values: np.ndarray) -> np.ndarray:
    """Is there something to go by: anything done, or at least half of what describes them filled in? Boolean, shape (n,)."""
    about = np.array([feature.about for feature in contract.features], dtype=object)
    known = ~np.isnan(values)
    done = (known & (values != 0.0))[:, about == "engagement"].any(1)
    fit = known[:, about == "fit"]
    return done | ((fit.mean(1) >= ENOUGH_FIT) if fit.shape[1] else np.zeros(len(values), bool))
