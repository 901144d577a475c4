"""What the draft will say of each table: joins and conditions gather here while the sections that need them are written."""

from dataclasses import dataclass, field
from typing import Any

from leadcast.draft.profile import ColumnProfile, TableProfile
from leadcast.draft.roles import Facts
from leadcast.draft.toml_text import Sheet
from leadcast.draft.words import singular

FILES, ENTITIES, EVENTS, STAGES, CHANGES, COMPANY, TARGETS = (
    "the files", "leads and deals", "what happened", "stages", "what changed", "the company", "what to predict")
ENTITY = {"leads": "lead", "opportunities": "opportunity"}
ID = {"leads": "lead_id", "opportunities": "opportunity_id", "contacts": "contact_id", "accounts": "account_id"}
LOOKUPS = ("products", "owners", "quotas", "rates")


@dataclass
class TablePlan:
    """One ``[tables.NAME]``.

    Attributes
    ----------
    joins : as they will be written
    joined : columns that the joins bring in, by their new name
    links : per role, the column that holds the id of its lead, deal, contact or account
    """

    profile: TableProfile
    joins: list[dict[str, Any]] = field(default_factory=list)
    joined: dict[str, ColumnProfile] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    questions: list[str] = field(default_factory=list)
    used: bool = False
    reference: bool = False

    def free_name(self, name: str, other: str) -> str:
        """A joined column keeps its name where that is free, else it is named after its table."""
        taken = {c.name.casefold() for c in self.profile.columns} | {n.casefold() for n in self.joined}
        return name if name.casefold() not in taken else f"{singular(other)}_{name}"


@dataclass
class Plan:
    """Everything known while the sections are written.

    Attributes
    ----------
    derived : sections of tables made of others (cases of a log), as name -> keys, with a comment each
    mentioned : all that the sections say, when the tables come to be written
    closings : per entity, when which id entered a closing stage: columns id, won, at
    """

    facts: Facts
    sheet: Sheet
    tables: dict[str, TablePlan]
    derived: dict[str, tuple[str, dict[str, Any]]] = field(default_factory=dict)
    closings: dict[str, Any] = field(default_factory=dict)
    mentioned: str = ""

    def times(self, table: TableProfile) -> list[ColumnProfile]:
        """The table's columns of time that some section speaks of."""
        return [c for c in table.of_kind("time") if c.name in self.mentioned]

    def of(self, table: TableProfile) -> TablePlan:
        """The table's plan; asking for it means that it will be written."""
        self.tables[table.name].used = True
        return self.tables[table.name]


def write_tables(plan: Plan) -> None:
    """``[tables.NAME]`` for every table that something needs; the sections that need them are written already."""
    plan.mentioned = plan.sheet.text + str(plan.derived) + str([t.joins for t in plan.tables.values()])
    for table in plan.facts.tables:
        if plan.tables[table.name].used:
            _write(plan, plan.tables[table.name])
    for name, (comment, keys) in plan.derived.items():
        section = plan.sheet.section(FILES, f"[tables.{name}]", comment)
        for key, value in keys.items():
            section.set(key, value)


def _write(plan: Plan, table: TablePlan) -> None:
    profile, role = table.profile, plan.facts.roles[table.profile.name]
    section = plan.sheet.section(FILES, f"[tables.{profile.name}]")
    files = list(profile.files)
    section.set("file", files[0] if len(files) == 1 else files, say=_seen_as(profile, role))
    for key, value in profile.options.items():
        section.set(key, value)
    section.set("reference", True if role == "products" else None, say="a lookup table, which requests need not carry")
    everywhere, single = _missing(profile)
    section.set("missing", everywhere, say='these mean "not filled in"')
    section.set("values", single)
    either = [c.name for c in plan.times(profile) if c.day_or_month]
    section.set("times", {c.name: c.time_format for c in plan.times(profile) if c.time_format not in (None, "iso")},
                ask=f"does the day stand before the month in {', '.join(either)}? Both ways can be read." if either else None)
    for question in table.questions:
        section.ask(question)
    section.set("joins", table.joins)


def _missing(profile: TableProfile) -> tuple[list[str], dict[str, dict[str, str]]]:
    """Words that mean "not filled in" in the whole table, and those that do so in some columns only."""
    words = {word for c in profile.columns for word in c.missing_words}
    mixed = {word for word in words for c in profile.columns if word not in c.missing_words and word in c.top}
    single = {c.name: dict.fromkeys(sorted(odd), "") for c in profile.columns if (odd := mixed & set(c.missing_words))}
    return sorted(words - mixed), single


def _seen_as(profile: TableProfile, role: str) -> str:
    words = {"opportunities": "deals", "between": "who belongs to which deal", "stages": "changes of a stage",
             "wins": "those won", "field_history": "changes of fields", "log": "a log of events", "rates": "exchange rates",
             "other": "details"}
    return f"{profile.rows:,} rows, read as {words.get(role, role)}"
