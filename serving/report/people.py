"""Open deals and leads as a report lists them: the most worthwhile first, with risks and reasons, and fit beside engagement."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from leadcast.bundle import Bundle
from leadcast.history import History
from leadcast.owners import of_owners
from leadcast.queue import queue_order
from leadcast.sign_words import WORDS as FLAG_WORDS
from leadcast.strongest import strongest
from leadcast.vocabulary import Entity
from leadcast.workspace.risks import RiskKeys
from serving.deal_table import deal_table, lead_table
from serving.report.words import MINUS
from serving.scores import Scorer
from serving.write import plain_rows

Plain = dict[str, Any]
MOST_WORTH, MOST_DEALS, MOST_LEADS = 50, 200, 50
REASONS = 3
TYPICAL = "; typical is"
EDGES = (0.0, 25.0, 50.0, 75.0, 100.0)
BANDS = ("low", "fair", "good", "high")
"""Of fit and of engagement, each from one edge to the next."""


@dataclass(frozen=True)
class Listed:
    """Open deals, or open leads.

    Attributes
    ----------
    rows : those that are shown, the most worthwhile first
    in_all, flagged : how many are open, and how many of them carry a risk
    amount, expected_amount : of all that are open; None where no amount is known
    expected, scored : the sum of their probabilities, None without a score; and how many have one
    target, horizon_days, stages : what the probabilities are of; None without a score
    """

    entity: Entity
    rows: list[Plain]
    in_all: int
    flagged: int
    amount: float | None
    expected_amount: float | None
    expected: float | None
    scored: int
    target: str | None
    horizon_days: float | None
    stages: tuple[str, ...]


@dataclass(frozen=True)
class Lists:
    """Open deals and leads; None where the workspace has none of them.

    Attributes
    ----------
    grid : of leads; a cell for each band of fit and of engagement: fit, engagement, count, mean_probability
    """

    deals: Listed | None
    leads: Listed | None
    grid: list[Plain]


def lists_of(
    history: History, bundles: Mapping[str, Bundle], as_of: np.datetime64, owners: Collection[str] | None, risks: RiskKeys,
    timezone: str | None = None,
) -> Lists:
    """The 50 deals most worth and those with a risk (200 in all), the 50 leads to call first, and how leads spread.

    Parameters
    ----------
    history : as known at ``as_of``, with events

    Raises
    ------
    BundleError : the history's columns mean something else than when a model was trained
    """
    deals = leads = None
    grid: list[Plain] = []
    if history.opportunities.rows:
        table = deal_table(history, bundles, as_of, owners, risks, timezone)
        worth = (np.arange(len(table)) < MOST_WORTH) | (table["flags"] != "").to_numpy(bool)
        deals = _listed("opportunity", table, table[worth].head(MOST_DEALS), history, bundles, as_of)
    if history.leads.rows:
        table = lead_table(history, bundles, as_of, owners, risks, timezone)
        leads = _listed("lead", table, table.iloc[_to_call(table)[:MOST_LEADS]], history, bundles, as_of)
        grid = grid_of(table)
    return Lists(deals, leads, grid)


def grid_of(table: pd.DataFrame) -> list[Plain]:
    """How many open leads there are in each band of fit and engagement, and their mean probability; none without such scores.

    Examples
    --------
    >>> found = grid_of(pd.DataFrame({"fit_score": [10.0, 100.0, 80.0], "engagement_score": [30.0, 75.0, 99.0],
    ...                               "probability": [0.1, 0.5, 0.7]}))
    >>> [(c["fit"], c["engagement"], c["count"], c["mean_probability"]) for c in found if c["count"]]
    [('low', 'fair', 1, 0.1), ('high', 'high', 2, 0.6)]
    """
    fit, engagement, chance = (table[name].to_numpy(float) for name in ("fit_score", "engagement_score", "probability"))
    known = ~np.isnan(fit) & ~np.isnan(engagement)
    if not known.any():
        return []
    places = [np.clip(np.digitize(scores, EDGES[1:-1]), 0, len(BANDS) - 1) for scores in (fit, engagement)]
    cells = []
    for row, one in enumerate(BANDS):
        for column, other in enumerate(BANDS):
            here = known & (places[0] == row) & (places[1] == column)
            cells.append({"fit": one, "engagement": other, "count": int(here.sum()),
                          "mean_probability": float(chance[here].mean()) if here.any() else None})
    return cells


def _to_call(table: pd.DataFrame) -> np.ndarray:
    """The order of the queue."""
    chance, waiting = (table[name].to_numpy(float) for name in ("probability", "waiting_days"))
    ids = table["lead_id"].to_numpy(object)
    return queue_order(np.nan_to_num(chance, nan=-1.0), np.full(len(table), np.nan), waiting, ids)


def _listed(
    entity: Entity, table: pd.DataFrame, shown: pd.DataFrame, history: History, bundles: Mapping[str, Bundle],
    as_of: np.datetime64,
) -> Listed:
    scorers = [Scorer(bundle) for bundle in bundles.values() if bundle.entity == entity]
    scorer = scorers[-1] if scorers else None
    names = {owner: name for owner, name in of_owners(history.owners, "name", as_of).items() if name is not None}
    reasons = _reasons(scorer, history, as_of, set(shown[f"{entity}_id"].head(MOST_WORTH)))
    rows = [_row(row, f"{entity}_id", names, reasons) for row in plain_rows(shown)]
    amount = table["amount"].to_numpy(float) if "amount" in table else np.empty(0)
    worth = table["expected_amount"].to_numpy(float) if "expected_amount" in table else np.empty(0)
    chance = table["probability"].to_numpy(float)
    target = None if scorer is None else scorer.bundle.target
    scored, horizon = int((~np.isnan(chance)).sum()), None if scorer is None else scorer.bundle.facts.horizon_days
    return Listed(entity, rows, len(table), int((table["flags"] != "").sum()), _sum(amount), _sum(worth), _sum(chance), scored,
                  None if target is None else target.name, horizon, () if target is None else tuple(target.stages))


def _row(row: Plain, key: str, names: Mapping[str, str], reasons: Mapping[str, str]) -> Plain:
    flags = [FLAG_WORDS[flag] for flag in (row["flags"] or "").split(", ") if flag]
    return {**row, "entity_id": row[key], "shown": names.get(row.get("owner") or "", row.get("owner")),
            "risks": ", ".join(flags), "reasons": reasons.get(row[key], "")}


def _reasons(scorer: Scorer | None, history: History, as_of: np.datetime64, ids: set[str]) -> dict[str, str]:
    """The strongest reasons of each score in words, without what is typical, for which there is no room."""
    if scorer is None or not ids:
        return {}
    scores = scorer.columns(history, as_of, ids)
    return {one: "; ".join(map(_in_short, strongest(reasons, REASONS)))
            for one, reasons in zip(scores.entity_id, scores.reasons or [], strict=True)}


def _in_short(reason: Plain) -> str:
    """A reason and its side.

    Examples
    --------
    >>> _in_short({"contribution": 0.4, "text": "Stage: mql; typical is new"})
    '+ Stage: mql'
    """
    text = reason["text"].partition(TYPICAL)[0].replace("_", " ")
    return f"{'+' if reason['contribution'] > 0 else MINUS} {text}"


def _sum(values: np.ndarray) -> float | None:
    return float(np.nansum(values)) if len(values) and not np.isnan(values).all() else None
