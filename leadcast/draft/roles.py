"""Which of the user's tables is what, and how they hang together: guesses from names, keys and shapes."""

import re
from dataclasses import dataclass

from leadcast.draft.profile import ColumnProfile, TableProfile

TABLE_WORDS = {
    "quotas": r"quota|target",
    "rates": r"\brates?\b|fx|exchange|currenc",
    "owners": r"owner|\busers?\b|agent|\breps?\b|team|staff|employee",
    "products": r"product|price",
    "contacts": r"contact|person|people",
    "opportunities": r"deal|opportunit|oppty|pipeline|quote",
    "leads": r"lead|prospect|enquir|inquir|signup|applicant|application|\bcases?\b|mql",
    "accounts": r"account|compan|organi[sz]ation|client|customer",
}
COLUMN_WORDS = {
    "created_at": r"^(created|create|registered|first_contact|added|opened|engage|entered|submitted|start).*"
    r"|.*(created|registration|first_contact)_?(at|on|date|time)?$",
    "occurred_at": r".*(occurred|happened|timestamp|activity_date|started|sent|^at$|time$|date$|_at$|_ms$|when).*",
    "recorded_at": r".*(recorded|logged|synced|inserted|ingested|written).*",
    "changed_at": r".*(changed|modified|valid_from|timestamp|date|_at$|time).*",
    "owner": r"^(owner|owner_id|ownerid|sales_agent|sales_rep|rep|agent|assigned.*|user_id|resource|salesperson.*)$",
    "source": r"^(lead_)?(source|origin|channel|utm_source|lead_source)$",
    "amount": r"^(amount|deal_amount|value|deal_value|expected_revenue|planned_revenue|revenue|close_value|amount_.*|total)$",
    "margin": r".*margin.*",
    "currency": r".*currency.*",
    "close_date": r"^(close|closed|closing|expected_close|expected_closing|date_deadline|close_date|closedate).*",
    "category": r"^forecast.*",
    "stage": r"^(deal_?)?(stage|status|state|lead_status|stage_name|current_stage|phase)(_name|_id)?$",
    "outcome": r"^(converted|won|outcome|result|is_won|conversion|target|label)$",
    "type": r"^(type|activity|event|event_type|activity_type|kind|channel|action|concept.*)$",
    "event_id": r"^(id|event_id|activity_id|session_id|touch_id|message_id)$",
    "sequence": r".*(seq|position|step).*",
    "direction": r"^(direction|inbound|outbound|in_out|from)$",
    "actor": r"^(resource|actor|user|user_id|agent|owner|owner_id|by|employee)$",
    "field": r"^(field|property|attribute|field_name|column)$",
    "old": r"^(old|previous|from|before)(_?value|_?stage|_?status)?$",
    "new": r"^(new|to|after|value|new)(_?value|_?stage|_?status)?$",
    "manager": r".*manager.*",
    "region": r".*(region|office|territory).*",
    "name": r"^(name|full_name)$",
    "period": r"^(period|quarter|month|year)$",
    "rate": r".*rate.*",
    "valid_from": r".*(valid|from|date|day|month|since).*",
    "primary": r".*primary.*",
}
STAGE_WORDS = {
    "won": r"won|approved|converted|closed.?won|signed|success|customer",
    "lost": r"lost|declin|reject|cancel|disqual|unqualified|dead|junk|churn|withdrawn|no.?deal",
    "mql": r"mql|marketing.?qualified|engaged|nurtur|working|contacted|preaccept",
    "sql": r"sql|sales.?qualified|accepted|^qualified|opportunity|demo",
}


def slug(name: str) -> str:
    """A column name as words: ``CreatedDate`` and ``Created date`` both become ``created_date``."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return re.sub(r"[^a-z0-9]+", "_", spaced.lower()).strip("_")


def find(table: TableProfile, word: str, *kinds: str, but: tuple[str | None, ...] = ()) -> str | None:
    """The first column whose name fits the word and whose values are of one of these kinds."""
    pattern = re.compile(COLUMN_WORDS[word])
    return next(
        (c.name for c in table.columns if c.name not in but and (not kinds or c.kind in kinds) and pattern.match(slug(c.name))),
        None,
    )


def stage_meaning(value: str) -> str | None:
    """What a stage's name sounds like: won, lost, mql, sql, or nothing known."""
    return next((meaning for meaning, words in STAGE_WORDS.items() if re.search(words, slug(value))), None)


@dataclass(frozen=True)
class Reference:
    """A column that holds another table's key."""

    column: str
    table: str
    key: str


@dataclass(frozen=True)
class Guess:
    """Roles of the tables, their keys and the references between them."""

    roles: dict[str, str]
    keys: dict[str, str]
    references: dict[str, list[Reference]]

    def table_of(self, role: str) -> str | None:
        return next((table for table, its in self.roles.items() if its == role), None)

    def reference(self, table: str, role: str) -> str | None:
        """The column of ``table`` that points to the table of a role."""
        target = self.table_of(role)
        return next((r.column for r in self.references[table] if r.table == target), None)


