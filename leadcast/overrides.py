"""What a scenario changes, as a file or a command line says it.

>>> overrides_from_texts(["amount:D-17=50000", "drop:largest", "rate:region=North*1.1", "hire:reps=2,start=2026-04-01"]).drop
('largest',)
"""

import json
import tomllib
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from leadcast.errors import LeadcastError
from leadcast.workspace.messages import did_you_mean, shown

LARGEST = "largest"
TEXTS = ("amount:DEAL=50000", "close:DEAL=2026-03-20", "probability:DEAL=0.9", "drop:DEAL", f"drop:{LARGEST}",
         "rate:COLUMN=VALUE*1.1", "hire:reps=2,start=2026-04-01,ramp_days=90")


class ScenarioError(LeadcastError):
    """A scenario that cannot be read, or that speaks of something that is not in the forecast."""


def _day(value: Any) -> Any:
    return date.fromisoformat(value) if isinstance(value, str) else value


Day = Annotated[date, BeforeValidator(_day)]


class _Part(BaseModel):
    """A part of a scenario; an unknown key is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class Deal(_Part):
    """Another amount, closing day or chance of one deal."""

    amount: float | None = Field(None, ge=0, description="the amount it will have")
    close: Day | None = Field(None, description="the day on which the win comes, if it comes")
    probability: float | None = Field(None, ge=0, le=1, description="P(won in the period); with close: P(won at all)")


class Rate(_Part):
    """Another win rate of all that have a value in a column."""

    column: str = Field(min_length=1, description="a column of the forecast's rows, such as region")
    value: str = Field(description="its value; (none) for those without one")
    factor: float = Field(ge=0, description="what to multiply the probability with; it never passes 1")


class Hire(_Part):
    """More people who bring new business."""

    reps: int = Field(gt=0, description="how many")
    start: Day = Field(description="their first day")
    ramp_days: float = Field(90.0, ge=0, description="until they bring as much as the others, growing day by day")
    per_rep_per_day: float | None = Field(
        None, ge=0, description="wins from new deals per rep and day; default: what the present owners bring on average")


class Overrides(_Part):
    """A whole scenario."""

    deals: dict[str, Deal] = Field(default_factory=dict, description="by deal")
    drop: Annotated[tuple[str, ...], BeforeValidator(lambda v: tuple(v) if isinstance(v, list) else v)] = Field(
        (), description=f'deals to leave out; "{LARGEST}": the open one with the largest amount')
    rates: Annotated[tuple[Rate, ...], BeforeValidator(lambda v: tuple(v) if isinstance(v, list) else v)] = Field(
        (), description="win rates of segments")
    hire: Hire | None = Field(None, description="people to hire")
    note: str = Field("", description="in your own words")


def read_overrides(path: Path) -> Overrides:
    """A scenario from a TOML or JSON file.

    Raises
    ------
    ScenarioError : the file is not there, is neither, or says something impossible; every mistake is one line
    """
    try:
        text = path.read_text(encoding="utf-8")
        parsed = json.loads(text) if path.suffix.lower() == ".json" else tomllib.loads(text)
    except OSError as refused:
        raise ScenarioError(f"{path} cannot be read: {refused.strerror}.") from None
    except ValueError as error:  # TOML, JSON and UTF-8 alike
        raise ScenarioError(f"{path.name}: this is no {'JSON' if path.suffix.lower() == '.json' else 'TOML'}: {error}.") from None
    if not isinstance(parsed, dict):
        raise ScenarioError(f"{path.name}: a scenario is a table of keys ({', '.join(Overrides.model_fields)}).")
    return overrides(parsed, path.name)


def overrides(parsed: Mapping[str, Any], name: str = "The scenario") -> Overrides:
    """A scenario from plain data.

    Raises
    ------
    ScenarioError : one line per mistake
    """
    try:
        found = Overrides.model_validate(dict(parsed))
    except ValidationError as error:
        raise ScenarioError("\n".join(f"{name}: {_line(each)}" for each in error.errors())) from None
    if twice := sorted(set(found.drop) & set(found.deals)):
        raise ScenarioError(f"{name}: {twice[0]} is dropped, so that nothing else can be changed about it.")
    return found


def overrides_from_texts(texts: Iterable[str], base: Overrides | None = None) -> Overrides:
    """A scenario from a command line's words, on top of a file's.

    Parameters
    ----------
    texts : such as those of ``TEXTS``; a later one about the same thing counts

    Raises
    ------
    ScenarioError : a text is none of these forms, or says something impossible
    """
    plain: dict[str, Any] = (base or Overrides()).model_dump(exclude_defaults=True)
    for text in texts:
        what, colon, rest = text.partition(":")
        if not colon or not rest or what not in _TEXTS:
            raise ScenarioError(f"{text!r} is no change of a forecast{did_you_mean(what, _TEXTS)} Write {', '.join(TEXTS)}.")
        try:
            _TEXTS[what](plain, what, rest)
        except ValueError:
            raise ScenarioError(f"{text!r} cannot be read. Write {next(t for t in TEXTS if t.startswith(what))}.") from None
    return overrides(plain)


def _about_deal(plain: dict[str, Any], what: str, rest: str) -> None:
    deal, equals, value = rest.rpartition("=")
    if not equals or not deal:
        raise ValueError
    entry = plain.setdefault("deals", {}).setdefault(deal, {})
    entry[what] = date.fromisoformat(value) if what == "close" else float(value)


def _drop(plain: dict[str, Any], what: str, rest: str) -> None:
    plain[what] = (*plain.get(what, ()), rest)


def _rate(plain: dict[str, Any], what: str, rest: str) -> None:
    segment, times, factor = rest.rpartition("*")
    column, equals, value = segment.partition("=")
    if not times or not equals:
        raise ValueError
    plain["rates"] = (*plain.get("rates", ()), {"column": column, "value": value, "factor": float(factor)})


def _hire(plain: dict[str, Any], what: str, rest: str) -> None:
    pairs = dict(pair.split("=", 1) for pair in rest.split(","))
    read: dict[str, Callable[[str], Any]] = {"reps": int, "ramp_days": float, "per_rep_per_day": float}
    plain[what] = {name: read.get(name, str)(value) for name, value in pairs.items()}


_TEXTS: dict[str, Callable[[dict[str, Any], str, str], None]] = {
    "amount": _about_deal, "close": _about_deal, "probability": _about_deal, "drop": _drop, "rate": _rate, "hire": _hire,
}


def _line(error: Any) -> str:
    """One mistake of pydantic's in our words: the place, what was found, what would be right."""
    *holder, key = error["loc"] or ("",)
    place = ".".join(str(step) for step in error["loc"])
    fields = _fields(tuple(holder))
    if error["type"] == "extra_forbidden":
        return f"{place}: unknown key{did_you_mean(str(key), fields)} Known here: {', '.join(fields)}."
    meaning = fields[key].description if key in fields else "something else"
    if error["type"] == "model_type":
        return f"{place}: found {shown(error['input'])}; right would be a table of keys ({', '.join(_fields(error['loc']))})."
    if error["type"] == "missing":
        return f"{place}: missing key; {meaning}."
    return f"{place}: found {shown(error['input'])}; right would be {meaning} ({error['msg'].removeprefix('Input should be ')})."


def _fields(holder: tuple[str | int, ...]) -> dict[str, Any]:
    part: dict[str, type[BaseModel]] = {"deals": Deal, "rates": Rate, "hire": Hire}
    return dict((part[str(holder[0])] if holder and str(holder[0]) in part else Overrides).model_fields)
