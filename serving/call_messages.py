"""What a call asks and answers over HTTP, as types."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from serving.forecast_messages import PERIODS, Call, Money, Note
from serving.messages import Id

EXAMPLE: dict[str, Any] = {"period": "2026-Q1", "amount": 250_000, "owner": "ann", "who": "Mia", "note": "two renewals are safe"}


class CallRequest(BaseModel):
    """What somebody says a period will bring; an earlier call of the same deals stays on record."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, json_schema_extra={"examples": [EXAMPLE]})

    period: Id = Field(description=f"{PERIODS}; the words are those of now")
    amount: Money | None = Field(None, description="what will be won in all, in the reporting currency")
    count: Money | None = Field(None, description="how many will be won in all")
    owner: Id | None = Field(None, description="whose deals; default: everyone's")
    who: Id | None = Field(None, description="who says so; default: the name of the key")
    note: Note = ""
    currency: Id | None = Field(None, description="of the amount; only the reporting currency can be added up")

    @model_validator(mode="after")
    def _says_something(self) -> "CallRequest":
        if self.amount is None and self.count is None:
            raise ValueError("says how much will be won: give an amount, a count, or both")
        return self


class Calls(BaseModel):
    """The calls that stand, by period, the team's before the owners'; or all that were recorded, in order."""

    items: list[Call]
    next: str | None
