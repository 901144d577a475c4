"""The stages of leads or deals while they are being gathered."""

from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from leadcast.draft.plan import Plan
from leadcast.draft.words import stage_meaning

MOST_STAGES = 40
ORDER = "is this their order, and are won and lost right?"


@dataclass
class Stages:
    """The stages of leads or deals as they will be written.

    Attributes
    ----------
    sources : what each ``[[stages]]`` will hold, beside its entity; "ask" and "say" become comments
    order : all stages
    dated : stages whose entries have dates of their own, also of those who went on since
    entries : who was in which stage; columns id, stage
    pipelines : where there are several, the stages of each
    ask : what to ask about the pipeline; None where nothing was guessed
    """

    role: str
    sources: list[dict[str, Any]]
    order: list[str]
    dated: list[str] = field(default_factory=list)
    won: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    ask: str | None = ORDER
    entries: pd.DataFrame | None = None
    pipelines: dict[str, list[str]] = field(default_factory=dict)

    @property
    def inner(self) -> list[str]:
        return [s for s in self.order if s not in self.won + self.lost]


def note_closings(plan: Plan, role: str, ids: pd.Series, stages: pd.Series, at: pd.Series | None = None) -> None:
    """Keep who was closed, how and when: other guesses look at it."""
    meaning = stages.map({s: stage_meaning(s) for s in stages.dropna().unique()})
    moments = at if at is not None else pd.Series(pd.NaT, ids.index, dtype="datetime64[us, UTC]")
    rows = pd.DataFrame({"id": ids, "won": meaning == "won", "at": moments})[meaning.isin(["won", "lost"])]
    known = plan.closings.get(role)
    plan.closings[role] = rows if known is None else pd.concat([known, rows])


def without_blanks(keys: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in keys.items() if value}
