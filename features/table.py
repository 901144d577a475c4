"""The one function that turns histories into rows: for training, for batch scoring and for a single request."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from weakref import WeakKeyDictionary

import numpy as np
import pandas as pd

from features.context import Context
from features.deal import deal_signals
from features.engagement import engagement_signals
from features.fit import fit_signals
from features.signal import Signal
from features.slugs import unique
from features.view import View
from leadcast.contract import Contract
from leadcast.errors import SchemaError
from leadcast.history import History
from leadcast.observations import Observations

MOST_PAIRS = 4_000_000
MOST_ROWS = 20_000
EVENT_TYPE = "event_type"
NEVER_SEEN = "(never seen)"


@dataclass(frozen=True)
class FeatureTable:
    """Rows in the order of their observations.

    Attributes
    ----------
    contract : what each column means, in order
    values : float64, shape (n, p); NaN = not known, a category's column holds positions in its levels, -1 = never seen
    unseen : per category feature, how many rows hold a value never seen before; ``event_type``: how many events do
    """

    contract: Contract
    values: np.ndarray
    unseen: dict[str, int]

    def frame(self, observations: Observations) -> pd.DataFrame:
        """The same numbers with names, indexed by entity_id and as_of."""
        return pd.DataFrame(self.values, index=observations.index, columns=self.contract.names)

    def readable(self, observations: Observations) -> pd.DataFrame:
        """The same for people: a category as its value, None = missing; what was never seen is "(never seen)"."""
        levels = {f.name: f.levels for f in self.contract.features if f.levels is not None}
        frame = self.frame(observations)
        return frame.assign(**{name: _named(frame[name].to_numpy(), names) for name, names in levels.items()})


@dataclass(frozen=True)
class _Plan:
    signals: tuple[Signal, ...]
    contract: Contract

    @cached_property
    def categories(self) -> list[tuple[int, str]]:
        """Where the categories stand, and what they are called."""
        return [(column, f.name) for column, f in enumerate(self.contract.features) if f.is_category]


_plans: WeakKeyDictionary[Context, _Plan] = WeakKeyDictionary()


def _plan(context: Context) -> _Plan:
    """The signals of a context and the contract of their columns; worked out once per context."""
    if context not in _plans:
        signals = (*fit_signals(context), *engagement_signals(context), *deal_signals(context))
        features = [feature for signal in signals for feature in signal.features]
        names = unique(feature.name for feature in features)
        _plans[context] = _Plan(signals, Contract(tuple(replace(f, name=name) for f, name in zip(features, names, strict=True))))
    return _plans[context]


def contract_of(context: Context) -> Contract:
    """The features of every row made with this context, in order."""
    return _plan(context).contract


def feature_table(history: History, observations: Observations, context: Context) -> FeatureTable:
    """One row per observation, from nothing but what was known at its ``as_of``.

    A pure function: rows depend on nothing but their own lead or deal, their moment and the context, so any subset
    gives equal rows. Memory is bounded: observations are taken in parts of at most 4 million (observation, event) pairs.

    Parameters
    ----------
    observations : n of them, any order, duplicates allowed; of the context's entity

    Raises
    ------
    SchemaError : the context is of the other entity, or an id is not in the history
    """
    if observations.entity != context.entity:
        raise SchemaError(f"The observations are of {observations.entity} rows, the context was built for {context.entity} rows; "
                          f"build it with build_context(history, {observations.entity!r}).")
    plan = _plan(context)
    rows = history.rows(observations.entity, observations.entity_id)
    values = np.empty((len(rows), len(plan.contract.features)))
    unseen: Counter[str] = Counter()
    for part in _parts(history, context, rows, observations.as_of):
        view = View(history, context, rows[part], observations.as_of[part])
        _fill(values[part], view, plan.signals)
        if context.types.kept:
            unseen[EVENT_TYPE] += view.events.never_seen
    unseen.update({name: int((values[:, column] == -1).sum()) for column, name in plan.categories})
    return FeatureTable(plan.contract, values, {name: count for name, count in sorted(unseen.items()) if count})


def _named(codes: np.ndarray, levels: tuple[str, ...]) -> np.ndarray:
    places = np.where(np.isnan(codes), len(levels) + 1, np.where(codes < 0, len(levels), codes)).astype(int)
    return np.array([*levels, NEVER_SEEN, None], object)[places]


def _fill(values: np.ndarray, view: View, signals: tuple[Signal, ...]) -> None:
    column = 0
    for signal in signals:
        width = len(signal.features)
        values[:, column:column + width] = signal.compute(view).reshape(view.n, width)
        column += width


def _parts(history: History, context: Context, rows: np.ndarray, as_of: np.ndarray) -> Iterator[slice]:
    """Consecutive observations with a bounded number of visible events, at least one at a time."""
    if len(rows) == 1:
        yield slice(0, 1)
        return
    pairs = np.cumsum(history.linked_events(context.entity).count_known(rows, as_of))
    start = 0
    while start < len(rows):
        taken = pairs[start - 1] if start else 0
        stop = int(np.searchsorted(pairs, taken + MOST_PAIRS, "right"))
        stop = max(start + 1, min(stop, start + MOST_ROWS, len(rows)))
        yield slice(start, stop)
        start = stop
