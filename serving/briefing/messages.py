"""What the first view of a period says over HTTP, as types."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from leadcast.moment import EARLIEST, LATEST
from serving.forecast_messages import PERIODS, Called, Distribution, Figures, Span
from serving.messages import AsOf, Id, Moment

Share = Annotated[float, Field(ge=0, le=1)]


class OutlookAsked(BaseModel):
    """Which period's outlook, and of whose deals; every key may be left out."""

    model_config = ConfigDict(extra="forbid")

    period: Id | None = Field(None, description=f"{PERIODS}. Default: the quarter of the day after as_of")
    as_of: AsOf = Field(
        None, ge=EARLIEST, lt=LATEST, description="ISO time with offset; nothing later is looked at. Default: now")
    owner: Id | None = Field(None, description="only the deals of this owner")
    manager: Id | None = Field(None, description="only the deals of this manager's people, as the team is now")
    region: Id | None = Field(None, description="only the deals of this region's people, as the team is now")
    anew: bool = Field(False, description="true: made anew where what is kept ready is no longer fresh; takes longer")


class Scope(BaseModel):
    """Whose deals were asked for; all null: everybody's that the caller may see."""

    owner: str | None
    manager: str | None
    region: str | None


class Standing(BaseModel):
    """What deals bring, and how that stands to the quota; expected values, with P10, P50 and P90 of the total."""

    count: Figures
    amount: Figures
    quota: float | None
    reach: Share | None = Field(description="P(total >= quota); null without a quota")
    gap: float | None = Field(description="quota less the expected total")
    coverage: float | None = Field(description="open pipeline over what is still to win; null where nothing is")
    pipeline: float = Field(description="amount of the open deals now, whatever their probability")
    open_deals: int


class Whole(Standing):
    """The same of everything that was asked for."""

    margin: Figures | None
    slips: float = Field(description="how many open deals that should close in the period will be open after it, expected")
    slipped: float = Field(description="their amount now")
    without_amount: int = Field(description="won and open deals that count but add no money")
    distribution: Distribution = Field(description="of the amount; of the count where money is false")


class Range(BaseModel):
    """An expected value and the range around it."""

    mean: float
    p10: float
    p50: float
    p90: float


class Wins(BaseModel):
    """Deals won, and their money."""

    count: float
    amount: float


class OutlookWeek(BaseModel):
    """The period's total by the end of a week, from the period's start on; the last week ends with the period."""

    week: str = Field(description="2026-W07; a month such as 2026-02 where the period is longer than 14 months")
    until: Moment = Field(description="the first moment after it")
    last_day: str = Field(description="the last day that counts, in the workspace's timezone")
    won: Wins | None = Field(description="closed won by then; null: the week is not over")
    count: Range | None = Field(description="what is expected by then; null: the week is over")
    amount: Range | None


class Category(BaseModel):
    """A forecast category of the CRM, beside what the model expects of its deals."""

    category: str
    deals: int
    amount: float
    expected_count: float
    expected_amount: float
    model_share: float | None = Field(description="expected_amount over amount")
    rolled_up: float | None = Field(description="what the category claims: its amount and that of those above it, as if certain")
    rolled_up_expected: float | None = Field(description="the same in the model's numbers")


class Node(Standing):
    """A region, a manager or an owner; where nobody owns anything, a stage or a source."""

    level: str = Field(description="region, manager, owner; or stage, source")
    name: str = Field(description="(none): nobody; (others): those of the same parent beyond the largest 200 owners")
    shown: str = Field(description="the owner's name where one is known, else name")
    parent: list[str] = Field(description="the names above it, region first")


class ChangedDeal(BaseModel):
    """A deal behind a change."""

    entity_id: str
    owner: str | None
    shown: str | None = Field(description="the owner's name")
    stage: str | None = Field(description="now; null: it is in the forecast no more")
    piece: str = Field(description="the piece that it moved most: won, lost, pushed, up, probability, ...")
    what: str = Field(description="what moved, in words")
    money: float
    count: float
    probability_before: float
    probability_after: float
    amount_before: float | None
    amount_after: float | None
    pieces: dict[str, float] = Field(description="its part of each piece that it moved; in wins where money is false")


class Changes(BaseModel):
    """What changed since a forecast before, in pieces that add up to the difference."""

    since: Moment = Field(description="as_of of the forecast before")
    days: float
    saved: str | None = Field(description="its id, where it was saved; null: rebuilt")
    rebuilt: bool = Field(description="nothing was saved: what today's model would have said of what was known then")
    note: str
    money_before: float
    money_after: float
    count_before: float
    count_after: float
    money: dict[str, float] = Field(description="by piece: new, added, won, lost, won_elsewhere, removed, reopened, pushed, "
                                                "pulled, up, down, probability, ratio, new_business")
    count: dict[str, float]
    deals: list[ChangedDeal] = Field(description="the 50 largest effects, the largest first")
    deals_in_all: int


class Risk(BaseModel):
    """An open deal that somebody counts on in this period and that may not come."""

    entity_id: str
    owner: str | None
    shown: str | None = Field(description="the owner's name")
    stage: str | None
    category: str | None
    amount: float | None
    probability: Share = Field(description="P(won in the period)")
    at_stake: float = Field(description="amount x (1 - probability); where only the model counts on it, amount x probability; "
                                        "in deals where money is false")
    counted_on: str = Field(description="commit, best case, date (the rep's date lies in the period) or model (its median does)")
    expected_close: Moment | None = Field(description="the rep's date")
    closes: Moment | None = Field(description="the model's median of the win, if it is won")
    why: str


class OutlookAnswer(BaseModel):
    """A period's outlook: what it will bring, how it fills up, who brings it, what changed, and what may go wrong."""

    made_at: Moment = Field(description="when this answer was worked out")
    fresh: bool = Field(description="nothing was written since, the same models answer, and it is not old")
    as_of: Moment
    period: Span
    entity: str
    what: str = Field(description="deals or leads: what is won")
    currency: str
    money: bool = Field(description="false: no amounts are known, show counts")
    model: str
    scope: Scope
    total: Whole
    weeks: list[OutlookWeek]
    categories: list[Category] | None = Field(description="null: the CRM has none")
    team: list[Node] = Field(description="parents before children; means of children add up to their parent's")
    changes: Changes | None = Field(description="null: there was nothing before")
    risks: list[Risk] = Field(description="the ten with most at stake")
    riskiest_in_commit: Risk | None
    calls: list[Called]
    notes: list[str]
