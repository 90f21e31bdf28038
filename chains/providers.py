"""Providers of one chain in one pass: who answers, who is far enough, who has to agree.

Law: what counts is told alike by as many providers as have to agree. One that fails is left out
for the rest of the pass and another one takes its place; where too few are left, nothing counts.
No provider is believed because it was the quicker one.
"""

from collections.abc import Callable, Iterable, Sequence
from collections.abc import Set as AbstractSet
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypeVar

from chains.agreement import agreed
from chains.errors import (
    AnsweredError,
    AnswerUnfit,
    FinalityBroken,
    NotThere,
    ProviderFault,
    ProvidersDisagree,
    ProvidersTooFew,
    WrongChain,
    WrongToken,
)
from chains.movements import Block, Closing, Reader, Seen, Wallet
from chains.registry import Chain
from chains.watches import TokenOnChain

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """A chain as it is set here: its providers in order, and how many of them have to agree."""

    chain: Chain
    readers: tuple[Reader, ...]
    agreeing: int
    checked: set[tuple[str, str]] = field(default_factory=set)
    """Provider and contract of each token that was found to be as registered."""


@dataclass(slots=True)
class Panel:
    """The providers of a chain during one pass."""

    setup: Setup
    finals: dict[str, Block] = field(default_factory=dict)
    faults: dict[str, ProviderFault | WrongChain] = field(default_factory=dict)

    @property
    def alive(self) -> list[Reader]:
        """Return who answers so far, the one that is furthest first."""
        answering = [each for each in self.setup.readers if each.provider not in self.faults]
        return sorted(answering, key=lambda each: -self._final_of(each))

    def open(self) -> None:
        """Ask every provider for its chain and its newest final block.

        Raises:
            ProvidersTooFew: too few serve this chain.
        """

        def opened(reader: Reader) -> Block:
            reader.require_chain()
            return reader.final()

        for reader, block in self._told(self.setup.readers, opened):
            self.finals[reader.provider] = block
        self._chosen()

    def require_tokens(self, tokens: Iterable[TokenOnChain]) -> None:
        """Require that tokens have the decimals on chain that the registry says, once a provider.

        Raises:
            WrongToken: one has others.
            ProvidersTooFew: too few answer.
        """
        checked = self.setup.checked
        for token in tokens:
            for reader, found in self._from_all(_decimals(token, checked)):
                expected = f"{token.decimals} decimals"
                if found != expected:
                    raise WrongToken(self.setup.chain.name, token.contract, expected, found)
                checked.add((reader.provider, token.contract))

    def require_block(self, number: int, known: str) -> None:
        """Require that a block that was final still is what it was, as far as it can be asked.

        Raises:
            FinalityBroken: it is another one now.
            ProvidersTooFew: too few answer.
        """

        def now(reader: Reader) -> str:
            try:
                return reader.hash_of(number) or "none"
            except NotThere:
                return known

        for _, found in self._from_all(now):
            if found != known:
                raise FinalityBroken(self.setup.chain.name, number, known, found)

    def closing(self, wallets: Sequence[Wallet]) -> Closing:
        """Return the balances at a final block that enough providers have reached.

        Raises:
            ProvidersTooFew: too few answer.
        """
        while True:
            slowest = self._chosen()[-1]
            for _, closing in self._told([slowest], lambda each: each.closing(wallets)):
                return closing

    def alike(self, question: Callable[[Reader], T], what: str) -> T:
        """Return what as many providers as have to agree answer alike.

        Raises:
            ProvidersTooFew: too few answer.
            ProvidersDisagree: they answer different things.
        """
        told = [(reader.provider, answer) for reader, answer in self._from_all(question)]
        for provider, answer in told[1:]:
            if answer != told[0][1]:
                raise ProvidersDisagree(
                    self.setup.chain.name,
                    f"{told[0][0]} says that {what} is {told[0][1]}, {provider} says {answer}",
                )
        return told[0][1]

    def near_head(self, question: Callable[[Reader, int], T], what: str) -> tuple[int, T]:
        """Return a block near the head and what enough providers answer alike of it.

        Raises:
            ProvidersTooFew: too few answer.
            ProvidersDisagree: they answer different things.
        """
        number = min(block.number for _, block in self._from_all(lambda each: each.head()))
        return number, self.alike(lambda reader: question(reader, number), what)

    def seen(self, wallets: Sequence[Wallet], first: int, last: int) -> tuple[Seen, list[str]]:
        """Return what moved in final blocks as enough providers tell it alike, and who they are.

        Raises:
            ProvidersTooFew: too few answer.
            ProvidersDisagree: they tell different things.
        """
        told = self._from_all(lambda each: each.seen(wallets, first, last))
        addresses = [wallet.address for wallet in wallets]
        found = [(reader.provider, seen) for reader, seen in told]
        return agreed(self.setup.chain.name, addresses, found), [name for name, _ in found]

    def ask(self, question: Callable[[Reader], T]) -> T:
        """Return what the first provider answers that does; nothing that counts rests on it.

        Raises:
            ProvidersTooFew: none answers.
        """
        while self.alive:
            for _, answer in self._told(self.alive[:1], question):
                return answer
        raise self._too_few(1)

    def _from_all(self, question: Callable[[Reader], T]) -> list[tuple[Reader, T]]:
        """Return what each of as many providers as have to agree answers."""
        while True:
            chosen = self._chosen()
            told = self._told(chosen, question)
            if len(told) == len(chosen):
                return told

    def _chosen(self) -> list[Reader]:
        if len(self.alive) < self.setup.agreeing:
            raise self._too_few(self.setup.agreeing)
        return self.alive[: self.setup.agreeing]

    def _too_few(self, needed: int) -> ProvidersTooFew:
        return ProvidersTooFew(self.setup.chain.name, needed, list(self.faults.values()))

    def _told(
        self, readers: Sequence[Reader], question: Callable[[Reader], T]
    ) -> list[tuple[Reader, T]]:
        """Ask providers at once; return who answered what, and note who failed."""
        told = []
        with ThreadPoolExecutor(max_workers=max(1, len(readers))) as pool:
            futures = [(reader, pool.submit(question, reader)) for reader in readers]
            for reader, future in futures:
                try:
                    told.append((reader, future.result()))
                except (ProviderFault, WrongChain) as fault:
                    self.faults[reader.provider] = fault
        return told

    def _final_of(self, reader: Reader) -> int:
        block = self.finals.get(reader.provider)
        return block.number if block else -1


def _decimals(
    token: TokenOnChain, checked: AbstractSet[tuple[str, str]]
) -> Callable[[Reader], str]:
    """Return the question for what a token is on chain, unless that is known of the provider."""

    def found(reader: Reader) -> str:
        if not token.contract or (reader.provider, token.contract) in checked:
            return f"{token.decimals} decimals"
        try:
            return f"{reader.decimals(token.contract)} decimals"
        except (AnsweredError, AnswerUnfit, NotThere) as fault:
            return f"no token ({fault.why})"

    return found
