"""Promotion, for real: registered versions compared on rows that neither has seen; a spoiled one never takes over."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import training.run
from leadcast.errors import BundleError, RegistryError
from leadcast.history import History
from leadcast.simulate import true_history
from leadcast.workspace.model import General, TableSource, Workspace
from training.labels import label
from training.promote import promote, roll_to
from training.registry import register
from training.run import Trained, train
from training.versions import Model, Version, open_version, read_model

NAME, TARGET, AT = "acme-sql", "sql", "2026-07-01T06:00:00+00:00"
EARLY, LATE = np.datetime64("2025-12-31", "us"), np.datetime64("2026-04-30", "us")


@pytest.fixture(scope="module")
def history() -> History:
    return true_history(900, 5)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory, history: History) -> Iterator[Workspace]:
    """Version 1, trained on what was known half a year before the end, answers."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        patch.setattr(training.run, "draw_figures", lambda *_: {})  # nobody looks at them here
        made = Workspace(workspace=General(name="acme"), tables={"leads": TableSource(file="leads.csv")},
                         folder=tmp_path_factory.mktemp("promoting"))
        train(made, history, [TARGET], EARLY)
        yield made


@pytest.fixture(scope="module")
def later(workspace: Workspace, history: History) -> Trained:
    """Version 2, trained on four months more."""
    model, = train(workspace, history, [TARGET], LATE)
    return model


def register_again(workspace: Workspace, model: Trained, **facts: Any) -> None:
    """The same model as one more version, perhaps with other facts."""
    register(workspace, replace(model.bundle, facts=replace(model.bundle.facts, **facts)), {}, model.judged)


def registered(workspace: Workspace) -> Model:
    return read_model(workspace, NAME)


def champion(workspace: Workspace) -> int:
    found = registered(workspace).champion
    assert found is not None
    return found.version


def newest(workspace: Workspace) -> Version:
    return registered(workspace).versions[0]


def shuffled(*args: Any) -> np.ndarray:
    """Outcomes that belong to somebody else."""
    outcome = label(*args)
    known = np.flatnonzero(~np.isnan(outcome))
    outcome[known] = np.random.default_rng(1).permutation(outcome[known])
    return outcome


def test_the_first_version_answers_at_once_and_says_why(workspace: Workspace) -> None:
    model = registered(workspace)
    assert champion(workspace) == 1 and newest(workspace).aliases == ("challenger", "champion")
    assert model.champions == (
        {"version": 1, "before": None, "why": "the first version", "data_end": "2025-12-31T00:00:00.000000"},)


def test_without_a_challenger_nothing_moves(workspace: Workspace, history: History) -> None:
    verdict = promote(workspace, history, TARGET, AT)
    assert not verdict.promoted and not verdict.refused
    assert verdict.words == "version 1 is the champion already; train a new one first (leadcast train)"


def test_before_the_first_champion_there_is_nobody(workspace: Workspace, history: History) -> None:
    with pytest.raises(RegistryError, match="acme-sql: nobody was champion before"):
        roll_to(workspace, history, TARGET, "previous", AT)


def test_newer_data_take_over_and_the_table_is_kept(workspace: Workspace, history: History, later: Trained) -> None:
    assert champion(workspace) == 1
    verdict = promote(workspace, history, TARGET, AT)
    assert verdict.promoted and (verdict.version, verdict.before) == (2, 1) and champion(workspace) == 2, verdict.words
    assert verdict.contest is not None and set(verdict.contest.sides) == {"challenger", "champion"}
    challenger, old = verdict.contest.sides["challenger"], verdict.contest.sides["champion"]
    assert challenger.startswith("its judged model") and old.startswith(("as it is served", "its judged model"))
    kept = newest(workspace)
    assert kept.verdict == verdict.words and len(kept.comparison["comparison"]["figures"]) == 3
    last = registered(workspace).champions[-1]
    assert (last["version"], last["before"], last["at"], last["data_end"]) == (2, 1, AT, "2026-04-30T00:00:00.000000")


def test_no_side_has_seen_a_row_it_is_judged_on(workspace: Workspace, history: History) -> None:
    since = newest(workspace).comparison["comparison"]["since"]
    for version in registered(workspace).versions:
        served, judged = open_version(workspace, version)
        assert judged is not None and served.judged == judged.version
        side = served if served.facts.trained_as_of <= np.datetime64(since[:-1]) else judged
        assert side.facts.trained_as_of <= np.datetime64(since[:-1])


def test_shuffled_outcomes_are_refused(workspace: Workspace, history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training.run, "label", shuffled)
    before = champion(workspace)
    train(workspace, history, [TARGET])
    monkeypatch.undo()
    verdict = promote(workspace, history, TARGET, AT)
    assert verdict.refused and not verdict.promoted and champion(workspace) == before
    assert "is refused: worse than the champion in AUC (by 0." in verdict.words
    assert not next(d for d in verdict.differences if d.figure == "auc").passed
    assert newest(workspace).verdict == verdict.words and not newest(workspace).is_champion


