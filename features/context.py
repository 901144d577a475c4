"""Everything across entities that a row needs: learned once from what was known by a moment, stored with the model."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any

import numpy as np

from features.lead import lead_values
from features.levels import Levels, learn_levels, names_individuals
from features.outcomes import Outcomes, outcomes_of
from features.pace import HOUR, Window, windows_for
from features.rates import Rates, learn_rates
from features.stages import Places, stage_names, stage_norms, stage_places
from leadcast.history import History
from leadcast.vocabulary import Attribute, Entity, Target, Vocabulary

MOST_TYPES = 25
CORE: dict[Entity, tuple[str, ...]] = {
    "lead": ("owner", "source", "pipeline"), "opportunity": ("owner", "category", "currency", "pipeline")
}
EVENT_COLUMNS = ("direction", "actor", "value", "contact_id")
EVERYTHING = ""
"""The one key of the rates over all entities."""


@dataclass(frozen=True, eq=False)
class Context:
    """What was learned across the leads (or deals) of a history, as known at ``as_of``.

    Attributes
    ----------
    windows : three lookback windows, rising
    levels : per category column (a lead's column seen from its deal has ``lead.`` before its name), and ``stage``
    types : event types, those kept by name and those pooled
    event_columns : which optional columns of events were ever filled
    recorded : columns of the entity whose changes are recorded
    norms : stage -> median days spent in it by those who moved on
    undated : a static export, where nothing may speak of calendar time
    rates : per column, how often the entities of each key reached each target
    base : the same over all entities
    """

    entity: Entity
    as_of: np.datetime64
    vocabulary: Vocabulary
    windows: tuple[Window, ...]
    levels: dict[str, Levels]
    types: Levels
    event_columns: frozenset[str]
    recorded: frozenset[str]
    norms: dict[str, float]
    rates: dict[str, Rates]
    base: Rates
    undated: bool = False

    @property
    def half_life(self) -> Window:
        """After so long an event counts half: the middle window."""
        return self.windows[len(self.windows) // 2]

    @property
    def targets(self) -> tuple[Target, ...]:
        return tuple(t for t in self.vocabulary.targets if t.entity == self.entity)

    @cached_property
    def places(self) -> Places:
        """Each stage's place in each pipeline."""
        return stage_places(self.vocabulary, self.entity)

    def latest(self) -> "Context":
        """The same with every timeline reduced to its last value: what a bundle stores; right for any ``as_of`` from here on."""
        return replace(self, rates={name: rates.latest() for name, rates in self.rates.items()}, base=self.base.latest())

    def to_json(self) -> dict[str, Any]:
        """Plain data for ``json.dumps``; :meth:`from_json` gives the same context back, to the last digit."""
        return {
            "entity": self.entity, "as_of": str(self.as_of), "vocabulary": self.vocabulary.to_json(),
            "windows_hours": [w.hours for w in self.windows],
            "levels": {name: levels.to_json() for name, levels in sorted(self.levels.items())}, "types": self.types.to_json(),
            "event_columns": sorted(self.event_columns), "recorded": sorted(self.recorded),
            "norms_days": dict(sorted(self.norms.items())),
            "rates": {name: rates.to_json() for name, rates in sorted(self.rates.items())}, "base": self.base.to_json(),
            "undated": self.undated,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Context":
        return cls(
            data["entity"], np.datetime64(str(data["as_of"]), "us"), Vocabulary.from_json(data["vocabulary"]),
            tuple(Window(hours) for hours in data["windows_hours"]),
            {name: Levels.from_json(levels) for name, levels in data["levels"].items()}, Levels.from_json(data["types"]),
            frozenset(data["event_columns"]), frozenset(data["recorded"]), dict(data["norms_days"]),
            {name: Rates.from_json(rates) for name, rates in data["rates"].items()}, Rates.from_json(data["base"]),
            data.get("undated", False),
        )


def inputs(vocabulary: Vocabulary, entity: Entity) -> tuple[Attribute, ...]:
    """The attributes that a row may hold: all but those known only after the outcome, and those that the gate refused."""
    return tuple(a for a in vocabulary.attributes_of(entity) if a.known != "outcome" and a.name not in vocabulary.never_inputs
                 and not vocabulary.refuses(entity, a.name))


def build_context(history: History, entity: Entity, as_of: np.datetime64 | None = None) -> Context:
    """Learn the context of leads or of deals from what was known at ``as_of``.

    Nothing recorded later has any influence: the history is cut there first.

    Parameters
    ----------
    as_of : UTC; default: the end of the data

    Returns
    -------
    Context : serves every ``as_of`` up to its own point in time (rates are looked up as known at each row's own
        moment); for later moments, what was known at its own
    """
    moment = history.end if as_of is None else as_of.astype("datetime64[us]")
    past = history.known_at(moment)
    outcomes = {t.name: outcomes_of(past, t) for t in past.vocabulary.targets if t.entity == entity}
    levels = _levels(past, entity)
    linked = past.events.take(np.unique(past.linked_events(entity).source))
    return Context(
        entity, moment, past.vocabulary, _windows(past, entity, outcomes), levels, _types(linked["type"]),
        frozenset(name for name in EVENT_COLUMNS if _filled(linked[name])),
        frozenset(name for name in past.entities(entity).names if past.changes(entity, name) is not None),
        stage_norms(past, entity),
        {name: rates for name, read in _keys(past, entity, levels).items() if (rates := _rates(read, outcomes)).keys},
        _rates(lambda when: np.full(len(when), EVERYTHING, object), outcomes), past.undated(entity),
    )


def _filled(column: np.ndarray) -> bool:
    return bool((~np.isnan(column)).any()) if column.dtype.kind == "f" else any(v is not None for v in column)


def _windows(past: History, entity: Entity, outcomes: dict[str, Outcomes]) -> tuple[Window, ...]:
    created = past.entities(entity)["created_at"]
    ends = [o.ended for o in outcomes.values()] or [past.closings(entity).first_known()]
    return windows_for(np.concatenate([(end - created) / HOUR for end in ends]))


def _types(types: np.ndarray) -> Levels:
    counted = Counter(types)
    ranked = sorted(counted, key=lambda t: (-counted[t], t))
    return Levels(tuple(ranked[:MOST_TYPES]), tuple(ranked[MOST_TYPES:]))


def _levels(past: History, entity: Entity) -> dict[str, Levels]:
    """The levels of each category; columns that name individuals are left out."""
    everyone = np.arange(past.entities(entity).rows)
    met = {name: _values_met(past, entity, name, everyone) for name in _categories(past.vocabulary, entity)}
    if entity == "opportunity":
        mine = past.lead_rows[past.lead_rows >= 0]
        met |= {f"lead.{name}": _values_met(past, "lead", name, mine) for name in _categories(past.vocabulary, "lead")}
    found = {name: learn_levels(counted) for name, counted in met.items() if not names_individuals(counted)}
    return found | {"stage": Levels(stage_names(past, entity))}


def _categories(vocabulary: Vocabulary, entity: Entity) -> list[str]:
    """The columns of leads or deals that are categories: their own, and the user's."""
    core = (name for name in CORE[entity] if not vocabulary.refuses(entity, name))
    return [*core, *(a.name for a in inputs(vocabulary, entity) if a.type == "category")]


def _values_met(past: History, entity: Entity, name: str, rows: np.ndarray) -> Counter[str]:
    """How often each value is met: as it stands, and where a recorded change came from it or led to it."""
    columns = [past.entities(entity)[name][rows], *(past.changes(entity, name) or ())[1:]]
    return Counter(value for column in columns for value in column if value is not None)


Read = Callable[[np.ndarray], np.ndarray]


def _keys(past: History, entity: Entity, levels: dict[str, Levels]) -> dict[str, Read]:
    """The columns whose keys have rates, each as a function of the moment at which every entity's key is read."""
    rows = np.arange(past.entities(entity).rows)
    core = ("owner", *(["source"] if entity == "lead" else []), "account_id")
    names = [name for name in core if not past.vocabulary.refuses(entity, name)]
    names += [a.name for a in inputs(past.vocabulary, entity) if a.type == "category" and a.name in levels]
    found: dict[str, Read] = {name: partial(past.value_at, entity, name, rows) for name in names}
    if entity == "opportunity" and not past.vocabulary.refuses("lead", "source"):
        found["lead.source"] = partial(lead_values, past, "source", rows)
    return found


def _rates(read: Read, outcomes: dict[str, Outcomes]) -> Rates:
    keys = {target: read(o.resolved) for target, o in outcomes.items()}
    return learn_rates(keys, {t: o.resolved for t, o in outcomes.items()}, {t: o.reached for t, o in outcomes.items()})
