"""What campaigns cost."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "costs",
        sa.Column("cost_key", sa.String(32), primary_key=True, nullable=False),
        sa.Column("source", sa.String()),
        sa.Column("campaign", sa.String()),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("amount", sa.Float(), nullable=False),
        sa.Column("currency", sa.String()),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
    )
