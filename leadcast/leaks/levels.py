"""Values that do it: one that says how it ends, values that end it on both sides, values that take time to appear."""

from collections.abc import Iterator

import numpy as np

from leadcast.leaks.course import Course
from leadcast.leaks.leak import Evidence
from leadcast.leaks.looks import Look
from leadcast.leaks.measures import Z, share_bounds
from leadcast.leaks.values import Values

GAP, GAP_AT_LEAST = 0.55, 0.36
CLOSING_GAP, CLOSING_LEAST = 0.3, 0.18
FEW = 8
PURE, NEVER = 0.85, 0.12
ENDS = 0.05
GROWING_GAP, GROWING_LEAST = 0.2, 0.1
NEWEST, NEWEST_ROWS, OLDEST = 0.04, 30, 0.8
FADED = 0.5


def told_by_a_value(look: Look) -> Iterator[Evidence]:
    """One value, or one cut through numbers, parts the groups more sharply than an honest column does."""
    gap, error = (part[:-1] for part in look.gaps)  # without "missing": that is the filling's
    if not len(gap):
        return
    names, by_level = look.levels[1], look.by_level[:-1]
    gap = np.where(by_level.sum(axis=1) >= FEW, gap, 0.0)
    if look.question.closing:
        yield from _only_when_closed(look, gap, error)
        return
    best = int(np.argmax(np.abs(gap)))
    if abs(gap[best]) >= GAP and abs(gap[best]) - Z * error[best] >= GAP_AT_LEAST and names[best] != "rare values":
        yield Evidence("value", float(abs(gap[best])), _spoken(look, best), _figures(look, best))
    elif look.values.measured is not None:
        yield from _told_by_a_cut(look)


def _told_by_a_cut(look: Look) -> Iterator[Evidence]:
    """Numbers that lie on one side for one group and on the other for the other, beyond who has a number at all."""
    cuts = np.cumsum(look.gaps[0][:-2])
    if not len(cuts) or abs(look.fill[0]) >= GAP / 2:
        return
    best = int(np.argmax(np.abs(cuts)))
    below = look.by_level[: best + 1].sum(axis=0)
    zeros, ones = below / np.maximum([look.zeros, look.ones], 1)
    error = np.sqrt(ones * (1 - ones) / look.ones + zeros * (1 - zeros) / look.zeros)
    if abs(cuts[best]) >= GAP and abs(cuts[best]) - Z * error >= GAP_AT_LEAST:
        name = look.levels[1][min(best + 1, len(look.levels[1]) - 3)]
        reason = (f"one cut parts them: {100 * ones:.0f} % of {look.question.yes} and {100 * zeros:.0f} % of {look.question.no} "
                  f"lie before the values {name}")
        yield Evidence("value", float(abs(cuts[best])), reason, {
            "cut": name, "share_yes": round(float(ones), 4), "share_no": round(float(zeros), 4), "question": look.question.name})


def _only_when_closed(look: Look, gap: np.ndarray, error: np.ndarray) -> Iterator[Evidence]:
    """A value that stands at the closed alone (or at the open alone) is written when it closes."""
    open_, closed = (look.by_level[:-1] / np.maximum([look.zeros, look.ones], 1)).T
    rarer, commoner = np.minimum(open_, closed), np.maximum(open_, closed)
    hit = (np.abs(gap) >= CLOSING_GAP) & (np.abs(gap) - Z * error >= CLOSING_LEAST) & (rarer <= 0.25 * commoner)
    hit |= (np.abs(gap) >= 0.5) & (np.abs(gap) - Z * error >= GAP_AT_LEAST)
    if look.values.measured is None and hit.any():
        best = int(np.argmax(np.where(hit, np.abs(gap), 0)))
        yield Evidence("value", float(abs(gap[best])), _spoken(look, best), _figures(look, best))


