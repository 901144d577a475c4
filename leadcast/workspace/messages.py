"""Mistakes in the keys of ``leadcast.toml``, in plain words."""

from typing import Any

from pydantic import ValidationError

from leadcast.workspace.model import Workspace


def explained(error: ValidationError, parsed: dict[str, Any]) -> tuple[list[str], Workspace | None]:
    """One line per mistake."""
    return [".".join(map(str, e["loc"])) + ": " + e["msg"] for e in error.errors()], None
