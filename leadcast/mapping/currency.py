"""Amounts into the reporting currency, at the rate of the day."""

from dataclasses import dataclass

import numpy as np

from leadcast.errors import SourceError
from leadcast.mapping.reading import Reading
from leadcast.mapping.rows import Rows
from leadcast.table import TIME
from leadcast.workspace.model import RateColumns
from leadcast.workspace.sections import numbered


@dataclass(frozen=True)
class Rates:
    """Dated exchange rates: per currency, since when (sorted, UTC) and how many units of the reporting currency."""

    reporting: str
    since: dict[str, tuple[np.ndarray, np.ndarray]]

    def factors(self, currency: np.ndarray, at: np.ndarray, ids: np.ndarray, key: str) -> np.ndarray:
        """What to multiply each amount with: the newest rate valid at its time; shape (n,).

        A missing currency is the reporting one.

        Parameters
        ----------
        currency : codes, None = missing
        at : UTC
        ids : what the amounts belong to, for messages
        key : the place in leadcast.toml that maps the currency

        Raises
        ------
        SourceError : an amount is in a currency without a rate for its day
        """
        factors = np.ones(len(currency))
        codes = np.array([None if c is None else c.upper() for c in currency], dtype=object)
        for code in sorted({c for c in codes if c is not None} - {self.reporting}):
            mine = np.flatnonzero(codes == code)
            since, rates = self.since.get(code, (np.empty(0, TIME), np.empty(0)))
            place = np.searchsorted(since, at[mine], "right") - 1
            if (place < 0).any():
                self._refuse(code, mine[place < 0], at, ids, key, since)
            factors[mine] = rates[place]
        return factors

    def _refuse(self, code: str, rows: np.ndarray, at: np.ndarray, ids: np.ndarray, key: str, since: np.ndarray) -> None:
        known = (f'the first rate for "{code}" is valid from {_day(since[0])}' if len(since)
                 else f"there are rates for {', '.join(sorted(self.since))}" if self.since else "no rates are mapped")
        raise SourceError(
            f'{key}: amounts in "{code}" and {self.reporting} cannot be added up without exchange rates, and {known}. '
            f'Found {len(rows)} in "{code}", such as {ids[rows[0]]} of {_day(at[rows[0]])}. Map a table of rates under [rates] '
            f'with columns = {{ currency = "...", valid_from = "...", rate = "..." }} that covers this day, '
            f'or correct the currency of these rows.')


def read_rates(reading: Reading) -> Rates:
    """The rates of all mapped tables; rows without currency, day or number are rejected."""
    found: dict[str, list[tuple[np.datetime64, float]]] = {}
    for key, source in numbered("rates", reading.workspace.rates):
        rows = Rows(reading, "rates", key, source.table, source.where)
        rows.need(source.columns)
        columns = {"currency": rows.required("currency", source.columns.currency),
                   "valid_from": rows.times("valid_from", source.columns.valid_from, required=True),
                   "rate": _rate(rows, source.columns, key)}
        table = rows.finish(columns)
        for code, since, rate in zip(table["currency"], table["valid_from"], table["rate"], strict=True):
            found.setdefault(code.upper(), []).append((since, float(rate)))
    return Rates(reading.workspace.workspace.currency, {code: _dated(pairs) for code, pairs in found.items()})


def _rate(rows: Rows, columns: RateColumns, key: str) -> np.ndarray:
    """Units of the reporting currency for one unit, shape (n,), whichever way round the table has it."""
    if (columns.rate is None) == (columns.inverse_rate is None):
        raise SourceError(f"{key}.columns: a rate is needed one way round: rate (units of the reporting currency for one unit "
                          "of this one) or inverse_rate (units of this one for one of the reporting currency).")
    name, column = ("rate", columns.rate) if columns.rate else ("inverse_rate", columns.inverse_rate)
    found = rows.numbers(name, column, required=True)
    rows.reject(found <= 0, f"{name} is not above zero", column)
    return found if columns.rate else np.divide(1.0, found, out=np.full(len(found), np.nan), where=found > 0)


def _dated(pairs: list[tuple[np.datetime64, float]]) -> tuple[np.ndarray, np.ndarray]:
    ordered = sorted(pairs, key=lambda pair: pair[0])
    return np.array([since for since, _ in ordered], TIME), np.array([rate for _, rate in ordered])


def _day(time: np.datetime64) -> str:
    return str(time.astype("datetime64[D]"))
