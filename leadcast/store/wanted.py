"""Which leads or deals are wanted, as conditions of SQL."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from sqlalchemy import ColumnElement, FromClause, String, Table, and_, cast, exists, func, literal, or_, select
from sqlalchemy.dialects.postgresql import JSONB

from leadcast.store import tables
from leadcast.store.columns import micro
from leadcast.store.stages_now import is_open_now, stage_now
from leadcast.vocabulary import Entity, Vocabulary

Sort = Literal["probability", "score", "created", "changed", "amount", "expected_amount", "expected_close", "promised_close",
               "stage_age", "waiting", "trend", "owner", "stage"]
TEXTS: tuple[Sort, ...] = ("owner", "stage")
"""What is sorted as text; all else are numbers."""
RECORDS: dict[Entity, Table] = {"lead": tables.leads, "opportunity": tables.opportunities}
HIGHEST = 100.0
"""A score can be."""
_OF_SCORE = {"probability": "probability", "score": "score", "trend": "trend", "expected_close": "expected_close"}
_OF_SIGNS = {"stage_age": "stage_age_days", "waiting": "waiting_days"}
_OF_RECORD = {"created": "created_at", "changed": "changed_at", "amount": "amount", "promised_close": "expected_close",
              "owner": "owner"}


@dataclass(frozen=True)
class Wanted:
    """Which leads or deals, and in which order; what is None or empty does not matter.

    Attributes
    ----------
    target : of which target grade, probability and score are
    owners : only theirs
    open : only those that are open, or only those that are not
    begins : how the id, the owner, the source, or the contact's or account's id begins, in any case (SQLite: of A to Z)
    flags : with any of these risks
    attributes : (name, value as JSON holds it); with all of them
    fit, engagement : (from, to) of the score; from belongs to it, to only where it is the highest score there is
    closes_from, closes_before : the owner's date; the model's is ``model_closes_before``
    ascending : the smallest first; what is missing comes last either way
    """

    target: str | None = None
    owners: frozenset[str] | None = None
    source: str | None = None
    stage: str | None = None
    open: bool | None = None
    grade: str | None = None
    min_probability: float | None = None
    fit: tuple[float, float] | None = None
    engagement: tuple[float, float] | None = None
    created_from: np.datetime64 | None = None
    created_before: np.datetime64 | None = None
    changed_since: np.datetime64 | None = None
    begins: str | None = None
    flags: tuple[str, ...] = ()
    attributes: tuple[tuple[str, str | float], ...] = ()
    categories: tuple[str, ...] | None = None
    min_amount: float | None = None
    closes_from: np.datetime64 | None = None
    closes_before: np.datetime64 | None = None
    model_closes_before: np.datetime64 | None = None
    sort: Sort = "probability"
    ascending: bool = False


@dataclass(frozen=True)
class Conditions:
    """A wish as SQL: the tables it needs, what is sorted by, and the conditions."""

    vocabulary: Vocabulary
    entity: Entity
    wanted: Wanted
    now: np.datetime64
    dialect: str

    @property
    def table(self) -> Table:
        return RECORDS[self.entity]

    @property
    def key(self) -> ColumnElement[str]:
        return self.table.c[f"{self.entity}_id"]

    @property
    def value(self) -> ColumnElement:
        """What is sorted by."""
        sort = self.wanted.sort
        if sort == "stage":
            return stage_now(self.vocabulary, self.entity, self.table, self.now)
        if sort == "expected_amount":
            return tables.scores.c.probability * self.table.c.amount
        if sort in _OF_SCORE:
            return tables.scores.c[_OF_SCORE[sort]]
        return tables.signs.c[_OF_SIGNS[sort]] if sort in _OF_SIGNS else self.table.c[_OF_RECORD[sort]]

    def joined(self, sorted_by: bool, with_scores: bool = False) -> FromClause:
        """The records with the tables that are needed.

        Parameters
        ----------
        sorted_by : only those that have a row in the table that is sorted by; else all that the filters let pass
        with_scores : beside each its score, as far as there is one
        """
        sort, found = self.wanted.sort, self.table
        by_score, by_signs = sort in _OF_SCORE or sort == "expected_amount", sort in _OF_SIGNS
        joins = ((tables.scores, self.is_scored(), by_score, bool(self._of_score()), with_scores),
                 (tables.signs, self._has_signs(), by_signs, bool(self._of_signs()), False))
        for table, same, is_sorted, is_filtered, asked in joins:
            if is_sorted or is_filtered or asked:
                must = is_filtered or (is_sorted and sorted_by)
                found = found.join(table, same, isouter=not must)  # type: ignore[assignment]
        return found

    def is_scored(self) -> ColumnElement[bool]:
        score = tables.scores.c
        return and_(score.entity == self.entity, score.entity_id == self.key, score.target == self.wanted.target)

    def filters(self) -> list[ColumnElement[bool]]:
        """Every condition; those of scores and signs are about the tables of :meth:`joined`."""
        return [*self._of_score(), *self._of_signs(), *self._of_record()]

    def _has_signs(self) -> ColumnElement[bool]:
        sign = tables.signs.c
        return and_(sign.entity == self.entity, sign.entity_id == self.key)

    def _of_score(self) -> list[ColumnElement[bool]]:
        score, wanted = tables.scores.c, self.wanted
        found = [score.grade == wanted.grade] if wanted.grade is not None else []
        found += [score.probability >= wanted.min_probability] if wanted.min_probability is not None else []
        for column, band in ((score.fit_score, wanted.fit), (score.engagement_score, wanted.engagement)):
            found += _in_band(column, *band) if band is not None else []
        before = wanted.model_closes_before
        return [*found, score.expected_close < micro(before)] if before is not None else found

    def _of_signs(self) -> list[ColumnElement[bool]]:
        flags = tables.signs.c.flags
        return [or_(*(flags.contains(f";{flag};", autoescape=True) for flag in self.wanted.flags))] if self.wanted.flags else []

    def _of_record(self) -> Iterator[ColumnElement[bool]]:
        row, wanted = self.table.c, self.wanted
        if wanted.owners is not None:
            yield row.owner.in_(sorted(wanted.owners))
        if wanted.source is not None:
            yield self._source_where(tables.leads.c.source == wanted.source)
        if wanted.stage is not None:
            yield stage_now(self.vocabulary, self.entity, self.table, self.now) == wanted.stage
        if wanted.open is not None:
            is_open = is_open_now(self.vocabulary, self.entity, self.table, self.now)
            yield is_open if wanted.open else ~is_open
        if wanted.begins:
            yield self._begins(wanted.begins)
        yield from (self._attribute_is(name, value) for name, value in wanted.attributes)
        yield from self._of_deal()
        since = ((row.created_at, wanted.created_from), (row.changed_at, wanted.changed_since))
        yield from (column >= micro(moment) for column, moment in since if moment is not None)
        if wanted.created_before is not None:
            yield row.created_at < micro(wanted.created_before)

    def _of_deal(self) -> Iterator[ColumnElement[bool]]:
        row, wanted = self.table.c, self.wanted
        if wanted.categories is not None:
            yield row.category.in_(wanted.categories)
        if wanted.min_amount is not None:
            yield row.amount >= wanted.min_amount
        if wanted.closes_from is not None:
            yield row.expected_close >= micro(wanted.closes_from)
        if wanted.closes_before is not None:
            yield row.expected_close < micro(wanted.closes_before)

    def _source_where(self, condition: ColumnElement[bool]) -> ColumnElement[bool]:
        """A condition on the source of a lead; of a deal, on that of its lead."""
        if self.entity == "lead":
            return condition
        return self.table.c.lead_id.in_(select(tables.leads.c.lead_id).where(condition))

    def _begins(self, text: str) -> ColumnElement[bool]:
        row = self.table.c
        columns = (self.key, row.owner, row.contact_id, row.account_id)
        return or_(*(_begins_with(column, text) for column in columns),
                   self._source_where(_begins_with(tables.leads.c.source, text)))

    def _attribute_is(self, name: str, value: str | float) -> ColumnElement[bool]:
        attributes = self.table.c.attributes
        if self.dialect == "sqlite":
            each = func.json_each(attributes).table_valued("key", "value")
            return exists().where(each.c.key == name, each.c.value == value)
        return cast(attributes, JSONB)[name] == cast(literal(json.dumps(value), String), JSONB)


def _in_band(column: ColumnElement[float], start: float, end: float) -> list[ColumnElement[bool]]:
    return [column >= start, column <= end if end >= HIGHEST else column < end]


def _begins_with(column: ColumnElement[str], text: str) -> ColumnElement[bool]:
    """Both sides in the database's own small letters, so that what is the same text is found in any case.

    SQLite has small letters for A to Z only: there Ä is found by Ä, and not by ä.
    """
    return func.lower(func.substr(column, 1, len(text))) == func.lower(literal(text))
