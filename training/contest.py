"""The contest of two models on the newest outcomes that neither has seen, each with its own context and features."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from features import Context, contract_of, feature_table
from leadcast.bundle import Bundle
from leadcast.calibration import probability
from leadcast.comparison import FIGURES, Difference, compare, too_few
from leadcast.errors import BundleMismatch
from leadcast.history import History
from leadcast.moment import is_shown, iso, minute
from leadcast.observations import Observations
from leadcast.settled import TICK, arrivals
from leadcast.table import TIME
from leadcast.workspace.promotion import Promotion
from training.judged import LAST_PLACE
from training.labels import Horizon, label
from training.observations import build_index, plan_looks

Opened = tuple[Bundle, Bundle | None]
AT_ANY_TIME = np.datetime64(-(2**62), "us")


@dataclass(frozen=True)
class Contest:
    """Who was better on which rows.

    Attributes
    ----------
    since : rows are looks from here on, NaT where they have no dates; rows, entities, positives : how many
    sides : how each side took part: as it is served, or its judged model, and what that had learned from
    """

    since: np.datetime64
    rows: int
    entities: int
    positives: int
    sides: dict[str, str]
    differences: tuple[Difference, ...]
    trouble: str | None = None

    @property
    def passed(self) -> bool:
        return self.trouble is None and all(d.passed for d in self.differences)

    @property
    def words(self) -> str:
        if self.trouble is not None:
            return self.trouble
        if self.passed:
            better = [FIGURES[d.figure] for d in self.differences if d.words == "better"]
            good = f"not worse than the champion{f', and better in {_listed(better)}' if better else ''}"
            unsure = [f"{FIGURES[d.figure]} ({d.low:+.3f} to {d.high:+.3f}; allowed {d.allowed:g})"
                      for d in self.differences if d.words == "cannot tell"]
            return good + (f", as far as {self.entities:,} newest can tell: too few to be sure of the {_listed(unsure)}"
                           if unsure else "")
        return "worse than the champion in " + _listed(
            [f"{FIGURES[d.figure]} (by {d.worse:.3f}, {d.low:.3f} to {d.high:.3f}; allowed {d.allowed:g})"
             for d in self.differences if not d.passed])

    def to_json(self) -> dict[str, Any]:
        return {"since": iso(self.since), "rows": self.rows, "entities": self.entities, "positives": self.positives,
                "sides": self.sides, "figures": [d.to_json() for d in self.differences]}


def can_run(bundle: Bundle, history: History) -> Context:
    """The bundle's own context, if the running code and leadcast.toml still make the rows it was trained on.

    Raises
    ------
    BundleMismatch : says what differs
    """
    context = Context.from_json(bundle.context)
    bundle.contract.check(contract_of(context))
    if found := bundle.vocabulary.differences(history.vocabulary):
        raise BundleMismatch(f"The model {bundle.target.name} was trained with another leadcast.toml: {'; '.join(found[:5])}. "
                             "Train again (leadcast train --promote), or change it back.")
    return context


def hold_contest(history: History, challenger: Opened, champion: Opened, allowed: Promotion) -> Contest:
    """Let both say what they think of the same newest looks whose outcome is known by now.

    A model that was trained before those looks takes part as it is served. One that has learned from them sends its judged
    model, fitted on what lies before its own newest slice; looks before that slice are left out for both.
    """
    since = max(_unseen_from(history, opened) for opened in (challenger, champion))
    sides = {"challenger": _side(history, challenger, since), "champion": _side(history, champion, since)}
    told = {name: _told(history, opened, bundle) for (name, bundle), opened in
            zip(sides.items(), (challenger, champion), strict=True)}
    looks, outcome = _newest(history, challenger[0], since)
    shown = np.datetime64("NaT") if history.undated(looks.entity) else since
    about = (shown, len(looks), len(set(looks.entity_id)), int(outcome.sum()), told)
    if reason := too_few(outcome):
        where = "in the export" if history.undated(looks.entity) else f"from {minute(since)} on" if is_shown(since) else "so far"
        return Contest(*about, (), f"of the outcomes {where}, which neither has seen, there are {reason}")
    new, old = (_said(history, bundle, looks) for bundle in sides.values())
    margins = {figure: getattr(allowed, figure) for figure in FIGURES}
    return Contest(*about, compare(new, old, outcome, looks.weight, looks.entity_id, margins, allowed.sure))


def _said(history: History, bundle: Bundle, looks: Observations) -> np.ndarray:
    return probability(bundle.log_odds(feature_table(history, looks, can_run(bundle, history)).values))


def _newest(history: History, bundle: Bundle, since: np.datetime64) -> tuple[Observations, np.ndarray]:
    """Looks from ``since`` on with a known outcome, and those outcomes."""
    target = bundle.target
    index = build_index(history, target, plan_looks(history, target))
    index = index.take(index.as_of >= since)
    outcome = label(history, target, index, Horizon(bundle.facts.horizon_days, ""))
    known = ~np.isnan(outcome)
    return index.take(known), outcome[known]


def _unseen_from(history: History, opened: Opened) -> np.datetime64:
    """The first moment of which a model has a version that has seen nothing."""
    served, judged = opened
    if judged is None and not served.facts.rows:
        return AT_ANY_TIME  # rules that have learned from nobody may be asked about everybody
    return trained_until(history, served if judged is None else judged)


def _side(history: History, opened: Opened, since: np.datetime64) -> Bundle:
    served, judged = opened
    return served if judged is None or trained_until(history, served) <= since else judged


def trained_until(history: History, bundle: Bundle) -> np.datetime64:
    """Up to when a model has learned, on the clock of this history: a static export's is its order.

    Where it learned from rows without a place in that order, nobody knows what it has not seen.
    """
    if not history.undated(bundle.entity):
        return bundle.facts.trained_as_of
    came, last = arrivals(history, bundle.entity), bundle.profile.get(LAST_PLACE)
    later = np.empty(0, TIME) if last is None else came[~(history.entities(bundle.entity)["order"] <= last)]
    return np.datetime64(later.min() if len(later) else came.max() + TICK, "us")


def _told(history: History, opened: Opened, side: Bundle) -> str:
    served, _ = opened
    kind = "as it is served" if side is served else "its judged model"
    until = "" if history.undated(side.entity) else f", which knew outcomes until {minute(side.facts.trained_as_of)}"
    return f"{kind}{until}"


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
