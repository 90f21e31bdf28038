from datetime import date
from decimal import Decimal

import psycopg
import pytest

from ledger import dues, parties, periods
from ledger.accounts import Chart
from ledger.balances import account_balance, document_balance
from ledger.errors import (
    BadInput,
    NeedsReview,
    PeriodClosed,
    ReferenceReused,
    UnknownReference,
)
from payouts import distributions, proposals
from support.books import Books

PASSED = date(2023, 10, 14)
FIXED = date(2023, 10, 31)
IDENTITY = "hbot.eth/0xabc1"


def passed(
    books: Books,
    proposal_hash: str = "0xabc1",
    *,
    label: str = "HGP-45",
    title: str = "Epoch 6 bounties",
    amount: str = "700000",
) -> bool:
    with books.write() as change:
        for name in ("Ada", "Bob"):
            parties.add(change, name=name, kind="payee")
        return proposals.add(
            change,
            space="hbot.eth",
            proposal_hash=proposal_hash,
            label=label,
            title=title,
            passed_on=PASSED,
            amount=Decimal(amount),
            source="snapshot",
        )[1]


def fix(books: Books, payee: str, amount: str, *, on: date = FIXED, tranche: str = "") -> bool:
    with books.write() as change:
        return distributions.fix_part(
            change,
            proposals.named(change.session, IDENTITY),
            payee,
            Decimal(amount),
            on=on,
            tranche=tranche,
        )[1]


def test_a_part_fixed_under_a_proposal_is_an_expense_and_due_at_once(books: Books) -> None:
    assert passed(books)
    assert fix(books, "Ada", "400000")
    assert fix(books, "Bob", "0.000000000000000001")
    with books.read() as session:
        proposal = proposals.named(session, "HGP-45")
        assert distributions.fixed(session, proposal) == Decimal("400000.000000000000000001")
        due = dues.due(session)
        assert [(row.kind, row.payee, row.document) for row in due] == [
            ("hbot-distribution", "ada", IDENTITY),
            ("hbot-distribution", "bob", IDENTITY),
        ]
        assert [row.payee for row in distributions.parts_of(session, proposal)] == ["ada", "bob"]
        account = Chart.PAYABLE_DISTRIBUTION
        assert document_balance(session, account, due[0].id, "HBOT") == -400000
        total = account_balance(session, Chart.EXPENSE_DISTRIBUTION, "HBOT")
        assert total == Decimal("400000.000000000000000001")


def test_a_proposal_alone_posts_nothing(books: Books) -> None:
    passed(books)
    with books.read() as session:
        assert account_balance(session, Chart.PAYABLE_DISTRIBUTION, "HBOT") == 0


def test_parts_beyond_what_is_authorised_are_refused(books: Books) -> None:
    passed(books)
    fix(books, "Ada", "400000")
    digest = books.digest()
    with pytest.raises(BadInput, match=r"proposal_invalid: .* 300000 or less, what is left"):
        fix(books, "Bob", "300000.000000000000000001")
    assert books.digest() == digest
    assert fix(books, "Bob", "300000")


def test_the_database_refuses_parts_beyond_what_is_authorised(books: Books) -> None:
    passed(books)
    fix(books, "Ada", "400000")
    fix(books, "Ada", "200000", tranche="2")
    digest = books.digest()
    with pytest.raises(psycopg.errors.Error, match="authorisation_exceeded") as refusal:
        forge(books, "100000.5")
    assert refusal.value.sqlstate == "FS040"
    forge(books, "100000")
    assert books.digest() == digest


def forge(books: Books, amount: str) -> None:
    """Write a part as the service's role, with an entry for it to name, and take it back."""
    with books.sql() as raw:
        raw.execute(
            "INSERT INTO journal_entries (number, change_no, effective_date, kind, narration,"
            " reference, fingerprint) SELECT 3, max(number) + 1, '2023-10-31', '', '', 'forged',"
            " sha256('') FROM changes"
        )
        raw.execute(
            "INSERT INTO distribution_parts"
            ' (id, proposal, payee, tranche, amount, "on", entry_number, change_no)'
            " SELECT 'forged', %s, 'bob', '', %s, '2023-10-31', 3, max(number) + 1 FROM changes",
            [IDENTITY, Decimal(amount)],
        )
        raw.rollback()


def test_the_same_part_is_fixed_once(books: Books) -> None:
    passed(books)
    assert fix(books, "Ada", "400000")
    digest = books.digest()
    assert not fix(books, "ADA", "400000.0")
    with pytest.raises(ReferenceReused, match="400000 on 2023-10-31"):
        fix(books, "Ada", "300000")
    assert books.digest() == digest
    assert fix(books, "Ada", "300000", tranche="2023-11")


def test_a_label_used_twice_names_neither(books: Books) -> None:
    passed(books, "0xabc1", label="HGP-70", title="one", amount="700000")
    passed(books, "0xabc2", label="HGP-70", title="another", amount="5")
    with pytest.raises(NeedsReview, match="HGP-70 stands for 2 proposals"):  # noqa: SIM117
        with books.read() as session:
            proposals.named(session, "HGP-70")
    with books.read() as session:
        assert proposals.named(session, "hbot.eth/0xabc2").title == "another"
        assert len(proposals.all_of(session)) == 2
        with pytest.raises(UnknownReference):
            proposals.named(session, "HGP-71")


def test_a_hash_in_capitals_is_the_same_proposal(books: Books) -> None:
    passed(books)
    digest = books.digest()
    assert not passed(books, "0xABC1")
    with pytest.raises(ReferenceReused, match="amount is 700000"):
        passed(books, amount="700001")
    assert books.digest() == digest


def test_a_hash_that_is_not_hexadecimal_keeps_its_case(books: Books) -> None:
    passed(books, "QmAbC")
    with books.read() as session:
        assert proposals.named(session, "HGP-45").id == "hbot.eth/QmAbC"


@pytest.mark.parametrize("proposal_hash", ["", "0x a", "a/b", " 0xa"])
def test_a_proposal_is_named_by_one_word(books: Books, proposal_hash: str) -> None:
    digest = books.digest()
    with pytest.raises(BadInput, match="proposal_invalid"):
        passed(books, proposal_hash)
    assert books.digest() == digest


@pytest.mark.parametrize("amount", ["0", "-1", "0.0000000000000000001"])
def test_a_part_that_cannot_be_paid_is_refused(books: Books, amount: str) -> None:
    passed(books)
    digest = books.digest()
    with pytest.raises(BadInput, match="amount_invalid"):
        fix(books, "Ada", amount)
    assert books.digest() == digest


def test_a_part_is_not_fixed_before_its_proposal_passed_nor_in_a_closed_month(
    books: Books,
) -> None:
    passed(books)
    digest = books.digest()
    with pytest.raises(BadInput, match="2023-10-14 or later"):
        fix(books, "Ada", "1", on=date(2023, 10, 13))
    assert books.digest() == digest
    with books.write("approver") as change:
        periods.close(change, date(2023, 10, 1), reason="done")
    digest = books.digest()
    with pytest.raises(PeriodClosed):
        fix(books, "Ada", "1")
    assert books.digest() == digest


def test_a_part_for_nobody_known_is_refused(books: Books) -> None:
    passed(books)
    digest = books.digest()
    with pytest.raises(UnknownReference, match="Mallory"):
        fix(books, "Mallory", "1")
    assert books.digest() == digest
