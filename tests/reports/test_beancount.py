import re
from datetime import date
from decimal import Decimal
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from feeshare.reporting import PROGRAMS
from ledger.accounts import TYPES, Chart, add_wallet_account, type_of
from ledger.errors import BadInput
from ledger.journal import post_one, reverse
from ledger.tables import Commodity
from reports import beancount
from reports.query import Asked
from support import beancount as real
from support import sample_books
from support.books import Books
from support.closings import closings
from support.command_line import feeshare
from support.sample_entries import BANK, NASTY, TINY, WALLET, entry, move

ODD_ACCOUNTS = [
    *("assets:wallet:ethereum", "assets:Wallet:ethereum", "assets:WALLET:Ethereum"),
    *("assets:1inch:0x1f", "assets:usdc.e", "assets:usdc_e", "assets:é", "assets:É:漢字"),
    *("assets:", "assets::", "assets:-", "assets:a-", "assets:a--b", "assets:a-b", "assets:-a"),
    *("assets:x", "assets:X", "assets:x--0", "assets:X--0a", "assets:x--225", "assets:true"),
    *("assets:A--25f", "assets:A_", "assets:a b", "assets:" + "long-name-" * 30, "assets:²"),
]
ODD_CODES = [
    *("1INCH", "USDC.e", "usdc.e", "USDC.E", "stETH", "STETH", "TRUE", "true", "FALSE", "NULL"),
    *("T", "t", "", "A.", "A-", ".A", "A'B", "A'0B", "X'0A", "'", "é", "漢字", "A B", 'A;"B"'),
    *("A" * 80, "a" * 80, "A..B", "-", "_", "0", "$", "ß", "²"),
]

ACCOUNT = re.compile("[A-Z][A-Za-z]*(:[A-Z0-9][A-Za-z0-9-]*)+", re.ASCII)
COMMODITY = re.compile("[A-Z]([A-Z0-9'._-]*[A-Z0-9])?", re.ASCII)

FACTS = """
    SELECT e.effective_date::text, e.narration,
        jsonb_strip_nulls(jsonb_build_object('number', e.number::text, 'kind', e.kind,
            'reference', e.reference, 'change', e.change_no::text, 'reverses', e.reverses::text,
            'evidence', e.evidence, 'relates_to_period', e.relates_to_period)),
        p.account, p.amount, p.commodity,
        jsonb_strip_nulls(jsonb_build_object(
            'party', p.party, 'document', p.document, 'memo', p.memo))
    FROM journal_entries e JOIN postings p ON p.entry_number = e.number
    ORDER BY e.effective_date, e.number, p.line
"""
FACT_NAMES = {
    *("number", "reference", "kind", "change", "reverses", "evidence"),
    *("party", "document", "memo"),
}


def exported(books: Books, *, as_of: date | None = None, known_at: int | None = None) -> str:
    with books.read() as session:
        return "".join(beancount.export(session, as_of=as_of, known_at=known_at))


def trial(books: Books, asked: Asked) -> dict[tuple[str, str], Decimal]:
    with books.read() as session:
        return closings(session, asked)


def transactions(text: str) -> list[dict[str, Any]]:
    return real.load({"books": text})["books"].transactions


def test_beancount_accepts_the_export_and_agrees_to_the_last_digit(books: Books) -> None:
    real.require()
    sample_books.fill(books)
    file = exported(books)

    real.check(file)

    found = real.balances(file)
    assert found == trial(books, Asked())
    assert found[WALLET, "HBOT"] == Decimal("9999999999999999998.600000000000000001")
    assert {commodity for _, commodity in found} == {"HBOT", "USDT", "USDC.e", "1INCH"}


def test_beancount_agrees_on_an_earlier_day_and_an_earlier_change(books: Books) -> None:
    real.require()
    sample_books.fill(books)
    earlier = date(2023, 10, 3)

    for asked in (Asked(as_of=earlier), Asked(known_at=3)):
        file = exported(books, as_of=asked.as_of, known_at=asked.known_at)
        real.check(file)
        assert real.balances(file) == trial(books, asked)
    assert real.balances(exported(books), earlier) == trial(books, Asked(as_of=earlier))


