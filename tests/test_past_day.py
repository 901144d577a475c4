"""``leadcast serve --as-of``: a store of its own with what was known that day, a clock that goes on from there, the same keys."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from leadcast.commands.past_day import past_day
from leadcast.errors import LeadcastError
from leadcast.mapping import vocabulary_of
from leadcast.moment import as_utc
from leadcast.places import STATE, state_folder, tracking_uri
from leadcast.store import KEYS_URL, URL, open_engine, open_store
from leadcast.store.api_keys import make_key, verify
from leadcast.store.bulk import load_history
from leadcast.store.histories import whole_history
from leadcast.workspace import read_workspace
from serving.clock import SHIFT, shifted, wall_time
from serving.known_keys import key_store

NOW = np.datetime64("2026-11-27T12:00", "us")
DAY = np.timedelta64(1, "D")


@pytest.fixture
def opened(trained, tmp_path, monkeypatch):
    monkeypatch.delenv(URL, raising=False)
    monkeypatch.setattr("leadcast.commands.looking.now", lambda: NOW)
    (tmp_path / "leadcast.toml").write_bytes((trained.folder / "leadcast.toml").read_bytes())
    return read_workspace(tmp_path, trained.folder)


def then_of(opened):
    store = open_store(opened)
    history = whole_history(store, vocabulary_of(opened), NOW)
    store.close()
    return history


def test_without_a_store_the_files_are_read_and_cut_at_that_day(opened, trained):
    day = trained.history.end - 40 * DAY
    with past_day(opened, trained.folder, str(day)) as moment:
        then = then_of(opened)
    assert moment == day and then.leads.rows == int((trained.history.leads["created_at"] <= day).sum())
    assert (then.stages["entered_at"] <= day).all() and (then.events["occurred_at"] <= day).all()


def test_amounts_are_those_of_that_day(opened, trained):
    day = trained.history.end - 40 * DAY
    with past_day(opened, trained.folder, str(day)):
        then = then_of(opened)
    rows = trained.history.rows("opportunity", then.ids("opportunity"))
    expected = trained.history.value_at("opportunity", "amount", rows, np.full(len(rows), day))
    np.testing.assert_array_equal(then.opportunities["amount"], expected)
    assert (expected != trained.history.opportunities["amount"][rows]).any(), "no amount has changed since: nothing was tested"


def test_nothing_of_the_present_is_touched_and_nothing_is_left(opened, trained):
    store = open_store(opened)
    load_history(store, trained.history, NOW)
    store.close()
    state, registry = state_folder(opened), tracking_uri(opened)
    (state / "calls.jsonl").write_text("")
    with past_day(opened, trained.folder, "end") as moment:
        assert trained.history.end - 3 * DAY < moment <= trained.history.end
        shown = state_folder(opened)
        assert shown != state and tracking_uri(opened) == registry, "models are the present ones"
        (shown / "calls.jsonl").write_text("changed")
        past = then_of(opened).leads.rows
    assert not Path(shown).exists() and not {STATE, URL, KEYS_URL} & set(os.environ)
    assert (state / "calls.jsonl").read_text() == "" and then_of(opened).leads.rows == trained.history.leads.rows >= past


def test_the_present_keys_count_also_those_made_and_revoked_meanwhile(opened, trained):
    with past_day(opened, trained.folder, "end"):
        served, keys = open_store(opened), open_engine(os.environ[KEYS_URL])
        key, _ = make_key(keys, "manager", ["read"], NOW)
        state = SimpleNamespace(store=served, key_store=keys)
        assert verify(key_store(state), key, NOW) is not None and verify(served, key, NOW) is None
        assert key_store(SimpleNamespace(store=served)) is served
        served.close()
        keys.close()


@pytest.mark.parametrize(("as_of", "said"), [("2027-01-01", "lies ahead"), ("2001-01-01", "no lead and no deal yet"),
                                             ("yesterday", "not a time")])
def test_a_day_that_cannot_be_shown_is_said(opened, trained, as_of, said):
    with pytest.raises(LeadcastError, match=said), past_day(opened, trained.folder, as_of):
        pass


def test_the_clock_goes_on_from_there_and_keys_end_by_the_wall():
    ticks = [datetime(2026, 11, 27, tzinfo=UTC)]
    clock = shifted(lambda: ticks[0], {SHIFT: str(10 * 86_400.0)})
    assert clock() == datetime(2026, 11, 17, tzinfo=UTC)
    ticks[0] += timedelta(hours=1)
    assert clock() == datetime(2026, 11, 17, 1, tzinfo=UTC)
    state = SimpleNamespace(clock=clock, wall=lambda: ticks[0])
    assert as_utc(wall_time(state)) == np.datetime64("2026-11-27T01:00")
    assert wall_time(SimpleNamespace(clock=clock)) == clock()
