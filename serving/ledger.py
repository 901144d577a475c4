"""Answers into the ledger, and out of it again: the same number from what was kept."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from leadcast.observations import Observations
from leadcast.store import Store
from leadcast.store.columns import micro
from leadcast.store.ledger import Entry, keep, packed
from leadcast.table import TIME
from serving.kept import kept_rows
from serving.score_columns import Scores
from serving.scores import Scorer


@dataclass(frozen=True)
class Asked:
    """Which request was answered.

    Attributes
    ----------
    source : "store" where ids were sent, "record" where whole records were
    """

    at: np.datetime64
    request_id: str
    caller: str
    source: str


def record(store: Store, asked: Asked, answers: list[Scores]) -> None:
    """Write what is about to be answered into the ledger.

    Raises
    ------
    StoreUnavailable, StoreFull : it cannot be kept, so it may not be answered
    """
    keep(store, [row for scores in answers for row in _rows(asked, scores)])


def _rows(asked: Asked, scores: Scores) -> list[dict[str, Any]]:
    about = {"at": micro(asked.at), "request_id": asked.request_id, "caller": asked.caller, "source": asked.source}
    return [{**row, **about, "inputs": inputs, "fingerprint": fingerprint}
            for row, (inputs, fingerprint) in zip(kept_rows(scores), packed(scores.values), strict=True)]


@dataclass(frozen=True)
class Reproduced:
    """A past answer again, from the inputs that were kept and the model that answered.

    Attributes
    ----------
    agrees : every number is the one that was answered, to the last digit
    row : the score with its reasons, as JSON holds it
    """

    agrees: bool
    row: dict[str, Any]


def reproduce(kept: Entry, scorer: Scorer) -> Reproduced:
    """Score the kept inputs once more; the trend, which needs the week before, is taken as it was answered.

    Parameters
    ----------
    scorer : of the version that answered
    """
    told = kept.told
    look = Observations(told["entity"], np.array([told["entity_id"]], object), np.array([told["as_of"]]).astype(TIME), np.ones(1))
    before = np.array([np.nan if told["trend"] is None else told["score"] - told["trend"]])
    again = scorer.from_values(kept.values[None, :], look, explain=True, score_before=before)
    asked = Asked(np.datetime64(kept.at, "us"), kept.request_id or "", kept.caller or "", kept.source)
    redone = _rows(asked, again)[0]
    agrees = all(redone[name] == value for name, value in told.items() if name != "trend")
    return Reproduced(agrees and redone["fingerprint"] == kept.fingerprint, {**again.rows()[0], "trend": told["trend"]})
