"""A period's quota counts nothing twice: owners before regions, people before their manager's sum, quarters before months."""

import numpy as np
import pytest

from leadcast.owners import of_owners
from leadcast.period import PeriodError, named_period
from leadcast.quota import Quota, quota_of
from leadcast.schema import OWNERS, QUOTAS
from leadcast.table import TIME, Table

DAY = np.datetime64("2026-02-15", "us")
QUARTER = named_period("2026-Q1")


def quotas(*rows: tuple[str | None, str | None, str, float]) -> Table:
    owner, region, period, amount = (list(column) for column in zip(*rows, strict=True))
    texts = {name: np.array([*column, None], object)[:-1] for name, column in
             (("owner", owner), ("region", region), ("period", period))}
    return QUOTAS.check(Table({**texts, "amount": np.array(amount, float)}))


def team(*rows: tuple[str, str | None, str | None, str]) -> Table:
    owner, manager, region, since = (list(column) for column in zip(*rows, strict=True))
    texts = {name: np.array([*column, None], object)[:-1] for name, column in
             (("owner", owner), ("manager", manager), ("region", region))}
    return OWNERS.check(Table({**texts, "valid_from": np.array(since, TIME)}))


TEAM = team(("ann", "max", "North", "NaT"), ("bob", "max", "North", "NaT"), ("cid", "max", "South", "NaT"),
            ("max", None, None, "NaT"))
NOBODY = OWNERS.empty()


def test_owners_add_up_by_owner_region_and_manager() -> None:
    rows = quotas(("ann", None, "2026-Q1", 60.0), ("bob", None, "2026-Q1", 40.0), ("cid", None, "2026-Q1", 10.0))
    assert quota_of(rows, TEAM, QUARTER, DAY) == Quota(110.0)
    assert quota_of(rows, TEAM, QUARTER, DAY, "owner").parts == {"ann": 60.0, "bob": 40.0, "cid": 10.0}
    assert quota_of(rows, TEAM, QUARTER, DAY, "region").parts == {"North": 100.0, "South": 10.0}
    assert quota_of(rows, TEAM, QUARTER, DAY, "manager").parts == {"max": 110.0}


def test_a_regions_row_counts_only_where_no_owner_of_it_has_one() -> None:
    rows = quotas(("ann", None, "2026-Q1", 60.0), (None, "North", "2026-Q1", 500.0), (None, "East", "2026-Q1", 70.0))
    found = quota_of(rows, TEAM, QUARTER, DAY, "region")
    assert found == Quota(130.0, {"North": 60.0, "East": 70.0}, 70.0)
    assert quota_of(rows, TEAM, QUARTER, DAY, "owner").parts == {"ann": 60.0}


def test_the_region_of_an_owners_row_counts_where_the_team_says_none() -> None:
    rows = quotas(("ann", "North", "2026-Q1", 60.0), (None, "North", "2026-Q1", 60.0))
    assert quota_of(rows, NOBODY, QUARTER, DAY, "region") == Quota(60.0, {"North": 60.0})


def test_regions_are_those_of_the_day() -> None:
    moved = team(("ann", None, "North", "2025-01-01"), ("ann", None, "South", "2026-02-10"), ("ann", None, "East", "2026-03-01"))
    rows = quotas(("ann", None, "2026-Q1", 60.0))
    assert quota_of(rows, moved, QUARTER, DAY, "region").parts == {"South": 60.0}


def test_a_manager_whose_quota_is_the_teams_is_not_counted_again() -> None:
    rows = quotas(("ann", None, "2026-Q1", 60.0), ("bob", None, "2026-Q1", 40.0), ("max", None, "2026-Q1", 100.0))
    found = quota_of(rows, TEAM, QUARTER, DAY)
    assert found.total == 100.0
    assert found.note == "Quotas of max are taken for the sum of their people's and not counted again."


