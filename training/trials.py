"""Every member tried on folds forward in time: its settings chosen there, its predictions for later, unseen rows kept."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from leadcast.contract import Contract
from leadcast.members import Member
from leadcast.rule_book import Expectation
from training.bayes import fit_bayes
from training.calibrate import loss
from training.models import fit_base_rate, fit_logistic, fit_trees, grow_trees
from training.rules import fit_rules
from training.settings import Settings
from training.split import Fold
from training.weights import better_share

FEWEST_OF_BOTH = 10
UNTRIED_TEMPER = 0.5
TEMPERS = (1.0, 0.7, 0.5, 0.35, 0.25, 0.15, 0.1, 0.05, 0.02)
UNTRIED_PRIOR = 20.0


@dataclass(frozen=True)
class Rows:
    """A feature table with its outcomes: values (n, p), outcome and weight (n,), entity of each row (n,).

    ``expected`` is what the workspace's rules say before anything is learned; without terms it is a rate only.
    """

    contract: Contract
    values: np.ndarray
    outcome: np.ndarray
    weight: np.ndarray
    entity: np.ndarray
    expected: Expectation = field(default_factory=Expectation)

    def take(self, rows: np.ndarray) -> "Rows":
        values, outcome, weight, entity = (x[rows] for x in (self.values, self.outcome, self.weight, self.entity))
        return replace(self, values=values, outcome=outcome, weight=weight, entity=entity)


@dataclass(frozen=True)
class Trial:
    """What the folds said of one member.

    Attributes
    ----------
    chosen : what was settled on the folds, by name
    predicted : log-odds of the folds' later rows, fold after fold
    """

    name: str
    chosen: dict[str, float]
    predicted: np.ndarray


def try_members(rows: Rows, folds: tuple[Fold, ...], seed: int, settings: Settings) -> list[Trial]:
    """The base rate, the rules (where there are any) and every member of the settings on every fold; at least one fold."""
    base = [fit_base_rate(rows.outcome[f.train], rows.weight[f.train]).log_odds(rows.values[f.valid]) for f in folds]
    trials = [Trial("base_rate", {}, np.concatenate(base))]
    if rows.expected.rules.terms:
        trials.append(_try_rules(rows, folds, seed, settings))
    return trials + [TRIES[name](rows, folds, seed, settings) for name in settings.members]


def fit_member(name: str, chosen: dict[str, float], rows: Rows, seed: int, settings: Settings) -> Member:
    """One member on all rows, with what the folds chose."""
    about = (rows.values, rows.contract, rows.outcome, rows.weight)
    if name == "rules":
        share = chosen.get("share", 1.0)
        return fit_rules(*about, rows.entity, rows.expected, share) if len(rows.outcome) else rows.expected.rules
    if name == "base_rate":
        return fit_base_rate(rows.outcome, rows.weight)
    if name == "bayes":
        return fit_bayes(*about, [chosen["prior"]], settings.bayes_bins, chosen["temper"])[0]
    if name == "logistic":
        return fit_logistic(*about, [chosen["strength"]], settings.logistic_bends, settings.rare_level)[0]
    plain = name == "plain_trees"
    return fit_trees(*about, seed + plain, int(chosen["rounds"]), settings, plain)


def untried(rows: Rows) -> tuple[str, dict[str, float]]:
    """What to fit where there are too few outcomes for even one fold: the rules, or without any a cautious Bayes."""
    if rows.expected.rules.terms or not len(rows.outcome):
        return "rules", {}
    positives = int(rows.outcome.sum())
    if min(positives, len(rows.outcome) - positives) < FEWEST_OF_BOTH:
        return "base_rate", {}
    return "bayes", {"prior": UNTRIED_PRIOR, "temper": UNTRIED_TEMPER}


def valid_rows(folds: tuple[Fold, ...]) -> tuple[np.ndarray, np.ndarray]:
    """The folds' later rows, fold after fold, and the fold of each."""
    numbers = np.repeat(np.arange(len(folds)), [len(f.valid) for f in folds])
    return np.concatenate([f.valid for f in folds]), numbers


