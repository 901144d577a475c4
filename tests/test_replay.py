"""Replays without a model: simpler ways by hand, the sum over days by hand, days and stretches, files that come back whole."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from leadcast.calls import Call
from leadcast.forecast import Distribution
from leadcast.history import History
from leadcast.metrics import Draws, wilson
from leadcast.metrics.forecasting import loss_difference
from leadcast.period import Period
from leadcast.replay import (
    Replay,
    ReplayError,
    Stretch,
    StretchError,
    Told,
    Wins,
    fit_days,
    past_days,
    read_replay,
    read_stretches,
    replay_file,
    summarise,
    write_replay,
)
from leadcast.replay.baselines import called, committed, last_new, run_rate, stage_weighted
from leadcast.replay.lines import metrics, spreadsheet
from leadcast.replay.stage_table import stage_table
from leadcast.replay.stretch import read_every, usual_stretches
from leadcast.replay.words import days_table, report, tables
from leadcast.vocabulary import Pipeline, Target, Vocabulary

WIN = Target("win", "opportunity", ("won",))
WORDS = Vocabulary(pipelines=(Pipeline("opportunity", "", ("new", "offer", "won", "lost"), ("won",), ("lost",)),), targets=(WIN,))
AS_OF = np.datetime64("2026-02-01", "us")
DAY = np.timedelta64(1, "D")
WEEK = Period("the week", AS_OF, np.datetime64("2026-02-08", "us"))
DEALS = """
    opportunity_id  created_at  amount  expected_close  category
    a               2026-01-01  100     -               -
    b               2026-01-01  50      -               -
    c               2026-01-05  80      -               -
    d               2026-01-10  200     {d}             {commit}
    e               2026-01-20  40      {e}             pipeline
    f               2026-01-25  60      -               -
    g               2026-01-12  30      -               -
    h               2026-01-02  10      -               -
"""
STAGES = """
    entity       entity_id  stage  entered_at
    opportunity  a          offer  2026-01-03
    opportunity  a          won    2026-01-11
    opportunity  b          offer  2026-01-05
    opportunity  b          lost   2026-01-15
    opportunity  c          lost   2026-01-10
    opportunity  d          offer  2026-01-12
    opportunity  f          won    2026-02-05
    opportunity  g          won    2026-01-18
    opportunity  h          lost   2026-01-03
