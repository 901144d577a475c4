"""An outlook's answer made, kept ready, found again and told how old it is; nothing here knows of requests."""

import json
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from pydantic_core import to_json

from leadcast.calls import NAME
from leadcast.history import History
from leadcast.moment import days
from leadcast.period import Period
from leadcast.places import state_folder
from leadcast.snapshots import Snapshot, SnapshotError
from leadcast.store.changes import version_of
from leadcast.store.engine import StoreFull, StoreUnavailable
from leadcast.store.erased import last_erasure
from leadcast.store.prepared import Prepared, find_prepared, keep_prepared
from leadcast.workspace.model import Workspace
from serving.asked_forecasts import scored_ids
from serving.briefing.before import saved_before
from serving.briefing.briefing import REBUILT_DAYS, briefing_of
from serving.briefing.question import Question
from serving.briefing.told import briefing_told
from serving.forecast_answers import utc
from serving.outlook import winning
from serving.store_forecasts import hindsight_notes
from serving.whole import WholeHistory

if TYPE_CHECKING:
    from leadcast.bundle import Bundle
    from leadcast.store import Store
    from serving.desk import Desk

_MINUTES_OF_A_DAY = 1_440


@dataclass(frozen=True)
class Freshness:
    """From when an answer is old: what it would be made from now, and how long it may stand as time goes by."""

    made_from: str
    now: np.datetime64
    minutes: float

    @classmethod
    def of(cls, store: "Store", desk: "Desk", now: np.datetime64) -> "Freshness":
        """As of a moment.

        Raises
        ------
        StoreUnavailable : the database does not answer
        """
        return cls(made_from_now(store, desk), now, desk.workspace.service.refresh_minutes)

    def is_fresh(self, made_from: str, made_at: np.datetime64, of_the_past: bool) -> bool:
        """Was nothing written since, do the same models answer, and is it young? One of a past moment does not age."""
        return made_from == self.made_from and (of_the_past or self._younger(made_at, self.minutes))

    def is_forgotten(self, made_at: np.datetime64) -> bool:
        """Is it so old that nobody seems to make answers anew? Then who asks waits for it."""
        return not self._younger(made_at, 2 * self.minutes)

    def _younger(self, made_at: np.datetime64, minutes: float) -> bool:
        return bool(self.now - made_at < days(minutes / _MINUTES_OF_A_DAY))


def made_from_now(store: "Store", desk: "Desk") -> str:
    """The version of the store's records, the models and the file of calls, in a text."""
    with store.reading() as connection:
        version = version_of(connection)
    calls = state_folder(desk.workspace) / NAME
    written = calls.stat().st_mtime_ns if calls.exists() else 0
    models = ",".join(sorted(scorer.model for scorer in desk.scorers.values()))
    return f"records {version}; models {models}; calls {written}"


def make_answer(desk: "Desk", whole: WholeHistory, question: Question, now: np.datetime64) -> bytes:
    """The outlook that a question asks for, as JSON, from what the store holds.

    Raises
    ------
    PeriodError : the period cannot be read
    RegistryError : no model speaks of winning
    CallError : the file of calls cannot be read
    StoreUnavailable : the database does not answer
    """
    workspace = desk.workspace
    when, span = question.moment(now), question.span(workspace, now)
    history = whole.at(now)
    bundle = winning(history, desk.bundles)
    before, damaged = _before(workspace, span, when, history, bundle)
    moments = [when] if before is not None else [when, when - days(REBUILT_DAYS)]
    history = whole.with_events(history, bundle.entity, set().union(*(scored_ids(history, bundle, at) for at in moments)))
    owners = None if question.owners is None else frozenset(question.owners)
    made = briefing_of(workspace, history, desk.bundles, when, span, owners, before, at=when)
    return to_json(briefing_told(made, question.scope, [*hindsight_notes(bundle, when, now), *damaged]), inf_nan_mode="null")


def _before(
    workspace: Workspace, span: Period, when: np.datetime64, history: History, bundle: "Bundle"
) -> tuple[Snapshot | None, list[str]]:
    """(the saved forecast to tell changes from, what is to be said where a file is damaged): the outlook does without it."""
    try:
        return saved_before(workspace, span, when, bundle.entity, history.vocabulary.currency), []
    except SnapshotError as damaged:
        return None, [f"Changes are not told from a saved forecast: {damaged}"]


def make_and_keep(store: "Store", desk: "Desk", whole: WholeHistory, question: Question, now: np.datetime64,
                  asked_at: np.datetime64) -> tuple[Prepared, bool]:
    """(an answer, is it kept ready for who asks next?); it is not where the store cannot be written or somebody was erased.

    Raises
    ------
    As :func:`make_answer`
    """
    with store.reading() as connection:  # both before it is made: what is written meanwhile makes it old
        erasure = last_erasure(connection)
    made_from = made_from_now(store, desk)
    answer = Prepared(question.text, make_answer(desk, whole, question, now), made_from, now, asked_at)
    with suppress(StoreFull, StoreUnavailable):
        return answer, keep_prepared(store, answer, erasure)
    return answer, False


def kept_answer(store: "Store", question: Question) -> Prepared | None:
    """The answer that is kept ready; None where there is none.

    Raises
    ------
    StoreUnavailable : the database does not answer
    """
    with store.reading() as connection:
        return find_prepared(connection, question.text)


def told(answer: Prepared, fresh: bool) -> bytes:
    """The answer with when it was made and whether that still holds; put together without being read."""
    head = json.dumps({"made_at": utc(answer.made_at), "fresh": fresh})
    return head[:-1].encode() + b"," + answer.answer[1:]
