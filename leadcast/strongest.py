"""The few reasons that a person reads."""

import re
from collections.abc import Sequence
from typing import Any

NOT_REASONS = ("everything else", "base", "calibration", "curve")
_SAME = re.compile(r"^lead_|(_count_|_decayed_|_last_days|_first_days|_trend_|_lift|_position|_changes_count|_returns_count).*")


def strongest(reasons: Sequence[dict[str, Any]], most: int = 3) -> list[dict[str, Any]]:
    """The strongest named reasons of a score.

    Of several that tell nearly the same (over other windows, of the deal and of its lead) the strongest speaks.

    Parameters
    ----------
    reasons : of one score, the strongest first, as ``serving.reasons`` makes them

    Examples
    --------
    >>> names = ("call_count_7d", "call_count_30d", "base", "source", "stage_age_days")
    >>> [r["feature"] for r in strongest([{"feature": name} for name in names], 2)]
    ['call_count_7d', 'source']
    """
    named: dict[str, dict[str, Any]] = {}
    for reason in reasons:
        if reason["feature"] not in NOT_REASONS:
            named.setdefault(_SAME.sub("", reason["feature"]), reason)
    return list(named.values())[:most]
