"""When the newest record of the store became known."""

import numpy as np
from sqlalchemy import Connection, case, func, select

from leadcast.store import tables
from leadcast.store.columns import micro
from leadcast.table import TIME


def newest_known(connection: Connection, now: np.datetime64) -> np.datetime64:
    """The newest time up to ``now`` at which an event happened, a stage was entered or a lead or deal was created; NaT: none.

    Not when it came in here: a file that is loaded today may end long ago.
    """
    newest, _ = newest_and_next(connection, now)
    return newest


def newest_and_next(connection: Connection, now: np.datetime64) -> tuple[np.datetime64, np.datetime64]:
    """(the newest time up to ``now``, the first one after it): the first holds until the second has come; NaT: none.

    Reads every event and stage once.
    """
    times = (tables.events.c.occurred_at, tables.stages.c.entered_at, tables.leads.c.created_at,
             tables.opportunities.c.created_at)
    moment = micro(now)
    found = [connection.execute(select(func.max(case((time <= moment, time))), func.min(case((time > moment, time))))).one()
             for time in times]
    newest = max((before for before, _ in found if before is not None), default=None)
    ahead = min((after for _, after in found if after is not None), default=None)
    return _moment(newest), _moment(ahead)


def _moment(known: int | None) -> np.datetime64:
    return np.datetime64("NaT", "us") if known is None else np.int64(known).view(TIME)
