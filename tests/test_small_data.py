"""Few outcomes or none: rules speak, scaled by what came true, and say that they do."""

import numpy as np
import pytest

from leadcast.calibration import probability
from leadcast.contract import Contract, Feature
from leadcast.members import BaseRate, Member
from leadcast.rule_book import Expectation, Rule, RuleBook
from leadcast.rules import Rules
from training.evidence import evidence_of
from training.ladder import climb
from training.rules import expect, fit_rules
from training.settings import DEFAULTS

CONTRACT = Contract((
    Feature("demo_count_all", "events", "Demo so far", "engagement"),
    Feature("stage", "category", "Stage", "deal", ("new", "mql", "rare")),
    Feature("stage_position", "steps", "Stages that lie behind it", "deal"),
))
DEMO = Rule(("demo_count_all",), 1.0, "had a demo", at_least=1)
ADVANCED = Rule(("stage_position",), 0.5, "beyond the first stage", at_least=1)
BOOK = RuleBook((DEMO, ADVANCED), expected_rate=0.2, counts_as=5.0)
EXPECTED = BOOK.on(CONTRACT, "mql")


def drawn(
    count: int, seed: int, demo: float = 1.0, stage: float = 0.5, base: float = -2.0
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows, their true log-odds and what came: half had a demo, a third is beyond the first stage."""
    rng = np.random.default_rng(seed)
    had, place = rng.integers(0, 2, count), (rng.random(count) < 1 / 3).astype(int)
    true = base + demo * had + stage * place
    return np.column_stack([had, place, place]).astype(float), true, (rng.random(count) < probability(true)).astype(float)


def fitted(values: np.ndarray, outcome: np.ndarray, expectation: Expectation = EXPECTED) -> Rules:
    entity = np.array([f"l{n}" for n in range(len(values))], object)
    return fit_rules(values, CONTRACT, outcome, np.full(len(values), 1 / 12), entity, expectation)


def sample(count: int, seed: int, **truth: float) -> Rules:
    values, _, outcome = drawn(count, seed, **truth)
    return fitted(values, outcome)


def lost(said: np.ndarray, true: np.ndarray) -> float:
    """The log loss to expect where the truth is known."""
    p, q = probability(true), probability(said)
    return float(-(p * np.log(q) + (1 - p) * np.log1p(-q)).mean())


def test_without_any_outcome_the_rules_stand_as_written_at_the_expected_rate() -> None:
    values, _, _ = drawn(500, 0)
    rules = expect(CONTRACT, values, EXPECTED)
    assert rules.terms == EXPECTED.rules.terms
    assert probability(rules.log_odds(values)).mean() == pytest.approx(0.2)
    nothing = expect(CONTRACT, values[:0], Expectation(rate=0.3))
    assert probability(nothing.log_odds(values[:2])).tolist() == pytest.approx([0.3, 0.3])


def test_nobody_of_a_hundred_means_rarely_not_never() -> None:
    values, _, _ = drawn(100, 0)
    said = probability(fitted(values, np.zeros(100)).log_odds(values))
    assert said.mean() == pytest.approx(5 * 0.2 / 105, rel=0.02)  # five expected leads at 20 % beside a hundred without
    assert 0.0 < said.min() < said.max() < 0.05


def test_rules_that_prove_true_are_kept_and_useless_ones_fade() -> None:
    points = {}
    for name, demo in (("true", 1.0), ("useless", 0.0), ("wrong", -1.0)):
        values, _, outcome = drawn(4000, 1, demo)
        points[name] = fitted(values, outcome).terms[-1].points
    assert points["true"] == pytest.approx(1.0, abs=0.2)
    assert points["useless"] == pytest.approx(0.0, abs=0.2)
    assert points["wrong"] == 0.0  # never turned round: that is for what is learned


def test_a_stage_goes_from_its_rule_to_what_came_of_it() -> None:
    new, advanced, unseen = ([[0.0, stage, min(stage, 1.0)]] for stage in (0.0, 1.0, 2.0))

    def apart(count: int, others: list[list[float]]) -> float:
        """How much further than at the first stage, on average over small sets."""
        rules = [sample(count, seed, stage=-1.0) for seed in range(20)]
        return float(np.mean([r.log_odds(np.array(others)) - r.log_odds(np.array(new)) for r in rules]))

    assert apart(5000, advanced) == pytest.approx(-1.0, abs=0.1)
    assert apart(5000, advanced) < apart(20, advanced) < 0.4
    assert apart(5000, unseen) > apart(5000, advanced) + 0.5  # a stage never seen keeps what its rule says


@pytest.mark.parametrize("base", [-2.5, -1.0])
def test_small_sets_lose_little_against_the_truth_and_less_the_larger_they_are(base: float) -> None:
    everyone, true, _ = drawn(3000, 99, base=base)
    excess = []
    for count in (20, 100, 500, 2500):
        said = [sample(count, seed, base=base).log_odds(everyone) for seed in range(40)]
        excess.append(float(np.mean([lost(z, true) for z in said])) - lost(true, true))
    assert excess[0] < 0.06 and excess[-1] < 0.001
    assert excess == sorted(excess, reverse=True)


def test_probabilities_on_tiny_sets_stay_within_a_band_of_the_truth() -> None:
    """The mean of what is said, over many sets of 50: as often as it comes, but for a pull to the 20 % that are expected."""
    said, came = [], []
    for seed in range(200):
        values, true, outcome = drawn(50, seed, base=-2.5)
        said.append(probability(fitted(values, outcome).log_odds(values)).mean())
        came.append(probability(true).mean())
    pulled = (50 * np.mean(came) + 5 * 0.2) / 55
    assert np.mean(said) == pytest.approx(pulled, abs=0.01)


def test_they_beat_the_base_rate_where_they_are_right_and_cost_next_to_nothing_where_they_are_wrong() -> None:
    for demo, gain in ((1.0, 0.004), (0.0, -0.02), (-1.0, -0.02)):
        everyone, true, _ = drawn(2000, 98, demo)
        gains = []
        for seed in range(40):
            values, _, outcome = drawn(100, seed, demo)
            plain = fitted(values, outcome, Expectation(rate=0.2)).log_odds(everyone)
            gains.append(lost(plain, true) - lost(fitted(values, outcome).log_odds(everyone), true))
        assert np.mean(gains) > gain, demo


# ---- evidence -----------------------------------------------------------------------------------------------------


def evidence(kind: Member, reached: int, missed: int, why_not: str = "") -> dict[str, object]:
    outcome = np.repeat([1.0, 0.0], [2 * reached, missed])
    entity = np.array([f"l{n // 2}" for n in range(2 * reached)] + [f"m{n}" for n in range(missed)], object)
    return evidence_of([(kind.kind, 1.0)], outcome, entity, ("lead", "leads"), why_not)


def test_evidence_counts_leads_not_looks_and_says_every_reason() -> None:
    assert evidence(Trees(), 30, 400) == {"enough": True, "why": [], "reached": 30, "missed": 400}
    assert evidence(Trees(), 29, 400)["why"] == ["29 leads reached the target; below 30 even its rate is rough"]
    assert evidence(Trees(), 400, 1)["why"] == ["1 lead did not reach the target; below 30 even its rate is rough"]
    assert evidence(EXPECTED.rules, 50, 50)["why"] == ["it rests on rules, not on what was learned"]
    assert evidence(BaseRate(0.0), 50, 50, "no label window is over yet")["why"] == [
        "nothing it sees tells who reaches the target from who does not, so it says the base rate of everyone",
        "it cannot be judged yet: no label window is over yet"]


class Trees(BaseRate):
    """A member that was learned."""

    def __init__(self) -> None:
        super().__init__(0.0, "trees")


# ---- the ladder ---------------------------------------------------------------------------------------------------

NAMES = ("base_rate", "rules", "bayes")


def weights(count: int, every: int, good: float) -> tuple[float, ...]:
    """What is climbed where one row in ``every`` came, the rules say nothing and Bayes sees ``good`` of the truth."""
    came = (np.arange(count) % every == 0).astype(float)
    base = np.full(count, np.log(1 / (every - 1)))
    noise = np.random.default_rng(5).normal(0, 0.3, count)
    predicted = np.stack([base, base + 0.001, base + good * (came - came.mean()) + noise])
    entity = np.array([f"l{n}" for n in range(count)], object)
    return climb(NAMES, predicted, came, np.ones(count), entity, np.zeros(count), DEFAULTS, 0)


def test_nothing_is_climbed_on_fewer_than_ten_later_outcomes_however_good_it_looks() -> None:
    assert weights(90, 10, 3.0) == (0.0, 1.0, 0.0)
    base, rules, bayes = weights(100, 10, 3.0)
    assert base == 0.0 and bayes > rules > 0.1


def test_the_lowest_rung_holds_the_others_back_below_a_hundred_later_outcomes_only() -> None:
    anchors = [weights(count, 10, 3.0)[1] for count in (100, 300, 900, 1000)]
    assert anchors == sorted(anchors, reverse=True)
    assert anchors[-2] > anchors[-1] == 0.0


def test_a_rung_that_is_no_better_is_not_climbed() -> None:
    assert weights(2000, 10, 0.0) == (0.0, 1.0, 0.0)


def test_rules_that_mislead_give_way_to_the_base_rate() -> None:
    came = (np.arange(400) % 4 == 0).astype(float)
    base = np.full(400, np.log(1 / 3))
    predicted = np.stack([base, base - 1.0 * (came - 0.25)])
    entity = np.arange(400).astype(str).astype(object)
    assert climb(NAMES[:2], predicted, came, np.ones(400), entity, np.zeros(400), DEFAULTS, 0) == (1.0, 0.0)


@pytest.mark.parametrize("share", [0.0, 0.5])
def test_rules_may_count_a_share_of_what_they_proved_and_keep_their_level(share: float) -> None:
    values, _, outcome = drawn(400, 8)
    entity = np.array([f"l{n}" for n in range(400)], object)
    full, part = (fit_rules(values, CONTRACT, outcome, np.ones(400), entity, EXPECTED, s) for s in (1.0, share))
    points = [next(term.points for term in rules.terms if term.why == DEMO.why) for rules in (full, part)]
    assert points[0] > 0.3 and points[1] == pytest.approx(share * points[0])
    assert probability(part.log_odds(values)).mean() == pytest.approx(probability(full.log_odds(values)).mean(), abs=0.003)
