"""From a workspace to a history, for files, databases and requests alike."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from leadcast.history import History
from leadcast.mapping.apart import SideBySide, records_of
from leadcast.mapping.closing import after_the_looks, known_at_end, newest, settled
from leadcast.mapping.currency import read_rates
from leadcast.mapping.deals import read_deals
from leadcast.mapping.events import read_events
from leadcast.mapping.fields import has_history, read_fields
from leadcast.mapping.known import Known
from leadcast.mapping.leads import read_leads
from leadcast.mapping.owners import read_costs, read_owners, read_quotas
from leadcast.mapping.reading import Reading
from leadcast.mapping.silence import with_silence
from leadcast.mapping.stages import read_stages
from leadcast.mapping.tables import Given, ReferenceTables, Tables
from leadcast.mapping.times import parse_times
from leadcast.mapping.vocabulary import vocabulary_of
from leadcast.quality import Quality
from leadcast.table import TIME, Table
from leadcast.vocabulary import Entity
from leadcast.workspace.model import Workspace

ROLES = {"leads": "leads", "opportunities": "opportunities", "events": "events", "stages": "stages",
         "field_history": "fields", "owners": "owners"}
"""Canonical tables by their name in the quality report, and where a history holds them."""


def read_history(
    workspace: Workspace,
    tables: Given | None = None,
    references: ReferenceTables | None = None,
    ends_at: np.datetime64 | None = None,
    not_before: np.datetime64 | None = None,
) -> History:
    """Everything that a workspace's tables tell, in canonical form; what was wrong with them is in ``history.quality``.

    Parameters
    ----------
    tables : raw tables of a request, by their name under [tables], with the CRM's own columns and JSON values; then no
        file is read but lookup tables, and what is not given is empty. None: files and databases are read
    references : the lookup tables of earlier requests, so that they are read only once
    ends_at : when these data end (the ``as_of`` of a request), UTC; default: ``workspace.ends_at``, else the newest time
    not_before : the data end here or at their newest time, whichever is later (new rows after those that were learned from)

    Raises
    ------
    SourceError : a file or column is absent, a time lacks its timezone, an amount its exchange rate
    """
    if tables is not None and references is None:
        references = ReferenceTables(workspace)
    reading = Reading(workspace, Tables(workspace, tables, references), Quality(), references)
    declared = _declared_end(workspace) if ends_at is None and not_before is None else ends_at
    return _read(reading, declared, not_before)


def read_side_by_side(
    workspace: Workspace, tables: Given, references: ReferenceTables, ends_at: np.datetime64, records: Sequence[int]
) -> SideBySide:
    """Several records of a request in one pass; each is read as if it were alone.

    Parameters
    ----------
    tables : the rows of all records, each with the number of its record in the column RECORD; none of them a lookup table
    records : the numbers

    Raises
    ------
    SourceError : one of the records cannot be read; which, only reading fewer of them tells
    """
    reading = Reading(workspace, Tables(workspace, tables, references), Quality(), references, {n: Quality() for n in records})
    return SideBySide.of(_read(reading, ends_at, None), reading.parts)


def can_stand_side_by_side(workspace: Workspace, references: ReferenceTables) -> bool:
    """Can several records be read in one pass? Not where a lookup table holds histories, or records hold the company's tables."""
    company = {source.table for role in (workspace.owners, workspace.quotas, workspace.costs, workspace.rates) for source in role}
    roles = (workspace.leads, workspace.opportunities, workspace.events, workspace.stages, workspace.field_history)
    histories = {table for role in roles for source in role for table in _made_of(workspace, getattr(source, "table", None))}
    return company <= references.names and not histories & references.names


def _made_of(workspace: Workspace, table: str | None) -> Iterator[str]:
    """The table and those it starts from."""
    while table is not None:
        yield table
        table = workspace.tables[table].of


def _read(reading: Reading, ends_at: np.datetime64 | None, not_before: np.datetime64 | None) -> History:
    """Each table in turn; what later ones need of earlier ones is passed on."""
    workspace = reading.workspace
    vocabulary = reading.once("vocabulary", lambda: vocabulary_of(workspace))
    of_rates, of_quotas, of_costs, of_owners = ([source.table for source in role] for role in (
        workspace.rates, workspace.quotas, workspace.costs, workspace.owners))
    leads, events, rates = read_leads(reading), read_events(reading), reading.aside("rates", of_rates, read_rates)
    deals, never = read_deals(reading, events, rates)
    known: dict[Entity, Known] = {"lead": Known("lead", leads), "opportunity": Known("opportunity", deals, never)}
    stages, fields = read_stages(reading, vocabulary, known, events), read_fields(reading, known)
    at_least = np.array([] if not_before is None else [not_before], TIME)
    end = ends_at if ends_at is not None else newest(
        at_least, leads["created_at"], deals["created_at"], *(t[n] for t, names in ((events, ("occurred_at", "recorded_at")), (
            stages, ("entered_at", "recorded_at")), (fields, ("changed_at", "recorded_at"))) for n in names))
    end = end if ends_at is not None else after_the_looks(end, stages)
    owners = reading.aside("owners", of_owners, read_owners)
    quotas = reading.aside("quotas", [*of_rates, *of_quotas], lambda reading: read_quotas(reading, rates))
    costs = reading.aside("costs", [*of_rates, *of_costs], lambda reading: read_costs(reading, rates))
    history = History(vocabulary, leads, deals, events, known_at_end(stages, end), fields, owners, quotas, end, reading.quality,
                      costs)
    history = replace(history, stages=with_silence(reading, history))
    deals, fields = settled(deals, fields, history, has_history(workspace, "opportunity", "expected_close"))
    if told_at_end := fields.rows - history.fields.rows:
        reading.count("field_history", told_at_end, told_at_end)
    at_end = _as_known_at_end(reading, replace(history, opportunities=deals, fields=fields))
    reading.note_of_tables()
    return at_end


def _as_known_at_end(reading: Reading, history: History) -> History:
    """Columns with a history hold their last value; what was recorded after a declared end counts as never read."""
    known = history.known_at(history.end)
    for role, name in ROLES.items():
        before, after = getattr(history, name), getattr(known, name)
        later = before.rows - after.rows
        if later:
            reading.count(role, -later, -later)
            records = _gone(before, after) if reading.parts else None
            reading.note(role, "after the end of the data; left out", later, f"the data end at {history.end}", records=records)
    return known


def _gone(before: Table, after: Table) -> np.ndarray | None:
    """The record of each row that is there no more."""
    had, has = records_of(before), records_of(after)
    if had is None or has is None:
        return None
    numbers, counts = np.unique(had, return_counts=True)
    return np.repeat(numbers, counts - np.array([np.count_nonzero(has == number) for number in numbers], np.int64))


def _declared_end(workspace: Workspace) -> np.datetime64 | None:
    text = workspace.workspace.ends_at
    if text is None:
        return None
    times = parse_times(np.array([text], object), "iso", workspace.workspace.timezone, "workspace.ends_at")
    return np.asarray(times.utc, TIME)[0]
