"""Where stages stand in their pipelines, and how long those who moved on stayed in them."""

from itertools import repeat

import numpy as np

from leadcast.history import History
from leadcast.vocabulary import Entity, Vocabulary

Places = dict[str | None, dict[str | None, float]]
DAY = np.timedelta64(86_400_000_000, "us")


def stage_places(vocabulary: Vocabulary, entity: Entity) -> Places:
    """Per pipeline, each stage's place: 0 for the first; won stages come last, lost ones have none (NaN).

    An entity without a pipeline of its own, or with one that is not declared, follows the first one (key None).
    """
    found: Places = {}
    for pipeline in vocabulary.pipelines_of(entity):
        open_stages = [s for s in pipeline.stages if s not in pipeline.closed]
        places: dict[str | None, float] = {stage: float(place) for place, stage in enumerate(open_stages)}
        found[pipeline.name] = places | dict.fromkeys(pipeline.won, float(len(open_stages)))
    return found | {None: next(iter(found.values()), {})}


def places_of(known: Places, pipelines: np.ndarray, stages: np.ndarray) -> np.ndarray:
    """The place of each stage in each pipeline, NaN where it has none; float, shape (n,)."""
    usual, met = known[None], set(pipelines)
    if len(met) == 1:  # nearly always; then one look-up for each stage is enough
        return np.fromiter(map(known.get(met.pop(), usual).get, stages, repeat(np.nan)), np.float64, len(stages))
    pairs = zip(pipelines, stages, strict=True)
    return np.fromiter((known.get(p, usual).get(s, np.nan) for p, s in pairs), np.float64, len(stages))


def stage_names(history: History, entity: Entity) -> tuple[str, ...]:
    """Every stage a lead or deal may stand in: those declared, in order, then any others met, by name."""
    pipelines = history.vocabulary.pipelines_of(entity)
    declared = dict.fromkeys(stage for p in pipelines for stage in (*p.stages, *p.closed))
    met = set(history.stages["stage"][history.stage_entries(entity).source])
    return (*declared, *sorted(met - set(declared)))


def stage_norms(history: History, entity: Entity) -> dict[str, float]:
    """Median days in each stage of those that then moved forward in their pipeline; only stages somebody left so."""
    entries = history.standing_stages(entity)
    owner, table = entries.owner, history.entities(entity)
    first = np.concatenate(([True], owner[1:] != owner[:-1])) if len(owner) else np.zeros(0, bool)
    stage = history.stages["stage"][entries.source]
    before = np.where(first, history.first_stages(entity)[owner], np.roll(stage, 1))
    since = np.where(first, table["created_at"][owner], np.roll(entries.at, 1))
    known = stage_places(history.vocabulary, entity)
    places = [places_of(known, table["pipeline"][owner], names) for names in (before, stage)]
    days = (entries.at - since) / DAY
    forward = (places[1] > places[0]) & (days >= 0)
    return {str(name): float(np.median(days[forward & (before == name)])) for name in sorted(set(before[forward]))}
