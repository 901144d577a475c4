"""The feature contract: what each number of a row means, in which order; it travels with the model."""

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Any, Literal

from leadcast.errors import BundleMismatch


@dataclass(frozen=True)
class Feature:
    """One column of a feature table.

    Attributes
    ----------
    about : whom a reason speaks of: who they are, what they do, or how the deal stands
    levels : for a category, its known values; the column holds their positions, NaN = missing, -1 = never seen
    """

    name: str
    unit: str
    doc: str
    about: Literal["fit", "engagement", "deal"]
    levels: tuple[str, ...] | None = None

    @property
    def is_category(self) -> bool:
        return self.levels is not None


@dataclass(frozen=True)
class Contract:
    """The features of a table in order."""

    features: tuple[Feature, ...]

    @property
    def names(self) -> list[str]:
        return [feature.name for feature in self.features]

    @property
    def fingerprint(self) -> str:
        """SHA-256 over names, units, groups and levels in order; the documentation may be reworded freely."""
        rows = [[f.name, f.unit, f.about, f.levels] for f in self.features]
        return hashlib.sha256(json.dumps(rows, ensure_ascii=True).encode()).hexdigest()

    def check(self, found: "Contract") -> None:
        """Refuse rows of another contract.

        Raises
        ------
        BundleMismatch : names the features that are missing, unknown or changed
        """
        if found.fingerprint == self.fingerprint:
            return
        missing = [n for n in self.names if n not in found.names]
        unknown = [n for n in found.names if n not in self.names]
        changed = [f.name for f in self.features if f.name in found.names and f not in found.features]
        parts = [f"{label} {', '.join(names[:5])}" for label, names in
                 (("missing", missing), ("unknown", unknown), ("changed", changed)) if names] or ["in another order"]
        raise BundleMismatch(f"The rows do not match the model's feature contract: {'; '.join(parts)}. "
                             "Retrain with this version (leadcast train --promote).")

    def to_json(self) -> list[dict[str, Any]]:
        return [asdict(feature) for feature in self.features]

    @classmethod
    def from_json(cls, rows: list[dict[str, Any]]) -> "Contract":
        return cls(tuple(Feature(**{**row, "levels": None if row["levels"] is None else tuple(row["levels"])}) for row in rows))
