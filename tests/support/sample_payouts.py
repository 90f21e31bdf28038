"""Payouts of sample books: a distribution, and a batch that is frozen, approved and settled."""

from datetime import date, timedelta
from decimal import Decimal

from ledger.accounts import Chart
from ledger.bank_tables import (
    BankAccount,
    BankAccountConfirmation,
    BankLine,
    Match,
    TokenConfirmation,
)
from ledger.base import Sealed
from ledger.journal import Posting, post_one
from ledger.obligation_tables import Obligation, ObligationDue
from ledger.people_tables import User, UserKey, UserKeyConfirmation
from ledger.sealing import Change
from payouts.conversion_tables import PayoutPrice, PayoutPriceSource
from payouts.distribution_tables import DistributionPart, Proposal
from payouts.ending_tables import PayoutPart, SafeSigners
from payouts.holder_tables import PartProposal
from payouts.tables import (
    Approval,
    BatchEvent,
    Destination,
    DestinationBank,
    DestinationConfirmation,
    ExecutionSlot,
    LineSettlement,
    ObligationClaim,
    PayoutBatch,
    PayoutLine,
    PayoutLineObligation,
)
from support.books import Books
from support.sample_entries import WALLET, add_each, entry
from support.sample_shares import EVIDENCE, share_of

KEY = "ab" * 32


def authorise(books: Books) -> None:
    """Add two proposals, and distribute 18 decimals to ada under the first."""
    amount = Decimal("1000.000000000000000001")
    payable = Chart.PAYABLE_DISTRIBUTION.value
    with books.write() as change:
        for number, label in ((1, "HGP-70"), (2, "HGP-70")):
            change.add(
                Proposal(
                    id=f"hbot.eth/0x{number}",
                    space="hbot.eth",
                    hash=f"0x{number}",
                    label=label,
                    title="=Grants, again",
                    passed_on=date(2023, 10, 5),
                    commodity="HBOT",
                    amount=Decimal(5000),
                    source="",
                )
            )
        identity = "hbot-distribution:hbot.eth/0x1/ada"
        posted = post_one(
            change,
            entry(
                identity,
                date(2023, 10, 6),
                [
                    Posting(
                        Chart.EXPENSE_DISTRIBUTION.value, amount, "HBOT", "ada", "hbot.eth/0x1"
                    ),
                    Posting(payable, -amount, "HBOT", "ada", identity),
                ],
            ),
        )
        add_each(
            change,
            DistributionPart(
                id="hbot.eth/0x1/ada",
                proposal="hbot.eth/0x1",
                payee="ada",
                tranche="",
                amount=amount,
                on=date(2023, 10, 6),
                entry_number=posted.number,
            ),
            Obligation(
                id=identity,
                kind="hbot-distribution",
                payee="ada",
                commodity="HBOT",
                amount=amount,
                document="hbot.eth/0x1",
                period="2023-10",
                entry_number=posted.number,
                payable_account=payable,
            ),
            ObligationDue(
                obligation=identity,
                due_on=date(2023, 10, 6),
                entry_number=posted.number,
                cause="fixed",
            ),
        )


def freeze(books: Books) -> None:
    """Freeze a batch that pays ada's share and distribution on Ethereum, and approve it."""
    with books.write(actor="treasurer") as change:
        add_each(
            change,
            BankAccount(
                id="eth",
                kind="wallet",
                account=WALLET,
                purpose="payouts",
                chain="ethereum",
                address="0x1",
            ),
            *(
                Destination(
                    id=f"d:{commodity}",
                    payee="ada",
                    rail="safe",
                    chain="ethereum",
                    address="0xA11CE",
                    commodity=commodity,
                    holder=None,
                    requested_by="treasurer",
                    source="",
                )
                for commodity in ("USDT", "HBOT")
            ),
            Destination(
                id="d:wire",
                payee="ada",
                rail="wire",
                chain=None,
                address="DE89370400440532013000",
                commodity="USD",
                holder="Ada",
                requested_by="treasurer",
                source="",
            ),
            DestinationBank(destination="d:wire", bank_code="COBADEFF", country="DE"),
            User(name="carol", role="approver", party=None),
            UserKey(public_key=KEY, user_name="carol", enrolled_by="treasurer"),
        )
    with books.write(actor="dave") as change:
        change.add(
            UserKeyConfirmation(public_key=KEY, confirmed_by="dave"),
            BankAccountConfirmation(bank_account="eth", confirmed_by="dave"),
            TokenConfirmation(chain="ethereum", contract="", confirmed_by="dave"),
            *(
                DestinationConfirmation(
                    destination=f"d:{commodity}", confirmed_by="dave", confirmed_at=books.at
                )
                for commodity in ("USDT", "HBOT")
            ),
        )
    books.at += timedelta(days=8)
    with books.write(actor="treasurer") as change:
        add_each(
            change,
            PayoutBatch(
                id="2023-10-1",
                period=date(2023, 10, 1),
                maker="treasurer",
                plan_hash="p" * 64,
                content_hash="c" * 64,
                rail="safe",
                chain="ethereum",
                source_account="eth",
                nonce=7,
                checkers=1,
                frozen_at=books.at,
            ),
            ExecutionSlot(
                source_account="eth",
                nonce=7,
                attempt=1,
                batch="2023-10-1",
                part=1,
                previous_attempt=None,
            ),
            PayoutPart(
                batch="2023-10-1",
                part=1,
                first_line=1,
                last_line=2,
                transaction_hash="0x5afe",
            ),
            SafeSigners(batch="2023-10-1", threshold=2, owners="0x1 0x2 0x3"),
            PayoutPrice(batch="2023-10-1", commodity="USDT", rule="par", price=Decimal(1)),
            PayoutPriceSource(
                batch="2023-10-1",
                commodity="USDT",
                on=date(2023, 9, 30),
                source="policy",
                price=Decimal(1),
            ),
            *line(1, "USDT", "140.001402", share_of("ada")),
            *line(2, "HBOT", "1000.000000000000000001", "hbot-distribution:hbot.eth/0x1/ada"),
        )
    with books.write(actor="carol") as change:
        add_each(
            change,
            Approval(
                batch="2023-10-1",
                approver="carol",
                public_key=KEY,
                content_hash="c" * 64,
                signature="s",
            ),
            event(1, "approve", "approved", "carol"),
        )


