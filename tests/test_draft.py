"""``leadcast init`` on the four simulated shapes: the draft works without edits and tells what the committed mapping tells."""

import tomllib
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from leadcast.cli import main
from leadcast.draft import QUESTION, draft_workspace
from leadcast.history import History
from leadcast.links import linked_pairs
from leadcast.mapping import read_history
from leadcast.simulate import simulate
from leadcast.workspace import read_workspace

SHAPES = ("crm", "snapshot", "log", "export")


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[History, History, str]]:
    """Per shape: the history by the committed mapping, the one by the draft, and the draft's text."""
    made: dict[str, tuple[History, History, str]] = {}

    def histories(shape: str) -> tuple[History, History, str]:
        if shape not in made:
            folder = tmp_path_factory.mktemp(shape)
            simulate(folder, 400, 3, shape)
            committed = read_history(read_workspace(folder))
            text = draft_workspace(sorted(folder.glob("*.csv")), folder)
            (folder / "leadcast.toml").write_text(text, encoding="utf-8")
            made[shape] = committed, read_history(read_workspace(folder)), text
        return made[shape]

    return histories


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("table", ["leads", "opportunities", "events", "fields", "owners", "quotas"])
def test_the_draft_reads_what_the_committed_mapping_reads(pair: Any, shape: str, table: str) -> None:
    committed, drafted, _ = pair(shape)
    assert getattr(drafted, table).rows == getattr(committed, table).rows


@pytest.mark.parametrize("shape", SHAPES)
def test_stages_are_entered_as_often(pair: Any, shape: str) -> None:
    """The stages have the users' own names, so the numbers are compared, not the names."""
    committed, drafted, _ = pair(shape)
    counts = [sorted((e, n) for (e, _), n in Counter(zip(h.stages["entity"], h.stages["stage"], strict=True)).items())
              for h in (committed, drafted)]
    assert counts[0] == counts[1]


@pytest.mark.parametrize("shape", ["crm", "log"])
@pytest.mark.parametrize("entity", ["lead", "opportunity"])
def test_events_reach_the_same_leads_and_deals(pair: Any, shape: str, entity: str) -> None:
    links = [len(linked_pairs(entity, h.entities(entity), h.events, h.vocabulary)[0]) for h in pair(shape)[:2]]
    assert links[0] == links[1] > 0


@pytest.mark.parametrize("shape", ["crm", "snapshot", "log"])
def test_amounts_and_links_of_deals_are_the_same(pair: Any, shape: str) -> None:
    committed, drafted, _ = pair(shape)
    # the draft asks for the time zone; until it is answered, a deal near midnight may take the next month's rate
    assert np.nansum(drafted.opportunities["amount"]) == pytest.approx(np.nansum(committed.opportunities["amount"]), rel=1e-3)
    assert set(drafted.opportunities["currency"]) == {"EUR"}
    for name in ("lead_id", "contact_id", "account_id", "owner"):
        assert drafted.opportunities[name].tolist() == committed.opportunities[name].tolist(), name


def test_owners_come_with_managers_and_regions(pair: Any) -> None:
    committed, drafted, _ = pair("crm")
    for name in ("owner", "name", "manager", "region", "valid_from"):
        assert drafted.owners[name].tolist() == committed.owners[name].tolist()
    assert drafted.quotas["amount"].tolist() == committed.quotas["amount"].tolist()


@pytest.mark.parametrize(("shape", "targets"), [
    ("crm", {"mql": ["Marketing Qualified"], "sql": ["Sales Qualified"], "win": ["Closed Won"]}),
    ("snapshot", {"sql": ["Sales Qualified", "Converted"], "win": ["Closed Won"]}),
    ("log", {"mql": ["mql"], "sql": ["sql"], "win": ["won"]}),
    ("export", {"win": ["won"]}),
])
def test_targets(pair: Any, shape: str, targets: dict[str, list[str]]) -> None:
    """Of today's stages alone nobody can tell when a lead became an MQL."""
    assert {name: target["stages"] for name, target in tomllib.loads(pair(shape)[2])["targets"].items()} == targets


