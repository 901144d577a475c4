"""What became of the leads or deals: the questions that a column may give the answer to."""

from dataclasses import dataclass

import numpy as np

from leadcast.history import History
from leadcast.observations import stages_reached
from leadcast.vocabulary import Entity, Target

DAY = 86_400_000_000
FEWEST = 12
SETTLED_SHARE = 0.9


@dataclass(frozen=True)
class Question:
    """Two groups that no honest column should tell apart too well.

    Attributes
    ----------
    yes, no : the groups in words
    outcome : float, shape (n,): 1 = yes, 0 = no, NaN = in neither
    closing : is it "closed or still open", which nobody wants to predict?
    """

    name: str
    yes: str
    no: str
    outcome: np.ndarray
    closing: bool = False

    @property
    def asked(self) -> bool:
        """Are there enough of both to ask it?"""
        return min(int((self.outcome == 1).sum()), int((self.outcome == 0).sum())) >= FEWEST

    def take(self, rows: np.ndarray) -> "Question":
        return Question(self.name, self.yes, self.no, self.outcome[rows], self.closing)


@dataclass(frozen=True)
class Course:
    """All leads or all deals: their order in time, the questions, and their lives where these have dates.

    Attributes
    ----------
    order : shape (n,); rises with time
    created, ended : days since 1970, shape (n,); NaN where unknown; ``ended``: won or lost
    end : days since 1970; when the data end
    """

    order: np.ndarray
    questions: tuple[Question, ...]
    created: np.ndarray
    ended: np.ndarray
    end: float

    def __len__(self) -> int:
        return len(self.order)

    def take(self, rows: np.ndarray) -> "Course":
        """Only these rows, and the questions that can still be asked."""
        questions = tuple(q for question in self.questions if (q := question.take(rows)).asked)
        return Course(self.order[rows], questions, self.created[rows], self.ended[rows], self.end)

    @property
    def life(self) -> np.ndarray:
        """Days from creation to the end of each, NaN while open or undated."""
        return self.ended - self.created


def course_of(history: History, entity: Entity) -> Course:
    """The questions of leads or deals: each target, won or lost, and closed or open."""
    table, rows = history.entities(entity), np.arange(history.entities(entity).rows)
    closed = history.closed_at(entity, rows, np.full(len(rows), history.end))
    created = _days(table["created_at"])
    dated = [history.stages["entered_at"][history.closings(entity).source], history.closings(entity).owner]
    ended = np.full(len(rows), np.nan)
    ended[dated[1]] = _days(dated[0])
    questions = [_target(history, t, closed, created) for t in history.vocabulary.targets if t.entity == entity]
    won, asked = history.vocabulary.won(entity), {frozenset(t.stages) for t in history.vocabulary.targets if t.entity == entity}
    if won and frozenset(won) not in asked:
        questions.append(_target(history, Target("win", entity, tuple(sorted(won))), closed, created))
    if entity == "lead":
        questions += _of_deals(history)
    if not _only_wins_are_told(questions, closed):
        questions.append(Question("close", "the closed", "the open", closed.astype(float), closing=True))
    end = float(history.end.astype("datetime64[us]").astype(np.int64)) / DAY
    return Course(_order(history, entity), tuple(q for q in questions if q.asked), created, ended, end)


def _only_wins_are_told(questions: list[Question], closed: np.ndarray) -> bool:
    """Where nobody is ever lost, "closed or open" is "won or not" once more, and would accuse what tells winners honestly."""
    return any(q.asked and bool(np.all(q.outcome[closed] == 1)) for q in questions)


def _target(history: History, target: Target, closed: np.ndarray, created: np.ndarray) -> Question:
    """Reached or not; one that is open has not said yet, unless nobody is ever lost and it is old enough."""
    entries = history.entered(target.entity, stages_reached(history, target))
    reached = np.diff(entries.offsets) > 0
    failed = closed & ~reached
    if not failed.any():
        taken = _days(history.stages["entered_at"][entries.source]) - created[entries.owner]
        taken = taken[~np.isnan(taken)]
        age = float(history.end.astype("datetime64[us]").astype(np.int64)) / DAY - created
        failed = ~reached & (age > np.quantile(taken, SETTLED_SHARE) if len(taken) else True)
    outcome = np.where(reached, 1.0, np.where(failed, 0.0, np.nan))
    won = history.vocabulary.is_win(target)
    lost = "the lost" if won and (closed & ~reached).any() else f"those without {target.name}"
    return Question(target.name, "the won" if won else f"those that reached {target.name}", lost, outcome)


def _of_deals(history: History) -> list[Question]:
    """For leads: what came of their deals."""
    deals, found = history.lead_rows, []
    rows = np.arange(len(deals))
    closed = history.closed_at("opportunity", rows, np.full(len(rows), history.end))
    for target in history.vocabulary.targets:
        if target.entity == "opportunity" and len(deals):
            created = _days(history.opportunities["created_at"])
            outcome = _target(history, target, closed, created).outcome
            has = (deals >= 0) & ~np.isnan(outcome)
            mine = np.full(history.leads.rows, np.nan)
            mine[deals[has]] = np.fmax(mine[deals[has]], outcome[has])
            found.append(Question(f"{target.name} of its deal", "those whose deal was won", "those whose deal was lost", mine))
    return found


def _order(history: History, entity: Entity) -> np.ndarray:
    """Rises with time: the creation, else the column of order, else the file."""
    table = history.entities(entity)
    created = _days(table["created_at"])
    if not np.isnan(created).all():
        return np.where(np.isnan(created), np.nanmax(created), created)
    order = table["order"] if "order" in table else np.full(table.rows, np.nan)
    return np.where(np.isnan(order), np.arange(table.rows), order)


def _days(times: np.ndarray) -> np.ndarray:
    return np.where(np.isnat(times), np.nan, times.astype("datetime64[us]").astype(np.int64) / DAY)
