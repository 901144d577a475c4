"""The keys of [risks]: from when on something about a lead or deal is pointed out."""

from pydantic import Field

from leadcast.workspace.tables import Keys


class RiskKeys(Keys):
    """When leads and deals get a risk flag."""

    stalled_times: float = Field(2.0, gt=0, le=1000, allow_inf_nan=False,
                                 description="stalled: in its stage for more than so many times as long as usual")
    pushes: int = Field(2, ge=1, le=1000, description="pushed: the expected close was moved out at least so often")
    silent_days: float = Field(14.0, gt=0, le=10_000, allow_inf_nan=False,
                               description="silent: no event in so many days, neither from you nor from them")
    contacts: int = Field(2, ge=2, le=1000, description="single_contact: fewer different contacts than this in its events")
