"""Columns that alone tell the outcome too well, and those that tell it only while shuffled."""

from collections.abc import Iterator

import numpy as np

from leadcast.leaks.leak import Evidence
from leadcast.leaks.looks import Look
from leadcast.leaks.measures import Z, auc_error

STRONG, STRONG_AT_LEAST = 0.83, 0.74
CLOSING_STRONG = 0.88
JUMP = 0.15
FEWEST_TO_JUMP = 60


def tells_too_well(look: Look) -> Iterator[Evidence]:
    """AUC of this column alone, older rows teaching newer ones."""
    auc, error = look.separation
    least = CLOSING_STRONG if look.question.closing else STRONG
    if auc >= least and auc - Z * error >= STRONG_AT_LEAST:
        later = look.forward()
        newer = "" if look.question.closing else f"; {later:.2f} for the newer when learned from the older"
        reason = (f"alone it tells {look.question.yes} from {look.question.no} with an AUC of {auc:.2f} (at least "
                  f"{auc - 2 * error:.2f}{newer})")
        yield Evidence("separation", 2 * auc - 1, reason, {
            "auc": round(auc, 4), "auc_forward": round(later, 4), "rows": len(look.outcome), "question": look.question.name})


def jumps_when_shuffled(look: Look) -> Iterator[Evidence]:
    """Good on shuffled rows, no good on later ones: it says when, and the time says the outcome."""
    if look.question.closing or min(look.ones, look.zeros) < FEWEST_TO_JUMP:
        return
    shuffled = look.forward(np.random.default_rng(0).permutation(len(look.order)).astype(float))
    if shuffled < 0.5 + JUMP:
        return
    later = look.forward()
    error = auc_error(shuffled, int(look.ones * 0.4), int(look.zeros * 0.4)) * np.sqrt(2)
    if shuffled - later >= JUMP and shuffled - later >= Z * error:
        reason = f"tells the outcome of shuffled rows (AUC {shuffled:.2f}) but not of later ones ({later:.2f}): it says when"
        yield Evidence("jump", float(shuffled - later) * 2, reason, {
            "auc_shuffled": round(shuffled, 4), "auc_forward": round(later, 4), "question": look.question.name})
