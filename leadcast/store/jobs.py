"""Jobs: what was asked for, how far it is, and which ids come next."""

import json
from bisect import bisect_right
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Connection, Row, and_, delete, func, or_, select, update

from leadcast.store import tables
from leadcast.store.engine import Store
from leadcast.vocabulary import Entity

Status = Literal["queued", "running", "done", "failed", "cancelled"]
UNFINISHED: tuple[Status, ...] = ("queued", "running")
SCORE = "score"
_ENTITIES = {"lead": (tables.leads, "lead_id"), "opportunity": (tables.opportunities, "opportunity_id")}


@dataclass(frozen=True)
class Wanted:
    """What a job is to score.

    Attributes
    ----------
    target : None: every target of the entity
    owners : of these only; None: of everybody
    ids : these only; None: all that are open
    as_of : microseconds since 1970; fixed when the job is made, so that it does not matter when it runs
    models : by target, once the first part is written; a job that finds other models begins anew
    """

    entity: Entity
    target: str | None
    owners: tuple[str, ...] | None
    ids: tuple[str, ...] | None
    as_of: int
    explain: bool
    format: Literal["csv", "jsonl"]
    models: dict[str, str] | None = None

    def to_json(self) -> str:
        return json.dumps(self.__dict__, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> "Wanted":
        data = json.loads(text)
        owners, ids = (None if data[name] is None else tuple(data[name]) for name in ("owners", "ids"))
        return cls(**{**data, "owners": owners, "ids": ids})


@dataclass(frozen=True)
class Job:
    """A job as the store knows it; times in microseconds since 1970.

    Attributes
    ----------
    total, done : how many leads or deals there are to look at, and were looked at
    after : the last id that is in a part; None before the first, and once the job has ended
    parts : how many parts are written
    rows, checksum : of the result, once it is done
    error : why it failed, or what it waits for
    """

    job_id: str
    wanted: Wanted
    status: Status
    total: int
    done: int
    after: str | None
    parts: int
    rows: int | None
    checksum: str | None
    file: str | None
    error: str | None
    caller: str
    request_id: str
    created_at: int
    started_at: int | None
    finished_at: int | None


@dataclass(frozen=True)
class Step:
    """A part of a job.

    Attributes
    ----------
    ids : to be scored, in order
    after : the last id that was looked at
    looked : how many were looked at; some of them may not be there, or not be the caller's
    """

    ids: list[str]
    after: str
    looked: int


def make_job(connection: Connection, job_id: str, wanted: Wanted, at: int, caller: str = "", request_id: str = "") -> Job:
    """Queue a job in this transaction; whoever runs jobs takes it in its turn."""
    counted = select(func.count()).select_from(_among(wanted).order_by(None).subquery())
    total = len(set(wanted.ids)) if wanted.ids is not None else int(connection.execute(counted).scalar_one())
    connection.execute(tables.jobs.insert(), {
        "job_id": job_id, "kind": SCORE, "request": wanted.to_json(), "status": "queued", "total": total, "done": 0,
        "parts": 0, "caller": caller, "request_id": request_id, "created_at": at})
    return _job(connection.execute(_one(job_id)).one())


def read_job(store: Store, job_id: str, caller: str | None = None) -> Job | None:
    """A job by its id; None where there is none, or it is another caller's."""
    with store.reading() as connection:
        row = connection.execute(_one(job_id)).one_or_none()
    return None if row is None or (caller is not None and row.caller != caller) else _job(row)


def list_jobs(store: Store, most: int, before: tuple[int, str] | None = None, caller: str | None = None) -> list[Job]:
    """The newest jobs first.

    Parameters
    ----------
    before : (created_at, id) of the last one seen
    caller : only this caller's
    """
    row = tables.jobs.c
    asked = select(tables.jobs).order_by(row.created_at.desc(), row.job_id.desc()).limit(most)
    if before is not None:
        asked = asked.where(or_(row.created_at < before[0], and_(row.created_at == before[0], row.job_id < before[1])))
    if caller is not None:
        asked = asked.where(row.caller == caller)
    with store.reading() as connection:
        return [_job(found) for found in connection.execute(asked)]


def next_job(store: Store) -> Job | None:
    """The oldest job that is not finished."""
    row = tables.jobs.c
    oldest = select(tables.jobs).where(row.status.in_(UNFINISHED)).order_by(row.created_at, row.job_id).limit(1)
    with store.reading() as connection:
        found = connection.execute(oldest).one_or_none()
    return None if found is None else _job(found)


def next_step(store: Store, job: Job, most: int) -> Step | None:
    """The ids that come after those that are done; None where all are done."""
    wanted = job.wanted
    table, key = _ENTITIES[wanted.entity]
    with store.reading() as connection:
        if wanted.ids is None:
            asked = _among(wanted) if job.after is None else _among(wanted).where(table.c[key] > job.after)
            looked = list(connection.execute(asked.limit(most)).scalars())
            return Step(looked, looked[-1], len(looked)) if looked else None
        ids = sorted(set(wanted.ids))
        looked = ids[0 if job.after is None else bisect_right(ids, job.after):][:most]
        return Step(_of_owners(connection, wanted, looked), looked[-1], len(looked)) if looked else None


def note_progress(store: Store, job: Job, **changed: Any) -> bool:
    """Write down how far a job is; False, and nothing is written, where it was cancelled or another got on with it meanwhile."""
    row = tables.jobs.c
    as_it_was = (row.job_id == job.job_id, row.status.in_(UNFINISHED), row.parts == job.parts)
    with store.writing() as connection:
        return bool(connection.execute(update(tables.jobs).where(*as_it_was).values(**changed)).rowcount)


def note_result(store: Store, job_id: str, rows: int, checksum: str) -> None:
    """Write down that a finished job's result has other rows now."""
    with store.writing() as connection:
        connection.execute(update(tables.jobs).where(tables.jobs.c.job_id == job_id).values(rows=rows, checksum=checksum))


def end_job(store: Store, job_id: str, at: int) -> None:
    """Cancel a job that is not finished; forget one that is."""
    with store.writing() as connection:
        row = tables.jobs.c
        cancelled = {"status": "cancelled", "finished_at": at, "error": None, "after": None}
        stop = update(tables.jobs).where(row.job_id == job_id, row.status.in_(UNFINISHED)).values(**cancelled)
        if not connection.execute(stop).rowcount:
            connection.execute(delete(tables.jobs).where(row.job_id == job_id))


def finished_before(store: Store, moment: int) -> list[str]:
    """Jobs that ended before a moment, however they ended."""
    with store.reading() as connection:
        return list(connection.execute(select(tables.jobs.c.job_id).where(tables.jobs.c.finished_at < moment)).scalars())


def has_tombstones_since(store: Store, moment: int) -> bool:
    """Was anybody erased since?"""
    stones = tables.tombstones.c
    with store.reading() as connection:
        return connection.execute(select(stones.id_hash).where(stones.at >= moment).limit(1)).first() is not None


def _one(job_id: str) -> Any:
    return select(tables.jobs).where(tables.jobs.c.job_id == job_id)


def _job(row: Row) -> Job:
    told = {name: value for name, value in row._mapping.items() if name not in ("kind", "request")}
    return Job(wanted=Wanted.from_json(row.request), **{**told, "caller": row.caller or "", "request_id": row.request_id or ""})


def _among(wanted: Wanted) -> Any:
    """Ids of a job that goes through all there are, in the database's own order of texts, which is the same each time."""
    table, key = _ENTITIES[wanted.entity]
    asked = select(table.c[key]).order_by(table.c[key])
    return asked if wanted.owners is None else asked.where(table.c.owner.in_(sorted(wanted.owners)))


def _of_owners(connection: Connection, wanted: Wanted, ids: list[str]) -> list[str]:
    """Those of some ids that the store knows, and that belong to the owners asked for."""
    table, key = _ENTITIES[wanted.entity]
    known = set(connection.execute(_among(wanted).where(table.c[key].in_(ids))).scalars())
    return [one for one in ids if one in known]
