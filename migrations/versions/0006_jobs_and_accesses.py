"""What happened beside the books: results of scheduled jobs, and who read or was refused."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables; they are append-only, and outside the sealed books."""
    op.create_table(
        "job_results",
        sa.Column("job", sa.Text(), nullable=False),
        sa.Column("occasion", sa.Text(), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("worker", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.CheckConstraint("result IN ('well','wrong')", name=op.f("job_results_result_check")),
        sa.PrimaryKeyConstraint("job", "occasion", name=op.f("job_results_pkey")),
    )
    op.create_table(
        "access_log",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column(
            "at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("exit_status", sa.SmallInteger(), nullable=True),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "channel IN ('command line','web','worker')", name=op.f("access_log_channel_check")
        ),
        sa.CheckConstraint(
            "action IN ('read','refused','login')", name=op.f("access_log_action_check")
        ),
        sa.CheckConstraint(
            "(action = 'refused') = (code IS NOT NULL)", name=op.f("access_log_code_check")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("access_log_pkey")),
    )
    op.create_index(op.f("access_log_at_idx"), "access_log", ["at"])
    for table in ("job_results", "access_log"):
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    op.execute("GRANT SELECT, INSERT ON job_results TO feeshare_app")
    # Its number and its time are the database's: the service cannot write them.
    op.execute("GRANT SELECT ON access_log TO feeshare_app")
    op.execute(
        "GRANT INSERT (actor, channel, action, subject, code, exit_status, request_id)"
        " ON access_log TO feeshare_app"
    )
