"""Each row of the public record of terms: a bounty of that day divides as it then did."""

import csv
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from ledger import bank, evidence, parties, policies
from ledger.bank_tables import BankLine
from ledger.errors import BadInput, DatabaseRefused, NeedsReview, ReferenceReused
from ledger.revenue import bounties
from ledger.revenue.bounty_deposits import receive_deposit
from ledger.revenue.bounty_division import divided, rule_of
from ledger.revenue.bounty_release import lacking_for_release
from ledger.revenue.bounty_standing import state_of, terms_of
from ledger.revenue.bounty_states import Gate, State
from ledger.revenue.bounty_tables import Bounty, BountyFunder, BountyStage
from ledger.revenue.bounty_team import assign
from ledger.revenue.bounty_terms import Signed, Stage, sign, stage, stage_told
from ledger.sealing import Change
from support.books import Books
from support.databases import EXAMPLES

STABLE = {"other (stablecoin)", "stablecoin", "Foundation bounty paid in USDC instead of HBOT"}


def day_of(seen_from: str) -> date:
    """A record that names a month only counts from its first day."""
    return date.fromisoformat(seen_from if len(seen_from) > 7 else f"{seen_from}-01")


def rows(name: str) -> list[dict[str, str]]:
    with (EXAMPLES / "data" / name).open(newline="") as file:
        return list(csv.DictReader(file))


def agreed(
    change: Change,
    identity: str,
    *,
    on: date,
    amount: str = "1000",
    commodity: str = "USDC",
    ours: bool = False,
    shares: tuple[Decimal, Decimal, Decimal] | None = None,
) -> Bounty:
    parties.add(change, name="Gate.io", kind="exchange")
    for name in ("Ada", "Bob", "Cleo"):
        parties.add(change, name=name, kind="payee")
    bounty, _ = bounties.add(
        change,
        identity=identity,
        title="a connector",
        exchange=None if ours else "Gate.io",
        funders={"foundation": Decimal(amount)} if ours else None,
        commodity=commodity,
        amount=Decimal(amount),
        developer="Ada",
        source="a test",
    )
    sign(change, bounty, Signed(on=on, document="agreement", shares=shares, why="a test"))
    return bounty


def test_a_bounty_of_each_row_of_the_record_divides_as_it_then_did(books: Books) -> None:
    read = rows("bounty_fee_split_history.csv")
    with books.write() as change:
        for number, row in enumerate(read):
            stable = row["denomination"] in STABLE
            bounty = agreed(
                change,
                f"bounty-{number}",
                on=day_of(row["seen_from"]),
                commodity="USDC" if stable else "HBOT",
                ours=row["denomination"].startswith("Foundation"),
            )
            _, division = rule_of(change.session, bounty, date(2030, 1, 1))
            told = {
                "developer": row["developer_pct"],
                "foundation": row["foundation_pct"].split(" ")[0],
                "reviewer": row["reviewer_pct"] or "0",
            }
            assert division == {who: Decimal(part) / 100 for who, part in told.items()}, row
    assert len(read) == 14


def of_item(item: str) -> list[dict[str, str]]:
    found = [row for row in rows("sponsor_service_terms_history.csv") if row["item"] == item]
    assert found, item
    return found


def test_each_row_of_the_service_terms_is_the_rule_of_its_day(books: Books) -> None:
    with books.read() as session:
        for row in of_item("connector bounty management"):
            price = policies.in_force(session, "bounty-price", day_of(row["seen_from"]))
            assert price == {"low": row["amount_low"], "high": row["amount_high"]}
        for row in of_item("annual renewal"):
            price = policies.in_force(session, "renewal-price", day_of(row["seen_from"]))
            assert price == row["amount_low"]
        for item, delivery in (("refund triggers", 0), ("delivery guarantee", 90)):
            (row,) = of_item(item)
            clocks = policies.in_force(session, "bounty-clocks", day_of(row["seen_from"]))
            assert clocks == {
                "deposit": 7,
                "developer": 60,
                "reassign": 90,
                "delivery": delivery,
                "refund": 14,
            }
        assert policies.version_in_force(session, "bounty-clocks", date(2025, 9, 1)) is None


