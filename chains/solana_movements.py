"""What one transaction of Solana moved, by the balances that it left: a pure rule.

Law: balances are read, not instructions, because nothing moves tokens without showing there. What
somebody holds in a token account is its amount while the account is theirs, and a movement is what
a transaction changed of that. So movements without a doubt always add up to balances, whoever
owned an account meanwhile.

What is told does not depend on whose wallets are asked for, so that a wallet which is watched
later finds the same movements. Where a mint has one loser, it pays each gainer (`token:` and the
gainer's account), and what arrived nowhere, a token's own fee or a burn, leaves by `token:` and
the loser's account; likewise several losers pay one gainer, if their sums are equal. Else nobody
can say who paid whom, and each account has a movement whose other side is blank.

Only an associated account names its owner to others, as its address tells whom it was made for.
Of any other account that is looked up for its owner alone, so a payment that such an account made
or got is told as two movements, each side's own, whose other side is blank; unless both accounts
are of one owner, who alone is told.

An account that was made for one owner and handed to another (`setAuthority`) is in doubt for the
other for ever, by `handed:` instead of `token:`: it came by nobody's transfer, and counts on
neither side of a proof. Whom it was made for may hand it over and take it back; that counts for
them, by `:out` where they lose it.

Native coin: `fee` is what the payer paid for the transaction, and `lamports:` everything else that
changed an account, the rent of accounts and wrapping among it.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from chains.movements import NATIVE, Block, Movement
from chains.solana_addresses import WRAPPED_SOL, associated_account
from chains.solana_answers import Transaction
from chains.solana_transactions import (
    AccountChange,
    account_changes,
    account_keys,
    makes,
    succeeded,
)

HANDED_OVER = "handed over"
UNEXPLAINED = "unexplained"
NOBODY = ""
PAIR = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class _Change:
    """What an account gained, in base units; negative where it lost.

    Its owner is blank where it changed hands, which is told apart. `names_owner` says whether its
    address tells its owner to everyone.
    """

    account: str
    owner: str
    units: int
    names_owner: bool
    doubt: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """A movement without its transaction."""

    part: str
    sender: str
    recipient: str
    units: int
    contract: str = NATIVE
    doubt: str = ""


def movements_of(
    transaction: Transaction,
    block: Block,
    wallets: AbstractSet[str],
    made_for: Mapping[str, str],
) -> list[Movement]:
    """Return what a transaction moved of these wallets, by part.

    Args:
        transaction: the transaction.
        block: the block of its slot.
        wallets: the wallets' addresses.
        made_for: whom token accounts were made for that are or were these wallets' own; what is
            told of others does not depend on it.

    Raises:
        ValueError: its balances contradict themselves.
        BadInput: an owner or a mint in it is no address.
    """
    told = [*_native(transaction), *_tokens(transaction, made_for)]
    return [
        Movement(
            block=block.number,
            block_hash=block.hash,
            at=block.at,
            transaction=transaction.transaction.signatures[0],
            part=each.part,
            contract=each.contract,
            sender=each.sender,
            recipient=each.recipient,
            units=each.units,
            doubt=each.doubt,
        )
        for each in sorted(told, key=lambda each: each.part)
        if each.sender in wallets or each.recipient in wallets
    ]


def _native(transaction: Transaction) -> Iterator[_Told]:
    keys, meta = account_keys(transaction), transaction.meta
    if meta.fee:
        yield _Told(part="fee", sender=keys[0], recipient=NOBODY, units=meta.fee)
    if not succeeded(transaction):
        return
    paid = [meta.fee] + [0] * (len(keys) - 1)
    balances = zip(keys, meta.pre_balances, meta.post_balances, paid, strict=True)
    changes = [
        _Change(account=key, owner=key, units=after - before + fee, names_owner=True)
        for key, before, after, fee in balances
        if after - before + fee
    ]
    # A loser of coin pays rents beside: split, its books would have a line for each account.
    told = _paid if len(changes) == PAIR else _alone
    yield from told("lamports", NATIVE, changes)


def _tokens(transaction: Transaction, made_for: Mapping[str, str]) -> Iterator[_Told]:
    by_mint: dict[str, list[AccountChange]] = defaultdict(list)
    for change in account_changes(transaction):
        by_mint[change.states[0].mint].append(change)
    for mint, changes in by_mint.items():
        is_more = sum(each.units for each in changes) > 0
        is_unexplained = is_more and mint != WRAPPED_SOL and not makes(transaction, mint)
        moved = []
        for change in changes:
            origin = made_for.get(change.account)
            found = _token_change(change, origin, is_unexplained=is_unexplained)
            if not found.owner:
                yield from _handed(change, origin)
            if found.units:
                moved.append(found)
        told = _alone if is_unexplained else _paid
        yield from told("token", mint, moved)


def _token_change(change: AccountChange, origin: str | None, *, is_unexplained: bool) -> _Change:
    owners = {state.owner for state in change.states}
    owner = owners.pop() if len(owners) == 1 else NOBODY
    state = change.states[0]
    doubt = UNEXPLAINED if is_unexplained and change.before is None else ""
    return _Change(
        account=change.account,
        owner=owner,
        units=change.units,
        names_owner=owner != NOBODY
        and change.account == associated_account(owner, state.mint, state.program),
        doubt=doubt if origin in {None, owner} else HANDED_OVER,
    )


def _paid(kind: str, contract: str, changes: Sequence[_Change]) -> Iterator[_Told]:
    """Tell who paid whom as far as everyone can know it, and the rest of each account alone."""
    losers = [each for each in changes if each.units < 0]
    gainers = [each for each in changes if each.units > 0]
    left = -sum(each.units for each in changes)
    # Of each pair the first has no other pair, so that its units and its account tell the pair.
    pairs: list[tuple[_Change, _Change, _Change]] = []
    if len(losers) == 1 and left >= 0:
        pairs = [(each, losers[0], each) for each in gainers]
    elif len(gainers) == 1 and left == 0:
        pairs = [(each, each, gainers[0]) for each in losers]
    rest = {each.account: each.units for each in changes}
    for own, payer, payee in pairs:
        if not _is_known(payer, payee):
            continue
        units = abs(own.units)
        rest[payer.account] += units
        rest[payee.account] -= units
        yield _Told(
            part=f"{kind}:{own.account}",
            contract=contract,
            sender=payer.owner,
            recipient=payee.owner,
            units=units,
        )
    alone = [replace(each, units=rest[each.account]) for each in changes if rest[each.account]]
    yield from _alone(kind, contract, alone)


def _is_known(payer: _Change, payee: _Change) -> bool:
    """Return whether everyone who is told of a payment knows both sides of it."""
    if payer.doubt or payee.doubt:
        return False
    return payer.owner == payee.owner or (payer.names_owner and payee.names_owner)


def _alone(kind: str, contract: str, changes: Sequence[_Change]) -> Iterator[_Told]:
    """Tell each change with a blank other side."""
    for each in changes:
        is_gain = each.units > 0
        named = "handed" if each.doubt == HANDED_OVER else kind
        yield _Told(
            part=f"{named}:{each.account}",
            contract=contract,
            sender=NOBODY if is_gain else each.owner,
            recipient=each.owner if is_gain else NOBODY,
            units=abs(each.units),
            doubt=each.doubt,
        )


def _handed(change: AccountChange, origin: str | None) -> Iterator[_Told]:
    """Tell that an account changed its owner: who lost what was in it, and who has it now."""
    before, after = change.before, change.after
    if before is None or after is None:
        return
    handed = _Told(
        part=f"handed:{change.account}",
        contract=after.mint,
        sender=before.owner,
        recipient=after.owner,
        units=after.units,
        doubt=HANDED_OVER,
    )
    own = replace(handed, part=f"token:{change.account}", doubt="")
    if origin == before.owner:
        lost = replace(own, part=f"{own.part}:out", recipient=NOBODY, units=before.units)
        told = [lost, handed]
    elif origin == after.owner:
        told = [replace(own, sender=NOBODY), replace(handed, units=before.units)]
    else:
        told = [handed]
    yield from (each for each in told if each.units)
