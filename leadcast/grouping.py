"""The columns by which leads and deals can be grouped, and their values as known at a moment."""

import numpy as np

from leadcast.history import History
from leadcast.owners import of_owners
from leadcast.table import TIME
from leadcast.vocabulary import Entity

OF_OWNERS = ("manager", "region")
SOURCE = "source"


def group_columns(history: History, entity: Entity) -> list[str]:
    """Texts of their own, their owner's manager and region, and of deals their lead's source."""
    table = history.entities(entity)
    own = [name for name in table.names if table[name].dtype == object and not name.endswith("_id")]
    found = [*own, *(name for name in OF_OWNERS if name not in own and history.owners.rows)]
    of_lead = entity == "opportunity" and SOURCE not in own and any(value is not None for value in history.leads[SOURCE])
    return [*found, SOURCE] if of_lead else found


def group_values(history: History, entity: Entity, name: str, rows: np.ndarray, as_of: np.datetime64) -> np.ndarray:
    """A column of :func:`group_columns` as known at ``as_of``; object, shape (n,), None where it is missing.

    Parameters
    ----------
    rows : of the leads or deals, shape (n,)
    """
    table, when = history.entities(entity), np.full(len(rows), as_of, TIME)
    if name in table:
        return history.value_at(entity, name, rows, when)
    if name in OF_OWNERS:
        of = of_owners(history.owners, name, as_of)
        return np.array([of.get(owner) for owner in history.value_at(entity, "owner", rows, when)], object)
    lead = history.lead_rows[rows]
    has = lead >= 0
    has[has] = ~(history.leads["created_at"][lead[has]] > as_of)
    values = np.full(len(rows), None, object)
    values[has] = history.value_at("lead", name, lead[has], when[has])
    return values
