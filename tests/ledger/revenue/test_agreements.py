from dataclasses import replace
from datetime import date
from decimal import Decimal

import psycopg
import pytest
from sqlalchemy import func, select

from ledger import parties, periods
from ledger.errors import (
    Conflict,
    DatabaseRefused,
    ReferenceReused,
    UnknownReference,
)
from ledger.revenue.agreements import (
    RetroactiveChange,
    TermsMissing,
    add_terms,
    agreement_id,
    all_terms,
    draft_of,
    expected_by,
    in_force,
    maintainer_rate,
    payment_due,
    terms_on,
    versions,
)
from ledger.revenue.tables import Agreement, AgreementTerms, TermsMaintainer
from ledger.revenue.terms import Incentive, TermsDraft, Tier, Tiers
from ledger.revenue.terms_problems import problems_of
from ledger.sealing import head
from support.books import Books

SPOT = "gate-io:spot:usdt"
DRAFT = TermsDraft(
    exchange="Gate.io",
    stream="spot",
    commodity="USDT",
    kind="variable",
    effective_from=date(2023, 3, 1),
    effective_to=None,
    rate_low=Decimal("0.2"),
    rate_high=Decimal("0.3"),
    fixed_amount=None,
    maintainer_rate=None,
    maintainers={"Ada": Decimal("0.6"), "Bob": Decimal("0.4")},
    source="a test",
)


@pytest.fixture
def agreed(books: Books) -> Books:
    """Give books with an exchange, two payees and one version of terms from March 2023 on."""
    with books.write() as change:
        parties.add(change, name="Gate.io", kind="exchange", aliases=("Gate", "GT"))
        parties.add(change, name="Ada", kind="payee", aliases=("Ada the first",))
        parties.add(change, name="Bob", kind="payee")
    add(books, DRAFT)
    return books


def add(books: Books, draft: TermsDraft) -> tuple[int, bool]:
    """Add terms; return their version, and whether they are new."""
    with books.write() as change:
        terms, new = add_terms(change, draft)
        return terms.version, new


def require_refused(books: Books, draft: TermsDraft, error: type[Conflict], match: str) -> None:
    digest = books.digest()
    with pytest.raises(error, match=match):
        add(books, draft)
    assert books.digest() == digest


def version_on(books: Books, day: date) -> int:
    with books.read() as session:
        return terms_on(session, SPOT, day).terms.version


def test_terms_are_in_force_from_their_first_day_to_their_last(agreed: Books) -> None:
    later = replace(DRAFT, effective_from=date(2023, 6, 1), effective_to=date(2023, 8, 31))
    last = replace(DRAFT, effective_from=date(2023, 10, 15))
    assert (add(agreed, later), add(agreed, last)) == ((2, True), (3, True))
    days = {
        date(2023, 3, 1): 1,
        date(2023, 5, 31): 1,  # until the next version begins, though it names no end
        date(2023, 6, 1): 2,
        date(2023, 8, 31): 2,
        date(2023, 10, 15): 3,
        date(2030, 1, 1): 3,
    }
    assert {day: version_on(agreed, day) for day in days} == days
    for day in (date(2023, 2, 28), date(2023, 9, 1), date(2023, 10, 14)):
        with pytest.raises(TermsMissing, match=f"{SPOT} has no terms in force on {day}"):
            version_on(agreed, day)
    with agreed.read() as session:
        assert [each.version for each in versions(session, SPOT)] == [1, 2, 3]
        assert in_force(session, date(2023, 9, 1)) == []
        (found,) = in_force(session, date(2023, 8, 1))
    assert found.weights == {"ada": Decimal("0.6"), "bob": Decimal("0.4")}


def test_an_agreement_that_is_not_there_has_no_terms(agreed: Books) -> None:
    with agreed.read() as session, pytest.raises(UnknownReference, match="'gate-io:x:usdt'"):
        terms_on(session, "gate-io:x:usdt", date(2023, 3, 1))


def test_names_may_be_aliases_and_the_same_terms_again_change_nothing(agreed: Books) -> None:
    digest = agreed.digest()
    weights = {"ada the FIRST": Decimal("0.60"), "BOB": Decimal("0.4")}
    for name in ("Gate.io", "gate", "GT", "gate-io"):
        assert add(agreed, replace(DRAFT, exchange=name, maintainers=weights)) == (1, False)
    assert agreed.digest() == digest