def ends_on_both_sides(look: Look) -> Iterator[Evidence]:
    """Some values nearly always mean won, others nearly always lost: they are written when it is clear."""
    if look.question.closing or look.values.measured is not None:
        return
    by_level = look.by_level[:-1]
    rows, base = by_level.sum(axis=1), look.ones / len(look.outcome)
    low, high = share_bounds(by_level[:, 1], rows, z=2.5)
    sure = (low >= max(PURE, base + 0.2)) & (rows >= FEW)
    hopeless = (high <= min(NEVER, base / 3)) & (rows >= FEW)
    won, lost = by_level[sure, 1].sum() / look.ones, by_level[hopeless, 0].sum() / look.zeros
    if won >= ENDS and lost >= ENDS:
        names = look.levels[1]
        one, other = (int(np.argmax(np.where(mask, rows, -1))) for mask in (sure, hopeless))
        reason = (f'"{names[one]}" ends in {look.question.name} for {_rate(by_level[one])} and "{names[other]}" for '
                  f"{_rate(by_level[other])}; values as sure as these hold {100 * won:.0f} % of {look.question.yes} and "
                  f"{100 * lost:.0f} % of {look.question.no}")
        yield Evidence("value", 0.6 + 0.4 * float(min(1, won + lost) - 0.1), reason, {
            "value": names[one], "rate": round(float(by_level[one, 1] / rows[one]), 4), "rows": int(rows[one]),
            "share_yes": round(float(won), 4), "share_no": round(float(lost), 4), "question": look.question.name})


def takes_time_to_appear(look: Look, values: Values, course: Course) -> Iterator[Evidence]:
    """A value that tells the outcome and that the newest hardly have yet: it is written later."""
    if look.question.closing or values.measured is not None:
        return
    gap, error = look.gaps
    telling = (np.abs(gap) >= GROWING_GAP) & (np.abs(gap) - Z * error >= GROWING_LEAST)
    telling[-1] = abs(gap[-1]) >= GROWING_GAP / 2
    names = values.levels[1]
    newest, older = _shares_by_age(values, course)
    for level in np.flatnonzero(telling):
        code = names.index(look.levels[1][level]) if level < len(gap) - 1 else len(names) - 1
        (few, of), old = newest[code], older[code]
        told = names[code]
        if code == len(names) - 1:
            few, old, told = of - few, 1 - old, "a value at all"
        elif names[code] == "rare values":
            continue
        if of and old > 0.05 and share_bounds(np.array(few), np.array(of))[1] <= FADED * old:
            reason = (f'"{told}" stands at {100 * old:.0f} % of the older and {100 * few / of:.0f} % of the newest: it takes '
                      f"time to appear, and comes with the outcome ({_spoken(look, int(level))})")
            yield Evidence("age", 0.9 * float(abs(gap[level])), reason, {
                "value": told, "rows": of, "share_older": round(float(old), 4), "share_newest": round(float(few / of), 4),
                "question": look.question.name})


def _shares_by_age(values: Values, course: Course) -> tuple[list[tuple[int, int]], np.ndarray]:
    """Of each level: (rows among the newest, the newest) and the share among the older."""
    codes, names = values.levels
    order = np.argsort(course.order, kind="stable")
    size = min(max(int(NEWEST * len(order)), NEWEST_ROWS), len(order) // 5)
    newest = np.bincount(codes[order[len(order) - size:]], minlength=len(names))
    older = np.bincount(codes[order[: int(OLDEST * len(order))]], minlength=len(names)) / max(int(OLDEST * len(order)), 1)
    return [(int(n), size) for n in newest], older


def _spoken(look: Look, level: int) -> str:
    zeros, ones = look.by_level[level] / np.maximum([look.zeros, look.ones], 1)
    name = look.levels[1][level]
    value = "no value" if level == len(look.levels[1]) - 1 else f'"{name}"'
    return f"{value} stands at {100 * ones:.0f} % of {look.question.yes} and {100 * zeros:.0f} % of {look.question.no}"


def _figures(look: Look, level: int) -> dict[str, float | int | str]:
    zeros, ones = look.by_level[level] / np.maximum([look.zeros, look.ones], 1)
    return {"value": look.levels[1][level], "share_yes": round(float(ones), 4), "share_no": round(float(zeros), 4),
            "rows": int(look.by_level[level].sum()), "question": look.question.name}


def _rate(counted: np.ndarray) -> str:
    return f"{100 * counted[1] / counted.sum():.0f} % of {int(counted.sum()):,}"