def test_half_up_front_is_what_the_terms_say_and_begins_the_work(books: Books) -> None:
    """The pricing page said 50 % up front, the escrow agreement the whole: terms say which."""
    (row,) = of_item("payment schedule (pricing page, contradicts upfront escrow)")
    half, on = Decimal(row["amount_low"]), day_of(row["seen_from"])
    with books.write() as change:
        bounty = agreed(change, "bounty-1", on=on, amount="10000")
        bank.add_account(change, "wallet", kind="wallet", purpose="deposits")
        movement = bank.BankMovement(
            bank_account="wallet",
            external_id="0xa",
            on=books.at.date(),
            commodity="USDC",
            amount=half,
            counterparty="",
            memo="",
            row=1,
        )
        bank.record(change, movement, evidence.keep(change, b"half", "wallet.csv"))
        line = change.session.get_one(BankLine, "wallet/0xa")
        receive_deposit(change, bounty, line, half, why="a test")
        assert state_of(change.session, bounty) is State.SIGNED
        upfront = Signed(on=on, document="pricing page", upfront=Decimal("0.5"))
        sign(change, bounty, upfront)
        assert state_of(change.session, bounty) is State.ASSIGNED
        lacking = lacking_for_release(change.session, bounty, date(2030, 1, 1))
        assert "deposit (5000 of 10000 USDC)" in lacking


def test_every_row_of_the_service_terms_is_ruled_by_a_policy_or_terms() -> None:
    ruled = {
        "connector bounty management",
        "payment schedule (pricing page, contradicts upfront escrow)",
        "annual renewal",
        "refund triggers",
        "delivery guarantee",
        *(f"{tier} sponsorship" for tier in ("Gold", "Platinum", "Diamond")),
    }
    told = {row["item"] for row in rows("sponsor_service_terms_history.csv")}
    # A fee for facilitating a vote and a pot is a manual entry: there is no arrangement behind it.
    assert told - ruled == {"one-time facilitation of NCP + 100,000 HBOT connector pot"}


def test_the_tiers_of_sponsorship_are_the_price_list_of_their_day(books: Books) -> None:
    with books.read() as session:
        for tier in ("Gold", "Platinum", "Diamond"):
            (row,) = of_item(f"{tier} sponsorship")
            prices = policies.in_force(session, "sponsorship-prices", day_of(row["seen_from"]))
            assert {name.casefold(): price for name, price in prices.items()}[
                tier.casefold()
            ] == row["amount_low"]


@pytest.mark.parametrize(
    ("on", "amount", "price"),
    [
        (date(2025, 9, 1), "12000", None),
        (date(2025, 9, 2), "10000", None),
        (date(2025, 9, 2), "12000", "10000 USD"),
        (date(2026, 1, 26), "12000", "10000 USD"),
        (date(2026, 1, 27), "12000", None),
        (date(2026, 1, 27), "25000.01", "from 10000 to 25000 USD"),
    ],
)
def test_an_amount_beside_the_price_list_of_its_day_is_explained(
    books: Books, on: date, amount: str, price: str | None
) -> None:
    with books.write() as change:
        parties.add(change, name="Gate.io", kind="exchange")
        bounty, _ = bounties.add(
            change,
            identity="bounty-1",
            title="a connector",
            exchange="Gate.io",
            commodity="USDC",
            amount=Decimal(amount),
        )
        wanted = Signed(on=on, document="agreement")
        if price is None:
            assert sign(change, bounty, wanted)[1]
            return
        with pytest.raises(NeedsReview, match=f"the price list of {on} says {price}"):
            sign(change, bounty, wanted)
        assert sign(change, bounty, Signed(on=on, document="agreement", why="two chains"))[1]


def amounts(session: Session, bounty: Bounty, on: date) -> dict[str, Decimal]:
    owed = divided(session, bounty, bounty.amount, on=on)
    return {part.payee: part.amount for part in owed}


def test_the_worked_examples_that_the_public_text_got_wrong_come_out_right(books: Books) -> None:
    with books.write() as change:
        hbot = agreed(change, "bounty-1", on=date(2023, 10, 2), amount="100000", commodity="HBOT")
        assert amounts(change.session, hbot, date(2023, 11, 1)) == {"ada": Decimal(90000)}
        usdt = agreed(change, "bounty-2", on=date(2023, 6, 1), amount="2400", commodity="USDT")
        assert amounts(change.session, usdt, date(2023, 11, 1)) == {"ada": Decimal(1920)}


