"""How payouts of sample books end: what a scanner kept of a Safe, and a batch that a bank pays."""

from datetime import date
from decimal import Decimal

from sqlalchemy.orm import Session

from chains.tables import ChainCoverage, ChainExecution, ChainProof, SafeNonce, WalletWatch
from feeshare import payout_chain
from ledger import bank, evidence
from ledger.bank import BankMovement
from ledger.base import Base
from payouts import batches, destinations, plans
from payouts.batches import Frozen
from payouts.parts import parts_of_batch
from payouts.settlement import Settlement
from support.books import Books
from support.payouts import (
    BANK,
    BEFORE_THE_HOLD,
    PERIOD,
    SAFE,
    TODAY,
    USDC_CONTRACT,
    WALLET,
    approve,
    confirm_change,
    export,
    fund,
    furnish,
    owe,
)

IBAN = "DE89370400440532013000"
FINAL = 100
"""The final block to which the wallet was read."""


def watch_the_safe(books: Books) -> None:
    """Watch the treasury's Safe, read to a final block and proved there."""
    with books.write() as change:
        change.add(
            WalletWatch(
                bank_account=WALLET,
                chain="ethereum",
                address=SAFE.lower(),
                kind="safe",
                first_block=1,
                since=date(2023, 11, 3),
            )
        )
    keep(
        books,
        ChainCoverage(
            bank_account=WALLET,
            first_block=1,
            last_block=FINAL,
            last_hash="",
            again=False,
            providers="",
            digest="",
            recorded_at=books.at,
        ),
        ChainProof(
            bank_account=WALLET,
            contract=USDC_CONTRACT.lower(),
            block=FINAL,
            block_hash="",
            expected=Decimal(0),
            on_chain=Decimal(0),
            recorded_at=books.at,
        ),
    )


def keep(books: Books, *rows: Base) -> None:
    """Keep rows as a scanner does, beside the sealed books."""
    with Session(books.engine) as session, session.begin():
        session.add_all(rows)


def nonce_seen(books: Books, nonce: int, *, block: int = FINAL) -> None:
    """Keep how many transactions the Safe had carried out at a final block."""
    keep(
        books,
        SafeNonce(chain="ethereum", safe=SAFE.lower(), block=block, block_hash="", nonce=nonce),
    )


def carried_out(books: Books, batch: str, *, succeeded: bool = True, part: int = 1) -> None:
    """Keep that the Safe carried out a part of a batch, or failed to."""
    with books.read() as session:
        signed = parts_of_batch(session, batch)[part - 1].transaction_hash
    keep(
        books,
        ChainExecution(
            chain="ethereum",
            safe=SAFE.lower(),
            safe_tx_hash=signed,
            transaction=f"0xtx{part}",
            block=FINAL,
            at=books.at,
            succeeded=succeeded,
        ),
    )


def settle(books: Books, batch: Frozen, actor: str = "treasurer") -> Settlement:
    with books.write(actor) as change:
        return payout_chain.settle(change, batch.id)


def replaced_batch(books: Books, batch: Frozen) -> Settlement:
    """Let another transaction take the nonce of an exported batch, and settle it."""
    watch_the_safe(books)
    nonce_seen(books, 8)
    return settle(books, batch)


def wire_batch(books: Books) -> Frozen:
    """Bring a debt of 300 dollars to Bob to an exported batch that the bank pays."""
    furnish(books)
    now, books.at = books.at, BEFORE_THE_HOLD
    with books.write() as change:
        destinations.request(change, "bob", "wire", IBAN, holder="Bob Builder")
    confirm_change(books, "bob:wire:1")
    books.at = now
    fund(books, "1000", "USD", BANK)
    with books.write() as change:
        owe(change, "share:usd", "bob", "300", commodity="USD")
    with books.read() as session:
        hashed = plans.plan(session, PERIOD, on=TODAY).hash
    with books.write() as change:
        [batch] = batches.submit(change, hashed, PERIOD, on=TODAY, nonces={}).batches
    approve(books, batch, "carol")
    export(books, batch)
    return batch


def moved_at_the_bank(books: Books, identity: str, amount: str, memo: str) -> str:
    """Record a line of the bank, money in above zero, and return its id."""
    with books.write() as change:
        kept = evidence.keep(change, f"{identity} {amount} {memo}".encode(), "bank.csv")
        movement = BankMovement(
            bank_account=BANK,
            external_id=identity,
            on=TODAY,
            commodity="USD",
            amount=Decimal(amount),
            counterparty=IBAN,
            memo=memo,
            row=1,
        )
        bank.record(change, movement, kept)
    return f"{BANK}/{identity}"