def test_the_id_is_exchange_stream_and_commodity(agreed: Books) -> None:
    assert agreement_id("gate-io", "Spot & Perp", "USDC") == "gate-io:spot-perp:usdc"
    add(agreed, replace(DRAFT, stream="futures"))
    add(agreed, replace(DRAFT, commodity="USDC"))
    with agreed.read() as session:
        assert session.scalars(select(Agreement.id).order_by(Agreement.id)).all() == [
            "gate-io:futures:usdt",
            "gate-io:spot:usdc",
            SPOT,
        ]


@pytest.mark.parametrize(
    ("exchange", "maintainers"),
    [
        ("Nobody", {}),
        ("Ada", {}),
        ("Gate.io", {"Nobody": Decimal(1)}),
        ("Gate.io", {"Gate.io": Decimal(1)}),
    ],
)
def test_parties_that_are_unknown_or_of_another_kind_are_refused(
    agreed: Books, exchange: str, maintainers: dict[str, Decimal]
) -> None:
    digest = agreed.digest()
    draft = replace(DRAFT, exchange=exchange, stream="new", maintainers=maintainers)
    with pytest.raises(UnknownReference):
        add(agreed, draft)
    assert agreed.digest() == digest


OTHER_ON_THE_SAME_DAY = [
    replace(DRAFT, rate_low=Decimal("0.1")),
    replace(DRAFT, rate_high=Decimal("0.4")),
    replace(DRAFT, effective_to=date(2023, 12, 31)),
    replace(DRAFT, maintainer_rate=Decimal("0.2")),
    replace(DRAFT, maintainers={}),
    replace(DRAFT, maintainers={"Ada": Decimal("0.4"), "Bob": Decimal("0.6")}),
    replace(DRAFT, kind="fixed", rate_low=None, rate_high=None, fixed_amount=Decimal(100)),
    replace(DRAFT, confidential=True),
    replace(DRAFT, statement_day=5),
    replace(DRAFT, rebate_rate=Decimal("0.1"), rebate_payer="exchange"),
    replace(DRAFT, selection_method="vote", selected_on=date(2023, 2, 1), selection_link="x"),
    replace(
        DRAFT,
        tiers=Tiers(basis="volume", bands=(Tier(at_least=Decimal(0), rate=Decimal("0.2")),)),
    ),
]


@pytest.mark.parametrize("draft", OTHER_ON_THE_SAME_DAY)
def test_other_terms_from_the_same_day_are_refused(agreed: Books, draft: TermsDraft) -> None:
    require_refused(agreed, draft, ReferenceReused, f"{SPOT} from 2023-03-01.*version 1 overlaps")


def test_terms_that_overlap_are_refused_and_those_that_touch_are_taken(agreed: Books) -> None:
    ended = replace(DRAFT, effective_from=date(2023, 6, 1), effective_to=date(2023, 8, 31))
    add(agreed, ended)
    inside = replace(DRAFT, effective_from=date(2023, 8, 31))
    require_refused(agreed, inside, ReferenceReused, "version 2 overlaps")
    before = replace(DRAFT, effective_from=date(2023, 1, 1))
    require_refused(agreed, before, ReferenceReused, "version 1 overlaps")
    into = replace(before, effective_to=date(2023, 3, 1))
    require_refused(agreed, into, ReferenceReused, "version 1 overlaps")
    assert add(agreed, replace(before, effective_to=date(2023, 2, 28))) == (3, True)
    assert add(agreed, replace(DRAFT, effective_from=date(2023, 9, 1))) == (4, True)


INSERT_TERMS = (
    "INSERT INTO agreement_terms (agreement, version, effective_from, effective_to, kind,"
    " rate_low, rate_high, source, change_no)"
    " VALUES (%s, 9, %s, %s, 'variable', 0.2, 0.3, 'x', %s)"
)
INSERT_MAINTAINER = (
    "INSERT INTO terms_maintainers (agreement, terms_version, payee, weight, change_no)"
    " VALUES (%s, 9, %s, %s, %s)"
)


def next_change(books: Books) -> int:
    with books.read() as session:
        return head(session).number + 1


