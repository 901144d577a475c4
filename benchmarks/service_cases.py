"""What is asked of each server: how many leads at a time, by how many clients, with reasons or without."""

import json
from dataclasses import dataclass

import numpy as np

from leadcast.bundle import Bundle
from leadcast.history import History

EVENTS = 20
LEADCAST, ECHO, BARE, MLFLOW = PEERS = ("leadcast", "echo", "bare FastAPI", "mlflow models serve")
CLIENTS = {1: 8, 32: 4, 1000: 1}
MOST_EXPLAINED = 500


@dataclass(frozen=True)
class Case:
    """So many leads in each request."""

    size: int
    explain: bool

    @property
    def clients(self) -> int:
        return CLIENTS[self.size]


CASES = [Case(size, explain) for size in CLIENTS for explain in (False, True) if not explain or size <= MOST_EXPLAINED]


def can(peer: str, case: Case) -> bool:
    """MLflow's server has no reasons to give."""
    return not (peer == MLFLOW and case.explain)


def requests_of(peer: str, case: Case, history: History, bundle: Bundle) -> tuple[str, list[str]]:
    """The path and the bodies that are sent, with other leads in each."""
    rng, some = np.random.default_rng(case.size), 200 if case.size < 1000 else 20
    if peer in (LEADCAST, ECHO):
        bodies = [json.dumps({"as_of": f"{history.end}Z", "explain": case.explain,
                              "ids": rng.choice(history.ids("lead"), case.size, replace=False).tolist()}) for _ in range(some)]
        return ("/v1/score/leads" if peer == LEADCAST else "/echo"), bodies
    golden = bundle.golden.values
    tables = [_plain(golden[rng.integers(len(golden), size=case.size)]) for _ in range(min(some, 50))]
    if peer == BARE:
        return "/score", [json.dumps({"explain": case.explain, "rows": rows}) for rows in tables]
    columns = list(bundle.contract.names)
    return "/invocations", [json.dumps({"dataframe_split": {"columns": columns, "data": rows}}) for rows in tables]


def _plain(values: np.ndarray) -> list[list[float | None]]:
    return [[None if np.isnan(cell) else cell for cell in row] for row in values.tolist()]
