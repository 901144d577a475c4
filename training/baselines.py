"""What one would do without this model: simpler ways to a probability, each learned from the older rows alone."""

from collections.abc import Sequence

import numpy as np

from leadcast.calibration import log_odds, probability
from leadcast.contract import Contract, Feature
from training.blend import Rows
from training.models import fit_base_rate, fit_logistic

STAGE_PRIOR = 20.0
SMOOTHING = 0.1
PLAIN_STRENGTH = 0.01
TENTHS = np.linspace(0, 1, 11)[1:-1]


def baselines(old: Rows, new: Rows, old_stage: np.ndarray, new_stage: np.ndarray, stages: Sequence[str]) -> dict[str, np.ndarray]:
    """Probabilities of the newer rows by name of the baseline.

    Parameters
    ----------
    old, new : rows to learn from, in order of time within each entity, and later ones to speak of
    old_stage, new_stage : the stage each row's entity stands in, shape (rows,)
    stages : the open stages in order, as the pipelines have them
    """
    base = fit_base_rate(old.outcome, old.weight)
    logistic, = fit_logistic(old.values, old.contract, old.outcome, old.weight, [PLAIN_STRENGTH])
    found = {
        "base_rate": probability(base.log_odds(new.values)),
        "stage_rate": stage_rate(old_stage, old, new_stage),
        "logistic": probability(logistic.log_odds(new.values)),
        "odoo_bayes": odoo_bayes(old, new, old_stage, new_stage, stages),
    }
    amount = amount_feature(old.contract)
    if amount is not None:
        column = [old.contract.names.index(amount.name)]
        alone, = fit_logistic(old.values[:, column], Contract((amount,)), old.outcome, old.weight, [1.0])
        found["amount_only"] = probability(alone.log_odds(new.values[:, column]))
    return found


def amount_feature(contract: Contract) -> Feature | None:
    """The number that says how much is at stake, if there is one."""
    numbers = [f for f in contract.features if not f.is_category]
    return next((f for f in numbers if f.name == "amount"), next((f for f in numbers if f.name.startswith("amount")), None))


def stage_rate(stage: np.ndarray, old: Rows, new_stage: np.ndarray) -> np.ndarray:
    """The share of each stage that reached the target, drawn towards the base rate where a stage is rare."""
    base = float(np.average(old.outcome, weights=old.weight))
    count = {s: float((stage == s).sum()) for s in set(stage) | set(new_stage)}
    positive = {s: float(old.outcome[stage == s].sum()) for s in count}
    rate = {s: (positive[s] + STAGE_PRIOR * base) / (count[s] + STAGE_PRIOR) for s in count}
    return probability(log_odds(np.array([rate[s] for s in new_stage])))


# ---- naive Bayes as Odoo's predictive lead scoring does it -----------------------------------------------------------


def odoo_bayes(old: Rows, new: Rows, old_stage: np.ndarray, new_stage: np.ndarray, stages: Sequence[str]) -> np.ndarray:
    """Naive Bayes in the manner of Odoo's predictive lead scoring, shape (new rows,).

    Written from the method (odoo/odoo, addons/crm/models/crm_lead.py, ``_pls_get_naive_bayes_probabilities`` and
    ``_pls_prepare_frequencies``), not from its code:

    * Every lead counts once, as won or as lost, with its fields as they were last seen. Here: with its last look among the
      older rows; won if any of its looks there reached the target within the horizon.
    * Per field and value, wins and losses are counted and 0.1 is added to both. A field that is empty, or has a value that
      was never counted, says nothing.
    * A won lead counts for every stage, a lost one for the stages up to the last it reached.
    * won score = share won x the product of (wins with the value / wins of the field), likewise for lost; for the stage the
      denominator is all wins. The probability is won score / (won score + lost score).

    Odoo keeps counts apart by sales team, scores its own few fields by default (stage, country, source, quality of e-mail
    and phone, language, tags), knows whole values only, and rounds to a hundredth of a percent. Here all the user's own fields
    speak (categories, yes/no, numbers and the amount, these cut into tenths by the older rows), there is one team, and nothing
    is rounded, which is kinder to it. What is worked out from histories (counts, ages, rates) has no place in it.
    """
    last = _last_look(old.entity)
    won = _won(old.entity, old.outcome)[last]
    total_won, total_lost = won.sum() + SMOOTHING, (~won).sum() + SMOOTHING
    score = np.full(len(new.outcome), np.log(total_won / total_lost))
    score += _stage_part(old_stage[last], won, new_stage, stages)
    for number, feature in enumerate(old.contract.features):
        if feature.name != "stage" and (feature.is_category or feature.unit in ("yes/no", "number") or feature.name == "amount"):
            known, asked = old.values[last, number], new.values[:, number]
            if not feature.is_category and feature.unit != "yes/no":
                known, asked = _in_tenths(known, asked)
            score += _field_part(known, won, asked)
    return probability(score)


def _last_look(entity: np.ndarray) -> np.ndarray:
    """The last row of each entity, in the order of the rows."""
    last = {name: row for row, name in enumerate(entity)}
    return np.fromiter(last.values(), np.int64, len(last))


def _won(entity: np.ndarray, outcome: np.ndarray) -> np.ndarray:
    """Did any look at the row's entity reach the target? Boolean, shape (n,)."""
    reached = set(entity[outcome == 1.0])
    return np.fromiter((name in reached for name in entity), bool, len(entity))


def _stage_part(stage: np.ndarray, won: np.ndarray, new_stage: np.ndarray, stages: Sequence[str]) -> np.ndarray:
    """What the stage adds to the log of won score over lost score."""
    place = {name: number for number, name in enumerate(stages)}
    reached = np.array([place.get(name, 0) for name in stage])
    through = {name: (~won & (reached >= number)).sum() + SMOOTHING for name, number in place.items()}
    all_lost = (~won).sum() + SMOOTHING
    return np.array([-np.log(through[name] / all_lost) if name in through else 0.0 for name in new_stage])


def _in_tenths(values: np.ndarray, new_values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Numbers as the tenth of the older ones that they lie in, NaN where missing."""
    known = values[~np.isnan(values)]
    edges = np.unique(np.quantile(known, TENTHS)) if len(known) else np.empty(0)
    first, second = (np.where(np.isnan(x), np.nan, np.searchsorted(edges, x, "right")) for x in (values, new_values))
    return first, second


def _field_part(values: np.ndarray, won: np.ndarray, new_values: np.ndarray) -> np.ndarray:
    """What one field adds to the log of won score over lost score."""
    counted = values >= 0  # neither missing nor never seen
    known, code = np.unique(values[counted], return_inverse=True)
    if not len(known):
        return np.zeros(len(new_values))
    wins, losses = (np.bincount(code[mask], minlength=len(known)) + SMOOTHING for mask in (won[counted], ~won[counted]))
    part = np.log(wins / wins.sum()) - np.log(losses / losses.sum())
    at = np.minimum(np.searchsorted(known, new_values), len(known) - 1)
    return np.where(known[at] == new_values, part[at], 0.0)
