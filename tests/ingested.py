"""What tests of intake share: a small workspace with rates, batches into a store, and a look at what it keeps."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import select

from leadcast.store import Store, tables
from leadcast.store.intake import Outcome, Put, Receipt, take_in
from leadcast.store.intake_terms import Terms
from leadcast.store.intake_values import micro_of
from leadcast.workspace import read_workspace

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
WORKSPACE = """
[workspace]
name = "acme"
currency = "EUR"

[tables.leads]
file = "leads.csv"
[tables.deals]
file = "deals.csv"
[tables.rates]
file = "rates.csv"

[leads]
table = "leads"
columns = { lead_id = "id", created_at = "created", contact_id = "contact", account_id = "account", owner = "owner" }

[leads.attributes]
industry = "industry"
employees = { type = "number" }
newsletter = { type = "flag" }
renewal = { type = "time" }

[opportunities]
table = "deals"
columns = { opportunity_id = "id", created_at = "created", lead_id = "lead", amount = "amount", currency = "currency" }
attributes = { industry = "industry" }

[[pipelines]]
entity = "lead"
stages = ["new", "mql", "sql", "won", "lost"]
won = ["won"]
lost = ["lost"]

[[pipelines]]
entity = "opportunity"
stages = ["offer", "won", "lost"]
won = ["won"]
lost = ["lost"]

[rates]
table = "rates"
columns = { currency = "currency", valid_from = "from", rate = "rate" }
"""
RATES = "currency,from,rate\nUSD,2026-01-01T00:00:00Z,0.5\nUSD,2026-03-05T00:00:00Z,0.8\n"


class Intake:
    """``put(put_leads, {...}, {...}, now=...)``: a batch into the store."""

    def __init__(self, store: Store, terms: Terms) -> None:
        self.store, self.terms = store, terms

    def __call__(self, how: Put, *items: dict[str, Any], now: datetime = NOW,
                 owners: frozenset[str] | None = None) -> list[Outcome]:
        receipt = Receipt(micro_of(now), owners, "r1")
        return take_in(self.store, self.terms, how.__name__.removeprefix("put_"), items, receipt, how)


@pytest.fixture(scope="session")
def terms(tmp_path_factory: pytest.TempPathFactory) -> Terms:
    """How records of the small workspace are read."""
    return terms_of(tmp_path_factory.mktemp("acme"))


@pytest.fixture
def put(store: Store, terms: Terms) -> Intake:
    """Batches into the test's own store, which knows the small workspace."""
    return Intake(store, terms)


def terms_of(folder: Path, more: str = "") -> Terms:
    """Those of the small workspace, written into a folder."""
    (folder / "leadcast.toml").write_text(WORKSPACE + more)
    (folder / "rates.csv").write_text(RATES)
    return Terms(read_workspace(folder))


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=UTC)


def statuses(outcomes: list[Outcome]) -> list[str]:
    return [outcome.status for outcome in outcomes]


def only_error(outcomes: list[Outcome]) -> tuple[str, str]:
    [outcome] = outcomes
    assert outcome.status == "rejected"
    [error] = outcome.errors
    return error


def rows(store: Store, table: Any, *names: str) -> list[tuple[Any, ...]]:
    """Some columns of all rows in order; times as texts."""
    with store.reading() as connection:
        found = connection.execute(select(*(table.c[name] for name in names))).fetchall()
    return sorted(tuple(_shown(cell) for cell in row) for row in found)


def _shown(cell: Any) -> Any:
    return str(np.datetime64(cell, "us").astype("datetime64[s]")) if isinstance(cell, int) and cell > 10**12 else cell


def changes(store: Store) -> list[tuple[Any, ...]]:
    """Field history: field, old value, value, when."""
    return rows(store, tables.fields, "field", "changed_at", "old_value", "value")


def attributes(store: Store, table: Any = tables.leads) -> dict[str, Any]:
    [(text,)] = rows(store, table, "attributes")
    return dict(json.loads(text))


def change(field: str, value: Any, day: str, **more: Any) -> dict[str, Any]:
    return {"entity": "lead", "entity_id": "L1", "field": field, "value": value, "changed_at": at(day), **more}


EVENT = {"lead_id": "L1", "type": "call", "event_id": "E1", "occurred_at": at("03-02"), "value": 3.0}
STAGE = {"entity": "lead", "entity_id": "L1", "stage": "mql", "entered_at": at("03-03")}
