"""Bounties: what is put up for building something, and by whom.

Law: an exchange puts up a bounty's whole amount unless its funders are named; their parts sum to
the amount. A part of the Foundation's own is no deposit: it is spent when the work is released.
"""

from collections.abc import Mapping
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger import parties
from ledger.errors import UnknownReference
from ledger.money import plain, total
from ledger.revenue.bounty_tables import Bounty, BountyFunder
from ledger.sealing import Change
from ledger.validation import bad_input, require_payable, require_same

DIVISIONS = {
    "HBOT": "bounty-division-hbot",
    "USD": "bounty-division-stablecoin",
    "USDC": "bounty-division-stablecoin",
    "USDT": "bounty-division-stablecoin",
}
"""The policy that divides a bounty, by its commodity; others have no rule."""

FOUNDATION = "foundation"
"""How the Foundation is named where a funder is."""

Funders = Mapping[str | None, Decimal]
"""What each puts up, by party; the Foundation is nothing."""


def add(
    change: Change,
    *,
    identity: str,
    title: str,
    exchange: str | None,
    commodity: str,
    amount: Decimal,
    developer: str | None = None,
    funders: Mapping[str, Decimal] | None = None,
    source: str = "",
) -> tuple[Bounty, bool]:
    """Add a bounty under its id; say whether it is new. Parties may be given by any alias.

    Args:
        change: the open change.
        identity: one word, by which a memo can name it.
        title: what is to be built.
        exchange: whose bounty it is; nothing where no exchange has a part in it.
        commodity: of the amount.
        amount: what is put up in all.
        developer: whom the agreement names, if any.
        funders: what each puts up, by name, `foundation` for us; without any, the exchange all.
        source: where the agreement stands.

    Raises:
        UnknownReference: a party or the commodity is not recorded.
        BadInput: the amount is not payable, no policy divides the commodity, nobody puts it up, or
            the funders' parts do not sum to it.
        ReferenceReused: the id is there with other content.
    """
    session = change.session
    require_payable(session, amount, commodity, f"bounty {identity}")
    _require_division(identity, commodity)
    parts = _parts(session, identity, commodity, funders or {})
    _require_whole(identity, exchange, amount, parts)
    wanted = Bounty(
        id=identity,
        title=title,
        exchange=parties.named(session, exchange, kind="exchange").id if exchange else None,
        commodity=commodity,
        amount=amount,
        developer=parties.named(session, developer, kind="payee").id if developer else None,
        source=source,
    )
    known = session.get(Bounty, identity)
    if known is not None:
        require_same("Bounty", known, wanted, without={"source"})
        return known, False
    change.add(wanted)
    change.add(
        *(
            BountyFunder(bounty=identity, number=number, party=party, amount=part)
            for number, (party, part) in enumerate(parts.items(), 1)
        )
    )
    return wanted, True


def named(session: Session, identity: str) -> Bounty:
    """Return a bounty by its id.

    Raises:
        UnknownReference: there is none.
    """
    found = session.get(Bounty, identity)
    if found is None:
        raise UnknownReference("bounty", identity, mend="feeshare bounty list")
    return found


def all_of(session: Session) -> list[Bounty]:
    """Return every bounty, by id."""
    return list(session.scalars(select(Bounty).order_by(Bounty.id)))


def funders_of(session: Session, bounty: Bounty) -> dict[str | None, Decimal]:
    """Return what each puts up of a bounty, by party; the Foundation's own part under nothing."""
    rows = session.scalars(
        select(BountyFunder).where(BountyFunder.bounty == bounty.id).order_by(BountyFunder.number)
    )
    named_ones = {row.party: row.amount for row in rows}
    return named_ones or {bounty.exchange: bounty.amount}


def own_part(session: Session, bounty: Bounty) -> Decimal:
    """Return what the Foundation itself puts up of a bounty."""
    return funders_of(session, bounty).get(None, Decimal(0))


def _require_division(identity: str, commodity: str) -> None:
    if commodity not in DIVISIONS:
        expected = f"one of {', '.join(DIVISIONS)}: no policy divides another commodity"
        raise bad_input(
            code="commodity_undivided",
            place=f"bounty {identity}",
            value=commodity,
            expected=expected,
        )


def _parts(
    session: Session, identity: str, commodity: str, funders: Mapping[str, Decimal]
) -> dict[str | None, Decimal]:
    """Return the funders by their party's id; nothing where the exchange puts up all of it."""
    parts: dict[str | None, Decimal] = {}
    for name, part in funders.items():
        require_payable(session, part, commodity, f"funders of bounty {identity}")
        party = None if name == FOUNDATION else parties.named(session, name).id
        parts[party] = total([parts.get(party, Decimal(0)), part])
    return parts


def _require_whole(
    identity: str, exchange: str | None, amount: Decimal, parts: Mapping[str | None, Decimal]
) -> None:
    put_up = total(parts.values())
    if (parts and put_up != amount) or (not parts and exchange is None):
        raise bad_input(
            code="funders_invalid",
            place=f"funders of bounty {identity}",
            value=plain(put_up) if parts else None,
            expected=f"an exchange, or parts that sum to {plain(amount)}, such as "
            f"{FOUNDATION}={plain(amount)}",
        )
