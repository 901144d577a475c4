"""The facts of the way: every stay in a stage, how far each lead and deal came, and what was closed."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from leadcast.funnel import FunnelError
from leadcast.funnel.paths import Paths, paths_of
from leadcast.funnel.visits import Visits
from leadcast.moment import days_between
from leadcast.table import NOT_A_TIME
from leadcast.vocabulary import ENTITIES, Entity, Pipeline
from serving.feed.arrow import arrow_table, no_rows
from serving.feed.facts import FUNNEL, STAGE_ENTRIES, WINS
from serving.feed.ground import Ground


def stage_facts(ground: Ground) -> pa.Table:
    """fact_stage: a row for each stay, by lead or deal and in order; one that never left its first stage has one, too."""
    return pa.concat_tables([no_rows(STAGE_ENTRIES), *(_stays(ground, entity) for entity in ENTITIES)])


def funnel_facts(ground: Ground) -> tuple[pa.Table, list[str]]:
    """fact_funnel, and what is left out and why."""
    made, notes = [], []
    for pipeline in ground.pipelines:
        try:
            paths = paths_of(ground.history, pipeline, ground.as_of)
        except FunnelError as refused:
            notes.append(str(refused))
            continue
        made.append(_how_far(ground, pipeline, paths.take(np.isin(paths.rows, ground.rows(pipeline.entity)))))
    return pa.concat_tables([no_rows(FUNNEL), *made]), notes


def win_facts(ground: Ground, entity: Entity) -> pa.Table:
    """fact_win: what stands as won or lost; the last time it was closed, where it was opened again."""
    rows = ground.rows(entity)
    status = ground.status(entity, rows)
    rows, is_won = rows[status != "open"], status[status != "open"] == "won"
    closed, created = ground.stage[entity][1][rows], ground.created(entity, rows)
    return arrow_table(WINS, {
        **_whose(ground, entity, rows, closed), "source_key": ground.source_keys(entity, rows), "closed_at": closed,
        "closed_date": ground.days(closed), "created_date": ground.days(created), "is_won": is_won.astype(bool),
        "amount": ground.column(entity, "amount", rows), "margin": ground.column(entity, "margin", rows),
        "days": np.maximum(days_between(created, closed), 0.0),
    })


def _whose(ground: Ground, entity: Entity, rows: np.ndarray, at: np.ndarray | None = None) -> dict[str, np.ndarray]:
    mine, other = ("lead_key", "deal_key") if entity == "lead" else ("deal_key", "lead_key")
    return {mine: ground.keys[entity][rows], other: np.zeros(len(rows), np.int64),
            "owner_key": ground.owner_keys(entity, rows, at)}


def _stays(ground: Ground, entity: Entity) -> pa.Table:
    history, everyone = ground.history, ground.rows(entity)
    codes, names = history.stages.coded("stage")
    visits = Visits.of(history, entity, everyone, ground.as_of, codes + 1)
    rows, stage = everyone[visits.asked], np.array([None, *names], object)[visits.code]
    at_start = visits.code == 0
    stage[at_start] = history.first_stages(entity)[rows[at_start]]
    known = np.array([one is not None for one in stage], bool)
    rows, stage, since, last = rows[known], stage[known], visits.since[known], visits.last[known]
    until = np.where(last, NOT_A_TIME, visits.until[known])
    closed = np.isin(stage.astype(str), list(history.vocabulary.closed(entity)))
    days = np.maximum(days_between(since, visits.until[known]), 0.0)
    return arrow_table(STAGE_ENTRIES, {
        "entity": np.full(len(rows), entity, object), **_whose(ground, entity, rows, since),
        "stage_key": ground.stage_keys(entity, rows, stage), "since": since, "until": until,
        "since_date": ground.days(since), "until_date": ground.days(until),
        "days": np.where(closed, np.nan, days), "is_current": last,
    })


def _how_far(ground: Ground, pipeline: Pipeline, paths: Paths) -> pa.Table:
    entity, rows = pipeline.entity, paths.rows
    order = np.argsort(ground.keys[entity][rows])
    paths, rows = paths.take(order), rows[order]
    created = ground.created(entity, rows)
    furthest, is_open = np.array(list(_furthest(ground, paths)), object), ~paths.won & ~paths.lost
    end = np.where(is_open, ground.moment, ground.stage[entity][1][rows])
    return arrow_table(FUNNEL, {
        "entity": np.full(len(rows), entity, object), **_whose(ground, entity, rows),
        "source_key": ground.source_keys(entity, rows),
        "stage_key": ground.stage_keys(entity, rows, furthest), "step": paths.furthest + 1,
        "created_date": ground.days(created), "is_open": is_open, "is_won": paths.won, "is_lost": paths.lost,
        "days": np.maximum(days_between(created, end), 0.0), "cycle_days": paths.cycle, "amount": paths.amount,
    })


def _furthest(ground: Ground, paths: Paths) -> Iterator[str]:
    """The name of each one's furthest stage; of the won stages of a pipeline, which are one step, the one in which it stands."""
    now = ground.stage[paths.entity][0][paths.rows]
    for place, won, stage in zip(paths.furthest, paths.won, now, strict=True):
        yield stage if won else paths.steps[place].stage
