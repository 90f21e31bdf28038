"""Governance of sample books: a vote, a list of recipients, a mandate, and what was bought."""

from datetime import UTC, date, datetime
from decimal import Decimal

from ledger.accounts import Chart
from ledger.bank_tables import BankLine, Match
from ledger.conversions import Side
from ledger.journal import post_one
from payouts import purchases
from payouts.distribution_tables import ProposalRecipient
from payouts.purchase_tables import PurchaseMandate
from payouts.vote_tables import Vote, VoteChoice
from support.books import Books
from support.sample_entries import WALLET, add_each, entry, move
from support.sample_shares import EVIDENCE, STATEMENT

PROPOSAL = "hbot.eth/0x3"
RECEIVED = date(2023, 11, 7)


def vote(books: Books) -> None:
    """Tell a vote that lets half of a fee share be spent, its mandate; a list of recipients."""
    with books.write(actor="treasurer") as change:
        add_each(
            change,
            Vote(
                proposal=PROPOSAL,
                number=1,
                space="hbot.eth",
                hash="0x3",
                label="HGP-64",
                title="=Buy HBOT",
                kind="HGP",
                method="basic",
                state="closed",
                created_at=None,
                starts_at=datetime(2023, 10, 1, tzinfo=UTC),
                ends_at=datetime(2023, 10, 8, tzinfo=UTC),
                snapshot_block="18250000",
                circulating_supply=Decimal(1000),
                total_supply=None,
                supply_source="=a report",
                amount=None,
                commodity=None,
                link="https://snapshot.org/#/hbot.eth/proposal/0x3",
                author="0xADA",
                evidence=EVIDENCE,
            ),
            VoteChoice(
                proposal=PROPOSAL,
                number=1,
                place=1,
                choice="=For",
                counts_as="for",
                score=Decimal("100.000000000000000001"),
            ),
            ProposalRecipient(
                proposal="hbot.eth/0x2", payee="bob", amount=Decimal(7), source="=a list"
            ),
            PurchaseMandate(
                proposal=PROPOSAL,
                exchange="binance",
                fraction=Decimal("0.5"),
                spent="USDT",
                bought="HBOT",
                since=date(2023, 11, 1),
                until=None,
                source="=the proposal",
            ),
        )


def buy(books: Books) -> None:
    """Receive a part of a statement, and buy HBOT with less than half of it."""
    owed = Chart.RECEIVABLE_FEE_SHARE.value
    with books.write(actor="treasurer") as change:
        posted = post_one(
            change,
            entry(
                "receipt:line",
                RECEIVED,
                move(WALLET, owed, "30", "USDT", party="binance", document=STATEMENT),
            ),
        )
        add_each(
            change,
            _line("0xpaid:1", RECEIVED, "USDT", "30"),
            Match(
                bank_line="eth:0xpaid:1",
                number=1,
                kind="statement",
                document=STATEMENT,
                amount=Decimal(30),
                entry_number=posted.number,
                why="exact",
            ),
            _line("0xbuy:1", date(2023, 11, 8), "USDT", "-10.5"),
            _line("0xbuy:2", date(2023, 11, 8), "HBOT", "2500.000000000000000001"),
        )
    with books.write(actor="treasurer") as change:
        mandate = purchases.mandate_named(change.session, PROPOSAL)
        sides = (
            Side(line="eth:0xbuy:1", fee=Decimal("0.5")),
            Side(line="eth:0xbuy:2"),
        )
        purchases.record(change, "=buy:1", mandate, *sides, why="an order")


def _line(transfer: str, on: date, commodity: str, amount: str) -> BankLine:
    return BankLine(
        id=f"eth:{transfer}",
        bank_account="eth",
        external_id=transfer,
        on=on,
        commodity=commodity,
        amount=Decimal(amount),
        counterparty="",
        memo="",
        evidence=EVIDENCE,
        evidence_row=7,
    )
