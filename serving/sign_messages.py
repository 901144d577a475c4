"""Signs of leads and deals as the service tells them: ages, last contacts, risk flags, and the chances over time."""

from typing import Literal

from pydantic import BaseModel, Field

from serving.messages import Moment

Flag = Literal["stalled", "pushed", "silent", "single_contact", "overdue"]


class Flagged(BaseModel):
    """A risk that is pointed out."""

    flag: Flag
    word: str = Field(description="the same for people, such as close date past")
    text: str = Field(description="why, with the numbers")


class Signs(BaseModel):
    """How the matter stands besides the score: of the moment `as_of`, and nothing later is looked at."""

    as_of: Moment | None = Field(description="of which moment they are; null where the data have no dates")
    stage_age_days: float | None = Field(description="days in its stage; null: not known since when")
    stage_norm_days: float | None = Field(
        description="median days in that stage of those that then moved on, as the model learned; null: too few to tell")
    last_event_at: Moment | None = Field(description="the last event of any kind; null: there was none")
    last_touch_at: Moment | None = Field(description="the last event from us")
    last_answer_at: Moment | None = Field(description="the last event from them")
    waiting_days: float | None = Field(description="since the last touch from us; without one, since creation")
    quiet_days: float | None = Field(description="since the last event of any kind; without one, since creation")
    days_to_close: float | None = Field(description="whole days until its owner's date, of deals; 0: it is today; negative: past")
    pushes: int | None = Field(description="how often its owner's date was moved out; null: such changes are not recorded")
    contacts: int | None = Field(description="different contacts in its events; null: its events do not tell")
    flags: list[Flagged] = Field(description="the risks: stalled, pushed, silent, single_contact, overdue, in this order")


class CurvePoint(BaseModel):
    """A day ahead, and what will have happened by then."""

    days: float = Field(description="days after the moment of the signs")
    won_by: float = Field(ge=0, le=1, description="P(won by that day)")
    lost_by: float | None = Field(description="P(lost by that day); null: losses are not on record")
