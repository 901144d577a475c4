"""What the gate adds to every path, for OpenAPI: how to show a key, and its answers."""

from typing import Any

from serving.permissions import is_open
from serving.problems import documented

ALWAYS, WITH_BODY, SIGN_IN = (401, 403, 414, 429, 503), (400, 408, 413, 415, 422), (400, 408, 413, 414, 415, 422, 429)
KEYS = {"bearer": {"type": "http", "scheme": "bearer", "description": "a key of leadcast keys add"},
        "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
        "session": {"type": "apiKey", "in": "cookie", "name": "leadcast_session", "description": "of POST /v1/session"}}


def describe_gate(schema: dict[str, Any]) -> None:
    """Add the gate's answers and the ways to show a key to an OpenAPI schema, in place."""
    schema["components"]["securitySchemes"] = KEYS
    schema["security"] = [{name: []} for name in KEYS]
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            if is_open(method.upper(), path):
                operation["security"] = []
                added: tuple[int, ...] = SIGN_IN if path.startswith("/v1") else (414,)
            else:
                added = (*ALWAYS, *(WITH_BODY if "requestBody" in operation else ()))
            for status, answer in documented(*added).items():
                operation["responses"].setdefault(str(status), answer)
            operation["responses"] = dict(sorted(operation["responses"].items()))
