"""The same write eight times at the same moment: one result, the same for all who asked."""

import re
from collections import Counter
from pathlib import Path

from feeshare.verifying import verify_books
from ledger.sealing import head
from support.books import Books
from support.command_line import feeshare
from support.databases import EXAMPLES
from support.duplicates import at_once
from support.payouts import WALLET, furnish, usual_debts

TIMES = 6
WELL, CONFLICT = 0, 5
HEADER = "reference,date,narration,account,amount,commodity\n"


def entry_file(folder: Path, amount: str, reference: str = "fee") -> str:
    path = folder / f"{reference}-{amount}.csv"
    rows = (("expenses:bank-fees", amount), ("equity:opening", f"-{amount}"))
    path.write_text(
        HEADER
        + "".join(f"{reference},2023-10-05,a fee,{code},{sum_},USD\n" for code, sum_ in rows)
    )
    return str(path)


def changes(books: Books) -> int:
    """Return how many changes there are, all of them as they were sealed."""
    with books.read() as session:
        assert not verify_books(session).problems
        return head(session).number


def test_one_entry_posted_at_once_is_posted_once(books: Books, tmp_path: Path) -> None:
    before = changes(books)
    file = entry_file(tmp_path, "12.5")
    answers = at_once(books, *[("entry", "post", file)] * TIMES)
    assert {answer.status for answer in answers} == {WELL}
    assert Counter("posted before" in answer.err for answer in answers) == {
        False: 1,
        True: TIMES - 1,
    }
    assert {answer.err.partition(" (")[0].split("\n")[0] for answer in answers} == {
        "manual:fee: entry 1"
    }
    assert changes(books) == before + 1


def test_one_reference_with_two_contents_keeps_the_first(books: Books, tmp_path: Path) -> None:
    before = changes(books)
    files = [entry_file(tmp_path, amount) for amount in ("1", "2")]
    answers = at_once(books, *[("entry", "post", file) for file in files] * (TIMES // 2))
    assert Counter(answer.status for answer in answers) == {
        WELL: TIMES // 2,
        CONFLICT: TIMES // 2,
    }
    assert all("reference_reused" in each.err for each in answers if each.status == CONFLICT)
    assert changes(books) == before + 1


def test_one_statement_accepted_at_once_is_posted_once(furnished_books: Books) -> None:
    books = furnished_books
    file = str(EXAMPLES / "2023-10" / "statements" / "binance-2023-10.csv")
    mappings = ("--mappings", str(EXAMPLES / "mappings"))
    imported = at_once(books, *[("import", file, *mappings)] * TIMES)
    assert {answer.status for answer in imported} == {WELL}
    before = changes(books)
    accepted = at_once(books, *[("review", "accept", "--all")] * TIMES)
    assert {answer.status for answer in accepted} == {WELL}
    assert Counter("1 accepted." in answer.err for answer in accepted) == {
        True: 1,
        False: TIMES - 1,
    }
    assert changes(books) == before + 1


def test_one_plan_submitted_at_once_is_frozen_once(books: Books) -> None:
    furnish(books)
    usual_debts(books)
    planned = feeshare(books, "payout", "plan", "2023-10")
    found = re.search(r"plan ([0-9a-f]{64})", planned.err)
    assert found, planned
    before = changes(books)
    submit = ("payout", "submit", "2023-10", "--plan", found[1], "--nonce", f"{WALLET}=7")
    answers = at_once(books, *[submit] * TIMES)
    assert {answer.status for answer in answers} == {WELL}
    assert Counter("submitted before" in answer.err for answer in answers) == {
        False: 1,
        True: TIMES - 1,
    }
    assert len({tuple(re.findall("content hash ([0-9a-f]+)", each.err)) for each in answers}) == 1
    assert changes(books) == before + 1


def test_one_request_at_once_is_done_once(books: Books) -> None:
    before = changes(books)
    wanted = ("1200.50", "--from", "2024-01-01", "--reason", "more")
    asked = ("--request-id", "r-1", "policy", "propose", "renewal-price", *wanted)
    answers = at_once(books, *[asked] * TIMES)
    assert {answer.status for answer in answers} == {WELL}
    told = Counter(
        answer.err.startswith("request_done: Request 'r-1' is change ") for answer in answers
    )
    assert told == {False: 1, True: TIMES - 1}
    assert changes(books) == before + 1


def test_one_key_for_two_requests_keeps_the_first(books: Books, tmp_path: Path) -> None:
    before = changes(books)
    commands = [
        ("--request-id", "r-1", "entry", "post", entry_file(tmp_path, "1", reference))
        for reference in ("one", "two")
    ]
    answers = at_once(books, *commands)
    assert sorted(answer.status for answer in answers) == [WELL, CONFLICT]
    refused = next(answer for answer in answers if answer.status == CONFLICT)
    assert refused.err.startswith("reference_reused: Request 'r-1' is recorded already")
    assert changes(books) == before + 1
