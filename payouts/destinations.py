"""Destinations: where payees are paid, each asked for by one person and confirmed by another.

Law: of a payee's destinations on a rail the newest confirmed one is live, and no other; it is
payable once its hold is over. A destination is never edited: another address is another one.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger import parties, users
from ledger.bank_tables import BankAccount, Token
from ledger.commodities import scales
from ledger.errors import BadInput, Conflict, Problem, UnknownReference
from ledger.people_tables import User
from ledger.sealing import Change
from ledger.users import SelfConfirmation, require_second_person
from payouts import (
    destination_findings,
    destination_proofs,
    destination_risks,
    payee_notices,
)
from payouts.destination_addresses import NO_MEMO, address_problems, memo_problems
from payouts.destination_tables import DestinationDeposit, DestinationVoucher
from payouts.errors import AddressFrozen
from payouts.rails.registry import rail_named
from payouts.rails.wire import NAME_LENGTH, bank_text_problems
from payouts.tables import Destination, DestinationConfirmation

WIRE = "wire"
SOLANA = "solana"
"""The rail's name and its chain's."""

CURRENCY_DECIMALS_MAX = 3
"""Banks carry currencies, of which none in use has finer minor units (ISO 4217)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Requested:
    """A destination as it is kept, and whether this call changed anything."""

    id: str
    payee: str
    address: str
    new: bool


@dataclass(frozen=True, slots=True)
class Live:
    """A confirmed destination and the moment its hold began."""

    destination: Destination
    confirmed_at: datetime

    def payable_from(self, hold_days: int) -> date:
        """Return the first day on which it may be paid."""
        return (self.confirmed_at.astimezone(UTC) + timedelta(days=hold_days)).date()


def request(
    change: Change,
    payee: str,
    rail: str,
    address: str,
    *,
    chain: str | None = None,
    commodity: str | None = None,
    holder: str | None = None,
    source: str = "",
    exchange: str | None = None,
    memo: str | None = None,
) -> Requested:
    """Ask for a payee to be paid at an address; the same as the newest asked for is that one.

    Args:
        change: the open change.
        payee: the party's id, name or alias.
        rail: `safe`, `solana` or `wire`.
        address: an address on the chain, or an account at a bank.
        chain: the chain by the token registry's name; blank for wires.
        commodity: what is paid there; blank for whatever the rail carries.
        holder: the account holder as the bank prints it; wires only.
        source: where the payee said so.
        exchange: the exchange whose deposit address it is; blank for the payee's own.
        memo: what the exchange tells its customers apart by; `none` if it says it needs none.

    Raises:
        UnknownReference: there is no such party, rail or commodity.
        BadInput: everything that is wrong with the destination.
    """
    session = change.session
    users.refuse_roles(session, change.actor, "ask for an address", {users.AUDITOR})
    party = parties.named(session, payee, kind="payee")
    clean = _bare(rail, address)
    problems = _problems(session, rail, address, chain=chain, commodity=commodity, holder=holder)
    problems += address_problems(session, clean)
    problems += memo_problems(rail, exchange, memo)
    problems += destination_risks.risk_problems(session, party.id, clean)
    if problems:
        raise BadInput(problems)
    earlier = session.scalars(
        select(Destination)
        .where(
            Destination.payee == party.id,
            Destination.rail == rail,
            Destination.commodity.is_not_distinct_from(commodity),
        )
        .order_by(Destination.change_no.desc(), Destination.id.desc())
        .limit(1)
    ).one_or_none()
    asked = (chain, clean, holder, exchange, None if memo == NO_MEMO else memo)
    if earlier and _asked_for(session, earlier) == asked:
        return _requested(earlier, new=False)
    number = 1 + (
        session.scalar(
            select(func.count()).where(Destination.payee == party.id, Destination.rail == rail)
        )
        or 0
    )
    made = Destination(
        id=f"{party.id}:{rail}:{number}",
        payee=party.id,
        rail=rail,
        chain=chain,
        address=clean,
        commodity=commodity,
        holder=holder,
        requested_by=change.actor,
        source=source,
    )
    change.add(made)
    if exchange is not None:
        kept = None if memo == NO_MEMO else memo
        change.add(DestinationDeposit(destination=made.id, exchange=exchange, memo=kept))
    payee_notices.tell(change, made, payee_notices.REQUEST)
    return _requested(made, new=True)


def confirm(change: Change, identity: str) -> Requested:
    """Confirm a destination as another person than asked for it and than is paid there.

    Raises:
        UnknownReference: there is none of this id.
        SelfConfirmation: whoever asked for it, or is paid there, tries.
        Denied: the actor's role only reads.
        AddressFrozen: its address is frozen.
        RecipientContract: it was found to be a contract.
        ProofMissing: the payee has to sign for it, and did not.
        Conflict: somebody else confirmed it already.
    """
    session = change.session
    destination = named(session, identity)
    known = session.get(DestinationConfirmation, identity)
    if known is not None:
        if known.confirmed_by != change.actor:
            raise Conflict(f"{known.confirmed_by} confirmed destination {identity} already.")
        return _requested(destination, new=False)
    require_second_person(session, change.actor, destination.requested_by, f"asked for {identity}")
    user = session.get(User, change.actor)
    if user is not None and user.party == destination.payee:
        raise SelfConfirmation(change.actor, f"is paid at {identity}")
    if destination_risks.is_frozen(session, destination.address):
        raise AddressFrozen(identity, destination.address)
    destination_findings.require_payable(session, destination)
    destination_proofs.require_proof(change, destination)
    change.add(
        DestinationConfirmation(
            destination=identity, confirmed_by=change.actor, confirmed_at=change.at
        )
    )
    payee_notices.tell(change, destination, payee_notices.CONFIRMATION)
    return _requested(destination, new=True)


