"""The end of a service without a lost request: it says that it goes, asks its clients to leave, then lets nobody new in."""

import ctypes
import os
import socket
import struct
import sys
from typing import Any

from serving.problems import problem

DRAINING, CLOSED = "draining", "closed"
"""What the drain file says: clients are asked to leave; nobody new is let in."""
SO_ATTACH_FILTER = 26
"""Linux's, which the socket module does not name."""
DROP_ALL = struct.pack("HBBI", 0x06, 0, 0, 0)
"""A packet filter of one instruction: return 0 bytes."""
GOING = problem(503, "draining", "The service is being stopped; ask another one.")


class Draining:
    """An ASGI app around ours: while ``state.draining``, ``/readyz`` says so and every answer closes its connection."""

    def __init__(self, app: Any, state: Any) -> None:
        self.app, self.state = app, state

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def leaving(message: Any) -> None:
            if self.state.draining and message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", ()), (b"connection", b"close")]}
            await send(message)

        app = GOING if self.state.draining and scope["path"] == "/readyz" else self.app
        await app(scope, receive, leaving)


def let_nobody_in(listening: int) -> None:
    """Drop whatever knocks at a listening socket; who was let in already is served to the end.

    Without this, the kernel would go on accepting connections that no process takes any more, and reset them at the end with
    their requests unanswered. So they wait, and are refused once the port is closed. Elsewhere than on Linux: nothing.

    Parameters
    ----------
    listening : the socket's file descriptor; the filter holds for every process that shares it
    """
    if sys.platform != "linux":
        return
    instruction = ctypes.create_string_buffer(DROP_ALL)
    program = struct.pack("HL", 1, ctypes.addressof(instruction))
    with socket.socket(fileno=os.dup(listening)) as door:
        door.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, program)
