"""One past day again: what was said of the stretches ahead of it, and what came."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from leadcast.forecast import Distribution
from leadcast.table import TIME
from leadcast.vocabulary import Entity

FORMAT = "leadcast-replay/1"
OF_OPEN = ("stage_weighted", "stage_table", "probability_amount")
"""Baselines that speak of what was open on the day."""
OF_ALL = ("run_rate", "commit", "call")
"""Baselines that speak of the whole period, with what was won in it already."""
OF_NEW = "last_new"
"""What the stretch before brought of what did not exist at its beginning."""


@dataclass(frozen=True)
class Wins:
    """How many are won, and their money; NaN where it is not said."""

    count: float
    amount: float

    def __add__(self, other: "Wins") -> "Wins":
        return Wins(self.count + other.count, self.amount + other.amount)

    def to_json(self) -> list[float | None]:
        return [None if value != value else float(value) for value in (self.count, self.amount)]

    @classmethod
    def from_json(cls, data: list[float | None]) -> "Wins":
        count, amount = (float("nan") if value is None else float(value) for value in data)
        return cls(count, amount)


@dataclass(frozen=True, eq=False)
class Told:
    """A stretch ahead of a past day: what was said, what simpler ways would have said, and what came.

    Attributes
    ----------
    stretch : its name
    days : from the past day to its end
    won : won in it already on that day, as known then
    open, new : expected of those open then, and of those that did not exist
    count, amount : how the total was said to be distributed, what was won already included
    came_open, came_new : what came after that day; a win counts when it became known
    chance : the error to expect of the wins of open ones if every probability is right, as a share of them; see
        :func:`~leadcast.metrics.forecasting.chance_error`
    baselines : by name; absent where it cannot be told
    p, by_stage, came : of each open one, in the replay's order: P(won in it) by the model and by the table of stages, and 1 = it
        was won in it; each of shape (n,)
    """

    stretch: str
    days: float
    end: np.datetime64
    won: Wins
    open: Wins
    new: Wins
    count: Distribution
    amount: Distribution
    came_open: Wins
    came_new: Wins
    chance: float
    baselines: Mapping[str, Wins]
    p: np.ndarray
    by_stage: np.ndarray
    came: np.ndarray

    @property
    def said(self) -> Wins:
        """The expected total."""
        return self.won + self.open + self.new

    @property
    def total(self) -> Wins:
        """The total that it became."""
        return self.won + self.came_open + self.came_new

    def to_json(self) -> dict[str, Any]:
        wins = {name: getattr(self, name).to_json() for name in _WINS}
        arrays = {name: np.asarray(getattr(self, name), float).tolist() for name in _ARRAYS}
        return {"stretch": self.stretch, "days": float(self.days), "end": f"{self.end}Z", **wins, "count": self.count.to_json(),
                "amount": self.amount.to_json(), "chance": None if self.chance != self.chance else float(self.chance),
                "baselines": {name: wins.to_json() for name, wins in self.baselines.items()}, **arrays}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Told":
        parts: dict[str, Any] = {name: Wins.from_json(data[name]) for name in _WINS}
        parts |= {name: np.array(data[name], float) for name in _ARRAYS}
        chance = float("nan") if data["chance"] is None else float(data["chance"])
        return cls(str(data["stretch"]), float(data["days"]), _moment(data["end"]), count=Distribution.from_json(data["count"]),
                   amount=Distribution.from_json(data["amount"]), chance=chance,
                   baselines={name: Wins.from_json(said) for name, said in data["baselines"].items()}, **parts)


@dataclass(frozen=True, eq=False)
class Replay:
    """A past day.

    Attributes
    ----------
    as_of : the day; only what was known then is in what was said
    trained_as_of : when the model was fitted that spoke
    rung : who spoke: rules, trees, ...
    entity_id, stage : of those open then, shape (n,)
    told : one for each stretch that is over by now
    notes : what was to be known beside the numbers
    left_out : why there is nothing; empty where there is something
    """

    as_of: np.datetime64
    trained_as_of: np.datetime64
    entity: Entity
    rung: str = ""
    entity_id: np.ndarray = field(default_factory=lambda: np.empty(0, object))
    stage: np.ndarray = field(default_factory=lambda: np.empty(0, object))
    told: tuple[Told, ...] = ()
    notes: tuple[str, ...] = ()
    left_out: str = ""

    def of(self, stretch: str) -> Told | None:
        return next((told for told in self.told if told.stretch == stretch), None)

    def to_json(self) -> dict[str, Any]:
        return {"format": FORMAT, "as_of": f"{self.as_of}Z", "trained_as_of": f"{self.trained_as_of}Z", "entity": self.entity,
                "rung": self.rung, "notes": list(self.notes), "left_out": self.left_out, "entity_id": self.entity_id.tolist(),
                "stage": self.stage.tolist(), "told": [told.to_json() for told in self.told]}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Replay":
        """From plain data.

        Raises
        ------
        ValueError, KeyError, TypeError : it is not that of a replay, or its parts do not fit each other
        """
        if data["format"] != FORMAT:
            raise ValueError(f"the format is {data['format']}, not {FORMAT}")
        ids, stage = (np.array(data[name], object) for name in ("entity_id", "stage"))
        told = tuple(Told.from_json(one) for one in data["told"])
        lengths = {len(ids), len(stage), *(len(getattr(one, name)) for one in told for name in _ARRAYS)}
        if len(lengths) > 1:
            raise ValueError("its columns are not of one length")
        return cls(_moment(data["as_of"]), _moment(data["trained_as_of"]), data["entity"], str(data["rung"]), ids, stage, told,
                   tuple(data["notes"]), str(data["left_out"]))


_WINS = ("won", "open", "new", "came_open", "came_new")
_ARRAYS = ("p", "by_stage", "came")


def _moment(text: str) -> np.datetime64:
    return np.datetime64(text.removesuffix("Z"), "us").astype(TIME)
