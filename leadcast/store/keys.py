"""Natural keys: what makes two rows the same fact, however often and in whatever order they come."""

from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import Any

_BETWEEN, _NOTHING = "\x1f", "\x1e"


def natural_key(parts: Iterable[Any]) -> str:
    """32 hexadecimal digits that are the same for the same parts; None is a part of its own, 1 and 1.0 are the same."""
    text = _BETWEEN.join([part if isinstance(part, str) else _NOTHING if part is None else repr(float(part)) for part in parts])
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def repeated_key(key: str, times: int) -> str:
    """The key of a fact that a table holds several times over: its first row has the plain key, later ones are counted."""
    return natural_key([key, times]) if times else key


def event_key(links: Sequence[str | None], kind: str, occurred_at: int, event_id: str | None, sequence: float | None,
              direction: str | None, actor: str | None, value: float | None) -> str:
    """An event with an id is that event, for each whom it concerns and each type it counts as; without, its content is.

    Parameters
    ----------
    links : lead, opportunity, contact and account id, in this order
    occurred_at : microseconds since 1970
    """
    if event_id is not None:
        return natural_key(["id", event_id, kind, *links])
    return natural_key(["content", kind, str(occurred_at), *links, sequence, direction, actor, value])


def stage_key(entity: str, entity_id: str, stage: str, entered_at: int | None) -> str:
    return natural_key([entity, entity_id, stage, None if entered_at is None else str(entered_at)])


def field_key(entity: str, entity_id: str, field: str, changed_at: int, value: str | None) -> str:
    """A field may change twice in one moment, as a CRM writes it; the value tells the changes apart."""
    return natural_key([entity, entity_id, field, str(changed_at), value])


def owner_key(owner: str, valid_from: int | None) -> str:
    return natural_key([owner, None if valid_from is None else str(valid_from)])


def cost_key(source: str | None, campaign: str | None, period: str) -> str:
    return natural_key([source, campaign, period])


def quota_key(owner: str | None, region: str | None, period: str) -> str:
    return natural_key([owner, region, period])
