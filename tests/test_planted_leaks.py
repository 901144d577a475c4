"""How many planted leaks the gate finds, and how many honest columns it refuses; long: over many seeds, with a dated result."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from planted_leaks import CHECK_SEED, Tally, judge_world
from planted_simulation import SHAPES, judge_simulation
from stranger_exports import judge_export

RESULTS = Path(__file__).resolve().parent.parent / "docs" / "results"
BUILT_ON, FRESH = 1, CHECK_SEED
TABLES, SEEDS = 150, 6
LEADS = (600, 1500, 4000)


def tables(first: int, count: int) -> Tally:
    tally = Tally()
    for seed in range(first, first + count):
        judge_world(seed, tally)
    return tally


def test_planted_leaks_are_found_and_honest_columns_left_alone() -> None:
    tally = tables(FRESH + 10_000, 8)
    assert tally.recall >= 0.9, dict(tally.misses)
    assert tally.precision >= 0.8, dict(tally.misses)


def exports(first: int, count: int, folder: Path) -> Tally:
    tally = Tally()
    for seed in range(first, first + count):
        judge_export(seed, folder / str(seed), tally)
    return tally


def test_planted_leaks_are_found_in_exports_made_by_a_stranger(tmp_path: Path) -> None:
    tally = exports(FRESH + 10_000, 10, tmp_path)
    assert tally.recall >= 0.9, dict(tally.misses)
    assert tally.precision >= 0.8, dict(tally.misses)


@pytest.mark.parametrize("shape", SHAPES)
def test_leaks_planted_into_the_simulated_company_are_found(shape: str, tmp_path: Path) -> None:
    tally = Tally()
    judge_simulation(tmp_path, shape, 600, FRESH, tally)
    assert not tally.missed.total() or tally.recall >= 0.8, dict(tally.misses)
    assert not tally.wrong, dict(tally.misses)


@pytest.fixture(scope="module")
def result() -> Iterator[list[str]]:
    """Lines of the tables that are left behind."""
    lines: list[str] = []
    yield lines
    RESULTS.mkdir(exist_ok=True)
    text = (f"# Planted leaks that the gate finds, {date.today()}\n\n{''.join(lines)}"
            "Tables of 500 to 20,000 rows, base rates of 5 to 60 %, noise of 5 to 20 %, dated and static; the four shapes of the "
            f"simulated company with 600 to 4,000 leads. Seeds from {FRESH:,} on were not used while the gate was built.\n\n"
            "Made by `make test-long ARGS=tests/test_planted_leaks.py`.\n")
    (RESULTS / f"{date.today()}-leaks.md").write_text(text, encoding="utf-8")


@pytest.mark.long
@pytest.mark.parametrize(("first", "said"), [(BUILT_ON, "building seeds"), (FRESH, "fresh seeds")])
def test_recall_and_precision_on_made_up_tables(first: int, said: str, result: list[str]) -> None:
    tally = tables(first, TABLES)
    result.append(_section(f"{TABLES} made-up tables, {said}", tally))
    assert tally.recall >= 0.9 and tally.precision >= 0.8


@pytest.mark.long
def test_recall_and_precision_on_exports_made_by_a_stranger(result: list[str], tmp_path: Path) -> None:
    tally = exports(FRESH, TABLES, tmp_path)
    title = f"{TABLES} exports in five forms, by a generator written without a look at the gate, fresh seeds"
    result.append(_section(title, tally))
    assert tally.recall >= 0.9 and tally.precision >= 0.8


@pytest.mark.long
def test_recall_and_precision_on_the_simulated_company(result: list[str], tmp_path: Path) -> None:
    tally = Tally()
    for seed in range(FRESH + 1, FRESH + 1 + SEEDS):
        for shape in SHAPES:
            folder = tmp_path / f"{shape}-{seed}"
            judge_simulation(folder, shape, LEADS[seed % len(LEADS)], seed, tally)
    result.append(_section(f"The simulated company, {SEEDS} fresh seeds in four shapes", tally))
    assert tally.recall >= 0.9 and tally.precision >= 0.8


def _section(title: str, tally: Tally) -> str:
    kinds = sorted({*tally.found, *tally.missed})
    counted = [(kind.replace("_", " "), tally.found[kind], tally.found[kind] + tally.missed[kind]) for kind in kinds]
    rows = "".join(f"| {kind} | {found} of {planted} |\n" for kind, found, planted in counted)
    wrong = ", ".join(f"{name} {count}" for name, count in sorted(tally.wrong.items())) or "none"
    return (f"## {title}\n\nRecall {tally.recall:.3f}, precision {tally.precision:.3f}; {tally.wrong.total()} of "
            f"{tally.honest:,} honest columns refused ({wrong}).\n\n| planted | found |\n| --- | --- |\n{rows}\n")
