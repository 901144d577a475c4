"""Numbers, money, days and dates as the page writes them in English, in the workspace's currency and time zone."""

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

NOTHING, MINUS = "–", "−"
"""MINUS does not break from its number at the end of a line, as a hyphen would."""
SYMBOLS = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥", "CNY": "¥", "INR": "₹", "KRW": "₩", "BRL": "R$", "PLN": "zł "}
_LONG = 10_000
_UNITS = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "K"))


class Strong(str):
    """A part of a sentence that stands out."""


@dataclass(frozen=True)
class Words:
    """How a workspace's numbers are written.

    Attributes
    ----------
    timezone : in which days begin; None: UTC
    """

    currency: str
    timezone: str | None = None

    @property
    def symbol(self) -> str:
        """What stands before an amount."""
        return SYMBOLS.get(self.currency, f"{self.currency} ")

    def money(self, amount: float | None, short: bool = False, sign: bool = False) -> str:
        """An amount without decimals; short where it stands in a sentence or a tile.

        Examples
        --------
        >>> euros = Words("EUR")
        >>> euros.money(1_234_567.8), euros.money(1_234_567.8, short=True), euros.money(-12_400, short=True, sign=True)
        ('€1,234,568', '€1.23M', '−€12.4K')
        >>> Words("CHF").money(9_999.0, short=True), euros.money(None), euros.money(1.5, short=True), euros.money(0.0, sign=True)
        ('CHF 9,999', '–', '€1.5', '€0')
        """
        if _is_missing(amount) or amount is None:
            return NOTHING
        size = abs(amount)
        told = _compact(size) if short and size >= _LONG else _trimmed(f"{size:,.1f}") if short and size < 100 else f"{size:,.0f}"
        before = "" if told == "0" else MINUS if amount < 0 else "+" if sign else ""
        return f"{before}{self.symbol}{told}"

    def moment(self, iso: str) -> datetime:
        """A moment in the workspace's time zone."""
        zone = ZoneInfo(self.timezone) if self.timezone else UTC
        return datetime.fromisoformat(iso).astimezone(zone)

    def day(self, iso: str | None) -> str | None:
        """The day of a moment, as charts take it."""
        return None if iso is None else self.moment(iso).date().isoformat()

    def date(self, iso: str | None) -> str:
        """The day of a moment, for people.

        Examples
        --------
        >>> Words("EUR", "Europe/Berlin").date("2026-03-04T23:30:00Z"), Words("EUR").date(None)
        ('5 Mar 2026', '–')
        """
        return NOTHING if iso is None else f"{(at := self.moment(iso)).day} {at:%b %Y}"

    def short_date(self, iso: str) -> str:
        """Without the year."""
        return f"{(at := self.moment(iso)).day} {at:%b}"

    def last_day(self, iso: str) -> str:
        """The last day before a moment: how the end of a period, which does not belong to it, is told.

        Examples
        --------
        >>> Words("EUR").last_day("2026-04-01T00:00:00Z")
        '31 Mar 2026'
        """
        at = self.moment(iso) - timedelta(microseconds=1)
        return f"{at.day} {at:%b %Y}"


def count(value: float | None, digits: int = 0) -> str:
    """A number, whole or with so many digits."""
    return NOTHING if value is None or _is_missing(value) else f"{value:,.{digits}f}"


def expected(value: float | None, sign: bool = False) -> str:
    """A number of deals: an expectation of a few keeps a digit.

    Examples
    --------
    >>> expected(2.34), expected(2.98), expected(12.4), expected(0.5, sign=True), expected(-0.01)
    ('2.3', '3', '12', '+0.5', '0')
    """
    if value is None or _is_missing(value):
        return NOTHING
    told = _trimmed(f"{abs(value):,.1f}") if abs(value) < 9.95 else f"{abs(value):,.0f}"
    return f"{'' if told == '0' else MINUS if value < 0 else '+' if sign else ''}{told}"


def percent(share: float | None) -> str:
    """A share as a percentage; small ones keep a digit.

    Examples
    --------
    >>> percent(0.374), percent(0.0212), percent(0.0), percent(-0.3), percent(None)
    ('37 %', '2.1 %', '0 %', '−30 %', '–')
    """
    if share is None or _is_missing(share):
        return NOTHING
    size = 100 * abs(share)
    told = _trimmed(f"{size:.1f}") if 0 < size < 9.95 else f"{size:.0f}"
    return f"{MINUS if share < 0 and told != '0' else ''}{told} %"


def days(value: float | None) -> str:
    """A length of time given in days, in the unit that fits.

    Examples
    --------
    >>> days(0.02), days(0.5), days(1.0), days(4.24), days(41.3), days(None)
    ('29 min', '12 h', '1 day', '4.2 days', '41 days', '–')
    """
    if value is None or _is_missing(value):
        return NOTHING
    size = abs(value)
    if size < 1 / 24:
        return f"{value * 1440:.0f} min"
    if size < 1:
        return f"{value * 24:.0f} h"
    return plural(_trimmed(f"{value:.1f}") if size < 9.95 else f"{value:,.0f}", "day")


def plural(shown: str, one: str, many: str | None = None) -> str:
    """One deal, three deals; the number is given as it is to be shown.

    Examples
    --------
    >>> plural("1", "deal"), plural("3", "deal")
    ('1 deal', '3 deals')
    """
    return f"{shown} {one if shown == '1' else many or f'{one}s'}"


def capital(text: str) -> str:
    """With a capital letter in front; the others stay as they are."""
    return text[:1].upper() + text[1:]


def _is_missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and not math.isfinite(value))


def _compact(size: float) -> str:
    """Three digits and a unit."""
    digits = f"{float(f'{size:.3g}'):.0f}"
    rounded = float(digits)
    unit, name = next((unit, name) for unit, name in _UNITS if rounded >= unit)
    return f"{_trimmed(f'{rounded / unit:.2f}')}{name}"


def _trimmed(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text
