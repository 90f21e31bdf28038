"""What no payee's address may be, whatever its rail says: a token, a multisend, without its memo.

The rail checks shape and checksum (`payouts.rails`); what is compared with other addresses that
are known stands in `payouts.destination_risks`.
"""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger.bank_tables import Token
from ledger.errors import Problem
from payouts.rails.safe_tx import MULTI_SEND_CALL_ONLY

NO_MEMO = "none"
"""What stands as memo where the exchange says that it needs none."""

RAILS_WITH_MEMO: frozenset[str] = frozenset()
"""Rails whose files carry a destination's memo. On any other an address that needs one is
refused: the money would reach the exchange, and nobody there."""

CONTRACTS = {
    MULTI_SEND_CALL_ONLY.lower(),
    "0x38869bf66a61cf6bdb996a6ae40d5853fd43b526",  # MultiSend 1.4.1
    "0xa238cbeb142c10ef7ad8442c6d1f9e89e07e7761",  # MultiSend 1.3.0
    "0x40a2accbd92bca938b02010e17a5b8929b49130d",  # MultiSendCallOnly 1.3.0
}
"""Contracts of Safe that batches go through, lower case: what is sent there stays there."""


def address_problems(session: Session, address: str) -> list[Problem]:
    """Return why an address, spelt as it is kept, can be no payee's: a token or a contract."""
    token = session.scalars(
        select(Token)
        .where(func.lower(Token.contract) == address.lower())
        .order_by(Token.chain)
        .limit(1)
    ).one_or_none()
    if token is not None:
        what = f"the token {token.commodity} on {token.chain} itself"
    elif address.lower() in CONTRACTS:
        what = "a contract that batches go through"
    else:
        return []
    return [
        Problem(
            code="address_forbidden",
            column="address",
            value=address,
            expected=f"a payee's address, not {what}",
            mend="Ask the payee for the address of an account of theirs.",
        )
    ]


def memo_problems(rail: str, exchange: str | None, memo: str | None) -> list[Problem]:
    """Return what is wrong with whose deposit address it is said to be, and with its memo."""
    if exchange is None and memo is None:
        return []
    if exchange is None or memo is None:
        expected = f"an exchange and the memo it gave, or {NO_MEMO} if it says it needs none"
        mend = "Ask the payee: without its memo the exchange credits nobody."
    elif memo != NO_MEMO and rail not in RAILS_WITH_MEMO:
        expected = f"no memo: {rail} carries none"
        mend = "Ask the payee for an address of their own, or one that needs no memo."
    else:
        return []
    return [Problem(code="memo_missing", column="memo", value=memo, expected=expected, mend=mend)]