@pytest.mark.parametrize(
    ("since", "until"),
    [
        (date(2023, 3, 1), None),
        (date(2023, 1, 1), None),
        (date(2023, 1, 1), date(2023, 3, 1)),
        (date(2023, 7, 1), None),
    ],
)
def test_the_database_refuses_overlapping_terms_by_itself(
    agreed: Books, since: date, until: date | None
) -> None:
    add(agreed, replace(DRAFT, effective_from=date(2023, 6, 1), effective_to=date(2023, 8, 31)))
    digest = agreed.digest()
    with pytest.raises(psycopg.Error, match="agreement_overlap"), agreed.sql() as connection:
        connection.execute(INSERT_TERMS, [SPOT, since, until, next_change(agreed)])
    assert agreed.digest() == digest


@pytest.mark.parametrize(
    ("kind", "low", "high", "fixed"),
    [
        ("variable", None, None, None),
        ("variable", "0.2", None, None),
        ("variable", "0.2", "1.1", None),
        ("variable", "0.2", "0.3", "750"),
        ("fixed", None, None, None),
        ("fixed", None, None, "-1"),
        ("fixed", "0.2", "0.2", "750"),
        ("free", None, None, None),
    ],
)
def test_the_database_refuses_terms_that_are_neither_variable_nor_fixed(
    agreed: Books, kind: str, low: str | None, high: str | None, fixed: str | None
) -> None:
    digest = agreed.digest()
    with (
        pytest.raises(psycopg.errors.CheckViolation, match="agreement_terms_kind_check"),
        agreed.sql() as connection,
    ):
        connection.execute(
            "INSERT INTO agreement_terms (agreement, version, effective_from, kind, rate_low,"
            " rate_high, fixed_amount, source, change_no)"
            " VALUES (%s, 9, '2025-01-01', %s, %s, %s, %s, 'raw', %s)",
            [SPOT, kind, low, high, fixed, next_change(agreed)],
        )
    assert agreed.digest() == digest


def weigh_by_hand(books: Books, weights: dict[str, str]) -> None:
    """Write terms and weights with raw SQL, have them checked, and take them back."""
    with books.sql() as connection:
        number = next_change(books)
        connection.execute(INSERT_TERMS, [SPOT, date(2024, 1, 1), None, number])
        for payee, weight in weights.items():
            connection.execute(INSERT_MAINTAINER, [SPOT, payee, Decimal(weight), number])
        connection.execute("SET CONSTRAINTS weights_sum_to_one IMMEDIATE")
        connection.rollback()


@pytest.mark.parametrize("weights", [{"ada": "0.6", "bob": "0.5"}, {"ada": "0.9"}])
def test_weights_must_sum_to_one_in_the_database_too(
    agreed: Books, weights: dict[str, str]
) -> None:
    digest = agreed.digest()
    with pytest.raises(psycopg.Error, match="split_invalid"):
        weigh_by_hand(agreed, weights)
    assert agreed.digest() == digest


def test_weights_that_sum_to_one_pass_whatever_their_order(agreed: Books) -> None:
    weigh_by_hand(agreed, {"bob": "0.9", "ada": "0.1"})


def test_terms_take_no_further_maintainer_later(agreed: Books) -> None:
    digest = agreed.digest()
    late = TermsMaintainer(agreement=SPOT, terms_version=1, payee="gate-io", weight=Decimal("0.1"))
    with pytest.raises(DatabaseRefused, match="split_invalid"), agreed.write() as change:
        change.add(late)
    assert agreed.digest() == digest


def test_later_terms_that_reach_into_a_closed_month_are_refused(agreed: Books) -> None:
    with agreed.write() as change:
        periods.close(change, date(2023, 10, 1), reason="month end")
    late = replace(DRAFT, effective_from=date(2023, 10, 31))
    require_refused(agreed, late, RetroactiveChange, "reach into 2023-10, which is closed")
    assert add(agreed, replace(DRAFT, effective_from=date(2023, 11, 1))) == (2, True)
    assert add(agreed, DRAFT) == (1, False)


def test_an_agreement_that_is_found_late_may_begin_in_a_closed_month(agreed: Books) -> None:
    with agreed.write() as change:
        periods.close(change, date(2023, 10, 1), reason="month end")
    assert add(agreed, replace(DRAFT, stream="forgotten")) == (1, True)


REBATED = replace(DRAFT, rebate_rate=Decimal("0.1"), rebate_payer="foundation", rebate_payee="Bob")
PROMISE = Incentive(
    amount=Decimal(5000),
    commodity="HBOT",
    starts_on=date(2023, 1, 1),
    ends_on=date(2023, 6, 30),
    note="for makers",
)


