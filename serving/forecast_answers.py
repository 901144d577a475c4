"""Forecasts as JSON holds them: times as ISO UTC, what is missing as None; the models are in serving.forecast_messages."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from fastapi import Response
from pydantic_core import to_json

from leadcast.called import Called
from leadcast.calls import Call
from leadcast.explanation import Explanation
from leadcast.forecast import Distribution
from leadcast.period import Period
from leadcast.snapshots import About, Snapshot
from serving.cursors import read_cursor, written_cursor
from serving.outlook import Outlook, outlook_json
from serving.weeks import Week

Plain = dict[str, Any]
OWN = ("entity_id", "kind", "expected", "amount", "margin", "ever", "closes", "expected_close", "created_at", "slips", "stage",
       "owner")
"""Columns of a forecast's rows that have a place of their own; the others are attributes."""
SHOWN_DEALS = 50


def answered(told: Plain, status: int = 200) -> Response:
    """JSON without a model being built of it; what is no number is null."""
    return Response(to_json(told, inf_nan_mode="null"), status, media_type="application/json")


def utc(moment: np.datetime64) -> str | None:
    """A moment as it is told, None where there is none.

    Examples
    --------
    >>> utc(np.datetime64("2026-03-01T08:00", "us")), utc(np.datetime64("NaT"))
    ('2026-03-01T08:00:00Z', None)
    """
    return None if np.isnat(moment) else f"{moment.astype('datetime64[us]').item().isoformat()}Z"


def span_told(period: Period) -> Plain:
    return {"name": period.name, "start": utc(period.start), "end": utc(period.end)}


def call_told(call: Call) -> Plain:
    return {**call.to_json(), "recorded_at": utc(call.recorded_at), "period": span_told(call.period)}


def forecast_told(
    look: Outlook, notes: Sequence[str], weeks: Sequence[Week], called: Sequence[Called], saved: str | None,
    explanation: Explanation | None,
) -> Plain:
    """What POST /v1/forecast answers: the numbers of ``leadcast forecast --json``."""
    return {
        **outlook_json(look), "as_of": utc(look.as_of), "period": span_told(look.period), "notes": [*look.notes, *notes],
        "weeks": [{**week.to_json(), "until": utc(week.until)} for week in weeks],
        "calls": [{**one.to_json(), **call_told(one.call)} for one in called], "saved": saved,
        "against": None if explanation is None else explanation_told(explanation, SHOWN_DEALS, None, paged=False),
    }


def explanation_told(explanation: Explanation, limit: int, cursor: str | None, paged: bool = True) -> Plain:
    """The pieces, and a page of the deals behind them.

    Raises
    ------
    RequestError : no cursor of this list
    """
    deals = explanation.to_json()["deals"]
    start = _start(cursor)
    following = written_cursor(start + limit) if paged and len(deals) > start + limit else None
    return {**explanation.to_json(), "deals": deals[start:start + limit], "deals_in_all": len(deals), "next": following}


# ---- what is kept ---------------------------------------------------------------------------------------------


def about_told(about: About) -> Plain:
    """A saved forecast in short."""
    figures = {what: _figures(about.total.get(what)) for what in ("count", "amount")}
    return {"id": about.id, "as_of": utc(about.as_of), "period": span_told(about.period), "entity": about.entity,
            "currency": about.currency, "model": about.model, "fingerprint": about.fingerprint, **figures, "quota": about.quota,
            "note": about.note, "changes": list(about.changes), "base": about.base}


def _figures(measure: Plain | None) -> Plain | None:
    if not measure:
        return None
    whole = Distribution.from_json(measure["whole"])
    return {**{name: measure[name] for name in ("won", "open", "new", "total")}, "p10": whole.p10, "p50": whole.p50,
            "p90": whole.p90}


def snapshot_told(snapshot: Snapshot, rows: bool, limit: int, cursor: str | None) -> Plain:
    """A saved forecast with a page of its rows.

    Raises
    ------
    RequestError : no cursor of this list
    """
    start = _start(cursor)
    told = None
    if rows:
        following = written_cursor(start + limit) if len(snapshot.rows) > start + limit else None
        told = {"items": _rows(snapshot.rows.iloc[start:start + limit]), "next": following}
    return {**about_told(snapshot.about), "total": dict(snapshot.about.total) or None, "rows": told}


def _rows(table: pd.DataFrame) -> list[Plain]:
    columns = {str(name): _cells(table[name].to_numpy()) for name in table.columns}
    columns |= {name: [None] * len(table) for name in OWN if name not in columns}
    more = [name for name in columns if name not in OWN]
    return [{**{name: columns[name][row] for name in OWN}, "attributes": {name: columns[name][row] for name in more}}
            for row in range(len(table))]


def _cells(column: np.ndarray) -> list[Any]:
    return [utc(cell) for cell in column] if column.dtype.kind == "M" else column.tolist()


def _start(cursor: str | None) -> int:
    start: int = 0 if cursor is None else read_cursor(cursor, int)[0]
    return max(start, 0)
