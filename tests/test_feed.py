"""The star schema's tables by hand: days, owners over time, keys, stays in stages, how far each came, what was closed."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from leadcast.period import named_period
from leadcast.schema import OWNERS
from leadcast.table import TIME, Table
from leadcast.vocabulary import Attribute, Pipeline, Vocabulary
from serving.feed.calendar import date_table, days_of, period_days
from serving.feed.columns import TYPES
from serving.feed.dimensions import DIMENSIONS
from serving.feed.entities import deal_table, lead_table, source_table, stage_table
from serving.feed.facts import FACTS
from serving.feed.ground import Ground
from serving.feed.reference import with_column_tables
from serving.feed.stays import funnel_facts, stage_facts, win_facts
from serving.feed.team import Team, owners_in

LEADS = Pipeline("lead", "inbound", ("new", "mql", "converted", "lost"), ("converted",), ("lost",))
DEALS = Pipeline("opportunity", "sales", ("offer", "talk", "won", "lost"), ("won",), ("lost",))
WORDS = Vocabulary(pipelines=(LEADS, DEALS), attributes=(
    Attribute("industry", "lead"), Attribute("Status", "lead"), Attribute("newsletter", "lead", "flag"),
    Attribute("reason", "opportunity", known="outcome")))
NOW = np.datetime64("2026-03-31", "us")
COMPANY = {
    "leads": """lead_id created_at owner source industry Status newsletter
        B 2026-01-02 ann web Finance hot 1
        A 2026-01-01 bob ads Retail - 0
        C 2026-03-30 - - - - -
        D 2026-04-02 ann web Retail - -""",
    "opportunities": """opportunity_id lead_id created_at owner amount reason expected_close
        X B 2026-02-01 ann 100 price 2026-05-01
        Y - 2026-02-11 bob 50 - -
        Z A 2026-03-01 ann 70 - -""",
    "stages": """entity entity_id stage entered_at
        lead A mql 2026-01-11
        lead B converted 2026-02-01
        opportunity X talk 2026-02-11
        opportunity X lost 2026-02-21
        opportunity Y won 2026-03-03
        opportunity Z talk 2026-03-21
        opportunity Z won 2026-04-05""",
    "owners": """owner name manager region valid_from
        ann Ann mia North -
        ann Ann mia South 2026-02-15
        bob - mia North 2026-01-01""",
}


@pytest.fixture
def ground(written):
    def made(owners=None, as_of=NOW, **texts):
        return Ground(written(WORDS, **{**COMPANY, **texts}).known_at(as_of), as_of, "UTC", 1, owners)

    return made


def columns(table: pa.Table, *names: str) -> list[tuple]:
    """Some columns, row by row; days and moments as text."""
    plain = [[str(v)[:10] if hasattr(v, "year") else v for v in table[name].to_pylist()] for name in names]
    return list(zip(*plain, strict=True))


# ---- days ------------------------------------------------------------------------------------------------------


def test_no_day_is_left_out_and_the_fiscal_year_is_named_by_its_end():
    used = np.array(["2026-03-30", "NaT", "2026-04-02"], "datetime64[D]")
    found = date_table([used], (np.datetime64("2026-04-01"), np.datetime64("2026-04-01")), fiscal_start_month=4)
    assert columns(found, "date", "quarter", "iso_week", "weekday", "fiscal_year", "fiscal_quarter", "is_period") == [
        ("2026-03-30", 1, 14, 1, 2026, 4, False), ("2026-03-31", 1, 14, 2, 2026, 4, False),
        ("2026-04-01", 2, 14, 3, 2027, 1, True), ("2026-04-02", 2, 14, 4, 2027, 1, False)]


def test_a_year_that_begins_in_january_is_its_own_fiscal_year():
    found = date_table([np.array(["2026-12-31"], "datetime64[D]")], None, 1)
    assert columns(found, "year", "fiscal_year", "fiscal_quarter", "is_period") == [(2026, 2026, 4, False)]
    assert date_table([], None, 1).num_rows == 0


def test_days_begin_in_the_time_zone_of_the_workspace():
    period = named_period("2026-Q3", "Asia/Singapore")
    assert [str(edge) for edge in period_days(period, "Asia/Singapore")] == ["2026-07-01", "2026-09-30"]
    assert str(days_of(np.array([period.start]), None)[0]) == "2026-06-30"


# ---- owners ----------------------------------------------------------------------------------------------------


def test_an_owner_has_a_row_for_each_team_and_facts_find_the_one_of_their_day(ground):
    team = ground().team
    assert columns(team.table(None), "owner_key", "owner", "name", "region", "current_region", "valid_from", "valid_to",
                   "is_current") == [
        (0, "(none)", "(none)", "(none)", "(none)", None, None, False),
        (1, "ann", "Ann", "North", "South", None, "2026-02-15", False),
        (2, "ann", "Ann", "South", "South", "2026-02-15", None, True),
        (3, "bob", "bob", "North", "North", "2026-01-01", None, True)]
    at = np.array(["2026-02-14T23:59", "2026-02-15", "NaT", "2025-01-01", "NaT"], TIME)
    assert team.keys(np.array(["ann", "ann", "ann", "bob", None], object), at).tolist() == [1, 2, 2, 3, 0]


def test_rows_that_change_nothing_are_one_and_owners_without_a_row_have_one():
    text = lambda *t: np.array(t, object)  # noqa: E731
    rows = OWNERS.check(Table({"owner": text("ann", "ann", "ann"), "region": text("North", "North", "East"),
                               "valid_from": np.array(["2026-01-01", "2026-02-01", "2026-02-01"], TIME)}))
    team = Team.of(rows, ["zoe", None, "ann"])
    assert columns(team.table(None), "owner", "region", "valid_from")[1:] == [
        ("ann", "North", "2026-01-01"), ("ann", "East", "2026-02-01"), ("zoe", None, None)]


def test_a_scope_means_those_to_whom_all_of_it_applies(ground):
    owners = ground().history.owners
    assert owners_in(owners, NOW) is None
    assert owners_in(owners, NOW, region="North") == {"bob"}
    assert owners_in(owners, np.datetime64("2026-02-01"), region="North") == {"ann", "bob"}
    assert owners_in(owners, NOW, owner="ann", manager="mia") == {"ann"}
    assert owners_in(owners, NOW, owner="ann", region="North") == frozenset()


# ---- keys and dimensions ---------------------------------------------------------------------------------------


def test_keys_go_by_creation_so_that_what_comes_later_does_not_move_them(ground):
    now, later = lead_table(ground()), lead_table(ground(as_of=np.datetime64("2026-04-30", "us")))
    assert columns(now, "lead_key", "lead_id") == [(0, "(none)"), (1, "A"), (2, "B"), (3, "C")]
    assert columns(later, "lead_key", "lead_id") == [*columns(now, "lead_key", "lead_id"), (4, "D")]
    assert columns(lead_table(ground(frozenset({"ann"}))), "lead_key", "lead_id") == [(0, "(none)"), (2, "B")]


def test_a_lead_has_its_attributes_and_one_whose_name_is_taken_is_called_otherwise(ground):
    found = lead_table(ground())
    assert columns(found, "lead_id", "status", "owner_key", "source_key", "industry", "attribute_Status", "newsletter")[1:] == [
        ("A", "open", 3, 1, "Retail", None, False), ("B", "won", 2, 2, "Finance", "hot", True),
        ("C", "open", 0, 0, None, None, None)]
    assert found.schema.field("newsletter").type == pa.bool_()
    assert found.schema.field("industry").metadata[b"description"] == b"the attribute industry of leadcast.toml"


def test_a_deal_tells_only_what_was_known(ground):
    found = columns(deal_table(ground()), "opportunity_id", "lead_key", "status", "amount", "reason", "expected_close",
                    "source_key")
    assert found[1:] == [("X", 2, "lost", 100.0, "price", "2026-05-01", 2), ("Y", 0, "won", 50.0, None, None, 0),
                         ("Z", 1, "open", 70.0, None, None, 1)]
    early = deal_table(ground(as_of=np.datetime64("2026-02-12", "us")))
    assert columns(early, "opportunity_id", "status", "reason")[1:] == [("X", "open", None), ("Y", "open", None)]


def test_a_deal_of_somebody_elses_lead_points_to_none(ground):
    found = deal_table(ground(frozenset({"ann"})))
    assert columns(found, "deal_key", "opportunity_id", "lead_key")[1:] == [(1, "X", 2), (3, "Z", 0)]


def test_stages_come_as_declared_and_then_those_that_are_only_met(ground):
    met = COMPANY["stages"] + "\n        lead C odd 2026-03-31"
    found = columns(stage_table(ground(stages=met)), "stage_key", "pipeline", "stage", "stage_order", "is_won", "is_lost")
    assert found[1:4] == [(1, "inbound", "new", 1, False, False), (2, "inbound", "mql", 2, False, False),
                          (3, "inbound", "converted", 3, True, False)]
    assert found[-1] == (9, "inbound", "odd", 0, False, False) and len(found) == 10
    assert columns(source_table(ground()), "source_key", "source") == [(0, "(none)"), (1, "ads"), (2, "web")]


# ---- the way ---------------------------------------------------------------------------------------------------


def test_every_stay_has_its_beginning_and_its_end(ground):
    found = stage_facts(ground())
    assert columns(found, "entity", "lead_key", "deal_key", "stage_key", "since", "until", "days", "is_current") == [
        ("lead", 1, 0, 1, "2026-01-01", "2026-01-11", 10.0, False), ("lead", 1, 0, 2, "2026-01-11", None, 79.0, True),
        ("lead", 2, 0, 1, "2026-01-02", "2026-02-01", 30.0, False), ("lead", 2, 0, 3, "2026-02-01", None, None, True),
        ("lead", 3, 0, 1, "2026-03-30", None, 1.0, True),
        ("opportunity", 0, 1, 5, "2026-02-01", "2026-02-11", 10.0, False),
        ("opportunity", 0, 1, 6, "2026-02-11", "2026-02-21", 10.0, False),
        ("opportunity", 0, 1, 8, "2026-02-21", None, None, True),
        ("opportunity", 0, 2, 5, "2026-02-11", "2026-03-03", 20.0, False),
        ("opportunity", 0, 2, 7, "2026-03-03", None, None, True),
        ("opportunity", 0, 3, 5, "2026-03-01", "2026-03-21", 20.0, False),
        ("opportunity", 0, 3, 6, "2026-03-21", None, 10.0, True)]
    assert columns(found, "owner_key")[5:8] == [(1,), (1,), (2,)]  # ann moved to the South on the 15th of February


def test_how_far_each_came(ground):
    found, notes = funnel_facts(ground())
    assert columns(found, "lead_key", "deal_key", "stage_key", "step", "is_open", "is_won", "is_lost", "days", "cycle_days",
                   "amount") == [
        (1, 0, 2, 2, True, False, False, 89.0, None, None), (2, 0, 3, 3, False, True, False, 30.0, 30.0, None),
        (3, 0, 1, 1, True, False, False, 1.0, None, None),
        (0, 1, 6, 2, False, False, True, 20.0, None, 100.0), (0, 2, 7, 3, False, True, False, 20.0, 20.0, 50.0),
        (0, 3, 6, 2, True, False, False, 30.0, None, 70.0)]
    assert notes == []


def test_what_was_closed_and_by_whom_then(ground):
    found = win_facts(ground(), "opportunity")
    assert columns(found, "deal_key", "lead_key", "owner_key", "closed_date", "created_date", "is_won", "amount", "days") == [
        (1, 0, 2, "2026-02-21", "2026-02-01", False, 100.0, 20.0), (2, 0, 3, "2026-03-03", "2026-02-11", True, 50.0, 20.0)]
    assert columns(win_facts(ground(frozenset({"bob"})), "opportunity"), "deal_key") == [(2,)]


def test_nothing_at_all_is_tables_without_rows(written):
    nothing = Ground(written(Vocabulary()), NOW)
    assert stage_facts(nothing).num_rows == funnel_facts(nothing)[0].num_rows == win_facts(nothing, "lead").num_rows == 0
    assert lead_table(nothing).num_rows == 1


# ---- what is said of them --------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [*DIMENSIONS, *FACTS], ids=lambda shape: shape.name)
def test_every_column_says_what_it_means_and_every_key_where_it_points(shape):
    homes = {one.name: next((c for c in one.columns if c.is_primary), None) for one in (*DIMENSIONS, *FACTS)}
    assert len({c.name for c in shape.columns}) == len(shape.columns)
    for column in shape.columns:
        assert column.meaning and column.kind in TYPES
        assert column.of is None or homes[column.of].kind == column.kind
        assert column.kind != "key" or column.key


def test_the_page_has_every_column_as_it_is(repository: Path):
    page = (repository / "docs" / "export.md").read_text(encoding="utf-8")
    assert with_column_tables(page) == page, "run: python -m serving.feed.reference docs/export.md"
    assert all(f"### {shape.name}\n" in page for shape in (*DIMENSIONS, *FACTS))
