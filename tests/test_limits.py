"""A caller that is limited sees the records of some owners: named themselves, or by who their manager or region is now."""

from datetime import UTC, datetime
from types import SimpleNamespace

import numpy as np
import pytest
from fastapi import Request

from leadcast.store import tables
from serving import limits
from serving.caller import Caller, Limit
from serving.limits import owner_allowed, owners_allowed
from serving.problems import NotReady

MARCH = datetime(2026, 3, 1, tzinfo=UTC)
TEAM = """
owner  manager  region  valid_from
ann    bo       North   -
cy     bo       South   -
dee    eve      North   -
ann    eve      South   2026-03-02
"""


@pytest.fixture
def asked(store):
    """``asked(limit)``: a request of a caller with that limit, on the first of March; ``asked.clock`` moves on."""
    header, *lines = [line.split() for line in TEAM.strip().splitlines()]
    rows = [{**dict(zip(header, line, strict=True)), "owner_key": line[0] + line[3], "received_at": 0} for line in lines]
    for row in rows:
        row["valid_from"] = None if row["valid_from"] == "-" else int(np.datetime64(row["valid_from"], "us").astype(np.int64))
    with store.writing() as connection:
        connection.execute(tables.owners.insert(), rows)
    clock = [MARCH]
    state = SimpleNamespace(store=store, store_trouble="", clock=lambda: clock[0])

    def request(limit: Limit | None) -> Request:
        return Request({"type": "http", "app": SimpleNamespace(state=state), "state": {"caller": Caller("k", limit=limit)}})

    request.clock, request.state = clock, state
    return request


@pytest.mark.parametrize(("limit", "owners"), [
    (None, None),
    (Limit("owner", ("ann", "nobody")), {"ann", "nobody"}),
    (Limit("manager", ("bo",)), {"ann", "cy"}),
    (Limit("region", ("North",)), {"ann", "dee"}),
    (Limit("region", ("North", "South")), {"ann", "cy", "dee"}),
    (Limit("manager", ("nobody",)), set()),
])
def test_a_limit_is_a_set_of_owners(asked, limit, owners):
    assert owners_allowed(asked(limit)) == owners


def test_a_team_is_who_belongs_to_it_now(asked):
    asked.clock[0] = datetime(2026, 3, 2, tzinfo=UTC)
    assert owners_allowed(asked(Limit("manager", ("bo",)))) == {"cy"}
    assert owners_allowed(asked(Limit("manager", ("eve",)))) == {"ann", "dee"}


def test_who_has_left_a_team_is_forgotten_within_two_seconds(asked, monkeypatch):
    ticks = [100.0]
    monkeypatch.setattr(limits, "time", SimpleNamespace(monotonic=lambda: ticks[0]))
    request = asked(Limit("region", ("North",)))
    assert owners_allowed(request) == {"ann", "dee"}
    with asked.state.store.writing() as connection:
        connection.execute(tables.owners.update().where(tables.owners.c.owner == "dee").values(region="South"))
    ticks[0] += 2
    assert owners_allowed(request) == {"ann"}


def test_the_owners_are_not_read_for_every_request(asked, monkeypatch):
    monkeypatch.setattr(limits, "time", SimpleNamespace(monotonic=lambda: 100.0))
    request = asked(Limit("region", ("North",)))
    assert owners_allowed(request) == {"ann", "dee"}
    asked.state.store = object()
    assert owners_allowed(request) == {"ann", "dee"}


def test_a_record_without_an_owner_is_only_for_those_without_a_limit(asked):
    assert owner_allowed(asked(None), None) and owner_allowed(asked(None), "anybody")
    limited = asked(Limit("owner", ("ann",)))
    assert [owner_allowed(limited, owner) for owner in ("ann", "cy", None)] == [True, False, False]


def test_limits_are_remembered_for_a_bounded_number_of_keys(asked):
    for number in range(300):
        owners_allowed(asked(Limit("region", (f"R{number}",))))
    assert len(asked.state.teams._known) == 256


def test_without_a_store_nobody_knows_a_team(asked):
    asked.state.store, asked.state.store_trouble = None, "no store"
    with pytest.raises(NotReady, match="no store"):
        owners_allowed(asked(Limit("region", ("North",))))
    assert owners_allowed(asked(Limit("owner", ("ann",)))) == {"ann"}
