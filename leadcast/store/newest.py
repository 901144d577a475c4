"""When the newest record of the store became known."""

import numpy as np
from sqlalchemy import Connection, func, select

from leadcast.store import tables
from leadcast.store.columns import micro
from leadcast.table import TIME


def newest_known(connection: Connection, now: np.datetime64) -> np.datetime64:
    """The newest time up to ``now`` at which an event happened, a stage was entered or a lead or deal was created; NaT: none.

    Not when it came in here: a file that is loaded today may end long ago.
    """
    times = (tables.events.c.occurred_at, tables.stages.c.entered_at, tables.leads.c.created_at,
             tables.opportunities.c.created_at)
    found = [connection.execute(select(func.max(time)).where(time <= micro(now))).scalar() for time in times]
    known = [moment for moment in found if moment is not None]
    return np.int64(max(known)).view(TIME) if known else np.datetime64("NaT", "us")
