"""Payees, checkers, wallets and obligations for tests of payouts, and rails' instructions."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from ledger import bank, confirmations, evidence, parties, prices, users
from ledger.accounts import Chart
from ledger.bank import BankMovement
from ledger.journal import JournalEntry, Posting, post_one
from ledger.obligation_tables import Obligation, ObligationDue
from ledger.sealing import Change
from payouts import approvals, batches, destination_proofs, destinations, exports, plans
from payouts.batches import Frozen, Moved
from payouts.rails.instructions import Instruction, Payment, Token
from payouts.rails.registry import rail_named
from support.books import Books

SAFE = "0x41675C099F32341bf84BFc5382aF534df5C7461a"
ALICE = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
BOB = "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359"
CAROL = "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB"
USDC_CONTRACT = "0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48"
HBOT_CONTRACT = "0xE5097D9baeAFB89f9bcB78C9290d545dB5f9e9CB"
USDC = Token(chain="ethereum", chain_id=1, contract=USDC_CONTRACT, decimals=6, commodity="USDC")
HBOT = replace(USDC, contract=HBOT_CONTRACT, decimals=18, commodity="HBOT")
ETHER = replace(USDC, contract=None, decimals=18, commodity="ETH")

WALLET = "wallet-ethereum-treasury"
BANK = "bank-main"
PERIOD = date(2023, 10, 1)
TODAY = date(2023, 11, 3)
BEFORE_THE_HOLD = datetime(2023, 10, 20, 9, tzinfo=UTC)


def payment(line: int, address: str, token: Token | None, amount: str) -> Payment:
    return Payment(
        line=line,
        payee=f"maintainer-{line}",
        payee_name=f"Maintainer {line}",
        address=address,
        commodity=token.commodity if token else "USD",
        amount=Decimal(amount),
        token=token,
        reference="2026-08",
    )


def instruction(*payments: Payment, nonce: int | None = 7) -> Instruction:
    return Instruction(
        batch="2026-08/1",
        content_hash="c0ffee" * 10 + "c0ff",
        rail="safe",
        source=f"eth:{SAFE}",
        nonce=nonce,
        payments=payments,
        created_at=datetime(2026, 9, 12, 10, 30, 0, 123456, tzinfo=UTC),
    )


THREE = instruction(
    payment(1, ALICE, USDC, "412.50"),
    payment(2, f"eth:{BOB}", ETHER, "0.25"),
    payment(3, CAROL, HBOT, "1234567.000000000000000001"),
)


def exported(batch: Instruction) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Return (Transaction Builder file, signer sheet) of each part."""
    files = [
        json.loads(file.content)
        for file in rail_named("safe").export(batch)
        if file.media_type == "application/json"
    ]
    return list(zip(files[::2], files[1::2], strict=True))


