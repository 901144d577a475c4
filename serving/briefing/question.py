"""What an outlook is asked of, in a text that is the same for the same question."""

import json
from dataclasses import asdict, dataclass

import numpy as np

from leadcast.moment import as_utc, read_moment
from leadcast.period import Period, read_period
from leadcast.workspace.model import Workspace
from serving.briefing.messages import OutlookAsked

PATH = "/v1/outlook"
STANDARD = "quarter"


@dataclass(frozen=True)
class Question:
    """Which outlook.

    Attributes
    ----------
    period : by its name, so that "quarter" and "2026-Q3" are one question
    as_of : ISO, UTC; None: of the moment at which it is made
    owner, manager, region : as they were asked for
    owners : whose deals these are, and the caller may see, in order; None: everybody's
    """

    period: str
    as_of: str | None = None
    owner: str | None = None
    manager: str | None = None
    region: str | None = None
    owners: tuple[str, ...] | None = None

    @property
    def text(self) -> str:
        """Canonical JSON of path, query and whose deals.

        Examples
        --------
        >>> Question("2026-Q3", region="North", owners=("ann",)).text
        '{"owners": ["ann"], "path": "/v1/outlook", "query": {"period": "2026-Q3", "region": "North"}}'
        """
        query = {name: value for name, value in asdict(self).items() if name != "owners" and value is not None}
        owners = None if self.owners is None else list(self.owners)
        return json.dumps({"path": PATH, "query": query, "owners": owners}, sort_keys=True, ensure_ascii=False)

    @property
    def scope(self) -> dict[str, str | None]:
        return {"owner": self.owner, "manager": self.manager, "region": self.region}

    def moment(self, now: np.datetime64) -> np.datetime64:
        """What the outlook is of."""
        return now if self.as_of is None else read_moment(self.as_of)

    def is_past(self, made_at: np.datetime64) -> bool:
        """Is an answer made then of a moment that was over, so that it does not age?"""
        return self.as_of is not None and bool(read_moment(self.as_of) <= made_at)

    def span(self, workspace: Workspace, now: np.datetime64) -> Period:
        return span_of(workspace, self.period, self.moment(now))


def read_question(text: str) -> Question | None:
    """The question that a canonical text asks; None where it is one of another path."""
    data = json.loads(text)
    if data["path"] != PATH:
        return None
    owners = data["owners"]
    return Question(**data["query"], owners=None if owners is None else tuple(owners))


def asked_question(workspace: Workspace, asked: OutlookAsked, owners: frozenset[str] | None, now: np.datetime64) -> Question:
    """The question that a query asks.

    Raises
    ------
    PeriodError : its period cannot be read
    """
    when = now if asked.as_of is None else as_utc(asked.as_of)
    period = span_of(workspace, asked.period or STANDARD, when).name
    return Question(period, None if asked.as_of is None else f"{when}Z", asked.owner, asked.manager, asked.region,
                    None if owners is None else tuple(sorted(owners)))


def standard_question(workspace: Workspace, now: np.datetime64) -> Question:
    """The current quarter, everybody's deals."""
    return Question(span_of(workspace, STANDARD, now).name)


def span_of(workspace: Workspace, text: str, when: np.datetime64) -> Period:
    """A period in the workspace's calendar.

    Raises
    ------
    PeriodError : it cannot be read
    """
    return read_period(text, when, workspace.workspace.timezone, workspace.forecast.fiscal_year_starts)
