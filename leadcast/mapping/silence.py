"""Lost by rule: whoever is silent for so many days counts as lost, until something happens again."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from leadcast.entries import Entries, later_of
from leadcast.history import History
from leadcast.links import linked_pairs
from leadcast.mapping.canonical import as_raw
from leadcast.mapping.reading import Reading
from leadcast.mapping.stack import stacked
from leadcast.mapping.where import matching
from leadcast.moment import days
from leadcast.schema import STAGES
from leadcast.table import TIME, Table
from leadcast.workspace.model import StagesFromSilence


@dataclass(frozen=True)
class Gaps:
    """Silences longer than the rule allows: whose, since when, and until when (NaT: to the end). Each of shape (gaps,)."""

    owner: np.ndarray
    since: np.ndarray
    until: np.ndarray


def with_silence(reading: Reading, history: History) -> Table:
    """The history's stages and, by every silence rule, entries into its stage (and back, when the silence ends).

    An open lead or deal enters the stage so many days after the last thing known of it: its creation, an event, a
    stage entry. What happens afterwards brings it back to where it was; so the rule looks the same from every day,
    and nothing later can undo an entry.

    Parameters
    ----------
    history : all other stage entries in place
    """
    tables = [history.stages]
    for number, source in enumerate(reading.workspace.stages, start=1):
        if isinstance(source, StagesFromSilence):
            added = _entries(reading, source, history, f"stages[{number}]")
            reading.count("stages", added.rows, added.rows)
            tables.append(added)
    return stacked(STAGES, tables) if len(tables) > 1 else history.stages


def _entries(reading: Reading, source: StagesFromSilence, history: History, key: str) -> Table:
    gaps = _gaps(reading, source, history, key)
    limit = days(source.after_days)
    stage, _ = history.stage_at(source.entity, gaps.owner, gaps.since)
    back = ~np.isnat(gaps.until) & pd.notna(stage) & ~_enters(history.stage_entries(source.entity), gaps)
    ids = history.ids(source.entity)
    owner = np.concatenate([gaps.owner, gaps.owner[back]])
    return Table({
        "entity": np.full(len(owner), source.entity, object), "entity_id": ids[owner],
        "stage": np.concatenate([np.full(len(gaps.owner), source.stage, object), stage[back]]),
        "entered_at": np.concatenate([gaps.since + limit, gaps.until[back]]),
        "reason": np.array([f"silent for {source.after_days:g} days"] * len(gaps.owner) + [None] * int(back.sum()), dtype=object),
    })


def _enters(stages: Entries, gaps: Gaps) -> np.ndarray:
    """Gaps that a stage entry ends; it says by itself where the lead or deal is then."""
    entries = set(zip(stages.owner.tolist(), stages.known.tolist(), strict=True))
    return np.array([pair in entries for pair in zip(gaps.owner.tolist(), gaps.until.tolist(), strict=True)], bool)


def _gaps(reading: Reading, source: StagesFromSilence, history: History, key: str) -> Gaps:
    """Gaps of open leads or deals that began at a moment when they were open."""
    signs = _signs_of_life(reading, source, history, key)
    owner, since = signs.owner, signs.known
    until = np.full(len(since), np.datetime64("NaT"), TIME)
    until[:-1] = np.where(owner[1:] == owner[:-1], since[1:], np.datetime64("NaT"))
    limit = days(source.after_days)
    silent = np.where(np.isnat(until), history.end, until) - since
    long = (silent > limit) | (np.isnat(until) & (silent == limit))
    long &= ~history.closed_at(source.entity, owner, since)
    return Gaps(owner[long], since[long], until[long])


def _signs_of_life(reading: Reading, source: StagesFromSilence, history: History, key: str) -> Entries:
    """Everything known of each lead or deal, in order of when it was known, from its creation on."""
    entity, table = source.entity, history.entities(source.entity)
    owner, event = linked_pairs(entity, table, history.events, history.vocabulary)
    happened = later_of(history.events["occurred_at"], history.events["recorded_at"])[event]
    stages = history.stage_entries(entity)
    alive = np.arange(table.rows)
    owner = np.concatenate([alive, owner, stages.owner])
    at = np.concatenate([table["created_at"], happened, stages.known])
    kept = ~np.isnat(at) & ~(at < table["created_at"][owner]) & (at <= history.end)
    if source.where:
        kept &= matching(as_raw(entity, reading.as_sent(table)), source.where, key)[owner]
    return Entries.group(owner[kept], table.rows, at[kept], at[kept], np.flatnonzero(kept))
