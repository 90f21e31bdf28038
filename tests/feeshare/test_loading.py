import csv
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import select

from feeshare import loading, loading_agreements, price_loading
from feeshare.loading import Format, Loaded
from feeshare.price_recording import Recorded
from ledger.bank_tables import BankAccount
from ledger.errors import BadInput, Conflict, Problem
from ledger.people_tables import Party, PartyAlias
from ledger.revenue.agreements import terms_on
from ledger.revenue.tables import Agreement
from ledger.tables import Price
from payouts.tables import Destination
from support.books import Books
from support.command_line import feeshare
from support.databases import EXAMPLES

AGREEMENT_HEADER = "exchange,stream,commodity,kind,rate_low,rate_high,effective_from,source"


PRICES = None
"""Prices come with where they are from, and are loaded by a module of their own."""


def file_of(folder: Path, text: str, name: str = "file.csv") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def load(books: Books, path: Path, wanted: Format | None) -> Loaded | Recorded:
    with books.write() as change:
        return loading.load(change, path, wanted) if wanted else price_loading.load(change, path)


def refused(books: Books, path: Path, wanted: Format | None) -> Sequence[Problem]:
    """Require that a file is refused and leaves nothing; return its problems."""
    digest = books.digest()
    with pytest.raises(BadInput) as refusal:
        load(books, path, wanted)
    assert books.digest() == digest
    return refusal.value.problems


def test_a_file_is_taken_and_again_is_known(books: Books, tmp_path: Path) -> None:
    path = file_of(tmp_path, 'name,aliases,source\nAda,"A.; the first",web\nBob,,\n')
    assert load(books, path, loading.PAYEES) == Loaded(new=2, known=0)
    digest = books.digest()
    assert load(books, path, loading.PAYEES) == Loaded(new=0, known=2)
    assert books.digest() == digest
    with books.read() as session:
        assert session.get_one(PartyAlias, "the first").party == "ada"
        assert session.get_one(Party, "ada").source == "web"


def test_a_file_with_one_wrong_row_leaves_nothing_and_every_problem_is_told(
    books: Books, tmp_path: Path
) -> None:
    path = file_of(
        tmp_path,
        "commodity,quote,on,price,source\n"
        "USDT,USD,2023-10-31,1,policy\n"
        "DOGE,USD,2023-10-31,1,policy\n"
        "USDC,USD,31.10.2023,one,policy\n"
        "HBOT,USD,2023-10-31,0,policy\n"
        "HBOT,USD,2023-10-30,0.1,\n",
    )
    problems = refused(books, path, PRICES)
    assert [(problem.code, problem.row, problem.column) for problem in problems] == [
        ("currency_mismatch", 3, "commodity"),
        ("not_a_number", 4, "price"),
        ("date_invalid", 4, "on"),
        ("price_invalid", 5, "price"),
        ("value_missing", 6, "source"),
    ]


def test_a_price_is_taken_as_it_stands(books: Books, tmp_path: Path) -> None:
    path = file_of(
        tmp_path, "commodity,quote,on,price,source\nHBOT,USD,2023-10-31,0.0042,made up\n"
    )
    assert load(books, path, PRICES) == Recorded(new=1)
    with books.read() as session:
        assert session.scalars(select(Price.price)).all() == [Decimal("0.0042")]


CONTRADICTIONS = {
    "party of another kind": ("payee", "name\nBinance\n"),
    "alias of another": ("exchange", "name,aliases\nBinance US,Binance.com\n"),
    "another spelling": ("exchange", "name\nBINANCE\n"),
    "another address": (
        "wallet",
        "id,kind,purpose,chain,address\nbank-operating,bank,treasury operating account,,DE0\n",
    ),
    "another price": ("price", "commodity,quote,on,price,source\nUSDT,USD,2023-10-31,2,p\n"),
}


