"""Bank accounts and their lines: bank, exchange account or wallet, it is all the same here.

A chain is a statement source; a final transfer and a line of a bank's file become the same row,
so that matching and settlement have one code path.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from ledger.accounts import add_wallet_account
from ledger.bank_tables import BankAccount, BankLine, Match, MatchDifference, MatchRelease
from ledger.errors import ReferenceReused, UnknownReference
from ledger.money import CONTEXT
from ledger.sealing import Change

IS_LIVE = ~exists().where(
    MatchRelease.bank_line == Match.bank_line, MatchRelease.number == Match.number
)
"""Of a match: it was not taken back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BankMovement:
    """One movement read from a file or a chain; positive came in."""

    bank_account: str
    external_id: str
    on: date
    commodity: str
    amount: Decimal
    counterparty: str
    memo: str
    row: int


def add_account(
    change: Change,
    identity: str,
    *,
    kind: str,
    purpose: str,
    chain: str | None = None,
    address: str | None = None,
    source: str = "",
) -> bool:
    """Add a bank account or wallet and its account in the chart; say whether it is new.

    Raises:
        ReferenceReused: the id is there with other facts, or the wallet under another id.
    """
    known = change.session.get(BankAccount, identity)
    if known is not None:
        if (known.kind, known.chain, known.address) != (kind, chain, address):
            raise ReferenceReused("Bank account", identity, f"{known.kind} {known.address or ''}")
        return False
    if kind == "wallet" and chain and address:
        twin = _wallet_at(change.session, chain, address)
        if twin is not None:
            raise ReferenceReused("Wallet", address, f"it is {twin.id} on {chain}")
    code = f"assets:{kind}:{identity.removeprefix(f'{kind}-')}"
    add_wallet_account(change, code, f"{purpose} ({kind})")
    change.add(
        BankAccount(
            id=identity,
            kind=kind,
            account=code,
            purpose=purpose,
            chain=chain,
            address=address,
            source=source,
        )
    )
    return True


def _wallet_at(session: Session, chain: str, address: str) -> BankAccount | None:
    """Return the wallet at an address, however its hexadecimal digits are written."""
    wallets = session.scalars(
        select(BankAccount).where(BankAccount.kind == "wallet", BankAccount.chain == chain)
    )
    if not address.startswith("0x"):
        return next((each for each in wallets if each.address == address), None)
    wanted = address.lower()
    return next((each for each in wallets if (each.address or "").lower() == wanted), None)


def account_named(session: Session, identity: str) -> BankAccount:
    """Return a bank account or wallet by its id.

    Raises:
        UnknownReference: there is none.
    """
    found = session.get(BankAccount, identity)
    if found is None:
        raise UnknownReference("bank account or wallet", identity, mend="feeshare wallet list")
    return found


def record(change: Change, movement: BankMovement, evidence: str) -> bool:
    """Record a movement once, under its bank account and external id; say whether it is new.

    Raises:
        ReferenceReused: the same id stands with another date, amount or commodity.
    """
    account_named(change.session, movement.bank_account)
    identity = f"{movement.bank_account}/{movement.external_id}"
    known = change.session.get(BankLine, identity)
    if known is not None:
        before = (known.on, known.amount, known.commodity)
        if before != (movement.on, movement.amount, movement.commodity):
            raise ReferenceReused(
                "Bank line", identity, f"{known.on} {known.amount} {known.commodity}"
            )
        return False
    change.add(
        BankLine(
            id=identity,
            bank_account=movement.bank_account,
            external_id=movement.external_id,
            on=movement.on,
            commodity=movement.commodity,
            amount=movement.amount,
            counterparty=movement.counterparty,
            memo=movement.memo,
            evidence=evidence,
            evidence_row=movement.row,
        )
    )
    return True


def open_lines(session: Session, *, until: date | None = None) -> list[tuple[BankLine, Decimal]]:
    """Return the bank lines not wholly matched with what is left of each, oldest first."""
    matched = (
        select(Match.bank_line, func.sum(Match.amount).label("amount"))
        .where(IS_LIVE)
        .group_by(Match.bank_line)
        .subquery()
    )
    left = BankLine.amount - func.coalesce(matched.c.amount, 0)
    rows = session.execute(
        select(BankLine, left)
        .outerjoin(matched, matched.c.bank_line == BankLine.id)
        .where(left != 0, *([BankLine.on <= until] if until else []))
        .order_by(BankLine.on, BankLine.id)
    )
    return [(line, amount) for line, amount in rows]


def left_of(session: Session, line: BankLine) -> Decimal:
    """Return what of a bank line is not matched, with its sign."""
    matched = session.scalar(
        select(func.sum(Match.amount)).where(Match.bank_line == line.id, IS_LIVE)
    )
    return CONTEXT.subtract(line.amount, matched or Decimal(0))


def match(
    change: Change,
    line: BankLine,
    *,
    kind: str,
    document: str,
    amount: Decimal,
    entry_number: int,
    why: str,
) -> Match:
    """Record what a bank line, or a part of it, is; `amount` has the line's sign.

    The database refuses matches beyond the line's amount.
    """
    made = Match(
        bank_line=line.id,
        number=next_number(change.session, line),
        kind=kind,
        document=document,
        amount=amount,
        entry_number=entry_number,
        why=why,
    )
    change.add(made)
    return made


def next_number(session: Session, line: BankLine) -> int:
    """Return the number that the next match of a bank line has."""
    last = session.scalar(select(func.max(Match.number)).where(Match.bank_line == line.id))
    return 1 + (last or 0)


def line_named(session: Session, identity: str) -> BankLine:
    """Return a bank line by its id.

    Raises:
        UnknownReference: there is none.
    """
    found = session.get(BankLine, identity)
    if found is None:
        raise UnknownReference("bank line", identity, mend="feeshare reconcile MONTH lists them")
    return found


def matches_of(session: Session, line: str) -> list[Match]:
    """Return the matches of a bank line that were not taken back, in order."""
    return list(
        session.scalars(
            select(Match).where(Match.bank_line == line, IS_LIVE).order_by(Match.number)
        )
    )


def differ(change: Change, made: Match, kind: str, amount: Decimal) -> MatchDifference:
    """Record why a match's document is settled by more, or by less, than its line brought."""
    difference = MatchDifference(
        bank_line=made.bank_line, number=made.number, kind=kind, amount=amount
    )
    change.add(difference)
    return difference


def live_matches(session: Session, document: str, *, until: date | None = None) -> list[Match]:
    """Return the matches of a document that were not taken back, in order.

    With `until`, those of bank lines of that day and before.
    """
    lines = [] if until is None else [BankLine.on <= until]
    return list(
        session.scalars(
            select(Match)
            .join(BankLine, BankLine.id == Match.bank_line)
            .where(Match.document == document, IS_LIVE, *lines)
            .order_by(Match.bank_line, Match.number)
        )
    )
