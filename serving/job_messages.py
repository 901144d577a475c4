"""Jobs, as requests ask for them and answers tell them."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from leadcast.moment import EARLIEST, LATEST
from leadcast.vocabulary import Entity
from serving.messages import AsOf, Id, Moment

MOST_IDS = 100_000
MOST_OWNERS = 1_000
EXAMPLE: dict[str, Any] = {"entity": "lead", "target": "mql", "filters": {"owners": ["u01"]}, "format": "csv"}


class Filters(BaseModel):
    """Whom to score; without filters everybody who is open."""

    model_config = ConfigDict(extra="forbid")

    owners: Annotated[list[Id], Field(min_length=1, max_length=MOST_OWNERS)] | None = None
    ids: Annotated[list[Id], Field(min_length=1, max_length=MOST_IDS)] | None = Field(
        None, description="those the store does not know have no row in the file")


class ScoreJob(BaseModel):
    """Scores of many leads or deals that the store knows, as a file."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": EXAMPLE})

    entity: Entity
    target: Id | None = Field(None, description="default: every target of the entity")
    filters: Filters = Field(default_factory=Filters)
    as_of: AsOf = Field(
        None, ge=EARLIEST, lt=LATEST, description="ISO time with offset; nothing later is looked at. Default: now")
    explain: bool = Field(False, strict=True, description="with reasons, as JSON in one cell; takes several times as long")
    format: Literal["csv", "jsonl"] = "csv"


class JobSeen(BaseModel):
    """A job and how far it is."""

    id: str
    kind: Literal["score"] = "score"
    status: Literal["queued", "running", "done", "failed", "cancelled"]
    entity: Entity
    target: str | None
    as_of: Moment
    explain: bool
    format: Literal["csv", "jsonl"]
    total: int = Field(description="leads or deals to look at")
    done: int = Field(description="looked at so far")
    seconds_left: float | None = Field(description="at the pace so far; null where it does not run, or has only begun")
    rows: int | None = Field(description="of the file, once there is one")
    sha256: str | None = Field(description="of the file")
    file: str | None = Field(description="where to fetch it, once it is done")
    error: str | None = Field(description="why it failed, or what it waits for")
    models: dict[str, str] | None = Field(description="who scores, by target; known once it has begun")
    created_at: Moment
    started_at: Moment | None
    finished_at: Moment | None


class JobPage(BaseModel):
    """Jobs, the newest first."""

    items: list[JobSeen]
    next: str | None = Field(description="the cursor of the next page; null: there is none")
