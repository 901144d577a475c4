"""Training from history to bundle: the same for the same data and seed, blind to what came later, honest about baselines."""

import hashlib
import io
import json
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from rich.console import Console

from features import build_context, contract_of
from leadcast.bundle_files import read_bundle, write_bundle
from leadcast.calibration import probability
from leadcast.errors import TooLittleData, WorkspaceError
from leadcast.fingerprint import fingerprint
from leadcast.history import History
from leadcast.observations import open_at
from leadcast.simulate import true_history
from leadcast.table import Table
from leadcast.vocabulary import Vocabulary
from leadcast.workspace.model import General, TableSource, Workspace
from training.card import write_card
from training.plots import draw_figures
from training.report import print_report, report_json
from training.run import Trained, train

LEADS = 600
WORKSPACE = Workspace(workspace=General(name="acme"), tables={"leads": TableSource(file="leads.csv")})


@pytest.fixture(scope="module")
def history() -> History:
    return true_history(LEADS, 5)


@pytest.fixture(scope="module")
def steps() -> list[tuple[str, int, int]]:
    """What the training of ``trained`` said on its way."""
    return []


@pytest.fixture(scope="module")
def trained(history: History, steps: list[tuple[str, int, int]]) -> dict[str, Trained]:
    models = train(WORKSPACE, history, register=False, progress=lambda *step: steps.append(step))
    return {model.target.name: model for model in models}


def folder_hash(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.iterdir()):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


def test_every_target_gets_a_bundle_that_can_be_written_and_read(
    trained: dict[str, Trained], history: History, tmp_path: Path
) -> None:
    assert list(trained) == ["mql", "sql", "win"]
    for name, model in trained.items():
        write_bundle(model.bundle, tmp_path / name)
        again = read_bundle(tmp_path / name)
        assert (again.log_odds(again.golden.values) == again.golden.log_odds).all()
        assert again.facts.data_fingerprint == fingerprint(history) and again.facts.trained_as_of == history.end
        assert again.contract == contract_of(build_context(history, model.target.entity))


