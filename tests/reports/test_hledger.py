import csv
import re
from datetime import date
from decimal import Decimal
from io import StringIO
from itertools import pairwise
from random import Random
from types import SimpleNamespace
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.accounts import add_wallet_account
from ledger.errors import BadInput
from ledger.journal import post_one, reverse
from ledger.tables import Commodity
from reports import hledger
from reports.query import Asked
from support import hledger as real
from support import sample_books
from support.books import Books
from support.closings import closings
from support.sample_entries import BANK, NASTY, TINY, WALLET, entry, move


def exported(books: Books, *, as_of: date | None = None, known_at: int | None = None) -> str:
    with books.read() as session:
        return "".join(hledger.export(session, as_of=as_of, known_at=known_at))


def trial(books: Books, asked: Asked) -> dict[tuple[str, str], Decimal]:
    with books.read() as session:
        return closings(session, asked)


def test_hledger_accepts_the_export_strictly_and_agrees_to_the_last_digit(books: Books) -> None:
    real.require()
    sample_books.fill(books)
    journal = exported(books)

    real.check(journal)

    found = real.balances(journal)
    assert found == trial(books, Asked())
    assert found[WALLET, "HBOT"] == Decimal("9999999999999999998.600000000000000001")
    assert {commodity for _, commodity in found} == {"HBOT", "USDT", "USDC.e", "1INCH"}


def test_hledger_agrees_on_an_earlier_day_and_an_earlier_change(books: Books) -> None:
    real.require()
    sample_books.fill(books)

    for asked in (Asked(as_of=date(2023, 10, 3)), Asked(known_at=3)):
        journal = exported(books, as_of=asked.as_of, known_at=asked.known_at)
        real.check(journal)
        assert real.balances(journal) == trial(books, asked)
    assert real.balances(exported(books), "--end", "2023-10-04") == trial(
        books, Asked(as_of=date(2023, 10, 3))
    )


def test_hledger_would_refuse_a_journal_that_is_off_by_the_smallest_unit(books: Books) -> None:
    real.require()
    sample_books.open_books(books)
    sample_books.post_months(books)
    journal = exported(books).replace(" 0.1 HBOT", " 0.100000000000000001 HBOT", 1)

    done = real.run(journal, "check", "--strict")

    assert done.returncode == 1
    assert "unbalanced" in done.stderr.lower() or "balance" in done.stderr


def test_text_that_means_something_to_hledger_comes_back_by_decoding(books: Books) -> None:
    real.require()
    sample_books.open_books(books)
    sample_books.post_months(books)
    journal = exported(books)

    done = real.run(journal, "print", "-O", "csv")
    rows = [row for row in csv.DictReader(StringIO(done.stdout)) if row["code"] == "5"]

    assert {unquote(row["description"]) for row in rows} == {NASTY}
    memos = {re.sub(".*memo:", "", row["posting-comment"].strip()) for row in rows}
    assert {unquote(memo) for memo in memos} == {NASTY}
    assert {row["date"] for row in rows} == {"2023-10-02"}
    assert real.run(journal, "balance", "tag:party=ada").stdout.count("network-fees") == 1


def test_odd_names_of_accounts_and_commodities_survive(books: Books) -> None:
    real.require()
    sample_books.open_books(books)
    account, commodity = "assets:wallet:(odd)  ; * [x] é", 'A;"B" 1%41'
    with books.write() as change:
        change.add(Commodity(code=commodity, name="a, b", allocation_scale=2))
        add_wallet_account(change, account, "x; y: 2023")
        post_one(change, entry("a", date(2023, 10, 1), move(account, BANK, "1.5", commodity)))
    journal = exported(books)

    real.check(journal)

    assert real.balances(journal) == {
        (account, commodity): Decimal("1.5"),
        (BANK, commodity): Decimal("-1.5"),
    }


def test_an_entry_shows_its_number_reference_change_and_reversal(books: Books) -> None:
    sample_books.open_books(books)
    sample_books.post_months(books)
    with books.write() as change:
        reverse(change, 6, reason="wrong", on=date(2023, 10, 9))

    lines = exported(books).splitlines()

    at = lines.index("2023-10-09 * (10) wrong")
    assert lines[at + 1] == ("    ; reference:reversal:6, kind:reversal, change:5, reverses:6")
    assert lines[at + 2] == "    expenses:network-fees  -0.1 HBOT  ; party:ada"


def test_books_without_an_entry_make_a_journal_without_one(books: Books) -> None:
    real.require()
    journal = exported(books)

    real.check(journal)

    assert real.balances(journal) == {}
    assert "; known_at: 1\n" in journal


def test_a_change_that_was_never_sealed_is_refused(books: Books) -> None:
    with pytest.raises(BadInput, match="change_unknown"):
        exported(books, known_at=99)


def test_hledger_reads_back_whatever_text_an_entry_holds() -> None:
    real.require()
    chance = Random(20231031)  # noqa: S311 - the same texts every time
    signs = list(" %;|,[]:=*!()\"'@#\n\t\\-/0123456789abcdefDATE\u00a0\u0085é漢")
    texts = [
        *("date:2023-01-02", "[2023-01-02=2023-01-03]", "*(x)", "= 5", "% 20", "  ", "a  b"),
        *("; c", "x:y, z:w", "| p", "!", "(1) (2)", "end comment", "%3", "%%3B", "100%;"),
        *("".join(chance.choices(signs, k=chance.randint(0, 12))) for _ in range(300)),
    ]
    rows: list[Any] = [
        SimpleNamespace(
            number=number,
            effective_date=date(2023, 10, 1),
            narration=text,
            reference=text,
            kind="manual",
            change_no=1,
            reverses=None,
            evidence=None,
            relates_to_period=None,
            account=account,
            amount=amount,
            commodity="HBOT",
            party=None,
            document=None,
            memo=text,
        )
        for number, text in enumerate(texts)
        for account, amount in ((BANK, TINY), (WALLET, -TINY))
    ]
    journal = "".join(
        line
        for debit, credit in pairwise(rows)
        if debit.number == credit.number
        for line in (*hledger.entry(debit), hledger.posting(debit), hledger.posting(credit))
    )

    done = real.run(journal, "print", "-O", "csv")

    assert done.returncode == 0, done.stderr
    found = list(csv.DictReader(StringIO(done.stdout)))
    assert len(found) == 2 * len(texts)
    for row in found:
        text = texts[int(row["code"])]
        assert unquote(row["description"]) == text
        assert unquote(row["posting-comment"].strip().removeprefix("memo:")) == text
        assert row["date"] == "2023-10-01"


@given(st.text())
def test_escaping_is_undone_by_decoding(text: str) -> None:
    for special in (hledger.SPECIAL_IN_TEXT, hledger.SPECIAL_IN_TAGS):
        escaped = hledger.escaped(text, special)

        assert unquote(escaped) == text
        assert not set(escaped) & set(f"{special}\n\r\t")
        assert escaped == escaped.strip()


def test_without_hledger_its_tests_skip_loudly_and_fail_where_it_must_be_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="NO HLEDGER"):
        real.require()
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="NO HLEDGER"):
        real.require()
