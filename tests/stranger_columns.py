"""Columns of made-up exports, honest ones and leaks, as a stranger would think of them.

Written without a look at the gate or at ``planted_leaks``, so that the gate is measured on something it was not built on.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

Column = Callable[[np.random.Generator, "Leads"], np.ndarray]
START = np.datetime64("2023-01-05T08:00:00")
SYLLABLES = ("ka", "lo", "mi", "ra", "ten", "vor", "sil", "bu", "pex", "dan", "gro", "ulm", "est", "fy", "zo")


@dataclass(frozen=True)
class Leads:
    """n leads or deals in order of creation; days since START.

    Attributes
    ----------
    quality : what is really behind it, of mean 0 and deviation 1, shape (n,)
    won, lost : as the export has them; neither while open
    span : days over which they came
    end : day of the export
    """

    quality: np.ndarray
    created: np.ndarray
    life: np.ndarray
    won: np.ndarray
    lost: np.ndarray
    span: float
    end: float

    @property
    def rows(self) -> int:
        return len(self.created)

    @property
    def closed(self) -> np.ndarray:
        return self.won | self.lost


def day_texts(days: np.ndarray, written: str = "%Y-%m-%d") -> np.ndarray:
    return pd.Series(START + (days * 86_400).astype("timedelta64[s]")).dt.strftime(written).to_numpy(dtype=object)


def words(rng: np.random.Generator, many: int) -> np.ndarray:
    return np.array(["".join(rng.choice(SYLLABLES, 3)).title() + str(i) for i in range(many)], dtype=object)


def blank(values: np.ndarray, where: np.ndarray) -> np.ndarray:
    return np.where(where, None, values.astype(object))


def flipped(rng: np.random.Generator, truth: np.ndarray, noise: float) -> np.ndarray:
    """The noise: that share of rows has it although it should not, or lacks it although it should have it."""
    return truth ^ (rng.random(len(truth)) < noise)


def anything(rng: np.random.Generator, leads: Leads) -> np.ndarray:
    """What a field may hold: names, amounts, invoice numbers, marks."""
    kinds = (rng.choice(words(rng, 6), leads.rows), np.exp(rng.normal(7, 1, leads.rows)).round(2),
             np.array([f"INV{n}" for n in rng.integers(10_000, 99_999, leads.rows)]), rng.integers(1, 6, leads.rows))
    return kinds[rng.integers(len(kinds))].astype(object)


def level(rng: np.random.Generator, leads: Leads, many: int, blur: float) -> np.ndarray:
    cuts = np.linspace(-1.3, 1.3, many - 1) * (1 + blur)
    return words(rng, many)[np.digitize(leads.quality + rng.normal(0, blur, leads.rows), cuts)]


def _seller(rng: np.random.Generator, x: Leads) -> np.ndarray:
    skill = np.outer(x.quality, rng.normal(0, 0.7, 9))
    return words(rng, 9)[(skill + rng.gumbel(size=skill.shape)).argmax(axis=1)]


def _campaign(rng: np.random.Generator, x: Leads) -> np.ndarray:
    months = np.array([f"C{int(day) // 30}" for day in x.created])
    return np.where(rng.random(x.rows) < 0.8, months, "always on")


HONEST: dict[str, Column] = {
    "strong number": lambda rng, x: x.quality + rng.normal(0, rng.uniform(0.3, 0.8), x.rows),
    "weak number": lambda rng, x: (0.3 * x.quality + rng.normal(size=x.rows)).round(3),
    "employees": lambda rng, x: np.exp(3 + 1.5 * rng.normal(size=x.rows) + 0.2 * x.quality).round(),
    "price": lambda rng, x: rng.choice([49, 99, 199, 550, 1096, 4821], x.rows),
    "rising price": lambda rng, x: (100 * (1 + x.created / x.span) * rng.choice([1, 2, 5], x.rows)).round(2),
    "visits": lambda rng, x: rng.poisson(np.exp(0.6 + 0.35 * x.quality)),
    "strong category": lambda rng, x: level(rng, x, 5, 0.5),
    "source": lambda rng, x: level(rng, x, int(rng.integers(4, 10)), 1.5),
    "city": lambda rng, x: rng.choice(words(rng, 150), x.rows, p=1 / np.arange(1, 151) / (1 / np.arange(1, 151)).sum()),
    "seller": _seller,
    "strong flag": lambda rng, x: np.where(x.quality + rng.normal(0, 0.8, x.rows) > 0.8, "yes", "no"),
    "campaign of the month": _campaign,
    "missing by chance": lambda rng, x: blank(rng.normal(size=x.rows), rng.random(x.rows) < rng.uniform(0.05, 0.6)),
    "missing on some forms": lambda rng, x: blank(rng.choice(words(rng, 5), x.rows), x.quality + rng.logistic(size=x.rows) < -1),
    "answered by the serious": lambda rng, x: blank(level(rng, x, 5, 1.5), 0.6 * x.quality + rng.normal(size=x.rows) < -0.5),
    "new field": lambda rng, x: blank(rng.choice(words(rng, 5), x.rows), x.created < x.span * rng.uniform(0.2, 0.7)),
    "dropped field": lambda rng, x: blank(rng.choice(words(rng, 5), x.rows), x.created > x.span * rng.uniform(0.3, 0.8)),
    "outage": lambda rng, x: blank(rng.normal(size=x.rows), np.abs(x.created - rng.uniform(0.1, 0.8) * x.span) < 0.05 * x.span),
    "short form more and more": lambda rng, x: blank(level(rng, x, 5, 1.5), rng.random(x.rows) < 0.2 + 0.6 * x.created / x.span),
    "product code": lambda rng, x: np.array([f"{['AB', 'AC', 'BX'][n % 3]}-{n}" for n in rng.integers(1000, 9999, x.rows)]),
    "account": lambda rng, x: rng.choice(words(rng, max(20, x.rows // 3)), x.rows),
    "postcode": lambda rng, x: rng.integers(10_000, 99_999, x.rows),
    "session": lambda rng, x: np.array([f"s{n:06x}" for n in rng.integers(0, 2**24, x.rows)]),
    "birthday": lambda rng, x: day_texts(rng.uniform(-25_000, -9_000, x.rows)),
    "first contact": lambda rng, x: day_texts(x.created - rng.exponential(20, x.rows)),
    "planned close": lambda rng, x: day_texts(x.created + rng.choice([30, 60, 90], x.rows) + rng.normal(0, 5, x.rows)),
}

Leak = Callable[[np.random.Generator, Leads, float], np.ndarray]


def _late(rng: np.random.Generator, x: Leads, noise: float) -> np.ndarray:
    """Asked for on the way: winners all got there, the lost in part, the open where they are far enough."""
    asked = x.life * rng.beta(4, 2, x.rows)
    there = np.where(x.won, True, np.where(x.lost, rng.random(x.rows) < rng.uniform(0.2, 0.5), x.end - x.created > asked))
    return blank(anything(rng, x), ~flipped(rng, there, noise))


def _late_by_age(rng: np.random.Generator, x: Leads, noise: float) -> np.ndarray:
    """Filled in some weeks after, whoever it is, and for winners more."""
    there = (x.end - x.created > rng.exponential(0.15 * x.span, x.rows)) & (x.won | (rng.random(x.rows) < 0.6))
    return blank(anything(rng, x), ~flipped(rng, there, noise))


def _reason(rng: np.random.Generator, x: Leads, noise: float) -> np.ndarray:
    lost = rng.choice(["too dear", "ringing", "duplicate"], x.rows)
    told = np.where(x.won, rng.choice(["signed", "paid"], x.rows), np.where(x.lost, lost, "new"))
    return np.where(rng.random(x.rows) < noise, rng.permutation(told), told)


def _counter(rng: np.random.Generator, x: Leads, noise: float) -> np.ndarray:
    pace = np.where(x.won, 14.0, np.where(x.lost, 4.0, 2.0))
    return rng.poisson(np.where(rng.random(x.rows) < noise, rng.permutation(pace), pace) * rng.gamma(6, 1 / 6, x.rows))


def _rating(rng: np.random.Generator, x: Leads, noise: float) -> np.ndarray:
    rated = np.where(x.won, "A", np.where(x.lost, "D", ""))
    kept = (rng.random(x.rows) < noise) | ~x.closed
    return np.where(kept, rng.choice(list("ABCD"), x.rows), rated)


def _coded(win: str, other: str, form: str) -> Leak:
    def column(rng: np.random.Generator, x: Leads, noise: float) -> np.ndarray:
        marks = np.where(flipped(rng, x.won, noise), win, other)
        numbers = rng.permutation(x.rows) + 10_000
        return np.array([form.format(mark=mark, number=n, few=n % 97) for mark, n in zip(marks, numbers, strict=True)])
    return column


FOR_CLOSED_ALONE = ("filled after any close", "late by age")
LEAKS: dict[str, Leak] = {
    "filled after a win": lambda rng, x, z: blank(anything(rng, x), ~flipped(rng, x.won, z)),
    "filled after a loss": lambda rng, x, z: blank(rng.choice(["price", "budget", "rival"], x.rows), ~flipped(rng, x.lost, z)),
    "filled after any close": lambda rng, x, z: blank(anything(rng, x), ~flipped(rng, x.closed, z)),
    "zero unless won": lambda rng, x, z: np.where(flipped(rng, x.won, z), np.exp(rng.normal(7, 1, x.rows)).round(), 0),
    "code: prefix": _coded("C", "L", "{mark}{number}"), "code: last letter": _coded("-W", "-X", "{number}{mark}"),
    "code: letter within": _coded("K", "M", "Q{number}{mark}{few:02d}"),
    "code: word within": _coded("ORD", "REQ", "2024/{mark}/{number}"),
    "code: parity": lambda rng, x, z: 2 * rng.permutation(x.rows) + 9000 + flipped(rng, x.won, z),
    "code: range": lambda rng, x, z: np.where(flipped(rng, x.won, z), 800_000, 300_000) + rng.integers(0, 90_000, x.rows),
    "code: offset": lambda rng, x, z: 3 * np.arange(x.rows) + np.where(flipped(rng, x.won, z), 10_001_000, 1000),
    "late missingness": _late, "late by age": _late_by_age,
    "reason code": _reason, "counter": _counter, "rating overwritten": _rating,
}
