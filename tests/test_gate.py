"""The gate in process: who is let in, what is too much, one shape for every refusal, and nothing echoed."""

import asyncio
import json
import re

import pytest
from fastapi import Request
from gated import Gated, Lines, gated, raw
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from leadcast.store import StoreFull, StoreUnavailable
from leadcast.store.api_keys import revoke_key
from serving.at_hand import caller_of
from serving.caller import ANYONE
from serving.gate_settings import GateSettings, SettingError, read_gate_settings
from serving.opening import open_up
from serving.permissions import needed
from serving.problems import MEDIA_TYPE
from serving.rates import Buckets
from serving.sizes import depth_exceeds
from serving.watch import Surroundings

JSON = {"Content-Type": "application/json"}
SHAPE = {"type", "title", "status", "detail", "code", "request_id", "errors"}


@pytest.fixture
def door(tmp_path) -> Gated:
    """The app behind its gate, with a few paths that show what reaches the routes."""
    made = gated(tmp_path)

    @made.app.get("/v1/who")
    def who(request: Request):
        caller = caller_of(request)
        return {"key_id": caller.key_id, "name": caller.name, "scopes": sorted(caller.scopes), "is_anyone": caller is ANYONE,
                "limit": None if caller.limit is None else [caller.limit.by, *caller.limit.to], "scheme": request.url.scheme}

    @made.app.post("/v1/score/echo")
    async def echo(request: Request):
        return {"bytes": len(await request.body())}

    @made.app.put("/v1/written")
    def write():
        return {}

    @made.app.get("/v1/bug/{what}")
    def bug(what: str):
        raise {"full": StoreFull, "gone": StoreUnavailable}.get(what, ValueError)(f"about {what}")

    return made


def refused(answer, status: int, code: str) -> dict:
    assert (answer.status_code, answer.headers["content-type"]) == (status, MEDIA_TYPE)
    problem = answer.json()
    assert set(problem) == SHAPE and (problem["status"], problem["code"]) == (status, code)
    assert problem["request_id"] == answer.headers["x-request-id"]
    return problem


# ---- who asks -------------------------------------------------------------------------------------------------------


def test_without_keys_this_machine_may_do_everything(door):
    assert door.ask("GET", "/v1/who").json()["is_anyone"]


@pytest.mark.parametrize("base", ["http://10.0.0.5", "http://evil.example", "http://[fe80::1]"])
def test_without_keys_nobody_else_may_do_anything(door, base):
    refused(door.ask("GET", "/v1/who", base=base), 403, "keys_needed")


def test_without_keys_a_name_that_was_made_to_point_here_is_refused(door):
    refused(door.ask("GET", "/v1/who", headers={"Host": "evil.example"}), 403, "keys_needed")


def test_without_keys_a_page_of_another_site_cannot_change_anything(door):
    refused(door.ask("PUT", "/v1/written", headers={"Sec-Fetch-Site": "cross-site"}), 403, "other_site")
    assert door.ask("PUT", "/v1/written", headers={"Sec-Fetch-Site": "same-origin"}).status_code == 200


def test_a_service_that_others_reach_is_not_ready_without_keys(door):
    door.app.state.desk, door.app.state.bound = object(), "0.0.0.0"
    assert "There are no keys" in refused(door.ask("GET", "/readyz"), 503, "not_ready")["detail"]
    refused(door.ask("GET", "/v1/who"), 403, "keys_needed")
    door.key("read")
    assert door.ask("GET", "/readyz").status_code == 200


@pytest.mark.parametrize("header", ["Authorization", "X-API-Key"])
def test_a_key_lets_its_holder_in(door, header):
    text, made = door.key("read", "score", name="crm", limit_by="region", limit_to=["North"])
    sent = f"Bearer {text}" if header == "Authorization" else text
    assert door.ask("GET", "/v1/who", headers={header: sent}).json() == {
        "key_id": made.key_id, "name": "crm", "scopes": ["read", "score"], "is_anyone": False, "limit": ["region", "North"],
        "scheme": "http"}


