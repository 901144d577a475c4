"""Score tables: one row per open lead or deal and target, the same numbers alone and in a batch."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from features import Context, contract_of, feature_table
from leadcast.bundle import Bundle
from leadcast.curves import WinCurves
from leadcast.errors import BundleError
from leadcast.history import History
from leadcast.moment import ahead, days
from leadcast.observations import Observations, is_open, open_at
from leadcast.places import model_name
from leadcast.policy import grades
from leadcast.scored import Explained
from leadcast.settled import as_they_came
from leadcast.table import NOT_A_TIME, TIME
from leadcast.vocabulary import Vocabulary
from serving.reasons import enough_information, reasons_of
from serving.score_columns import COLUMNS, Scores

CLOSE_SHARES = (0.1, 0.5, 0.9)
TREND_DAYS = 7
Known = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]
"""Of ids, shape (n,): the scores that are on record, shape (n,), NaN where it was not open then; and for which of them that
is known, boolean, shape (n,)."""


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
        if vocabulary is self._agreed.get("last"):
            return  # asked with every request, and a workspace's own words are one object
        if found := self.bundle.vocabulary.differences(vocabulary):
            raise BundleError(f"The model {self.bundle.target.name} was trained with another leadcast.toml: "
                              f"{'; '.join(found[:5])}. Train again (leadcast train --promote), or change it back.")
        self._agreed["last"] = vocabulary

    @cached_property
    def _agreed(self) -> dict[str, Vocabulary]:
        return {}

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
        scores = self.columns(history, as_of, ids, explain)
        return scores.frame(), scores.never_seen

    def columns(
        self, history: History, as_of: np.datetime64, ids: Collection[str] | None = None, explain: bool = True,
        score_before: Known | None = None,
    ) -> Scores:
        """The same as :meth:`table` in plain columns: what a request needs, and quick for one row.

        Parameters
        ----------
        ids : only these leads or deals
        explain : with reasons
        score_before : looks up what this model scored a week before; only what it does not know is worked out again

        Raises
        ------
        BundleError : the history's columns mean something else than when the model was trained
        """
        self.agree(history.vocabulary)
        now = self._open_at(history, as_of, ids)
        if not len(now):
            return self.from_values(np.empty((0, len(self.bundle.contract.features))), now, explain)
        values, never_seen = self.values(history, self._looks(history, now))
        return self.from_values(values, now, explain, self._score_before(history, now, score_before), never_seen)

    def from_values(
        self, values: np.ndarray, now: Observations, explain: bool = True, score_before: np.ndarray | None = None,
        never_seen: Mapping[str, int] | None = None,
    ) -> Scores:
        """Scores from feature values alone: the same answer again from what was kept of it and the model.

        Parameters
        ----------
        values : rows of the bundle's contract, shape (n, p)
        now : who was looked at, and when; n of them
        score_before : the scores of a week before, shape (n,), NaN where it was not open then
        never_seen : what :meth:`values` counted
        """
        scored = self.bundle.score(values, explain)
        reference = self.bundle.reference
        score, by_part = reference.score(scored.log_odds), scored.sums
        curves = None if self.bundle.curve is None else self.bundle.curves(values, scored)
        median, low, high, ever = _closes(curves, now)
        return Scores(
            now.entity, self.bundle.target.name, self.bundle.rung, self.model, now.entity_id, now.as_of,
            scored.probability, scored.log_odds, score, grades(score),
            reference.part_score("fit", by_part["fit"]), reference.part_score("engagement", by_part["engagement"]),
            by_part, reasons_of(self.bundle, values, scored) if isinstance(scored, Explained) else None,
            np.full(len(now), np.nan) if score_before is None else score - score_before,
            now.as_of + self._horizon, median, low, high, ever,
            enough_information(self.bundle.contract, values) & self.bundle.has_evidence, self._unseen(values),
            values, dict(never_seen or {}), curves,
        )

    def _open_at(self, history: History, as_of: np.datetime64, ids: Collection[str] | None) -> Observations:
        """Who gets a score at ``as_of``, in the order of the history."""
        if ids is None:
            return open_at(history, self.bundle.target, as_of)
        wanted, everyone = set(ids), history.ids(self.bundle.entity)
        rows = np.flatnonzero(np.fromiter((i in wanted for i in everyone), bool, len(everyone)))
        is_scored = is_open(history, self.bundle.target, rows, np.full(len(rows), as_of, TIME))
        return Observations.at(self.bundle.entity, everyone[rows[is_scored]], as_of)

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
        return (values[:, self._categories] == -1).sum(axis=1)

    @cached_property
    def _categories(self) -> list[int]:
        return [column for column, feature in enumerate(self.bundle.contract.features) if feature.is_category]

    def _score_before(self, history: History, now: Observations, known: Known | None) -> np.ndarray:
        """The score a week earlier, NaN where it was not open then, or is scored as it came."""
        score = np.full(len(now), np.nan)
        if self.bundle.facts.horizon_days is None:
            return score
        ask = np.arange(len(now))
        if known is not None:
            on_record, is_known = known(now.entity_id)
            score[is_known], ask = on_record[is_known], np.flatnonzero(~is_known)
        before = Observations(now.entity, now.entity_id[ask], now.as_of[ask] - days(TREND_DAYS), now.weight[ask])
        rows = history.rows(now.entity, before.entity_id)
        then = np.flatnonzero(is_open(history, self.bundle.target, rows, before.as_of)) if len(ask) else ask
        if len(then):
            values, _ = self.values(history, before.take(then))
            score[ask[then]] = self.bundle.reference.score(self.bundle.log_odds(values))
        return score


def _closes(curves: WinCurves | None, now: Observations) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """For what is to be won: when it closes if it is won (the median, and where four in five lie), and P(won ever)."""
    if curves is None:
        never = np.full(len(now), NOT_A_TIME, TIME)
        return never, never, never, np.full(len(now), np.nan)
    low, middle, high = (ahead(now.as_of, curves.days_until(share)) for share in CLOSE_SHARES)
    return middle, low, high, np.round(curves.ever(), 9)


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
