"""What campaigns cost: from files and requests into the store, spread over their days, and per lead and win."""

from pathlib import Path

import numpy as np
import pytest
from ingested import rows, statuses
from sqlalchemy import select

from leadcast.errors import WorkspaceError
from leadcast.funnel import Wanted, sources_of
from leadcast.funnel.costs import costs_by
from leadcast.mapping import read_history
from leadcast.store import tables
from leadcast.store.bulk import load_history
from leadcast.store.everyone import everyone
from leadcast.store.histories import whole_history
from leadcast.store.intake_team import put_costs
from leadcast.vocabulary import Attribute, Pipeline, Vocabulary
from leadcast.workspace import read_workspace

WORDS = Vocabulary(attributes=(Attribute("campaign", "lead"),), pipelines=(
    Pipeline("lead", "p", ("new", "mql", "sql", "won", "lost"), ("won",), ("lost",)),))
JUNE = np.datetime64("2026-06-01", "us")


def day(text: str) -> np.datetime64:
    return np.datetime64(text, "us")


# ---- arithmetic -----------------------------------------------------------------------------------------------

COSTS = """source campaign period amount
    web - 2026-01 310
    web spring 2026-Q1 90
    fair - 2026-02-01..2026-02-28 280
    fair - 2026-07 999"""


@pytest.mark.parametrize(("start", "end", "expected"), [
    (None, "2026-06-01", {"web": 400.0, "fair": 280.0}),
    ("2026-01-01", "2026-01-11", {"web": 100.0 + 10.0}),
    ("2026-02-08", "2026-02-15", {"web": 7.0, "fair": 70.0}),
    ("2026-05-01", "2026-06-01", {}),
])
def test_costs_are_spread_evenly_over_their_days(written, start, end, expected):
    costs = written(WORDS, costs=COSTS).costs
    assert dict(costs_by(costs, "source", None if start is None else day(start), day(end))) == pytest.approx(expected)


LEADS = {"leads": """lead_id created_at source campaign
    A 2026-01-05 web spring
    B 2026-01-06 web spring
    C 2026-01-07 web -
    D 2026-01-08 web -
    E 2026-01-09 fair -
    F 2026-02-09 fair -""", "stages": """entity entity_id stage entered_at
    lead A mql 2026-01-06
    lead A sql 2026-01-07
    lead A won 2026-01-15
    lead B mql 2026-01-08
    lead C lost 2026-01-09
    lead E mql 2026-01-19"""}


def test_cost_per_lead_mql_sql_and_win_by_source(written):
    found = sources_of(written(WORDS, **LEADS, costs=COSTS), Wanted("leads"), JUNE)
    web, fair = (source.to_json() for source in found.sources)
    assert (web["name"], web["leads"], web["mql"], web["sql"], web["won"], web["win_rate"]) == ("web", 4, 2, 1, 1, 0.5)
    assert [web[f"cost_per_{what}"] for what in ("lead", "mql", "sql", "win")] == pytest.approx([100.0, 200.0, 400.0, 400.0])
    assert [fair[f"cost_per_{what}"] for what in ("lead", "mql", "sql", "win")] == [140.0, 280.0, None, None]
    assert found.whole.cost == pytest.approx(680.0) and (web["cycle_days"], web["conversion"], web["judged"]) == (10.0, 0.25, 4)


def test_return_is_what_was_won_for_what_was_spent(written):
    words = Vocabulary(pipelines=(Pipeline("opportunity", "d", ("offer", "won", "lost"), ("won",), ("lost",)),))
    told = written(words, leads="lead_id created_at source\nA 2026-01-01 web", costs="source period amount\nweb 2026-01 50",
                   opportunities="opportunity_id lead_id created_at amount\nD A 2026-01-03 400",
                   stages="entity entity_id stage entered_at\nopportunity D won 2026-01-13")
    web, = sources_of(told, Wanted("deals"), JUNE).sources
    assert (web.to_json()["return_on_cost"], web.amount_won, web.to_json()["cost_per_lead"]) == (8.0, 400.0, None)


def test_only_the_costs_of_the_days_asked_for_count_and_none_for_a_part_of_the_leads(written):
    told = written(WORDS, **LEADS, costs=COSTS)
    january = Wanted("leads", start=day("2026-01-01"), end=day("2026-02-01"))
    assert {source.name: source.cost for source in sources_of(told, january, JUNE).sources} == {
        "web": pytest.approx(310.0 + 31.0), "fair": None}
    part = sources_of(told, Wanted("leads", by="campaign", where=(("campaign", "spring"),)), JUNE)
    assert {source.name: source.cost for source in part.sources} == {"spring": 90.0}
    anns = sources_of(told, Wanted("leads", owners=frozenset({"ann"})), JUNE)
    assert anns.whole.cost is None and anns.notes[0].startswith("Costs are of all leads of a source or campaign")


