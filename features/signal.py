"""A signal: one or a few named columns and the function that fills them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from features.levels import Levels
from features.view import Read, View
from leadcast.contract import Feature

About = Literal["fit", "engagement", "deal"]


@dataclass(frozen=True)
class Signal:
    """Columns that are worked out together: ``compute`` gives shape (n,) or (n, columns)."""

    features: tuple[Feature, ...]
    compute: Callable[[View], np.ndarray]


def one(name: str, unit: str, about: About, doc: str, compute: Read) -> Signal:
    """A single number."""
    return Signal((Feature(name, unit, doc, about),), compute)


def several(features: Iterable[tuple[str, str]], unit: str, about: About, compute: Read) -> Signal:
    """Columns of one unit: (name, doc) of each."""
    return Signal(tuple(Feature(name, unit, doc, about) for name, doc in features), compute)


def category(name: str, about: About, doc: str, levels: Levels, read: Read) -> Signal:
    """The position of a value among the known ones."""
    return Signal((Feature(name, "category", doc, about, levels.names),), lambda view: levels.codes(read(view)))
