"""What the service counts for Prometheus: simple functions that anybody may call, with few and bounded labels.

Several workers add up through files in ``LEADCAST_METRICS_DIR``; without it each process counts for itself.
"""

import logging
import os
from collections import Counter as Tally
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry, Counter, Histogram

FOLDER = "LEADCAST_METRICS_DIR"
OF_BENTOML = "PROMETHEUS_MULTIPROC_DIR"
RESERVED_BYTES = 1 << 20
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
LAGS = (1.0, 10.0, 60.0, 600.0, 3_600.0, 21_600.0, 86_400.0, 259_200.0, 604_800.0, 2_592_000.0)
Source = Literal["record", "store", "job", "refresh"]
log = logging.getLogger("leadcast.service")


@dataclass(frozen=True)
class Series:
    """Everything that is counted as it happens; what can be looked up at any time is in :mod:`serving.gauges`.

    Attributes
    ----------
    folder : where all workers' counts lie; None where this process counts alone
    """

    registry: "CollectorRegistry"
    folder: Path | None
    requests: "Counter"
    seconds: "Histogram"
    scores: "Counter"
    unseen: "Counter"
    ingested: "Counter"
    lag: "Histogram"


def count_scores(target: str, model: str, grades: Iterable[str], source: Source, unseen: int = 0) -> None:
    """Count scores that were given, one per grade.

    Parameters
    ----------
    model : the registered name and version, such as ``acme-mql/3-1f0c9a2b``
    source : record: of a record in the request; store: of what the store knows; job: of a bulk job; refresh: nobody asked
    unseen : how many of their values training never saw
    """
    for grade, count in Tally(str(grade) for grade in grades).items():
        series().scores.labels(target, model, grade, source).inc(count)
    if unseen:
        series().unseen.labels(target).inc(unseen)


def count_ingested(resource: str, status: str, count: int = 1) -> None:
    """Count items that were sent in.

    Parameters
    ----------
    resource : as in the path, such as leads or field-history; never a text of the request
    status : created, updated, unchanged or rejected
    """
    if count:
        series().ingested.labels(resource, status).inc(count)


def note_lags(seconds: Iterable[float]) -> None:
    """Note how long ago events had happened when they came in; ahead of our clock counts as 0."""
    lag = series().lag
    for one in seconds:
        lag.observe(max(0.0, float(one)))


def count_request(route: str, method: str, status: int, seconds: float) -> None:
    """Count a request by its route's template, such as ``/v1/leads/{id}``; never by its path."""
    series().requests.labels(route, method, str(status)).inc()
    series().seconds.labels(route, method).observe(seconds)


_opened: list[Series] = []
_lock = Lock()


def series() -> Series:
    """This process's counters, made on first use."""
    if not _opened:
        with _lock:
            if not _opened:
                _opened.append(_open(os.environ.get(FOLDER) or os.environ.get(OF_BENTOML)))
    return _opened[0]


def _open(folder: str | None) -> Series:
    from prometheus_client import CollectorRegistry, Counter, Histogram, values

    place = _reserve(Path(folder)) if folder else None
    if place is not None:
        os.environ[OF_BENTOML] = str(place)  # the library looks there whenever it opens a file
        values.ValueClass = values.MultiProcessValue()
    else:
        values.ValueClass = values.MutexValue
    registry = CollectorRegistry()

    def counter(name: str, says: str, *labels: str) -> Counter:
        return Counter(f"leadcast_{name}", says, labels, registry=registry)

    return Series(
        registry, place,
        counter("requests_total", "Requests answered, by the route's template.", "route", "method", "status"),
        Histogram("leadcast_request_seconds", "How long answers took.", ("route", "method"), buckets=SECONDS, registry=registry),
        counter("scores_total", "Scores given.", "target", "model", "grade", "source"),
        counter("unseen_values_total", "Values in scored records that training never saw.", "target"),
        counter("ingested_total", "Items sent in.", "resource", "status"),
        Histogram("leadcast_ingest_lag_seconds", "How long ago events had happened when they came in.", buckets=LAGS,
                  registry=registry),
    )


def _reserve(folder: Path) -> Path | None:
    """The folder, with room set aside: a full disk under a mapped file would kill the worker without a word (SIGBUS)."""
    new = folder / f"{os.getpid()}.new"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for kind in ("counter", "histogram"):
            if not (place := folder / f"{kind}_{os.getpid()}.db").exists():
                with new.open("wb") as file:
                    file.write(bytes(RESERVED_BYTES))
                new.rename(place)  # whoever reads the folder meanwhile sees all of the file or nothing
    except OSError as refused:
        log.warning("metrics: %s cannot be used (%s); each worker counts for itself", folder, refused.strerror)
        with suppress(OSError):
            new.unlink(missing_ok=True)
        return None
    return folder
