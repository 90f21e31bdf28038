"""Batches for the Solana rail: people by name, a multisig or a key, nonces of their own."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256

from solders.keypair import Keypair

from payouts.rails.durable import KEY, MULTISIG, Durable, NonceSlot
from payouts.rails.instructions import Instruction, Payment, Token
from support.solana_instructions import USDC, USDT

USDC_TOKEN = Token(chain="solana", chain_id=None, contract=str(USDC), decimals=6, commodity="USDC")
USDT_TOKEN = replace(USDC_TOKEN, contract=str(USDT), commodity="USDT")
SOL = replace(USDC_TOKEN, contract=None, decimals=9, commodity="SOL")


def key_of(name: str) -> Keypair:
    """Return the key of somebody, the same every time."""
    return Keypair.from_seed(sha256(name.encode()).digest())


def wallet_of(name: str) -> str:
    """Return somebody's wallet."""
    return str(key_of(name).pubkey())


def slots(count: int, authority: str) -> tuple[NonceSlot, ...]:
    return tuple(
        NonceSlot(
            account=wallet_of(f"nonce {each}"),
            authority=wallet_of(authority),
            value=wallet_of(f"value {each}"),
        )
        for each in range(1, count + 1)
    )


def two_of_three(count: int) -> Durable:
    signers = tuple(wallet_of(name) for name in ("one", "two", "three"))
    return Durable(
        kind=MULTISIG,
        signers=signers,
        threshold=2,
        fee_payer=signers[0],
        slots=slots(count, "one"),
    )


def one_key(count: int) -> Durable:
    owner = wallet_of("treasury")
    return Durable(
        kind=KEY, signers=(owner,), threshold=1, fee_payer=owner, slots=slots(count, "treasury")
    )


def pays(line: int, name: str, token: Token = USDC_TOKEN, amount: str = "1.5") -> Payment:
    return Payment(
        line=line,
        payee=name,
        payee_name=name.title(),
        address=wallet_of(name),
        commodity=token.commodity,
        amount=Decimal(amount),
        token=token,
        reference=f"2026-08-1/{line}",
    )


def solana_batch(durable: Durable | None, *payments: Payment) -> Instruction:
    return Instruction(
        batch="2026-08:treasury:1",
        content_hash="c0ffee" * 10 + "c0ff",
        rail="solana",
        source=wallet_of("treasury"),
        nonce=None,
        payments=payments,
        created_at=datetime(2026, 9, 12, 10, 30, tzinfo=UTC),
        durable=durable,
    )