def private_key(name: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(sha256(name.encode()).digest())


def pem_of(name: str) -> bytes:
    return private_key(name).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def public_key(name: str) -> str:
    return private_key(name).public_key().public_bytes_raw().hex()


def address_of(name: str) -> str:
    """Return an address made of a name, like no other."""
    from eth_utils.address import to_checksum_address

    return str(to_checksum_address(f"0x{sha256(name.encode()).hexdigest()[:40]}"))


def confirm_change(books: Books, identity: str) -> None:
    """Confirm a changed address that no key signed for: Dave vouches, Erin confirms."""
    with books.write("dave") as change:
        asked = destinations.named(change.session, identity)
        destination_proofs.vouch(change, asked, "said so on a call to the number we know")
    with books.write("erin") as change:
        destinations.confirm(change, identity)


def furnish(books: Books, *, confirmed: bool = True) -> None:
    """Add payees with confirmed addresses past their hold, checkers with keys, and a wallet.

    Alice and Bob are paid in Ethereum; Alice is also the approver `alice`. Carol and Dave check,
    Erin confirms destinations and accounts.
    """
    now = books.at
    books.at = BEFORE_THE_HOLD
    with books.write("treasurer") as change:
        for name in ("Alice", "Bob"):
            parties.add(change, name=name, kind="payee")
        users.add(change, "treasurer", "treasurer")
        for name in ("carol", "dave", "erin"):
            users.add(change, name, "approver")
        users.add(change, "alice", "approver", party="alice")
        users.add(change, "auditor", "auditor")
        for name in ("treasurer", "carol", "dave", "erin", "alice", "auditor"):
            users.enrol_key(change, name, public_key(name))
        bank.add_account(
            change, WALLET, kind="wallet", purpose="treasury", chain="ethereum", address=SAFE
        )
        bank.add_account(change, BANK, kind="bank", purpose="operating", address="DE001")
        prices.add(
            change,
            commodity="USDC",
            quote="USD",
            on=date(2023, 1, 1),
            price=Decimal(1),
            source="policy: stablecoins at par",
        )
        for payee, address in (("alice", ALICE), ("bob", BOB)):
            destinations.request(change, payee, "safe", address, chain="ethereum")
    with books.write("erin") as change:
        for name in ("treasurer", "carol", "dave", "erin", "alice", "auditor"):
            users.confirm_key(change, public_key(name))
        for account in (WALLET, BANK) if confirmed else ():
            confirmations.confirm_account(change, account)
        destinations.confirm(change, "alice:safe:1")
        destinations.confirm(change, "bob:safe:1")
    books.at = now


def fund(books: Books, amount: str, commodity: str = "USDC", where: str = WALLET) -> None:
    """Put money in the treasury's wallet, or another account of ours."""
    quantity = Decimal(amount)
    with books.write() as change:
        code = bank.account_named(change.session, where).account
        post_one(
            change,
            JournalEntry(
                reference=f"fund:{code}:{amount}:{commodity}",
                effective_date=date(2023, 10, 1),
                kind="opening",
                narration="opening",
                postings=[
                    Posting(code, quantity, commodity),
                    Posting(Chart.OPENING, -quantity, commodity),
                ],
            ),
        )


def owe(
    change: Change,
    identity: str,
    payee: str,
    amount: str,
    *,
    commodity: str = "USDC",
    period: str = "2023-10",
    due_on: date = date(2023, 10, 31),
) -> None:
    """Post what a payee is owed and make it due."""
    quantity = Decimal(amount)
    posted = post_one(
        change,
        JournalEntry(
            reference=f"owe:{identity}",
            effective_date=due_on,
            kind="accrual",
            narration="owed",
            postings=[
                Posting(Chart.EXPENSE_MAINTAINER_SHARE, quantity, commodity, payee, identity),
                Posting(Chart.PAYABLE_MAINTAINER, -quantity, commodity, payee, identity),
            ],
        ),
    )
    change.add(
        Obligation(
            id=identity,
            kind="maintainer-share",
            payee=payee,
            commodity=commodity,
            amount=quantity,
            document=f"statement:{identity}",
            period=period,
            entry_number=posted.number,
            payable_account=Chart.PAYABLE_MAINTAINER.value,
        )
    )
    change.add(
        ObligationDue(
            obligation=identity, due_on=due_on, entry_number=posted.number, cause="received"
        )
    )


def usual_debts(books: Books) -> None:
    """Owe Alice two obligations and Bob one, with enough in the wallet."""
    fund(books, "10000")
    with books.write() as change:
        owe(change, "share:a1", "alice", "100.5")
        owe(change, "share:a2", "alice", "20")
        owe(change, "share:b1", "bob", "300")


def freeze(books: Books, *, nonce: int = 7, on: date = TODAY, maker: str = "treasurer") -> Frozen:
    """Freeze the plan of the period as it is now, and return its batch."""
    with books.read() as session:
        hashed = plans.plan(session, PERIOD, on=on).hash
    with books.write(maker) as change:
        submitted = batches.submit(change, hashed, PERIOD, on=on, nonces={WALLET: nonce})
    [batch] = submitted.batches
    return batch


def approve(books: Books, batch: Frozen, *names: str) -> None:
    for name in names:
        signature = approvals.sign(batch.content_hash, pem_of(name))
        with books.write(name) as change:
            approvals.approve(change, batch.id, batch.content_hash, signature)


def export(books: Books, batch: Frozen) -> exports.Exported:
    with books.write() as change:
        return exports.export(change, batch.id)


def cancel(books: Books, batch: Frozen) -> Moved:
    with books.write() as change:
        return batches.cancel(change, batch.id, reason="not this month")


def exported_batch(books: Books) -> Frozen:
    """Bring the usual debts to an exported batch."""
    furnish(books)
    usual_debts(books)
    batch = freeze(books)
    approve(books, batch, "carol")
    export(books, batch)
    return batch


def left_the_wallet(
    books: Books, movements: Sequence[tuple[str, str, str, str]], *, on: date = TODAY
) -> None:
    """Record what left the wallet: external id, amount, counterparty, memo."""
    with books.write() as change:
        kept = evidence.keep(change, repr(movements).encode(), "wallet.csv")
        for row, (identity, amount, counterparty, memo) in enumerate(movements, start=1):
            quantity, _, commodity = amount.partition(" ")
            bank.record(
                change,
                BankMovement(
                    bank_account=WALLET,
                    external_id=identity,
                    on=on,
                    commodity=commodity or "USDC",
                    amount=-Decimal(quantity),
                    counterparty=counterparty,
                    memo=memo,
                    row=row,
                ),
                kept,
            )