def tiered(
    *bands: tuple[str, str],
    basis: str = "volume",
    kind: str = "variable",
    rate_low: Decimal | None = None,
) -> TermsDraft:
    tiers = Tiers(
        basis=basis,
        bands=tuple(Tier(at_least=Decimal(since), rate=Decimal(rate)) for since, rate in bands),
    )
    return replace(DRAFT, kind=kind, rate_low=rate_low, rate_high=None, tiers=tiers)


WRONG = [
    (replace(DRAFT, rate_low=None), "rate_low"),
    (replace(DRAFT, rate_low=Decimal(0)), "rate_low"),
    (replace(DRAFT, rate_high=Decimal("1.01")), "rate_high"),
    (replace(DRAFT, rate_low=Decimal("0.31")), "rate_high"),
    (replace(DRAFT, fixed_amount=Decimal(5)), "fixed_amount"),
    (replace(DRAFT, kind="fixed"), "fixed_amount"),
    (replace(DRAFT, kind="fixed", fixed_amount=Decimal(5)), "rate_low"),
    (replace(DRAFT, kind="other"), "kind"),
    (replace(DRAFT, maintainer_rate=Decimal("1.1")), "maintainer_rate"),
    (replace(DRAFT, maintainer_rate=Decimal("-0.1")), "maintainer_rate"),
    (replace(DRAFT, maintainers={"Ada": Decimal("0.9")}), "maintainers"),
    (replace(DRAFT, maintainers={"Ada": Decimal(2), "Bob": Decimal(-1)}), "maintainers"),
    (replace(DRAFT, effective_to=date(2023, 2, 28)), "effective_to"),
    (replace(DRAFT, rebate_payer="exchange"), "rebate_payer"),
    (replace(DRAFT, rebate_payee="Ada"), "rebate_payee"),
    (replace(REBATED, rebate_rate=Decimal(0)), "rebate_rate"),
    (replace(REBATED, rebate_rate=Decimal("1.1")), "rebate_rate"),
    (replace(REBATED, rebate_payer="somebody"), "rebate_payer"),
    (replace(REBATED, rebate_payee=None), "rebate_payee"),
    (replace(REBATED, rebate_payer="exchange"), "rebate_payee"),
    (replace(DRAFT, statement_day=29), "statement_day"),
    (replace(DRAFT, payment_days=-1), "payment_days"),
    (replace(DRAFT, incentives=(replace(PROMISE, amount=Decimal(0)),)), "incentives"),
    (replace(DRAFT, incentives=(replace(PROMISE, ends_on=date(2022, 1, 1)),)), "incentives"),
    (tiered(("0", "0.2"), ("5", "0.3"), kind="fixed"), "tiers"),
    (tiered(), "tiers"),
    (tiered(("5", "0.2")), "tiers"),
    (tiered(("0", "0.2"), ("0", "0.3")), "tiers"),
    (tiered(("0", "0.2"), ("9", "0.3"), ("5", "0.4")), "tiers"),
    (tiered(("0", "0.2"), ("5", "1.3")), "tiers"),
    (tiered(("0", "0.2"), basis="luck"), "tiers"),
    (tiered(("0", "0.2"), ("5", "0.3"), rate_low=Decimal("0.1")), "rate_low"),
]


def test_terms_that_are_whole_have_no_problem() -> None:
    fixed = replace(DRAFT, kind="fixed", rate_low=None, rate_high=None, fixed_amount=Decimal(5))
    for draft in (
        DRAFT,
        fixed,
        replace(DRAFT, maintainers={}),
        replace(DRAFT, effective_to=DRAFT.effective_from),
        REBATED,
        replace(REBATED, rebate_payer="exchange", rebate_payee=None),
        replace(DRAFT, incentives=(PROMISE, replace(PROMISE, ends_on=None))),
        tiered(("0", "0.3"), ("5", "0.2")),
        replace(
            tiered(("0", "0.3"), ("5", "0.2")), rate_low=Decimal("0.2"), rate_high=Decimal("0.3")
        ),
    ):
        assert problems_of(draft) == []


@pytest.mark.parametrize(("draft", "column"), WRONG)
def test_terms_that_cannot_be_name_the_column(draft: TermsDraft, column: str) -> None:
    assert column in [problem.column for problem in problems_of(draft)]


