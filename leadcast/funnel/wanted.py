"""Whose funnel: what was asked for, and the paths of those who are meant."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from leadcast.forecast import NO_ONE
from leadcast.funnel.paths import FunnelError, Paths, joined_paths, paths_of
from leadcast.funnel.visits import ELSEWHERE
from leadcast.grouping import SOURCE, group_columns, group_values
from leadcast.history import History
from leadcast.vocabulary import ENTITIES, Entity, Pipeline, Vocabulary

Path = Literal["leads", "deals", "leads_to_deals"]
PATHS: tuple[Path, ...] = get_args(Path)
ENTITIES_OF: Mapping[Path, tuple[Entity, ...]] = {
    "leads": ("lead",), "deals": ("opportunity",), "leads_to_deals": ("lead", "opportunity")}
MOST_GROUPS, MANY_WON = 50, 30
OTHERS = "(others)"


@dataclass(frozen=True)
class Wanted:
    """Whose funnel; what is None does not matter.

    Attributes
    ----------
    pipeline : by name; default: the first one that is declared
    start, end : created at or after the one and before the other, UTC
    owner, source, manager, region : only theirs, as known at the moment of the funnel
    by : a column to group by
    owners : nobody else's are looked at
    where : (column, value) pairs, all of which hold; columns as those to group by
    """

    path: Path = "deals"
    pipeline: str | None = None
    start: np.datetime64 | None = None
    end: np.datetime64 | None = None
    owner: str | None = None
    source: str | None = None
    by: str | None = None
    owners: frozenset[str] | None = None
    manager: str | None = None
    region: str | None = None
    where: tuple[tuple[str, str], ...] = ()

    def values(self) -> list[tuple[str, str, str]]:
        """(key that was asked, column, value) of every value that has to hold."""
        named = [(name, name, value) for name in ("owner", SOURCE, "manager", "region")
                 if (value := getattr(self, name)) is not None]
        return [*named, *(("where", column, value) for column, value in self.where)]

    def only(self, *columns: str) -> bool:
        """Does nothing but these columns and the time of creation choose whom it is about?"""
        return self.owners is None and all(column in columns for _, column, _ in self.values())


@dataclass(frozen=True, eq=False)
class Chosen:
    """The paths of those who are meant.

    Attributes
    ----------
    paths : one row each, n rows
    created : when each was created, UTC, NaT where nobody knows; shape (n,)
    notes : what a reader should know of them
    """

    history: History
    wanted: Wanted
    as_of: np.datetime64
    pipelines: tuple[str, ...]
    paths: Paths
    created: np.ndarray
    notes: tuple[str, ...] = ()

    @property
    def entity(self) -> Entity:
        return self.paths.entity

    def groups(self, by: str | None = None) -> list[tuple[str, np.ndarray]]:
        """(value, mask of shape (n,)) of the column that was asked for, the largest first; beyond ``MOST_GROUPS`` together.

        Parameters
        ----------
        by : another column; one of :func:`leadcast.grouping.group_columns`
        """
        column = self.wanted.by if by is None else by
        if column is None:
            return []
        values = group_values(self.history, self.entity, column, self.paths.rows, self.as_of)
        texts = np.array([NO_ONE if value is None else str(value) for value in values], str)
        names, counts = np.unique(texts, return_counts=True)
        order = np.argsort(-counts, kind="stable")
        shown = names[order[:MOST_GROUPS]]
        found = [(str(name), texts == name) for name in shown]
        return found if len(order) <= MOST_GROUPS else [*found, (OTHERS, ~np.isin(texts, shown))]


def chosen(history: History, wanted: Wanted, as_of: np.datetime64) -> Chosen:
    """Whom a funnel is about, and how far each has come, as known at ``as_of``.

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
    check_column(history, pipelines[0].entity, "by", wanted.by)
    first, *then = pipelines
    paths = joined_paths(history, first, then[0], as_of, wanted.owners) if then else paths_of(history, first, as_of)
    mine = paths.take(_meant(history, paths, wanted, as_of))
    created = history.entities(mine.entity)["created_at"][mine.rows]
    return Chosen(history, wanted, as_of, tuple(p.name for p in pipelines), mine, created,
                  tuple(_notes(history, paths, mine, wanted)))


