"""Score tables: one row per open lead or deal and target, the same numbers alone and in a batch."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from features import Context, contract_of, feature_table
from leadcast.bundle import Bundle, Scored
from leadcast.errors import BundleError
from leadcast.history import History
from leadcast.moment import NO_TIME, ahead, days
from leadcast.observations import Observations, is_open, open_at
from leadcast.places import model_name
from leadcast.policy import grades
from leadcast.reference import part_sums
from leadcast.settled import as_they_came
from leadcast.table import NOT_A_TIME, TIME
from leadcast.vocabulary import Vocabulary
from serving.reasons import enough_information, reasons_of

COLUMNS = ["entity", "entity_id", "as_of", "target", "probability", "log_odds", "score", "grade", "fit_score", "engagement_score",
           "reasons", "trend", "won_by", "expected_close", "close_from", "close_to", "won_ever", "enough_information", "unseen",
           "rung", "model"]
CLOSE_SHARES = (0.1, 0.5, 0.9)
TREND_DAYS = 7


@dataclass(frozen=True)
class Scorer:
    """A bundle and its context, unpacked once."""

    bundle: Bundle

    @cached_property
    def context(self) -> Context:
        """The context that the bundle carries.

        Raises
        ------
        BundleError : the running code computes other features than the bundle was trained on
        """
        context = Context.from_json(self.bundle.context)
        self.bundle.contract.check(contract_of(context))
        return context

    @property
    def model(self) -> str:
        """The registered name and the version, such as ``acme-mql/3-1f0c9a2b``."""
        return f"{model_name(self.bundle.vocabulary.name, self.bundle.target.name)}/{self.bundle.version}"

    def check(self, vocabulary: Vocabulary) -> None:
        """Unpack everything and score a row of nothing, so that trouble shows now.

        Parameters
        ----------
        vocabulary : of the workspace as it is now

        Raises
        ------
        BundleError : the running code or leadcast.toml makes other features than the bundle was trained on
        """
        self.agree(vocabulary)
        self.bundle.score(np.full((1, len(contract_of(self.context).features)), np.nan))

    def agree(self, vocabulary: Vocabulary) -> None:
        """Refuse a workspace whose columns mean something else than when the model was trained.

        Raises
        ------
        BundleError : says what differs
        """
        if found := self.bundle.vocabulary.differences(vocabulary):
            raise BundleError(f"The model {self.bundle.target.name} was trained with another leadcast.toml: "
                              f"{'; '.join(found[:5])}. Train again (leadcast train --promote), or change it back.")

    def values(self, history: History, observations: Observations) -> tuple[np.ndarray, dict[str, int]]:
        """Rows of the bundle's contract, shape (n, p), and how many values of each feature were never seen in training."""
        table = feature_table(history, observations, self.context)
        return table.values, table.unseen

    def table(
        self, history: History, as_of: np.datetime64, ids: Collection[str] | None = None, explain: bool = True
    ) -> tuple[pd.DataFrame, dict[str, int]]:
        """The scores of everyone open at ``as_of``, with what was never seen in training.

        Raises
        ------
        BundleError : the history's columns mean something else than when the model was trained
        """
        self.agree(history.vocabulary)
        now = open_at(history, self.bundle.target, as_of)
        if ids is not None:
            wanted = set(ids)
            now = now.take(np.flatnonzero([i in wanted for i in now.entity_id]))
        if not len(now):
            return pd.DataFrame(columns=COLUMNS), {}
        values, unseen = self.values(history, self._looks(history, now))
        scored = self.bundle.score(values)
        parts = part_sums(scored.contributions, self.bundle.contract)
        score = self.bundle.reference.score(scored.log_odds)
        columns = {
            "entity": np.full(len(now), now.entity, object), "entity_id": now.entity_id, "as_of": _times(_shown(now.as_of)),
            "target": np.full(len(now), self.bundle.target.name, object),
            "probability": scored.probability, "log_odds": scored.log_odds, "score": score, "grade": grades(score),
            "fit_score": self.bundle.reference.part_score("fit", parts["fit"]),
            "engagement_score": self.bundle.reference.part_score("engagement", parts["engagement"]),
            "reasons": self._reasons(values, scored) if explain else np.full(len(now), None, object),
            "trend": score - self._score_before(history, now),
            "won_by": _times(now.as_of + self._horizon),
            **self._closes(values, scored, now),
            "enough_information": enough_information(self.bundle.contract, values) & self.bundle.has_evidence,
            "unseen": self._unseen(values),
            "rung": np.full(len(now), self.bundle.rung, object), "model": np.full(len(now), self.model, object),
        }
        return pd.DataFrame(columns, columns=COLUMNS), unseen

    @property
    def _horizon(self) -> np.timedelta64:
        """How far the probability looks; NaT where it is of the final outcome."""
        horizon = self.bundle.facts.horizon_days
        return np.timedelta64("NaT", "us") if horizon is None else days(horizon)

    def _looks(self, history: History, now: Observations) -> Observations:
        """Where outcomes have no date, the model has seen rows only as they came; so it is shown them."""
        return as_they_came(history, now) if self.bundle.facts.horizon_days is None else now

    def _unseen(self, values: np.ndarray) -> np.ndarray:
        """How many of each row's categories were never seen in training; shape (n,)."""
        categories = [column for column, feature in enumerate(self.bundle.contract.features) if feature.is_category]
        return (values[:, categories] == -1).sum(axis=1)

    def _reasons(self, values: np.ndarray, scored: Scored) -> np.ndarray:
        column = np.empty(len(values), object)
        column[:] = reasons_of(self.bundle, values, scored)
        return column

    def _score_before(self, history: History, now: Observations) -> np.ndarray:
        """The score a week earlier, NaN where it was not open then, or is scored as it came."""
        if self.bundle.facts.horizon_days is None:
            return np.full(len(now), np.nan)
        before = Observations(now.entity, now.entity_id, now.as_of - days(TREND_DAYS), now.weight)
        rows = history.rows(now.entity, now.entity_id)
        then = np.flatnonzero(is_open(history, self.bundle.target, rows, before.as_of))
        score = np.full(len(now), np.nan)
        if len(then):
            values, _ = self.values(history, before.take(then))
            score[then] = self.bundle.reference.score(self.bundle.log_odds(values))
        return score

    def _closes(self, values: np.ndarray, scored: Scored, now: Observations) -> dict[str, object]:
        """For what is to be won: when it closes if it is won (the median, and where four in five lie), and P(won ever)."""
        if self.bundle.curve is None:
            never = _times(np.full(len(now), np.datetime64("NaT"), TIME))
            return {"expected_close": never, "close_from": never, "close_to": never, "won_ever": np.full(len(now), np.nan)}
        curves = self.bundle.curves(values, scored)
        low, middle, high = (_times(ahead(now.as_of, curves.days_until(share))) for share in CLOSE_SHARES)
        return {"expected_close": middle, "close_from": low, "close_to": high, "won_ever": np.round(curves.ever(), 9)}


def score_table(
    history: History, bundles: Mapping[str, Bundle], as_of: np.datetime64, ids: Collection[str] | None = None, *,
    explain: bool = True,
) -> pd.DataFrame:
    """Score every open lead and deal as of a moment.

    One row per (entity, ``as_of``, target); a target that is reached, or whose lead or deal is closed, has no row.

    Parameters
    ----------
    bundles : by target
    ids : only these leads or deals
    explain : with reasons; their contributions add up to ``log_odds`` within 1e-9

    Returns
    -------
    columns ``COLUMNS``, sorted by target (as in ``bundles``), then by probability, highest first

    Raises
    ------
    BundleError : a bundle was trained on other features than this version computes
    """
    tables = [Scorer(bundle).table(history, as_of, ids, explain)[0] for bundle in bundles.values()]
    filled = [t.sort_values(["probability", "entity_id"], ascending=[False, True], kind="stable") for t in tables if len(t)]
    return pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=COLUMNS)


def _shown(as_of: np.ndarray) -> np.ndarray:
    """No time where the data have none: nobody is shown the moment that stands for it inside."""
    return np.where(as_of > NO_TIME, as_of, NOT_A_TIME)


def _times(moments: np.ndarray) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(moments.astype(TIME)).tz_localize("UTC")
