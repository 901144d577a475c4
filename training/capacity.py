"""How many leads or deals the team can take up, as a share of those that come."""

from typing import Any

import numpy as np

from leadcast.observations import Observations
from leadcast.vocabulary import Entity
from leadcast.workspace.model import Team

DEFAULT_SHARE = 0.1
DAYS_A_WEEK = 7.0


def capacity_of(team: Team, entity: Entity, newest: Observations, undated: bool) -> dict[str, Any]:
    """The share of the newest slice that the team could have worked, best first, and how it was found.

    Leads (or deals) a day times the days of the slice, over the different ones that were open in it; at most all of them.
    """
    many = "leads" if entity == "lead" else "deals"
    per_day = team.leads_per_day or (None if team.leads_per_week is None else team.leads_per_week / DAYS_A_WEEK)
    if per_day is None:
        return {"share": DEFAULT_SHARE, "set": False,
                "reason": f"the best 10 % of the {many}: [team] in leadcast.toml does not say how many the team can take up"}
    days = float((newest.as_of.max() - newest.as_of.min()) / np.timedelta64(1, "D"))
    if undated or days < 1:
        return {"share": DEFAULT_SHARE, "set": False,
                "reason": f"the best 10 % of the {many}: the newest slice spans no days in which [team] could be counted"}
    entities = len(set(newest.entity_id))
    share = min(1.0, per_day * days / entities)
    return {"share": share, "set": True, "reason": f"{per_day:.3g} {many} a day ([team]) make {per_day * days:,.0f} of the "
            f"{entities:,} {many} that were open in the {days:.0f} days of the newest slice"}
