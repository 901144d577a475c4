"""What moves leads and deals along: the true probabilities and clocks, curved and with interactions on purpose."""

import numpy as np

from leadcast.simulate import company
from leadcast.simulate.chain import Chain
from leadcast.table import Table

SKILL = {row[0]: row[4] for row in company.OWNERS}


def lead_chain(leads: Table) -> Chain:
    """The chain new -> mql -> sql -> converted of each lead."""
    fit, intent = _fit(leads), leads["intent"]
    skill = np.array([SKILL[o] for o in leads["owner"]])
    student = leads["role"] == "Student"
    source = _by(leads["source"], {"referral": 0.7, "webinar": 0.4, "linkedin": -0.4})
    # A price guide brings comparers, but those who mean it come with intent.
    guide = np.where(leads["campaign"] == "price-guide", np.array([-0.4, 0.0, 0.4])[intent], 0.0)
    mql = -0.82 + np.array([-0.8, 0.2, 0.9])[intent] + fit + source + guide - 1.2 * student + 0.5 * leads["effect"]
    sql = -0.1 + np.array([-0.5, 0.1, 0.5])[intent] + 0.6 * fit + 0.4 * source - 0.8 * student + 0.6 * skill + leads["effect"]
    opens = 2.9 + 0.4 * fit
    pace = np.array([1.2, 1.0, 0.85])[intent] * np.where(leads["seniority"] == "C-level", 1.2, 1.0)
    return _chain([mql, sql, opens], median=(3.0, 7.0, 4.0), sigma=(0.9, 0.7, 0.7), scale=(13.0, 18.0, 16.0),
                  shape=(1.3, 1.4, 1.4), pace=pace, patience=np.where(leads["newsletter"] > 0, 1.2, 1.0))


def _fit(leads: Table) -> np.ndarray:
    """How well the company suits the product: best in the middle, for some trades, and with the right person asking."""
    employees = np.where(np.isnan(leads["employees"]), 150.0, leads["employees"])
    middle = 1.2 * np.exp(-((np.log(employees / 250.0) / 1.3) ** 2)) - 0.5
    trade = _by(leads["industry"], {"Manufacturing": 0.4, "Logistics": 0.4, "Education": -0.5, "Retail": -0.5})
    # In a small company the boss decides; in a large one the boss asks and the operations decide.
    chief, doer = leads["seniority"] == "C-level", np.isin(leads["role"], ("Operations", "IT"))
    person = np.where(employees < 150, np.where(chief, 0.7, 0.0), np.where(doer, 0.35, np.where(chief, -0.4, 0.0)))
    return middle + trade + person + _by(leads["country"], {"Singapore": 0.15, "Indonesia": -0.15})


def deal_chain(leads: Table, deals: Table) -> Chain:
    """The chain discovery -> proposal -> negotiation -> won of each lead's deal; same rows."""
    intent = np.array([-0.2, 0.0, 0.15])[leads["intent"]]
    skill = np.array([SKILL[o] for o in leads["owner"]])
    enterprise, small = deals["segment"] == "enterprise", deals["segment"] == "small"
    rivals = _by(deals["competitor"], {"incumbent": -1.5, "challenger": -0.4})
    # Several people at the table help, but a small company has only one.
    people = np.where(small, 0.0, np.where(deals["stakeholders"] > 2, 0.25, np.where(deals["stakeholders"] == 1, -0.25, 0.0)))
    price = -0.1 * np.tanh(np.log(deals["amount"] / 15_000.0) / 1.2)
    # A fair discount helps, a desperate one tells.
    discount = np.where(deals["discount"] > 0.15, -0.25, np.where(deals["discount"] > 0.0, 0.15, 0.0))
    common = intent + rivals + people + 0.15 * skill + 0.1 * leads["effect"]
    q = [1.05 + common, 0.95 + 0.7 * common + price, 1.15 + 0.7 * common + discount]
    pace = np.where(enterprise, 1.15, np.where(small, 0.9, 1.0))
    return _chain(q, median=(13.0, 16.0, 17.0), sigma=(0.6, 0.6, 0.6), scale=(22.0, 32.0, 36.0), shape=(1.4, 1.5, 1.5),
                  pace=pace, patience=np.where(enterprise, 1.1, 1.0))


def _by(column: np.ndarray, effects: dict[str, float]) -> np.ndarray:
    """The effect of each value; none for a value that is missing or not listed."""
    return np.array([effects.get(value, 0.0) for value in column])


def _chain(
    log_odds: list[np.ndarray], median: tuple[float, ...], sigma: tuple[float, ...], scale: tuple[float, ...],
    shape: tuple[float, ...], pace: np.ndarray, patience: np.ndarray,
) -> Chain:
    each = np.ones((len(pace), len(log_odds)))
    return Chain(
        q=1.0 / (1.0 + np.exp(-np.stack(log_odds, axis=1))),
        median=np.array(median) * pace[:, None], sigma=np.array(sigma) * each,
        scale=np.array(scale) * patience[:, None], shape=np.array(shape) * each,
    )
