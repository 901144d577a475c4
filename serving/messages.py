"""What goes in and out of the service, as types; OpenAPI is made from these."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    model_validator,
)

from leadcast.moment import EARLIEST, LATEST
from serving.problems import FieldError

MOST, MOST_EXPLAINED = 1000, 500
"""How many ids or records one request may hold; with reasons, which cost several times a score, fewer."""
ID_LENGTH, ID_BYTES = 1000, 2000
"""Letters, and bytes in UTF-8: an entry of PostgreSQL's indexes holds 2,704."""
Moment = Annotated[datetime, PlainSerializer(lambda t: t.isoformat().replace("+00:00", "Z"), return_type=str)]


def written_time(value: Any) -> Any:
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


AsOf = Annotated[AwareDatetime | None, BeforeValidator(written_time)]
BY_ID: dict[str, Any] = {"ids": ["L0003986", "L0003991"], "explain": False}
EXAMPLE: dict[str, Any] = {"as_of": "2026-03-01T08:00:00Z", "records": [
    {"leads": {"Id": "L1", "CreatedAt": "2026-02-20 09:30", "Source": "Webinar"},
     "sessions": [{"LeadId": "L1", "StartedMs": 1771580000000}]}]}


def plain_text(text: str) -> str:
    """Texts that every database can hold."""
    if "\x00" in text:
        raise ValueError("not a text: it holds a NUL character")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("not a text: it holds half of a surrogate pair") from None
    return text


def id_text(text: str) -> str:
    """Texts that PostgreSQL can hold in an index, too."""
    if len(plain_text(text).encode()) > ID_BYTES:
        raise ValueError(f"longer than {ID_BYTES:,} bytes in UTF-8")
    return text


Id = Annotated[str, Field(min_length=1, max_length=ID_LENGTH), AfterValidator(id_text)]


class ScoreRequest(BaseModel):
    """Whom to score: either ids that the store knows, or whole records as the CRM holds them, in its own tables and columns."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [BY_ID, EXAMPLE]})

    as_of: AsOf = Field(
        None, ge=EARLIEST, lt=LATEST, description="ISO time with offset; nothing later is looked at. Default: now")
    explain: bool = Field(True, strict=True, description="with reasons that add up to the probability's log-odds")
    targets: list[Id] = Field(default_factory=list, max_length=20, description="only these targets; default: all that are open")
    ids: list[Id] | None = Field(None, min_length=1, max_length=MOST, description="of leads or deals in the store")
    records: list[dict[str, Any]] | None = Field(
        None, min_length=1, max_length=MOST,
        description="per lead or deal: table name = one row or a list of rows (a row: column = value); nothing is stored of it "
                    "but the score and the model's inputs, in the ledger")
    skip_bad_rows: bool = Field(
        False, strict=True, description="of records: leave unreadable rows out, as a batch does; else refuse their record")

    @model_validator(mode="after")
    def _one_of_the_two(self) -> "ScoreRequest":
        asked = self.ids if self.records is None else self.records
        if asked is None or (self.ids is not None and self.records is not None):
            raise ValueError("write either ids or records, and only one of them")
        if self.explain and len(asked) > MOST_EXPLAINED:
            raise ValueError(f"with reasons, at most {MOST_EXPLAINED} at a time; send fewer, or explain = false")
        return self


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
    """The answer to one id or record; a target that is already reached has no score."""

    index: int
    scores: list[Score]
    notes: list[str] = Field(default_factory=list, description="what was odd but not wrong, such as a category never seen")


class Refused(BaseModel):
    """An id or a record that could not be used."""

    index: int
    errors: list[FieldError]


class ScoreAnswer(BaseModel):
    """One result per id or record, in the order of the request."""

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
    notes: list[str] = Field(description="where it rests on little, or can tell nobody apart")
    card: str = Field(description="what it says of itself, as Markdown")
    loaded_at: Moment | None = Field(None, description="when the models that answer now were loaded")


class Health(BaseModel):
    status: str

