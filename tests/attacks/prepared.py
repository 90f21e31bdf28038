"""The books that are attacked: something of everything, and rows that stand on entries."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from hashlib import sha256

from sqlalchemy.engine import URL

from attacks.on_bounties import attacked
from attacks.on_chains import WATCHED
from attacks.steps import FEES, KEY, OPENING, PAYABLE
from chains import watches
from chains.addresses import on_chain
from chains.tables import ChainCoverage, ChainTransfer
from feeshare.database import writing
from ledger import bank, confirmations, evidence, parties, periods, policies, users
from ledger.accounts import add_wallet_account
from ledger.bank_tables import BankAccount, Match
from ledger.base import Sealed
from ledger.journal import JournalEntry, Posting, post, post_one, reverse
from ledger.obligation_tables import Obligation
from ledger.requests import Request
from ledger.revenue.bounty_tables import Bounty, BountyEnd, Renewal, RenewalEarning, RenewalEnd
from ledger.revenue.staging_tables import PersonalFile, RowAside, StatementWarning
from ledger.revenue.tables import Agreement, AgreementTerms, StatementAcceptance
from ledger.sealing import Change
from payouts import settlement
from payouts.distribution_tables import DistributionPart, Proposal
from support.books import Books
from support.databases import fresh_database, service_engine
from support.payouts import (
    ALICE,
    BOB,
    SAFE,
    USDC_CONTRACT,
    approve,
    cancel,
    export,
    freeze,
    furnish,
    left_the_wallet,
    owe,
    usual_debts,
)
from support.sample_entries import add_each
from support.solana_pinned import solana_freeze, solana_furnish
from support.staged import statement_of

DAY = date(2023, 10, 5)
RENEWALS = ("renewal:paid", "renewal:earned", "renewal:ended", "renewal:plain")


@contextmanager
def prepared_books(template: URL) -> Iterator[Books]:
    """Give books of their own, prepared to be attacked."""
    with fresh_database(template) as owner:
        books = Books(owner=owner, engine=service_engine(owner))
        prepare(books)
        yield books
        books.engine.dispose()


def prepare(books: Books) -> None:
    furnish(books)
    solana_furnish(books)
    _fill(books)
    _pay(books)
    with books.write() as change:
        _revenue(change)
        _watch(change)
    solana_freeze(books)


def _alias(change: Change) -> None:
    """Add the treasury's wallet under another name, past what refuses that."""
    code = "assets:wallet:alias"
    add_wallet_account(change, code, "alias")
    change.add(
        BankAccount(
            id="alias",
            kind="wallet",
            account=code,
            purpose="test",
            chain="ethereum",
            address=SAFE.upper(),
        )
    )


def _fill(books: Books) -> None:
    """Post entries, keep a bank line, owe in parts, close a month."""
    with books.write() as change:
        parties.add(change, name="Payee", kind="payee")
        post(change, [_fee("fee:0", date(2023, 1, 5), "2"), _fee("fee:1")])
        reverse(change, 2, reason="wrong", on=date(2023, 10, 6))
        _alias(change)
    with writing(
        books.engine, actor="maker", reason="r", at=books.at, request=Request("once", "0" * 64)
    ) as change:
        policies.propose(
            change, "renewal-price", "1", effective_from=date(2023, 10, 1), reason="r"
        )
        users.enrol_key(change, "alice", KEY)
        bank.add_account(change, "main", kind="exchange", purpose="test")
        proof = evidence.keep(change, b"content", "file.csv")
        movement = bank.BankMovement(
            bank_account="main",
            external_id="1",
            on=DAY,
            commodity="USDT",
            amount=Decimal(100),
            counterparty="c",
            memo="m",
            row=1,
        )
        bank.record(change, movement, proof)
    with books.write("maker") as change:
        confirmations.confirm_account(change, "alias")
        change.add(_match(1, "60", "d", 1))
        change.add(_obligation("o1", "d", 1))
    with books.write("treasurer") as change:
        periods.close(change, date(2023, 1, 1), reason="done")


def _watch(change: Change) -> None:
    """Watch a wallet from block 100 on, read to 201, with transfers of each kind."""
    at = datetime(2023, 10, 6, 9, tzinfo=UTC)
    bank.add_account(
        change,
        "watched",
        kind="wallet",
        purpose="test",
        chain="ethereum",
        address=on_chain(WATCHED),
    )
    chain, wallet = watches.wallet_to_watch(change.session, "watched", None)
    watches.add(change, chain, wallet, first_block=100, since=DAY, openings={})
    stranger, foreign = "0x" + "cc" * 20, "0x" + "dd" * 20
    for number, (token, sender, doubt, block) in enumerate(
        [
            (USDC_CONTRACT, stranger, "", 150),
            (USDC_CONTRACT, stranger, "handed over", 150),
            (USDC_CONTRACT, WATCHED, "", 150),
            (foreign, stranger, "", 150),
            (USDC_CONTRACT, stranger, "", 99),
        ]
    ):
        change.session.add(
            ChainTransfer(
                chain="ethereum",
                transaction="0x1",
                part=f"log:{number}",
                block_hash="0xb",
                block=block,
                at=at,
                contract=on_chain(token),
                sender=sender,
                recipient=WATCHED,
                units=Decimal(5_000_000),
                doubt=doubt,
                seen_at=at,
            )
        )
    for first, last in ((100, 200), (201, 201)):
        change.session.add(
            ChainCoverage(
                bank_account="watched",
                first_block=first,
                last_block=last,
                last_hash="",
                again=False,
                providers="",
                digest="",
                recorded_at=at,
            )
        )
        change.session.flush()