def test_admin_may_do_everything(door):
    text, _ = door.key("admin")
    answer = door.ask("GET", "/v1/who", headers={"X-API-Key": text})
    assert answer.json()["scopes"] == ["admin", "ingest", "read", "score"]


@pytest.mark.parametrize("path", ["/v1/who", "/v1/workspace", "/docs", "/openapi.json", "/metrics", "/nothing", "/v1/models/x"])
def test_with_keys_every_path_asks_for_one_even_where_nothing_is(door, path):
    door.key("read")
    assert refused(door.ask("GET", path), 401, "key_needed") and door.ask("GET", path).headers["www-authenticate"] == "Bearer"


def test_health_is_open(door):
    door.key("read")
    assert door.ask("GET", "/livez").status_code == 200
    refused(door.ask("GET", "/readyz"), 503, "not_ready")


def test_a_wrong_key_is_refused_and_too_many_are_not_answered(door):
    text, _ = door.key("read")
    for _ in range(10):
        refused(door.ask("GET", "/v1/who", headers={"X-API-Key": text + "x"}), 401, "wrong_key")
    answer = door.ask("GET", "/v1/who", headers={"X-API-Key": text + "x"})
    refused(answer, 429, "too_many")
    assert answer.headers["retry-after"] == "6"
    assert door.ask("GET", "/v1/who", headers={"X-API-Key": text}).status_code == 200
    door.pass_seconds(6)
    refused(door.ask("GET", "/v1/who", headers={"X-API-Key": text + "x"}), 401, "wrong_key")


def test_a_revoked_key_is_refused_within_two_seconds(door):
    text, made = door.key("read")
    assert door.ask("GET", "/v1/who", headers={"X-API-Key": text}).status_code == 200
    revoke_key(door.store, made.key_id, door.now)
    door.pass_seconds(2)
    refused(door.ask("GET", "/v1/who", headers={"X-API-Key": text}), 401, "wrong_key")


def test_the_door_does_not_open_when_the_last_key_has_ended(door):
    _, made = door.key("read")
    revoke_key(door.store, made.key_id, door.now)
    door.pass_seconds(2)
    refused(door.ask("GET", "/v1/who"), 401, "key_needed")


def test_known_keys_outlive_a_dead_store_for_a_minute(door, monkeypatch):
    text, _ = door.key("read")
    assert door.ask("GET", "/v1/who", headers={"X-API-Key": text}).status_code == 200
    monkeypatch.setattr("serving.known_keys.read_ring", _dead)
    door.pass_seconds(59)
    assert door.ask("GET", "/v1/who", headers={"X-API-Key": text}).status_code == 200
    door.pass_seconds(2)
    answer = door.ask("GET", "/v1/who", headers={"X-API-Key": text})
    assert refused(answer, 503, "store_unavailable") and answer.headers["retry-after"] == "5"


def test_nobody_is_let_in_before_the_keys_are_known(door, monkeypatch):
    monkeypatch.setattr("serving.known_keys.read_ring", _dead)
    refused(door.ask("GET", "/v1/who"), 503, "store_unavailable")
    door.app.state.store, door.app.state.store_trouble = None, "no store"
    assert refused(door.ask("GET", "/v1/who"), 503, "not_ready")["detail"] == "no store"
    refused(door.ask("GET", "/readyz"), 503, "not_ready")


def _dead(store):
    raise StoreUnavailable("The store postgresql://secret-host does not answer")


