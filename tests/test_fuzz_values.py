"""Numbers, texts, times and bytes that nobody would send in good faith: refused with a path, or kept as they are."""

import json
import math
import random
from datetime import UTC, datetime
from urllib.parse import quote

import pytest
from fixtures_store import own_database
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from whole_api import whole_api

OFTEN = settings(max_examples=80, deadline=None, derandomize=True, database=None,
                 suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
NUMBERS = [
    "NaN", "Infinity", "-Infinity", "1e308", "-1e308", "1.7976931348623157e308", "1e309", "-1e999", "5e-324", "-0.0",
    "1e-999", "9223372036854775807", "9223372036854775808", "-9223372036854775809", "18446744073709551616", "1" + "0" * 400,
    "1" * 5000, "true", "null", '"1e308"', '"NaN"', '"inf"', '"-1e999"', '""', '"\u0663"', '"1_000"', "[]", "{}"
]
"""As JSON has them, or would not have them."""
HERE, IN_JUNE = "here", "2026-06-01T00:00:00Z"
CREATED = {"LeadId": "N2", "CreatedDate": "2026-06-01 10:00:00", "ContactId": "C2"}


def put(kind, **item):
    return "PUT", f"/v1/{kind}", json.dumps({"items": [item]}).replace('"here"', "%s")


def score(**tables):
    return "POST", "/v1/score/leads", json.dumps({"records": [{"leads": CREATED, **tables}]}).replace('"here"', "%s")


SLOTS = {
    "lead's order": put("leads", lead_id="N1", order=HERE),
    "lead's attribute": put("leads", lead_id="N1", attributes={"employees": HERE}),
    "lead's flag": put("leads", lead_id="N1", attributes={"newsletter": HERE}),
    "deal's amount": put("opportunities", opportunity_id="N1", amount=HERE),
    "deal's margin": put("opportunities", opportunity_id="N1", margin=HERE),
    "deal's order": put("opportunities", opportunity_id="N1", order=HERE),
    "deal's attribute": put("opportunities", opportunity_id="N1", attributes={"discount": HERE}),
    "event's value": put("events", lead_id="N1", type="call", occurred_at=IN_JUNE, value=HERE),
    "event's sequence": put("events", lead_id="N1", type="mail", occurred_at=IN_JUNE, sequence=HERE),
    "field's value": put("field-history", entity="opportunity", entity_id="N1", field="amount", changed_at=IN_JUNE, value=HERE),
    "contact's attribute": put("contacts", contact_id="N1", attributes={"employees": HERE}),
    "quota's amount": put("quotas", owner="u01", period="2026-Q3", amount=HERE),
    "record's number": score(contacts={"ContactId": "C2", "AccountId": "A2"}, accounts={"AccountId": "A2", "Employees": HERE}),
    "record's moment": score(sessions=[{"SessionId": "s", "ContactId": "C2", "StartedAt": HERE}]),
    "record's count": score(sessions=[{"SessionId": "s", "ContactId": "C2", "StartedAt": 1780300000000, "Pages": HERE,
                                       "PricingPage": HERE}]),
    "call's amount": ("POST", "/v1/calls", '{"period": "2026-Q3", "who": "Mia", "amount": %s}'),
    "forecast's quota": ("POST", "/v1/forecast", '{"period": "2026-Q3", "quota": %s}'),
}
"""Where a number may stand."""
INCOMPRESSIBLE = "".join(chr(code) for code in random.Random(1).sample(range(0x4e00, 0x9fa0), 1000))
LONGEST = INCOMPRESSIBLE[:666]
"""PostgreSQL's indexes hold 2,704 bytes of what it cannot compress."""
TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=40),
    st.sampled_from([
        "\u202eevil\u202c", "\u05e9\u05dc\u05d5\u05dd", "\u0645\u0631\u062d\u0628\u0627", "e\u0301", "\xe9", "\u2028",
        "\ufeffx", "\uffff", LONGEST, "\U0001f468\u200d\U0001f469\u200d\U0001f467", "\U0001f600" * 500, "x" * 1000, "=1+1",
        "@SUM(A1)", "<script>alert(1)</script>", "'; DROP TABLE leads;--", "%_\\", "a/b/../c", "//", "a?b#c", "a%2Fb", "%00",
        "NaN", "null", "a\nb", "\x7f\x01"]),
).filter(lambda text: text == text.strip())
TIMES = [
    "2026-06-01T08:00:00Z", "2026-06-01T08:00:00+14:00", "2026-06-01T08:00:00-23:59", "2026-06-01T08:00:00.123456Z",
    "2026-06-01T08:00:00.123456789Z", "2026-06-01 08:00:00+00:00", "20260601T080000Z", "2026-W23-1T00:00:00Z",
    "2024-02-29T12:00:00Z", "2026-06-01T08:00:00", "2026-06-01", "2026-02-30T00:00:00Z", "2025-02-29T00:00:00Z",
    "2016-12-31T23:59:60Z", "2026-06-01T24:00:00Z", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59-23:59",
    "0001-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "10000-01-01T00:00:00Z", "1969-12-31T23:59:59Z",
    "2199-12-31T23:59:59Z", "2200-01-01T00:00:00Z", "2027-01-01T00:00:00Z", "2026-06-01T08:00:00+25:00",
    "\u0662\u0660\u0662\u0666-06-01T00:00:00Z", "", " ", "now", "1780300000", "NaT", "2" * 100_000, 1780300000, 1.5, True,
    None, [], {}
]
"""Offsets, leap days and seconds, the ends of the calendar, the future, and what is no time at all."""
ASKED_OF_ALL = [("POST", "/v1/forecast", '{"period": "2026-Q3", "weeks": 2, "by": "owner"}'), ("GET", "/v1/funnel", None),
                ("POST", "/v1/scenarios", '{"period": "2026-Q3", "drop": ["N1"]}'), ("GET", "/v1/queue", None),
                ("GET", "/v1/queue?target=win", None)]


