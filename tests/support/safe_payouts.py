"""Payouts of a real Safe: books that owe, a node that holds, owners who sign an exported file."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, timedelta
from decimal import Decimal
from typing import Any

from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from feeshare import clock, payout_chain
from feeshare.preflight import require_clear
from feeshare.safe_preflight import SafePreflight, preflight
from feeshare.safe_state import safes_now
from feeshare.settings import ChainSetting, Settings
from ledger import bank, confirmations, parties, prices, users
from payouts import approvals, batches, destinations, exports, plans
from payouts.batches import Frozen
from payouts.contents import contents_of
from payouts.rails.instructions import ExportedFile
from payouts.settlement import Settlement
from support.books import Books
from support.chain_books import ChainBooks, setup_of
from support.evm_chain import EvmChain
from support.evm_safes import Safe
from support.payouts import PERIOD, fund, owe, pem_of, public_key

FINAL = 20
"""Blocks after which a block is final on either chain."""

CHECKERS = ("carol", "dave", "erin")


def address_of(payee: str, chain: str) -> str:
    """Return where a payee of a chain is paid."""
    return str(to_checksum_address(keccak(text=f"{chain}:{payee}")[-20:]))


@dataclass
class SafePayouts:
    """One wallet of one chain: its books, its node and its Safe."""

    books: Books
    chain: EvmChain
    safe: Safe
    name: str = "ethereum"

    @property
    def wallet(self) -> str:
        return f"wallet-{self.name}-treasury"

    @property
    def settings(self) -> Settings:
        setting = ChainSetting.model_validate({"providers": [self.chain.url], "agreeing": 1})
        return Settings(chains={self.name: setting})

    def furnish(self, payees: Sequence[str], commodities: Sequence[str]) -> None:
        """Add payees past their hold, checkers, and prices of today."""
        self.books.at = clock.now() - timedelta(days=20)
        with self.books.write() as change:
            users.add(change, "treasurer", "treasurer")
            for name in CHECKERS:
                users.add(change, name, "approver")
                users.enrol_key(change, name, public_key(name))
            for payee in payees:
                parties.add(change, name=payee, kind="payee")
                where = address_of(payee, self.name)
                destinations.request(change, payee, "safe", where, chain=self.name)
        with self.books.write("grace") as change:
            for name in CHECKERS:
                users.confirm_key(change, public_key(name))
            for payee in payees:
                destinations.confirm(change, f"{payee}:safe:1")
        self.books.at = clock.now()
        with self.books.write() as change:
            for commodity in commodities:
                today = self.books.at.astimezone(UTC).date()
                prices.add(
                    change,
                    commodity=commodity,
                    quote="USD",
                    on=today - timedelta(days=1),
                    price=Decimal(1),
                    source="made up market",
                )

    def add_wallet(self) -> None:
        """Add the Safe as the treasury's wallet."""
        with self.books.write() as change:
            bank.add_account(
                change,
                self.wallet,
                kind="wallet",
                purpose="treasury",
                chain=self.name,
                address=to_checksum_address(self.safe.address),
            )
        with self.books.write("grace") as change:
            confirmations.confirm_account(change, self.wallet)

    def hold(self, tokens: Mapping[str, tuple[str, int]], whole: int) -> None:
        """Give the Safe so much of each token, by contract and decimals, on chain and in books."""
        for commodity, (contract, decimals) in tokens.items():
            self.chain.mint(contract, self.safe.address, whole * 10**decimals)
            fund(self.books, str(whole), commodity, self.wallet)

    def owe(self, debts: Sequence[tuple[str, str, str]], tag: str) -> None:
        """Owe payees amounts of commodities."""
        with self.books.write() as change:
            for number, (payee, amount, commodity) in enumerate(debts):
                identity = f"{tag}:{number}"
                owe(change, identity, payee, amount, commodity=commodity)

    def freeze(self, given: Mapping[str, int] | None = None) -> Frozen:
        """Freeze what is due, at the nonce that the chain says is free."""
        today = self.books.at.astimezone(UTC).date()
        with self.books.read() as session:
            planned = plans.plan(session, PERIOD, on=today)
            safes = safes_now(session, self.settings, planned.hash, planned.batches, given or {})
        with self.books.write() as change:
            submitted = batches.submit(
                change,
                planned.hash,
                PERIOD,
                on=today,
                nonces=safes.nonces,
                signers=safes.signers,
            )
        [batch] = submitted.batches
        return batch

    def frozen(self, identity: str) -> Frozen:
        """Return a batch that the command line froze."""
        with self.books.read() as session:
            batch = contents_of(session, identity).batch
            return Frozen(
                id=identity,
                content_hash=batch.content_hash,
                source_account=batch.source_account,
                nonce=batch.nonce,
                checkers=batch.checkers,
            )

    def approve(self, batch: Frozen) -> None:
        for name in CHECKERS[: batch.checkers]:
            signature = approvals.sign(batch.content_hash, pem_of(name))
            with self.books.write(name) as change:
                approvals.approve(change, batch.id, batch.content_hash, signature)

    def preflight(self, batch: Frozen) -> SafePreflight:
        with self.books.read() as session:
            return preflight(session, self.settings, contents_of(session, batch.id))

    def export(self, batch: Frozen) -> tuple[ExportedFile, ...]:
        require_clear([self.preflight(batch)])
        with self.books.write() as change:
            return exports.export(change, batch.id).files

    def settle(self, batch: Frozen) -> Settlement:
        with self.books.write() as change:
            return payout_chain.settle(change, batch.id)


def typed_data_of(files: Sequence[ExportedFile]) -> list[dict[str, Any]]:
    """Return what owners sign, as exported files say it, part by part."""
    return [
        json.loads(file.content)["typedData"]
        for file in files
        if file.name.endswith("-safe-tx.json")
    ]


def sign_and_send(safe: Safe, files: Sequence[ExportedFile]) -> list[dict[str, Any]]:
    """Sign what exported files say, and nothing else, and carry it out; return the receipts."""
    return [safe.chain.receipt(safe.carry_out(typed)) for typed in typed_data_of(files)]


def watched(payouts: SafePayouts, tokens: dict[str, tuple[str, int]], whole: int) -> ChainBooks:
    """Fill the Safe, and watch it from now on as the treasury's wallet."""
    watching = ChainBooks(payouts.books, setup_of(payouts.name, payouts.chain.url))
    payouts.add_wallet()
    payouts.hold(tokens, whole)
    payouts.chain.mine(FINAL)
    watching.watch_account(payouts.wallet, kind="safe")
    return watching


def require_paid(
    payouts: SafePayouts,
    owed: dict[tuple[str, str], Decimal],
    tokens: dict[str, tuple[str, int]],
) -> None:
    for (payee, commodity), amount in owed.items():
        contract, decimals = tokens[commodity]
        held = payouts.chain.balance(contract, address_of(payee, payouts.name))
        assert Decimal(held).scaleb(-decimals) == amount, (payee, commodity)
