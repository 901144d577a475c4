"""The drafted stages of leads and deals: the best source there is, and how it is written."""

from typing import Any

from leadcast.draft.order import meaning_of
from leadcast.draft.plan import ENTITY, STAGES, Plan
from leadcast.draft.stage_history import from_history
from leadcast.draft.stage_today import from_current, from_dates, from_deals, from_kind, from_outcome, from_wins
from leadcast.draft.staging import Stages
from leadcast.draft.toml_text import Section

WAYS = (from_history, from_dates, from_current, from_outcome, from_wins, from_deals)


def stages_of(plan: Plan, role: str) -> Stages | None:
    """A history, dates, the stage of today, an outcome: whichever there is first."""
    profile = plan.facts.one(role)
    if profile is None:
        return None
    if role == "leads" and plan.facts.kind_of_record:
        return from_kind(plan, profile)
    found = next((s for way in WAYS if (s := way(plan, role, profile))), None)
    if found and not found.won + found.lost:
        found.won, found.lost = meaning_of(found.order, "won"), meaning_of(found.order, "lost")
    return found


def write_stages(plan: Plan, found: Stages) -> None:
    """``[[pipelines]]`` and ``[[stages]]``."""
    entity = ENTITY[found.role]
    section = plan.sheet.section(STAGES, "[[pipelines]]")
    section.set("entity", entity)
    if found.ask:
        section.ask(found.ask)
    section.set("stages", (found.inner or ["new"]) + found.won + found.lost)
    section.set("won", found.won)
    section.set("lost", found.lost)
    if not found.won and entity == "opportunity":
        section.ask('which stage means won? Without one there is nothing to predict: won = ["..."].')
    for source in found.sources:
        remark = [source["say"]] if source.get("say") else []
        _write_source(plan.sheet.section(STAGES, "[[stages]]", *remark), entity, dict(source))


def _write_source(section: Section, entity: str, source: dict[str, Any]) -> None:
    """Its keys; the question once, above the first line that it is about."""
    question, _ = source.pop("ask", None), source.pop("say", None)
    asked = next((key for key in ("dates", "events", "won", "columns") if key in source), None)
    section.set("entity", entity)
    for key, value in source.items():
        section.set(key, value, ask=question if key == asked else None)
