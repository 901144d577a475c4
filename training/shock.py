"""How far all deals are off together: the size of a common shock, from forecasts of past days made with what was known then."""

import numpy as np

from training.curves import CurveRecipe, Looks, fit_curve

CUTS = 4
FIRST_SHARE = 0.4
USUAL = 0.12
USUAL_COUNTS = 3.0
MOST = 0.6
ROWS = 12_000


def past_shock(looks: Looks, recipe: CurveRecipe) -> tuple[float, ...]:
    """The standard deviation of the common shock, in log-odds, by each day of the grid.

    On up to four past days the hazards are fitted on what was known then; for everyone open on the days after, the wins
    that came by each day of the grid are compared with the sum of their chances. What the sums are off by, beyond the
    chance that is in them anyhow, is the shock: its mean square less what chance alone gives, drawn towards a usual one as if
    that had been seen in three windows of its own (overlapping days are not several windows). The usual one is 0.12 at the
    end of the grid and larger nearby, by the root of the distance: what a bad week lacks, the next ones often bring.

    Grid, members and penalties are those of the recipe, which knows the later days, too, and the level of the hazards alone is
    compared, not that of the probability: the shock is somewhat too small by that, which the usual one makes up for.

    Returns
    -------
    shape (k + 1,), 0 for day 0
    """
    days = np.array(recipe.days)
    found = [_gaps(looks, recipe, start, end) for start, end in _cuts(looks)]
    shock = [0.0]
    for place in range(1, len(days)):
        gaps = [row for rows in found for row in rows.get(place, [])]
        shock.append(_size(np.array(gaps), float(days[place]), float(days[-1])))
    return tuple(shock)


def _cuts(looks: Looks) -> list[tuple[np.datetime64, np.datetime64]]:
    """(when the hazards are fitted, until when they speak), oldest first."""
    by_day = np.unique(looks.observations.as_of[looks.by_calendar])
    if len(by_day) < 2 * CUTS:
        return []
    starts = [by_day[int(share * len(by_day))] for share in np.linspace(FIRST_SHARE, 1.0, CUTS + 1)[:-1]]
    end = by_day[-1] + np.timedelta64(1, "us")
    return list(zip(starts, [*starts[1:], end], strict=True))


Gap = tuple[float, float, float]


def _gaps(looks: Looks, recipe: CurveRecipe, start: np.datetime64, end: np.datetime64) -> dict[int, list[Gap]]:
    """Per place in the grid, (day as a number, gap in log-odds, variance of it by chance) of each day in the stretch."""
    as_of = looks.observations.as_of
    later = np.flatnonzero(looks.by_calendar & (as_of >= start) & (as_of < end))
    known = looks.as_known(start)
    if not len(later) or not (known.endings.event > 0).any():
        return {}
    said = fit_curve(known, recipe, ROWS).curves(looks.rows.values[later]).won
    endings, day = looks.endings.take(later), as_of[later]
    found: dict[int, list[Gap]] = {}
    for place, ahead in enumerate(recipe.days[1:], start=1):
        came = endings.won_within(ahead)
        for one in np.unique(day[~np.isnan(came)]):
            mine = (day == one) & ~np.isnan(came)
            chance = said[mine, place]
            spread = float((chance * (1 - chance)).sum())
            if spread > 0:
                gap = float(came[mine].sum() - chance.sum()) / spread
                found.setdefault(place, []).append((float(one.astype("int64")), gap, 1.0 / spread))
    return found


def _size(gaps: np.ndarray, ahead: float, reach: float) -> float:
    usual = USUAL * np.sqrt(reach / ahead)
    if not len(gaps):
        return float(min(usual, MOST))
    span = (gaps[:, 0].max() - gaps[:, 0].min()) / 86_400e6 + ahead
    windows = min(float(len(gaps)), span / ahead)
    seen = float(np.mean(gaps[:, 1] ** 2 - gaps[:, 2]))
    square = (windows * max(seen, 0.0) + USUAL_COUNTS * usual**2) / (windows + USUAL_COUNTS)
    return float(np.clip(np.sqrt(square), 0.0, MOST))
