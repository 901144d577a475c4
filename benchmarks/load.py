"""How fast a history goes into the store: ``python -m benchmarks.load [--events N] [--url URL]``.

A synthetic company of 50,000 leads with 20 events each; the store is made anew and thrown away. Prints seconds and rows a
second of a first load, and of a second one that finds everything there.
"""

import tempfile
import time
from pathlib import Path

import click
import numpy as np

from leadcast import schema
from leadcast.history import History
from leadcast.store import Store, open_engine
from leadcast.store.bulk import load_history
from leadcast.store.migrate import migrate
from leadcast.table import TIME, Table
from leadcast.vocabulary import Attribute, Pipeline, Vocabulary

WORDS = Vocabulary(
    attributes=(Attribute("industry", "lead"), Attribute("employees", "lead", "number")),
    pipelines=(Pipeline("lead", "default", ("new", "mql", "sql", "won", "lost"), ("won",), ("lost",)),),
)
NOW = np.datetime64("2026-06-30", "us")
PER_LEAD = 20


def synthetic(events: int, seed: int = 0) -> History:
    """Leads with so many events in all, two stage entries and one change of owner each."""
    draw = np.random.default_rng(seed)
    leads = max(events // PER_LEAD, 1)
    ids = _texts("L", leads)
    created = NOW - draw.integers(1, 700 * 86_400, leads).astype("timedelta64[s]").astype("timedelta64[us]")
    of = np.repeat(np.arange(leads), PER_LEAD)
    at = created[of] + draw.integers(0, 30 * 86_400 * 1_000_000, len(of)).astype("timedelta64[us]")
    kinds = np.array(["web_session", "email_open", "email_click", "call"], object)
    twice = np.repeat(np.arange(leads), 2)
    return History(
        WORDS,
        schema.LEADS.check(Table({
            "lead_id": ids, "created_at": created, "contact_id": _texts("C", leads),
            "owner": np.array(["ann", "bob", "cem"], object)[draw.integers(0, 3, leads)],
            "source": np.array(["web", "fair"], object)[draw.integers(0, 2, leads)],
            "industry": np.array(["Software", "Retail", None], object)[draw.integers(0, 3, leads)],
            "employees": draw.integers(1, 5_000, leads).astype(float)})),
        schema.OPPORTUNITIES.empty(),
        schema.EVENTS.check(Table({
            "lead_id": ids[of], "contact_id": _texts("C", leads)[of], "type": kinds[draw.integers(0, 4, len(of))],
            "event_id": _texts("E", len(of)), "direction": np.array(["from_us", "from_them"], object)[of % 2],
            "occurred_at": at, "value": draw.integers(0, 60, len(of)).astype(float)})),
        schema.STAGES.check(Table({
            "entity": np.full(2 * leads, "lead", object), "entity_id": ids[twice],
            "stage": np.array(["mql", "sql"] * leads, object),
            "entered_at": created[twice] + np.tile(np.array([86_400, 172_800], "timedelta64[s]"), leads)})),
        schema.FIELDS.check(Table({
            "entity": np.full(leads, "lead", object), "entity_id": ids, "field": np.full(leads, "owner", object),
            "value": np.full(leads, "ann", object), "old_value": np.full(leads, "bob", object),
            "changed_at": created + np.timedelta64(3_600, "s")})),
        schema.OWNERS.empty(), schema.QUOTAS.empty(), NOW,
    )


def _texts(letter: str, count: int) -> np.ndarray:
    return np.array([f"{letter}{number}" for number in range(count)], object)


def timed(store: Store, history: History, name: str) -> None:
    began = time.perf_counter()
    counts = load_history(store, history, NOW.astype(TIME))
    seconds = time.perf_counter() - began
    rows = sum(getattr(history, table).rows for table in ("leads", "events", "stages", "fields"))
    new = sum(counts.values())
    click.echo(f"{name}: {rows:,} rows in {seconds:.1f} s, {rows / seconds:,.0f} rows/s, {new:,} of them new")


@click.command(help=__doc__)
@click.option("--events", default=1_000_000, show_default=True, help="How many events, 20 for each lead.")
@click.option("--url", help="An empty database of its own. [default: a new SQLite file]")
def main(events: int, url: str | None) -> None:
    history = synthetic(events)
    with tempfile.TemporaryDirectory() as folder:
        store = open_engine(url or f"sqlite:///{Path(folder) / 'store.db'}")
        migrate(store)
        for name in ("first load", "second load"):
            timed(store, history, name)
        store.close()


if __name__ == "__main__":
    main()
