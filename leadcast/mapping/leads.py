"""Leads: from one table or several."""

from leadcast.mapping.order import read_order
from leadcast.mapping.reading import Reading
from leadcast.mapping.rows import Rows
from leadcast.mapping.stack import repeated, stacked
from leadcast.schema import LEADS
from leadcast.table import Table
from leadcast.workspace.model import LeadSource
from leadcast.workspace.sections import attribute_kinds, numbered

IDS, TEXTS = ("contact_id", "account_id"), ("owner", "source", "pipeline")


def read_leads(reading: Reading) -> Table:
    """The canonical leads, in the order of the files; a later row with the same id is rejected."""
    seen: set[str] = set()
    tables: list[Table] = []
    for key, source in numbered("leads", reading.workspace.leads):
        tables.append(_leads_of(reading, source, key, seen, tables))
        seen |= set(tables[-1]["lead_id"])
    return stacked(LEADS, tables, attribute_kinds(reading.workspace.leads))


def _leads_of(reading: Reading, source: LeadSource, key: str, seen: set[str], earlier: list[Table]) -> Table:
    rows, columns = Rows(reading, "leads", key, source.table, source.where), source.columns
    rows.need(columns)
    ids = rows.required_ids("lead_id", columns.lead_id)
    found = {
        "lead_id": ids,
        "created_at": rows.times("created_at", columns.created_at, required=columns.created_at is not None),
        "order": read_order(rows, source, earlier),
        **{name: rows.ids(getattr(columns, name)) for name in IDS},
        **{name: rows.texts(getattr(columns, name)) for name in TEXTS},
        **rows.attributes(source.attributes),
    }
    rows.reject(repeated(ids, rows.kept, seen), "a second row with this lead_id", columns.lead_id)
    return rows.finish(found)
