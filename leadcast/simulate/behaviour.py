"""What leads and sales people do while it lasts: visits, e-mails, calls, meetings, quotes.

Rates depend on the intent, the stage and the time since it was entered, never on what comes later: given the intent,
the events tell nothing about the outcome. The visits before a lead is created show its intent.
"""

from dataclasses import dataclass, replace

import numpy as np

from leadcast.table import Table

BEFORE_DAYS = 30.0
BEFORE_VISITS = np.array([0.3, 4.5, 13.0])
FADING_DAYS = 25.0
PRICING = np.array([0.03, 0.25, 0.60])
FORM = np.array([0.02, 0.06, 0.12])
ANSWERS = {"email_opened": (np.array([0.25, 0.50, 0.75]), 0.4), "email_clicked": (np.array([0.03, 0.15, 0.35]), 0.5),
           "email_replied": (np.array([0.03, 0.12, 0.30]), 1.0)}


@dataclass(frozen=True)
class Signal:
    """One kind of event: how often a day in each stage (new to negotiation), and how much more with each intent."""

    rates: tuple[float, float, float, float, float, float]
    intent: tuple[float, float, float] = (1.0, 1.0, 1.0)
    from_us: bool = False
    on_deal: bool = False


SIGNALS = {
    "web_session": Signal((0.12, 0.18, 0.12, 0.08, 0.06, 0.05), (0.35, 1.0, 2.2)),
    "email_sent": Signal((0.22, 0.25, 0.20, 0.16, 0.14, 0.14), from_us=True),
    "call_outbound": Signal((0.08, 0.14, 0.25, 0.12, 0.10, 0.12), from_us=True),
    "call_inbound": Signal((0.01, 0.02, 0.05, 0.03, 0.04, 0.06), (0.4, 1.0, 2.0)),
    "meeting": Signal((0.0, 0.0, 0.10, 0.06, 0.04, 0.05), (0.7, 1.0, 1.3), from_us=True, on_deal=True),
    "demo": Signal((0.0, 0.01, 0.08, 0.05, 0.01, 0.0), (0.7, 1.0, 1.4), from_us=True, on_deal=True),
    "quote": Signal((0.0, 0.0, 0.0, 0.01, 0.07, 0.05), from_us=True, on_deal=True),
}


@dataclass(frozen=True)
class Doings:
    """Events in the making: the lead's row, the time in days after its creation, the stage (-1 = before)."""

    row: np.ndarray
    at: np.ndarray
    stage: np.ndarray
    type: np.ndarray

    def keep(self, mask: np.ndarray) -> "Doings":
        return Doings(self.row[mask], self.at[mask], self.stage[mask], self.type[mask])


def draw_events(
    rng: np.random.Generator, intent: np.ndarray, entered: np.ndarray, left: np.ndarray, outbound: np.ndarray
) -> Table:
    """Every event of a block's leads and of their deals.

    Parameters
    ----------
    intent : int 0 to 2, shape (n,)
    entered, left : days after the lead's creation, shape (n, 6), NaN for stages never entered
    outbound : bool, shape (n,); they were found, so they have not visited before

    Returns
    -------
    Table with row (of the lead), at (days after its creation), type, from_us, on_deal, late (days), value
    """
    parts = [_before(rng, intent, outbound)]
    for name, signal in SIGNALS.items():
        for stage, rate in enumerate(signal.rates):
            if rate:
                parts.append(_during(rng, name, stage, rate * np.array(signal.intent)[intent], entered[:, stage], left[:, stage]))
    doings = _joined(parts)
    doings = _joined([doings, *(_answers(rng, name, doings, intent, left) for name in ANSWERS)])
    doings = _visits_by_page(rng, doings, intent)
    return _with_details(rng, doings)


def _before(rng: np.random.Generator, intent: np.ndarray, outbound: np.ndarray) -> Doings:
    """Anonymous visits, more of them the nearer the creation; attached to the contact afterwards."""
    count = rng.poisson(np.where(outbound, 0.0, BEFORE_VISITS[intent]))
    row = np.repeat(np.arange(len(intent)), count)
    at = -BEFORE_DAYS * rng.random(len(row)) ** 2
    return Doings(row, at, np.full(len(row), -1), np.full(len(row), "web_session", object))


def _during(rng: np.random.Generator, name: str, stage: int, rate: np.ndarray, entered: np.ndarray, left: np.ndarray) -> Doings:
    """A Poisson process that fades with the time in the stage."""
    inside = np.where(np.isnan(entered), 0.0, 1.0 - np.exp(-(left - entered) / FADING_DAYS))
    inside = np.nan_to_num(inside)
    row = np.repeat(np.arange(len(rate)), rng.poisson(rate * FADING_DAYS * inside))
    at = entered[row] - FADING_DAYS * np.log1p(-rng.random(len(row)) * inside[row])
    return Doings(row, at, np.full(len(row), stage), np.full(len(row), name, object))


def _answers(rng: np.random.Generator, name: str, doings: Doings, intent: np.ndarray, left: np.ndarray) -> Doings:
    """What comes back on an e-mail, if the stage still lasts when it would come."""
    sent = doings.keep(doings.type == "email_sent")
    chance, days = ANSWERS[name]
    comes = rng.random(len(sent.row)) < chance[intent[sent.row]]
    at = sent.at + rng.exponential(days, len(sent.row))
    kept = comes & (at < left[sent.row, sent.stage])
    return replace(sent, at=at, type=np.full(len(at), name, object)).keep(kept)


def _visits_by_page(rng: np.random.Generator, doings: Doings, intent: np.ndarray) -> Doings:
    """A visit may reach the price list or end in a form; who means it goes there more often."""
    draw, visit = rng.random(len(doings.row)), doings.type == "web_session"
    pricing, form = PRICING[intent[doings.row]], FORM[intent[doings.row]]
    kind = np.where(draw < pricing, "web_pricing", np.where(draw < pricing + form, "web_form", "web_session"))
    return replace(doings, type=np.where(visit, kind.astype(object), doings.type))


def _with_details(rng: np.random.Generator, doings: Doings) -> Table:
    count = len(doings.row)
    from_us = np.isin(doings.type, [name for name, signal in SIGNALS.items() if signal.from_us])
    web = np.char.startswith(doings.type.astype(str), "web_")
    minutes = np.isin(doings.type, ("call_outbound", "call_inbound", "meeting", "demo"))
    value = np.where(web, 1.0 + rng.poisson(3.0, count), np.where(minutes, np.ceil(rng.gamma(2.0, 9.0, count)), np.nan))
    # Calls are written down by hand, some of them days later.
    by_hand = np.isin(doings.type, ("call_outbound", "call_inbound")) & (rng.random(count) < 0.08)
    late = np.where(by_hand, rng.uniform(0.5, 6.0, count), 0.0)
    on_deal = np.isin(doings.type, [name for name, signal in SIGNALS.items() if signal.on_deal]) & (doings.stage >= 3)
    return Table({
        "row": doings.row, "at": doings.at, "type": doings.type, "from_us": from_us, "on_deal": on_deal, "late": late,
        "value": value,
    })


def _joined(parts: list[Doings]) -> Doings:
    return Doings(*(np.concatenate([getattr(part, name) for part in parts]) for name in ("row", "at", "stage", "type")))
