"""The chain commands as a newcomer types them, on a real node; and settings that are refused."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from secrets import token_hex
from unittest.mock import patch

import pytest

from chains.addresses import shown
from feeshare import clock
from support.books import Books
from support.command_line import Answer, feeshare
from support.evm_chain import HBOT, USDC, USDT, EvmChain, ethereum, evm_chain
from support.fault_proxy import fails, fault_proxy

UNITS = 10_000 * 10**6
SECRET = "hunter2"


@pytest.fixture(scope="module")
def chain() -> Iterator[EvmChain]:
    with ethereum() as found:
        yield found


@pytest.fixture
def address() -> str:
    return shown("ethereum", "0x" + token_hex(20))


class Line:
    """A command line in a folder of its own, with chains as they are set."""

    def __init__(self, books: Books, chains: object) -> None:
        self.books = books
        self.chains = chains if isinstance(chains, str) else json.dumps(chains)

    def __call__(self, *arguments: str) -> Answer:
        with patch.dict(os.environ, {"FEESHARE_CHAINS": self.chains}):
            at = clock.now().isoformat()
            return feeshare(self.books, *arguments, at=at)

    def rows(self, *arguments: str) -> list[dict[str, object]]:
        found: list[dict[str, object]] = json.loads(self(*arguments, "--json").out)
        return found


@pytest.fixture
def line(
    books: Books, chain: EvmChain, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Line:
    monkeypatch.chdir(tmp_path)
    Path("wallets.csv").write_text(
        "id,kind,purpose,chain,address,source\n"
        f"foundation-eth,wallet,deposits,ethereum,{address},public\n"
    )
    found = Line(books, {"ethereum": {"providers": [chain.url], "agreeing": 1}})
    assert found("wallet", "load", "wallets.csv").status == 0
    return found


def test_from_an_unwatched_wallet_to_a_booked_deposit_by_typing(
    line: Line, chain: EvmChain, address: str
) -> None:
    (before,) = line.rows("chain", "status")
    assert (before["fault"], before["next_action"]) == (
        "not watched",
        "feeshare chain watch foundation-eth",
    )
    watched = line("chain", "watch", "foundation-eth")
    assert watched.status == 0
    assert "Watched foundation-eth on ethereum from block " in watched.err
    assert "Next: feeshare chain scan ethereum" in watched.err

    Path("exchanges.csv").write_text("name\nGate.io\n")
    Path("bounties.csv").write_text(
        "id,title,exchange,amount,commodity,source\nbounty-1,connector,Gate.io,10000,USDC,x\n"
    )
    assert line("exchange", "load", "exchanges.csv").status == 0
    assert line("bounty", "load", "bounties.csv").status == 0
    sent = chain.transfer(USDC, chain.people[1], address, UNITS)
    declared = line(
        "chain", "declare", "bounty-1", "ethereum", sent, "--evidence", "mail of today"
    )
    assert declared.err.startswith(f"Declared: {sent} for bounty-1.")
    again = line("chain", "declare", "bounty-1", "ethereum", sent, "--evidence", "mail of today")
    assert again.err.startswith("Declared already")

    assert line("chain", "scan").status == 0
    (deposit,) = line.rows("chain", "deposits")
    assert (deposit["state"], deposit["next_action"]) == ("detected", "wait for finality")
    chain.finalize()
    (scan,) = line.rows("chain", "scan", "ethereum")
    assert (scan["state"], scan["new_lines"], scan["wrong"]) == ("scanned", 1, "")
    (scan,) = line.rows("chain", "scan")
    assert (scan["new_transfers"], scan["new_lines"]) == (0, 0)

    (deposit,) = line.rows("chain", "deposits")
    assert (deposit["state"], deposit["arrived"], deposit["late"]) == ("confirmed", "10000", False)
    month = clock.now().strftime("%Y-%m")
    assert line("reconcile", month).status == 0
    (deposit,) = line.rows("chain", "deposits")
    assert (deposit["why"], deposit["next_action"]) == ("matched", "")

    proofs = {row["commodity"]: row for row in line.rows("chain", "proof")}
    assert (proofs["USDC"]["on_chain"], proofs["USDC"]["booked"]) == ("10000", "10000")
    assert {row["residue"] for row in proofs.values()} == {"0"}
    (transfer,) = line.rows("chain", "transfers", "--wallet", "foundation-eth")
    assert (transfer["standing"], transfer["part"]) == ("booked", "log:0")
    (status,) = line.rows("chain", "status")
    assert (status["read_to"], status["fault"]) == (status["final_block"], "")
    (provider,) = line.rows("chain", "providers")
    assert provider["provider"] == chain.url.removeprefix("http://")
    assert line("chain", "alarms").status == 0
    assert line("audit", "verify").status == 0


def test_blocks_are_read_again_and_a_residue_is_found(line: Line, chain: EvmChain) -> None:
    line("chain", "watch", "foundation-eth")
    chain.mine(4)
    line("chain", "scan")
    (status,) = line.rows("chain", "status")
    block = str(status["read_to"])
    again = line("chain", "scan", "ethereum", "--from", block, "--to", block)
    assert (again.status, again.err) == (
        0,
        f"Blocks {block} to {block} of ethereum read again: 0 missing.\n",
    )
    assert "a chain, --from and --to" in line("chain", "scan", "--from", "1").err
    found = line("chain", "proof", "--find", "foundation-eth", "USDC")
    assert (found.status, found.err) == (0, "foundation-eth has no residue of USDC.\n")
    unknown = line("chain", "proof", "--find", "foundation-eth", "DOGE")
    assert (unknown.status, "proof_missing" in unknown.err) == (2, True)


def test_a_token_that_lies_is_held_and_the_block_is_named(
    line: Line, chain: EvmChain, address: str
) -> None:
    line("chain", "watch", "foundation-eth")
    before = chain.head
    chain.mine(3)
    # What moves a balance without a transfer: storage written by hand, as a token's owner might.
    chain.mint(USDT, chain.people[1], 10**12)
    code = chain.ask("eth_getCode", USDT, "latest")
    with evm_chain() as other:
        other.place_token(USDT, "USDT", 6, "Liar")
        liar = other.ask("eth_getCode", USDT, "latest")
    chain.ask("anvil_setCode", USDT, liar)
    try:
        from support.evm_calls import call_data

        chain.send(
            chain.people[1],
            USDT,
            call_data("claim(address,address,uint256)", chain.people[1], address, UNITS),
        )
        chain.finalize()
        scan = line("chain", "scan")
        assert (scan.status, "residue" in scan.out) == (3, True)
        (transfer,) = line.rows("chain", "transfers")
        assert transfer["standing"] == "balance not proved yet"
        (deposit,) = line.rows("chain", "deposits")
        assert (deposit["state"], deposit["why"]) == ("quarantined", "its balance is not proved")
        (alarm,) = line.rows("chain", "alarms")
        assert alarm["alarm"] == "balance not proved"
        assert alarm["next_action"] == "feeshare chain proof --find foundation-eth USDT"
        found = line("chain", "proof", "--find", "foundation-eth", "USDT")
        assert "starts in block" in found.err
        assert "-10000 USDT" in found.err
        assert line("chain", "proof").status == 3
    finally:
        chain.ask("anvil_setCode", USDT, code)
    assert chain.head > before


def test_a_provider_that_fails_says_so_and_shows_no_key(line: Line, chain: EvmChain) -> None:
    line("chain", "watch", "foundation-eth")
    with fault_proxy(chain.url, fails()) as proxy:
        url = proxy.url.replace("http://", f"http://user:{SECRET}@") + f"/{SECRET}"
        with patch("chains.jsonrpc.FIRST_WAIT_SECONDS", 0.0):
            failing = Line(line.books, {"ethereum": {"providers": [url], "agreeing": 1}})
            told = [
                failing("chain", "scan"),
                failing("chain", "status"),
                failing("chain", "providers"),
                failing("chain", "alarms"),
                failing("doctor"),
                failing("worker", "--once"),
            ]
        name = proxy.url.removeprefix("http://")
    assert told[0].status == 6
    assert "providers_too_few" in told[0].err
    assert f"{name}: status 502" in told[0].err
    assert "provider fails" in told[3].out
    assert not any(SECRET in each.out + each.err for each in told)


@pytest.mark.parametrize(
    ("chains", "expected"),
    [
        ({"dogecoin": {"providers": ["https://x"]}}, "chains among ethereum, bsc, solana"),
        ({"bsc": {"providers": [f"http://node.example/{SECRET}", "https://y"]}}, "an https addr"),
        ({"bsc": {"providers": [f"ftp://127.0.0.1/{SECRET}", "https://y"]}}, "an https addr"),
        ({"bsc": {"providers": ["https://x.example/a", "https://x.example/b"]}}, "provider once"),
        ({"bsc": {"providers": ["https://x.example"]}}, "2 or more providers"),
        ({"bsc": {"providers": ["https://x.example"], "agreeing": 0}}, "greater than or equal"),
        ({"bsc": {"providers": ["https://x", "https://y"], "agreing": 1}}, "not permitted"),
        ("{bsc", "JSON such as"),
    ],
)
def test_bad_configuration_is_refused_at_the_start_and_shows_no_key(
    books: Books, chains: object, expected: str
) -> None:
    answer = Line(books, chains)("chain", "status")
    assert answer.status == 2
    assert "config_invalid: FEESHARE_CHAINS" in answer.err
    assert expected in answer.err
    assert SECRET not in answer.err


def test_no_chain_set_says_what_to_add(books: Books) -> None:
    answer = Line(books, {})("chain", "scan")
    assert (answer.status, "[chains.ethereum] providers" in answer.err) == (2, True)
    answer = Line(books, {})("chain", "scan", "bsc")
    assert (answer.status, "[chains.bsc] providers" in answer.err) == (5, True)
    answer = Line(books, {})("chain", "scan", "dogecoin")
    assert (answer.status, "The chains are: ethereum, bsc, solana." in answer.err) == (2, True)


def test_a_wallet_under_a_second_id_is_refused_however_it_is_written(
    line: Line, address: str
) -> None:
    Path("again.csv").write_text(
        "id,kind,purpose,chain,address,source\n"
        f"another,wallet,deposits,ethereum,{address},public\n"
    )
    digest = line.books.digest()
    answer = line("wallet", "load", "again.csv")
    assert (answer.status, "it is foundation-eth on ethereum" in answer.err) == (5, True)
    assert line.books.digest() == digest


def test_a_token_of_other_decimals_than_registered_is_refused_before_anything_is_read(
    line: Line, chain: EvmChain
) -> None:
    line("chain", "watch", "foundation-eth")
    with evm_chain() as other:
        other.place_token(USDC, "USDC", 18)
        other.place_token(USDT, "USDT", 6)
        other.place_token(HBOT, "HBOT", 18)
        other.finalize()
        elsewhere = Line(line.books, {"ethereum": {"providers": [other.url], "agreeing": 1}})
        answer = elsewhere("chain", "scan")
        doctor = elsewhere.rows("doctor")
    assert answer.status == 5
    assert "token_wrong" in answer.err
    assert "the registry says 6 decimals, the chain says 18 decimals" in answer.err
    found = {row["check"]: row for row in doctor}
    assert "18 decimals" in str(found["ethereum USDC"]["detail"])
    assert found["ethereum USDT"]["mend"] == ""
    assert chain.head > 0
