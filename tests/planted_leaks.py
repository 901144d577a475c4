"""Made-up tables with leaks planted among honest columns of many kinds, and what the gate makes of them.

``python tests/planted_leaks.py --tables 60 --seed 1`` prints recall and precision by kind. Seeds below 700,000 were used while
the gate was built or measured; :data:`CHECK_SEED` and later ones were not.
"""

from __future__ import annotations

import argparse
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

CHECK_SEED = 900_000
START = np.datetime64("2024-01-01")


@dataclass
class World:
    """n leads in order of creation, and what becomes of them; days since the first creation."""

    rng: np.random.Generator
    dated: bool
    created: np.ndarray
    life: np.ndarray
    won: np.ndarray
    closed: np.ndarray
    end: float
    honest: dict[str, np.ndarray]
    planted: dict[str, tuple[str, np.ndarray]] = field(default_factory=dict)
    """name -> (kind of leak, values)"""

    @property
    def n(self) -> int:
        return len(self.created)

    @property
    def is_won(self) -> np.ndarray:
        return self.closed & self.won

    @property
    def is_lost(self) -> np.ndarray:
        return self.closed & ~self.won


def draw_world(seed: int) -> World:
    """A table of 500 to 20,000 rows with a base rate of 5 to 60 %, honest columns and four to seven planted leaks."""
    rng = np.random.default_rng(seed)
    n = int(np.exp(rng.uniform(np.log(500), np.log(20_000))))
    dated, base = bool(rng.random() < 0.5), rng.uniform(0.05, 0.6)
    created = np.sort(rng.uniform(0, 700, n))
    honest, effect = _honest(rng, created)
    effect = effect + rng.uniform(0, 0.8) * np.sin(created / rng.uniform(60, 300))
    won = rng.random(n) < _sigmoid(effect + _intercept(effect, base))
    pace = rng.uniform(5, 60)
    life = pace * np.exp(rng.normal(0, 0.8, n) - 0.15 * _standard(effect)) * np.where(won, rng.uniform(0.6, 1.6), 1.0)
    end = 700 + rng.uniform(0, 0.5) * pace
    closed = created + life <= end if dated or rng.random() < 0.6 else np.ones(n, bool)
    world = World(rng, dated, created, life, won, closed, end, honest)
    kinds = [k for k in PLANTS if (dated or k not in ONLY_DATED) and (not closed.all() or k not in ONLY_OPEN)]
    if (~closed).sum() < 40:
        kinds = [k for k in kinds if k not in ONLY_OPEN]
    for kind in rng.choice(kinds, min(len(kinds), int(rng.integers(4, 8))), replace=False):
        world.planted[f"p_{kind}"] = (str(kind), PLANTS[str(kind)](world, float(rng.uniform(0.05, 0.2))))
    return world


# ---- honest columns --------------------------------------------------------------------------------------------