def test_a_bountys_own_division_comes_before_the_policy(books: Books) -> None:
    shares = (Decimal("0.95"), Decimal("0.05"), Decimal(0))
    with books.write() as change:
        bounty = agreed(change, "bounty-1", on=date(2024, 3, 1), shares=shares)
        rule, division = rule_of(change.session, bounty, date(2030, 1, 1))
        assert rule.startswith("its terms of 2024-03-01 (agreement")
        assert division == {
            "developer": Decimal("0.95"),
            "foundation": Decimal("0.05"),
            "reviewer": Decimal(0),
        }
        assert amounts(change.session, bounty, date(2024, 4, 1)) == {"ada": Decimal(950)}


def test_several_developers_and_a_reviewer_share_to_the_last_unit(books: Books) -> None:
    shares = (Decimal("0.8"), Decimal("0.1"), Decimal("0.1"))
    with books.write() as change:
        bounty = agreed(change, "bounty-1", on=date(2024, 3, 1), amount="1000", shares=shares)
        team = {"Ada": Decimal(2), "Bob": Decimal(1)}
        assign(change, bounty, team, on=date(2024, 3, 2), evidence="issue 1")
        assert not assign(change, bounty, team, on=date(2024, 3, 3), evidence="issue 1")
        assign(change, bounty, "Cleo", role="reviewer", on=date(2024, 3, 2), evidence="issue 1")
        owed = amounts(change.session, bounty, date(2024, 4, 1))
    assert owed == {
        "ada": Decimal("533.333333"),
        "bob": Decimal("266.666667"),
        "cleo": Decimal(100),
    }
    assert sum(owed.values()) == 900


def test_an_escrow_needs_the_signed_document_and_both_signatories(books: Books) -> None:
    with books.write() as change:
        bounty = agreed(change, "bounty-1", on=date(2026, 2, 1), amount="10000")
        on, number = date(2026, 2, 2), "agreement 7"
        with pytest.raises(BadInput) as refused:
            sign(change, bounty, Signed(on=on, document=number, arrangement="escrow"))
        assert [problem.column for problem in refused.value.problems] == [
            "document",
            "funder's signatory",
            "our signatory",
        ]
        whole = Signed(
            on=on,
            document=number,
            arrangement="escrow",
            content=("agreement.pdf", b"signed"),
            by_funder="their director",
            by_us="our director",
        )
        assert sign(change, bounty, whole)[1]
        assert not sign(change, bounty, whole)[1]
        found = terms_of(change.session, bounty)
        assert found is not None
        assert (found.number, found.arrangement) == (2, "escrow")


@pytest.mark.parametrize(
    "told",
    ["", "prototype:4000", "prototype:x:delivered", "prototype:4000:done", ":4000:delivered"],
)
def test_a_stage_that_cannot_be_read_is_refused(told: str) -> None:
    with pytest.raises(BadInput, match="stages_invalid"):
        stage_told(told)


def test_stages_sum_to_the_bounty_and_are_named_once(books: Books) -> None:
    first, tail = stage_told("prototype:400:approved,delivered"), stage_told("tail:600::90")
    assert first == Stage(
        title="prototype", amount=Decimal(400), gates=(Gate.APPROVED, Gate.DELIVERED)
    )
    assert (tail.gates, tail.wait_days) == ((), 90)
    with books.write() as change:
        bounty = agreed(change, "bounty-1", on=date(2024, 3, 1))
        with pytest.raises(BadInput, match="sum to 1000 USDC"):
            stage(change, bounty, [first, first])
        assert stage(change, bounty, [first, tail])
        assert not stage(change, bounty, [first, tail])
        with pytest.raises(ReferenceReused, match="1 prototype: 400 after delivered approved"):
            stage(change, bounty, [tail, first])


def test_the_database_refuses_parts_that_do_not_sum_to_the_bounty(books: Books) -> None:
    with books.write() as change:
        agreed(change, "bounty-1", on=date(2024, 3, 1))
    digest = books.digest()
    funder = BountyFunder(bounty="bounty-1", number=1, party=None, amount=Decimal(999))
    part = BountyStage(
        bounty="bounty-1", stage=1, title="x", amount=Decimal(999), gates="", wait_days=0
    )
    for row in (funder, part):
        with pytest.raises(DatabaseRefused, match="bounty_parts"), books.write() as change:
            change.add(row)
        assert books.digest() == digest
