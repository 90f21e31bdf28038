"""A batch on Solana in sample books: pinned to a durable nonce, and cancelled."""

from datetime import date, timedelta
from decimal import Decimal

from ledger.accounts import add_wallet_account
from ledger.bank_tables import BankAccount, BankAccountConfirmation
from payouts.destination_tables import DestinationVoucher
from payouts.durable_tables import (
    DurableSlot,
    DurableSlotRelease,
    DurableStart,
    NonceAccount,
    NonceAccountConfirmation,
    SolanaSource,
    SolanaSourceConfirmation,
)
from payouts.ending_tables import PayoutPart
from payouts.tables import (
    BatchEvent,
    ClaimRelease,
    Destination,
    DestinationConfirmation,
    ObligationClaim,
    PayoutBatch,
    PayoutLine,
    PayoutLineObligation,
)
from support.books import Books
from support.payouts import owe
from support.sample_entries import add_each

BATCH, SOURCE = "2023-10-sol", "sol"
ACCOUNT = "assets:wallet:solana"
DEBT = "share:sol"


def ask(books: Books) -> None:
    """Add a wallet, who signs for it, its nonce account, and where ada is paid there."""
    with books.write(actor="treasurer") as change:
        add_wallet_account(change, ACCOUNT, "Solana wallet")
        add_each(
            change,
            BankAccount(
                id=SOURCE,
                kind="wallet",
                account=ACCOUNT,
                purpose="payouts",
                chain="solana",
                address="So1",
            ),
            SolanaSource(
                source_account=SOURCE,
                version=1,
                kind="key",
                signers="So1",
                threshold=1,
                fee_payer="So1",
                requested_by="treasurer",
            ),
            NonceAccount(
                address="nonce:sol",
                source_account=SOURCE,
                authority="So1",
                requested_by="treasurer",
            ),
            Destination(
                id="d:sol",
                payee="bob",
                rail="solana",
                chain="solana",
                address="B0b",
                commodity="USDC",
                holder=None,
                requested_by="treasurer",
                source="",
            ),
        )
        owe(change, DEBT, "bob", "5", due_on=date(2023, 11, 5))
    with books.write(actor="third") as change:
        change.add(
            DestinationVoucher(
                destination="d:sol", vouched_by="third", reason="a call", evidence=None
            )
        )
    with books.write(actor="second") as change:
        change.add(
            BankAccountConfirmation(bank_account=SOURCE, confirmed_by="second"),
            SolanaSourceConfirmation(source_account=SOURCE, version=1, confirmed_by="second"),
            NonceAccountConfirmation(nonce_account="nonce:sol", confirmed_by="second"),
            DestinationConfirmation(
                destination="d:sol", confirmed_by="second", confirmed_at=books.at
            ),
        )
    books.at += timedelta(days=8)


def freeze(books: Books) -> None:
    """Freeze a batch of one line on the nonce's value as it was seen."""
    with books.write(actor="treasurer") as change:
        add_each(
            change,
            PayoutBatch(
                id=BATCH,
                period=date(2023, 10, 1),
                maker="treasurer",
                plan_hash="s" * 64,
                content_hash="d" * 64,
                rail="solana",
                chain="solana",
                source_account=SOURCE,
                nonce=None,
                checkers=1,
                frozen_at=books.at,
            ),
            PayoutLine(
                batch=BATCH,
                line=1,
                payee="bob",
                payee_name="=Bob",
                destination="d:sol",
                address="B0b",
                commodity="USDC",
                amount=Decimal(5),
                reference=f"{BATCH}/1",
            ),
            PayoutLineObligation(batch=BATCH, line=1, obligation=DEBT, amount=Decimal(5)),
            ObligationClaim(
                obligation=DEBT, attempt=1, batch=BATCH, line=1, previous_attempt=None
            ),
            PayoutPart(batch=BATCH, part=1, first_line=1, last_line=1, transaction_hash="50a"),
            DurableSlot(
                nonce_account="nonce:sol",
                nonce_value="value",
                attempt=1,
                batch=BATCH,
                part=1,
                previous_attempt=None,
                source_account=SOURCE,
                source_version=1,
                message_hash="50a",
            ),
            DurableStart(batch=BATCH, slot=7),
        )


def cancel(books: Books) -> None:
    """Cancel it: its claim and its nonce's value are given up."""
    with books.write(actor="treasurer") as change:
        add_each(
            change,
            BatchEvent(
                batch=BATCH,
                number=1,
                action="cancel",
                state="cancelled",
                actor="treasurer",
                reason="",
                files=None,
            ),
            ClaimRelease(obligation=DEBT, attempt=1, batch=BATCH, reason="cancelled"),
            DurableSlotRelease(
                nonce_account="nonce:sol",
                nonce_value="value",
                attempt=1,
                batch=BATCH,
                reason="cancelled",
            ),
        )
