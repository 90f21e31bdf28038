"""What a transaction of Solana says of accounts: lamports and token balances, before and after."""

from dataclasses import dataclass

import msgspec

from chains.solana_addresses import TOKEN_PROGRAM
from chains.solana_answers import NULL, ParsedInfo, TokenBalance, Transaction

TOKEN_PARSERS = ("spl-token", "spl-token-2022")
MAKING = ("mintTo", "withdrawWithheld")
"""How instructions are called that give an account units which no other account loses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What somebody holds in a token account, in base units of a mint."""

    mint: str
    program: str
    owner: str
    units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountChange:
    """A token account before and after a transaction; nothing where there was none."""

    account: str
    before: Held | None
    after: Held | None

    @property
    def states(self) -> list[Held]:
        """Return the states that it had."""
        return [state for state in (self.before, self.after) if state is not None]

    @property
    def units(self) -> int:
        """Return what it gained in base units, negative where it lost, whoever owns it."""
        before = self.before.units if self.before else 0
        return (self.after.units if self.after else 0) - before


def succeeded(transaction: Transaction) -> bool:
    """Return whether a transaction succeeded; one that failed cost its fee and did nothing."""
    return bytes(transaction.meta.err) == NULL


def account_keys(transaction: Transaction) -> list[str]:
    """Return the accounts of a transaction in the order of its balances, its payer first.

    Raises:
        ValueError: there are not as many as it has balances.
    """
    meta = transaction.meta
    keys = [each.pubkey for each in transaction.transaction.message.account_keys]
    # Some nodes list what came from lookup tables among the keys, others beside them.
    if len(keys) < len(meta.pre_balances) and meta.loaded_addresses is not None:
        keys += [*meta.loaded_addresses.writable, *meta.loaded_addresses.readonly]
    if not keys or not len(keys) == len(meta.pre_balances) == len(meta.post_balances):
        raise ValueError("accounts without balances")
    return keys


def account_changes(transaction: Transaction) -> list[AccountChange]:
    """Return the token accounts of a transaction that succeeded, changed or not.

    An account that was closed and made again for another mint stands there twice.

    Raises:
        ValueError: a balance has no account, no owner, or is no number.
    """
    if not succeeded(transaction):
        return []
    keys, meta = account_keys(transaction), transaction.meta
    before = _held(keys, meta.pre_balances, meta.pre_token_balances or [])
    after = _held(keys, meta.post_balances, meta.post_token_balances or [])
    return [
        AccountChange(account=place[0], before=before.get(place), after=after.get(place))
        for place in sorted(before.keys() | after.keys())
    ]


def makes(transaction: Transaction, mint: str) -> bool:
    """Return whether an instruction of a transaction makes units of a mint."""
    inner = transaction.meta.inner_instructions or ()
    groups = [transaction.transaction.message.instructions, *(each.instructions for each in inner)]
    for instruction in (each for group in groups for each in group):
        if instruction.program not in TOKEN_PARSERS:
            continue
        try:
            parsed = msgspec.json.decode(instruction.parsed, type=ParsedInfo)
        except msgspec.MsgspecError:
            continue
        if parsed.type.startswith(MAKING) and parsed.info.get("mint") == mint:
            return True
    return False


def _held(
    keys: list[str], lamports: list[int], balances: list[TokenBalance]
) -> dict[tuple[str, str], Held]:
    found = {}
    for each in balances:
        if not 0 <= each.account_index < len(keys):
            raise ValueError("a token balance without an account")
        if not lamports[each.account_index]:
            # It is closed, though some nodes go on telling what it held.
            continue
        if not each.owner:
            raise ValueError("a token balance without an owner, as transactions before 2022 have")
        units = int(each.ui_token_amount.amount)
        if units < 0:
            raise ValueError("a token balance below zero")
        found[keys[each.account_index], each.mint] = Held(
            mint=each.mint,
            program=each.program_id or TOKEN_PROGRAM,
            owner=each.owner,
            units=units,
        )
    return found
