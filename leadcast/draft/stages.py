"""The drafted stages of leads and deals: the best source there is, and how it is written."""

from typing import Any

from leadcast.draft.order import meaning_of
from leadcast.draft.plan import ENTITY, STAGES, Plan
from leadcast.draft.profile import TableProfile
from leadcast.draft.stage_history import from_history
from leadcast.draft.stage_today import from_current, from_dates, from_deals, from_kind, from_outcome, from_wins
from leadcast.draft.staging import Stages
from leadcast.draft.toml_text import Section

SEVERAL = 8
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
    if found and role == "opportunities":
        found.pipelines = _pipelines(plan, profile, found)
    return found


def pipeline_column(profile: TableProfile) -> str | None:
    """The column that says which of several pipelines a deal runs through."""
    column = profile.find("pipeline", "category")
    return column if 2 <= len(profile.values(column, SEVERAL + 1)) <= SEVERAL else None


def _pipelines(plan: Plan, profile: TableProfile, found: Stages) -> dict[str, list[str]]:
    """The stages of each pipeline: those its deals were in, and the common ends."""
    column = pipeline_column(profile)
    if column is None or found.entries is None:
        return {}
    of = profile.frame.set_index(plan.facts.key(profile))[column]
    which = found.entries["id"].map(of[~of.index.duplicated()])
    stages = {name: set(found.entries["stage"][which == name]) for name in profile.values(column, SEVERAL)}
    ordered = {name: [s for s in found.order if s in mine] for name, mine in stages.items()}
    return {name: mine for name, mine in ordered.items() if set(mine) - set(found.won) - set(found.lost)}


def write_stages(plan: Plan, found: Stages) -> None:
    """``[[pipelines]]`` and ``[[stages]]``."""
    entity = ENTITY[found.role]
    for name, stages in (found.pipelines or {"": found.order}).items():
        _write_pipeline(plan.sheet.section(STAGES, "[[pipelines]]"), found, name, stages)
    for source in found.sources:
        remark = [source["say"]] if source.get("say") else []
        _write_source(plan.sheet.section(STAGES, "[[stages]]", *remark), entity, dict(source))


def _write_pipeline(section: Section, found: Stages, name: str, stages: list[str]) -> None:
    inner, won, lost = ([s for s in stages if s in some] for some in (found.inner, found.won, found.lost))
    section.set("entity", ENTITY[found.role])
    section.set("name", name or None)
    section.set("stages", (inner or ["new"]) + won + lost, ask=found.ask)
    section.set("won", won)
    section.set("lost", lost)
    if not won and found.role == "opportunities":
        section.ask('which stage means won? Without one there is nothing to predict: won = ["..."].')


def _write_source(section: Section, entity: str, source: dict[str, Any]) -> None:
    """Its keys; the question once, above the first line that it is about."""
    question, _ = source.pop("ask", None), source.pop("say", None)
    asked = next((key for key in ("dates", "events", "won", "columns") if key in source), None)
    section.set("entity", entity)
    for key, value in source.items():
        section.set(key, value, ask=question if key == asked else None)
