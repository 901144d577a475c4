"""A model trained on a CRM's own export is as good as one trained on the plain files of the same company."""

from pathlib import Path

import pytest

from leadcast.mapping import read_history
from leadcast.simulate import simulate
from leadcast.workspace import read_workspace
from training.run import train

LEADS, SEED, TARGET = 600, 5, "sql"
CLOSE = 0.03
"""Between the AUCs: who owns what and how exactly it is timed is written differently, so they are not the same."""


def trained_auc(folder: Path, shape: str) -> float:
    simulate(folder, LEADS, SEED, shape)
    workspace = read_workspace(folder)
    model, = train(workspace, read_history(workspace), targets=[TARGET], register=False)
    return float(model.report["metrics"]["model"]["auc"])


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> float:
    return trained_auc(tmp_path_factory.mktemp("crm"), "crm")


@pytest.mark.long
@pytest.mark.parametrize("shape", ["salesforce", "hubspot", "odoo", "dynamics"])
def test_the_export_trains_as_well_as_the_plain_files(tmp_path: Path, plain: float, shape: str) -> None:
    assert plain > 0.75
    assert trained_auc(tmp_path, shape) == pytest.approx(plain, abs=CLOSE)
