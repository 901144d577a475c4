"""Leaks planted into the simulated company's files, in all four shapes, and what the whole gate makes of them."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from planted_leaks import ONLY_DATED, ONLY_OPEN, PLANTS, Tally, World

from leadcast.history import History
from leadcast.leaks import find_leaks
from leadcast.leaks.course import course_of
from leadcast.mapping import read_history
from leadcast.simulate import simulate
from leadcast.workspace import read_workspace

SHAPES = {"crm": ("leads.csv", "LeadId"), "snapshot": ("leads.csv", "Lead ID"), "log": ("log.csv", "case_id"),
          "export": ("leads.csv", "Lead Number")}
"""Where each shape keeps its leads, and the column of their ids."""
NUMBERS = {"number_after_win", "id_parity", "days_open", "call_count", "vendor_score", "amount_zero_when_lost"}
TIMES = {"last_modified"}


def judge_simulation(folder: Path, shape: str, leads: int, seed: int, tally: Tally) -> None:
    """Simulate, plant five leaks, map them as attributes, and count what the gate refuses."""
    simulate(folder, leads, seed, shape)
    workspace = read_workspace(folder)
    history = read_history(workspace)
    honest = set(_mapped(folder))
    planted = _planted(history, np.random.default_rng(seed))
    _write(folder, shape, history, planted)
    workspace = read_workspace(folder)
    refused = {leak.attribute for leak in find_leaks(read_history(workspace), workspace)
               if leak.status == "refused" and leak.entity == "lead"}
    about = f"{shape} seed {seed} leads {leads}"
    for name in planted:
        (tally.found if name in refused else tally.missed)[f"{shape} {name}"] += 1
        if name not in refused:
            tally.misses[name].append(about)
    tally.honest += len(honest)
    for name in refused - set(planted):
        tally.wrong[str(name)] += 1
        tally.misses[str(name)].append(about)


def _planted(history: History, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Five columns of leads by name, each with a noise of 5 to 20 %."""
    course = course_of(history, "lead")
    closed = next(q for q in course.questions if q.closing).outcome == 1
    names = {"win", "sql"} & {q.name for q in course.questions}
    reached = next(q for q in course.questions if q.name == ("win" if "win" in names else "sql")).outcome == 1
    dated = not np.isnan(course.created).all()
    created = course.created if dated else course.order
    life = np.where(np.isnan(course.life), 1.0, course.life)
    start = created.min()
    world = World(rng, dated, created - start, np.maximum(life, 0.01), reached & closed, closed, course.end - start, {})
    kinds = [k for k in PLANTS if (dated or k not in ONLY_DATED) and (k not in ONLY_OPEN or (~closed).sum() >= 40)]
    kinds = [k for k in kinds if k not in ("last_modified", "missing_while_young")]  # their clocks are the other generator's
    return {k: PLANTS[k](world, float(rng.uniform(0.05, 0.2))) for k in rng.choice(kinds, 5, replace=False).tolist()}


def _write(folder: Path, shape: str, history: History, planted: Mapping[str, np.ndarray]) -> None:
    """The columns beside the others in the file, and in the mapping."""
    name, key = SHAPES[shape]
    places = {i: place for place, i in enumerate(history.ids("lead"))}
    with (folder / name).open(encoding="utf-8", newline="") as opened:
        rows = list(csv.DictReader(opened))
    for row in rows:
        place = places.get(row[key].strip())
        row.update({column: "" if place is None else _text(values[place]) for column, values in planted.items()})
    with (folder / name).open("w", encoding="utf-8", newline="") as opened:
        writer = csv.DictWriter(opened, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    kinds = {column: "number" if column in NUMBERS else "category" for column in planted}
    lines = "".join(f'{column} = {{ type = "{kind}" }}\n' for column, kind in kinds.items())
    toml = (folder / "leadcast.toml").read_text(encoding="utf-8")
    (folder / "leadcast.toml").write_text(toml.replace("[leads.attributes]\n", f"[leads.attributes]\n{lines}"), encoding="utf-8")


def _text(value: object) -> str:
    return "" if value is None or value != value else str(value)


def _mapped(folder: Path) -> list[str]:
    """The columns of leads that models may see."""
    workspace = read_workspace(folder)
    core = [name for source in workspace.leads for name in ("owner", "source", "account_id") if getattr(source.columns, name)]
    return [*core, *(name for source in workspace.leads for name, a in source.attributes.items() if a.known != "outcome")]