@pytest.mark.parametrize(("scope", "asks"), [
    ("score", [("POST", "/v1/score/leads"), ("POST", "/v1/jobs/score"), ("GET", "/v1/jobs/1/file")]),
    ("ingest", [("PUT", "/v1/leads"), ("PUT", "/v1/field-history"), ("POST", "/v1/calls")]),
    ("read", [("GET", "/"), ("GET", "/docs"), ("GET", "/metrics"), ("GET", "/v1/leads/1"), ("POST", "/v1/forecast"),
              ("POST", "/v1/scenarios"), ("HEAD", "/v1/leads"), ("GET", "/nothing")]),
    ("admin", [("DELETE", "/v1/leads/1"), ("GET", "/v1/keys"), ("POST", "/v1/keys"), ("POST", "/nothing"), ("PUT", "/x"),
               ("PATCH", "/v1/leads/1"), ("BREW", "/v1/leads"), ("POST", "/v1/score-all"), ("POST", "/v1/scorex")]),
])
def test_what_each_scope_opens(scope, asks):
    assert {needed(method, path) for method, path in asks} == {scope}


def test_a_scope_that_is_missing_is_named(door):
    text, _ = door.key("ingest")
    assert refused(door.ask("GET", "/v1/who", headers={"X-API-Key": text}), 403, "scope_needed")["detail"].endswith("scope read.")


# ---- the page's session ---------------------------------------------------------------------------------------------


def signed_in(door: Gated, *scopes: str, **more) -> tuple[str, str]:
    """(the cookie, the key's id)."""
    text, made = door.key(*scopes)
    answer = door.ask("POST", "/v1/session", json={"key": text}, **more)
    assert answer.status_code == 204, answer.text
    return answer.headers["set-cookie"], made.key_id


def test_a_key_is_exchanged_for_a_cookie_that_scripts_cannot_read(door):
    cookie, key_id = signed_in(door, "read")
    assert {"HttpOnly", "SameSite=strict", "Path=/", "Max-Age=43200"} <= set(cookie.split("; ")) and "Secure" not in cookie
    answer = door.ask("GET", "/v1/who", headers={"Cookie": cookie.split(";")[0]})
    assert answer.json()["key_id"] == key_id


def test_the_cookie_is_secure_behind_a_proxy_that_is_believed(tmp_path):
    door = gated(tmp_path, GateSettings(proxies=read_gate_settings({"LEADCAST_TRUSTED_PROXY": "10.0.0.1"}).proxies))
    assert "Secure" in signed_in(door, "read", client=("10.0.0.1", 5), headers={"X-Forwarded-Proto": "https"})[0]
    door.pass_seconds(1)
    assert "Secure" not in signed_in(door, "read", client=("10.0.0.2", 5), headers={"X-Forwarded-Proto": "https"})[0]


def test_a_session_ends_after_twelve_hours_and_with_its_key(door):
    cookie, key_id = signed_in(door, "read")
    headers = {"Cookie": cookie.split(";")[0]}
    door.pass_seconds(12 * 3600 - 10)
    assert door.ask("GET", "/v1/who", headers=headers).status_code == 200
    door.pass_seconds(10)
    refused(door.ask("GET", "/v1/who", headers=headers), 401, "key_needed")
    cookie, key_id = signed_in(door, "read")
    revoke_key(door.store, key_id, door.now)
    door.pass_seconds(2)
    refused(door.ask("GET", "/v1/who", headers={"Cookie": cookie.split(";")[0]}), 401, "key_needed")


def test_a_cookie_that_was_changed_is_nobodys(door):
    cookie, _ = signed_in(door, "read")
    other, _ = door.key("admin")
    value = cookie.split(";")[0]
    key, until, signature = value.removeprefix("leadcast_session=").split(".")
    another = other.split("_")[1]
    for forged in (f"{key}.{int(until) + 1}.{signature}", f"{another}.{until}.{signature}", f"{key}.{until}.", "a", "..", ""):
        refused(door.ask("GET", "/v1/who", headers={"Cookie": f"leadcast_session={forged}"}), 401, "key_needed")


