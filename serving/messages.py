"""What goes in and out of the service, as types; OpenAPI is made from these."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer

from leadcast.moment import EARLIEST, LATEST
from serving.problems import FieldError

MOST_RECORDS = 500
Moment = Annotated[datetime, PlainSerializer(lambda t: t.isoformat().replace("+00:00", "Z"), return_type=str)]


def _written_time(value: Any) -> Any:
    """Texts only, as ISO 8601 has them: pydantic would take 2026, or "2026", for seconds since 1970."""
    if value is None:
        return None
    try:
        time = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise ValueError("not a time: write it as 2026-03-01T08:00:00Z or with an offset") from None
    if time.tzinfo is None:
        raise ValueError("not a time with an offset: write 2026-03-01T08:00:00Z")
    return time


AsOf = Annotated[AwareDatetime | None, BeforeValidator(_written_time)]
EXAMPLE: dict[str, Any] = {"as_of": "2026-03-01T08:00:00Z", "records": [
    {"leads": {"Id": "L1", "CreatedAt": "2026-02-20 09:30", "Source": "Webinar"},
     "sessions": [{"LeadId": "L1", "StartedMs": 1771580000000}]}]}


class ScoreRequest(BaseModel):
    """Records as the CRM holds them: the workspace's own table names and column names, raw values."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": EXAMPLE})

    as_of: AsOf = Field(
        None, ge=EARLIEST, lt=LATEST, description="ISO time with offset; nothing later is looked at. Default: now")
    explain: bool = Field(True, description="with reasons that add up to the probability's log-odds")
    skip_bad_rows: bool = Field(False, description="leave unreadable rows out, as a batch does; else refuse their record")
    records: list[dict[str, Any]] = Field(
        min_length=1, max_length=MOST_RECORDS,
        description="per lead or deal: table name = one row or a list of rows (a row: column = value)")


class Reason(BaseModel):
    """One term of a score's log-odds; all terms of a score add up to ``log_odds``."""

    feature: str
    contribution: float = Field(description="in log-odds; positive speaks for the target")
    text: str
    value: float | str | None = None
    comparison: float | str | None = Field(None, description="what is typical among the reference population")


class Score(BaseModel):
    """One lead or deal, one target."""

    entity: str
    entity_id: str
    target: str
    probability: float = Field(ge=0, le=1, description="calibrated")
    log_odds: float
    score: float = Field(ge=0, le=100, description="percentile in the model's reference population")
    grade: str
    fit_score: float | None
    engagement_score: float | None
    trend: float | None = Field(description="score now minus score 7 days before; null if it was not open then")
    won_by: Moment | None = Field(description="the end of the time that the probability speaks of; null: whenever it closes")
    expected_close: Moment | None = Field(description="what is to be won only: its median close, if it is won")
    close_from: Moment | None = Field(description="if it is won, one in ten closes before it")
    close_to: Moment | None = Field(description="if it is won, one in ten closes after it")
    won_ever: float | None = Field(description="the chance to be won in the end, whenever that is")
    enough_information: bool
    unseen: int = Field(description="how many of its categories were never seen in training")
    rung: str
    model: str = Field(description="registered name and version")
    reasons: list[Reason] | None = None


class Scored(BaseModel):
    """The answer to one record; a target that is already reached has no score."""

    index: int
    scores: list[Score]
    notes: list[str] = Field(default_factory=list, description="what was odd but not wrong, such as a category never seen")


class Refused(BaseModel):
    """A record that could not be used."""

    index: int
    errors: list[FieldError]


class ScoreAnswer(BaseModel):
    """One result per record, in the order of the request."""

    as_of: Moment
    results: list[Scored | Refused]


class ModelCard(BaseModel):
    """A model that is being served."""

    target: str
    entity: str
    name: str
    version: str
    horizon_days: float | None
    trained_as_of: str | None = Field(description="where the data end that it learned from; null: they have no dates")
    rows: int = Field(description="observations it was fitted on")
    positives: int
    features: int
    fingerprint: str = Field(description="of the features, their units and categories")
    metrics: dict[str, Any] = Field(description="on the newest outcomes, the model's and its baselines'")
    reliability: list[dict[str, Any]] = Field(description="what it said and what came, with counts and bands")


class Health(BaseModel):
    status: str

