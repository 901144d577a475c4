"""The leads or deals that stage entries and field changes speak of."""

from dataclasses import dataclass
from functools import cached_property
from itertools import repeat

import numpy as np

from leadcast.mapping.rows import Rows
from leadcast.table import Table
from leadcast.vocabulary import Entity

WORDS: dict[Entity, str] = {"lead": "lead", "opportunity": "deal"}


@dataclass(frozen=True)
class Known:
    """All leads or all deals that were read.

    Attributes
    ----------
    never : ids of cases that never became a deal; rows about them are not read
    """

    entity: Entity
    table: Table
    never: frozenset[str] = frozenset()

    @property
    def ids(self) -> np.ndarray:
        return self.table[f"{self.entity}_id"]

    @cached_property
    def _rows(self) -> dict[str, int]:
        return {key: row for row, key in enumerate(self.ids.tolist())}

    def places(self, ids: np.ndarray) -> np.ndarray:
        """The row of each id, -1 where there is none; shape (n,)."""
        return np.fromiter(map(self._rows.get, ids.tolist(), repeat(-1)), np.int64, len(ids))

    def claim(self, rows: Rows, column: str) -> tuple[np.ndarray, np.ndarray]:
        """Whom each row speaks of, as (id; place, -1 where unknown), each of shape (n,).

        Rows about an unknown lead or deal are rejected; those about cases that never became a deal are left out.
        """
        ids = rows.required_ids("id", column)
        places = self.places(ids)
        if self.never:
            rows.leave_out(np.array([i in self.never for i in ids], bool))
        rows.reject(places < 0, f"no {WORDS[self.entity]} has this id", column)
        return ids, places
