"""A period's briefing: everything that a manager reads first, from a history, in the numbers of ``leadcast forecast``."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from leadcast.bundle import Bundle
from leadcast.called import Called
from leadcast.explanation import ExplanationError
from leadcast.forecast import Distribution
from leadcast.history import History
from leadcast.moment import days
from leadcast.owners import of_owners
from leadcast.period import Period, read_period
from leadcast.snapshots import Snapshot
from leadcast.table import TIME
from leadcast.workspace.model import Workspace
from serving.asked_forecasts import Asked, called_beside, look_of
from serving.briefing.changes import Changes, changes_between
from serving.briefing.risks import Risk, risks_of
from serving.briefing.team import Node, team_of
from serving.briefing.weeks import Filled, whole_weeks
from serving.outlook import Outlook, winning

REBUILT_DAYS = 7.0
"""Where nothing was saved before, changes are told since so many days ago."""


@dataclass(frozen=True, eq=False)
class Briefing:
    """What a manager reads first.

    Attributes
    ----------
    in_money : are any amounts known? Else everything is told in deals
    weeks : of the whole period, from its start; the last says what the period's forecast says
    team : regions, managers and owners, parents before children
    changes : None where there was nothing before
    risks : the ten open deals with most at stake
    names : the owners' names, where known
    """

    look: Outlook
    in_money: bool
    weeks: Sequence[Filled]
    team: Sequence[Node]
    changes: Changes | None
    risks: Sequence[Risk]
    riskiest_in_commit: Risk | None
    calls: Sequence[Called]
    names: Mapping[str, str]
    notes: Sequence[str]

    @property
    def distribution(self) -> Distribution:
        """Of the money that the period brings; of the number of wins where no amounts are known."""
        total = self.look.forecast.total
        return total.amount.whole if self.in_money else total.count.whole


def briefing_of(
    workspace: Workspace, history: History, bundles: Mapping[str, Bundle], as_of: np.datetime64,
    period: Period | str | None = "quarter", owners: frozenset[str] | None = None, before: Snapshot | None = None,
    at: np.datetime64 | None = None,
) -> Briefing:
    """What a period will bring, week by week, by whom, what changed and what may go wrong, from what was known at ``as_of``.

    The total is that of ``leadcast forecast`` and of POST /v1/forecast, to the last digit.

    Parameters
    ----------
    history : with the events of those open at ``as_of`` and, where nothing was saved before, a week earlier; may reach further
    period : itself, or the words for it as of ``as_of``
    owners : the deals of these alone; None: everybody's
    before : a saved forecast of the same period to tell the changes from; None: it is rebuilt as of seven days before
    at : the calls that stood then are told beside; default ``as_of``

    Raises
    ------
    PeriodError : the period cannot be read
    RegistryError : no bundle speaks of winning, or it has no curve
    CallError : the file of calls cannot be read
    """
    calendar: tuple[Any, Any] = workspace.workspace.timezone, workspace.forecast.fiscal_year_starts
    span = period if isinstance(period, Period) else read_period(period, as_of, *calendar)
    bundle = winning(history, bundles)
    look = look_of(workspace, history, bundles, Asked(as_of, span, "stage", None, owners))
    in_money = has_money(look)
    risks, in_commit = risks_of(look, in_money, workspace.workspace.timezone)
    names = {owner: name for owner, name in of_owners(look.known.owners, "name", as_of).items() if name is not None}
    return Briefing(
        look, in_money, whole_weeks(look, bundle, workspace.workspace.timezone), team_of(look, owners, *calendar),
        _changes(workspace, history, bundles, look, owners, before, in_money), risks, in_commit,
        called_beside(workspace, look, as_of if at is None else at, owners), names, look.notes)


def has_money(look: Outlook) -> bool:
    """Is the amount of any deal known that counts? An amount of 0 throughout says nothing either."""
    return bool((np.nan_to_num(look.rows["amount"].to_numpy(float)) != 0).any())


def _changes(
    workspace: Workspace, history: History, bundles: Mapping[str, Bundle], look: Outlook, owners: frozenset[str] | None,
    before: Snapshot | None, in_money: bool,
) -> Changes | None:
    saved = None if before is None else before.id
    if before is None:
        when = look.as_of - days(REBUILT_DAYS)
        if not _anything_known(history, look, when):
            return None
        earlier = look_of(workspace, history, bundles, Asked(when, look.period, "stage", None, owners)).unsigned()
    else:
        earlier = before if owners is None else _of_owners(before, owners)
    try:
        handed_on = frozenset() if owners is None else handed_on_of(history, earlier, look, owners)
        return changes_between(earlier, look.unsigned(), saved, in_money, workspace.workspace.timezone, handed_on)
    except ExplanationError:
        return None


def handed_on_of(history: History, earlier: Snapshot, look: Outlook, owners: frozenset[str]) -> frozenset[str]:
    """Deals that stand in one of two forecasts of these owners' deals alone: at the other's moment they were somebody else's."""
    found: set[str] = set()
    for here, there, when in ((earlier.rows, look.rows, look.as_of), (look.rows, earlier.rows, earlier.about.as_of)):
        ids = np.array(sorted(set(here["entity_id"][here["kind"] != "new"]) - set(there["entity_id"])), object)
        ids = ids[np.isin(ids, history.ids(look.entity))]
        rows, moment = history.rows(look.entity, ids), np.full(len(ids), when, TIME)
        begun = history.begun(look.entity, rows, moment)
        whose = history.value_at(look.entity, "owner", rows, moment)
        found |= {one for one, known, owner in zip(ids, begun, whose, strict=True) if known and owner not in owners}
    return frozenset(found)


def _anything_known(history: History, look: Outlook, when: np.datetime64) -> bool:
    created = history.entities(look.entity)["created_at"]
    return bool((created <= when).any())


def _of_owners(snapshot: Snapshot, owners: frozenset[str]) -> Snapshot:
    """A saved forecast of everybody's deals, of these owners' alone."""
    rows = snapshot.rows
    mine = rows["owner"].isin(owners) if "owner" in rows else np.zeros(len(rows), bool)
    return Snapshot(snapshot.about, rows[mine].reset_index(drop=True), snapshot.closed)