@pytest.mark.parametrize("case", CONTRADICTIONS)
def test_what_contradicts_the_books_is_a_conflict_and_leaves_nothing(
    furnished_books: Books, tmp_path: Path, case: str
) -> None:
    noun, text = CONTRADICTIONS[case]
    first = file_of(tmp_path, "commodity,quote,on,price,source\nUSDT,USD,2023-10-31,1,p\n")
    load(furnished_books, first, PRICES)
    digest = furnished_books.digest()
    answer = feeshare(furnished_books, noun, "load", str(file_of(tmp_path, text, "b.csv")))
    assert (answer.status, "reference_reused" in answer.err) == (Conflict.exit_status, True)
    assert furnished_books.digest() == digest


def test_the_known_beside_the_new_is_counted_apart(books: Books, tmp_path: Path) -> None:
    load(books, file_of(tmp_path, "name\nAda\n"), loading.PAYEES)
    path = file_of(tmp_path, "name\nAda\nBob\n", "more.csv")
    answer = feeshare(books, "payee", "load", str(path))
    assert (answer.status, answer.err) == (0, "1 payees loaded, 1 known already.\n")
    again = feeshare(books, "payee", "load", str(path))
    assert (again.status, "Nothing new: all 2" in again.err) == (0, True)


def yaml_of(path: Path, folder: Path) -> Path:
    """Write the records of a CSV file as YAML, every text quoted."""
    with path.open(newline="") as file:
        rows = [
            "- " + "\n  ".join(f"{column}: '{cell}'" for column, cell in row.items() if cell)
            for row in csv.DictReader(file)
        ]
    return file_of(folder, "\n".join(rows), path.with_suffix(".yaml").name)


def test_yaml_is_the_same_to_the_books_as_csv(books: Books, tmp_path: Path) -> None:
    wanted = {
        "exchanges": loading.EXCHANGES,
        "payees": loading.PAYEES,
        "wallets": loading.WALLETS,
        "agreements": loading_agreements.AGREEMENTS,
        "prices": PRICES,
        "destinations": loading.DESTINATIONS,
    }
    for name, kind in wanted.items():
        assert load(books, yaml_of(EXAMPLES / "books" / f"{name}.csv", tmp_path), kind).new
    digest = books.digest()
    for name, kind in wanted.items():
        assert load(books, EXAMPLES / "books" / f"{name}.csv", kind).new == 0
    assert books.digest() == digest


NOUNS = {
    "exchange": Party,
    "payee": Party,
    "wallet": BankAccount,
    "agreement": Agreement,
    "payee destination": Destination,
}


@pytest.mark.parametrize("noun", NOUNS)
def test_what_list_prints_as_csv_can_be_loaded_again(
    furnished_books: Books, tmp_path: Path, noun: str
) -> None:
    destinations = EXAMPLES / "books" / "destinations.csv"
    load(furnished_books, destinations, loading.DESTINATIONS)
    words = noun.split()
    feeshare(furnished_books, "payee", "destination", "confirm", "--all", actor="another")
    listed = feeshare(furnished_books, *words, "list", "--csv")
    assert (listed.status, listed.err) == (0, "")
    digest = furnished_books.digest()
    answer = feeshare(furnished_books, *words, "load", str(file_of(tmp_path, listed.out)))
    assert (answer.status, "Nothing new" in answer.err) == (0, True), answer.err
    assert furnished_books.digest() == digest


def test_a_list_loads_into_empty_books_and_lists_the_same(
    furnished_books: Books, books: Books, tmp_path: Path
) -> None:
    for noun in ("exchange", "payee", "wallet", "agreement"):
        listed = feeshare(furnished_books, noun, "list", "--csv").out
        assert feeshare(books, noun, "load", str(file_of(tmp_path, listed))).status == 0
        assert feeshare(books, noun, "list", "--csv").out == listed