def _honest(rng: np.random.Generator, created: np.ndarray) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Columns by name and what they add to the log-odds."""
    n, effect, found = len(created), np.zeros(len(created)), dict[str, np.ndarray]()
    strong = rng.normal(size=n)
    found["h_strong"] = np.round(np.exp(strong * 0.7 + 3), 2)
    effect += rng.uniform(0.4, 1.4) * strong
    visits = rng.poisson(np.exp(rng.normal(0.5, 1, n)))
    found["h_visits"] = visits.astype(float)
    effect += rng.uniform(0, 0.5) * np.log1p(visits)
    for name, levels, spread in (("h_source", 6, 0.8), ("h_owner", int(rng.integers(20, 200)), 0.6), ("h_city", 400, 0.1),
                                 ("h_industry", 12, 0.5), ("h_campaign", int(rng.integers(20, 120)), 0.5)):
        share = rng.dirichlet(np.full(levels, 0.7))
        codes = rng.choice(levels, n, p=share)
        if name == "h_campaign":  # campaigns come and go
            codes = np.minimum((created / 700.01 * levels + rng.normal(0, 2, n)).astype(int).clip(0), levels - 1)
        effect += rng.normal(0, spread, levels)[codes]
        found[name] = _texts(codes, name[2:])
    flag = rng.random(n) < rng.uniform(0.1, 0.9)
    effect += rng.uniform(-1, 1.2) * flag
    found["h_flag"] = np.where(flag, "yes", "no").astype(object)
    trade = rng.random(n) < rng.uniform(0.02, 0.1)
    effect += rng.uniform(1, 2.5) * trade
    found["h_referral"] = np.where(trade, "referral", "web").astype(object)
    graded = rng.integers(0, 5, n)
    found["h_graded"] = _texts(graded, "fit")
    effect += rng.uniform(0.2, 0.9) * (graded - 2)
    seconds = np.where(rng.random(n) < 0.25, 0, rng.gamma(1, 500, n).round())
    found["h_seconds_on_site"] = seconds
    effect += rng.uniform(0.2, 1.2) * np.minimum(seconds / 500, 3)
    found["h_demo_asked"] = np.where(rng.random(n) < _sigmoid(strong - 1), 1.0, 0.0)
    found["h_signed_up"] = np.array([str(START + np.timedelta64(int((c - d) * 24), "h")) for c, d in zip(
        created, rng.exponential(40, n), strict=True)], object)
    found["h_wished_start"] = np.array([str(START + np.timedelta64(int(c + d), "D")) for c, d in zip(
        created, rng.uniform(10, 400, n), strict=True)], object)
    found["h_noise"] = rng.normal(100, 20, n).round(1)
    found["h_missing_at_random"] = np.where(rng.random(n) < rng.uniform(0.1, 0.7), np.nan, rng.gamma(2, 50, n).round())
    by_source = rng.uniform(0.1, 0.9, 6)[np.array([int(s.rsplit(" ", 1)[1]) for s in found["h_source"]])]
    found["h_missing_by_source"] = _blank(_texts(rng.integers(0, 8, n), "role"), rng.random(n) < by_source)
    shy = rng.random(n) < _sigmoid(rng.uniform(0.2, 0.8) * -strong - rng.uniform(-0.5, 1))
    found["h_missing_by_interest"] = _blank(_texts(rng.integers(0, 5, n), "budget"), shy)
    found["h_introduced"] = np.where(created < rng.uniform(100, 500), np.nan, rng.normal(5, 2, n).round(1))
    found["h_random_id"] = np.array([f"{v:08x}" for v in rng.integers(0, 2**32, n)], object)
    found["h_name"] = np.array([f"{chr(65 + a)}{'aeiou'[b]}{chr(97 + c)} Ltd" for a, b, c in rng.integers(0, 5, (n, 3))], object)
    found["h_employees"] = np.round(np.exp(rng.normal(4, 1.5, n)))
    found["h_founded"] = np.array([f"{y}-0{m}-1{d}" for y, m, d in zip(
        rng.integers(1950, 2020, n), rng.integers(1, 9, n), rng.integers(0, 9, n), strict=True)], object)
    found["h_seasonal"] = _texts((created // 30).astype(int) % 12, "month")
    found["h_trend"] = (created / 100 + rng.normal(0, 1, n)).round(2)
    keep = rng.permutation(list(found))[: int(rng.integers(10, len(found) + 1))]
    return {name: found[name] for name in keep}, effect


def _texts(codes: np.ndarray, word: str) -> np.ndarray:
    return np.array([f"{word} {c}" for c in codes], object)


def _blank(texts: np.ndarray, missing: np.ndarray) -> np.ndarray:
    return np.where(missing, None, texts)


def _standard(values: np.ndarray) -> np.ndarray:
    return (values - values.mean()) / (values.std() + 1e-9)


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def _intercept(effect: np.ndarray, base: float) -> float:
    low, high = -12.0, 12.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _sigmoid(effect + middle).mean() < base else (low, middle)
    return low


# ---- leaks -----------------------------------------------------------------------------------------------------


def _flips(w: World, noise: float, truth: np.ndarray) -> np.ndarray:
    """The truth with so much noise: on both sides, or only by leaving some out."""
    flips = w.rng.random(w.n) < noise
    return truth ^ flips if w.rng.random() < 0.5 else truth & ~flips


def _some_text(w: World) -> np.ndarray:
    return _texts(w.rng.integers(0, int(w.rng.integers(1, 9)), w.n), "note")


def filled_after_win(w: World, noise: float) -> np.ndarray:
    return _blank(_some_text(w), ~_flips(w, noise, w.is_won))


def number_after_win(w: World, noise: float) -> np.ndarray:
    return np.where(_flips(w, noise, w.is_won), w.rng.gamma(2, 100, w.n).round(), np.nan)


def filled_after_close(w: World, noise: float) -> np.ndarray:
    return _blank(_some_text(w), ~_flips(w, noise, w.closed))


def closed_reason(w: World, noise: float) -> np.ndarray:
    reasons = w.rng.choice(np.array(["price", "timing", "competitor", "no answer"], object), w.n)
    return _blank(reasons, ~_flips(w, noise, w.is_lost))


def contract_id(w: World, noise: float) -> np.ndarray:
    ids = np.array([f"C-{k:06d}" for k in w.rng.permutation(w.n)], object)
    return _blank(ids, ~(w.is_won & (w.rng.random(w.n) >= noise)))


def id_prefix(w: World, noise: float) -> np.ndarray:
    side = w.won ^ (w.rng.random(w.n) < noise)
    return np.array([f"{'AB'[int(s)]}{k:06d}" for s, k in zip(side, w.rng.permutation(w.n), strict=True)], object)


def id_parity(w: World, noise: float) -> np.ndarray:
    side = w.won ^ (w.rng.random(w.n) < noise)
    return (w.rng.permutation(w.n) * 2 + side).astype(float)


def id_range(w: World, noise: float) -> np.ndarray:
    side = w.won ^ (w.rng.random(w.n) < noise)
    return np.array([str(100_000 + 500_000 * int(s) + int(k)) for s, k in zip(side, w.rng.permutation(w.n), strict=True)], object)


def late_missingness(w: World, noise: float) -> np.ndarray:
    """Asked for on the way: who ends well has mostly answered."""
    answered = np.where(w.is_won, 1 - noise, w.rng.uniform(0.2, 0.5))
    return _blank(_texts(w.rng.integers(0, 5, w.n), "answer"), w.rng.random(w.n) >= answered)


def missing_while_young(w: World, noise: float) -> np.ndarray:
    """Filled by a clerk weeks later, so the newest do not have it."""
    filled = w.end - w.created > w.rng.uniform(30, 150)
    return _blank(_texts(w.rng.integers(0, 5, w.n), "class"), ~(filled ^ (w.rng.random(w.n) < noise)))


def days_open(w: World, noise: float) -> np.ndarray:
    days = np.where(w.closed, w.life, w.end - w.created) * np.exp(w.rng.normal(0, noise, w.n))
    return days.round(1)


def call_count(w: World, noise: float) -> np.ndarray:
    rate = 20 / np.median(w.life)
    days = np.where(w.closed, w.life, w.end - w.created)
    return w.rng.poisson(days * rate * np.exp(w.rng.normal(0, 2 * noise, w.n))).astype(float)


def last_modified(w: World, noise: float) -> np.ndarray:
    at = np.where(w.closed, w.created + w.life + w.rng.exponential(noise, w.n), w.end - w.rng.uniform(0, 20, w.n))
    return np.array([str(START + np.timedelta64(int(d * 24), "h")) for d in at], object)


def next_step(w: World, noise: float) -> np.ndarray:
    return _blank(_texts(w.rng.integers(0, 5, w.n), "step"), ~_flips(w, noise, ~w.closed))


def updated_by(w: World, noise: float) -> np.ndarray:
    closed = _flips(w, noise, w.closed)
    return np.where(closed, "closing desk", _texts(w.rng.integers(0, 9, w.n), "rep")).astype(object)


def rating_overwritten(w: World, noise: float) -> np.ndarray:
    rating = w.rng.choice(np.array(["cold", "warm", "hot"], object), w.n, p=[0.4, 0.35, 0.25])
    return np.where(w.is_won & (w.rng.random(w.n) >= noise), "hot", rating).astype(object)


def vendor_score(w: World, noise: float) -> np.ndarray:
    side = w.won ^ (w.rng.random(w.n) < noise)
    return (side * 40 + w.rng.normal(40, 10, w.n)).round()


def vendor_label(w: World, noise: float) -> np.ndarray:
    return np.where(w.won ^ (w.rng.random(w.n) < noise), "A", "B").astype(object)


def amount_zero_when_lost(w: World, noise: float) -> np.ndarray:
    amount = w.rng.gamma(2, 500, w.n).round()
    return np.where(w.is_lost & (w.rng.random(w.n) >= noise), 0.0, np.where(w.closed, amount, np.nan))


def status_text(w: World, noise: float) -> np.ndarray:
    early = _texts(w.rng.integers(0, 4, w.n), "in talks")
    endings = ["signed", "welcome sent"], ["gone", "wrong number", "no budget"]
    won, lost = (w.rng.choice(np.array(names, object), w.n) for names in endings)
    told = w.rng.random(w.n) >= noise
    return np.where(told & w.is_won, won, np.where(told & w.is_lost, lost, early)).astype(object)


PLANTS: dict[str, Callable[[World, float], np.ndarray]] = {f.__name__: f for f in (
    filled_after_win, number_after_win, filled_after_close, closed_reason, contract_id, id_prefix, id_parity, id_range,
    late_missingness, missing_while_young, days_open, call_count, last_modified, next_step, updated_by, rating_overwritten,
    vendor_score, vendor_label, amount_zero_when_lost, status_text)}
ONLY_DATED = frozenset({"days_open", "call_count", "last_modified"})
ONLY_OPEN = frozenset({"filled_after_close", "next_step", "updated_by"})


# ---- what the gate makes of them -------------------------------------------------------------------------------


@dataclass
class Tally:
    """Findings against what was planted."""

    found: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    honest: int = 0
    misses: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    @property
    def recall(self) -> float:
        return self.found.total() / max(self.found.total() + self.missed.total(), 1)

    @property
    def precision(self) -> float:
        return self.found.total() / max(self.found.total() + self.wrong.total(), 1)


def judge_world(seed: int, tally: Tally) -> None:
    """The statistical part of the gate on one made-up table."""
    from leadcast.leaks.course import Course, Question
    from leadcast.leaks.judge import judge
    from leadcast.leaks.values import Values

    w = draw_world(seed)
    outcome = np.where(w.closed, w.won.astype(float), np.nan)
    start = 19_723.0  # 2024-01-01
    questions = (Question("win", "the won", "the lost", outcome),
                 Question("close", "the closed", "the open", w.closed.astype(float), closing=True))
    unknown = np.full(w.n, np.nan)
    course = Course(np.arange(w.n) * 1.0, tuple(q for q in questions if q.asked), w.created + start if w.dated else unknown,
                    np.where(w.closed, w.created + w.life + start, np.nan) if w.dated else unknown, w.end + start)
    about = f"seed {seed} n={w.n} won={int(w.is_won.sum())} closed={w.closed.mean():.2f} dated={w.dated}"
    for name, (kind, values) in w.planted.items():
        if any(not evidence.weak for evidence in judge(Values(values), course)):
            tally.found[kind] += 1
        else:
            tally.missed[kind] += 1
            tally.misses[kind].append(f"{about} {name}")
    for name, values in w.honest.items():
        tally.honest += 1
        if evidence := [found for found in judge(Values(values), course) if not found.weak]:
            tally.wrong[name] += 1
            tally.misses[name].append(f"{about}: {evidence[0].kind}: {evidence[0].reason}")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--tables", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", type=int, default=3)
    chosen = parser.parse_args()
    tally = Tally()
    for seed in range(chosen.seed, chosen.seed + chosen.tables):
        judge_world(seed, tally)
    print(f"recall {tally.recall:.3f}  precision {tally.precision:.3f}  honest refused {tally.wrong.total()} of {tally.honest}")
    for kind in sorted({*tally.found, *tally.missed}):
        print(f"  {kind:24} {tally.found[kind]} of {tally.found[kind] + tally.missed[kind]}")
    print("  wrong:", dict(tally.wrong))
    for lines in tally.misses.values():
        for line in lines[: chosen.show]:
            print("   ", line)


if __name__ == "__main__":
    main()
