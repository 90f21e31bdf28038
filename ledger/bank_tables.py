"""The tables of our accounts outside: their lines, what each line turned out to be, tokens.

Law: INSERT-only. A line is a fact and final; a match of it is a claim that may be taken back, by
a row that says why.
"""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

import ledger.tables  # noqa: F401 - keys point there
from ledger.base import Base, Quantity, Sealed


class BankAccount(Sealed, Base):
    """A bank account, an exchange account or a wallet of ours, and its account in the books.

    `address` is the wallet's address on `chain`, or the bank's account number.
    """

    __tablename__ = "bank_accounts"
    __table_args__ = (CheckConstraint("kind IN ('bank','exchange','wallet')", name="kind"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    account: Mapped[str] = mapped_column(ForeignKey("accounts.code"), unique=True)
    purpose: Mapped[str]
    chain: Mapped[str | None] = mapped_column(default=None)
    address: Mapped[str | None] = mapped_column(default=None)
    source: Mapped[str] = mapped_column(default="")


class BankAccountConfirmation(Sealed, Base):
    """A second person's word for an account of ours: payouts may leave from it."""

    __tablename__ = "bank_account_confirmations"

    bank_account: Mapped[str] = mapped_column(ForeignKey("bank_accounts.id"), primary_key=True)
    confirmed_by: Mapped[str]


class BankLine(Sealed, Base):
    """One movement on a bank account, final. `amount` is signed: what came in is positive."""

    __tablename__ = "bank_lines"
    __table_args__ = (
        CheckConstraint("amount <> 0", name="amount_not_zero"),
        UniqueConstraint("bank_account", "external_id"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    bank_account: Mapped[str] = mapped_column(ForeignKey("bank_accounts.id"))
    external_id: Mapped[str]
    on: Mapped[date]
    commodity: Mapped[str] = mapped_column(ForeignKey("commodities.code"))
    amount: Mapped[Quantity]
    counterparty: Mapped[str]
    memo: Mapped[str]
    evidence: Mapped[str] = mapped_column(ForeignKey("evidence.sha256"))
    evidence_row: Mapped[int]


class AccountStatement(Sealed, Base):
    """What a bank stated for an account: a balance, the entries after it, the balance they make.

    `since` and `until` are the first and last day that it speaks of. Where the format states no
    opening balance, `opening` is the closing one less the entries.
    """

    __tablename__ = "account_statements"
    __table_args__ = (CheckConstraint("since <= until", name="days"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    bank_account: Mapped[str] = mapped_column(ForeignKey("bank_accounts.id"))
    name: Mapped[str]
    commodity: Mapped[str] = mapped_column(ForeignKey("commodities.code"))
    since: Mapped[date]
    until: Mapped[date]
    opening: Mapped[Quantity]
    closing: Mapped[Quantity]
    entry_count: Mapped[int]
    evidence: Mapped[str] = mapped_column(ForeignKey("evidence.sha256"))
    number_in_file: Mapped[int]


class Match(Sealed, Base):
    """What a bank line, or a part of it, turned out to be. `amount` has the line's sign.

    `document` is what it settles: a statement, a payout line, a bounty, a renewal.
    """

    __tablename__ = "matches"
    __table_args__ = (CheckConstraint("amount <> 0", name="amount_not_zero"),)

    bank_line: Mapped[str] = mapped_column(ForeignKey("bank_lines.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str]
    document: Mapped[str] = mapped_column(index=True)
    amount: Mapped[Quantity]
    entry_number: Mapped[int] = mapped_column(ForeignKey("journal_entries.number"))
    why: Mapped[str]


class MatchDifference(Sealed, Base):
    """Why a match's document is settled by more, or by less, than the bank line brought.

    A fee or an exchange difference is booked with the match and counts as received; `short-pay`
    and `unknown` only say why the rest is open. `amount` is what the line lacks, in its commodity.
    """

    __tablename__ = "match_differences"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('network-fee','bank-fee','fx','short-pay','unknown')", name="kind"
        ),
        CheckConstraint("amount > 0", name="amount"),
        ForeignKeyConstraint(["bank_line", "number"], ["matches.bank_line", "matches.number"]),
    )

    bank_line: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str]
    amount: Mapped[Quantity]


class MatchRelease(Sealed, Base):
    """A match taken back, with the entry that reverses what it posted."""

    __tablename__ = "match_releases"

    bank_line: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    reason: Mapped[str]
    entry_number: Mapped[int] = mapped_column(ForeignKey("journal_entries.number"))


class Token(Sealed, Base):
    """A commodity on a chain: contract or mint (blank for the native coin) and its decimals.

    `chain_id` is the EVM chain id; other chains have none.
    """

    __tablename__ = "tokens"
    __table_args__ = (
        CheckConstraint("decimals BETWEEN 0 AND 36", name="decimals"),
        UniqueConstraint("chain", "commodity"),
    )

    chain: Mapped[str] = mapped_column(primary_key=True)
    contract: Mapped[str] = mapped_column(primary_key=True)
    commodity: Mapped[str] = mapped_column(ForeignKey("commodities.code"))
    decimals: Mapped[int]
    chain_id: Mapped[int | None]
    source: Mapped[str]


class TokenConfirmation(Sealed, Base):
    """A second person's word for a token: payouts may be made in it."""

    __tablename__ = "token_confirmations"
    __table_args__ = (
        ForeignKeyConstraint(["chain", "contract"], ["tokens.chain", "tokens.contract"]),
    )

    chain: Mapped[str] = mapped_column(primary_key=True)
    contract: Mapped[str] = mapped_column(primary_key=True)
    confirmed_by: Mapped[str]


class Conversion(Sealed, Base):
    """One of our holdings turned into another: what left on one bank line, what came on another.

    `sold` is what left, the fee in it included; `bought` is what came, after the fee taken from
    it. Amounts are positive, each in its line's commodity. `account` is the pair's.
    """

    __tablename__ = "conversions"
    __table_args__ = (
        CheckConstraint(
            "sold_fee >= 0 AND sold > sold_fee AND bought > 0 AND bought_fee >= 0", name="amounts"
        ),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    account: Mapped[str] = mapped_column(ForeignKey("accounts.code"))
    sold_line: Mapped[str] = mapped_column(ForeignKey("bank_lines.id"))
    sold: Mapped[Quantity]
    sold_fee: Mapped[Quantity]
    bought_line: Mapped[str] = mapped_column(ForeignKey("bank_lines.id"))
    bought: Mapped[Quantity]
    bought_fee: Mapped[Quantity]
    why: Mapped[str]
