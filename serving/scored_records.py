"""Whole records scored in one pass: for each the answer that it would get alone."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from features.table import EVENT_TYPE
from leadcast.history import History
from leadcast.observations import Observations
from leadcast.settled import as_they_came
from leadcast.vocabulary import Entity
from serving.score_columns import Scores
from serving.scores import Scorer
from serving.together import Group, ReadRecords

Row = dict[str, Any]


@dataclass
class ScoredRecords:
    """Scores of records, by their places in the request.

    Attributes
    ----------
    present : the records that hold somebody to score, whether open or not
    rows : the scores of each record as JSON holds them, model by model
    never_seen : what of each record no model has seen in training, in words
    scores : all of them, with the ids as they were sent
    """

    present: set[int] = field(default_factory=set)
    rows: defaultdict[int, list[Row]] = field(default_factory=lambda: defaultdict(list))
    never_seen: defaultdict[int, list[str]] = field(default_factory=lambda: defaultdict(list))
    scores: list[Scores] = field(default_factory=list)


def score_records(
    scorers: Sequence[Scorer], read: ReadRecords, entity: Entity, as_of: np.datetime64, explain: bool
) -> ScoredRecords:
    """Score every open lead or deal of the records that could be read.

    Raises
    ------
    BundleError : the records' columns mean something else than when a model was trained
    """
    found = ScoredRecords()
    for group in read.groups:
        ids = group.ids(entity)
        found.present |= set(group.whose(np.array(ids, object))[0].tolist())
        for scorer in scorers if ids else ():
            _add(found, scorer, group, scorer.columns(group.history, as_of, ids, explain))
    return found


def _add(found: ScoredRecords, scorer: Scorer, group: Group, scores: Scores) -> None:
    numbers, sent = group.whose(scores.entity_id)
    told = replace(scores, entity_id=sent)
    found.scores.append(told)
    for number, row in zip(numbers.tolist(), told.rows(), strict=True):
        found.rows[number].append(row)
    for name, counts in never_seen(scorer, group.history, scores).items():
        for number in dict.fromkeys(numbers[counts > 0].tolist()):
            count = int(counts[numbers == number].sum())
            found.never_seen[number].append(f"{name}: {count} values never seen in training")


def never_seen(scorer: Scorer, history: History, scores: Scores) -> dict[str, np.ndarray]:
    """How many values of each feature were never seen in training, row by row; shape (n,) each, in order of the names."""
    categories = [(column, f.name) for column, f in enumerate(scorer.bundle.contract.features) if f.is_category]
    found = {name: (scores.values[:, column] == -1).astype(np.int64) for column, name in categories}
    if EVENT_TYPE in scores.never_seen:
        found[EVENT_TYPE] = _unknown_events(scorer, history, scores)
    return dict(sorted(found.items()))


def _unknown_events(scorer: Scorer, history: History, scores: Scores) -> np.ndarray:
    """How many of the events that each row may see are of a type that the model does not know."""
    now = Observations(scores.entity, scores.entity_id, scores.as_of, np.ones(len(scores)))
    looks = as_they_came(history, now) if scorer.bundle.facts.horizon_days is None else now
    codes, types = history.events.coded("type")
    unknown = scorer.context.types.codes(np.array(types, object)) < 0
    entries = history.linked_events(scores.entity)
    return entries.keep(unknown[codes[entries.source]]).count_known(history.rows(scores.entity, looks.entity_id), looks.as_of)
