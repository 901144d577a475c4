"""Scores as rows of the store."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from leadcast.moves import POINT, Cause, Said, cause_of
from leadcast.store.columns import micros
from serving.score_columns import ALIKE, MOMENTS, NUMBERS, Scores

Row = dict[str, Any]


def kept_rows(scores: Scores) -> list[Row]:
    """Scores with the columns of table ``scores``: times in microseconds, None where there is none."""
    told: dict[str, list[Any]] = {name: [getattr(scores, name)] * len(scores) for name in ALIKE}
    told |= {name: getattr(scores, name).tolist() for name in ("entity_id", "grade", "unseen")}
    told |= {name: [None if cell != cell else cell for cell in getattr(scores, name).tolist()] for name in NUMBERS}
    told |= {name: micros(getattr(scores, name)) for name in ("as_of", *MOMENTS)}
    told["enough_information"] = scores.enough_information.astype(int).tolist()
    return [dict(zip(told, cells, strict=True)) for cells in zip(*told.values(), strict=True)]


def history_row(score: Row, cause: Cause, events: int) -> Row:
    """A row of ``score_history`` for a row of ``scores``."""
    same = {name: score[name] for name in ("entity", "entity_id", "target", "probability", "score", "grade", "model")}
    return {**same, "at": score["as_of"], "cause": cause, "events": events}


def moves(scores: list[Row], before: Mapping[str, Said], news: np.ndarray, marked: set[str]) -> list[Row]:
    """The rows of ``score_history`` for what is worth keeping.

    Parameters
    ----------
    scores : rows of ``scores``, n of them
    before : what was kept last, by id
    news : how much became known of each since, shape (n,)
    marked : who was waiting for a new score
    """
    kept = []
    for score, count in zip(scores, news.tolist(), strict=True):
        one = score["entity_id"]
        now = Said(score["as_of"], score["score"], score["grade"], score["model"])
        cause = cause_of(before.get(one), now, count > 0 or one in marked)
        if cause is not None:
            kept.append(history_row(score, cause, count))
    return kept


def has_moved(row: Row, before: Said | None) -> bool:
    """Is a kept score another than the one before, to the eye?"""
    return before is not None and (abs(row["score"] - before.score) >= POINT or row["grade"] != before.grade)
