"""The companion's chores about outlooks: keep answers ready, and save a forecast every week."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import uuid4

import numpy as np

from leadcast.moment import as_utc, days
from leadcast.places import state_folder
from leadcast.snapshots import FOLDER, write_snapshot
from leadcast.store.leases import release, take
from leadcast.store.prepared import asked_since
from leadcast.workspace.model import Workspace
from serving.asked_forecasts import Asked, look_of, scored_ids
from serving.briefing.before import KEPT, is_kept, slot_of
from serving.briefing.make import Freshness, make_and_keep
from serving.briefing.question import STANDARD, Question, read_question, span_of, standard_question
from serving.desk import Desk
from serving.outlook import Outlook, winning
from serving.refresh_chores import AtHand
from serving.whole import WholeHistory

ASKED_DAYS = 1.0
"""Who asked within the last day is likely to ask again."""
LEASE_SECONDS = 600.0
REST = 20.0
"""So many times as long as the last answer took it rests before the next one."""
_MINUTES_OF_A_DAY = 1_440


@dataclass
class Tries:
    """What the companion remembers of the answers it made or tried to make.

    Attributes
    ----------
    last : the question that it tried last
    rest_seconds : how long an answer is left alone now
    failed : by question, when making or keeping its answer last failed
    """

    last: str = ""
    rest_seconds: float = np.inf
    failed: dict[str, np.datetime64] = field(default_factory=dict)

    def note(self, question: str, when: np.datetime64, kept: bool, took: float) -> None:
        """Remember a try that took so many seconds."""
        self.last, self.rest_seconds = question, REST * took
        self.failed.pop(question, None)
        if not kept:
            self.failed[question] = when


def outlooks_chore(at_hand: AtHand) -> Callable[[datetime], list[str]]:
    """Make an answer anew that is no longer right: one at a time, so that other chores get their turn.

    Each is left alone for twenty times as long as the last one took, and no longer than [service] outlook_minutes; one that
    failed or could not be kept is tried again after that time. Everyone in the store is in memory only meanwhile.
    """
    holder, tries = uuid4().hex, Tries(rest_seconds=0.0)

    def run(now: datetime) -> list[str]:
        desk, when = at_hand.desk(now), as_utc(now)
        due = due_question(at_hand, desk, when, tries)
        if due is None or not _speaks_of_winning(desk) or not take(at_hand.store, "outlooks", holder, when, LEASE_SECONDS):
            return []
        question, asked_at = due
        began, kept = time.monotonic(), False
        try:
            whole = WholeHistory(at_hand.store, desk.vocabulary)
            _, kept = make_and_keep(at_hand.store, desk, whole, question, when, asked_at)
        finally:
            tries.note(question.text, when, kept, time.monotonic() - began)
            release(at_hand.store, "outlooks", holder)
        return []

    return run


def due_question(
    at_hand: AtHand, desk: Desk, now: np.datetime64, tries: Tries | None = None
) -> tuple[Question, np.datetime64] | None:
    """(the question whose answer is to be made anew first, when it was asked); None where all are right or were made just now.

    The current quarter of everybody comes first, although nobody has asked, then the oldest answer; the one that was tried last
    lets all others go first. Those of a past moment stay as they are.

    Parameters
    ----------
    tries : what was made before; an answer that is younger than its rest, or than [service] outlook_minutes, is left as it is
    """
    tries = tries or Tries()
    with at_hand.store.reading() as connection:
        known = {text: (made_from, made_at, asked_at)
                 for text, made_from, made_at, asked_at in asked_since(connection, now - days(ASKED_DAYS))}
    fresh, minutes = Freshness.of(at_hand.store, desk, now), desk.workspace.service.outlook_minutes
    failed_before = now - days(minutes / _MINUTES_OF_A_DAY)
    made_before = now - days(min(minutes, tries.rest_seconds / 60) / _MINUTES_OF_A_DAY)
    standard = standard_question(desk.workspace, now).text
    for text in sorted(dict.fromkeys([standard, *known]), key=lambda text: (text == tries.last, text != standard)):
        question = read_question(text)
        if question is None or question.is_past(now) or tries.failed.get(text, failed_before) > failed_before:
            continue
        if text not in known:
            return question, now
        made_from, made_at, asked_at = known[text]
        if made_at <= made_before and not fresh.is_fresh(made_from, made_at, of_the_past=False):
            return question, now if text == standard else asked_at
    return None


def kept_forecast_chore(at_hand: AtHand) -> Callable[[datetime], list[str]]:
    """Save the current quarter's forecast once a week (or day) of the calendar, as [forecast] keep says."""
    holder, done = uuid4().hex, set[object]()

    def run(now: datetime) -> list[str]:
        workspace, when = at_hand.workspace, as_utc(now)
        if workspace.forecast.keep == "never":
            return []
        period = span_of(workspace, STANDARD, when)
        slot = period.name, slot_of(workspace, when)
        if slot in done:
            return []
        said: list[str] = []
        if not is_kept(workspace, period, when):
            desk = at_hand.desk(now)
            if not _speaks_of_winning(desk) or not take(at_hand.store, "kept forecast", holder, when, LEASE_SECONDS):
                return []
            try:
                if not is_kept(workspace, period, when):  # another may have saved it before its lease was free
                    look = _look(at_hand, desk, when)
                    if look is None:
                        return []
                    said = [_saved(workspace, look)]
            finally:
                release(at_hand.store, "kept forecast", holder)
        done.add(slot)
        return said

    return run


def _saved(workspace: Workspace, look: Outlook) -> str:
    saved = write_snapshot(state_folder(workspace) / FOLDER, look.snapshot(KEPT))
    return f"the forecast of {look.period.name} is saved as {saved}"


def _look(at_hand: AtHand, desk: Desk, when: np.datetime64) -> Outlook | None:
    """The current quarter's forecast of everybody's deals; None where the store holds none yet."""
    whole = WholeHistory(at_hand.store, desk.vocabulary)
    history = whole.at(when)
    bundle = winning(history, desk.bundles)
    if not history.entities(bundle.entity).rows:
        return None
    history = whole.with_events(history, bundle.entity, scored_ids(history, bundle, when))
    return look_of(at_hand.workspace, history, desk.bundles, Asked(when, STANDARD))


def _speaks_of_winning(desk: Desk) -> bool:
    """Is there a model that a forecast can be made with?"""
    bundles = [scorer.bundle for scorer in desk.scorers.values()]
    return any(b.curve is not None and desk.vocabulary.is_win(b.target) for b in bundles)
