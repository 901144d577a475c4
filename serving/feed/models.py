"""The dimension of models: those that answer now, and those that made a saved forecast."""

from collections.abc import Collection, Mapping

import numpy as np
import pyarrow as pa

from leadcast.bundle import Bundle
from leadcast.table import NOT_A_TIME, TIME
from serving.feed.arrow import arrow_table
from serving.feed.dimensions import MODELS
from serving.feed.keys import numbered, with_none
from serving.scores import Scorer


def model_keys(bundles: Mapping[str, Bundle], saved: Collection[str]) -> dict[str, int]:
    """The key of each model by its name and version, the champions first.

    Parameters
    ----------
    saved : the models of saved forecasts
    """
    now = [Scorer(bundle).model for _, bundle in sorted(bundles.items())]
    return numbered([*now, *sorted(set(saved) - set(now))])


def model_table(bundles: Mapping[str, Bundle], keys: Mapping[str, int]) -> pa.Table:
    known = {Scorer(bundle).model: bundle for bundle in bundles.values()}
    found = [known.get(model) for model in keys]
    parts = [model.rpartition("/") for model in keys]
    columns = {
        "model_key": np.fromiter(keys.values(), np.int64),
        "target": np.array([None if b is None else b.target.name for b in found], object),
        "entity": np.array([None if b is None else b.entity for b in found], object),
        "name": np.array([name or version for name, _, version in parts], object),
        "version": np.array([version if name else None for name, _, version in parts], object),
        "trained_as_of": np.array([NOT_A_TIME if b is None else b.facts.trained_as_of for b in found], TIME),
        "horizon_days": np.array([np.nan if b is None or b.facts.horizon_days is None else b.facts.horizon_days
                                  for b in found], float),
        "is_champion": np.array([b is not None for b in found], bool),
    }
    return arrow_table(MODELS, with_none(columns, "model_key"))
