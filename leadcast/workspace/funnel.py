"""The keys of [funnel]: from when on a change is an alarm."""

from pydantic import Field

from leadcast.workspace.tables import Keys


class FunnelKeys(Keys):
    """How much worse a stage may do than before until it is an alarm."""

    alarm_points: float = Field(10.0, ge=0, le=100, allow_inf_nan=False, description=(
        "how many percentage points fewer may go on, or leave a stage in time, than before"))
    alarm_least: int = Field(30, ge=1, description="how many must have come into the stage, now and before, to be compared")
    alarm_days: float = Field(90.0, ge=1, le=3_660, allow_inf_nan=False, description="how many of the newest days are now")
