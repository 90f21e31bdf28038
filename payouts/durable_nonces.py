"""Durable nonces: nonce accounts of our wallets, and which batch a value of one is pinned to.

Law: a part has a nonce account of its own, as the next value of one is known only after the first
has run. A value is pinned by one live batch; keys in the database hold that.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from ledger import bank
from ledger.bank_tables import BankAccount
from ledger.errors import BadInput, Conflict, Problem, ReferenceReused, UnknownReference
from ledger.sealing import Change
from ledger.users import require_second_person
from payouts.durable_tables import (
    DurableSlot,
    DurableSlotRelease,
    NonceAccount,
    NonceAccountConfirmation,
)
from payouts.errors import NoncesTooFew
from payouts.rails.durable import NonceSlot
from payouts.rails.solana_addresses import on_curve

CHAIN = "solana"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A nonce account, who stands for it, and what is pinned to it: batch, part and value."""

    account: NonceAccount
    confirmed_by: str | None
    pinned: tuple[DurableSlot, ...]


def request(change: Change, address: str, source_account: str, authority: str) -> bool:
    """Ask for a nonce account to be used for a wallet; say whether it is new.

    Raises:
        UnknownReference: there is no such wallet.
        BadInput: the wallet is not on Solana, or an address is none.
        ReferenceReused: the account is known with another wallet or authority.
    """
    wallet_on_solana(change.session, source_account)
    require_addresses({"nonce account": address, "authority": authority})
    known = change.session.get(NonceAccount, address)
    if known is not None:
        if (known.source_account, known.authority) != (source_account, authority):
            told = f"it is {known.source_account}'s, used up by {known.authority}"
            raise ReferenceReused("Nonce account", address, told)
        return False
    change.add(
        NonceAccount(
            address=address,
            source_account=source_account,
            authority=authority,
            requested_by=change.actor,
        )
    )
    return True


def confirm(change: Change, address: str) -> bool:
    """Confirm a nonce account as another person than asked for it; say whether that is new.

    Raises:
        UnknownReference: nobody asked for it.
        SelfConfirmation: whoever asked for it tries.
        Denied: the actor's role only reads.
        Conflict: somebody else confirmed it already.
    """
    session = change.session
    found = session.get(NonceAccount, address)
    if found is None:
        mend = "See: feeshare payout nonce-account list"
        raise UnknownReference("nonce account", address, mend=mend)
    known = session.get(NonceAccountConfirmation, address)
    if known is not None:
        if known.confirmed_by != change.actor:
            raise Conflict(f"{known.confirmed_by} confirmed nonce account {address} already.")
        return False
    require_second_person(
        session, change.actor, found.requested_by, f"asked for nonce account {address}"
    )
    change.add(NonceAccountConfirmation(nonce_account=address, confirmed_by=change.actor))
    return True


def all_of(session: Session) -> list[Listed]:
    """Return every nonce account, by wallet and address."""
    rows = session.execute(
        select(NonceAccount, NonceAccountConfirmation.confirmed_by)
        .outerjoin(
            NonceAccountConfirmation,
            NonceAccountConfirmation.nonce_account == NonceAccount.address,
        )
        .order_by(NonceAccount.source_account, NonceAccount.address)
    ).all()
    pinned = _live(session, [account.address for account, _ in rows])
    return [
        Listed(
            account=account,
            confirmed_by=confirmed_by,
            pinned=tuple(it for it in pinned if it.nonce_account == account.address),
        )
        for account, confirmed_by in rows
    ]


def confirmed(session: Session, source_account: str) -> dict[str, str]:
    """Return the confirmed nonce accounts of a wallet with their authorities, by address."""
    rows = session.execute(
        select(NonceAccount.address, NonceAccount.authority)
        .join(
            NonceAccountConfirmation,
            NonceAccountConfirmation.nonce_account == NonceAccount.address,
        )
        .where(NonceAccount.source_account == source_account)
        .order_by(NonceAccount.address)
    )
    return {row.address: row.authority for row in rows}


