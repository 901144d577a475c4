"""Scores: reasons that add up, the same alone and in a batch, no row for what is already reached."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from features import Context, build_context, contract_of, feature_table
from leadcast.bundle import Bundle, Facts, Golden, Part
from leadcast.calibration import Calibrator
from leadcast.contract import Contract, Feature
from leadcast.errors import BundleError
from leadcast.hazards import CurveModel, Hazard
from leadcast.history import History
from leadcast.members import BaseRate, Curve, Logistic
from leadcast.observations import Observations, open_at
from leadcast.period import read_period
from leadcast.reference import Reference
from leadcast.simulate import true_history
from leadcast.vocabulary import Target
from serving.outlook import ColumnError, outlook
from serving.reasons import enough_information, said
from serving.scores import COLUMNS, Scorer, score_table

DAY = np.timedelta64(1, "D")


def made_up_bundle(history: History, target: Target, as_of: np.datetime64) -> Bundle:
    """A bundle without training: every feature bends the log-odds a little, in a way fixed by its place."""
    context = Context.from_json(build_context(history, target.entity, as_of).latest().to_json())
    contract = contract_of(context)
    observations = open_at(history, target, as_of)
    values = feature_table(history, observations, context).values
    knots = (-1.0, 0.0, 2.0, 50.0)
    curves = tuple(Curve(knots, (0.0, 0.1, np.sin(place), np.cos(place)), 0.05) for place in range(len(contract.features)))
    parts = (Part(0.75, Logistic(-1.3, curves)), Part(0.25, BaseRate(-2.0)))
    bundle = Bundle(
        Facts(target, target.horizon_days or 90.0, as_of, "made up", 0, 1, 1, 1), contract, parts, Calibrator(0.9, -0.2),
        history.vocabulary, Reference("nobody", np.empty(0), {}), Golden(values[:1], np.zeros(1)),
        context.to_json(), {}, "", version="1-madeup00", curve=made_up_curve(curves) if target.name == "win" else None,
    )
    scored = bundle.score(values)
    reference = Reference.of("open then", scored.log_odds, scored.sums, contract, values)
    return replace(bundle, reference=reference)


def made_up_curve(curves: tuple[Curve, ...]) -> CurveModel:
    """Hazards that bend with every feature, too, and fall from step to step."""
    win = Logistic(-2.5, (*curves, Curve((0.0, 8.0), (0.0, -1.0))))
    lose = Logistic(-2.0, (*curves[::-1], Curve((0.0, 8.0), (0.0, 0.5))))
    hazards = (Hazard(((1.0, member),), Calibrator()) for member in (win, lose))
    return CurveModel(tuple(15.0 * k for k in range(9)), *hazards, (), horizon_days=90.0, share=0.5, level=0.1, shock=(0.1,) * 9)


@pytest.fixture(scope="module")
def history() -> History:
    return true_history(400, 3)


@pytest.fixture(scope="module")
def as_of(history: History) -> np.datetime64:
    return history.end - 30 * DAY


@pytest.fixture(scope="module")
def bundles(history: History, as_of: np.datetime64) -> dict[str, Bundle]:
    return {target.name: made_up_bundle(history, target, as_of) for target in history.vocabulary.targets}


@pytest.fixture(scope="module")
def scores(history: History, bundles: dict[str, Bundle], as_of: np.datetime64) -> pd.DataFrame:
    return score_table(history, bundles, as_of)


def test_one_row_per_open_entity_and_target_with_the_agreed_columns(
    scores: pd.DataFrame, history: History, as_of: np.datetime64
) -> None:
    assert scores.columns.tolist() == COLUMNS
    assert not scores.duplicated(["entity", "entity_id", "target"]).any()
    for target in history.vocabulary.targets:
        mine = scores[scores["target"] == target.name]
        assert len(mine) and set(mine["entity_id"]) == set(open_at(history, target, as_of).entity_id)
        assert set(mine["entity"]) == {target.entity}


def test_reasons_add_up_to_the_log_odds_of_the_served_probability(scores: pd.DataFrame) -> None:
    sums = np.array([sum(reason["contribution"] for reason in reasons) for reasons in scores["reasons"]])
    probability = scores["probability"].to_numpy(float)
    served = np.log(probability) - np.log1p(-probability)
    np.testing.assert_allclose(sums, served, rtol=0, atol=1e-9)


def test_reasons_name_base_and_calibration_and_speak_plainly(scores: pd.DataFrame) -> None:
    reasons, over_time = (scores[scores["target"] == name]["reasons"].iloc[0] for name in ("mql", "win"))
    assert [r["feature"] for r in reasons[-2:]] == ["base", "calibration"]
    assert [r["feature"] for r in over_time[-3:]] == ["base", "calibration", "curve"]
    assert over_time[-1]["text"] == "How such deals go over time, up to the last day known"
    assert {frozenset(r) for r in reasons} == {frozenset({"feature", "contribution", "text", "value", "comparison"})}
    sizes = [abs(r["contribution"]) for r in reasons[:6]]
    assert sizes == sorted(sizes, reverse=True)


def test_the_same_numbers_alone_and_in_a_batch(
    scores: pd.DataFrame, history: History, bundles: dict[str, Bundle], as_of: np.datetime64
) -> None:
    for entity_id in scores["entity_id"].drop_duplicates()[::25]:
        alone = score_table(history, bundles, as_of, ids=[entity_id])
        batch = scores[scores["entity_id"] == entity_id].reset_index(drop=True)
        pd.testing.assert_frame_equal(alone, batch, check_exact=True)


def test_a_score_sees_nothing_later(
    history: History, scores: pd.DataFrame, bundles: dict[str, Bundle], as_of: np.datetime64
) -> None:
    pd.testing.assert_frame_equal(score_table(history.known_at(as_of), bundles, as_of), scores, check_exact=True)


def test_trend_is_the_score_less_that_of_a_week_before(
    scores: pd.DataFrame, history: History, bundles: dict[str, Bundle], as_of: np.datetime64
) -> None:
    before = score_table(history, bundles, as_of - 7 * DAY).set_index(["target", "entity_id"])["score"]
    now = scores.set_index(["target", "entity_id"])
    expected = now["score"] - before.reindex(now.index)
    assert expected.isna().any() and expected.notna().any()
    pd.testing.assert_series_equal(now["trend"], expected, check_names=False, check_exact=True)


def test_times_and_grades(scores: pd.DataFrame, bundles: dict[str, Bundle], as_of: np.datetime64) -> None:
    for target, mine in scores.groupby("target"):
        horizon = pd.Timedelta(days=bundles[target].facts.horizon_days)
        assert (mine["won_by"] == pd.Timestamp(as_of, tz="UTC") + horizon).all()
        for name in ("expected_close", "close_from", "close_to", "won_ever"):
            assert mine[name].notna().all() == (bundles[target].entity == "opportunity")
    deals = scores[scores["target"] == "win"]
    assert (deals["as_of"] <= deals["close_from"]).all() and (deals["close_from"] <= deals["expected_close"]).all()
    assert (deals["expected_close"] <= deals["close_to"]).all() and (deals["won_ever"] >= deals["probability"] - 1e-9).all()
    assert scores["score"].between(0, 100).all()
    assert scores["model"].str.fullmatch(r"[a-z0-9-]+/1-madeup00").all()
    assert scores[scores["score"] >= 90]["grade"].eq("A").all()


def test_without_reasons_the_numbers_stay(
    scores: pd.DataFrame, history: History, bundles: dict[str, Bundle], as_of: np.datetime64
) -> None:
    bare = score_table(history, bundles, as_of, explain=False)
    assert bare["reasons"].isna().all()
    pd.testing.assert_frame_equal(bare.drop(columns="reasons"), scores.drop(columns="reasons"), check_exact=True)


def test_nothing_to_score_gives_an_empty_table(history: History, bundles: dict[str, Bundle]) -> None:
    empty = score_table(history, bundles, np.datetime64("1990-01-01", "us"))
    assert empty.columns.tolist() == COLUMNS and empty.empty


def test_outlook_adds_up_and_counts_what_was_won(history: History, bundles: dict[str, Bundle], as_of: np.datetime64) -> None:
    look = outlook(history, bundles, as_of, read_period("quarter", as_of))
    assert look.entity == "opportunity"
    total, parts = look.forecast.total, look.forecast.parts.values()
    for kind in ("won", "open", "new", "total"):
        for measure in ("count", "amount", "margin"):
            assert sum(getattr(getattr(p, measure), kind) for p in parts) == pytest.approx(getattr(getattr(total, measure), kind))
    assert total.open_deals == len(open_at(history, bundles["win"].target, as_of))
    assert total.count.new > 0 and total.count.whole.p10 < total.count.total < total.count.whole.p90
    past = outlook(history, bundles, as_of, read_period("2000", as_of)).forecast.total
    assert (past.count.won, past.count.open, past.count.new) == (0, 0, 0)


def test_a_forecast_sees_nothing_later(history: History, bundles: dict[str, Bundle], as_of: np.datetime64) -> None:
    period = read_period("quarter", as_of)
    cut = history.known_at(as_of)
    pd.testing.assert_frame_equal(outlook(history, bundles, as_of, period).rows, outlook(cut, bundles, as_of, period).rows)


def test_the_longer_the_period_the_more_is_expected(history: History, bundles: dict[str, Bundle], as_of: np.datetime64) -> None:
    day = str(as_of.astype("datetime64[D]"))
    until = [str((as_of + days * DAY).astype("datetime64[D]")) for days in (5, 30, 80)]
    looks = [outlook(history, bundles, as_of, read_period(f"{day}..{end}", as_of)) for end in until]
    expected = [look.forecast.total.amount.open for look in looks]
    assert 0 < expected[0] < expected[1] < expected[2]


@pytest.mark.parametrize("by", ["region", "manager"])
def test_a_forecast_by_what_the_owners_belong_to(
    history: History, bundles: dict[str, Bundle], as_of: np.datetime64, by: str
) -> None:
    look = outlook(history, bundles, as_of, read_period("quarter", as_of), by)
    assert set(look.forecast.parts) <= {*history.owners[by], "(none)"} and len(look.forecast.parts) > 1


def test_an_unknown_column_names_the_known_ones(history: History, bundles: dict[str, Bundle], as_of: np.datetime64) -> None:
    with pytest.raises(ColumnError, match=r"colour: no column of the opportunity table to add up by; known are .*owner"):
        outlook(history, bundles, as_of, read_period("quarter", as_of), "colour")


def test_the_curve_stands_at_the_served_probability_at_the_horizon(
    history: History, bundles: dict[str, Bundle], scores: pd.DataFrame, as_of: np.datetime64
) -> None:
    deals = scores[scores["target"] == "win"]
    values, _ = Scorer(bundles["win"]).values(history, Observations.at("opportunity", deals["entity_id"].to_numpy(), as_of))
    curves = bundles["win"].curves(values)
    np.testing.assert_allclose(curves.won_by(90.0), deals["probability"], rtol=0, atol=1e-9)
    assert (np.diff(curves.won, axis=1) >= 0).all() and (np.diff(curves.lost, axis=1) >= 0).all()
    assert (curves.won + curves.lost <= 1 + 1e-12).all()


FIT = Feature("size", "number", "Size", "fit")
DONE = Feature("calls_count_7d", "events", "Calls in the last 7 days", "engagement")


def cases() -> Iterator[tuple[list[float], bool]]:
    yield [np.nan, 0.0], False
    yield [np.nan, 2.0], True
    yield [10.0, 0.0], True
    yield [np.nan, np.nan], False


@pytest.mark.parametrize(("row", "enough"), list(cases()))
def test_enough_information_is_something_done_or_half_the_fit_known(row: list[float], enough: bool) -> None:
    assert enough_information(Contract((FIT, DONE)), np.array([row])).tolist() == [enough]


@pytest.mark.parametrize(("unit", "doc", "levels", "value", "words"), [
    ("events", "Calls in the last 7 days", None, 3.0, "3"),
    ("days", "Days since the last call", None, 2.25, "2.2 days"),
    ("days", "Days since the last call", None, 0.25, "6 h"),
    ("days", "Time in its stage", None, 0.01, "14 min"),
    ("days", "Time in its stage", None, 1.0, "1 day"),
    ("days", "Time in its stage", None, 12.0, "12 days"),
    ("events", "Calls lately", None, 0.001, "0"),
    ("hours", "First answer", None, 0.5, "0.50 hours"),
    ("share", "Filled in", None, 0.354, "35 %"),
    ("EUR", "Amount of the deal", None, 12345.6, "12,346 EUR"),
    ("category", "Source", ("web", "fair"), 1.0, "fair"),
    ("category", "Source", ("web", "fair"), -1.0, "(never seen)"),
    ("category", "Source", ("web", "fair"), float("nan"), "not known"),
    ("yes/no", "Is it late?", None, 1.0, "yes"),
])
def test_values_in_words(unit: str, doc: str, levels: tuple[str, ...] | None, value: float, words: str) -> None:
    assert said(Feature("x", unit, doc, "fit", levels), value) == words


def test_a_scorer_refuses_a_bundle_of_other_features(bundles: dict[str, Bundle]) -> None:
    bundle = next(iter(bundles.values()))
    other = replace(bundle, contract=Contract(bundle.contract.features[:-1]))
    with pytest.raises(Exception, match="do not match the model's feature contract: unknown"):
        Scorer(other).check(bundle.vocabulary)


def test_a_model_is_refused_where_leadcast_toml_means_something_else_now(
    history: History, bundles: dict[str, Bundle], as_of: np.datetime64
) -> None:
    words = history.vocabulary
    gone, kept = words.attributes[0], words.attributes[1:]
    changed = replace(kept[0], known="outcome")
    now = replace(history, vocabulary=replace(words, attributes=(changed, *kept[1:]), currency="XXX"))
    said = (f"was trained with another leadcast.toml: the {gone.entity} attribute {gone.name} is gone; known of the "
            f"{changed.entity} attribute {changed.name} was {kept[0].known} and is outcome; currency was {words.currency} and is "
            "XXX. Train again ")
    with pytest.raises(BundleError, match=said):
        score_table(now, bundles, as_of)
    wider = replace(words, attributes=(*words.attributes, replace(gone, name="new")), targets=())
    assert len(score_table(replace(history, vocabulary=wider), bundles, as_of))


def test_no_lead_has_enough_information_where_the_model_rests_on_too_little(
    scores: pd.DataFrame, history: History, bundles: dict[str, Bundle], as_of: np.datetime64
) -> None:
    thin = replace(bundles["mql"], report={"evidence": {"enough": False, "why": ["it rests on rules"]}})
    assert scores.loc[scores["target"] == "mql", "enough_information"].any()
    assert not score_table(history, {"mql": thin}, as_of, explain=False)["enough_information"].any()


def test_every_part_of_a_blend_is_named_in_the_rung(scores: pd.DataFrame) -> None:
    assert set(scores[scores["target"] != "win"]["rung"]) == {"logistic 75 % + base rate 25 %"}
    assert set(scores[scores["target"] == "win"]["rung"]) == {"curve 50 % + logistic 38 % + base rate 12 %"}
