"""A Solana chain to tell stories on: mints at their real addresses, accounts, transfers."""

import base64
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import spl.token.instructions as token
from solders.hash import Hash
from solders.instruction import Instruction
from solders.keypair import Keypair
from solders.message import MessageV0, MessageV1
from solders.pubkey import Pubkey
from solders.system_program import CreateAccountParams, TransferParams, create_account, transfer
from solders.transaction import VersionedTransaction
from spl.token.constants import TOKEN_2022_PROGRAM_ID, TOKEN_PROGRAM_ID
from spl.token.models import (
    AuthorityType,
    CloseAccountParams,
    InitializeAccount3Params,
    InitializeMint2Params,
    InitializeTransferFeeConfigParams,
    MintToCheckedParams,
    SetAuthorityParams,
    TransferCheckedParams,
)
from spl.token.models import (
    TransferParams as PlainTransferParams,
)

from support.surfnet import Surfnet, surfnet

USDC = Pubkey.from_string("EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v")
USDT = Pubkey.from_string("Es9vMFrzaCERmJfrF4H2FYD4KCoNkY11McCe8BenwNYB")
WSOL = Pubkey.from_string("So11111111111111111111111111111111111111112")
TOKEN, TOKEN_2022 = TOKEN_PROGRAM_ID, TOKEN_2022_PROGRAM_ID

DECIMALS = 6
MINT_BYTES, ACCOUNT_BYTES, FEE_MINT_BYTES, FEE_ACCOUNT_BYTES = 82, 165, 278, 178
SLOTS_TO_FINALITY = 33
PLENTY = 10**15
LOOKS = 400


