"""Lists of deals and leads out of hand-made rows, on both databases: filters, sorts that page, totals, the grid."""

import numpy as np
import pytest

from leadcast.store import Store, tables
from leadcast.store.categories import categories_like
from leadcast.store.columns import micro
from leadcast.store.lead_grid import grid_of
from leadcast.store.listing import Totals, page_of, totals_of
from leadcast.store.signs_kept import replace_signs, signs_kept
from leadcast.store.wanted import Wanted
from leadcast.vocabulary import Pipeline, Vocabulary

NOW = np.datetime64("2026-03-31", "us")
AT = micro(NOW)
DAY = 86_400_000_000
WORDS = Vocabulary(pipelines=(Pipeline("opportunity", "default", ("new", "offer"), ("won",), ("lost",)),))
DEALS = {  # id: owner, amount, owner's date in days, category, attributes, probability, flags, stage age
    "D1": ("Ann", 100.0, 5, "commit", '{"industry": "Software", "seats": 12.0}', 0.5, ";stalled;silent;", 30.0),
    "D2": ("Bob", 300.0, 9, "pipeline", '{"industry": "Soft\\"ware", "seats": 12.5}', 0.25, "", 10.0),
    "E3": ("Ann", None, 1, "commit", '{"industry": "Steel"}', 0.75, ";silent;", None),
    "D4": (None, 50.0, None, None, "{}", None, None, None),
}


def record(**more: object) -> dict:
    return {"created_at": AT - 40 * DAY, "attributes": "{}", "received_at": AT, "changed_at": AT, **more}


@pytest.fixture
def filled(store: Store) -> Store:
    with store.writing() as connection:
        connection.execute(tables.leads.insert(), [record(lead_id="L1", source="Google", account_id="A-7")])
        for one, (owner, amount, close, category, attributes, chance, flags, age) in DEALS.items():
            connection.execute(tables.opportunities.insert(), record(
                opportunity_id=one, owner=owner, amount=amount, category=category, attributes=attributes, account_id="A-7",
                contact_id=f"C-{one}", expected_close=None if close is None else AT + close * DAY,
                lead_id="L1" if one == "D2" else None))
            if chance is not None:
                connection.execute(tables.scores.insert(), {
                    "entity": "opportunity", "entity_id": one, "target": "win", "as_of": AT, "probability": chance,
                    "expected_close": AT + 20 * DAY, "grade": "B", "model": "m/1"})
            if flags is not None:
                connection.execute(tables.signs.insert(), {
                    "entity": "opportunity", "entity_id": one, "as_of": AT, "flags": flags, "stage_age_days": age})
        connection.execute(tables.stages.insert(), {
            "stage_key": "s", "entity": "opportunity", "entity_id": "D2", "stage": "offer", "entered_at": AT - DAY,
            "recorded_at": AT - DAY, "received_at": AT, "place": 1})
    return store


def test_a_category_is_found_however_the_crm_writes_it(store: Store):
    with store.writing() as connection:
        for place, category in enumerate(["Best Case", "best_case", "BestCase", "commit", None]):
            connection.execute(tables.opportunities.insert(), record(opportunity_id=f"D{place}", category=category))
    with store.reading() as connection:
        assert categories_like(connection, "best case") == ("Best Case", "BestCase", "best_case")
        assert categories_like(connection, "quux") == ()


def found(store: Store, limit: int = 2, **wanted: object) -> list[str]:
    """The ids of all pages, in order."""
    ids, place = [], None
    with store.reading() as connection:
        while True:
            asked = Wanted("win", **wanted)  # type: ignore[arg-type]
            rows, place = page_of(connection, WORDS, "opportunity", asked, NOW, limit, place)
            ids += [row.opportunity_id for row in rows]
            if place is None:
                return ids


def days_on(days: int) -> np.datetime64:
    return NOW + np.timedelta64(days, "D")


@pytest.mark.parametrize("limit", [1, 10])
def test_every_sort_pages_through_all_with_what_lacks_it_last(filled: Store, limit: int):
    told = {(sort, ascending): found(filled, limit, sort=sort, ascending=ascending) for sort, ascending in (
        ("amount", False), ("amount", True), ("expected_amount", False), ("promised_close", True), ("stage_age", False),
        ("owner", True), ("owner", False), ("stage", True), ("stage", False), ("probability", False))}
    assert told == {
        ("amount", False): ["D2", "D1", "D4", "E3"], ("amount", True): ["D4", "D1", "D2", "E3"],
        ("expected_amount", False): ["D2", "D1", "D4", "E3"],  # 75, 50, none, none
        ("promised_close", True): ["E3", "D1", "D2", "D4"], ("stage_age", False): ["D1", "D2", "D4", "E3"],
        ("owner", True): ["D1", "E3", "D2", "D4"], ("owner", False): ["D2", "D1", "E3", "D4"],
        ("stage", True): ["D1", "D4", "E3", "D2"], ("stage", False): ["D2", "D1", "D4", "E3"],
        ("probability", False): ["E3", "D1", "D2", "D4"]}


