"""Calls: what a manager says a period will bring, kept beside the model's forecast and never overwritten.

A file of JSON lines that only grows. A later call of the same period and owner counts from the moment it was recorded; what
was called before stays, so that any past day's calls can be told, and judged.
"""

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from leadcast.errors import LeadcastError
from leadcast.period import Period

NAME = "calls.jsonl"
SHOWN = 5


class CallError(LeadcastError):
    """A call that says nothing, or a file of calls that cannot be read."""


@dataclass(frozen=True)
class Call:
    """What somebody said a period will bring.

    Attributes
    ----------
    owner : whose deals; None for the whole team's
    amount, count : what will be won in all, in money and in deals; one of them may be None
    who : who said so
    recorded_at : when, UTC
    """

    period: Period
    owner: str | None
    amount: float | None
    count: float | None
    currency: str
    note: str
    who: str
    recorded_at: np.datetime64

    def to_json(self) -> dict[str, Any]:
        span = {"name": self.period.name, "start": str(self.period.start), "end": str(self.period.end)}
        return {"recorded_at": str(self.recorded_at), "who": self.who, "period": span, "owner": self.owner, "amount": self.amount,
                "count": self.count, "currency": self.currency, "note": self.note}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Call":
        period = Period(data["period"]["name"], *(np.datetime64(data["period"][edge], "us") for edge in ("start", "end")))
        amount, count = (None if data[name] is None else float(data[name]) for name in ("amount", "count"))
        texts = {name: str(data[name]) for name in ("currency", "note", "who")}
        return cls(period, data["owner"], amount, count, recorded_at=np.datetime64(data["recorded_at"], "us"), **texts)


def record_call(
    file: Path, period: Period, who: str, recorded_at: np.datetime64, currency: str, amount: float | None = None,
    count: float | None = None, owner: str | None = None, note: str = "",
) -> Call:
    """Add a call at the end of the file; the file and its folder are made if need be.

    Raises
    ------
    CallError : neither amount nor count, one below 0 or infinite, nobody who says so, or the file cannot be written
    """
    for name, value in (("amount", amount), ("count", count)):
        if value is not None and not (math.isfinite(value) and value >= 0):
            raise CallError(f"The {name} of a call is 0 or more, not {value}.")
    if amount is None and count is None:
        raise CallError(f"A call of {period.name} says how much will be won: give an amount, a count, or both.")
    if not who.strip():
        raise CallError("A call has somebody who makes it: give their name.")
    call = Call(period, owner, amount, count, currency, note, who.strip(), recorded_at.astype("datetime64[us]"))
    line = (json.dumps(call.to_json(), allow_nan=False) + "\n").encode()
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("ab") as lines:
            lines.write(line if _ends_well(file) else b"\n" + line)
    except OSError as refused:
        raise CallError(f"{file} cannot be written: {refused.strerror}.") from None
    return call


def read_calls(file: Path) -> list[Call]:
    """Every call ever recorded, in the order of the file. No file: none.

    Raises
    ------
    CallError : names the lines that cannot be read; the file is left as it is
    """
    try:
        lines = file.read_bytes().split(b"\n")
    except FileNotFoundError:
        return []
    except OSError as refused:
        raise CallError(f"{file} cannot be read: {refused.strerror}.") from None
    calls, wrong = [], []
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                calls.append(Call.from_json(json.loads(line)))
            except (ValueError, KeyError, TypeError):
                wrong.append(number)
    if wrong:
        shown = ", ".join(map(str, wrong[:SHOWN])) + (", ..." if len(wrong) > SHOWN else "")
        raise CallError(f"{file.name}: {'lines' if len(wrong) > 1 else 'line'} {shown} cannot be read as a call; the other "
                        f"{len(calls)} can, and nothing was changed. Mend or remove what is wrong there.")
    return calls


def calls_at(file: Path, as_of: np.datetime64, period: Period | None = None) -> list[Call]:
    """The calls that stood at a moment: the newest of each period and owner recorded by then; of one moment, the last line.

    Parameters
    ----------
    period : only the calls of this one

    Returns
    -------
    by period, then the team's before the owners'

    Raises
    ------
    CallError : as :func:`read_calls`
    """
    asked = [call for call in read_calls(file) if call.recorded_at <= as_of
             and (period is None or (call.period.start, call.period.end) == (period.start, period.end))]
    newest = {(c.period.start, c.period.end, c.owner): c for c in sorted(asked, key=lambda call: call.recorded_at)}
    return [newest[key] for key in sorted(newest, key=lambda k: (k[0], k[1], k[2] is not None, k[2] or ""))]


def _ends_well(file: Path) -> bool:
    """Does the file end with a whole line? One cut short must not swallow the next."""
    with file.open("rb") as lines:
        if not lines.seek(0, 2):
            return True
        lines.seek(-1, 2)
        return lines.read(1) == b"\n"
