"""Approvals by wallet: what it shows, whose word it is, and what is no word at all."""

import json
from dataclasses import dataclass
from hashlib import sha256

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_account.signers.local import LocalAccount

from ledger import users
from ledger.errors import BadInput, Denied, ReferenceReused
from ledger.wallet_keys import CURVE_ORDER
from payouts import approvals, batches
from payouts.batches import Frozen, State
from payouts.contents import contents_of
from payouts.errors import SignatureInvalid
from payouts.tables import Approval
from payouts.verification import check_batches
from payouts.wallet_approvals import typed_data
from support.books import Books
from support.nodes import anvil
from support.payouts import export, freeze, furnish, usual_debts


def wallet_of(name: str) -> LocalAccount:
    account: LocalAccount = Account.from_key(sha256(f"wallet of {name}".encode()).digest())
    return account


def enrolled(books: Books, name: str, address: str, *, confirmed: bool = True) -> None:
    with books.write() as change:
        users.enrol_key(change, name, address)
    if confirmed:
        with books.write("erin") as change:
            assert users.confirm_key(change, address)


def frozen(books: Books) -> Frozen:
    furnish(books)
    usual_debts(books)
    return freeze(books)


def shown(books: Books, batch: Frozen, approver: str = "carol") -> dict[str, object]:
    with books.read() as session:
        return typed_data(contents_of(session, batch.id), approver)


def signed(data: dict[str, object], name: str) -> str:
    return (
        f"0x{wallet_of(name).sign_message(encode_typed_data(full_message=data)).signature.hex()}"
    )


def approved(books: Books, batch: Frozen, name: str, signature: str) -> approvals.Approved:
    with books.write(name) as change:
        return approvals.approve(change, batch.id, batch.content_hash, signature)


def problems(books: Books) -> list[str]:
    found: list[str] = []
    with books.read() as session:
        check_batches(session, found)
    return found


def test_the_wallet_shows_batch_lines_totals_and_whose_word_it_is(books: Books) -> None:
    batch = frozen(books)
    data = shown(books, batch)
    assert data["domain"] == {"name": "feeshare payouts", "version": "1"}
    assert data["message"] == {
        "batch": batch.id,
        "contentHash": f"0x{batch.content_hash}",
        "lines": 2,
        "totals": "420.5 USDC",
        "approver": "carol",
    }


def test_a_wallets_signature_approves_and_the_batch_is_exported(books: Books) -> None:
    batch = frozen(books)
    enrolled(books, "carol", wallet_of("carol").address)
    done = approved(books, batch, "carol", signed(shown(books, batch), "carol"))
    assert (done.approvals, done.state, done.new) == (1, State.APPROVED, True)
    assert problems(books) == []
    assert export(books, batch).new


def test_a_signature_has_one_spelling_in_the_books(books: Books) -> None:
    batch = frozen(books)
    enrolled(books, "carol", wallet_of("carol").address)
    signature = signed(shown(books, batch), "carol")
    last = int(signature[-2:], 16)
    approved(books, batch, "carol", f"{signature[:-2]}{last - 27:02x}".upper().replace("0X", "0x"))
    with books.read() as session:
        [kept] = approvals.approvals_of(session, batch.id)
        assert kept.signature == signature.removeprefix("0x")


def test_a_node_signs_what_the_books_ask_for(books: Books) -> None:
    with anvil() as node:
        owner = node.ask("eth_accounts")[0]
        address = str(Account.from_key(ANVILS_FIRST).address)
        assert address.lower() == owner
        batch = frozen(books)
        enrolled(books, "carol", address)
        signature = node.ask("eth_signTypedData_v4", owner, shown(books, batch))
    assert approved(books, batch, "carol", signature).new


ANVILS_FIRST = "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"
"""The key that everybody knows: of a local node's first account."""


@dataclass(frozen=True)
class Forged:
    """How a signature is no word of Carol's."""

    approver: str = "carol"
    by: str = "carol"
    field: str = ""
    to: object = None


@pytest.mark.parametrize(
    "forged",
    [
        Forged(by="mallory"),
        Forged(by="dave"),
        Forged(approver="dave"),
        Forged(field="totals", to="1 USDC"),
        Forged(field="lines", to=1),
        Forged(field="contentHash", to=f"0x{'00' * 32}"),
    ],
    ids=["a stranger", "a colleague", "for a colleague", "totals", "lines", "hash"],
)
def test_what_carols_wallet_did_not_sign_in_her_name_is_no_approval(
    books: Books, forged: Forged
) -> None:
    batch = frozen(books)
    enrolled(books, "carol", wallet_of("carol").address)
    enrolled(books, "dave", wallet_of("dave").address)
    data = json.loads(json.dumps(shown(books, batch, forged.approver)))
    if forged.field:
        data["message"][forged.field] = forged.to
    digest = books.digest()
    with pytest.raises(SignatureInvalid):
        approved(books, batch, "carol", signed(data, forged.by))
    assert books.digest() == digest


def test_the_other_s_and_a_key_that_nobody_confirmed_are_no_approval(books: Books) -> None:
    batch = frozen(books)
    enrolled(books, "carol", wallet_of("carol").address, confirmed=False)
    signature = signed(shown(books, batch), "carol")
    with pytest.raises(SignatureInvalid):
        approved(books, batch, "carol", signature)
    with books.write("erin") as change:
        users.confirm_key(change, wallet_of("carol").address)
    high = CURVE_ORDER - int(signature[66:130], 16)
    other = f"{signature[:66]}{high:064x}{27 + 28 - int(signature[-2:], 16):02x}"
    with pytest.raises(SignatureInvalid):
        approved(books, batch, "carol", other)
    assert approved(books, batch, "carol", signature).new


def test_a_wallet_is_one_persons_and_another_confirms_it(books: Books) -> None:
    furnish(books)
    address = wallet_of("carol").address
    enrolled(books, "carol", address, confirmed=False)
    with books.write() as change:
        assert not users.enrol_key(change, "carol", f" {address} ")
        with pytest.raises(Denied):
            users.confirm_key(change, address)
        with pytest.raises(ReferenceReused):
            users.enrol_key(change, "dave", address)
        with pytest.raises(BadInput, match="key_invalid"):
            users.enrol_key(change, "dave", address.lower())


def test_an_approval_that_no_wallet_signed_is_named_and_is_not_exported(books: Books) -> None:
    batch = frozen(books)
    address = wallet_of("dave").address
    enrolled(books, "dave", address)
    with books.write("dave") as change:
        change.add(
            Approval(
                batch=batch.id,
                approver="dave",
                public_key=address,
                content_hash=batch.content_hash,
                signature="0" * 130,
            )
        )
        batches.record(change, batch.id, batches.Action.APPROVE, reason="forged")
    assert problems(books) == [f"approval of {batch.id} by dave: its key did not sign this batch"]
    with pytest.raises(SignatureInvalid):
        export(books, batch)
