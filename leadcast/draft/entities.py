"""The drafted sections for leads and deals: keys, columns, attributes and the joins that bring them in."""

import re

from leadcast.draft.profile import ColumnProfile, TableProfile
from leadcast.draft.roles import Guess, find, slug, win_dates
from leadcast.draft.toml_text import Draft

# Names that tell of the outcome or of a judgement made on the way: never an input without somebody's word.
LATE_WORDS = (
    r"lost|reason|closed|outcome|result|converted|won|tags?$|quality|profile|last_|score|status|stage|disposition|notable"
)
ENGAGEMENT_WORDS = r"visit|view|click|open|time_spent|session|page|activity|engag|touch|email_count|call_count"


def write_leads(
    draft: Draft, by_role: dict[str, list[TableProfile]], tables: list[TableProfile], guess: Guess, log: TableProfile | None
) -> None:
    """``[leads]`` from a table of leads, or from the first event of each case of a log."""
    if log is not None:
        _cases_of_log(draft, log)
        return
    for table in by_role.get("leads", [])[:1]:
        joined = _joins(draft, table, tables, guess)
        columns = {"lead_id": guess.keys[table.name], "created_at": find(table, "created_at", "time") or _first_time(table)}
        columns |= _keys(table, guess, joined)
        columns |= {"owner": find(table, "owner"), "source": find(table, "source")}
        draft.section("[leads]")
        draft.set("table", table.name)
        if columns["created_at"] is None:
            _order(draft, table, columns)
        _columns(draft, "leads", columns)
        _attributes(draft, "leads", table, joined, columns, guess)


def _order(draft: Draft, table: TableProfile, columns: dict[str, str | None]) -> None:
    """No date: order from another rising number, or from the file."""
    rising = [c.name for c in table.columns if c.is_key and c.kind == "number" and re.search(r"number|no$|id$|seq", slug(c.name))]
    if rising:
        columns["order"] = rising[0]
    else:
        draft.set("order", "file", ask="the table has no dates; do its rows stand in order of time?")


def write_opportunities(draft: Draft, by_role: dict[str, list[TableProfile]], tables: list[TableProfile], guess: Guess) -> None:
    """``[opportunities]`` from a table of deals."""
    for table in by_role.get("opportunities", [])[:1]:
        joined = _joins(draft, table, tables, guess)
        columns = {
            "opportunity_id": guess.keys[table.name],
            "created_at": find(table, "created_at", "time") or _first_time(table),
        }
        columns |= _keys(table, guess, joined, "lead")
        for name, kind in (("amount", "number"), ("margin", "number"), ("currency", "category"), ("close_date", "time")):
            columns[name] = find(table, name, kind, but=tuple(columns.values()))
        columns |= {"owner": find(table, "owner"), "category": find(table, "category")}
        draft.section("[opportunities]")
        draft.set("table", table.name)
        if columns["close_date"]:
            draft.say(
                f"QUESTION: is {columns['close_date']} the expected date while a deal is open and the outcome's date once it is "
                "closed? If it is only ever the expectation, name it expected_close."
            )
        _columns(draft, "opportunities", columns)
        _attributes(draft, "opportunities", table, joined, columns, guess)


def _cases_of_log(draft: Draft, log: TableProfile) -> None:
    case, time = case_column(log), _first_time(log)
    order = [c for c in (time, find(log, "sequence", "number", but=(case,))) if c]
    draft.section("[tables.cases]", "the log has no table of cases: a lead is the first event of its case")
    draft.set("of", log.name)
    draft.set("first_of", {"by": case, "order": order})
    draft.section("[leads]")
    draft.set("table", "cases")
    columns = {"lead_id": case, "created_at": time, "source": find(log, "source")}
    _columns(draft, "leads", columns)
    per_case = log.frame.groupby(case).nunique()
    constant = {c for c in per_case.columns if per_case[c].max() <= 1}
    kept = TableProfile("cases", log.file, log.rows, tuple(c for c in log.columns if c.name in constant), log.frame)
    _attributes(draft, "leads", kept, {}, columns, Guess({}, {}, {"cases": []}))


def case_column(log: TableProfile) -> str:
    """The column that repeats over a case's events: named like a key, else the most varied one."""
    named = [
        c for c in log.columns if re.search(r"case|lead|deal|ticket|(^|_)id$", slug(c.name)) and c.kind not in ("time", "flag")
    ]
    repeated = [c for c in named if c.distinct < 0.9 * c.filled]
    return max(
        repeated or named or list(log.columns), key=lambda c: ("case" in slug(c.name) or "lead" in slug(c.name), c.distinct)
    ).name


