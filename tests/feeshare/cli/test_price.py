import csv
import io
from hashlib import sha256
from pathlib import Path

from ledger.tables import Evidence
from support.books import Books
from support.command_line import feeshare

PRICES = """\
[
  {"commodity": "HBOT", "quote": "USD", "on": "2023-10-31", "price": "0.0042", "source": "m",
   "observed_at": "2023-11-01T01:59:00+02:00"},
  {"commodity": "HBOT", "quote": "USD", "on": "2023-10-30", "price": "0.004", "source": "m",
   "observed_at": null}
]
"""


def said(books: Books, *arguments: str, actor: str = "treasurer") -> str:
    answer = feeshare(books, *arguments, actor=actor)
    assert answer.status == 0, answer
    return answer.out + answer.err


def listed(books: Books, *arguments: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(said(books, "price", *arguments, "--csv"))))


def load(books: Books, folder: Path, text: str, *more: str, name: str = "p.csv") -> str:
    path = folder / name
    path.write_text(text)
    return said(books, "price", "load", str(path), *more)


def test_a_json_file_is_loaded_with_its_evidence_and_again_changes_nothing(
    books: Books, tmp_path: Path
) -> None:
    assert "2 prices of p.json recorded, 0 known" in load(books, tmp_path, PRICES, name="p.json")
    digest = books.digest()
    assert "Nothing new: all 2 prices of p.json" in load(books, tmp_path, PRICES, name="p.json")
    assert books.digest() == digest
    first, second = listed(books, "list")
    assert (first["on"], second["on"], second["price"]) == ("2023-10-30", "2023-10-31", "0.0042")
    assert (first["observed_at"], second["observed_at"]) == ("", "2023-10-31T23:59:00Z")
    assert second["retrieved_at"] == "2023-11-03T09:00:00Z"
    assert second["raw_sha256"] == sha256(PRICES.encode()).hexdigest()
    with books.read() as session:
        assert session.get_one(Evidence, second["raw_sha256"]).content == PRICES.encode()


def test_a_list_of_prices_loads_again(books: Books, tmp_path: Path) -> None:
    load(books, tmp_path, PRICES, name="p.json")
    text = said(books, "price", "list", "--csv")
    assert "Nothing new: all 2" in load(books, tmp_path, text)


def test_an_override_holds_once_another_person_accepts_it(books: Books, tmp_path: Path) -> None:
    header = "commodity,quote,on,price,source\n"
    load(books, tmp_path, PRICES, name="p.json")
    text = f"{header}HBOT,USD,2023-10-31,0.0043,m\nHBOT,USD,2023-11-01,0.04,m\n"
    told = load(books, tmp_path, text, "--override", "the provider corrected it")
    assert "Proposed as 1. Next: another person runs: feeshare price accept 1" in told
    digest = books.digest()
    assert "Nothing new: all 2" in load(books, tmp_path, text, "--override", "once more")
    assert books.digest() == digest
    assert [(row["number"], row["cause"]) for row in listed(books, "proposals")] == [
        ("1", "other price"),
        ("2", "outlier"),
    ]
    assert [row["price"] for row in listed(books, "list")] == ["0.004", "0.0042"]
    for number in ("1", "2"):
        assert "In force: HBOT at" in said(books, "price", "accept", number, actor="checker")
    assert "Nothing to do" in said(books, "price", "accept", "2", actor="checker")
    assert [(row["price"], row["override_by"]) for row in listed(books, "list")] == [
        ("0.004", ""),
        ("0.0043", "checker"),
        ("0.04", "checker"),
    ]
    assert listed(books, "proposals") == []
    assert [row["price"] for row in listed(books, "list", "--known-at", "2")][-1] == "0.0042"


def test_an_average_prints_the_days_it_used(books: Books, tmp_path: Path) -> None:
    load(books, tmp_path, PRICES, name="p.json")
    arguments = ("price", "average", "HBOT", "USD", "--until", "2023-10-31", "--days", "2")
    told = said(books, *arguments, "--csv")
    assert "1 HBOT = 0.0041 USD, the mean of 2 days until 2023-10-31" in told
    assert "2023-10-30,0.004,m,\n2023-10-31,0.0042,m,\n" in told


def test_an_average_takes_the_policys_days_until_yesterday(books: Books, tmp_path: Path) -> None:
    rows = "".join(
        f"HBOT,USD,2023-{day},0.004,m\n"
        for day in (*(f"10-{day}" for day in range(27, 32)), "11-01", "11-02")
    )
    load(books, tmp_path, f"commodity,quote,on,price,source\n{rows}")
    told = said(books, "price", "average", "HBOT")
    assert "1 HBOT = 0.004 USD, the mean of 7 days until 2023-11-02" in told
