"""Conversions: one of our holdings turned into another, through the account of their pair.

Law: what left and what came are two bank lines, each matched with an entry of its own day that
balances in its own commodity. No gain is booked: it is the pair's balance at closing prices.
"""

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger import bank, bank_entries
from ledger.accounts import Chart, add_conversion_account
from ledger.bank_tables import BankAccount, BankLine, Conversion
from ledger.errors import UnknownReference
from ledger.journal import Posting
from ledger.money import CONTEXT, plain
from ledger.sealing import Change
from ledger.validation import bad_input, require_evidence, require_same

KIND = "conversion"
NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One side as a person names it: a bank line, how much of it, the fee taken from it.

    Both are positive; without an amount it is what is left of the line. What was sold includes
    its fee, what was bought is what came after it.
    """

    line: str
    amount: Decimal | None = None
    fee: Decimal = NOTHING


def convert(
    change: Change, identity: str, sold: Side, bought: Side, *, why: str
) -> tuple[Conversion, bool]:
    """Record a conversion and match it with its two bank lines; say whether it is new.

    Raises:
        UnknownReference: there is no such bank line.
        BadInput: a line went the other way, both are of one commodity, an amount is more than is
            left of its line, or a fee is none of it; or no reason is given.
        ReferenceReused: the id is there with other content.
    """
    session = change.session
    require_evidence(why, f"conversion {identity}")
    if not identity.strip():
        raise bad_input(code="id_invalid", place="conversion", expected="an id of its own")
    out, into = _line(session, sold.line), _line(session, bought.line)
    place = f"conversion {identity}"
    if not out.amount < 0 < into.amount:
        raise bad_input(
            code="match_invalid",
            place=place,
            value=f"{plain(out.amount)} and {plain(into.amount)}",
            expected="a line that left, then one that came in",
        )
    if out.commodity == into.commodity:
        raise bad_input(
            code="currency_mismatch",
            place=place,
            value=out.commodity,
            expected="two commodities; between our own accounts is assets:in-transit",
        )
    known = session.get(Conversion, identity)
    wanted = Conversion(
        id=identity,
        account=add_conversion_account(change, out.commodity, into.commodity),
        sold_line=out.id,
        sold=_amount(session, out, sold, known.sold if known else None),
        sold_fee=sold.fee,
        bought_line=into.id,
        bought=_amount(session, into, bought, known.bought if known else None),
        bought_fee=bought.fee,
        why=why,
    )
    if known is not None:
        require_same("Conversion", known, wanted, without={"account", "why"})
        return known, False
    _book(change, wanted, out, CONTEXT.minus(wanted.sold), wanted.sold_fee)
    _book(change, wanted, into, wanted.bought, wanted.bought_fee)
    change.add(wanted)
    return wanted, True


def all_of(session: Session) -> list[tuple[Conversion, BankLine, BankLine]]:
    """Return every conversion with its two lines, by the day it was sold and its id."""
    lines = {
        row.id: row
        for row in session.scalars(
            select(BankLine).where(
                BankLine.id.in_(
                    select(Conversion.sold_line).union_all(select(Conversion.bought_line))
                )
            )
        )
    }
    found = [
        (each, lines[each.sold_line], lines[each.bought_line])
        for each in session.scalars(select(Conversion))
    ]
    return sorted(found, key=lambda row: (row[1].on, row[0].id))


def _line(session: Session, identity: str) -> BankLine:
    found = session.get(BankLine, identity)
    if found is None:
        raise UnknownReference("bank line", identity, mend="feeshare reconcile MONTH lists them")
    return found


def _amount(session: Session, line: BankLine, side: Side, known: Decimal | None) -> Decimal:
    """Return how much of a line is converted, positive."""
    if known is not None:
        return known if side.amount is None else side.amount
    left = bank.left_of(session, line).copy_abs()
    amount = left if side.amount is None else side.amount
    if not 0 < amount <= left:
        raise bad_input(
            code="match_invalid",
            place=line.id,
            value=plain(amount),
            expected=f"an amount above 0, up to what is left, {plain(left)} {line.commodity}",
        )
    if side.fee < 0 or (line.amount < 0 and side.fee >= amount):
        raise bad_input(
            code="amount_invalid",
            place=f"fee of {line.id}",
            value=plain(side.fee),
            expected="a part of what left, or 0",
        )
    return amount


def _book(
    change: Change, wanted: Conversion, line: BankLine, amount: Decimal, fee: Decimal
) -> None:
    account = bank.account_named(change.session, line.bank_account)
    paired = CONTEXT.minus(CONTEXT.add(amount, fee))
    side = "sold" if amount < 0 else "bought"
    postings = [
        Posting(account.account, amount, line.commodity, None, wanted.id, line.id),
        Posting(wanted.account, paired, line.commodity, None, wanted.id, line.id),
    ]
    if fee:
        postings.append(
            Posting(_fee_account(account), fee, line.commodity, None, wanted.id, line.id)
        )
    bank_entries.book(
        change,
        line,
        kind=KIND,
        reference=f"conversion:{wanted.id}:{side}",
        document=wanted.id,
        narration=f"{side} in conversion {wanted.id}: {wanted.why}",
        why=wanted.why,
        amount=amount,
        postings=postings,
    )


def _fee_account(account: BankAccount) -> str:
    """Return where a fee is booked: a chain's is a network fee, all others' are bank fees."""
    return Chart.EXPENSE_NETWORK_FEES if account.kind == "wallet" else Chart.EXPENSE_BANK_FEES
