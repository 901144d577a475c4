"""Answers worked out before they are asked for, so that whoever asks does not wait."""

import hashlib
import zlib
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
from sqlalchemy import Connection, delete, select, update

from leadcast.moment import days
from leadcast.store import tables
from leadcast.store.columns import micro
from leadcast.store.engine import Store, StoreFull, StoreUnavailable
from leadcast.store.erased import last_erasure
from leadcast.store.upsert import replace_known

ASKED_AGAIN_DAYS = 1 / 144
"""Only after ten minutes it is written down anew that a question was asked: reading stays reading."""
MOST = 200
"""So many answers are kept; beyond it those go that were asked for longest ago."""
KEEPING_SECONDS, NOTING_SECONDS = 1.0, 0.1
"""So long it waits for others who write: whoever asked waits meanwhile, and can do without its being kept or noted."""


@dataclass(frozen=True)
class Prepared:
    """An answer that is kept ready.

    Attributes
    ----------
    question : canonical JSON: path, query, whose deals
    answer : JSON
    made_from : the records and models that it was made from, in a text that is another once these are others
    asked_at : when somebody last asked for it, to within ten minutes
    """

    question: str
    answer: bytes
    made_from: str
    made_at: np.datetime64
    asked_at: np.datetime64


def find_prepared(connection: Connection, question: str) -> Prepared | None:
    """The answer that is kept ready for a question; None where there is none."""
    row = connection.execute(select(tables.prepared).where(tables.prepared.c.question_key == _key(question))).one_or_none()
    if row is None:
        return None
    return Prepared(row.question, zlib.decompress(row.answer), row.made_from, _moment(row.made_at), _moment(row.asked_at))


def keep_prepared(store: Store, answer: Prepared, erasure: str) -> bool:
    """Keep an answer in place of the one before; False where somebody was erased meanwhile, who may stand in it.

    Parameters
    ----------
    erasure : what :func:`leadcast.store.erased.last_erasure` said before the records were read that it was made from

    Raises
    ------
    StoreUnavailable, StoreFull : nothing was written; also where others write for a second
    """
    row = {"question_key": _key(answer.question), "question": answer.question, "answer": zlib.compress(answer.answer),
           "made_from": answer.made_from, "made_at": micro(answer.made_at), "asked_at": micro(answer.asked_at)}
    with store.writing(survive_power_cut=False, longest_wait=KEEPING_SECONDS) as connection:
        if last_erasure(connection, wait=True) != erasure:
            return False
        connection.execute(replace_known(connection, tables.prepared), row)
        kept = tables.prepared.c
        newest = select(kept.question_key).order_by(kept.asked_at.desc(), kept.made_at.desc()).limit(MOST)
        connection.execute(delete(tables.prepared).where(kept.question_key.not_in(newest)))
    return True


def note_asked(store: Store, known: Prepared, now: np.datetime64) -> None:
    """Remember that somebody asked, unless somebody did so a moment ago, or the store cannot be written right now."""
    if now - known.asked_at < days(ASKED_AGAIN_DAYS):
        return
    writing = store.writing(survive_power_cut=False, longest_wait=NOTING_SECONDS)
    with suppress(StoreUnavailable, StoreFull), writing as connection:
        row = tables.prepared.c
        connection.execute(update(tables.prepared).where(row.question_key == _key(known.question)).values(asked_at=micro(now)))


def asked_since(connection: Connection, since: np.datetime64) -> list[tuple[str, str, np.datetime64, np.datetime64]]:
    """(question, made from what, made at, asked at) of those asked for since a moment, the oldest answer first."""
    row = tables.prepared.c
    found = connection.execute(select(row.question, row.made_from, row.made_at, row.asked_at)
                               .where(row.asked_at >= micro(since)).order_by(row.made_at))
    return [(one.question, one.made_from, _moment(one.made_at), _moment(one.asked_at)) for one in found]


def _key(question: str) -> str:
    return hashlib.sha256(question.encode()).hexdigest()


def _moment(kept: int) -> np.datetime64:
    return np.datetime64(kept, "us")
