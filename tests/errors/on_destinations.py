"""Bad addresses of payees: misspelt, nobody's, contracts, look-alikes, shared and frozen ones."""

from datetime import UTC, datetime
from pathlib import Path

from eth_utils.address import to_checksum_address

from errors.on_the_business import Row, table
from errors.reproductions import Provoke, taken, text_file, typed
from payouts import destination_findings, destinations
from support.books import Books
from support.payouts import ALICE, BOB, USDC_CONTRACT

HEADER = "payee,rail,chain,address,commodity,holder,source,exchange,memo\n"
COINALPHA, DUO = "CoinAlpha", "Duo One"
LOOKS_LIKE_ALICE = str(to_checksum_address(f"{ALICE[:6].lower()}{'0' * 32}{ALICE[-4:].lower()}"))
SOLANA = "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v"
TRANSACTION = "0x" + "ab" * 32


def asked(
    address: str, payee: str = COINALPHA, chain: str = "ethereum", more: str = ",,,,"
) -> str:
    return f"{payee},safe,{chain},{address},{more}\n"


def asking(address: str, **told: str) -> Provoke:
    """Return the load of one destination."""
    return typed("payee", "destination", "load", "{asked}", asked=HEADER + asked(address, **told))


def alice_is_paid(books: Books, folder: Path) -> None:
    """Ask for an address, and let another person confirm it."""
    file = text_file(folder, "paid.csv", HEADER + asked(ALICE))
    taken(books, "payee", "destination", "load", file)
    taken(books, "payee", "destination", "confirm", "--all", actor="controller")


def it_is_frozen(books: Books, folder: Path) -> None:
    alice_is_paid(books, folder)
    identity = "coinalpha:safe:1"
    taken(books, "payee", "destination", "freeze", identity, "--reason", "the key was stolen")


def another_is_asked_for(books: Books, folder: Path) -> None:
    alice_is_paid(books, folder)
    file = text_file(folder, "changed.csv", HEADER + asked(BOB))
    taken(books, "payee", "destination", "load", file)


def it_is_a_contract(books: Books, folder: Path) -> None:
    """Keep what a provider would tell: no node runs here."""
    file = text_file(folder, "asked.csv", HEADER + asked(ALICE))
    taken(books, "payee", "destination", "load", file)
    with books.write() as change:
        found = destinations.named(change.session, "coinalpha:safe:1")
        at = datetime(2023, 11, 3, 9, tzinfo=UTC)
        destination_findings.record(change, found, "contract", "a contract on ethereum", at)


def confirming(identity: str) -> Provoke:
    return typed("--as", "controller", "payee", "destination", "confirm", identity)


CONFIRMED = confirming("coinalpha:safe:1")
CONFIRMED_CHANGE = confirming("coinalpha:safe:2")
LIKE_ANOTHER = asking(LOOKS_LIKE_ALICE, payee=DUO)

ROWS: tuple[Row, ...] = (
    (73, "checksum_invalid", "E", 2, "a wrong letter", asking(ALICE.replace("aA", "AA"))),
    (74, "checksum_absent", "E", 2, "no capitals", asking(ALICE.lower())),
    (75, "address_malformed", "E", 2, "a digit short", asking(ALICE[:-1])),
    (75, "address_malformed", "E", 2, "the letter O", asking(ALICE.replace("053", "O53"))),
    (75, "address_malformed", "E", 2, "a blank inside", asking(ALICE[:9] + " " + ALICE[9:])),
    (75, "address_malformed", "E", 2, "a blank of no width", asking(ALICE + "\u200b")),
    (75, "address_malformed", "E", 2, "a full stop", asking(ALICE + ".")),
    (75, "address_malformed", "E", 2, "a name", asking("coinalpha.eth")),
    (76, "address_forbidden", "E", 2, "the zero address", asking("0x" + "00" * 20)),
    (76, "address_forbidden", "E", 2, "a burn address", asking("0x" + "0" * 36 + "dEaD")),
    (76, "address_forbidden", "E", 2, "a precompile", asking("0x" + "0" * 39 + "9")),
    (76, "address_forbidden", "E", 2, "a token", asking(USDC_CONTRACT)),
    (77, "recipient_contract", "E", 5, "a contract", CONFIRMED, it_is_a_contract),
    (78, "asset_unsupported", "E", 2, "no such token there", asking(ALICE, more="BNB,,,,")),
    (79, "chain_mismatch", "E", 2, "another chain's prefix", asking(f"bnb:{ALICE}")),
    (81, "address_kind", "E", 2, "a Solana address", asking(SOLANA)),
    (81, "address_kind", "E", 2, "a transaction", asking(TRANSACTION)),
    (82, "memo_missing", "E", 2, "an exchange without a memo", asking(ALICE, more=",,,Kraken,")),
    (83, "address_lookalike", "E", 2, "a look-alike", LIKE_ANOTHER, alice_is_paid),
    (84, "address_risk", "E", 2, "another payee's", asking(ALICE, payee=DUO), alice_is_paid),
    (84, "address_risk", "E", 2, "a frozen one", asking(ALICE, more="USDC,,,,"), it_is_frozen),
    (84, "address_unproved", "E", 5, "a change unsigned", CONFIRMED_CHANGE, another_is_asked_for),
)

ON_DESTINATIONS = tuple(table(*ROWS))
