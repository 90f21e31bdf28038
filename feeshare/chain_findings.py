"""What the doctor finds of chains: each provider's chain and finality, each token's decimals."""

from collections.abc import Iterator
from datetime import datetime

from chains.movements import Reader
from chains.providers import Panel, Setup
from chains.watches import TokenOnChain, tokens_of
from feeshare.chain_setup import setups
from feeshare.database import make_engine, reading, service_url
from feeshare.settings import Settings
from ledger.errors import Refusal

Finding = tuple[str, str, str]
"""What was looked at, what was seen, and the mend, blank where all is well."""


def chain_findings(settings: Settings, now: datetime) -> Iterator[Finding]:
    """Yield a finding for each provider of each chain that is set, and for each of its tokens."""
    for setup in setups(settings):
        for reader in setup.readers:
            yield _provider(setup, reader, now)
        for token in _tokens(settings, setup):
            if token.contract:
                yield _token(setup, token)


def _provider(setup: Setup, reader: Reader, now: datetime) -> Finding:
    check = f"{setup.chain.name} {reader.provider}"
    try:
        reader.require_chain()
        final = reader.final()
    except Refusal as refusal:
        return check, refusal.message, refusal.mend
    age = now - final.at
    seen = f"chain {setup.chain.identity}, final block {final.number} of {final.at:%H:%M:%SZ}"
    if age > setup.chain.patience:
        mend = f"It is behind, or finality stalls: older than {setup.chain.patience}."
        return check, f"{seen}, {age} old", mend
    return check, seen, ""


def _token(setup: Setup, token: TokenOnChain) -> Finding:
    check = f"{setup.chain.name} {token.commodity}"
    panel = Panel(setup)
    try:
        panel.open()
        panel.require_tokens([token])
    except Refusal as refusal:
        return check, refusal.message, refusal.mend
    return check, f"{token.decimals} decimals at {token.contract}", ""


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
