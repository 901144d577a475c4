"""Every number that decides how members are fitted, blended and calibrated: what ``leadcast tune`` may choose."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from leadcast.errors import BundleError


@dataclass(frozen=True)
class Settings:
    """Defaults that did well on every data set tried; see docs/decisions/2026-11-22-members-and-blend.md.

    Attributes
    ----------
    members : who may take part, in the ladder's order; the base rate always may. Plain trees do not see the rates of owners,
        sources and other columns, which lead astray where those move
    bayes_bins : how many bins of equal mass a number is cut into
    bayes_priors : how many rows at the base rate each bin or level starts with; the best one on folds is taken
    logistic_bends : at how many quantiles the effect of a number may change its slope
    logistic_strengths : inverse of the ridge penalty (scikit-learn's C); the best one on folds is taken
    rare_level : a level of a category counts as spread at least this much (standard deviation) when effects are shrunk, so
        that a rare one is held back more than a frequent one
    learning_rate, leaves, ridge, feature_share, row_share, bins, level_smoothing : of the boosted trees
    smallest_leaf : rows in a leaf, as a share of all rows; at least 10 and at most 200 rows
    most_rounds, patience : trees grown at most, and without gain on later rows before growing stops
    evidence : the blend is left for the base rate unless it is better on later rows in this share of bootstrap draws
    blend_evidence : and for one member alone unless it is better than that in this share
    evenness : how many outcomes the even blend counts as much as, when weights are chosen
    calibrators : kinds that may correct the blend
    """

    members: tuple[str, ...] = ("bayes", "logistic", "trees", "plain_trees")
    bayes_bins: int = 8
    bayes_priors: tuple[float, ...] = (2.0, 10.0, 50.0)
    logistic_bends: int = 5
    logistic_strengths: tuple[float, ...] = (0.0001, 0.001, 0.01, 0.1)
    rare_level: float = 0.3
    learning_rate: float = 0.06
    leaves: int = 8
    smallest_leaf: float = 0.002
    ridge: float = 5.0
    feature_share: float = 0.5
    row_share: float = 0.7
    bins: int = 127
    level_smoothing: float = 20.0
    most_rounds: int = 400
    patience: int = 20
    evidence: float = 0.84
    blend_evidence: float = 0.5
    evenness: float = 20.0
    calibrators: tuple[str, ...] = ("none", "sigmoid", "beta", "isotonic")

    def to_json(self) -> dict[str, Any]:
        """Plain data; :meth:`from_json` gives the same settings back."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Settings":
        """Settings from plain data; those not named keep their defaults.

        Raises
        ------
        BundleError : names the settings that this version does not know
        """
        known = {field.name for field in fields(cls)}
        unknown = sorted(set(data) - known)
        if unknown:
            raise BundleError(f"The settings name {', '.join(unknown)}; known here: {', '.join(sorted(known))}. Tune again.")
        values: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in data.items()}
        return cls(**values)


DEFAULTS = Settings()
