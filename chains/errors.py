"""Refusals of chains, and what providers answer instead of an answer.

A provider's fault is a kind, never a library's exception: what to do next depends on the kind
alone. The caller narrows a range, waits, or asks another provider.

Unavailable  ProviderFault: RangeTooWide, TimedOut, OverQuota, NotThere, AnsweredError,
             RevertedError, Unreachable, AnswerUnfit
             ProvidersTooFew
Conflict     WrongChain, WrongToken, ProvidersDisagree, FinalityBroken
"""

from collections.abc import Sequence
from typing import ClassVar

from ledger.errors import Conflict, Refusal, Unavailable


class ProviderFault(Unavailable):
    """A provider did not answer what was asked. Messages hold its name, never its address."""

    code = "provider_failed"
    kind: ClassVar[str] = "other"

    def __init__(self, provider: str, why: str) -> None:
        self.provider = provider
        self.why = why
        super().__init__(
            f"{provider}: {why}.",
            mend="Nothing was written of it; the next scan asks again. See: feeshare chain status",
        )


class RangeTooWide(ProviderFault):
    """The range asked for is too wide; `hint` is the one that the provider suggests."""

    kind = "range"

    def __init__(self, provider: str, why: str, hint: tuple[int, int] | None = None) -> None:
        super().__init__(provider, why)
        self.hint = hint


class TimedOut(ProviderFault):
    """No answer in time: a range may be too wide, or the provider is slow."""

    kind = "timeout"


class OverQuota(ProviderFault):
    """The provider was asked too often; `wait` is for how many seconds, where it says so."""

    kind = "quota"

    def __init__(self, provider: str, why: str, wait: float | None = None) -> None:
        super().__init__(provider, why)
        self.wait = wait


class NotThere(ProviderFault):
    """The provider does not have the block, the transaction or the state that was asked for."""

    kind = "not there"


class AnsweredError(ProviderFault):
    """The provider answered with an error of JSON-RPC: its number and its words."""

    kind = "error"

    def __init__(self, provider: str, number: int, words: str) -> None:
        super().__init__(provider, f"error {number}: {words}")
        self.number = number
        self.words = words


class RevertedError(AnsweredError):
    """A call that the contract itself turned down; `data` is what it said (hex), often nothing."""

    def __init__(self, provider: str, number: int, words: str, data: str) -> None:
        super().__init__(provider, number, words)
        self.data = data


class Unreachable(ProviderFault):
    """No connection, a failing server, or no JSON."""

    kind = "unreachable"


class AnswerUnfit(ProviderFault):
    """An answer of another shape than the method has, or one that contradicts itself."""

    kind = "unfit"


class ProvidersTooFew(Unavailable):
    """Fewer providers answer than have to agree."""

    code = "providers_too_few"

    def __init__(self, chain: str, needed: int, faults: Sequence[Refusal]) -> None:
        self.chain = chain
        self.needed = needed
        self.faults = tuple(faults)
        said = "; ".join(fault.message for fault in faults) or "none is set"
        super().__init__(
            f"{chain}: {needed} providers have to agree, and too few answer: {said}",
            mend="Nothing was confirmed. Add a provider in feeshare.toml, or wait for these.",
        )


class WrongChain(Conflict):
    """A provider serves another chain than it is set for."""

    code = "chain_wrong"

    def __init__(self, provider: str, chain: str, expected: str, found: str) -> None:
        self.provider = provider
        super().__init__(
            f"{provider} is set for {chain} ({expected}) and serves {found}.",
            mend="Mend the provider's address in feeshare.toml.",
        )


class WrongToken(Conflict):
    """A token that is something else on chain than in the registry."""

    code = "token_wrong"

    def __init__(self, chain: str, contract: str, expected: str, found: str) -> None:
        super().__init__(
            f"{chain} {contract}: the registry says {expected}, the chain says {found}.",
            mend="Nothing is scanned until they agree: look it up at the issuer's page.",
        )


class ProvidersDisagree(Conflict):
    """Providers tell different things of the same final blocks."""

    code = "providers_disagree"

    def __init__(self, chain: str, what: str) -> None:
        self.chain = chain
        super().__init__(
            f"{chain}: {what}",
            mend="Nothing of it is confirmed until they agree. See: feeshare chain status",
        )


class FinalityBroken(Conflict):
    """A block that was final is no longer in the chain, or the final block went back."""

    code = "finality_broken"

    def __init__(self, chain: str, number: int, known: str, found: str) -> None:
        self.chain = chain
        super().__init__(
            f"{chain}: block {number} was final as {known} and is {found} now.",
            mend="Nothing more is read from this chain. Compare another provider, then ask: "
            "feeshare chain scan --from BLOCK",
        )