def named(session: Session, identity: str) -> Destination:
    """Return a destination by its id.

    Raises:
        UnknownReference: there is none.
    """
    found = session.get(Destination, identity)
    if found is None:
        raise UnknownReference(
            "destination", identity, mend="See: feeshare payee destination list"
        )
    return found


def live_of(session: Session, payees: Collection[str]) -> dict[str, list[Live]]:
    """Return each payee's live destinations, newest confirmed first.

    There is one a rail, and one more for each commodity that has its own there.
    """
    rows = session.execute(
        select(Destination, DestinationConfirmation.confirmed_at)
        .join(DestinationConfirmation, DestinationConfirmation.destination == Destination.id)
        .where(Destination.payee == func.any(list(payees)))
        .order_by(DestinationConfirmation.change_no.desc(), Destination.id.desc())
    )
    found: dict[str, list[Live]] = {}
    taken = set()
    for destination, confirmed_at in rows:
        place = (destination.payee, destination.rail, destination.commodity)
        if place not in taken:
            taken.add(place)
            found.setdefault(destination.payee, []).append(Live(destination, confirmed_at))
    return found


def choose(
    live: Collection[Live], commodity: str, tokens: Collection[tuple[str, str]], *, bankable: bool
) -> Live | None:
    """Return where a commodity is paid: a destination of its own before one for all.

    Args:
        live: a payee's live destinations, newest confirmed first.
        commodity: what is to be paid.
        tokens: the (chain, commodity) pairs of the token registry.
        bankable: whether a bank carries the commodity.
    """

    def carries(destination: Destination) -> bool:
        if destination.chain is None:
            return bankable
        return (destination.chain, commodity) in tokens

    own = [it for it in live if it.destination.commodity == commodity]
    for_all = [it for it in live if it.destination.commodity is None]
    return next((it for it in (*own, *for_all) if carries(it.destination)), None)


def set_by(session: Session, destinations: Collection[str], actor: str) -> str | None:
    """Return the first of destinations that a person asked for, vouched for or confirmed."""
    return session.scalars(
        select(Destination.id)
        .outerjoin(DestinationConfirmation)
        .outerjoin(DestinationVoucher)
        .where(
            Destination.id.in_(destinations),
            (Destination.requested_by == actor)
            | (DestinationConfirmation.confirmed_by == actor)
            | (DestinationVoucher.vouched_by == actor),
        )
        .order_by(Destination.id)
    ).first()


def is_bankable(scale: int) -> bool:
    """Return whether a bank carries what is counted in so many decimals."""
    return scale <= CURRENCY_DECIMALS_MAX


def _asked_for(session: Session, earlier: Destination) -> tuple[str | None, ...]:
    """Return what tells a request from another one for the same payee, rail and commodity."""
    deposit = session.get(DestinationDeposit, earlier.id)
    return (
        *(earlier.chain, earlier.address, earlier.holder),
        *((deposit.exchange, deposit.memo) if deposit else (None, None)),
    )


def _requested(destination: Destination, *, new: bool) -> Requested:
    return Requested(
        id=destination.id, payee=destination.payee, address=destination.address, new=new
    )


def _is_on(rail: str, chain: str | None, chain_id: int | None) -> bool:
    """Return whether a rail pays on a chain; wires know none."""
    if rail == WIRE:
        return chain is None
    return chain == SOLANA if rail == SOLANA else chain_id is not None


def _bare(rail: str, address: str) -> str:
    """Return the one spelling under which an address is kept and compared with bank lines."""
    return address.replace(" ", "") if rail == WIRE else address.rpartition(":")[2]


def _problems(
    session: Session,
    rail: str,
    address: str,
    *,
    chain: str | None,
    commodity: str | None,
    holder: str | None,
) -> list[Problem]:
    found = rail_named(rail)
    tokens = session.scalars(select(Token).where(Token.chain == chain)).all() if chain else []
    chain_id = next((token.chain_id for token in tokens), None)
    problems = found.check_destination(address, chain_id=chain_id)
    if rail == SOLANA and any(token.contract == address for token in tokens):
        expected = "a payee's wallet, not a mint"
        problems.append(
            Problem(code="address_forbidden", column="address", value=address, expected=expected)
        )
    if not _is_on(rail, chain, chain_id):
        expected = "no chain for wires, solana for solana, an EVM chain of the registry for safe"
        problems.append(
            Problem(code="chain_mismatch", column="chain", value=chain, expected=expected)
        )
    if rail == WIRE:
        problems += bank_text_problems("holder", holder or "", NAME_LENGTH)
    if commodity is not None:
        known = scales(session)
        if commodity not in known:
            raise UnknownReference("commodity", commodity)
        carried = {token.commodity for token in tokens}
        if commodity not in carried and not (rail == WIRE and is_bankable(known[commodity])):
            expected = f"a commodity that {rail} carries{f' on {chain}' if chain else ''}"
            problems.append(
                Problem(
                    code="asset_unsupported",
                    column="commodity",
                    value=commodity,
                    expected=expected,
                )
            )
    ours = session.scalars(
        select(BankAccount.id).where(
            func.lower(BankAccount.address) == _bare(rail, address).lower()
        )
    ).first()
    if ours is not None:
        problems.append(
            Problem(
                code="address_forbidden",
                column="address",
                value=address,
                expected=f"a payee's address, not our own {ours}",
            )
        )
    return problems
