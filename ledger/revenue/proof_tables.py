"""The table of proofs: the kept file that shows that a bounty passed a gate."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

import ledger.revenue.bounty_tables  # noqa: F401 - keys point there
from ledger.base import Base, Sealed


class BountyProof(Sealed, Base):
    """What a file from GitHub says of a bounty's gate, and where a person sees the same.

    `evidence` is the file's SHA-256, `source` whether it came as a file or from the API.
    """

    __tablename__ = "bounty_proofs"
    __table_args__ = (
        CheckConstraint(
            "gate IN ('delivered','approved','qa-passed','merged','released')", name="gate"
        ),
        CheckConstraint("source IN ('file','api')", name="source"),
        CheckConstraint("url <> '' AND says <> ''", name="told"),
    )

    bounty: Mapped[str] = mapped_column(ForeignKey("bounties.id"), primary_key=True)
    gate: Mapped[str] = mapped_column(primary_key=True)
    evidence: Mapped[str] = mapped_column(ForeignKey("evidence.sha256"), primary_key=True)
    url: Mapped[str]
    says: Mapped[str]
    source: Mapped[str]
    fetched_at: Mapped[datetime]