def test_costs_of_a_source_from_which_nobody_came_are_told(written):
    told = written(WORDS, **LEADS, costs=COSTS + "\n    radio - 2026-01 31")
    found = sources_of(told, Wanted("leads"), JUNE)
    assert found.whole.cost == pytest.approx(711.0)
    assert found.notes[0] == "There are costs of radio, from which nobody came: only the whole holds them."


def test_the_worst_served_source_waits_longest_and_converts_less(written):
    sources = (("web", 1, 30), ("fair", 10, 6), ("mail", 8, 35))
    leads = [f"{name}{n} 2026-01-01 {name}" for name, _, _ in sources for n in range(40)]
    calls = [f"{name}{n} from_us call {day('2026-01-01') + np.timedelta64(hours, 'h')}" for name, hours, _ in sources
             for n in range(40)]
    stages = [f"lead {name}{n} sql 2026-01-20" for name, _, sql in sources for n in range(sql)]
    told = written(WORDS, leads="\n".join(["lead_id created_at source", *leads]), events="\n".join([
        "lead_id direction type occurred_at", *calls]), stages="\n".join(["entity entity_id stage entered_at", *stages]))
    found = sources_of(told, Wanted("leads"), JUNE)
    assert {source.name: source.served_rank for source in found.sources} == {"fair": 1, "mail": 2, "web": 3}
    assert found.worst_served is not None and found.worst_served.sentence == (
        "fair: half wait 10.0 hours or more for a first response, 100 % hear within a day; 15 % reach sql within 60 days, from "
        "elsewhere 81 %.")


def served(written, *sources, judged=True):
    """Sources of (name, leads, hours until the first call, how many go on), as of June, or while nobody can be judged."""
    leads, calls, stages = [], [], []
    begin = day("2026-01-01" if judged else "2026-05-20")
    for name, count, hours, sql in sources:
        for n in range(count):
            leads.append(f"{name}{n} {begin} {name}")
            calls.append(f"{name}{n} from_us call {begin + np.timedelta64(hours, 'h')}")
            stages += [f"lead {name}{n} sql {begin + np.timedelta64(9, 'D')}"] * (n < sql)
    return sources_of(written(WORDS, leads="\n".join(["lead_id created_at source", *leads]), events="\n".join([
        "lead_id direction type occurred_at", *calls]), stages="\n".join(["entity entity_id stage entered_at", *stages])),
        Wanted("leads"), JUNE)


def test_of_sources_that_are_served_alike_nobody_is_the_worst_though_one_waits_longest(written):
    assert served(written, ("web", 40, 10, 20), ("fair", 40, 10, 18), ("mail", 40, 10, 21)).worst_served is None
    # fair waits for longer, and 15 of 40 go on against 40 of 80: 24 % to 53 % and 39 % to 61 % overlap.
    assert served(written, ("web", 40, 1, 20), ("fair", 40, 10, 15), ("mail", 40, 1, 20)).worst_served is None
    assert served(written, ("web", 40, 1, 30), ("fair", 40, 10, 6), ("mail", 40, 1, 30)).worst_served.name == "fair"
    # It converts less and waits no longer.
    assert served(written, ("web", 40, 1, 30), ("fair", 40, 1, 6), ("mail", 40, 1, 30)).worst_served is None


def test_who_has_no_source_or_cannot_be_judged_is_never_the_worst(written):
    assert served(written, ("web", 40, 1, 30), ("-", 40, 10, 2), ("mail", 40, 1, 30)).worst_served is None
    assert served(written, ("web", 40, 1, 30), ("fair", 29, 10, 2), ("mail", 40, 1, 30)).worst_served is None
    assert served(written, ("web", 40, 1, 30), ("fair", 40, 10, 2), judged=False).worst_served is None


# ---- from files -----------------------------------------------------------------------------------------------

WORKSPACE = """
[workspace]
name = "acme"
currency = "EUR"
timezone = "UTC"

[tables.leads]
file = "leads.csv"
[tables.spend]
file = "spend.csv"
[tables.rates]
file = "rates.csv"

[leads]
table = "leads"
columns = { lead_id = "id", created_at = "created", source = "source" }

[[pipelines]]
entity = "lead"
stages = ["new", "won"]
won = ["won"]

[rates]
table = "rates"
columns = { currency = "currency", valid_from = "from", rate = "rate" }

[costs]
table = "spend"
"""
BY_DAYS = WORKSPACE + """\
columns = { source = "channel", first_day = "from", last_day = "to", amount = "spent", currency = "cur" }
"""