@pytest.mark.parametrize(("shape", "lead", "deal"), [
    ("crm", ["New", "Marketing Qualified", "Sales Qualified", "Converted", "Disqualified"],
     ["Discovery", "Proposal", "Negotiation", "Closed Won", "Closed Lost"]),
    ("snapshot", ["New", "Marketing Qualified", "Sales Qualified", "Converted", "Disqualified"],
     ["Discovery", "Proposal", "Negotiation", "Closed Won", "Closed Lost"]),
    ("log", ["new", "mql", "sql", "converted", "disqualified"], ["open", "proposal", "negotiation", "won", "lost"]),
])
def test_stages_stand_in_order(pair: Any, shape: str, lead: list[str], deal: list[str]) -> None:
    assert [p["stages"] for p in tomllib.loads(pair(shape)[2])["pipelines"]] == [lead, deal]


def test_types_that_come_with_the_outcome_are_never_inputs(pair: Any) -> None:
    assert [e.get("never_inputs") for e in tomllib.loads(pair("crm")[2])["events"] if e["type"] == "{Kind}"] == [["contract"]]
    assert sorted(tomllib.loads(pair("log")[2])["events"][0]["never_inputs"]) == ["Deal lost", "Deal won", "Lead disqualified"]


def test_what_is_known_late_is_kept_from_the_models(pair: Any) -> None:
    crm = tomllib.loads(pair("crm")[2])
    assert crm["leads"]["attributes"]["budget"] == {"column": "Budget", "known": "outcome"}
    assert crm["opportunities"]["attributes"]["loss_reason"]["known"] == "outcome"
    assert tomllib.loads(pair("export")[2])["leads"]["attributes"]["last_activity"]["known"] == "outcome"


@pytest.mark.parametrize(("shape", "guesses"), [
    ("crm", ["timezone =", "[opportunities.columns]", "never_inputs", "where = { PricingPage", "fields =", "stages = [",
             "budget =", "loss_reason ="]),
    ("snapshot", ["timezone =", "[opportunities.columns]", "stages = [", 'stages = ["Sales Qualified", "Converted"]']),
    ("log", ['currency = "EUR"', 'table = "openings"', "never_inputs", '"Lead created" = "new"', "stages = ["]),
    ("export", ["columns = { lead_id", "won =", "last_activity ="]),
])
def test_every_guess_stands_under_a_question(pair: Any, shape: str, guesses: list[str]) -> None:
    """The line right below the question's comment is the one it asks about."""
    lines = pair(shape)[2].splitlines()
    asked = [i for i, line in enumerate(lines) if line.startswith(f"# {QUESTION}: ")]
    below = []
    for i in asked:
        below += [line for line in lines[i + 1:i + 6] if line and not line.startswith("#")][:2]
    for guess in guesses:
        assert any(line.startswith(guess) for line in below), guess


@pytest.mark.parametrize("shape", SHAPES)
def test_lines_are_short_and_the_end_says_what_is_next(pair: Any, shape: str) -> None:
    lines = pair(shape)[2].splitlines()
    assert max(len(line) for line in lines if line.startswith("#")) <= 120
    assert lines[-1] == "# Next: answer the questions, run  leadcast check  to see what is read, then  leadcast train."
    assert len(lines) < 320


def test_the_command_writes_beside_the_files_and_refuses_to_overwrite(tmp_path: Path) -> None:
    simulate(tmp_path / "data", 60, 3, "snapshot")
    (tmp_path / "data" / "leadcast.toml").unlink()
    files = [str(tmp_path / "data" / name) for name in ("leads.csv", "deals.csv")]
    command = ["init", *files, "-w", str(tmp_path / "My Company")]
    first = CliRunner().invoke(main, command)
    assert first.exit_code == 0, first.output
    assert "Next: leadcast check" in first.output
    drafted = tomllib.loads((tmp_path / "My Company" / "leadcast.toml").read_text())
    assert drafted["workspace"]["name"] == "my-company"
    assert drafted["workspace"]["data"] == "../data"
    assert drafted["tables"]["leads"]["file"] == "leads.csv"
    again = CliRunner().invoke(main, command)
    assert again.exit_code == 2
    assert "is there already and is left as it is; --force replaces it" in again.output
    assert CliRunner().invoke(main, [*command, "--force"]).exit_code == 0
    assert CliRunner().invoke(main, ["check", "-w", str(tmp_path / "My Company")]).exit_code == 0
