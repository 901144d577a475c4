"""Requests that may be sent again: with an ``Idempotency-Key`` the first answer is given once more, and nothing is done twice."""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated, Any

from fastapi import Depends, Header, Request, Response
from pydantic import BaseModel

from leadcast.store.columns import micro
from leadcast.store.idempotency import InProgress, KeyReused, claim, release, seal
from serving.at_hand import caller_of, now_of, store_of
from serving.problems import problem

REPLAYED = "Idempotent-Replay"
Keep = Callable[[Any, BaseModel], None]
"""Keeps an answer in the transaction (a connection of the store) that writes what was asked for."""
Work = Callable[[Keep], BaseModel]


@dataclass(frozen=True)
class Once:
    """A request that writes, with the key that its sender gave it."""

    request: Request
    key: str | None
    request_hash: str

    def answer(self, work: Work, status: int = 200) -> Response:
        """The answer of the work, or the one that was given to the same request before.

        The key holds for a day and for its caller. With another request it is refused (422 ``idempotency_key_reused``), while
        the first is running as well (409 ``in_progress``). Where the work fails, the key is free again.

        Parameters
        ----------
        work : is given ``keep``, which it should call within its transaction; an answer that it did not keep is kept afterwards
        """
        if self.key is None:
            return _json(work(lambda connection, answer: None).model_dump_json(), status)
        store, caller = store_of(self.request), caller_of(self.request).key_id
        now = micro(now_of(self.request))
        try:
            known = claim(store, caller, self.key, self.request_hash, now)
        except KeyReused as mistake:
            return problem(422, "idempotency_key_reused", str(mistake))
        except InProgress as mistake:
            return problem(409, "in_progress", str(mistake), headers={"Retry-After": "1"})
        if known is not None:
            return _json(known.answer, known.status, {REPLAYED: "true"})
        kept = False

        def keep(connection: Any, answer: BaseModel) -> None:
            nonlocal kept
            seal(connection, caller, str(self.key), self.request_hash, status, answer.model_dump_json(), now)
            kept = True

        try:
            answer = work(keep)
        except Exception:
            release(store, caller, self.key, self.request_hash)
            raise
        if not kept:
            with store.writing() as connection:
                keep(connection, answer)
        return _json(answer.model_dump_json(), status)


async def once(
    request: Request,
    key: Annotated[str | None, Header(
        alias="Idempotency-Key", min_length=1, max_length=255, pattern=r"^[!-~]+$",
        description="any text of the sender's that no other request of a day has: sent again, the request is not done again but "
        "answered as before, with the header Idempotent-Replay")] = None,
) -> Once:
    """The key of a request and the hash of its method, path and body."""
    told = sha256()
    for part in (request.method, request.url.path, request.url.query):
        told.update(part.encode() + b"\0")
    told.update(await request.body())
    return Once(request, key, told.hexdigest())


IsOnce = Annotated[Once, Depends(once)]


def _json(answer: str, status: int, headers: dict[str, str] | None = None) -> Response:
    return Response(answer, status, headers, "application/json")
