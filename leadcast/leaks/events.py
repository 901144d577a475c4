"""Types of events that come with the outcome: rows before it never see them, but seconds before it they would give it away."""

from collections.abc import Iterator

import numpy as np

from leadcast.history import History
from leadcast.leaks.leak import WORDS, Evidence, Leak
from leadcast.vocabulary import Entity

NEAR = np.timedelta64(60, "s")
SHARE, FEWEST = 0.9, 20


def types_with_the_outcome(history: History, entity: Entity) -> Iterator[Leak]:
    """Types of which nearly all events lie within a minute of the end of their lead or deal."""
    linked, closings = history.linked_events(entity), history.closings(entity)
    has = np.diff(closings.offsets) > 0
    ended = np.full(len(has), np.datetime64("NaT"), "datetime64[us]")
    ended[has] = history.stages["entered_at"][closings.source[closings.offsets[1:][has] - 1]]
    codes, names = history.events.coded("type")
    mine, owner = codes[linked.source], linked.owner
    with_end = has[owner] & (np.abs(linked.at - ended[owner]) <= NEAR)
    total, near = np.bincount(mine, minlength=len(names)), np.bincount(mine, with_end, len(names))
    for code in np.flatnonzero((near >= FEWEST) & (near >= SHARE * np.maximum(total, 1))):
        share, name = float(near[code] / total[code]), str(names[code])
        which = f"{100 * share:.0f} % of {int(total[code]):,} such events"
        reason = f"{which} lie within a minute of the end of their {WORDS[entity]}"
        evidence = Evidence("event", share / 2, reason, {"share_near_end": round(share, 4), "rows": int(total[code])})
        yield Leak(name, "events", entity, None, "event", (evidence,), f'Write never_inputs = ["{name}"] under [[events]]')
