"""The keys of [forecast]: the calendar, the curve over time, and where records begin."""

from typing import Literal

from pydantic import Field, field_validator

from leadcast.moment import MomentError, read_moment
from leadcast.workspace.tables import Keys


class ForecastKeys(Keys):
    """How periods are counted and how far the curve over time looks."""

    fiscal_year_starts: int = Field(1, ge=1, le=12, description="the month in which the fiscal year begins: 4 for April")
    step_days: float | None = Field(None, gt=0, le=366, allow_inf_nan=False,
                                    description="how long a step of the curve is, in days; default: from the data's own pace")
    records_from: str | None = Field(None, description="from when on wins and losses are on record; default: found, where deals "
                                                       "began long before the first outcome")

    keep: Literal["day", "week", "never"] = Field(
        "week", description="how often leadcast work saves the current quarter's forecast by itself, so that there is one to "
                            "compare with")

    @field_validator("records_from")
    @classmethod
    def _is_a_time(cls, text: str | None) -> str | None:
        if text is not None:
            try:
                read_moment(text)
            except MomentError as wrong:
                raise ValueError(str(wrong)) from None
        return text
