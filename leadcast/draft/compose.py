"""Put a drafted ``leadcast.toml`` together, section by section, from the guesses about the files."""

import re

from leadcast.draft.entities import write_leads, write_opportunities
from leadcast.draft.happenings import write_events, write_field_history
from leadcast.draft.profile import TableProfile
from leadcast.draft.roles import Guess, find
from leadcast.draft.stages import write_stages
from leadcast.draft.toml_text import Draft

LOOKUPS = ("products", "owners", "quotas", "rates")


def compose(tables: list[TableProfile], guess: Guess, name: str) -> str:
    """The whole text."""
    draft = Draft()
    draft.say("A first mapping, drafted by leadcast init. It is valid as it is; lines under a QUESTION are guesses to confirm.")
    draft.say("docs/workspace.md explains every key. Next: leadcast check")
    _general(draft, tables, name)
    for table in tables:
        _table(draft, table, guess)
    by_role = {role: [t for t in tables if guess.roles[t.name] == role] for role in set(guess.roles.values())}
    log = _log_without_cases(by_role, guess)
    write_leads(draft, by_role, tables, guess, log)
    write_opportunities(draft, by_role, tables, guess)
    for table in by_role.get("events", []):
        write_events(draft, table, guess, log)
    for table in by_role.get("field_history", []):
        write_field_history(draft, table, guess)
    write_stages(draft, by_role, guess, log)
    _lookups(draft, by_role)
    return draft.text


def _general(draft: Draft, tables: list[TableProfile], name: str) -> None:
    draft.section("[workspace]")
    draft.set("name", re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "workspace")
    naive = [f"{t.name}.{c.name}" for t in tables for c in t.of_kind("time") if not c.has_offset]
    if naive:
        draft.set("timezone", "UTC", ask=f"in which time zone are {', '.join(naive[:3])} written? They carry no offset.")
    counts: dict[str, int] = {}
    for table in tables:
        if column := table.column(find(table, "currency")):
            for code in column.top:
                if re.fullmatch(r"[A-Z]{3}", code):
                    counts[code] = counts.get(code, 0) + int((table.frame[column.name] == code).sum())
    target = next((t for t in tables if guess_is_rates(t)), None)
    rated = set(target.frame[find(target, "currency")]) if target is not None and find(target, "currency") else set()
    reporting = (
        [code for code in sorted(counts, key=counts.__getitem__, reverse=True) if code not in rated] or list(counts) or ["EUR"]
    )
    draft.set("currency", reporting[0], ask="the reporting currency? No rates lead into another." if not counts else None)


def guess_is_rates(table: TableProfile) -> bool:
    return bool(re.search(r"rate|fx|exchange", table.name)) and find(table, "rate", "number") is not None


def _table(draft: Draft, table: TableProfile, guess: Guess) -> None:
    draft.section(f"[tables.{table.name}]", f"{table.rows:,} rows looked at; read as {guess.roles[table.name].replace('_', ' ')}")
    draft.set("file", table.file)
    draft.set("reference", True if guess.roles[table.name] in LOOKUPS else None, say="a lookup table; requests need not carry it")
    draft.set("missing", sorted({word for c in table.columns for word in c.missing_words}), say='these mean "not filled in"')
    draft.set("times", {c.name: c.time_format for c in table.of_kind("time") if c.time_format not in (None, "iso")})


def _log_without_cases(by_role: dict[str, list[TableProfile]], guess: Guess) -> TableProfile | None:
    """The log whose first event per case is the lead, where no table of leads or deals was given."""
    events = by_role.get("events", [])
    alone = not by_role.get("leads") and not by_role.get("opportunities")
    return max(events, key=lambda t: t.rows) if alone and events else None


def _lookups(draft: Draft, by_role: dict[str, list[TableProfile]]) -> None:
    wanted = {
        "owners": (("owner", "owner"), ("manager", "manager"), ("region", "region")),
        "quotas": (
            ("owner", "owner"),
            ("region", "region"),
            ("period", "period"),
            ("amount", "amount"),
            ("currency", "currency"),
        ),
        "rates": (("currency", "currency"), ("valid_from", "valid_from"), ("rate", "rate")),
    }
    for role, words in wanted.items():
        for table in by_role.get(role, []):
            columns: dict[str, str] = {}
            for ours, word in words:
                found = find(table, word, but=tuple(columns.values()))
                if found:
                    columns[ours] = found
            if role == "owners" and "owner" not in columns:
                columns = {"owner": table.columns[0].name, **columns}
            needed = {"owners": {"owner"}, "quotas": {"period", "amount"}, "rates": {"currency", "valid_from", "rate"}}[role]
            if needed <= set(columns):
                draft.section(f"[{role}]")
                draft.set("table", table.name)
                draft.section(f"[{role}.columns]")
                for ours, theirs in columns.items():
                    draft.set(ours, theirs)
