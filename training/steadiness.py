"""How steady a score is from look to look and from event to event, and how much history it needs."""

from typing import Any

import numpy as np

from features import Context, feature_table
from leadcast.history import History
from leadcast.metrics import Draws, band, log_loss
from leadcast.metrics.bootstrap import losses
from leadcast.observations import Observations, is_open
from leadcast.vocabulary import Target
from training.blend import Model, Recipe, Rows, fit_model

MOST_EVENTS = 300
BIG_STEP = 0.1
SHARES = (0.1, 0.3)
MANY_ROWS = 60_000
JUST_BEFORE = np.timedelta64(1, "us")


def between_looks(said: np.ndarray, observations: Observations) -> dict[str, Any] | None:
    """How far the probability moves between consecutive looks at the same lead or deal; None where none has two."""
    _, code = np.unique(observations.entity_id.astype(str), return_inverse=True)
    order = np.lexsort((observations.as_of, code))
    same = np.diff(code[order]) == 0
    return _moves(np.abs(np.diff(said[order]))[same])


def after_one_event(
    history: History, target: Target, context: Context, model: Model, start: np.datetime64, end: np.datetime64
) -> dict[str, Any] | None:
    """How far one more event moves the probability: at most 300 events of the newest slice, evenly spread, each open lead or
    deal scored just before and just after; None where there are no events."""
    entries = history.linked_events(target.entity)
    recent = np.flatnonzero((entries.known >= start) & (entries.known <= end))
    row, known = entries.owner[recent], entries.known[recent]
    lives = is_open(history, target, row, known - JUST_BEFORE) & is_open(history, target, row, known)
    row, known = row[lives], known[lives]
    if not len(row):
        return None
    picked = np.linspace(0, len(row) - 1, min(MOST_EVENTS, len(row))).round().astype(int)
    ids, when = history.ids(target.entity)[row[picked]], known[picked]
    both = Observations(target.entity, np.tile(ids, 2), np.append(when - JUST_BEFORE, when), np.ones(2 * len(picked)))
    before, after = np.split(model.probability(feature_table(history, both, context).values), 2)
    return _moves(np.abs(after - before))


def learning_curve(
    rows: Rows, train: np.ndarray, order: np.ndarray, test: Rows, recipe: Recipe, said: np.ndarray, draws: Draws
) -> list[dict[str, Any]]:
    """Log loss on the newest slice of the same recipe fitted on the newest 10 % and 30 % of the older rows, and all.

    More history means looking further back, as it does in a company: the newest part is what one has first. Parts with fewer
    than ten of either outcome are left out, and so are parts above 60,000 rows, which would only cost time.

    Parameters
    ----------
    train : the older rows; order : ``as_of`` of all rows
    said : what the model fitted on all of ``train`` says of ``test``
    """
    by_time = train[np.argsort(order[train], kind="stable")]
    curve = []
    for share in SHARES:
        part = np.sort(by_time[len(by_time) - round(share * len(by_time)):])
        positives = int(rows.outcome[part].sum())
        if min(positives, len(part) - positives) >= 10 and len(part) <= MANY_ROWS:
            curve.append(_point(len(part), share, fit_model(rows.take(part), recipe).probability(test.values), test, draws))
    return [*curve, _point(len(train), 1.0, said, test, draws)]


def _point(count: int, share: float, said: np.ndarray, test: Rows, draws: Draws) -> dict[str, Any]:
    each = losses(said, test.outcome)
    low, high = band(draws.each(lambda weights: weights @ each / weights.sum(1)))
    return {"share": share, "rows": count, "log_loss": log_loss(said, test.outcome, test.weight), "low": low, "high": high}


def _moves(moves: np.ndarray) -> dict[str, Any] | None:
    if not len(moves):
        return None
    median, most = np.quantile(moves, [0.5, 0.9])
    return {"pairs": len(moves), "median": float(median), "p90": float(most), "above_10_points": float((moves > BIG_STEP).mean())}
