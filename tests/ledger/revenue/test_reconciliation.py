from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeshare.importing import import_files, mappings_in
from ledger.bank_tables import BankLine
from ledger.revenue import statements
from ledger.revenue.receivables import Receivable, receivables
from ledger.revenue.reconciliation import certain, propose, reconcile
from ledger.revenue.stated import Stated
from ledger.revenue.tables import Statement
from support.books import Books
from support.databases import EXAMPLES

MAPPINGS = mappings_in(EXAMPLES / "mappings")
BANK = "date,account,amount,currency,external_id,counterparty,memo\n"


def owed(period: str, amount: str, commodity: str = "USDT", version: int = 1) -> Receivable:
    statement = Statement(
        id=f"gate:spot:{period}:{version}",
        agreement="gate:spot",
        period=period,
        version=version,
        evidence="e",
        mapping="m",
        mapping_version=1,
        commodity=commodity,
        fee_share=Decimal(1000),
        rate=None,
        row_count=1,
    )
    stated = Stated(
        document=statement.id,
        statement=statement,
        amount=statement.fee_share,
        written_off=Decimal(0),
    )
    return Receivable(stated=stated, exchange="gate", open=Decimal(amount))


def line(memo: str = "", commodity: str = "USDT") -> BankLine:
    return BankLine(
        id="bank/1",
        bank_account="bank",
        external_id="1",
        on=date(2023, 11, 5),
        commodity=commodity,
        amount=Decimal(100),
        counterparty="gate",
        memo=memo,
        evidence="e",
        evidence_row=1,
    )


SEPTEMBER, OCTOBER = owed("2023-09", "100"), owed("2023-10", "250")


def ranks(memo: str, left: str, *others: Receivable) -> list[tuple[str, int, str]]:
    found = propose(line(memo), Decimal(left), [OCTOBER, SEPTEMBER, *others])
    return [(each.receivable.stated.statement.period, each.rank, each.why) for each in found]


def taken(memo: str, left: str, *others: Receivable) -> str | None:
    """Return the month that a line is matched with by itself."""
    found = certain(propose(line(memo), Decimal(left), [OCTOBER, SEPTEMBER, *others]))
    return found.receivable.stated.statement.period if found else None


def test_a_month_in_the_memo_comes_before_an_exact_amount_before_a_part() -> None:
    assert ranks("fee share 2023-10", "100") == [("2023-10", 1, "memo names 2023-10, part of 250")]
    assert ranks("", "100") == [
        ("2023-09", 2, "amount exact"),
        ("2023-10", 3, "part of 250"),
    ]
    assert ranks("2023-09", "100") == [("2023-09", 1, "memo names 2023-09, amount exact")]


def test_the_only_proposal_of_the_best_rank_is_taken() -> None:
    assert taken("2023-10", "100") == "2023-10"
    assert taken("", "100") == "2023-09"
    assert taken("", "250") == "2023-10"
    assert taken("", "200") == "2023-10"


def test_nothing_proposed_is_nothing_taken() -> None:
    assert certain([]) is None


@pytest.mark.parametrize(
    ("memo", "left", "others"),
    [
        ("", "60", []),  # a part of either month
        ("", "100", [owed("2023-08", "100")]),  # exactly either month
        ("2023-10", "50", [owed("2023-10", "70", version=2)]),  # two statements of the month
    ],
)
def test_an_ambiguous_line_is_proposed_and_never_taken(
    memo: str, left: str, others: list[Receivable]
) -> None:
    assert len(ranks(memo, left, *others)) > 1
    assert taken(memo, left, *others) is None


@pytest.mark.parametrize("memo", ["2023-08", "paid on 2023-11-05"])
def test_a_memo_that_names_a_month_nobody_owes_is_for_a_person(memo: str) -> None:
    assert ranks(memo, "100") == []


@pytest.mark.parametrize(
    "memo", ["2023-13", "12023-10", "2023-100", "ref 2023-9", "\u0662\u0660\u0662\u0663-10"]
)
def test_what_only_looks_like_a_month_names_none(memo: str) -> None:
    assert taken(memo, "100") == "2023-09"


@pytest.mark.parametrize("left", ["80", "100", "250", "350"])
def test_a_memo_that_names_two_months_is_for_a_person_with_both_proposed(left: str) -> None:
    found = ranks("2023-09 and 2023-10", left)
    assert [(month, rank) for month, rank, _ in found] == [("2023-09", 4), ("2023-10", 4)]
    assert taken("2023-09 and 2023-10", left) is None
    assert taken("2023-08 and 2023-10", left) is None


