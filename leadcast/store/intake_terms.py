"""What a workspace lets records say: its attributes, stages, currencies, and what it derives from events."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from leadcast.errors import SourceError
from leadcast.mapping.currency import Rates, read_rates
from leadcast.mapping.reading import Reading
from leadcast.mapping.tables import Tables
from leadcast.mapping.vocabulary import vocabulary_of
from leadcast.quality import Quality
from leadcast.table import TIME
from leadcast.vocabulary import ENTITIES, Entity, Vocabulary
from leadcast.workspace.model import OpportunitySource, StagesFromEvents, Workspace
from leadcast.workspace.sections import SCHEMAS, column_kinds, field_kinds, stages_of

_NOT_COPIED = ("opportunity_id", "lead_id", "created_at", "currency")


@dataclass(frozen=True)
class Begun:
    """Deals that begin with an event of their lead, and take what the same row of the workspace's table says of both.

    Attributes
    ----------
    types : the events that begin a deal
    columns, attributes : of the deal, by the lead's column or attribute that has the same source
    """

    types: frozenset[str]
    columns: Mapping[str, str]
    attributes: Mapping[str, str]


@dataclass(frozen=True)
class Terms:
    """A workspace, as those need it who take records in; made once, shared by all requests."""

    workspace: Workspace

    @cached_property
    def vocabulary(self) -> Vocabulary:
        return vocabulary_of(self.workspace)

    @cached_property
    def attributes(self) -> dict[Entity, dict[str, str]]:
        """The kind of each attribute of leads and of deals."""
        return {entity: {a.name: a.type for a in self.vocabulary.attributes_of(entity)} for entity in ENTITIES}

    @cached_property
    def columns(self) -> dict[Entity, dict[str, str]]:
        """The kind of each canonical column of leads and of deals."""
        return {entity: column_kinds(SCHEMAS[entity]) for entity in ENTITIES}

    @cached_property
    def changing(self) -> dict[Entity, dict[str, str]]:
        """The kind of each column and attribute that has a history."""
        sources = {"lead": self.workspace.leads, "opportunity": self.workspace.opportunities}
        return {entity: field_kinds(entity, sources[entity]) for entity in ENTITIES}  # type: ignore[arg-type]

    @cached_property
    def stages(self) -> dict[Entity, list[str]]:
        return {entity: stages_of(self.workspace, entity) for entity in ENTITIES}

    @cached_property
    def from_events(self) -> list[StagesFromEvents]:
        """The sources that derive stage entries from events."""
        return [source for source in self.workspace.stages if isinstance(source, StagesFromEvents)]

    @cached_property
    def begun(self) -> list[Begun]:
        """Deals that begin with an event, as far as the event tells which: where a deal has its lead's id."""
        return [self._begun(source) for source in self.workspace.opportunities
                if source.created_by_event and source.columns.opportunity_id == source.columns.lead_id]

    def _begun(self, source: OpportunitySource) -> Begun:
        leads = [lead for lead in self.workspace.leads if lead.table == source.table]
        theirs = {a.column or name: name for lead in leads for name, a in lead.attributes.items()}
        theirs |= {column: name for lead in leads for name, column in lead.columns.model_dump().items()}
        kinds = {**self.attributes["lead"], **self.columns["lead"]}
        columns = {name: theirs[column] for name, column in source.columns.model_dump().items()
                   if column in theirs and name not in _NOT_COPIED
                   and kinds[theirs[column]] == self.columns["opportunity"].get(name) != "time"}
        attributes = {name: theirs[a.column or name] for name, a in source.attributes.items()
                      if (a.column or name) in theirs and kinds[theirs[a.column or name]] == a.type != "time"}
        return Begun(frozenset(source.created_by_event), columns, attributes)

    @cached_property
    def rates(self) -> Rates | None:
        """The workspace's exchange rates; None where their table cannot be read here."""
        try:
            return read_rates(Reading(self.workspace, Tables(self.workspace), Quality()))
        except SourceError:
            return None

    def rate(self, currency: str, at: int) -> float | None:
        """Units of the reporting currency for one unit of this one on a day (microseconds); None where no rate says it."""
        code = currency.upper()
        if code == self.vocabulary.currency:
            return 1.0
        if self.rates is None or code not in self.rates.since:
            return None
        since, rates = self.rates.since[code]
        place = int(np.searchsorted(since, np.int64(at).view(TIME), "right")) - 1
        return float(rates[place]) if place >= 0 else None

