"""The feed as a whole: every table of the star, and what is said about them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from leadcast.bundle import Bundle
from leadcast.errors import RegistryError
from leadcast.fingerprint import fingerprint
from leadcast.history import History
from leadcast.moment import iso
from leadcast.snapshots import Snapshot
from leadcast.vocabulary import Entity
from leadcast.workspace.model import Workspace
from serving.asked_forecasts import Asked, look_of
from serving.feed.calendar import date_table, period_days
from serving.feed.dimensions import DIMENSIONS
from serving.feed.entities import deal_table, lead_table, source_table, stage_table
from serving.feed.facts import FACTS
from serving.feed.forecasts import forecast_facts, snapshot_facts
from serving.feed.ground import Ground
from serving.feed.models import model_keys, model_table
from serving.feed.scored import score_facts
from serving.feed.stays import funnel_facts, stage_facts, win_facts
from serving.outlook import Outlook, winning

FORMAT = "leadcast-export/1"
Step = Callable[[str, int, int], None]
_STEPS = 5


@dataclass(frozen=True)
class Wanted:
    """What a feed is to be of.

    Attributes
    ----------
    when : as known then, UTC
    period : of the forecast, in words
    owners : whose leads and deals; None: everybody's
    scope : the same in words, for the manifest
    """

    when: np.datetime64
    period: str = "quarter"
    owners: frozenset[str] | None = None
    scope: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Feed:
    """A star schema.

    Attributes
    ----------
    tables : by name, dimensions first; every column says what it means in its metadata
    about : what the manifest says beside the tables, plain data
    """

    tables: dict[str, pa.Table]
    about: dict[str, Any]

    def manifest(self) -> dict[str, Any]:
        """Everything that is to be known about the tables, plain data."""
        return {**self.about, "tables": [_told(name, table) for name, table in self.tables.items()]}


def build_feed(
    workspace: Workspace, history: History, bundles: Mapping[str, Bundle], snapshots: Sequence[Snapshot], wanted: Wanted,
    step: Step | None = None,
) -> Feed:
    """Make every table, as known at a moment.

    Where no forecast can be made (no model of winning, or no dates) its tables are empty and a note says why.

    Parameters
    ----------
    snapshots : the saved forecasts; those of a later moment are left out
    step : called with what is done, how much of it, of how much

    Raises
    ------
    PeriodError : the period cannot be read
    BundleError : a model was trained on other columns than leadcast.toml names now
    """
    tell = step or (lambda what, done, total: None)
    tell("reading what was known", 0, _STEPS)
    calendar = workspace.workspace.timezone, workspace.forecast.fiscal_year_starts
    ground = Ground(history.known_at(wanted.when), wanted.when, *calendar, wanted.owners)
    tell("forecasting", 1, _STEPS)
    look, notes = _look(workspace, history, bundles, wanted)
    told = [snapshot for snapshot in snapshots if snapshot.about.as_of <= wanted.when]
    models = model_keys(bundles, {snapshot.about.model for snapshot in told})
    tell("scoring", 2, _STEPS)
    scores = score_facts(ground, history, bundles, models, look)
    tell("following stages", 3, _STEPS)
    way, more = stage_facts(ground), funnel_facts(ground)
    facts = [*scores, *forecast_facts(ground, look, models), *snapshot_facts(ground, told, models), way, more[0],
             win_facts(ground, _closed_of(ground, look))]
    tell("describing", 4, _STEPS)
    dimensions = [ground.team.table(wanted.owners), stage_table(ground), source_table(ground),
                  model_table(bundles, models), lead_table(ground), deal_table(ground)]
    period = None if look is None else period_days(look.period, ground.timezone)
    dates = date_table(_days_in([*dimensions, *facts]), period, ground.fiscal_start_month)
    names = [shape.name for shape in (*DIMENSIONS, *FACTS)]
    return Feed(dict(zip(names, [dates, *dimensions, *facts], strict=True)),
                _about(workspace, ground, history, look, wanted, [*notes, *more[1]]))


def _look(
    workspace: Workspace, history: History, bundles: Mapping[str, Bundle], wanted: Wanted
) -> tuple[Outlook | None, list[str]]:
    try:
        winning(history, bundles)
    except RegistryError as absent:
        return None, [f"No forecast: {absent}"]
    look = look_of(workspace, history, bundles, Asked(wanted.when, wanted.period, "owner", owners=wanted.owners))
    return look, look.notes


def _closed_of(ground: Ground, look: Outlook | None) -> Entity:
    if look is not None:
        return look.entity
    return "opportunity" if ground.history.opportunities.rows else "lead"


def _days_in(tables: Sequence[pa.Table]) -> list[np.ndarray]:
    """Every day that a table speaks of, ``datetime64[D]``."""
    return [pc.drop_null(column).to_numpy().astype("datetime64[D]") for table in tables
            for field_, column in zip(table.schema, table.columns, strict=True) if field_.type == pa.date32()]


def _about(
    workspace: Workspace, ground: Ground, history: History, look: Outlook | None, wanted: Wanted, notes: list[str]
) -> dict[str, Any]:
    period = None if look is None else {"name": look.period.name, "start": f"{look.period.start}Z", "end": f"{look.period.end}Z"}
    return {"format": FORMAT, "workspace": workspace.workspace.name, "as_of": iso(wanted.when), "period": period,
            "currency": ground.history.vocabulary.currency, "timezone": ground.timezone or "UTC", "scope": dict(wanted.scope),
            "fingerprint": fingerprint(ground.history if wanted.when < history.end else history), "notes": notes}


def _told(name: str, table: pa.Table) -> dict[str, Any]:
    columns = [{"name": f.name, "type": str(f.type), "meaning": f.metadata[b"description"].decode(),
                "key": f.metadata[b"key"].decode() or None} for f in table.schema]
    return {"name": name, "meaning": table.schema.metadata[b"description"].decode(), "rows": table.num_rows, "columns": columns}
