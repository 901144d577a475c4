"""Which of the user's tables is what."""

import re
from dataclasses import dataclass, field

from leadcast.draft.profile import TableProfile
from leadcast.draft.relations import Reference, Relations, relations_of
from leadcast.draft.words import EVENT_WORDS, HISTORY_WORDS, TABLE_WORDS, says, stage_meaning, stems

ENTITIES = ("leads", "opportunities", "contacts", "accounts")
NAMED = ("products", "opportunities", "leads", "contacts", "accounts")
"""Roles that a table's name gives, the tellingest first."""


@dataclass
class Facts:
    """All tables with their roles, keys and references.

    Attributes
    ----------
    contacts_are_leads : there is no table of leads, contacts are taken
    kind_of_record : the column and value that tell deals in a table that holds leads too
    unrated : currencies of amounts that need a rate and have none

    Roles: leads, opportunities, contacts, accounts, products, owners, quotas, rates, events, stages, field_history, between (an
    association), wins (a list of those won), log (events that are all there is), other.
    """

    tables: list[TableProfile]
    relations: Relations
    roles: dict[str, str] = field(default_factory=dict)
    contacts_are_leads: bool = False
    kind_of_record: tuple[str, str] | None = None
    unrated: list[str] = field(default_factory=list)

    def of(self, role: str) -> list[TableProfile]:
        """The tables of a role; one that holds leads and deals is both."""
        also = "leads" if role == "opportunities" and self.kind_of_record else role
        return [t for t in self.tables if self.roles[t.name] in (role, also)]

    def one(self, role: str) -> TableProfile | None:
        return next(iter(self.of(role)), None)

    def named(self, name: str) -> TableProfile:
        return next(t for t in self.tables if t.name == name)

    def key(self, table: TableProfile) -> str:
        return self.relations.keys[table.name]

    def references(self, table: TableProfile, *roles: str) -> list[Reference]:
        """The columns that point to tables of these roles; the best named first."""
        found = [r for r in self.relations.references[table.name] if self.roles[r.table] in roles]
        return sorted(found, key=lambda r: (-bool(stems(r.column) & stems(r.table)), len(stems(r.column) - stems(r.table))))


def facts_about(tables: list[TableProfile]) -> Facts:
    """Roles by shape, then by name, then what is left over when neither leads nor deals were found."""
    facts = Facts(tables, relations_of(tables))
    for table in tables:
        facts.roles[table.name] = _role(table, facts.relations)
    _events(facts)
    for role in ("leads", "opportunities", "contacts", "accounts", "owners"):
        _keep_one(facts, role)
    _wins(facts)
    if not facts.of("leads"):
        _leads_elsewhere(facts)
        _events(facts)
    if (lead := facts.one("leads")) and not facts.of("opportunities"):
        facts.kind_of_record = _kinds_of_record(lead)
    return facts


def _kinds_of_record(table: TableProfile) -> tuple[str, str] | None:
    """One table for leads and deals, told apart by a column, as Odoo has it."""
    column = table.find("record_type", "category")
    deals = [v for v in table.values(column) if says(TABLE_WORDS["opportunities"], v)]
    others = [v for v in table.values(column) if says("leads?", v)]
    return (column, deals[0]) if column and len(deals) == 1 and others else None


def win_dates(table: TableProfile) -> list[str]:
    """The date columns whose name says won."""
    return [c.name for c in table.of_kind("time") if stage_meaning(c.name) == "won" or says("won", c.name)]


def _role(table: TableProfile, relations: Relations) -> str:
    times, points = table.of_kind("time"), relations.references[table.name]
    keyed = table.name in relations.keys
    if times and table.find("field", "category") and table.find("new"):
        return "field_history"
    if times and points and _is_stage_history(table, keyed):
        return "stages"
    for role in ("quotas", "rates", "owners"):
        if says(TABLE_WORDS[role], table.name) and _fits(role, table):
            return role
    pairs = min(len({r.table for r in points}), len({r.column for r in points}))
    if not keyed and pairs >= 2 and _says_little_else(table, points):
        return "between"
    if not keyed or says(EVENT_WORDS, table.name) or (says(HISTORY_WORDS, table.name) and points):
        return "other"
    return next((role for role in NAMED if says(TABLE_WORDS[role], table.name)), "other")


def _says_little_else(table: TableProfile, points: list[Reference]) -> bool:
    numbers = {c.name for c in table.of_kind("number")} - {r.column for r in points}
    return len(table.columns) <= 6 and not numbers and len(table.of_kind("time")) <= 1


