"""Further columns that models may look at, and which of them look as if they were only known later."""

import re

import pandas as pd

from leadcast.draft.joins import is_late, learnable
from leadcast.draft.plan import ID, Plan, TablePlan
from leadcast.draft.profile import ColumnProfile
from leadcast.draft.toml_text import Section
from leadcast.draft.words import ENGAGEMENT, says, slug
from leadcast.workspace.model import Entity
from leadcast.workspace.sections import SCHEMAS

ENOUGH, TOO_FAR_APART = 20, 0.25
LATER = ('these tell of the outcome or look filled in later; "outcome" keeps them out of the models. Known from the start: take '
         '`known` away; known from a stage on: known = "stage:NAME".')


def write_attributes(plan: Plan, section: Section, role: str, table: TablePlan, columns: dict[str, str | None],
                     but: tuple[str | None, ...] = ()) -> None:
    """``attributes``: what may be learnt from at once, then, under one question, what looks late."""
    late: list[tuple[str, dict[str, str], str | None]] = []
    early: list[tuple[str, dict[str, str], str | None]] = []
    names: set[str] = set()
    for name, column in _candidates(plan, table, {*columns.values(), *but}).items():
        plain = _free(slug(table.profile.short(name)) or "column", names, role)
        names.add(plain)
        spec = ({} if plain == name else {"column": name}) | ({} if column.kind == "category" else {"type": column.kind})
        spec |= {"about": "engagement"} if says(ENGAGEMENT, name) else {}
        why = _why_late(plan, role, table, name)
        (late if why else early).append((plain, spec | ({"known": "outcome"} if why else {}), why))
    if not early and not late:
        return
    below = section.sub("attributes")
    for plain, spec, _ in early:
        below.set(plain, spec["column"] if set(spec) == {"column"} else spec or plain, inline=True)
    if late:
        below.ask(LATER)
    for plain, spec, why in late:
        below.set(plain, spec, say=why, inline=True)


def _candidates(plan: Plan, table: TablePlan, taken: set[str | None]) -> dict[str, ColumnProfile]:
    profile = table.profile
    key = plan.facts.relations.keys.get(profile.name)
    pointing = {r.column for r in plan.facts.relations.references[profile.name]}
    products = {r.column for r in plan.facts.references(profile, "products", "other")}
    own = {c.name: c for c in profile.columns if learnable(c, profile, key) and c.name not in pointing - products - taken}
    return {n: c for n, c in {**own, **table.joined}.items() if n not in taken}


def _free(plain: str, names: set[str], role: str) -> str:
    """A name that is neither a column of ours nor another attribute's."""
    entity: Entity = "opportunity" if role == "opportunities" else "lead"
    plain = re.sub(r"^(\d)", r"n\1", plain)
    while plain in SCHEMAS[entity].columns or plain in names:
        plain += "_kind"
    return plain


def _why_late(plan: Plan, role: str, table: TablePlan, name: str) -> str | None:
    """By its name, or because those closed, or won, have it far more often than the others."""
    if is_late(name):
        return "by its name"
    closings: pd.DataFrame | None = plan.closings.get(role)
    column = name if name in table.profile.by_name else _through(table, name)
    if closings is None or column is None:
        return None
    frame, profile = table.profile.frame, table.profile.by_name[column]
    key = frame[plan.facts.key(table.profile)]
    closed, won = key.isin(closings["id"]), key.isin(closings["id"][closings["won"]])
    values = frame[column].mask(frame[column].isin(profile.missing_words))
    said = "" if column == name else f"{column} "
    groups = ("closed", closed, "open", ~closed), ("won", won, "lost", closed & ~won)
    for one, ours, other, theirs in groups:
        if min(ours.sum(), theirs.sum()) >= ENOUGH:
            full, less = values[ours].notna().mean(), values[theirs].notna().mean()
            if abs(full - less) > TOO_FAR_APART:
                return f"{said}filled for {full:.0%} of the {one}, {less:.0%} of the {other}"
    return "0 for nearly all of the lost" if profile.kind == "number" and _zero_when_lost(values, won, closed & ~won) else None


def _zero_when_lost(values: pd.Series, won: pd.Series, lost: pd.Series) -> bool:
    zero = pd.to_numeric(values, errors="coerce") == 0
    return min(won.sum(), lost.sum()) >= ENOUGH and zero[lost].mean() > 0.95 and zero[won].mean() < 0.5


def _through(table: TablePlan, name: str) -> str | None:
    """The table's own column by which a joined one is found, perhaps through another join."""
    join = next((j for j in table.joins if name in j["columns"]), None)
    column = next(iter(join["on"])) if join else None
    return column if column is None or column in table.profile.by_name else _through(table, column)


def first_time(table: TablePlan) -> str | None:
    """The best day of beginning: by its name, else the first date that is nearly always filled."""
    profile = table.profile
    full = [c.name for c in profile.of_kind("time") if c.filled >= 0.9 * c.rows and not is_late(c.name)]
    return profile.find("created_at", "time") or next(iter(full), None)


def ids_of(table: TablePlan, *roles: str) -> dict[str, str | None]:
    return {ID[role]: table.links.get(role) for role in roles}