@pytest.fixture(scope="module")
def api(trained, tmp_path_factory):
    folder = tmp_path_factory.mktemp("fuzzed")
    with whole_api(trained, folder / "workspace", f"sqlite:///{folder / 'store.db'}") as found:
        found.told("PUT", "/v1/leads", '{"items": [{"lead_id": "N1", "created_at": "2026-05-01T00:00:00Z"}]}')
        found.told("PUT", "/v1/opportunities", '{"items": [{"opportunity_id": "N1", "created_at": "2026-05-01T00:00:00Z"}]}')
        yield found


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def either(request, trained, tmp_path_factory):
    """The API on both databases, since they hold texts differently."""
    folder = tmp_path_factory.mktemp("texts")
    if request.param == "sqlite":
        with whole_api(trained, folder / "workspace", f"sqlite:///{folder / 'store.db'}") as found:
            yield found
    else:
        server = request.getfixturevalue("postgres_url")
        with own_database(server) as address, whole_api(trained, folder / "workspace", address) as found:
            yield found


def check_scores(status, said):
    """Every score of an answer is a probability, also where numbers in it are odd."""
    scores = [score for result in said.get("results", []) for score in result.get("scores", [])]
    assert all(0 <= score["probability"] <= 1 and math.isfinite(score["log_odds"]) for score in scores)


def look(api):
    """Read and score what was written."""
    for entity in ("leads", "opportunities"):
        status, said = api.told("POST", f"/v1/score/{entity}", '{"ids": ["N1"]}')
        assert status == 200 and said["results"][0]["scores"]
        check_scores(status, said)
        assert api.told("GET", f"/v1/{entity}/N1")[0] == 200
        assert api.told("GET", f"/v1/{entity}?q=N1")[0] == 200


