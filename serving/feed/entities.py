"""The dimensions of leads, deals, stages and sources."""

import re
from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from leadcast.table import TIME
from leadcast.vocabulary import Attribute, Entity
from serving.feed.arrow import arrow_table
from serving.feed.columns import Column, Kind, Shape
from serving.feed.dimensions import DEALS, LEADS, SOURCES, STAGES
from serving.feed.ground import Ground, StageName
from serving.feed.keys import keys_of, with_none

LONGEST_NAME = 60
"""In bytes: what every database takes for a column's name."""
_KINDS: dict[str, Kind] = {"O": "text", "f": "number", "M": "time"}


def lead_table(ground: Ground) -> pa.Table:
    return _entity_table(ground, "lead", LEADS, {})


def deal_table(ground: Ground) -> pa.Table:
    rows, deals = ground.rows("opportunity"), ground.history.opportunities
    now = np.full(len(rows), ground.as_of, TIME)
    more = {
        "lead_key": keys_of(deals["lead_id"][rows], ground.key_of_id["lead"]),
        "category": ground.history.value_at("opportunity", "category", rows, now),
        "amount": ground.column("opportunity", "amount", rows), "margin": ground.column("opportunity", "margin", rows),
        "expected_close": ground.days(ground.history.value_at("opportunity", "expected_close", rows, now)),
    }
    return _entity_table(ground, "opportunity", DEALS, more)


def stage_table(ground: Ground) -> pa.Table:
    order: dict[StageName, int] = {}
    won: set[StageName] = set()
    lost: set[StageName] = set()
    for pipeline in ground.pipelines:
        for place, stage in enumerate(pipeline.stages, 1):
            order[pipeline.entity, pipeline.name, stage] = place
        won |= {(pipeline.entity, pipeline.name, stage) for stage in pipeline.won}
        lost |= {(pipeline.entity, pipeline.name, stage) for stage in pipeline.lost}
    named = list(ground.stages)
    columns = {
        "stage_key": np.arange(1, len(named) + 1), "stage_order": np.array([order.get(name, 0) for name in named], np.int64),
        **{part: np.array([name[place] for name in named], object) for place, part in enumerate(("entity", "pipeline", "stage"))},
        "is_won": np.array([name in won for name in named], bool), "is_lost": np.array([name in lost for name in named], bool),
    }
    return arrow_table(STAGES, with_none(columns, "stage_key"))


def source_table(ground: Ground) -> pa.Table:
    columns = {"source_key": np.arange(1, len(ground.sources) + 1), "source": np.array(list(ground.sources), object)}
    return arrow_table(SOURCES, with_none(columns, "source_key"))


def attribute_columns(ground: Ground, entity: Entity, shape: Shape) -> dict[str, Column]:
    """The column of each attribute that the workspace declares, by the attribute's name.

    One whose name is taken (databases do not tell capitals apart) is called ``attribute_NAME``.

    So ``industry`` stays, and ``Status`` becomes ``attribute_Status``, because every lead has a ``status``.
    """
    taken = {column.name.casefold() for column in shape.columns}
    found: dict[str, Column] = {}
    for attribute in ground.history.vocabulary.attributes_of(entity):
        if attribute.name in ground.history.entities(entity):
            name = _free(attribute.name, taken)
            taken.add(name.casefold())
            found[attribute.name] = Column(name, _kind(ground, attribute), f"the attribute {attribute.name} of leadcast.toml")
    return found


def _free(name: str, taken: set[str]) -> str:
    fits = re.sub(r"[\0\"`\[\]]", "_", name).encode()[:LONGEST_NAME - 14].decode("utf-8", "ignore")
    candidates = (fits, f"attribute_{fits}", *(f"attribute_{fits}_{number}" for number in range(2, 1000)))
    return next(one for one in candidates if one.casefold() not in taken)


def _kind(ground: Ground, attribute: Attribute) -> Kind:
    kind = ground.history.entities(attribute.entity)[attribute.name].dtype.kind
    return "flag" if attribute.type == "flag" and kind == "f" else _KINDS[kind]


def _entity_table(ground: Ground, entity: Entity, shape: Shape, more: Mapping[str, np.ndarray]) -> pa.Table:
    rows, table = ground.rows(entity), ground.history.entities(entity)
    attributes, now = attribute_columns(ground, entity, shape), np.full(len(rows), ground.as_of, TIME)
    created = ground.created(entity, rows)
    key = "lead_key" if entity == "lead" else "deal_key"
    columns = {
        key: ground.keys[entity][rows], f"{entity}_id": table[f"{entity}_id"][rows],
        "owner_key": ground.owner_keys(entity, rows), "source_key": ground.source_keys(entity, rows),
        "stage_key": ground.stage_keys_now(entity, rows), "contact_id": table["contact_id"][rows],
        "account_id": table["account_id"][rows], "status": ground.status(entity, rows), "created_at": created,
        "created_date": ground.days(created), **more,
        **{column.name: ground.history.value_at(entity, name, rows, now) for name, column in attributes.items()},
    }
    return arrow_table(shape, with_none(columns, key), list(attributes.values()))
