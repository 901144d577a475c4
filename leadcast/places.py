"""Where a workspace keeps its models, and what they are called."""

import os
from pathlib import Path

from leadcast.workspace.model import Workspace

ALIAS = "champion"
"""The version that answers."""
CHALLENGER = "challenger"
"""The newest version, until it is promoted or the next one comes."""


def state_folder(workspace: Workspace) -> Path:
    """Where Leadcast writes; made by whoever writes first."""
    return workspace.folder / ".leadcast"


def tracking_uri(workspace: Workspace) -> str:
    """``MLFLOW_TRACKING_URI``, else an SQLite database beside the workspace."""
    given = os.environ.get("MLFLOW_TRACKING_URI")
    return given or f"sqlite:///{(state_folder(workspace) / 'mlflow.db').resolve()}"


def model_name(workspace: str, target: str) -> str:
    """The registered model's name, such as ``acme-mql``."""
    return f"{workspace}-{target}"
