"""From a workspace to a history, for files, databases and requests alike."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from leadcast.history import History
from leadcast.mapping.closing import after_the_looks, known_at_end, newest, settled
from leadcast.mapping.currency import read_rates
from leadcast.mapping.deals import read_deals
from leadcast.mapping.events import read_events
from leadcast.mapping.fields import has_history, read_fields
from leadcast.mapping.known import Known
from leadcast.mapping.leads import read_leads
from leadcast.mapping.owners import read_owners, read_quotas
from leadcast.mapping.reading import Reading
from leadcast.mapping.silence import with_silence
from leadcast.mapping.stages import read_stages
from leadcast.mapping.tables import ReferenceTables, Tables
from leadcast.mapping.times import parse_times
from leadcast.mapping.vocabulary import vocabulary_of
from leadcast.quality import Quality
from leadcast.table import TIME
from leadcast.vocabulary import Entity
from leadcast.workspace.model import Workspace

ROLES = {"leads": "leads", "opportunities": "opportunities", "events": "events", "stages": "stages",
         "field_history": "fields", "owners": "owners"}
"""Canonical tables by their name in the quality report, and where a history holds them."""


def read_history(
    workspace: Workspace,
    tables: Mapping[str, pd.DataFrame] | None = None,
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
    reading = Reading(workspace, Tables(workspace, tables, references), Quality())
    declared = _declared_end(workspace) if ends_at is None and not_before is None else ends_at
    history = _read(reading, declared, not_before)
    reading.quality.findings += reading.tables.findings
    return history


def _read(reading: Reading, ends_at: np.datetime64 | None, not_before: np.datetime64 | None) -> History:
    """Each table in turn; what later ones need of earlier ones is passed on."""
    workspace, vocabulary = reading.workspace, vocabulary_of(reading.workspace)
    leads, events, rates = read_leads(reading), read_events(reading), read_rates(reading)
    deals, never = read_deals(reading, events, rates)
    known: dict[Entity, Known] = {"lead": Known("lead", leads), "opportunity": Known("opportunity", deals, never)}
    stages, fields = read_stages(reading, vocabulary, known, events), read_fields(reading, known)
    at_least = np.array([] if not_before is None else [not_before], TIME)
    end = ends_at if ends_at is not None else newest(
        at_least, leads["created_at"], deals["created_at"], *(t[n] for t, names in ((events, ("occurred_at", "recorded_at")), (
            stages, ("entered_at", "recorded_at")), (fields, ("changed_at", "recorded_at"))) for n in names))
    end = end if ends_at is not None else after_the_looks(end, stages)
    history = History(vocabulary, leads, deals, events, known_at_end(stages, end), fields, read_owners(reading),
                      read_quotas(reading, rates), end, reading.quality)
    history = replace(history, stages=with_silence(reading, history))
    deals, fields = settled(deals, fields, history, has_history(workspace, "opportunity", "expected_close"))
    if told_at_end := fields.rows - history.fields.rows:
        reading.count("field_history", told_at_end, told_at_end)
    return _as_known_at_end(reading, replace(history, opportunities=deals, fields=fields))


def _as_known_at_end(reading: Reading, history: History) -> History:
    """Columns with a history hold their last value; what was recorded after a declared end counts as never read."""
    known = history.known_at(history.end)
    for role, name in ROLES.items():
        later = getattr(history, name).rows - getattr(known, name).rows
        if later:
            reading.count(role, -later, -later)
            reading.note(role, "after the end of the data; left out", later, f"the data end at {history.end}")
    return known


def _declared_end(workspace: Workspace) -> np.datetime64 | None:
    text = workspace.workspace.ends_at
    if text is None:
        return None
    times = parse_times(pd.Series([text], dtype="str"), "iso", workspace.workspace.timezone, "workspace.ends_at")
    return np.asarray(times.utc, TIME)[0]
