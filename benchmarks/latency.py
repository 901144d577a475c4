"""How long Leadcast takes to answer for records, of the process's own time.

    python -m benchmarks.latency WORKSPACE FILE      one row of a table of leads, beside the model alone
    python -m benchmarks.latency WORKSPACE           whole records of 1, 32 and 500 leads or deals, in one request each
    python -m benchmarks.latency WORKSPACE --data DIR [--read]     the same of files that lie elsewhere; only read, not scored

What the service does with a request is timed (mapping, features, probability, reasons), without HTTP; the model alone turns
a row of features into a probability and the parts that add up to it.
"""

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from leadcast.mapping import ReferenceTables, read_history
from leadcast.rawrecords import RawRecords
from leadcast.vocabulary import ENTITIES
from leadcast.workspace import read_workspace
from leadcast.workspace.model import Workspace
from serving.answers import answer_records
from serving.desk import open_desk
from serving.messages import ScoreRequest
from serving.together import read_records

TIMES, SIZES = 50, (1, 32, 500)
Found = dict[str, float]


def of_one_row(workspace: Path, file: Path) -> Found:
    desk = open_desk(workspace)
    row = {name: value for name, value in pd.read_csv(file, nrows=1, dtype=str).iloc[0].items() if isinstance(value, str)}
    request = ScoreRequest(records=[{"leads": row}])
    bundle = next(iter(desk.scorers.values())).bundle
    now, values = np.datetime64("now", "us"), bundle.golden.values[:1]
    return {"row_milliseconds": median_milliseconds(lambda: answer_records(desk, "lead", request, now)),
            "model_milliseconds": median_milliseconds(lambda: bundle.score(values))}


def of_records(folder: Path, data: Path | None, only_read: bool) -> Found:
    """Milliseconds by kind of entity and number of records."""
    workspace, found = read_workspace(folder, data), Found()
    end, wanted = whole_records(workspace)
    desk = None if only_read else open_desk(folder, data)
    references = ReferenceTables(workspace)
    for entity, records in wanted.items():
        for size in SIZES:
            if size > len(records):
                continue
            some, times = records[:size], max(3, TIMES // size)
            found[f"{entity}_{size}_read"] = median_milliseconds(
                partial(read_records, workspace, some, end, references, (), True), times)
            if desk is not None:
                request = ScoreRequest(records=some, skip_bad_rows=True)
                found[f"{entity}_{size}_answer"] = median_milliseconds(partial(answer_records, desk, entity, request, end), times)
    return found


def whole_records(workspace: Workspace) -> tuple[np.datetime64, dict[Any, list[Any]]]:
    """The end of the data, and by kind of entity the raw rows of as many as the largest request holds."""
    history, raw = read_history(workspace), RawRecords(workspace)
    chosen = {entity: history.ids(entity)[:: max(1, len(history.ids(entity)) // SIZES[-1])][:SIZES[-1]] for entity in ENTITIES}
    return history.end, {entity: [raw.of(history, entity, one) for one in ids] for entity, ids in chosen.items() if len(ids)}


def median_milliseconds(call: Callable[[], object], times: int = TIMES) -> float:
    """Median time of a call, after one to warm up."""
    call()
    took = []
    for _ in range(times):
        began = time.process_time()
        call()
        took.append(time.process_time() - began)
    return statistics.median(took) * 1000


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("workspace", type=Path)
    asked.add_argument("file", type=Path, nargs="?")
    asked.add_argument("--data", type=Path)
    asked.add_argument("--read", action="store_true", help="only read the records: no model is needed")
    told = asked.parse_args()
    found = of_records(told.workspace, told.data, told.read) if told.file is None else of_one_row(told.workspace, told.file)
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
