"""A history without whoever was erased: a batch from the CRM's files must not bring them back."""

from dataclasses import replace

import numpy as np
from sqlalchemy import Connection

from leadcast.history import History
from leadcast.store.erased import Erasable, is_any_erased, is_erased
from leadcast.table import Table

LINKS: dict[Erasable, str] = {"lead": "lead_id", "opportunity": "opportunity_id", "contact": "contact_id"}


def without_erased(connection: Connection, history: History) -> History:
    """The same history, less the records and events of erased leads, deals and contacts.

    What stays is no longer linked to them, as erasing has left it in the store.
    """
    if not is_any_erased(connection):
        return history
    gone = {entity: is_erased(connection, entity, _ids(history, column)) for entity, column in LINKS.items()}
    if not any(gone.values()):
        return history
    events = history.events
    for entity, column in LINKS.items():
        events = events.take(~_is_in(events, column, gone[entity]))
    leads = history.leads.take(~_is_in(history.leads, "lead_id", gone["lead"]))
    deals = history.opportunities.take(~_is_in(history.opportunities, "opportunity_id", gone["opportunity"]))
    return replace(
        history, events=events, leads=_unlinked(leads, gone), opportunities=_unlinked(deals, gone),
        stages=_about_others(history.stages, gone), fields=_about_others(history.fields, gone),
    )


def _ids(history: History, column: str) -> set[str]:
    tables = (history.leads, history.opportunities, history.events)
    found = {one for table in tables if column in table for one in table[column] if one is not None}
    if column != "contact_id":
        found |= {*history.stages["entity_id"], *history.fields["entity_id"]}
    return found


def _is_in(table: Table, column: str, ids: set[str]) -> np.ndarray:
    if column not in table or not ids:
        return np.zeros(table.rows, bool)
    return np.fromiter((one in ids for one in table[column]), bool, table.rows)


def _unlinked(table: Table, gone: dict[Erasable, set[str]]) -> Table:
    for entity, column in LINKS.items():
        named = _is_in(table, column, gone[entity])
        if named.any():
            kept = table[column].copy()
            kept[named] = None
            table = table.with_columns(**{column: kept})
    return table


def _about_others(table: Table, gone: dict[Erasable, set[str]]) -> Table:
    about = zip(table["entity"], table["entity_id"], strict=True)
    return table.take(~np.fromiter((one in gone[entity] for entity, one in about), bool, table.rows))
