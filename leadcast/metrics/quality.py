"""All figures of one set of probabilities at once."""

from dataclasses import asdict, dataclass

import numpy as np

from leadcast.metrics.calibration import (
    brier,
    brier_parts,
    calibration_intercept,
    calibration_slope,
    expected_calibration_error,
    log_loss,
)
from leadcast.metrics.ranking import auc, average_precision, gain_at, lift_at


@dataclass(frozen=True)
class Quality:
    """What one set of probabilities is worth; NaN where the outcomes cannot say, such as the AUC of one class.

    ``brier`` is ``brier_reliability - brier_resolution + brier_uncertainty``.
    """

    auc: float
    log_loss: float
    brier: float
    ece: float
    lift_at_10: float
    average_precision: float
    brier_reliability: float
    brier_resolution: float
    brier_uncertainty: float
    calibration_slope: float
    calibration_intercept: float
    lift_at_20: float
    gain_at_10: float
    gain_at_20: float

    def to_json(self) -> dict[str, float | None]:
        return {name: None if np.isnan(value) else value for name, value in asdict(self).items()}


def judge(probability: np.ndarray, outcome: np.ndarray, weight: np.ndarray) -> Quality:
    """All figures at once; probability, outcome (0, 1) and weight of shape (n,), n > 0."""
    row = probability, outcome, weight
    reliability, resolution, uncertainty = brier_parts(*row)
    return Quality(
        auc(*row), log_loss(*row), brier(*row), expected_calibration_error(*row), lift_at(*row, 0.1),
        average_precision(*row), reliability, resolution, uncertainty, calibration_slope(*row), calibration_intercept(*row),
        lift_at(*row, 0.2), gain_at(*row, 0.1), gain_at(*row, 0.2),
    )
