"""Keys: made once, kept as a hash, exchanged without a gap, ended for good; on both databases."""

import hmac
import json

import numpy as np
import pytest
from click.testing import CliRunner
from fixtures_trained import simulated_workspace

from leadcast.cli import main
from leadcast.commands import keys as commands
from leadcast.store import api_keys
from leadcast.store.api_keys import (
    KeyMistake,
    any_keys,
    list_keys,
    make_key,
    note_used,
    read_ring,
    revoke_key,
    rotate_key,
    verify,
)
from leadcast.store.engine import Store
from serving.caller import SCOPES

NOW = np.datetime64("2026-03-01T08:00:00", "us")
DAY = np.timedelta64(1, "D")


def test_a_key_opens_and_is_told_by_its_id(store):
    text, made = make_key(store, "crm", ["ingest", "score"], NOW)
    assert text.startswith(f"lc_{made.key_id}_") and len(text.split("_", 2)[2]) == 43
    found = verify(store, text, NOW)
    assert found is not None and (found.key_id, found.name, found.scopes) == (made.key_id, "crm", {"ingest", "score"})


def test_the_store_holds_no_secret(store):
    text, _ = make_key(store, "crm", ["read"], NOW)
    with store.reading() as connection:
        rows = [connection.exec_driver_sql(f"SELECT * FROM {table}").fetchall() for table in ("api_keys", "meta")]
        kept = repr(rows)
    assert text.split("_", 2)[2] not in kept


@pytest.mark.parametrize("change", [
    lambda text: text + "a", lambda text: text[:-1],
    lambda text: "lc_000000000000_" + text.split("_", 2)[2],
    lambda text: "xx" + text[2:], lambda text: text.split("_", 2)[2], lambda text: "", lambda text: "lc_", lambda text: "lc__",
    lambda text: text.replace("lc_", "lc_ "), lambda text: "\udfff" + text, lambda text: "ключ",
])
def test_what_is_not_the_key_opens_nothing(store, change):
    text, _ = make_key(store, "crm", ["read"], NOW)
    assert verify(store, change(text), NOW) is None


def test_an_unknown_id_is_compared_all_the_same(store, monkeypatch):
    make_key(store, "crm", ["read"], NOW)
    compared = []

    def noted(one: str, other: str) -> bool:
        compared.append((len(one), len(other)))
        return hmac.compare_digest(one, other)

    ring = read_ring(store)
    monkeypatch.setattr(api_keys, "hmac", type("spy", (), {"compare_digest": staticmethod(noted)}))
    assert ring.holder("lc_000000000000_" + "x" * 43, NOW) is None
    assert compared == [(64, 64)]


def test_a_key_ends_when_it_expires(store):
    text, _ = make_key(store, "trial", ["read"], NOW, expires_at=NOW + DAY)
    assert verify(store, text, NOW + DAY - np.timedelta64(1, "us")) is not None
    assert verify(store, text, NOW + DAY) is None


def test_a_revoked_key_is_dead(store):
    text, made = make_key(store, "crm", ["read"], NOW)
    revoke_key(store, made.key_id, NOW)
    assert verify(store, text, NOW) is None


def test_a_key_may_be_given_notice(store):
    text, _ = make_key(store, "crm", ["read"], NOW)
    revoke_key(store, "crm", NOW, at=NOW + DAY)
    assert verify(store, text, NOW) is not None and verify(store, text, NOW + DAY) is None


def test_two_keys_of_one_name_are_live_while_they_are_exchanged(store):
    first, old = make_key(store, "crm", ["ingest"], NOW, "region", ["North"], rate_per_minute=60)
    second, new, replaced = rotate_key(store, "crm", NOW + DAY)
    assert replaced.key_id == old.key_id and new.key_id != old.key_id
    assert (new.scopes, new.limit_by, new.limit_to, new.rate_per_minute) == ({"ingest"}, "region", ("North",), 60)
    assert verify(store, first, NOW + DAY) is not None and verify(store, second, NOW + DAY) is not None