def _is_stage_history(table: TableProfile, keyed: bool) -> bool:
    stage = table.find("new", "category") or table.find("stage", "category")
    named = says(HISTORY_WORDS, table.name) or says("stages?|status(es)?|phases?|phasen", table.name)
    return stage is not None and (named or (table.find("old", "category") is not None and not keyed))


def _fits(role: str, table: TableProfile) -> bool:
    numbers = table.of_kind("number")
    if role == "quotas":
        return bool(numbers) and table.find("period") is not None
    if role == "rates":
        return bool(numbers) and _currency_column(table) is not None and bool(table.of_kind("time"))
    return table.find("owner") is not None or table.find("manager") is not None or table.find("region") is not None


def _currency_column(table: TableProfile) -> str | None:
    return next((c.name for c in table.of_kind("category") if c.top and all(re.fullmatch("[A-Za-z]{3}", v) for v in c.top)), None)


def _events(facts: Facts) -> None:
    for table in facts.tables:
        if facts.roles[table.name] in ("other", *ENTITIES) and _is_event_table(table, facts):
            facts.roles[table.name] = "events"


def _is_event_table(table: TableProfile, facts: Facts) -> bool:
    """Rows with a time that belong to somebody: not a lead or deal itself, which has contact and account too."""
    if not table.of_kind("time") or not facts.references(table, *ENTITIES):
        return False
    named = says(EVENT_WORDS, table.name)
    return named or facts.roles[table.name] == "other" or (facts.roles[table.name] not in ("leads", "opportunities")
                                                           and table.name not in facts.relations.keys)


def _keep_one(facts: Facts, role: str) -> None:
    """Of several tables for one role the plainest name stays, then the most rows; beside deals, quotes are no deals."""
    found = facts.of(role)
    if len(found) < 2:
        return
    plain = sorted(found, key=lambda t: (says("quotes?|offers?", t.name), len(stems(t.name)), -t.rows))
    for table in plain[1:]:
        facts.roles[table.name] = "other"


def _wins(facts: Facts) -> None:
    """A list of deals, one per lead, with a date of winning and no other: those won, and nothing else."""
    for table in facts.of("opportunities"):
        dates = win_dates(table)
        alone = len(table.of_kind("time")) == len(dates) > 0
        points = facts.references(table, "leads")
        if points and alone and (c := table.column(points[0].column)) and c.distinct >= 0.98 * c.rows:
            facts.roles[table.name] = "wins"


def _leads_elsewhere(facts: Facts) -> None:
    """No table of leads: a log alone, contacts with a funnel of their own, or the one table there is."""
    if not facts.of("opportunities"):
        log = next((t for t in sorted(facts.tables, key=lambda t: -t.rows) if _is_log(t, facts)), None)
        if log is not None:
            facts.roles[log.name] = "log"
            return
    contact = facts.one("contacts")
    if contact is not None and contact.find("created_at", "time") and (
            contact.find("stage", "category") or contact.find("source", "category") or not facts.of("opportunities")):
        facts.roles[contact.name] = "leads"
        facts.contacts_are_leads = True
        return
    if not facts.of("opportunities"):
        _largest(facts)


def _is_log(table: TableProfile, facts: Facts) -> bool:
    case, free = table.find("case"), facts.roles[table.name] in ("other", "events", "leads")
    profile = table.column(case)
    if profile is None or not free or not table.of_kind("time") or not table.find("type", "category", but=(case,)):
        return False
    return table.name not in facts.relations.keys and profile.distinct < 0.9 * profile.filled


def _largest(facts: Facts) -> None:
    """The table with a key and the most rows; deals where it has an amount and a day of closing."""
    keyed = [t for t in facts.tables if t.name in facts.relations.keys and facts.roles[t.name] in ("other", "accounts", "events")]
    table = max((t for t in keyed if _has_substance(t)), key=lambda t: t.rows, default=None)
    if table is not None:
        deal = table.find("amount", "number") and (table.find("close_date", "time") or table.find("expected_close", "time"))
        facts.roles[table.name] = "opportunities" if deal else "leads"


def _has_substance(table: TableProfile) -> bool:
    """Something that could be predicted, or a day on which it began."""
    return bool(table.find("stage", "category") or table.find("outcome") or table.find("created_at", "time") or win_dates(table))
