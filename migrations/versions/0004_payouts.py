"""How obligations are paid: destinations, batches, approvals, claims and settlement."""

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
