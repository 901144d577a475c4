"""How good probabilities are: discrimination, calibration and lift, each with what chance alone would move it by."""

from leadcast.metrics.bootstrap import Draws, band, bands, difference
from leadcast.metrics.calibration import (
    Bin,
    brier,
    brier_parts,
    calibration_intercept,
    calibration_slope,
    expected_calibration_error,
    log_loss,
    reliability,
    reliability_json,
    wilson,
)
from leadcast.metrics.quality import Quality, judge
from leadcast.metrics.ranking import auc, auc_interval, average_precision, gain, gain_at, lift_at, precision_at

__all__ = [
    "Bin", "Draws", "Quality", "auc", "auc_interval", "average_precision", "band", "bands", "brier", "brier_parts",
    "calibration_intercept", "calibration_slope", "difference", "expected_calibration_error", "gain", "gain_at", "judge",
    "lift_at", "log_loss", "precision_at", "reliability", "reliability_json", "wilson",
]
