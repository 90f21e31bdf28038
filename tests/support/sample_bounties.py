"""Bounties in sample books: a row of every kind, a staged one with a stage released."""

from datetime import date
from decimal import Decimal

from ledger.accounts import Chart
from ledger.evidence import keep
from ledger.journal import post_one
from ledger.obligation_tables import Obligation
from ledger.revenue.bounty_tables import (
    Bounty,
    BountyAssignment,
    BountyChoice,
    BountyConversion,
    BountyFunder,
    BountyGate,
    BountyMember,
    BountyMove,
    BountyOverrun,
    BountyStage,
    BountyStageRelease,
    BountyTerms,
)
from ledger.sealing import Change
from support.sample_entries import add_each, entry, move

DAY = date(2023, 10, 6)
STAGED = "bounty:staged"
OVERRUN = f"bounty-overrun:{STAGED}:1"


def agree(change: Change) -> None:
    """Agree a bounty of our own in two stages, with two developers."""
    contract = keep(change, b"agreement", "agreement.pdf")
    add_each(
        change,
        Bounty(
            id=STAGED,
            title="=a tool",
            exchange=None,
            commodity="USDT",
            amount=Decimal(10),
            developer=None,
            source="",
        ),
        BountyFunder(bounty=STAGED, number=1, party=None, amount=Decimal(10)),
        BountyTerms(
            bounty=STAGED,
            number=1,
            signed_on=DAY,
            arrangement="escrow",
            document="agreement 1",
            document_sha256=contract,
            signed_by_funder="them",
            signed_by_us="us",
            upfront=Decimal(1),
            developer_share=Decimal("0.9"),
            foundation_share=Decimal("0.1"),
            reviewer_share=Decimal(0),
        ),
        *(
            BountyStage(
                bounty=STAGED,
                stage=number,
                title=title,
                amount=Decimal(5),
                gates=gates,
                wait_days=0,
            )
            for number, title, gates in ((1, "first", "delivered"), (2, "rest", ""))
        ),
        BountyAssignment(
            bounty=STAGED, role="developer", number=1, payee="ada", on=DAY, evidence="item 1"
        ),
        *(
            BountyMember(bounty=STAGED, role="developer", number=1, payee=payee, weight=weight)
            for payee, weight in (("ada", Decimal(2)), ("bob", Decimal(1)))
        ),
        BountyChoice(
            bounty=STAGED, payee="ada", number=1, commodity="HBOT", on=DAY, evidence="mail"
        ),
        BountyMove(bounty=STAGED, number=1, move="pledge", gate=None, on=DAY, evidence="a vote"),
        BountyGate(bounty=STAGED, gate="delivered", evidence="link", on=DAY),
    )


def release(change: Change) -> None:
    """Release the first stage: ada takes HBOT, and is owed an overrun."""
    expense, payable = Chart.EXPENSE_BOUNTY.value, Chart.PAYABLE_DEVELOPER.value
    posted = post_one(
        change,
        entry(
            "bounty-overrun",
            DAY,
            move(expense, payable, "1", "USDT", party="ada", document=OVERRUN),
        ),
    )
    add_each(
        change,
        Obligation(
            id=OVERRUN,
            kind="bounty-overrun",
            payee="ada",
            commodity="USDT",
            amount=Decimal(1),
            document=STAGED,
            period="2023-10",
            entry_number=posted.number,
            payable_account=payable,
        ),
        BountyOverrun(bounty=STAGED, number=1, obligation=OVERRUN, on=DAY, reason="more work"),
        BountyConversion(
            obligation=OVERRUN,
            commodity="HBOT",
            amount=Decimal(100),
            from_price=Decimal("0.01"),
            into_price=Decimal(1),
            first_day=DAY,
            last_day=DAY,
            prices="HBOT at 0.01 USD",
        ),
        BountyStageRelease(
            bounty=STAGED, stage=1, on=DAY, amount=Decimal(0), entry_number=posted.number
        ),
    )
