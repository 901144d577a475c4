"""New current scores for some leads or deals: out of their histories, and with what moved them into the store."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from leadcast.history import History
from leadcast.moment import days
from leadcast.moves import Said
from leadcast.news import how_much_news
from leadcast.store import Store
from leadcast.store.current import add_history, last_kept, replace_scores, scores_before
from leadcast.store.histories import history_of
from leadcast.store.signs_kept import replace_signs
from leadcast.store.waiting import remove_marks, still_there
from leadcast.table import TIME
from leadcast.vocabulary import ENTITIES, Entity
from serving.desk import Desk
from serving.kept import Row, has_moved, history_row, kept_rows, moves
from serving.scores import TREND_DAYS, Scorer
from serving.signs import curves_kept, signs_at


@dataclass(frozen=True)
class Refreshed:
    """What a refresh did.

    Attributes
    ----------
    scored : how many leads and deals got a current score, by entity
    moved : how many scores are another than the last kept one, by a point or a grade
    left : how many scores are gone, as their target is reached or their lead or deal closed
    """

    scored: dict[Entity, int] = field(default_factory=lambda: dict.fromkeys(ENTITIES, 0))
    moved: int = 0
    left: int = 0

    def __add__(self, other: "Refreshed") -> "Refreshed":
        scored = {entity: count + other.scored[entity] for entity, count in self.scored.items()}
        return Refreshed(scored, self.moved + other.moved, self.left + other.left)

    def to_json(self) -> dict[str, int]:
        return {"leads": self.scored["lead"], "opportunities": self.scored["opportunity"], "moved": self.moved, "left": self.left}


@dataclass(frozen=True)
class _News:
    """What the store is to be told of one target."""

    target: str
    scores: list[Row]
    history: list[Row]
    moved: set[str]
    curves: dict[str, str]


def rescore(
    store: Store, desk: Desk, entity: Entity, ids: Collection[str], as_of: np.datetime64, marks: Sequence[Any] = (),
    closed: Collection[str] = frozenset(), rebuild: bool = False,
) -> Refreshed:
    """Score some leads or deals for every target that is open to them, and keep the scores, all in one transaction.

    Parameters
    ----------
    ids : a few thousand at most; those without a score afterwards lose the one they had
    as_of : UTC; a current score of a later moment stays
    marks : of who was waiting; they go in the same transaction
    closed : those of ``ids`` that need not be read, as they are closed
    rebuild : for who is scored for the first time, also keep what this score would have been a week before
    """
    history = history_of(store, desk.vocabulary, entity, set(ids) - set(closed), as_of)
    marked = {mark.entity_id for mark in marks if mark.entity == entity}
    told = [_scored(store, scorer, history, as_of, marked, rebuild)
            for scorer in desk.scorers.values() if scorer.bundle.entity == entity]
    curves = {one: curve for news in told for one, curve in news.curves.items()}
    signs = [{**row, "curve": curves.get(row["entity_id"])}
             for row in signs_at(history, entity, desk.scorers.values(), desk.workspace.risks, as_of, set(ids),
                                 desk.workspace.workspace.timezone)]
    return _keep(store, entity, ids, as_of, told, signs, marks)


def _scored(store: Store, scorer: Scorer, history: History, as_of: np.datetime64, marked: set[str], rebuild: bool) -> _News:
    entity, target, week_ago = scorer.bundle.entity, scorer.bundle.target.name, as_of - days(TREND_DAYS)
    ids = history.ids(entity)
    with store.reading() as connection:
        last = {one: Said(row.at, row.score, row.grade, row.model)
                for one, row in last_kept(connection, entity, target, ids, as_of).items()}
        score, known = scores_before(connection, entity, target, ids, week_ago, scorer.model)
    week_old = _rebuilt(scorer, history, week_ago, [one for one in ids if one not in last]) if rebuild else []
    before = dict(zip(ids[known], score[known].tolist(), strict=True)) | {row["entity_id"]: row["score"] for row in week_old}
    if rebuild:
        before |= {one: np.nan for one in ids if one not in last and one not in before}

    def looked_up(asked: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return (np.array([before.get(one, np.nan) for one in asked], float),
                np.array([one in before for one in asked], bool))

    scores = scorer.columns(history, as_of, ids, explain=False, score_before=looked_up)
    rows = kept_rows(scores)
    since = {row["entity_id"]: row["as_of"] for row in week_old} | {one: said.at for one, said in last.items()}
    kept = moves(rows, last, _news(history, entity, rows, as_of, since), marked)
    moved = {row["entity_id"] for row in kept if has_moved(row, last.get(row["entity_id"]))}
    scored = {row["entity_id"] for row in rows}
    rebuilt = [history_row(row, "rebuilt", 0) for row in week_old if row["entity_id"] in scored]
    return _News(target, rows, [*rebuilt, *kept], moved, curves_kept(scores))


def _rebuilt(scorer: Scorer, history: History, at: np.datetime64, ids: list[str]) -> list[Row]:
    """Who was never scored, as they would have been scored then; nobody where scores know no time."""
    if scorer.bundle.facts.horizon_days is None or not ids:
        return []

    def nobody(asked: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return np.full(len(asked), np.nan), np.ones(len(asked), bool)

    return kept_rows(scorer.columns(history, at, ids, explain=False, score_before=nobody))


def _news(history: History, entity: Entity, rows: list[Row], as_of: np.datetime64, since: Mapping[str, int]) -> np.ndarray:
    """How much became known of each since its score was kept last, or ever; shape (n,)."""
    ids = [row["entity_id"] for row in rows]
    after = np.array([since.get(one, 0) for one in ids], np.int64).view(TIME)
    return how_much_news(history, entity, history.rows(entity, ids), after, np.full(len(ids), as_of, TIME))


def _keep(
    store: Store, entity: Entity, ids: Collection[str], as_of: np.datetime64, told: list[_News], signs: list[Row],
    marks: Sequence[Any],
) -> Refreshed:
    scored: set[str] = set()
    moved = left = 0
    with store.writing(survive_power_cut=False) as connection:
        looked_at = {row["entity_id"] for rows in (*(news.scores for news in told), signs) for row in rows}
        there = still_there(connection, entity, looked_at)
        for news in told:
            rows = [row for row in news.scores if row["entity_id"] in there]
            gone, later = replace_scores(connection, entity, news.target, ids, as_of, rows)
            taken = there - later
            add_history(connection, [row for row in news.history if row["entity_id"] in taken])
            scored |= {row["entity_id"] for row in rows} & taken
            moved, left = moved + len(news.moved & taken), left + gone
        replace_signs(connection, entity, ids, as_of, [row for row in signs if row["entity_id"] in there])
        remove_marks(connection, marks)
    return Refreshed({**dict.fromkeys(ENTITIES, 0), entity: len(scored)}, moved, left)
