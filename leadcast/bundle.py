"""The bundle: everything a model needs to score rows and to be checked, without pickle and without code."""

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from leadcast import bundle_files
from leadcast.calibration import Calibrator, probability
from leadcast.contract import Contract
from leadcast.errors import BundleError
from leadcast.members import TOLERANCE, Member, read_member
from leadcast.reference import Reference
from leadcast.vocabulary import Entity, Target, Vocabulary


@dataclass(frozen=True)
class Scored:
    """Scores of n rows; ``base + contributions.sum(1) + calibration`` is ``log_odds`` within 1e-9.

    Attributes
    ----------
    log_odds, probability : of the served, calibrated probability, shape (n,)
    contributions : log-odds by feature, shape (n, p)
    base : what an average row starts from
    calibration : the calibrator's own part, shape (n,)
    """

    log_odds: np.ndarray
    probability: np.ndarray
    contributions: np.ndarray
    base: float
    calibration: np.ndarray


@dataclass(frozen=True)
class Part:
    """A member of the blend and its weight; weights sum to 1."""

    weight: float
    member: Member


@dataclass(frozen=True)
class Golden:
    """A few rows and their log-odds, to recognise a library that computes otherwise."""

    values: np.ndarray
    log_odds: np.ndarray


@dataclass(frozen=True)
class Facts:
    """What a model was trained on; no clock of the machine, only times of the data.

    Attributes
    ----------
    trained_as_of : the end of the data it has seen, UTC
    rows, entities, positives : of everything matured that it was fitted on
    """

    target: Target
    horizon_days: float
    trained_as_of: np.datetime64
    data_fingerprint: str
    seed: int
    rows: int
    entities: int
    positives: int


@dataclass(frozen=True)
class Bundle:
    """A blend of members in log-odds, calibrated, with its contract, context, reference population and report."""

    facts: Facts
    contract: Contract
    parts: tuple[Part, ...]
    calibrator: Calibrator
    vocabulary: Vocabulary
    reference: Reference
    golden: Golden
    context: dict[str, Any]
    report: dict[str, Any]
    card: str
    version: str = field(default="", compare=False)

    @property
    def target(self) -> Target:
        return self.facts.target

    @property
    def entity(self) -> Entity:
        return self.facts.target.entity

    @cached_property
    def rung(self) -> str:
        """The kind of the member that weighs most: base_rate, logistic or trees."""
        return max(self.parts, key=lambda part: part.weight).member.kind

    def log_odds(self, values: np.ndarray) -> np.ndarray:
        """Calibrated log-odds alone, without reasons; shape (n,)."""
        blended = blend(self.parts, self._checked(values))
        return blended + self.calibrator.part(blended)

    def score(self, values: np.ndarray) -> Scored:
        """Score rows of the contract.

        Parameters
        ----------
        values : float64, shape (n, p), columns in the contract's order; NaN = missing

        Raises
        ------
        BundleError : the number of columns is not the contract's
        """
        values = self._checked(values)
        blended, contributions, base = blend(self.parts, values), np.zeros(values.shape), 0.0
        for part in self.parts:
            shares, start = part.member.contributions(values)
            contributions += part.weight * shares
            base += part.weight * start
        calibration = self.calibrator.part(blended)
        log_odds = blended + calibration
        return Scored(log_odds, probability(log_odds), contributions, base, calibration)

    def _checked(self, values: np.ndarray) -> np.ndarray:
        if values.ndim != 2 or values.shape[1] != len(self.contract.features):
            raise BundleError(
                f"The model {self.target.name} takes rows of {len(self.contract.features)} features, found shape {values.shape}. "
                "Compute them with the bundle's own context."
            )
        return np.ascontiguousarray(values, dtype=np.float64)


def blend(parts: tuple[Part, ...], values: np.ndarray) -> np.ndarray:
    """The members' log-odds by weight, shape (n,), before calibration; always summed in the same order."""
    total = np.zeros(len(values))
    for part in parts:
        total += part.weight * part.member.log_odds(values)
    return total


def write_bundle(bundle: Bundle, folder: Path) -> str:
    """Write the bundle into a new or empty folder; bit for bit the same for the same bundle. Returns its version.

    Raises
    ------
    BundleError : the folder is not empty
    """
    return bundle_files.write(folder, bundle_files.texts_of(bundle), bundle_files.about(bundle))


def read_bundle(folder: Path) -> Bundle:
    """Read a bundle, every byte checked against its manifest before anything is loaded.

    Raises
    ------
    BundleError : a file is missing, changed or of another format, or this version computes other scores
    """
    manifest, texts = bundle_files.read(folder)
    bundle = _assemble(manifest, texts)
    other = bundle_files.other_libraries(manifest)
    if other:
        _check_golden(bundle, ", ".join(other))
    return bundle


def _assemble(manifest: dict[str, Any], texts: dict[str, str]) -> Bundle:
    parsed = bundle_files.parse(texts)
    contract = Contract.from_json(parsed["contract"])
    if contract.fingerprint != manifest["contract_fingerprint"]:
        raise BundleError(f"The bundle's contract.json does not have the fingerprint its manifest states. {bundle_files.MEND}")
    members = (Part(m["weight"], read_member(m["kind"], texts[m["file"]])) for m in parsed["members"])
    golden = bundle_files.rows_from_json(parsed["golden"]["values"], len(contract.features))
    return Bundle(
        bundle_files.facts_from_json(manifest), contract, tuple(members), Calibrator(**parsed["calibrator"]),
        Vocabulary.from_json(parsed["vocabulary"]), Reference.from_json(parsed["reference"]),
        Golden(golden, np.array(parsed["golden"]["log_odds"], float)), parsed["context"], parsed["report"], texts["card.md"],
        manifest["checksum"],
    )


def _check_golden(bundle: Bundle, other: str) -> None:
    found = bundle.log_odds(bundle.golden.values)
    gap = np.abs(found - bundle.golden.log_odds).max(initial=0.0)
    if not gap <= TOLERANCE:
        raise BundleError(
            f"The bundle {bundle.target.name} was made with {other}; the versions here give its golden rows other scores "
            f"(log-odds differ by up to {gap:.2e}, allowed {TOLERANCE:.0e}). Install those versions or retrain (leadcast train)."
        )
