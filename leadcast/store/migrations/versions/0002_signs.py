"""Signs of everyone who is open: ages, last contacts, risk flags, the curve."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "signs",
        sa.Column("entity", sa.String(), primary_key=True, nullable=False),
        sa.Column("entity_id", sa.String(), primary_key=True, nullable=False),
        sa.Column("as_of", sa.BigInteger(), nullable=False),
        sa.Column("stage", sa.String()),
        sa.Column("stage_age_days", sa.Float()),
        sa.Column("stage_norm_days", sa.Float()),
        sa.Column("last_event_at", sa.BigInteger()),
        sa.Column("last_touch_at", sa.BigInteger()),
        sa.Column("last_answer_at", sa.BigInteger()),
        sa.Column("waiting_days", sa.Float()),
        sa.Column("quiet_days", sa.Float()),
        sa.Column("days_to_close", sa.Float()),
        sa.Column("pushes", sa.Integer()),
        sa.Column("contacts", sa.Integer()),
        sa.Column("flags", sa.Text(), nullable=False),
        sa.Column("curve", sa.Text()),
    )
