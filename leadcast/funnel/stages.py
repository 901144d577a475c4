"""The funnel itself: of those who entered, how many came to each stage, as a whole and by group."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from leadcast.funnel.counts import Funnel, funnel_of, velocity_notes
from leadcast.funnel.wanted import Wanted, chosen
from leadcast.history import History


@dataclass(frozen=True)
class Funnels:
    """A funnel as a whole and, where asked for, by a column: the largest group first."""

    pipelines: tuple[str, ...]
    whole: Funnel
    by: str | None = None
    groups: tuple[Funnel, ...] = ()
    notes: tuple[str, ...] = field(default=())

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {"pipelines": list(self.pipelines), "whole": self.whole.to_json(), "by": self.by,
                "groups": [group.to_json() for group in self.groups], "notes": list(self.notes)}


def funnels_of(history: History, wanted: Wanted, as_of: np.datetime64) -> Funnels:
    """The funnel of those who entered, as known at ``as_of``.

    Parameters
    ----------
    history : may reach further than ``as_of``; needs no events

    Raises
    ------
    FunnelError : there is no such path, pipeline or column
    """
    those = chosen(history, wanted, as_of)
    groups = tuple(funnel_of(those.paths.take(mask), name) for name, mask in those.groups())
    return Funnels(those.pipelines, funnel_of(those.paths), wanted.by, groups, (*those.notes, *velocity_notes(those.paths)))
