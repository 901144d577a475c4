"""The first tables: records, scores, the ledger, jobs, keys."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

TABLES = {
    "accounts": (
        "account_id text key, attributes long needed, received_at time needed, changed_at time needed"),
    "api_keys": (
        "key_id text key, name text needed, secret_hash text needed, scopes text needed, limit_by text, limit_to long, "
        "rate_per_minute whole, created_at time needed, expires_at time, revoked_at time, last_used_at time"),
    "contacts": (
        "contact_id text key, account_id text indexed, attributes long needed, received_at time needed, changed_at time "
        "needed"),
    "events": (
        "event_key text32 key, lead_id text indexed, opportunity_id text indexed, contact_id text indexed, account_id "
        "text indexed, type text needed, event_id text, direction text, actor text, occurred_at time needed, recorded_at "
        "time, sequence number, value number, received_at time needed"),
    "field_history": (
        "field_key text32 key, entity text needed, entity_id text needed indexed, field text needed, value long, "
        "old_value long, changed_at time needed, recorded_at time, received_at time needed, place time needed"),
    "idempotency": (
        "caller text key, key text key, request_hash text needed, status whole, answer long, at time needed"),
    "jobs": (
        "job_id text key, kind text needed, request long needed, status text needed, total whole needed, done whole "
        "needed, after text, parts whole needed, rows whole, checksum text, file text, error long, caller text, "
        "request_id text, created_at time needed, started_at time, finished_at time"),
    "leads": (
        "lead_id text key, created_at time, contact_id text indexed, account_id text indexed, owner text indexed, source "
        "text, pipeline text, order number, attributes long needed, lent long, received_at time needed, changed_at time "
        "needed"),
    "leases": (
        "name text key, holder text needed, until time needed"),
    "ledger": (
        "id serial key, at time needed, request_id text, caller text, entity text needed, entity_id text needed, target "
        "text needed, as_of time needed, probability number, log_odds number, score number, fit_score number, "
        "engagement_score number, trend number, won_ever number, grade text1, won_by time, expected_close time, "
        "close_from time, close_to time, enough_information whole, unseen whole, rung text, model text needed, source "
        "text needed, fingerprint text needed, inputs bytes needed"),
    "meta": (
        "name text key, value text needed"),
    "opportunities": (
        "opportunity_id text key, created_at time, lead_id text indexed, contact_id text indexed, account_id text "
        "indexed, owner text indexed, amount number, margin number, currency text, expected_close time, category text, "
        "pipeline text, order number, attributes long needed, lent long, received_at time needed, changed_at time needed"),
    "owners": (
        "owner_key text32 key, owner text needed indexed, name text, manager text, region text, valid_from time, "
        "received_at time needed"),
    "quotas": (
        "quota_key text32 key, owner text, region text, period text needed, amount number needed, currency text, "
        "received_at time needed"),
    "rejected": (
        "id serial key, at time needed, request_id text, resource text needed, place whole needed, item long needed, "
        "errors long needed"),
    "score_history": (
        "id serial key, entity text needed, entity_id text needed, target text needed, at time needed, probability number "
        "needed, score number needed, grade text1 needed, model text needed, cause text needed, events whole needed"),
    "scores": (
        "entity text key, entity_id text key, target text key, as_of time needed, probability number, log_odds number, "
        "score number, fit_score number, engagement_score number, trend number, won_ever number, grade text1, won_by "
        "time, expected_close time, close_from time, close_to time, enough_information whole, unseen whole, rung text, "
        "model text needed"),
    "stages": (
        "stage_key text32 key, entity text needed, entity_id text needed indexed, stage text needed, reason text, "
        "entered_at time, recorded_at time, received_at time needed, place time needed, made_from text"),
    "tombstones": (
        "id_hash text key, at time needed, models long needed"),
    "waiting": (
        "entity text key, entity_id text key, since time needed, events whole needed"),
}
"""By table its columns, each a name, a kind and what holds for it."""

INDEXES = [
    ("ledger_at", "ledger", ("at",)),
    ("ledger_of", "ledger", ("entity", "entity_id",)),
    ("score_history_of", "score_history", ("entity", "entity_id", "target", "at",)),
    ("scores_by_target", "scores", ("target", "probability",)),
]
KINDS = {"long": sa.Text(), "number": sa.Float(), "time": sa.BigInteger(), "whole": sa.Integer(), "bytes": sa.LargeBinary(),
         "serial": sa.BigInteger().with_variant(sa.Integer(), "sqlite")}


def upgrade() -> None:
    for table, columns in TABLES.items():
        told = [column.split() for column in columns.split(", ")]
        op.create_table(table, *(_column(*column) for column in told))
        for name, *rest in told:
            if "indexed" in rest:
                op.create_index(f"ix_{table}_{name}", table, [name])
    for name, table, names in INDEXES:
        op.create_index(name, table, list(names))


def _column(name: str, kind: str, *holds: str) -> sa.Column:
    length = kind.removeprefix("text")
    found: Any = KINDS[kind] if kind in KINDS else sa.String(int(length)) if length else sa.String()
    return sa.Column(name, found, primary_key="key" in holds, nullable=not {"key", "needed"} & set(holds))
