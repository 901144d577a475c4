"""In what a forecast is told: money, or the number of deals where no amounts are known."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from serving.report.tables import Kind
from serving.report.words import NOTHING, Words, expected

Plain = Mapping[str, Any]
Phase = Literal["ahead", "running", "over"]


@dataclass(frozen=True)
class Measure:
    """How the numbers of one outlook are told.

    Attributes
    ----------
    told : the outlook, as GET /v1/outlook answers
    """

    told: Plain
    words: Words

    @property
    def is_money(self) -> bool:
        return bool(self.told["money"])

    @property
    def key(self) -> str:
        """The name of its figures."""
        return "amount" if self.is_money else "count"

    @property
    def changed(self) -> str:
        """The name of its figures in changes."""
        return "money" if self.is_money else "count"

    @property
    def kind(self) -> Kind:
        return "money" if self.is_money else "expected"

    @property
    def what(self) -> str:
        """deals or leads."""
        return str(self.told["what"])

    @property
    def unit(self) -> str:
        """Behind a number that is no money."""
        return "" if self.is_money else f" {self.what}"

    @property
    def quota(self) -> float | None:
        """Quotas are of money."""
        quota: float | None = self.told["total"]["quota"] if self.is_money else None
        return quota

    @property
    def total(self) -> Plain:
        """Won, open, new, total, p10, p50 and p90 of the whole."""
        figures: Plain = self.told["total"][self.key]
        return figures

    @property
    def phase(self) -> Phase:
        """Is the period over, or not begun?"""
        start, end, now = (self.words.moment(text) for text in (
            self.told["period"]["start"], self.told["period"]["end"], self.told["as_of"]))
        return "over" if now >= end else "ahead" if now < start else "running"

    def show(self, value: float | None, short: bool = True, sign: bool = False) -> str:
        if value is None:
            return NOTHING
        return self.words.money(value, short, sign) if self.is_money else expected(value, sign)
