"""`wallet confirm` and `token load|confirm`: a second person stands for what payouts use."""

import csv
import io
from pathlib import Path

import pytest

from support.books import Books
from support.command_line import Answer, feeshare
from support.payouts import PERIOD, TODAY, furnish, usual_debts

BAD_INPUT, DENIED = 2, 4
TOKENS = "chain,contract,commodity,decimals,chain_id,source\n"
WBTC = "0x2260FAC5E5542a773Aa44fBCfeDf7C193bc2C599"
WALLETS = "id,kind,purpose,chain,address\n"
NEW = "new,wallet,treasury,ethereum,0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed\n"


def load(books: Books, folder: Path, noun: str, text: str) -> Answer:
    file = folder / f"{noun}.csv"
    file.write_text(text)
    return feeshare(books, noun, "load", str(file))


def listed(books: Books, noun: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(feeshare(books, noun, "list", "--csv").out)))


def test_a_wallet_is_confirmed_by_another_person(books: Books, tmp_path: Path) -> None:
    assert "wallet confirm" in load(books, tmp_path, "wallet", WALLETS + NEW).err
    assert feeshare(books, "wallet", "confirm", "new").status == DENIED
    assert listed(books, "wallet")[0]["confirmed_by"] == ""
    assert feeshare(books, "wallet", "confirm", "--all", actor="erin").err == "new: confirmed\n"
    assert feeshare(books, "wallet", "confirm", "new", actor="erin").err.startswith("Nothing")
    assert listed(books, "wallet")[0]["confirmed_by"] == "erin"
    again = feeshare(books, "wallet", "list", "--csv").out
    assert load(books, tmp_path, "wallet", again).status == 0


def test_a_token_is_loaded_and_confirmed_by_another_person(books: Books, tmp_path: Path) -> None:
    row = f"ethereum,{WBTC},BTC,8,1,its issuer\n"
    assert "token confirm" in load(books, tmp_path, "token", TOKENS + row).err
    assert feeshare(books, "token", "confirm", "ethereum:BTC").status == DENIED
    done = feeshare(books, "token", "confirm", "--all", actor="erin")
    assert done.err == "ethereum:BTC: confirmed\n"
    again = feeshare(books, "token", "confirm", "ethereum:BTC", actor="erin")
    assert again.err.startswith("Nothing to do")
    found = {(it["chain"], it["commodity"]): it["confirmed_by"] for it in listed(books, "token")}
    assert found["ethereum", "BTC"] == "erin"
    assert found["ethereum", "USDC"] == "defaults"
    digest = books.digest()
    assert (
        load(books, tmp_path, "token", feeshare(books, "token", "list", "--csv").out).status == 0
    )
    assert books.digest() == digest
    assert feeshare(books, "token", "confirm", "BTC").status == BAD_INPUT


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (f"moon,{WBTC},BTC,8,,", "chain_unknown"),
        (f"ethereum,{WBTC},BTC,8,56,", "chain_mismatch"),
        (f"ethereum,{WBTC.lower()},BTC,8,1,", "checksum_absent"),
        (f"ethereum,{WBTC},BTC,eight,1,", "value_unknown"),
        (f"ethereum,{WBTC},BTC,37,1,", "value_unknown"),
        (f"ethereum,{WBTC},NONE,8,1,", "reference_unknown"),
        (f"solana,{WBTC},BTC,8,,", "address_malformed"),
    ],
)
def test_a_token_that_is_none_is_refused(
    books: Books, tmp_path: Path, row: str, code: str
) -> None:
    digest = books.digest()
    answer = load(books, tmp_path, "token", TOKENS + row + "\n")
    assert (answer.status, code in answer.err) == (BAD_INPUT, True), answer.err
    assert books.digest() == digest


def test_a_plan_leaves_from_no_account_that_waits(books: Books) -> None:
    furnish(books, confirmed=False)
    usual_debts(books)
    day = f"{TODAY}T09:00:00Z"
    planned = feeshare(books, "payout", "plan", f"{PERIOD:%Y-%m}", at=day)
    assert "no confirmed treasury wallet on ethereum of ours" in planned.err
    feeshare(books, "wallet", "confirm", "--all", actor="erin", at=day)
    planned = feeshare(books, "payout", "plan", f"{PERIOD:%Y-%m}", at=day)
    assert "plan " in planned.err
    assert "held" not in planned.err
