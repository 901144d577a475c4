"""Many records in one request are scored as if each were alone."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from leadcast.errors import RequestError
from leadcast.mapping import ReferenceTables
from serving.answers import answer_records
from serving.desk import Desk
from serving.messages import ScoreRequest
from serving.scored_records import never_seen
from serving.scores import Scorer
from serving.together import read_records


@pytest.fixture(scope="module")
def desk(trained: Any) -> Desk:
    scorers = {target: Scorer(bundle) for target, bundle in trained.bundles.items()}
    return Desk(trained.workspace, scorers, ReferenceTables(trained.workspace))


CHANGES: list[Callable[[dict[str, Any]], dict[str, Any]]] = [
    lambda record: record,
    lambda record: {**record, "touches": [{**row, "Channel": "Pigeon"} for row in record.get("touches", [])]},
    lambda record: {**record, "leads": [{**row, "Campaign": "Never"} for row in record.get("leads", [])]},
    lambda record: {**record, "leads": [{**row, "CreatedDate": "soon"} for row in record.get("leads", [])]},
    lambda record: {**record, "deals": [{**row, "Currency": "XXX"} for row in record.get("deals", [])]},
    lambda record: {**record, "contacts": [{**row, "Role": "Other"} for row in record.get("contacts", [])]},
    lambda record: {name: table for name, table in record.items() if name != "sessions"},
    lambda record: {**record, "deals": [{**row, "CreatedDate": ""} for row in record.get("deals", [])]},
]


def open_ids(trained: Any, entity: str) -> list[str]:
    ids: list[str] = trained.scores[trained.scores["entity"] == entity]["entity_id"].drop_duplicates().tolist()
    return ids


def answered(desk: Desk, entity: str, records: list[Any], at: np.datetime64) -> list[Any]:
    """One result per record, without its index; a request that is refused as a whole tells so of each."""
    try:
        results = answer_records(desk, entity, ScoreRequest(records=records), at).results  # type: ignore[arg-type]
    except RequestError as refused:
        results = [{"errors": [error.model_dump()]} for error in getattr(refused, "errors", [])]
    return [{name: value for name, value in result.items() if name != "index"} for result in results]


@pytest.mark.parametrize("entity", ["lead", "opportunity"])
@pytest.mark.parametrize("days_before", [0, 20])
def test_many_records_are_answered_as_one_by_one(trained: Any, desk: Desk, entity: Any, days_before: int) -> None:
    at = trained.history.end - np.timedelta64(days_before, "D")
    ids = [*open_ids(trained, entity)[:16], *trained.history.ids(entity)[::100]]
    whole = [trained.records.of(trained.history, entity, one) for one in ids]
    records = [CHANGES[number % len(CHANGES)](record) for number, record in enumerate(whole)]
    records += records[:2]
    many, alone = answered(desk, entity, records, at), [answered(desk, entity, [record], at)[0] for record in records]
    for found, expected in zip(many, alone, strict=True):
        for error in [*found.get("errors", ()), *expected.get("errors", ())]:
            error["path"] = error["path"].partition("]")[2]
        assert found == expected
    assert sum(bool(result.get("scores")) for result in many) > 1 and any("errors" in result for result in many)


def test_the_scores_for_the_ledger_name_the_ids_as_they_were_sent(trained: Any, desk: Desk) -> None:
    ids = open_ids(trained, "lead")[:3]
    request = ScoreRequest(records=[trained.records.of(trained.history, "lead", one) for one in ids])
    answer = answer_records(desk, "lead", request, trained.history.end)
    assert sorted({one for scores in answer.scores for one in scores.entity_id}) == sorted(ids)


def test_what_was_never_seen_adds_up_over_the_rows(trained: Any, desk: Desk) -> None:
    whole = [trained.records.of(trained.history, "lead", one) for one in open_ids(trained, "lead")]
    records = [CHANGES[1 + number % 2](record) for number, record in enumerate(whole)]
    group, = read_records(desk.workspace, records, trained.history.end, desk.references).groups
    counted = 0
    for scorer in desk.scorers.values():
        if scorer.bundle.entity == "lead":
            scores = scorer.columns(group.history, trained.history.end)
            found = {name: int(counts.sum()) for name, counts in never_seen(scorer, group.history, scores).items()}
            assert {name: count for name, count in found.items() if count} == scores.never_seen
            counted += scores.never_seen.get("event_type", 0)
    assert counted > 0
