"""The files of a bundle: a manifest with the SHA-256 of each, JSON, and LightGBM's own text."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

import leadcast
from leadcast.bundle import Bundle, Facts, Golden, Part
from leadcast.bundle_members import curve_from_json, curve_to_json, members_from_json, members_to_json
from leadcast.calibration import read_calibrator
from leadcast.contract import Contract
from leadcast.errors import BundleError, BundleMismatch
from leadcast.members import TOLERANCE
from leadcast.reference import Reference
from leadcast.vocabulary import Target, Vocabulary

FORMAT = "leadcast-bundle/4"
MANIFEST = "manifest.json"
MEND = "Restore it, or retrain (leadcast train)."
LIBRARIES = ("lightgbm", "numpy")
JSON_FILES = ("contract", "members", "calibrator", "curve", "context", "vocabulary", "reference", "golden", "report", "recipe",
              "profile")
READABLE = ("report", "recipe")


def write_bundle(bundle: Bundle, folder: Path) -> str:
    """Write the bundle into a new or empty folder; bit for bit the same for the same bundle. Returns its version.

    Raises
    ------
    BundleError : the folder is not empty
    """
    return _write(folder, texts_of(bundle), about(bundle))


def checksum_of(bundle: Bundle) -> str:
    """The version that :func:`write_bundle` would give it."""
    return str(_manifest(texts_of(bundle), about(bundle))["checksum"])


def read_bundle(folder: Path) -> Bundle:
    """Read a bundle, every byte checked against its manifest before anything is loaded.

    Raises
    ------
    BundleError : a file is missing or changed
    BundleMismatch : the running code reads another format, or other library versions here compute other scores
    """
    manifest, texts = _read(folder)
    bundle = _assemble(manifest, texts)
    other = other_libraries(manifest)
    if other:
        _check_golden(bundle, ", ".join(other))
    return bundle


def _assemble(manifest: dict[str, Any], texts: dict[str, str]) -> Bundle:
    parsed = parse(texts)
    contract = Contract.from_json(parsed["contract"])
    if contract.fingerprint != manifest["contract_fingerprint"]:
        raise BundleError(f"The bundle's contract.json does not have the fingerprint its manifest states. {MEND}")
    members = (Part(*part) for part in members_from_json(parsed["members"], texts))
    golden = rows_from_json(parsed["golden"]["values"], len(contract.features))
    return Bundle(
        facts_from_json(manifest), contract, tuple(members), read_calibrator(parsed["calibrator"]),
        Vocabulary.from_json(parsed["vocabulary"]), Reference.from_json(parsed["reference"]),
        Golden(golden, np.array(parsed["golden"]["log_odds"], float)), parsed["context"], parsed["report"], texts["card.md"],
        parsed["recipe"], parsed["profile"], manifest["judged"], curve_from_json(parsed["curve"], texts), manifest["checksum"],
    )


def _check_golden(bundle: Bundle, other: str) -> None:
    found = bundle.log_odds(bundle.golden.values)
    gap = np.abs(found - bundle.golden.log_odds).max(initial=0.0)
    if not gap <= TOLERANCE:
        raise BundleMismatch(
            f"The bundle {bundle.target.name} was made with {other}; the versions here give its golden rows other scores "
            f"(log-odds differ by up to {gap:.2e}, allowed {TOLERANCE:.0e}). Install those versions or retrain (leadcast train "
            "--promote)."
        )


def texts_of(bundle: Bundle) -> dict[str, str]:
    """The content of every file but the manifest, by name."""
    members, files = members_to_json("member", [(part.weight, part.member) for part in bundle.parts])
    curve, more = curve_to_json(bundle.curve)
    files |= more
    golden = {"values": rows_to_json(bundle.golden.values), "log_odds": bundle.golden.log_odds.tolist()}
    content = {
        "contract": bundle.contract.to_json(), "members": members, "calibrator": bundle.calibrator.to_json(),
        "curve": curve,
        "context": bundle.context, "vocabulary": bundle.vocabulary.to_json(), "reference": bundle.reference.to_json(),
        "golden": golden, "report": bundle.report, "recipe": bundle.recipe, "profile": bundle.profile,
    }
    files |= {f"{name}.json": dump(content[name], indent=1 if name in READABLE else None) for name in JSON_FILES}
    return {**files, "card.md": bundle.card}


def about(bundle: Bundle) -> dict[str, Any]:
    """What the manifest says besides the files."""
    facts = bundle.facts
    return {
        "format": FORMAT,
        "leadcast": leadcast.__version__,
        "libraries": {name: version(name) for name in LIBRARIES},
        "target": {**asdict(facts.target), "stages": list(facts.target.stages)},
        "horizon_days": facts.horizon_days,
        "trained_as_of": str(facts.trained_as_of),
        "data_fingerprint": facts.data_fingerprint,
        "seed": facts.seed,
        "trained_on": {"rows": facts.rows, "entities": facts.entities, "positives": facts.positives},
        "contract_fingerprint": bundle.contract.fingerprint,
        "judged": bundle.judged,
    }


def facts_from_json(manifest: Mapping[str, Any]) -> Facts:
    target = Target(**{**manifest["target"], "stages": tuple(manifest["target"]["stages"])})
    return Facts(
        target, manifest["horizon_days"], np.datetime64(manifest["trained_as_of"], "us"), manifest["data_fingerprint"],
        manifest["seed"], **manifest["trained_on"],
    )


def _write(folder: Path, texts: Mapping[str, str], facts: Mapping[str, Any]) -> str:
    """Write files and manifest; returns the checksum, which is the bundle's version."""
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise BundleError(f"{folder.name} is not empty; a bundle is written into a folder of its own.")
    manifest = _manifest(texts, facts)
    for name, text in {**texts, MANIFEST: dump(manifest)}.items():
        (folder / name).write_bytes(text.encode())
    return str(manifest["checksum"])


