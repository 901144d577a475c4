"""The small-data ladder: rules, then what is learned, climbed only on evidence from later rows."""

from collections.abc import Sequence

import numpy as np

from training.calibrate import loss
from training.settings import Settings
from training.weights import better_share, blend_weights

FEWEST = 10
MANY = 100
SURE = 0.95
LOWEST = ("base_rate", "rules")


def climb(
    names: Sequence[str], predicted: np.ndarray, outcome: np.ndarray, each: np.ndarray, entity: np.ndarray, fold: np.ndarray,
    settings: Settings, seed: int, later: bool = True,
) -> tuple[float, ...]:
    """The weight of each member, from predictions for later rows.

    The rules are the lowest rung, or the base rate where it is clearly better than they are. What stands above has to lose
    less than the lowest rung in a share of bootstrap draws of whole entities. As long as fewer than 100 leads (or deals) of the
    folds' later rows have the rarer outcome, the lowest rung takes part in the blend and holds it back, and no member is picked
    alone: which one is best cannot be told yet. With 100 or more it takes part where a blend without it is not better. With
    fewer than 10 nothing is climbed.

    Parameters
    ----------
    names : of the members, the base rate first, then the rules, if there are any
    predicted : log-odds for rows they have not seen, shape (members, n)
    later : whether those rows are later ones; else 95 % are asked for, however many they are
    """
    rarer = min(len(set(entity[outcome == came])) for came in (0.0, 1.0))
    few, evidence = rarer < MANY, settings.evidence if later else max(settings.evidence, SURE)
    lowest = _lowest(names, predicted, outcome, each, entity, settings.evidence, seed)
    others = [place for place, name in enumerate(names) if name not in LOWEST]
    weights = np.zeros(len(names))
    if rarer < FEWEST or not others:
        weights[lowest] = 1.0
        return tuple(weights.tolist())
    about = (predicted[[lowest, *others]], outcome, each, entity, fold, evidence, settings.evenness, seed)
    found = blend_weights(*about, blend_evidence=0.0 if few else settings.blend_evidence, anchored=few)
    if found[0] == 1.0 and not few:  # what was learned may still help the lowest rung where it cannot take its place
        found = blend_weights(*about, blend_evidence=settings.blend_evidence, anchored=True)
    weights[[lowest, *others]] = found
    return tuple(weights.tolist())


def _lowest(
    names: Sequence[str], predicted: np.ndarray, outcome: np.ndarray, each: np.ndarray, entity: np.ndarray, evidence: float,
    seed: int,
) -> int:
    """The rules' place, or the base rate's where there are no rules or they are clearly worse."""
    if "rules" not in names:
        return 0
    base, rules = predicted[0], predicted[names.index("rules")]
    worse = better_share(each * (loss(rules, outcome) - loss(base, outcome)), entity, seed) >= evidence
    return 0 if worse else names.index("rules")
