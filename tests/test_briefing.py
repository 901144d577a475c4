"""A briefing's arithmetic on a company small enough to work out by hand."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from leadcast.forecast import Spread, period_forecast
from leadcast.owners import of_owners
from leadcast.period import named_period
from leadcast.schema import OWNERS, QUOTAS
from leadcast.snapshots import About, Snapshot
from leadcast.table import Table
from leadcast.vocabulary import Vocabulary
from serving.briefing.briefing import handed_on_of
from serving.briefing.changes import changes_between
from serving.briefing.risks import risks_of
from serving.briefing.team import OTHERS, team_of
from serving.outlook import Outlook, quotas_of

QUARTER = named_period("2026-Q1")
NOW = np.datetime64("2026-02-16", "us")


def text(*values: str | None) -> np.ndarray:
    return np.array(values, object)


def day(written: str | None) -> np.datetime64:
    return np.datetime64(written or "NaT", "us")


def deal(name, owner, kind, expected, amount, **more):
    return {"entity_id": name, "owner": owner, "kind": kind, "expected": expected, "amount": amount, "stage": "proposal",
            "expected_close": day(more.pop("rep", None)), "closes": day(more.pop("model", None)), "created_at": day("2026-01-05"),
            "slips": 0.0, **more}


TEAM = OWNERS.check(Table({
    "owner": text("ann", "bob", "cem", "dan"), "name": text("Ann A.", None, "Cem C.", None),
    "manager": text("mia", "mia", "noa", "noa"), "region": text("North", "North", "South", "South"),
    "valid_from": np.full(4, np.datetime64("NaT"), "datetime64[us]")}))
AIMS = QUOTAS.check(Table({
    "owner": text("ann", "bob", "cem", "dan"), "period": text(*["2026-Q1"] * 4), "amount": np.array([100.0, 200.0, 50.0, 30.0])}))
DEALS = [
    deal("a1", "ann", "won", 1.0, 100.0, category="closed"),
    deal("a2", "ann", "open", 0.5, 80.0, category="Commit", rep="2026-03-20"),
    deal("b1", "bob", "open", 0.25, 400.0, category="BestCase", rep="2026-03-01"),
    deal("b2", "bob", "new", 2.0, 30.0, category=None),
    deal("c1", "cem", "open", 0.1, 200.0, category="Commit", rep="2026-04-20"),
    deal("c2", "cem", "open", 0.2, 50.0, category="pipeline", rep="2026-02-01"),
    deal("n1", None, "open", 0.5, 10.0, category=None, rep="2026-03-31"),
]


def look_at(deals, owners=TEAM, quotas=AIMS) -> Outlook:
    """An outlook of these rows, as far as the pieces of a briefing look at it."""
    rows = pd.DataFrame(deals)
    for level in ("manager", "region"):
        of = of_owners(owners, level, NOW)
        rows[level] = pd.Series([of.get(owner) for owner in rows["owner"]], rows.index, dtype=object)
    known = SimpleNamespace(owners=owners, quotas=quotas)
    return SimpleNamespace(rows=rows, spread=Spread(), period=QUARTER, as_of=NOW, known=known,
                           forecast=period_forecast(rows, Spread()))


# ---- the team -------------------------------------------------------------------------------------------------


def test_each_region_manager_and_owner_has_the_money_of_its_deals_and_its_quota():
    nodes = team_of(look_at(DEALS))
    assert [(node.level, node.name, node.shown, node.parent) for node in nodes] == [
        ("region", "North", "North", ()), ("manager", "mia", "mia", ("North",)), ("owner", "bob", "bob", ("North", "mia")),
        ("owner", "ann", "Ann A.", ("North", "mia")), ("region", "South", "South", ()), ("manager", "noa", "noa", ("South",)),
        ("owner", "cem", "Cem C.", ("South", "noa")), ("owner", "dan", "dan", ("South", "noa")),
        ("region", "(none)", "(none)", ()), ("manager", "(none)", "(none)", ("(none)",)),
        ("owner", "(none)", "(none)", ("(none)", "(none)"))]
    amount = {node.name: (node.part.amount.won, node.part.amount.open, node.part.amount.new) for node in nodes}
    assert amount["ann"] == (100, 40, 0) and amount["bob"] == (0, 100, 60) and amount["mia"] == amount["North"] == (100, 140, 60)
    assert amount["cem"] == amount["South"] == (0, 30, 0) and amount["dan"] == (0, 0, 0) and amount["(none)"] == (0, 5, 0)
    quota = {node.name: node.part.goal and node.part.goal.quota for node in nodes}
    assert quota == {"ann": 100, "bob": 200, "cem": 50, "dan": 30, "mia": 300, "noa": 80, "North": 300, "South": 80,
                     "(none)": None}
    ann = next(node.part for node in nodes if node.name == "ann")
    assert (ann.goal.reach, ann.goal.gap, ann.goal.coverage, ann.pipeline, ann.open_deals) == (1.0, -40, None, 80, 1)


def test_means_of_children_add_up_to_their_parents():
    look = look_at(DEALS)
    nodes = team_of(look)
    for node in [SimpleNamespace(parent=None, part=look.forecast.total), *nodes]:
        path = () if node.parent is None else (*node.parent, node.name)
        children = [child.part for child in nodes if child.parent == path]
        for name in ("won", "open", "new"):
            if children:
                assert sum(getattr(child.amount, name) for child in children) == pytest.approx(getattr(node.part.amount, name))


def test_a_workspace_without_regions_has_fewer_levels_and_one_without_owners_goes_by_stage():
    flat = Table({**{name: TEAM[name] for name in TEAM.names}, "region": text(*[None] * 4), "manager": text(*[None] * 4)})
    assert {node.level for node in team_of(look_at(DEALS, flat))} == {"owner"}
    nobodys = [{**one, "owner": None, "source": "web" if one["entity_id"] < "b" else "fair"} for one in DEALS]
    nodes = team_of(look_at(nobodys, OWNERS.empty(), QUOTAS.empty()))
    assert [(node.level, node.name) for node in nodes] == [("stage", "proposal"), ("source", "fair"), ("source", "web")]
    assert nodes[0].part.amount.total == pytest.approx(335)


def test_owners_beyond_the_largest_are_one_under_each_parent(monkeypatch):
    monkeypatch.setattr("serving.briefing.team.MOST_OWNERS", 1)
    nodes = team_of(look_at(DEALS))
    owners = [(node.name, node.parent[-1], node.part.amount.total) for node in nodes if node.level == "owner"]
    assert owners == [("bob", "mia", 160), (OTHERS, "mia", 140), (OTHERS, "noa", 30), ("(none)", "(none)", 5)]
    assert next(node for node in nodes if node.name == OTHERS).part.goal.quota == 100


def test_an_owners_quota_is_left_out_where_their_deals_sit_in_two_regions():
    rows = look_at(DEALS).rows
    rows.loc[1, "region"] = "South"  # ann's open deal
    look = SimpleNamespace(rows=rows, spread=Spread(), period=QUARTER, as_of=NOW, known=SimpleNamespace(owners=TEAM, quotas=AIMS))
    ann = [node for node in team_of(look) if node.name == "ann"]
    assert [node.parent[0] for node in ann] == ["North", "South"] and [node.part.goal for node in ann] == [None, None]


def test_a_regions_own_quota_counts_for_all_of_its_people_and_for_nobody_less():
    regional = QUOTAS.check(Table({"region": text("North", "South"), "period": text("2026-Q1", "2026-Q1"),
                                   "amount": np.array([300.0, 80.0])}))
    known = SimpleNamespace(owners=TEAM, quotas=regional)
    for owners, kept in (({"ann", "bob"}, ["North"]), ({"ann"}, []), ({"ann", "cem", "dan"}, ["South"]), (set(), [])):
        assert quotas_of(known, frozenset(owners), NOW)["region"].tolist() == kept
    assert quotas_of(known, None, NOW) is regional


# ---- risks ----------------------------------------------------------------------------------------------------


def test_risks_are_what_people_count_on_by_the_money_that_would_be_missing():
    risks, in_commit = risks_of(look_at(DEALS), in_money=True)
    assert [(risk.entity_id, risk.counted_on, risk.at_stake) for risk in risks] == [
        ("b1", "best case", 300), ("a2", "commit", 40), ("n1", "date", 5)]  # c1's date lies after the period, c2 is pipeline
    assert in_commit is not None and in_commit.entity_id == "a2"
    assert risks[0].why == "best case, but 25 % likely to be won in the period; the rep says 2026-03-01"


def test_close_dates_are_told_in_the_time_zone_of_the_workspace():
    local = [deal("a", None, "open", 0.5, 80.0, category="commit", rep="2026-03-19T16:00", model="2026-03-24T15:59")]
    (risk,), _ = risks_of(look_at(local, OWNERS.empty(), QUOTAS.empty()), True, "Asia/Singapore")
    assert risk.why.endswith("; the rep says 2026-03-20, the model 2026-03-24 if it is won")


def test_where_nobody_counts_on_deals_the_forecasts_largest_bets_are_its_risks():
    plain = [deal("a", None, "open", 0.5, 80.0, model="2026-03-10"), deal("b", None, "open", 0.2, 300.0, model="2026-03-11"),
             deal("c", None, "open", 0.9, 900.0, model="2026-05-01")]
    risks, in_commit = risks_of(look_at(plain, OWNERS.empty(), QUOTAS.empty()), in_money=True)
    assert [(risk.entity_id, risk.counted_on, risk.at_stake) for risk in risks] == [("b", "model", 60), ("a", "model", 40)]
    assert in_commit is None
    assert risks[1].why == ("the forecast counts on it; it is 50 % likely to be won in the period; the model 2026-03-10 if it is "
                            "won")


def test_without_amounts_every_deal_counts_as_one():
    risks, _ = risks_of(look_at([{**one, "amount": np.nan} for one in DEALS]), in_money=False)
    assert [(risk.entity_id, risk.at_stake) for risk in risks] == [("b1", 0.75), ("a2", 0.5), ("n1", 0.5)]


# ---- changes --------------------------------------------------------------------------------------------------


def snapshot(deals, as_of, closed=None, model="acme-win/1") -> Snapshot:
    about = About(day(as_of), QUARTER, "opportunity", "EUR", model, "", {"ratios": [1.0]})
    return Snapshot(about, pd.DataFrame(deals), closed or {})


BEFORE = [deal("w", "ann", "open", 0.5, 100.0, rep="2026-03-01"), deal("p", "bob", "open", 0.6, 200.0, rep="2026-03-10"),
          deal("u", "bob", "open", 0.5, 10.0), deal("l", "ann", "open", 0.25, 40.0)]
AFTER = [deal("w", "ann", "won", 1.0, 120.0, rep="2026-03-01"), deal("p", "bob", "open", 0.2, 200.0, rep="2026-04-10"),
         deal("u", "bob", "open", 0.5, 30.0, rep=None), {**deal("n", "cem", "open", 0.1, 500.0), "created_at": day("2026-02-12")}]


def test_changes_are_told_deal_by_deal_in_words_and_pieces_that_add_up():
    found = changes_between(snapshot(BEFORE, "2026-02-09"), snapshot(AFTER, "2026-02-16", {"l": "lost"}), "20260209", True)
    assert (found.pieces.money_before, found.pieces.money_after, found.days) == (185.0, 225.0, 7.0)
    assert {piece: money for piece, money in found.pieces.money.items() if money} == {
        "new": 50.0, "won": 60.0, "lost": -10.0, "pushed": -80.0, "up": 20.0}
    assert [(one.entity_id, one.owner, one.stage, one.piece, one.what, one.money) for one in found.deals] == [
        ("p", "bob", "proposal", "pushed", "close date 2026-03-10 to 2026-04-10; chance 60 % to 20 %", -80.0),
        ("w", "ann", "proposal", "won", "won; amount 100 to 120", 70.0),
        ("n", "cem", "proposal", "new", "created since", 50.0),
        ("l", "ann", None, "lost", "lost", -10.0),
        ("u", "bob", "proposal", "up", "amount 10 to 30", 10.0)]
    assert found.deals[1].pieces == {"won": 60.0, "up": 10.0} and found.note == ""


def test_changes_without_money_are_told_in_wins():
    before, after = ([{**one, "amount": np.nan} for one in deals] for deals in (BEFORE, AFTER))
    found = changes_between(snapshot(before, "2026-02-09"), snapshot(after, "2026-02-16", {"l": "lost"}), None, False)
    assert [(one.entity_id, one.piece, one.pieces) for one in found.deals[:2]] == [
        ("w", "won", {"won": 0.5}), ("p", "pushed", {"pushed": pytest.approx(-0.4)})]
    assert found.note.startswith("No forecast of this period was saved 7 days before, so it is rebuilt")


def test_another_model_before_is_told():
    found = changes_between(snapshot(BEFORE, "2026-02-09"), snapshot(AFTER, "2026-02-16", model="acme-win/2"), "x", True)
    assert found.note == "The forecast before was made by another model, acme-win/1; a part of the changes is the model's."


def test_moved_close_dates_are_told_in_the_time_zone_of_the_workspace():
    one, other = ([deal("p", "bob", "open", 0.5, 10.0, rep=rep)] for rep in ("2026-03-09T16:00", "2026-04-09T16:00"))
    told, = changes_between(snapshot(one, "2026-02-09"), snapshot([{**other[0], "expected": 0.2}], "2026-02-16"), "x", True,
                            "Asia/Singapore").deals
    assert told.what == "close date 2026-03-10 to 2026-04-10; chance 50 % to 20 %"


def test_a_deal_that_was_created_and_won_since_says_both():
    new = [{**deal("n", "cem", "won", 1.0, 500.0), "created_at": day("2026-02-12")}]
    told = changes_between(snapshot(BEFORE, "2026-02-09"), snapshot([*BEFORE, *new], "2026-02-16"), "x", True).deals[0]
    assert (told.piece, told.what, told.money) == ("new", "created and won since", 500.0)


def test_a_deal_that_went_to_another_owner_is_not_gone_and_nobody_is_named(written):
    """Of ann's deals: g went to bob, c came from bob, e was erased."""
    history = written(Vocabulary(), opportunities="opportunity_id created_at owner\ng 2026-01-05 bob\nc 2026-01-05 ann",
                      fields="""entity entity_id field value old_value changed_at
                      opportunity g owner bob ann 2026-02-12
                      opportunity c owner ann bob 2026-02-12""")
    then, now = ([deal(name, "ann", "open", 0.5, 10.0 + place) for place, name in enumerate(names)] for names in ("eg", "c"))
    before, after = snapshot(then, "2026-02-09"), snapshot(now, "2026-02-16")
    look = SimpleNamespace(rows=after.rows, as_of=NOW, entity="opportunity")
    handed_on = handed_on_of(history, before, look, frozenset({"ann"}))
    assert handed_on == {"g", "c"}
    told = {one.entity_id: one.what for one in changes_between(before, after, "x", True, None, handed_on).deals}
    assert told == {"g": "moved to another owner", "c": "came from another owner", "e": "gone from the records"}
