"""Settings that ``leadcast tune`` found better than the defaults: kept beside the workspace, used by ``leadcast train``."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from leadcast.errors import LeadcastError
from leadcast.moment import read_moment
from leadcast.places import state_folder
from leadcast.workspace.model import Workspace
from training.settings import DEFAULTS, Settings


class TunedError(LeadcastError):
    """A file of tuned settings cannot be read."""


@dataclass(frozen=True)
class Tuned:
    """What a search found, and whether it is better than the defaults on outcomes that the search has not seen.

    Attributes
    ----------
    loss, default_loss : log loss of both on the newest fold, which took no part in the search
    better_share : share of bootstrap draws of whole entities in which the found settings lose less
    kept : they are in use from now on
    data_end : when the data ended that they were found on, ISO; None where these have no dates
    """

    target: str
    settings: Settings
    trials: int
    pruned: int
    loss: float
    default_loss: float
    better_share: float
    rows: int
    kept: bool
    data_end: str | None = None

    @property
    def words(self) -> str:
        if self.settings == DEFAULTS:
            return "the defaults stay: no trial did better on the folds that were searched"
        figures = (f"log loss {self.loss:.4f} against the defaults' {self.default_loss:.4f} on {self.rows:,} later rows that the "
                   f"search has not seen, better in {self.better_share:.0%} of draws")
        if self.kept:
            return f"kept: {figures}. leadcast train uses them from now on"
        return f"the defaults stay: {figures}"

    def to_json(self) -> dict[str, Any]:
        changed = {k: v for k, v in self.settings.to_json().items() if v != DEFAULTS.to_json()[k]}
        return {"target": self.target, "kept": self.kept, "words": self.words, "trials": self.trials, "pruned": self.pruned,
                "log_loss": self.loss, "default_log_loss": self.default_loss, "better_share": self.better_share,
                "rows": self.rows, "data_end": self.data_end, "changed": changed, "settings": self.settings.to_json()}


def tuned_file(workspace: Workspace, target: str) -> Path:
    return state_folder(workspace) / "tuned" / f"{target}.json"


def settings_of(workspace: Workspace, target: str, end: np.datetime64) -> Settings:
    """The settings that a target is trained with: tuned ones where there are some, else the defaults.

    Parameters
    ----------
    end : when the data end that are trained on, UTC; settings found on later ones are not used, for nobody knew them then

    Raises
    ------
    TunedError : the file cannot be read
    """
    file = tuned_file(workspace, target)
    if not file.is_file():
        return DEFAULTS
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
        settings, known = Settings.from_json(found["settings"]), found.get("data_end")
        return DEFAULTS if known is not None and read_moment(known) > end else settings
    except (ValueError, KeyError, TypeError, AttributeError, LeadcastError) as trouble:
        raise TunedError(f"The tuned settings in {file.name} cannot be used ({trouble}). Run leadcast tune --target {target} "
                         "again, or delete the file to train with the defaults.") from None


def keep(workspace: Workspace, tuned: Tuned) -> None:
    """Write them where training finds them; settings that are no better leave what is there alone."""
    if not tuned.kept:
        return
    file = tuned_file(workspace, tuned.target)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(tuned.to_json(), indent=1) + "\n", encoding="utf-8")
