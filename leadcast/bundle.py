"""The bundle: everything a model needs to score rows and to be checked, without pickle and without code."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, overload

import numpy as np

from leadcast.calibration import Calibration, probability
from leadcast.contract import Contract
from leadcast.curves import WinCurves
from leadcast.errors import BundleError
from leadcast.hazards import CurveModel
from leadcast.members import TOLERANCE, Member, Split
from leadcast.reference import PARTS, Reference, groups_of
from leadcast.scored import Explained, Scored
from leadcast.sums import sum_in_order
from leadcast.vocabulary import Entity, Target, Vocabulary


@dataclass(frozen=True)
class Part:
    """A member of the blend and its weight; weights sum to 1."""

    weight: float
    member: Member


@dataclass(frozen=True)
class Golden:
    """A few rows and their log-odds, to recognise a library that computes otherwise."""

    values: np.ndarray
    log_odds: np.ndarray


@dataclass(frozen=True)
class Facts:
    """What a model was trained on; no clock of the machine, only times of the data.

    Attributes
    ----------
    horizon_days : None where only the final outcome is told, without a date
    trained_as_of : the end of the data it has seen, UTC
    rows, entities, positives : of everything matured that it was fitted on
    """

    target: Target
    horizon_days: float | None
    trained_as_of: np.datetime64
    data_fingerprint: str
    seed: int
    rows: int
    entities: int
    positives: int


@dataclass(frozen=True)
class Bundle:
    """A blend of members in log-odds, calibrated, with its contract, context, reference population and report.

    Attributes
    ----------
    recipe : how the members were chosen and fitted, with every setting
    profile : what the rows it was fitted on looked like, which :mod:`leadcast.drift` compares later ones with
    curve : the curve over time of a target that is to be won; None where its outcomes have no dates, and for other targets
    judged : checksum of the bundle on which its figures were measured, fitted on the older rows only; empty where there is none
    version : the registry's number and the first of the checksum; empty before it is registered
    """

    facts: Facts
    contract: Contract
    parts: tuple[Part, ...]
    calibrator: Calibration
    vocabulary: Vocabulary
    reference: Reference
    golden: Golden
    context: dict[str, Any]
    report: dict[str, Any]
    card: str
    recipe: dict[str, Any] = field(default_factory=dict)
    profile: dict[str, Any] = field(default_factory=dict)
    judged: str = ""
    curve: CurveModel | None = None
    version: str = field(default="", compare=False)

    @property
    def target(self) -> Target:
        return self.facts.target

    @property
    def entity(self) -> Entity:
        return self.facts.target.entity

    @cached_property
    def rung(self) -> str:
        """Who speaks, the weightiest first: "rules", "trees 60 % + logistic 40 %", "curve 50 % + trees 30 % + rules 20 %"."""
        return rung_of(speaking(self.parts, self.curve))

    @property
    def has_evidence(self) -> bool:
        """Does it rest on enough outcomes? The report says why not."""
        return bool(self.report.get("evidence", {}).get("enough", True))

    def log_odds(self, values: np.ndarray) -> np.ndarray:
        """Calibrated log-odds alone, without reasons; shape (n,)."""
        values = self._checked(values)
        return self._served(values, self._curves_of(values))

    def curves(self, values: np.ndarray, scored: Scored | None = None) -> WinCurves:
        """P(won by) and P(lost by) over time, at the horizon the probability that is served; only of a target that is to be won.

        Parameters
        ----------
        values : rows of the contract, shape (n, p)
        scored : what :meth:`score` gave for them, where that is at hand

        Raises
        ------
        BundleError : the bundle has no curve
        """
        if self.curve is None:
            raise BundleError(f"The model {self.target.name} has no curve over time: it is made for targets that are to be won, "
                              "where outcomes have dates. Retrain (leadcast train).")
        if scored is not None and scored.over_time is not None:
            return scored.over_time.scaled_to(scored.probability, self.curve.horizon_days)
        values = self._checked(values)
        over_time = self.curve.curves(values)
        return over_time.scaled_to(probability(self._served(values, over_time)), self.curve.horizon_days)

    def _curves_of(self, values: np.ndarray) -> WinCurves | None:
        """The curves of rows before they are brought to the probability, where it needs them."""
        return None if self.curve is None or not self.curve.share else self.curve.curves(values)

    def _served(self, values: np.ndarray, over_time: WinCurves | None) -> np.ndarray:
        blended = blend(self.parts, values)
        calibrated = blended + self.calibrator.part(blended)
        return calibrated + self._curve_part(over_time, calibrated)

    def _curve_part(self, over_time: WinCurves | None, calibrated: np.ndarray) -> np.ndarray:
        return np.zeros(len(calibrated)) if self.curve is None else self.curve.part(over_time, calibrated)

    @overload
    def score(self, values: np.ndarray, explain: Literal[True] = True) -> Explained: ...

    @overload
    def score(self, values: np.ndarray, explain: bool) -> Scored: ...

    def score(self, values: np.ndarray, explain: bool = True) -> Scored:
        """Score rows of the contract; every number is the same with reasons and without, alone and in a batch.

        Parameters
        ----------
        values : float64, shape (n, p), columns in the contract's order; NaN = missing
        explain : with the part of each feature, which costs many times as much as all the rest

        Raises
        ------
        BundleError : the number of columns is not the contract's, or a member's parts miss its log-odds
        """
        values = self._checked(values)
        blended, sums, each = np.zeros(len(values)), np.zeros((len(PARTS), len(values))), []
        for part, split in zip(self.parts, self._splits, strict=True):
            alone, own, start = split(values)
            _agree(part.member.kind, alone, sum_in_order(own.T) + start)
            blended += part.weight * alone
            sums += part.weight * own
            each.append(alone)
        calibration = self.calibrator.part(blended)
        over_time = self._curves_of(values)
        curve = self._curve_part(over_time, blended + calibration)
        log_odds = blended + calibration + curve
        by_part = dict(zip(PARTS, sums, strict=True))
        found = log_odds, probability(log_odds), by_part, calibration, curve, over_time
        return Explained(*found, *self._contributions(values, each)) if explain else Scored(*found)

    @cached_property
    def _splits(self) -> tuple[Split, ...]:
        """What splits each member's log-odds by fit, engagement and deal: worked out once."""
        group = groups_of(self.contract)
        return tuple(part.member.by_group(group, len(PARTS)) for part in self.parts)

    def _contributions(self, values: np.ndarray, each: Sequence[np.ndarray]) -> tuple[np.ndarray, float]:
        """The part of each feature, shape (n, p), and what an average row starts from; ``each`` member's log-odds are known."""
        contributions, base = np.zeros(values.shape), 0.0
        for part, alone in zip(self.parts, each, strict=True):
            shares, start = part.member.contributions(values)
            _agree(part.member.kind, alone, sum_in_order(shares) + start)
            contributions += part.weight * shares
            base += part.weight * start
        return contributions, base

    def _checked(self, values: np.ndarray) -> np.ndarray:
        if values.ndim != 2 or values.shape[1] != len(self.contract.features):
            raise BundleError(
                f"The model {self.target.name} takes rows of {len(self.contract.features)} features, found shape {values.shape}. "
                "Compute them with the bundle's own context."
            )
        return np.ascontiguousarray(values, dtype=np.float64)