def test_data_cut_short_are_refused(workspace: Workspace, history: History) -> None:
    """An export that lost its events, its newest half year and most of its leads."""
    few = history.leads.take(np.arange(0, history.leads.rows, 3))
    cut = replace(history, leads=few, events=history.events.take(np.arange(0, history.events.rows, 40)))
    before = champion(workspace)
    train(workspace, cut, [TARGET], np.datetime64("2025-09-30", "us"))
    verdict = promote(workspace, history, TARGET, AT)
    assert verdict.refused and champion(workspace) == before, verdict.words
    assert verdict.contest is not None
    assert verdict.contest.sides["challenger"].startswith("as it is served, which knew outcomes until 2025-09-30")


def test_training_as_of_an_earlier_day_moves_nothing(workspace: Workspace) -> None:
    assert newest(workspace).data_end == "2025-09-30T00:00:00.000000" and champion(workspace) == 2


def test_rolling_back_and_forth(workspace: Workspace, history: History) -> None:
    back = roll_to(workspace, history, TARGET, "previous", AT)
    assert back.promoted and champion(workspace) == 1
    assert back.words == "version 1 is champion now: chosen by hand, before it version 2 was"
    assert roll_to(workspace, history, TARGET, "previous", AT).version == 2 == champion(workspace)
    assert not roll_to(workspace, history, TARGET, "2", AT).promoted
    with pytest.raises(RegistryError, match=r"acme-sql has no version 77; it has 1, 2, 3, 4\. leadcast models shows them\."):
        roll_to(workspace, history, TARGET, "77", AT)


def test_the_same_model_again_is_recognised(workspace: Workspace, history: History, later: Trained) -> None:
    register_again(workspace, later)
    verdict = promote(workspace, history, TARGET, AT)
    assert verdict.promoted and verdict.words.endswith("it is the same model as version 2, bit for bit")


def test_another_horizon_is_another_question(workspace: Workspace, history: History, later: Trained) -> None:
    before = champion(workspace)
    register_again(workspace, later, horizon_days=30.0)
    verdict = promote(workspace, history, TARGET, AT)
    assert verdict.refused and champion(workspace) == before
    assert "what happens within 30.0 days, the champion within 60.0; horizon_days in leadcast.toml keeps it" in verdict.words


def test_a_strict_gate_wants_proof(workspace: Workspace, history: History) -> None:
    """Without any margin, where any doubt is enough, a model that is worse in one draw of many does not pass."""
    strict = workspace.model_copy(update={"promotion": workspace.promotion.model_copy(
        update={"auc": 0.0, "log_loss": 0.0, "calibration": 0.0, "sure": 0.0})})
    first = registered(workspace).versions[-1]
    served, judged = open_version(workspace, first)
    register(workspace, served, {}, judged)
    verdict = promote(strict, history, TARGET, AT)
    assert verdict.refused and {d.allowed for d in verdict.differences} == {0.0}


def files_of(workspace: Workspace, checksum: str) -> list[Path]:
    """The folders of bundles with this checksum, wherever MLflow keeps them; a model may be registered several times."""
    manifests = (workspace.folder / ".leadcast" / "artifacts").rglob("manifest.json")
    found = [manifest.parent for manifest in manifests if json.loads(manifest.read_text()).get("checksum") == checksum]
    assert found
    return found


def test_an_exchanged_bundle_is_not_the_registered_one(workspace: Workspace, history: History) -> None:
    """Both are whole bundles; only the registry and the served manifest know which one belongs where."""
    victim, other = (registered(workspace).find(number) for number in (3, 4))
    assert victim is not None and other is not None
    served, judged = open_version(workspace, victim)
    assert judged is not None
    for checksum, said in ((judged.version, "judged model of acme-sql"), (served.version, "but not the one that was registered")):
        exchange(files_of(workspace, checksum)[0], files_of(workspace, other.checksum)[0])
        with pytest.raises(BundleError, match=said):
            open_version(workspace, victim)


def exchange(folder: Path, by: Path) -> None:
    for file in folder.iterdir():
        if file.name != "MLmodel":
            file.unlink()
    for file in by.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())


def test_a_champion_that_cannot_run_here_is_replaced(workspace: Workspace, history: History, later: Trained) -> None:
    now = registered(workspace).champion
    assert now is not None
    for folder in files_of(workspace, now.checksum):
        manifest = folder / "manifest.json"
        manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "format": "leadcast-bundle/1"}))
    register_again(workspace, later, seed=9)
    verdict = promote(workspace, history, TARGET, AT)
    assert verdict.promoted and "cannot run here any more (The bundle has format 'leadcast-bundle/1'" in verdict.words


def test_an_untrained_target_is_named(workspace: Workspace, history: History) -> None:
    with pytest.raises(RegistryError, match=r"No model acme-mql is registered. Run leadcast train\."):
        promote(workspace, history, "mql", AT)


def test_a_dead_registry_is_found_before_the_work(
    workspace: Workspace, history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    steps: list[str] = []
    with pytest.raises(RegistryError, match=r"The model registry at http://127.0.0.1:9 does not answer: "):
        train(workspace, history, [TARGET], progress=lambda *step: steps.append(str(step)))
    assert not steps
