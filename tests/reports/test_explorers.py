from reports.explorers import address_link, links, transaction_link

HASH = "0x" + "ab" * 32
SIGNATURE = "5" * 88


def test_a_transaction_has_its_chains_link_whatever_stands_behind_it() -> None:
    assert transaction_link("ethereum", f"{HASH}/log:7") == f"https://etherscan.io/tx/{HASH}"
    assert transaction_link("bsc", f"{HASH}:2") == f"https://bscscan.com/tx/{HASH}"
    assert transaction_link("solana", SIGNATURE) == f"https://solscan.io/tx/{SIGNATURE}"


def test_no_link_is_made_of_what_is_no_transaction_of_its_chain() -> None:
    for chain, told in (
        ("ethereum", "0xbeef:2"),
        ("ethereum", SIGNATURE),
        ("solana", HASH),
        ("avalanche", HASH),
        (None, HASH),
        ("ethereum", None),
        ("ethereum", HASH + "?next=elsewhere"),
    ):
        assert transaction_link(chain, told) is None


def test_an_address_has_its_chains_link() -> None:
    assert address_link("solana", "5bhQ") == "https://solscan.io/account/5bhQ"
    assert address_link("bsc", "0x1") == "https://bscscan.com/address/0x1"
    assert address_link(None, "DE89") is None
    assert address_link("ethereum", None) is None


def test_links_come_once_each_and_in_order() -> None:
    other = "0x" + "cd" * 32
    found = links([("ethereum", f"{other}/1"), ("ethereum", HASH), ("ethereum", f"{HASH}/2")])

    assert found == f"https://etherscan.io/tx/{HASH} https://etherscan.io/tx/{other}"
    assert links([(None, "a bank's number")]) is None