def _manifest(texts: Mapping[str, str], facts: Mapping[str, Any]) -> dict[str, Any]:
    manifest = {**facts, "files": {name: sha256(text.encode()) for name, text in sorted(texts.items())}}
    return {**manifest, "checksum": _checksum(manifest)}


def _read(folder: Path) -> tuple[dict[str, Any], dict[str, str]]:
    """Manifest and texts, once every hash agrees.

    Raises
    ------
    BundleError : names the file that is missing or changed, or the format found
    """
    manifest = _read_manifest(folder)
    texts = {}
    for name, expected in manifest["files"].items():
        if Path(name).name != name:
            raise BundleError(f"The bundle's manifest names {name!r}, which is not a file of its own folder. {MEND}")
        content = _bytes(folder, name)
        if sha256(content) != expected:
            raise BundleError(f"The bundle's {name} differs from its manifest (SHA-256): it was changed or cut short. {MEND}")
        texts[name] = content.decode()
    return manifest, texts


def parse(texts: Mapping[str, str]) -> dict[str, Any]:
    """Every JSON file of the format.

    Raises
    ------
    BundleError : names the files that the bundle lacks
    """
    lacking = [f"{name}.json" for name in JSON_FILES if f"{name}.json" not in texts] + [n for n in ("card.md",) if n not in texts]
    if lacking:
        raise BundleError(f"The bundle lacks {', '.join(lacking)}; it holds {', '.join(texts)}. {MEND}")
    return {name: json.loads(texts[f"{name}.json"]) for name in JSON_FILES}


def other_libraries(manifest: Mapping[str, Any]) -> list[str]:
    """The libraries, with their versions at training, that differ from those installed here."""
    return [f"{name} {made}" for name, made in manifest["libraries"].items() if made != version(name)]


def rows_to_json(values: np.ndarray) -> list[list[float | None]]:
    return [[None if np.isnan(x) else x for x in row] for row in values.tolist()]


def rows_from_json(rows: list[list[float | None]], width: int) -> np.ndarray:
    return np.array([[np.nan if x is None else x for x in row] for row in rows], float).reshape(len(rows), width)


def dump(data: Any, indent: int | None = 1) -> str:
    """JSON that is the same for the same data; infinity and NaN are refused."""
    return json.dumps(data, allow_nan=False, indent=indent, ensure_ascii=False) + "\n"


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _checksum(manifest: Mapping[str, Any]) -> str:
    return sha256(dump({k: v for k, v in manifest.items() if k != "checksum"}).encode())


def _read_manifest(folder: Path) -> dict[str, Any]:
    try:
        manifest = json.loads(_bytes(folder, MANIFEST))
    except ValueError:
        raise BundleError(f"The bundle's {MANIFEST} is not readable as JSON: changed or cut short. {MEND}") from None
    manifest = manifest if isinstance(manifest, dict) else {}
    if (found := manifest.get("format")) != FORMAT:
        made_by = f"Leadcast {manifest['leadcast']}" if "leadcast" in manifest else "an earlier version"
        raise BundleMismatch(
            f"The bundle has format {found!r} (made by {made_by}); here runs Leadcast {leadcast.__version__}, which "
            f"reads {FORMAT!r}. Retrain with this version (leadcast train --promote), or run the version that made it."
        )
    if manifest.get("checksum") != _checksum(manifest):
        raise BundleError(f"The bundle's {MANIFEST} does not match its own checksum: it was changed. {MEND}")
    return dict(manifest)


def _bytes(folder: Path, name: str) -> bytes:
    try:
        return (folder / name).read_bytes()
    except OSError:
        found = ", ".join(_names(folder)) or "nothing"
        raise BundleError(f"The bundle lacks {name}; the folder holds {found}. {MEND}") from None


def _names(folder: Path) -> Iterator[str]:
    return iter(sorted(p.name for p in folder.iterdir())) if folder.is_dir() else iter(())