def test_weights_are_read_with_names_that_hold_spaces(books: Books, tmp_path: Path) -> None:
    load(books, file_of(tmp_path, "name\nGate.io\n"), loading.EXCHANGES)
    load(books, file_of(tmp_path, "name\nDuo One\nDuo Two\nSolo\n"), loading.PAYEES)
    text = (
        f"{AGREEMENT_HEADER},maintainers\n"
        "Gate.io,spot,USDT,variable,0.3,0.3,2023-01-01,s,Duo One:0.65; Duo Two : 0.35\n"
        "Gate.io,futures,USDT,variable,0.3,0.3,2023-01-01,s,Solo\n"
    )
    assert load(books, file_of(tmp_path, text), loading_agreements.AGREEMENTS).new == 2
    with books.read() as session:
        found = [
            terms_on(session, f"gate-io:{stream}:usdt", date(2023, 1, 1)).weights
            for stream in ("spot", "futures")
        ]
    assert found == [
        {"duo-one": Decimal("0.65"), "duo-two": Decimal("0.35")},
        {"solo": Decimal(1)},
    ]


WRONG_TERMS = {
    "Nobody,spot,USDT,variable,0.3,0.3,2023-01-01,s,": ("reference_unknown", None),
    "CoinAlpha,spot,USDT,variable,0.3,0.3,2023-01-01,s,": ("reference_unknown", None),
    "Gate,b,USDT,variable,0.3,0.3,2023-01-01,s,Nobody": ("reference_unknown", None),
    "Gate,b,USDT,variable,0.3,0.3,2023-01-01,s,KuCoin": ("reference_unknown", None),
    "Gate,b,DOGE,variable,0.3,0.3,2023-01-01,s,": ("currency_mismatch", "commodity"),
    "Gate,b,USDT,variable,30,30,2023-01-01,s,": ("rate_invalid", "rate_low"),
    "Gate,b,USDT,variable,,,2023-01-01,s,": ("rate_invalid", "rate_low"),
    "Gate,b,USDT,variable,0.4,0.3,2023-01-01,s,": ("rate_invalid", "rate_high"),
    "Gate,b,USDT,fixed,,,2023-01-01,s,": ("negative_amount", "fixed_amount"),
    "Gate,b,USDT,flat,0.3,0.3,2023-01-01,s,": ("terms_invalid", "kind"),
    "Gate,b,USDT,variable,0.3,0.3,2023-01-01,,": ("value_missing", "source"),
    "Gate,b,USDT,variable,0.3,0.3,2023-01-01,s,CoinAlpha:x": ("split_invalid", "maintainers"),
    "Gate,b,USDT,variable,0.3,0.3,2023-01-01,s,CoinAlpha:0.5; CoinAlpha:0.5": (
        "split_invalid",
        "maintainers",
    ),
    "Gate,b,USDT,variable,0.3,0.3,2023-01-01,s,CoinAlpha:0.5": ("split_invalid", "maintainers"),
}


@pytest.mark.parametrize("row", WRONG_TERMS)
def test_terms_that_cannot_be_are_refused(
    furnished_books: Books, tmp_path: Path, row: str
) -> None:
    path = file_of(tmp_path, f"{AGREEMENT_HEADER},maintainers\n{row}\n")
    problem = refused(furnished_books, path, loading_agreements.AGREEMENTS)[0]
    assert (problem.code, problem.column, problem.row) == (*WRONG_TERMS[row], 2)


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("w,safe,treasury,ethereum,0x0", "value_unknown"),
        ("w,wallet,treasury,,", "value_missing"),
        ("w,wallet,treasury,ethereum,0x15dBd49E62ab05B7816DB34E5C2147b0Ce031752", "checksum"),
        (
            "w,wallet,treasury,solana,0x15dBd49E62ab05B7816DB34E5C2147b0Ce031752",
            "address_malformed",
        ),
    ],
)
def test_a_wallet_that_cannot_be_is_refused(
    books: Books, tmp_path: Path, row: str, code: str
) -> None:
    path = file_of(tmp_path, f"id,kind,purpose,chain,address\n{row}\n")
    assert code in refused(books, path, loading.WALLETS)[0].code
