"""Bad input of payees on Solana: addresses that are none, or that nobody can hold the key of."""

from errors.reproductions import Provoke, Reproduction, typed
from support.solana_instructions import USDC, ata
from support.solana_payouts import key_of, wallet_of

HEADER = "payee,rail,chain,address,commodity,holder,source\n"
WALLET = wallet_of("payee")
EVM = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
TRANSACTION = str(key_of("payee").sign_message(b"a transaction"))


def to(address: str, rail: str = "solana", chain: str = "solana") -> Provoke:
    row = f"CoinAlpha,{rail},{chain},{address},,,a test\n"
    return typed("payee", "destination", "load", "{destinations}", destinations=HEADER + row)


ON_SOLANA = tuple(
    Reproduction(
        number=number, code=code, level="E", status=2, what=what, provoke=to(*destination)
    )
    for number, code, what, *destination in (
        (80, "address_malformed", "no base58", "O0Il" + WALLET[4:]),
        (80, "address_malformed", "31 bytes", "4uQeVj5tqViQh7yWWGStvkEG1Zmhx6uasJtWCJzin"),
        (80, "address_malformed", "a blank at its end", f"{WALLET}."),
        (80, "solana_recipient", "a token account", str(ata(key_of("payee").pubkey(), USDC))),
        (80, "address_forbidden", "a mint", str(USDC)),
        (80, "address_forbidden", "the system program", "1" * 32),
        (80, "address_forbidden", "what burns", "1nc1nerator11111111111111111111111111111111"),
        (80, "chain_mismatch", "the rail on another chain", WALLET, "solana", "ethereum"),
        (81, "address_kind", "an EVM address on Solana", EVM),
        (81, "address_kind", "an EVM transaction on Solana", "0x" + "ab" * 32),
        (81, "address_kind", "a transaction of Solana", TRANSACTION),
        (81, "address_kind", "an address of Solana in a Safe", WALLET, "safe", "ethereum"),
    )
)