def line(number: int, commodity: str, amount: str, obligation: str) -> list[Sealed]:
    return [
        PayoutLine(
            batch="2023-10-1",
            line=number,
            payee="ada",
            payee_name="Ada",
            destination=f"d:{commodity}",
            address="0xA11CE",
            commodity=commodity,
            amount=Decimal(amount),
            reference=f"2023-10-1#{number}",
        ),
        PayoutLineObligation(
            batch="2023-10-1", line=number, obligation=obligation, amount=Decimal(amount)
        ),
        ObligationClaim(
            obligation=obligation, attempt=1, batch="2023-10-1", line=number, previous_attempt=None
        ),
    ]


def event(number: int, action: str, after: str, actor: str) -> BatchEvent:
    return BatchEvent(
        batch="2023-10-1",
        number=number,
        action=action,
        state=after,
        actor=actor,
        reason="",
        files="{}" if action == "export" else None,
    )


def settle(books: Books) -> None:
    """Export the batch and settle its first line only."""
    with books.write(actor="treasurer") as change:
        change.add(event(2, "export", "exported", "treasurer"))
        change.add(
            PartProposal(
                batch="2023-10-1",
                part=1,
                transaction_hash="0x5afe",
                service="https://service.example",
                delegate="0xDE1E",
                proposed_by="treasurer",
            )
        )
        pay(
            change,
            1,
            "140.001402",
            "USDT",
            account=Chart.PAYABLE_MAINTAINER.value,
            document=share_of("ada"),
            transfer="0xfeed:1",
            on=date(2023, 11, 20),
        )


def settle_distribution(books: Books) -> None:
    """Settle the second line a day later, and with it the batch."""
    with books.write(actor="treasurer") as change:
        pay(
            change,
            2,
            "1000.000000000000000001",
            "HBOT",
            account=Chart.PAYABLE_DISTRIBUTION.value,
            document="hbot-distribution:hbot.eth/0x1/ada",
            transfer="0xbeef:2",
            on=date(2023, 11, 21),
        )
        change.add(event(3, "settle", "settled", "treasurer"))


def pay(
    change: Change,
    number: int,
    amount: str,
    commodity: str,
    *,
    account: str,
    document: str,
    transfer: str,
    on: date,
) -> None:
    quantity = Decimal(amount)
    told = f"2023-10-1#{number}"
    posted = post_one(
        change,
        entry(
            f"payout:{told}",
            on,
            [
                Posting(account, quantity, commodity, "ada", document),
                Posting(WALLET, -quantity, commodity, "ada", told),
            ],
        ),
    )
    add_each(
        change,
        BankLine(
            id=f"eth:{transfer}",
            bank_account="eth",
            external_id=transfer,
            on=on,
            commodity=commodity,
            amount=-quantity,
            counterparty="0xA11CE",
            memo="",
            evidence=EVIDENCE,
            evidence_row=number,
        ),
        Match(
            bank_line=f"eth:{transfer}",
            number=1,
            kind="payout",
            document=told,
            amount=-quantity,
            entry_number=posted.number,
            why="exact",
        ),
        LineSettlement(
            batch="2023-10-1",
            line=number,
            bank_line=f"eth:{transfer}",
            entry_number=posted.number,
        ),
    )
