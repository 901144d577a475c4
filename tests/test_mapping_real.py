"""Three real exports of other kinds, mapped by configuration alone; what the report says of their traps."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from leadcast.check import quality_json
from leadcast.history import History
from leadcast.mapping import read_history
from leadcast.workspace import read_workspace

STATIC_EXPORT = """
[workspace]
name = "x-education"
ends_at = "2020-01-01T00:00:00Z"
[tables.leads]
file = "leads.csv"
missing = ["Select"]
[leads]
table = "leads"
columns = { lead_id = "Prospect ID", order = "Lead Number", source = "Lead Source" }
[leads.attributes]
origin = "Lead Origin"
city = "City"
total_visits = { column = "TotalVisits", type = "number", about = "engagement" }
do_not_email = { column = "Do Not Email", type = "flag" }
occupation = "What is your current occupation"
tags = { column = "Tags", known = "outcome" }
[[pipelines]]
entity = "lead"
stages = ["new", "converted"]
won = ["converted"]
[[stages]]
entity = "lead"
from = "outcome"
table = "leads"
columns = { id = "Prospect ID", stage = "Converted" }
won = ["1"]
open = ["0"]
"""

WON_DATES = """
[workspace]
name = "olist"
timezone = "America/Sao_Paulo"
[tables.leads]
file = "olist_marketing_qualified_leads_dataset.csv"
[tables.deals]
file = "olist_closed_deals_dataset.csv"
[leads]
table = "leads"
columns = { lead_id = "mql_id", created_at = "first_contact_date", source = "origin" }
attributes = { landing_page = "landing_page_id" }
[[pipelines]]
entity = "lead"
stages = ["contacted", "won"]
won = ["won"]
[[stages]]
entity = "lead"
from = "dates"
table = "deals"
columns = { id = "mql_id" }
dates = { won_date = "won" }
"""

DEALS_WITH_LOOKUPS = """
[workspace]
name = "maven"
timezone = "America/New_York"
currency = "USD"
[tables.deals]
file = "sales_pipeline.csv"
values = { product = { GTXPro = "GTX Pro" } }
joins = [
  { table = "accounts", on = { account = "account" }, columns = ["sector", "revenue", "employees"] },
  { table = "products", on = { product = "product" }, columns = ["series", "sales_price"] },
]
[tables.accounts]
file = "accounts.csv"
values = { sector = { technolgy = "technology" } }
[tables.products]
file = "products.csv"
reference = true
[tables.teams]
file = "sales_teams.csv"
[opportunities]
table = "deals"
attributes = { product = "product", sector = "sector", close_value = { type = "number" } }

[opportunities.columns]
opportunity_id = "opportunity_id"
created_at = "engage_date"
account_id = "account"
owner = "sales_agent"
amount = "sales_price"

[owners]
table = "teams"
columns = { owner = "sales_agent", manager = "manager", region = "regional_office" }
[[pipelines]]
entity = "opportunity"
stages = ["Prospecting", "Engaging", "Won", "Lost"]
won = ["Won"]
lost = ["Lost"]
[[stages]]
entity = "opportunity"
from = "dates"
table = "deals"
columns = { id = "opportunity_id" }
dates = { engage_date = "Engaging" }
[[stages]]
entity = "opportunity"
from = "current"
table = "deals"
where = { deal_stage = ["Won", "Lost"] }
columns = { id = "opportunity_id", stage = "deal_stage", entered_at = "close_date" }
"""


@pytest.fixture
def mapped(tmp_path: Path, shared_data: Path) -> Callable[[str, str], History]:
    def history(toml: str, folder: str) -> History:
        (tmp_path / "leadcast.toml").write_text(toml)
        return read_history(read_workspace(tmp_path, shared_data / folder))

    return history


def hints(history: History) -> set[str]:
    return {f"{hint['table']}: {hint['problem']}" for hint in quality_json(history)["hints"]}


def test_a_static_export_without_dates(mapped: Callable[[str, str], History]) -> None:
    history = mapped(STATIC_EXPORT, "x-education-leads")
    assert history.leads.rows == 9_240
    assert history.stages["stage"].tolist() == ["converted"] * 3_561
    assert np.isnat(history.leads["created_at"]).all()
    assert (history.leads["order"].min(), history.leads["order"].max()) == (579_533, 660_737)
    assert np.count_nonzero(np.isnan(history.leads["total_visits"])) == 137
    assert "Select" not in set(history.leads["city"])
    assert set(history.leads["do_not_email"]) == {0.0, 1.0}


def test_leads_with_the_date_they_were_won(mapped: Callable[[str, str], History]) -> None:
    history = mapped(WON_DATES, "olist-marketing-funnel")
    assert (history.leads.rows, history.stages.rows) == (8_000, 842)
    assert str(history.end)[:10] == "2018-11-14"
    assert "stages: leads enter a stage more than a day before they are created" in hints(history)


def test_deals_with_lookup_tables(mapped: Callable[[str, str], History]) -> None:
    history = mapped(DEALS_WITH_LOOKUPS, "maven-crm-sales-opportunities")
    assert Counter(history.stages["stage"]) == {"Engaging": 8_300, "Won": 4_238, "Lost": 2_473}
    undated = np.isnat(history.opportunities["created_at"])
    assert (history.opportunities.rows, np.count_nonzero(undated)) == (8_800, 500)
    assert "opportunities: have no date: scored at the end of the data, never trained on" in hints(history)
    assert not np.isnan(history.opportunities["amount"]).any()
    assert "technolgy" not in set(history.opportunities["sector"])
    assert history.owners.rows == 35
    assert "opportunities.deals" not in history.quality.rejected
