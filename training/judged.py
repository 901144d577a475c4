"""What travels with a served model so that it can be questioned later: its judged twin, its recipe, its rows' profile."""

from dataclasses import replace
from typing import Any

import numpy as np

from features import Context
from leadcast.bundle import Bundle
from leadcast.bundle_files import checksum_of
from leadcast.history import History
from leadcast.observations import Observations
from leadcast.profile import profile_rows
from leadcast.settled import arrivals
from leadcast.vocabulary import Entity, Target
from training.assemble import make_bundle
from training.blend import Model, Recipe, Rows

LAST_PLACE = "last_place"
ROWS_EXPLAINED = 1000
"""So many rows tell well enough what part each feature has in what the model says; reasons of all take long."""
JUDGED_POPULATION = 300
"""The judged twin is asked for probabilities; a score of 0-100 is good to a third of a point all the same."""


def make_judged(
    history: History, target: Target, context: Context, data: str, rows: Rows, model: Model, report: dict[str, Any],
    start: np.datetime64,
) -> Bundle:
    """A complete bundle of the model that was judged: as if it had gone into service on the day the newest slice begins.

    Its context knows the rates of that day, not those that came; what it says of the slice can be repeated at any time.

    Parameters
    ----------
    rows : the older ones, that it was fitted on
    start : when the newest slice begins, UTC
    """
    bundle = make_bundle(history, target, as_known_at(context, start), data, rows, model, report, JUDGED_POPULATION)
    known = {} if not history.undated(target.entity) else {LAST_PLACE: last_place(history, target.entity, start)}
    return replace(bundle, facts=replace(bundle.facts, trained_as_of=start), profile=known)


def as_known_at(context: Context, moment: np.datetime64) -> Context:
    """The same context with its rates as they were known then."""
    rates = {name: rates.latest(moment) for name, rates in context.rates.items()}
    return replace(context, as_of=moment, rates=rates, base=context.base.latest(moment))


def with_evidence(
    bundle: Bundle, judged: Bundle | None, history: History, rows: Rows, matured: Observations, recipe: Recipe | None
) -> Bundle:
    """The served bundle with its recipe, the profile of the rows it was fitted on, and the checksum of its judged twin."""
    some = np.linspace(0, len(rows.values) - 1, min(len(rows.values), ROWS_EXPLAINED)).round().astype(int)
    said, parts = bundle.log_odds(rows.values), bundle.score(rows.values[some]).contributions
    profile = profile_rows(rows.contract, rows.values, parts, said, rows.outcome, matured.as_of, rows.entity)
    if history.undated(matured.entity):
        profile[LAST_PLACE] = last_place(history, matured.entity, history.end)
    chosen = {} if recipe is None else recipe.to_json()
    return replace(bundle, profile=profile, recipe=chosen, judged="" if judged is None else checksum_of(judged))


def last_place(history: History, entity: Entity, moment: np.datetime64) -> float | None:
    """The last place in a static export's order before a moment of its clock, None where a row without a place came before.

    The place itself, and not how many there are, tells which rows of another export a model may have seen: that may hold more
    of the older rows, too.
    """
    places = history.entities(entity)["order"][arrivals(history, entity) < moment]
    return None if np.isnan(places).any() or not len(places) else float(places.max())
