"""Notebooks: each percent script has its stripped twin, word for word (``make notebooks`` runs them)."""

from pathlib import Path
from runpy import run_path

import pytest

FOLDER = Path(__file__).resolve().parent.parent / "notebooks"
SCRIPTS = sorted(FOLDER.glob("[0-9]*.py"))
stripped = run_path(str(FOLDER / "execute.py"))["stripped"]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_the_twin_is_the_script_without_outputs(script: Path) -> None:
    twin = script.with_suffix(".ipynb").read_text(encoding="utf-8")
    assert twin == stripped(script), "Run python notebooks/execute.py --write"


def test_every_twin_has_its_script() -> None:
    assert [twin.stem for twin in sorted(FOLDER.glob("*.ipynb"))] == [script.stem for script in SCRIPTS]
    assert len(SCRIPTS) >= 4
