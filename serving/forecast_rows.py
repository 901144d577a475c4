"""The rows of a period's forecast: what is won, what is open with its curve, and templates of what is still to come."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from leadcast.bundle import Bundle
from leadcast.curves import WinCurves
from leadcast.grouping import group_columns, group_values
from leadcast.history import History
from leadcast.moment import ahead
from leadcast.observations import open_at
from leadcast.period import Period
from leadcast.table import NOT_A_TIME, TIME
from leadcast.vocabulary import Entity
from serving.newcomers import Newcomers, newcomers
from serving.scores import Scorer

OWN = ("entity_id", "kind", "expected", "ever", "closes", "slips")
"""What the rows say of themselves; an attribute of such a name is left out."""
_DAY = np.timedelta64(86_400_000_000, "us")


@dataclass(frozen=True, eq=False)
class ForecastRows:
    """One row per deal (or lead) that counts, and what they were made from.

    Attributes
    ----------
    table : ``entity_id``; ``kind`` (won, open, new); ``expected`` (won 1; open P(won in the period); new expected wins from
        deals like it); open rows: ``ever``, ``closes`` (median of the win, if won), ``slips`` (P(still open at the period's
        end) where it should close in the period, by ``expected_close`` or, where nobody gives one, by ``closes``);
        ``amount``, ``margin`` (where any is known), ``stage`` (None of new ones: they will begin), ``created_at``,
        ``expected_close``, and every column that can be grouped by
    curves : of the open rows, in their order
    """

    table: pd.DataFrame
    curves: WinCurves
    coming: Newcomers

    def of_owners(self, owners: frozenset[str]) -> "ForecastRows":
        """The rows of these owners alone, and of what is to come the share that their recent ones have."""
        mine, kind = self.table["owner"].isin(owners).to_numpy(), self.table["kind"].to_numpy()
        return ForecastRows(self.table[mine].reset_index(drop=True), self.curves.take(mine[kind == "open"]),
                            self.coming.take(mine[kind == "new"]))


def forecast_rows(history: History, bundle: Bundle, as_of: np.datetime64, period: Period) -> ForecastRows:
    """The rows of a forecast of a period from what was known at ``as_of``; the history may reach further.

    Raises
    ------
    BundleError : the bundle has no curve over time
    """
    scorer = Scorer(bundle)
    scorer.agree(history.vocabulary)
    now = open_at(history, bundle.target, as_of)
    values, _ = scorer.values(history, now)
    curves = bundle.curves(values)
    coming = newcomers(history, scorer, as_of, period)
    won = won_between(history, bundle.entity, period.start, period.end, as_of)
    standing = history.rows(bundle.entity, now.entity_id)
    places = np.concatenate([won, standing, coming.rows])
    kind = np.repeat(np.array(["won", "open", "new"], object), [len(won), len(standing), len(coming.rows)])
    until, since = (float((edge - as_of) / _DAY) for edge in (period.end, period.start))
    nothing = np.full(len(won), np.nan), np.full(len(coming.rows), np.nan)
    ids = history.ids(bundle.entity)[places].copy()
    ids[kind == "new"] = [f"new:{number}" for number in range(len(coming.rows))]
    columns = {
        "entity_id": ids, "kind": kind,
        "expected": np.concatenate([np.ones(len(won)), curves.between(max(since, 0.0), max(until, 0.0)), coming.expected]),
        "ever": np.concatenate([nothing[0], curves.ever(), nothing[1]]),
        "closes": ahead(as_of, np.concatenate([nothing[0], curves.days_until(0.5), nothing[1]])),
        **_columns(history, bundle.entity, places, as_of),
    }
    columns |= _money_at_creation(history, bundle.entity, coming.rows, columns)
    columns["stage"][kind == "new"] = None
    table = pd.DataFrame({name: pd.Series(column, dtype=column.dtype) for name, column in columns.items()})
    return ForecastRows(table.assign(slips=_slips(table, curves, as_of, period)), curves, coming)


def won_between(history: History, entity: Entity, start: np.datetime64, end: np.datetime64, as_of: np.datetime64) -> np.ndarray:
    """The rows of those that stand as won at ``as_of`` and were won in ``[start, end)``."""
    rows = np.arange(len(history.ids(entity)))
    stage, entered = history.stage_at(entity, rows, np.full(len(rows), as_of, TIME))
    won = np.isin(stage.astype(str), list(history.vocabulary.won(entity)))
    begun = history.begun(entity, rows, np.full(len(rows), as_of, TIME))
    return np.flatnonzero(won & begun & (entered >= start) & (entered < end))


def groups_of(history: History, entity: Entity) -> list[str]:
    """The columns that a forecast can be split by: its own, its stage, its owner's manager and region, its lead's source."""
    return [name for name in group_columns(history, entity) if name not in (*OWN, "stage")] + ["stage"]


def _columns(history: History, entity: Entity, places: np.ndarray, as_of: np.datetime64) -> dict[str, np.ndarray]:
    when, table = np.full(len(places), as_of, TIME), history.entities(entity)
    found: dict[str, np.ndarray] = {"created_at": table["created_at"][places]}
    for name in ("amount", "margin"):
        found[name] = history.value_at(entity, name, places, when) if name in table else np.full(len(places), np.nan)
    if np.isnan(found["margin"]).all():
        del found["margin"]
    found["expected_close"] = history.value_at(entity, "expected_close", places, when) if "expected_close" in table else (
        np.full(len(places), NOT_A_TIME, TIME))
    found["stage"] = history.stage_at(entity, places, when)[0]
    for name in groups_of(history, entity):
        if name != "stage":
            found[name] = group_values(history, entity, name, places, as_of)
    return found


def _money_at_creation(
    history: History, entity: Entity, templates: np.ndarray, columns: dict[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """Amount and margin with the templates, which come last, as they were created: a new deal's money will change from there."""
    found: dict[str, np.ndarray] = {}
    when = history.entities(entity)["created_at"][templates]
    for name in ("amount", "margin"):
        if name in columns and name in history.entities(entity):
            known = columns[name][: len(columns[name]) - len(templates)]
            found[name] = np.concatenate([known, history.value_at(entity, name, templates, when)])
    return found


def _slips(table: pd.DataFrame, curves: WinCurves, as_of: np.datetime64, period: Period) -> np.ndarray:
    """P(still open at the period's end) of open rows that should close in it, 0 for others; shape (n,)."""
    is_open = (table["kind"] == "open").to_numpy()
    own = table["expected_close"].to_numpy(TIME)[is_open]
    due = own if (~np.isnat(own)).any() else table["closes"].to_numpy(TIME)[is_open]
    until = float((period.end - as_of) / _DAY)
    slips = np.zeros(len(table))
    slips[is_open] = np.where((due >= max(period.start, as_of)) & (due < period.end), curves.open_at(max(until, 0.0)), 0.0)
    return slips
