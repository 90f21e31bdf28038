"""Bad input, as a person meets it: each gets its own error, and the books are as before."""

from pathlib import Path

import pytest

from support.books import Books
from support.command_line import feeshare

EXAMPLES = Path(__file__).parents[2] / "examples"
MAPPINGS = str(EXAMPLES / "mappings")
AMOUNT = '"8,750.00"'
"""The fee share as Binance's example statement writes it."""

BAD_INPUT = 2
CONFLICT = 5

AGREEMENT_HEADER = (
    "exchange,stream,commodity,kind,rate_low,rate_high,fixed_amount,effective_from,effective_to,"
    "maintainer_rate,maintainers,source\n"
)


def binance_file(folder: Path, row: str, header: str | None = None) -> str:
    """Write a statement of Binance with one row under its real header, or another one."""
    real = (EXAMPLES / "2023-10" / "statements" / "binance-2023-10.csv").read_text()
    path = folder / "binance.csv"
    path.write_text(f"{header or real.splitlines()[0]}\n{row}\n")
    return str(path)


def real_row() -> str:
    """Return the data row of the example statement of Binance."""
    text = (EXAMPLES / "2023-10" / "statements" / "binance-2023-10.csv").read_text()
    return text.splitlines()[1]


def require_refused(books: Books, arguments: tuple[str, ...], *expected: str) -> str:
    """Require exit 2, every expected text on stderr, and an unchanged database."""
    digest = books.digest()
    answer = feeshare(books, *arguments)
    assert answer.status == BAD_INPUT, answer
    for text in expected:
        assert text in answer.err, answer.err
    assert books.digest() == digest
    return answer.err


def test_the_example_row_is_taken(furnished_books: Books, tmp_path: Path) -> None:
    answer = feeshare(
        furnished_books, "import", binance_file(tmp_path, real_row()), "--mappings", MAPPINGS
    )
    assert (answer.status, "staged" in answer.out) == (0, True), answer


def test_an_unknown_column_is_refused_with_the_difference(
    furnished_books: Books, tmp_path: Path
) -> None:
    header = (EXAMPLES / "2023-10" / "statements" / "binance-2023-10.csv").read_text()
    file = binance_file(tmp_path, f"{real_row()},x", f"{header.splitlines()[0]},surprise")
    require_refused(
        furnished_books, ("import", file, "--mappings", MAPPINGS), "header_changed", "surprise"
    )


@pytest.mark.parametrize(
    ("amount", "code"),
    [
        ("8750,50", "decimal_mark"),
        ("NaN", "not_a_number"),
        ("1e5", "scientific"),
        ("-8750", "negative_amount"),
    ],
)
def test_an_amount_that_is_no_plain_number_is_refused(
    furnished_books: Books, tmp_path: Path, amount: str, code: str
) -> None:
    row = real_row().replace(AMOUNT, f'"{amount}"')
    assert amount in row
    file = binance_file(tmp_path, row)
    err = require_refused(furnished_books, ("import", file, "--mappings", MAPPINGS), code, "row 2")
    assert "binance.csv" in err


def test_an_unknown_currency_is_refused(furnished_books: Books, tmp_path: Path) -> None:
    file = binance_file(tmp_path, real_row().replace("USDT", "DOGE"))
    require_refused(
        furnished_books, ("import", file, "--mappings", MAPPINGS), "currency_mismatch", "DOGE"
    )


def test_all_problems_of_all_files_are_told_at_once(
    furnished_books: Books, tmp_path: Path
) -> None:
    first = binance_file(
        tmp_path,
        "\n".join([real_row().replace(AMOUNT, "NaN"), real_row().replace(AMOUNT, "1e5")]),
    )
    second = tmp_path / "huobi.csv"
    real = (EXAMPLES / "2023-10" / "statements" / "huobi-2023-10.csv").read_text()
    second.write_text(real.replace("USDT", "DOGE"))
    err = require_refused(furnished_books, ("import", first, str(second), "--mappings", MAPPINGS))
    for expected in ("not_a_number", "row 2", "scientific", "row 3", "currency_mismatch"):
        assert expected in err, err


def test_an_unbalanced_manual_entry_is_refused(furnished_books: Books, tmp_path: Path) -> None:
    file = tmp_path / "entry.csv"
    file.write_text(
        "reference,date,narration,account,amount,commodity\n"
        "a,2023-10-05,fee,expenses:bank-fees,10,USD\n"
        "a,2023-10-05,fee,equity:opening,-9.99,USD\n"
        "b,2023-10-05,fee,expenses:nowhere,1,USD\n"
        "b,2023-10-05,fee,equity:opening,-1,XYZ\n"
    )
    require_refused(
        furnished_books,
        ("entry", "post", str(file)),
        "journal_unbalanced",
        "off by 0.01 USD",
        "reference_unknown",
        "currency_mismatch",
    )


def test_overlapping_terms_are_refused(furnished_books: Books, tmp_path: Path) -> None:
    file = tmp_path / "agreements.csv"
    file.write_text(
        AGREEMENT_HEADER
        + "Examplex (made up),listing,USD,fixed,,,800,2023-10-15,,,CoinAlpha:1,test\n"
    )
    require_refused(
        furnished_books, ("agreement", "load", str(file)), "agreement_overlap", "version 1"
    )


