"""Tuning: resumable, seeded, pruned; kept only where it is better on a fold that the search has not seen."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import training.tune
from leadcast.calibration import probability
from leadcast.contract import Contract, Feature
from leadcast.history import History
from leadcast.simulate import true_history
from leadcast.vocabulary import Target
from leadcast.workspace.model import General, TableSource, Workspace
from training.blend import Rows
from training.settings import DEFAULTS, Settings
from training.split import Fold
from training.tune import tune
from training.tuned import TunedError, settings_of, tuned_file

TARGET = Target("mql", "lead", ("mql",), 30.0)
CONTRACT = Contract(tuple(Feature(f"x{i}_count", "count", "a number", "fit") for i in range(3)))
FAST = Settings(members=("logistic",), logistic_strengths=(0.01,), calibrators=("none",))


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(workspace=General(name="acme"), tables={"leads": TableSource(file="leads.csv")}, folder=tmp_path)


@pytest.fixture
def prepared(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows with a bent effect, three folds, and one quick member."""
    rng = np.random.default_rng(0)
    values = rng.normal(0, 1, (1600, 3))
    outcome = (rng.random(1600) < probability(2 * np.sin(3 * values[:, 0]))).astype(float)
    rows = Rows(CONTRACT, values, outcome, np.ones(1600), np.arange(1600))
    folds = tuple(Fold(np.arange(start), np.arange(start, start + 400)) for start in (400, 800, 1200))
    monkeypatch.setattr(training.tune, "_prepared", lambda *args: (rows, folds, "d" * 64))
    monkeypatch.setattr(training.tune, "DEFAULTS", replace(FAST, logistic_bends=2))


@pytest.fixture(scope="module")
def history() -> History:
    return true_history(60, 1)


@pytest.mark.usefixtures("prepared")
def test_what_is_better_on_later_rows_is_kept_and_used(workspace: Workspace, history: History) -> None:
    steps: list[int] = []
    tuned = tune(workspace, history, TARGET, trials=10, progress=lambda text, done, total: steps.append(done))
    assert tuned.kept and tuned.settings.logistic_bends > 2 and tuned.loss < tuned.default_loss and tuned.better_share >= 0.84
    assert steps == list(range(1, 11)) and tuned.trials == 10
    assert settings_of(workspace, "mql", history.end) == tuned.settings
    assert settings_of(workspace, "win", history.end) == DEFAULTS
    evidence = json.loads(tuned_file(workspace, "mql").read_text())
    assert evidence["log_loss"] == tuned.loss and "leadcast train uses them from now on" in evidence["words"]


@pytest.mark.usefixtures("prepared")
def test_it_goes_on_where_it_was(workspace: Workspace, history: History) -> None:
    assert tune(workspace, history, TARGET, trials=3).trials == 3
    more: list[int] = []
    assert tune(workspace, history, TARGET, trials=5, progress=lambda text, done, total: more.append(done)).trials == 5
    assert more == [4, 5]
    assert tune(workspace, history, TARGET, trials=5).trials == 5


@pytest.mark.usefixtures("prepared")
def test_the_same_seed_finds_the_same(workspace: Workspace, history: History, tmp_path: Path) -> None:
    other = workspace.model_copy(update={"folder": tmp_path / "other"})
    assert tune(workspace, history, TARGET, 5, seed=2).settings == tune(other, history, TARGET, 5, seed=2).settings


@pytest.mark.usefixtures("prepared")
def test_the_defaults_are_the_first_trial_and_stay_where_nothing_is_better(workspace: Workspace, history: History) -> None:
    tuned = tune(workspace, history, TARGET, trials=1)
    assert not tuned.kept and tuned.loss == tuned.default_loss and not tuned_file(workspace, "mql").exists()
    assert tuned.words.startswith("the defaults stay")


@pytest.mark.usefixtures("prepared")
def test_a_day_before_the_search_is_trained_with_the_defaults(workspace: Workspace, history: History) -> None:
    """A backtest must not profit from settings that were found on what came later."""
    assert tune(workspace, history, TARGET, trials=10).kept
    assert settings_of(workspace, "mql", history.end - np.timedelta64(1, "D")) == DEFAULTS


@pytest.mark.usefixtures("prepared")
def test_an_interrupted_trial_does_not_count(
    workspace: Workspace, history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*args: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(training.tune, "choose_recipe", interrupted)
        tune(workspace, history, TARGET, trials=1)
    tuned = tune(workspace, history, TARGET, trials=1)
    assert tuned.trials == 1 and tuned.loss == tuned.default_loss


def test_a_spoiled_file_is_named(workspace: Workspace) -> None:
    file = tuned_file(workspace, "mql")
    file.parent.mkdir(parents=True)
    file.write_text('{"settings": {"rounds": 3}}')
    with pytest.raises(TunedError, match=r"tuned settings in mql\.json cannot be used .*Run leadcast tune --target mql"):
        settings_of(workspace, "mql", np.datetime64("2026-01-01", "us"))
