"""A frozen batch on Solana without a chain: its nonces are told by hand."""

from datetime import date

from ledger import bank, confirmations, parties
from ledger.months import month_of
from payouts import batches, destinations, durable_nonces, plans, solana_sources
from payouts.batches import Frozen
from support.books import Books
from support.payouts import BEFORE_THE_HOLD, TODAY, fund, owe
from support.solana_payouts import two_of_three, wallet_of

WALLET = "wallet-solana-treasury"
FOREIGN = "wallet-solana-other"

SEEN_AT = 100
"""The final slot at which the nonces had the values that are pinned."""

OWN_PERIOD = date(2023, 1, 1)
"""An earlier period than others', so that what they are owed is not frozen along."""


def solana_furnish(books: Books) -> None:
    """Add a payee, two wallets, who signs for the first, and three nonce accounts."""
    now, books.at = books.at, BEFORE_THE_HOLD
    signing = two_of_three(0)
    with books.write() as change:
        parties.add(change, name="Sol", kind="payee")
        for identity, name in ((WALLET, "treasury"), (FOREIGN, "other")):
            bank.add_account(
                change,
                identity,
                kind="wallet",
                purpose="treasury" if identity == WALLET else "other",
                chain="solana",
                address=wallet_of(name),
            )
        solana_sources.request(
            change,
            WALLET,
            signing.kind,
            signing.signers,
            threshold=signing.threshold,
            fee_payer=signing.fee_payer,
        )
        for number, wallet in ((1, WALLET), (2, WALLET), (3, FOREIGN)):
            durable_nonces.request(change, wallet_of(f"nonce {number}"), wallet, wallet_of("one"))
        destinations.request(change, "sol", "solana", wallet_of("sol"), chain="solana")
    with books.write("erin") as change:
        confirmations.confirm_account(change, WALLET)
        solana_sources.confirm(change, WALLET)
        for number in (1, 2, 3):
            durable_nonces.confirm(change, wallet_of(f"nonce {number}"))
        destinations.confirm(change, "sol:solana:1")
    books.at = now


def solana_freeze(books: Books) -> Frozen:
    """Owe the payee 5 USDC, and freeze a batch of it on the first nonce account."""
    fund(books, "1000", "USDC", WALLET)
    with books.write() as change:
        owe(change, "share:sol", "sol", "5", period=month_of(OWN_PERIOD))
    return solana_submit(books)


def solana_submit(books: Books, number: int = 1) -> Frozen:
    """Freeze the plan as it is, on a nonce account by its number."""
    with books.read() as session:
        hashed = plans.plan(session, OWN_PERIOD, on=TODAY).hash
    value = {wallet_of(f"nonce {number}"): wallet_of(f"value {number}")}
    with books.write() as change:
        submitted = batches.submit(
            change,
            hashed,
            OWN_PERIOD,
            on=TODAY,
            nonces={},
            durable={WALLET: value},
            seen_at=SEEN_AT,
        )
    [batch] = submitted.batches
    return batch
