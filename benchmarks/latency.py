"""How long Leadcast takes to answer for one row: ``python -m benchmarks.latency WORKSPACE FILE``.

What the service does with a request is timed (mapping, features, probability, reasons), without HTTP; beside it the model
alone, which turns a row of features into a probability and the parts that add up to it.
"""

import json
import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from serving.desk import open_desk
from serving.messages import ScoreRequest

TIMES = 50


def main(workspace: Path, file: Path) -> None:
    desk = open_desk(workspace)
    row = {name: value for name, value in pd.read_csv(file, nrows=1, dtype=str).iloc[0].items() if isinstance(value, str)}
    request = ScoreRequest(records=[{"leads": row}])
    bundle = next(iter(desk.scorers.values())).bundle
    now, values = datetime.now(UTC), bundle.golden.values[:1]
    found = {"row_milliseconds": median_milliseconds(lambda: desk.answer("lead", request, now)),
             "model_milliseconds": median_milliseconds(lambda: bundle.score(values))}
    sys.stdout.write(json.dumps(found) + "\n")


def median_milliseconds(call: Callable[[], object]) -> float:
    """Median time of a call, after one to warm up."""
    call()
    took = []
    for _ in range(TIMES):
        began = time.perf_counter()
        call()
        took.append(time.perf_counter() - began)
    return statistics.median(took) * 1000


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
