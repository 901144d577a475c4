"""How past forecasts held, as types."""

from pydantic import BaseModel, Field

from serving.forecast_messages import Span
from serving.messages import Moment


class SaidAndCame(BaseModel):
    """What was said of a total, and what it became."""

    said: float = Field(description="the expected total")
    p10: float
    p90: float
    came: float
    held: bool = Field(description="p10 <= came <= p90")


class PastPoint(BaseModel):
    """A past day's forecast of a stretch ahead of it, replayed with what was known then."""

    as_of: Moment
    stretch: str = Field(description="7 days, month, quarter, ...")
    end: Moment
    count: SaidAndCame
    amount: SaidAndCame


class Held(BaseModel):
    """In what share of the replays the total lay between P10 and P90; 80 % is meant."""

    share: float | None
    low: float | None = Field(description="of its 95 % interval")
    high: float | None


class Errors(BaseModel):
    """How far off: mae in units of what was forecast, wape and mape as a share of what came, bias (said less came) likewise."""

    mae: float | None
    wape: float | None
    bias: float | None
    mape: float | None


class Baseline(Errors):
    """A simpler way, judged on the same days."""

    name: str
    replays: int = Field(description="of how many days it could speak")


class Judged(BaseModel):
    """A stretch's totals over all replays."""

    said: float = Field(description="mean of the expected totals")
    came: float = Field(description="mean of what came")
    model: Errors
    held: Held
    baselines: list[Baseline]


class StretchJudged(BaseModel):
    """How forecasts of one stretch ahead held."""

    stretch: str
    days: float
    replays: int
    count: Judged
    amount: Judged


class Backtest(BaseModel):
    """The newest finished backtest of this workspace."""

    key: str
    made_at: Moment
    replays: int
    stretches: list[StretchJudged]
    points: list[PastPoint] = Field(description="by stretch, the oldest first")


class PastForecast(BaseModel):
    """A saved forecast of a period that is over."""

    id: str
    as_of: Moment
    period: Span
    note: str
    hindsight: bool = Field(description="true: its model had learned from data later than as_of, so it proves nothing; "
                                        "told of the version that answers now, of others it is not known")
    count: SaidAndCame
    amount: SaidAndCame


class AccuracyAnswer(BaseModel):
    """Past forecasts against what came."""

    entity: str
    what: str
    currency: str
    money: bool = Field(description="false: no amounts are known, show counts")
    backtest: Backtest | None = Field(description="null: none yet; notes say what to run")
    saved: list[PastForecast] = Field(description="of periods that are over, the newest first")
    notes: list[str]
