"""Figures by group of the newest slice: segments, stages, periods and cohorts, each with how much it can say."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from leadcast.contract import Contract
from leadcast.history import History
from leadcast.metrics import wilson
from leadcast.metrics.bootstrap import drawn_auc, losses
from leadcast.model_words import OTHERS
from leadcast.observations import Observations
from training.baselines import amount_feature

FEW_ENTITIES, FEW_OUTCOMES = 30, 10
MOST_SEGMENTS, MOST_VALUES = 8, 8
THIRDS = ("lower third", "middle third", "upper third")
FIRST = ("source", "owner", "region", "category", "product")
MISSING, OTHER_LEVEL = "(missing)", "(other)"


@dataclass(frozen=True)
class Newest:
    """The newest slice: what was said, what came, of whom; all of shape (n,)."""

    said: np.ndarray
    outcome: np.ndarray
    weight: np.ndarray
    entity: np.ndarray

    def line(self, rows: np.ndarray) -> dict[str, Any]:
        """What was said and what came of some rows; the band counts entities, not looks.

        ``small``: fewer than 30 entities or 10 of either outcome; such a line is shown and never named as the worst.
        """
        said, outcome, weight = self.said[rows], self.outcome[rows], self.weight[rows]
        entities = len(set(self.entity[rows]))
        positives, winners = int(outcome.sum()), len(set(self.entity[rows][outcome == 1.0]))
        losers = len(set(self.entity[rows][outcome == 0.0]))
        came = float(np.average(outcome, weights=weight))
        low, high = wilson(came, entities)
        ranked = min(positives, len(rows) - positives) >= FEW_OUTCOMES
        return {
            "rows": len(rows), "entities": entities, "positives": positives, "said": float(np.average(said, weights=weight)),
            "came": came, "low": low, "high": high, "log_loss": float(np.average(losses(said, outcome), weights=weight)),
            "auc": float(drawn_auc(said, outcome, weight[None])[0]) if ranked else None,
            "small": entities < FEW_ENTITIES or min(winners, losers) < FEW_OUTCOMES,
        }


def segments(newest: Newest, names: dict[str, np.ndarray]) -> list[dict[str, Any]]:
    """The lines of each segment, the most frequent values first; ``names`` has the value of each row per segment."""
    tables: list[dict[str, Any]] = []
    for segment, value in list(names.items())[:MOST_SEGMENTS]:
        lines: list[dict[str, Any]] = [{"value": name, **newest.line(rows)} for name, rows in _frequent(value)]
        if len(lines) > 1 and not any(_same(lines, table["values"]) for table in tables):
            tables.append({"segment": segment, "values": lines})
    return tables


def worst(tables: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The line, among those large enough, where what was said lies furthest from what came; None where none is large enough.

    ``outside``: not even the 95 % band of what came holds what was said. One in twenty does so by chance alone.
    """
    lines = [{"segment": table["segment"], **line} for table in tables for line in table["values"]
             if not line["small"] and line["value"] != OTHERS]
    if not lines:
        return None
    far = max(lines, key=lambda line: (_outside(line), abs(line["said"] - line["came"])))
    return {**far, "outside": _outside(far), "of": len(lines), "outside_in_all": sum(map(_outside, lines))}


def segment_names(history: History, contract: Contract, values: np.ndarray, observations: Observations) -> dict[str, np.ndarray]:
    """Per segment the value of each row, as known at its ``as_of``: categories, the owner's region, thirds of the amount."""
    found = {}
    for number, feature in enumerate(contract.features):
        if feature.levels is not None and feature.name != "stage":
            codes, count = values[:, number], len(feature.levels)
            places = np.where(np.isnan(codes), count, np.where(codes < 0, count + 1, codes)).astype(int)
            found[feature.name] = np.array([*_levels(feature.levels), MISSING, OTHERS], object)[places]
    region = _regions(history, observations)
    if region is not None:
        found["region"] = region
    thirds = _thirds(contract, values)
    names = {name: found[name] for name in sorted(found, key=lambda name: _rank(name, found))}
    return ({"amount": thirds} if thirds is not None else {}) | names


def _rank(name: str, found: Iterable[str]) -> tuple[int, int]:
    """Source, owner, region and the like first; what a deal has from its lead last."""
    own = name.removeprefix("lead_")
    from_lead = name != own
    return (2 if from_lead else 0 if name in FIRST else 1, FIRST.index(name) if name in FIRST else 0)


def _thirds(contract: Contract, values: np.ndarray) -> np.ndarray | None:
    feature = amount_feature(contract)
    if feature is None:
        return None
    amount = values[:, contract.names.index(feature.name)]
    known = amount[~np.isnan(amount)]
    if len(np.unique(known)) < 3:
        return None
    low, high = np.quantile(known, [1 / 3, 2 / 3])
    reach = (f"to {low:,.0f}", f"to {high:,.0f}", f"above {high:,.0f}")
    names = np.array([*(f"{third} ({words})" for third, words in zip(THIRDS, reach, strict=True)), MISSING], object)
    return np.asarray(names[np.where(np.isnan(amount), 3, (amount > low).astype(int) + (amount > high))])


def _regions(history: History, observations: Observations) -> np.ndarray | None:
    """The region of each row's owner, as known then; None where no region is known."""
    owners = history.owners
    if not owners.rows or all(region is None for region in owners["region"]):
        return None
    rows = history.rows(observations.entity, observations.entity_id)
    owner = history.value_at(observations.entity, "owner", rows, observations.as_of)
    found = np.full(len(rows), MISSING, object)
    since = owners["valid_from"]
    for place in np.argsort(since.astype("int64"), kind="stable"):  # NaT is smallest: valid always
        mine = (owner == owners["owner"][place]) & (np.isnat(since[place]) | (observations.as_of >= since[place]))
        found[mine] = owners["region"][place] or MISSING
    return found


def _frequent(value: np.ndarray) -> list[tuple[str, np.ndarray]]:
    """Rows of the most frequent values, then those of all others together."""
    names, count = np.unique(value.astype(str), return_counts=True)
    ordered = [str(names[i]) for i in np.argsort(-count, kind="stable") if names[i] != OTHERS]
    if any(name.startswith(THIRDS) for name in ordered):
        ordered.sort(key=lambda name: [name.startswith(third) for third in (*THIRDS, MISSING)], reverse=True)
    kept, rest = ordered[:MOST_VALUES], np.isin(value.astype(str), ordered[:MOST_VALUES], invert=True)
    lines = [(name, np.flatnonzero(value == name)) for name in kept]
    return [*lines, (OTHERS, np.flatnonzero(rest))] if rest.any() else lines


def _levels(levels: tuple[str, ...]) -> list[str]:
    return [OTHERS if level == OTHER_LEVEL else level for level in levels]


def _same(lines: list[dict[str, Any]], others: list[dict[str, Any]]) -> bool:
    """Do two segments part the rows alike, as the owner of a deal and of its lead often do?"""
    return [(line["value"], line["rows"], line["said"]) for line in lines] == [
        (line["value"], line["rows"], line["said"]) for line in others]


def _outside(line: dict[str, Any]) -> bool:
    return not line["low"] <= line["said"] <= line["high"]
