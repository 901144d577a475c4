"""One history of stages out of all sections: where each lead or deal began, and no entry into the stage one is in."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from leadcast.entries import later_of
from leadcast.mapping.apart import record_of
from leadcast.mapping.known import Known
from leadcast.mapping.reading import Reading
from leadcast.mapping.stack import stacked
from leadcast.schema import STAGES
from leadcast.table import Table
from leadcast.vocabulary import ENTITIES, Entity, Vocabulary
from leadcast.workspace.model import StagesFromRows

OLD, KIND = "old_stage", "kind"
"""Working columns of stage entries: the value before; what tells the entry (a log of changes, a history of values, today's)."""
CHANGES, VALUES, TODAY = "changes", "values", "today"
WORKING = {OLD: "category", KIND: "category"}


def changes_only(reading: Reading, vocabulary: Vocabulary, known: Mapping[Entity, Known], entries: Table) -> Table:
    """The entries that change something, and those at creation that first old values tell; without the working columns.

    Over all sections: one history may be split over several of them.
    """
    for entity in ENTITIES:
        entries = _beside_changes(reading, vocabulary, known[entity], entries)
    begins = [_beginnings(vocabulary, known[entity], entries) for entity in ENTITIES]
    told = sum(table.rows for table in begins)
    reading.count("stages", told, told)
    same = np.any([_unchanged(known[entity], entries) for entity in ENTITIES], axis=0)
    count = int(same.sum())
    if count:
        first = int(np.argmax(same))
        example = f'{entries["entity"][first]} {entries["entity_id"][first]} enters "{entries["stage"][first]}" again'
        reading.count("stages", -count, -count)
        records = record_of(entries["entity_id"][same]) if reading.parts else None
        reading.note("stages", "the stage did not change; left out", count, example, records=records)
    kept = entries.take(np.flatnonzero(~same))
    return stacked(STAGES, [*begins, Table({name: kept[name] for name in STAGES.columns})])


def _beside_changes(reading: Reading, vocabulary: Vocabulary, known: Known, entries: Table) -> Table:
    """Today's stage beside a log of changes: who never changed has been in it since creation; of others it tells nothing new.

    Without it, where one began would be known of those alone that change some day. It goes by the mapping, not by the
    rows at hand, so a request with one deal is read as the batch is.
    """
    logged = [s.columns.old_stage for s in reading.workspace.stages if isinstance(s, StagesFromRows) and s.entity == known.entity]
    undated = np.isnat(entries["entered_at"]) & np.isnat(entries["recorded_at"])
    today = np.flatnonzero((entries["entity"] == known.entity) & (entries[KIND] == TODAY) & undated)
    if not any(logged) or not len(today):
        return entries
    changed = set(entries["entity_id"][(entries["entity"] == known.entity) & (entries[KIND] == CHANGES)])
    moved = np.array([i in changed for i in entries["entity_id"][today]], bool)
    still = today[~moved & ~np.isin(entries["stage"][today].astype(str), list(vocabulary.closed(known.entity)))]
    entered = entries["entered_at"].copy()
    entered[still] = known.table["created_at"][known.places(entries["entity_id"][still])]
    if moved.any():
        reading.count("stages", -int(moved.sum()), -int(moved.sum()))
        who = entries["entity_id"][today[moved][0]]
        records = record_of(entries["entity_id"][today[moved]]) if reading.parts else None
        reading.note("stages", "today's stage, which the history tells; left out", int(moved.sum()), f"{known.entity} {who}",
                     records=records)
    kept = np.ones(entries.rows, bool)
    kept[today[moved]] = False
    return entries.with_columns(entered_at=entered).take(np.flatnonzero(kept))


def _in_order(known: Known, entries: Table, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Dated rows of one kind of entity, by whom and when; and whose they are."""
    rows = np.flatnonzero(rows & (entries["entity"] == known.entity) & ~np.isnat(entries["entered_at"]))
    places = known.places(entries["entity_id"][rows])
    order = np.lexsort((entries["entered_at"][rows], places))
    return rows[order], places[order]


def _beginnings(vocabulary: Vocabulary, known: Known, entries: Table) -> Table:
    """The first old value of each lead or deal is its stage at creation; told where that is not the pipeline's first."""
    rows, places = _in_order(known, entries, np.isin(entries[KIND].astype(str), [CHANGES, VALUES]))
    first = np.diff(places, prepend=-1) != 0
    rows, places = rows[first], places[first]
    pipelines = vocabulary.pipelines_of(known.entity)
    stages = {stage for p in pipelines for stage in (*p.stages, *p.won, *p.lost)}
    starts, default = {p.name: p.stages[0] for p in pipelines}, pipelines[0].stages[0] if pipelines else None
    begun = [starts.get(name, default) for name in known.table["pipeline"][places]]
    created, old = known.table["created_at"][places], entries[OLD][rows]
    told = np.array([o in stages and o != b for o, b in zip(old, begun, strict=True)], bool) & ~np.isnat(created)
    return Table({"entity": np.full(int(told.sum()), known.entity, object), "entity_id": known.ids[places[told]],
                  "stage": old[told], "entered_at": created[told]})


def _unchanged(known: Known, entries: Table) -> np.ndarray:
    """Entries into the stage one is in: old equals new, or one that stands twice; in a history of values, as the one before.

    Where the one before became known later, both stay: each past day sees what was known then.
    """
    rows, places = _in_order(known, entries, np.ones(entries.rows, bool))
    stage, entered, kind = (entries[name][rows] for name in ("stage", "entered_at", KIND))
    learned = later_of(entered, entries["recorded_at"][rows])
    reason = entries["reason"][rows]
    says_more = (pd.isna(kind) | (kind == TODAY)) & ~pd.isna(reason)
    again = np.zeros(len(rows), bool)
    again[1:] = ((places[1:] == places[:-1]) & (stage[1:] == stage[:-1]) & (learned[1:] >= learned[:-1])
                 & ((kind[1:] == VALUES) | ((entered[1:] == entered[:-1]) & ~says_more[1:])))
    again |= (kind == CHANGES) & np.equal(entries[OLD][rows], stage)
    same = np.zeros(entries.rows, bool)
    same[rows] = again
    return same
