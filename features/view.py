"""What some observations may see, worked out once and shared by their signals."""

from collections.abc import Callable
from functools import cached_property

import numpy as np

from features.context import EVERYTHING, Context
from features.lead import known_leads, lead_values
from features.stages import DAY, places_of
from features.visible import VisibleEvents
from leadcast.history import History

Read = Callable[["View"], np.ndarray]


class View:
    """The past of ``n`` observations, each up to its own ``as_of``.

    Attributes
    ----------
    rows : shape (n,); which lead or deal
    as_of : UTC, shape (n,)
    """

    def __init__(self, history: History, context: Context, rows: np.ndarray, as_of: np.ndarray) -> None:
        self.history, self.context, self.rows, self.as_of = history, context, rows, as_of
        self.entity, self.n = context.entity, len(rows)
        self._columns: dict[str, np.ndarray] = {}

    def value(self, name: str) -> np.ndarray:
        """A column of the leads or deals as known then."""
        return self.history.value_at(self.entity, name, self.rows, self.as_of)

    def of_lead(self, name: str) -> np.ndarray:
        """A column of the deals' leads as known then."""
        return lead_values(self.history, name, self.rows, self.as_of)

    @cached_property
    def has_lead(self) -> np.ndarray:
        """Is there a lead of the deal? Boolean, shape (n,)."""
        return known_leads(self.history, self.rows, self.as_of) >= 0

    def read(self, column: str) -> np.ndarray:
        """A column by its name in the context, read once: ``lead.source`` is the source of a deal's lead."""
        if column not in self._columns:
            self._columns[column] = self.of_lead(column[5:]) if column.startswith("lead.") else self.value(column)
        return self._columns[column]

    def days_since(self, times: np.ndarray) -> np.ndarray:
        """Days from each time to ``as_of``, NaN where there is no time."""
        return (self.as_of - times) / DAY

    @cached_property
    def created(self) -> np.ndarray:
        return self.history.entities(self.entity)["created_at"][self.rows]

    @cached_property
    def age_days(self) -> np.ndarray:
        return self.days_since(self.created)

    @cached_property
    def amount(self) -> np.ndarray:
        return self.value("amount")

    @cached_property
    def days_to_close(self) -> np.ndarray:
        return (self.value("expected_close") - self.as_of) / DAY

    @cached_property
    def stage(self) -> tuple[np.ndarray, np.ndarray]:
        """(stage, when it was entered)."""
        return self.history.stage_at(self.entity, self.rows, self.as_of)

    @cached_property
    def stage_days(self) -> np.ndarray:
        return self.days_since(self.stage[1])

    @cached_property
    def pipeline(self) -> np.ndarray:
        return self.history.entities(self.entity)["pipeline"][self.rows]

    @cached_property
    def moves(self) -> tuple[np.ndarray, np.ndarray]:
        """(how often the stage changed, how often it went backwards), each of shape (n,)."""
        entries = self.history.standing_stages(self.entity)
        asked, position = entries.known_pairs(self.rows, self.as_of)
        codes, names = self.history.stages.coded("stage")
        code = codes[entries.source[position]]
        stage = np.array([*names, None], object)[code]
        first = starts(asked)
        before = np.where(first, self.history.first_stages(self.entity)[self.rows[asked]], np.roll(stage, 1))
        changed = stage != before
        places = [places_of(self.context.places, self.pipeline[asked], s) for s in (before, stage)]
        back = places[1] < places[0]
        return np.bincount(asked[changed], minlength=self.n), np.bincount(asked[back], minlength=self.n)

    def changes(self, name: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The known changes of a column: (which observation, value before, value after), in order."""
        found = self.history.changes(self.entity, name)
        if found is None:
            column = self.history.entities(self.entity)[name]
            return np.empty(0, np.int64), column[:0], column[:0]
        entries, new, old = found
        asked, position = entries.known_pairs(self.rows, self.as_of)
        return asked, np.where(starts(asked), old[position], new[position - 1]), new[position]

    @cached_property
    def base_rates(self) -> np.ndarray:
        """The overall rate of each of the context's targets as known then, NaN while nothing was resolved; (targets, n)."""
        base = self.context.base
        code = np.repeat(base.codes(np.array([EVERYTHING], object)), self.n)
        resolved, reached = base.tallies([t.name for t in self.context.targets], code, self.as_of)
        return np.asarray(reached / np.where(resolved > 0, resolved, np.nan))

    @cached_property
    def events(self) -> VisibleEvents:
        return VisibleEvents(self.history, self.context, self.rows, self.as_of)


def starts(asked: np.ndarray) -> np.ndarray:
    """Where a new observation begins in sorted pairs; boolean, same shape."""
    return np.concatenate(([True], asked[1:] != asked[:-1])) if len(asked) else np.zeros(0, bool)
