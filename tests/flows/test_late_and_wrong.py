"""What goes wrong in a month, set right by commands: each time by the one that was printed."""

import json
import shutil
from pathlib import Path

from support.books import Books
from support.command_line import Answer, feeshare
from support.databases import EXAMPLES

HEADER = "Month,Commission Asset,Commission,Remark"
FIRST = "binance:spot:usdt:2023-10:1"
SECOND = "binance:spot:usdt:2023-10:2"
NOVEMBER = "binance:spot:usdt:2023-11:1"
BAD_INPUT, NEEDS_REVIEW = 2, 3
REASON = ("--reason", "the exchange said so")


class Desk:
    """A person at the command line, with a folder for files and one for mappings."""

    def __init__(self, books: Books, folder: Path) -> None:
        self.books = books
        self.folder = folder
        self.mappings = folder / "mappings"
        shutil.copytree(EXAMPLES / "mappings", self.mappings)

    def types(self, *arguments: str, status: int = 0, actor: str = "maker") -> Answer:
        """Run a command that has to end with a status."""
        answer = feeshare(self.books, *arguments, actor=actor, at="2023-12-03T09:00:00Z")
        assert answer.status == status, answer
        return answer

    def follows(self, printed: Answer, *arguments: str, actor: str = "maker") -> Answer:
        """Run the command that an answer printed, its options filled in."""
        typed = [each for each in arguments if each not in REASON]
        assert " ".join(["feeshare", *typed]) in printed.out + printed.err, printed
        return self.types(*arguments, actor=actor)

    def imports(self, name: str, *lines: str, status: int = 0) -> Answer:
        """Import a file of these lines."""
        path = self.folder / name
        path.write_text("\n".join(lines) + "\n")
        return self.types("import", str(path), "--mappings", str(self.mappings), status=status)

    def imports_bank(self, name: str, day: str, amount: str) -> Answer:
        """Import a file of the bank with one line that Binance paid."""
        return self.imports(
            f"{name}.csv",
            "date,account,amount,currency,external_id,counterparty,memo",
            f"{day},wallet-ethereum-treasury,{amount},USDT,{name},Binance,",
        )

    def money(self, period: str) -> dict[str, str]:
        """Return where the money of Binance stands."""
        rows = json.loads(self.types("month", "start", period, "--json").out)
        (found,) = [row for row in rows if row["agreement"] == "binance:spot:usdt"]
        return {key: found[key] for key in ("state", "money", "open", "next_action")}


def accepted_month(desk: Desk, figure: str = "1000") -> None:
    imported = desk.imports("october.csv", HEADER, f"2023-10,USDT,{figure},all")
    desk.follows(imported, "review", "accept", "--all")
    desk.types("accrue", "2023-10")


def test_a_bad_row_is_shown_fixed_and_accepted(furnished_books: Books, tmp_path: Path) -> None:
    desk = Desk(furnished_books, tmp_path)
    rows = ("2023-10,USDT,100.50,a", "2023-10,USDT,1e3,b")
    held = desk.imports("october.csv", HEADER, *rows, status=NEEDS_REVIEW)
    shown = desk.follows(held, "review", "show", FIRST)
    assert "1e3" in shown.out
    assert f"feeshare review fix {FIRST} --row N --amount A --reason" in shown.err
    waits = desk.types("review", "accept", FIRST, status=NEEDS_REVIEW)
    assert f"feeshare review fix {FIRST} --row 3 --amount … --reason …" in waits.err
    desk.types("review", "fix", FIRST, "--row", "3", "--amount", "1000", *REASON)
    waits = desk.types("review", status=NEEDS_REVIEW)
    assert "Next: feeshare review accept ID…, or --all" in waits.err
    desk.types("review", "accept", FIRST)
    assert desk.money("2023-10")["open"] == "1100.5"


