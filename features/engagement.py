"""Engagement: what they do. Counts of events in windows, how recent, from whom, and how they answer."""

from collections.abc import Callable, Iterable, Iterator

import numpy as np

from features.context import Context
from features.signal import Signal, one, several
from features.slugs import slugs, spoken
from features.view import View
from features.visible import FROM_THEM, FROM_US, VisibleEvents

TAKEN = ("events", "event", "active_days", "from_us", "from_them", "value", "actors", "first_response", "answered")


def engagement_signals(context: Context) -> Iterator[Signal]:
    """Every signal of the events; none where the data hold no events."""
    if not context.types.kept:
        return
    yield from _by_type(context)
    yield from _overall(context)
    if "direction" in context.event_columns:
        yield from _two_sided(context)
    if "value" in context.event_columns:
        yield _of_events(_spanned(context, "value_sum", "Sum of the events' values"), "value", lambda e: e.sums("value"))
    if "actor" in context.event_columns:
        yield _of_events([("actors_count_all", "Different people in its events so far")], "people", lambda e: e.distinct("actor"))


def _of_events(features: Iterable[tuple[str, str]], unit: str, compute: Callable[[VisibleEvents], np.ndarray]) -> Signal:
    return several(features, unit, "engagement", lambda view: compute(view.events))


def _spanned(context: Context, name: str, doc: str) -> list[tuple[str, str]]:
    """A feature for each window, and one for all time."""
    return [*((f"{name}_{w.slug}", f"{doc} in the last {w.spoken}") for w in context.windows), (f"{name}_all", f"{doc} so far")]


def _by_type(context: Context) -> Iterator[Signal]:
    types, half = context.types.kept, context.half_life
    slug, kept = slugs(types, taken=TAKEN), len(types)
    counts = [feature for t in types for feature in _spanned(context, f"{slug[t]}_count", spoken(t))]
    yield _of_events(counts, "events", lambda e: e.by_type[:, :kept].reshape(e.n, -1))
    lately = f"lately (each counts half after {_some(half.spoken)})"
    decayed = [(f"{slug[t]}_decayed_{half.slug}", f"{spoken(t)} {lately}") for t in types]
    yield _of_events(decayed, "events", lambda e: e.decayed()[:, :kept])
    last = [(f"{slug[t]}_last_days", f"Days since the last: {spoken(t)}") for t in types]
    yield _of_events(last, "days", lambda e: e.last_days(e.slot, kept + 1)[:, :kept])


def _some(span: str) -> str:
    return span if span[0].isdigit() else f"one {span}"


def _overall(context: Context) -> Iterator[Signal]:
    windows = context.windows
    yield _of_events(_spanned(context, "events_count", "Events of any kind"), "events", lambda e: e.total)
    trend = [(f"events_trend_{w.slug}", f"Events in the last {w.spoken} less those in the {w.spoken} before") for w in windows]
    yield _of_events(trend, "events", lambda e: e.total[:, :-1] - e.before())
    active = [(f"active_days_count_{w.slug}", f"Days with an event in the last {w.spoken}") for w in windows if w.hours >= 24]
    yield _of_events(active, "days", lambda e: e.active_days())
    yield _of_events([("event_last_days", "Days since the last event of any kind")], "days",
                     lambda e: e.last_days(np.zeros_like(e.asked), 1))
    yield _of_events([("event_first_days", "Days since the first event")], "days", lambda e: e.first_days())


def _two_sided(context: Context) -> Iterator[Signal]:
    yield _of_events(_spanned(context, "from_us_count", "Events from us"), "events", lambda e: e.by_direction[:, FROM_US])
    yield _of_events(_spanned(context, "from_them_count", "Events from them"), "events", lambda e: e.by_direction[:, FROM_THEM])
    last = [(f"from_{side}_last_days", f"Days since the last event from {side}") for side in ("us", "them")]
    yield _of_events(last, "days", lambda e: e.last_days(e.direction, 3)[:, [FROM_US, FROM_THEM]])
    first = context.windows[0]
    answered = f"Share of our touches that they answered within {_some(first.spoken)}"
    yield _of_events([(f"answered_share_{first.slug}", answered)], "share", lambda e: e.answered_share())
    yield one("first_response_hours", "hours", "engagement", "Hours from creation to our first touch", _first_response)


def _first_response(view: View) -> np.ndarray:
    return view.events.first_response_hours(view.age_days)