def test_a_session_changes_something_only_when_our_page_asks(door):
    cookie, _ = signed_in(door, "ingest")
    headers = {"Cookie": cookie.split(";")[0]}
    refused(door.ask("PUT", "/v1/written", headers=headers), 403, "header_needed")
    ours = {**headers, "X-Requested-With": "leadcast"}
    assert door.ask("PUT", "/v1/written", headers=ours).status_code == 200
    refused(door.ask("PUT", "/v1/written", headers={**ours, "Sec-Fetch-Site": "cross-site"}), 403, "other_site")


def test_too_many_wrong_keys_at_the_sign_in_are_not_looked_at(door):
    text, _ = door.key("read")
    for _ in range(10):
        refused(door.ask("POST", "/v1/session", json={"key": text + "x"}), 401, "wrong_key")
    refused(door.ask("POST", "/v1/session", json={"key": text}), 429, "too_many")
    assert door.ask("POST", "/v1/session", json={"key": text}, client=("127.0.0.2", 5)).status_code == 204


def test_signing_out_forgets_the_cookie(door):
    cookie = door.ask("DELETE", "/v1/session").headers["set-cookie"]
    assert 'leadcast_session=""; HttpOnly; Max-Age=0' in re.sub("expires=[^;]*; ", "", cookie)


def test_a_proxy_that_is_believed_names_the_reader(tmp_path, door):
    settings = read_gate_settings({"LEADCAST_TRUSTED_PROXY": "10.0.0.0/24", "LEADCAST_TRUSTED_PROXY_HEADER": "X-Forwarded-User"})
    door.app.state.gate_settings = settings
    user = {"X-Forwarded-User": "ann"}
    answer = door.ask("GET", "/v1/who", client=("10.0.0.7", 5), headers=user)
    assert (answer.json()["key_id"], answer.json()["name"], answer.json()["scopes"]) == ("proxy", "ann", ["read"])
    refused(door.ask("PUT", "/v1/written", client=("10.0.0.7", 5), headers={**user, "X-Requested-With": "leadcast"}), 403,
            "scope_needed")
    refused(door.ask("GET", "/v1/who", client=("10.0.1.7", 5), headers=user), 401, "key_needed")
    refused(door.ask("GET", "/v1/who", client=("10.0.0.7", 5)), 401, "key_needed")


# ---- how much -------------------------------------------------------------------------------------------------------


def test_a_key_is_slowed_down_and_told_when_to_come_again(door):
    text, _ = door.key("read", rate_per_minute=2)
    other, _ = door.key("read", name="other")
    asked = [door.ask("GET", "/v1/who", headers={"X-API-Key": text}) for _ in range(3)]
    assert [answer.status_code for answer in asked] == [200, 200, 429]
    assert refused(asked[2], 429, "too_many") and asked[2].headers["retry-after"] == "30"
    assert door.ask("GET", "/v1/who", headers={"X-API-Key": other}).status_code == 200
    door.pass_seconds(30)
    assert door.ask("GET", "/v1/who", headers={"X-API-Key": text}).status_code == 200


def test_workers_share_a_limit(tmp_path):
    door = gated(tmp_path, GateSettings(per_minute_without_keys=4, workers=2))
    assert [door.ask("GET", "/v1/who").status_code for _ in range(3)] == [404, 404, 429]


def test_ten_thousand_addresses_take_no_more_room_than_a_few():
    buckets = Buckets(most=100, ticks=lambda: 0.0)
    for number in range(10_000):
        buckets.take(f"address {number}", 10)
    assert len(buckets) == 100


def test_an_ipv6_network_is_one_asker(door):
    door.app.state.gate_settings = GateSettings(per_minute_without_keys=1)
    assert door.ask("GET", "/v1/who", client=("2001:db8::1", 5)).status_code == 200
    refused(door.ask("GET", "/v1/who", client=("2001:db8::2", 5)), 429, "too_many")
    assert door.ask("GET", "/v1/who", client=("2001:db8:1::1", 5)).status_code == 200


