"""Members of a blend: parts that add up, the same alone and in a batch, the same after a round trip as text."""

import numpy as np
import pytest

from leadcast.calibration import Calibrator, log_odds, probability
from leadcast.contract import Contract, Feature
from leadcast.errors import BundleError
from leadcast.members import Curve, Logistic, Member, read_member
from leadcast.reference import Reference, percentile
from training.bayes import fit_bayes
from training.models import fit_base_rate, fit_logistic, fit_trees
from training.sight import hidden_rates, without

CONTRACT = Contract((
    Feature("source", "category", "where they come from", "fit", ("ads", "fair", "web")),
    Feature("employees", "count", "how many work there", "fit"),
    Feature("visits_count_7d", "count", "visits in a week", "engagement"),
    Feature("never_filled", "count", "a column without values", "engagement"),
    Feature("always_one", "count", "a column with one value", "deal"),
))


def made_rows(count: int = 600, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Rows whose true log-odds are known in form: web is good, visits help, missing employees hurt."""
    rng = np.random.default_rng(seed)
    source = rng.integers(-1, 3, count).astype(float)
    source[rng.random(count) < 0.1] = np.nan
    employees = np.where(rng.random(count) < 0.2, np.nan, rng.lognormal(3, 2, count))
    visits = rng.poisson(1.0, count).astype(float)
    true = -1.0 + 1.5 * (source == 2) + 0.6 * visits - 1.0 * np.isnan(employees)
    outcome = (rng.random(count) < 1 / (1 + np.exp(-true))).astype(float)
    return np.column_stack([source, employees, visits, np.full(count, np.nan), np.ones(count)]), outcome


def fitted(kind: str) -> Member:
    values, outcome = made_rows()
    weight = np.full(len(outcome), 0.25)
    if kind == "base_rate":
        return fit_base_rate(outcome, weight)
    if kind == "bayes":
        return fit_bayes(values, CONTRACT, outcome, weight, [10.0], bins=8, temper=0.8)[0]
    if kind == "logistic":
        return fit_logistic(values, CONTRACT, outcome, weight, [0.1])[0]
    if kind == "bent":
        return fit_logistic(values, CONTRACT, outcome, weight, [0.1], bends=5, rare_level=0.3)[0]
    return fit_trees(values, CONTRACT, outcome, weight, seed=0, rounds=30)


@pytest.fixture(scope="module", params=["base_rate", "bayes", "logistic", "bent", "trees"])
def member(request: pytest.FixtureRequest) -> Member:
    return fitted(request.param)


def test_parts_add_up_to_the_log_odds(member: Member) -> None:
    values, _ = made_rows(seed=1)
    parts, base = member.contributions(values)
    assert parts.shape == values.shape
    np.testing.assert_allclose(parts.sum(1) + base, member.log_odds(values), rtol=0, atol=1e-9)


def test_a_row_alone_and_in_a_batch_agree_to_the_last_bit(member: Member) -> None:
    values, _ = made_rows(500, seed=2)
    together, parts = member.log_odds(values), member.contributions(values)[0]
    assert [float(member.log_odds(row[None])[0]) for row in values] == together.tolist()
    assert all((member.contributions(row[None])[0][0] == part).all() for row, part in zip(values[:80], parts[:80], strict=True))


def test_the_order_of_rows_does_not_matter(member: Member) -> None:
    values, _ = made_rows(300, seed=3)
    order = np.random.default_rng(0).permutation(300)
    assert (member.log_odds(values[order]) == member.log_odds(values)[order]).all()


def test_a_member_read_from_its_text_gives_the_same_bits(member: Member) -> None:
    values, _ = made_rows(200, seed=4)
    again = read_member(member.kind, member.to_text())
    assert again.to_text() == member.to_text()
    assert (again.log_odds(values) == member.log_odds(values)).all()


def test_no_rows_give_no_scores(member: Member) -> None:
    assert member.log_odds(np.empty((0, 5))).shape == (0,)
    assert member.contributions(np.empty((0, 5)))[0].shape == (0, 5)


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(BundleError, match="a member of kind 'oracle'; known here: rules, base_rate, bayes, logistic, trees"):
        read_member("oracle", "{}")


def test_a_curve_is_straight_between_knots_and_flat_outside() -> None:
    model = Logistic(-1.0, (Curve((0.0, 10.0), (-0.5, 0.5), missing=0.25), Curve((-1.0, 0.0, 1.0), (0.0, 0.1, 0.9))))
    values = np.array([[-5.0, 0.0], [2.5, 1.0], [99.0, -1.0], [np.nan, np.nan]])
    parts, base = model.contributions(values)
    assert base == -1.0
    assert parts.tolist() == [[-0.5, 0.1], [-0.25, 0.9], [0.5, 0.0], [0.25, 0.0]]


def test_the_logistic_regression_finds_what_was_put_in() -> None:
    model = fitted("logistic")
    assert isinstance(model, Logistic)
    source, employees, visits, never_filled, always_one = model.curves
    assert source.heights[3] - source.heights[1] == pytest.approx(1.5, abs=0.5)  # web against ads
    assert employees.missing < -0.5
    assert visits.heights == tuple(sorted(visits.heights))
    assert set(never_filled.heights) == {0.0} and set(always_one.heights) == {0.0}


def test_contributions_of_the_logistic_regression_are_centred_on_the_training_rows() -> None:
    values, _ = made_rows()
    parts, _ = fitted("logistic").contributions(values)
    np.testing.assert_allclose(parts.mean(0), 0.0, atol=1e-9)


def test_a_number_that_never_lacked_in_training_says_nothing_where_it_lacks() -> None:
    size = np.random.default_rng(3).normal(size=2000)
    outcome = (size + np.random.default_rng(4).normal(size=2000) > 0).astype(float)
    contract = Contract((Feature("size", "count", "how many", "fit"),))
    fitted = fit_logistic(size[:, None], contract, outcome, np.ones(2000), [0.1])[0]
    assert fitted.log_odds(np.array([[np.nan]])) == fitted.base
    assert fitted.log_odds(np.array([[-1.0]])) < fitted.base - 1


def test_bayes_finds_what_was_put_in_and_says_nothing_of_what_it_never_saw() -> None:
    values, outcome = made_rows()
    seen = np.where((values[:, :1] == 1) & (np.arange(5) == 0), 0.0, values)  # nobody comes from a fair
    model = fit_bayes(seen, CONTRACT, outcome, np.ones(600), [10.0], bins=8)[0]
    source, employees, visits, never_filled, always_one = model.curves
    assert source.heights[3] > 0.5 > source.heights[1] and source.heights[2] == pytest.approx(0.0)
    assert source.heights[0] == pytest.approx(0.0)
    assert employees.missing < -0.3 and visits.heights[-1] > 0.5 > visits.heights[0]
    assert never_filled.missing == pytest.approx(0.0, abs=0.01) and always_one.heights[0] == pytest.approx(0.0, abs=0.01)


def test_a_bend_follows_an_effect_that_turns() -> None:
    rng = np.random.default_rng(0)
    size = rng.normal(0, 1, 4000)
    outcome = (rng.random(4000) < 1 / (1 + np.exp(2 * size**2 - 2))).astype(float)
    contract = Contract((Feature("size", "count", "how many", "fit"),))
    straight, bent = (fit_logistic(size[:, None], contract, outcome, np.ones(4000), [0.1], bends=b)[0] for b in (0, 5))
    assert np.ptp(straight.curves[0].heights) < 0.5
    assert bent.curves[0].heights[8] > max(bent.curves[0].heights[0], bent.curves[0].heights[-1]) + 2.0


def test_plain_trees_do_not_see_rates_of_the_context() -> None:
    values, outcome = made_rows()
    rate = Feature("owner_win_lift", "x", "rate of its owner", "fit")
    contract = Contract((*CONTRACT.features[:2], rate, *CONTRACT.features[3:]))
    parts = fit_trees(values, contract, outcome, np.ones(600), 0, 30, plain=True).contributions(values)[0]
    assert (parts[:, 2] == 0.0).all() and (parts[:, 1] != 0.0).any()


def test_trees_are_the_same_text_on_one_and_on_two_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = []
    for threads in (1, 2):
        monkeypatch.setattr("training.models._threads", lambda rows, threads=threads: threads)
        texts.append(fitted("trees").to_text())
    assert texts[0] == texts[1]
    assert "num_threads" not in texts[0]


def test_a_base_rate_is_never_certain() -> None:
    for outcome in (np.zeros(9), np.ones(9)):
        assert abs(fit_base_rate(outcome, np.ones(9)).base) == pytest.approx(np.log(19))


def test_calibration_is_its_own_part_and_keeps_the_order() -> None:
    z = np.array([-2.0, 0.0, 3.0])
    calibrator = Calibrator(slope=0.5, intercept=0.1)
    assert (z + calibrator.part(z)).tolist() == pytest.approx([-0.9, 0.1, 1.6])
    assert Calibrator().part(z).tolist() == [0.0, 0.0, 0.0]


def test_probability_and_log_odds_are_each_others_inverse() -> None:
    rates = np.array([0.001, 0.25, 0.5, 0.999])
    np.testing.assert_allclose(probability(log_odds(rates)), rates, rtol=1e-12)


def test_percentiles_count_equals_half() -> None:
    population = np.array([1.0, 2.0, 2.0, 4.0])
    assert percentile(population, np.array([0.5, 1.0, 2.0, 3.0, 5.0])).tolist() == [0.0, 12.5, 50.0, 75.0, 100.0]
    assert percentile(np.empty(0), np.array([7.0])).tolist() == [50.0]


def test_a_reference_population_ranks_the_parts_of_the_sum() -> None:
    sums = {"fit": np.array([1.0, 3.0]), "engagement": np.array([5.0, 1.0]), "deal": np.zeros(2)}
    reference = Reference.of("two", np.array([6.0, 4.0]), sums, CONTRACT)
    assert reference.part_score("fit", np.array([2.0])).tolist() == [50.0]
    assert reference.part_score("engagement", np.array([9.0])).tolist() == [100.0]
    assert reference.score(np.array([4.0])).tolist() == [25.0]
    assert Reference.from_json(reference.to_json()).to_json() == reference.to_json()


def test_a_rate_is_looked_at_only_where_a_model_cannot_learn_the_level() -> None:
    def category(name: str, levels: tuple[str, ...]) -> Feature:
        return Feature(name, "category", "", "fit", levels)

    def rate(name: str) -> Feature:
        return Feature(f"{name}_win_lift", "x", "", "fit")

    many = tuple(f"v{i}" for i in range(20))
    contract = Contract((
        category("source", ("ads", "web")), category("source_type", many), category("owner", ("ann", "(other)")),
        rate("source"), rate("source_type"), rate("owner"), rate("account"),
    ))
    assert hidden_rates(contract) == [3]
    assert hidden_rates(contract, every=True) == [3, 4, 5, 6]
    values = np.ones((2, 7))
    assert np.isnan(without(values, [3])).sum() == 2 and (values == 1.0).all()


def test_trees_take_a_number_that_training_never_lacked_for_its_median():
    values, _ = made_rows()
    trees = read_member("trees", fitted("trees").to_text())
    lacking, median = values[:50].copy(), values[:50].copy()
    lacking[:, 2], median[:, 2] = np.nan, np.median(values[:, 2])
    assert trees.log_odds(lacking).tolist() == trees.log_odds(median).tolist()
    lacking[:, 1] = np.nan
    assert trees.log_odds(lacking).tolist() != trees.log_odds(median).tolist(), "a gap that training knew says something"


def test_trees_of_another_text_are_refused():
    with pytest.raises(BundleError, match="begin with a line fill="):
        read_member("trees", "tree\nversion=v4")
