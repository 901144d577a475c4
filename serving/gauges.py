"""What can be looked up whenever Prometheus asks: models, their alarms, drift, and what waits in the store."""

import json
import logging
import math
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from leadcast.errors import LeadcastError
from leadcast.moment import is_shown
from leadcast.places import state_folder
from leadcast.store.pulse import waiting_count

if TYPE_CHECKING:
    from prometheus_client.core import GaugeMetricFamily

    from serving.desk import Desk

DRIFT = "drift.json"
"""Where ``leadcast drift --json`` is kept for the gauge, beside the workspace in ``.leadcast``."""
log = logging.getLogger("leadcast.service")


class Gauges:
    """A collector over an app's state, as of a moment."""

    def __init__(self, state: Any, now: np.datetime64) -> None:
        self.state, self.now = state, now

    def collect(self) -> "Iterator[GaugeMetricFamily]":
        desk, alarms = self.state.desk, getattr(self.state, "alarms", {})
        targets = [] if desk is None else list(desk.scorers)
        yield _gauge("ready", "Whether models are loaded.", {(): float(desk is not None)})
        yield _gauge("model_age_seconds", "Time since the end of the data that a model was trained on.",
                     {} if desk is None else _ages(desk, self.now), "target")
        yield _gauge("model_alarm", "Whether something keeps a target's champion (or the registry) from answering.",
                     {(name,): float(name in alarms) for name in (*targets, *sorted(set(alarms) - set(targets)))}, "target")
        yield _gauge("calibration_error", "Expected calibration error of a model, on what it had not seen.",
                     {} if desk is None else _calibration(desk), "target")
        yield _gauge("drift_psi_max", "Largest population stability index of a model's features, when drift was last looked at.",
                     {} if desk is None else drift_of(state_folder(desk.workspace) / DRIFT, targets), "target")
        yield from self._of_store()

    def _of_store(self) -> "Iterator[GaugeMetricFamily]":
        waiting = None
        if self.state.store is not None:
            try:
                waiting = waiting_count(self.state.store)
            except LeadcastError as refused:
                log.warning("%s", refused)
        yield _gauge("store_up", "Whether the store answers.", {(): float(waiting is not None)})
        yield _gauge("waiting", "Leads and deals with news since their current score.",
                     {} if waiting is None else {(): float(waiting)})


def drift_of(file: Path, targets: Iterable[str]) -> dict[tuple[str, ...], float]:
    """Each target's largest index of its features, in a file of ``leadcast drift --json``; none where it cannot be read."""
    try:
        said = json.loads(file.read_text(encoding="utf-8"))["drift"]
        found = {(target,): [float(one["psi"]) for one in said[target]["features"] if one["psi"] is not None]
                 for target in targets if target in said}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError) as odd:
        log.warning("%s cannot be read (%s): write it with leadcast drift --json", DRIFT, type(odd).__name__)
        return {}
    return {target: max(values) for target, values in found.items() if values}


def _ages(desk: "Desk", now: np.datetime64) -> dict[tuple[str, ...], float]:
    ends = {target: scorer.bundle.facts.trained_as_of for target, scorer in desk.scorers.items()}
    return {(target,): float((now - end) / np.timedelta64(1, "s")) for target, end in ends.items() if is_shown(end)}


def _calibration(desk: "Desk") -> dict[tuple[str, ...], float]:
    reports = {target: scorer.bundle.report for target, scorer in desk.scorers.items()}
    said = {target: report.get("metrics", {}).get("model", {}).get("ece") for target, report in reports.items()}
    return {(target,): float(error) for target, error in said.items() if error is not None and math.isfinite(error)}


def _gauge(name: str, says: str, values: Mapping[tuple[str, ...], float], *labels: str) -> "GaugeMetricFamily":
    from prometheus_client.core import GaugeMetricFamily

    family = GaugeMetricFamily(f"leadcast_{name}", says, labels=list(labels))
    for label, value in values.items():
        family.add_metric(list(label), value)
    return family