def check_paths(status, said):
    """Who is refused learns where."""
    if status == 422:
        assert said["errors"] and all(error["path"] and error["message"] for error in said["errors"]), said
    for result in said.get("results", []):
        if result.get("status") == "rejected":
            assert all(error["path"].startswith("items[0]") for error in result["errors"]) and result["errors"]


@pytest.mark.parametrize("slot", SLOTS)
def test_hostile_numbers_are_refused_or_lead_to_a_probability(api, slot):
    method, path, body = SLOTS[slot]
    for number in NUMBERS:
        status, said = api.told(method, path, body.replace("%s", number))
        check_paths(status, said)
        check_scores(status, said)
        if method == "PUT" and status == 200 and said["rejected"] == 0:
            look(api)


@pytest.mark.parametrize("amount", ["1e15", "-1e15", "5e-324", "999999999999999.9"])
def test_amounts_at_the_edge_can_be_forecast_and_queued(api, amount):
    status, said = api.told("PUT", "/v1/opportunities", SLOTS["deal's amount"][2] % amount)
    assert status == 200 and said["rejected"] == 0
    for asked in ASKED_OF_ALL:
        assert api.told(*asked)[0] == 200
    assert api.told("PUT", "/v1/opportunities", SLOTS["deal's amount"][2] % "100")[0] == 200


@pytest.mark.parametrize("amount", ["1.001e15", "-1e16", "1e308", "9223372036854775808"])
@pytest.mark.parametrize(("slot", "path"), [
    ("deal's amount", "amount"), ("deal's margin", "margin"), ("quota's amount", "amount"), ("field's value", "value")])
def test_an_amount_that_would_drown_all_others_is_rejected(api, slot, path, amount):
    status, said = api.told(*SLOTS[slot][:2], SLOTS[slot][2] % amount)
    assert status == 200 and [error["path"] for error in said["results"][0]["errors"]] == [f"items[0].{path}"]


@pytest.mark.parametrize("number", [0.1, -0.0, 5e-324, 1.7976931348623157e308, 2.0**63, -1e300])
def test_a_number_that_is_taken_comes_back_to_the_last_bit(api, number):
    status, said = api.told("PUT", "/v1/opportunities", json.dumps({"items": [
        {"opportunity_id": "exact", "margin": number % 1e15, "attributes": {"discount": number}}]}))
    assert status == 200 and said["rejected"] == 0
    _, deal = api.told("GET", "/v1/opportunities/exact")
    assert (deal["margin"], deal["attributes"]["discount"]) == (number % 1e15, number)


def test_texts_come_back_as_they_were_sent(either):
    @OFTEN
    @given(TEXTS, TEXTS, TEXTS)
    def ask(one, owner, industry):
        sent = {"lead_id": one, "owner": owner, "attributes": {"industry": industry}}
        status, said = either.told("PUT", "/v1/leads", json.dumps({"items": [sent]}))
        assert status == 200 and said["results"][0]["id"] == one
        if max(len(quote(text, safe="")) for text in (one, owner)) > 3_000:  # too long for an address
            return
        listed = either.told("GET", f"/v1/leads?q={quote(one, safe='')}&owner={quote(owner, safe='')}&limit=500")[1]["items"]
        [lead] = [item for item in listed if item["lead_id"] == one]
        assert (lead["owner"], lead["attributes"]["industry"]) == (owner, industry)
        if not set(one.split("/")) & {".", ".."}:  # clients take dots out of paths
            status, found = either.told("GET", "/v1/leads/" + quote(one, safe=""))
            assert (status, found["lead_id"]) == (200, one)

    ask()


