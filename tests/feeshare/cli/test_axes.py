"""Two axes of time on the command line: --as-of and --known-at, and what a close froze."""

import csv
import importlib
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from feeshare.cli.main import GROUPS
from support.books import Books
from support.command_line import Answer, feeshare
from support.databases import EXAMPLES

WELL, BAD_INPUT, CONFLICT = 0, 2, 5

LISTS = (
    *("exchange list", "payee list", "wallet list", "agreement list", "token list"),
    *("payee notices", "payee hold list", "payee form list", "payee minimum list"),
    *("payee preference list", "payee signer list"),
    *("policy list", "price list", "user list", "bounty list", "renewal list"),
    *("bounty proofs", "calendar"),
    *("proposal list", "payee destination list", "month start 2023-09"),
    *("month status 2023-09", "report trial-balance", "export hledger"),
    *("export beancount", "write-off list", "volume list", "credit list", "exceptions"),
    *("price proposals", "conversion list", "agreement compare", "agreement holds"),
    *("proposal votes", "purchase mandates", "purchase list"),
    *("bounty history list", "bounty history findings"),
    *("connector list", "sponsorship list", "renewal due --until 2025-12-31"),
    "wallet holder list",
)
"""Every command that shows balances or master data."""

PLAIN = {"export hledger", "export beancount"}
"""Commands without --csv."""

UNTOUCHED = {
    *("token list", "write-off list", "volume list", "price proposals", "conversion list"),
    *("agreement holds", "credit list"),
    *("proposal votes", "purchase mandates", "purchase list"),
    "sponsorship list",
    *("bounty proofs", "wallet holder list"),
}
"""Lists that the master data of the test adds nothing to."""

OF_NOW = {
    *("review", "mapping check", "doctor", "worker", "payout plan", "payee destination check"),
    *("import", "accrue", "reconcile", "payout settle", "backup", "restore"),
    *("entry show", "audit verify", "audit access-log", "review show", "privacy list"),
    *("exceptions notes", "proposal allocate"),
    *(f"chain {name}" for name in ("scan", "status", "providers", "deposits", "proof", "alarms")),
    "chain transfers",
}
"""Commands that look at what waits now or change the books, or show what never changes.

What was read from a chain stands beside the books and can be read again.
"""


HALF = 9
"""The day of November on which about half of the master data was told."""


def typed(books: Books, command: str, *, status: int = WELL, **told: str) -> Answer:
    answer = feeshare(books, *command.split(), **told)
    assert answer.status == status, (command, answer)
    return answer


def listed(books: Books, command: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(typed(books, f"{command} --csv").out)))


def write(folder: Path, name: str, *lines: str) -> str:
    path = folder / name
    path.write_text("\n".join(lines) + "\n")
    return str(path)


def fee(folder: Path, reference: str, day: str, amount: str) -> str:
    """Return the path of a manual entry: a fee that the opening equity bears."""
    return write(
        folder,
        f"{reference}.csv",
        "reference,date,narration,account,amount,commodity",
        f"{reference},{day},a fee,expenses:network-fees,{amount},USDT",
        f"{reference},{day},a fee,equity:opening,-{amount},USDT",
    )


def master_data(folder: Path) -> Iterator[str]:
    """Yield commands that each tell something that was not known before."""
    yield f"payee load {EXAMPLES / 'books' / 'payees.csv'}"
    yield f"exchange load {EXAMPLES / 'books' / 'exchanges.csv'}"
    yield f"wallet load {EXAMPLES / 'books' / 'wallets.csv'}"
    yield f"agreement load {EXAMPLES / 'books' / 'agreements.csv'}"
    yield "payee load " + write(folder, "payees.csv", "name,aliases", "Zoe,z; zed")
    yield f"price load {EXAMPLES / 'books' / 'prices.csv'}"
    yield "user add zoe --role auditor"
    yield "policy propose destination-hold-days 9 --from 2023-12-01 --reason longer"
    yield "payee contact add CoinAlpha github coinalpha"
    yield f"payee destination load {EXAMPLES / 'books' / 'destinations.csv'}"
    yield f"bounty load {EXAMPLES / 'books' / 'bounties.csv'}"
    yield f"renewal load {EXAMPLES / 'books' / 'renewals.csv'}"
    yield f"proposal load {EXAMPLES / 'books' / 'proposals.csv'}"
    yield "connector load " + write(
        folder,
        "connectors.csv",
        "id,exchange,kind,source,released_on,evidence",
        "binance,Binance,clob-spot,x,2023-02-01,release 1",
    )
    yield "entry post " + fee(folder, "one", "2023-09-12", "5")
    yield "payee hold add Zoe --reason dispute"
    yield "payee form set Zoe --kind tax --status received"
    yield "payee minimum set Zoe 5 USDC --rail safe"
    yield f"bounty history load {EXAMPLES / 'data' / 'bounty_tracker.csv'}"
    yield "payee preference set Zoe USDC --source mail"
    yield f"payee signer add Zoe 0x{'ab' * 20} --source mail"