def test_a_statement_without_terms_in_force_is_refused(
    furnished_books: Books, tmp_path: Path
) -> None:
    file = tmp_path / "examplex.csv"
    real = EXAMPLES / "2023-10" / "statements" / "examplex-made-up-2023-10.csv"
    file.write_text(real.read_text().replace("2023-10", "2023-09"))
    require_refused(
        furnished_books,
        ("import", str(file), "--mappings", MAPPINGS),
        "terms_missing",
        "2023-09-30",
    )


def test_a_month_that_has_not_come_is_refused(furnished_books: Books, tmp_path: Path) -> None:
    file = binance_file(tmp_path, real_row().replace("2023-10", "2023-12"))
    require_refused(
        furnished_books,
        ("import", file, "--mappings", MAPPINGS),
        "date_out_of_range",
        "a date up to today, 2023-11-03",
    )
    later = feeshare(
        furnished_books, "import", file, "--mappings", MAPPINGS, at="2023-12-01T00:00:00Z"
    )
    assert later.status == 0, later


@pytest.mark.parametrize("weights", ["CoinAlpha:0.7; Duo One (made up):0.4", "CoinAlpha:1.1"])
def test_shares_over_a_hundred_percent_are_refused(
    furnished_books: Books, tmp_path: Path, weights: str
) -> None:
    file = tmp_path / "agreements.csv"
    file.write_text(
        AGREEMENT_HEADER
        + f"Quillon (made up),spot,USDC,variable,0.4,0.4,,2023-10-01,,,{weights},t\n"
    )
    require_refused(
        furnished_books, ("agreement", "load", str(file)), "split_invalid", "1.1 in all", "row 2"
    )


def test_an_address_with_a_wrong_checksum_is_refused(
    furnished_books: Books, tmp_path: Path
) -> None:
    file = tmp_path / "destinations.csv"
    file.write_text(
        "payee,rail,chain,address\n"
        "CoinAlpha,safe,ethereum,0xfE23BB36897773a5CCF3F856F139765CfB131367\n"
        "Nobody,safe,ethereum,0xFe23BB36897773a5CCF3F856F139765CfB131367\n"
    )
    require_refused(
        furnished_books,
        ("payee", "destination", "load", str(file)),
        "checksum_invalid",
        "row 2",
        "reference_unknown",
        "row 3",
    )


def test_the_same_statement_from_another_file_is_a_conflict(
    furnished_books: Books, tmp_path: Path
) -> None:
    assert (
        feeshare(
            furnished_books, "import", binance_file(tmp_path, real_row()), "--mappings", MAPPINGS
        ).status
        == 0
    )
    digest = furnished_books.digest()
    other = binance_file(tmp_path, real_row().replace(AMOUNT, '"8,751.00"'))
    answer = feeshare(furnished_books, "import", other, "--mappings", MAPPINGS)
    assert (answer.status, "reference_reused" in answer.err) == (CONFLICT, True), answer
    assert furnished_books.digest() == digest


def test_the_same_file_again_changes_nothing_and_says_so(
    furnished_books: Books, tmp_path: Path
) -> None:
    file = binance_file(tmp_path, real_row())
    assert feeshare(furnished_books, "import", file, "--mappings", MAPPINGS).status == 0
    digest = furnished_books.digest()
    answer = feeshare(furnished_books, "import", file, "--mappings", MAPPINGS)
    assert (answer.status, "Nothing new" in answer.err) == (0, True), answer
    assert furnished_books.digest() == digest


def test_an_entry_that_rows_stand_on_is_not_reversed_by_hand(
    furnished_books: Books, tmp_path: Path
) -> None:
    file = binance_file(tmp_path, real_row())
    feeshare(furnished_books, "import", file, "--mappings", MAPPINGS)
    feeshare(furnished_books, "review", "accept", "--all")
    digest = furnished_books.digest()
    answer = feeshare(furnished_books, "entry", "reverse", "1", "--reason", "a mistake")
    assert (answer.status, "entry_depended_on" in answer.err) == (CONFLICT, True), answer
    assert furnished_books.digest() == digest


def test_the_same_manual_reference_with_other_content_is_a_conflict(
    furnished_books: Books, tmp_path: Path
) -> None:
    file = tmp_path / "entry.csv"
    rows = (
        "reference,date,narration,account,amount,commodity\n"
        "a,2023-10-05,fee,expenses:bank-fees,{0},USD\n"
        "a,2023-10-05,fee,equity:opening,-{0},USD\n"
    )
    file.write_text(rows.format(10))
    assert feeshare(furnished_books, "entry", "post", str(file)).status == 0
    digest = furnished_books.digest()
    again = feeshare(furnished_books, "entry", "post", str(file))
    assert (again.status, "posted before" in again.err) == (0, True), again
    file.write_text(rows.format(11))
    other = feeshare(furnished_books, "entry", "post", str(file))
    assert (other.status, "reference_reused" in other.err) == (CONFLICT, True), other
    assert furnished_books.digest() == digest


def test_a_negative_share_is_refused_even_where_the_sum_is_right(
    furnished_books: Books, tmp_path: Path
) -> None:
    file = tmp_path / "agreements.csv"
    weights = "CoinAlpha:1.1; Duo One (made up):-0.1"
    file.write_text(
        AGREEMENT_HEADER
        + f"Quillon (made up),spot,USDC,variable,0.4,0.4,,2023-10-01,,,{weights},test\n"
    )
    require_refused(furnished_books, ("agreement", "load", str(file)), "split_invalid", "row 2")
