"""How a bundle stores members: a list as JSON that names, for each, its kind, its weight and the file with its text."""

from collections.abc import Mapping, Sequence
from typing import Any

from leadcast.calibration import read_calibrator
from leadcast.hazards import CurveModel, Hazard
from leadcast.members import Member, read_member

Stored = tuple[list[dict[str, Any]], dict[str, str]]
HAZARDS = ("win", "lose")


def members_to_json(name: str, parts: Sequence[tuple[float, Member]]) -> Stored:
    """The list of (weight, member), and the content of their files by name."""
    listed, files = [], {}
    for number, (weight, member) in enumerate(parts):
        file = f"{name}-{number}-{member.kind}.{'txt' if member.kind == 'trees' else 'json'}"
        listed.append({"kind": member.kind, "weight": weight, "file": file})
        files[file] = member.to_text()
    return listed, files


def members_from_json(listed: Sequence[dict[str, Any]], texts: Mapping[str, str]) -> tuple[tuple[float, Member], ...]:
    """What :func:`members_to_json` stored."""
    return tuple((m["weight"], read_member(m["kind"], texts[m["file"]])) for m in listed)


def curve_to_json(curve: CurveModel | None) -> tuple[dict[str, Any] | None, dict[str, str]]:
    """A curve as JSON, None where there is none, and the files of its hazards' members."""
    if curve is None:
        return None, {}
    stored, files = curve.to_json(), dict[str, str]()
    for name, hazard in (("win", curve.win), ("lose", curve.lose)):
        if hazard is None:
            stored[name] = None
            continue
        listed, texts = members_to_json(f"curve-{name}", hazard.parts)
        stored[name] = {"members": listed, "calibrator": hazard.calibrator.to_json()}
        files |= texts
    return stored, files


def curve_from_json(stored: dict[str, Any] | None, texts: Mapping[str, str]) -> CurveModel | None:
    """What :func:`curve_to_json` stored."""
    if stored is None:
        return None
    win, lose = (None if stored[name] is None else Hazard(members_from_json(stored[name]["members"], texts),
                                                         read_calibrator(stored[name]["calibrator"])) for name in HAZARDS)
    assert win is not None
    return CurveModel(
        tuple(stored["days"]), win, lose, tuple(stored["growing"]), stored["horizon_days"], stored["share"], stored["level"],
        tuple(stored["shock"]), tuple(stored["ratios"]),
    )
