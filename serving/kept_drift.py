"""What ``leadcast drift`` found when it last looked, kept beside the workspace for whoever shows it."""

import json
import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from leadcast.errors import LeadcastError, OutputError
from leadcast.moment import read_moment
from leadcast.places import state_folder
from leadcast.workspace.model import Workspace
from serving.gauges import DRIFT
from serving.model_messages import DriftTold, MovementTold, OutcomesSince

MOST_FEATURES = 20
SCORE_MOVED, SCORE_STAYED = "moved", "as before"


def keep_drift(workspace: Workspace, found: dict[str, Any]) -> None:
    """Keep what was found of each target; a reader sees the old or the new, never half of it.

    Raises
    ------
    OutputError : the folder cannot be written
    """
    place = state_folder(workspace)
    try:
        place.mkdir(exist_ok=True)
        number, beside = tempfile.mkstemp(dir=place, prefix=f".{DRIFT}-")
        with os.fdopen(number, "w", encoding="utf-8") as out:
            json.dump({"drift": found}, out)
        Path(beside).replace(place / DRIFT)
    except OSError as refused:
        raise OutputError(f"{DRIFT} cannot be kept in {place.name} ({type(refused).__name__}): the service will not show what "
                          "was found. Make the folder writable and look again.") from None


def kept_drift(workspace: Workspace, target: str, model: str, now: np.datetime64) -> DriftTold | None:
    """What was found of a target; None where nobody looked, it cannot be read, or its data end after ``now``.

    Parameters
    ----------
    model : the version that answers now, as scores name it
    """
    try:
        found = json.loads((state_folder(workspace) / DRIFT).read_text(encoding="utf-8"))["drift"][target]
        looked = found.get("as_of")
        if looked is not None and read_moment(looked) > now:
            return None
        return _told(found, model)
    except (OSError, ValueError, LookupError, TypeError, AttributeError, LeadcastError):
        return None


def _told(found: dict[str, Any], model: str) -> DriftTold:
    features = sorted((_movement(one) for one in found["features"]), key=lambda one: (not one.moved, -one.part))
    outcomes = found["outcomes"]
    score = {**found["score"], "words": SCORE_MOVED if found["score"]["moved"] else SCORE_STAYED}
    return DriftTold(
        as_of=found.get("as_of"), since=found["since"], model=found.get("model", ""),
        is_of_this_model=found.get("model") == model,
        **{key: found[key] for key in ("rows", "entities", "retrain", "verdict", "reasons")}, score=_movement(score),
        features=features[:MOST_FEATURES], moved=sum(one.moved for one in features),
        outcomes=None if outcomes is None else [OutcomesSince.model_validate(one) for one in outcomes["cohorts"]],
    )


def _movement(found: dict[str, Any]) -> MovementTold:
    return MovementTold.model_validate({key: found[key] for key in MovementTold.model_fields})