@pytest.mark.parametrize("text", ["a\\u0000b", "\\ud800", "\\udfff\\ud800", "x" * 1001, "x" * 1_000_000])
@pytest.mark.parametrize(("path", "body"), [
    ("/v1/leads", '{"items": [{"lead_id": "%s"}]}'),
    ("/v1/leads", '{"items": [{"lead_id": "T1", "owner": "%s"}]}'),
    ("/v1/leads", '{"items": [{"lead_id": "T1", "attributes": {"industry": "%s"}}]}'),
    ("/v1/leads", '{"items": [{"lead_id": "T1", "attributes": {"%s": 1}}]}'),
    ("/v1/leads", '{"items": [{"lead_id": "T1", "%s": 1}]}'),
    ("/v1/events", '{"items": [{"lead_id": "T1", "type": "%s", "occurred_at": "2026-06-01T00:00:00Z"}]}'),
    ("/v1/field-history", '{"items": [{"entity": "lead", "entity_id": "T1", "field": "industry", "value": "%s", '
                          '"changed_at": "2026-06-01T00:00:00Z"}]}'),
    ("/v1/quotas", '{"items": [{"owner": "%s", "period": "2026-Q1", "amount": 1}]}'),
    ("/v1/score/leads", '{"ids": ["%s"]}'),
    ("/v1/jobs/score", '{"entity": "lead", "filters": {"owners": ["%s"]}}'),
    ("/v1/calls", '{"period": "2026-Q3", "amount": 1, "who": "%s"}'),
    ("/v1/forecast", '{"period": "%s"}'),
])
def test_texts_that_a_database_cannot_hold_are_refused_with_their_path(api, path, body, text):
    method = "PUT" if body.startswith('{"items"') else "POST"
    status, said = api.told(method, path, body % text)
    assert status == 422 and said["errors"] and len(json.dumps(said)) < 2_000
    check_paths(status, said)


@pytest.mark.parametrize(("path", "body"), [
    ("/v1/leads", '{"items": [{"lead_id": "%s"}]}'), ("/v1/leads", '{"items": [{"lead_id": "T1", "owner": "%s"}]}'),
    ("/v1/score/leads", '{"ids": ["%s"]}'), ("/v1/jobs/score", '{"entity": "lead", "filters": {"owners": ["%s"]}}'),
])
def test_ids_that_an_index_cannot_hold_are_refused_on_either_database(either, path, body):
    status, said = either.told("PUT" if body.startswith('{"items"') else "POST", path, body % INCOMPRESSIBLE)
    assert status == 422 and "longer than 2,000 bytes in UTF-8" in said["errors"][0]["message"]


@pytest.mark.parametrize("text", ["a\\u0000b", "\\ud800", "LeadSourc\\ud800", "x" * 1_000_000, "\\u202e\\u05e9", "=cmd()",
                                  "\\ud83d\\ude00", INCOMPRESSIBLE])
def test_records_with_odd_texts_are_scored_or_refused(either, text):
    whole = '{"leads": {"LeadId": "%s", "CreatedDate": "2026-06-01 10:00:00", "ContactId": "%s", "LeadSource": "%s"}, "%s": []}'
    alone = '{"leads": {"LeadId": "%s", "CreatedDate": "2026-06-01 10:00:00", "LeadSource": "%s"}}'
    column = '{"leads": {"LeadId": "L9", "CreatedDate": "2026-06-01 10:00:00", "%s": 1}}'
    record = ", ".join(one.replace("%s", text) for one in (whole, alone, column))
    for records in (record, alone.replace("%s", text), column.replace("%s", text)):
        status, said = either.told("POST", "/v1/score/leads", f'{{"records": [{records}]}}')
        assert status in (200, 422)
        check_scores(status, said)


