"""The keys of [service]: how often scores are made anew, and how long what was said is kept."""

from pydantic import Field

from leadcast.workspace.tables import Keys


class ServiceKeys(Keys):
    """What the service does by itself, beside answering."""

    refresh_minutes: float = Field(60, ge=1, le=10_080, allow_inf_nan=False,
                                   description="how often all current scores are made anew; those with news are at once")
    outlook_minutes: float = Field(5, ge=0.1, le=10_080, allow_inf_nan=False,
                                   description="how soon an outlook that is kept ready is made anew after records changed")
    ledger_days: float = Field(365, ge=1, le=36_500, allow_inf_nan=False,
                               description="how long the ledger keeps what was answered, with the inputs")
    history_days: float = Field(730, ge=14, le=36_500, allow_inf_nan=False,
                                description="how long it is kept how each score moved; a trend needs two weeks of it")