def _try_rules(rows: Rows, folds: tuple[Fold, ...], seed: int, settings: Settings) -> Trial:
    """All of the rules' points, or only the rate by stage, where one of them clearly loses less; half of the points otherwise."""

    def said(share: float) -> np.ndarray:
        ruled = (fit_member("rules", {"share": share}, rows.take(f.train), seed, settings) for f in folds)
        return np.concatenate([rules.log_odds(rows.values[f.valid]) for rules, f in zip(ruled, folds, strict=True)])

    valid, _ = valid_rows(folds)
    excess = loss(said(1.0), rows.outcome[valid]) - loss(said(0.0), rows.outcome[valid])
    doubt = better_share(rows.weight[valid] * excess, rows.entity[valid], seed)
    share = 0.0 if doubt >= settings.evidence else 1.0 if doubt <= 1.0 - settings.evidence else 0.5
    return Trial("rules", {"share": share}, said(share))


def _try_bayes(rows: Rows, folds: tuple[Fold, ...], seed: int, settings: Settings) -> Trial:
    """The prior and the temper of least loss on later rows; many features that repeat one another need a strong temper."""
    found = []
    for f in folds:
        own = rows.take(f.train)
        models = fit_bayes(own.values, own.contract, own.outcome, own.weight, settings.bayes_priors, settings.bayes_bins)
        found.append([model.log_odds(rows.values[f.valid]) for model in models])
    valid, fold = valid_rows(folds)
    base = np.array([fit_base_rate(rows.outcome[f.train], rows.weight[f.train]).base for f in folds])[fold]
    best, least = Trial("bayes", {}, base), np.inf
    for prior, predicted in zip(settings.bayes_priors, (np.concatenate(z) for z in zip(*found, strict=True)), strict=True):
        for temper in TEMPERS:
            tempered = base + temper * (predicted - base)
            mean = float(np.average(loss(tempered, rows.outcome[valid]), weights=rows.weight[valid]))
            if mean < least:
                best, least = Trial("bayes", {"prior": prior, "temper": temper}, tempered), mean
    return best


def _try_logistic(rows: Rows, folds: tuple[Fold, ...], seed: int, settings: Settings) -> Trial:
    """The ridge strength with the least log loss on later rows."""
    found = []
    for f in folds:
        own = rows.take(f.train)
        models = fit_logistic(own.values, own.contract, own.outcome, own.weight, settings.logistic_strengths,
                              settings.logistic_bends, settings.rare_level)
        found.append([model.log_odds(rows.values[f.valid]) for model in models])
    valid, _ = valid_rows(folds)
    tried = [np.concatenate(z) for z in zip(*found, strict=True)]
    best = int(np.argmin([np.average(loss(z, rows.outcome[valid]), weights=rows.weight[valid]) for z in tried]))
    return Trial("logistic", {"strength": settings.logistic_strengths[best]}, tried[best])


def _try_trees(rows: Rows, folds: tuple[Fold, ...], seed: int, settings: Settings, plain: bool = False) -> Trial:
    """The median of the folds' best rounds, and predictions for later rows with just that many."""
    about = (rows.values, rows.contract, rows.outcome, rows.weight)
    grown = [grow_trees(*about, f, seed + plain, settings, plain) for f in folds]
    rounds = int(np.median([best for _, best in grown]))
    found = [first(rounds).log_odds(rows.values[f.valid]) for (first, _), f in zip(grown, folds, strict=True)]
    return Trial("plain_trees" if plain else "trees", {"rounds": rounds}, np.concatenate(found))


def _try_plain_trees(rows: Rows, folds: tuple[Fold, ...], seed: int, settings: Settings) -> Trial:
    return _try_trees(rows, folds, seed, settings, plain=True)


TRIES: dict[str, Callable[[Rows, tuple[Fold, ...], int, Settings], Trial]] = {
    "bayes": _try_bayes, "logistic": _try_logistic, "trees": _try_trees, "plain_trees": _try_plain_trees,
}