@pytest.mark.parametrize("time", TIMES, ids=lambda time: repr(time)[:30])
def test_a_time_is_kept_to_the_microsecond_or_refused(api, time):
    for path, item in [("/v1/events", {"lead_id": "N1", "type": "visit", "occurred_at": time}),
                       ("/v1/stages", {"entity": "lead", "entity_id": "N1", "stage": "mql", "entered_at": time}),
                       ("/v1/leads", {"lead_id": "time", "changed_at": time}),
                       ("/v1/opportunities", {"opportunity_id": "time", "expected_close": time}),
                       ("/v1/owners", {"owner": "time", "valid_from": time})]:
        check_paths(*api.told("PUT", path, json.dumps({"items": [item]})))
    for path in ("/v1/score/leads", "/v1/score/opportunities"):
        status, said = api.told("POST", path, json.dumps({"ids": ["N1"], "as_of": time}))
        check_scores(status, said)
    check_paths(*api.told("POST", "/v1/jobs/score", json.dumps({"entity": "lead", "as_of": time})))
    body = json.dumps({"items": [{"opportunity_id": "kept", "expected_close": time}]})
    status, said = api.told("PUT", "/v1/opportunities", body)
    if status == 200 and said["rejected"] == 0 and time is not None:
        kept = api.told("GET", "/v1/opportunities/kept")[1]["expected_close"]
        assert datetime.fromisoformat(kept) == datetime.fromisoformat(time).astimezone(UTC)


@pytest.mark.parametrize("body", [
    '{"items": [' + ", ".join('{"lead_id": "L"}' for _ in range(1001)) + "]}",
    '{"items": [{"lead_id": "L", "attributes": {' + ", ".join(f'"a{n}": 1' for n in range(201)) + "}}]}",
    '{"items": [{"lead_id": "L", "attributes": {"employees": [[1]]}}]}', '{"items": {"lead_id": "L"}}', '{"items": [[]]}', "[]",
    "null", '"x"', "1", '{"items": null}', "{" + ", ".join(f'"k{n}": 1' for n in range(20_000)) + "}",
], ids=lambda body: body[:20])
def test_a_body_of_another_shape_is_refused_with_a_path(api, body):
    status, said = api.told("PUT", "/v1/leads", body)
    assert status == 422 and len(json.dumps(said)) < 50_000
    check_paths(status, said)


BODIES = [(method, path, body.replace("%s", "1").encode()) for method, path, body in SLOTS.values()] + [
    ("POST", "/v1/score/leads", b'{"ids": ["N1"], "as_of": "2026-06-01T00:00:00Z", "explain": true}'),
    ("POST", "/v1/scenarios", b'{"period": "2026-Q3", "drop": ["N1"], "deals": [{"deal_id": "N1", "amount": 5}]}'),
    ("POST", "/v1/jobs/score", b'{"entity": "lead", "filters": {"ids": ["N1"]}, "format": "csv"}'),
    ("POST", "/v1/session", b'{"key": "lc_0f5a78450c18_secret"}'),
]
PIECES = [b"\x00", b"\xff", b"\xed\xa0\x80", b"\xc0\x80", b"\xef\xbb\xbf", b"1e999", b"NaN", b"[[[[", b"}}", b'"', b"\\",
          b"\\u0000", b"\\ud800", b"null", b"-", b",", b":", b"1" * 400]


@st.composite
def mutated(draw):
    method, path, body = draw(st.sampled_from(BODIES))
    changed = bytearray(body)
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, len(changed)))
        match draw(st.sampled_from(["put", "take", "flip", "twice"])):
            case "put":
                changed[place:place] = draw(st.sampled_from(PIECES) | st.binary(min_size=1, max_size=4))
            case "take":
                del changed[place:place + draw(st.integers(1, 12))]
            case "flip":
                changed[place:place + 1] = bytes([draw(st.integers(0, 255))])
            case "twice":
                changed[place:place] = changed[place:place + draw(st.integers(1, 30))]
    return method, path, bytes(changed)


def fuzz_bytes(api, examples):
    @settings(OFTEN, max_examples=examples)
    @given(mutated())
    def ask(request):
        status, said = api.told(*request)
        if status == 200:
            check_scores(status, said)
        if status < 400 or said["code"] == "invalid_request":
            check_paths(status, said)

    ask()


def test_bytes_that_are_almost_a_request_never_break_anything(api):
    fuzz_bytes(api, 600)


@pytest.mark.long
def test_many_more_bytes_never_break_anything(api):
    fuzz_bytes(api, 20_000)
