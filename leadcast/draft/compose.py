"""Put a drafted ``leadcast.toml`` together, section by section, from what the files show."""

import re

from leadcast.draft import plan as parts
from leadcast.draft.associations import write_associated
from leadcast.draft.changes import write_changes
from leadcast.draft.company import set_currency, write_company
from leadcast.draft.entities import join_entities, write_deals, write_leads
from leadcast.draft.events import write_events
from leadcast.draft.log import log_stages
from leadcast.draft.log_sections import amount_of, write_log
from leadcast.draft.plan import ENTITY, STAGES, TARGETS, Plan, TablePlan, write_tables
from leadcast.draft.roles import Facts
from leadcast.draft.rules import rules_as_comments
from leadcast.draft.stages import pipeline_column, stages_of, write_stages
from leadcast.draft.staging import Stages
from leadcast.draft.targets import write_targets
from leadcast.draft.toml_text import QUESTION, Sheet


def compose(facts: Facts, data: str, name: str) -> str:
    """The whole text.

    Parameters
    ----------
    data : the folder of the files, seen from leadcast.toml
    name : the workspace's name, in any spelling
    """
    sheet = Sheet("", parts.FILES, parts.ENTITIES, parts.EVENTS, parts.STAGES, parts.CHANGES, parts.COMPANY, parts.TARGETS)
    plan = Plan(facts, sheet, {t.name: TablePlan(t) for t in facts.tables})
    general = sheet.section("", "[workspace]")
    general.set("name", re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "workspace")
    general.set("data", data if data != "." else None)
    join_entities(plan)
    leads, deals = stages_of(plan, "leads"), stages_of(plan, "opportunities")
    if log := log_stages(plan, leads, deals):
        leads, deals = log.leads, log.deals
    profile = facts.one("opportunities")
    set_currency(plan, general, amount_of(plan, log) if log else profile.find("amount", "number") if profile else None)
    write_leads(plan)
    write_deals(plan, pipeline_column(profile) if profile and deals and deals.pipelines else None)
    if log:
        write_log(plan, log)
    write_events(plan)
    write_associated(plan)
    _write_stages(plan, leads, deals)
    write_changes(plan)
    write_company(plan)
    write_tables(plan)
    _zone(plan)
    _end(plan, leads, deals)
    _remarks(plan, leads, deals)
    return sheet.text


def _write_stages(plan: Plan, leads: Stages | None, deals: Stages | None) -> None:
    for found in (leads, deals):
        if found:
            write_stages(plan, found)
    if not leads and not deals:
        _write_untold(plan)
    write_targets(plan, leads, deals)


def _write_untold(plan: Plan) -> None:
    """No outcome anywhere: a target that the rules can speak for until there is one."""
    role, profile = next(((r, p) for r in ("leads", "opportunities") if (p := plan.facts.one(r))), ("", None))
    if profile is None:
        return
    flags = [c.name for c in profile.of_kind("flag")]
    columns = f" (such as {', '.join(flags[:3])})" if flags else ""
    pipeline = plan.sheet.section(STAGES, "[[pipelines]]")
    pipeline.ask(f"nothing says which {'leads' if role == 'leads' else 'deals'} were won. Is there a column that does{columns}? "
                 'Then add [[stages]] with from = "outcome". Until there are outcomes, the rules speak.')
    for key, value in {"entity": ENTITY[role], "stages": ["new", "won", "lost"], "won": ["won"], "lost": ["lost"]}.items():
        pipeline.set(key, value)
    target = plan.sheet.section(TARGETS, "[targets.win]")
    target.set("entity", ENTITY[role])
    target.set("stages", ["won"])


def _zone(plan: Plan) -> None:
    """Times without an offset need a time zone."""
    used = [t.profile for t in plan.tables.values() if t.used]
    naive = [f"{t.name}.{c.name}" for t in used for c in plan.times(t) if not c.has_offset]
    if naive:
        more = f" and {len(naive) - 4} more" if len(naive) > 4 else ""
        plan.sheet.general.set("timezone", "UTC", ask=f"in which time zone are {', '.join(naive[:4])}{more} written? They carry "
                               'no offset; right would be a name such as "Europe/Berlin".')


def _end(plan: Plan, *found: Stages | None) -> None:
    """Where only today's stage or outcome is known, the day of the export matters."""
    if any(source["from"] in ("current", "outcome") for stages in found if stages for source in stages.sources):
        plan.sheet.general.ask('when was the export made? Say so with ends_at = "2026-06-30"; without it, the newest time in the '
                               "data counts.")


def _remarks(plan: Plan, leads: Stages | None, deals: Stages | None) -> None:
    sheet = plan.sheet
    sheet.opening = ["A first mapping, drafted by leadcast init. It works as it is; what stands below a QUESTION is a guess that",
                     "you should confirm. Every key is explained in docs/workspace.md."]
    unused = [f for t in plan.tables.values() if not t.used for f in t.profile.files]
    if unused:
        sheet.closing.append(f"Not used, as it fits nothing above: {', '.join(unused)}.")
    if (leads or deals) and not (leads and leads.won) and not (deals and deals.won):
        sheet.closing.append(f"{QUESTION}: nothing says which leads or deals were won; without outcomes nothing can be learnt.")
    sheet.closing += rules_as_comments()
    sheet.closing.append("Next: answer the questions, run  leadcast check  to see what is read, then  leadcast train.")