def test_bean_check_takes_the_export_but_not_one_that_is_off_by_the_smallest_unit(
    books: Books,
) -> None:
    real.require()
    sample_books.open_books(books)
    with books.write() as change:
        post_one(change, entry("a", date(2023, 10, 1), move(BANK, WALLET, "99.5", "HBOT")))
        post_one(change, entry("b", date(2023, 10, 1), move(BANK, WALLET, "7", "HBOT")))
    file = exported(books)

    assert real.bean_check(file).returncode == 0

    for amount, off in (("99.5", "99.500000000000000001"), ("7", f"{7 + TINY}")):
        done = real.bean_check(file.replace(f" {amount} HBOT", f" {off} HBOT", 1))
        assert done.returncode == 1
        assert "does not balance: (0.000000000000000001 HBOT)" in done.stderr


def test_beancount_rounds_beyond_28_digits_unless_told_otherwise_as_the_export_says(
    books: Books,
) -> None:
    real.require()
    sample_books.open_books(books)
    amount = "99999999999999999999.999999999999999999"
    with books.write() as change:
        post_one(change, entry("a", date(2023, 10, 1), move(BANK, WALLET, amount, "HBOT")))
    file = exported(books)

    real.check(file)

    assert real.balances(file)[WALLET, "HBOT"] == -Decimal(amount)
    assert "counts with 28 digits" in file
    assert "does not balance" in real.bean_check(file).stderr


def test_every_fact_of_an_entry_comes_back(books: Books) -> None:
    real.require()
    sample_books.fill(books)
    with books.write() as change:
        reverse(change, 6, reason=NASTY, on=date(2023, 10, 9))
    with books.sql() as connection:
        wanted = connection.execute(FACTS).fetchall()

    found = [
        (
            *(each["date"], each["narration"], each["facts"]),
            *(real.account_code(name), Decimal(amount), real.commodity_code(commodity), told),
        )
        for each in transactions(exported(books))
        for name, amount, commodity, told in each["postings"]
    ]

    assert found == wanted
    assert {name for each in wanted for name in (*each[2], *each[6])} == FACT_NAMES


def test_odd_names_of_accounts_and_commodities_survive(books: Books) -> None:
    real.require()
    names = [(code, f"{code} {NASTY}") for code in ODD_ACCOUNTS]
    with books.write() as change:
        for code in ODD_CODES:
            change.add(Commodity(code=code, name=f"{code} {NASTY}", allocation_scale=2))
        for code, name in names:
            add_wallet_account(change, code, name)
        for at, code in enumerate(ODD_ACCOUNTS):
            odd = ODD_CODES[at % len(ODD_CODES)]
            moved = move(code, "equity:opening", f"1.{at + 1:02}", odd)
            post_one(change, entry(f"a{at}", date(2023, 10, 1), moved))
        for at, odd in enumerate(ODD_CODES):
            moved = move("assets:suspense", "equity:opening", f"2.{at + 1:02}", odd)
            post_one(change, entry(f"c{at}", date(2023, 10, 2), moved))

    loaded = real.load({"books": exported(books)})["books"]

    assert loaded.errors == []
    assert loaded.balances == [trial(books, Asked())]
    assert len(loaded.balances[0]) > len(ODD_ACCOUNTS) + len(ODD_CODES)
    told = {facts["code"]: facts["name"] for facts in loaded.accounts.values()}
    assert dict(names).items() <= told.items()
    for name, facts in loaded.accounts.items():
        assert real.account_code(name) == facts["code"]
    codes = {facts["code"]: facts["name"] for facts in loaded.commodities.values()}
    assert {code: f"{code} {NASTY}" for code in ODD_CODES}.items() <= codes.items()
    for name, facts in loaded.commodities.items():
        assert real.commodity_code(name) == facts["code"]