def _first_time(table: TableProfile) -> str | None:
    full = [c for c in table.of_kind("time") if c.filled >= 0.9 * c.rows]
    return full[0].name if full else None


def _joins(draft: Draft, table: TableProfile, tables: list[TableProfile], guess: Guess) -> dict[str, ColumnProfile]:
    """Write the joins to lookup tables (contact, then account, product): new column name -> its profile."""
    joined: dict[str, ColumnProfile] = _join_of_wins(draft, table, tables, guess)
    waiting = [(r.column, r.table, r.key) for r in guess.references[table.name]]
    seen = {table.name}
    while waiting:
        column, other_name, key = waiting.pop(0)
        if other_name in seen or guess.roles[other_name] not in ("contacts", "accounts", "products", "other"):
            continue
        seen.add(other_name)
        other = next(t for t in tables if t.name == other_name)
        prefix = other.name.rstrip("s")
        taken = {
            f"{prefix}_{slug(c.name)}": c for c in other.columns if c.name != key and c.kind in ("category", "number", "flag")
        }
        onward = [r for r in guess.references[other_name] if r.table not in seen]
        pointing = {r.column for r in onward}
        taken |= {f"{prefix}_{slug(c.name)}": c for c in other.columns if c.name in pointing}
        draft.section(f"[[tables.{table.name}.joins]]")
        draft.set("table", other_name)
        draft.set("on", {column: key})
        draft.set("columns", {new: c.name for new, c in taken.items()})
        joined |= taken
        waiting += [(f"{prefix}_{slug(r.column)}", r.table, r.key) for r in onward]
    return joined


def _join_of_wins(draft: Draft, table: TableProfile, tables: list[TableProfile], guess: Guess) -> dict[str, ColumnProfile]:
    """A list of the won ones alone gives its date to the leads; its other columns tell the outcome, so they stay outside."""
    for other in tables:
        if guess.roles[other.name] != "wins":
            continue
        dates = win_dates(other)
        draft.section(
            f"[[tables.{table.name}.joins]]",
            f"{other.name} lists only the won ones: its columns exist for winners alone and would give the answer away",
        )
        draft.set("table", other.name)
        draft.set("on", {guess.keys[table.name]: guess.keys[other.name]})
        draft.set("columns", dates)
        return {name: column for name in dates if (column := other.column(name))}
    return {}


def _keys(table: TableProfile, guess: Guess, joined: dict[str, ColumnProfile], *more: str) -> dict[str, str | None]:
    """Contact, account (perhaps through the contact) and lead of an entity."""
    found: dict[str, str | None] = {}
    for role in (*more, "contact", "account"):
        through = next((new for new in joined if re.search(rf"{role}(_?id)?$", new)), None)
        found[f"{role}_id"] = guess.reference(table.name, f"{role}s") or through
    return found


def _columns(draft: Draft, role: str, columns: dict[str, str | None]) -> None:
    draft.section(f"[{role}.columns]")
    for ours, theirs in columns.items():
        draft.set(ours, theirs)


def _attributes(
    draft: Draft, role: str, table: TableProfile, joined: dict[str, ColumnProfile], columns: dict[str, str | None], guess: Guess
) -> None:
    """Every further column with few enough values to learn from; late-looking ones are kept out until somebody says otherwise."""
    references = {r.column for r in guess.references.get(table.name, [])}
    own = {c.name: c for c in table.columns if c.name not in references}
    taken = {*columns.values(), find(table, "stage", "category"), find(table, "outcome", "flag", "category")}
    candidates = {n: c for n, c in {**own, **joined}.items() if n not in taken and c.kind in ("category", "number", "flag")}
    candidates = {
        n: c for n, c in candidates.items() if c.distinct > 1 and not (c.is_key and c.name == n) and not n.endswith("_id")
    }
    if not candidates:
        return
    draft.section(f"[{role}.attributes]")
    for name, column in candidates.items():
        plain = slug(name)
        spec = {} if plain == name else {"column": name}
        spec |= {} if column.kind == "category" else {"type": column.kind}
        spec |= {"about": "engagement"} if re.search(ENGAGEMENT_WORDS, plain) else {}
        late = name in own and re.search(LATE_WORDS, plain)
        if late:
            spec["known"] = "outcome"
        draft.set(
            plain,
            spec or name,
            ask=f'when is {name} known? "outcome" keeps it out of the model; "creation" lets it in.' if late else None,
        )