def test_a_changed_header_is_told_and_read_by_the_next_version_of_its_mapping(
    furnished_books: Books, tmp_path: Path
) -> None:
    desk = Desk(furnished_books, tmp_path)
    changed = HEADER.replace("Remark", "Note")
    lines = (changed, "2023-10,USDT,1000,all")
    digest = furnished_books.digest()
    refused = desk.imports("october.csv", *lines, status=BAD_INPUT)
    assert furnished_books.digest() == digest
    assert "header_changed" in refused.err
    assert "Remark" in refused.err
    assert "Note" in refused.err
    old = (desk.mappings / "binance.yaml").read_text()
    new = old.replace("Remark", "Note").replace("version: 1", "version: 2")
    (desk.mappings / "binance-2.yaml").write_text(new)
    desk.types("mapping", "check", "--mappings", str(desk.mappings))
    desk.follows(desk.imports("october.csv", *lines), "review", "accept", "--all")
    assert desk.money("2023-10")["open"] == "1000"


def test_a_restatement_is_accepted_by_its_id_and_its_changes_are_reported(
    furnished_books: Books, tmp_path: Path
) -> None:
    desk = Desk(furnished_books, tmp_path)
    accepted_month(desk)
    desk.imports("again.csv", HEADER, "2023-10,USDT,900,all")
    left = desk.types("review", "accept", "--all", status=NEEDS_REVIEW)
    desk.follows(left, "review", "accept", SECOND)
    changes = desk.types("report", "statement-changes", "--statement", SECOND)
    assert "fee share old: 1000" in changes.err
    assert "fee share new: 900" in changes.err
    assert desk.money("2023-10")["open"] == "900"


def test_a_short_payment_is_written_off_by_two_and_recovered_by_what_comes_after_all(
    furnished_books: Books, tmp_path: Path
) -> None:
    desk = Desk(furnished_books, tmp_path)
    accepted_month(desk)
    desk.imports_bank("short", "2023-11-10", "700")
    left = desk.types("reconcile", "2023-11", status=NEEDS_REVIEW)
    assert "feeshare match LINE DOCUMENT" in left.err
    line = "wallet-ethereum-treasury/short"
    assert line in left.out
    desk.types("match", line, FIRST, "--difference", "short-pay")
    assert desk.money("2023-10")["open"] == "300"
    proposed = desk.types("write-off", "propose", FIRST, *REASON)
    identity = f"write-off:{FIRST}:1"
    assert f"feeshare --as NAME write-off confirm {identity}" in proposed.err
    digest = furnished_books.digest()
    desk.types("write-off", "confirm", identity, status=4)
    assert furnished_books.digest() == digest
    desk.types("write-off", "confirm", identity, actor="checker")
    assert desk.money("2023-10")["money"] == "written off"
    desk.imports_bank("rest", "2023-12-01", "300")
    desk.types("match", "wallet-ethereum-treasury/rest", FIRST)
    assert desk.money("2023-10") == {
        "state": "accepted",
        "money": "received",
        "open": "0",
        "next_action": "",
    }


def test_too_much_is_a_credit_that_pays_the_next_statement(
    furnished_books: Books, tmp_path: Path
) -> None:
    desk = Desk(furnished_books, tmp_path)
    accepted_month(desk)
    desk.imports_bank("much", "2023-11-10", "1050")
    desk.types("reconcile", "2023-11", status=NEEDS_REVIEW)
    desk.types("match", "wallet-ethereum-treasury/much", FIRST, "--difference", "overpaid")
    desk.imports("november.csv", HEADER, "2023-11,USDT,50,all")
    desk.types("review", "accept", "--all")
    listed = desk.types("credit", "list", "--csv")
    assert f"feeshare credit use {FIRST} STATEMENT --reason …" in listed.out
    assert desk.money("2023-10")["next_action"].startswith(f"feeshare credit use {FIRST}")
    desk.types("credit", "use", FIRST, NOVEMBER, *REASON)
    for period in ("2023-10", "2023-11"):
        assert desk.money(period)["money"] == "received"
    assert "feeshare" not in desk.types("credit", "list", "--csv").out
