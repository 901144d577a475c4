"""The funnel: of those who entered, how many came to each stage, as a whole and by group, from what was known at a moment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

import numpy as np

from leadcast.forecast import NO_ONE
from leadcast.funnel_counts import Funnel, funnel_of
from leadcast.funnel_paths import ELSEWHERE, FunnelError, Paths, joined_paths, paths_of
from leadcast.grouping import SOURCE, group_columns, group_values
from leadcast.history import History
from leadcast.vocabulary import Entity, Pipeline, Vocabulary

Path = Literal["leads", "deals", "leads_to_deals"]
PATHS: tuple[Path, ...] = get_args(Path)
MOST_GROUPS = 50
OTHERS = "(others)"


@dataclass(frozen=True)
class Wanted:
    """Whose funnel; what is None does not matter.

    Attributes
    ----------
    pipeline : by name; default: the first one that is declared
    start, end : created at or after the one and before the other, UTC
    owner, source : only theirs, as known at the moment of the funnel
    by : a column to group by
    owners : nobody else's are looked at
    """

    path: Path = "deals"
    pipeline: str | None = None
    start: np.datetime64 | None = None
    end: np.datetime64 | None = None
    owner: str | None = None
    source: str | None = None
    by: str | None = None
    owners: frozenset[str] | None = None


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

    Who entered is decided by the creation; how far they came by everything known at ``as_of``. Values to filter and to group by
    are those known then.

    Parameters
    ----------
    history : may reach further than ``as_of``; needs no events

    Raises
    ------
    FunnelError : there is no such path, pipeline or column
    """
    pipelines = pipelines_of(history.vocabulary, wanted)
    entity = pipelines[0].entity
    if wanted.by is not None and wanted.by not in group_columns(history, entity):
        raise FunnelError("by", f"no column of the {entity} table to group by; known are "
                                f"{', '.join(group_columns(history, entity))}.", wanted.by)
    first, *then = pipelines
    paths = joined_paths(history, first, then[0], as_of, wanted.owners) if then else paths_of(history, first, as_of)
    mine = paths.take(_entered(history, paths, wanted, as_of))
    groups = () if wanted.by is None else _groups(mine, group_values(history, entity, wanted.by, mine.rows, as_of))
    notes = _notes(history, paths, mine, wanted)
    return Funnels(tuple(p.name for p in pipelines), funnel_of(mine), wanted.by, groups, tuple(notes))


def pipelines_of(vocabulary: Vocabulary, wanted: Wanted) -> tuple[Pipeline, ...]:
    """The pipeline of a path; of one from leads to deals, both, the deals' being the first that is declared.

    Raises
    ------
    FunnelError : there is none
    """
    entities: Mapping[Path, tuple[Entity, ...]] = {
        "leads": ("lead",), "deals": ("opportunity",), "leads_to_deals": ("lead", "opportunity")}
    if wanted.path not in entities:
        raise FunnelError("path", f"there is {', '.join(PATHS)}.", wanted.path)
    found = [vocabulary.pipelines_of(entity) for entity in entities[wanted.path]]
    if not all(found):
        missing = entities[wanted.path][[bool(some) for some in found].index(False)]
        raise FunnelError("path", f"no pipeline of the entity {missing} is declared; name its stages under [[pipelines]] in "
                                  "leadcast.toml.", wanted.path)
    first = found[0][0] if wanted.pipeline is None else next((p for p in found[0] if p.name == wanted.pipeline), None)
    if first is None:
        raise FunnelError("pipeline", f"there is {', '.join(p.name for p in found[0])}.", wanted.pipeline or "")
    return (first, *(some[0] for some in found[1:]))


def _entered(history: History, paths: Paths, wanted: Wanted, as_of: np.datetime64) -> np.ndarray:
    created = history.entities(paths.entity)["created_at"][paths.rows]
    mine = np.ones(len(paths), bool)
    if wanted.start is not None:
        mine &= created >= wanted.start
    if wanted.end is not None:
        mine &= created < wanted.end
    owner = group_values(history, paths.entity, "owner", paths.rows, as_of)
    if wanted.owners is not None:
        mine &= np.array([name in wanted.owners for name in owner], bool)
    if wanted.owner is not None:
        mine &= owner == wanted.owner
    if wanted.source is not None:
        if SOURCE not in group_columns(history, paths.entity):
            raise FunnelError(SOURCE, f"the {paths.entity} table has none, nor have its leads.", wanted.source)
        mine &= group_values(history, paths.entity, SOURCE, paths.rows, as_of) == wanted.source
    return mine


def _notes(history: History, paths: Paths, mine: Paths, wanted: Wanted) -> list[str]:
    notes = []
    undated = int(np.isnat(history.entities(paths.entity)["created_at"][paths.rows]).sum())
    if undated and (wanted.start is not None or wanted.end is not None):
        notes.append(f"{undated:,} have no date of creation and are left out.")
    elsewhere = int((mine.current == ELSEWHERE).sum())
    if elsewhere:
        notes.append(f"{elsewhere:,} stand in a stage that is not of the pipeline: they count as far as they came.")
    return notes


def _groups(paths: Paths, values: np.ndarray) -> tuple[Funnel, ...]:
    """By value, the largest first; beyond ``MOST_GROUPS`` together."""
    texts = np.array([NO_ONE if value is None else str(value) for value in values], object)
    names, counts = np.unique(texts.astype(str), return_counts=True)
    order = np.argsort(-counts, kind="stable")
    shown = [str(name) for name in names[order[:MOST_GROUPS]]]
    found = [funnel_of(paths.take(texts == name), name) for name in shown]
    if len(order) > MOST_GROUPS:
        found.append(funnel_of(paths.take(~np.isin(texts.astype(str), shown)), OTHERS))
    return tuple(found)
