"""A treasury on a Solana node with books that watch it: nonces, payees, what signers do."""

import base64
import json
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

import spl.token.instructions as token
from solders.keypair import Keypair
from solders.pubkey import Pubkey
from solders.system_program import (
    AdvanceNonceAccountParams,
    advance_nonce_account,
    create_nonce_account,
)
from solders.transaction import VersionedTransaction
from spl.token.models import InitializeMultisig2Params

from feeshare import clock, payout_chain
from feeshare.solana_nonces import Values, values_of
from ledger import bank, confirmations, parties, prices, users
from ledger.money import plain
from payouts import (
    batches,
    destinations,
    durable_nonces,
    exports,
    plans,
    settlement,
    solana_sources,
)
from payouts.batches import Frozen
from payouts.rails.instructions import ExportedFile
from payouts.tables import Destination
from support import solana_instructions as tell
from support.books import Books
from support.chain_books import ChainBooks, setup_of
from support.payouts import PERIOD, approve, fund, owe, public_key
from support.solana_chain import SolanaChain
from support.solana_instructions import TOKEN, USDC, USDT, ata

WALLET = "wallet-solana-treasury"
FEE_PAYER = "wallet-solana-fees"
MULTISIG_BYTES, NONCE_BYTES = 355, 80
HELD = 10_000
MINTS = {"USDC": USDC, "USDT": USDT}


@dataclass
class Treasury:
    """A wallet of ours, the keys that sign for it, and its books."""

    chain: SolanaChain
    books: Books
    address: Pubkey
    keys: tuple[Keypair, ...]
    nonces: list[Pubkey] = field(default_factory=list)

    @property
    def watching(self) -> ChainBooks:
        setup = setup_of("solana", self.chain.url, self.chain.url, identity=self.chain.genesis)
        return ChainBooks(self.books, setup)

    @property
    def today(self) -> date:
        return self.books.at.date()

    def tick(self) -> None:
        """Let the books' moment be the present one."""
        self.books.at = clock.now()

    def furnish(self, kind: str, threshold: int) -> None:
        """Fill the books: people, the wallet, who signs for it; watch it as it stands."""
        self.books.at = clock.now() - timedelta(days=20)
        signers = [str(key.pubkey()) for key in self.keys]
        with self.books.write() as change:
            users.add(change, "treasurer", "treasurer")
            for name in ("carol", "dave", "erin"):
                users.add(change, name, "approver")
            for name in ("treasurer", "carol", "dave", "erin"):
                users.enrol_key(change, name, public_key(name))
            bank.add_account(
                change,
                WALLET,
                kind="wallet",
                purpose="treasury",
                chain="solana",
                address=str(self.address),
            )
            for commodity, price in (("USDC", "1"), ("USDT", "1")):
                prices.add(
                    change,
                    commodity=commodity,
                    quote="USD",
                    on=self.today,
                    price=Decimal(price),
                    source="policy: a test",
                )
            solana_sources.request(
                change, WALLET, kind, signers, threshold=threshold, fee_payer=signers[0]
            )
        with self.books.write("erin") as change:
            for name in ("treasurer", "carol", "dave", "erin"):
                users.confirm_key(change, public_key(name))
            confirmations.confirm_account(change, WALLET)
            solana_sources.confirm(change, WALLET)

    def watch(self) -> None:
        """Watch the wallet from now on, and put into the books what it holds."""
        self.chain.finalize()
        self.watching.watch_account(WALLET)
        for commodity in MINTS:
            fund(self.books, plain(self.balance(commodity)), commodity, WALLET)

    def watch_fee_payer(self) -> None:
        """Watch the first signer's wallet, who pays the network, as one of ours."""
        payer = self.keys[0].pubkey()
        self.watching.watch(FEE_PAYER, str(payer))
        fund(self.books, plain(self.coins(payer)), "SOL", FEE_PAYER)

    def coins(self, owner: Pubkey) -> Decimal:
        """Return the SOL that somebody holds by the chain."""
        return Decimal(self.chain.ask("getBalance", str(owner))["value"]).scaleb(-9)

    def add_nonces(self, count: int) -> None:
        """Make nonce accounts that the first signer may use up, and have them confirmed."""
        first = self.keys[0].pubkey()
        for _ in range(count):
            made = Keypair()
            rent = self.chain.rent(NONCE_BYTES)
            steps = create_nonce_account(self.chain.hot, made.pubkey(), first, rent)
            self.chain.send(*steps, signers=[made])
            with self.books.write() as change:
                durable_nonces.request(change, str(made.pubkey()), WALLET, str(first))
            with self.books.write("erin") as change:
                durable_nonces.confirm(change, str(made.pubkey()))
            self.nonces.append(made.pubkey())
        self.chain.finalize()

    def owe(self, names: list[str], amount: str, commodity: str, mark: str) -> None:
        """Owe people an amount each."""
        with self.books.write() as change:
            for name in names:
                identity = f"share:{mark}:{name}:{commodity}"
                owe(change, identity, name, amount, commodity=commodity)

    def add_payees(self, people: dict[str, Pubkey]) -> None:
        """Add payees whose addresses are past their hold."""
        with self.books.write() as change:
            for name, address in people.items():
                parties.add(change, name=name, kind="payee")
                destinations.request(change, name, "solana", str(address), chain="solana")
        with self.books.write("erin") as change:
            for name in people:
                destinations.confirm(change, f"{name}:solana:1")

    def values(self) -> Values:
        """Return the nonces by the chain."""
        with self.books.read() as session:
            known = durable_nonces.confirmed(session, WALLET)
        return values_of(self.watching.setup, known)

    def freeze(self) -> Frozen:
        self.tick()
        with self.books.read() as session:
            planned = plans.plan(session, PERIOD, on=self.today)
        values = self.values()
        with self.books.write() as change:
            submitted = batches.submit(
                change,
                planned.hash,
                PERIOD,
                on=self.today,
                nonces={},
                durable={WALLET: values.by_account},
                seen_at=values.slot,
            )
        [batch] = submitted.batches
        return batch

    def export(self, batch: Frozen) -> list[ExportedFile]:
        """Have a batch approved, and return the transactions' files."""
        approve(self.books, batch, *("carol", "dave")[: batch.checkers])
        with self.books.write() as change:
            files = exports.export(change, batch.id).files
        return [file for file in files if file.name.endswith("transaction.json")]

    def signed(self, file: ExportedFile) -> bytes:
        """Sign exactly the bytes of an exported file."""
        told = json.loads(file.content)
        unsigned = VersionedTransaction.from_bytes(base64.b64decode(told["transaction"]))
        keys = {str(key.pubkey()): key for key in self.keys}
        signing = [keys[name] for name in told["signers"]]
        return bytes(VersionedTransaction(unsigned.message, signing))

    def send(self, signed: bytes, *, fails: bool = False) -> str:
        return self.chain.relay(signed, fails=fails)

    def again(self, signed: bytes) -> None:
        """Send bytes once more that ran, or that can never run: whatever the node says to that."""
        raw = base64.b64encode(signed).decode()
        asked = {"encoding": "base64", "skipPreflight": True}
        self.chain.node.answer("sendTransaction", raw, asked)

    def seen_final(self) -> None:
        """Make everything final and read it."""
        self.chain.finalize()
        scanned = self.watching.scan()
        assert scanned.is_well, scanned
        self.tick()

    def settle(self, batch: Frozen) -> settlement.Settlement:
        self.seen_final()
        return self.settled_now(batch)

    def settled_now(self, batch: Frozen) -> settlement.Settlement:
        """Settle a batch by what was read so far."""
        self.tick()
        with self.books.write() as change:
            return payout_chain.settle(change, batch.id)

    def require_paid(self, owed: dict[str, Decimal]) -> None:
        """Require that payees have so much USDC, no more and no less, and books are the chain."""
        with self.books.read() as session:
            for payee, amount in owed.items():
                where = session.get_one(Destination, f"{payee}:solana:1").address
                assert self.balance("USDC", Pubkey.from_string(where)) == amount, payee
        self.watching.require_equal()

    def balance(self, commodity: str, owner: Pubkey | None = None) -> Decimal:
        """Return what somebody holds by the chain; the treasury where nobody is named."""
        account = ata(owner or self.address, MINTS[commodity])
        found = self.chain.ask("getAccountInfo", str(account), {"encoding": "jsonParsed"})
        if found["value"] is None:
            return Decimal(0)
        units = found["value"]["data"]["parsed"]["info"]["tokenAmount"]["amount"]
        return Decimal(units).scaleb(-6)

    def advance(self, nonce: Pubkey) -> str:
        """Use up a nonce by a transaction that does nothing else; return its signature."""
        first = self.keys[0]
        asked = AdvanceNonceAccountParams(nonce_pubkey=nonce, authorized_pubkey=first.pubkey())
        # A transaction that begins with it would have to be one on the nonce itself.
        noted = tell.memo(first.pubkey(), "no payout")
        sent = self.chain.send(noted, advance_nonce_account(asked), signers=[first])
        self.chain.finalize()
        return sent


