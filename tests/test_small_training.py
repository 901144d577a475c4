"""Training on next to nothing gives an answer that says what it is."""

import io
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from leadcast.bundle_files import read_bundle, write_bundle
from leadcast.calibration import probability
from leadcast.history import History
from leadcast.simulate import true_history
from leadcast.workspace.model import General, TableSource, Workspace
from training.report import print_report
from training.run import Trained, train

WORKSPACE = Workspace(workspace=General(name="acme"), tables={"leads": TableSource(file="leads.csv")})


@pytest.fixture(scope="module")
def first_days() -> History:
    """The first leads of a company, none of whose windows is over."""
    history = true_history(120, 1)
    return history.known_at(np.nanmin(history.leads["created_at"]) + np.timedelta64(25, "D"))


@pytest.fixture(scope="module")
def trained(first_days: History) -> Trained:
    return train(WORKSPACE, first_days, ["mql"], register=False)[0]


def test_without_any_outcome_rules_speak_at_the_expected_rate(trained: Trained) -> None:
    bundle = trained.bundle
    assert bundle.rung == "rules" and bundle.facts.rows == 0 and not bundle.has_evidence
    assert trained.report["evidence"]["why"] == [
        "it rests on rules, not on what was learned", "0 leads reached the target; below 30 even its rate is rough",
        "it cannot be judged yet: no label window is over yet"]
    assert len(trained.report["rules"]["given"]) > 5 and trained.report["rules"]["are_defaults"]
    assert 0.02 < probability(bundle.reference.log_odds).mean() < 0.2


def test_card_and_screen_say_that_these_are_rules_and_not_learned(trained: Trained) -> None:
    screen = Console(file=io.StringIO(), width=120)
    print_report([trained], screen)
    shown = screen.file.getvalue()
    for words in ("speaks   rules 100%", "It cannot be judged yet: no label window is over yet", "enough_information is false"):
        assert words in shown, words
    for words in ("Rules speak: the built-in ones, written by people and not learned.", "**Not enough information**", "| +"):
        assert words in trained.bundle.card, words


def test_the_same_bytes_again_and_the_same_scores_when_read(trained: Trained, first_days: History, tmp_path: Path) -> None:
    again = train(WORKSPACE, first_days, ["mql"], register=False)[0].bundle
    assert write_bundle(trained.bundle, tmp_path / "one") == write_bundle(again, tmp_path / "two")
    read = read_bundle(tmp_path / "one")
    rows = np.random.default_rng(0).uniform(0, 9, (50, len(read.contract.features)))
    scored = read.score(rows)
    assert np.abs(scored.contributions.sum(1) + scored.base + scored.calibration - scored.log_odds).max() < 1e-9
    assert read.log_odds(rows).tolist() == [trained.bundle.log_odds(rows[i:i + 1])[0] for i in range(50)]
