"""What if: every override by hand, its sentence, and what is said when it does not fit."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from leadcast.overrides import Deal, Overrides, Rate, ScenarioError, overrides, overrides_from_texts, read_overrides
from leadcast.period import named_period
from leadcast.scenario import apply
from leadcast.snapshot_rows import checked_rows

AS_OF, QUARTER = np.datetime64("2026-02-01", "us"), named_period("2026-Q1")  # 59 days to go
ROWS = pd.DataFrame({
    "entity_id": ["w", "a", "b", "new:0", "new:4"], "kind": ["won", "open", "open", "new", "new"],
    "expected": [1.0, 0.5, 0.25, 1.0, 2.0], "amount": [900.0, 100.0, 400.0, 10.0, 40.0],
    "ever": [np.nan, 0.8, 0.5, np.nan, np.nan], "slips": [np.nan, 0.4, 0.0, np.nan, np.nan],
    "expected_close": np.array(["NaT", "2026-03-10", *["NaT"] * 3], "datetime64[us]"),
    "owner": ["ann", "ann", "bob", None, None], "region": ["North", "North", None, "North", "South"],
})


def changed(*texts: str, rows: pd.DataFrame = ROWS, timezone: str | None = None) -> tuple[pd.DataFrame, list[str]]:
    found, said = apply(rows, overrides_from_texts(texts), QUARTER, AS_OF, timezone)
    return found.set_index("entity_id"), said


def test_nothing_to_change_changes_nothing() -> None:
    found, said = apply(ROWS, Overrides(), QUARTER, AS_OF)
    pd.testing.assert_frame_equal(found, checked_rows(ROWS), check_exact=True)
    assert said == []


def test_the_rows_given_stay_as_they_are() -> None:
    before = ROWS.copy()
    changed("amount:a=50", "rate:region=North*2", "drop:b", "hire:reps=1,start=2026-02-01")
    pd.testing.assert_frame_equal(ROWS, before)


# ---- a deal ---------------------------------------------------------------------------------------------------


def test_another_amount() -> None:
    found, said = changed("amount:a=250")
    assert found["amount"].tolist() == [900.0, 250.0, 400.0, 10.0, 40.0]
    assert said == ["a: amount 250 instead of 100."]


def test_another_probability() -> None:
    found, said = changed("probability:a=0.9")
    assert found.loc["a", ["expected", "ever", "slips"]].tolist() == [0.9, 0.9, pytest.approx(0.1)]
    assert said == ["a: probability 90 % instead of 50 %."]


def test_what_is_less_likely_in_the_period_may_still_come_in_the_end() -> None:
    assert changed("probability:a=0.1")[0].loc["a", ["expected", "ever"]].tolist() == [0.1, 0.8]


@pytest.mark.parametrize(("day", "expected", "words"), [
    ("2026-03-31", 0.8, "a: closes on 2026-03-31, within 2026-Q1, probability 80 % instead of 50 %."),
    ("2026-04-01", 0.0, "a: closes on 2026-04-01, outside of 2026-Q1, probability 0 % instead of 50 %."),
])
def test_a_deal_that_closes_on_a_day_comes_in_the_end_or_not_in_the_period(day: str, expected: float, words: str) -> None:
    found, said = changed(f"close:a={day}")
    assert found.loc["a", ["expected", "ever", "slips"]].tolist() == [expected, 0.8, 0.0]
    assert found["expected_close"]["a"] == pd.Timestamp(day)
    assert said == [words]


@pytest.mark.parametrize(("zone", "expected"), [("Pacific/Auckland", 0.8), ("America/Los_Angeles", 0.8)])
def test_a_day_begins_in_the_workspace_timezone(zone: str, expected: float) -> None:
    quarter = named_period("2026-Q1", zone)
    wanted = overrides({"deals": {"a": {"close": "2026-03-31"}, "b": {"close": "2026-04-01"}}})
    found = apply(ROWS, wanted, quarter, AS_OF, zone)[0].set_index("entity_id")["expected"]
    assert found[["a", "b"]].tolist() == [expected, 0.0]


def test_a_day_and_a_probability_say_when_and_whether() -> None:
    found, _ = changed("close:a=2026-03-01", "probability:a=0.6")
    assert found.loc["a", ["expected", "ever"]].tolist() == [0.6, 0.6]
    found, _ = changed("close:a=2026-05-01", "probability:a=0.6")
    assert found.loc["a", ["expected", "ever"]].tolist() == [0.0, 0.6]


def test_a_deal_and_the_largest_are_left_out() -> None:
    found, said = changed("drop:a", "drop:largest")
    assert found.index.tolist() == ["w", "new:0", "new:4"]
    assert said == ["a is left out (amount 100, probability 50 %).", "b is left out (amount 400, probability 25 %)."]


def test_a_won_deal_can_be_left_out_too() -> None:
    assert changed("drop:w")[1] == ["w is left out (amount 900, won)."]


# ---- segments -------------------------------------------------------------------------------------------------


def test_a_segments_win_rate_moves_probabilities_and_new_business_but_not_what_is_won() -> None:
    found, said = changed("rate:region=North*1.1")
    assert found["expected"].tolist() == pytest.approx([1.0, 0.55, 0.25, 1.1, 2.0])
    assert found["ever"]["a"] == pytest.approx(0.88)
    assert said == ["Win rate of region North × 1.1: 1 open deals and 1 sources of new business."]


def test_a_probability_never_passes_one() -> None:
    found, _ = changed("rate:region=North*3")
    assert (found["expected"]["a"], found["ever"]["a"], found["slips"]["a"], found["expected"]["new:0"]) == (1.0, 1.0, 0.0, 3.0)


def test_those_without_a_value_are_a_segment_too() -> None:
    assert changed("rate:region=(none)*2")[0]["expected"]["b"] == 0.5


def test_a_deals_own_probability_stands() -> None:
    assert changed("probability:a=0.9", "rate:region=North*0.5")[0]["expected"]["a"] == 0.9


# ---- people ---------------------------------------------------------------------------------------------------


def test_new_people_bring_what_the_present_ones_bring() -> None:
    found, said = changed("hire:reps=2,start=2026-02-01,ramp_days=0")
    hired = found[found["owner"] == "(hired)"]
    assert hired.index.tolist() == ["new:5", "new:6"]
    assert hired["expected"].tolist() == pytest.approx([1.0, 2.0])  # two owners bring 3 in 59 days, two more the same
    assert hired["amount"].tolist() == [10.0, 40.0]
    assert said == ["2 more reps from 2026-02-01, up to speed after 0 days: 3.0 more wins from new business, 90."]


def test_who_is_not_up_to_speed_brings_less() -> None:
    found, _ = changed("hire:reps=1,start=2026-03-02,ramp_days=30,per_rep_per_day=0.1")
    assert found["expected"].iloc[5:].sum() == pytest.approx(0.1 * 15)  # 30 days left, half of them


def test_who_comes_after_the_period_brings_nothing_in_it() -> None:
    assert changed("hire:reps=1,start=2026-06-01")[0]["expected"].iloc[5:].sum() == 0


def test_people_hired_in_a_scenario_do_not_count_as_present_in_the_next() -> None:
    once, _ = apply(ROWS, overrides_from_texts(["hire:reps=2,start=2026-02-01,ramp_days=0"]), QUARTER, AS_OF)
    twice, _ = changed("hire:reps=2,start=2026-02-01,ramp_days=0", rows=once)
    assert twice["expected"].iloc[7:].sum() == pytest.approx(3.0)
    assert twice.index[7:].tolist() == ["new:7", "new:8"]


# ---- what does not fit ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("text", "message"), [
    ("drop:aa", "No deal 'aa' is in the forecast; did you mean a\\?"),
    ("amount:new:0=3", "No deal 'new:0' is in the forecast; it has a, b, w."),
    ("rate:regoin=North*2", "no column 'regoin' of texts; did you mean region\\?"),
    ("rate:expected=1*2", "no column 'expected' of texts; it has owner, region."),
    ("rate:region=Nroth*2", "No deal has 'Nroth' as its region; did you mean North or South\\?"),
    ("probability:w=0.5", "w is won already: only its amount can be changed, or it can be left out"),
    ("close:w=2026-03-01", "w is won already"),
    ("close:a=2026-01-30", "a cannot close on 2026-01-30: that lies before the forecast, which is of 2026-02-01"),
])
def test_what_does_not_fit_the_forecast_is_named(text: str, message: str) -> None:
    with pytest.raises(ScenarioError, match=message):
        changed(text)


def test_a_closing_day_needs_the_chance_in_the_end() -> None:
    with pytest.raises(ScenarioError, match=r"a cannot be moved to 2026-03-01: .* \(ever\). Give its probability, too"):
        changed("close:a=2026-03-01", rows=ROWS.drop(columns="ever"))
    found, _ = changed("close:a=2026-03-01", "probability:a=0.7", rows=ROWS.drop(columns=["ever", "slips", "expected_close"]))
    assert found["expected"]["a"] == 0.7


def test_there_may_be_no_largest() -> None:
    with pytest.raises(ScenarioError, match="no open deal with an amount to leave out as the largest"):
        changed("drop:largest", rows=ROWS.iloc[[0, 3]])


def test_hiring_needs_new_business_to_grow() -> None:
    with pytest.raises(ScenarioError, match="expects no deals that are not yet created"):
        changed("hire:reps=1,start=2026-02-01", rows=ROWS.iloc[:3])


def test_hiring_needs_owners_or_a_pace() -> None:
    with pytest.raises(ScenarioError, match=r"names no owners, .* give per_rep_per_day"):
        changed("hire:reps=1,start=2026-02-01", rows=ROWS.drop(columns="owner"))


# ---- reading them ---------------------------------------------------------------------------------------------

TOML = """
note = "a careful spring"
drop = ["largest"]
hire = {reps = 2, start = "2026-04-01", ramp_days = 60}
[deals.D-17]
amount = 50000
close = 2026-03-20
[[rates]]
column = "region"
value = "North"
factor = 1.1
"""


def test_a_file_and_a_command_line_say_the_same(tmp_path: Path) -> None:
    (tmp_path / "spring.toml").write_text(TOML)
    read = read_overrides(tmp_path / "spring.toml")
    said = overrides_from_texts(["amount:D-17=50000", "close:D-17=2026-03-20", "drop:largest", "rate:region=North*1.1",
                                 "hire:reps=2,start=2026-04-01,ramp_days=60"])
    assert read == said.model_copy(update={"note": "a careful spring"})


def test_json_is_read_too(tmp_path: Path) -> None:
    (tmp_path / "s.json").write_text('{"deals": {"a": {"probability": 1}}, '
                                     '"rates": [{"column": "x", "value": "y", "factor": 2}]}')
    read = read_overrides(tmp_path / "s.json")
    assert (read.deals, read.rates) == ({"a": Deal(probability=1.0)}, (Rate(column="x", value="y", factor=2.0),))


def test_a_command_line_adds_to_a_file() -> None:
    base = overrides({"deals": {"a": {"amount": 5}}, "drop": ["b"]})
    found = overrides_from_texts(["probability:a=0.5", "drop:c"], base)
    assert (found.deals, found.drop) == ({"a": Deal(amount=5.0, probability=0.5)}, ("b", "c"))


def test_ids_and_values_may_hold_signs() -> None:
    found = overrides_from_texts(["amount:x=1:2=5", "rate:region=A*B=C*0.5", "drop:x:y"])
    assert (list(found.deals), found.rates[0].value, found.drop) == (["x=1:2"], "A*B=C", ("x:y",))


@pytest.mark.parametrize(("text", "message"), [
    ("amuont:a=5", "'amuont:a=5' is no change of a forecast; did you mean \"amount\"\\? Write amount:DEAL=50000, close:"),
    ("drop", "'drop' is no change of a forecast"), ("drop:", "is no change of a forecast"),
    ("amount:a", "'amount:a' cannot be read. Write amount:DEAL=50000."),
    ("amount:a=much", "cannot be read. Write amount:DEAL"), ("close:a=soon", "cannot be read. Write close:DEAL=2026-03-20"),
    ("rate:region=North", "cannot be read. Write rate:COLUMN=VALUE\\*1.1"), ("hire:two", "cannot be read. Write hire:reps=2"),
    ("amount:a=-5", "deals.a.amount: found -5.0; right would be the amount it will have \\(greater than or equal to 0\\)"),
    ("amount:a=nan", "deals.a.amount: found NaN; right would be the amount it will have \\(a finite number\\)"),
    ("probability:a=1.5", "deals.a.probability: found 1.5; right would be P\\(won"),
    ("hire:reps=2", "hire.start: missing key; their first day"),
    ("hire:reps=2,start=soon", "hire.start: found \"soon\"; right would be their first day"),
    ("hire:reps=2,begin=2026-01-01,start=2026-01-01", "hire.begin: unknown key. Known here: reps, start, ramp_days, per_rep"),
])
def test_a_text_that_cannot_be_read_says_what_to_write(text: str, message: str) -> None:
    with pytest.raises(ScenarioError, match=message):
        overrides_from_texts([text])


@pytest.mark.parametrize(("parsed", "message"), [
    ({"deal": {}}, "The scenario: deal: unknown key; did you mean \"deals\"\\? Known here: deals, drop, rates, hire, note"),
    ({"deals": {"a": {"amout": 3}}},
     "deals.a.amout: unknown key; did you mean \"amount\"\\? Known here: amount, close, probability"),
    ({"deals": {"a": 3}}, "deals.a: found 3; right would be a table of keys \\(amount, close, probability\\)"),
    ({"rates": [{"column": "x", "value": "y", "factor": "z"}]}, "rates.0.factor: found \"z\"; right would be what to multiply"),
    ({"deals": {"a": {"amount": 3}}, "drop": ["a"]}, "a is dropped, so that nothing else can be changed about it"),
])
def test_a_scenario_that_cannot_be_is_named(parsed: dict[str, object], message: str) -> None:
    with pytest.raises(ScenarioError, match=message):
        overrides(parsed)


@pytest.mark.parametrize(("name", "text", "message"), [
    ("s.toml", "deals = [", "s.toml: this is no TOML: "), ("s.json", "{", "s.json: this is no JSON: "),
    ("s.json", "[]", "s.json: a scenario is a table of keys \\(deals, drop, rates, hire, note\\)"),
    ("gone.toml", None, "gone.toml cannot be read: No such file"),
    ("s.toml", "note = 3", "s.toml: note: found 3; right would be"),
])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, name: str, text: str | None, message: str) -> None:
    if text is not None:
        (tmp_path / name).write_text(text)
    with pytest.raises(ScenarioError, match=message):
        read_overrides(tmp_path / name)
