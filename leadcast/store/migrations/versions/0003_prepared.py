"""Answers that are worked out before they are asked for."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "prepared",
        sa.Column("question_key", sa.String(64), primary_key=True), sa.Column("question", sa.Text(), nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=False), sa.Column("made_from", sa.String(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False), sa.Column("asked_at", sa.BigInteger(), nullable=False),
    )
