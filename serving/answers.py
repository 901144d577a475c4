"""Ids or whole records in, scores out, in the order of the request: what is answered, and what of it the ledger keeps."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from leadcast.errors import RequestError
from leadcast.moment import days
from leadcast.store import Store
from leadcast.store.current import scores_before
from leadcast.store.histories import history_of
from leadcast.table import Table
from leadcast.vocabulary import Entity
from serving.desk import Desk
from serving.messages import ScoreRequest
from serving.problems import FieldError, path_text
from serving.score_columns import Scores
from serving.scored_records import score_records
from serving.scores import TREND_DAYS, Known, Scorer
from serving.together import read_records

Row = dict[str, Any]


class RefusedAll(RequestError):
    """Nothing of a request can be used."""

    def __init__(self, errors: list[FieldError], what: str) -> None:
        super().__init__(f"no {what} can be used", (f"{what}s",))
        self.errors = errors


@dataclass
class Answer:
    """One result per id or record, as JSON holds it, and the scores behind them."""

    results: list[Row] = field(default_factory=list)
    scores: list[Scores] = field(default_factory=list)

    def refuse(self, index: int, path: Sequence[str | int], message: str) -> None:
        error = FieldError(path=path_text(path), message=message)
        self.results.append({"index": index, "errors": [error.model_dump()]})

    def checked(self, what: str) -> "Answer":
        """The answer itself.

        Raises
        ------
        RefusedAll : every result is a refusal
        """
        refused = [FieldError(**error) for result in self.results for error in result.get("errors", ())]
        if self.results and all("errors" in result for result in self.results):
            raise RefusedAll(refused, what)
        return self


def scorers_of(desk: Desk, entity: Entity, targets: Sequence[str] = ()) -> list[Scorer]:
    """The models of a kind of entity, of some targets where they are named.

    Raises
    ------
    RequestError : there is none
    """
    about = {target: scorer for target, scorer in desk.scorers.items() if scorer.bundle.entity == entity}
    if not about:
        raise RequestError(f"no model of this workspace scores a {entity}; there are {', '.join(desk.scorers)}", ("body",))
    for place, target in enumerate(targets):
        if target not in about:
            raise RequestError(f"no such target; known here: {', '.join(about)}", ("targets", place))
    return [scorer for target, scorer in about.items() if not targets or target in targets]


# ---- ids ------------------------------------------------------------------------------------------------------------


def answer_ids(
    desk: Desk, store: Store, entity: Entity, request: ScoreRequest, as_of: np.datetime64, owners: frozenset[str] | None = None
) -> Answer:
    """Scores of leads or deals that the store knows; one that it does not know is refused by its index.

    Parameters
    ----------
    owners : only what belongs to these; anybody else's is as if it were not there

    Raises
    ------
    RequestError : no model scores this kind of entity
    RefusedAll : not one of the ids is known
    StoreUnavailable : the database does not answer
    """
    assert request.ids is not None
    scorers, answer = scorers_of(desk, entity, request.targets), Answer()
    history = history_of(store, desk.vocabulary, entity, set(request.ids), as_of)
    known, by_id = _seen(history.entities(entity), f"{entity}_id", owners), dict[str, list[Row]]()
    for scorer in scorers:
        before = _before(store, scorer, as_of)
        scores = scorer.columns(history, as_of, known.intersection(request.ids), request.explain, before)
        answer.scores.append(scores)
        for row in scores.rows():
            by_id.setdefault(row["entity_id"], []).append(row)
    for index, one in enumerate(request.ids):
        if one in known:
            answer.results.append(_result(index, by_id.get(one, []), [], entity))
        else:
            answer.refuse(index, ("ids", index), f"the store knows no {entity} of this id")
    return answer.checked("id")


def _seen(table: Table, key: str, owners: frozenset[str] | None) -> set[str]:
    ids = table[key]
    return set(ids) if owners is None else {one for one, owner in zip(ids, table["owner"], strict=True) if owner in owners}


def _before(store: Store, scorer: Scorer, as_of: np.datetime64) -> Known:
    """Looks up, when asked, what this model is on record to have said a week before; another one's score is no trend."""
    return partial(_looked_up, store, scorer, as_of - days(TREND_DAYS))


def _looked_up(store: Store, scorer: Scorer, at: np.datetime64, ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    with store.reading() as connection:
        return scores_before(connection, scorer.bundle.entity, scorer.bundle.target.name, ids, at, scorer.model)


# ---- whole records --------------------------------------------------------------------------------------------------


def answer_records(desk: Desk, entity: Entity, request: ScoreRequest, as_of: np.datetime64) -> Answer:
    """Scores of records in the CRM's own words; one that cannot be used is refused by its index.

    Raises
    ------
    RequestError : no model scores this kind of entity
    RefusedAll : not one record can be used
    """
    assert request.records is not None
    scorers, answer = scorers_of(desk, entity, request.targets), Answer()
    read = read_records(desk.workspace, request.records, as_of, desk.references, ("records",), request.skip_bad_rows)
    read.refuse_long_ids(entity, ("records",))
    scored = score_records(scorers, read, entity, as_of, request.explain)
    answer.scores += scored.scores
    for index in range(len(request.records)):
        if mistake := read.refused.get(index):
            answer.refuse(index, mistake.path, str(mistake))
        elif index not in scored.present:
            answer.refuse(index, ("records", index), f"holds no {entity} to score that was created by then")
        else:
            notes = [*read.notes[index], *scored.never_seen[index]]
            answer.results.append(_result(index, scored.rows[index], notes, entity))
    return answer.checked("record")


def _result(index: int, rows: list[Row], notes: list[str], entity: Entity) -> Row:
    if not rows:
        notes = [*notes, f"no score: the {entity} is closed, is not there yet, or has reached every target"]
    scores = [{name: value for name, value in row.items() if name != "as_of"} for row in rows]
    return {"index": index, "scores": scores, "notes": list(dict.fromkeys(notes))}
