"""An event of a contact with several deals: all of them, the first, or the nearest open one."""

from dataclasses import replace

import numpy as np
import pytest

from leadcast.vocabulary import Pipeline, Vocabulary

VOCABULARY = Vocabulary(
    pipelines=(Pipeline("opportunity", "default", ("open",), ("won",), ("lost",)),), opportunity_links=("opportunity", "contact"),
)
DEALS = """
opportunity_id contact_id created_at
D1             C1         2026-01-01
D2             C1         2026-02-01
D3             C1         2026-04-01
"""
STAGES = """
entity      entity_id stage entered_at
opportunity D1        lost  2026-01-20
opportunity D2        won   2026-03-01
"""
EVENTS = """
event_id type contact_id opportunity_id occurred_at
before   call C1         -              2025-12-01
during1  call C1         -              2026-01-10
between  call C1         -              2026-01-25
during2  call C1         -              2026-02-10
own      call C1         D3             2026-02-11
"""


def reached(history):
    """deal -> the events that reach it, in order."""
    entries, ids = history.linked_events("opportunity"), history.ids("opportunity")
    return {str(i): history.events["event_id"][entries.source[entries.offsets[row]:entries.offsets[row + 1]]].tolist()
            for row, i in enumerate(ids)}


@pytest.mark.parametrize(("shared", "expected"), [
    ("all", {"D1": ["before", "during1", "between", "during2"], "D2": ["before", "during1", "between", "during2"],
             "D3": ["before", "during1", "between", "during2", "own"]}),
    ("primary", {"D1": ["before", "during1", "between", "during2"], "D2": [], "D3": ["own"]}),
    ("nearest_open", {"D1": ["before", "during1", "between"], "D2": ["between", "during2"], "D3": ["own"]}),
])
def test_who_gets_the_contacts_events(written, shared, expected):
    history = written(replace(VOCABULARY, shared=shared), opportunities=DEALS, stages=STAGES, events=EVENTS)
    assert reached(history) == expected


@pytest.mark.parametrize("shared", ["all", "primary", "nearest_open"])
@pytest.mark.parametrize("day", ["2026-01-15", "2026-01-26", "2026-02-12", "2026-04-02"])
def test_a_later_deal_takes_no_event_away(written, shared, day):
    """D1 is opened again in March; what it had counted on any day it still has, whatever came after."""
    stages = STAGES + "opportunity D1 open 2026-03-10"
    history = written(replace(VOCABULARY, shared=shared), opportunities=DEALS, stages=stages, events=EVENTS)
    as_of = np.datetime64(day, "us")
    then, whole = reached(history.known_at(as_of)), reached(history)
    known = set(history.known_at(as_of).events["event_id"])
    assert then == {deal: [e for e in whole[deal] if e in known] for deal in then}
