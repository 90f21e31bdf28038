"""A clean batch of forty payees: three commands by its maker, two by its checker."""

from datetime import timedelta
from pathlib import Path

from pypdf import PdfReader

from ledger import parties
from payouts import destinations
from support.books import Books
from support.command_line import Answer, feeshare
from support.payouts import (
    BEFORE_THE_HOLD,
    PERIOD,
    TODAY,
    WALLET,
    address_of,
    fund,
    furnish,
    left_the_wallet,
    owe,
    pem_of,
)

PAYEES = [f"payee-{number:02d}" for number in range(40)]
MONTH = f"{PERIOD:%Y-%m}"
BATCH = f"{MONTH}:{WALLET}:1"


def typed(books: Books, *arguments: str, actor: str = "treasurer") -> Answer:
    answer = feeshare(books, *arguments, actor=actor, at=f"{TODAY}T09:00:00Z")
    assert answer.status == 0, answer
    return answer


def owing(books: Books) -> None:
    furnish(books)
    now, books.at = books.at, BEFORE_THE_HOLD + timedelta(hours=1)
    with books.write() as change:
        for payee in PAYEES:
            parties.add(change, name=payee, kind="payee")
            destinations.request(change, payee, "safe", address_of(payee), chain="ethereum")
    with books.write("erin") as change:
        for payee in PAYEES:
            destinations.confirm(change, f"{payee}:safe:1")
    books.at = now
    fund(books, "10000")
    with books.write() as change:
        for number, payee in enumerate(PAYEES, start=1):
            owe(change, f"share:{payee}", payee, f"{number}.25")


def test_a_clean_batch_of_forty_takes_three_commands_and_two(books: Books, tmp_path: Path) -> None:
    owing(books)
    planned = typed(books, "payout", "plan", MONTH).err
    plan = planned.partition("plan ")[2].split()[0]
    typed(books, "payout", "submit", MONTH, "--plan", plan, "--nonce", f"{WALLET}=7")

    shown = typed(books, "payout", "show", MONTH, actor="carol").err
    key = tmp_path / "carol.pem"
    key.write_bytes(pem_of("carol"))
    content_hash = shown.partition("content hash ")[2].split()[0]
    signed = ("--hash", content_hash, "--key", str(key))
    typed(books, "payout", "approve", MONTH, *signed, actor="carol")

    typed(books, "payout", "export", MONTH, "--output", str(tmp_path / "to-sign"))
    [sheet] = (tmp_path / "to-sign").glob("*.pdf")
    assert len(PdfReader(sheet).pages) == 2
    left_the_wallet(
        books,
        [
            (f"0x1/log:{number}", f"{number}.25", address_of(payee), "")
            for number, payee in enumerate(PAYEES, start=1)
        ],
    )
    assert f"{BATCH}: settled" in typed(books, "payout", "settle", MONTH).err
