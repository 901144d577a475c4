"""Owners and quotas."""

import re

import numpy as np
import pandas as pd

from leadcast.mapping.currency import Rates
from leadcast.mapping.reading import Reading
from leadcast.mapping.rows import Rows
from leadcast.mapping.stack import stacked
from leadcast.schema import OWNERS, QUOTAS
from leadcast.table import TIME, Table
from leadcast.workspace.sections import numbered

_PERIOD = re.compile(r"(\d{4})(?:-Q([1-4])|-(\d{2})(?:-(\d{2}))?)?$")


def read_owners(reading: Reading) -> Table:
    """Who belongs to whom; the same owner may stand again with a later ``valid_from``."""
    tables = []
    for key, source in numbered("owners", reading.workspace.owners):
        rows, columns = Rows(reading, "owners", key, source.table, source.where), source.columns
        rows.need(columns.model_dump())
        found = {"owner": rows.required("owner", columns.owner),
                 **{name: rows.texts(getattr(columns, name)) for name in ("name", "manager", "region")},
                 "valid_from": rows.times("valid_from", columns.valid_from)}
        again = np.zeros(len(rows), bool)
        again[rows.kept] = pd.DataFrame({n: found[n][rows.kept] for n in ("owner", "valid_from")}).duplicated().to_numpy()
        rows.reject(again, "a second row for this owner and day", columns.owner)
        tables.append(rows.finish(found))
    return stacked(OWNERS, tables)


def read_quotas(reading: Reading, rates: Rates) -> Table:
    """What is to be won in a period, in the reporting currency at the rate of its first day."""
    tables = []
    for key, source in numbered("quotas", reading.workspace.quotas):
        rows, columns = Rows(reading, "quotas", key, source.table, source.where), source.columns
        rows.need(columns.model_dump())
        period = rows.required("period", columns.period)
        begins = np.array([_begin(text) for text in period], TIME)
        rows.reject(np.isnat(begins), "period is not like 2026, 2026-Q1, 2026-03 or 2026-03-01", columns.period)
        found = {"owner": rows.texts(columns.owner), "region": rows.texts(columns.region), "period": period, "begins": begins,
                 "amount": rows.numbers("amount", columns.amount, required=True), "currency": rows.texts(columns.currency)}
        rows.reject(pd.isna(found["owner"]) & pd.isna(found["region"]), "neither owner nor region", columns.owner)
        table = rows.finish(found)
        factors = rates.factors(table["currency"], table["begins"], table["period"], f"{key}.columns.currency")
        tables.append(table.with_columns(amount=table["amount"] * factors, currency=np.full(table.rows, rates.reporting, object)))
    return stacked(QUOTAS, tables)


def _begin(period: str | None) -> np.datetime64:
    """The first day of a period; NaT where it is none.

    Examples
    --------
    >>> str(_begin("2026-Q2")), str(_begin("2026")), str(_begin("soon"))
    ('2026-04-01', '2026-01-01', 'NaT')
    """
    match = _PERIOD.match(period or "")
    if not match:
        return np.datetime64("NaT")
    year, quarter, month, day = match.groups()
    first = f"{year}-{3 * int(quarter) - 2:02d}-01" if quarter else f"{year}-{month or '01'}-{day or '01'}"
    try:
        return np.datetime64(first)
    except ValueError:
        return np.datetime64("NaT")
