import pytest
from hypothesis import given
from hypothesis import strategies as st
from solders.keypair import Keypair
from solders.pubkey import Pubkey
from spl.token.instructions import get_associated_token_address

from chains import solana_addresses
from chains.solana_addresses import (
    TOKEN_PROGRAMS,
    associated_account,
    require_address,
)
from ledger.errors import BadInput
from support.solana_instructions import USDC


@pytest.mark.parametrize("program", TOKEN_PROGRAMS)
def test_an_associated_account_is_where_the_library_of_wallets_looks_for_it(program: str) -> None:
    owner = Keypair().pubkey()
    expected = get_associated_token_address(owner, USDC, Pubkey.from_string(program))
    assert associated_account(str(owner), str(USDC), program) == str(expected)


def test_an_address_is_returned_as_it_was_written() -> None:
    assert require_address(str(USDC), "token") == str(USDC)


@pytest.mark.parametrize(
    "written",
    [
        "",
        " ",
        "0x" + "60D581aE" * 5,
        "1" * 31,
        "1" * 33,
        "l" * 44,
        "é" * 40,
    ],
)
def test_what_is_no_base58_of_32_bytes_is_refused(written: str) -> None:
    with pytest.raises(BadInput, match="an address of Solana"):
        require_address(written, "here")
    with pytest.raises(BadInput):
        associated_account(written, str(USDC), TOKEN_PROGRAMS[0])


@given(st.text(max_size=60))
def test_no_text_does_anything_but_pass_or_be_refused(written: str) -> None:
    try:
        found = require_address(written, "here")
    except BadInput:
        return
    assert bytes(Pubkey.from_string(found))


def test_a_panic_of_the_library_is_a_refusal() -> None:
    program = Pubkey.from_string(TOKEN_PROGRAMS[0])

    def panics() -> object:
        return Pubkey.find_program_address([b"longer than 32 bytes, which a seed is not"], program)

    with pytest.raises(BaseException, match="seed") as panic:
        panics()
    assert not isinstance(panic.value, Exception)
    with pytest.raises(BadInput):
        solana_addresses._guarded(panics, "seed", "here")


def test_an_interruption_passes_through() -> None:
    def interrupted() -> object:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        solana_addresses._guarded(interrupted, "", "here")
