from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from feeshare import loading, loading_bounties
from feeshare.loading import Format, Loaded
from ledger import dues
from ledger.errors import BadInput, ReferenceReused
from ledger.revenue import bounties, bounty_held, bounty_standing, renewals
from payouts import distributions, proposals
from support.books import Books

EXAMPLES = Path(__file__).parents[2] / "examples" / "books"
HASH = "0x" + "ab" * 32


def load_parties(books: Books) -> None:
    with books.write() as change:
        loading.load(change, EXAMPLES / "exchanges.csv", loading.EXCHANGES)
        loading.load(change, EXAMPLES / "payees.csv", loading.PAYEES)


def load(books: Books, path: Path, wanted: Format) -> Loaded:
    with books.write() as change:
        return loading.load(change, path, wanted)


def refused(books: Books, path: Path, wanted: Format) -> list[tuple[str, int | None, str | None]]:
    """Load a file that is refused whole; return code, row and column of every problem."""
    digest = books.digest()
    with pytest.raises(BadInput) as refusal:
        load(books, path, wanted)
    assert books.digest() == digest
    assert {problem.place for problem in refusal.value.problems} == {path.name}
    return [(problem.code, problem.row, problem.column) for problem in refusal.value.problems]


@pytest.mark.parametrize(
    ("name", "wanted", "count"),
    [
        ("bounties", loading_bounties.BOUNTIES, 2),
        ("renewals", loading_bounties.RENEWALS, 1),
        ("proposals", loading_bounties.PROPOSALS, 1),
    ],
)
def test_the_examples_load_once(books: Books, name: str, wanted: Format, count: int) -> None:
    load_parties(books)
    path = EXAMPLES / f"{name}.csv"
    assert load(books, path, wanted) == Loaded(new=count, known=0)
    digest = books.digest()
    assert load(books, path, wanted) == Loaded(new=0, known=count)
    assert books.digest() == digest


def test_the_example_parts_load_once_and_are_due(books: Books) -> None:
    load_parties(books)
    load(books, EXAMPLES / "proposals.csv", loading_bounties.PROPOSALS)
    path = EXAMPLES / "parts.csv"
    assert load(books, path, loading_bounties.PARTS) == Loaded(new=2, known=0)
    digest = books.digest()
    assert load(books, path, loading_bounties.PARTS) == Loaded(new=0, known=2)
    assert books.digest() == digest
    with books.read() as session:
        proposal = proposals.named(session, "HGP-MADE-UP")
        assert distributions.fixed(session, proposal) == 200000
        assert [row.amount for row in dues.due(session)] == [
            Decimal("125000.5"),
            Decimal("74999.5"),
        ]


def test_every_problem_of_a_file_of_bounties_is_told_at_once(books: Books, tmp_path: Path) -> None:
    load_parties(books)
    path = tmp_path / "bounties.csv"
    path.write_text(
        "id,title,exchange,commodity,amount,developer,source\n"
        "b-1,,Nobody,USDC,ten,Nobody,x\n"
        "b 2,two,KuCoin,USDC,0.0000001,,x\n"
        "b-3,three,KuCoin,EURX,5,,x\n"
        "b-4,four,KuCoin,ETH,5,,\n"
        "b-5,five,KuCoin,ETH,5,,x\n"
        "b-6,six,KuCoin,USDC,-5,,x\n"
    )
    assert refused(books, path, loading_bounties.BOUNTIES) == [
        ("value_missing", 2, "title"),
        ("reference_unknown", 2, "exchange"),
        ("reference_unknown", 2, "developer"),
        ("not_a_number", 2, "amount"),
        ("id_invalid", 3, "id"),
        ("amount_invalid", 3, "amount"),
        ("currency_mismatch", 4, "commodity"),
        ("value_missing", 5, "source"),
        ("commodity_undivided", 6, None),
        ("amount_invalid", 7, "amount"),
    ]


def test_every_problem_of_a_file_of_renewals_is_told_at_once(books: Books, tmp_path: Path) -> None:
    load_parties(books)
    load(books, EXAMPLES / "bounties.csv", loading_bounties.BOUNTIES)
    path = tmp_path / "renewals.csv"
    path.write_text(
        "id,exchange,connector,year_from,commodity,amount,source\n"
        "r-1,Nobody,,2023-13-01,USD,,x\n"
        "r-2,KuCoin,kucoin,2023-11-04,USD,0.001,x\n"
        "r-3,KuCoin,kucoin,2023-11-03,USDC,,x\n"
        "bounty-quillon,KuCoin,kucoin,2023-11-03,USD,,x\n"
    )
    assert refused(books, path, loading_bounties.RENEWALS) == [
        ("value_missing", 2, "connector"),
        ("reference_unknown", 2, "exchange"),
        ("date_invalid", 2, "year_from"),
        ("date_invalid", 3, "year_from"),
        ("amount_invalid", 3, "amount"),
        ("amount_missing", 4, None),
        ("id_taken", 5, "id"),
    ]


