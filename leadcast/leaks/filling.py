"""Filled in afterwards: who has a value at all tells the outcome."""

from collections.abc import Iterator

import numpy as np

from leadcast.leaks.leak import Evidence
from leadcast.leaks.looks import Look
from leadcast.leaks.measures import Z, share_bounds

GAP, GAP_AT_LEAST = 0.25, 0.15
RATIO = 5.0
TWICE = 2.0
"""Those who are won are filled at least so many times as often as those who are lost, or the other way round."""
FEW = 12
MIXED = 0.5


def filled_by_outcome(look: Look) -> Iterator[Evidence]:
    """Is it filled for one group and not for the other?"""
    gap, error, ones, zeros = look.fill
    figures: dict[str, float | int | str] = {"filled_yes": round(ones, 4), "filled_no": round(zeros, 4),
                                             "rows": len(look.outcome), "question": look.question.name}
    told = f"filled for {percent(ones)} of {look.question.yes} and {percent(zeros)} of {look.question.no}"
    if abs(gap) >= GAP and abs(gap) - Z * error >= GAP_AT_LEAST:
        late = "only known once it is over" if gap > 0 else "blank where it is over"
        meaning = late if look.question.closing else "so whether it is filled gives the answer away"
        if max(ones, zeros) < TWICE * min(ones, zeros):  # who cares more fills in more: late, or an honest sign
            yield Evidence("filling", abs(gap) / 2, f"{told}: it may be filled in on the way", figures, weak=True)
        else:
            yield Evidence("filling", min(abs(gap) * 1.2, 1.0), f"{told}: {meaning}", figures)
    elif _one_side_only(look, gap):
        strength = 0.5 + abs(gap) / 2
        yield Evidence("filling", strength, f"{told}: hardly anybody else has it", figures)


def _one_side_only(look: Look, gap: float) -> bool:
    """Rarely filled, but then nearly always for one group alone."""
    has = look.values.filled
    ones, zeros = int((has & (look.outcome == 1)).sum()), int((has & (look.outcome == 0)).sum())
    if ones + zeros > MIXED * len(has):
        return False
    mine, others, of_mine, of_others = (ones, zeros, look.ones, look.zeros) if gap > 0 else (zeros, ones, look.zeros, look.ones)
    ratio = np.log((mine + 0.5) / of_mine) - np.log((others + 0.5) / of_others)
    error = np.sqrt(1 / (mine + 0.5) + 1 / (others + 0.5))
    low = float(share_bounds(np.array(mine), np.array(mine + others))[0])
    sure = mine / max(mine + others, 1) >= 0.8 and low > of_mine / len(has)
    return bool(mine >= FEW and sure and ratio - 2 * error >= np.log(RATIO))


def percent(share: float) -> str:
    return f"{100 * share:.1f} %" if 0 < share < 0.0995 or 0.9905 < share < 1 else f"{100 * share:.0f} %"
