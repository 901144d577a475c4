"""Scores are worked out one request after the other in each process.

Several threads that compute at once only take the interpreter's lock from each other, at every step of the database: clients
then wait longer, and fewer are served. What a worker cannot do now, the other one does, or it waits its turn.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from anyio import CapacityLimiter, to_thread
from fastapi import Request

AT_ONCE = 1
Made = TypeVar("Made")


async def in_turn(request: Request, work: Callable[[], Made]) -> Made:
    """The result of some work, done in a thread once its turn has come; the event loop stays free for everybody else."""
    state: Any = request.app.state
    if not hasattr(state, "turns"):
        state.turns = CapacityLimiter(AT_ONCE)
    return await to_thread.run_sync(work, limiter=state.turns)
