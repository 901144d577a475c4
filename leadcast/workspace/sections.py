"""The sections of a workspace with the names by which messages call them."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

from leadcast.schema import LEADS, OPPORTUNITIES, TableSchema
from leadcast.workspace.messages import did_you_mean, quoted
from leadcast.workspace.model import Entity, LeadSource, OpportunitySource, Workspace

Part = TypeVar("Part")

SCHEMAS = {"lead": LEADS, "opportunity": OPPORTUNITIES}
CLOSE_NAMES = {"close_date": "expected_close"}
"""What a history of the one close-date column is a history of."""

_FIXED = frozenset({"lead_id", "opportunity_id", "contact_id", "account_id", "created_at", "order", "pipeline", "currency"})
"""Columns without a history. Events reach a lead or deal by its keys as they are: one that moved would bring another's past."""

PLURALS: dict[Entity, str] = {"lead": "leads", "opportunity": "opportunities"}


def numbered(role: str, parts: Sequence[Part]) -> Iterator[tuple[str, Part]]:
    """Each part with its key: ``events`` where it is alone, else ``events[1]``, ``events[2]``."""
    for number, part in enumerate(parts, start=1):
        yield (f"{role}[{number}]" if len(parts) > 1 else role), part


def sources_of(workspace: Workspace, entity: Entity) -> Sequence[LeadSource | OpportunitySource]:
    return workspace.leads if entity == "lead" else workspace.opportunities


def stages_of(workspace: Workspace, entity: Entity) -> list[str]:
    """Every stage of the pipelines of leads or deals, in order."""
    return list(dict.fromkeys(s for p in workspace.pipelines if p.entity == entity for s in (*p.stages, *p.won, *p.lost)))


def unknown(key: str, found: str, known: Sequence[str], what: str) -> str:
    """A name that is not among the known ones."""
    names = f"There is: {quoted(known)}." if known else "There is none."
    return f'{key}: there is no {what} "{found}"{did_you_mean(found, known)} {names}'


def column_kinds(schema: TableSchema) -> dict[str, str]:
    """Each column of a canonical table with its kind: category, number or time."""
    kinds = (("category", schema.texts), ("time", schema.times), ("number", schema.numbers))
    return {name: kind for kind, names in kinds for name in names}


def attribute_kinds(sources: Iterable[LeadSource | OpportunitySource]) -> dict[str, str]:
    """Every attribute of these sources with its type."""
    return {name: attribute.type for source in sources for name, attribute in source.attributes.items()}


def field_kinds(entity: Entity, sources: Iterable[LeadSource | OpportunitySource]) -> dict[str, str]:
    """The columns of leads or deals that may have a history: category, number, flag or time."""
    return {n: kind for n, kind in column_kinds(SCHEMAS[entity]).items() if n not in _FIXED} | attribute_kinds(sources)