def _pay(books: Books) -> None:
    """Cancel a batch, settle another, freeze a third; leave an obligation that is due."""
    usual_debts(books)
    cancel(books, freeze(books, nonce=6))
    paid = freeze(books)
    approve(books, paid, "carol")
    export(books, paid)
    left_the_wallet(books, [("0x1", "120.5", ALICE, ""), ("0x2", "300", BOB, "")])
    with books.write() as change:
        settled = settlement.settle(change, paid.id)
    assert not settled.missing
    with books.write() as change:
        owe(change, "share:a3", "alice", "10")
    freeze(books, nonce=8)
    with books.write() as change:
        owe(change, "share:b2", "bob", "50")


def _revenue(change: Change) -> None:
    """Post an entry for each kind of row that stands on one."""
    made = {
        name: post_one(change, _fee(name)).number
        for name in (
            *("statement:received", "statement:shared", "share:1", "bounty:1", "distribution:1"),
            *("renewal:paid", "renewal:earned", "earning:1", "renewal:ended", "end:1"),
            "renewal:plain",
        )
    }
    add_each(change, *_statements(made))
    change.session.add(
        PersonalFile(evidence=sha256(b"content").hexdigest(), file_name="f", content=b"u1")
    )
    change.add(
        _obligation("s1", "st-2", made["share:1"]),
        _match(8, "1", "st-1", 1),
        _match(9, "1", "renewal-1", 1),
    )
    rows: tuple[Sealed, ...] = (
        Bounty(
            id="bounty-1",
            title="",
            exchange="payee",
            commodity="USDT",
            amount=Decimal(1),
            developer=None,
            source="",
        ),
        BountyEnd(
            bounty="bounty-1",
            kind="refunded",
            on=DAY,
            reason="",
            amount=Decimal(1),
            entry_number=made["bounty:1"],
        ),
        Proposal(
            id="hbot/0x1",
            space="hbot",
            hash="0x1",
            label="",
            title="",
            passed_on=DAY,
            commodity="USDT",
            amount=Decimal(5),
            source="",
        ),
        DistributionPart(
            id="part-1",
            proposal="hbot/0x1",
            payee="payee",
            tranche="",
            amount=Decimal(1),
            on=DAY,
            entry_number=made["distribution:1"],
        ),
        *(
            Renewal(
                id=f"renewal-{at}",
                exchange="payee",
                connector="",
                year_from=DAY,
                amount=Decimal(12),
                commodity="USDT",
                source="",
                entry_number=made[name],
            )
            for at, name in enumerate(RENEWALS, start=1)
        ),
        RenewalEarning(
            renewal="renewal-2",
            period="2023-10",
            amount=Decimal(1),
            entry_number=made["earning:1"],
        ),
        RenewalEnd(
            renewal="renewal-3",
            kind="cancelled",
            on=DAY,
            evidence="e",
            relieved=Decimal(12),
            refunded=Decimal(0),
            entry_number=made["end:1"],
        ),
    )
    add_each(change, *rows, *attacked())


def _statements(made: dict[str, int]) -> Iterator[Sealed]:
    yield Agreement(id="a1", exchange="payee", stream="s", commodity="USDT", source="")
    yield AgreementTerms(
        agreement="a1",
        version=1,
        effective_from=date(2023, 1, 1),
        effective_to=None,
        kind="variable",
        rate_low=Decimal("0.3"),
        rate_high=Decimal("0.3"),
        fixed_amount=None,
        maintainer_rate=None,
        source="",
    )
    for version, name in enumerate(("statement:received", "statement:shared", ""), start=1):
        yield from statement_of(
            f"st-{version}",
            "a1",
            evidence=sha256(b"content").hexdigest(),
            amount=Decimal(1),
            version=version,
        )
        if name:
            yield StatementAcceptance(
                statement=f"st-{version}",
                accepted_by="treasurer",
                terms_version=1,
                entry_number=made[name],
            )
    yield from _held_up()


def _held_up() -> Iterator[Sealed]:
    """Yield a statement with a row in quarantine, a warning, and a total of its file."""
    statement, line, reading = statement_of(
        "st-held",
        "a1",
        evidence=sha256(b"content").hexdigest(),
        amount=Decimal(1),
        period="2023-09",
    )
    reading.rows_in, reading.rows_quarantined, reading.control_total = 2, 1, Decimal(3)
    aside = RowAside(
        statement=statement.id, row=3, state="quarantined", codes="c", told="t", cells="[]"
    )
    warning = StatementWarning(statement=statement.id, number=1, code="c", told="t")
    yield from (statement, line, reading, aside, warning)


def _match(number: int, amount: str, document: str, entry_number: int) -> Match:
    return Match(
        bank_line="main/1",
        number=number,
        kind="k",
        document=document,
        amount=Decimal(amount),
        entry_number=entry_number,
        why="w",
    )


def _obligation(identity: str, document: str, entry_number: int) -> Obligation:
    return Obligation(
        id=identity,
        kind="k",
        payee="payee",
        commodity="USDT",
        amount=Decimal(100),
        document=document,
        period="2023-10",
        entry_number=entry_number,
        payable_account=PAYABLE,
    )


def _fee(reference: str, on: date = DAY, amount: str = "12.5") -> JournalEntry:
    return JournalEntry(
        reference=reference,
        effective_date=on,
        kind="manual",
        narration="fee",
        postings=[
            Posting(FEES, Decimal(amount), "USDT"),
            Posting(OPENING, -Decimal(amount), "USDT"),
        ],
    )
