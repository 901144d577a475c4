"""Who brings it: a period's forecast by region, manager and owner as a tree, told as a flat list."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from leadcast.forecast import NO_ONE, Part, period_forecast
from leadcast.forecast.rows import names
from leadcast.owners import of_owners
from leadcast.quota import quota_of
from serving.outlook import Outlook, quotas_of

LEVELS = ("region", "manager", "owner")
INSTEAD = ("stage", "source")
"""What the deals are grouped by where nobody owns any."""
MOST_OWNERS = 200
OTHERS = "(others)"
Path = tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Node:
    """A region, a manager or an owner, with the forecast of their deals.

    Attributes
    ----------
    shown : the owner's name, where one is known
    parent : the names above it
    """

    level: str
    name: str
    shown: str
    parent: Path
    part: Part


def team_of(
    look: Outlook, owners: frozenset[str] | None = None, timezone: str | None = None, fiscal_start_month: int = 1
) -> list[Node]:
    """An outlook by region, manager and owner, as far as the workspace has them, parents before their children.

    Means of children add up to their parent's; ranges do not (:func:`leadcast.forecast.period_forecast`). Beyond the 200
    owners of whom most is expected, those of one parent are one, "(others)". A quota stands at its holder's node; where a
    manager's people sit in several regions, or an owner's deals do, it is left out, since nobody says how it is shared.
    Where nobody owns anything, the list goes by stage and, side by side with it, by source.

    Parameters
    ----------
    owners : whose deals the outlook is of; None: everybody's
    timezone, fiscal_start_month : how the periods of quotas are read
    """
    rows = look.rows.drop(columns="margin", errors="ignore")  # costs as much to draw as the amount, and nobody reads it here
    levels = [level for level in LEVELS if level in rows and rows[level].notna().any()]
    if "owner" not in levels:
        return [node for level in INSTEAD if level in rows and rows[level].notna().any()
                for node in _tree(rows, [level], {}, look, {})]
    quotas = _Quotas.of(look, owners, timezone, fiscal_start_month)
    paths = pd.DataFrame({level: names(rows[level]) for level in levels})
    shown = {owner: name for owner, name in of_owners(look.known.owners, "name", look.as_of).items() if name is not None}
    few, to_win = _few_owners(rows.assign(**paths), levels, quotas.by_path(paths))
    return _tree(few, levels, to_win, look, shown)


def _tree(
    rows: pd.DataFrame, levels: list[str], quotas: Mapping[Path, float], look: Outlook, shown: Mapping[str, str]
) -> list[Node]:
    """Every node of every level, depth first, of each parent the largest first."""
    paths = pd.DataFrame({level: names(rows[level]) for level in levels})
    found: dict[Path, Node] = {}
    for depth, level in enumerate(levels, 1):
        keys: list[Path] = list(paths.iloc[:, :depth].itertuples(index=False, name=None))
        held = {path[:depth] for path in quotas if len(path) >= depth}  # whoever has a quota is there, also without a deal
        places = {path: str(place) for place, path in enumerate(dict.fromkeys([*keys, *sorted(held)]))}
        to_win = {places[path]: amount for path, amount in quotas.items() if len(path) == depth}
        table = rows.assign(_path=pd.Series([places[key] for key in keys], rows.index, dtype=object))
        parts = period_forecast(table, look.spread, None, "_path", to_win).parts
        nothing = period_forecast(table.iloc[:0], look.spread).total
        for path, place in places.items():
            name = path[-1]
            told = shown.get(name, name) if level in ("owner", "manager") else name
            found[path] = Node(level, name, told, path[:-1], parts.get(place, nothing))
    return _depth_first(found)


def _depth_first(found: Mapping[Path, Node]) -> list[Node]:
    below: dict[Path, list[Path]] = {}
    for path in found:
        below.setdefault(path[:-1], []).append(path)

    def walk(path: Path) -> Iterable[Node]:
        for child in sorted(below.get(path, ()), key=lambda one: _rank(found[one])):
            yield found[child]
            yield from walk(child)

    return list(walk(()))


def _rank(node: Node) -> tuple[bool, float, float, str]:
    return node.name == OTHERS, -node.part.amount.total, -node.part.count.total, node.name


def _few_owners(
    rows: pd.DataFrame, levels: list[str], quotas: Mapping[Path, float]
) -> tuple[pd.DataFrame, dict[Path, float]]:
    """The rows and quotas with all owners beyond the largest 200 under one name."""
    expected = rows["expected"].to_numpy(float)
    worth = pd.DataFrame({"owner": rows["owner"], "money": expected * np.nan_to_num(rows["amount"].to_numpy(float)),
                          "count": expected}).groupby("owner").sum().sort_values(["money", "count"], ascending=False)
    owners = [*(owner for owner in worth.index if owner != NO_ONE),
              *sorted({path[-1] for path in quotas if len(path) == len(levels)} - set(worth.index))]
    rest = set(owners[MOST_OWNERS:])
    if not rest:
        return rows, dict(quotas)
    few = rows.assign(owner=rows["owner"].where(~rows["owner"].isin(list(rest)), OTHERS))
    to_win: dict[Path, float] = {}
    for path, amount in quotas.items():
        kept = (*path[:-1], OTHERS) if len(path) == len(levels) and path[-1] in rest else path
        to_win[kept] = to_win.get(kept, 0.0) + amount
    return few, to_win


@dataclass(frozen=True)
class _Quotas:
    """What owners, managers and regions are to win, by level and name, and where owners sit who have no deal."""

    parts: Mapping[str, Mapping[str, float]]
    above: Mapping[str, Mapping[str, str | None]]

    @classmethod
    def of(cls, look: Outlook, owners: frozenset[str] | None, timezone: str | None, fiscal_start_month: int) -> "_Quotas":
        known = look.known
        asked = quotas_of(known, owners, look.as_of), known.owners, look.period, look.as_of
        parts = {level: quota_of(*asked, level, timezone, fiscal_start_month).parts for level in LEVELS}
        return cls(parts, {level: of_owners(known.owners, level, look.as_of) for level in ("region", "manager")})

    def by_path(self, paths: pd.DataFrame) -> dict[Path, float]:
        """The quota of each node; of one name in several places none."""
        levels = list(paths.columns)
        found: dict[Path, float] = {}
        people = set(paths.itertuples(index=False, name=None)) | self._without_deals(paths)
        for depth, level in enumerate(levels, 1):
            places: dict[str, set[Path]] = {}
            for path in people:
                places.setdefault(path[depth - 1], set()).add(path[:depth])
            found |= {next(iter(places[name])): amount for name, amount in self.parts[level].items()
                      if len(places.get(name, ())) == 1}
        return found

    def _without_deals(self, paths: pd.DataFrame) -> set[Path]:
        """Where owners stand who have a quota and no deal in the forecast."""
        absent = set(self.parts["owner"]) - set(paths["owner"]) - {NO_ONE}
        return {(*(self.above[level].get(owner) or NO_ONE for level in paths.columns[:-1]), owner) for owner in absent}
