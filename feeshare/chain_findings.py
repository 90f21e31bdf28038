"""What the doctor finds of chains: each provider's chain and finality, each token's decimals."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime

from chains.movements import Reader
from chains.providers import Panel, Setup
from chains.watches import TokenOnChain, tokens_of
from feeshare.chain_setup import setups
from feeshare.database import make_engine, reading, service_url
from feeshare.doctor import Finding
from feeshare.settings import Settings
from ledger.errors import Refusal


def chain_findings(settings: Settings, now: datetime) -> Iterator[Finding]:
    """Yield a finding for each provider of each chain that is set, and for each of its tokens."""
    for setup in setups(settings):
        for reader in setup.readers:
            yield _provider(setup, reader, now)
        tokens = [token for token in _tokens(settings, setup) if token.contract]
        if tokens:
            yield from _on_chain(setup, tokens)


def _provider(setup: Setup, reader: Reader, now: datetime) -> Finding:
    check = f"{setup.chain.name} {reader.provider}"
    try:
        reader.require_chain()
        final = reader.final()
    except Refusal as refusal:
        return _wrong(check, refusal)
    age = now - final.at
    seen = f"chain {setup.chain.identity}, final block {final.number} of {final.at:%H:%M:%SZ}"
    if age > setup.chain.patience:
        mend = f"It is behind, or finality stalls: older than {setup.chain.patience}."
        return Finding(check=check, state="wrong", detail=f"{seen}, {age} old", mend=mend)
    return Finding(check=check, state="well", detail=seen)


def _on_chain(setup: Setup, tokens: Sequence[TokenOnChain]) -> Iterator[Finding]:
    panel = Panel(setup)
    # Who does not answer now is missing for each token, and told there.
    with suppress(Refusal):
        panel.open()
    for token in tokens:
        check = f"{setup.chain.name} {token.commodity}"
        try:
            panel.require_tokens([token])
        except Refusal as refusal:
            yield _wrong(check, refusal)
        else:
            detail = f"{token.decimals} decimals at {token.contract}"
            yield Finding(check=check, state="well", detail=detail)


def _wrong(check: str, refusal: Refusal) -> Finding:
    return Finding(check=check, state="wrong", detail=refusal.message, mend=refusal.mend)


def _tokens(settings: Settings, setup: Setup) -> list[TokenOnChain]:
    try:
        engine = make_engine(service_url(settings))
        try:
            with reading(engine) as session:
                return list(tokens_of(session, setup.chain.name).values())
        finally:
            engine.dispose()
    except Refusal:
        # That there are no books is told by the doctor's own line.
        return []