def check_column(history: History, entity: Entity, field: str, column: str | None) -> None:
    """Refuse a column that nothing can be grouped by.

    Raises
    ------
    FunnelError : there is no such column
    """
    if column is not None and column not in group_columns(history, entity):
        raise FunnelError(field, f"no column of the {entity} table to group by; known are "
                                 f"{', '.join(group_columns(history, entity))}.", column)


def widest_path(history: History) -> Path:
    """From leads to deals where deals name their leads, else deals, else leads."""
    has = [entity for entity in ENTITIES if history.vocabulary.pipelines_of(entity)]
    if len(has) == len(ENTITIES) and history.leads.rows and (history.lead_rows >= 0).any():
        return "leads_to_deals"
    return "deals" if "opportunity" in has and (history.opportunities.rows or "lead" not in has) else "leads"


def pipelines_of(vocabulary: Vocabulary, wanted: Wanted) -> tuple[Pipeline, ...]:
    """The pipeline of a path; of one from leads to deals, both, the deals' being the first that is declared.

    Raises
    ------
    FunnelError : there is none
    """
    if wanted.path not in ENTITIES_OF:
        raise FunnelError("path", f"there is {', '.join(PATHS)}.", wanted.path)
    found = [vocabulary.pipelines_of(entity) for entity in ENTITIES_OF[wanted.path]]
    if not all(found):
        missing = ENTITIES_OF[wanted.path][[bool(some) for some in found].index(False)]
        raise FunnelError("path", f"no pipeline of the entity {missing} is declared; name its stages under [[pipelines]] in "
                                  "leadcast.toml.", wanted.path)
    first = found[0][0] if wanted.pipeline is None else next((p for p in found[0] if p.name == wanted.pipeline), None)
    if first is None:
        raise FunnelError("pipeline", f"there is {', '.join(p.name for p in found[0])}.", wanted.pipeline or "")
    return (first, *(some[0] for some in found[1:]))


def _meant(history: History, paths: Paths, wanted: Wanted, as_of: np.datetime64) -> np.ndarray:
    created = history.entities(paths.entity)["created_at"][paths.rows]
    mine = np.ones(len(paths), bool)
    if wanted.start is not None:
        mine &= created >= wanted.start
    if wanted.end is not None:
        mine &= created < wanted.end
    if wanted.owners is not None:
        owner = group_values(history, paths.entity, "owner", paths.rows, as_of)
        mine &= np.array([name in wanted.owners for name in owner], bool)
    for field, column, value in wanted.values():
        if field == SOURCE and SOURCE not in group_columns(history, paths.entity):
            raise FunnelError(SOURCE, f"the {paths.entity} table has none, nor have its leads.", value)
        check_column(history, paths.entity, field, column)
        mine &= group_values(history, paths.entity, column, paths.rows, as_of) == value
    return mine


def _notes(history: History, paths: Paths, mine: Paths, wanted: Wanted) -> list[str]:
    notes = []
    undated = int(np.isnat(history.entities(paths.entity)["created_at"][paths.rows]).sum())
    if undated and (wanted.start is not None or wanted.end is not None):
        notes.append(f"{undated:,} have no date of creation and are left out.")
    if int(mine.won.sum()) >= MANY_WON and not mine.lost.any():
        notes.append("Nobody is on record as lost: a win rate of the decided ones says nothing here. Look at the share of all.")
    elsewhere = int((mine.current == ELSEWHERE).sum())
    if elsewhere:
        notes.append(f"{elsewhere:,} stand in a stage that is not of the pipeline: they count as far as they came.")
    return notes
