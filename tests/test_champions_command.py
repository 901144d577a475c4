"""The commands around champions, on a trained workspace; nothing here moves an alias."""

import json

import numpy as np
import pytest
from click.testing import CliRunner, Result
from fixtures_trained import TrainedWorkspace

from leadcast.cli import main
from leadcast.commands.champions import exit_code
from leadcast.commands.drift import DriftError, look
from training.promote import Verdict


def run(trained: TrainedWorkspace, *arguments: str) -> Result:
    return CliRunner().invoke(main, [arguments[0], "--workspace", str(trained.folder), *arguments[1:]])


def test_models_lists_versions_with_what_they_have_seen(trained: TrainedWorkspace) -> None:
    ran = run(trained, "models", "--json")
    assert ran.exit_code == 0, ran.output
    model = json.loads(ran.output)["models"][0]
    version = model["versions"][0]
    assert version["aliases"] == ["challenger", "champion"] and version["version"] == 1
    assert version["data_end"] == f"{trained.history.end}Z" and version["rung"] == trained.bundles["mql"].rung
    assert version["metrics"]["auc"] == trained.bundles["mql"].report["metrics"]["model"]["auc"]
    assert [entry["why"] for entry in model["champions"]] == ["the first version"]
    assert "champion" in run(trained, "models").output


def test_promoting_the_champion_again_changes_nothing(trained: TrainedWorkspace) -> None:
    ran = run(trained, "promote", "--target", "mql")
    assert ran.exit_code == 0 and "version 1 is the champion already" in ran.output


def test_an_unknown_target_and_a_lonely_version_are_mistakes(trained: TrainedWorkspace) -> None:
    assert run(trained, "promote", "--target", "churn").exit_code == 2
    both = run(trained, "promote", "--to", "1")
    assert both.exit_code == 2 and "--to needs exactly one --target" in both.output
    missing = run(trained, "promote", "--target", "mql", "--to", "9")
    assert missing.exit_code == 2 and "has no version 9; it has 1." in missing.output


def test_a_refusal_is_exit_code_3() -> None:
    kept = Verdict("mql", "acme-mql", 2, 1, promoted=False, refused=True, words="version 2 is refused")
    moved = Verdict("win", "acme-win", 2, 1, promoted=True, refused=False, words="version 2 is champion now")
    assert exit_code([moved]) == 0 and exit_code([moved, kept]) == 3


def test_drift_speaks_for_each_model(trained: TrainedWorkspace) -> None:
    ran = run(trained, "drift", "--days", "60", "--json")
    assert ran.exit_code == 0, ran.output
    found = json.loads(ran.output)["drift"]
    assert set(found) == set(trained.bundles) and not found["mql"]["retrain"] and found["mql"]["features"]
    shown = run(trained, "drift", "--days", "60").output
    assert "against" in shown and "Too few outcomes have matured since the training" in shown


def test_days_or_since_but_not_both(trained: TrainedWorkspace) -> None:
    ran = run(trained, "drift", "--days", "60", "--since", "2026-01-01")
    assert ran.exit_code == 2 and "Say --days or --since, not both." in ran.output


def test_too_little_that_is_recent_is_said(trained: TrainedWorkspace) -> None:
    with pytest.raises(DriftError, match=r"mql: there are 0 recent looks; at least 30 are needed to compare"):
        look(trained.history, trained.bundles["mql"], trained.history.end + np.timedelta64(1, "D"))
