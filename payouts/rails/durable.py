"""What pins a Solana transaction: who signs it, and the nonce that lets it run once.

Law: of all transactions that name one value of a nonce account the chain runs at most one, and it
runs that one whenever it is sent. So a part is pinned to its own account and value.
"""

from dataclasses import dataclass

KEY = "key"
MULTISIG = "multisig"


@dataclass(frozen=True, slots=True, kw_only=True)
class NonceSlot:
    """A value of a nonce account, and whose signature uses it up."""

    account: str
    authority: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Durable:
    """Who signs for a wallet, who pays the network, and the nonce of each part, in their order.

    `kind` is `key`, or `multisig` of the token program. Of the signers the first `threshold` sign.
    """

    kind: str
    signers: tuple[str, ...]
    threshold: int
    fee_payer: str
    slots: tuple[NonceSlot, ...] = ()

    @property
    def signing(self) -> tuple[str, ...]:
        """Return whose signatures move the money."""
        return self.signers[: self.threshold]

    @property
    def all_signing(self) -> tuple[str, ...]:
        """Return everybody who signs a transaction, who pays the network first."""
        return (self.fee_payer, *(it for it in self.signing if it != self.fee_payer))
