"""Deal: how the matter stands. Stage and age; for opportunities also amount, expected close and activity."""

from collections.abc import Iterable, Iterator

import numpy as np

from features.context import Context
from features.signal import Signal, category
from features.stages import DAY, places_of
from features.view import Read, View, starts
from leadcast.contract import Feature


def deal_signals(context: Context) -> Iterator[Signal]:
    """Stage signals for leads and deals alike, money and dates for deals."""
    if not context.undated:
        yield _deal([("age_days", "days", "Days since its creation")], lambda view: view.age_days)
    if context.levels["stage"].names and not context.undated:  # a row of a static export is looked at in its first stage only
        yield from _stage(context)
    if context.entity == "opportunity":
        yield from _money(context)
    if context.entity == "opportunity" and not context.undated:
        if not context.vocabulary.refuses("opportunity", "expected_close"):
            yield from _close()
        yield from _activity(context)


def _deal(features: Iterable[tuple[str, str, str]], compute: Read) -> Signal:
    """From (name, unit, doc) of each column."""
    return Signal(tuple(Feature(name, unit, doc, "deal") for name, unit, doc in features), compute)


def _stage(context: Context) -> Iterator[Signal]:
    yield category("stage", "deal", "Stage", context.levels["stage"], lambda view: view.stage[0])
    yield _deal([("stage_position", "steps", "Stages of its pipeline that lie behind it")],
                lambda view: places_of(context.places, view.pipeline, view.stage[0]))
    yield _deal([("stage_age_days", "days", "Days in its stage")], lambda view: view.stage_days)
    usual = "Stage age (usual before moving on = 1)"
    yield _deal([("stage_age_ratio", "x", usual)], _age_ratio)
    yield _deal([("stage_changes_count", "changes", "How often it changed its stage"),
                 ("stage_returns_count", "changes", "How often it went back a stage")], lambda view: np.stack(view.moves, axis=1))


def _age_ratio(view: View) -> np.ndarray:
    norms = view.context.norms
    norm = np.fromiter((norms.get(stage) or np.nan for stage in view.stage[0]), np.float64, view.n)
    return view.stage_days / norm


def _money(context: Context) -> Iterator[Signal]:
    refused = context.vocabulary.refuses
    if refused("opportunity", "amount"):
        return
    yield _deal([("amount", context.vocabulary.currency, "Amount of the deal")], lambda view: view.amount)
    if not refused("opportunity", "margin"):
        yield _deal([("margin_share", "share", "Margin as a share of the amount")],
                    lambda view: view.value("margin") / _not_zero(view.amount))
    yield _deal([("amount_changes_count", "changes", "How often the amount was changed"),
                 ("amount_first_ratio", "x", "Amount (first one known = 1)")], _amount_changes)


def _amount_changes(view: View) -> np.ndarray:
    asked, before, after = view.changes("amount")
    changed = ~np.isnan(before) & (after != before)
    first = view.amount.copy()
    entered = np.flatnonzero(np.isnan(before) & ~np.isnan(after))[::-1]  # backwards: the earliest is written last
    first[asked[entered]] = after[entered]
    begun = np.flatnonzero(starts(asked) & ~np.isnan(before))
    first[asked[begun]] = before[begun]
    return np.stack([np.bincount(asked[changed], minlength=view.n), view.amount / _not_zero(first)], axis=1)


def _not_zero(values: np.ndarray) -> np.ndarray:
    """Of what is next to nothing nothing can be said in proportion; the quotient could be beyond all numbers."""
    return np.where(np.abs(values) > 1e-6, values, np.nan)


def _close() -> Iterator[Signal]:
    yield _deal([("expected_close_days", "days", "Days until the expected close (negative: it is past)")],
                lambda view: view.days_to_close)
    yield _deal([("overdue", "yes/no", "Is the expected close past?")],
                lambda view: np.where(np.isnan(view.days_to_close), np.nan, view.days_to_close < 0))
    yield _deal([("close_pushes_count", "pushes", "How often the expected close was moved out"),
                 ("close_pushed_days", "days", "Days by which the expected close was moved out, all told")], _pushes)


def _pushes(view: View) -> np.ndarray:
    asked, before, after = view.changes("expected_close")
    later = after > before
    days = (after[later] - before[later]) / DAY
    return np.stack([np.bincount(asked[later], minlength=view.n), np.bincount(asked[later], days, view.n)], axis=1)


def _activity(context: Context) -> Iterator[Signal]:
    if not context.types.kept:
        return
    yield _deal([("activity_per_week", "events", "Events per week since its creation (a younger deal counts as a week old)")],
                lambda view: view.events.since(view.age_days) / np.maximum(view.age_days / 7, 1))
    if "contact_id" in context.event_columns:
        yield _deal([("stakeholders_count", "people", "Different contacts in its events")],
                    lambda view: view.events.distinct("contact_id"))
