"""The companion's chores about outlooks: keep answers ready, and save a forecast every week."""

from collections.abc import Callable
from datetime import datetime
from uuid import uuid4

import numpy as np

from leadcast.moment import as_utc, days
from leadcast.places import state_folder
from leadcast.snapshots import FOLDER, write_snapshot
from leadcast.store.leases import release, take
from leadcast.store.prepared import asked_since
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
_MINUTES_OF_A_DAY = 1_440


def outlooks_chore(at_hand: AtHand) -> Callable[[datetime], list[str]]:
    """Make the oldest answer anew that is no longer right: one at a time, so that other chores get their turn.

    None is made more often than [service] outlook_minutes says; everyone in the store is in memory only meanwhile.
    """
    holder = uuid4().hex

    def run(now: datetime) -> list[str]:
        desk, when = at_hand.desk(now), as_utc(now)
        due = due_question(at_hand, desk, when)
        if due is None or not _speaks_of_winning(desk) or not take(at_hand.store, "outlooks", holder, when, LEASE_SECONDS):
            return []
        question, asked_at = due
        try:
            make_and_keep(at_hand.store, desk, WholeHistory(at_hand.store, desk.vocabulary), question, when, asked_at)
        finally:
            release(at_hand.store, "outlooks", holder)
        return []

    return run


def due_question(at_hand: AtHand, desk: Desk, now: np.datetime64) -> tuple[Question, np.datetime64] | None:
    """(the question whose answer is to be made anew first, when it was asked); None where all are right or were made just now.

    The current quarter of everybody is made although nobody has asked.
    """
    standard = standard_question(desk.workspace, now)
    with at_hand.store.reading() as connection:
        known = asked_since(connection, now - days(ASKED_DAYS))
    fresh = Freshness.of(at_hand.store, desk, now)
    waits = now - days(desk.workspace.service.outlook_minutes / _MINUTES_OF_A_DAY)
    if standard.text not in {text for text, *_ in known}:
        return standard, now
    for text, made_from, made_at, asked_at in known:
        question = read_question(text)
        if question is not None and made_at <= waits and not fresh.is_fresh(made_from, made_at, question.as_of is not None):
            return question, now if text == standard.text else asked_at
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
        if not is_kept(workspace, period, when):
            desk = at_hand.desk(now)
            if not _speaks_of_winning(desk) or not take(at_hand.store, "kept forecast", holder, when, LEASE_SECONDS):
                return []
            try:
                look = _look(at_hand, desk, when)
                if look is None:
                    return []
                saved = write_snapshot(state_folder(workspace) / FOLDER, look.snapshot(KEPT))
            finally:
                release(at_hand.store, "kept forecast", holder)
            done.add(slot)
            return [f"the forecast of {period.name} is saved as {saved}"]
        done.add(slot)
        return []

    return run


def _look(at_hand: AtHand, desk: Desk, when: np.datetime64) -> Outlook | None:
    """The current quarter's forecast of everybody's deals; None where the store holds none yet."""
    bundles = {target: scorer.bundle for target, scorer in desk.scorers.items()}
    whole = WholeHistory(at_hand.store, desk.vocabulary)
    history = whole.at(when)
    bundle = winning(history, bundles)
    if not history.entities(bundle.entity).rows:
        return None
    history = whole.with_events(history, bundle.entity, scored_ids(history, bundle, when))
    return look_of(at_hand.workspace, history, bundles, Asked(when, STANDARD))


def _speaks_of_winning(desk: Desk) -> bool:
    """Is there a model that a forecast can be made with?"""
    bundles = [scorer.bundle for scorer in desk.scorers.values()]
    return any(b.curve is not None and set(b.target.stages) <= desk.vocabulary.won(b.entity) for b in bundles)
