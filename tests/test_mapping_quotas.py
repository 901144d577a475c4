"""Quotas from a table: every form of a period, in the workspace's own fiscal year."""

from pathlib import Path

import pytest

from leadcast.history import History
from leadcast.mapping import read_history
from leadcast.period import named_period
from leadcast.quota import quota_of
from leadcast.workspace import read_workspace

TOML = """
[workspace]
name = "quotas"
timezone = "Europe/Berlin"
[forecast]
fiscal_year_starts = 4
[tables.leads]
file = "leads.csv"
[tables.quotas]
file = "quotas.csv"
[tables.rates]
file = "rates.csv"
[leads]
table = "leads"
columns = { lead_id = "id", created_at = "created" }
[quotas]
table = "quotas"
columns = { owner = "who", period = "when", amount = "target", currency = "money" }
[rates]
table = "rates"
columns = { currency = "money", valid_from = "from", rate = "rate" }
"""


def history(folder: Path, *quotas: str, rates: str = "") -> History:
    (folder / "leadcast.toml").write_text(TOML)
    (folder / "leads.csv").write_text("id,created\n1,2026-01-01\n")
    (folder / "quotas.csv").write_text("\n".join(("who,when,target,money", *quotas)) + "\n")
    (folder / "rates.csv").write_text(f"money,from,rate\nUSD,2025-04-01,0.5\n{rates}")
    return read_history(read_workspace(folder))


@pytest.mark.parametrize("period", ["2026", "2026-Q1", "2026-03", "2026-W07", "FY2026", "FY2026-Q4", "2026-03-01",
                                    "2026-01-05..2026-02-01"])
def test_a_quota_may_be_of_any_period(tmp_path, period):
    assert history(tmp_path, f"ann,{period},100,").quotas["period"].tolist() == [period]


@pytest.mark.parametrize("period", ["soon", "2026-13", "2026-02-30", "month", "FY2026-Q5"])
def test_what_is_no_period_is_rejected_with_what_would_be_one(tmp_path, period):
    found = history(tmp_path, f"ann,{period},100,")
    assert found.quotas.rows == 0
    [finding] = [f for f in found.quality.findings if f.table == "quotas"]
    assert finding.rejected and finding.problem == (
        "period is not like 2026, 2026-Q1, 2026-03, 2026-W07, FY2026-Q1, 2026-03-01..2026-03-31 or 2026-03-01")


def test_a_fiscal_quarter_is_the_workspaces_own(tmp_path):
    found = history(tmp_path, "ann,FY2026-Q1,100,")
    spring = named_period("2025-Q2", "Europe/Berlin")
    assert quota_of(found.quotas, found.owners, spring, found.end, None, "Europe/Berlin", 4).total == 100.0


def test_the_rate_is_that_of_the_periods_first_day(tmp_path):
    found = history(tmp_path, "ann,FY2026-Q1,100,USD", "bob,FY2026-Q2,100,USD", rates="USD,2025-07-01,0.8\n")
    assert found.quotas["amount"].tolist() == [50.0, 80.0]