def test_the_maintainers_rate_is_the_terms_own_or_else_the_policys(agreed: Books) -> None:
    day = date(2023, 10, 31)
    with agreed.read() as session:
        terms = terms_on(session, SPOT, day).terms
        assert maintainer_rate(session, terms, day) == Decimal("0.2")
        session.expunge(terms)
        terms.kind = "fixed"
        assert maintainer_rate(session, terms, day) == Decimal("0.5")
        terms.maintainer_rate = Decimal("0.35")
        assert maintainer_rate(session, terms, day) == Decimal("0.35")
        assert session.scalar(select(func.count()).select_from(AgreementTerms)) == 1


def test_a_statement_is_expected_and_its_money_due_by_the_terms_or_else_the_policy(
    agreed: Books,
) -> None:
    add(agreed, replace(DRAFT, stream="slow", statement_day=28, payment_days=0))
    with agreed.read() as session:
        usual = terms_on(session, SPOT, date(2023, 12, 31))
        slow = terms_on(session, "gate-io:slow:usdt", date(2023, 12, 31))
        december = date(2023, 12, 1)
        assert expected_by(session, usual, december) == date(2024, 1, 10)
        assert payment_due(session, usual, december) == date(2024, 1, 30)
        assert expected_by(session, slow, december) == date(2024, 1, 28)
        assert payment_due(session, slow, december) == date(2023, 12, 31)


def test_all_that_terms_say_is_read_as_it_was_agreed(agreed: Books) -> None:
    whole = replace(
        tiered(("0", "0.2"), ("5", "0.3")),
        stream="whole",
        rebate_rate=Decimal("0.1"),
        rebate_payer="foundation",
        rebate_payee="Ada the first",
        statement_day=5,
        payment_days=45,
        incentives=(PROMISE, replace(PROMISE, ends_on=None, note="")),
        selection_method="vote",
        selected_on=date(2023, 2, 1),
        selection_link="https://example.org/vote",
        confidential=True,
    )
    add(agreed, whole)
    with agreed.read() as session:
        plain, found = all_terms(session)
        assert draft_of(session, plain) == replace(
            DRAFT,
            exchange="gate-io",
            maintainers={"ada": Decimal("0.6"), "bob": Decimal("0.4")},
        )
        assert draft_of(session, found) == replace(
            whole,
            exchange="gate-io",
            maintainers={"ada": Decimal("0.6"), "bob": Decimal("0.4")},
            rebate_payee="ada",
            rate_low=Decimal("0.2"),
            rate_high=Decimal("0.3"),
        )
        assert (plain.rebate, found.rebate) == (None, (Decimal("0.1"), "ada"))
    digest = agreed.digest()
    assert add(agreed, whole) == (1, False)
    assert agreed.digest() == digest


def test_a_rebate_that_the_exchange_pays_is_none_of_ours(agreed: Books) -> None:
    add(agreed, replace(DRAFT, stream="net", rebate_rate=Decimal("0.2"), rebate_payer="exchange"))
    with agreed.read() as session:
        assert terms_on(session, "gate-io:net:usdt", date(2023, 3, 1)).rebate is None


def test_a_rebate_is_passed_on_by_a_payee(agreed: Books) -> None:
    digest = agreed.digest()
    for name in ("Nobody", "Gate.io"):
        with pytest.raises(UnknownReference):
            add(agreed, replace(REBATED, stream="new", rebate_payee=name))
    assert agreed.digest() == digest


def test_the_whole_past_of_an_agreement_may_be_loaded_at_once(agreed: Books) -> None:
    with agreed.write() as change:
        periods.close(change, date(2023, 10, 1), reason="month end")
    first = replace(DRAFT, stream="old", effective_to=date(2023, 5, 31))
    with agreed.write() as change:
        add_terms(change, first)
        add_terms(change, replace(DRAFT, stream="old", effective_from=date(2023, 6, 1)))
    with agreed.read() as session:
        assert len(versions(session, "gate-io:old:usdt")) == 2


def test_the_database_refuses_terms_that_reach_into_a_closed_month(agreed: Books) -> None:
    with agreed.write() as change:
        periods.close(change, date(2023, 10, 1), reason="month end")
    digest = agreed.digest()
    with pytest.raises(psycopg.Error, match="retroactive_change"), agreed.sql() as connection:
        connection.execute(INSERT_TERMS, [SPOT, date(2023, 10, 31), None, next_change(agreed)])
    assert agreed.digest() == digest
