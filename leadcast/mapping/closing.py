"""When the data end, and what one close-date column means before and after a deal is closed."""

import numpy as np

from leadcast.history import History
from leadcast.mapping.canonical import canonical_texts
from leadcast.mapping.deals import CLOSE, FACTOR
from leadcast.mapping.stack import stacked
from leadcast.moment import NO_TIME, is_shown
from leadcast.schema import FIELDS
from leadcast.table import Table

INSTANT = np.timedelta64(1_000_000, "us")


def newest(*columns: np.ndarray) -> np.datetime64:
    """The newest time of several columns; NO_TIME where there is none."""
    filled = [column[~np.isnat(column)] for column in columns]
    return max((times.max() for times in filled if len(times)), default=NO_TIME)


def after_the_looks(newest_time: np.datetime64, stages: Table) -> np.datetime64:
    """When the data end, where only their newest time tells.

    The export is younger than all that is in it: without this instant, the newest lead's undated outcome would be known
    at the very moment at which the lead is looked at.
    """
    return newest_time + INSTANT if is_shown(newest_time) and _undated(stages).any() else newest_time


def known_at_end(stages: Table, end: np.datetime64) -> Table:
    """Stage entries that no date tells are known when the data end."""
    return stages.with_columns(recorded_at=np.where(_undated(stages), end, stages["recorded_at"]))


def _undated(stages: Table) -> np.ndarray:
    return np.isnat(stages["entered_at"]) & np.isnat(stages["recorded_at"])


def settled(deals: Table, fields: Table, history: History, told: bool) -> tuple[Table, Table]:
    """The one close date given to those it is the expectation of: the open deals; closed ones have none by it.

    Without a history of the expectation, only the end of the data tells it, for open deals alone; so it counts as
    known then, not at creation, and no past day can tell open from closed by it.

    Parameters
    ----------
    deals : with the working columns CLOSE and FACTOR
    history : with all stage entries, to know who is closed
    told : the expectation has a history of its own

    Returns
    -------
    (deals without the working columns, field history)
    """
    closed = history.closed_at("opportunity", np.arange(deals.rows), np.full(deals.rows, history.end))
    late = np.isnat(deals["expected_close"]) & ~np.isnat(deals[CLOSE]) & ~closed
    expected = np.where(late, deals[CLOSE], deals["expected_close"])
    kept = [name for name in deals.names if name not in (CLOSE, FACTOR)]
    plain = Table({name: deals[name] for name in kept}).with_columns(expected_close=expected)
    if told or not late.any():
        return plain, fields
    return plain, stacked(FIELDS, [fields, _told_at_end(plain.take(late), history.end)])


def _told_at_end(deals: Table, end: np.datetime64) -> Table:
    return Table({
        "entity": np.full(deals.rows, "opportunity", object), "entity_id": deals["opportunity_id"],
        "field": np.full(deals.rows, "expected_close", object),
        "value": np.array(canonical_texts(deals["expected_close"]), dtype=object), "changed_at": np.full(deals.rows, end),
    })
