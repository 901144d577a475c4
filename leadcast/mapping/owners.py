"""Owners, quotas and costs."""

import numpy as np
import pandas as pd

from leadcast.mapping.currency import Rates
from leadcast.mapping.reading import Reading
from leadcast.mapping.rows import Rows
from leadcast.mapping.stack import duplicated, stacked
from leadcast.period import PeriodError
from leadcast.quota_periods import spans_of
from leadcast.schema import COSTS, OWNERS, QUOTAS
from leadcast.table import NOT_A_TIME, TIME, Table
from leadcast.workspace.model import CostColumns, CostSource, QuotaSource
from leadcast.workspace.sections import numbered

PERIODS = ("2026", "2026-Q1", "2026-03", "2026-W07", "FY2026-Q1", "2026-03-01..2026-03-31", "2026-03-01")
DAY = len("2026-03-01")


def read_owners(reading: Reading) -> Table:
    """Who belongs to whom; the same owner may stand again with a later ``valid_from``."""
    tables = []
    for key, source in numbered("owners", reading.workspace.owners):
        rows, columns = Rows(reading, "owners", key, source.table, source.where), source.columns
        rows.need(columns)
        found = {"owner": rows.required("owner", columns.owner),
                 **{name: rows.texts(getattr(columns, name)) for name in ("name", "manager", "region")},
                 "valid_from": rows.times("valid_from", columns.valid_from)}
        again = np.zeros(len(rows), bool)
        again[rows.kept] = duplicated([found[n][rows.kept] for n in ("owner", "valid_from")])
        rows.reject(again, "a second row for this owner and day", columns.owner)
        tables.append(rows.finish(found))
    return stacked(OWNERS, tables)


def read_quotas(reading: Reading, rates: Rates) -> Table:
    """What is to be won in a period, in the reporting currency at the rate of its first day."""
    tables, calendar = [], (reading.zone, reading.workspace.forecast.fiscal_year_starts)
    for key, source in numbered("quotas", reading.workspace.quotas):
        rows, columns = Rows(reading, "quotas", key, source.table, source.where), source.columns
        rows.need(columns)
        period = rows.required("period", columns.period)
        found = {"owner": rows.texts(columns.owner), "region": rows.texts(columns.region)}
        rows.reject(pd.isna(found["owner"]) & pd.isna(found["region"]), "neither owner nor region", columns.owner)
        tables.append(_money(rows, found, period, _begins(rows, period, columns.period, calendar), source, rates))
    return stacked(QUOTAS, tables)


def read_costs(reading: Reading, rates: Rates) -> Table:
    """What campaigns cost in a period, in the reporting currency at the rate of its first day."""
    tables, calendar = [], (reading.zone, reading.workspace.forecast.fiscal_year_starts)
    for key, source in numbered("costs", reading.workspace.costs):
        rows, columns = Rows(reading, "costs", key, source.table, source.where), source.columns
        rows.need(columns)
        period = rows.required("period", columns.period) if columns.period is not None else _days(rows, columns)
        found = {"source": rows.texts(columns.source), "campaign": rows.texts(columns.campaign)}
        rows.reject(pd.isna(found["source"]) & pd.isna(found["campaign"]), "neither source nor campaign", columns.source)
        begins = _begins(rows, period, columns.period or columns.first_day, calendar)
        tables.append(_money(rows, found, period, begins, source, rates))
    return stacked(COSTS, tables)


def _days(rows: Rows, columns: CostColumns) -> np.ndarray:
    """The period from a first to a last day, as ``2026-03-01..2026-03-31``."""
    first, last = (rows.required(name, str(getattr(columns, name))) for name in ("first_day", "last_day"))
    return np.array([f"{start[:DAY]}..{end[:DAY]}" if start and end else None for start, end in zip(first, last, strict=True)],
                    object)


def _begins(rows: Rows, period: np.ndarray, column: str | None, calendar: tuple[str | None, int]) -> np.ndarray:
    """The first moment of each period; rows whose period is none are rejected."""
    first = {text: _begin(text, *calendar) for text in set(period)}
    begins = np.array([first[text] for text in period], TIME)
    rows.reject(np.isnat(begins), f"period is not like {', '.join(PERIODS[:-1])} or {PERIODS[-1]}", column)
    return begins


def _money(rows: Rows, found: dict[str, np.ndarray], period: np.ndarray, begins: np.ndarray, source: QuotaSource | CostSource,
           rates: Rates) -> Table:
    """The rows that are kept, their amounts in the reporting currency."""
    columns = source.columns
    amount, currency = rows.numbers("amount", columns.amount, required=True), rows.texts(columns.currency)
    table = rows.finish({**found, "period": period, "begins": begins, "amount": amount, "currency": currency})
    factors = rates.factors(table["currency"], table["begins"], table["period"], f"{rows.key}.columns.currency")
    return table.with_columns(amount=table["amount"] * factors, currency=np.full(table.rows, rates.reporting, object))


def _begin(period: str | None, timezone: str | None = None, fiscal_start_month: int = 1) -> np.datetime64:
    """The first moment of a period, UTC; NaT where it is none.

    Examples
    --------
    >>> [str(_begin(text))[:10] for text in ("2026-Q2", "2026", "2026-03-15", "soon")]
    ['2026-04-01', '2026-01-01', '2026-03-15', 'NaT']
    >>> str(_begin("FY2026-Q2", fiscal_start_month=4))[:10]
    '2025-07-01'
    """
    try:
        return spans_of([period], timezone, fiscal_start_month)[period].start if period else NOT_A_TIME
    except PeriodError:
        return NOT_A_TIME
