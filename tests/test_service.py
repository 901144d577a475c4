"""The service over real HTTP: the batch's numbers to the last digit, clear refusals, no value ever echoed."""

import json
import math
import urllib.error
import urllib.request
from typing import Any

import httpx
import pandas as pd
import pytest

from serving.problems import MEDIA_TYPE

Answer = tuple[int, str, Any]


def call(address: str, body: Any = None, raw: bytes | None = None) -> Answer:
    """(status, content type, parsed body) of a GET, or of a POST where there is a body."""
    data = raw if raw is not None else None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(address, data, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.headers.get_content_type(), json.loads(answer.read())
    except urllib.error.HTTPError as refused:
        return refused.code, refused.headers.get_content_type(), json.loads(refused.read())


def sample(scores: pd.DataFrame, entity: str, most: int = 40) -> list[str]:
    ids = scores[scores["entity"] == entity]["entity_id"].drop_duplicates()
    return ids.iloc[:: math.ceil(len(ids) / most)].tolist()


def same(found: dict[str, Any], row: dict[str, Any]) -> None:
    """Every number and word of one score is the batch's."""
    for name in ("entity", "entity_id", "target", "probability", "log_odds", "score", "grade", "fit_score", "engagement_score",
                 "enough_information", "rung", "model", "reasons"):
        assert found[name] == row[name], name
    assert found["trend"] == (None if math.isnan(row["trend"]) else row["trend"])
    for name in ("won_by", "expected_close"):
        assert found[name] == (None if pd.isna(row[name]) else row[name].isoformat().replace("+00:00", "Z")), name


@pytest.mark.parametrize(("entity", "path"), [("lead", "leads"), ("opportunity", "opportunities")])
@pytest.mark.parametrize("days_before", [0, 20])
def test_a_record_over_http_scores_as_in_the_batch(trained, service, entity, path, days_before):
    import numpy as np

    from serving.scores import score_table

    as_of = trained.history.end - np.timedelta64(days_before, "D")
    scores = score_table(trained.history, trained.bundles, as_of)
    ids = sample(scores, entity)
    records = [trained.records.of(trained.history, entity, i) for i in ids]
    status, _, answer = call(f"{service}/v1/score/{path}", {"as_of": f"{as_of}Z", "skip_bad_rows": True, "records": records})
    assert status == 200 and len(answer["results"]) == len(ids)
    compared = 0
    for entity_id, result in zip(ids, answer["results"], strict=True):
        found = {s["target"]: s for s in result["scores"] if s["entity_id"] == entity_id}
        batch = scores[(scores["entity_id"] == entity_id) & (scores["entity"] == entity)].to_dict("records")
        assert set(found) == {row["target"] for row in batch}
        for row in batch:
            same(found[row["target"]], row)
            compared += 1
    assert compared >= len(ids)


def test_reasons_over_http_add_up_to_the_log_odds(trained, service):
    ids = sample(trained.scores, "lead", 10)
    records = [trained.records.of(trained.history, "lead", i) for i in ids]
    body = {"as_of": f"{trained.history.end}Z", "skip_bad_rows": True, "records": records}
    answer = call(f"{service}/v1/score/leads", body)[2]
    for score in (s for result in answer["results"] for s in result["scores"]):
        assert abs(sum(r["contribution"] for r in score["reasons"]) - score["log_odds"]) < 1e-9
        assert abs(1 / (1 + math.exp(-score["log_odds"])) - score["probability"]) < 1e-12


def lead_of(trained) -> tuple[dict[str, Any], str, str]:
    """A lead's record, the leads' table and their column of creation."""
    source = trained.workspace.leads[0]
    record = trained.records.of(trained.history, "lead", sample(trained.scores, "lead", 1)[0])
    return record, source.table, source.columns.created_at


def test_numbers_and_texts_mean_the_same(trained, service):
    """A CRM's JSON may hold 7 where its CSV holds "7"."""
    record, *_ = lead_of(trained)
    typed = {table: [{c: _typed(v) for c, v in row.items()} for row in rows] for table, rows in record.items()}
    assert typed != record
    body = {"as_of": f"{trained.history.end}Z", "skip_bad_rows": True, "records": [record, typed]}
    first, second = call(f"{service}/v1/score/leads", body)[2]["results"]
    assert first["scores"] and first["scores"] == second["scores"]


def _typed(text: str) -> Any:
    try:
        number = float(text)
    except ValueError:
        return text
    return text if str(number) != text and str(int(number)) != text else int(number) if number.is_integer() else number


def test_without_reasons_the_numbers_stay(trained, service):
    record, *_ = lead_of(trained)
    answers = [call(f"{service}/v1/score/leads", {"as_of": f"{trained.history.end}Z", "explain": e, "records": [record],
                                                  "skip_bad_rows": True})[2] for e in (True, False)]
    explained, bare = (a["results"][0]["scores"][0] for a in answers)
    assert bare["reasons"] is None and {**explained, "reasons": None} == bare


def test_one_bad_record_is_answered_by_its_index_and_the_others_are_scored(trained, service):
    record, table, created = lead_of(trained)
    broken = {**record, table: [{**record[table][0], created: "the day before yesterday"}]}
    body = {"as_of": f"{trained.history.end}Z", "records": [record, broken, record]}
    status, _, answer = call(f"{service}/v1/score/leads", body)
    assert status == 200
    assert [result["index"] for result in answer["results"]] == [0, 1, 2]
    assert answer["results"][1] == {"index": 1, "errors": [
        {"path": f"records[1].{table}[0].{created}", "message": "not a time (it is read as created_at)"}]}
    assert "yesterday" not in json.dumps(answer)


def event_of(trained, record) -> tuple[str, str]:
    """A table of events that the record holds, and its column of time."""
    tables = trained.workspace.tables
    found = ((tables[e.table].of or e.table, e.columns.occurred_at) for e in trained.workspace.events)
    return next((table, column) for table, column in found if record.get(table))


def test_a_bad_time_of_an_event_names_its_row_and_column(trained, service):
    record, *_ = lead_of(trained)
    table, occurred = event_of(trained, record)
    rows = [*record[table], {**record[table][0], occurred: "soon"}]
    status, kind, answer = call(f"{service}/v1/score/leads", {"records": [{**record, table: rows}]})
    assert (status, kind, answer["code"]) == (422, MEDIA_TYPE, "invalid_request")
    assert answer["errors"] == [
        {"path": f"records[0].{table}[{len(rows) - 1}].{occurred}", "message": "not a time (it is read as occurred_at)"}]


def test_a_bad_row_may_be_left_out_as_in_a_batch(trained, service):
    record, *_ = lead_of(trained)
    table, occurred = event_of(trained, record)
    dirty = {**record, table: [*record[table], {**record[table][0], occurred: "soon"}]}
    body = {"as_of": f"{trained.history.end}Z", "skip_bad_rows": True, "records": [record, dirty]}
    first, second = call(f"{service}/v1/score/leads", body)[2]["results"]
    assert first["scores"] == second["scores"]
    assert "events: 1 x occurred_at is not a time" in second["notes"]


@pytest.mark.parametrize(("body", "path", "message"), [
    ({"records": []}, "records", "at least 1 item"),
    ({"records": [{}]}, "records[0]", "holds no table; it may hold"),
    ({"records": ["x"]}, "records[0]", "valid dictionary"),
    ({"records": [{"no_such": []}]}, "records[0].no_such", "unknown table"),
    ({"records": [{"LEADS": "x"}]}, "records[0].LEADS", "not a row: write an object of column = value"),
    ({"records": [{"LEADS": [{"a": {"b": 1}}]}]}, "records[0].LEADS[0].a", "not a plain value"),
    ({"records": [{"LEADS": [{"a": "\ud800"}]}]}, "records[0].LEADS[0].a", "half of a surrogate pair"),
    ({"records": [{"LEADS": []}]}, "records[0]", "holds no lead to score"),
    ({"records": [{"LEADS": [{}]}], "as_of": "2026-01-01T00:00:00"}, "as_of",
     "not a time with an offset: write 2026-03-01T08:00:00Z"),
    ({"records": [{"LEADS": [{}]}], "as_of": "soon"}, "as_of", "not a time"),
    ({"records": [{"LEADS": [{}]}], "as_of": "2026"}, "as_of", "not a time"),
    ({"records": [{"LEADS": [{}]}], "as_of": 1767225600}, "as_of", "not a time"),
    ({"records": [{"LEADS": [{}]}], "as_of": "9999-12-31T23:59:59Z"}, "as_of", "less than 2200"),
    ({"records": [{"LEADS": [{}]}], "as_of": "9999-12-31T23:59:59-14:00"}, "as_of", "less than 2200"),
    ({"records": [{"LEADS": [{}]}], "asof": "2026-01-01"}, "asof",
     "unknown key; known here: as_of, explain, targets, ids, records, skip_bad_rows"),
    ({}, "body", "write either ids or records, and only one of them"),
])
def test_bad_input_is_refused_with_the_path_of_the_field(trained, service, body, path, message):
    table = trained.workspace.leads[0].table
    body = json.loads(json.dumps(body).replace("LEADS", table))
    status, kind, answer = call(f"{service}/v1/score/leads", body)
    assert (status, kind, answer["status"], answer["code"]) == (422, MEDIA_TYPE, 422, "invalid_request")
    assert answer["errors"][0]["path"] == path.replace("LEADS", table)
    assert message in answer["errors"][0]["message"]


def test_an_unknown_table_names_the_known_ones_and_the_nearest(trained, service):
    table = trained.workspace.leads[0].table
    _, _, answer = call(f"{service}/v1/score/leads", {"records": [{table + "x": []}]})
    assert f"unknown table; did you mean {table}? Known here: " in answer["errors"][0]["message"]


@pytest.mark.parametrize("raw", [b"{", b"\xff\xfe", b"", b"[" * 100_000])
def test_what_is_not_json_is_a_400_or_422(service, raw):
    status, kind, answer = call(f"{service}/v1/score/leads", raw=raw)
    assert (status in (400, 422), kind) == (True, MEDIA_TYPE)
    assert answer["title"] in ("Bad Request", "Unprocessable Entity", "Unprocessable Content")


def test_a_body_in_another_encoding_is_told_what_is_right(service):
    status, kind, answer = call(f"{service}/v1/score/leads", raw='{"records": [{"leads": {"City": "Köln"}}]}'.encode("latin-1"))
    assert (status, kind, answer["code"]) == (400, MEDIA_TYPE, "not_json")
    assert answer["detail"] == "The body is not JSON in UTF-8."


def test_every_path_has_the_one_error_shape(service):
    for path, status, code in (("/nothing", 404, "no_such_path"), ("/v1/score/leads", 405, "method_not_allowed")):
        found, kind, answer = call(service + path)
        assert (found, kind, answer["code"]) == (status, MEDIA_TYPE, code)
        assert set(answer) == {"type", "title", "status", "detail", "code", "request_id", "errors"}


def test_models_say_who_they_are(trained, service):
    status, _, models = call(f"{service}/v1/models")
    assert status == 200 and [m["target"] for m in models] == list(trained.bundles)
    for model, bundle in zip(models, trained.bundles.values(), strict=True):
        assert f"{model['name']}/{model['version']}" in set(trained.scores["model"])
        assert model["fingerprint"] == bundle.contract.fingerprint
        assert model["metrics"]["model"]["log_loss"] > 0 and model["reliability"]


def test_alive_and_ready(service):
    assert call(f"{service}/livez") == (200, "application/json", {"status": "alive"})
    assert call(f"{service}/readyz") == (200, "application/json", {"status": "ready"})


def test_without_models_it_is_alive_but_not_ready_and_says_what_to_do(service_without_models):
    assert call(f"{service_without_models}/livez")[0] == 200
    for path, body in (("/readyz", None), ("/v1/models", None), ("/v1/score/leads", {"records": [{"x": []}]})):
        status, kind, answer = call(service_without_models + path, body)
        assert (status, kind, answer["code"]) == (503, MEDIA_TYPE, "not_ready")
        assert "Run leadcast train" in answer["detail"]


def test_records_are_taken_once_for_each_key_and_given_back(service):
    at, once = f"{service}/v1", {"Idempotency-Key": "one-1"}
    lead = {"lead_id": "new-1", "created_at": "2026-06-01T08:00:00Z", "attributes": {"employees": "1,200"}}
    for replayed in (None, "true"):
        answer = httpx.put(f"{at}/leads", json={"items": [lead]}, headers=once, timeout=20)
        assert answer.json()["created"] == 1 and answer.headers.get("Idempotent-Replay") == replayed
    assert httpx.put(f"{at}/leads", json={"items": [{**lead, "owner": "u01"}]}, timeout=20).json()["updated"] == 1
    page = httpx.get(f"{at}/field-history", params={"entity_id": "new-1"}, timeout=20).json()
    assert [(item["field"], item["old_value"], item["value"]) for item in page["items"]] == [("owner", None, "u01")]


def test_openapi_describes_every_path_and_the_error_shape(service):
    _, _, schema = call(f"{service}/openapi.json")
    assert schema["openapi"].startswith("3.1")
    assert {"/livez", "/readyz", "/v1/models", "/v1/score/leads", "/v1/score/opportunities"} <= set(schema["paths"])
    named = set(schema["components"]["schemas"])
    assert "Problem" in named and "HTTPValidationError" not in json.dumps(schema)
    references = {part.split('"')[0] for part in json.dumps(schema).split("#/components/schemas/")[1:]}
    assert references <= named
    post = schema["paths"]["/v1/score/leads"]["post"]["responses"]
    gate = {"401", "403", "408", "413", "414", "415", "429"}
    assert {"200", "400", "422", "500", "503", *gate} <= set(post) and MEDIA_TYPE in post["422"]["content"]


def test_a_closed_lead_has_no_score_and_a_note_says_why(trained, service):
    import numpy as np

    leads = trained.history
    closed = leads.closed_at("lead", np.arange(leads.leads.rows), np.full(leads.leads.rows, leads.end))
    record = trained.records.of(leads, "lead", leads.ids("lead")[int(np.argmax(closed))])
    body = {"as_of": f"{leads.end}Z", "skip_bad_rows": True, "records": [record]}
    status, _, answer = call(f"{service}/v1/score/leads", body)
    (result,) = answer["results"]
    assert status == 200 and result["scores"] == []
    assert "no score: the lead is closed, is not there yet, or has reached every target" in result["notes"]
