"""Multisig accounts of Solana's token program as a provider has them final."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chains.errors import AnswerUnfit
from chains.solana_node import parsed_of

if TYPE_CHECKING:
    from chains.solana_node import SolanaNode


@dataclass(frozen=True, slots=True, kw_only=True)
class Multisig:
    """Who may sign for a multisig account, in the chain's order, and how many of them do."""

    threshold: int
    signers: tuple[str, ...]


def multisig_at(node: "SolanaNode", address: str) -> Multisig | None:
    """Return what a final multisig account says; nothing of an account of another kind.

    Raises:
        AnswerUnfit: it says no signers, or no number of them.
    """
    _, [account] = node.accounts([address], node.slot("finalized"))
    parsed = parsed_of(account) if account is not None else None
    if parsed is None or parsed.type != "multisig":
        return None
    threshold, signers = parsed.info.get("numRequiredSigners"), parsed.info.get("signers")
    if not isinstance(threshold, int) or not isinstance(signers, list):
        raise AnswerUnfit(node.provider, f"multisig {address} without signers")
    return Multisig(threshold=threshold, signers=tuple(map(str, signers)))
