"""A report's files: what they are called, and written whole or not at all."""

import os
import re
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Literal

from leadcast.errors import OutputError
from serving.report.content import Content

Format = Literal["html", "xlsx"]
FORMATS: tuple[Format, ...] = ("html", "xlsx")
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


def writers() -> Mapping[Format, Callable[[Content], bytes]]:
    """How each format is made."""
    from serving.report.html import html_report
    from serving.report.workbook import workbook_report

    return {"html": lambda content: html_report(content).encode("utf-8", "replace"), "xlsx": workbook_report}


def file_name(content: Content) -> str:
    """Company, period and day, and whose it is where it is not everybody's; without an ending."""
    outlook = content.outlook
    scope = [f"{name}-{value}" for name, value in outlook["scope"].items() if value is not None]
    parts = [content.company, outlook["period"]["name"], str(content.words.day(outlook["as_of"])), *scope]
    return "_".join(_UNSAFE.sub("-", part).strip("-") for part in parts)


def places_of(content: Content, out: Path, formats: Sequence[Format]) -> dict[Format, Path]:
    """Where each file goes: ``out`` itself where it is the name of a file, else a file in that folder."""
    if out.suffix.lower().removeprefix(".") in FORMATS and len(formats) == 1:
        return {formats[0]: out}
    return {form: out / f"{file_name(content)}.{form}" for form in formats}


def write_report(content: Content, out: Path, formats: Sequence[Format]) -> list[Path]:
    """Write the files, in place of older ones; their folder is made if need be.

    Raises
    ------
    OutputError : a place cannot be written
    """
    made, places = writers(), places_of(content, out, formats)
    for form, place in places.items():
        _write(place, made[form](content))
    return list(places.values())


def _write(place: Path, content: bytes) -> None:
    beside: Path | None = None
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        number, name = tempfile.mkstemp(dir=place.parent, prefix=f".{place.name[:60]}.")
        beside = Path(name)
        with os.fdopen(number, "wb") as out:
            out.write(content)
        beside.chmod(0o644)
        beside.replace(place)
    except OSError as refused:
        if beside is not None:
            beside.unlink(missing_ok=True)
        raise OutputError(f"{place} cannot be written: {refused.strerror}.") from None
