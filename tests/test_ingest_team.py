"""Owners and quotas into the store."""

from ingested import at, only_error, rows, statuses
from sqlalchemy import select

from leadcast.store import tables
from leadcast.store.intake_team import put_owners, put_quotas


def test_owners_are_known_by_the_day_from_which_it_is_so(store, put):
    put(put_owners, {"owner": "ann", "region": "North"}, {"owner": "ann", "region": "South", "valid_from": at("03-01")})
    again = put(put_owners, {"owner": "ann", "manager": "eve"}, {"owner": "ann", "region": "North"})
    assert statuses(again) == ["updated", "unchanged"]
    with store.reading() as connection:
        found = connection.execute(select(tables.owners.c.region, tables.owners.c.manager).order_by("region")).fetchall()
    assert [tuple(row) for row in found] == [("North", "eve"), ("South", None)]


def test_quotas_are_kept_in_the_reporting_currency(store, put):
    put(put_quotas, {"owner": "ann", "period": "2026-Q1", "amount": 100.0, "currency": "USD"},
        {"region": "N", "period": "2026", "amount": 5.0})
    assert rows(store, tables.quotas, "period", "amount", "currency") == [("2026", 5.0, "EUR"), ("2026-Q1", 50.0, "EUR")]
    assert statuses(put(put_quotas, {"owner": "ann", "period": "2026-Q1", "amount": 50.0})) == ["unchanged"]
    assert only_error(put(put_quotas, {"owner": "ann", "period": "soon", "amount": 1.0}))[0] == "period"
    assert only_error(put(put_quotas, {"period": "2026", "amount": 1.0}))[0] == "owner"
