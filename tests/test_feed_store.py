"""The tables bi_* on SQLite and on PostgreSQL: exact, replaced together, nothing else touched, and nobody who was erased."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime

import pyarrow as pa
import pytest
from sqlalchemy import inspect, text

from leadcast.store import Store, StoreError, tables
from leadcast.store.erase import erase_records
from leadcast.store.feed import write_tables
from leadcast.store.subject import subject_of

MANIFEST = {"format": "leadcast-export/1", "tables": [
    {"name": "dim_lead", "rows": 3}, {"name": "dim_deal", "rows": 3}, {"name": "fact_stage", "rows": 5},
    {"name": "fact_snapshot_deal", "rows": 4}]}
STAMPS = {"received_at": 0, "changed_at": 0, "attributes": "{}"}


def star(mail: str = "ann@acme.example") -> dict[str, pa.Table]:
    """Two leads with contacts, two deals of the first one, stays and rows of a saved forecast."""
    whole, texts = pa.int64(), pa.string()
    return {
        "dim_lead": table({"lead_key": (whole, [0, 1, 2]), "lead_id": (texts, ["(none)", "L1", "L2"]),
                           "contact_id": (texts, [None, "C1", "C2"]), "mail": (texts, [None, mail, "bob"])}, "lead_key"),
        "dim_deal": table({"deal_key": (whole, [0, 1, 2]), "opportunity_id": (texts, ["(none)", "D1", "D2"]),
                           "lead_key": (whole, [0, 1, 2]), "contact_id": (texts, [None, "C1", "C2"]),
                           "note": (texts, [None, mail, "x"]), "amount": (pa.float64(), [None, 0.1, 2e15])}, "deal_key"),
        "fact_stage": table({"lead_key": (whole, [1, 1, 2, 0, 0]), "deal_key": (whole, [0, 0, 0, 1, 2]),
                             "since": (pa.timestamp("us", "UTC"), [1, None, 3, 4, 5]), "day": (pa.date32(), [1, None, 3, 4, 5]),
                             "is_current": (pa.bool_(), [False, True, True, None, True])}),
        "fact_snapshot_deal": table({"lead_key": (whole, [0, 0, 0, 0]), "deal_key": (whole, [1, 2, 0, 0]),
                                     "entity_id": (texts, ["D1", "D2", "new:0", "L1"])}),
    }


def table(columns: dict[str, tuple[pa.DataType, list]], primary: str = "") -> pa.Table:
    fields = [pa.field(name, kind, metadata={"key": "primary" if name == primary else ""}) for name, (kind, _) in columns.items()]
    return pa.table([pa.array(values, kind) for kind, values in columns.values()], schema=pa.schema(fields))


@pytest.fixture
def clean(store: Store) -> Iterator[Store]:
    """A store without tables bi_*, before and after: PostgreSQL's is shared by the tests of a process."""
    take_away(store)
    yield store
    take_away(store)


def take_away(store: Store) -> None:
    with store.writing() as connection:
        connection.execute(text("DROP VIEW IF EXISTS a_view"))
        for name in inspect(connection).get_table_names():
            if name.startswith("bi_"):
                connection.execute(text(f"DROP TABLE {name}"))


def rows(store: Store, query: str) -> list[tuple]:
    with store.reading() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def test_every_value_is_there_as_it_was(clean):
    told = write_tables(clean, star(), MANIFEST)
    assert rows(clean, "SELECT opportunity_id, amount FROM bi_dim_deal ORDER BY deal_key") == [
        ("(none)", None), ("D1", 0.1), ("D2", 2e15)]
    stays = rows(clean, "SELECT since, day, is_current FROM bi_fact_stage WHERE lead_key = 1 ORDER BY is_current")
    if clean.is_sqlite:
        assert stays == [("1970-01-01 00:00:00.000001", "1970-01-02", 0), (None, None, 1)]
    else:
        assert stays == [(datetime(1970, 1, 1, 0, 0, 0, 1, UTC), date(1970, 1, 2), False), (None, None, True)]
    assert json.loads(rows(clean, "SELECT manifest FROM bi_schema")[0][0]) == told
    assert told["tables"][0] == {"name": "dim_lead", "rows": 3, "table": "bi_dim_lead"}


def test_a_second_export_replaces_the_first_and_views_stay(clean):
    write_tables(clean, star(), MANIFEST)
    with clean.writing() as connection:
        connection.execute(text("CREATE VIEW a_view AS SELECT lead_id FROM bi_dim_lead"))
    fewer = {**star(), "dim_lead": star()["dim_lead"].slice(0, 2)}
    assert write_tables(clean, fewer, MANIFEST)["tables"][0]["rows"] == 2
    assert rows(clean, "SELECT lead_id FROM a_view ORDER BY lead_id") == [("(none)",), ("L1",)]
    assert rows(clean, "SELECT COUNT(*) FROM bi_schema") == [(1,)]


