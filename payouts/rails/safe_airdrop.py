"""The CSV Airdrop file of one part, for the Safe app of that name (2.6).

Law: the app drops rows that it cannot read and cuts decimals without a word, so nothing goes in
that was not checked; it counts a final newline as a row, so there is none.
"""

from ledger.money import plain
from payouts.rails.evm_addresses import bare_address
from payouts.rails.instructions import Instruction, Payment
from payouts.rails.safe_tx import token_of

HEADER = "token_type,token_address,receiver,amount,id"

ROWS_MAX = 500
"""Most rows that the app takes; a part has fewer, as it is one transaction."""


def airdrop_of(part: Instruction) -> bytes:
    """Return the lines as `token_type,token_address,receiver,amount,id`, amounts in whole tokens.

    No cell can hold a comma, a quote or a formula: addresses and amounts are all there is.
    """
    return "\n".join([HEADER, *map(_row, part.payments)]).encode()


def _row(payment: Payment) -> str:
    contract = token_of(payment).contract
    kind = "native" if contract is None else "erc20"
    return f"{kind},{contract or ''},{bare_address(payment.address)},{plain(payment.amount)},"