def test_beancount_reads_back_whatever_text_an_entry_holds() -> None:
    real.require()
    chance = Random(20231031)  # noqa: S311 - the same texts every time
    signs = list(
        ' \\\\""\'%;|,:*#^!{}@~\n\r\t\x01\x7f\\nrtbf0u-/2023USDé漢\u00a0\u0085\u2028\ufeff😀'
    )
    texts = [
        *("", " ", "\\", '"', '\\"', "\\n", "\n", "\r\n", '\n\n  party: "eve"\n', "\n" * 100),
        *('" "', "; c", "* x", "2023-01-02", "\n2023-01-02 open Assets:Eve\n", "TRUE", "1.5 USD"),
        *("".join(chance.choices(signs, k=chance.randint(0, 15))) for _ in range(300)),
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
            evidence=text,
            relates_to_period=None,
            amount=TINY,
            commodity="HBOT",
            party=text,
            document=text,
            memo=text,
        )
        for number, text in enumerate(texts)
    ]
    opened = "".join(f"2023-10-01 open {name}\n" for name in ("Assets:A", "Assets:B"))
    file = "".join(
        line
        for row in rows
        for line in (
            *beancount.entry(row),
            *beancount.posting(row, "Assets:A"),
            *beancount.posting(SimpleNamespace(**{**vars(row), "amount": -TINY}), "Assets:B"),  # type: ignore[arg-type]
        )
    )

    loaded = real.load({"books": opened + file})["books"]

    assert loaded.errors == []
    assert len(loaded.transactions) == len(texts)
    for each in loaded.transactions:
        text = texts[int(each["facts"]["number"])]
        assert each["narration"] == each["facts"]["reference"] == each["facts"]["evidence"] == text
        told = {"party": text, "document": text, "memo": text}
        assert [posting[3] for posting in each["postings"]] == [told, told]


CODES = st.text(
    alphabet=st.one_of(st.sampled_from(":-_.'X0aAé"), st.characters(exclude_categories=["Cs"]))
)


@given(st.sampled_from(sorted(TYPES)), CODES)
@example("assets", "X--0a")
@example("income", ":")
def test_an_accounts_name_is_one_that_beancount_allows_and_is_read_back(
    word: str, rest: str
) -> None:
    code = f"{word}:{rest}"

    name = beancount.account(code, type_of(code))

    assert ACCOUNT.fullmatch(name)
    assert name.startswith(f"{word.capitalize()}:")
    assert real.account_code(name) == code


@given(st.sampled_from(sorted(TYPES.values())), CODES)
@example("asset", "assets")
@example("asset", "liabilities:payable")
def test_a_code_that_does_not_say_its_type_is_read_back_too(kind: str, code: str) -> None:
    name = beancount.account(code, kind)

    assert ACCOUNT.fullmatch(name)
    assert TYPES[name.partition(":")[0].lower()] == kind
    assert real.account_code(name) == code


@given(CODES)
@example("TRUE")
@example("X'0TRUE")
def test_a_commoditys_name_is_one_that_beancount_allows_and_is_read_back(code: str) -> None:
    name = beancount.commodity(code)

    assert COMMODITY.fullmatch(name)
    assert name not in {"TRUE", "FALSE", "NULL"}
    assert real.commodity_code(name) == code


@pytest.mark.parametrize("code", ["USD", "HBOT", "T", "BRK.B", "A_B-C", "LONG" * 20])
def test_a_commodity_that_beancount_allows_keeps_its_code(code: str) -> None:
    assert beancount.commodity(code) == code


def test_the_charts_own_names_stay_readable() -> None:
    names = [beancount.account(code, type_of(code)) for code in Chart]

    assert "Assets:Receivable:Fee-share" in names
    assert [name for name in names if "--" in name] == []


def test_books_without_an_entry_make_a_file_without_one(books: Books) -> None:
    real.require()
    file = exported(books)

    real.check(file)

    assert real.balances(file) == {}
    assert "; known_at: 1\n" in file


def test_a_change_that_was_never_sealed_is_refused(books: Books) -> None:
    with pytest.raises(BadInput, match="change_unknown"):
        exported(books, known_at=99)


@pytest.mark.parametrize("program", ["hledger", "beancount"])
def test_the_command_prints_the_export_or_writes_it_to_a_file(
    books: Books, tmp_path: Path, program: str
) -> None:
    sample_books.fill(books)
    path = tmp_path / "new" / "books"
    narrowed = ("--as-of", "2023-10-03", "--known-at", "4")
    with books.read() as session:
        lines = PROGRAMS[program](session, as_of=date(2023, 10, 3), known_at=4)
        wanted = "".join(lines)

    printed = feeshare(books, "export", program, *narrowed)
    written = feeshare(books, "export", program, *narrowed, "--output", str(path))

    assert (printed.status, printed.out) == (0, wanted)
    assert (written.status, written.out) == (0, "")
    assert path.read_bytes() == wanted.encode()


def test_without_beancount_its_tests_skip_loudly_and_fail_where_it_must_be_there(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(real, "PROGRAMS", tmp_path)
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="NO BEANCOUNT"):
        real.require()
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="NO BEANCOUNT"):
        real.require()
