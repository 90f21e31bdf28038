"""A scan that is cut off anywhere, read again, or done in another order: the rows are the same."""

from collections.abc import Iterator
from decimal import Decimal
from random import Random
from secrets import token_hex

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.engine import URL

from chains import watches
from feeshare import clock
from feeshare.chain_checking import read_again
from feeshare.chain_scanning import alone, stretches
from ledger.bank_tables import Token
from ledger.errors import BadInput
from ledger.tables import Commodity
from support.books import Books
from support.chain_books import ChainBooks, setup_of
from support.databases import fresh_database, service_engine
from support.dying import die_before_commit
from support.evm_chain import HBOT, USDC, USDT, EvmChain, evm_chain
from support.fault_proxy import drops, fault_proxy, only

WRITES_MAX = 9
"""More commits than a pass makes."""

LATE = "0x6b175474e89094c44da98b954eedeac495271d0f"
"""A token that the registry does not know from the beginning."""

WALLETS = ("0x" + "a1" * 20, "0x" + "b2" * 20, "0x" + "c3" * 20)


@pytest.fixture(scope="module")
def chain() -> Iterator[EvmChain]:
    """Give a chain on which three wallets got and sent tokens and coins, all of it final."""
    chance = Random(5)  # noqa: S311 - a seed, so that it is the same every time
    with evm_chain() as found:
        for token, name, decimals in ((USDC, "USDC", 6), (USDT, "USDT", 6), (HBOT, "HBOT", 18)):
            found.place_token(token, name, decimals)
            found.mint(token, found.people[1], 10**30)
        for wallet in WALLETS:
            found.send(found.people[2], wallet, value=10**18)
        for _ in range(40):
            sender = chance.choice([found.people[1], *WALLETS])
            token = chance.choice([USDC, USDT, HBOT])
            held = found.balance(token, sender)
            units = chance.randrange(min(held, 10**9) + 1)
            found.transfer(token, sender, chance.choice(WALLETS), units)
        found.place_token(LATE, "DAI", 18)
        for wallet in WALLETS[:2]:
            found.mint(LATE, wallet, 7 * 10**18)
        found.finalize()
        yield found


def watching(books: Books, chain: EvmChain, *wallets: int) -> ChainBooks:
    found = ChainBooks(books, setup_of("ethereum", chain.url))
    for number in wallets or range(len(WALLETS)):
        found.watch(f"w{number}", WALLETS[number], begin="start")
    return found


def all_lines(found: ChainBooks) -> list[list[tuple[str, Decimal]]]:
    return [found.lines(f"w{number}") for number in range(len(WALLETS))]


@pytest.fixture
def whole(template: URL, chain: EvmChain) -> Iterator[ChainBooks]:
    """Give other books, into which the chain was scanned at once."""
    with fresh_database(template) as owner:
        engine = service_engine(owner)
        found = watching(Books(owner=owner, engine=engine), chain)
        found.scan()
        found.require_equal()
        yield found
        engine.dispose()


def test_a_scan_killed_between_any_two_writes_goes_on_and_does_nothing_twice(
    books: Books, chain: EvmChain, whole: ChainBooks
) -> None:
    found = watching(books, chain)
    killed = [die_before_commit(found, write) for write in range(1, WRITES_MAX)]
    assert killed[0]
    assert not killed[-1]
    assert found.scan().booked == 0
    found.require_equal()
    assert found.rows() == whole.rows()
    assert all_lines(found) == all_lines(whole)


