"""What an erasure did, as the service tells it."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from leadcast.store.erased import Erasable

EXAMPLE: dict[str, Any] = {
    "entity": "lead", "id": "L0003986", "already": False, "removed": {"leads": 1, "events": 14, "scores": 2},
    "kept": ["the account, and events that name nobody but the account"],
    "models_that_had_seen_it": [{"model": "acme-mql/3-1f0c9a2b", "champion": True, "data_end": "2026-06-30T00:00:00.000000"}],
    "left": [], "beyond_reach": ["backups of the store and of the workspace's folder: let them expire"],
}


class ModelThatSaw(BaseModel):
    """A registered version whose data reach beyond the record's creation; it holds statistics, no records."""

    model: str
    champion: bool = Field(description="it answers now")
    data_end: str | None = Field(description="where its data end, UTC; null: they have no dates")


class ErasedAnswer(BaseModel):
    """Where somebody was removed from, and where they may remain."""

    model_config = ConfigDict(json_schema_extra={"example": EXAMPLE})

    entity: Erasable
    id: str
    already: bool = Field(description="it was erased before; what had come back since is gone again")
    removed: dict[str, int] = Field(description="rows, files and mentions by place")
    kept: list[str] = Field(description="what stays, and why")
    models_that_had_seen_it: list[ModelThatSaw] | None = Field(description="null: the model registry does not answer")
    left: list[str] = Field(description="what could not be changed now; erase again to try again")
    beyond_reach: list[str] = Field(description="where copies may be that the service cannot reach")
