"""The ledger's entries, as the service tells them."""

from pydantic import BaseModel, Field

from serving.messages import Moment, Score


class LedgerEntry(BaseModel):
    """One score that was answered."""

    id: int
    at: Moment = Field(description="when it was answered")
    as_of: Moment | None = Field(description="the moment it speaks of; null where the data have no dates")
    request_id: str
    caller: str = Field(description="the id of the key that asked; empty where none was needed")
    source: str = Field(description="store: the id was sent; record: the whole record was")
    fingerprint: str = Field(description="SHA-256 of the model's inputs")
    score: Score = Field(description="as it was answered, without reasons")


class LedgerPage(BaseModel):
    """Entries, the newest first."""

    items: list[LedgerEntry]
    next: str | None = Field(description="the cursor of the next page; null: there is none")


class Reproduced(BaseModel):
    """An entry, and the same answer worked out again from its inputs and the model that answered."""

    entry: LedgerEntry
    agrees: bool | None = Field(description="every number is the one that was answered; null: the model is not to be had")
    again: Score | None = Field(description="with reasons")
    note: str | None = None
