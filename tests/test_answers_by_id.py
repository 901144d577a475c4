"""Scores of ids in the store: the batch's numbers, whatever else is asked for, and the ledger keeps what was answered."""

import json
from datetime import UTC
from typing import Any

import httpx
import numpy as np
import pandas as pd
import pytest
from fixtures_trained import TrainedWorkspace
from gated import Gated, gated
from stored_company import desk_of

from leadcast.moment import days
from leadcast.store import Store
from leadcast.store.bulk import load_history
from leadcast.store.ledger import entries, packed, unpacked
from leadcast.vocabulary import Entity
from serving.refresh import refresh_all
from serving.scores import score_table


@pytest.fixture
def company(store: Store, trained: TrainedWorkspace) -> Store:
    load_history(store, trained.history, trained.history.end)
    return store


class Asking:
    """Requests to the routes behind their gate, at the end of the data."""

    def __init__(self, store: Store, trained: TrainedWorkspace, folder: Any) -> None:
        self.service: Gated = gated(folder)
        self.service.clock[0] = trained.history.end.item().replace(tzinfo=UTC)
        self.service.app.state.desk, self.service.app.state.store = desk_of(trained), store

    def score(self, path: str, body: dict[str, Any], **more: Any) -> httpx.Response:
        return self.service.ask("POST", f"/v1/score/{path}", json=body, **more)

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self.service.ask("GET", path, **more)


@pytest.fixture
def asking(company: Store, trained: TrainedWorkspace, tmp_path: Any) -> Asking:
    return Asking(company, trained, tmp_path)


def ids_of(scores: pd.DataFrame, entity: Entity, most: int = 25) -> list[str]:
    return sorted(set(scores[scores["entity"] == entity]["entity_id"]))[:most]


@pytest.mark.parametrize(("entity", "path"), [("lead", "leads"), ("opportunity", "opportunities")])
@pytest.mark.parametrize("days_before", [0, 30])
def test_an_id_scores_as_in_the_batch(asking, trained, entity, path, days_before):
    as_of = trained.history.end - days(days_before)
    batch = score_table(trained.history, trained.bundles, as_of)
    batch = batch[batch["entity"] == entity]
    ids = ids_of(batch, entity)
    answer = asking.score(path, {"ids": ids, "as_of": f"{as_of}Z"}).json()
    assert answer["as_of"] == f"{as_of}Z" and [result["index"] for result in answer["results"]] == list(range(len(ids)))
    for one, result in zip(ids, answer["results"], strict=True):
        rows = {row["target"]: row for row in batch[batch["entity_id"] == one].to_dict("records")}
        assert {score["target"] for score in result["scores"]} == set(rows)
        for score in result["scores"]:
            row = rows[score["target"]]
            for name in ("probability", "log_odds", "score", "grade", "fit_score", "engagement_score", "reasons", "model"):
                assert score[name] == row[name], name
            assert score["trend"] == (None if np.isnan(row["trend"]) else row["trend"])


def test_one_by_one_is_as_all_together_in_any_order(asking, trained):
    ids = ids_of(trained.scores, "lead", 12)
    together = asking.score("leads", {"ids": ids[::-1], "explain": False}).json()["results"]
    for result in together:
        (alone,) = asking.score("leads", {"ids": [ids[::-1][result["index"]]], "explain": False}).json()["results"]
        assert alone["scores"] == result["scores"]


def test_an_id_twice_is_answered_twice(asking, trained):
    one = ids_of(trained.scores, "lead", 1)[0]
    first, second = asking.score("leads", {"ids": [one, one], "explain": False}).json()["results"]
    assert first["scores"] == second["scores"] and (first["index"], second["index"]) == (0, 1)


def test_an_unknown_id_is_refused_by_its_index_and_the_others_are_scored(asking, trained):
    one = ids_of(trained.scores, "lead", 1)[0]
    answer = asking.score("leads", {"ids": ["nobody", one], "explain": False})
    refused, scored = answer.json()["results"]
    assert answer.status_code == 200 and len(scored["scores"])
    assert refused == {"index": 0, "errors": [{"path": "ids[0]", "message": "the store knows no lead of this id"}]}