def test_filters_narrow_it_down_each_for_itself_and_together(filled: Store):
    def which(**wanted: object) -> set[str]:
        return set(found(filled, 10, **wanted))

    assert which(flags=("stalled",)) == {"D1"} and which(flags=("stalled", "silent")) == {"D1", "E3"}
    assert which(categories=("commit",), min_amount=80.0) == {"D1"}
    assert which(closes_from=days_on(5), closes_before=days_on(9)) == {"D1"}  # the first day belongs to it, the last does not
    assert which(model_closes_before=days_on(21)) == {"D1", "D2", "E3"} and which(model_closes_before=days_on(20)) == set()
    assert which(flags=("silent",), sort="stage_age", categories=("commit",)) == {"D1", "E3"}


def test_what_is_typed_finds_the_beginning_of_ids_owners_and_sources_in_any_case(filled: Store):
    told = {text: set(found(filled, 10, begins=text)) for text in ("d", "ANN", "goo", "c-d2", "a-7", "7", "%", "e3")}
    assert told == {"d": {"D1", "D2", "D4"}, "ANN": {"D1", "E3"}, "goo": {"D2"}, "c-d2": {"D2"}, "a-7": set(DEALS), "7": set(),
                    "%": set(), "e3": {"E3"}}


def test_an_attribute_is_compared_as_what_it_is(filled: Store):
    told = [set(found(filled, 10, attributes=asked)) for asked in (
        (("industry", "Software"),), (("industry", 'Soft"ware'),), (("seats", 12.0),), (("seats", "12"),),
        (("industry", "Software"), ("seats", 12.5)), (("quux", "1"),))]
    assert told == [{"D1"}, {"D2"}, {"D1"}, set(), set(), set()]


def test_the_totals_are_of_all_that_match(filled: Store):
    with filled.reading() as connection:
        told = [totals_of(connection, WORDS, "opportunity", Wanted("win", **asked), NOW)  # type: ignore[arg-type]
                for asked in ({}, {"flags": ("silent",)}, {"min_probability": 0.5}, {"categories": ("quux",)})]
        leads = totals_of(connection, WORDS, "lead", Wanted("sql"), NOW)
    assert told == [Totals(4, 450.0, 125.0), Totals(2, 100.0, 50.0), Totals(2, 100.0, 50.0), Totals(0, 0.0, 0.0)]
    assert leads == Totals(1)


def test_the_grid_counts_leads_in_bands_that_hold_their_lower_end(store: Store):
    scores = {"a": (0.0, 24.9, 0.1), "b": (24.9, 0.0, 0.3), "c": (25.0, 50.0, 0.2), "d": (100.0, 75.0, 0.8),
              "e": (None, 10.0, 0.4)}
    with store.writing() as connection:
        connection.execute(tables.leads.insert(), [record(lead_id=one) for one in (*scores, "unscored")])
        connection.execute(tables.scores.insert(), [
            {"entity": "lead", "entity_id": one, "target": "sql", "as_of": AT, "probability": chance, "fit_score": fit,
             "engagement_score": engagement, "model": "m/1"} for one, (fit, engagement, chance) in scores.items()])
    with store.reading() as connection:
        told = grid_of(connection, WORDS, Wanted("sql"), NOW)
        assert grid_of(connection, WORDS, Wanted("mql"), NOW) == {}
    assert {band: (count, round(mean, 9)) for band, (count, mean) in told.items()} == {
        (0, 0): (2, 0.2), (1, 2): (1, 0.2), (3, 3): (1, 0.8), (None, 0): (1, 0.4)}


def test_signs_never_go_back_and_go_with_whoever_has_none(store: Store):
    def sign(one: str, at: int, flags: str = "") -> dict:
        return {"entity": "lead", "entity_id": one, "as_of": at, "stage": None, "flags": flags, "curve": None}

    with store.writing() as connection:
        replace_signs(connection, "lead", ["a", "b", "c"], NOW, [sign("a", AT), sign("b", AT), sign("c", AT + DAY)])
        replace_signs(connection, "lead", ["a", "b", "c"], NOW, [sign("a", AT, ";silent;"), sign("c", AT, ";silent;")])
        kept = signs_kept(connection, "lead", ["a", "b", "c"])
        assert {one: row.flags for one, row in kept.items()} == {"a": ";silent;", "c": ""}
        replace_signs(connection, "lead", ["c"], NOW, [])  # closed as known then, but what is kept is later
        assert set(signs_kept(connection, "lead", ["c"])) == {"c"}
