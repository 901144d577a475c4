"""Everyone out of the store without events, and the events of some: together as good as the whole, read again after a write."""

import numpy as np
import pytest

from leadcast.simulate import true_history
from leadcast.store.bulk import load_history
from leadcast.store.changes import bump
from leadcast.store.everyone import events_reaching, everyone, version_now
from leadcast.store.histories import whole_history
from serving.whole import WholeHistory

TABLES = ("leads", "opportunities", "stages", "fields", "owners", "quotas", "costs")


@pytest.fixture(scope="module")
def known():
    return true_history(60, 3)


@pytest.fixture
def filled(store, known):
    load_history(store, known, known.end)
    return store


def cells(table):
    return {name: table[name].tolist() if table[name].dtype.kind != "f" else np.nan_to_num(table[name], nan=-1.5).tolist()
            for name in table.names}


def test_everyone_is_the_whole_without_events(filled, known):
    _, found = everyone(filled, known.vocabulary, known.end)
    whole = whole_history(filled, known.vocabulary, known.end)
    for name in TABLES:
        assert cells(getattr(found, name)) == cells(getattr(whole, name)), name
    assert found.events.rows == 0 and set(found.events.names) == set(whole.events.names) and found.end == known.end


@pytest.mark.parametrize("entity", ["lead", "opportunity"])
def test_the_events_of_some_are_those_that_reach_them_in_the_whole(filled, known, entity):
    from dataclasses import replace

    whole = whole_history(filled, known.vocabulary, known.end)
    ids = sorted(known.ids(entity))[::3]
    _, all_of_them = everyone(filled, known.vocabulary, known.end)
    found = replace(all_of_them, events=events_reaching(filled, all_of_them, entity, ids))
    rows = whole.rows(entity, ids)
    for one, row in zip(ids, rows, strict=True):
        seen = [sorted(history.events["occurred_at"][entries.source[entries.offsets[row]:entries.offsets[row + 1]]].tolist())
                for history in (whole, found) for entries in (history.linked_events(entity),)]
        assert seen[0] == seen[1], one
    assert 0 < found.events.rows < whole.events.rows


def test_an_event_that_several_links_name_comes_once(filled, known):
    _, all_of_them = everyone(filled, known.vocabulary, known.end)
    events = events_reaching(filled, all_of_them, "opportunity", known.ids("opportunity"))
    whole = whole_history(filled, known.vocabulary, known.end).events
    assert events.rows <= whole.rows
    assert len(set(zip(*(events[name].tolist() for name in ("contact_id", "lead_id", "opportunity_id", "type", "occurred_at")),
                       strict=True))) == len(events["type"])


def test_it_is_read_once_and_again_after_a_write(filled, known):
    whole = WholeHistory(filled, known.vocabulary)
    first, later = whole.at(known.end), whole.at(known.end + np.timedelta64(1, "h"))
    assert first.leads is later.leads and later.end == known.end + np.timedelta64(1, "h")
    ids = known.ids("opportunity")[:5]
    events = whole.with_events(first, "opportunity", ids).events
    assert whole.with_events(later, "opportunity", ids).events is events
    before = version_now(filled)
    with filled.writing() as connection:
        bump(connection)
    assert version_now(filled) == before + 1
    assert whole.at(known.end).leads is not first.leads
    assert whole.with_events(first, "opportunity", ids).events is not events
