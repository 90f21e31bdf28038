"""Bad agreements, entries, prices and matches, and rows that contradict what the books know."""

from collections.abc import Callable, Iterator
from pathlib import Path

from errors.on_statements import (
    ENTRY,
    january_is_closed,
    month,
    october_is_accepted,
)
from errors.reproductions import (
    OCTOBER,
    TERMS,
    WALLET,
    Level,
    Provoke,
    Reproduction,
    imported,
    taken,
    text_file,
    typed,
)
from errors.statement_cases import ROW, rows, with_cell
from support.books import Books
from support.command_line import Answer

Prepare = Callable[[Books, Path], None]

LINE, OTHER = f"{WALLET}/a", f"{WALLET}/b"
BANK = "date,account,amount,currency,external_id,counterparty,memo\n"
CAME = f"{BANK}2023-10-20,{WALLET},6,USDT,a,Binance,2023-10\n"
IN_ANOTHER = f"2023-10-21,{WALLET},8,USDC,b,Binance,2023-10\n"
PRICES = "commodity,quote,on,price,source\n"
PRICE = f"{PRICES}HBOT,USD,2023-10-30,0.004,a test\n"


def importing(content: str) -> Provoke:
    """Return the import of a file."""
    return lambda books, folder: imported(books, folder, content)


def terms(maintainers: str = "CoinAlpha:1", rate: str = "0.3", start: str = "2023-01-01") -> str:
    """Return terms of another stream of Binance."""
    return f"Binance,perpetual,USDT,variable,{rate},{rate},{start},,{maintainers},a test\n"


def loading(*lines: str, header: str = TERMS) -> Provoke:
    """Return the load of agreements."""
    return typed("agreement", "load", "{agreements}", agreements=header + "".join(lines))


def tiers(bands: str) -> Provoke:
    """Return the load of terms with bands of rates."""
    row = terms(rate="").strip()
    return loading(f"{row},{bands}\n", header=f"{TERMS.strip()},tiers\n")


def entry(*postings: str) -> Provoke:
    """Return the posting of a manual entry; a posting is account, amount, commodity."""
    lines = "".join(f"odd,2023-10-05,odd,{each}\n" for each in postings)
    return typed("entry", "post", "{entry}", entry=ENTRY + lines)


def priced(row: str) -> Provoke:
    """Return the load of a price."""
    return typed("price", "load", "{prices}", prices=f"{PRICES}{row}\n")


def seen_once(books: Books, folder: Path) -> None:
    taken(books, "price", "load", text_file(folder, "prices.csv", PRICE))


def money_came(books: Books, folder: Path) -> None:
    october_is_accepted(books, folder)
    assert imported(books, folder, CAME + IN_ANOTHER, name="bank.csv").status == 0


def owed_twice(books: Books, folder: Path) -> None:
    money_came(books, folder)
    taken(books, "match", LINE, OCTOBER)


def matched_by_a_key(books: Books, folder: Path) -> None:
    money_came(books, folder)
    taken(books, "--request-id", "key-1", "match", LINE, f"{OCTOBER}=1")


def gap_in_the_terms(books: Books, folder: Path) -> None:
    path = text_file(folder, "agreements.csv", TERMS + GAP)
    taken(books, "agreement", "load", path)


GAP = (
    "Binance,margin,USDC,variable,0.4,0.4,2023-01-01,2023-03-31,CoinAlpha:1,a test\n"
    "Binance,margin,USDC,variable,0.4,0.4,2023-06-01,,CoinAlpha:1,a test\n"
)

IN_THE_GAP = month("2023-04").replace("USDT", "USDC")


def differing(books: Books, folder: Path) -> Answer:
    return imported(books, folder, f"{BANK}{CAME.splitlines()[1].replace(',6,', ',7,')}\n")


Row = (
    tuple[int, str, Level, int, str, Provoke] | tuple[int, str, Level, int, str, Provoke, Prepare]
)


def table(*rows: Row) -> Iterator[Reproduction]:
    """Yield reproductions of rows: number, code, level, status, what, command, preparation."""
    for number, code, level, status, what, provoke, *prepare in rows:
        yield Reproduction(
            number=number,
            code=code,
            level=level,
            status=status,
            what=what,
            provoke=provoke,
            prepare=prepare[0] if prepare else None,
        )


