import json
from pathlib import Path

from support.books import Books
from support.command_line import feeshare

HEADER = "exchange,stream,commodity,period,volume,source\n"


def test_volumes_are_loaded_once_and_listed_beside_the_fees(
    furnished_books: Books, tmp_path: Path
) -> None:
    file = tmp_path / "volumes.csv"
    file.write_text(HEADER + "KuCoin,spot,USDT,2023-10,1000000,its page\n")
    first = feeshare(furnished_books, "volume", "load", str(file))
    assert (first.status, "1 volumes loaded" in first.err) == (0, True), first
    again = feeshare(furnished_books, "volume", "load", str(file))
    assert (again.status, "Nothing new" in again.err) == (0, True), again
    (row,) = json.loads(feeshare(furnished_books, "volume", "list", "--json").out)
    assert (row["volume"], row["fee_share"], row["outlier"]) == ("1000000", None, False)
    assert (
        json.loads(feeshare(furnished_books, "volume", "list", "--outliers", "--json").out) == []
    )


def test_every_mistake_of_a_file_of_volumes_is_told_at_once(
    furnished_books: Books, tmp_path: Path
) -> None:
    file = tmp_path / "volumes.csv"
    file.write_text(
        HEADER
        + "KuCoin,spot,USDT,2023-13,1,x\n"
        + "KuCoin,futures,USDT,2023-10,-1,x\n"
        + "KuCoin,spot,DOGE,2023-10,1,x\n"
        + "Nobody,spot,USDT,2023-10,1,x\n"
    )
    digest = furnished_books.digest()
    answer = feeshare(furnished_books, "volume", "load", str(file))
    assert answer.status == 2, answer
    for expected in (
        "date_invalid",
        "row 2",
        "agreement_unknown",
        "negative_amount",
        "row 3",
        "currency_mismatch",
        "row 4",
        "reference_unknown",
        "row 5",
    ):
        assert expected in answer.err, answer.err
    assert furnished_books.digest() == digest


def test_another_volume_by_the_same_source_is_a_conflict(
    furnished_books: Books, tmp_path: Path
) -> None:
    file = tmp_path / "volumes.csv"
    file.write_text(HEADER + "KuCoin,spot,USDT,2023-10,1000000,its page\n")
    feeshare(furnished_books, "volume", "load", str(file))
    digest = furnished_books.digest()
    file.write_text(HEADER + "KuCoin,spot,USDT,2023-10,1000001,its page\n")
    answer = feeshare(furnished_books, "volume", "load", str(file))
    assert (answer.status, "reference_reused" in answer.err) == (5, True), answer
    assert furnished_books.digest() == digest
