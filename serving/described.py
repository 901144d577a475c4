"""What OpenAPI is told beside the paths themselves: what the gate adds to each, and what an answer looks like."""

import json
from importlib.resources import files
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


def add_examples(schema: dict[str, Any]) -> None:
    """Give every answer an example, out of a real one, in place; a test keeps them true to their schemas."""
    known = json.loads((files("serving") / "answer_examples.json").read_text(encoding="utf-8"))
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            example = known.get(f"{method.upper()} {path}")
            for status, answer in operation["responses"].items():
                if example is not None and status.startswith("2") and "application/json" in answer.get("content", {}):
                    answer["content"]["application/json"]["example"] = example