def test_the_same_data_and_seed_give_the_same_bytes_on_one_and_two_threads(
    trained: dict[str, Trained], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.models._threads", lambda rows: 2)
    again, = train(WORKSPACE, true_history(LEADS, 5), ["win"], register=False)
    for name, model in (("first", trained["win"]), ("again", again)):
        write_bundle(model.bundle, tmp_path / name)
    assert folder_hash(tmp_path / "first") == folder_hash(tmp_path / "again")


def test_training_as_of_a_day_sees_nothing_later(history: History, tmp_path: Path) -> None:
    cut = np.datetime64("2026-01-01", "us")
    early, = train(WORKSPACE, history, ["win"], as_of=cut, register=False)
    alone, = train(WORKSPACE, history.known_at(cut), ["win"], register=False)
    assert early.bundle.facts.trained_as_of == cut
    for name, model in (("early", early), ("alone", alone)):
        write_bundle(model.bundle, tmp_path / name)
    assert folder_hash(tmp_path / "early") == folder_hash(tmp_path / "alone")


def test_base_rates_are_beaten(trained: dict[str, Trained]) -> None:
    for name in ("mql", "sql"):
        metrics = trained[name].report["metrics"]
        assert metrics["model"]["auc_low"] > 0.6
        assert metrics["model"]["log_loss"] < metrics["base_rate"]["log_loss"] - 0.03
        assert metrics["base_rate"]["auc"] == 0.5


def test_the_report_says_when_it_looks_and_what_that_leaves(trained: dict[str, Trained]) -> None:
    report = trained["win"].report
    seen, split = report["observations"], report["split"]
    assert seen["when"].startswith("on creation, on each stage entry and ") and "at most 12 looks each" in seen["when"]
    assert seen["rows"] > split["train_rows"] + split["test_rows"] > 0  # what lies in the gap is in neither
    assert seen["entities"] >= split["test_entities"] and seen["positives"] > split["test_positives"]
    assert {"base_rate", "stage_rate", "logistic", "odoo_bayes", "amount_only", "model"} == set(report["metrics"])
    assert sum(m["weight"] for m in report["members"]) == pytest.approx(1.0)
    assert sum(line["rows"] for line in report["reliability"]) == split["test_rows"]
    assert sum(line["rows"] for line in report["auc_by_age"]) == split["test_rows"]


def test_the_report_is_json_and_prints(trained: dict[str, Trained]) -> None:
    models = list(trained.values())
    data = json.loads(json.dumps(report_json(models, {"upsell": "too few"}), allow_nan=False))
    assert data["targets"]["mql"]["model"] is None and data["left_out"] == {"upsell": "too few"}
    console = Console(record=True, width=140, file=io.StringIO())
    print_report(models, console, {"upsell": "too few"})
    text = console.export_text()
    for words in ("rate by stage", "AUC by time since creation: at creation", "upsell left out: too few"):
        assert words in text


def test_the_card_says_which_model_its_figures_describe(trained: dict[str, Trained]) -> None:
    card = trained["mql"].bundle.card
    assert card == write_card(trained["mql"].report)
    assert card.startswith("# mql: will a lead enter mql within 30 days?\n")
    for words in ("which no choice has seen", "was then fitted again", "## Known limits", "| base rate | 0.500 |", "## Suited"):
        assert words in card


def test_the_card_admits_a_model_without_use(trained: dict[str, Trained]) -> None:
    report = json.loads(json.dumps(trained["mql"].report))
    report["metrics"]["model"] |= {"log_loss": 0.9, "auc_low": 0.45}
    card = write_card(report)
    assert "no better than the base rate.** Do not rank by it." in card and "not clearly above 0.5" in card


def test_the_report_admits_it_on_the_screen_too(trained: dict[str, Trained]) -> None:
    model = trained["mql"]
    report = json.loads(json.dumps(model.report))
    report["metrics"]["model"]["log_loss"] = report["metrics"]["base_rate"]["log_loss"]
    useless, screen = replace(model, bundle=replace(model.bundle, report=report)), Console(file=io.StringIO(), width=120)
    print_report([model, useless], screen)
    assert screen.file.getvalue().count("no better than the base rate on the newest outcomes: do not rank by it") == 1


def test_undated_leads_with_a_dated_past_are_refused(history: History) -> None:
    undated = history.leads.with_columns(created_at=np.full(history.leads.rows, np.datetime64("NaT", "us")))
    endless = replace(history.vocabulary, targets=(replace(history.vocabulary.targets[0], horizon_days=None),))
    with pytest.raises(WorkspaceError, match=r"mql: no row of leads has a date of creation, but [\d,]+ events, .*Map created_at"):
        train(WORKSPACE, replace(history, leads=undated, vocabulary=endless), register=False)


def test_figures_are_drawn_without_a_display(trained: dict[str, Trained]) -> None:
    model = trained["mql"]
    plain, figures = draw_figures("acme mql", model.evaluation), draw_figures("acme mql", model.evaluation, model.bundle)
    assert {"reliability.svg", "gain.svg", "lift.svg", "precision_recall.svg", "scores.svg", "drift.svg"} <= set(plain)
    assert {"cohorts.svg", "segments.svg", "auc_by_age.svg", "learning_curve.svg"} <= set(plain)
    assert set(figures) - set(plain) == {"reasons.svg", "dependence.svg"}
    for figure in figures.values():
        assert ElementTree.fromstring(figure).tag.endswith("svg") and len(figure) > 5_000


def test_the_reference_population_is_those_open_at_the_end(trained: dict[str, Trained], history: History) -> None:
    bundle = trained["mql"].bundle
    few = len(open_at(history, bundle.target, history.end)) < 100
    assert bundle.reference.about == ("the observations it was fitted on" if few else "open at 2026-06-30 00:00 UTC")
    assert len(bundle.reference.typical) == len(bundle.contract.features)
    scores = bundle.reference.score(bundle.golden.log_odds)
    assert 0.0 <= scores.min() < scores.max() <= 100.0


def test_served_probabilities_add_up_to_the_rate_of_the_rows_it_was_fitted_on(trained: dict[str, Trained]) -> None:
    """In the mean; the golden rows are a sample of them, so only roughly here."""
    bundle = trained["mql"].bundle
    assert probability(bundle.golden.log_odds).mean() == pytest.approx(bundle.facts.positives / bundle.facts.rows, abs=0.12)


def test_progress_counts_to_the_end(trained: dict[str, Trained], steps: list[tuple[str, int, int]]) -> None:
    assert [done for _, done, _ in steps] == list(range(18)) and {total for _, _, total in steps} == {18}
    assert (steps[0][0], steps[-1][0]) == ("mql: reading histories", "win: done")


def test_an_unknown_target_is_named(history: History) -> None:
    with pytest.raises(WorkspaceError, match=r"\[targets\] in leadcast.toml has no churn; it has mql, sql, win."):
        train(WORKSPACE, history, ["churn"], register=False)


def test_a_target_nobody_can_reach_is_left_out_with_its_reason_or_raises(history: History) -> None:
    lost = replace(history.vocabulary.targets[2], name="lost", stages=("nowhere",))
    more = replace(history, vocabulary=replace(history.vocabulary, targets=(lost, history.vocabulary.targets[2])))
    left_out: dict[str, str] = {}
    assert [m.target.name for m in train(WORKSPACE, more, register=False, left_out=left_out)] == ["win"]
    assert list(left_out) == ["lost"] and "no pipeline of the opportunity table has a stage nowhere" in left_out["lost"]
    with pytest.raises(TooLittleData, match=r"^lost: "):
        train(WORKSPACE, more, ["lost"], register=False)
    with pytest.raises(TooLittleData, match=r"^No target can be trained. lost: "):
        train(WORKSPACE, more, ["lost"], register=False, left_out={})


def test_an_empty_history_is_too_little(history: History) -> None:
    tables = ("leads", "opportunities", "events", "stages", "fields")
    empty = replace(history, **{name: getattr(history, name).take(np.empty(0, int)) for name in tables})
    with pytest.raises(TooLittleData, match="mql: no lead is known by 2026-06-30 00:00 UTC"):
        train(WORKSPACE, empty, ["mql"], register=False)


def test_a_fingerprint_changes_with_any_value_and_with_the_end(history: History) -> None:
    one = fingerprint(history)
    owner = history.leads["owner"].copy()
    owner[3] = "someone else"
    assert fingerprint(replace(history, leads=history.leads.with_columns(owner=owner))) != one
    assert fingerprint(replace(history, end=history.end + np.timedelta64(1, "us"))) != one
    shuffled = Table({name: history.leads[name] for name in reversed(history.leads.names)})
    assert fingerprint(replace(history, leads=shuffled)) == one


def test_a_vocabulary_survives_the_bundle(trained: dict[str, Trained], history: History) -> None:
    assert Vocabulary.from_json(trained["sql"].bundle.vocabulary.to_json()) == history.vocabulary
