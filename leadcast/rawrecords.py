"""The raw rows of one lead or deal, as a CRM would send them to the service: found by going through the mapping backwards."""

from collections import defaultdict
from collections.abc import Iterator

import numpy as np
import pandas as pd

from leadcast.history import History
from leadcast.mapping.sources import read_source
from leadcast.mapping.tables import ReferenceTables, Tables
from leadcast.vocabulary import Entity
from leadcast.workspace.model import StagesFromEvents, StagesFromSilence, Workspace

MARK = "leadcast row"
Record = dict[str, list[dict[str, str]]]
Keys = dict[str, set[str]]


class RawRecords:
    """The workspace's raw tables, each row with its place, so that it is found again after joins and filters."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.references = ReferenceTables(workspace)
        folder = workspace.folder / workspace.workspace.data
        self.raw = {name: read_source(name, source, folder).frame for name, source in workspace.tables.items()
                    if source.of is None and name not in self.references.names}
        marked = {name: frame.assign(**{MARK: np.arange(len(frame)).astype(str)}) for name, frame in self.raw.items()}
        self.tables = Tables(workspace, marked, self.references)

    def of(self, history: History, entity: Entity, entity_id: str) -> Record:
        """Everything the mapping needs to rebuild one lead or deal: table name = raw rows (missing values left out)."""
        keys = _keys(history, entity, entity_id)
        rows: dict[str, set[int]] = defaultdict(set)
        for table, column, wanted in self._places(history, entity, keys):
            self._take(rows, table, column, wanted)
        return {name: [_row(self.raw[name], place) for place in sorted(rows[name])] for name in self.raw if rows.get(name)}

    def _places(self, history: History, entity: Entity, keys: Keys) -> Iterator[tuple[str, str, set[str]]]:
        """(table, column, ids): the rows that a role reads about these leads and deals."""
        both = {"lead": keys["lead_id"], "opportunity": keys["opportunity_id"]}
        for lead in self.workspace.leads:
            yield lead.table, lead.columns.lead_id, keys["lead_id"]
        for deal in self.workspace.opportunities:
            yield deal.table, deal.columns.opportunity_id, keys["opportunity_id"]
        links = {*history.vocabulary.links(entity), *(("lead",) if keys["lead_id"] else ())}
        for event in self.workspace.events:
            for link in links:
                column = getattr(event.columns, f"{link}_id")
                if column is not None:
                    yield event.table, column, keys[f"{link}_id"]
        for stage in self.workspace.stages:
            if not isinstance(stage, StagesFromEvents | StagesFromSilence):
                yield stage.table, stage.columns.id, both[stage.entity]
        for field in self.workspace.field_history:
            yield field.table, field.columns.id, both[field.entity]

    def _take(self, rows: dict[str, set[int]], table: str, column: str, wanted: set[str]) -> None:
        """Mark the raw rows behind a table's rows, and those that its joins look up for them."""
        frame = self.tables[table].frame
        if not wanted or table in self.references.names or column not in frame.columns:
            return
        found = frame[frame[column].isin(list(wanted)).to_numpy(bool)]
        if MARK in frame.columns:
            rows[self._root(table)] |= {int(place) for place in found[MARK]}
        self._follow(rows, table, found)

    def _follow(self, rows: dict[str, set[int]], table: str, found: pd.DataFrame) -> None:
        source = self.workspace.tables[table]
        for join in source.joins:
            ours, theirs = next(iter(join.on.items()))
            self._take(rows, join.table, theirs, set(found[ours].dropna()))
        if source.of is not None:
            self._follow(rows, source.of, found)

    def _root(self, table: str) -> str:
        """The raw table that a table starts from."""
        of = self.workspace.tables[table].of
        return table if of is None else self._root(of)


def _keys(history: History, entity: Entity, entity_id: str) -> Keys:
    """The ids by which rows may speak of it; for a deal also its lead's, and its rivals' for events that only one may have."""
    table = history.entities(entity)
    row = int(history.rows(entity, [entity_id])[0])
    keys = {name: {table[name][row]} - {None} if name in table else set()
            for name in ("lead_id", "opportunity_id", "contact_id", "account_id")}
    if entity == "opportunity" and keys["lead_id"] <= set(history.ids("lead")):
        for name in ("contact_id", "account_id"):
            keys[name] |= {history.leads[name][r] for r in history.rows("lead", keys["lead_id"])} - {None}
    if entity == "opportunity" and history.vocabulary.shared != "all":
        shared = [f"{link}_id" for link in history.vocabulary.links(entity) if link != entity]
        rivals = np.logical_or.reduce([np.isin(table[name].astype(str), [str(k) for k in keys[name]]) for name in shared])
        keys["opportunity_id"] |= set(table["opportunity_id"][rivals])
    return keys


def _row(frame: pd.DataFrame, place: int) -> dict[str, str]:
    return {str(name): str(value) for name, value in frame.iloc[place].items() if not pd.isna(value)}