def newest(books: Books) -> int:
    (found,) = re.findall(r"From change (\d+)", typed(books, "report trial-balance").err)
    return int(found)


def told(books: Books, known_at: str = "") -> dict[str, str]:
    """Return what every command prints, as known at a change or now."""
    answers = {}
    for command in LISTS:
        suffix = "" if command in PLAIN else " --csv"
        answer = feeshare(books, *f"{command}{known_at}{suffix}".split())
        assert answer.status in (WELL, 3), (command, answer)  # month status asks for a review
        answers[command] = answer.out
    return answers


def test_every_list_as_known_at_a_change_or_its_time_is_the_list_of_then(
    books: Books, tmp_path: Path
) -> None:
    at = "2023-11-{:02d}T09:00:00Z".format
    first, half = told(books), {}
    for day, command in enumerate(master_data(tmp_path), start=3):
        typed(books, command, at=at(day))
        if day == HALF:
            half = told(books)
    last = told(books)

    assert told(books, " --known-at 1") == first
    assert told(books, f" --known-at {at(HALF)}") == half
    assert {name for name in LISTS if half[name] == last[name]} < set(LISTS)
    assert {name for name in LISTS if first[name] == last[name]} == UNTOUCHED


def test_a_command_that_prints_rows_takes_known_at_unless_it_works_or_is_of_now() -> None:
    found = dict(commands())
    takes = {name for name, options in found.items() if "--known-at" in options}
    prints = {name for name, options in found.items() if "--csv" in options}

    assert takes == {
        re.sub(r" 2023-09| trial-balance| --until .*", "", name) for name in LISTS
    } | {
        *("payout show", "price average", "payout nonce-account list"),
        *("payout solana-source list", "proposal show", "bounty show"),
        *("payout solana-source list", "connector show", "sponsorship show", "renewal show"),
    }
    assert prints - takes == OF_NOW


