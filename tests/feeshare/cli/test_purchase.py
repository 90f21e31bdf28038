"""`purchase`, as typed: half of the OKX fee share, as HGP-64 allowed and the record has it."""

import csv
import io

from support.books import Books
from support.command_line import Answer, feeshare
from support.purchases import HGP_64, allow, lines, receive

NOW = "2024-11-25T09:00:00Z"
BAD_INPUT = 2


def typed(books: Books, *words: str, status: int = 0) -> Answer:
    answer = feeshare(books, "purchase", *words, at=NOW)
    assert answer.status == status, answer
    return answer


def listed(books: Books, *words: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(typed(books, *words, "--csv").out)))


def test_a_purchase_is_made_within_its_mandate_and_listed(books: Books) -> None:
    allow(books)
    receive(books, "4033")
    mandate = ("mandate", "HGP-64", "OKX", "--fraction", "0.5", "--from", "2024-10-01")
    said = typed(books, *mandate, "--source", "the proposal").err
    assert said.startswith(f"0.5 of the USDC from okx may be spent on HBOT by {HGP_64}")
    assert typed(books, *mandate, "--source", "the proposal").err.startswith("Nothing to do.")

    out, into = lines(books, "2017", "900000.5")
    record = ("record", "hbot:2024-11", "--proposal", "HGP-64", "--sold", out, "--bought", into)
    why = ("--why", "order 1")
    digest = books.digest()
    refused = typed(books, *record, *why, status=BAD_INPUT).err
    assert "found '2017 USDC', expected 2016.5 USDC or less" in refused
    assert books.digest() == digest
    partly = ("--sold-amount", "2016", "--sold-fee", "2", "--exchange", "OKX")
    said = typed(books, *record, *why, *partly).err
    assert said == "hbot:2024-11: 0.5 USDC may still be spent by HGP-64.\n"
    assert typed(books, *record, *why, *partly).err.startswith("Nothing to do.")

    (row,) = listed(books, "list")
    assert (row["spent"], row["spent_fee"], row["got"]) == ("2016", "2", "900000.5")
    assert (row["received_to_date"], row["may_be_spent"], row["left"]) == ("4033", "2016.5", "0.5")
    assert listed(books, "list", "--as-of", "2024-11-14") == []
    (row,) = listed(books, "mandates", "--as-of", "2024-11-14")
    assert (row["received"], row["was_spent"], row["left"]) == ("4033", "0", "2016.5")
    assert listed(books, "mandates", "--as-of", "2024-09-30") == []


def test_what_nobody_allowed_is_not_bought(books: Books) -> None:
    allow(books)
    out, into = lines(books, "1", "1")
    digest = books.digest()
    record = ("record", "x", "--sold", out, "--bought", into, "--why", "w", "--proposal")
    assert "No mandate to purchase" in typed(books, *record, "HGP-64", status=BAD_INPUT).err
    assert "No proposal" in typed(books, *record, "HGP-65", status=BAD_INPUT).err
    assert books.digest() == digest
