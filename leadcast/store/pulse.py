"""Does the store answer, and how many wait for a new score: what a monitor asks every few seconds."""

from sqlalchemy import func, select

from leadcast.store import tables
from leadcast.store.engine import Store


def waiting_count(store: Store) -> int:
    """How many leads and deals have news since their current score.

    Raises
    ------
    StoreUnavailable : the database does not answer
    """
    with store.reading() as connection:
        return connection.execute(select(func.count()).select_from(tables.waiting)).scalar_one()
