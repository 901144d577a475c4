"""Curves as a table: P(won by) and P(lost by) of everyone open, on every day of the model's grid."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from leadcast.bundle import Bundle
from leadcast.errors import BundleError
from leadcast.history import History
from leadcast.moment import ahead, days
from leadcast.observations import open_at
from leadcast.table import TIME
from serving.scores import Scorer

COLUMNS = ["entity", "entity_id", "target", "as_of", "date", "won_by", "lost_by", "won_ever", "expected_close", "model"]
DIGITS = 9


def curve_table(history: History, bundles: Mapping[str, Bundle], as_of: np.datetime64) -> pd.DataFrame:
    """The curves of everyone open at ``as_of``, one row per entity, target and day of the grid.

    Parameters
    ----------
    bundles : by target; those whose target is not to be won have no curve and no rows

    Returns
    -------
    columns ``COLUMNS``: ``date`` (UTC) is a day of the grid ahead; ``won_by`` and ``lost_by`` are P(won by it) and P(lost by
        it), rising with the date, ``lost_by`` NaN where no loss is on record; ``won_ever`` and ``expected_close`` (the median
        of the win, if it is won) are the same in every row of an entity

    Raises
    ------
    BundleError : none of the bundles has a curve over time
    """
    curved = [bundle for bundle in bundles.values() if bundle.curve is not None]
    if not curved:
        raise BundleError(f"There is no curve over time to write: none of {', '.join(bundles)} has one. A curve is made for "
                          "targets that are to be won, where outcomes have dates; run leadcast train.")
    tables = [_of_bundle(history, bundle, as_of) for bundle in curved]
    return pd.concat(tables, ignore_index=True)


def _of_bundle(history: History, bundle: Bundle, as_of: np.datetime64) -> pd.DataFrame:
    assert bundle.curve is not None
    scorer = Scorer(bundle)
    scorer.agree(history.vocabulary)
    now = open_at(history, bundle.target, as_of)
    values, _ = scorer.values(history, now)
    curves = bundle.curves(values)
    grid = as_of + np.array([days(day) for day in curves.days[1:]], "timedelta64[us]")
    steps, n = len(grid), len(now)
    lost = np.full((n, steps), np.nan) if bundle.curve.lose is None else curves.lost[:, 1:]
    expected = ahead(as_of, curves.days_until(0.5))
    return pd.DataFrame({
        "entity": np.full(n * steps, now.entity, object), "entity_id": np.repeat(now.entity_id, steps),
        "target": np.full(n * steps, bundle.target.name, object), "as_of": _times(np.full(n * steps, as_of, TIME)),
        "date": _times(np.tile(grid, n)), "won_by": np.round(curves.won[:, 1:], DIGITS).ravel(),
        "lost_by": np.round(lost, DIGITS).ravel(), "won_ever": np.repeat(np.round(curves.ever(), DIGITS), steps),
        "expected_close": _times(np.repeat(expected, steps)), "model": np.full(n * steps, scorer.model, object),
    }, columns=COLUMNS)


def _times(moments: np.ndarray) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(moments.astype(TIME)).tz_localize("UTC")
