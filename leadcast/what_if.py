"""A saved forecast and the same under a scenario, side by side."""

from dataclasses import dataclass
from typing import Any

from leadcast.forecast import Part, Spread, period_forecast
from leadcast.overrides import Overrides
from leadcast.scenario import apply
from leadcast.snapshots import Snapshot


@dataclass(frozen=True, eq=False)
class WhatIf:
    """A base and a scenario on it.

    Attributes
    ----------
    base, scenario : the snapshots; the scenario's ``about.changes`` say what was changed
    before, after : their forecasts, both computed from the rows with the base's spread and seed, so that they differ by the
        changes and by nothing else
    """

    base: Snapshot
    scenario: Snapshot
    before: Part
    after: Part

    def to_json(self) -> dict[str, Any]:
        about = self.base.about
        return {
            "base": self.base.id, "as_of": f"{about.as_of}Z",
            "period": {"name": about.period.name, "start": f"{about.period.start}Z", "end": f"{about.period.end}Z"},
            "currency": about.currency, "changes": list(self.scenario.about.changes), "note": self.scenario.about.note,
            "before": self.before.to_json(), "after": self.after.to_json(),
        }


def what_if(base: Snapshot, overrides: Overrides, timezone: str | None = None, note: str = "") -> WhatIf:
    """The forecast of a snapshot with something changed.

    Parameters
    ----------
    timezone : where the days of the overrides begin; default UTC
    note : instead of the overrides' own

    Raises
    ------
    ScenarioError : what is to be changed is not in the snapshot, or the change does not fit it
    """
    about = base.about
    rows, said = apply(base.rows, overrides, about.period, about.as_of, timezone)
    spread = Spread.from_json(dict(about.spread))
    before, after = (period_forecast(table, spread, about.quota).total for table in (base.rows, rows))
    return WhatIf(base, base.scenario(rows, after.to_json(), tuple(said), note or overrides.note), before, after)