def test_a_body_may_be_as_large_as_the_limit_and_not_a_byte_more(door):
    door.app.state.gate_settings = GateSettings(most_bytes=100)
    fits, over = (json.dumps("x" * (size - 2)).encode() for size in (100, 101))
    assert door.ask("POST", "/v1/score/echo", content=fits, headers=JSON).json() == {"bytes": 100}
    refused(door.ask("POST", "/v1/score/echo", content=over, headers=JSON), 413, "too_large")


def test_a_body_in_pieces_is_counted_as_it_comes(door):
    door.app.state.gate_settings = GateSettings(most_bytes=100)

    async def pieces():
        for _ in range(1000):
            yield b" " * 50

    refused(door.ask("POST", "/v1/score/echo", content=pieces(), headers=JSON), 413, "too_large")


def test_a_body_that_says_it_is_huge_is_not_read(door):
    asked = []
    sent = raw(door.gate, [lambda: asked.append(1)], method="POST", path="/v1/score/echo", headers=[
        (b"host", b"127.0.0.1"), (b"content-type", b"application/json"), (b"content-length", b"999999999999")])
    assert sent[0]["status"] == 413 and (b"connection", b"close") in sent[0]["headers"] and not asked


def test_a_body_that_does_not_come_is_not_waited_for(door):
    door.app.state.gate_settings = GateSettings(body_seconds=0.05)
    parts = [lambda: {"type": "http.request", "body": b"[", "more_body": True}, lambda: asyncio.sleep(60)]
    sent = raw(door.gate, parts, method="POST", path="/v1/score/echo", headers=[
        (b"host", b"127.0.0.1"), (b"content-type", b"application/json"), (b"content-length", b"3")])
    assert sent[0]["status"] == 408 and json.loads(sent[1]["body"])["code"] == "too_slow"


def test_a_client_that_leaves_gets_no_answer_and_a_line_in_the_log(door):
    with Lines() as lines:
        sent = raw(door.gate, [lambda: {"type": "http.disconnect"}], method="POST", path="/v1/score/echo", headers=[
            (b"host", b"127.0.0.1"), (b"content-type", b"application/json"), (b"content-length", b"3")])
    assert not sent and [line["status"] for line in lines.of("leadcast.access")] == [499]


@pytest.mark.parametrize("headers", [{"Content-Type": "text/plain"}, {"Content-Type": "application/x-www-form-urlencoded"}, {},
                                     {"Content-Type": "application/jsonx"}, {**JSON, "Content-Encoding": "gzip"}])
def test_a_body_that_is_not_plain_json_is_refused(door, headers):
    assert door.ask("POST", "/v1/score/echo", content=b"{}", headers=headers).status_code == 415


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "APPLICATION/JSON", "application/problem+json"])
def test_json_may_be_called_by_its_names(door, kind):
    assert door.ask("POST", "/v1/score/echo", content=b"{}", headers={"Content-Type": kind}).status_code == 200


def test_deep_json_is_refused_before_it_is_parsed(door):
    for body in (b"[" * 101, b'{"a":' * 100_000, b"[" * 100 + b"{}" + b"]" * 100):
        refused(door.ask("POST", "/v1/score/echo", content=body, headers=JSON), 422, "too_deep")
    fits = b"[" * 100 + b"]" * 100
    assert door.ask("POST", "/v1/score/echo", content=fits, headers=JSON).status_code == 200


@given(some.recursive(some.text() | some.integers() | some.none(),
                      lambda inside: some.lists(inside, max_size=3) | some.dictionaries(some.text(), inside, max_size=3)))
