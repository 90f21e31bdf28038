"""Shares of sample books: two statements, one of them accrued to two payees, and what is due."""

from datetime import date
from decimal import Decimal
from hashlib import sha256

from ledger.accounts import Chart
from ledger.journal import JournalEntry, Posting, post_one
from ledger.obligation_tables import Obligation, ObligationDue
from ledger.revenue.tables import (
    Agreement,
    AgreementTerms,
    StatementAcceptance,
    TermsMaintainer,
)
from ledger.sealing import Change
from ledger.tables import Evidence
from support.books import Books
from support.sample_entries import add_each, entry, move
from support.staged import statement_of

STATEMENT = "binance:spot:2023-10:1"
RESTATED = "binance:spot:2023-10:2"
CONTENT = b"month,fee\n2023-10,1000.01\n"
EVIDENCE = sha256(CONTENT).hexdigest()


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
        change.add(
            *(
                TermsMaintainer(
                    agreement="binance:spot", terms_version=1, payee=payee, weight=Decimal(weight)
                )
                for payee, weight in (("ada", "0.7"), ("bob", "0.3"))
            )
        )
        accept(change, "binance:spot", STATEMENT, "1000.01")
        accept(change, "kucoin:spot", "kucoin:spot:2023-10:1", "50")
        accrue(change)
        # Sent again with another figure, and not reviewed yet.
        add_each(
            change,
            *statement_of(
                RESTATED, "binance:spot", evidence=EVIDENCE, amount=Decimal(1200), version=2
            ),
        )


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
        *statement_of(identity, agreement, evidence=EVIDENCE, amount=Decimal(amount)),
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
