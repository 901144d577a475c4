"""The events that each observation may see, expanded into pairs and counted with one pass per question."""

from functools import cached_property

import numpy as np

from features.context import Context
from leadcast.history import History

DAY_US = 86_400_000_000
FROM_US, FROM_THEM, UNDIRECTED = 0, 1, 2


class VisibleEvents:
    """Pairs (observation, event) with the event known at the observation's ``as_of``, by observation, then by time.

    Attributes
    ----------
    asked : shape (pairs,); which observation
    source : shape (pairs,); which row of ``history.events``
    age : microseconds before ``as_of``, int64, shape (pairs,), >= 0
    """

    def __init__(self, history: History, context: Context, rows: np.ndarray, as_of: np.ndarray) -> None:
        self.table, self.context, self.n = history.events, context, len(rows)
        entries = history.linked_events(context.entity)
        asked, position = entries.known_pairs(rows, as_of)
        age = (as_of[asked] - entries.at[position]).view(np.int64)
        if ((age[1:] > age[:-1]) & (asked[1:] == asked[:-1])).any():  # only where something was recorded late
            order = np.lexsort((-age, asked))
            asked, position, age = asked[order], position[order], age[order]
        self.asked, self.source, self.age = asked, entries.source[position], age

    @cached_property
    def age_days(self) -> np.ndarray:
        return self.age / DAY_US

    @cached_property
    def edges(self) -> np.ndarray:
        """The windows' lengths in microseconds, rising."""
        return np.array([w.hours for w in self.context.windows], np.int64) * (DAY_US // 24)

    @cached_property
    def window(self) -> np.ndarray:
        """The smallest window each pair is in; an event exactly ``w`` ago is outside ``(as_of - w, as_of]``."""
        return np.searchsorted(self.edges, self.age, "right")

    @cached_property
    def slot(self) -> np.ndarray:
        """The place of each pair's event type among those kept; one more for all others."""
        return self._slots[0][self.table.coded("type")[0][self.source]]

    @cached_property
    def never_seen(self) -> int:
        """How many pairs have a type that the context does not know."""
        codes, (_, known) = self.table.coded("type")[0], self._slots
        return 0 if known.all() else int((~known[codes[self.source]]).sum())

    @cached_property
    def _slots(self) -> tuple[np.ndarray, np.ndarray]:
        types = self.context.types
        codes = types.codes(np.array(self.table.coded("type")[1], object))
        return np.where(codes < 0, len(types.kept), codes).astype(np.int64), codes >= 0

    @cached_property
    def direction(self) -> np.ndarray:
        codes, names = self.table.coded("direction")
        meaning = {"from_us": FROM_US, "from_them": FROM_THEM}
        return np.array([*(meaning.get(name, UNDIRECTED) for name in names), UNDIRECTED], np.int64)[codes[self.source]]

    def counts(self, part: np.ndarray, parts: int) -> np.ndarray:
        """Events per observation, part (0 <= part < parts) and window, the last one being all; (n, parts, windows + 1)."""
        bins = len(self.edges) + 1
        found = np.bincount((self.asked * parts + part) * bins + self.window, minlength=self.n * parts * bins)
        return found.reshape(self.n, parts, bins).cumsum(axis=2)

    @cached_property
    def by_type(self) -> np.ndarray:
        return self.counts(self.slot, len(self.context.types.kept) + 1)

    @cached_property
    def by_direction(self) -> np.ndarray:
        return self.counts(self.direction, 3)

    @cached_property
    def total(self) -> np.ndarray:
        """Events per window, the last one being all; (n, windows + 1)."""
        return self.by_type.sum(axis=1)

    def before(self) -> np.ndarray:
        """Events in the window of equal length before each window, ``(as_of - 2w, as_of - w]``; (n, windows)."""
        found = [np.bincount(self.asked[(self.age >= w) & (self.age < 2 * w)], minlength=self.n) for w in self.edges]
        return np.stack(found, axis=1)

    def last_days(self, part: np.ndarray, parts: int) -> np.ndarray:
        """Days since the last event of each part, NaN where there is none; (n, parts)."""
        youngest = np.full(self.n * parts, np.inf)
        np.minimum.at(youngest, self.asked * parts + part, self.age_days)
        return np.where(np.isinf(youngest), np.nan, youngest).reshape(self.n, parts)

    def decayed(self) -> np.ndarray:
        """Events by type, each counting half for every half-life that has passed; (n, types kept + 1)."""
        parts = len(self.context.types.kept) + 1
        weight = np.exp2(-self.age / (self.context.half_life.hours * (DAY_US // 24)))
        return np.bincount(self.asked * parts + self.slot, weight, self.n * parts).reshape(self.n, parts)

    def first_days(self) -> np.ndarray:
        """Days since the first event, NaN where there is none."""
        oldest = np.full(self.n, -np.inf)
        np.maximum.at(oldest, self.asked, self.age_days)
        return np.where(np.isinf(oldest), np.nan, oldest)

    def active_days(self) -> np.ndarray:
        """Days (of 24 hours, counted back from ``as_of``) with an event, per window of at least one day."""
        spans = self.edges[self.edges >= DAY_US] // DAY_US
        inside = self.age < self.edges[-1]
        seen = np.zeros((self.n, spans[-1]), bool)
        seen[self.asked[inside], self.age[inside] // DAY_US] = True
        return np.stack([seen[:, :span].sum(axis=1) for span in spans], axis=1)

    def sums(self, column: str) -> np.ndarray:
        """The sum of a number of the events per window, the last one being all; (n, windows + 1)."""
        bins, values = len(self.edges) + 1, self.table[column][self.source]
        has = ~np.isnan(values)
        place = self.asked[has] * bins + self.window[has]
        return np.bincount(place, values[has], self.n * bins).reshape(self.n, bins).cumsum(axis=1)

    def distinct(self, column: str) -> np.ndarray:
        """How many different texts of a column the events hold, shape (n,)."""
        codes, names = self.table.coded(column)
        code = codes[self.source]
        has = code >= 0
        different = np.unique(self.asked[has] * np.int64(max(len(names), 1)) + code[has])
        return np.bincount(different // max(len(names), 1), minlength=self.n)

    def answered_share(self) -> np.ndarray:
        """Share of our touches that they answered within the smallest window; only touches whose window is over count."""
        span, at = self.edges[0], -self.age
        theirs = np.where(self.direction == FROM_THEM, np.arange(len(at)), len(at))
        following = np.minimum.accumulate(theirs[::-1])[::-1]
        mine = np.flatnonzero((self.direction == FROM_US) & (self.age >= span))
        answer = following[mine]
        in_sight = np.minimum(answer, len(at) - 1)
        answered = (answer < len(at)) & (self.asked[in_sight] == self.asked[mine]) & (at[in_sight] - at[mine] <= span)
        touches = np.bincount(self.asked[mine], minlength=self.n)
        return np.bincount(self.asked[mine[answered]], minlength=self.n) / np.where(touches > 0, touches, np.nan)

    def first_response_hours(self, age_days: np.ndarray) -> np.ndarray:
        """Hours from creation to our first touch after it, NaN while there is none or creation is undated."""
        waited = age_days[self.asked] - self.age_days
        ours = (self.direction == FROM_US) & (waited >= 0)
        first = np.full(self.n, np.inf)
        np.minimum.at(first, self.asked[ours], waited[ours])
        return np.where(np.isinf(first), np.nan, first * 24)

    def since(self, age_days: np.ndarray) -> np.ndarray:
        """Events since creation, shape (n,); NaN-aged observations count none."""
        return np.bincount(self.asked[self.age_days <= age_days[self.asked]], minlength=self.n)