def test_a_third_key_of_one_name_is_refused(store):
    _, old = make_key(store, "crm", ["ingest"], NOW)
    rotate_key(store, "crm", NOW + DAY)
    with pytest.raises(KeyMistake, match=f"Two keys named 'crm' are live already .*leadcast keys revoke {old.key_id}"):
        rotate_key(store, "crm", NOW + DAY)


def test_a_name_with_two_live_keys_does_not_say_which_to_revoke(store):
    make_key(store, "crm", ["ingest"], NOW)
    rotate_key(store, "crm", NOW + DAY)
    with pytest.raises(KeyMistake, match="Two live keys are named 'crm'"):
        revoke_key(store, "crm", NOW + DAY)


def test_a_name_is_given_once(store):
    make_key(store, "crm", ["ingest"], NOW)
    with pytest.raises(KeyMistake, match="leadcast keys rotate crm"):
        make_key(store, "crm", ["read"], NOW)


def test_an_admin_key_cannot_be_limited(store):
    with pytest.raises(KeyMistake, match="may do everything"):
        make_key(store, "boss", ["admin"], NOW, "region", ["North"])


def test_a_door_stays_closed_when_its_last_key_has_ended(store):
    assert not any_keys(store)
    make_key(store, "crm", ["read"], NOW)
    revoke_key(store, "crm", NOW)
    assert any_keys(store)


def test_it_is_remembered_when_a_key_was_last_used(store):
    _, made = make_key(store, "crm", ["read"], NOW)
    note_used(store, [made.key_id], NOW + DAY)
    assert [key.last_used_at for key in list_keys(store)] == [int((NOW + DAY).astype(np.int64))]


def test_the_secret_that_signs_sessions_is_made_once(store: Store):
    make_key(store, "one", ["read"], NOW)
    secret = read_ring(store).session_secret
    make_key(store, "two", ["read"], NOW)
    assert len(secret) == 32 and read_ring(store).session_secret == secret


def test_the_commands_know_the_same_scopes():
    assert commands.SCOPES == SCOPES


def test_the_commands_make_list_exchange_and_end_keys(tmp_path):
    folder = ["-w", str(simulated_workspace(tmp_path, 30, 5))]

    def run(*arguments: str) -> str:
        done = CliRunner().invoke(main, ["keys", *arguments, *folder])
        assert done.exit_code == 0, done.output
        return done.stdout

    limits = ("--manager", "bo", "--expires-days", "2", "--per-minute", "5")
    made = json.loads(run("add", "ann", "--scope", "read", *limits, "--json"))
    assert (made["scopes"], made["limit_by"], made["limit_to"], made["per_minute"]) == (["read"], "manager", ["bo"], 5)
    new = json.loads(run("rotate", "ann", "--json"))
    assert new["replaces"] == made["key_id"]
    run("revoke", made["key_id"])
    listed = run("list", "--json")
    assert [key["state"] for key in json.loads(listed)] == ["revoked", "live"]
    assert made["key"] not in listed and new["key"] not in listed
    assert "live" in run("list")


@pytest.mark.parametrize(("arguments", "said"), [
    (["add", "a", "--scope", "read", "--owner", "x", "--region", "y"], "write one of --owner, --manager, --region"),
    (["add", "-", "--scope", "read"], "A key's name has 1 to 64 letters"),
    (["add", "a", "--scope", "admin", "--owner", "x"], "may do everything"),
    (["revoke", "nobody"], "No live key has the id or name 'nobody'"),
    (["rotate", "nobody"], "No live key is named 'nobody'"),
])
def test_a_mistake_in_a_command_is_one_line(tmp_path, arguments, said):
    folder = simulated_workspace(tmp_path, 30, 5)
    done = CliRunner().invoke(main, ["keys", *arguments, "-w", str(folder)])
    assert done.exit_code == 2 and said in done.stderr and len(done.stderr.strip().splitlines()) == 1


def test_others_cannot_reach_a_service_without_keys(tmp_path):
    folder = simulated_workspace(tmp_path, 30, 5)
    done = CliRunner().invoke(main, ["serve", "--host", "0.0.0.0", "-w", str(folder)])
    assert done.exit_code == 2 and "There are no keys" in done.stderr
