"""The versions of a target that answer or answered, as far as the store and the copies on this machine know them."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from leadcast.bundle import Facts
from leadcast.bundle_files import MANIFEST, facts_from_json
from leadcast.moment import as_datetime, iso
from leadcast.store import Store
from leadcast.store.models_seen import current_scores, first_scores
from serving.copies import MODELS, number_of, serving_folder
from serving.desk import Desk
from serving.model_messages import VersionTold
from serving.model_told import verdict_of


def versions_of(desk: Desk, store: Store | None, target: str, now: np.datetime64) -> list[VersionTold]:
    """Newest first. A version that was never served from here is for ``leadcast models`` to list.

    Raises
    ------
    StoreUnavailable : the database does not answer
    """
    scorer = desk.scorers[target]
    name, _, answers = scorer.model.partition("/")
    first: dict[str, np.datetime64] = {}
    current: dict[str, int] = {}
    if store is not None:
        with store.reading() as connection:
            first, current = first_scores(connection, scorer.bundle.entity, target, now), current_scores(connection, target)
    known = {**_copies(serving_folder(desk.workspace) / MODELS / target), answers: (scorer.bundle.facts, scorer.bundle.report)}
    scored = {model.partition("/")[2] for model in {*first, *current} if model.partition("/")[0] == name}
    numbered = sorted({*known, *scored}, key=lambda version: (_number(version), version), reverse=True)
    return [_told(version, version == answers, known.get(version), first.get(f"{name}/{version}"),
                  current.get(f"{name}/{version}", 0)) for version in numbered]


def _copies(folder: Path) -> dict[str, tuple[Facts, dict[str, Any]]]:
    """What each copy says of itself; one that cannot be read, or is of another format, is left out."""
    found = {}
    for copy in folder.iterdir() if folder.is_dir() else ():
        try:
            manifest, report = (json.loads((copy / file).read_bytes()) for file in (MANIFEST, "report.json"))
            found[copy.name] = facts_from_json(manifest), dict(report)
            verdict_of(report)
        except (OSError, ValueError, LookupError, TypeError):
            found.pop(copy.name, None)
    return found


def _told(
    version: str, answers: bool, known: tuple[Facts, dict[str, Any]] | None, first: np.datetime64 | None, scores: int
) -> VersionTold:
    facts, report = known or (None, {})
    figures = (report.get("metrics") or {}).get("model") or {}
    return VersionTold(
        version=version, answers=answers, trained_as_of=None if facts is None else iso(facts.trained_as_of),
        first_score_at=None if first is None else as_datetime(first), scores=scores,
        rows=None if facts is None else facts.rows, positives=None if facts is None else facts.positives,
        **{key: figures.get(key) for key in ("auc", "auc_low", "auc_high", "log_loss")},
        verdict=None if facts is None else verdict_of(report),
    )


def _number(version: str) -> int:
    try:
        return number_of(version)
    except ValueError:  # a bundle that no registry knows
        return 0
