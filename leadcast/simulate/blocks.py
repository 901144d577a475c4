"""One block of the simulated world, future included: the same for a seed whatever the size around it."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from leadcast.simulate import company, effects
from leadcast.simulate.behaviour import draw_events
from leadcast.simulate.chain import Chain
from leadcast.simulate.changes import dated, deal_changes, handovers, local_day
from leadcast.simulate.people import BLOCK, draw_deals, draw_people, numbered, pick
from leadcast.simulate.tables import where_else_none
from leadcast.table import Table


@dataclass(frozen=True)
class Life:
    """What becomes of n entities: UTC moments, NaT = never.

    Attributes
    ----------
    entered : shape (n, stages + 1)
    lost : shape (n,)
    chain : the true parameters
    """

    entered: np.ndarray
    lost: np.ndarray
    chain: Chain


@dataclass(frozen=True)
class Block:
    """Leads in order of creation, the deals that were opened, and everything around them, up to the end of time.

    Attributes
    ----------
    accounts, contacts : only those with a lead in this block
    leads : n rows, among them ``intent`` and ``effect``, which only the truth knows
    deals : one row per opened deal; ``lead`` is the lead's row
    events : sorted by time; ``lead`` is the lead's row, ``deal`` the deal's or -1
    lead_changes, deal_changes : field -> row of the entity, changed_at, value, old_value
    """

    number: int
    accounts: Table
    contacts: Table
    leads: Table
    lead_life: Life
    deals: Table
    deal_life: Life
    events: Table
    lead_changes: dict[str, Table]
    deal_changes: dict[str, Table]


def rng_of(seed: int, block: int, part: int) -> np.random.Generator:
    """An independent stream for each part of each block."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(block, part)))