def test_columns_may_change_unless_a_view_needs_them(clean):
    write_tables(clean, star(), MANIFEST)
    wider = {**star(), "dim_lead": star()["dim_lead"].append_column("size", pa.array([None, 1.0, 2.0]))}
    write_tables(clean, wider, MANIFEST)
    assert rows(clean, "SELECT size FROM bi_dim_lead ORDER BY lead_key") == [(None,), (1.0,), (2.0,)]
    if not clean.is_sqlite:
        with clean.writing() as connection:
            connection.execute(text("CREATE VIEW a_view AS SELECT lead_id FROM bi_dim_lead"))
        with pytest.raises(StoreError, match="The columns of bi_dim_lead change, and the view a_view needs it"):
            write_tables(clean, star(), MANIFEST)
        assert rows(clean, "SELECT COUNT(size) FROM bi_dim_lead") == [(2,)]


def test_tables_of_somebody_else_are_left_alone(clean):
    with clean.writing() as connection:
        connection.execute(text("CREATE TABLE bi_dim_lead (mine INTEGER)"))
        connection.execute(text("CREATE TABLE bi_other (mine INTEGER)"))
    with pytest.raises(StoreError, match="has a table bi_dim_lead that no export wrote"):
        write_tables(clean, star(), MANIFEST)
    with clean.writing() as connection:
        connection.execute(text("DROP TABLE bi_dim_lead"))
        connection.execute(text("INSERT INTO bi_other VALUES (1)"))
    write_tables(clean, star(), MANIFEST)
    assert rows(clean, "SELECT mine FROM bi_other") == [(1,)]


def test_what_fails_half_way_changes_nothing(clean):
    write_tables(clean, star(), MANIFEST)
    twice = star()["dim_deal"].take([0, 1, 1])
    with pytest.raises(Exception, match=r"(?i)unique"):
        write_tables(clean, {**star("new"), "dim_deal": twice}, MANIFEST)
    assert rows(clean, "SELECT mail FROM bi_dim_lead WHERE lead_key = 1") == [("ann@acme.example",)]
    assert rows(clean, "SELECT COUNT(*) FROM bi_dim_deal") == [(3,)]


# ---- erasure ---------------------------------------------------------------------------------------------------


def erase(store: Store, entity: str, entity_id: str) -> dict[str, int]:
    with store.reading() as connection:
        subject = subject_of(connection, entity, entity_id)
    with store.writing() as connection:
        return dict(erase_records(connection, subject, 0))


def put(store: Store) -> None:
    """The lead, its contact and its deal in the store, too: so that it is known what is theirs alone."""
    with store.writing() as connection:
        connection.execute(tables.leads.insert(), [{"lead_id": "L1", "contact_id": "C1", **STAMPS,
                                                    "attributes": json.dumps({"mail": "ann@acme.example"})}])
        connection.execute(tables.opportunities.insert(), [{"opportunity_id": "D1", "lead_id": "L1", **STAMPS}])


def test_a_lead_that_is_erased_is_gone_and_its_deal_stays_without_it(clean):
    put(clean)
    write_tables(clean, star(), MANIFEST)
    done = erase(clean, "lead", "L1")
    assert {name: count for name, count in done.items() if name.startswith("bi_")} == {
        "bi_dim_lead": 1, "bi_fact_stage": 2, "bi_fact_snapshot_deal": 1, "bi_dim_deal (changed)": 3}
    assert rows(clean, "SELECT lead_id FROM bi_dim_lead ORDER BY lead_key") == [("(none)",), ("L2",)]
    assert rows(clean, "SELECT opportunity_id, lead_key, contact_id, note, amount FROM bi_dim_deal WHERE deal_key = 1") == [
        ("D1", 0, None, None, 0.1)]
    assert rows(clean, "SELECT deal_key, entity_id FROM bi_fact_snapshot_deal ORDER BY entity_id") == [
        (1, "D1"), (2, "D2"), (0, "new:0")]


def test_a_deal_that_is_erased_is_gone_from_every_table(clean):
    write_tables(clean, star(), MANIFEST)
    assert erase(clean, "opportunity", "D2")["bi_dim_deal"] == 1
    for name in ("bi_dim_deal", "bi_fact_stage", "bi_fact_snapshot_deal"):
        assert rows(clean, f"SELECT COUNT(*) FROM {name} WHERE deal_key = 2") == [(0,)]


def test_whoever_was_erased_stays_out_of_later_exports(clean):
    put(clean)
    erase(clean, "lead", "L1")
    told = write_tables(clean, star(), MANIFEST)
    assert [one["rows"] for one in told["tables"]] == [2, 3, 3, 3]
    assert rows(clean, "SELECT lead_key, contact_id FROM bi_dim_deal WHERE deal_key = 1") == [(0, None)]


def test_erasing_where_nobody_exported_touches_nothing(clean):
    put(clean)
    assert not [name for name in erase(clean, "lead", "L1") if name.startswith("bi_")]
    assert rows(clean, "SELECT COUNT(*) FROM leads") == [(0,)]
