"""How the user's tables hang together: each one's key, and the columns that hold another one's."""

import re
from collections.abc import Collection
from dataclasses import dataclass

from leadcast.draft.profile import ColumnProfile, TableProfile
from leadcast.draft.words import PERSONAL, TABLE_WORDS, says, slug, stems

MOST = 0.8
Knowns = dict[tuple[str, str], frozenset[str]]
"""The values of columns that could be keys, by (table, column)."""
_KEY_NAME = r"(.*(_|^))?(id|key|no|number|code|guid|uuid|ref|nr)$|.*(id|guid)$"
_THINGS = ("lead", "prospect", "deal", "opportunity", "contact", "account", "company", "user", "product", "mql", "kunde")
_OWN = r"id|record_id.*|.*_record_id|key|guid|uuid|object_id|sys_id|external_id"


@dataclass(frozen=True)
class Reference:
    """A column that holds another table's key, or another unique column of it.

    Attributes
    ----------
    share : of its distinct values, how many the other table knows
    """

    column: str
    table: str
    key: str
    share: float = 1.0


@dataclass(frozen=True)
class Relations:
    """Keys by table, and each table's references."""

    keys: dict[str, str]
    references: dict[str, list[Reference]]


def relations_of(tables: list[TableProfile]) -> Relations:
    """Keys by name and shape first, then references by overlap of values."""
    found = {t.name: _candidates(t) for t in tables}
    knowns: Knowns = {(t.name, c): frozenset(t.frame[c].dropna()) for t in tables for c in found[t.name]}
    keys = {t.name: key for t in tables if (key := _own_key(t, found, knowns, tables))}
    others = {t.name: [c for c in found[t.name] if c != keys.get(t.name) and _may_point(t, c)] for t in tables}
    references = {t.name: _references(t, tables, keys, others, knowns) for t in tables}
    return Relations(keys, references)


def _candidates(table: TableProfile) -> list[str]:
    """Columns that could be the key, the likeliest first."""
    ranked = [(_key_rank(table, c), place, c.name) for place, c in enumerate(table.columns) if c.is_key]
    return [name for rank, _, name in sorted(ranked, key=lambda r: (-r[0], r[1])) if rank > 0]


def _key_rank(table: TableProfile, column: ColumnProfile) -> int:
    plain, own = slug(column.name), own_words(table.name)
    keyed = re.fullmatch(_KEY_NAME, plain) is not None
    if keyed and stems(plain) & own and len(stems(plain)) <= 2:
        return 5
    if re.fullmatch(_OWN, plain):
        return 4
    if stems(plain) and stems(plain) <= own:
        return 3
    if keyed:
        return 2
    return 1 if column.name == table.columns[0].name or column.kind == "text" or says("e_?mail|login", column.name) else 0


def own_words(table: str) -> set[str]:
    """The words of a table's name, and others for the same thing."""
    own = stems(table)
    for words in TABLE_WORDS.values():
        if says(words, table):
            own |= {word for word in _THINGS if re.fullmatch(words, word)}
    return own


def _own_key(table: TableProfile, found: dict[str, list[str]], knowns: Knowns,
             tables: list[TableProfile]) -> str | None:
    """The likeliest key that is not plainly another table's: a list of deals may hold each lead once."""
    def foreign(column: str) -> bool:
        about = stems(column)
        others = [t for t in tables if t is not table and found[t.name] and about & own_words(t.name)]
        mine = knowns[table.name, column]
        return not about & own_words(table.name) and any(
            column_share(mine, knowns[other.name, found[other.name][0]]) >= MOST for other in others)

    between = [c for c in found[table.name] if not foreign(c) and not _is_between(table, c, found, knowns, tables)]
    return between[0] if between else None


def _is_between(table: TableProfile, column: str, found: dict[str, list[str]], knowns: Knowns,
                tables: list[TableProfile]) -> bool:
    """A table named after two others, such as deal_contacts, has no key of its own when its columns are theirs."""
    named = [t for t in tables if t is not table and found[t.name] and stems(t.name) and stems(t.name) < stems(table.name)]
    mine = knowns[table.name, column]
    return len(named) >= 2 and any(column_share(mine, knowns[t.name, found[t.name][0]]) >= MOST for t in named)


def column_share(values: Collection[str], known: frozenset[str]) -> float:
    """The share of values that are known; judged on 2,000 of them, from all over the table."""
    some = sorted(values)[:: max(1, len(values) // 2000)]
    return sum(value in known for value in some) / len(some) if some else 0.0


def _may_point(table: TableProfile, column: str) -> bool:
    """E-mails and names are pointed at where nothing better is there; a number is not."""
    profile = table.column(column)
    return profile is not None and profile.kind in ("text", "category")


def _references(table: TableProfile, tables: list[TableProfile], keys: dict[str, str], others: dict[str, list[str]],
                knowns: Knowns) -> list[Reference]:
    """Per column the table that it points to; several where its values are spread over several tables."""
    found = []
    for column in table.columns:
        if column.name == keys.get(table.name) or column.kind in ("time", "flag") or not column.filled or column.is_fraction:
            continue
        values = list(table.frame[column.name].dropna().unique())
        found_there = (_best(column, values, other, keys, others, knowns) for other in tables if other is not table)
        targets = sorted((t for t in found_there if t), key=lambda t: (
            -t.share - 0.01 * _is_named_after(column.name, t), t.key != keys.get(t.table)))
        if targets and (targets[0].share >= MOST or (targets[0].share >= 0.3 and _is_named_after(column.name, targets[0]))):
            found.append(targets[0])
        elif sum(t.share for t in targets) >= MOST:
            found += [t for t in targets if t.share >= 0.05]
    return found


def _best(column: ColumnProfile, values: list[str], other: TableProfile, keys: dict[str, str], others: dict[str, list[str]],
          knowns: Knowns) -> Reference | None:
    """The key, else another unique column, that the values are taken from; plain numbers need the name's support."""
    for name in ([keys[other.name]] if other.name in keys else []) + others[other.name]:
        share = column_share(values, knowns[other.name, name])
        reference = Reference(column.name, other.name, name, share)
        named = _is_named_after(column.name, reference)
        alike = stems(column.name) & stems(name) or (says(PERSONAL, column.name) and says(PERSONAL, name))
        if name != keys.get(other.name) and not alike:
            continue
        if share >= 0.05 and (named or column.kind != "number"):
            return reference
    return None


def _is_named_after(column: str, reference: Reference) -> bool:
    return bool(stems(column) & (own_words(reference.table) | stems(reference.key)))