def draw_blocks(leads: int, seed: int) -> Iterator[Block]:
    """All blocks of a world of so many leads, one at a time."""
    for number in range(-(-leads // BLOCK)):
        yield draw_block(leads, seed, number)


def draw_block(leads: int, seed: int, number: int) -> Block:
    """Leads ``number * BLOCK`` and following of a world of ``leads``.

    Everything is drawn for a full block and in days after each lead's creation; only then comes the calendar.
    So the same lead lives the same life in a world of any size.
    """
    rng = rng_of(seed, number, 0)
    accounts, contacts, people = draw_people(rng, number)
    bargains = draw_deals(rng, people)
    outbound = people["source"] == "outbound"
    lead_chain, deal_chain = effects.lead_chain(people), effects.deal_chain(people, bargains)
    entered, lost = _walk(*lead_chain.sample(rng), first=np.where(outbound, 2, 0))
    deal_entered, deal_lost = _walk(*deal_chain.sample(rng), first=np.zeros(BLOCK, int))
    people = people.with_columns(lost_reason=pick(rng, company.LOST_LEAD_REASONS, (5, 2, 2, 1), BLOCK))
    people = people.with_columns(budget=_budget(rng, bargains))
    bargains = bargains.with_columns(lost_reason=pick(rng, company.LOST_DEAL_REASONS, (3, 3, 3, 1), BLOCK))
    opened = entered[:, 3]
    stages, left = _stages(entered, lost, deal_entered, deal_lost)
    events = draw_events(rng_of(seed, number, 1), people["intent"], stages, left, outbound)
    rng = rng_of(seed, number, 2)
    owner_changes, changes = handovers(rng, people, left[:, 0]), deal_changes(rng, bargains, deal_entered, deal_lost)

    count = min(BLOCK, leads - number * BLOCK)
    some, created = np.arange(count), company.creation_days(number * BLOCK, count, leads)
    with_deal = np.flatnonzero(np.isfinite(opened[:count]))
    begun = (created + opened[:count])[with_deal]
    owner_changes = dated(owner_changes, some, created, days=False)
    table = people.take(some).with_columns(lead_id=numbered("L", number * BLOCK + some), created_at=company.moment(created))
    return Block(
        number,
        accounts.take(np.unique(table["account"])),
        contacts.take(np.unique(table["contact"])),
        table,
        Life(company.moment(created[:, None] + entered[:count]), company.moment(created + lost[:count]), lead_chain.take(some)),
        _deals(bargains, table, with_deal, begun, owner_changes, number),
        Life(company.moment(begun[:, None] + deal_entered[with_deal]), company.moment(begun + deal_lost[with_deal]),
             deal_chain.take(with_deal)),
        _events(events, table, created, with_deal, number),
        {"owner": owner_changes},
        {name: dated(change, with_deal, begun, days=name == "expected_close") for name, change in changes.items()},
    )


def _walk(on: np.ndarray, delay: np.ndarray, first: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """From the lots drawn to the days on which each stage is entered, shape (n, k + 1), or the matter lost, shape (n,)."""
    count, stages = on.shape
    entered, lost = np.full((count, stages + 1), np.nan), np.full(count, np.nan)
    entered[np.arange(count), first] = 0.0
    for stage in range(stages):
        leaves = entered[:, stage] + delay[:, stage]
        entered[:, stage + 1] = np.where(on[:, stage] & np.isfinite(leaves), leaves, entered[:, stage + 1])
        lost = np.where(~on[:, stage] & np.isfinite(leaves), leaves, lost)
    return entered, lost


def _stages(
    entered: np.ndarray, lost: np.ndarray, deal_entered: np.ndarray, deal_lost: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """When a lead and then its deal enters and leaves each of the six stages, days after the lead's creation, shape (n, 6)."""
    opened = entered[:, 3:]
    begins = np.hstack([entered[:, :3], opened + deal_entered[:, :3]])
    ends = np.hstack([entered[:, 1:], opened + deal_entered[:, 1:]])
    gone = np.hstack([np.repeat(lost[:, None], 3, axis=1), np.repeat(opened + deal_lost[:, None], 3, axis=1)])
    return begins, np.where(np.isnan(ends), gone, ends)


def _budget(rng: np.random.Generator, bargains: Table) -> np.ndarray:
    """What sales learn when they qualify a lead."""
    told = bargains["amount"] * np.exp(rng.normal(0.0, 0.4, bargains.rows))
    return np.array(["below 10k", "10k to 30k", "above 30k"], dtype=object)[(told > 10_000).astype(int) + (told > 30_000)]


def _deals(bargains: Table, leads: Table, rows: np.ndarray, begun: np.ndarray, handed: Table, number: int) -> Table:
    owner = leads["owner"].copy()
    owner[handed["row"]] = handed["value"]
    return bargains.take(rows).with_columns(
        lead=rows, opportunity_id=numbered("D", number * BLOCK + rows), owner=owner[rows],
        created_at=company.moment(begun), expected_close=local_day(begun + bargains["guess"][rows]),
        **{name: leads[name][rows] for name in ("lead_id", "contact_id", "account_id")},
    )


def _events(events: Table, leads: Table, created: np.ndarray, with_deal: np.ndarray, number: int) -> Table:
    """The events of the leads that exist, dated and sorted; numbered before the cut, so an event keeps its id in any world."""
    order = np.lexsort((events["at"], events["row"]))
    events = events.take(order).with_columns(event_id=np.char.mod(f"{number:04d}%06d", np.arange(events.rows)).astype(object))
    events = events.take(events["row"] < leads.rows)
    lead = events["row"]
    deal = np.full(leads.rows, -1)
    deal[with_deal] = np.arange(len(with_deal))
    at = created[lead] + events["at"]
    table = Table({
        "lead": lead, "deal": np.where(events["on_deal"], deal[lead], -1), "type": events["type"], "event_id": events["event_id"],
        "occurred_at": company.moment(at), "recorded_at": company.moment(at + events["late"]), "from_us": events["from_us"],
        "value": events["value"], "actor": where_else_none(events["from_us"], leads["owner"][lead]),
    })
    return table.take(np.lexsort((table["lead"], table["occurred_at"])))
