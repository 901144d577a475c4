"""The joins that bring a lead, deal or event its lead, contact and account, and what is known of them."""

import re

from leadcast.draft.plan import Plan, TablePlan
from leadcast.draft.profile import ColumnProfile, TableProfile
from leadcast.draft.relations import MOST, Reference
from leadcast.draft.words import LATE, PERSONAL, says, singular, slug

LINKED = ("leads", "opportunities", "contacts", "accounts")
NUMBERED = r"phones?|mobile|fax|telephone|zip|postal|postcode|latitude|longitude|checksum"
LEARNABLE = ("category", "number", "flag")


def link(plan: Plan, table: TablePlan) -> None:
    """Find the columns that hold ids of a lead, deal, contact or account, with a join where they hold something else of it."""
    profile, facts = table.profile, plan.facts
    role = facts.roles[profile.name]
    for target in LINKED:
        for reference in facts.references(profile, target):
            if target == role or target in table.links or (role == "leads" and target == "opportunities"):
                continue
            key = facts.relations.keys[reference.table]
            alone = [r.column for r in facts.relations.references[profile.name]].count(reference.column) == 1
            if reference.key == key and (alone or reference.share >= MOST):
                table.links[target] = reference.column
            else:
                table.links[target] = _translated(plan, table, reference, key)


def _translated(plan: Plan, table: TablePlan, reference: Reference, key: str) -> str:
    """A column with e-mails or names, or with ids of several kinds: a join gives the one id, where there is one."""
    other = plan.of(plan.facts.named(reference.table)).profile
    new = table.free_name(f"{singular(other.name)}_id", other.name)
    join(plan, table, other, {reference.column: reference.key}, {new: key})
    return new


def link_deal(plan: Plan, deals: TablePlan) -> None:
    """A deal's contact through a table between them, its lead through the lead's own column or through the contact."""
    facts = plan.facts
    for between in facts.of("between"):
        mine = next((r for r in facts.references(between, "opportunities") if r.table == deals.profile.name), None)
        for target in ("contacts", "leads", "accounts"):
            theirs = next(iter(facts.references(between, target)), None)
            if mine and theirs and target not in deals.links:
                new = deals.free_name(theirs.column, between.name)
                join(plan, deals, between, {facts.key(deals.profile): mine.column}, {new: theirs.column},
                      between.find("primary", "flag"))
                deals.links[target] = new
    lead = facts.one("leads")
    if lead is None or "leads" in deals.links or lead is deals.profile:
        return
    back = next(iter(facts.references(lead, "opportunities")), None)
    contact = plan.of(lead).links.get("contacts")
    if back:
        _lead(plan, deals, lead, {facts.key(deals.profile): back.column})
    elif contact and "contacts" in deals.links:
        deals.questions.append("a deal takes the first lead of its contact; right?")
        _lead(plan, deals, lead, {deals.links["contacts"]: contact})


def _lead(plan: Plan, deals: TablePlan, lead: TableProfile, on: dict[str, str]) -> None:
    key, source = plan.facts.key(lead), lead.find("source", "category")
    new = deals.free_name(key, lead.name)
    take = {new: key}
    if source:
        named = deals.free_name(source, lead.name)
        take[named] = source
        deals.joined[named] = lead.by_name[source]
    join(plan, deals, lead, on, take)
    deals.links["leads"] = new


def look_up(plan: Plan, table: TablePlan) -> None:
    """What is known of the contact, the account and other things that a lead or deal names; in chains."""
    facts = plan.facts
    waiting = [(table.links[role], t, facts.key(t)) for role in ("contacts", "accounts")
               if role in table.links and not says("converted", table.links[role]) and (t := facts.one(role))]
    waiting += [(r.column, facts.named(r.table), r.key) for r in facts.references(table.profile, "products", "other")]
    seen = {table.profile.name}
    while waiting:
        column, other, key = waiting.pop(0)
        if other.name in seen:
            continue
        seen.add(other.name)
        onward = [r for r in facts.references(other, "accounts", "products")
                  if r.table not in seen and r.key == facts.relations.keys.get(r.table)]
        wanted = [c for c in other.columns
                  if learnable(c, other, facts.relations.keys.get(other.name)) and not _points(plan, other, c)]
        names = {c.name: table.free_name(c.name, other.name) for c in wanted}
        through = {}
        for reference in onward:
            role = facts.roles[reference.table]
            if role not in table.links:
                through[reference.column] = table.free_name(reference.column, other.name)
                if role in ("contacts", "accounts"):
                    table.links[role] = through[reference.column]
                waiting.append((through[reference.column], facts.named(reference.table), reference.key))
        if names or through:
            join(plan, table, other, {column: key}, {new: theirs for theirs, new in {**through, **names}.items()})
            table.joined |= {new: other.by_name[theirs] for theirs, new in names.items()}


def learnable(column: ColumnProfile, table: TableProfile, key: str | None) -> bool:
    """A column with something to learn from: no key, no person's data, no free text, more than one value."""
    few = column.distinct <= max(5, 0.5 * column.filled) or column.kind == "number"
    person = says(PERSONAL if column.kind == "category" else NUMBERED, column.name) or any("@" in v for v in column.top[:3])
    named_id = slug(column.name).endswith(("_id", "_ids", "guid"))
    identity = column.name == key or (column.is_key and column.kind != "number") or named_id
    counted = re.search(r"(^|_)(number|no|id|key|nr)$", slug(column.name)) is not None
    rising = column.is_key and column.kind == "number" and counted
    return column.kind in LEARNABLE and column.distinct > 1 and few and not person and not identity and not rising


def is_late(name: str) -> bool:
    """Whether a name tells of the outcome, or of something noted on the way."""
    return says(LATE, name)


def _points(plan: Plan, table: TableProfile, column: ColumnProfile) -> bool:
    return any(r.column == column.name for r in plan.facts.relations.references[table.name])


def join(plan: Plan, table: TablePlan, other: TableProfile, on: dict[str, str], take: dict[str, str],
          prefer: str | None = None) -> None:
    """One join; columns that keep their names are written as a list."""
    plan.of(other)
    written = {"table": other.name, "on": on, "columns": list(take) if all(k == v for k, v in take.items()) else take}
    table.joins.append(written | ({"prefer": prefer} if prefer else {}))
