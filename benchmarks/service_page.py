"""The figures of the service under load as a page."""

import os
import platform
import statistics
import time
from collections.abc import Mapping

from benchmarks.service_cases import CASES, EVENTS, LEADCAST, Case
from benchmarks.service_load import Load
from leadcast.bundle import Bundle

Figures = Mapping[str, Mapping[Case, list[Load]]]
HEAD = ("| leads at a time | reasons | clients | server | requests/s | leads/s | p50 ms | p99 ms | failed | Leadcast's share |\n"
        "|---|---|---|---|---|---|---|---|---|---|")


def page_of(found: Figures, leads: int, seconds: int, rounds: int, bundle: Bundle) -> str:
    """Medians over the rounds, each server's beside Leadcast's."""
    about = (f"{time.strftime('%Y-%m-%d')}, {os.cpu_count()} cores ({platform.machine()}), Python {platform.python_version()}; "
             f"client and server on the same machine. {leads:,} open leads in an SQLite store, {EVENTS} events each, "
             f"{len(bundle.contract.features)} features, the model {bundle.rung}. Medians of {rounds} rounds of {seconds} s.")
    lines = [_line(case, peer, by_case[case], found[LEADCAST][case]) for case in CASES for peer, by_case in found.items()
             if by_case[case]]
    return "\n".join(["# The service under load", "", about, "", EXPLAINED, "", HEAD, *lines, "", MADE])


EXPLAINED = (
    "Leadcast reads each lead's history from the store, computes its features, scores it for every open target and writes the\n"
    "ledger. The echo is the same server without any of that. The bare model is given features that are computed already, as is\n"
    "MLflow's server; neither reads, computes or keeps anything.")
MADE = "Made by `make bench-service` (needs wrk). Leadcast's share: its requests a second over that server's."


def _line(case: Case, peer: str, runs: list[Load], ours: list[Load]) -> str:
    rate, own = (statistics.median(run.per_second for run in some) for some in (runs, ours))
    middle, slow = (statistics.median(getattr(run, name) for run in runs) for name in ("p50", "p99"))
    reasons, failed = "yes" if case.explain else "no", sum(run.failed for run in runs)
    cells = (f"{case.size:,}", reasons, case.clients, peer, f"{rate:,.1f}", f"{rate * case.size:,.0f}", f"{middle:,.1f}",
             f"{slow:,.1f}", failed, f"{own / rate:.2f}")
    return f"| {' | '.join(str(cell) for cell in cells)} |"
