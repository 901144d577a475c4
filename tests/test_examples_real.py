"""The examples on real exports: what they read, what they keep out, and that a static export learns what is there."""

from pathlib import Path

import numpy as np
import pytest

from leadcast.history import History
from leadcast.mapping import read_history
from leadcast.settled import is_settled
from leadcast.workspace import read_workspace

FOLDERS = {"x-education": "x-education-leads", "olist": "olist-marketing-funnel", "maven": "maven-crm-sales-opportunities"}


def example(name: str, repository: Path, shared_data: Path) -> History:
    return read_history(read_workspace(repository / "examples" / name, shared_data / FOLDERS[name]))


def late(history: History) -> set[str]:
    return {a.name for a in history.vocabulary.attributes if a.known == "outcome"}


def test_x_education_is_a_static_export_without_its_leaks(repository: Path, shared_data: Path) -> None:
    history = example("x-education", repository, shared_data)
    win = history.vocabulary.targets[0]
    assert history.undated("lead") and is_settled(history, win)
    assert (history.leads.rows, int((history.stages["stage"] == "converted").sum())) == (9_240, 3_561)
    assert {"tags", "lead_quality", "lead_profile", "last_activity", "last_notable_activity"} <= late(history)


def test_olist_keeps_the_leads_of_2018_and_their_wins_only(repository: Path, shared_data: Path) -> None:
    history = example("olist", repository, shared_data)
    assert history.leads.rows == 5_998 and history.leads["created_at"].min() >= np.datetime64("2018-01-01")
    assert not history.quality.rejected
    assert not is_settled(history, history.vocabulary.targets[0]) and history.vocabulary.targets[0].horizon_days == 60


def test_maven_keeps_deals_without_a_date_and_prices_by_list(repository: Path, shared_data: Path) -> None:
    history = example("maven", repository, shared_data)
    assert history.opportunities.rows == 8_800 and int(np.isnat(history.opportunities["created_at"]).sum()) == 500
    assert not np.isnan(history.opportunities["amount"]).any()
    assert late(history) == {"account", "close_value"}


@pytest.mark.long
def test_an_honest_model_of_x_education(repository: Path, shared_data: Path) -> None:
    from training.run import train

    workspace = read_workspace(repository / "examples" / "x-education", shared_data / FOLDERS["x-education"])
    trained, = train(workspace, read_history(workspace), register=False)
    assert 0.87 < trained.report["metrics"]["model"]["auc"] < 0.91
    assert "1970" not in trained.bundle.card and trained.report["observations"]["from"] is None
