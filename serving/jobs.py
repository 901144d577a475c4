"""Bulk scoring: one job after the other, a part at a time, going on where it was after whatever happened.

A part is written and renamed before the store says that it is done. So after a crash in between the same part is written once
more, over itself: nobody is scored twice, nobody is left out. ``as_of`` is the job's own, so it does not matter when it runs.
"""

import errno
import traceback
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np

from leadcast.errors import LeadcastError
from leadcast.history import History
from leadcast.store import Store, StoreError, StoreFull, StoreUnavailable
from leadcast.store.columns import micro
from leadcast.store.erased import is_erased
from leadcast.store.histories import history_of
from leadcast.store.jobs import (
    Job,
    Step,
    end_job,
    finished_before,
    has_tombstones_since,
    next_job,
    next_step,
    note_progress,
    read_job,
)
from leadcast.store.leases import release, take
from leadcast.workspace.model import Workspace
from serving.desk import Desk
from serving.job_files import ids_in, jobs_folder, join_parts, part_file, remove_files, result_file, write_part
from serving.scores import Scorer

AT_ONCE = 2_000
LEASE, LEASE_SECONDS = "jobs", 30.0
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
WAITS = "waiting: no room on the disk; it goes on once there is"


def run_jobs(store: Store, desk: Desk, holder: str, now: np.datetime64, at_once: int = AT_ONCE) -> list[str]:
    """Do the next part of the oldest job, if there is one and nobody else is at it: well under a second of work.

    Called again and again. A full disk or a database that does not answer stops it without harm; the next call tries again.

    Parameters
    ----------
    holder : who runs jobs; no two processes may call themselves the same
    at_once : how many leads or deals make a part

    Returns
    -------
    lines that say which job ended, and how
    """
    job = next_job(store)
    if job is None or not take(store, LEASE, holder, now, LEASE_SECONDS):
        return []
    job = read_job(store, job.job_id)
    if job is None or job.status not in ("queued", "running"):
        return []
    try:
        ended = _step(store, desk, job, now, at_once)
        if ended:
            release(store, LEASE, holder)
        return ended
    except (OSError, StoreFull) as refused:
        if isinstance(refused, OSError) and refused.errno not in NO_ROOM:
            return _fail(store, desk, job, f"its files cannot be written: {refused.strerror}", now)
        return _wait(store, job)
    except StoreUnavailable:
        return []
    except StoreError:  # its message names the database; the job's error is for whoever asked
        return _fail(store, desk, job, "the store does not hold what it needs", now)
    except LeadcastError as mistake:
        return _fail(store, desk, job, str(mistake), now)
    except Exception as bug:  # one job's must not keep the others from their turn
        last = traceback.extract_tb(bug.__traceback__)[-1]
        failed = _fail(store, desk, job, f"a fault of the program: {type(bug).__name__}", now)
        return [f"{line} in {Path(last.filename).name}, line {last.lineno}" for line in failed]


def is_busy(store: Store) -> bool:
    """Is there a job to go on with?"""
    return next_job(store) is not None


def forget_jobs(store: Store, workspace: Workspace, now: np.datetime64, before: np.datetime64) -> int:
    """Remove jobs that ended before a moment, with their files."""
    old = finished_before(store, micro(before))
    for job_id in old:
        end_job(store, job_id, micro(now))
        remove_files(workspace, job_id)
    return len(old)


def _step(store: Store, desk: Desk, job: Job, now: np.datetime64, at_once: int) -> list[str]:
    scorers = _scorers(desk, job)
    models = {scorer.bundle.target.name: scorer.model for scorer in scorers}
    if job.wanted.models != models:
        job = _begin(store, job, models, now)
    step = next_step(store, job, at_once)
    if step is None:
        return _finish(store, desk, job, now)
    folder = jobs_folder(desk.workspace) / job.job_id
    folder.mkdir(parents=True, exist_ok=True)
    write_part(part_file(folder, job.parts + 1, job.wanted.format), _rows(store, desk, scorers, job, step))
    if not note_progress(store, job, done=job.done + step.looked, after=step.after, parts=job.parts + 1, error=None):
        _remove_if_ended(store, desk, job)
    return []


