"""The drafted history of fields: who changed what, when, from what to what."""

import re
from dataclasses import dataclass
from typing import Any

import pandas as pd

from leadcast.draft.plan import CHANGES, ENTITY, Plan
from leadcast.draft.profile import TableProfile
from leadcast.draft.relations import column_share
from leadcast.draft.words import COLUMN_WORDS, slug

MOST = 0.8
OURS = {"lead": ("owner", "source"), "opportunity": ("amount", "margin", "owner", "category", "close_date", "expected_close")}


@dataclass
class Rows:
    """The rows of a table that speak of leads, or of deals: by which column, under which condition."""

    column: str
    where: dict[str, Any]
    frame: pd.DataFrame


def rows_about(plan: Plan, table: TableProfile, role: str) -> Rows | None:
    """The id column, and the kind of record where one table speaks of several."""
    profile = plan.facts.one(role)
    if profile is None:
        return None
    ids = frozenset(profile.frame[plan.facts.key(profile)].dropna())
    if plan.facts.kind_of_record and role == "opportunities":
        column, value = plan.facts.kind_of_record
        ids = frozenset(profile.frame[plan.facts.key(profile)][profile.frame[column] == value].dropna())
    kind = table.find("record_kind", "category")
    kinds = table.values(kind, 12) or [""]
    best: tuple[float, Rows | None] = (0.0, None)
    for column in (c.name for c in table.columns if c.kind in ("text", "category", "number") and c.name != kind):
        for value in kinds:
            frame = table.frame[table.frame[kind] == value] if kind else table.frame
            share = column_share(list(frame[column].dropna().unique()), ids)
            if share > best[0]:
                best = share, Rows(column, {kind: value} if kind else {}, frame)
    return best[1] if best[0] >= MOST else None


def write_changes(plan: Plan) -> None:
    """``[[field_history]]``, one per kind of record that the changes speak of."""
    for table in plan.facts.of("field_history"):
        for role, entity in ENTITY.items():
            rows = rows_about(plan, table, role)
            field, changed = table.find("field", "category"), table.find("changed_at", "time")
            new = table.find("new")
            if rows is None or field is None or new is None or changed is None:
                continue
            names = [v for v in rows.frame[field].value_counts().index if isinstance(v, str)]
            fields = {name: ours for name in names if (ours := _ours(name, entity))}
            if not fields:
                continue
            plan.of(table)
            left = [name for name in names if name not in fields][:6]
            columns = {"id": rows.column, "field": field, "value": new, "old_value": table.find("old"), "changed_at": changed,
                       "recorded_at": table.find("recorded_at", "time", but=(changed,))}
            section = plan.sheet.section(CHANGES, "[[field_history]]")
            section.set("entity", entity)
            section.set("table", table.name)
            section.set("where", rows.where)
            section.set("fields", fields, ask="are these fields ours?" + (f" Left out: {', '.join(left)}." if left else ""))
            section.set("columns", {k: v for k, v in columns.items() if v})


def _ours(name: str, entity: str) -> str | None:
    """Our column for a changed field's name."""
    plain = slug(name).replace("_", "")
    for ours in OURS[entity]:
        if any(re.fullmatch(pattern, plain) for pattern in COLUMN_WORDS[ours][:1 if ours == "amount" else None]):
            return "expected_close" if ours == "close_date" else ours
    return "amount" if entity == "opportunity" and plain in ("amount", "dealamount", "expectedrevenue", "value") else None