@settings(deadline=None)
def test_depth_is_that_of_the_parsed_json(value):
    depth = _depth(value)
    for ascii_only in (True, False):
        body = json.dumps(value, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
        assert not depth_exceeds(body, depth)
        assert depth == 0 or depth_exceeds(body, depth - 1)


def _depth(value) -> int:
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inside is None else 1 + max(map(_depth, inside), default=0)


@given(some.text(alphabet='["\\]{}a', max_size=60))
@settings(deadline=None)
def test_broken_json_is_counted_without_harm(text):
    depth_exceeds(text.encode(), 1)


# ---- one shape, nothing echoed --------------------------------------------------------------------------------------


def test_every_refusal_has_the_one_shape(door):
    refused(door.ask("GET", "/nothing"), 404, "no_such_path")
    refused(door.ask("POST", "/v1/who"), 405, "method_not_allowed")
    refused(door.ask("GET", "/v1/who/"), 404, "no_such_path")
    refused(door.ask("GET", "/v1/bug/full"), 507, "store_full")
    refused(door.ask("GET", "/" + "x" * 9000), 414, "too_long")
    answer = door.ask("GET", "/v1/bug/gone")
    assert refused(answer, 503, "store_unavailable") and answer.headers["retry-after"] == "5"


def test_a_bug_says_nothing_to_the_client_and_where_it_was_to_the_log(door):
    with Lines() as lines:
        problem = refused(door.ask("GET", "/v1/bug/4f1c"), 500, "unexpected")
    (line,) = lines.of("leadcast.service")
    assert "builtins.ValueError at " in line["stack"] and "test_gate.py" in line["stack"] and "4f1c" not in json.dumps(line)
    assert line["request_id"] == problem["request_id"]


def test_a_request_id_is_taken_over_where_it_is_harmless(door):
    assert door.ask("GET", "/livez", headers={"X-Request-ID": "crm-2026.03_17"}).headers["x-request-id"] == "crm-2026.03_17"
    for odd in ("short", "x" * 65, "with space 1", "evil\"}{<b>1234", "ключ-ключ".encode()):
        assert re.fullmatch("[0-9a-f]{32}", door.ask("GET", "/livez", headers={"X-Request-ID": odd}).headers["x-request-id"])


def test_every_answer_has_the_headers_of_a_careful_service(door):
    for path in ("/livez", "/v1/who", "/nothing"):
        headers = door.ask("GET", path).headers
        assert (headers["x-content-type-options"], headers["referrer-policy"]) == ("nosniff", "no-referrer")
        assert headers.get("cache-control") == ("no-store" if path.startswith("/v1") else None)


def test_a_line_of_the_log_tells_what_was_asked_by_whom_and_nothing_else(door):
    text, made = door.key("read")
    with Lines() as lines:
        answer = door.ask("GET", "/v1/bug/full?email=a@b.c", headers={"X-API-Key": text})
    (line,) = lines.of("leadcast.access")
    assert {name: line[name] for name in line if name not in ("time", "ms", "bytes_out")} == {
        "level": "info", "logger": "leadcast.access", "request_id": answer.headers["x-request-id"], "method": "GET",
        "route": "/v1/bug/{what}", "status": 507, "caller": made.key_id, "bytes_in": 0}
    assert line["bytes_out"] == len(answer.content) and re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line["time"])


def test_addresses_are_logged_only_where_that_is_asked_for(door):
    door.app.state.gate_settings = GateSettings(log_addresses=True)
    with Lines() as lines:
        door.ask("GET", "/livez", client=("192.0.2.7", 5))
    assert lines.of("leadcast.access")[0]["address"] == "192.0.2.7"


PLACES = ("path", "query", "header", "request id", "key", "bearer", "cookie", "user", "body", "broken body", "items", "method",
          "sign in", "host", "content type")


