"""What a forecast says over HTTP, as types."""

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from leadcast.moment import EARLIEST, LATEST
from serving.messages import AsOf, Id, Moment, plain_text

MOST_MONEY = 1e15
"""No quota and no deal is larger; sums of larger ones could not be told apart."""
Note = Annotated[str, Field(max_length=1000), AfterValidator(plain_text)]
Money = Annotated[float, Field(ge=0, le=MOST_MONEY)]
PERIODS = "month, quarter, week, year (each as of as_of), 2026, 2026-Q1, 2026-03, 2026-W07, FY2026, FY2026-Q1 or FROM..TO"


class Span(BaseModel):
    """A period: its start belongs to it, its end does not."""

    name: str
    start: Moment
    end: Moment


class Distribution(BaseModel):
    """How likely each value is: P(at most ``values[k]``) is ``levels[k]``."""

    mean: float
    steps: bool = Field(description="true: it takes these values and no other; false: read between them along straight lines")
    levels: list[float]
    values: list[float]


class Measure(BaseModel):
    """One thing a period brings: wins, revenue or margin; expected values, and how the total is distributed."""

    won: float = Field(description="closed won in the period")
    open: float = Field(description="from deals that are open now")
    new: float = Field(description="from deals not created yet")
    total: float
    whole: Distribution


class Goal(BaseModel):
    """A quota, and how the forecast stands to it."""

    quota: float
    reach: float = Field(description="P(total >= quota)")
    gap: float = Field(description="quota less the expected total")
    coverage: float | None = Field(description="open pipeline over what is still to win")


class Part(BaseModel):
    """The forecast of all deals, or of those of one owner, region, ..."""

    count: Measure
    amount: Measure
    margin: Measure | None
    open_deals: int
    pipeline: float
    without_amount: int
    slips: float = Field(description="how many open deals that should close in the period will be open after it, expected")
    slipped: float
    goal: Goal | None


class Week(BaseModel):
    """What the period holds by the end of a week."""

    week: str
    until: Moment
    count: Measure
    amount: Measure


class Call(BaseModel):
    """What somebody said a period will bring."""

    recorded_at: Moment
    who: str
    period: Span
    owner: str | None = Field(description="whose deals; null: everyone's")
    amount: float | None
    count: float | None
    currency: str
    note: str


class Called(Call):
    """A call, and what the model expects of the same deals."""

    model: dict[str, float] | None = Field(description="expected amount and count; null: that owner has no deal in the forecast")
    range: dict[str, float] | None = Field(description="p10 and p90 of what was called")
    reach: float | None = Field(description="P(at least what was called)")


class Explanation(BaseModel):
    """What lies between two forecasts of a period: pieces that add up to the difference exactly, and the deals behind them."""

    before: str
    after: str
    currency: str
    money_before: float
    money_after: float
    count_before: float
    count_after: float
    money: dict[str, float] = Field(description="by piece: new, won, lost, pushed, pulled, up, down, probability, ...")
    count: dict[str, float]
    deals: list[dict[str, Any]] = Field(description="the largest effects first: money, count, before, after, money by piece")
    deals_in_all: int
    next: str | None = Field(None, description="the cursor of the next deals, where the two are saved; null: there are none")


EXAMPLE: dict[str, Any] = {"period": "2026-Q1", "by": "owner", "weeks": 4, "save": True, "note": "Monday"}


class ForecastRequest(BaseModel):
    """Which period to forecast, and how; every key may be left out."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, json_schema_extra={"examples": [EXAMPLE]})

    period: Id | None = Field(None, description=f"{PERIODS}. Default: that of against, else the month of the day after as_of")
    as_of: AsOf = Field(
        None, ge=EARLIEST, lt=LATEST, description="ISO time with offset; nothing later is looked at. Default: now")
    by: Id | None = Field(None, description="a column to add up by: owner, manager, region, stage, source or an attribute")
    quota: Money | None = Field(None, description="what is to be won, instead of what the quotas say")
    weeks: int | None = Field(None, ge=1, le=60, description="also the total by the end of each of so many next weeks")
    against: Id | None = Field(None, description="what changed since a saved forecast: its id, a beginning of it, or latest")
    save: bool = Field(False, description="keep it; the same forecast is kept once")
    note: Note = Field("", description="to keep with it")


class ForecastAnswer(BaseModel):
    """A period's forecast: what is won, what will come from open deals and what from deals not created yet."""

    as_of: Moment
    period: Span
    entity: str
    currency: str
    model: str
    total: Part
    by: str
    parts: dict[str, Part] = Field(description="means of parts add up to the total's; their ranges do not, and should not")
    quota: float | None
    categories: list[dict[str, Any]] | None = Field(description="the CRM's forecast categories beside the model")
    spread: dict[str, Any] = Field(description="what is uncertain besides chance")
    arrivals: dict[str, Any] = Field(description="the pace of deals not created yet")
    notes: list[str]
    weeks: list[Week]
    calls: list[Called]
    saved: str | None = Field(description="its id, where it was kept")
    against: Explanation | None


class Figures(BaseModel):
    """A measure in short."""

    won: float
    open: float
    new: float
    total: float
    p10: float
    p50: float
    p90: float


class SavedForecast(BaseModel):
    """A saved forecast or scenario, without its rows."""

    id: str
    as_of: Moment
    period: Span
    entity: str
    currency: str
    model: str
    fingerprint: str
    count: Figures | None
    amount: Figures | None
    quota: float | None
    note: str
    changes: list[str] = Field(description="of a scenario, a sentence each")
    base: str | None = Field(description="of a scenario: what it came from")


class SavedForecasts(BaseModel):
    """Saved forecasts and scenarios, the newest first."""

    items: list[SavedForecast]
    next: str | None = Field(description="the cursor of the next page; null: there is none")


class ForecastRow(BaseModel):
    """A deal in a forecast, or a recent one that stands for deals not created yet."""

    entity_id: str
    kind: str = Field(description="won, open or new")
    expected: float = Field(description="won: 1; open: P(won in the period); new: expected wins from deals like it")
    amount: float | None
    margin: float | None
    ever: float | None = Field(description="P(won in the end)")
    closes: Moment | None = Field(description="the median of its win, if it is won")
    expected_close: Moment | None = Field(description="the rep's date")
    created_at: Moment | None
    slips: float | None
    stage: str | None
    owner: str | None
    attributes: dict[str, Any]


class ForecastRows(BaseModel):
    items: list[ForecastRow]
    next: str | None


class SavedWithRows(SavedForecast):
    """A saved forecast with its deals."""

    total: Part | None
    rows: ForecastRows | None
