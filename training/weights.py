"""How much each member of a blend counts, by its predictions for later, unseen rows."""

import numpy as np

from training.calibrate import loss, sigmoid

DRAWS = 300
FINEST = 100
LEAST = 0.04


def blend_weights(
    predicted: np.ndarray, outcome: np.ndarray, weight: np.ndarray, entity: np.ndarray, fold: np.ndarray | None = None,
    evidence: float = 0.84, evenness: float = 20.0, seed: int = 0, blend_evidence: float = 0.5, anchored: bool = False,
) -> tuple[float, ...]:
    """Weights that sum to 1; all on a simpler member where the blend is not better on later rows.

    The first member stands for the base rate and takes no part in a blend, unless that is to be ``anchored``. Each one alone
    stands for simple, in the order of the ladder.

    Parameters
    ----------
    predicted : log-odds of each member for rows it has not seen, shape (members, n)
    fold : which fold each row is of, shape (n,); default: one
    evidence : the share of bootstrap draws of whole entities in which the blend has to lose less than the base rate
    evenness : how many outcomes the even blend counts as much as
    blend_evidence : the same as evidence for the blend and any other member alone; 0 = the blend stays
    anchored : the first member takes part, which holds the others back where few outcomes make them look surer than they are
    """
    fold = np.zeros(len(outcome)) if fold is None else fold
    left_out = 0 if anchored or len(predicted) == 1 else 1
    blended = np.append(np.zeros(left_out), _convex(predicted[left_out:], outcome, weight, fold, evenness))
    blend_loss = loss((blended[:, None] * predicted).sum(0), outcome)
    for number, log_odds in enumerate(predicted):
        excess = weight * (loss(log_odds, outcome) - blend_loss)
        if better_share(excess, entity, seed) < (blend_evidence if number else evidence):
            return tuple(np.eye(len(predicted))[number].tolist())
    return tuple(blended.tolist())


def better_share(excess: np.ndarray, entity: np.ndarray, seed: int) -> float:
    """The share of bootstrap draws of whole entities in which the sum of ``excess`` is above 0; half of those where it is 0."""
    _, group = np.unique(entity.astype(str), return_inverse=True)
    sums = np.bincount(group, excess)
    if not sums.any():
        return 0.5
    rng = np.random.default_rng(seed)
    found = np.array([sums[rng.integers(0, len(sums), len(sums))].sum() for _ in range(DRAWS)])
    return float((found > 0).mean())


def _convex(predicted: np.ndarray, outcome: np.ndarray, weight: np.ndarray, fold: np.ndarray, evenness: float) -> np.ndarray:
    """Weights of least log loss, none below 0, drawn towards even ones; each fold has a level of its own.

    Rounded to hundredths, and members that hardly count are left out.
    """
    from scipy.optimize import minimize
    from threadpoolctl import threadpool_limits

    members, total = len(predicted), float(weight.sum())
    levels = (fold == np.unique(fold)[:, None]).astype(float)
    design = np.concatenate([predicted, levels])
    start = np.append(np.full(members, 1.0 / members), np.zeros(len(levels)))
    pull = np.append(np.full(members, evenness), np.full(len(levels), 0.5)) * weight.mean()

    def objective(parameters: np.ndarray) -> tuple[float, np.ndarray]:
        log_odds, apart = parameters @ design, parameters - start
        value = weight @ loss(log_odds, outcome) + (pull * apart) @ apart / 2
        return value / total, (design @ (weight * (sigmoid(log_odds) - outcome)) + pull * apart) / total

    bounds = [(0.0, None)] * members + [(None, None)] * len(levels)
    with threadpool_limits(limits=1):  # a matrix product may round differently on more threads
        found = minimize(objective, start, jac=True, method="L-BFGS-B", bounds=bounds).x[:members]
    share = found / found.sum() if found.sum() > 0 else np.full(members, 1.0 / members)
    share = np.where(share < LEAST, 0.0, np.round(share * FINEST) / FINEST)
    return share / share.sum() if share.sum() > 0 else np.eye(members)[0]