def treasury_of_three(chain: SolanaChain, books: Books) -> Treasury:
    """Return a treasury of which two of three sign, as a multisig of the token program."""
    keys, shared = (Keypair(), Keypair(), Keypair()), Keypair()
    rent = chain.rent(MULTISIG_BYTES)
    begins = token.initialize_multisig2(
        InitializeMultisig2Params(
            program_id=TOKEN,
            multisig=shared.pubkey(),
            m=2,
            signers=[key.pubkey() for key in keys],
        )
    )
    chain.send(
        tell.makes(chain.hot, shared.pubkey(), rent, MULTISIG_BYTES, TOKEN),
        begins,
        signers=[shared],
    )
    chain.fund(keys[0].pubkey())
    for mint in MINTS.values():
        chain.pay(shared.pubkey(), HELD * 10**6, mint)
    made = Treasury(chain, books, shared.pubkey(), keys)
    made.furnish("multisig", 2)
    return made


def treasury_of_one(chain: SolanaChain, books: Books) -> Treasury:
    """Return a treasury that is a key's wallet, with coins and tokens."""
    key = Keypair()
    chain.fund(key.pubkey(), 10**10)
    for mint in MINTS.values():
        chain.pay(key.pubkey(), HELD * 10**6, mint)
    made = Treasury(chain, books, key.pubkey(), (key,))
    made.furnish("key", 1)
    return made


def people(chain: SolanaChain, count: int) -> dict[str, Pubkey]:
    """Return payees of whom every other one has a token account."""
    found = {f"payee-{each}": Keypair().pubkey() for each in range(count)}
    for address in list(found.values())[::2]:
        chain.send(tell.opens(chain.hot, address, USDC), tell.opens(chain.hot, address, USDT))
    return found


def frozen_for_one(treasury: Treasury, chain: SolanaChain, nonces: int = 1) -> Frozen:
    """Freeze a batch that pays one payee 7 USDC."""
    treasury.add_payees(people(chain, 1))
    treasury.tick()
    treasury.add_nonces(nonces)
    treasury.watch()
    treasury.owe(["payee-0"], "7", "USDC", "one")
    return treasury.freeze()