def test_a_manager_who_sells_too_has_a_quota_of_their_own() -> None:
    rows = quotas(("ann", None, "2026-Q1", 60.0), ("max", None, "2026-Q1", 20.0))
    found = quota_of(rows, TEAM, QUARTER, DAY, "manager")
    assert (found.total, found.parts) == (80.0, {"max": 60.0, "(none)": 20.0})


def test_a_teams_quota_without_its_peoples_stands_under_the_manager() -> None:
    found = quota_of(quotas(("max", None, "2026-Q1", 100.0)), TEAM, QUARTER, DAY, "manager")
    assert (found.total, found.parts) == (100.0, {"max": 100.0})


def test_a_quarter_is_made_of_its_months_where_only_they_are_given() -> None:
    rows = quotas(*(("ann", None, f"2026-0{m}", 10.0 * m) for m in (1, 2, 3, 4)), ("bob", None, "2026-Q1", 5.0),
                  ("bob", None, "2026-01", 999.0))
    assert quota_of(rows, TEAM, QUARTER, DAY, "owner").parts == {"ann": 60.0, "bob": 5.0}


def test_first_days_of_months_make_a_quarter() -> None:
    rows = quotas(*(("ann", None, f"2026-0{m}-01", 10.0) for m in (1, 2, 3, 4)))
    assert quota_of(rows, TEAM, QUARTER, DAY).total == 30.0


def test_who_joins_in_february_has_no_quota_for_january() -> None:
    rows = quotas(*(("ann", None, f"2026-0{m}", 10.0) for m in (1, 2, 3)), *(("bob", None, f"2026-0{m}", 5.0) for m in (2, 3)))
    assert quota_of(rows, TEAM, QUARTER, DAY, "owner") == Quota(40.0, {"ann": 30.0, "bob": 10.0})


def test_months_that_leave_a_gap_make_no_quarter() -> None:
    rows = quotas(("ann", None, "2026-01", 10.0), ("ann", None, "2026-02", 10.0))
    found = quota_of(rows, TEAM, QUARTER, DAY)
    assert (found.total, found.note) == (
        None, "The quotas known speak of a part of 2026-Q1 only, so that there is none for the whole.")


def test_a_quarters_quota_is_not_cut_into_months() -> None:
    found = quota_of(quotas(("ann", None, "2026-Q1", 60.0)), TEAM, named_period("2026-02"), DAY)
    assert found == Quota(None, note="No quota is known for 2026-02.")


def test_several_rows_of_one_owner_and_period_add_up() -> None:
    rows = quotas(("ann", "North", "2026-Q1", 60.0), ("ann", "South", "2026-Q1", 5.0))
    assert quota_of(rows, NOBODY, QUARTER, DAY).total == 65.0


def test_fiscal_quarters() -> None:
    rows = quotas(("ann", None, "FY2026-Q4", 60.0))
    assert quota_of(rows, TEAM, named_period("2026-Q1"), DAY, fiscal_start_month=4).total == 60.0


def test_no_quotas_at_all_is_no_news() -> None:
    assert quota_of(QUOTAS.empty(), TEAM, QUARTER, DAY, "owner") == Quota(None)


def test_other_columns_have_no_parts() -> None:
    assert quota_of(quotas(("ann", None, "2026-Q1", 60.0)), TEAM, QUARTER, DAY, "product") == Quota(60.0)


def test_a_period_that_nobody_can_read_is_named() -> None:
    with pytest.raises(PeriodError, match="The period 'spring' is not one: write month"):
        quota_of(quotas(("ann", None, "spring", 60.0)), TEAM, QUARTER, DAY)


def test_a_dated_row_goes_before_an_undated_one() -> None:
    rows = team(("ann", None, "South", "2026-01-01"), ("ann", None, "North", "NaT"))
    assert of_owners(rows, "region", DAY) == {"ann": "South"}
    assert of_owners(rows, "region", np.datetime64("2025-06-01")) == {"ann": "North"}
