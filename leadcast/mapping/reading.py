"""One reading of a workspace: its tables, and the book that is kept of everything odd."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from leadcast.mapping.tables import Tables
from leadcast.quality import Finding, Quality
from leadcast.workspace.model import Workspace


@dataclass
class Reading:
    """What every module of the mapping needs: the workspace, its raw tables, the quality book."""

    workspace: Workspace
    tables: Tables
    quality: Quality

    @property
    def zone(self) -> str | None:
        return self.workspace.workspace.timezone

    def count(self, role: str, read: int, kept: int) -> None:
        self.quality.read[role] = self.quality.read.get(role, 0) + read
        self.quality.kept[role] = self.quality.kept.get(role, 0) + kept

    def note(self, role: str, problem: str, rows: int, example: str, rejected: bool = False) -> None:
        """Book one kind of trouble; the same kind twice adds up."""
        for place, known in enumerate(self.quality.findings):
            if (known.table, known.problem, known.rejected) == (role, problem, rejected):
                self.quality.findings[place] = Finding(role, problem, known.rows + rows, known.example, rejected)
                return
        self.quality.findings.append(Finding(role, problem, rows, example, rejected))

    def keep_rejected(self, role: str, table: str, frame: pd.DataFrame, reason: np.ndarray) -> None:
        """Keep rejected raw rows with their reason."""
        name = role if role == table else f"{role}.{table}"
        rows = frame.assign(reason=reason)
        earlier = self.quality.rejected.get(name)
        self.quality.rejected[name] = rows if earlier is None else pd.concat([earlier, rows], ignore_index=True)
