"""Very many open deals of the simulated company, as rows of a trained model: what the speed of a forecast is measured on."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from features import build_context, feature_table
from leadcast.bundle import Bundle
from leadcast.fingerprint import fingerprint
from leadcast.forecast import Spread
from leadcast.history import History
from leadcast.observations import Observations
from leadcast.simulate import true_history
from training.observations import build_index, plan_looks
from training.run import fit_target

WON, TEMPLATES, NEW_WINS_PER_DAY = 2_000, 300, 5.0
NEW_CV = 0.15
SHOCK_AHEAD = 28.0


@dataclass(frozen=True, eq=False)
class Load:
    """What is scored and forecast.

    Attributes
    ----------
    history, looks : where the features come from; the looks are all different
    values : rows of the contract, shape (n, p): the looks' own, over and over
    amount, owner : of each row
    """

    history: History
    looks: Observations
    bundle: Bundle
    values: np.ndarray
    amount: np.ndarray
    owner: np.ndarray

    @property
    def distinct_deals(self) -> int:
        return len(set(self.looks.entity_id))

    def forecast_rows(self, expected: np.ndarray, ahead: float) -> pd.DataFrame:
        """The rows of a forecast: the open deals, 2,000 won ones and 300 templates of new business."""
        n, some = len(self.values), np.arange(WON + TEMPLATES) % len(self.values)
        new = np.full(TEMPLATES, NEW_WINS_PER_DAY * ahead / TEMPLATES)
        return pd.DataFrame({
            "kind": np.repeat(np.array(["open", "won", "new"], object), [n, WON, TEMPLATES]),
            "expected": np.concatenate([expected, np.ones(WON), new]),
            "amount": np.concatenate([self.amount, self.amount[some]]),
            "owner": np.concatenate([self.owner, self.owner[some]]),
        })

    def spread(self, ahead: float) -> Spread:
        assert self.bundle.curve is not None
        return Spread(self.bundle.curve.shock_by(ahead), NEW_CV, self.bundle.curve.ratios)


def make_load(deals: int, leads: int, seed: int) -> Load:
    """Simulate a company, train on it, and lay out so many rows of its open deals as they stood on many days."""
    history = true_history(leads, seed)
    target = next(target for target in history.vocabulary.targets if target.name == "win")
    bundle = fit_target(history, target, build_context(history, target.entity), fingerprint(history), seed).bundle
    looks = build_index(history, target, plan_looks(history, target))
    looks = looks.take(np.sort(np.random.default_rng(seed).permutation(len(looks))[:deals]))
    table = feature_table(history, looks, build_context(history, target.entity))
    places = np.arange(deals) % len(looks)
    rows = history.rows(target.entity, looks.entity_id)
    amount, owner = (history.value_at(target.entity, name, rows, looks.as_of)[places] for name in ("amount", "owner"))
    return Load(history, looks, bundle, table.values[places], np.asarray(amount, float), owner)
