"""Signs of leads and deals as the service keeps and tells them."""

import json
from collections.abc import Collection, Mapping
from typing import Any

import numpy as np

from features import Context
from leadcast.history import History
from leadcast.moment import NO_TIME
from leadcast.observations import present_at
from leadcast.sign_words import flags_told
from leadcast.signs import FLAGS, Signs, Usual, signs_of
from leadcast.store.columns import micro, micros
from leadcast.vocabulary import Entity
from leadcast.workspace.risks import RiskKeys
from serving.score_columns import Scores
from serving.scores import Scorer
from serving.told import moment_of

Row = dict[str, Any]
MOMENTS = ("last_event_at", "last_touch_at", "last_answer_at")
NUMBERS = ("stage_age_days", "stage_norm_days", "waiting_days", "quiet_days", "days_to_close")
COUNTS = ("pushes", "contacts")
POINTS = 9
"""So many days of a curve are told at most."""
DIGITS = 4


def usual_of(scorers: Collection[Scorer], entity: Entity) -> Usual:
    """What the models know of the usual: of several of an entity the last one; nothing where there is none."""
    contexts: list[Context] = [scorer.context for scorer in scorers if scorer.bundle.entity == entity]
    if not contexts:
        return Usual()
    last = contexts[-1]
    return Usual(last.norms, bool(last.types.kept), "expected_close" in last.recorded)


def signs_at(
    history: History, entity: Entity, scorers: Collection[Scorer], risks: RiskKeys, as_of: np.datetime64,
    ids: Collection[str] | None = None, timezone: str | None = None,
) -> list[Row]:
    """The signs of everyone open, as rows of table ``signs`` without a curve: times in microseconds, None where there is none.

    Parameters
    ----------
    ids : only these
    timezone : where the owners' days begin and end; None: UTC
    """
    there = [one for one in present_at(history, entity, as_of).entity_id if ids is None or one in ids]
    found = signs_of(history, entity, history.rows(entity, there), as_of, usual_of(scorers, entity), risks,
                     timezone)
    return [{"entity": entity, "entity_id": one, **sign, "curve": None} for one, sign in zip(there, _plain(found), strict=True)]


def _plain(signs: Signs) -> list[Row]:
    told: dict[str, list[Any]] = {"as_of": micros(signs.as_of), "stage": signs.stage.tolist()}
    told |= {name: micros(getattr(signs, name)) for name in MOMENTS}
    told |= {name: [None if cell != cell else cell for cell in getattr(signs, name).tolist()] for name in NUMBERS}
    told |= {name: [None if cell != cell else int(cell) for cell in getattr(signs, name).tolist()] for name in COUNTS}
    told["flags"] = [_in_one(row) for row in signs.flags.tolist()]
    return [dict(zip(told, cells, strict=True)) for cells in zip(*told.values(), strict=True)]


def _in_one(raised: list[bool]) -> str:
    """Flags as one text, each between semicolons, so that SQL finds them.

    Examples
    --------
    >>> _in_one([True, False, True, False, False]), _in_one([False] * 5)
    (';stalled;silent;', '')
    """
    names = [flag for flag, is_raised in zip(FLAGS, raised, strict=True) if is_raised]
    return f";{';'.join(names)};" if names else ""


def curves_kept(scores: Scores) -> dict[str, str]:
    """Of each curve up to nine days of the grid, evenly, as JSON ``[[days, P(won by), P(lost by)], ...]``; by id.

    P(lost by) is null where losses are not on record. Targets that are not to be won have no curves.
    """
    curves = scores.curves
    if curves is None:
        return {}
    grid = np.unique(np.linspace(1, len(curves.days) - 1, POINTS).round().astype(int))
    days, won, lost = (told.round(DIGITS).tolist() for told in (curves.days[grid], curves.won[:, grid], curves.lost[:, grid]))
    none, has_losses = [None] * len(grid), (curves.lost[:, -1] > 0).tolist()
    return {one: json.dumps(list(zip(days, won[row], lost[row] if has_losses[row] else none, strict=True)), separators=(",", ":"))
            for row, one in enumerate(scores.entity_id)}


def signs_told(row: Mapping[str, Any] | None) -> Row | None:
    """A row of table ``signs`` as ``serving.sign_messages.Signs`` has it; None where there is none."""
    if row is None:
        return None
    told = {name: row[name] for name in (*NUMBERS, *COUNTS)} | {name: moment_of(row[name]) for name in MOMENTS}
    return {**told, "flags": flags_of_row(row), "as_of": moment_of(row["as_of"]) if row["as_of"] > micro(NO_TIME) else None}


def flags_of_row(row: Mapping[str, Any] | None) -> list[dict[str, str]]:
    """The flags of a row of table ``signs`` with their words; none where there is no row."""
    return [] if row is None else flags_told(filter(None, row["flags"].split(";")), row)


def curve_told(text: str | None) -> list[Row] | None:
    """A kept curve as a list of ``serving.sign_messages.CurvePoint``."""
    return None if text is None else [dict(zip(("days", "won_by", "lost_by"), point, strict=True)) for point in json.loads(text)]
