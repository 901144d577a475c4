"""What a scenario asks and answers over HTTP, as types."""

from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from leadcast.moment import EARLIEST, LATEST
from leadcast.overrides import LARGEST
from serving.forecast_messages import PERIODS, Money, Note, Part, Span
from serving.messages import AsOf, Id, Moment

MOST_CHANGES = 1000


def _day(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise ValueError("not a day: write it as 2026-03-20") from None


Day = Annotated[date, BeforeValidator(_day), Field(ge=EARLIEST.date(), lt=LATEST.date())]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


class DealChange(_Part):
    """Another amount, closing day or chance of one deal."""

    deal_id: Id
    amount: Money | None = None
    close: Day | None = Field(None, description="the day on which the win comes, if it comes")
    probability: float | None = Field(None, ge=0, le=1, description="P(won in the period); with close: P(won at all)")

    @model_validator(mode="after")
    def _changes_something(self) -> "DealChange":
        if self.amount is None and self.close is None and self.probability is None:
            raise ValueError("changes nothing: give an amount, a close or a probability")
        return self


class RateChange(_Part):
    """Another win rate of all that have a value in a column."""

    column: Id = Field(description="a column of the forecast's rows, such as region")
    value: Id = Field(description="its value; (none) for those without one")
    factor: float = Field(ge=0, le=1000, description="what to multiply the probability with; it never passes 1")


class HireChange(_Part):
    """More people who bring new business."""

    reps: int = Field(gt=0, le=10_000)
    start: Day = Field(description="their first day")
    ramp_days: float = Field(90.0, ge=0, le=3650, description="until they bring as much as the others, growing day by day")
    per_rep_per_day: float | None = Field(
        None, ge=0, le=1000, description="wins from new deals per rep and day; default: what the present owners bring on average")


EXAMPLE: dict[str, Any] = {
    "base": "latest", "deals": [{"deal_id": "D-17", "amount": 50000, "probability": 0.8}], "drop": [LARGEST],
    "rates": [{"column": "region", "value": "North", "factor": 1.1}], "save": False}


class ScenarioRequest(_Part):
    """A forecast and what to change about it: one that is saved (base), or one of today."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    base: Id | None = Field(None, description="a saved forecast: its id, a beginning of it, or latest. Default: one of today")
    period: Id | None = Field(None, description=f"without base: {PERIODS}")
    as_of: AsOf = Field(None, ge=EARLIEST, lt=LATEST, description="without base: from what was known then. Default: now")
    quota: Money | None = Field(None, description="without base: what is to be won")
    deals: list[DealChange] = Field(default_factory=list, max_length=MOST_CHANGES)
    drop: list[Id] = Field(default_factory=list, max_length=MOST_CHANGES,
                           description=f'deals to leave out; "{LARGEST}": the open one with the largest amount')
    rates: list[RateChange] = Field(default_factory=list, max_length=100)
    hire: HireChange | None = None
    save: bool = Field(False, description="keep the scenario, and where there is no base the forecast it starts from")
    note: Note = ""

    @model_validator(mode="after")
    def _fits_together(self) -> "ScenarioRequest":
        if not (self.deals or self.drop or self.rates or self.hire):
            raise ValueError("a scenario changes something: give deals, drop, rates or hire")
        if self.base is not None and (self.period is not None or self.as_of is not None or self.quota is not None):
            raise ValueError("period, as_of and quota are those of the base: leave them out, or leave out base")
        if self.note and not self.save:
            raise ValueError("a note is kept with a scenario: set save, too")
        ids = [change.deal_id for change in self.deals]
        if len(set(ids)) < len(ids):
            raise ValueError("a deal stands twice under deals: put its changes into one")
        if set(ids) & set(self.drop):
            raise ValueError("a deal is dropped, so that nothing else can be changed about it")
        return self


class ScenarioAnswer(BaseModel):
    """A forecast and the same with something changed: they differ by the changes and by nothing else."""

    base: str = Field(description="the id of what it starts from")
    as_of: Moment
    period: Span
    currency: str
    changes: list[str] = Field(description="what was changed, a sentence each")
    note: str
    before: Part
    after: Part
    saved: str | None