@dataclass(frozen=True)
class SolanaChain:
    """A node whose slots come with transactions alone; `exchange` has coins and tokens."""

    node: Surfnet
    exchange: Keypair
    rents: dict[int, int] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return self.node.url

    def ask(self, method: str, *parameters: object) -> Any:  # noqa: ANN401 - JSON of many shapes
        return self.node.ask(method, *parameters)

    @property
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
        tables: Sequence[Any] = (),
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
        raw = base64.b64encode(bytes(signed)).decode()
        sent: str = self.ask("sendTransaction", raw, {"encoding": "base64", "skipPreflight": True})
        assert (self._status(sent)["err"] is not None) is fails, sent
        return sent

    def slot_of(self, signature: str) -> int:
        """Return the slot that a transaction is in."""
        return int(self._status(signature)["slot"])

    def fund(self, person: Pubkey, lamports: int = 10**9) -> str:
        """Give coins from the exchange."""
        return self.send(self.coins(person, lamports))

    def coins(self, to: Pubkey, lamports: int, sender: Keypair | None = None) -> Instruction:
        """Return the instruction that sends coins."""
        origin = (sender or self.exchange).pubkey()
        return transfer(TransferParams(from_pubkey=origin, to_pubkey=to, lamports=lamports))

    def rent(self, size: int) -> int:
        """Return the lamports that an account of so many bytes has to hold."""
        if size not in self.rents:
            self.rents[size] = self.ask("getMinimumBalanceForRentExemption", size)
        return self.rents[size]

    def ata(self, owner: Pubkey, mint: Pubkey = USDC, program: Pubkey = TOKEN) -> Pubkey:
        """Return the address of an associated account."""
        return token.get_associated_token_address(owner, mint, program)

    def opening(
        self,
        owner: Pubkey,
        mint: Pubkey = USDC,
        program: Pubkey = TOKEN,
        by: Keypair | None = None,
    ) -> Instruction:
        """Return the instruction that makes an associated account, if there is none."""
        payer = (by or self.exchange).pubkey()
        return token.create_idempotent_associated_token_account(payer, owner, mint, program)

    def making(
        self, account: Keypair, owner: Pubkey, mint: Pubkey = USDC, program: Pubkey = TOKEN
    ) -> list[Instruction]:
        """Return the instructions that make an account at an address of one's own choice."""
        size = ACCOUNT_BYTES if program == TOKEN else FEE_ACCOUNT_BYTES
        return [
            self._account(account, size, program),
            token.initialize_account3(
                InitializeAccount3Params(
                    program_id=program, account=account.pubkey(), mint=mint, owner=owner
                )
            ),
        ]

    def account(self, owner: Pubkey, mint: Pubkey = USDC, program: Pubkey = TOKEN) -> Pubkey:
        """Make a token account that is not the associated one; return its address."""
        made = Keypair()
        self.send(*self.making(made, owner, mint, program), signers=[made])
        return made.pubkey()

    def moving(
        self,
        source: Pubkey,
        to: Pubkey,
        units: int,
        *,
        owner: Keypair | None = None,
        mint: Pubkey = USDC,
        program: Pubkey = TOKEN,
        is_plain: bool = False,
    ) -> Instruction:
        """Return the instruction that moves units from one account to another."""
        authority = (owner or self.exchange).pubkey()
        if is_plain:
            return token.transfer(
                PlainTransferParams(
                    program_id=program, source=source, dest=to, owner=authority, amount=units
                )
            )
        return token.transfer_checked(
            TransferCheckedParams(
                program_id=program,
                source=source,
                mint=mint,
                dest=to,
                owner=authority,
                amount=units,
                decimals=DECIMALS if mint != WSOL else 9,
            )
        )

    def paying(
        self, to: Pubkey, units: int, mint: Pubkey = USDC, program: Pubkey = TOKEN
    ) -> list[Instruction]:
        """Return the instructions that pay the exchange's units to an associated account."""
        source = self.ata(self.exchange.pubkey(), mint, program)
        return [
            self.opening(to, mint, program),
            self.moving(source, self.ata(to, mint, program), units, mint=mint, program=program),
        ]

    def pay(self, to: Pubkey, units: int, mint: Pubkey = USDC, program: Pubkey = TOKEN) -> str:
        """Pay the exchange's units to somebody's associated account; return the signature."""
        return self.send(*self.paying(to, units, mint, program))

    def handing(
        self,
        account: Pubkey,
        owner: Keypair,
        to: Pubkey,
        kind: AuthorityType = AuthorityType.ACCOUNT_OWNER,
    ) -> Instruction:
        """Return the instruction that gives an account another owner, or closing authority."""
        return token.set_authority(
            SetAuthorityParams(
                program_id=TOKEN,
                account=account,
                authority=kind,
                new_authority=to,
                current_authority=owner.pubkey(),
            )
        )

    def closing(self, account: Pubkey, owner: Keypair, to: Pubkey) -> Instruction:
        """Return the instruction that closes an account and sends its lamports somewhere."""
        return token.close_account(
            CloseAccountParams(program_id=TOKEN, account=account, dest=to, owner=owner.pubkey())
        )

    def minting(self, mint: Pubkey, account: Pubkey, units: int, program: Pubkey) -> Instruction:
        """Return the instruction that makes units out of nothing."""
        return token.mint_to_checked(
            MintToCheckedParams(
                program_id=program,
                mint=mint,
                dest=account,
                mint_authority=self.exchange.pubkey(),
                amount=units,
                decimals=DECIMALS,
            )
        )

    def mint(self, program: Pubkey = TOKEN, *, fee: int | None = None) -> Pubkey:
        """Make a mint of which the exchange has plenty; `fee` is in basis points."""
        made = Keypair()
        authority = self.exchange.pubkey()
        taking = [] if fee is None else [_fee_of(made.pubkey(), authority, fee)]
        size = MINT_BYTES if fee is None else FEE_MINT_BYTES
        account = self.ata(authority, made.pubkey(), program)
        self.send(
            self._account(made, size, program),
            *taking,
            token.initialize_mint2(
                InitializeMint2Params(
                    program_id=program,
                    mint=made.pubkey(),
                    decimals=DECIMALS,
                    mint_authority=authority,
                )
            ),
            self.opening(authority, made.pubkey(), program),
            self.minting(made.pubkey(), account, PLENTY, program),
            signers=[made],
        )
        return made.pubkey()

    def place_mint(self, address: Pubkey) -> None:
        """Put a mint at an address of one's choice, of which the exchange has plenty."""
        like = self.mint()
        found = self.ask("getAccountInfo", str(like), {"encoding": "base64"})["value"]
        state = {
            "lamports": found["lamports"],
            "owner": str(TOKEN),
            "data": base64.b64decode(found["data"][0]).hex(),
            "executable": False,
        }
        self.ask("surfnet_setAccount", str(address), state)
        account = self.ata(self.exchange.pubkey(), address)
        self.send(
            self.opening(self.exchange.pubkey(), address),
            self.minting(address, account, PLENTY, TOKEN),
        )

    def units(self, account: Pubkey) -> int:
        """Return what a token account holds, in the newest slot."""
        return int(self.ask("getTokenAccountBalance", str(account))["value"]["amount"])

    def _status(self, signature: str) -> dict[str, Any]:
        """Return how a transaction went; the node says so a moment after it took it."""
        for _ in range(LOOKS):
            (status,) = self.ask("getSignatureStatuses", [signature])["value"]
            if status is not None:
                return dict(status)
            time.sleep(0.005)
        raise AssertionError(signature)

    def _account(self, account: Keypair, size: int, program: Pubkey) -> Instruction:
        return create_account(
            CreateAccountParams(
                from_pubkey=self.exchange.pubkey(),
                to_pubkey=account.pubkey(),
                lamports=self.rent(size),
                space=size,
                owner=program,
            )
        )


def _fee_of(mint: Pubkey, authority: Pubkey, basis_points: int) -> Instruction:
    return token.initialize_transfer_fee_config(
        InitializeTransferFeeConfigParams(
            program_id=TOKEN_2022,
            mint=mint,
            transfer_fee_config_authority=authority,
            withdraw_withheld_authority=authority,
            transfer_fee_basis_points=basis_points,
            maximum_fee=PLENTY,
        )
    )


@contextmanager
def solana_chain() -> Iterator[SolanaChain]:
    """Run a chain of its own that has USDC and USDT, and end it."""
    with surfnet() as node:
        node.ask("surfnet_pauseClock")
        chain = SolanaChain(node, node.purse)
        chain.finalize()
        for mint in (USDC, USDT):
            chain.place_mint(mint)
        chain.finalize()
        yield chain