def test_where_no_id_is_known_the_request_is_refused_as_a_whole(asking):
    answer = asking.score("leads", {"ids": ["nobody", "no one"]})
    assert answer.status_code == 422 and [error["path"] for error in answer.json()["errors"]] == ["ids[0]", "ids[1]"]


def test_only_the_targets_that_are_asked_for_are_scored(asking, trained):
    one = trained.scores[trained.scores["target"] == "sql"]["entity_id"].iloc[0]
    (result,) = asking.score("leads", {"ids": [one], "targets": ["sql"], "explain": False}).json()["results"]
    assert [score["target"] for score in result["scores"]] == ["sql"]
    wrong = asking.score("leads", {"ids": [one], "targets": ["win"]})
    assert wrong.status_code == 422
    assert wrong.json()["errors"] == [{"path": "targets[0]", "message": "no such target; known here: mql, sql"}]


def test_a_lead_of_somebody_else_is_as_if_it_were_not_there(asking, trained):
    history = trained.history
    one = ids_of(trained.scores, "lead", 1)[0]
    owner = history.leads["owner"][history.rows("lead", [one])[0]]
    asking.service.store = asking.service.app.state.store
    keys = [asking.service.key("score", name=owner, limit_by="owner", limit_to=(owner,))[0] for owner in (str(owner), "nobody")]
    statuses = [asking.score("leads", {"ids": [one], "explain": False}, headers={"X-API-Key": key}).status_code for key in keys]
    assert statuses == [200, 422]


def test_the_trend_comes_from_the_scores_on_record(asking, company, trained):
    """The score of a week before is kept by the first refresh; a score on record counts, even one that nobody would compute."""
    end, desk = trained.history.end, desk_of(trained)
    refresh_all(company, desk, end)
    one = trained.scores[(trained.scores["entity"] == "lead") & trained.scores["trend"].notna()].iloc[0]
    before = asking.score("leads", {"ids": [one["entity_id"]], "targets": [one["target"]], "explain": False}).json()
    assert before["results"][0]["scores"][0]["trend"] == one["trend"]
    with company.writing() as connection:
        connection.exec_driver_sql("UPDATE score_history SET score = 0")
    after = asking.score("leads", {"ids": [one["entity_id"]], "targets": [one["target"]], "explain": False}).json()
    assert after["results"][0]["scores"][0]["trend"] == one["score"]


# ---- the ledger -----------------------------------------------------------------------------------------------------


def test_every_answer_is_in_the_ledger_and_can_be_given_again_to_the_last_digit(asking, trained):
    ids = ids_of(trained.scores, "lead", 5)
    given = asking.score("leads", {"ids": ids}, headers={"X-Request-ID": "a-request-of-ours"}).json()
    page = asking.get("/v1/ledger", params={"request_id": "a-request-of-ours", "limit": 500}).json()
    told = {(s["entity_id"], s["target"]): s for result in given["results"] for s in result["scores"]}
    kept = {(e["score"]["entity_id"], e["score"]["target"]): e for e in page["items"]}
    assert set(told) == set(kept) and page["next"] is None
    for key, entry in kept.items():
        assert entry["score"] == {**told[key], "reasons": None} and entry["source"] == "store"
        again = asking.get(f"/v1/ledger/{entry['id']}").json()
        assert again["agrees"] is True and again["again"] == told[key]


def test_a_whole_record_is_in_the_ledger_as_well(asking, trained):
    one = ids_of(trained.scores, "lead", 1)[0]
    record = trained.records.of(trained.history, "lead", one)
    body = {"as_of": f"{trained.history.end}Z", "skip_bad_rows": True, "explain": False, "records": [record]}
    (result,) = asking.score("leads", body).json()["results"]
    kept = asking.get("/v1/ledger", params={"entity": "lead", "entity_id": one}).json()["items"]
    assert {(e["source"], e["score"]["target"], e["score"]["probability"]) for e in kept} == {
        ("record", score["target"], score["probability"]) for score in result["scores"]}


