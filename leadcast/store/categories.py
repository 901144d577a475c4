"""Forecast categories as the CRM writes them, found by what they mean."""

from sqlalchemy import Connection, select

from leadcast.forecast import plain_category
from leadcast.store import tables


def categories_like(connection: Connection, category: str) -> tuple[str, ...]:
    """Every way in which the store's deals write a category: Best Case, best_case and BestCase are one."""
    column = tables.opportunities.c.category
    written = connection.execute(select(column).where(column.is_not(None)).distinct()).scalars()
    return tuple(sorted(one for one in written if plain_category(one) == plain_category(category)))