def speaking(parts: Sequence[Part], curve: CurveModel | None) -> list[tuple[str, float]]:
    """Who makes the served log-odds, by kind, and with what weight: the curve its share, the members the rest."""
    share = 0.0 if curve is None else curve.share
    own = [(part.member.kind, part.weight * (1.0 - share)) for part in parts]
    return [*own, ("curve", share)] if share else own


def rung_of(parts: Sequence[tuple[str, float]]) -> str:
    """The parts of a blend by kind and weight, in words.

    Examples
    --------
    >>> rung_of([("logistic", 0.4), ("trees", 0.35), ("trees", 0.25)]), rung_of([("rules", 1.0)])
    ('trees 60 % + logistic 40 %', 'rules')
    """
    weights: dict[str, float] = {}  # two members of a kind, such as trees with rates and without, are one part
    for kind, weight in parts:
        name = kind.replace("_", " ")
        weights |= {name: weights.get(name, 0.0) + weight} if weight else {}
    named = list(weights.items())
    if len(named) == 1:
        return named[0][0]
    return " + ".join(f"{kind} {100 * weight:.0f} %" for kind, weight in sorted(named, key=lambda part: -part[1]))


def _agree(kind: str, log_odds: np.ndarray, reasons: np.ndarray) -> None:
    gap = float(np.abs(reasons - log_odds).max(initial=0.0))
    if gap > TOLERANCE:
        raise BundleError(f"The parts of the member {kind} miss its log-odds by {gap:.1e} (allowed: {TOLERANCE:.0e}). "
                          "Retrain (leadcast train).")


def blend(parts: tuple[Part, ...], values: np.ndarray) -> np.ndarray:
    """The members' log-odds by weight, shape (n,), before calibration; always summed in the same order."""
    total = np.zeros(len(values))
    for part in parts:
        total += part.weight * part.member.log_odds(values)
    return total