def guess_roles(tables: list[TableProfile]) -> Guess:
    """Keys first, then references by overlap of values, then roles by shape and name."""
    keys = {t.name: key for t in tables if (key := _key(t))}
    references = {t.name: _references(t, tables, keys) for t in tables}
    roles = {t.name: _role(t, keys, references[t.name]) for t in tables}
    for table in tables:
        pointed_at = any(r.table == table.name for refs in references.values() for r in refs)
        if roles[table.name] == "other" and not pointed_at and len(tables) == 1:
            roles[table.name] = "leads" if table.name in keys else "events"
    roles |= dict.fromkeys(_lists_of_wins(tables, keys, roles), "wins")
    if "leads" not in roles.values() and "opportunities" not in roles.values():
        roles |= _log_or_largest(tables, keys, roles)
    return Guess(roles, keys, references)


def win_dates(table: TableProfile) -> list[str]:
    """The date columns whose name says won."""
    return [c.name for c in table.of_kind("time") if stage_meaning(c.name) == "won"]


def _lists_of_wins(tables: list[TableProfile], keys: dict[str, str], roles: dict[str, str]) -> list[str]:
    """Tables of "deals" that only hold a part of the leads, under the leads' own key, with a date of winning and no other."""
    leads = [t for t in tables if roles[t.name] == "leads"]
    return [
        t.name
        for t in tables
        for lead in leads
        if roles[t.name] == "opportunities"
        and win_dates(t)
        and len(t.of_kind("time")) == len(win_dates(t))
        and t.frame[keys[t.name]].isin(set(lead.frame[keys[lead.name]])).mean() > 0.95
    ]


def _key(table: TableProfile) -> str | None:
    named = [c for c in table.columns if c.is_key and re.search(r"(^|_)(id|key|number|no|code)$", slug(c.name))]
    alike = [c for c in table.columns if c.is_key and slug(c.name).rstrip("s") in table.name]
    return next((c.name for c in [*named, *alike, *(c for c in table.columns[:1] if c.is_key)]), None)


def _references(table: TableProfile, tables: list[TableProfile], keys: dict[str, str]) -> list[Reference]:
    found = []
    for column in table.columns:
        if column.name == keys.get(table.name) or column.kind in ("time", "flag") or not column.filled:
            continue
        best = max(
            (
                (_overlap(column, table, other, keys[other.name]), other)
                for other in tables
                if other.name != table.name and other.name in keys
            ),
            key=lambda pair: pair[0],
            default=(0.0, table),
        )
        if best[0] >= 0.8:
            found.append(Reference(column.name, best[1].name, keys[best[1].name]))
    return found


def _overlap(column: ColumnProfile, table: TableProfile, other: TableProfile, key: str) -> float:
    """The share of values that are keys there; plain small numbers need the name's support too."""
    values = table.frame[column.name]
    values = values[values != ""].drop_duplicates().head(2000)
    share = float(values.isin(set(other.frame[key])).mean())
    related = bool(
        set(slug(column.name).split("_")) & ({w.rstrip("s") for w in other.name.split("_")} | set(slug(key).split("_")) - {"id"})
    )
    return share + 0.01 * related if related or column.kind != "number" else 0.0


def _role(table: TableProfile, keys: dict[str, str], references: list[Reference]) -> str:
    words = table.name.replace("_", " ")
    has_time = bool(table.of_kind("time"))
    if has_time and find(table, "new") and (find(table, "field") or find(table, "old")):
        return "field_history" if find(table, "field") else "stages"
    if references and has_time and re.search(r"histor|change|audit", words):
        return "stages"
    for role in ("quotas", "rates"):
        if re.search(TABLE_WORDS[role], words) and table.of_kind("number"):
            return role
    repeated = [r for r in references if (c := table.column(r.column)) and c.distinct < 0.9 * max(c.filled, 1)]
    is_event_like = has_time and (
        table.name not in keys or re.search(r"session|visit|touch|event|activit|call|mail|meeting|task|click|log", words)
    )
    if is_event_like and (repeated or references) and not re.search(r"^(leads?|deals?|opportunities)$", words):
        return "events"
    return next((role for role, pattern in TABLE_WORDS.items() if table.name in keys and re.search(pattern, words)), "other")


def _log_or_largest(tables: list[TableProfile], keys: dict[str, str], roles: dict[str, str]) -> dict[str, str]:
    """No leads by name: a log without a case table, or else the table with a key and the most rows."""
    log = next((t for t in tables if t.of_kind("time") and find(t, "type", "category", "text") and t.name not in keys), None)
    if log is not None:
        return {log.name: "events"}
    keyed = max((t for t in tables if t.name in keys), key=lambda t: t.rows, default=None)
    return {} if keyed is None else {keyed.name: "leads"}
