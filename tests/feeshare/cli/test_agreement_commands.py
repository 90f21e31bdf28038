import json
from pathlib import Path

import pytest

from support.books import Books
from support.command_line import Answer, feeshare

GATE = "gate-io:spot:usdt"
WHOLE = (
    "exchange,stream,commodity,kind,effective_from,tiers,rebate_rate,rebate_payer,rebate_payee,"
    "maintainers,selection_method,selected_on,selection_link,statement_day,payment_days,"
    "incentives,confidential,source\n"
    "Gate.io,perpetual,USDT,variable,2023-01-01,volume: 0=0.2; 1000000=0.3,0.1,foundation,"
    "CoinAlpha,Duo One (made up):1,vote,2022-12-01,https://example.org/vote,5,45,"
    "5000 HBOT 2023-01-01..2023-06-30 for makers; 7 GT 2023-01-01..,yes,a test\n"
)


@pytest.fixture
def agreed(furnished_books: Books, tmp_path: Path) -> Books:
    """Give the examples' books with one more agreement that says all that terms can say."""
    file = tmp_path / "whole.csv"
    file.write_text(WHOLE)
    answer = feeshare(furnished_books, "agreement", "load", str(file))
    assert answer.status == 0, answer
    return furnished_books


def table(answer: Answer) -> list[dict[str, str | None]]:
    assert answer.status == 0, answer
    rows: list[dict[str, str | None]] = json.loads(answer.out)
    return rows


def test_what_is_listed_loads_again_and_changes_nothing(agreed: Books, tmp_path: Path) -> None:
    listed = feeshare(agreed, "agreement", "list", "--csv")
    file = tmp_path / "listed.csv"
    file.write_text(listed.out)
    digest = agreed.digest()
    answer = feeshare(agreed, "agreement", "load", str(file))
    assert (answer.status, "Nothing new" in answer.err) == (0, True), answer
    assert agreed.digest() == digest


def test_agreements_stand_side_by_side_and_confidential_ones_apart(agreed: Books) -> None:
    found = table(feeshare(agreed, "agreement", "compare", "--period", "2023-10", "--json"))
    (whole,) = [row for row in found if row["stream"] == "perpetual"]
    assert whole["rate"] == "volume: 0=0.2; 1000000=0.3"
    assert (whole["rebate"], whole["rebate_payer"]) == ("10 %", "foundation")
    assert whole["incentives"] == (
        "5000 HBOT 2023-01-01..2023-06-30 for makers; 7 GT 2023-01-01.."
    )
    assert whole["selection"] == "vote 2022-12-01 https://example.org/vote"
    assert (whole["statement_day"], whole["payment_days"]) == ("5", "45")
    (huobi,) = [row for row in found if row["exchange"] == "Huobi"]
    assert (huobi["rate"], huobi["maintainer_rate"]) == ("30 % to 40 %", "20 %")
    assert (huobi["statement_day"], huobi["payment_days"]) == ("10", "30")
    (fixed,) = [row for row in found if row["kind"] == "fixed"]
    assert fixed["rate"] == "750 USD a month"
    public = table(feeshare(agreed, "agreement", "compare", "--public", "--json"))
    assert "perpetual" not in {row["stream"] for row in public}
    today = table(feeshare(agreed, "agreement", "compare", "--as-of", "2023-10-31", "--json"))
    assert today == found
    both = feeshare(agreed, "agreement", "compare", "--period", "2023-10", "--as-of", "2023-10-31")
    assert (both.status, "option_unfit" in both.err) == (2, True), both


def test_terms_change_from_a_day_on(agreed: Books) -> None:
    change = ("agreement", "change", GATE, "--from", "2023-12-01", "--source", "a letter")
    first = feeshare(agreed, *change, "rate_low=0.25", "rate_high=0.25")
    assert (first.status, "new terms from 2023-12-01" in first.err) == (0, True), first
    digest = agreed.digest()
    again = feeshare(agreed, *change, "rate_low=0.25", "rate_high=0.25")
    assert (again.status, "Nothing to do" in again.err) == (0, True), again
    for cells in (("rate=0.25",), ("rate_low=2",), ("rate_low=0.24", "rate_high=0.25")):
        refused = feeshare(agreed, *change, *cells)
        assert refused.status != 0, refused
    assert agreed.digest() == digest


def test_a_hold_is_placed_listed_and_released(agreed: Books) -> None:
    hold = (
        *("agreement", "hold", GATE, "--from", "2023-10-15", "--reason", "bugs stay open"),
        *("--evidence", "https://example.org/issues", "--payee", "CoinAlpha"),
        *("--open-bugs", "4", "--oldest-bug-days", "90"),
    )
    placed = feeshare(agreed, *hold)
    assert (placed.status, "release-hold hold:gate-io" in placed.err) == (0, True), placed
    assert "Nothing to do" in feeshare(agreed, *hold).err
    (listed,) = table(feeshare(agreed, "agreement", "holds", "--json"))
    assert (listed["hold"], listed["payee"], listed["released_on"]) == (
        f"hold:{GATE}:1",
        "coinalpha",
        None,
    )
    release = ("agreement", "release-hold", f"hold:{GATE}:1", "--reason", "mended")
    assert "is released" in feeshare(agreed, *release).err
    assert "Nothing to do" in feeshare(agreed, *release).err
    (listed,) = table(feeshare(agreed, "agreement", "holds", "--json"))
    assert (listed["released_on"], listed["release_reason"]) == ("2023-11-03", "mended")


def test_what_a_hold_kept_back_is_told_when_it_is_released(furnished_books: Books) -> None:
    examples = Path(__file__).parents[3] / "examples"
    month = examples / "2023-10"
    hold = ("--from", "2023-10-01", "--reason", "r", "--evidence", "e")
    for command in (
        ("agreement", "hold", "binance:spot:usdt", *hold),
        ("import", str(month / "statements"), "--mappings", str(examples / "mappings")),
        ("review", "accept", "--all"),
        ("accrue", "2023-10"),
        ("import", str(month / "bank"), "--mappings", str(examples / "mappings")),
        ("reconcile", "2023-10"),
    ):
        answer = feeshare(furnished_books, *command)
        assert answer.status in {0, 3}, answer
    released = feeshare(
        furnished_books,
        "agreement",
        "release-hold",
        "hold:binance:spot:usdt:1",
        "--reason",
        "mended",
    )
    assert "1750 USDT is due" in released.err, released


def test_an_agreement_that_ends_is_not_expected_after_it_and_loads_again_as_listed(
    agreed: Books, tmp_path: Path
) -> None:
    command = ("agreement", "end", GATE, "--on", "2023-10-31", "--reason", "the exchange closed")
    first = feeshare(agreed, *command)
    assert (first.status, f"{GATE} ends on 2023-10-31" in first.err) == (0, True), first
    digest = agreed.digest()
    again = feeshare(agreed, *command)
    assert (again.status, "ended before" in again.err) == (0, True), again
    months = {
        month: [
            row["agreement"] for row in table(feeshare(agreed, "month", "start", month, "--json"))
        ]
        for month in ("2023-10", "2023-11")
    }
    assert [GATE in found for found in months.values()] == [True, False]
    file = tmp_path / "listed.csv"
    file.write_text(feeshare(agreed, "agreement", "list", "--csv").out)
    answer = feeshare(agreed, "agreement", "load", str(file))
    assert (answer.status, "Nothing new" in answer.err) == (0, True), answer
    assert agreed.digest() == digest
