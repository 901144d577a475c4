"""``leadcast init`` on real exports: what is right at once, and what is asked."""

import tomllib
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from leadcast.draft import draft_workspace
from leadcast.mapping import read_history
from leadcast.workspace import read_workspace

Drafted = Callable[[str], tuple[dict[str, Any], Any, str]]


@pytest.fixture
def drafted(tmp_path: Path, shared_data: Path) -> Drafted:
    def draft(name: str) -> tuple[dict[str, Any], Any, str]:
        text = draft_workspace(sorted((shared_data / name).glob("*.csv*")), tmp_path)
        (tmp_path / "leadcast.toml").write_text(text, encoding="utf-8")
        return tomllib.loads(text), read_history(read_workspace(tmp_path)), text

    return draft


def entries(history: Any) -> Counter:
    return Counter(f"{entity} {stage}" for entity, stage in zip(history.stages["entity"], history.stages["stage"], strict=True))


def test_a_log_with_a_table_of_cases(drafted: Drafted) -> None:
    file, history, _ = drafted("bpi-challenge-2012")
    assert (history.leads.rows, history.opportunities.rows, history.events.rows) == (10_202, 3_880, 193_493)
    assert file["opportunities"]["created_by_event"] == ["O_SENT"]
    assert file["opportunities"]["columns"]["amount"] == "amount_requested"
    assert entries(history) == {
        "lead new": 10_202, "lead mql": 5_721, "lead sql": 3_951,
        "lead won": 1_530, "lead declined": 5_870, "lead cancelled": 1_949,
        "opportunity o_sent_back": 2_266, "opportunity won": 1_530, "opportunity declined": 526, "opportunity cancelled": 1_138}
    assert set(file["events"][0]["never_inputs"]) == {
        "A_APPROVED", "A_DECLINED", "A_CANCELLED", "A_REGISTERED", "A_ACTIVATED", "O_ACCEPTED", "O_DECLINED"}
    assert file["events"][1]["type"] == "{activity}_{lifecycle}"


def test_leads_and_a_list_of_those_won(drafted: Drafted) -> None:
    file, history, text = drafted("olist-marketing-funnel")
    assert entries(history) == {"lead won": 842}
    assert history.leads.rows == 8_000
    assert "attributes" not in file["leads"]
    assert "other columns would give the answer away, so none is joined" in " ".join(text.replace("#", "").split())


def test_deals_with_lookups(drafted: Drafted) -> None:
    file, history, text = drafted("maven-crm-sales-opportunities")
    assert history.opportunities.rows == 8_800
    assert history.owners.rows == 35
    assert file["pipelines"][0]["stages"] == ["Prospecting", "Engaging", "Won", "Lost"]
    assert file["opportunities"]["columns"]["amount"] == "sales_price"
    assert file["opportunities"]["attributes"]["close_value"] == {"type": "number", "known": "outcome"}
    assert file["opportunities"]["attributes"]["sector"]["known"] == "outcome"
    assert "# QUESTION: 500 of 8,800 rows have no engage_date and get a score, but teach nothing" in text
    assert "# QUESTION: close_value is blank for open deals" in text


def test_a_static_export(drafted: Drafted) -> None:
    file, history, text = drafted("x-education-leads")
    assert file["leads"]["columns"] == {"lead_id": "Prospect ID", "order": "Lead Number", "source": "Lead Source"}
    assert entries(history) == {"lead won": 3_561, "lead lost": 5_679}
    specs = {name: spec for name, spec in file["leads"]["attributes"].items() if isinstance(spec, dict)}
    late = {name for name, spec in specs.items() if spec.get("known") == "outcome"}
    assert {"tags", "lead_quality", "lead_profile", "last_activity", "last_notable_activity", "what_is_your_current_occupation",
            "asymmetrique_activity_index", "asymmetrique_profile_score"} <= late
    assert not late & {"total_visits", "specialization", "city", "lead_origin", "do_not_email"}
    assert 'If "0" may also mean "not yet"' in " ".join(text.replace("#", "").split())
