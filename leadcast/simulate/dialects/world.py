"""What every dialect writes from: one block as the CRM has it on the day of the export, and names for its people and firms."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from leadcast.history import History
from leadcast.simulate import company
from leadcast.simulate.blocks import Block
from leadcast.simulate.canonical import CONTRACT, canonical_tables, cut
from leadcast.table import TIME, Table
from leadcast.vocabulary import Entity

FIRST_NAMES = ("Mia", "Noah", "Li", "Amara", "Jonas", "Priya", "Omar", "Elena", "Kofi", "Yuki", "Lucas")
LAST_NAMES = ("Chen", "Okafor", "Weber", "Silva", "Haddad", "Novak", "Tan", "Murphy", "Rossi", "Khan", "Berg", "Moreau", "Sato")
FIRMS = ("Northwind", "Alder", "Bluestone", "Cobalt", "Delta", "Everest", "Fjord")
KINDS = ("Works", "Systems", "Partners", "Trading", "Labs")
WEB = ("web_session", "web_pricing", "web_form")
OWNER_NAMES = {row[0]: row[1] for row in company.OWNERS}


@dataclass(frozen=True)
class World:
    """One block at the end of the data.

    Attributes
    ----------
    now : the history known then
    events : everything that happened but the contracts, each with ``lead``, the id of the lead behind it
    lead_stage, deal_stage : today's stage; shape (leads,) and (deals,)
    lead_since, deal_since : since when
    deal_of : lead id -> deal id
    """

    now: History
    events: Table
    lead_stage: np.ndarray
    lead_since: np.ndarray
    deal_stage: np.ndarray
    deal_since: np.ndarray
    deal_of: dict[str, str]

    @property
    def lead_of(self) -> dict[str, str]:
        """Deal id -> lead id."""
        return {deal: lead for lead, deal in self.deal_of.items()}

    def entries(self, entity: str) -> Table:
        """Stage entries of leads or deals, by id and time."""
        return self.now.stages.take(self.now.stages["entity"] == entity)

    def of_type(self, *types: str) -> Table:
        """The events of some types, in order of time."""
        return self.events.take(np.isin(self.events["type"], types))


def world(block: Block, leads: int, in_euros: bool = False) -> World:
    """A block as a CRM knows it at the end of the data.

    Parameters
    ----------
    leads : of the whole simulated company
    in_euros : amounts in the company's currency, else each deal's in its own
    """
    now = cut(canonical_tables(block, in_euros), leads)
    behind = dict(zip(block.events["event_id"], block.leads["lead_id"][block.events["lead"]], strict=True))
    events = now.events.take(now.events["type"] != CONTRACT)
    return World(
        now, events.with_columns(lead=np.array([behind[i] for i in events["event_id"]], dtype=object)),
        *_today(now, "lead"), *_today(now, "opportunity"),
        dict(zip(now.opportunities["lead_id"], now.opportunities["opportunity_id"], strict=True)),
    )


def _today(now: History, entity: Entity) -> tuple[np.ndarray, np.ndarray]:
    rows = np.arange(now.entities(entity).rows)
    stage, since = now.stage_at(entity, rows, np.full(len(rows), now.end))
    return stage, np.asarray(since, TIME)


# ---- people and firms ---------------------------------------------------------------------------------------------


def serials(ids: np.ndarray) -> np.ndarray:
    """The numbers in our ids: 12 for "L0000012"; shape (n,)."""
    return np.array([int(i[1:]) for i in ids], dtype=np.int64)


def each(ids: np.ndarray, name: Callable[[str], str]) -> np.ndarray:
    """``name(id)`` for each id, None for none; object, shape (n,)."""
    return np.array([None if i is None else name(i) for i in ids], dtype=object)


def renamed(texts: np.ndarray, names: dict[str, str]) -> np.ndarray:
    """Each text in the CRM's own word; None stays None."""
    return np.array([None if text is None else names[text] for text in texts], dtype=object)


def person(contact_id: str) -> str:
    """A full name; several people share one, as in life."""
    number = int(contact_id[1:])
    return f"{FIRST_NAMES[number % len(FIRST_NAMES)]} {LAST_NAMES[number % len(LAST_NAMES)]}"


def email(contact_id: str) -> str:
    """An address of one's own."""
    return f"{person(contact_id).replace(' ', '.').lower()}.{int(contact_id[1:])}@mail.example"


def firm(account_id: str) -> str:
    """The name of a company, its own."""
    number = int(account_id[1:])
    return f"{FIRMS[number % len(FIRMS)]} {KINDS[number % len(KINDS)]} {number}"


def is_closed(stage: np.ndarray) -> np.ndarray:
    """Deals won or lost, boolean, shape (n,)."""
    return np.isin(stage.astype(str), ("won", company.DEAL_LOST))


def last_expected(here: World) -> np.ndarray:
    """When each deal was expected to close just before it did, or now; UTC, shape (deals,)."""
    deals = here.now.opportunities
    before = np.where(is_closed(here.deal_stage), here.deal_since - np.timedelta64(1, "s"), here.now.end)
    when = np.maximum(before, deals["created_at"])
    return np.asarray(here.now.value_at("opportunity", "expected_close", np.arange(deals.rows), when), TIME)
