"""The service's log: a line of JSON for every request and every trouble, without anything of what was sent."""

import json
import logging
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from serving.request_id import CURRENT

ACCESS = "leadcast.access"
SERVICE = "leadcast.service"
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
UNMATCHED = "(none)"


class OneLine(logging.Formatter):
    """A record as a line of JSON. Of an exception it tells the kind and the place in the code: its message may hold values."""

    def format(self, record: logging.LogRecord) -> str:
        time = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        line: dict[str, Any] = {"time": time, "level": record.levelname.lower(), "logger": record.name}
        fields = getattr(record, "fields", None)
        line |= fields if fields is not None else {"message": record.getMessage(), "request_id": CURRENT.get()}
        if record.exc_info and record.exc_info[1] is not None:
            line["stack"] = stack_of(record.exc_info[1])
        return json.dumps(line, ensure_ascii=True)


def set_up_logging() -> None:
    """Let our loggers write lines of JSON to standard error, once per process; the rest of the program's logging stays."""
    ours = logging.getLogger("leadcast")
    if not any(isinstance(handler.formatter, OneLine) for handler in ours.handlers):
        handler = logging.StreamHandler()
        handler.setFormatter(OneLine())
        ours.addHandler(handler)
    ours.setLevel(logging.INFO)
    ours.propagate = False


def stack_of(error: BaseException) -> str:
    """Where an exception came from, and what it came from; without messages and source, which may hold values."""
    told: list[str] = []
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        frames = traceback.extract_tb(current.__traceback__)
        places = "; ".join(f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames)
        told.append(f"{type(current).__module__}.{type(current).__qualname__} at {places}")
        current = current.__cause__ or current.__context__
    return " <- ".join(told)


def note_request(fields: Mapping[str, Any]) -> None:
    """A line about a request; the route by its template, the caller by the public part of its key."""
    log = logging.getLogger(ACCESS)
    if log.isEnabledFor(logging.INFO):
        log.info("request", extra={"fields": fields})
