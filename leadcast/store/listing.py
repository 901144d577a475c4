"""Pages of leads or deals: filtered, in a stable order, each going on where the one before ended."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, Connection, Row, Select, and_, func, or_, select

from leadcast.store import tables
from leadcast.store.stages_now import stage_now, stage_since
from leadcast.store.wanted import RECORDS, Conditions, Wanted
from leadcast.vocabulary import Entity, Vocabulary

Place = tuple[float | int | str | None, str]
"""Where a page ends: what it is sorted by, None where that is missing, and the id."""


@dataclass(frozen=True)
class Totals:
    """How many there are on all pages; of deals also their amounts together, and the expected ones.

    Nobody's amounts are 0 together; None: there are some, and of none the amount, or the expected amount, is known.
    """

    count: int
    amount: float | None = None
    expected_amount: float | None = None


def page_of(
    connection: Connection, vocabulary: Vocabulary, entity: Entity, wanted: Wanted, now: np.datetime64, limit: int,
    after: Place | None = None,
) -> tuple[list[Row], Place | None]:
    """The next leads or deals, and where to go on; None at the end.

    Equal ones are in the order of their ids. Over all pages each comes exactly once, as long as what they are sorted by does
    not change meanwhile; one whose score moves between two pages may come twice or not at all, all others are not affected.

    Parameters
    ----------
    now : as known when; UTC
    after : where the page before ended

    Returns
    -------
    (rows with the columns of the record, ``stage``, ``stage_since`` and ``source``; the next page's ``after``)
    """
    asked = Conditions(vocabulary, entity, wanted, now, connection.dialect.name)
    places: list[Place] = []
    if after is None or after[0] is not None:
        places = [(value, one) for one, value in connection.execute(_with_value(asked, after, limit + 1))]
    if len(places) <= limit:
        last = after[1] if after is not None and after[0] is None else None
        places += [(None, one) for one in connection.execute(_without_value(asked, last, limit + 1 - len(places))).scalars()]
    rows = records_of(connection, vocabulary, entity, [one for _, one in places[:limit]], now)
    return rows, places[limit - 1] if len(places) > limit else None


def totals_of(connection: Connection, vocabulary: Vocabulary, entity: Entity, wanted: Wanted, now: np.datetime64) -> Totals:
    """How many there are in all, whatever the page."""
    asked = Conditions(vocabulary, entity, wanted, now, connection.dialect.name)
    sums: list[ColumnElement] = [func.count()]
    if entity == "opportunity":
        amount = tables.opportunities.c.amount
        sums += [func.sum(amount), func.sum(amount * tables.scores.c.probability)]
    joined = asked.joined(sorted_by=False, with_scores=entity == "opportunity")
    count, *amounts = connection.execute(select(*sums).select_from(joined).where(*asked.filters())).one()
    return Totals(count, *(amounts if count else [0.0] * len(amounts)))


def records_of(
    connection: Connection, vocabulary: Vocabulary, entity: Entity, ids: Sequence[str], now: np.datetime64
) -> list[Row]:
    """Some leads or deals with their stage as known then, in the order of the ids, without those that the store does not have.

    Parameters
    ----------
    ids : a few thousand at most
    """
    table, lead = RECORDS[entity], tables.leads.c
    told: list[Any] = [table, stage_now(vocabulary, entity, table, now).label("stage"),
                       stage_since(entity, table, now).label("stage_since")]
    if entity == "opportunity":
        told.append(select(lead.source).where(lead.lead_id == table.c.lead_id).scalar_subquery().label("source"))
    found = {row[0]: row for row in connection.execute(select(*told).where(table.c[f"{entity}_id"].in_(ids)))}
    return [found[one] for one in ids if one in found]


def _with_value(asked: Conditions, after: Place | None, most: int) -> Select:
    """Those that have what is sorted by."""
    value, ascending = asked.value, asked.wanted.ascending
    found = select(asked.key, value.label("value")).select_from(asked.joined(sorted_by=True))
    found = found.where(value.is_not(None), *asked.filters())
    if after is not None:
        beyond = value > after[0] if ascending else value < after[0]
        found = found.where(or_(beyond, and_(value == after[0], asked.key > after[1])))
    return found.order_by(value if ascending else value.desc(), asked.key).limit(most)


def _without_value(asked: Conditions, after: str | None, most: int) -> Select:
    """Those that lack it, in the order of their ids."""
    found = select(asked.key).select_from(asked.joined(sorted_by=False)).where(asked.value.is_(None), *asked.filters())
    later = [] if after is None else [asked.key > after]
    return found.where(*later).order_by(asked.key).limit(most)


def others_of(connection: Connection, contact_id: str | None, account_id: str | None) -> dict[str, Row | None]:
    """The contact's and the account's own record, ``id`` and ``attributes``, None where the store has none."""
    found: dict[str, Row | None] = {}
    for name, table, one in (("contact", tables.contacts, contact_id), ("account", tables.accounts, account_id)):
        key = table.c[f"{name}_id"]
        found[name] = connection.execute(select(key.label("id"), table.c.attributes).where(key == one)).one_or_none()
    return found