def commands() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield every command with its options."""
    for name, (module, _) in GROUPS.items():
        group = importlib.import_module(f"feeshare.cli.{module}").COMMANDS[name]
        yield from commands_of(name, typer.main.get_command(group))


def commands_of(name: str, command: Any) -> Iterator[tuple[str, tuple[str, ...]]]:  # noqa: ANN401
    """Yield a command, or those of its group."""
    children = getattr(command, "commands", {})
    for child, each in children.items():
        yield from commands_of(f"{name} {child}", each)
    if not children or command.invoke_without_command:
        yield name, tuple(option for each in command.params for option in each.opts)


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("report trial-balance --known-at 99", "change_unknown"),
        ("export hledger --known-at 0", "change_unknown"),
        ("payee list --known-at 2019-12-31", "known_at_too_early"),
        ("month status 2023-09 --known-at yesterday", "known_at_invalid"),
    ],
)
def test_a_change_or_time_that_stands_for_nothing_is_refused(
    books: Books, command: str, code: str
) -> None:
    answer = typed(books, command, status=BAD_INPUT)

    assert code in answer.err
    assert "expected" in answer.err
    assert answer.out == ""


def test_a_list_as_of_a_day_shows_what_was_in_force_then(books: Books, tmp_path: Path) -> None:
    agreements = write(
        tmp_path,
        "agreements.csv",
        "exchange,stream,commodity,kind,rate_low,rate_high,effective_from,source",
        "Binance,spot,USDT,variable,0.3,0.3,2023-01-01,x",
        "Binance,spot,USDT,variable,0.4,0.4,2023-07-01,x",
    )
    prices = write(
        tmp_path,
        "prices.csv",
        "commodity,quote,on,price,source",
        "HBOT,USD,2023-06-01,0.004,x",
        "HBOT,USD,2023-08-01,0.005,x",
    )
    proposals = write(
        tmp_path,
        "proposals.csv",
        "space,hash,label,title,passed_on,commodity,amount,source",
        "hbot.eth,0x1,HGP-1,one,2023-06-01,HBOT,5,x",
        "hbot.eth,0x2,HGP-2,two,2023-08-01,HBOT,6,x",
    )
    typed(books, f"exchange load {EXAMPLES / 'books' / 'exchanges.csv'}")
    for noun, file in (("agreement", agreements), ("price", prices), ("proposal", proposals)):
        typed(books, f"{noun} load {file}")
    typed(books, "policy propose destination-hold-days 9 --from 2023-07-01 --reason longer")
    typed(books, "policy confirm destination-hold-days 2", actor="second")

    for day, rates, known_prices, labels, version in (
        ("2022-12-31", [], [], [], "1"),
        ("2023-06-30", ["0.3"], ["0.004"], ["HGP-1"], "1"),
        ("2023-09-01", ["0.4"], ["0.004", "0.005"], ["HGP-1", "HGP-2"], "2"),
    ):
        as_of = f"--as-of {day}"
        assert [row["rate_low"] for row in listed(books, f"agreement list {as_of}")] == rates
        assert [row["price"] for row in listed(books, f"price list {as_of}")] == known_prices
        assert [row["label"] for row in listed(books, f"proposal list {as_of}")] == labels
        assert [
            row["version"]
            for row in listed(books, f"policy list {as_of}")
            if row["name"] == "destination-hold-days"
        ] == [version]


def test_the_hash_that_a_close_prints_is_reproduced_after_a_year_and_a_reopening(
    books: Books, tmp_path: Path
) -> None:
    typed(books, "entry post " + fee(tmp_path, "one", "2023-09-12", "5"))
    printed = typed(books, "month close 2023-09", at="2023-11-04T09:00:00Z").err
    (digest,) = re.findall(r"2023-09 is closed \(close 1\). Trial balance ([0-9a-f]{64})", printed)
    number = newest(books)
    for month in range(10, 13):
        day = f"2023-{month:02d}-15"
        typed(books, "entry post " + fee(tmp_path, f"in-{month}", day, "7"))
    for month in (10, 11, 12):
        typed(books, f"month close 2023-{month}", at=f"2024-01-{month:02d}T09:00:00Z")
    for month in range(1, 10):
        day = f"2024-{month:02d}-15"
        typed(
            books,
            "entry post " + fee(tmp_path, f"of-{month}", day, "7"),
            at=f"2024-{month:02d}-20T09:00:00Z",
        )
    after_a_year = facts(books, tmp_path, "report trial-balance --period 2023-09")
    at = "2024-11-04T09:00:00Z"
    for month in (12, 11, 10, 9):
        typed(
            books,
            f"month reopen 2023-{month:02d} --reason forgotten".strip(),
            actor="controller",
            at=at,
        )
    typed(books, "entry post " + fee(tmp_path, "forgotten", "2023-09-13", "1"), at=at)
    again = typed(books, "month close 2023-09", at=at).err
    status = {row["check"]: row["result"] for row in listed(books, "month status 2023-09")}

    assert after_a_year == {"trial_balance_hash": digest}
    for known_at in (str(number), "2023-11-04T09:00:00Z", "2023-11-04"):
        asked = f"report trial-balance --period 2023-09 --known-at {known_at}"
        assert facts(books, tmp_path, asked) == {"trial_balance_hash": digest}
    corrected = facts(books, tmp_path, "report trial-balance --period 2023-09")
    assert corrected["trial_balance_hash"] in again
    assert corrected["trial_balance_hash"] != digest
    assert status["closed, close 1"] == f"by treasurer in change {number}, trial balance {digest}"
    assert corrected["trial_balance_hash"] in status["closed, close 2"]
    assert status["reopened, close 1"].startswith("by controller in change")
    compared = facts(books, tmp_path, "report as-reported --period 2023-09 --close 1")
    assert {value for name, value in compared.items() if "hash" in name} == {digest}


def facts(books: Books, folder: Path, command: str) -> dict[str, str]:
    """Return what a report says about itself in its NAME.meta.json."""
    typed(books, f"{command} --output {folder / 'made'} --format csv")
    (path,) = (folder / "made").glob(f"{command.split()[1]}.meta.json")
    found: dict[str, str] = json.loads(path.read_text())["facts"]
    return found


def test_a_month_that_is_not_closed_is_not_reported(books: Books) -> None:
    answer = typed(books, "report as-reported --period 2023-09", status=CONFLICT)

    assert answer.err.startswith("month_not_closed: 2023-09 was not closed as of change 1.")
    assert "feeshare month close 2023-09" in answer.err
