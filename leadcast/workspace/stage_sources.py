"""The keys of [[stages]]: where stage entries come from, one class per ``from``."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from leadcast.workspace.tables import Entity, Keys, Where


class StageColumns(Keys):
    """Our name = the user's column."""

    id: str = Field(description="the lead's or deal's id")
    stage: str | None = Field(None, description="the stage, or the outcome")
    old_stage: str | None = Field(None, description="the value before the change; the first one is the stage at creation")
    entered_at: str | None = Field(None, description="when it was entered")
    recorded_at: str | None = Field(None, description="when the CRM learned of it, where that may be later")
    reason: str | None = Field(None, description="why, for won and lost")


class _StagesBase(Keys):
    entity: Entity = Field(description="whose stages these are")
    where: Where = Field(default_factory=dict, description="which of its rows count")
    values: dict[str, str] = Field(default_factory=dict,
                                   description="source value = our stage; a value that is not listed keeps its name")


class StagesFromRows(_StagesBase):
    """Rows that say when a stage was entered (or changed from old to new)."""

    from_: Literal["rows"] = Field(alias="from", description="one row per stage entry, or per change from old to new")
    table: str = Field(description="a table under [tables]")
    columns: StageColumns = Field(description="which column is what")


class StagesFromEvents(_StagesBase):
    """Stage entries derived from events."""

    from_: Literal["events"] = Field(alias="from", description="what happened tells the stage")
    events: dict[str, str] = Field(min_length=1, description="event type = our stage; several types may lead to one stage")
    occurrence: Literal["first", "every"] = Field("first", description="only the first entry of each stage, or every one")


class StagesFromDates(_StagesBase):
    """Date columns: the deal is won at ``won_date``."""

    from_: Literal["dates"] = Field(alias="from", description="one date column per stage")
    table: str = Field(description="a table under [tables]")
    columns: StageColumns = Field(description="which column is what")
    dates: dict[str, str] = Field(min_length=1, description="date column = our stage")


class StagesFromCurrent(_StagesBase):
    """A column that holds the stage of today; known only at the export unless a date column tells."""

    from_: Literal["current"] = Field(alias="from", description="a column with the stage of today")
    table: str = Field(description="a table under [tables]")
    columns: StageColumns = Field(description="which column is what")


def _as_written(value: Any) -> Any:
    """Values may stand as numbers or flags too: won = [1], won = [true]."""
    if not isinstance(value, list):
        return value
    plain = (str(v).lower() if isinstance(v, bool) else f"{v:.15g}" if isinstance(v, int | float) else v for v in value)
    return list(plain)


Values = Annotated[list[str], BeforeValidator(_as_written)]


class StagesFromOutcome(_StagesBase):
    """A plain outcome column in a table without dates (blank = open)."""

    from_: Literal["outcome"] = Field(alias="from", description="a column with won, lost or open")
    table: str = Field(description="a table under [tables]")
    columns: StageColumns = Field(description="which column is what")
    won: Values = Field(description='values that mean won; "*" in one of the three lists: every other value')
    lost: Values = Field(default_factory=list, description="values that mean lost")
    open: Values = Field(default_factory=list, description="values that mean open")
    blank: Literal["open", "lost"] = Field("open", description='what no value means: "open" (not known yet) or "lost"')


class StagesFromSilence(_StagesBase):
    """Lost by rule: no event for so many days."""

    from_: Literal["silence"] = Field(alias="from", description="nothing happened for long")
    after_days: float = Field(gt=0, allow_inf_nan=False, description="days of silence after which it counts as lost")
    stage: str = Field("lost", description="the stage it then enters")


StageSource = Annotated[
    StagesFromRows | StagesFromEvents | StagesFromDates | StagesFromCurrent | StagesFromOutcome | StagesFromSilence,
    Field(discriminator="from_"),
]
