"""The drafted targets: what a model is to say."""

from leadcast.draft.order import meaning_of
from leadcast.draft.plan import ENTITY, TARGETS, Plan
from leadcast.draft.staging import Stages
from leadcast.draft.words import slug

QUALIFIED = {"mql": "marketingqualified", "sql": "salesqualified"}


def write_targets(plan: Plan, leads: Stages | None, deals: Stages | None) -> None:
    """``mql`` and ``sql`` for leads, ``win`` for deals, or for leads where there are no deals."""
    if leads:
        _mql(plan, leads)
        _sql(plan, leads, deals is not None)
    closing = deals or leads
    if closing and closing.won:
        section = plan.sheet.section(TARGETS, "[targets.win]")
        section.set("entity", ENTITY[closing.role])
        section.set("stages", closing.won)


def _mql(plan: Plan, leads: Stages) -> None:
    """Where only today's stage is known, who went on does not say when it became an MQL."""
    _target(plan, "mql", [s for s in meaning_of(leads.inner, "mql") if s in leads.dated], leads)


def _sql(plan: Plan, leads: Stages, deals: bool) -> None:
    """Who is further on today was SQL before, where only today's stage is known."""
    reached = meaning_of(leads.inner, "sql")
    if reached and reached[0] not in leads.dated:
        reached = leads.inner[leads.inner.index(reached[0]):] + leads.won
    if not reached and deals and leads.won:
        _target(plan, "sql", leads.won, leads)
        return
    _target(plan, "sql", reached, leads)


def _target(plan: Plan, name: str, stages: list[str], leads: Stages) -> None:
    if not stages:
        return
    section = plan.sheet.section(TARGETS, f"[targets.{name}]")
    section.set("entity", "lead")
    sure = [slug(s).replace("_", "") for s in stages] in ([name], [QUALIFIED[name]])
    section.set("stages", stages, ask=None if sure else f"is a lead {name.upper()} once it is in one of these?")
