"""Who the leads are: accounts, contacts and leads of one block, and the deals they may open. No time yet, no outcome."""

from collections.abc import Sequence

import numpy as np

from leadcast.simulate import company
from leadcast.simulate.tables import where_else_none
from leadcast.table import Table

BLOCK = 2048


def draw_people(rng: np.random.Generator, block: int) -> tuple[Table, Table, Table]:
    """The accounts, contacts and leads of one block, as if the block were full.

    Returns
    -------
    (accounts, contacts, leads) : leads hold ``account`` and ``contact``, rows of the other two, and the attributes of both;
        an attribute is None (or NaN) where nobody ever filled it in, and then has no effect
    """
    accounts = _accounts(rng, block)
    newcomer = rng.random(BLOCK) < 0.95
    earlier = np.floor(rng.random(BLOCK) * np.arange(BLOCK)).astype(int)
    contact = np.where(newcomer | (np.arange(BLOCK) == 0), np.arange(BLOCK), earlier)
    # An earlier lead may itself come from a contact who came back.
    while (contact != contact[contact]).any():
        contact = contact[contact]
    contacts = _contacts(rng, block, accounts.rows)
    account = contacts["account"].astype(int)[contact]
    people = {name: contacts[name][contact] for name in ("contact_id", "account_id", "role", "seniority")}
    firms = {name: accounts[name][account] for name in ("industry", "employees", "country", "region", "effect")}
    columns = {**_lead_columns(rng, accounts, account), **people, **firms, "contact": contact, "account": account}
    return accounts, contacts, Table(columns)


def _accounts(rng: np.random.Generator, block: int) -> Table:
    count = BLOCK * 2 // 3
    country = pick(rng, company.COUNTRIES, (0.28, 0.17, 0.15, 0.18, 0.12, 0.10), count)
    columns = {
        "account_id": numbered("A", block * count + np.arange(count)),
        "industry": pick(rng, company.INDUSTRIES, (0.20, 0.18, 0.12, 0.12, 0.12, 0.12, 0.08, 0.06), count),
        "employees": np.round(np.exp(rng.normal(5.0, 1.5, count))) + 1.0,
        "country": country,
        "region": np.array([company.REGIONS[c] for c in country], dtype=object),
        "effect": rng.normal(0.0, 0.1, count),
    }
    columns["employees"][rng.random(count) < 0.06] = np.nan
    columns["industry"][rng.random(count) < 0.03] = None
    return Table(columns)


def _contacts(rng: np.random.Generator, block: int, accounts: int) -> Table:
    # Some companies send many people, most send one or two.
    account = np.floor(accounts * rng.random(BLOCK) ** 1.3).astype(int)
    columns = {
        "contact_id": numbered("C", block * BLOCK + np.arange(BLOCK)),
        "account": account,
        "account_id": numbered("A", block * accounts + account),
        "role": pick(rng, company.ROLES, (0.24, 0.22, 0.16, 0.16, 0.12, 0.10), BLOCK),
        "seniority": pick(rng, company.SENIORITIES, (0.12, 0.23, 0.35, 0.30), BLOCK),
    }
    columns["role"][rng.random(BLOCK) < 0.05] = None
    columns["seniority"][columns["role"] == "Student"] = "Staff"
    return Table(columns)


def _lead_columns(rng: np.random.Generator, accounts: Table, account: np.ndarray) -> dict[str, np.ndarray]:
    source = pick(rng, company.SOURCES, (0.29, 0.20, 0.11, 0.10, 0.12, 0.08, 0.06, 0.04), BLOCK)
    keen = np.isin(source, ("referral", "direct", "webinar"))
    draw = rng.random(BLOCK)
    intent = (draw > np.where(keen, 0.35, 0.50)).astype(int) + (draw > np.where(keen, 0.70, 0.83))
    intent = np.where(source == "outbound", np.maximum(intent, 1), intent)
    campaign = pick(rng, company.CAMPAIGNS, (0.30, 0.30, 0.25, 0.15), BLOCK)
    campaign[~np.isin(source, ("google", "linkedin", "newsletter", "webinar"))] = None
    source = source.copy()
    source[(rng.random(BLOCK) < 0.02) & (source != "outbound")] = None
    return {
        "intent": intent,
        "source": source,
        "campaign": campaign,
        "request": _request(rng, intent, source),
        "newsletter": (rng.random(BLOCK) < 0.25 + 0.1 * intent).astype(float),
        "owner": someone(rng, accounts["region"][account]),
    }


