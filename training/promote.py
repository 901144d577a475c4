"""Who answers from now on: the challenger takes over only if it is not worse than the champion on rows neither has seen."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from leadcast.bundle import Bundle
from leadcast.comparison import Difference
from leadcast.errors import BundleMismatch, RegistryError
from leadcast.history import History
from leadcast.moment import minute
from leadcast.places import model_name
from leadcast.workspace.model import Workspace
from training.contest import Contest, Opened, can_run, hold_contest
from training.registry import make_champion, note_verdict
from training.versions import Model, Version, open_version, read_model

PREVIOUS = "previous"


@dataclass(frozen=True)
class Verdict:
    """What became of a target's challenger.

    Attributes
    ----------
    promoted : the alias was moved to ``version``
    before : who was champion before, None where nobody was
    refused : there was a challenger, and it stays one
    contest : the comparison, where there was one
    """

    target: str
    name: str
    version: int
    before: int | None
    promoted: bool
    refused: bool
    words: str
    contest: Contest | None = None

    @property
    def differences(self) -> tuple[Difference, ...]:
        return () if self.contest is None else self.contest.differences

    def to_json(self) -> dict[str, Any]:
        compared = None if self.contest is None else self.contest.to_json()
        return {"target": self.target, "name": self.name, "version": self.version, "before": self.before,
                "promoted": self.promoted, "refused": self.refused, "verdict": self.words, "comparison": compared}


def promote(workspace: Workspace, history: History, target: str, at: str) -> Verdict:
    """Let the newest version of a target take over if it passes the gate of ``[promotion]``; the verdict is kept with it.

    Parameters
    ----------
    history : the workspace's data as they are now; both models say what they say of its newest outcomes
    at : the time of the decision, for the record

    Raises
    ------
    RegistryError : the registry does not answer, or nothing is trained yet
    BundleError : the challenger's files are missing or changed, or the running code computes other features
    """
    model = _model(workspace, target)
    challenger = model.challenger or model.versions[0]
    champion = model.champion
    if champion is not None and champion.version == challenger.version:
        return Verdict(target, model.name, challenger.version, champion.version, False, False,
                       f"version {challenger.version} is the champion already; train a new one first (leadcast train)")
    opened = open_version(workspace, challenger)
    can_run(opened[0], history)
    promoted, words, contest = _decided(workspace, history, opened, champion)
    words = f"version {challenger.version} {'is champion now' if promoted else 'is refused'}: {words}"
    before = None if champion is None else champion.version
    verdict = Verdict(target, model.name, challenger.version, before, promoted, not promoted, words, contest)
    _record(workspace, challenger, verdict, at)
    return verdict


def roll_to(workspace: Workspace, history: History, target: str, to: str, at: str) -> Verdict:
    """Make a version champion by hand, without a comparison: a roll-back, or somebody's own decision.

    Parameters
    ----------
    to : a version's number, or "previous" for the one before the champion

    Raises
    ------
    RegistryError : there is no such version
    BundleError : its files are missing or changed, or it cannot run here
    """
    model = _model(workspace, target)
    version, before = _named(model, to), model.champion.version if model.champion else None
    if version.version == before:
        return Verdict(target, model.name, version.version, before, False, False, f"version {before} is the champion already")
    can_run(open_version(workspace, version)[0], history)
    words = f"version {version.version} is champion now: chosen by hand" + (f", before it version {before} was" if before else "")
    verdict = Verdict(target, model.name, version.version, before, True, False, words)
    _record(workspace, version, verdict, at)
    return verdict


def _model(workspace: Workspace, target: str) -> Model:
    model = read_model(workspace, model_name(workspace.workspace.name, target))
    if not model.versions:
        raise RegistryError(f"No model {model.name} is registered. Run leadcast train.")
    return model


def _named(model: Model, to: str) -> Version:
    number = model.previous if to == PREVIOUS else int(to) if to.isdecimal() else None
    found = None if number is None else model.find(number)
    if to == PREVIOUS and number is None:
        raise RegistryError(f"{model.name}: nobody was champion before. leadcast models shows the versions; --to takes a number.")
    if found is None:
        known = ", ".join(str(v.version) for v in reversed(model.versions))
        raise RegistryError(f"{model.name} has no version {to}; it has {known}. leadcast models shows them.")
    return found


def _decided(
    workspace: Workspace, history: History, challenger: Opened, champion: Version | None
) -> tuple[bool, str, Contest | None]:
    if champion is None:
        return True, "there was no champion", None
    try:
        opened = open_version(workspace, champion)
        can_run(opened[0], history)
    except BundleMismatch as reason:
        return True, f"the champion before it, version {champion.version}, cannot run here any more ({reason})", None
    if opened[0].version == challenger[0].version:
        return True, f"it is the same model as version {champion.version}, bit for bit", None
    if asked := _another_question(challenger[0], opened[0]):
        return False, f"{asked}. leadcast promote --to VERSION decides by hand", None
    contest = hold_contest(history, challenger, opened, workspace.promotion)
    return contest.passed, contest.words, contest


def _another_question(challenger: Bundle, champion: Bundle) -> str | None:
    """Why two models cannot be compared: they say something else."""
    if challenger.target.stages != champion.target.stages or challenger.entity != champion.entity:
        return "it says something else than the champion: the target's stages in leadcast.toml have changed"
    if challenger.facts.horizon_days != champion.facts.horizon_days:
        return (f"it says what happens within {challenger.facts.horizon_days} days, the champion within "
                f"{champion.facts.horizon_days}; horizon_days in leadcast.toml keeps it the same")
    return None


def _record(workspace: Workspace, version: Version, verdict: Verdict, at: str) -> None:
    if verdict.promoted:
        note: Mapping[str, Any] = {"at": at, "why": verdict.words, "data_end": version.data_end}
        make_champion(workspace, verdict.name, version.version, note)
    note_verdict(workspace, verdict.name, version.version, verdict.words, {"at": at, **verdict.to_json()})


def data_end(version: Version) -> str:
    """When a version's data ended, as people read it."""
    return minute(np.datetime64(version.data_end, "us")) if version.data_end else "-"