"""
Written = Callable[..., History]


def deals(written: Written, d: str = "-", e: str = "-", commit: str = "-", fields: str = "") -> tuple[History, np.ndarray]:
    """The history as known on the first of February, and where d, e and f, which are open then, stand in it."""
    history = written(WORDS, opportunities=DEALS.format(d=d, e=e, commit=commit), stages=STAGES, fields=fields).known_at(AS_OF)
    return history, history.rows("opportunity", ["d", "e", "f"])


def test_stage_weighted_pipeline_by_hand(written: Written) -> None:
    # Two of five closed deals that began as new were won, one of two that had an offer: 1/2 of 200, 2/5 of 40 and of 60.
    history, rows = deals(written)
    found = stage_weighted(history, WIN, rows, WEEK)
    assert (found.count, found.amount) == pytest.approx((0.5 + 0.4 + 0.4, 100 + 16 + 24))


def test_where_expected_closes_are_known_only_what_is_due_counts(written: Written) -> None:
    history, rows = deals(written, d="2026-02-03", e="2026-02-20")
    found = stage_weighted(history, WIN, rows, WEEK)
    assert (found.count, found.amount) == pytest.approx((0.5, 100))


def test_run_rate_is_the_mean_of_the_last_four_stretches(written: Written) -> None:
    history, _ = deals(written)
    assert run_rate(history, WIN, 7 * DAY) == Wins(2 / 4, 130 / 4)
    assert run_rate(history, WIN, 15 * DAY) == Wins(2 / 2, 130 / 2)  # 31 days hold two of 15


def test_a_history_shorter_than_the_stretch_goes_on_at_its_pace(written: Written) -> None:
    history, _ = deals(written)
    found = run_rate(history, WIN, 62 * DAY)
    assert (found.count, found.amount) == pytest.approx((4, 260))


def test_what_the_last_stretch_brought_of_new_deals(written: Written) -> None:
    history, _ = deals(written)
    assert last_new(history, WIN, 28 * DAY) == Wins(1, 30)  # g; a was there when the stretch began


def test_the_reps_commit_needs_a_recorded_history_of_the_category(written: Written) -> None:
    history, rows = deals(written, commit="Commit")
    assert committed(history, "opportunity", rows, WEEK) is None
    fields = """
        entity       entity_id  field     value   old_value  changed_at
        opportunity  d          category  Commit  pipeline   2026-01-15
        opportunity  e          category  COMMIT  pipeline   2026-02-02
    """
    history, rows = deals(written, commit="Commit", fields=fields)
    assert committed(history, "opportunity", rows, WEEK) == Wins(1, 200)


def test_the_team_s_call_goes_before_the_owners_together() -> None:
    def call(owner: str | None, amount: float | None, count: float | None, currency: str = "EUR") -> Call:
        return Call(WEEK, owner, amount, count, currency, "", "ann", AS_OF)

    assert called([], "EUR") is None and called([call(None, 1.0, 1.0, "USD")], "EUR") is None
    assert called([call(None, 10.0, 1.0), call("bob", 7.0, 2.0)], "EUR") == Wins(1.0, 10.0)
    both = called([call("ann", 3.0, None), call("bob", 7.0, 2.0)], "EUR")
    assert both is not None and both.amount == 10.0 and np.isnan(both.count)


def test_the_stage_table_by_hand(written: Written) -> None:
    # Forty deals wait ten days and half of them are won. They are looked at on ten days, with 10 to 1 days to go: within 5
    # days half of the looks with 5 days or fewer to go are won.
    ids = [f"{outcome}{number}" for outcome in ("won", "lost") for number in range(20)]
    opportunities = "\n".join(["opportunity_id created_at", *(f"{i} 2026-01-01" for i in ids)])
    ends = (f"opportunity {i} {i.rstrip('0123456789')} 2026-01-11" for i in ids)
    stages = "\n".join(["entity entity_id stage entered_at", *ends])
    history = written(WORDS, opportunities=opportunities, stages=stages).known_at(np.datetime64("2026-01-31", "us"))
    table = stage_table(history, WIN)
    assert table.chance(np.array(["new", "offer"], object), 5.0) == pytest.approx([5 / 10 / 2] * 2)  # offer was never seen
    assert table.chance(np.array(["new"], object), 20.0) == pytest.approx([0.5])


def test_where_nobody_was_open_the_table_promises_nothing(written: Written) -> None:
    history = written(WORDS).known_at(AS_OF)
    assert stage_table(history, WIN).chance(np.array(["new"], object), 5.0).tolist() == [0.0]


def told(p: list[float], came: list[float], by_stage: list[float], new: float, came_new: float, name: str = "7 days") -> Told:
    """A stretch in which one was won already, ten in money each."""
    said, happened = 1 + sum(p) + new, 1 + sum(came) + came_new
    spread = Distribution(said, np.array([said - 1, said + 1]), np.array([0.5, 1.0]))
    money = Distribution(10 * said, 10 * spread.values, spread.cumulative)
    wins = {name: Wins(count, 10 * count) for name, count in {"run_rate": happened + 1, "stage_weighted": 4.0, "last_new": 1.0,
                                                              "stage_table": sum(by_stage)}.items()}
    return Told(name, 7.0, AS_OF + 7 * DAY, Wins(1, 10), Wins(sum(p), 10 * sum(p)), Wins(new, 10 * new), spread, money,
                Wins(sum(came), 10 * sum(came)), Wins(came_new, 10 * came_new), 0.25, wins, *map(np.array, (p, by_stage, came)))


def replays() -> list[Replay]:
    first = told([0.5, 0.75, 0.75], [1.0, 0.0, 1.0], [0.5, 0.5, 0.5], 1.0, 2.0)
    second = told([0.25, 0.75], [0.0, 1.0], [0.5, 0.5], 1.0, 0.0)
    ids = np.array(["a", "b", "c"], object), np.array(["b", "d"], object)
    stage = np.array(["new"] * 3, object)
    return [Replay(AS_OF, AS_OF, "opportunity", "trees", ids[0], stage, (first,)),
            Replay(AS_OF + 7 * DAY, AS_OF, "opportunity", "trees", ids[1], stage[:2], (second,), ("Few.",)),
            Replay(AS_OF + 14 * DAY, AS_OF, "opportunity", left_out="too little")]


def test_errors_of_the_whole_by_hand() -> None:
    part, = summarise(replays())["stretches"]
    whole = part["total"]["count"]
    assert (whole["forecast"], whole["came"]) == ((4 + 3) / 2, (5 + 2) / 2)
    model = whole["model"]
    assert (model["mae"], model["wape"], model["bias"]) == (1.0, 2 / 7, 0.0)
    assert model["mape"] == pytest.approx((1 / 5 + 1 / 2) / 2)
    assert model["coverage"] == {"share": 1.0, **dict(zip(("low", "high"), wilson(1.0, 2), strict=True))}
    assert model["pinball"]["0.5"] == pytest.approx(0.5 * (2 + 0) / 2)  # 3 and 2 were said at the median
    assert part["total"]["amount"]["model"]["mae"] == 10.0
    assert part["new"]["count"]["model"]["mae"] == 1.0 and part["replays"] == 2


def test_errors_of_simpler_ways_by_hand() -> None:
    part, = summarise(replays())["stretches"]
    ways = part["total"]["count"]["baselines"]
    assert {name: found["mae"] for name, found in ways.items()} == {
        "run_rate": 1.0, "stage_weighted": (0 + 3) / 2, "stage_table": (1.5 + 1) / 2, "model_last_new": 1.0}
    assert {found["replays"] for found in ways.values()} == {2}
    open_ones = part["open"]["count"]
    assert open_ones["model"]["mae"] == 0.0 and open_ones["baselines"]["stage_table"]["mae"] == 0.25
    assert open_ones["model"]["chance"] == pytest.approx(0.25 * (2 + 1) / (2 + 1)) and open_ones["model"]["times_chance"] == 0.0


def test_a_day_of_which_a_way_says_nothing_is_not_held_against_it() -> None:
    first, second, _ = replays()
    silent = replace(second.told[0], baselines={**second.told[0].baselines, "call": Wins(float("nan"), 20.0)})
    part, = summarise([first, replace(second, told=(silent,))])["stretches"]
    assert "call" not in part["total"]["count"]["baselines"]
    assert part["total"]["amount"]["baselines"]["call"] == {"replays": 1, "mae": 0.0, "wape": 0.0, "bias": 0.0, "mape": 0.0}


def test_probabilities_are_compared_replay_by_replay_and_deal_by_deal() -> None:
    found = summarise(replays())["stretches"][0]["probability"]
    ours, theirs = [0.25, 0.5625, 0.0625, 0.0625, 0.0625], [0.25] * 5
    assert found["brier"] == pytest.approx((sum(ours[:3]) / 3 + sum(ours[3:]) / 2) / 2) and found["stage_brier"] == 0.25
    draws = Draws(np.array(["a", "b", "c", "b", "d"]), np.array([1 / 3] * 3 + [1 / 2] * 2))
    gap, low, high = loss_difference(np.array(ours), np.array(theirs), draws)
    assert (found["difference"], found["low"], found["high"]) == pytest.approx((gap, low, high))
    assert found["auc"] == pytest.approx((0.25 + 1.0) / 2) and found["stage_auc"] == 0.5
    assert (found["looks"], found["entities"]) == (5, 4)


def test_overlapping_stretches_count_once_in_the_band() -> None:
    first, second, _ = replays()
    long = [replace(r, told=(replace(r.told[0], days=28.0),)) for r in (first, second)]
    held = summarise(long)["stretches"][0]["total"]["count"]["model"]["coverage"]
    assert (held["low"], held["high"]) == wilson(1.0, 1.0)


def test_nothing_replayed_is_no_stretch() -> None:
    left_out = replays()[-1:]
    assert summarise(left_out)["stretches"] == [] and summarise(left_out)["left_out"][0]["why"] == "too little"
    assert "on none was there enough to learn from" in report("acme", left_out, summarise(left_out), "EUR", [])


def test_tables_say_it_in_words() -> None:
    whole, money, beside, *_, probability = tables(summarise(replays()), "deals", "EUR")
    row = dict(zip((heading for heading, _ in whole.columns), whole.rows[0], strict=True))
    assert row["error"] == "29 %" and row["bias"] == "+0 %"
    assert row["P10-P90 held"] == "100 %" and row["95 % band"] == "34 to 100 %"
    assert beside.rows == [["7 days", of, "29 %", "29 %", "43 %", "36 %", "29 %"] for of in ("wins", "money")]
    assert money.title == "Money (EUR): the whole, deals not created yet included"
    assert probability.rows[0][:3] == ["7 days", "5", "4"]
    days = days_table(replays(), "7 days", "EUR")
    assert days.rows[0][:5] == ["2026-02-01", "2026-02-01", "4.0", "3 to 5", "5"]
    page = report("acme", replays(), summarise(replays()), "EUR", ["coverage.svg"])
    assert page.startswith("# acme: the past replayed\n\n2 past days from 2026-02-01 to 2026-02-08, 1 model, each fitted on what")
    assert "Few.\n\nLeft out: 2026-02-15. too little" in page and "![coverage](coverage.svg)" in page


def test_lines_for_programs() -> None:
    first, second, third = spreadsheet(replays())
    assert (first["open_count"], first["came_total_amount"], first["count_p90"], first["run_rate_count"]) == (2.0, 50.0, 5.0, 6.0)
    left_out = {"as_of": "2026-02-15T00:00:00.000000Z", "trained_as_of": "2026-02-01T00:00:00.000000Z", "left_out": "too little"}
    assert second["stretch"] == "7 days" and third == left_out
    named = metrics(summarise(replays()))
    assert named["7_days/total_count_wape"] == 2 / 7 and named["7_days/total_count.run_rate_mae"] == 1.0
    assert named["7_days/total_amount_coverage_share"] == 1.0 and named["7_days/probability_stage_brier"] == 0.25
    assert all(np.isfinite(value) for value in named.values())


def test_a_replay_comes_back_from_its_file_as_it_was(tmp_path: Path) -> None:
    first, *_, left_out = replays()
    said = replace(first.told[0], baselines={"call": Wins(float("nan"), 1 / 3)}, chance=float("nan"))
    for replay in (replace(first, told=(said,), notes=("Few.",)), left_out):
        file = write_replay(tmp_path / "new", replay)
        assert file == replay_file(tmp_path / "new", replay.as_of)
        assert json.dumps(read_replay(file).to_json()) == json.dumps(replay.to_json())
    assert len(list((tmp_path / "new").iterdir())) == 2  # nothing beside


@pytest.mark.parametrize(("spoil", "said"), [
    (lambda text: text[:100], "20260201T000000.000000.json is no replay"),
    (lambda text: text.replace("replay/1", "replay/0"), "the format is leadcast-replay/0, not leadcast-replay/1"),
    (lambda text: text.replace('"p": [0.5, ', '"p": ['), r"its columns are not of one length.*Run leadcast backtest --fresh"),
    (lambda text: text.replace('"told"', '"tolt"'), "'told'"),
])
def test_a_spoiled_file_is_named(tmp_path: Path, spoil: Callable[[str], str], said: str) -> None:
    file = write_replay(tmp_path, replays()[0])
    file.write_text(spoil(file.read_text()))
    with pytest.raises(ReplayError, match=said):
        read_replay(file)


def test_days_go_back_from_the_end_of_the_data_as_long_as_one_stretch_is_over() -> None:
    end = np.datetime64("2026-02-01T12:00", "us")
    found = list(past_days(7.0, read_stretches("14,28"), np.datetime64("2026-01-01", "us"), end))
    assert [str(day)[:16] for day in found] == ["2026-01-18T12:00", "2026-01-11T12:00", "2026-01-04T12:00"]


def test_months_are_replayed_from_their_first_day() -> None:
    end = np.datetime64("2026-03-30T21:00", "us")  # 23 o'clock in Berlin on the day before the last: March is not over
    found = past_days(None, usual_stretches(None), np.datetime64("2025-12-15", "us"), end, "Europe/Berlin")
    assert [str(day)[:16] for day in found] == ["2026-01-31T23:00", "2025-12-31T23:00"]


def test_a_month_is_over_on_its_last_day() -> None:
    month = Stretch(None, "month")
    period = month.period(np.datetime64("2026-01-10", "us"))
    assert month.over(period, np.datetime64("2026-01-31T18:00", "us"))
    assert not month.over(period, np.datetime64("2026-01-30T18:00", "us"))


def test_more_days_leave_those_that_are_there_and_their_models_alone() -> None:
    newest_first = [AS_OF - k * DAY for k in range(7)]
    few, many = (fit_days(iter(newest_first), count, 3) for count in (2, 6))
    assert many[-2:] == few and {fitted for _, fitted in few} == {newest_first[2]}
    assert fit_days(iter(newest_first[:2]), 5, 3) == [(newest_first[1], newest_first[1]), (newest_first[0], newest_first[1])]


@pytest.mark.parametrize(("read", "text", "said"), [
    (read_stretches, "soon", r"--ahead soon: write days \(7,14,28\) or the words week, month, quarter, year; a number is"),
    (read_stretches, "0.5", "--ahead 0.5: write days"), (read_stretches, " , ", "--ahead says nothing: write days"),
    (read_every, "quarter", "--every quarter: write a number of days, week or month"), (read_every, "nan", "--every nan"),
])
def test_what_is_no_stretch_is_said(read: Callable[[str], object], text: str, said: str) -> None:
    with pytest.raises(StretchError, match=said):
        read(text)