def test_every_problem_of_files_of_proposals_and_parts_is_told_at_once(
    books: Books, tmp_path: Path
) -> None:
    load_parties(books)
    path = tmp_path / "proposals.csv"
    path.write_text(
        "space,hash,label,title,passed_on,commodity,amount,source\n"
        "hbot.eth,a/b,L,T,2023-10-10,HBOT,5,x\n"
        "hbot.eth,0xa,,T,2023-11-04,HBOT,0,x\n"
    )
    assert refused(books, path, loading_bounties.PROPOSALS) == [
        ("proposal_invalid", 2, None),
        ("value_missing", 3, "label"),
        ("date_invalid", 3, "passed_on"),
        ("amount_invalid", 3, "amount"),
    ]
    load(books, EXAMPLES / "proposals.csv", loading_bounties.PROPOSALS)
    path = tmp_path / "parts.csv"
    path.write_text(
        "space,hash,payee,amount,on,tranche\n"
        "hbot.eth,0xother,Nobody,1,2023-10-25,\n"
        f"hbot.eth,{HASH},Builder (made up),0,2023-11-04,\n"
        f"hbot.eth,{HASH},Builder (made up),1,2023-10-09,\n"
    )
    assert refused(books, path, loading_bounties.PARTS) == [
        ("reference_unknown", 2, "payee"),
        ("reference_unknown", 2, "hash"),
        ("date_invalid", 3, "on"),
        ("amount_invalid", 3, "amount"),
        ("date_invalid", 4, None),
    ]


def test_a_renewal_is_invoiced_at_the_price_of_its_day_or_at_its_amount(
    books: Books, tmp_path: Path
) -> None:
    load_parties(books)
    path = tmp_path / "renewals.csv"
    path.write_text(
        "id,exchange,connector,year_from,commodity,amount,source\n"
        "r-1,KuCoin,spot,2023-10-01,USD,,x\n"
        "r-2,KuCoin,perpetual,2023-10-01,USDC,1500.5,x\n"
    )
    load(books, path, loading_bounties.RENEWALS)
    with books.read() as session:
        assert [row.amount for row in renewals.all_of(session)] == [2000, Decimal("1500.5")]


def test_one_recipient_gets_several_parts_by_tranche_within_what_is_authorised(
    books: Books, tmp_path: Path
) -> None:
    load_parties(books)
    load(books, EXAMPLES / "proposals.csv", loading_bounties.PROPOSALS)
    path = tmp_path / "parts.yaml"
    part = f"- {{space: HBOT.eth, hash: '{HASH.upper()}', payee: Builder (made up), "
    path.write_text(
        f"{part}amount: '1', on: 2023-10-25, tranche: a}}\n"
        f"{part}amount: '2', on: 2023-10-25, tranche: b}}\n"
    )
    assert load(books, path, loading_bounties.PARTS).new == 2
    path.write_text(f"{part}amount: '249998', on: 2023-10-25, tranche: c}}\n")
    assert refused(books, path, loading_bounties.PARTS) == [("proposal_invalid", 1, None)]


def test_a_bounty_changed_in_the_file_is_a_conflict(books: Books, tmp_path: Path) -> None:
    load_parties(books)
    load(books, EXAMPLES / "bounties.csv", loading_bounties.BOUNTIES)
    path = tmp_path / "bounties.csv"
    path.write_text((EXAMPLES / "bounties.csv").read_text().replace("10000", "20000"))
    digest = books.digest()
    with pytest.raises(ReferenceReused, match="amount is 10000"):
        load(books, path, loading_bounties.BOUNTIES)
    assert books.digest() == digest


def test_what_the_books_know_is_not_read_from_a_file(books: Books, tmp_path: Path) -> None:
    load_parties(books)
    path = tmp_path / "bounties.csv"
    path.write_text(
        "id,title,exchange,commodity,amount,source,deposited,deposit,end\n"
        "b-1,one,KuCoin,USDC,5,x,5,exact,released 2023-10-01\n"
    )
    load(books, path, loading_bounties.BOUNTIES)
    with books.read() as session:
        bounty = bounties.named(session, "b-1")
        assert bounty_held.deposited(session, bounty) == 0
        assert bounty_standing.end_of(session, bounty) is None


def test_the_day_of_the_change_is_the_last_that_a_file_may_name(
    books: Books, tmp_path: Path
) -> None:
    load_parties(books)
    path = tmp_path / "renewals.csv"
    path.write_text(
        "id,exchange,connector,year_from,commodity,source\nr-1,KuCoin,spot,2023-11-04,USD,x\n"
    )
    assert refused(books, path, loading_bounties.RENEWALS) == [("date_invalid", 2, "year_from")]
    books.at = datetime(2023, 11, 4, tzinfo=UTC)
    assert load(books, path, loading_bounties.RENEWALS).new == 1
    with books.read() as session:
        assert renewals.named(session, "r-1").year_from == date(2023, 11, 4)
