"""Columns that only their history tells: today's value is the last one recorded."""

import numpy as np

from leadcast.history import History
from leadcast.table import Table
from leadcast.vocabulary import Entity
from leadcast.workspace.model import Workspace
from leadcast.workspace.sections import CLOSE_NAMES, field_kinds, sources_of


def with_last_values(workspace: Workspace, history: History, entity: Entity) -> Table:
    """Leads or deals; a column that no table maps, but field history speaks of, holds its last value at the end of the data."""
    table = history.entities(entity)
    sources = sources_of(workspace, entity)
    mapped = {ours for source in sources for ours, theirs in source.columns.model_dump().items() if theirs}
    mapped |= {name for source in sources for name in source.attributes} | {CLOSE_NAMES[n] for n in mapped & set(CLOSE_NAMES)}
    unmapped = [n for n in field_kinds(entity, sources) if n not in mapped and history.changes(entity, n) is not None]
    rows = np.arange(table.rows)
    at_end = np.full(table.rows, history.end)
    return table.with_columns(**{name: history.value_at(entity, name, rows, at_end) for name in unmapped})
