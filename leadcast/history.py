"""The histories of leads and deals as one immutable whole, and the one cut in time."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from leadcast.entries import Entries, later_of
from leadcast.errors import SchemaError
from leadcast.links import linked_pairs, pick_one_deal
from leadcast.quality import Quality
from leadcast.schema import COSTS
from leadcast.table import TIME, Table, missing_of, typed
from leadcast.vocabulary import ENTITIES, Attribute, Entity, Vocabulary


@dataclass(frozen=True)
class History:
    """The canonical tables, checked and typed; see :mod:`leadcast.schema` for their columns.

    Attributes
    ----------
    vocabulary : the user's own attributes, pipelines and targets
    end : when the data end, UTC; nothing later is known
    quality : what was read and what was wrong with it
    """

    vocabulary: Vocabulary
    leads: Table
    opportunities: Table
    events: Table
    stages: Table
    fields: Table
    owners: Table
    quotas: Table
    end: np.datetime64
    quality: Quality = field(default_factory=Quality, compare=False)
    costs: Table = field(default_factory=COSTS.empty)

    def entities(self, entity: Entity) -> Table:
        return self.leads if entity == "lead" else self.opportunities

    def ids(self, entity: Entity) -> np.ndarray:
        return self.entities(entity)[f"{entity}_id"]

    def rows(self, entity: Entity, ids: Iterable[str]) -> np.ndarray:
        """Where each id stands in its table, shape (n,).

        Raises
        ------
        SchemaError : an id is not in the history
        """
        places = self._places[entity]
        try:
            return np.fromiter((places[i] for i in ids), np.int64)
        except KeyError as unknown:
            raise SchemaError(f"{entity} {unknown} is not in the history, which holds {len(places)} of them.") from None

    @cached_property
    def _places(self) -> dict[Entity, dict[str, int]]:
        return {entity: {key: row for row, key in enumerate(self.ids(entity))} for entity in ENTITIES}

    @cached_property
    def lead_rows(self) -> np.ndarray:
        """Where each opportunity's lead stands in ``leads``, -1 where there is none; shape (opportunities,)."""
        places = self._places["lead"]
        return np.fromiter((places.get(i, -1) for i in self.opportunities["lead_id"]), np.int64, self.opportunities.rows)

    # ---- what happened to each entity -------------------------------------------------------------------------

    def stage_entries(self, entity: Entity) -> Entries:
        """Every stage entry of each lead or deal; ``source`` points into ``stages``."""
        return self._stage_entries[entity]

    def standing_stages(self, entity: Entity) -> Entries:
        """The stage entries that were the current stage when they became known."""
        return self._standing_stages[entity]

    def linked_events(self, entity: Entity) -> Entries:
        """Every event that reaches each lead or deal and may be an input; ``source`` points into ``events``."""
        return self._linked_events[entity]

    @cached_property
    def _stage_entries(self) -> dict[Entity, Entries]:
        known = later_of(self.stages["entered_at"], self.stages["recorded_at"])
        entered = np.where(np.isnat(self.stages["entered_at"]), known, self.stages["entered_at"])
        return {entity: self._group(entity, self.stages, known, entered) for entity in ENTITIES}

    @cached_property
    def _standing_stages(self) -> dict[Entity, Entries]:
        return {entity: entries.standing() for entity, entries in self._stage_entries.items()}

    @cached_property
    def _linked_events(self) -> dict[Entity, Entries]:
        allowed = np.flatnonzero([t not in self.vocabulary.never_inputs for t in self.events["type"]])
        events = self.events.take(allowed)
        known = later_of(events["occurred_at"], events["recorded_at"])
        # Ties are broken by content, never by the order of the table, so that sums come out the same to the last digit.
        order = np.lexsort((events["value"], events["direction"] == "from_us", events["sequence"], events["occurred_at"]))
        place = np.empty(events.rows, np.int64)
        place[order] = np.arange(events.rows)
        grouped: dict[Entity, Entries] = {}
        for entity in ENTITIES:
            owner, event = linked_pairs(entity, self.entities(entity), events, self.vocabulary)
            if entity == "opportunity" and self.vocabulary.shared != "all":
                owner, event = self._one_deal_each(owner, event, events)
            by_order = np.argsort(place[event], kind="stable")
            owner, event = owner[by_order], event[by_order]
            at = events["occurred_at"][event]
            grouped[entity] = Entries.group(owner, len(self.ids(entity)), known[event], at, allowed[event])
        return grouped

    def _one_deal_each(self, owner: np.ndarray, event: np.ndarray, events: Table) -> tuple[np.ndarray, np.ndarray]:
        happened = events["occurred_at"][event]
        open_then = ~self.closed_at("opportunity", owner, happened)
        created = self.opportunities["created_at"][owner]
        return pick_one_deal(owner, event, happened, created, open_then, self.vocabulary.shared)

    def _group(self, entity: Entity, table: Table, known: np.ndarray, at: np.ndarray) -> Entries:
        """Entries of a table with columns entity and entity_id; rows about unknown ids are left out."""
        places = self._places[entity]
        mine = np.flatnonzero(table["entity"] == entity)
        owner = np.fromiter((places.get(i, -1) for i in table["entity_id"][mine]), np.int64, len(mine))
        mine, owner = mine[owner >= 0], owner[owner >= 0]
        return Entries.group(owner, len(places), known[mine], at[mine], mine)

    # ---- as of a moment ---------------------------------------------------------------------------------------

    def begun(self, entity: Entity, rows: np.ndarray, as_of: np.ndarray) -> np.ndarray:
        """Was it there, as known at ``as_of``? Shape (n,). One undated: from the end of the data on; always where all are."""
        created = self.entities(entity)["created_at"][rows]
        return np.where(np.isnat(created), self.undated(entity) | (as_of >= self.end), created <= as_of)

    def undated(self, entity: Entity) -> bool:
        """A static export: there are leads (or deals), and none of them has a date of creation."""
        return bool(self.entities(entity).rows) and bool(np.isnat(self.entities(entity)["created_at"]).all())

    def stage_at(self, entity: Entity, rows: np.ndarray, as_of: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Each entity's stage as known at ``as_of`` and when it was entered.

        No entry known yet: the first stage of its pipeline, entered at creation. Where only the export tells
        the stage, the time of entry is NaT.

        Returns
        -------
        (stage, object; entered_at, UTC), each of shape (n,)
        """
        table, entries = self.entities(entity), self.standing_stages(entity)
        position = entries.last_known(rows, as_of)
        has = position >= 0
        source = entries.source[position[has]]
        stage, entered = self.first_stages(entity)[rows], table["created_at"][rows].copy()
        stage[has], entered[has] = self.stages["stage"][source], self.stages["entered_at"][source]
        return stage, entered

    def first_stages(self, entity: Entity) -> np.ndarray:
        """The stage in which each entity begins, by its pipeline; None where no pipeline is declared."""
        return self._first_stages[entity]

    @cached_property
    def _first_stages(self) -> dict[Entity, np.ndarray]:
        found: dict[Entity, np.ndarray] = {}
        for entity in ENTITIES:
            pipelines = self.vocabulary.pipelines_of(entity)
            default = pipelines[0].stages[0] if pipelines else None
            first = {p.name: p.stages[0] for p in pipelines}
            found[entity] = np.array([first.get(p, default) for p in self.entities(entity)["pipeline"]], dtype=object)
        return found

    def closed_at(self, entity: Entity, rows: np.ndarray, as_of: np.ndarray) -> np.ndarray:
        """Was the entity won or lost, as known at ``as_of``? Boolean, shape (n,)."""
        position = self.standing_stages(entity).last_known(rows, as_of)
        ended = self._is_closed[entity]
        return np.where(position >= 0, ended[position], False) if len(ended) else np.zeros(len(rows), bool)

    @cached_property
    def _is_closed(self) -> dict[Entity, np.ndarray]:
        return {
            entity: np.isin(self.stages["stage"][self.standing_stages(entity).source], list(self.vocabulary.closed(entity)))
            for entity in ENTITIES
        }

    def closings(self, entity: Entity) -> Entries:
        """The entries by which each entity came to be won or lost."""
        return self.standing_stages(entity).keep(self._is_closed[entity])

    def entered(self, entity: Entity, stages: Iterable[str]) -> Entries:
        """The entries of each entity into any of these stages."""
        entries = self.stage_entries(entity)
        return entries.keep(np.isin(self.stages["stage"][entries.source], list(stages)))

    def value_at(self, entity: Entity, name: str, rows: np.ndarray, as_of: np.ndarray) -> np.ndarray:
        """A column of leads or deals as known at ``as_of``, shape (n,), of the column's own kind.

        With field history: the last value known; before the first, its old value. Without: the column itself,
        which counts as known at creation or from the stage its attribute names.
        """
        column = self.entities(entity)[name]
        values = column[rows]
        changes = self.changes(entity, name)
        if changes is not None:
            entries, new, old = changes
            recorded = entries.offsets[rows + 1] > entries.offsets[rows]
            position = entries.last_known(rows, as_of)
            values[recorded] = old[entries.offsets[rows[recorded]]]
            values[position >= 0] = new[position[position >= 0]]
        attribute = self._attributes.get((entity, name))
        if attribute is not None and attribute.known != "creation":
            values[~self._known_by(attribute, rows, as_of)] = missing_of(column.dtype)
        return values

    def changes(self, entity: Entity, name: str) -> tuple[Entries, np.ndarray, np.ndarray] | None:
        """The recorded changes of one column: entries, values after and values before, or None where none are."""
        return self._changes.get((entity, name))

    @cached_property
    def _changes(self) -> dict[tuple[Entity, str], tuple[Entries, np.ndarray, np.ndarray]]:
        known = later_of(self.fields["changed_at"], self.fields["recorded_at"])
        found: dict[tuple[Entity, str], tuple[Entries, np.ndarray, np.ndarray]] = {}
        for entity in ENTITIES:
            for name in sorted(set(self.fields["field"][self.fields["entity"] == entity])):
                if name not in self.entities(entity):
                    continue
                mine = np.flatnonzero((self.fields["field"] == name) & (self.fields["entity"] == entity))
                table = self.fields.take(mine)
                entries = self._group(entity, table, known[mine], table["changed_at"]).standing()
                dtype = self.entities(entity)[name].dtype
                new, old = (typed(table[c][entries.source], dtype) for c in ("value", "old_value"))
                found[entity, name] = (entries, new, old)
        return found

    @cached_property
    def _attributes(self) -> dict[tuple[Entity, str], Attribute]:
        return {(a.entity, a.name): a for a in self.vocabulary.attributes}

    def _known_by(self, attribute: Attribute, rows: np.ndarray, as_of: np.ndarray) -> np.ndarray:
        if attribute.known_stage is None:
            return self.closed_at(attribute.entity, rows, as_of)
        return self.entered(attribute.entity, [attribute.known_stage]).count_known(rows, as_of) > 0

    def known_at(self, as_of: np.datetime64) -> "History":
        """The same history as it was known at ``as_of``: the one cut in time.

        Leads and deals created later, events, stages and field values known later are gone; attributes are
        rebuilt from their history.
        """
        return replace(
            self,
            leads=self._entities_at("lead", as_of), opportunities=self._entities_at("opportunity", as_of),
            events=_cut(self.events, ("occurred_at", "recorded_at"), as_of),
            stages=_cut(self.stages, ("entered_at", "recorded_at"), as_of),
            fields=_cut(self.fields, ("changed_at", "recorded_at"), as_of),
            owners=_cut(self.owners, ("valid_from",), as_of), end=min(self.end, as_of),
        )

    def _entities_at(self, entity: Entity, as_of: np.datetime64) -> Table:
        table = self.entities(entity)
        rows = np.arange(table.rows)
        rows = rows[self.begun(entity, rows, np.full(table.rows, as_of, TIME))]
        when = np.full(len(rows), as_of, TIME)
        rebuilt = {name for e, name in [*self._changes, *self._attributes] if e == entity}
        return table.take(rows).with_columns(**{name: self.value_at(entity, name, rows, when) for name in rebuilt})


def _cut(table: Table, times: tuple[str, ...], as_of: np.datetime64) -> Table:
    later = np.zeros(table.rows, bool)
    for name in times:
        later |= table[name] > as_of
    return table.take(~later)
