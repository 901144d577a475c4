"""The drafted events: whose they are, when they happened, of which kind, from whom."""

from typing import Any

import pandas as pd

from leadcast.draft.joins import link
from leadcast.draft.plan import EVENTS, ID, Plan, TablePlan
from leadcast.draft.profile import TableProfile
from leadcast.draft.toml_text import Section
from leadcast.draft.words import says, singular, slug

FROM_US = r"out|outbound|outgoing|from_us|sent|dialed|rep|agent|us|made"
FROM_THEM = r"in|inbound|incoming|from_them|received|opened?|clicked?|repl(y|ied)|visit(ed)?|submit(ted)?|them|customer|client"
COME_WITH_THE_OUTCOME = "these are written together with the outcome, so no model may see them; are these all?"
IDS = r"id|key|no|number|guid|uuid|\w+id"
ADMINISTRATIVE = "is_closed|deleted|done|completed|archived"
VISITS = r"sessions?|visits?|page_?views?|web\w*|forms?|submissions?|downloads?|clicks?"


def write_events(plan: Plan) -> None:
    """``[[events]]`` for every table of events that says whose they are."""
    for profile in plan.facts.of("events"):
        table = plan.of(profile)
        link(plan, table)
        if not table.links:
            table.used = False
            continue
        columns = event_columns(profile, {ID[role]: column for role, column in table.links.items()})
        if columns is not None:
            _write(plan, table, columns)


def event_columns(profile: TableProfile, keys: dict[str, str]) -> dict[str, str] | None:
    """Our name -> the table's column; None where no time tells when."""
    used = tuple(keys.values())
    occurred = profile.find("occurred_at", "time", but=used) or next((c.name for c in profile.of_kind("time")), None)
    if occurred is None:
        return None
    own = next((c.name for c in profile.columns if c.is_key and c.name not in used and says(IDS, c.name)), None)
    columns = {
        **keys, "occurred_at": occurred, "recorded_at": profile.find("recorded_at", "time", but=(occurred,)),
        "event_id": own, "sequence": profile.find("sequence", "number", but=(*used, own)),
        "actor": profile.find("actor", "category", "number", "text", but=used),
        "value": profile.find("quantity", "number", but=used),
    }
    return {k: v for k, v in columns.items() if v}


def _write(plan: Plan, table: TablePlan, columns: dict[str, str]) -> None:
    """One section, or one per kind where yes/no columns tell kinds apart."""
    profile = table.profile
    used = tuple(columns.values())
    kind = type_of(profile, used)
    flags = [c.name for c in profile.of_kind("flag") if c.name not in used and not says(ADMINISTRATIVE, c.name)]
    name = singular(profile.name).removesuffix("_event") or profile.name
    if kind or not 1 <= len(flags) <= 3:
        section = _section(plan, profile)
        _type(section, profile, kind, name)
        finish(plan, section, profile, columns, kind)
        return
    first = _section(plan, profile)
    first.ask(f"does a yes in {' or '.join(flags)} make it another kind of event? Then each kind is a type of its own, as here.")
    first.set("where", {flag: {"not_in": [True]} for flag in flags})
    first.set("type", name)
    finish(plan, first, profile, columns, kind)
    for flag in flags:
        section = _section(plan, profile)
        section.set("where", {flag: True})
        section.set("type", f"{name}_{slug(flag).removeprefix('is_').removeprefix('has_')}")
        finish(plan, section, profile, columns, kind)


def _section(plan: Plan, profile: TableProfile) -> Section:
    section = plan.sheet.section(EVENTS, "[[events]]")
    section.set("table", profile.name)
    return section


def type_of(profile: TableProfile, used: tuple[str, ...]) -> str | None:
    """A column that tells kinds apart, or two of them: channel and action."""
    channel = profile.find("channel", "category", but=used)
    action = profile.find("action", "category", but=(*used, channel))
    if channel and action and len(profile.values(channel)) <= 20 and len(profile.values(action)) <= 40:
        return f"{{{channel}}}_{{{action}}}"
    kind = profile.find("type", "category", but=used)
    return f"{{{kind}}}" if kind else None


def _type(section: Section, profile: TableProfile, kind: str | None, name: str) -> None:
    section.set("type", kind or name, ask=None if kind else "one type for all rows; is there a column that tells kinds apart?")


def finish(plan: Plan, section: Section, profile: TableProfile, columns: dict[str, str], kind: str | None) -> None:
    section.set("direction", *_direction(profile, kind))
    given = given_away(plan, profile, columns, kind)
    section.set("never_inputs", given, ask=COME_WITH_THE_OUTCOME)
    section.set("columns", columns)


def _direction(profile: TableProfile, kind: str | None) -> tuple[Any, str | None]:
    """A column that says so; else the words of the types; visits come from them."""
    column = profile.find("direction", "category", "flag")
    if column is None and kind:
        column = next((name for name in kind.strip("{}").split("}_{")[::-1] if _sides(profile, name) != ([], [])), None)
    if column:
        us, them = _sides(profile, column)
        clear = column == profile.find("direction") and len(us) + len(them) == len(profile.values(column))
        if us or them:
            ask = None if clear else "which values mean from us, which from them?"
            return {"column": column, "from_us": us, "from_them": them}, ask
    return ("from_them", None) if says(VISITS, profile.name) else (None, None)


def _sides(profile: TableProfile, column: str) -> tuple[list[str], list[str]]:
    values = profile.values(column)
    if profile.by_name[column].kind == "flag":
        yes = [v for v in values if v.lower() in ("1", "true", "yes", "y", "t")]
        no = [v for v in values if v not in yes]
        return (no, yes) if says("in|inbound|isinbound|incoming", column) else (yes, no)
    us = [v for v in values if says(FROM_US, v)]
    return us, [v for v in values if v not in us and says(FROM_THEM, v)]


def given_away(plan: Plan, profile: TableProfile, columns: dict[str, str], kind: str | None) -> list[str]:
    """Types of which half or more are written in the same second as the outcome of their lead or deal."""
    if kind is None or kind.count("{") > 1:
        return []
    types, at = profile.frame[kind.strip("{}")], profile.moments(columns["occurred_at"])
    found: list[str] = []
    for role, key in (("leads", "lead_id"), ("opportunities", "opportunity_id")):
        ends = plan.closings.get(role)
        if columns.get(key) in profile.by_name and ends is not None and ends["at"].notna().any():
            found += written_with(pd.DataFrame({"id": profile.frame[columns[key]], "at": at, "type": types}), ends)
    return list(dict.fromkeys(found))


def written_with(events: pd.DataFrame, ends: pd.DataFrame) -> list[str]:
    """Types of which half or more lie within a second of their case's end; columns id, at, type; id, at."""
    apart = (events["at"] - events["id"].map(ends.groupby("id")["at"].max())).abs()
    share = (apart <= pd.Timedelta(seconds=1)).groupby(events["type"]).mean()
    return list(share.index[share >= 0.5])
