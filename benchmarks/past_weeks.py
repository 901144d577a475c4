"""Past days of a workspace: what every method may learn from then, who was open, and what became of them."""

from dataclasses import dataclass

import numpy as np

from features import Context, build_context, contract_of, feature_table
from leadcast.bundle import Bundle
from leadcast.contract import Contract
from leadcast.endings import Endings, endings_of
from leadcast.history import History
from leadcast.leaks import refuse_leaks
from leadcast.observations import Observations, open_at
from leadcast.table import TIME
from leadcast.vocabulary import Target
from leadcast.workspace.model import Workspace
from training.observations import build_index, plan_looks
from training.run import train

WEEK = np.timedelta64(7, "D")


@dataclass(frozen=True, eq=False)
class Looks:
    """Looks at deals (or leads) with their features: n of them.

    Attributes
    ----------
    values : rows of the contract, shape (n, p)
    stage : stood in then, text, shape (n,)
    endings : how each ended, as far as it is known to whoever has these looks
    """

    entity_id: np.ndarray
    as_of: np.ndarray
    values: np.ndarray
    stage: np.ndarray
    endings: Endings

    def take(self, rows: np.ndarray) -> "Looks":
        return Looks(self.entity_id[rows], self.as_of[rows], self.values[rows], self.stage[rows], self.endings.take(rows))


@dataclass(frozen=True, eq=False)
class PastWeek:
    """A past day.

    Attributes
    ----------
    history : as known then
    known : the looks that Leadcast learned from, for the peers: same features, endings as known then
    by_calendar : is it a look at everyone open on a day? Boolean, one of each of ``known``
    now : everyone open then; their endings are those of the whole history
    bundle : Leadcast's model, trained as of then
    """

    as_of: np.datetime64
    history: History
    target: Target
    contract: Contract
    known: Looks
    by_calendar: np.ndarray
    now: Looks
    bundle: Bundle


def past_days(history: History, longest: float, weeks: int, last: np.datetime64 | None = None) -> list[np.datetime64]:
    """The days to stand on, a week apart, oldest first, up to the last given or the last whose longest horizon is over.

    Days whose longest horizon is not over are left out.
    """
    newest = history.end - np.timedelta64(round(longest * 86_400), "s")
    last = newest if last is None else last.astype(TIME)
    days = [last - k * WEEK for k in reversed(range(weeks))]
    return [day for day in days if day <= newest]


def past_week(workspace: Workspace, history: History, name: str, as_of: np.datetime64, seed: int = 0) -> PastWeek:
    """Train as of a past day, and lay out the same looks and features for the peers.

    Raises
    ------
    TooLittleData : little was known then
    """
    trained = train(workspace, history, [name], as_of, seed, register=False)[0]
    then, _ = refuse_leaks(history.known_at(as_of), workspace)
    target = trained.target
    context = build_context(then, target.entity)  # not the bundle's: that one keeps what was known in the end, not when
    trained.bundle.contract.check(contract_of(context))
    plan = plan_looks(then, target)
    index = build_index(then, target, plan)
    return PastWeek(
        as_of, then, target, trained.bundle.contract, _looks(then, target, index, context, then),
        np.isin(index.as_of, np.array(plan.days, TIME)), _looks(then, target, open_at(then, target, as_of), context, history),
        trained.bundle,
    )


def wins_between(history: History, target: Target, start: np.datetime64, end: np.datetime64) -> np.ndarray:
    """The rows of those first won in ``(start, end]``."""
    won = history.entered(target.entity, target.stages).first_known()
    return np.flatnonzero((won > start) & (won <= end))


def _looks(history: History, target: Target, observations: Observations, context: Context, outcomes: History) -> Looks:
    """Looks from one history, their endings from another that may reach further."""
    rows = history.rows(target.entity, observations.entity_id)
    stage, _ = history.stage_at(target.entity, rows, observations.as_of)
    values, endings = feature_table(history, observations, context).values, endings_of(outcomes, target, observations)
    return Looks(observations.entity_id, observations.as_of, values, stage.astype(str), endings)
