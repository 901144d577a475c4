"""Runs one peer on one set in an interpreter of its own, and keeps the answer so that it is not run twice."""

import hashlib
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.data_sets import DataSet
from benchmarks.peers import LIBRARY, PEERS

SCRIPT = Path(__file__).with_name("peers.py")


@dataclass(frozen=True)
class Answer:
    """What one model said of a set's test rows.

    Attributes
    ----------
    probability : one per test row, in the set's order
    seconds : training and scoring, wall time
    row_milliseconds : one answer for one row, from its raw columns; None where it was not measured
    model_milliseconds : the model's part of that, where it was measured apart
    """

    probability: np.ndarray
    seconds: float
    row_milliseconds: float | None
    model_milliseconds: float | None = None


def available(python: str) -> list[str]:
    """The peers whose library an interpreter has."""
    code = "import importlib.util as u, sys; print(*[bool(u.find_spec(n.split('.')[0])) for n in sys.argv[1:]])"
    found = subprocess.run([python, "-c", code, *LIBRARY.values()], capture_output=True, text=True, check=True).stdout.split()
    missing = {peer for peer, there in zip(LIBRARY, found, strict=True) if there == "False"}
    return [peer for peer in PEERS if peer not in missing]


def peer_answer(data: DataSet, model: str, python: str, kept: Path) -> Answer:
    """A peer's answer, from the folder of what is kept if it has already answered for these rows."""
    folder = kept / f"{data.name}-{fingerprint(data)}"
    if not (folder / f"{model}.json").exists():
        write_exchange(data, folder)
        subprocess.run([python, str(SCRIPT), model, str(folder)], check=True, stdout=sys.stderr)
    return kept_answer(folder / f"{model}.json")


def kept_answer(path: Path) -> Answer:
    said = json.loads(path.read_text(encoding="utf-8"))
    return Answer(np.array(said["probability"]), said["seconds"], said.get("row_milliseconds"), said.get("model_milliseconds"))


def fingerprint(data: DataSet) -> str:
    """Ten letters that change with any input, outcome or the split of a set."""
    text = data.inputs().to_csv(index=False) + data.outcome.tobytes().hex() + str(data.first_test_row)
    return hashlib.sha256(text.encode()).hexdigest()[:10]


def write_exchange(data: DataSet, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    inputs, cut = data.inputs(), data.first_test_row
    inputs.iloc[:cut].assign(outcome=data.outcome[:cut]).to_csv(folder / "train.csv", index=False)
    inputs.iloc[cut:].to_csv(folder / "test.csv", index=False)
