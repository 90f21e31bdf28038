import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from feeshare import loading
from feeshare.cli.main import app
from feeshare.importing import import_files
from feeshare.inbox import mappings_in
from ledger.errors import BadInput, Conflict, Denied, NeedsReview, Refusal
from ledger.revenue.bounty_states import Gate
from support.books import Books

EXAMPLES = Path(__file__).parents[3] / "examples"
TREASURY = EXAMPLES / "2023-10" / "treasury" / "deposits-and-renewals-2023-10.csv"
HASH = "0x" + "ab" * 32

Run = Callable[..., str]


@pytest.fixture
def run(books: Books, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Give a function that runs a command: it returns stdout, or stderr if there is none."""
    url = books.engine.url.render_as_string(hide_password=False)
    monkeypatch.setenv("FEESHARE_DATABASE_URL", url)
    monkeypatch.setenv("FEESHARE_ACTOR", "treasurer")
    monkeypatch.setenv("FEESHARE_CLOCK", "2023-11-03T09:00:00Z")
    with books.write() as change:
        for name, wanted in (
            ("exchanges", loading.EXCHANGES),
            ("payees", loading.PAYEES),
            ("wallets", loading.WALLETS),
        ):
            loading.load(change, EXAMPLES / "books" / f"{name}.csv", wanted)
    runner = CliRunner()

    def command(*words: str | Path) -> str:
        result = runner.invoke(app, [str(word) for word in words])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == 0, result.output
        return result.stdout or result.stderr

    return command


@pytest.fixture
def loaded(run: Run) -> Run:
    """Give the same with the example bounties, renewals and proposals loaded."""
    for noun, plural in (
        ("bounty", "bounties"),
        ("renewal", "renewals"),
        ("proposal", "proposals"),
    ):
        run(noun, "load", EXAMPLES / "books" / f"{plural}.csv")
    return run


def receive(books: Books) -> None:
    with books.write() as change:
        import_files(change, [TREASURY], mappings_in(EXAMPLES / "mappings"))


def rows(run: Run, *words: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = json.loads(run(*words, "--json"))
    return found


def row(run: Run, noun: str, identity: str, *options: str) -> dict[str, str]:
    return next(each for each in rows(run, noun, "list", *options) if each["id"] == identity)


def pass_gates(run: Run) -> str:
    said = ""
    for gate in Gate:
        options = ("--evidence", f"example/{gate.value}", "--on", "2023-10-19")
        said = run("bounty", "gate", "bounty-quillon", gate.value, *options)
    return said


def refused(books: Books, run: Run, kind: type[Refusal], match: str, *words: str | Path) -> None:
    """Require that a command refuses and writes nothing."""
    digest = books.digest()
    with pytest.raises(kind, match=match):
        run(*words)
    assert books.digest() == digest


def repeated(books: Books, run: Run, *words: str | Path) -> str:
    """Run a command twice; require that the second writes nothing; return what it says."""
    run(*words)
    digest = books.digest()
    said = run(*words)
    assert books.digest() == digest
    return said


def test_files_load_once_and_their_lists_load_again(
    books: Books, run: Run, tmp_path: Path
) -> None:
    for noun, plural, count in (
        ("bounty", "bounties", 2),
        ("renewal", "renewals", 1),
        ("proposal", "proposals", 1),
    ):
        path = EXAMPLES / "books" / f"{plural}.csv"
        said = repeated(books, run, noun, "load", path)
        assert said == f"Nothing new: all {count} {plural} of {path.name} are known already.\n"
        again = tmp_path / path.name
        again.write_text(run(noun, "list", "--csv"))
        digest = books.digest()
        assert run(noun, "load", again).startswith(f"Nothing new: all {count} {plural}")
        assert books.digest() == digest
        assert run(noun, "list") != ""


def test_a_bounty_goes_from_its_deposit_to_its_release(books: Books, loaded: Run) -> None:
    assert row(loaded, "bounty", "bounty-quillon")["deposit"] == "none"
    receive(books)
    assert "bounty-quillon" in loaded("reconcile", "2023-10")
    before = row(loaded, "bounty", "bounty-quillon")
    assert (before["deposited"], before["deposit"], before["end"]) == ("10000", "exact", "")
    assert before["gates_missing"] == ", ".join(gate.value for gate in Gate)
    assert "Next: feeshare bounty release bounty-quillon" in pass_gates(loaded)
    said = loaded("bounty", "release", "bounty-quillon", "--on", "2023-10-20")
    assert "bounty-quillon is released by entry" in said
    assert "Owed: 8000 USDC to Builder (made up) (bounty-developer:bounty-quillon)." in said
    assert "Next: feeshare payout plan 2023-10" in said
    digest = books.digest()
    said = loaded("bounty", "release", "bounty-quillon")
    assert said.startswith("Nothing to do: bounty-quillon was released on 2023-10-20 by entry")
    assert "Nothing to do" in pass_gates(loaded)
    assert books.digest() == digest
    after = row(loaded, "bounty", "bounty-quillon")
    assert (after["gates_missing"], after["end"]) == ("", "released 2023-10-20")


def test_a_gate_says_what_is_still_lacking_and_is_passed_once(books: Books, loaded: Run) -> None:
    words = ("bounty", "gate", "bounty-quillon", "merged", "--evidence", "pull request 1")
    refused(books, loaded, Conflict, "is quoted; it takes no pass of merged there", *words)
    receive(books)
    loaded("reconcile", "2023-10")
    said = loaded(*words)
    assert said.startswith("bounty-quillon passed merged on 2023-11-03.\nIt still lacks: gate del")
    digest = books.digest()
    assert loaded(*words).startswith("Nothing to do: bounty-quillon passed merged on 2023-11-03")
    assert books.digest() == digest
    refused(books, loaded, Conflict, "pull request 1", *words[:-1], "pull request 2")


def test_a_release_that_lacks_something_needs_a_person(books: Books, loaded: Run) -> None:
    refused(
        books,
        loaded,
        NeedsReview,
        "gate merged, gate released, deposit \\(0 of 10000 USDC\\), developer",
        "bounty",
        "release",
        "bounty-refundia",
    )


def test_a_bounty_is_refunded_once(books: Books, loaded: Run) -> None:
    receive(books)
    loaded("reconcile", "2023-10")
    words = ("bounty", "refund", "bounty-refundia", "--reason", "no developer was found")
    said = loaded(*words, "--on", "2023-10-24")
    assert "Owed: 10000 USDC to Refundia (made up) (bounty-refund:bounty-refundia)." in said
    digest = books.digest()
    assert loaded(*words).startswith("Nothing to do: bounty-refundia was refunded on 2023-10-24")
    assert books.digest() == digest
    refused(books, loaded, Conflict, "was refunded", "bounty", "release", "bounty-refundia")


def test_a_developer_is_assigned_once(books: Books, loaded: Run) -> None:
    words = ("bounty", "assign", "bounty-refundia", "CoinAlpha", "--evidence", "issue 7")
    said = repeated(books, loaded, *words)
    assert said == "Nothing to do: CoinAlpha is the developer of bounty-refundia already.\n"
    found = row(loaded, "bounty", "bounty-refundia")
    assert (found["developer"], found["assigned"]) == ("", "CoinAlpha")
    refused(books, loaded, Conflict, "is the developer", *words, "--role", "reviewer")


@pytest.mark.parametrize(
    "words",
    [
        ("bounty", "gate", "bounty-quillon", "merged", "--evidence", "x"),
        ("bounty", "assign", "bounty-quillon", "CoinAlpha", "--evidence", "x"),
        ("bounty", "release", "bounty-quillon"),
        ("bounty", "refund", "bounty-quillon", "--reason", "x"),
        ("renewal", "waive", "renewal-quillon-2023", "--evidence", "x"),
        ("renewal", "cancel", "renewal-quillon-2023", "--evidence", "x"),
    ],
)
def test_what_has_not_happened_yet_is_refused(
    books: Books, loaded: Run, words: tuple[str, ...]
) -> None:
    refused(books, loaded, BadInput, "2023-11-03 or earlier", *words, "--on", "2023-11-04")


def test_a_month_that_has_not_begun_is_not_accrued(books: Books, loaded: Run) -> None:
    refused(books, loaded, BadInput, "2023-11-03 or earlier", "accrue", "2023-12")
    assert "166.67" in loaded("accrue", "2023-11")
    assert row(loaded, "renewal", "renewal-quillon-2023")["earned"] == "333.33"


def test_a_bounty_as_of_a_day_is_what_had_happened_by_then(books: Books, loaded: Run) -> None:
    receive(books)
    loaded("reconcile", "2023-10")
    pass_gates(loaded)
    loaded("bounty", "release", "bounty-quillon", "--on", "2023-10-20")

    days = [
        row(loaded, "bounty", "bounty-quillon", "--as-of", f"2023-10-{day}")
        for day in ("03", "04", "18", "19", "20")
    ]

    assert [day["deposited"] for day in days] == ["0", *["10000"] * 4]
    assert [day["deposit"] for day in days] == ["none", *["exact"] * 4]
    assert [bool(day["gates_missing"]) for day in days] == [True, True, True, False, False]
    assert [day["end"] for day in days] == ["", "", "", "", "released 2023-10-20"]


def test_a_renewal_as_of_a_day_is_what_was_paid_and_earned_by_then(
    books: Books, loaded: Run
) -> None:
    receive(books)
    loaded("reconcile", "2023-10")
    loaded("accrue", "2023-10")
    loaded(*("renewal", "cancel", "renewal-quillon-2023", "--evidence", "x", "--on", "2023-11-02"))

    days = [
        row(loaded, "renewal", "renewal-quillon-2023", "--as-of", day)
        for day in ("2023-10-05", "2023-10-06", "2023-10-31", "2023-11-02")
    ]

    assert rows(loaded, "renewal", "list", "--as-of", "2023-09-30") == []
    assert [(day["paid"], day["owed"]) for day in days] == [("0", "2000"), *[("2000", "0")] * 3]
    assert [day["earned"] for day in days] == ["0", "0", "166.66", "166.66"]
    assert [day["end"] for day in days] == ["", "", "", "cancelled 2023-11-02"]


def test_a_renewal_is_waived_without_proof_by_two_persons_once(books: Books, loaded: Run) -> None:
    words = ("renewal", "waive", "renewal-quillon-2023", "--evidence", "vote 3")
    refused(books, loaded, Conflict, "Nothing proves that renewal", *words)
    loaded("renewal", "override", "renewal-quillon-2023", "--reason", "vote 3")
    confirm = ("renewal", "confirm", "renewal-quillon-2023")
    refused(books, loaded, Denied, "another person confirms", *confirm)
    loaded("--as", "checker", *confirm)
    said = loaded(*words, "--on", "2023-10-05")
    assert said.startswith("renewal-quillon-2023 is waived: entry")
    digest = books.digest()
    said = loaded(*words)
    assert said.startswith("Nothing to do: renewal-quillon-2023 was waived on 2023-10-05 by entry")
    assert books.digest() == digest
    found = row(loaded, "renewal", "renewal-quillon-2023")
    assert (found["owed"], found["end"]) == ("0", "waived 2023-10-05")


def test_a_renewal_is_cancelled_once_and_what_was_paid_is_owed_back(
    books: Books, loaded: Run
) -> None:
    receive(books)
    loaded("reconcile", "2023-10")
    loaded("accrue", "2023-10")
    words = ("renewal", "cancel", "renewal-quillon-2023", "--evidence", "letter of 2023-11-01")
    said = loaded(*words)
    assert "0 USD is no longer owed to us, 1833.34 USD is owed back." in said
    assert "Next: feeshare payout plan 2023-11" in said
    digest = books.digest()
    assert loaded(*words).startswith("Nothing to do: renewal-quillon-2023 was cancelled on")
    assert books.digest() == digest
    refused(
        books,
        loaded,
        Conflict,
        "was cancelled",
        *("renewal", "waive", "renewal-quillon-2023", "--evidence", "x"),
    )


def test_parts_are_fixed_once_and_the_list_says_what_is_left(books: Books, loaded: Run) -> None:
    said = repeated(books, loaded, "proposal", "parts", EXAMPLES / "books" / "parts.csv")
    assert said == "Nothing new: all 2 parts of parts.csv are known already.\n"
    [found] = csv.DictReader(io.StringIO(loaded("proposal", "list", "--csv")))
    assert (found["hash"], found["amount"]) == (HASH, "250000")
    assert (found["fixed"], found["left"]) == ("200000", "50000")


def test_reconcile_prints_why_a_named_line_waits_and_exits_with_three(
    books: Books, loaded: Run, tmp_path: Path
) -> None:
    receive(books)
    loaded("reconcile", "2023-10")
    late = tmp_path / "late.csv"
    header = TREASURY.read_text().splitlines()[0]
    late.write_text(
        f"{header}\n2023-10-09,wallet-ethereum-treasury,5,USDT,late-1,Quillon (made up),"
        "for bounty-quillon\n"
    )
    with books.write() as change:
        import_files(change, [late], mappings_in(EXAMPLES / "mappings"))
    digest = books.digest()
    result = CliRunner().invoke(app, ["reconcile", "2023-10", "--json"])
    assert isinstance(result.exception, NeedsReview)
    assert result.exception.exit_status == 3
    [found] = json.loads(result.stdout)
    assert found["bank_line"] == "wallet-ethereum-treasury/late-1"
    assert "open: memo names bounty-quillon. Bank line" in found["why"]
    assert "Send the USDT back" in found["why"]
    assert books.digest() == digest
