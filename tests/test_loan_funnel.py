"""The real log through the committed mapping: the published counts, and what must not be seen."""

from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from leadcast.history import History
from leadcast.mapping import read_history
from leadcast.workspace import read_workspace


@pytest.fixture(scope="module")
def loans(repository: Path, loan_data: Path) -> History:
    return read_history(read_workspace(repository / "examples" / "loan-funnel", loan_data))


def test_every_row_of_the_log_is_used(loans: History) -> None:
    assert (loans.leads.rows, loans.opportunities.rows, loans.events.rows) == (10_202, 3_880, 193_493)
    assert loans.quality.rejected == {}
    assert all(loans.quality.kept[table] == read for table, read in loans.quality.read.items())


def test_stages_are_reached_as_often_as_published(loans: History) -> None:
    reached = Counter(zip(loans.stages["entity"], loans.stages["stage"], strict=True))
    assert reached == {
        ("lead", "mql"): 5_721, ("lead", "sql"): 3_951, ("lead", "won"): 1_530, ("lead", "declined"): 5_870,
        ("lead", "cancelled"): 1_949, ("opportunity", "offer_sent"): 3_880, ("opportunity", "offer_returned"): 2_266,
        ("opportunity", "won"): 1_530, ("opportunity", "declined"): 526, ("opportunity", "cancelled"): 1_138,
    }


def test_who_has_no_outcome_is_open(loans: History) -> None:
    rows = np.arange(loans.leads.rows)
    assert np.count_nonzero(~loans.closed_at("lead", rows, np.full(len(rows), loans.end))) == 853


def test_the_data_end_with_the_log(loans: History) -> None:
    assert loans.end == np.datetime64("2012-01-31T22:07:50.254", "us")


def test_a_deal_begins_with_its_first_offer_and_carries_the_amount_asked_for(loans: History) -> None:
    deals = loans.opportunities.frame().set_index("opportunity_id")
    assert deals.loc["173688", ["lead_id", "amount"]].tolist() == ["173688", 20_000.0]
    events = loans.events.frame()
    offers = events[events["type"] == "O_SENT"].groupby("lead_id")["occurred_at"].min()
    pd.testing.assert_series_equal(deals["created_at"], offers[deals.index], check_names=False, check_index_type=False)


def test_what_comes_with_the_outcome_is_no_input(loans: History) -> None:
    """Types of which 95 in 100 lie within a second of the outcome are kept out of every feature."""
    events, stages = loans.events.frame(), loans.stages.frame()
    ends = stages[(stages["entity"] == "lead") & stages["stage"].isin(["won", "declined", "cancelled"])]
    end = events["lead_id"].map(ends.set_index("entity_id")["entered_at"])
    near = ((events["occurred_at"] - end).abs() <= pd.Timedelta(seconds=1))[end.notna()]
    share = near.groupby(events["type"]).mean()
    assert set(share[share > 0.95].index) <= loans.vocabulary.never_inputs
    seen = {loans.events["type"][i] for i in np.unique(loans.linked_events("lead").source)}
    assert not seen & loans.vocabulary.never_inputs
    assert share.drop(list(loans.vocabulary.never_inputs)).max() < 0.05


def test_the_owner_is_whoever_worked_on_it_last_as_known_on_each_day(loans: History) -> None:
    row = loans.rows("lead", ["173688"] * 3)
    moments = np.array(["2011-09-30T22:38:44.546", "2011-10-10T09:00", "2012-01-31"], "datetime64[us]")
    events = loans.events.frame().query("lead_id == '173688' and actor.notna()").sort_values(["occurred_at", "sequence"])
    known = [events[events["occurred_at"] <= pd.Timestamp(m, tz="UTC")]["actor"].iloc[-1] for m in moments]
    assert loans.value_at("lead", "owner", row, moments).tolist() == known
    assert len(set(known)) == 3


def test_targets(loans: History) -> None:
    assert [(t.name, t.entity, t.stages) for t in loans.vocabulary.targets] == [
        ("mql", "lead", ("mql",)), ("sql", "lead", ("sql",)), ("win", "opportunity", ("won",))]
