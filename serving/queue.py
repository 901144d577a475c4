"""Whom to work on now: the current scores in the order of their worth, with how long each has waited and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from leadcast.history import History
from leadcast.moment import NO_TIME, days_between
from leadcast.observations import Observations
from leadcast.queue import grade_after, last_events, queue_order, steady_grade
from leadcast.store import Store
from leadcast.store.columns import micro, times
from leadcast.store.current import kept_of
from leadcast.store.histories import history_of
from leadcast.store.queue_rows import most_worth
from leadcast.strongest import strongest
from leadcast.vocabulary import Entity
from serving.desk import Desk
from serving.scores import Scorer
from serving.signs import flags_of_row, signs_at
from serving.told import moment_of

Row = dict[str, Any]
REASONS = 3


def queue_of(
    store: Store, desk: Desk, target: str, owners: frozenset[str] | None, now: np.datetime64, most: int, explain: bool
) -> Row:
    """The first of a target's queue, as ``serving.queue_messages.Queue`` has it.

    The order and the numbers are those of the kept scores; only of the ones that are told the histories are read.

    Parameters
    ----------
    owners : only theirs; None: everybody's
    """
    scorer = desk.scorers[target]
    entity = scorer.bundle.entity
    with store.reading() as connection:
        pairs, in_all = most_worth(connection, desk.vocabulary, entity, target, owners, now, most)
    history = history_of(store, desk.vocabulary, entity, {record[0] for record, _ in pairs}, now)
    there = set(history.ids(entity))
    pairs = [pair for pair in pairs if pair[0][0] in there]  # without who was erased between the two looks
    waits = _Waits.of(history, entity, [record for record, _ in pairs], now)
    chance = np.array([score.probability for _, score in pairs], float)
    amount = np.array([getattr(record, "amount", None) for record, _ in pairs], float)
    order = queue_order(chance, amount, waits.days, waits.ids)[:most]
    first, grades = [pairs[place] for place in order], _grades(store, entity, target, waits.ids[order])
    why = _reasons(scorer, history, [score for _, score in first]) if explain and first else [None] * len(first)
    signs = {row["entity_id"]: row for row in signs_at(
        history, entity, list(desk.scorers.values()), desk.workspace.risks, now, {score.entity_id for _, score in first},
        desk.workspace.workspace.timezone)}
    items = [{**_told(record, score), **waits.told(place), "reasons": reasons,
              "flags": flags_of_row(signs.get(score.entity_id)),
              "days_to_close": signs.get(score.entity_id, {}).get("days_to_close"),
              "grade": steady_grade(score.score, grades.get(score.entity_id))}
             for (record, score), place, reasons in zip(first, order, why, strict=True)]
    return {"target": target, "items": items, "in_all": in_all}


@dataclass(frozen=True)
class _Waits:
    """How long each has waited for a touch from us, and when they were heard of last; all of shape (n,)."""

    ids: np.ndarray
    touched: np.ndarray
    answered: np.ndarray
    days: np.ndarray

    @classmethod
    def of(cls, history: History, entity: Entity, rows: Sequence[Any], now: np.datetime64) -> "_Waits":
        ids = np.array([row[0] for row in rows], object)
        places = history.rows(entity, ids)
        _, touched, answered = last_events(history, entity, places, now)
        since = np.where(np.isnat(touched), times([row.created_at for row in rows]), touched)
        return cls(ids, touched, answered, days_between(since, now))

    def told(self, place: int) -> Row:
        days = float(self.days[place])
        return {"waiting_days": None if np.isnan(days) else days, "last_touch_at": _moment(self.touched[place]),
                "last_answer_at": _moment(self.answered[place])}


def _grades(store: Store, entity: Entity, target: str, ids: np.ndarray) -> dict[str, str | None]:
    """The steady grade of each after all that was kept of its score."""
    path: dict[str, list[float]] = {}
    with store.reading() as connection:
        for one in kept_of(connection, entity, ids, target):
            path.setdefault(one.entity_id, []).append(one.score)
    return {one: grade_after(scores) for one, scores in path.items()}


def _told(record: Any, score: Any) -> Row:
    amount, close = getattr(record, "amount", None), getattr(record, "expected_close", None)
    expected = None if amount is None else score.probability * amount
    names = ("entity", "entity_id", "probability", "score", "fit_score", "engagement_score", "trend", "model")
    same = {name: getattr(score, name) for name in names}
    return {**same, "owner": record.owner, "source": record.source, "stage": record.stage,
            "stage_since": moment_of(record.stage_since), "amount": amount,
            "priority": score.probability if expected is None else expected,
            "priority_is": "probability" if expected is None else "expected_amount", "expected_amount": expected,
            "enough_information": bool(score.enough_information), "promised_close": moment_of(close),
            "expected_close": moment_of(score.expected_close),
            "as_of": moment_of(score.as_of) if score.as_of > micro(NO_TIME) else None}


def _reasons(scorer: Scorer, history: History, scores: Sequence[Any]) -> Sequence[list[Row]]:
    """The strongest reasons of each score, as of the moment when it was made."""
    ids = np.array([score.entity_id for score in scores], object)
    looks = Observations(scorer.bundle.entity, ids, times([score.as_of for score in scores]), np.ones(len(ids)))
    values, _ = scorer.values(history, looks)
    found = scorer.from_values(values, looks, explain=True).reasons or []
    return [strongest(reasons, REASONS) for reasons in found]


def _moment(moment: np.datetime64) -> Any:
    return None if np.isnat(moment) else moment_of(micro(moment))
