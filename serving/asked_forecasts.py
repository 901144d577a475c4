"""A forecast as somebody asks for it, at the command line or over HTTP: the period in words, what to add up by, whose deals."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from leadcast.bundle import Bundle
from leadcast.called import Called, beside
from leadcast.calls import NAME, calls_at
from leadcast.history import History
from leadcast.observations import open_at
from leadcast.period import Period, read_period
from leadcast.places import state_folder
from leadcast.workspace.model import Workspace
from serving.forecast_rows import groups_of
from serving.newcomers import templates_of
from serving.outlook import Outlook, outlook, winning


@dataclass(frozen=True)
class Asked:
    """What a forecast is to be of.

    Attributes
    ----------
    when : from what was known then, UTC
    period : itself, or the words for it as of ``when``; None: the month of the day after
    by : default: the owner, or the stage where nobody owns anything
    quota : what the whole is to bring, whatever the quotas say
    owners : the deals of these alone; None: everybody's
    """

    when: np.datetime64
    period: Period | str | None = None
    by: str | None = None
    quota: float | None = None
    owners: frozenset[str] | None = None


def look_of(workspace: Workspace, history: History, bundles: Mapping[str, Bundle], asked: Asked) -> Outlook:
    """A period's forecast in the workspace's calendar, from what was known then; the history may reach further.

    Raises
    ------
    PeriodError : the period cannot be read
    RegistryError, ColumnError : as :func:`serving.outlook.outlook`
    """
    calendar = workspace.workspace.timezone, workspace.forecast.fiscal_year_starts
    bundle = winning(history, bundles)
    period = asked.period if isinstance(asked.period, Period) else read_period(asked.period, asked.when, *calendar)
    by = asked.by or ("owner" if "owner" in groups_of(history, bundle.entity) else "stage")
    known = history.known_at(asked.when) if asked.when < history.end else history
    return outlook(known, bundles, asked.when, period, by, *calendar, quota=asked.quota, owners=asked.owners)


def scored_ids(history: History, bundle: Bundle, as_of: np.datetime64) -> set[str]:
    """Whom a forecast scores, so that their events are needed: those open then, and the recent ones that stand for new ones."""
    ids = history.ids(bundle.entity)
    return {*open_at(history, bundle.target, as_of).entity_id, *ids[templates_of(history, bundle, as_of)]}


def called_beside(workspace: Workspace, look: Outlook, at: np.datetime64, owners: frozenset[str] | None = None) -> list[Called]:
    """The calls of a forecast's period as they stood at a moment, beside what the model expects of the same deals.

    Raises
    ------
    CallError : the file of calls cannot be read
    """
    calls = calls_at(state_folder(workspace) / NAME, at, look.period)
    seen = calls if owners is None else [call for call in calls if call.owner in owners]
    return beside(seen, look.rows, look.spread, look.currency)
