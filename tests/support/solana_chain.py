"""A Solana chain to tell stories on: mints at their real addresses, accounts, transfers."""

import base64
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from solders.address_lookup_table_account import AddressLookupTableAccount
from solders.hash import Hash
from solders.instruction import Instruction
from solders.keypair import Keypair
from solders.message import MessageV0, MessageV1
from solders.pubkey import Pubkey
from solders.transaction import VersionedTransaction

from support import solana_instructions as tell
from support.solana_instructions import (
    ACCOUNT_BYTES,
    FEE_MINT_BYTES,
    MINT_BYTES,
    PLENTY,
    TOKEN,
    USDC,
    USDT,
    ata,
)
from support.surfnet import Surfnet, surfnet

SLOTS_TO_FINALITY = 33
LOOKS = 400
LOOK_SECONDS = 0.005


@dataclass
class SolanaChain:
    """A node whose slots come with transactions alone; `exchange` has coins and tokens."""

    node: Surfnet
    exchange: Keypair
    rents: dict[int, int] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return self.node.url

    @property
    def hot(self) -> Pubkey:
        """Return the exchange's wallet."""
        return self.exchange.pubkey()

    def ask(self, method: str, *parameters: object) -> Any:  # noqa: ANN401 - JSON of many shapes
        return self.node.ask(method, *parameters)

    @cached_property
    def genesis(self) -> str:
        return str(self.ask("getGenesisHash"))

    def slot(self, commitment: str = "confirmed") -> int:
        return int(self.ask("getSlot", {"commitment": commitment}))

    def finalize(self) -> None:
        """Pass as many slots as make the earlier ones final, without waiting for any."""
        newest = self.slot("processed")
        self.ask("surfnet_timeTravel", {"absoluteSlot": newest + SLOTS_TO_FINALITY})

    def send(
        self,
        *instructions: Instruction,
        signers: Sequence[Keypair] = (),
        payer: Keypair | None = None,
        version: int = 0,
        tables: Sequence[AddressLookupTableAccount] = (),
        fails: bool = False,
    ) -> str:
        """Send a transaction in a slot of its own; return its signature."""
        paying = payer or self.exchange
        recent = Hash.from_string(self.ask("getLatestBlockhash")["value"]["blockhash"])
        message = (
            MessageV1.try_compile(paying.pubkey(), list(instructions), recent)
            if version == 1
            else MessageV0.try_compile(paying.pubkey(), list(instructions), list(tables), recent)
        )
        keys = {each.pubkey(): each for each in (paying, *signers)}
        needed = message.account_keys[: message.header.num_required_signatures]
        signed = VersionedTransaction(message, [keys[each] for each in needed])
        return self.relay(bytes(signed), fails=fails)

    def relay(self, signed: bytes, *, fails: bool = False) -> str:
        """Send the bytes of a signed transaction; return its signature."""
        raw = base64.b64encode(signed).decode()
        sent: str = self.ask("sendTransaction", raw, {"encoding": "base64", "skipPreflight": True})
        status = self._status(sent)
        assert (status["err"] is not None) is fails, status
        return sent

    def slot_of(self, signature: str) -> int:
        """Return the slot that a transaction is in."""
        return int(self._status(signature)["slot"])

    def fund(self, person: Pubkey, lamports: int = 10**9) -> str:
        """Give coins from the exchange."""
        return self.send(tell.coins(self.hot, person, lamports))

    def rent(self, size: int) -> int:
        """Return the lamports that an account of so many bytes has to hold."""
        if size not in self.rents:
            self.rents[size] = self.ask("getMinimumBalanceForRentExemption", size)
        return self.rents[size]

    def making(
        self, account: Pubkey, owner: Pubkey, mint: Pubkey = USDC, program: Pubkey = TOKEN
    ) -> list[Instruction]:
        """Return what makes a token account that is not the associated one; it has to sign."""
        size = ACCOUNT_BYTES[program]
        return [
            tell.makes(self.hot, account, self.rent(size), size, program),
            tell.begins(account, owner, mint, program),
        ]

    def account(self, owner: Pubkey, mint: Pubkey = USDC, program: Pubkey = TOKEN) -> Pubkey:
        """Make a token account that is not the associated one; return its address."""
        made = Keypair()
        self.send(*self.making(made.pubkey(), owner, mint, program), signers=[made])
        return made.pubkey()

    def moving(
        self, to: Pubkey, units: int, mint: Pubkey = USDC, program: Pubkey = TOKEN
    ) -> Instruction:
        """Return what moves the exchange's units to a token account."""
        return tell.moves(
            self.hot, ata(self.hot, mint, program), to, units, mint=mint, program=program
        )

    def paying(
        self, to: Pubkey, units: int, mint: Pubkey = USDC, program: Pubkey = TOKEN
    ) -> list[Instruction]:
        """Return what pays the exchange's units to somebody's associated account."""
        return [
            tell.opens(self.hot, to, mint, program),
            self.moving(ata(to, mint, program), units, mint, program),
        ]

    def pay(self, to: Pubkey, units: int, mint: Pubkey = USDC, program: Pubkey = TOKEN) -> str:
        """Pay the exchange's units to somebody's associated account; return the signature."""
        return self.send(*self.paying(to, units, mint, program))

    def mint(self, program: Pubkey = TOKEN, *, fee: int | None = None) -> Pubkey:
        """Make a mint of which the exchange has plenty; `fee` is in basis points."""
        made = Keypair()
        mint, size = made.pubkey(), MINT_BYTES if fee is None else FEE_MINT_BYTES
        self.send(
            tell.makes(self.hot, mint, self.rent(size), size, program),
            *([] if fee is None else [tell.takes_fee(mint, self.hot, fee)]),
            tell.begins_mint(mint, self.hot, program),
            tell.opens(self.hot, self.hot, mint, program),
            tell.mints(mint, ata(self.hot, mint, program), self.hot, PLENTY, program),
            signers=[made],
        )
        return mint

    def place_mint(self, address: Pubkey) -> None:
        """Put a mint at an address of one's choice, of which the exchange has plenty."""
        like = self.ask("getAccountInfo", str(self.mint()), {"encoding": "base64"})["value"]
        state = {
            "lamports": like["lamports"],
            "owner": str(TOKEN),
            "data": base64.b64decode(like["data"][0]).hex(),
            "executable": False,
        }
        self.ask("surfnet_setAccount", str(address), state)
        self.send(
            tell.opens(self.hot, self.hot, address),
            tell.mints(address, ata(self.hot, address), self.hot, PLENTY),
        )

    def table(self, *addresses: Pubkey) -> AddressLookupTableAccount:
        """Make a lookup table of these addresses, that a transaction can use."""
        # It has to be made as of a slot that a transaction made: the node forgets skipped ones.
        at = self.slot_of(self.fund(Keypair().pubkey()))
        created, table = tell.makes_table(self.hot, at)
        self.send(created, tell.extends_table(self.hot, table, addresses))
        self.finalize()
        return AddressLookupTableAccount(table, list(addresses))

    def _status(self, signature: str) -> dict[str, Any]:
        """Return how a transaction went; the node says so a moment after it took it."""
        for _ in range(LOOKS):
            (status,) = self.ask("getSignatureStatuses", [signature])["value"]
            if status is not None:
                return dict(status)
            time.sleep(LOOK_SECONDS)
        raise AssertionError(signature)


@contextmanager
def solana_chain() -> Iterator[SolanaChain]:
    """Run a chain of its own that has USDC and USDT, and end it."""
    with surfnet() as node:
        node.ask("surfnet_pauseClock")
        chain = SolanaChain(node, node.purse)
        node.ask("surfnet_setAccount", str(chain.hot), {"lamports": PLENTY})
        chain.finalize()
        for mint in (USDC, USDT):
            chain.place_mint(mint)
        chain.finalize()
        yield chain
