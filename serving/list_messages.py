"""What may be asked of the lists of leads and deals, and of the grid of leads."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from leadcast.moment import EARLIEST, LATEST
from serving.messages import AsOf, Id
from serving.sign_messages import Flag
from serving.sorted_cursor import MOST_LETTERS

Time = Annotated[AsOf, Field(ge=EARLIEST, lt=LATEST)]
Edge = Annotated[float | None, Field(ge=0, le=100, allow_inf_nan=False)]


def _apart(given: Any) -> Any:
    """``flag=stalled,silent`` is the same as ``flag=stalled&flag=silent``."""
    texts = [given] if isinstance(given, str) else given
    return [part for text in texts for part in text.split(",")] if isinstance(texts, list) else given


class Filters(BaseModel):
    """Which leads or deals."""

    model_config = ConfigDict(extra="forbid")

    owner: Id | None = None
    manager: Id | None = Field(None, description="whose owners' records, as the owners are now")
    region: Id | None = Field(None, description="whose owners' records, as the owners are now")
    source: Id | None = Field(None, description="of a lead; of a deal, its lead's")
    stage: Id | None = Field(None, description="as known now")
    open: Literal["true", "false", "all"] = Field("all", description="true: neither won nor lost")
    target: Id | None = Field(
        None, description="of which grade and probability are. Default: the last of the workspace's targets of this kind")
    grade: Literal["A", "B", "C", "D"] | None = None
    min_probability: float | None = Field(None, ge=0, le=1, allow_inf_nan=False)
    flag: Annotated[list[Flag], BeforeValidator(_apart)] = Field(
        [], max_length=20, description="with any of these risks; several times, or with commas")
    attribute: list[Id] = Field(
        [], max_length=20, description="name:value of an attribute, such as industry:Software; of several, with all")
    created_after: Time = Field(None, description="at this moment or later")
    created_before: Time = None
    changed_since: Time = Field(None, description="the record changed at this moment or later")
    q: Id | None = Field(None, description="how the id, the owner, the source, or the contact's or account's id begins; "
                                           "capital or small letters are the same (where the store is SQLite, of A to Z only)")


class _Paged(BaseModel):
    order: Literal["desc", "asc"] = Field("desc", description="what has no such value comes last either way, then by id")
    limit: int = Field(50, ge=1, le=500)
    cursor: str | None = Field(None, max_length=MOST_LETTERS, description="next of the page before")


class AskedLeads(Filters, _Paged):
    """Which leads, in which order, and which page."""

    fit_from: Edge = Field(None, description="the target's fit score is at least this")
    fit_to: Edge = Field(None, description="it is below this; 100 takes 100 in, as the last band of the grid does")
    engagement_from: Edge = Field(None, description="the target's engagement score is at least this")
    engagement_to: Edge = Field(None, description="it is below this; 100 takes 100 in")
    sort: Literal[
        "probability", "score", "created", "changed", "expected_close", "stage_age", "waiting", "trend", "owner", "stage",
    ] = Field("probability", description="expected_close: the model's; stage_age and waiting: in days, as of the last look")


class AskedOpportunities(Filters, _Paged):
    """Which deals, in which order, and which page."""

    category: Id | None = Field(None, description="the forecast category; Best Case, best_case and BestCase are one")
    min_amount: float | None = Field(None, ge=-1e18, le=1e18, allow_inf_nan=False)
    closes_from: Time = Field(None, description="the owner's date is at this moment or later")
    closes_before: Time = Field(None, description="the owner's date is before this moment")
    model_closes_before: Time = Field(None, description="the model's expected close is before this moment")
    sort: Literal[
        "probability", "score", "created", "changed", "amount", "expected_amount", "expected_close", "promised_close",
        "stage_age", "waiting", "trend", "owner", "stage",
    ] = Field("probability", description="expected_close: the model's; promised_close: the owner's; stage_age and waiting: in "
                                         "days, as of the last look")


class AskedGrid(Filters):
    """Which leads to count."""


class Cell(BaseModel):
    """The leads of a band of fit and a band of engagement; a band holds its lower end, the last one both."""

    fit_from: float
    fit_to: float
    engagement_from: float
    engagement_to: float
    count: int
    mean_probability: float | None = Field(description="null: there are none")


class Grid(BaseModel):
    """How many leads stand where in fit and engagement, in 4 x 4 bands of the scores."""

    target: str | None = Field(description="of which the scores are; null: there is no model of leads")
    cells: list[Cell] = Field(description="16, by fit, then by engagement, the lowest first")
    in_all: int = Field(description="how many leads with a current score there are, with those in no cell")
    in_no_cell: int = Field(description="how many of them have no fit or no engagement score")
