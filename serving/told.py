"""Rows of the store as the service tells them."""

import json
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any

from leadcast.moment import NO_TIME
from leadcast.store.columns import micro
from leadcast.vocabulary import Entity, Vocabulary
from serving.score_columns import MOMENTS

_START = datetime(1970, 1, 1, tzinfo=UTC)
_OURS = ("received_at", "lent", "order")
"""What the store keeps for itself."""
Row = dict[str, Any]


def moment_of(micros: int | None) -> datetime | None:
    """A moment as it is told; None where there is none."""
    return None if micros is None else _START + timedelta(microseconds=micros)


def flags_of(vocabulary: Vocabulary, entity: Entity) -> frozenset[str]:
    """The attributes that are yes or no; the store keeps them as 1 and 0."""
    return frozenset(attribute.name for attribute in vocabulary.attributes_of(entity) if attribute.type == "flag")


def record_told(row: Any, scores: list[Row], flags: Collection[str], target: str | None, beside: Row) -> Row:
    """A lead or deal of the store, with stage, its scores, and what is told beside: ``signs`` and ``curve``.

    Parameters
    ----------
    scores : of this record, as they are told
    flags : the attributes that are yes or no
    target : of which the expected amount of a deal is
    """
    told = {name: cell for name, cell in row._mapping.items() if name not in _OURS}
    given = json.loads(told["attributes"])
    told["attributes"] = {name: bool(cell) if name in flags and cell is not None else cell for name, cell in given.items()}
    for name in ("created_at", "expected_close", "stage_since", "changed_at"):
        if name in told:
            told[name] = moment_of(told[name])
    if "amount" in told:
        chance = next((score["probability"] for score in scores if score["target"] == target), None)
        told["expected_amount"] = None if chance is None or told["amount"] is None else chance * told["amount"]
    return {**told, "scores": scores, **beside}


def score_told(row: Any) -> Row:
    """A current score of the store."""
    told = dict(row._mapping)
    told |= {name: moment_of(told[name]) for name in MOMENTS}
    told["as_of"] = moment_of(told["as_of"]) if told["as_of"] > micro(NO_TIME) else None
    return {**told, "enough_information": bool(told["enough_information"])}


