"""Who signs for a wallet on Solana: its key, or a multisig of the token program.

Law: who signs decides who can pay, so one person says it and another one confirms it; the newest
confirmed version counts, and a batch keeps the one it was frozen with.
"""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger.errors import BadInput, Conflict, Problem, UnknownReference
from ledger.sealing import Change
from ledger.users import require_second_person
from payouts import durable_nonces
from payouts.durable_tables import NonceAccount, SolanaSource, SolanaSourceConfirmation
from payouts.rails.durable import KEY, MULTISIG, Durable, NonceSlot

SEE = "See: feeshare payout solana-source list"


def request(
    change: Change,
    wallet: str,
    kind: str,
    signers: Sequence[str],
    *,
    threshold: int,
    fee_payer: str,
) -> SolanaSource:
    """Say who signs for a wallet, as its next version; the same as the newest is that one.

    Args:
        change: the open change.
        wallet: a wallet of ours on Solana; with a multisig, its address is the multisig account.
        kind: `key` or `multisig`.
        signers: the addresses that may sign, in the order in which they do.
        threshold: how many of them sign; 1 for a key.
        fee_payer: who signs first and pays the network and the rent of accounts.

    Raises:
        UnknownReference: there is no such wallet.
        BadInput: the wallet is not on Solana, or these cannot sign for it.
    """
    source = durable_nonces.wallet_on_solana(change.session, wallet)
    named = {f"signer {place}": each for place, each in enumerate(signers, start=1)}
    durable_nonces.require_addresses({**named, "fee payer": fee_payer})
    fits = kind == MULTISIG or (kind == KEY and list(signers) == [source.address])
    if not fits or not 1 <= threshold <= len(signers) or len(set(signers)) != len(signers):
        expected = "key with the wallet itself, or multisig with 1 to as many as its signers"
        told = f"{kind}, {threshold} of {len(signers)}"
        raise BadInput(
            [Problem(code="signers_invalid", column="signer", value=told, expected=expected)]
        )
    newest = _newest(change.session, wallet)
    made = SolanaSource(
        source_account=wallet,
        version=1 + (newest.version if newest else 0),
        kind=kind,
        signers=" ".join(signers),
        threshold=threshold,
        fee_payer=fee_payer,
        requested_by=change.actor,
    )
    if newest and _told(newest) == _told(made):
        return newest
    change.add(made)
    return made


def confirm(change: Change, wallet: str) -> bool:
    """Confirm who signs for a wallet as another person than said so; say whether that is new.

    Raises:
        UnknownReference: nobody said who signs.
        SelfConfirmation: whoever said so tries.
        Denied: the actor's role only reads.
        Conflict: somebody else confirmed it already.
    """
    newest = _newest(change.session, wallet)
    if newest is None:
        raise UnknownReference("signers of a wallet", wallet, mend=SEE)
    known = change.session.get(SolanaSourceConfirmation, (wallet, newest.version))
    if known is not None:
        if known.confirmed_by != change.actor:
            raise Conflict(f"{known.confirmed_by} confirmed who signs for {wallet} already.")
        return False
    require_second_person(
        change.session, change.actor, newest.requested_by, f"said who signs for {wallet}"
    )
    change.add(
        SolanaSourceConfirmation(
            source_account=wallet, version=newest.version, confirmed_by=change.actor
        )
    )
    return True


def all_of(session: Session) -> list[tuple[SolanaSource, str | None]]:
    """Return every version with who confirmed it, by wallet."""
    rows = session.execute(
        select(SolanaSource, SolanaSourceConfirmation.confirmed_by)
        .outerjoin(
            SolanaSourceConfirmation,
            (SolanaSourceConfirmation.source_account == SolanaSource.source_account)
            & (SolanaSourceConfirmation.version == SolanaSource.version),
        )
        .order_by(SolanaSource.source_account, SolanaSource.version)
    )
    return [(row[0], row[1]) for row in rows]


def confirmed(session: Session, wallet: str) -> SolanaSource:
    """Return who signs for a wallet, by its newest confirmed version.

    Raises:
        UnknownReference: none is confirmed.
    """
    found = [row for row, confirmed_by in all_of(session) if confirmed_by]
    mine = [row for row in found if row.source_account == wallet]
    if not mine:
        mend = f"Say who signs: feeshare payout solana-source set {wallet}; another one confirms."
        raise UnknownReference("signers of a wallet", wallet, mend=mend)
    return mine[-1]


def durable_of(source: SolanaSource, slots: Sequence[NonceSlot] = ()) -> Durable:
    """Return what a rail is told of who signs, with the nonces of a batch."""
    return Durable(
        kind=source.kind,
        signers=tuple(source.signers.split(" ")),
        threshold=source.threshold,
        fee_payer=source.fee_payer,
        slots=tuple(slots),
    )


def pinned_by(session: Session, batch: str) -> Durable | None:
    """Return what a batch is pinned to, with who signed for its wallet when it was frozen."""
    slots = durable_nonces.slots_of(session, batch)
    if not slots:
        return None
    source = session.get_one(SolanaSource, (slots[0].source_account, slots[0].source_version))
    accounts = session.execute(
        select(NonceAccount.address, NonceAccount.authority).where(
            NonceAccount.address.in_([it.nonce_account for it in slots])
        )
    )
    authorities = {row.address: row.authority for row in accounts}
    return durable_of(
        source,
        [
            NonceSlot(
                account=it.nonce_account,
                authority=authorities[it.nonce_account],
                value=it.nonce_value,
            )
            for it in slots
        ],
    )


def _newest(session: Session, wallet: str) -> SolanaSource | None:
    return session.scalars(
        select(SolanaSource)
        .where(SolanaSource.source_account == wallet)
        .order_by(SolanaSource.version.desc())
        .limit(1)
    ).one_or_none()


def _told(source: SolanaSource) -> tuple[str, str, int, str]:
    return source.kind, source.signers, source.threshold, source.fee_payer