@given(some.sampled_from(PLACES), some.booleans(), some.uuids(version=4))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nothing_of_a_request_comes_back_or_reaches_the_log(door, place, with_keys, number):
    mark = f"mark+{number.hex}"
    if with_keys and not door.headers:
        door.headers = {"X-API-Key": door.key("admin")[0]}
    paths = ["/v1/models", "/nothing", "/v1/score/leads", "/v1/bug/full", f"/v1/ledger/{mark}", f"/v1/bug/{mark}",
             f"/v1/leads/{mark}"]
    with Lines() as lines:
        for path in paths:
            method, more = _asked(place, mark, path)
            answer = door.ask(method, more.pop("path", path), **more)
            told = answer.text + str(answer.headers)
            assert number.hex not in told.lower(), (place, path, answer.status_code, told)
    assert number.hex not in "\n".join(lines.texts).lower(), (place, lines.texts)


def _asked(place: str, mark: str, path: str) -> tuple[str, dict]:
    """(method, the rest of a request) with a mark somewhere."""
    headers = {"header": dict.fromkeys(("X-Odd", "Referer", "User-Agent", "Origin"), mark), "request id": {"X-Request-ID": mark},
               "key": {"X-API-Key": mark}, "bearer": {"Authorization": f"Bearer {mark}"},
               "cookie": {"Cookie": f"leadcast_session={mark}"},
               "user": {"X-Forwarded-User": mark, "X-Forwarded-For": mark}, "host": {"Host": mark},
               "content type": {"Content-Type": f"text/{mark}"}}
    if place in headers:
        content = {"content": b"1"} if place == "content type" else {}
        return ("POST" if content else "GET"), {"headers": headers[place], **content}
    bodies = {"body": {"records": [{"leads": [{"x": mark}]}], "as_of": mark}, "items": {"items": [mark, {"lead_id": mark}]}}
    if place in bodies:
        return "POST", {"json": bodies[place]}
    return {"path": ("GET", {"path": f"{path}/{mark}"}), "query": ("GET", {"params": {"q": mark, "limit": mark, "cursor": mark}}),
            "broken body": ("POST", {"content": f'{{"a": "{mark}'.encode(), "headers": JSON}), "method": (mark.upper(), {}),
            "sign in": ("POST", {"path": "/v1/session", "json": {"key": mark}})}[place]


# ---- settings -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("environ", "said"), [
    ({"LEADCAST_MOST_BYTES": "8M"}, "LEADCAST_MOST_BYTES is '8M': write a whole number, 1,024 or more"),
    ({"LEADCAST_MOST_BYTES": "-1"}, "LEADCAST_MOST_BYTES"), ({"LEADCAST_PER_MINUTE": "²"}, "LEADCAST_PER_MINUTE"),
    ({"LEADCAST_TRUSTED_PROXY": "nginx"}, "LEADCAST_TRUSTED_PROXY: 'nginx' does not appear to be"),
    ({"LEADCAST_TRUSTED_PROXY_HEADER": "X-User"}, "LEADCAST_TRUSTED_PROXY does not say whose header to believe"),
])
def test_a_setting_that_cannot_be_used_is_named(environ, said):
    with pytest.raises(SettingError, match=re.escape(said)):
        read_gate_settings(environ)


def test_a_worker_whose_settings_cannot_be_used_keeps_the_door_shut(tmp_path):
    shut = gated(tmp_path)
    shut.store.close()
    shut.app.state.store = None
    open_up(shut.app.state, Surroundings(tmp_path), {"LEADCAST_MOST_BYTES": "8M"})
    for path in ("/readyz", "/v1/models"):
        problem = refused(shut.ask("GET", path), 503, "not_ready")
        assert "LEADCAST_MOST_BYTES" in problem["detail"]


def test_settings_come_from_the_environment():
    read = read_gate_settings({"LEADCAST_MOST_BYTES": "2048", "LEADCAST_PER_MINUTE": "0", "LEADCAST_WORKERS": "2"})
    assert (read.most_bytes, read.per_minute, read.per_minute_without_keys, read.share(10)) == (2048, 0, 0, 5.0)
    assert read_gate_settings({}) == GateSettings()
