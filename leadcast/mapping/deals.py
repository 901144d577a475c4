"""Deals: from a table of their own, from the one that also holds the leads, or derived from a lead's history."""

import numpy as np

from leadcast.mapping.currency import Rates
from leadcast.mapping.order import read_order
from leadcast.mapping.reading import Reading
from leadcast.mapping.rows import Rows
from leadcast.mapping.stack import repeated, stacked
from leadcast.mapping.texts import is_missing
from leadcast.schema import OPPORTUNITIES
from leadcast.table import NOT_A_TIME, TIME, Table
from leadcast.workspace.model import OpportunitySource
from leadcast.workspace.sections import attribute_kinds, numbered

IDS, TEXTS = ("lead_id", "contact_id", "account_id"), ("owner", "category", "pipeline")
CLOSE, FACTOR = "close date in use twice", "factor into the reporting currency"
"""Columns that only the mapping sees; :func:`leadcast.mapping.closing.settled` takes them away."""


def read_deals(reading: Reading, events: Table, rates: Rates) -> tuple[Table, frozenset[str]]:
    """The canonical deals with amounts in the reporting currency, in the order of the files.

    Parameters
    ----------
    events : canonical events, for deals that begin with one

    Returns
    -------
    (deals with the two working columns CLOSE and FACTOR; ids of cases that never became a deal)

    Raises
    ------
    SourceError : a column is absent, or an amount has no exchange rate
    """
    seen: set[str] = set()
    never: set[str] = set()
    tables: list[Table] = []
    for key, source in numbered("opportunities", reading.workspace.opportunities):
        table, without = _deals_of(reading, source, key, seen, tables, events, rates)
        tables.append(table)
        seen |= set(table["opportunity_id"])
        never |= without
    kinds = {**attribute_kinds(reading.workspace.opportunities), CLOSE: "time", FACTOR: "number"}
    return stacked(OPPORTUNITIES, tables, kinds), frozenset(never - seen)


def _deals_of(reading: Reading, source: OpportunitySource, key: str, seen: set[str], earlier: list[Table],
              events: Table, rates: Rates) -> tuple[Table, set[str]]:
    rows, columns = Rows(reading, "opportunities", key, source.table, source.where), source.columns
    rows.need(columns)
    ids = rows.required_ids("opportunity_id", columns.opportunity_id)
    created = _created(rows, source, events)
    never = rows.kept & np.isnat(created) if source.created_by_event else np.zeros(len(rows), bool)
    rows.leave_out(never)
    found = {
        "opportunity_id": ids,
        "created_at": created,
        "order": read_order(rows, source, earlier),
        **{name: rows.ids(getattr(columns, name)) for name in IDS},
        **{name: rows.texts(getattr(columns, name)) for name in TEXTS},
        "amount": rows.numbers("amount", columns.amount), "margin": rows.numbers("margin", columns.margin),
        "currency": rows.texts(columns.currency),
        "expected_close": rows.times("expected_close", columns.expected_close),
        CLOSE: rows.times("close_date", columns.close_date),
        **rows.attributes(source.attributes),
    }
    rows.reject(repeated(ids, rows.kept, seen), "a second row with this opportunity_id", columns.opportunity_id)
    return _converted(rows.finish(found), rates, f"{key}.columns.currency"), set(ids[never])


def _created(rows: Rows, source: OpportunitySource, events: Table) -> np.ndarray:
    """When each deal began; NaT for a case that never became one, and for a deal whose beginning nobody wrote down.

    The latter is known from the end of the data on: many CRMs date a deal only once somebody works on it.
    """
    if not source.created_by_event:
        return rows.times("created_at", source.columns.created_at, required=True, blank_stays=True)
    begins = first_event(events, source.created_by_event)
    leads = rows.ids(source.columns.lead_id)
    return np.array([begins.get(lead, NOT_A_TIME) for lead in leads], TIME)


def first_event(events: Table, types: list[str]) -> dict[str, np.datetime64]:
    """When each lead's first event of these types happened."""
    mine = np.isin(events["type"], types) & ~is_missing(events["lead_id"])
    leads, happened = events["lead_id"][mine], events["occurred_at"][mine]
    latest_first = np.argsort(happened, kind="stable")[::-1]
    return dict(zip(leads[latest_first], happened[latest_first], strict=True))


def _converted(deals: Table, rates: Rates, key: str) -> Table:
    factors = rates.factors(deals["currency"], deals["created_at"], deals["opportunity_id"], key)
    return deals.with_columns(amount=deals["amount"] * factors, margin=deals["margin"] * factors,
                              currency=np.full(deals.rows, rates.reporting, object), **{FACTOR: factors})
