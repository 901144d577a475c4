"""The field history of one block: what was changed in the CRM, when, and what stood there before."""

import numpy as np

from leadcast.simulate import bargaining, company
from leadcast.simulate.people import someone
from leadcast.table import TIME, Table

# Which fields have a history, in the CRM and in the truth.
LEAD_FIELDS = ("owner",)
DEAL_FIELDS = ("amount", "expected_close", "category", "owner")


def deal_changes(rng: np.random.Generator, bargains: Table, entered: np.ndarray, lost: np.ndarray) -> dict[str, Table]:
    """Changes of the deals of a full block, in days after the deal's creation.

    Returns
    -------
    field -> Table of row (in the block), at, value, old_value; the expected close in days as well
    """
    closed = np.where(np.isnan(lost), entered[:, -1], lost)
    return {
        "amount": _stacked(bargaining.draw_amounts(rng, bargains["amount"], entered)),
        "expected_close": _stacked(bargaining.draw_pushes(rng, bargains["guess"], closed)),
        "category": _stacked(bargaining.categories(entered, lost)),
    }


def handovers(rng: np.random.Generator, leads: Table, left: np.ndarray) -> Table:
    """A few leads pass to a colleague of the same region in their first days, if they are still open then.

    Parameters
    ----------
    left : when the first stage is left, days after creation, shape (n,)
    """
    draw, at, colleague = rng.random(leads.rows), rng.uniform(0.1, 5.0, leads.rows), someone(rng, leads["region"])
    passed = (draw < 0.03) & (at < left) & (colleague != leads["owner"])
    return _stacked([(np.where(passed, at, np.nan), colleague, leads["owner"])])


def dated(changes: Table, rows: np.ndarray, start: np.ndarray, days: bool) -> Table:
    """The changes of the entities in ``rows`` only, numbered from 0, dated by when each entity began.

    Parameters
    ----------
    rows : positions in the full block, rising, shape (n,)
    start : days since the start of the data, shape (n,)
    days : the values are days after the beginning as well, and become local dates
    """
    place = np.full(max(rows.max(initial=0), changes["row"].max(initial=0)) + 1, -1)
    place[rows] = np.arange(len(rows))
    mine = changes.take(place[changes["row"]] >= 0)
    row = place[mine["row"]]
    values = {name: local_day(start[row] + mine[name].astype(float)) if days else mine[name] for name in ("value", "old_value")}
    return Table({"row": row, "changed_at": company.moment(start[row] + mine["at"]), **values})


def local_day(days: np.ndarray) -> np.ndarray:
    """The beginning of the local day, as the CRM's date columns have it; UTC."""
    local = (company.moment(days) + company.UTC_OFFSET).astype("datetime64[D]").astype(TIME)
    return local - company.UTC_OFFSET


def _stacked(parts: list[tuple[np.ndarray, np.ndarray, np.ndarray]]) -> Table:
    """All changes as rows, by entity and time."""
    at, value, old = (np.stack(column, axis=1) for column in zip(*parts, strict=True))
    row, _ = kept = np.nonzero(np.isfinite(at))
    table = Table({"row": row, "at": at[kept], "value": value[kept], "old_value": old[kept]})
    return table.take(np.lexsort((table["at"], table["row"])))
