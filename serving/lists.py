"""Pages of leads and deals as the service tells them, and the grid of leads."""

from collections.abc import Collection
from dataclasses import asdict, replace
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import numpy as np

from leadcast.errors import RequestError
from leadcast.moment import as_utc
from leadcast.store import Store
from leadcast.store.categories import categories_like
from leadcast.store.current import current_of
from leadcast.store.intake_values import Refused, in_json, typed_value
from leadcast.store.lead_grid import EDGES, grid_of
from leadcast.store.listing import page_of, totals_of
from leadcast.store.signs_kept import signs_kept
from leadcast.store.wanted import TEXTS, Wanted
from leadcast.vocabulary import Entity, Vocabulary
from serving.desk import Desk
from serving.list_messages import AskedGrid, AskedLeads, AskedOpportunities, Filters
from serving.signs import curve_told, signs_told
from serving.sorted_cursor import read_place, write_place
from serving.told import flags_of, record_told, score_told

Row = dict[str, Any]


def target_of(desk: Desk, entity: Entity, target: str | None) -> str | None:
    """The target that is asked for; by default the last of the workspace's targets of this kind.

    Raises
    ------
    RequestError : there is no such target of this kind
    """
    known = [scorer.bundle.target.name for scorer in desk.scorers.values() if scorer.bundle.entity == entity]
    if target is None:
        return known[-1] if known else None
    if target not in known:
        raise RequestError(f"no such target; known here: {', '.join(known) or 'none'}", ("target",))
    return target


def page_told(
    store: Store, desk: Desk, entity: Entity, asked: AskedLeads | AskedOpportunities, owners: frozenset[str] | None,
    now: np.datetime64,
) -> Row:
    """A page as ``LeadPage`` or ``OpportunityPage`` has it; what holds for all pages is worked out with the first one only.

    Parameters
    ----------
    owners : only theirs; None: everybody's

    Raises
    ------
    RequestError : there is no such target or attribute, or the cursor is another question's
    """
    question = f"{entity} {asked.model_dump_json(exclude={'cursor', 'limit'})}"
    after, wanted = read_place(asked.cursor, question, asked.sort in TEXTS), _wanted(desk, entity, asked, owners)
    with store.reading() as connection:
        if isinstance(asked, AskedOpportunities) and asked.category is not None:
            wanted = replace(wanted, categories=categories_like(connection, asked.category))
        rows, place = page_of(connection, desk.vocabulary, entity, wanted, now, asked.limit, after)
        totals = totals_of(connection, desk.vocabulary, entity, wanted, now) if asked.cursor is None else None
        ids = [getattr(row, f"{entity}_id") for row in rows]
        scores = current_of(connection, entity, ids)
        signs = {one: row._mapping for one, row in signs_kept(connection, entity, ids).items()}
    told: dict[str, list[Row]] = {one: [] for one in ids}
    for score in scores:
        told[score.entity_id].append(score_told(score))
    flags = flags_of(desk.vocabulary, entity)
    items = [record_told(row, told[one], flags, wanted.target, _beside(signs.get(one)))
             for row, one in zip(rows, ids, strict=True)]
    return {"items": items, "next": write_place(place, question), **_in_all(entity, None if totals is None else asdict(totals))}


def _beside(signs: Any) -> Row:
    return {"signs": signs_told(signs), "curve": curve_told(None if signs is None else signs["curve"])}


def _in_all(entity: Entity, totals: Row | None) -> Row:
    names = {"in_all": "count"} if entity == "lead" else {
        "in_all": "count", "amount_in_all": "amount", "expected_amount_in_all": "expected_amount"}
    return {told: None if totals is None else totals[name] for told, name in names.items()}


def grid_told(store: Store, desk: Desk, asked: AskedGrid, owners: frozenset[str] | None, now: np.datetime64) -> Row:
    """The grid as ``serving.list_messages.Grid`` has it.

    Raises
    ------
    RequestError : there is no such target or attribute
    """
    wanted = _wanted(desk, "lead", asked, owners)
    with store.reading() as connection:
        found = grid_of(connection, desk.vocabulary, wanted, now)
    bands = list(enumerate(pairwise(EDGES)))
    cells: list[Row] = []
    for fit, (fit_from, fit_to) in bands:
        for engagement, (engagement_from, engagement_to) in bands:
            count, mean = found.get((fit, engagement), (0, None))
            cells.append({"fit_from": fit_from, "fit_to": fit_to, "engagement_from": engagement_from,
                          "engagement_to": engagement_to, "count": count, "mean_probability": mean})
    return {"target": wanted.target, "cells": cells, "in_all": sum(count for count, _ in found.values()),
            "in_no_cell": sum(count for band, (count, _) in found.items() if None in band)}


def _wanted(desk: Desk, entity: Entity, asked: Filters, owners: frozenset[str] | None) -> Wanted:
    more: Row = {}
    if isinstance(asked, AskedOpportunities):
        more = {"min_amount": asked.min_amount, "closes_from": _moment(asked.closes_from),
                "closes_before": _moment(asked.closes_before), "model_closes_before": _moment(asked.model_closes_before)}
    if isinstance(asked, AskedLeads):
        more = {"fit": _band(asked.fit_from, asked.fit_to), "engagement": _band(asked.engagement_from, asked.engagement_to)}
    if isinstance(asked, AskedLeads | AskedOpportunities):
        more |= {"sort": asked.sort, "ascending": asked.order == "asc"}
    return Wanted(
        target=target_of(desk, entity, asked.target), owners=owners, source=asked.source, stage=asked.stage,
        open={"true": True, "false": False}.get(asked.open), grade=asked.grade, min_probability=asked.min_probability,
        created_from=_moment(asked.created_after), created_before=_moment(asked.created_before),
        changed_since=_moment(asked.changed_since), begins=asked.q, flags=tuple(asked.flag),
        attributes=_attributes(desk.vocabulary, entity, asked.attribute), **more)


def _band(start: float | None, end: float | None) -> tuple[float, float] | None:
    if start is None and end is None:
        return None
    return EDGES[0] if start is None else start, EDGES[-1] if end is None else end


def _attributes(vocabulary: Vocabulary, entity: Entity, asked: Collection[str]) -> tuple[tuple[str, str | float], ...]:
    """(name, value) of each ``name:value``, the value as the records hold it."""
    kinds = {attribute.name: attribute.type for attribute in vocabulary.attributes_of(entity)}
    found = []
    for text in asked:
        name = max((name for name in kinds if text.startswith(f"{name}:")), key=len, default=None)
        if name is None:
            raise RequestError(f"no such attribute: write name:value; known here: {', '.join(kinds) or 'none'}", ("attribute",))
        try:
            value = in_json(kinds[name], typed_value(kinds[name], text[len(name) + 1:], "attribute"))
        except Refused as refused:
            raise RequestError(f"{name}: {refused.message}", ("attribute",)) from None
        if value is None:
            raise RequestError(f"{name}: the value is empty; write {name}:value", ("attribute",))
        found.append((name, value))
    return tuple(found)


def _moment(written: datetime | None) -> np.datetime64 | None:
    return None if written is None else as_utc(written.astimezone(UTC))
