"""The table of what became of money that exchanges paid too much.

Law: INSERT-only. The credit itself is the balance of a document in `liabilities:exchange-credit`,
which may not pass zero; a row says what a part of it paid, or that it goes back.
"""

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

import ledger.obligation_tables
import ledger.revenue.tables  # noqa: F401 - keys point there
from ledger.base import Base, Quantity, Sealed


class CreditUse(Sealed, Base):
    """A part of what came too much for `document`, used for another statement or refunded.

    Either `used_for`, a statement's document, or `refund`, an obligation, is set.
    """

    __tablename__ = "credit_uses"
    __table_args__ = (
        CheckConstraint("amount > 0", name="positive"),
        CheckConstraint("(used_for IS NULL) <> (refund IS NULL)", name="one_use"),
    )

    document: Mapped[str] = mapped_column(
        ForeignKey("statement_acceptances.statement"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    used_for: Mapped[str | None] = mapped_column(
        ForeignKey("statement_acceptances.statement"), index=True
    )
    refund: Mapped[str | None] = mapped_column(ForeignKey("obligations.id"))
    commodity: Mapped[str] = mapped_column(ForeignKey("commodities.code"))
    amount: Mapped[Quantity]
    reason: Mapped[str]
    entry_number: Mapped[int] = mapped_column(ForeignKey("journal_entries.number"), unique=True)
