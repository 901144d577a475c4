"""The facts of scores: everybody open as of the moment, and what the models say of them."""

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa

from leadcast.bundle import Bundle
from leadcast.history import History
from leadcast.vocabulary import ENTITIES, Entity
from serving.feed.arrow import arrow_table, no_rows
from serving.feed.columns import Shape
from serving.feed.facts import DEAL_SCORES, LEAD_SCORES
from serving.feed.ground import Ground
from serving.outlook import Outlook
from serving.score_columns import Scores
from serving.scores import Scorer

_NUMBERS = {"fit": "fit_score", "engagement": "engagement_score",
            **{name: name for name in ("probability", "score", "trend", "won_ever")}}


def score_facts(
    ground: Ground, history: History, bundles: Mapping[str, Bundle], models: Mapping[str, int], look: Outlook | None
) -> tuple[pa.Table, pa.Table]:
    """fact_lead_score and fact_deal_score: a row for each lead or deal and target, by target and key.

    Parameters
    ----------
    history : the whole, which may reach further than the moment
    models : the key of each model
    look : the forecast of the period; None where there can be none
    """
    asked = [(Scorer(bundle), _ids(ground, bundle.entity)) for _, bundle in sorted(bundles.items())]
    made = [scorer.columns(history, ground.as_of, ids, explain=False) for scorer, ids in asked]
    of_leads, of_deals = ([s for s in made if s.entity == entity and len(s)] for entity in ENTITIES)
    return _table(LEAD_SCORES, ground, of_leads, models, look), _table(DEAL_SCORES, ground, of_deals, models, look)


def _ids(ground: Ground, entity: Entity) -> list[str] | None:
    return None if ground.owners is None else list(ground.key_of_id[entity])


def _table(
    shape: Shape, ground: Ground, scores: Sequence[Scores], models: Mapping[str, int], look: Outlook | None
) -> pa.Table:
    return pa.concat_tables([no_rows(shape), *(arrow_table(shape, _columns(ground, one, models, look)) for one in scores)])


def _columns(ground: Ground, scores: Scores, models: Mapping[str, int], look: Outlook | None) -> dict[str, np.ndarray]:
    entity = scores.entity
    rows = ground.history.rows(entity, scores.entity_id)
    order = np.argsort(ground.keys[entity][rows])
    rows, amount = rows[order], ground.column(entity, "amount", rows[order])
    in_period, money = _in_period(scores, look, order)
    return {
        "lead_key" if entity == "lead" else "deal_key": ground.keys[entity][rows], "owner_key": ground.owner_keys(entity, rows),
        "stage_key": ground.stage_keys_now(entity, rows), "model_key": np.full(len(rows), models[scores.model]),
        **ground.when(len(rows)), **{name: getattr(scores, theirs)[order] for name, theirs in _NUMBERS.items()},
        "grade": scores.grade[order], "expected_close": ground.days(scores.expected_close[order]),
        "won_by": ground.days(scores.won_by[order]), "amount": amount,
        "expected_amount": np.where(_is_win(ground, scores), amount * scores.probability[order], np.nan),
        "period_probability": in_period, "period_amount": money,
    }


def _is_win(ground: Ground, scores: Scores) -> bool:
    told = ground.history.vocabulary
    return any(t.name == scores.target and told.is_win(t) for t in told.targets)


def _in_period(scores: Scores, look: Outlook | None, order: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(P(won in the period), expected money of it then) of each, NaN where the forecast does not speak of it."""
    if look is None or look.model != scores.model:
        return np.full(len(order), np.nan), np.full(len(order), np.nan)
    is_open = look.rows[look.rows["kind"] == "open"]
    chance = dict(zip(is_open["entity_id"], is_open["expected"], strict=True))
    money = dict(zip(is_open["entity_id"], is_open["expected"] * is_open["amount"] * look.spread.mean_ratio, strict=True))
    ids = scores.entity_id[order]
    return np.array([chance.get(one, np.nan) for one in ids]), np.array([money.get(one, np.nan) for one in ids])
