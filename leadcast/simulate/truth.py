"""The oracle: what the probability of a lead or deal really is, given its stage, its age there and everything behind it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from leadcast.errors import SchemaError, SourceError
from leadcast.simulate import company
from leadcast.simulate.blocks import Block, Life, draw_blocks
from leadcast.simulate.chain import Chain
from leadcast.simulate.tables import stack
from leadcast.table import TIME, Table
from leadcast.vocabulary import ENTITIES, Entity

STAGES = {"lead": company.LEAD_STAGES, "opportunity": company.DEAL_STAGES}
FOLDER = "truth"


@dataclass(frozen=True)
class Truth:
    """Ids and lives of all leads and deals, whole futures included."""

    ids: dict[Entity, np.ndarray]
    lives: dict[Entity, Life]

    def rows(self, entity: Entity, ids: Iterable[str]) -> np.ndarray:
        """Where each id stands, shape (n,).

        Raises
        ------
        SchemaError : an id is not in the truth
        """
        rows = pd.Index(self.ids[entity]).get_indexer(pd.Index(np.asarray(list(ids), dtype=object)))
        if (rows < 0).any():
            held = f"it holds {len(self.ids[entity])} of entity {entity}"
            raise SchemaError(f"{(rows < 0).sum()} ids are not in the simulated truth; {held}.")
        return rows


def true_lives(leads: int, seed: int) -> Truth:
    """The truth behind ``true_history(leads, seed)``."""
    blocks = [{entity: life_table(block, entity) for entity in ENTITIES} for block in draw_blocks(leads, seed)]
    return _truth({entity: stack([block[entity] for block in blocks]) for entity in ENTITIES})


def read_truth(folder: Path) -> Truth:
    """The truth that ``simulate`` wrote beside the files.

    Raises
    ------
    SourceError : the folder holds none
    """
    tables = {}
    for entity in ENTITIES:
        path = Path(folder) / FOLDER / f"{entity}_lives.parquet"
        if not path.is_file():
            raise SourceError(f"{path} is missing. A simulated folder keeps its truth there: leadcast simulate {folder}")
        tables[entity] = Table.from_frame(pd.read_parquet(path))
    return _truth(tables)


def life_table(block: Block, entity: Entity) -> Table:
    """Ids, moments and chain parameters of a block's leads or deals, as the truth is written."""
    table, life = (block.leads, block.lead_life) if entity == "lead" else (block.deals, block.deal_life)
    moments = {f"entered_{k}": life.entered[:, k] for k in range(life.entered.shape[1])}
    more = {name: table[name].astype(float) for name in ("intent", "effect") if name in table}
    return Table({"id": table[f"{entity}_id"], **moments, "lost": life.lost, **life.chain.columns(), **more})


def probability(
    truth: Truth | Path, entity: Entity, ids: Sequence[str] | np.ndarray, as_of: np.ndarray | np.datetime64,
    stages: Sequence[str], horizon_days: float | None = None,
) -> np.ndarray:
    """P(one of ``stages`` is entered in ``(as_of, as_of + horizon]`` | everything up to as_of, intent included).

    Parameters
    ----------
    truth : from ``true_lives`` or ``read_truth``, or the simulated folder
    as_of : UTC, one moment or shape (n,)
    stages : names of stages; the first of them in the pipeline counts
    horizon_days : None = ever

    Returns
    -------
    float, shape (n,); NaN where there is nothing to ask: not created yet, closed, or the stage already reached or left out
    """
    truth = truth if isinstance(truth, Truth) else read_truth(truth)
    life, when, goal = _question(truth, entity, ids, as_of, stages)
    stage, since = _stage_at(life, when)
    asked = (stage >= 0) & (stage < goal)
    age = ((when - since) / np.timedelta64(1, "us"))[asked] / 86_400e6
    answer = np.full(len(when), np.nan)
    answer[asked] = life.chain.take(np.flatnonzero(asked)).reach(stage[asked], age, goal, horizon_days)
    return answer


def outcome(
    truth: Truth, entity: Entity, ids: Sequence[str] | np.ndarray, as_of: np.ndarray | np.datetime64,
    stages: Sequence[str], horizon_days: float | None = None,
) -> np.ndarray:
    """What happened in the end, future included: 1, 0, or NaN where ``probability`` is NaN; the same parameters."""
    life, when, goal = _question(truth, entity, ids, as_of, stages)
    stage, _ = _stage_at(life, when)
    happened = ~np.isnat(life.entered[:, goal])
    if horizon_days is not None:
        happened &= life.entered[:, goal] <= when + np.timedelta64(round(horizon_days * 86_400e6), "us")
    return np.where((stage >= 0) & (stage < goal), happened.astype(float), np.nan)


def _truth(tables: dict[Entity, Table]) -> Truth:
    lives = {}
    for entity, table in tables.items():
        entered = np.stack([table[f"entered_{k}"] for k in range(len(STAGES[entity]))], axis=1)
        parameters = {name: table[name] for name in table.names if name[-1].isdigit() and not name.startswith("entered")}
        lives[entity] = Life(entered, table["lost"], Chain.from_columns(parameters))
    return Truth({entity: table["id"] for entity, table in tables.items()}, lives)


def _question(
    truth: Truth, entity: Entity, ids: Sequence[str] | np.ndarray, as_of: np.ndarray | np.datetime64, stages: Sequence[str]
) -> tuple[Life, np.ndarray, int]:
    rows = truth.rows(entity, ids)
    life = truth.lives[entity]
    known = [STAGES[entity].index(stage) for stage in stages if stage in STAGES[entity]]
    if not known:
        there = ", ".join(STAGES[entity])
        raise SchemaError(f"{', '.join(stages)} is not among the simulated stages of entity {entity}, which are {there}.")
    when = np.broadcast_to(np.asarray(as_of, TIME), rows.shape)
    return Life(life.entered[rows], life.lost[rows], life.chain.take(rows)), when, min(known)


def _stage_at(life: Life, when: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The stage of each entity (-1 = not created yet, or closed) and since when."""
    entered = life.entered <= when[:, None]
    stage = np.where(entered, np.arange(entered.shape[1]), -1).max(axis=1)
    since = life.entered[np.arange(len(stage)), stage]
    closed = (life.lost <= when) | (stage == entered.shape[1] - 1)
    return np.where(closed, -1, stage), since