def test_an_answer_that_was_changed_in_the_ledger_is_found_out(asking, company, trained):
    one = ids_of(trained.scores, "lead", 1)[0]
    asking.score("leads", {"ids": [one], "explain": False})
    number = asking.get("/v1/ledger").json()["items"][0]["id"]
    with company.writing() as connection:
        connection.exec_driver_sql("UPDATE ledger SET probability = probability / 2")
    assert asking.get(f"/v1/ledger/{number}").json()["agrees"] is False


def test_an_answer_of_a_model_that_is_gone_is_still_told(asking, company, trained):
    one = ids_of(trained.scores, "lead", 1)[0]
    asking.score("leads", {"ids": [one], "explain": False})
    with company.writing() as connection:
        connection.exec_driver_sql("UPDATE ledger SET model = 'simulated-crm-mql/999-00000000', target = 'mql'")
    number = asking.get("/v1/ledger").json()["items"][0]["id"]
    again = asking.get(f"/v1/ledger/{number}").json()
    assert again["agrees"] is None and "not to be had any more" in again["note"]


def test_pages_of_the_ledger_hold_every_answer_once(asking, trained):
    asking.score("leads", {"ids": ids_of(trained.scores, "lead", 9), "explain": False})
    everything = [e["id"] for e in asking.get("/v1/ledger", params={"limit": 500}).json()["items"]]
    found, cursor = [], None
    while True:
        page = asking.get("/v1/ledger", params={"limit": 4, **({} if cursor is None else {"cursor": cursor})}).json()
        found += [e["id"] for e in page["items"]]
        if (cursor := page["next"]) is None:
            break
    assert found == everything == sorted(everything, reverse=True)


def test_an_entry_that_is_not_there_is_a_404(asking):
    answer = asking.get("/v1/ledger/123456789")
    assert answer.status_code == 404 and answer.json()["code"] == "not_found"


def test_without_a_store_nothing_is_answered(trained, tmp_path):
    """An answer that cannot be kept is none."""
    asking = Asking(None, trained, tmp_path)  # type: ignore[arg-type]
    one = ids_of(trained.scores, "lead", 1)[0]
    assert asking.score("leads", {"ids": [one]}).status_code == 503


def test_inputs_are_kept_to_the_last_bit():
    values = np.array([[0.0, -0.0, np.nan, 1.5, 1e-308, -np.inf], [1 / 3, 2.0**60, 0.0, np.nan, np.nan, 5.0]])
    for row, (inputs, fingerprint) in zip(values, packed(values), strict=True):
        assert unpacked(inputs).tobytes() == row.tobytes() and len(fingerprint) == 64


def test_another_input_has_another_fingerprint():
    (_, one), (_, other) = packed(np.array([[1.0, 0.0], [1.0, np.nan]]))
    assert one != other


def test_of_who_was_erased_nothing_is_kept(asking, company, trained):
    from leadcast.store.columns import micro
    from leadcast.store.erased import bury

    one, other = ids_of(trained.scores, "lead", 2)
    with company.writing() as connection:
        bury(connection, "lead", [one], micro(trained.history.end))
    records = [trained.records.of(trained.history, "lead", each) for each in (one, other)]
    body = {"as_of": f"{trained.history.end}Z", "skip_bad_rows": True, "explain": False, "records": records}
    assert asking.score("leads", body).status_code == 200
    assert {entry.told["entity_id"] for entry in entries(company)} == {other}


def test_the_answer_of_ids_fits_what_openapi_says(asking, trained):
    from serving.messages import ScoreAnswer

    answer = asking.score("leads", {"ids": ids_of(trained.scores, "lead", 3)})
    told = ScoreAnswer.model_validate_json(answer.content)
    again = json.loads(told.model_dump_json())
    assert [r["scores"] for r in again["results"]] == [r["scores"] for r in answer.json()["results"]]
