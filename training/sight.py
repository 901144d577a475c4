"""Which features a member looks at: a rate of the context is of use only where a model cannot learn the level itself."""

from collections.abc import Sequence

import numpy as np

from features.levels import OTHER
from leadcast.contract import Contract, Feature

WELL_KNOWN = 12


def is_rate(feature: Feature) -> bool:
    """Is it a rate of the context, which says again how those of the same owner, source or other column fared?"""
    return feature.unit == "x" and feature.name.endswith("_lift")


def hidden_rates(contract: Contract, every: bool = False) -> list[int]:
    """The places of rates that a model should not look at.

    A rate is as it was known at each row's moment, so it moves while its level stays the same: for a column of few levels,
    all known by name, it is a clock and tells nothing else. At scoring time it stands still.

    Parameters
    ----------
    every : all rates, whatever their column
    """
    known = [f.name for f in contract.features if f.levels is not None and OTHER not in f.levels and len(f.levels) <= WELL_KNOWN]
    return [j for j, f in enumerate(contract.features) if is_rate(f) and (every or _column_of(f, contract) in known)]


def without(values: np.ndarray, places: Sequence[int]) -> np.ndarray:
    """The same rows with these features missing throughout, so that nothing can be learned from them."""
    if not places:
        return values
    values = values.copy()
    values[:, places] = np.nan
    return values


def _column_of(rate: Feature, contract: Contract) -> str:
    """The name of the category that a rate speaks of; empty where there is none."""
    named = [f.name for f in contract.features if f.is_category and rate.name.startswith(f"{f.name}_")]
    return max(named, key=len, default="")
