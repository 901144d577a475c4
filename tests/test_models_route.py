"""GET /v1/models/{target}: what a model says of itself in full, what drift found, and the versions that are known here."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from asked_service import AskedService, asked_service, filled_store
from fixtures_trained import TrainedWorkspace
from sqlalchemy import insert

from leadcast.bundle_files import write_bundle
from leadcast.errors import OutputError
from leadcast.moment import days, iso
from leadcast.store import tables
from leadcast.store.columns import micro
from serving.kept_drift import keep_drift, kept_drift
from serving.model_told import compared, gain, narrowed, segments, told_of
from serving.scores import Scorer

LINE = {"rows": 10, "entities": 8, "positives": 4, "auc": 0.7, "log_loss": 0.5, "small": False}
MOVED: dict[str, Any] = {"psi": 0.3, "shift": 0.2, "missing_then": 0.0, "missing_now": 0.1, "unseen_now": 0.0, "moved": True}


@pytest.fixture(scope="module")
def service(trained: TrainedWorkspace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AskedService]:
    folder = tmp_path_factory.mktemp("models")
    with filled_store(trained, folder) as store:
        yield asked_service(trained, store, folder)


def line(value: str, said: float, came: float, low: float, high: float, **more: Any) -> dict[str, Any]:
    return {**LINE, "value": value, "said": said, "came": came, "low": low, "high": high, **more}


# ---- the route ----------------------------------------------------------------------------------------------------------


def test_every_model_tells_itself_in_full(service: AskedService, trained: TrainedWorkspace):
    for target, bundle in trained.bundles.items():
        told = service.get(f"/v1/models/{target}")
        assert told["verdict"]["kind"] in ("yes", "care", "no") and told["summary"] and told["limits"]
        assert told["question"].endswith("days?") and told["features"] == len(bundle.contract.features)
        assert told["compared"][0]["name"] == "model" and told["compared"][0]["better"] is None
        assert told["gain"][0]["found"] == 0 and told["gain"][-1]["found"] == pytest.approx(1)
        assert sum(member["weight"] for member in told["members"]) == pytest.approx(1)
        parts = [feature["part"] for feature in told["important"]]
        assert parts == sorted(parts, reverse=True) and 0 < sum(parts) < 1.001
        assert [(one["version"], one["answers"]) for one in told["versions"]] == [(bundle.version, True)]
        assert told["drift"] is None


def test_one_that_cannot_be_judged_yet_says_so_and_gives_no_figures(trained: TrainedWorkspace):
    bundle = next(iter(trained.bundles.values()))
    nothing = {"model": {"log_loss": None, "auc": None, "auc_low": None}, "base_rate": {"log_loss": None}}
    told = told_of(replace(bundle, report={
        **bundle.report, "not_yet": "It cannot be judged yet: too few.", "metrics": nothing, "against": {}, "reliability": [],
        "segments": [], "worst_segment": None, "auc_by_age": [], "drift": {"unit": None, "before": [], "periods": []},
        "stability": {"between_looks": None, "after_one_event": None}}), None)
    assert told["judged_on"] is None and told["summary"][1] == "It cannot be judged yet: too few."
    assert told["verdict"].kind == "care" and told["example"] == told["worst_segment"] == ""
    assert not told["compared"] and not told["gain"] and not told["periods"] and told["steadiness"]["between_looks"] is None


def test_a_target_without_a_model_is_not_found(service: AskedService):
    assert service.refused("GET", "/v1/models/nothing")[:2] == (404, "not_found")


def test_a_limited_key_sees_no_segment_of_others(service: AskedService, trained: TrainedWorkspace):
    target = next(name for name, b in trained.bundles.items() if any(s["segment"] == "owner" for s in b.report["segments"]))
    owners = {one["value"] for one in service.get(f"/v1/models/{target}")["segments"] if one["segment"] == "owner"}
    with service.limited_to("nobody"):
        told = service.get(f"/v1/models/{target}")
    assert owners and not [one for one in told["segments"] if one["segment"] in ("owner", "manager", "region")]


def test_versions_are_those_whose_files_or_scores_are_here(service: AskedService, trained: TrainedWorkspace):
    target, bundle = next(iter(trained.bundles.items()))
    scorer, end = Scorer(bundle), service.end
    copies = service.folder / ".leadcast" / "serving" / "models" / target
    write_bundle(replace(bundle, card="an older one"), copies / "0-01234567")
    broken = copies / "0-broken"
    broken.mkdir()
    (broken / "manifest.json").write_text("{")
    row = {"entity": bundle.entity, "entity_id": "L1", "target": target, "probability": 0.5, "score": 50.0, "grade": "A",
           "cause": "first", "events": 0}
    gone, later = (scorer.model.replace(bundle.version, version) for version in ("0-9abcdef0", "0-later"))
    moments = [(scorer.model, end - days(1)), (scorer.model, end - days(2)), (gone, end - days(9)), (later, end + days(1))]
    with service.app.state.store.writing() as connection:
        connection.execute(insert(tables.score_history), [{**row, "model": model, "at": micro(at)} for model, at in moments])
    found = {one["version"]: one for one in service.get(f"/v1/models/{target}")["versions"]}
    assert set(found) == {bundle.version, "0-01234567", "0-9abcdef0"} and next(iter(found)) == bundle.version
    assert np.datetime64(found[bundle.version]["first_score_at"].rstrip("Z"), "us") == (end - days(2)).astype("datetime64[us]")
    older = found["0-01234567"]
    assert older["auc"] == bundle.report["metrics"]["model"]["auc"] and older["first_score_at"] is None
    assert found["0-9abcdef0"]["rows"] is None and found["0-9abcdef0"]["verdict"] is None


# ---- drift --------------------------------------------------------------------------------------------------------------


def looked(as_of: str | None, model: str = "acme-sql/2-aa") -> dict[str, Any]:
    features = [{"name": "a", "part": 0.5, "words": "as before", **MOVED, "moved": False},
                {"name": "b", "part": 0.1, "words": "moved far", **MOVED}]
    return {"as_of": as_of, "model": model, "since": None, "rows": 90, "entities": 40, "retrain": True, "verdict": "retrain: b",
            "reasons": ["b"], "features": features, "score": {"name": "the score itself", "part": 1.0, **MOVED}, "outcomes": None}


def test_what_drift_found_is_told_with_what_moved_first(service: AskedService, trained: TrainedWorkspace):
    target, bundle = list(trained.bundles.items())[-1]
    keep_drift(service.app.state.desk.workspace, {target: looked(iso(service.end), Scorer(bundle).model)})
    told = service.get(f"/v1/models/{target}")["drift"]
    assert told["retrain"] and told["is_of_this_model"] and told["moved"] == 1
    assert [one["name"] for one in told["features"]] == ["b", "a"] and told["score"]["words"] == "moved"
    (service.folder / ".leadcast" / "drift.json").unlink()


def test_a_look_of_the_future_or_none_tells_nothing(trained: TrainedWorkspace, tmp_path: Path):
    workspace = trained.workspace.model_copy(update={"folder": tmp_path})
    now = np.datetime64("2026-03-01", "us")
    assert kept_drift(workspace, "sql", "acme-sql/2-aa", now) is None
    keep_drift(workspace, {"sql": looked("2026-03-02T00:00:00.000000Z")})
    assert kept_drift(workspace, "sql", "acme-sql/2-aa", now) is None
    keep_drift(workspace, {"sql": looked("2026-02-28T00:00:00.000000Z"), "mql": {"retrain": True}})
    told = kept_drift(workspace, "sql", "acme-sql/3-bb", now)
    assert told is not None and not told.is_of_this_model
    assert kept_drift(workspace, "mql", "acme-mql/1-cc", now) is None, "of another shape"
    assert [path.name for path in (tmp_path / ".leadcast").iterdir()] == ["drift.json"], "nothing is left beside it"


def test_a_folder_that_cannot_be_written_is_said(trained: TrainedWorkspace, tmp_path: Path):
    (tmp_path / ".leadcast").write_text("a file where the folder should be")
    with pytest.raises(OutputError, match=r"drift.json cannot be kept in .leadcast"):
        keep_drift(trained.workspace.model_copy(update={"folder": tmp_path}), {})


# ---- by hand ------------------------------------------------------------------------------------------------------------


def test_brier_skill_is_the_share_of_the_base_rates_error_that_is_saved():
    metrics = {"model": {"log_loss": 0.4, "brier": 0.15, "auc": 0.8}, "base_rate": {"log_loss": 0.6, "brier": 0.2, "auc": 0.5}}
    less = {"difference": -0.2, "low": -0.3, "high": -0.1, "better": "model"}
    report = {"metrics": metrics, "against": {"base_rate": {"log_loss": less}}}
    model, base = compared(report)
    assert model.brier_skill == pytest.approx(0.25) and base.brier_skill == 0
    assert base.label == "base rate" and base.better == "model" and base.low == -0.3
    assert compared({"metrics": {"model": {"log_loss": None}, "base_rate": {}}}) == []


def test_gain_counts_the_best_first_and_is_nothing_where_nothing_came():
    table = [{"said": 0.2, "came": 0.1, "mass": 30.0}, {"said": 0.6, "came": 0.7, "mass": 10.0}]  # 3 and 7 of 10 that came
    assert [(point.worked, round(point.found, 3), round(point.lift, 3)) for point in gain(table)] == [
        (0.0, 0.0, 0.0), (0.25, 0.7, 2.8), (1.0, 1.0, 1.0)]
    assert gain([{"said": 0.2, "came": 0.0, "mass": 30.0}]) == [] and gain([]) == []


def test_segments_furthest_off_come_first_and_small_ones_not_at_all():
    report = {"segments": [{"segment": "source", "values": [
        line("web", 0.30, 0.28, 0.20, 0.40), line("ads", 0.50, 0.30, 0.20, 0.40), line("fair", 0.9, 0.1, 0.0, 0.3, small=True),
        line("fax", 0.25, 0.50, 0.20, 0.80), line("(all others)", 0.9, 0.1, 0.0, 0.3)]}]}
    assert [(one.value, one.outside) for one in segments(report)] == [("ads", True), ("fax", False), ("web", False)]


def test_narrowed_leaves_the_own_owner_and_no_team():
    owners = [line("u1", 0.3, 0.3, 0.2, 0.4), line("u2", 0.3, 0.1, 0.0, 0.2)]
    report = {"segments": [{"segment": name, "values": owners} for name in ("owner", "region", "source")],
              "worst_segment": {"segment": "owner", "value": "u2"}}
    found = narrowed(report, frozenset({"u1"}))
    assert [(one["segment"], len(one["values"])) for one in found["segments"]] == [("owner", 1), ("source", 2)]
    assert found["worst_segment"] is None and narrowed(report, None) is report
    assert json.dumps(report), "the bundle's own report stays as it was"