def test_another_commodity_is_not_proposed() -> None:
    assert propose(line(commodity="USDC"), Decimal(100), [SEPTEMBER, OCTOBER]) == []
    other = owed("2023-10", "100", "USDC")
    (found,) = propose(line(commodity="USDC"), Decimal(100), [SEPTEMBER, other])
    assert found.receivable is other


receivable_lists = st.lists(
    st.builds(
        owed,
        st.sampled_from(["2023-08", "2023-09", "2023-10"]),
        st.integers(1, 300).map(str),
        st.sampled_from(["USDT", "USDC"]),
    ),
    max_size=5,
)


@given(
    memo=st.sampled_from(["", "2023-09", "2023-10", "2023-09 2023-10"]),
    left=st.integers(1, 300),
    receivables=receivable_lists,
)
def test_nothing_is_proposed_beyond_what_is_owed_and_only_the_unique_best_is_taken(
    memo: str, left: int, receivables: Sequence[Receivable]
) -> None:
    found = propose(line(memo), Decimal(left), receivables)
    for each in found:
        assert 0 < each.amount <= min(each.receivable.open, Decimal(left))
        assert each.receivable.stated.statement.commodity == "USDT"
    assert [each.rank for each in found] == sorted(each.rank for each in found)
    chosen = certain(found)
    if chosen is not None:
        assert chosen.amount == left
        assert [each for each in found if each.rank <= chosen.rank] == [chosen]


@pytest.fixture
def stated(furnished_books: Books, tmp_path: Path) -> Books:
    """Give books in which every exchange owes September and October, and lines have come."""
    rows = (
        "2023-11-01,bank-operating,1,USD,nobody,Nobody,2023-10\n"
        "2023-11-02,wallet-ethereum-treasury,7250,USDT,exact,Binance.com,\n"
        "2023-11-02,wallet-ethereum-treasury,2000,USDT,either,KuCoin,\n"
        "2023-11-02,wallet-ethereum-treasury,1500.000001,USDT,more,Gate,2023-10\n"
        "2023-11-02,wallet-ethereum-treasury,-50,USDT,out,Binance,2023-10\n"
        "2023-11-02,wallet-ethereum-treasury,100,USDT,held,HTX,2023-10\n"
        "2023-11-03,wallet-ethereum-treasury,8000,USDT,part,Binance,for 2023-10\n"
        "2023-11-04,wallet-ethereum-treasury,750,USDT,later,Binance,for 2023-10\n"
    )
    receipts = tmp_path / "receipts.csv"
    receipts.write_text(BANK + rows)
    with furnished_books.write() as change:
        files = [EXAMPLES / month / "statements" for month in ("2023-09", "2023-10")]
        import_files(change, [*files, receipts], MAPPINGS)
        for statement in statements.waiting(change.session):
            statements.accept(change, statement.id)
    return furnished_books


def match(books: Books, until: date) -> tuple[dict[str, str], dict[str, str]]:
    """Reconcile; return what was matched by line, and why each open line is open."""
    held = {"wallet-ethereum-treasury/held": "it is for a bounty"}
    with books.write() as change:
        matched, unmatched = reconcile(change, until, held)
        return (
            {each.line.external_id: each.proposal.receivable.stated.document for each in matched},
            {
                each.line.external_id: each.reason
                or " or ".join(one.receivable.stated.statement.period for one in each.proposals)
                for each in unmatched
            },
        )


def test_what_is_certain_is_matched_and_the_rest_waits_with_its_reason(stated: Books) -> None:
    matched, unmatched = match(stated, date(2023, 11, 3))
    assert matched == {
        "exact": "binance:spot:usdt:2023-09:1",
        "part": "binance:spot:usdt:2023-10:1",
    }
    assert unmatched == {
        "nobody": "",
        "either": "2023-09 or 2023-10",
        "more": "",
        "out": "",
        "held": "it is for a bounty",
    }
    with stated.read() as session:
        open_amounts = {each.stated.document: each.open for each in receivables(session)}
    assert open_amounts["binance:spot:usdt:2023-10:1"] == Decimal(750)
    assert "binance:spot:usdt:2023-09:1" not in open_amounts


def test_matching_again_changes_nothing_and_a_later_line_is_matched_in_its_time(
    stated: Books,
) -> None:
    _, waiting = match(stated, date(2023, 11, 3))
    digest = stated.digest()
    assert match(stated, date(2023, 11, 3)) == ({}, waiting)
    assert stated.digest() == digest
    assert match(stated, date(2023, 11, 4)) == (
        {"later": "binance:spot:usdt:2023-10:1"},
        waiting,
    )
