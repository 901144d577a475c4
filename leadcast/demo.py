"""The whole path once, on a simulated CRM or on a real workspace, for someone who watches."""

from pathlib import Path


def run_demo(workspace: Path | None, data: Path | None, leads: int, seed: int, keep_serving: bool) -> None:
    raise NotImplementedError