def acme(folder: Path, workspace: str, spend: str) -> Path:
    for name, text in (("leadcast.toml", workspace), ("spend.csv", spend),
                       ("leads.csv", "id,created,source\nL1,2026-01-01,web\n"),
                       ("rates.csv", "currency,from,rate\nUSD,2025-01-01,0.5\n")):
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_files_give_costs_from_a_first_to_a_last_day_in_the_reporting_currency(tmp_path, store):
    folder = acme(tmp_path, BY_DAYS, "channel,from,to,spent,cur\nweb,2026-01-01,2026-01-31,100,USD\n"
                                     "fair,2026-01-05,2026-01-05,7,\n,2026-01-01,2026-01-31,1,EUR\nweb,soon,2026-01-31,1,EUR\n")
    history = read_history(read_workspace(folder))
    assert list(zip(history.costs["source"], history.costs["period"], history.costs["amount"], strict=True)) == [
        ("web", "2026-01-01..2026-01-31", 50.0), ("fair", "2026-01-05..2026-01-05", 7.0)]
    assert set(history.costs["currency"]) == {"EUR"} and history.quality.read["costs"] == 4
    assert {finding.problem for finding in history.quality.findings if finding.rejected} == {
        "neither source nor campaign",
        "period is not like 2026, 2026-Q1, 2026-03, 2026-W07, FY2026-Q1, 2026-03-01..2026-03-31 or 2026-03-01"}
    assert load_history(store, history, history.end)["costs"] == 2 and load_history(store, history, history.end)["costs"] == 0
    kept = [whole_history(store, history.vocabulary, history.end), everyone(store, history.vocabulary, history.end)[1]]
    for told in kept:
        assert sorted(told.costs["amount"].tolist()) == [7.0, 50.0]


@pytest.mark.parametrize(("columns", "said"), [
    ('{ period = "p", amount = "spent" }', "costs.columns: missing key; map source or campaign, so that"),
    ('{ source = "s", amount = "spent" }', "costs.columns: found none of them; right would be period, or first_day and"),
    ('{ source = "s", amount = "spent", first_day = "from" }', "costs.columns: found first_day; right would be period, or"),
    ('{ source = "s", amount = "spent", period = "p", first_day = "from", last_day = "to" }',
     "costs.columns: found period and first_day and last_day; right would be"),
])
def test_a_mapping_that_leaves_open_what_a_cost_is_for_is_refused(tmp_path, columns, said):
    with pytest.raises(WorkspaceError, match=said):
        read_workspace(acme(tmp_path, f"{WORKSPACE}columns = {columns}\n", "s\n"))


# ---- into the store -------------------------------------------------------------------------------------------


def test_costs_are_kept_once_and_in_the_reporting_currency(store, put):
    put(put_costs, {"source": "web", "period": "2026-Q1", "amount": 100.0, "currency": "USD"},
        {"campaign": "spring", "period": "2026-01-01..2026-01-14", "amount": 5.0})
    assert rows(store, tables.costs, "amount", "currency", "source", "campaign") == [
        (5.0, "EUR", None, "spring"), (50.0, "EUR", "web", None)]
    assert statuses(put(put_costs, {"source": "web", "period": "2026-Q1", "amount": 50.0})) == ["unchanged"]
    assert statuses(put(put_costs, {"source": "web", "period": "2026-Q1", "amount": 60.0})) == ["updated"]


@pytest.mark.parametrize(("item", "path"), [
    ({"period": "2026", "amount": 1.0}, "source"), ({"source": "web", "period": "soon", "amount": 1.0}, "period"),
    ({"source": "web", "period": "2026", "amount": 1.0, "currency": "XYZ"}, "currency"),
])
def test_a_cost_that_cannot_be_placed_is_rejected(put, item, path):
    outcome, = put(put_costs, item)
    assert outcome.status == "rejected" and outcome.errors[0][0] == path


def test_a_limited_sender_may_not_write_costs(store, put):
    assert statuses(put(put_costs, {"source": "web", "period": "2026", "amount": 1.0}, owners=frozenset({"ann"}))) == ["rejected"]
    with store.reading() as connection:
        assert connection.execute(select(tables.costs)).fetchall() == []
