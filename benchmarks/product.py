"""Leadcast on one set, as its user would run it: a written workspace, ``leadcast train``, ``leadcast score``, each timed."""

import csv
import json
import re
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.data_sets import DataSet
from benchmarks.peers import numbers
from benchmarks.rivals import Answer, fingerprint, kept_answer

NAME = "Leadcast"
PROJECT = Path(__file__).resolve().parent.parent
OUTCOME = "how it ended (comparison)"  # a name that no set's own column has


class LeadcastFailedError(RuntimeError):
    """A command of Leadcast ended with an error; the message is what it said."""


def product_answer(data: DataSet, kept: Path, again: bool) -> Answer:
    """Leadcast's answer for the test rows, from the folder of what is kept unless it is asked again."""
    folder = kept / f"{data.name}-{fingerprint(data)}"
    answer = folder / f"{NAME}.json"
    if again or not answer.exists():
        workspace = folder / "workspace"
        write_workspace(data, workspace)
        answer.write_text(json.dumps(train_and_score(data, workspace)), encoding="utf-8")
    return kept_answer(answer)


def train_and_score(data: DataSet, workspace: Path) -> dict:
    began = time.perf_counter()
    run("leadcast", "train", "-w", str(workspace))
    trained = time.perf_counter()
    run("leadcast", "score", "-w", str(workspace), "--input", str(workspace / "new.csv"), "--out", str(workspace / "scores.csv"))
    done = time.perf_counter()
    scored = pd.read_csv(workspace / "scores.csv", dtype={"entity_id": str}).set_index("entity_id")["probability"]
    wanted = data.rows[data.identity].iloc[data.first_test_row:]
    probability = scored.reindex(wanted)
    if probability.isna().any():
        raise LeadcastFailedError(f"{data.name}: {int(probability.isna().sum())} of {len(wanted)} test rows have no score")
    latency = json.loads(run("benchmarks.latency", str(workspace), str(workspace / "new.csv")))
    return {"probability": [float(p) for p in probability], "seconds": done - began, "fit_seconds": trained - began} | latency


def run(module: str, *words: str) -> str:
    """What a module run as a program prints."""
    ended = subprocess.run([sys.executable, "-m", module, *words], capture_output=True, text=True, cwd=PROJECT)
    if ended.returncode:
        raise LeadcastFailedError(f"{module} {' '.join(words)}\n{ended.stdout[-2000:]}\n{ended.stderr[-2000:]}")
    return ended.stdout


def write_workspace(data: DataSet, folder: Path) -> None:
    """Past rows with their outcome, new rows without, and the leadcast.toml that maps them.

    A state of an earlier run is removed, so that every run trains from nothing.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for path in sorted(folder.glob(".leadcast/**/*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    rows = data.usable.drop(columns=data.target)
    ended = np.where(data.outcome == 1, "won", "lost")
    cut = data.first_test_row
    rows.iloc[:cut].assign(**{OUTCOME: ended[:cut]}).to_csv(folder / "leads.csv", index=False, quoting=csv.QUOTE_MINIMAL)
    rows.iloc[cut:].to_csv(folder / "new.csv", index=False)
    (folder / "leadcast.toml").write_text(toml(data), encoding="utf-8")


def toml(data: DataSet) -> str:
    """A workspace for one table: the columns as attributes, by their type; whatever has a role is mapped to it.

    The set says what leaks, and every model gets the rest: so the gate is told to let it pass, whatever it suspects.
    """
    roles = {"lead_id": data.identity, **data.roles}
    if data.created_at:
        roles["created_at"] = data.created_at
    elif data.order:
        roles["order"] = data.order
    inputs = data.usable.drop(columns=[data.target, *roles.values()])
    kinds = dict.fromkeys(numbers(inputs), "number") | dict.fromkeys(data.times, "time")
    attributes = [f"{key} = {{ column = {quoted(name)}, type = {quoted(kinds.get(name, 'category'))} }}"
                  for name, key in zip(inputs, keys(list(inputs)), strict=True)]
    columns = ", ".join(f"{role} = {quoted(column)}" for role, column in roles.items())
    end = "" if data.created_at else 'ends_at = "2024-01-01T00:00:00Z"\n'
    return f"""[workspace]
name = "{data.name.replace("_", "-")}"
timezone = "UTC"
{end}
[tables.leads]
file = "leads.csv"

[leads]
table = "leads"
columns = {{ {columns} }}

[leads.attributes]
{chr(10).join(attributes)}

[pipelines]
entity = "lead"
stages = ["new", "won", "lost"]
won = ["won"]
lost = ["lost"]

[stages]
entity = "lead"
from = "outcome"
table = "leads"
won = ["won"]
lost = ["lost"]
columns = {{ id = {quoted(data.identity)}, stage = {quoted(OUTCOME)} }}

[leaks]
allow = [{", ".join(quoted(name) for name in inputs)}]
"""


def quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def keys(names: list[str]) -> list[str]:
    """Names as bare TOML keys, each once."""
    found: list[str] = []
    for name in names:
        key = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_") or "column"
        found.append(key if key not in found else f"{key}_{len(found)}")
    return found
