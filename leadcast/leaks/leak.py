"""What the gate says: one finding per column, with its evidence."""

from dataclasses import dataclass, field
from typing import Literal

from leadcast.vocabulary import Entity

Status = Literal["refused", "allowed", "suspect", "kept_out", "unused", "event"]
WORDS: dict[Entity, str] = {"lead": "lead", "opportunity": "deal"}
SPOKEN: dict[str, str] = {
    "refused": "refused", "allowed": "used all the same, as [leaks] allow says", "suspect": "used",
    "kept_out": "kept out by the mapping", "unused": "not mapped, so not used",
    "event": "a type of events; no row before the outcome sees it",
}


@dataclass(frozen=True)
class Evidence:
    """One way in which a column gives the answer away.

    Attributes
    ----------
    kind : filling, value, separation, code, age, duration, date, jump, history or event
    strength : 0 to 1; an AUC, or a gap between two shares, on the scale of (AUC - 0.5) x 2
    reason : a sentence without a full stop, with the numbers
    figures : the same numbers as plain data
    weak : an honest column may look so as well; alone it is a reason to ask, not to refuse
    """

    kind: str
    strength: float
    reason: str
    figures: dict[str, float | int | str] = field(default_factory=dict)
    weak: bool = False


@dataclass(frozen=True)
class Leak:
    """A column that gives the answer away.

    Attributes
    ----------
    column : as it is called in the user's table
    table : the user's table, by its name under [tables]
    attribute : what the mapping calls it; None where it is not mapped
    status : what becomes of it
    evidence : the strongest first
    remedy : what to write in leadcast.toml
    """

    column: str
    table: str
    entity: Entity
    attribute: str | None
    status: Status
    evidence: tuple[Evidence, ...]
    remedy: str

    @property
    def best(self) -> Evidence:
        return self.evidence[0]

    @property
    def sentence(self) -> str:
        """Why, what becomes of it, and what to do."""
        return f"{self.best.reason} ({SPOKEN[self.status]}). {self.remedy}"
