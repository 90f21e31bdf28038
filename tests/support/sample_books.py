"""Books with something of everything in them, posted by hand, for reports to be read from."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from hashlib import sha256

from sqlalchemy import insert

from ledger.accounts import Chart, add_wallet_account
from ledger.base import Sealed
from ledger.journal import JournalEntry, Posting, post_one
from ledger.revenue.tables import (
    Agreement,
    AgreementTerms,
    Statement,
    StatementAcceptance,
    TermsMaintainer,
)
from ledger.sealing import Change
from ledger.tables import (
    BankAccount,
    BankLine,
    Commodity,
    Evidence,
    Match,
    Obligation,
    ObligationDue,
    Party,
    User,
    UserKey,
    UserKeyConfirmation,
)
from payouts.distribution_tables import DistributionPart, Proposal
from payouts.tables import (
    Approval,
    BatchEvent,
    Destination,
    DestinationConfirmation,
    ExecutionSlot,
    LineSettlement,
    ObligationClaim,
    PayoutBatch,
    PayoutLine,
    PayoutLineObligation,
)
from support.books import Books

WALLET = "assets:wallet:ethereum"
BANK = "assets:bank:usd"
STATEMENT = "binance:spot:2023-10:1"
CONTENT = b"month,fee\n2023-10,1000.01\n"
EVIDENCE = sha256(CONTENT).hexdigest()
KEY = "ab" * 32
NASTY = '  20%3B; a | "b", [2023-01-01]\n\ttail 5 %  '
TINY = Decimal("0.000000000000000001")
MADE_AT = datetime(2023, 12, 1, 8, 30, tzinfo=UTC)


def entry(
    reference: str, on: date, postings: Sequence[Posting], narration: str = "by hand"
) -> JournalEntry:
    return JournalEntry(
        reference=reference,
        effective_date=on,
        kind="manual",
        narration=narration,
        postings=postings,
    )


def move(debit: str, credit: str, amount: str, commodity: str, **told: str) -> list[Posting]:
    quantity = Decimal(amount)
    return [
        Posting(debit, quantity, commodity, **told),
        Posting(credit, -quantity, commodity, **told),
    ]


def add_each(change: Change, *rows: Sealed) -> None:
    """Write rows in the order given, whatever they refer to."""
    for row in rows:
        change.add(row)


def open_books(books: Books) -> None:
    """Add parties, accounts and odd commodities."""
    with books.write() as change:
        add_each(
            change,
            Party(id="binance", kind="exchange", name="Binance"),
            Party(id="kucoin", kind="exchange", name="KuCoin"),
            Party(id="ada", kind="payee", name="Ada"),
            Party(id="bob", kind="payee", name="=Bob"),
            Commodity(code="USDC.e", name="Bridged; USDC", allocation_scale=6),
            Commodity(code="1INCH", name="1inch", allocation_scale=18),
        )
        add_wallet_account(change, WALLET, "Ethereum wallet")
        add_wallet_account(change, BANK, "Bank")


def post_months(books: Books) -> None:
    """Post three months in several commodities, with a conversion, odd text and a reversal."""
    opening = Chart.OPENING.value
    fees = Chart.EXPENSE_NETWORK_FEES.value
    with books.write() as change:
        for each in (
            entry(
                "open:1", date(2023, 9, 1), move(WALLET, opening, f"{10**19}", "HBOT"), "opening"
            ),
            entry("open:2", date(2023, 9, 30), move(WALLET, opening, str(TINY), "HBOT")),
            entry("open:3", date(2023, 9, 30), move(WALLET, opening, "2000.5", "USDC.e")),
            entry("open:4", date(2023, 9, 30), move(WALLET, opening, "1.5", "1INCH")),
            entry(
                "odd", date(2023, 10, 2), move(fees, WALLET, "0.25", "USDC.e", memo=NASTY), NASTY
            ),
            entry("fee:1", date(2023, 10, 3), move(fees, WALLET, "0.1", "HBOT", party="ada")),
            entry(
                "convert",
                date(2023, 10, 4),
                [
                    *move(Chart.CONVERSION.value, WALLET, "100", "USDC.e"),
                    *move(WALLET, Chart.CONVERSION.value, "99.123456", "USDT"),
                ],
            ),
            entry("late", date(2023, 11, 5), move(fees, WALLET, "0.3", "HBOT")),
        ):
            post_one(change, each)
    with books.write(actor="second treasurer") as change:
        post_one(change, entry("early", date(2023, 10, 1), move(fees, WALLET, "1", "HBOT")))


def state(books: Books) -> None:
    """Accept a statement of 1000.01 USDT, and accrue its pool of 200.01 to two payees."""
    with books.write() as change:
        change.add(
            Evidence(
                sha256=EVIDENCE,
                file_name="binance.csv",
                media_type="text/csv",
                size=len(CONTENT),
                content=CONTENT,
            )
        )
        add_each(
            change,
            Agreement(
                id="binance:spot", exchange="binance", stream="spot", commodity="USDT", source=""
            ),
            terms("binance:spot"),
            Agreement(
                id="kucoin:spot", exchange="kucoin", stream="spot", commodity="USDT", source=""
            ),
            terms("kucoin:spot"),
        )
        weigh(change, {"ada": "0.7", "bob": "0.3"})
        accept(change, "binance:spot", STATEMENT, "1000.01")
        accept(change, "kucoin:spot", "kucoin:spot:2023-10:1", "50")
        accrue(change)


def weigh(change: Change, weights: Mapping[str, str]) -> None:
    """Write the weights in one statement, at whose end the database sums them."""
    rows = [
        TermsMaintainer(
            agreement="binance:spot", terms_version=1, payee=payee, weight=Decimal(weight)
        )
        for payee, weight in weights.items()
    ]
    values = []
    for row in rows:
        row.change_no = change.number
        values.append({column.key: getattr(row, column.key) for column in row.__table__.columns})
    change.session.execute(insert(TermsMaintainer).values(values))
    change.rows.extend(rows)


def terms(agreement: str) -> AgreementTerms:
    return AgreementTerms(
        agreement=agreement,
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


def accept(change: Change, agreement: str, identity: str, amount: str) -> None:
    posted = post_one(
        change,
        entry(
            f"statement:{identity}",
            date(2023, 10, 31),
            move(
                Chart.RECEIVABLE_FEE_SHARE.value,
                Chart.INCOME_FEE_SHARE.value,
                amount,
                "USDT",
                party=agreement.partition(":")[0],
                document=identity,
            ),
        ),
    )
    add_each(
        change,
        Statement(
            id=identity,
            agreement=agreement,
            period="2023-10",
            version=1,
            evidence=EVIDENCE,
            mapping="m",
            mapping_version=1,
            commodity="USDT",
            fee_share=Decimal(amount),
            rate=None,
            row_count=1,
        ),
        StatementAcceptance(
            statement=identity,
            accepted_by=change.actor,
            terms_version=1,
            entry_number=posted.number,
        ),
    )


def accrue(change: Change) -> None:
    shares = (("ada", "0.7", "140.001402"), ("bob", "0.3", "60.000598"))
    posted = post_one(
        change,
        JournalEntry(
            reference=f"share:{STATEMENT}",
            effective_date=date(2023, 10, 31),
            kind="accrual",
            narration="Maintainers' share",
            evidence=EVIDENCE,
            postings=[
                posting
                for payee, _, amount in shares
                for posting in (
                    Posting(
                        Chart.EXPENSE_MAINTAINER_SHARE.value,
                        Decimal(amount),
                        "USDT",
                        payee,
                        STATEMENT,
                    ),
                    Posting(
                        Chart.ACCRUED_MAINTAINER_SHARE.value,
                        -Decimal(amount),
                        "USDT",
                        payee,
                        share_of(payee),
                    ),
                )
            ],
        ),
    )
    for rank, (payee, weight, amount) in enumerate(shares, start=1):
        change.add(
            Obligation(
                id=share_of(payee),
                kind="maintainer-share",
                payee=payee,
                commodity="USDT",
                amount=Decimal(amount),
                document=STATEMENT,
                period="2023-10",
                entry_number=posted.number,
                payable_account=Chart.PAYABLE_MAINTAINER.value,
                agreement="binance:spot",
                terms_version=1,
                base=Decimal("1000.01"),
                rate=Decimal("0.2"),
                pool=Decimal("200.002000"),
                weight=Decimal(weight),
                residue_rank=rank,
                explanation="20 % of 1000.01 USDT",
            )
        )


def share_of(payee: str) -> str:
    return f"share:{STATEMENT}:{payee}"


def make_due(books: Books) -> None:
    """Make ada's whole share and a part of bob's payable."""
    with books.write() as change:
        due(change, "ada", "140.001402", share_of("ada"))
        part = f"{share_of('bob')}/1"
        number = due(change, "bob", "20", part)
        change.add(
            Obligation(
                id=part,
                kind="maintainer-share",
                payee="bob",
                commodity="USDT",
                amount=Decimal(20),
                document=STATEMENT,
                period="2023-10",
                entry_number=number,
                payable_account=Chart.PAYABLE_MAINTAINER.value,
                split_from=share_of("bob"),
            )
        )
        change.add(due_row(share_of("ada"), number - 1), due_row(part, number))


def due(change: Change, payee: str, amount: str, document: str) -> int:
    accrued, payable = (
        Chart.ACCRUED_MAINTAINER_SHARE.value,
        Chart.PAYABLE_MAINTAINER.value,
    )
    return post_one(
        change,
        entry(
            f"due:{document}",
            date(2023, 11, 2),
            [
                Posting(accrued, Decimal(amount), "USDT", payee, share_of(payee)),
                Posting(payable, -Decimal(amount), "USDT", payee, document),
            ],
        ),
    ).number


def due_row(obligation: str, number: int) -> ObligationDue:
    return ObligationDue(
        obligation=obligation, due_on=date(2023, 11, 2), entry_number=number, cause="receipt"
    )


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
            User(name="carol", role="approver", party=None),
            UserKey(public_key=KEY, user_name="carol", enrolled_by="treasurer"),
        )
    with books.write(actor="dave") as change:
        change.add(
            UserKeyConfirmation(public_key=KEY, confirmed_by="dave"),
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


def fill(books: Books) -> None:
    """Do all of it."""
    for step in (open_books, post_months, state, make_due, authorise, freeze, settle):
        step(books)
