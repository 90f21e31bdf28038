"""Deposits of bounties: bank lines that are held for who put a bounty up.

Law: a deposit is held for its funder until it is released or refunded, once, never both; too
little or too much is booked as it came.
"""

from decimal import Decimal

from ledger import parties
from ledger.accounts import Chart
from ledger.bank_tables import BankLine, Match
from ledger.errors import NeedsReview
from ledger.receipts import ReceiptFor, receive, received_from
from ledger.revenue.bounty_held import DEPOSIT, awaited
from ledger.revenue.bounty_standing import require_move
from ledger.revenue.bounty_states import Move
from ledger.revenue.bounty_tables import Bounty
from ledger.sealing import Change
from ledger.validation import bad_input


def receive_deposit(
    change: Change,
    bounty: Bounty,
    line: BankLine,
    amount: Decimal,
    *,
    why: str,
    funder: str | None = None,
) -> tuple[Match, bool]:
    """Book a bank line, or a part of it, as a bounty's deposit; say whether that is new.

    Too little or too much is booked as it came; `bounty_held.deposit_state` tells.

    Args:
        change: the open change.
        bounty: what it is for.
        line: the bank line.
        amount: how much of it.
        why: how it was found to be for this bounty.
        funder: who sent it, where several put the bounty up.

    Raises:
        CommodityDiffers: it is in another commodity than was promised.
        BadInput: nobody or another one than the named puts the bounty up.
        NeedsReview: several put it up, and who sent it is not said.
        BountyEnded: the bounty was released or refunded.
        MoveRefused: the bounty was cancelled, or is paid by its exchange itself.
        ReferenceReused: another amount of the line is this bounty's deposit already.
    """
    document = ReceiptFor(
        kind=DEPOSIT,
        document=bounty.id,
        account=Chart.BOUNTY_DEPOSITS,
        party=_funder(change, bounty, funder),
        commodity=bounty.commodity,
        narration=f"deposit for bounty {bounty.id}",
    )
    earlier = received_from(change.session, document, line, amount)
    if earlier is not None:
        return earlier, False
    require_move(change.session, bounty, Move.DEPOSIT)
    return receive(change, document, line, amount, why=why), True


def _funder(change: Change, bounty: Bounty, name: str | None) -> str:
    """Return the party whose deposit it is."""
    expected = awaited(change.session, bounty)
    wanted = parties.named(change.session, name).id if name else None
    if not expected or (wanted is not None and wanted not in expected):
        raise bad_input(
            code="funder_unknown",
            place=f"deposit for bounty {bounty.id}",
            value=name,
            expected=f"from {' or '.join(expected)}" if expected else "none: it is our own money",
        )
    if wanted is not None:
        return wanted
    if len(expected) > 1:
        raise NeedsReview(
            f"Bounty {bounty.id!r} is put up by {', '.join(expected)}; whose deposit is it?",
            mend=f"feeshare match LINE {bounty.id} --funder {next(iter(expected))}",
        )
    return next(iter(expected))
