"""What the service tells of one model: how good it is, what moves it, where to take care, and what came before it."""

from typing import Literal

from pydantic import BaseModel, Field

from serving.messages import ModelCard, Moment

Better = Literal["model", "baseline", "neither"]


class VerdictTold(BaseModel):
    """Whether to use it."""

    kind: Literal["yes", "care", "no"]
    text: str


class JudgedOn(BaseModel):
    """The newest outcomes, which no choice has seen: what every figure is of."""

    rows: int = Field(description="looks at leads or deals")
    entities: int
    positives: int
    start: str | None = Field(description="of the looks; null: they have no dates")
    end: str | None
    learned_from: int = Field(description="older looks")
    said: float = Field(description="mean probability")
    came: float = Field(description="share that reached the target")


class Compared(BaseModel):
    """The model, or a simpler way, on the same newest outcomes."""

    name: str
    label: str
    auc: float | None
    log_loss: float | None = Field(description="less is better")
    brier: float | None = Field(description="less is better")
    brier_skill: float | None = Field(description="share of the base rate's Brier score that it saves; 0 = none, 1 = all")
    lift_at_10: float | None
    gain_at_10: float | None = Field(description="share of all that came which the best tenth held")
    gain_at_20: float | None
    better: Better | None = Field(description="whose log loss is less, beyond chance; null for the model itself")
    difference: float | None = Field(description="the model's log loss minus this one's")
    low: float | None = Field(description="95 % interval of the difference")
    high: float | None


class GainPoint(BaseModel):
    """Working the best first."""

    worked: float = Field(description="share of all that is worked, the best first")
    found: float = Field(description="share of all that came among them")
    lift: float = Field(description="how many times as many as picking blindly")


class PeriodTold(BaseModel):
    """Looks of one day, week, month or longer: what was said of them, and what came."""

    start: str = Field(description="its first day")
    rows: int
    entities: int
    said: float | None = Field(description="null: older than the newest outcomes, so that the model had seen them")
    came: float
    low: float = Field(description="95 % band of what came")
    high: float
    auc: float | None


class AgeTold(BaseModel):
    """How well it ranks, by how long they have been there."""

    age: str
    rows: int
    positives: int
    auc: float | None
    low: float | None
    high: float | None


class SegmentTold(BaseModel):
    """Part of the newest outcomes, large enough to be judged alone."""

    segment: str = Field(description="the column, such as source")
    value: str
    rows: int
    entities: int
    positives: int
    said: float
    came: float
    low: float = Field(description="95 % band of what came")
    high: float
    auc: float | None
    outside: bool = Field(description="what was said lies outside the band; of one in twenty by chance alone")


class MemberTold(BaseModel):
    """Who speaks in the blend."""

    kind: str
    label: str
    weight: float = Field(description="0 where another was better")
    log_loss: float | None = Field(description="on rows it had not seen; null where it was not tried")


class FeatureTold(BaseModel):
    """A feature and its part in what the model says."""

    name: str
    doc: str
    unit: str
    about: Literal["fit", "engagement", "deal"]
    part: float = Field(description="mean size of its contribution; all features together 1")
    learned: bool = Field(description="a rate learned from outcomes, such as an owner's")


class SteadyTold(BaseModel):
    """How much a probability moves."""

    pairs: int
    median: float = Field(description="half move by less; probability, 0 to 1")
    p90: float
    above_10_points: float = Field(description="share that moves by more than 0.10")


class MovementTold(BaseModel):
    """A feature, or the score, then and now."""

    name: str
    psi: float = Field(description="population stability index: 0 = the same, above 0.25 is much")
    missing_then: float
    missing_now: float
    part: float
    moved: bool = Field(description="by more than chance and the usual movement explain")
    words: str


class OutcomesSince(BaseModel):
    """Matured outcomes of one stretch of time since the training."""

    start: str | None
    end: str | None
    rows: int
    entities: int
    said: float
    came: float
    low: float = Field(description="95 % band of said minus came")
    high: float


class DriftTold(BaseModel):
    """What ``leadcast drift`` found when it last looked."""

    as_of: str | None = Field(description="the end of the data it looked at")
    since: str | None = Field(description="the recent looks begin there")
    model: str = Field(description="the version it looked at")
    is_of_this_model: bool
    rows: int
    entities: int
    retrain: bool
    verdict: str
    reasons: list[str]
    score: MovementTold
    features: list[MovementTold] = Field(description="those that moved first, then by part; 20 at most")
    moved: int = Field(description="how many features moved, of all")
    outcomes: list[OutcomesSince] | None = Field(description="null: too few have matured since the training")


class VersionTold(BaseModel):
    """A version that answers, or answered: as far as this service knows it."""

    version: str
    answers: bool
    trained_as_of: str | None = Field(description="the end of the data it learned from; null: not known here, or no dates")
    first_score_at: Moment | None = Field(description="its first score in the store: when it took over")
    scores: int = Field(description="current scores that are its own")
    rows: int | None
    positives: int | None
    auc: float | None = Field(description="on the newest outcomes of its own training")
    auc_low: float | None
    auc_high: float | None
    log_loss: float | None
    verdict: VerdictTold | None


class Model(ModelCard):
    """A model that is being served, in full."""

    question: str
    verdict: VerdictTold
    summary: list[str] = Field(description="sentences for people: what it predicts, how good it is, where to take care")
    example: str = Field(description="what a percentage of it means, counted on the newest outcomes; empty: cannot be judged yet")
    judged_on: JudgedOn | None = Field(description="null: it cannot be judged yet")
    compared: list[Compared] = Field(description="the model first, then the simpler ways")
    gain: list[GainPoint] = Field(description="by tenths")
    unit: str | None = Field(description="of the periods: day, week, month, quarter or year")
    periods: list[PeriodTold]
    ages: list[AgeTold]
    segments: list[SegmentTold] = Field(description="furthest off first; a limited key sees no other owners")
    worst_segment: str
    members: list[MemberTold]
    why_these: str
    calibrator: str
    enough_evidence: bool
    thin: list[str] = Field(description="where the evidence is thin")
    rules: list[str] = Field(description="rules that speak, in words with their points")
    steadiness: dict[Literal["between_looks", "after_one_event"], SteadyTold | None]
    important: list[FeatureTold] = Field(description="20 at most, the weightiest first")
    suited: str
    limits: list[str]
    drift: DriftTold | None = Field(description="null: leadcast drift has not looked")
    versions: list[VersionTold] = Field(description="newest first")
