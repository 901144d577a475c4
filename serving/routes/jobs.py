"""Bulk scoring: a job, how far it is, and its file."""

import json
from typing import Annotated, Any
from uuid import uuid4

import numpy as np
from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import FileResponse

from leadcast.errors import RequestError
from leadcast.moment import as_utc
from leadcast.store.columns import micro
from leadcast.store.jobs import Job, Wanted, end_job, list_jobs, make_job, read_job
from serving.answers import scorers_of
from serving.at_hand import caller_of, desk_of, now_of, request_id_of, store_of
from serving.cursors import read_cursor, written_cursor
from serving.idempotent import IsOnce, Keep
from serving.job_files import jobs_folder, remove_files, result_file
from serving.job_messages import JobPage, JobSeen, ScoreJob
from serving.limits import owners_allowed
from serving.problems import NotFound, documented, problem

MEDIA_TYPES = {"csv": "text/csv; charset=utf-8", "jsonl": "application/jsonl"}
JobId = Annotated[str, Path(pattern="^[0-9a-f]{32}$", description="as the job's creation answered it")]
FILE: dict[int | str, dict[str, Any]] = {200: {"description": "The file", "content": {
    "text/csv": {"schema": {"type": "string"}}, "application/jsonl": {"schema": {"type": "string"}}}}}


def routes() -> APIRouter:
    router = APIRouter(prefix="/v1/jobs", tags=["jobs"])

    @router.post("/score", status_code=202, response_model=JobSeen, responses=documented(400, 409, 422, 503, 507))
    def score(request: Request, once: IsOnce, body: ScoreJob) -> Response:
        """Score many leads or deals that the store knows, beside the service; one job runs after the other."""
        desk, store, now = desk_of(request), store_of(request), now_of(request)
        if body.target not in (None, *(scorer.bundle.target.name for scorer in scorers_of(desk, body.entity))):
            raise RequestError("no such target of this entity; GET /v1/models lists them", ("target",))
        wanted, caller = _wanted(request, body, now), caller_of(request).key_id

        def queue(keep: Keep) -> JobSeen:
            with store.writing() as connection:
                queued = _seen(make_job(connection, uuid4().hex, wanted, micro(now), caller, request_id_of(request)), now)
                keep(connection, queued)
            return queued

        answer = once.answer(queue, 202)
        if answer.status_code == 202:
            answer.headers["Location"] = f"/v1/jobs/{json.loads(bytes(answer.body))['id']}"
        return answer

    @router.get("", responses=documented(422, 503))
    def jobs(request: Request, limit: Annotated[int, Query(ge=1, le=500)] = 50,
             cursor: Annotated[str | None, Query(max_length=1000)] = None) -> JobPage:
        """The newest jobs; with a limited key, its own."""
        before = None if cursor is None else read_cursor(cursor, int, str)
        found = list_jobs(store_of(request), limit + 1, before, _mine(request))
        last = found[limit - 1] if len(found) > limit else None
        following = None if last is None else written_cursor(last.created_at, last.job_id)
        return JobPage(items=[_seen(job, now_of(request)) for job in found[:limit]], next=following)

    @router.get("/{job_id}", responses=documented(404, 422, 503))
    def job(request: Request, job_id: JobId) -> JobSeen:
        """How far a job is."""
        return _seen(_known(request, job_id), now_of(request))

    @router.get("/{job_id}/file", response_class=FileResponse, responses=FILE | documented(404, 409, 422, 503))
    def file(request: Request, job_id: JobId) -> Response:
        """The result: a row for each lead or deal and target, by id; in CSV what looks like a formula has an apostrophe."""
        found = _known(request, job_id)
        if found.status != "done":
            return problem(409, "conflict", f"The job is {found.status}; there is a file once it is done.")
        ending = found.wanted.format
        path = result_file(jobs_folder(desk_of(request).workspace) / job_id, ending)
        if not path.is_file():
            raise NotFound("The job's file was removed.")
        return FileResponse(path, media_type=MEDIA_TYPES[ending], filename=f"scores-{job_id[:8]}.{ending}")

    @router.delete("/{job_id}", status_code=204, response_class=Response, responses=documented(404, 422, 503, 507))
    def end(request: Request, job_id: JobId) -> Response:
        """Cancel a job that is not finished, or forget one that is; its files are removed."""
        found, now = _known(request, job_id), now_of(request)
        end_job(store_of(request), found.job_id, micro(now))
        remove_files(desk_of(request).workspace, found.job_id)
        return Response(status_code=204)

    return router


def _wanted(request: Request, body: ScoreJob, now: np.datetime64) -> Wanted:
    """A limited caller's job looks at what the caller may see when it is made."""
    allowed, asked = owners_allowed(request), body.filters.owners
    owners = asked if allowed is None else sorted(allowed if asked is None else allowed.intersection(asked))
    ids = body.filters.ids
    return Wanted(body.entity, body.target, None if owners is None else tuple(owners), None if ids is None else tuple(ids),
                  micro(now if body.as_of is None else as_utc(body.as_of)), body.explain, body.format)


def _mine(request: Request) -> str | None:
    caller = caller_of(request)
    return None if caller.limit is None else caller.key_id


def _known(request: Request, job_id: str) -> Job:
    found = read_job(store_of(request), job_id, _mine(request))
    if found is None:
        raise NotFound("There is no job of this id.")
    return found


def _seen(job: Job, now: np.datetime64) -> JobSeen:
    wanted = job.wanted
    return JobSeen(
        id=job.job_id, status=job.status, entity=wanted.entity, target=wanted.target, as_of=_moment(wanted.as_of),
        explain=wanted.explain, format=wanted.format, total=job.total, done=job.done, seconds_left=_seconds_left(job, micro(now)),
        rows=job.rows, sha256=job.checksum, file=f"/v1/jobs/{job.job_id}/file" if job.status == "done" else None, error=job.error,
        models=wanted.models, created_at=_moment(job.created_at), started_at=_moment(job.started_at),
        finished_at=_moment(job.finished_at),
    )


def _seconds_left(job: Job, now: int) -> float | None:
    if job.status != "running" or not job.done or job.started_at is None:
        return None
    return round(max(job.total - job.done, 0) * max(now - job.started_at, 0) / job.done / 1e6, 1)


def _moment(micros: int | None) -> Any:
    return None if micros is None else f"{np.datetime64(micros, 'us').item().isoformat()}+00:00"