@settings(max_examples=4, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(order=st.permutations(range(len(WALLETS))), length=st.integers(7, 60), data=st.data())
def test_in_whatever_order_and_pieces_a_chain_is_scanned_the_rows_are_the_same(  # noqa: PLR0917
    template: URL,
    chain: EvmChain,
    whole: ChainBooks,
    order: list[int],
    length: int,
    data: st.DataObject,
) -> None:
    with fresh_database(template) as owner:
        engine = service_engine(owner)
        found = ChainBooks(Books(owner=owner, engine=engine), setup_of("ethereum", chain.url))
        for reader in found.setup.readers:
            reader.stretch = length
        for number in order:
            found.watch(f"w{number}", WALLETS[number], begin="start")
            if data.draw(st.booleans()):
                found.scan(quietly=data.draw(st.booleans()))
        found.scan()
        last = data.draw(st.integers(0, chain.head - 8))
        first = data.draw(st.integers(0, last))
        again = read_again(engine, found.setup, first, last, clock.now())
        assert (again.missing, again.untold) == (0, ())
        assert found.rows() == whole.rows()
        assert all_lines(found) == all_lines(whole)
        found.require_equal()
        engine.dispose()


def test_what_one_provider_left_out_is_found_by_reading_the_blocks_again(
    books: Books, chain: EvmChain, whole: ChainBooks
) -> None:
    with fault_proxy(chain.url) as proxy:
        found = ChainBooks(books, setup_of("ethereum", proxy.url))
        found.watch("w0", WALLETS[0], begin="start")
        with proxy.having(only(drops(lambda _: True), "eth_getLogs")):
            assert not found.scan().is_well
        assert found.scan().transfers == 0
        again = read_again(books.engine, found.setup, 0, chain.head - 4, clock.now())
        assert again.missing > 0
        assert found.scan().booked > 0
        found.require_equal()
    assert found.lines("w0") == whole.lines("w0")


def test_what_is_kept_and_no_longer_told_is_named(books: Books, chain: EvmChain) -> None:
    with fault_proxy(chain.url) as proxy:
        found = ChainBooks(books, setup_of("ethereum", proxy.url))
        found.watch("w0", WALLETS[0], begin="start")
        found.scan()
        with proxy.having(only(drops(lambda _: True), "eth_getLogs")):
            again = read_again(books.engine, found.setup, 0, chain.head - 4, clock.now())
    assert again.missing == 0
    assert {each.part[:4] for each in again.untold} == {"log:"}


def test_blocks_that_were_not_read_yet_are_not_read_again(books: Books, chain: EvmChain) -> None:
    found = watching(books, chain, 0)
    with pytest.raises(BadInput, match="range_not_covered"):
        read_again(books.engine, found.setup, 0, 1, clock.now())


def test_one_pass_of_a_chain_runs_at_a_time(books: Books, chain: EvmChain) -> None:
    found = watching(books, chain, 0)
    with alone(books.engine, "ethereum") as is_ours:
        assert is_ours
        assert found.scan().state == "under way"
    assert found.scan().state == "scanned"


def test_a_quiet_range_is_recorded_once_it_is_long_and_not_at_every_look(
    books: Books, chain: EvmChain
) -> None:
    found = ChainBooks(books, setup_of("ethereum", chain.url))
    found.watch("quiet", "0x" + token_hex(20))
    for _ in range(3):
        chain.mine(5)
        found.scan(quietly=True)
    assert _coverage(books) == 0
    found.scan()
    assert _coverage(books) == 1


def _coverage(books: Books) -> int:
    with books.read() as session:
        return int(session.scalar(text("SELECT count(*) FROM chain_coverage")) or 0)


def test_a_token_registered_later_has_what_its_movements_leave_over_as_its_opening(
    books: Books, chain: EvmChain
) -> None:
    found = ChainBooks(books, setup_of("ethereum", chain.url))
    found.watch("w0", WALLETS[0], begin="start")
    found.watch("w1", WALLETS[1], begin=str(chain.head - 4))
    found.scan()
    with books.write() as change:
        change.add(Commodity(code="DAI", name="Dai", allocation_scale=18))
        change.add(
            Token(
                chain="ethereum",
                contract=LATE,
                commodity="DAI",
                decimals=18,
                chain_id=1,
                source="",
            )
        )
    assert found.scan().booked == 1
    assert [line for line in found.lines("w0") if line[0] == "DAI"] == [("DAI", Decimal(7))]
    with books.read() as session:
        opened = [watches.openings_of(session, wallet)[LATE] for wallet in ("w0", "w1")]
    assert opened == [Decimal(0), Decimal(7 * 10**18)]
    found.require_equal()


def test_a_watch_from_a_block_opens_with_the_balances_before_it(
    books: Books, chain: EvmChain
) -> None:
    middle = chain.head - 25
    found = ChainBooks(books, setup_of("ethereum", chain.url))
    found.watch("w0", WALLETS[0], begin=str(middle))
    found.scan()
    reader = found.setup.readers[0]
    with books.read() as session:
        (watch,) = watches.all_of(session)
        wallet = watches.wallet_of(session, watch)
        opened = {
            ("w0", contract): int(units)
            for contract, units in watches.openings_of(session, "w0").items()
        }
    assert opened == dict(reader.balances([wallet], middle - 1).balances)
    assert any(opened.values())
    found.require_equal()


@pytest.mark.parametrize("begin", ["yesterday", "-1", "1.5", ""])
def test_a_watch_begins_now_at_the_start_or_at_a_block(
    books: Books, chain: EvmChain, begin: str
) -> None:
    found = ChainBooks(books, setup_of("ethereum", chain.url))
    with pytest.raises(BadInput, match="expected now or start, or a block's number"):
        found.watch("w0", WALLETS[0], begin=begin)


def test_stretches_cover_a_range_without_a_gap_or_an_overlap() -> None:
    assert list(stretches(3, 10, 4)) == [(3, 6), (7, 10)]
    assert list(stretches(3, 2, 4)) == []
