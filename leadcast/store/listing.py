"""Pages of leads or deals: filtered, in a stable order, each going on where the one before ended."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from sqlalchemy import ColumnElement, Connection, Row, Select, Table, and_, exists, func, or_, select

from leadcast.store import tables
from leadcast.store.columns import micro
from leadcast.store.stages_now import is_open_now, stage_now, stage_since
from leadcast.vocabulary import Entity, Vocabulary

Sort = Literal["probability", "score", "created", "changed"]
Place = tuple[float | int | None, str]
"""Where a page ends: what it is sorted by, None where that is missing, and the id."""
RECORDS: dict[Entity, Table] = {"lead": tables.leads, "opportunity": tables.opportunities}


@dataclass(frozen=True)
class Wanted:
    """Which leads or deals, and in which order; what is None does not matter.

    Attributes
    ----------
    target : of which target grade, probability and score are
    owners : only theirs
    open : only those that are open, or only those that are not
    prefix : how the id begins
    ascending : the smallest first; what is missing comes last either way
    """

    target: str | None = None
    owners: frozenset[str] | None = None
    source: str | None = None
    stage: str | None = None
    open: bool | None = None
    grade: str | None = None
    min_probability: float | None = None
    created_from: np.datetime64 | None = None
    created_before: np.datetime64 | None = None
    changed_since: np.datetime64 | None = None
    prefix: str | None = None
    sort: Sort = "probability"
    ascending: bool = False


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
    (rows with the columns of the record, ``stage`` and ``stage_since``; the next page's ``after``)
    """
    asked = _Asked(vocabulary, entity, wanted, now)
    places: list[Place] = []
    if after is None or after[0] is not None:
        places = [(value, one) for one, value in connection.execute(asked.with_value(after, limit + 1))]
    if len(places) <= limit and asked.may_lack_value:
        last = after[1] if after is not None and after[0] is None else None
        places += [(None, one) for one in connection.execute(asked.without_value(last, limit + 1 - len(places))).scalars()]
    rows = records_of(connection, vocabulary, entity, [one for _, one in places[:limit]], now)
    return rows, places[limit - 1] if len(places) > limit else None


def records_of(
    connection: Connection, vocabulary: Vocabulary, entity: Entity, ids: Sequence[str], now: np.datetime64
) -> list[Row]:
    """Some leads or deals with their stage as known then, in the order of the ids, without those that the store does not have.

    Parameters
    ----------
    ids : a few thousand at most
    """
    table = RECORDS[entity]
    asked = select(table, stage_now(vocabulary, entity, table, now).label("stage"),
                   stage_since(entity, table, now).label("stage_since")).where(table.c[f"{entity}_id"].in_(ids))
    found = {row[0]: row for row in connection.execute(asked)}
    return [found[one] for one in ids if one in found]


@dataclass(frozen=True)
class _Asked:
    """A wish as statements: first those that have what is sorted by, then those that lack it."""

    vocabulary: Vocabulary
    entity: Entity
    wanted: Wanted
    now: np.datetime64

    @property
    def table(self) -> Table:
        return RECORDS[self.entity]

    @property
    def key(self) -> ColumnElement[str]:
        return self.table.c[f"{self.entity}_id"]

    @property
    def by_score(self) -> bool:
        return self.wanted.sort in ("probability", "score")

    @property
    def value(self) -> ColumnElement:
        if self.by_score:
            return tables.scores.c[self.wanted.sort]
        return self.table.c[f"{self.wanted.sort}_at"]

    @property
    def may_lack_value(self) -> bool:
        """Nobody without a score has a grade."""
        return not (self.by_score and self._of_score())

    def with_value(self, after: Place | None, most: int) -> Select:
        value = self.value
        asked = select(self.key, value)
        if self.by_score:
            asked = asked.select_from(self.table).join(tables.scores, self._is_scored()).where(*self._of_score())
        else:
            asked = asked.where(value.is_not(None), *self._has_score())
        if after is not None:
            beyond = value > after[0] if self.wanted.ascending else value < after[0]
            asked = asked.where(or_(beyond, and_(value == after[0], self.key > after[1])))
        return asked.where(*self._of_record()).order_by(value if self.wanted.ascending else value.desc(), self.key).limit(most)

    def without_value(self, after: str | None, most: int) -> Select:
        lacking = ~exists().where(self._is_scored()) if self.by_score else self.value.is_(None)
        asked = select(self.key).where(lacking)
        if not self.by_score:
            asked = asked.where(*self._has_score())
        later = [] if after is None else [self.key > after]
        return asked.where(*later, *self._of_record()).order_by(self.key).limit(most)

    def _is_scored(self) -> ColumnElement[bool]:
        score = tables.scores.c
        return and_(score.entity == self.entity, score.entity_id == self.key, score.target == self.wanted.target)

    def _of_score(self) -> list[ColumnElement[bool]]:
        score, wanted = tables.scores.c, self.wanted
        found = [score.grade == wanted.grade] if wanted.grade is not None else []
        return [*found, score.probability >= wanted.min_probability] if wanted.min_probability is not None else found

    def _has_score(self) -> list[ColumnElement[bool]]:
        return [exists().where(self._is_scored(), *some)] if (some := self._of_score()) else []

    def _of_record(self) -> Sequence[ColumnElement[bool]]:
        row, wanted, created = self.table.c, self.wanted, self.table.c.created_at
        found: list[ColumnElement[bool]] = []
        if wanted.owners is not None:
            found.append(row.owner.in_(sorted(wanted.owners)))
        if wanted.source is not None:
            found.append(self._source() == wanted.source)
        if wanted.stage is not None:
            found.append(stage_now(self.vocabulary, self.entity, self.table, self.now) == wanted.stage)
        if wanted.open is not None:
            is_open = is_open_now(self.vocabulary, self.entity, self.table, self.now)
            found.append(is_open if wanted.open else ~is_open)
        if wanted.prefix:
            found.append(func.substr(self.key, 1, len(wanted.prefix)) == wanted.prefix)
        since = ((created, wanted.created_from), (row.changed_at, wanted.changed_since))
        found += [column >= micro(moment) for column, moment in since if moment is not None]
        return [*found, created < micro(wanted.created_before)] if wanted.created_before is not None else found

    def _source(self) -> ColumnElement:
        """The source of a lead; of a deal, that of its lead."""
        if self.entity == "lead":
            return tables.leads.c.source
        lead = tables.leads.c
        return select(lead.source).where(lead.lead_id == self.table.c.lead_id).scalar_subquery()


def others_of(connection: Connection, contact_id: str | None, account_id: str | None) -> dict[str, Row | None]:
    """The contact's and the account's own record, ``id`` and ``attributes``, None where the store has none."""
    found: dict[str, Row | None] = {}
    for name, table, one in (("contact", tables.contacts, contact_id), ("account", tables.accounts, account_id)):
        key = table.c[f"{name}_id"]
        found[name] = connection.execute(select(key.label("id"), table.c.attributes).where(key == one)).one_or_none()
    return found