def free(
    session: Session, source_account: str, values: Mapping[str, str], count: int
) -> tuple[NonceSlot, ...]:
    """Return as many nonces as there are parts, of those that no live batch is pinned to.

    Args:
        session: a session.
        source_account: the wallet that pays.
        values: the present value of each nonce account, as the chain or a person says.
        count: how many are needed.

    Raises:
        BadInput: an account is not a confirmed one of the wallet.
        NoncesTooFew: fewer are free; says how many are missing.
    """
    known = confirmed(session, source_account)
    require_addresses({f"nonce of {account}": value for account, value in values.items()})
    problems = [
        Problem(
            code="nonce_unused",
            column="nonce",
            value=account,
            expected=f"a confirmed nonce account of {source_account}",
            mend="See: feeshare payout nonce-account list",
        )
        for account in sorted(values.keys() - known.keys())
    ]
    if problems:
        raise BadInput(problems)
    taken = {(it.nonce_account, it.nonce_value) for it in _live(session, list(values))}
    found = [
        NonceSlot(account=account, authority=known[account], value=value)
        for account, value in sorted(values.items())
        if (account, value) not in taken
    ]
    if len(found) < count:
        raise NoncesTooFew(source_account, len(found), count)
    return tuple(found[:count])


def slots_of(session: Session, batch: str) -> list[DurableSlot]:
    """Return what a batch is pinned to, by part."""
    return list(
        session.scalars(
            select(DurableSlot).where(DurableSlot.batch == batch).order_by(DurableSlot.part)
        )
    )


def next_attempt(session: Session, slot: NonceSlot) -> int:
    """Return the attempt that a new pin of a value would be."""
    earlier = session.scalar(
        select(func.max(DurableSlot.attempt)).where(
            DurableSlot.nonce_account == slot.account, DurableSlot.nonce_value == slot.value
        )
    )
    return 1 + (earlier or 0)


def release(change: Change, batch: str, reason: str, parts: Collection[int] | None = None) -> None:
    """Give up the durable slots of a batch, or of some parts of it, that can never run.

    The database checks that.
    """
    change.add(
        *(
            DurableSlotRelease(
                nonce_account=row.nonce_account,
                nonce_value=row.nonce_value,
                attempt=row.attempt,
                batch=batch,
                reason=reason,
            )
            for row in slots_of(change.session, batch)
            if parts is None or row.part in parts
        )
    )


def wallet_on_solana(session: Session, identity: str) -> BankAccount:
    """Return a wallet of ours on Solana.

    Raises:
        UnknownReference: there is no such account.
        BadInput: it is none.
    """
    found = bank.account_named(session, identity)
    if found.kind != "wallet" or found.chain != CHAIN:
        expected = "a wallet of ours on Solana"
        raise BadInput(
            [Problem(code="value_unknown", column="wallet", value=identity, expected=expected)]
        )
    return found


def require_addresses(written: Mapping[str, str]) -> None:
    """Refuse texts that are no base58 of 32 bytes; each is named by what it stands for."""
    problems = [
        Problem(
            code="address_malformed",
            column=column,
            value=address,
            expected="base58 of 32 bytes, as wallets show it",
        )
        for column, address in written.items()
        if on_curve(address) is None
    ]
    if problems:
        raise BadInput(problems)


def _live(session: Session, accounts: Collection[str]) -> list[DurableSlot]:
    return list(
        session.scalars(
            select(DurableSlot)
            .outerjoin(
                DurableSlotRelease,
                and_(
                    DurableSlotRelease.nonce_account == DurableSlot.nonce_account,
                    DurableSlotRelease.nonce_value == DurableSlot.nonce_value,
                    DurableSlotRelease.attempt == DurableSlot.attempt,
                ),
            )
            .where(DurableSlot.nonce_account.in_(accounts), DurableSlotRelease.batch.is_(None))
            .order_by(DurableSlot.nonce_account, DurableSlot.change_no)
        )
    )