ON_THE_BUSINESS = tuple(
    table(
        # Commodities
        (
            57,
            "currency_mismatch",
            "Q",
            3,
            "a code nobody knows",
            importing(with_cell("Asset", "DOGE")),
        ),
        (57, "currency_mismatch", "Q", 3, "small letters", importing(with_cell("Asset", "usdt"))),
        (
            57,
            "agreement_unknown",
            "F",
            2,
            "not the agreement's",
            importing(month("2023-10").replace("USDT", "USDC")),
        ),
        (
            57,
            "conflict",
            "E",
            5,
            "money in another commodity",
            typed("match", OTHER, OCTOBER),
            money_came,
        ),
        (
            57,
            "currency_mismatch",
            "E",
            2,
            "terms in an unknown one",
            loading(terms().replace("USDT", "DOGE")),
        ),
        (
            58,
            "currency_mismatch",
            "Q",
            3,
            "a bridged token",
            importing(with_cell("Asset", "USDC.e")),
        ),
        (
            58,
            "currency_mismatch",
            "F",
            2,
            "a token with a look-alike letter",
            importing(f"{BANK}2023-10-20,{WALLET},5,HB\u039fT,f,somebody,airdrop\n"),
        ),
        # Rows, documents and names
        (59, "row_repeated", "W", 3, "the same row twice", importing(rows(ROW, total="16"))),
        (
            60,
            "reference_reused",
            "E",
            5,
            "the same line with another amount",
            differing,
            money_came,
        ),
        (
            60,
            "match_invalid",
            "E",
            2,
            "more than is left of a line",
            typed("match", LINE, f"{OCTOBER}=6.000001"),
            money_came,
        ),
        (
            61,
            "reference_unknown",
            "Q",
            2,
            "an exchange",
            importing(month("2023-10").replace("Binance", "Nowhere")),
        ),
        (61, "reference_unknown", "E", 2, "a payee", loading(terms("Nobody:1"))),
        (
            61,
            "reference_unknown",
            "E",
            2,
            "a document",
            typed("match", LINE, "binance:2099"),
            money_came,
        ),
        (
            61,
            "reference_unknown",
            "E",
            2,
            "a bank line",
            typed("match", "wallet-x/1", OCTOBER),
            money_came,
        ),
        # Agreements
        (
            62,
            "agreement_overlap",
            "E",
            2,
            "versions that overlap",
            loading(terms().replace(",,Coin", ",2023-03-31,Coin"), terms(start="2023-03-31")),
        ),
        (
            62,
            "terms_missing",
            "F",
            2,
            "a statement of a month between two versions",
            importing(IN_THE_GAP),
            gap_in_the_terms,
        ),
        (63, "split_invalid", "E", 2, "less than the whole", loading(terms("CoinAlpha:0.9"))),
        (
            63,
            "split_invalid",
            "E",
            2,
            "more than the whole",
            loading(terms("CoinAlpha:0.9; Duo One:0.2")),
        ),
        (63, "split_invalid", "E", 2, "below zero", loading(terms("CoinAlpha:1.1; Duo One:-0.1"))),
        (
            63,
            "split_invalid",
            "E",
            2,
            "a payee of nothing",
            loading(terms("CoinAlpha:1; Duo One:0")),
        ),
        (
            63,
            "split_invalid",
            "E",
            2,
            "a payee twice",
            loading(terms("CoinAlpha:0.5; CoinAlpha:0.5")),
        ),
        (64, "rate_invalid", "E", 2, "below zero", loading(terms(rate="-0.1"))),
        (64, "rate_invalid", "E", 2, "beyond the whole", loading(terms(rate="1.1"))),
        (64, "rate_invalid", "E", 2, "bands that overlap", tiers("volume: 0=0.2; 0=0.3")),
        (
            64,
            "rate_invalid",
            "E",
            2,
            "bands out of order",
            tiers("volume: 0=0.2; 200=0.3; 100=0.4"),
        ),
        (
            65,
            "retroactive_change",
            "E",
            5,
            "terms of a closed month",
            typed(
                "agreement",
                "change",
                "binance:spot:usdt",
                "--from",
                "2023-01-31",
                "--source",
                "a mail",
                "rate_low=0.25",
                "rate_high=0.25",
            ),
            january_is_closed,
        ),
        # Entries
        (
            66,
            "journal_unbalanced",
            "E",
            2,
            "a cent off",
            entry("expenses:bank-fees,10,USD", "equity:opening,-9.99,USD"),
        ),
        (
            66,
            "journal_unbalanced",
            "E",
            2,
            "two commodities",
            entry("expenses:bank-fees,10,USD", "equity:opening,-10,USDT"),
        ),
        (66, "journal_unbalanced", "E", 2, "one line", entry("expenses:bank-fees,10,USD")),
        (
            66,
            "zero_amount",
            "E",
            2,
            "an amount of nothing",
            entry("expenses:bank-fees,0,USD", "equity:opening,0,USD"),
        ),
        # Prices
        (67, "price_invalid", "Q", 2, "nothing", priced("HBOT,USD,2023-10-31,0,a test")),
        (67, "price_invalid", "Q", 2, "below zero", priced("HBOT,USD,2023-10-31,-0.004,a test")),
        (
            67,
            "price_invalid",
            "Q",
            2,
            "ten times the last",
            priced("HBOT,USD,2023-10-31,0.04,a test"),
            seen_once,
        ),
        (67, "value_missing", "Q", 2, "blank", priced("HBOT,USD,2023-10-31,,a test")),
        (
            67,
            "price_invalid",
            "E",
            2,
            "a day without one",
            typed("price", "average", "HBOT", "USD", "--until", "2023-10-31", "--days", "2"),
            seen_once,
        ),
        # Deposits
        (
            68,
            "difference_invalid",
            "E",
            2,
            "short by more than is lacking",
            typed("match", LINE, OCTOBER, "--difference", "network-fee=3"),
            money_came,
        ),
        (
            68,
            "difference_invalid",
            "E",
            2,
            "overpaid by nothing",
            typed("match", LINE, OCTOBER, "--difference", "overpaid"),
            money_came,
        ),
        (68, "conflict", "E", 5, "more than is owed", typed("match", OTHER, OCTOBER), money_came),
        (
            68,
            "match_invalid",
            "E",
            2,
            "matched already",
            typed("match", LINE, OCTOBER),
            owed_twice,
        ),
        (
            68,
            "reference_unknown",
            "F",
            2,
            "to a wallet that is not ours",
            importing(CAME.replace(WALLET, "wallet-of-others")),
        ),
        # Keys of requests
        (
            72,
            "reference_reused",
            "E",
            5,
            "the same key for something else",
            typed("--request-id", "key-1", "match", LINE, f"{OCTOBER}=2"),
            matched_by_a_key,
        ),
    )
)
