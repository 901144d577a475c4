"""Where a workspace keeps its models, and what they are called."""

import os
from pathlib import Path

from leadcast.workspace.model import Workspace

STATE = "LEADCAST_STATE"
"""The folder that takes the place of the workspace's own where a past day is shown."""
ALIAS = "champion"
"""The version that answers."""
CHALLENGER = "challenger"
"""The newest version, until it is promoted or the next one comes."""


def state_folder(workspace: Workspace) -> Path:
    """Where Leadcast writes, ``.leadcast`` beside the workspace; made by whoever writes first."""
    given = os.environ.get(STATE)
    return Path(given) if given else workspace.folder / ".leadcast"


def tracking_uri(workspace: Workspace) -> str:
    """``MLFLOW_TRACKING_URI``, else an SQLite database beside the workspace."""
    given = os.environ.get("MLFLOW_TRACKING_URI")
    return given or f"sqlite:///{(state_folder(workspace) / 'mlflow.db').resolve()}"


def model_name(workspace: str, target: str) -> str:
    """The registered model's name, such as ``acme-mql``."""
    return f"{workspace}-{target}"