def _request(rng: np.random.Generator, intent: np.ndarray, source: np.ndarray) -> np.ndarray:
    """What the first form asked for, which tells most of the intent; nobody who was found by us has filled one in."""
    shares = np.array([(0.90, 0.08, 0.02), (0.08, 0.80, 0.12), (0.02, 0.08, 0.90)]).cumsum(axis=1)[intent]
    choice = (rng.random(len(intent))[:, None] > shares[:, :2]).sum(axis=1)
    return where_else_none(source != "outbound", np.array(company.REQUESTS, dtype=object)[choice])


def someone(rng: np.random.Generator, region: np.ndarray) -> np.ndarray:
    """One of the region's sales people for each lead, by chance; object, shape (n,)."""
    teams = {name: [row[0] for row in company.OWNERS if row[3] == name] for name in set(company.REGIONS.values())}
    draws = zip(region, rng.random(len(region)), strict=True)
    return np.array([teams[name][int(draw * len(teams[name]))] for name, draw in draws], dtype=object)


def draw_deals(rng: np.random.Generator, leads: Table) -> Table:
    """What each lead's deal would be, if it comes to one; same rows as the leads."""
    product = rng.choice(len(company.PRODUCTS), leads.rows, p=(0.30, 0.25, 0.20, 0.13, 0.12))
    names, lines, prices, margins = zip(*company.PRODUCTS, strict=True)
    employees = np.where(np.isnan(leads["employees"]), 150.0, leads["employees"])
    size = (employees > 80).astype(int) + (employees > 700)
    discount = rng.choice((0.0, 0.05, 0.10, 0.15, 0.20, 0.30), leads.rows, p=(0.45, 0.15, 0.16, 0.08, 0.08, 0.08))
    amount = np.array(prices)[product] * (employees / 100.0) ** 0.35 * np.exp(rng.normal(0.0, 0.35, leads.rows)) * (1 - discount)
    amount = np.maximum(np.round(amount, -1), 500.0)
    return Table({
        "product": np.array(names, dtype=object)[product],
        "line": np.array(lines, dtype=object)[product],
        "segment": np.array(company.SEGMENTS, dtype=object)[size],
        "discount": discount,
        "amount": amount,
        "margin": np.round(amount * np.array(margins)[product] * rng.uniform(0.85, 1.1, leads.rows), 2),
        "stakeholders": 1.0 + rng.poisson(np.array([0.5, 1.2, 2.2])[size]),
        "competitor": pick(rng, ("none", "incumbent", "challenger"), (0.5, 0.28, 0.22), leads.rows),
        "currency": np.array([company.CURRENCIES.get(c, "EUR") for c in leads["country"]], dtype=object),
        "guess": np.round(20.0 + rng.gamma(4.0, 9.0, leads.rows)),
    })


def pick(rng: np.random.Generator, names: Sequence[str], shares: Sequence[float], count: int) -> np.ndarray:
    """Names at random by their shares, object, shape (count,)."""
    return np.array(names, dtype=object)[rng.choice(len(names), count, p=np.array(shares) / np.sum(shares))]


def numbered(letter: str, numbers: np.ndarray) -> np.ndarray:
    """Ids that rise: L0000001 for number 0; object, shape of ``numbers``."""
    return np.char.mod(f"{letter}%07d", numbers + 1).astype(object)