def _begin(store: Store, job: Job, models: dict[str, str], now: np.datetime64) -> Job:
    """From the first id, with the models that answer now: one file never mixes two versions."""
    wanted = replace(job.wanted, models=models)
    note_progress(store, job, status="running", started_at=micro(now), done=0, after=None, parts=0, request=wanted.to_json())
    return replace(job, wanted=wanted, done=0, after=None, parts=0)


def _scorers(desk: Desk, job: Job) -> list[Scorer]:
    found = [scorer for target, scorer in desk.scorers.items()
             if scorer.bundle.entity == job.wanted.entity and job.wanted.target in (None, target)]
    if not found:
        raise LeadcastError(f"no model scores {job.wanted.target or job.wanted.entity} any more")
    return found


def _rows(store: Store, desk: Desk, scorers: list[Scorer], job: Job, step: Step) -> list[dict[str, object]]:
    """Scores of some leads or deals, in the order of their ids, then of the targets."""
    as_of, place = np.datetime64(job.wanted.as_of, "us"), {one: number for number, one in enumerate(step.ids)}
    if not step.ids:
        return []
    history: History = history_of(store, desk.vocabulary, job.wanted.entity, step.ids, as_of)
    rows = [row for scorer in scorers for row in scorer.columns(history, as_of, step.ids, job.wanted.explain).rows()]
    return sorted(rows, key=lambda row: place[row["entity_id"]])


def _finish(store: Store, desk: Desk, job: Job, now: np.datetime64) -> list[str]:
    folder = jobs_folder(desk.workspace) / job.job_id
    folder.mkdir(parents=True, exist_ok=True)
    parts = [part_file(folder, number, job.wanted.format) for number in range(1, job.parts + 1)]
    result = result_file(folder, job.wanted.format)
    rows, checksum = join_parts(parts, result, _erased_meanwhile(store, job, parts))
    if erased := _erased_meanwhile(store, job, parts):  # an erasure that was looking for files while there was no result yet
        rows, checksum = join_parts(parts, result, erased)
    done = {"status": "done", "finished_at": micro(now), "file": result.name, "rows": rows, "checksum": checksum, "error": None,
            "total": job.done, "after": None}
    if not note_progress(store, job, **done):
        _remove_if_ended(store, desk, job)
        return []
    for part in folder.glob("part-*"):
        part.unlink(missing_ok=True)
    return [f"{job.job_id} is done: {rows:,} scores"]


def _erased_meanwhile(store: Store, job: Job, parts: list[Path]) -> set[str]:
    """Whoever was erased since the job was made, and may stand in a part that was being written at that moment."""
    if not has_tombstones_since(store, job.created_at):
        return set()
    gone: set[str] = set()
    for part in parts:
        with store.reading() as connection:
            gone |= is_erased(connection, job.wanted.entity, ids_in(part))
    return gone


def _wait(store: Store, job: Job) -> list[str]:
    if job.error == WAITS:
        return []
    with suppress(StoreFull):  # then the store cannot say so either
        note_progress(store, job, error=WAITS)
    return [f"{job.job_id} waits: no room on the disk"]


def _remove_if_ended(store: Store, desk: Desk, job: Job) -> None:
    """A part that was written while its job was being cancelled goes, too."""
    found = read_job(store, job.job_id)
    if found is None or found.status in ("cancelled", "failed"):
        remove_files(desk.workspace, job.job_id)


def _fail(store: Store, desk: Desk, job: Job, why: str, now: np.datetime64) -> list[str]:
    note_progress(store, job, status="failed", error=why, finished_at=micro(now), after=None)
    remove_files(desk.workspace, job.job_id)
    return [f"{job.job_id} failed: {why}"]
