"""Owners over time: a row for each stretch in which manager and region stayed the same, and whose row held at a moment."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from leadcast.owners import of_owners
from leadcast.table import NOT_A_TIME, TIME, Table
from serving.feed.arrow import arrow_table
from serving.feed.dimensions import OWNERS
from serving.feed.keys import with_none

Version = tuple[np.datetime64, str | None, str | None, str | None]
"""(valid from, name, manager, region)"""


@dataclass(frozen=True, eq=False)
class Team:
    """Every owner's versions, the oldest first; the keys of one owner follow each other.

    Attributes
    ----------
    owner : object, shape (versions,), sorted
    since, until : UTC, NaT where it has always been, or still is, so
    first : the place of each owner's first version
    """

    owner: np.ndarray
    since: np.ndarray
    until: np.ndarray
    name: np.ndarray
    manager: np.ndarray
    region: np.ndarray
    first: dict[str, int]

    @classmethod
    def of(cls, owners: Table, seen: Iterable[str | None]) -> "Team":
        """From the canonical table as known at a moment, and the owners that leads and deals have.

        Of two rows that begin together the later one in the table holds; the time before an owner's first row is that row's, too.
        """
        versions: dict[str, list[Version]] = defaultdict(list)
        order = np.argsort(np.where(np.isnat(owners["valid_from"]), np.datetime64("0001-01-01", "us"), owners["valid_from"]),
                           kind="stable")
        for row in order:
            mine = versions[owners["owner"][row]]
            new = owners["valid_from"][row], owners["name"][row], owners["manager"][row], owners["region"][row]
            if mine and (mine[-1][0] == new[0] or (np.isnat(mine[-1][0]) and np.isnat(new[0]))):
                mine.pop()
            if not mine or mine[-1][1:] != new[1:]:
                mine.append(new)
        for one in seen:
            if one is not None and one not in versions:
                versions[one].append((NOT_A_TIME, None, None, None))
        return cls._placed(versions)

    @classmethod
    def _placed(cls, versions: dict[str, list[Version]]) -> "Team":
        ordered = [(owner, version) for owner in sorted(versions) for version in versions[owner]]
        columns = list(zip(*((owner, *version) for owner, version in ordered), strict=True)) or [()] * 5
        owner, name, manager, region = (_texts(columns[place]) for place in (0, 2, 3, 4))
        since = np.array(columns[1], TIME)
        goes_on = np.append(owner[1:] == owner[:-1], False)[: len(owner)]
        until = np.where(goes_on, np.append(since[1:], NOT_A_TIME)[: len(owner)], NOT_A_TIME)
        first: dict[str, int] = {}
        for place, one in enumerate(owner):
            first.setdefault(one, place)
        return cls(owner, since, until, name, manager, region, first)

    def keys(self, owners: np.ndarray, at: np.ndarray) -> np.ndarray:
        """The key of the version that held at each moment, 0 where there is no owner; a moment that is NaT means now.

        Parameters
        ----------
        owners, at : object and UTC, shape (n,)
        """
        found = np.zeros(len(owners), np.int64)
        for row, (owner, moment) in enumerate(zip(owners, at, strict=True)):
            place = self.first.get(owner, -1)
            while place >= 0 and not np.isnat(self.until[place]) and not moment < self.until[place]:
                place += 1
            found[row] = place + 1
        return found

    def table(self, owners: frozenset[str] | None) -> pa.Table:
        """dim_owner: all of them, or the rows of these owners alone."""
        rows = np.arange(len(self.owner)) if owners is None else np.flatnonzero([one in owners for one in self.owner])
        now = {name: self._now(name) for name in ("manager", "region")}
        columns = {
            "owner_key": rows + 1, "owner": self.owner[rows],
            "name": np.array([name or owner for name, owner in zip(self.name[rows], self.owner[rows], strict=True)], object),
            "manager": self.manager[rows], "region": self.region[rows],
            "current_manager": now["manager"][rows], "current_region": now["region"][rows],
            "valid_from": self.since[rows], "valid_to": self.until[rows], "is_current": np.isnat(self.until[rows]),
        }
        return arrow_table(OWNERS, with_none(columns, "owner_key"))

    def _now(self, column: str) -> np.ndarray:
        """Each version's owner's value of the last version, object, shape (versions,)."""
        last = dict(zip(self.owner, getattr(self, column), strict=True))
        return _texts(last[owner] for owner in self.owner)


def owners_in(
    owners: Table, as_of: np.datetime64, owner: str | None = None, manager: str | None = None, region: str | None = None
) -> frozenset[str] | None:
    """The owners that are asked for, by the team as of a moment: those to whom all that is given applies; None: everybody.

    Examples
    --------
    >>> text = lambda *t: np.array(t, object)
    >>> team = Table({"owner": text("ann", "bob"), "manager": text("mia", "mia"), "region": text("North", "South"),
    ...               "valid_from": np.array(["NaT", "NaT"], TIME)})
    >>> sorted(owners_in(team, np.datetime64("2026-03-01"), manager="mia", region="South"))
    ['bob']
    """
    chosen = [frozenset({owner})] if owner is not None else []
    for column, wanted in (("manager", manager), ("region", region)):
        if wanted is not None:
            chosen.append(frozenset(one for one, found in of_owners(owners, column, as_of).items() if found == wanted))
    return frozenset.intersection(*chosen) if chosen else None


def _texts(values: Iterable[str | None]) -> np.ndarray:
    listed = list(values)
    found = np.empty(len(listed), object)
    found[:] = listed
    return found
