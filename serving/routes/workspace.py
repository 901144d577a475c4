"""The workspace that the service answers for: its name, calendar, stages, targets and teams, in the words other calls take."""

import numpy as np
from fastapi import APIRouter, Request

import leadcast
from leadcast.moment import as_datetime
from leadcast.period import Period, next_periods, read_period
from leadcast.store.columns_there import columns_there
from leadcast.store.teams import everyone_in
from leadcast.vocabulary import ENTITIES, Vocabulary
from leadcast.workspace.model import Workspace
from serving.at_hand import caller_of, desk_of, now_of, store_of
from serving.data_end import data_end_of
from serving.desk import Desk
from serving.limits import owners_allowed
from serving.problems import documented
from serving.sessions import COOKIE
from serving.workspace_messages import (
    CallerTold,
    Choice,
    PeriodChoice,
    PipelineTold,
    TargetTold,
    Team,
    WorkspaceAnswer,
)

STALE_DAYS = 3.0
FORMS = ("month", "quarter", "year")
_DAY = np.timedelta64(1, "D")


def routes() -> APIRouter:
    router = APIRouter(prefix="/v1", tags=["workspace"])

    @router.get("/workspace", responses=documented(503))
    def workspace(request: Request) -> WorkspaceAnswer:
        """What there is to ask for: periods, targets, stages, columns and teams; who asks; and how fresh the data are."""
        desk, store, now = desk_of(request), store_of(request), now_of(request)
        opened, words, end = desk.workspace, desk.vocabulary, data_end_of(request).at(now)
        with store.reading() as connection:
            team = everyone_in(connection, now, owners_allowed(request))
            columns = {entity: columns_there(connection, words, entity) for entity in ENTITIES}
        periods = _periods(opened, now)
        return WorkspaceAnswer(
            name=opened.workspace.name, version=leadcast.__version__, timezone=opened.workspace.timezone or "UTC",
            currency=words.currency, now=as_datetime(now), clock_stands=bool(getattr(request.app.state, "clock_stands", False)),
            data_end=None if np.isnat(end) else as_datetime(end), stale_days=STALE_DAYS, period=periods[1].name, periods=periods,
            targets=_targets(desk), pipelines=_pipelines(words), columns=columns,
            team=Team(**{level: [Choice(name=name, label=label) for name, label in some] for level, some in team.items()}),
            caller=_caller(request),
        )

    return router


def _periods(opened: Workspace, now: np.datetime64) -> list[PeriodChoice]:
    """This month, quarter and year, the ones before and the next month and quarter, in the workspace's calendar."""
    calendar = opened.workspace.timezone, opened.forecast.fiscal_year_starts
    found = []
    for form in FORMS:
        current = read_period(form, now, *calendar)
        found.append(_choice(current, f"This {form} ({current.name})"))
    for form in ("month", "quarter"):
        before = read_period(form, read_period(form, now, *calendar).start - 2 * _DAY, *calendar)
        found.append(_choice(before, f"Last {form} ({before.name})"))
        after = next_periods(form, now, 2, *calendar)[1]
        found.append(_choice(after, f"Next {form} ({after.name})"))
    return list({one.name: one for one in found}.values())


def _choice(period: Period, label: str) -> PeriodChoice:
    return PeriodChoice(name=period.name, label=label, start=as_datetime(period.start), end=as_datetime(period.end))


def _targets(desk: Desk) -> list[TargetTold]:
    return [TargetTold(name=name, entity=scorer.bundle.entity, horizon_days=scorer.bundle.facts.horizon_days,
                       won=desk.vocabulary.is_win(scorer.bundle.target))
            for name, scorer in desk.scorers.items()]


def _pipelines(words: Vocabulary) -> list[PipelineTold]:
    return [PipelineTold(name=one.name, entity=one.entity, stages=[stage for stage in one.stages if stage not in one.closed],
                         won=list(one.won), lost=list(one.lost)) for one in words.pipelines]


def _caller(request: Request) -> CallerTold:
    caller = caller_of(request)
    return CallerTold(name=caller.name, scopes=sorted(caller.scopes), limited=caller.limit is not None,
                      signed_in=bool(caller.key_id) and COOKIE in request.cookies)
