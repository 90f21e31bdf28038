"""Approving from the command line: by key file or by wallet, one of them."""

import json
from hashlib import sha256
from pathlib import Path

from eth_account import Account
from eth_account.messages import encode_typed_data

from support.books import Books
from support.command_line import Answer, feeshare
from support.payouts import freeze, furnish, pem_of, usual_debts

BAD_INPUT, DENIED, CONFLICT = 2, 4, 5
CAROL = Account.from_key(sha256(b"carol").digest())


def approve(books: Books, *options: str, hashed: str) -> Answer:
    return feeshare(
        books, "payout", "approve", "2023-10", "--hash", hashed, *options, actor="carol"
    )


def test_a_checker_enrols_a_wallet_and_approves_with_what_it_signed(books: Books) -> None:
    furnish(books)
    usual_debts(books)
    batch = freeze(books)
    enrol = ("user", "key", "enrol", "carol", "--wallet", CAROL.address)
    assert "another person confirms" in feeshare(books, *enrol).err
    assert feeshare(books, *enrol).err.startswith("Nothing to do")
    assert feeshare(books, "user", "key", "confirm", CAROL.address, actor="erin").status == 0
    asked = feeshare(books, "payout", "approval-data", batch.id, actor="carol")
    assert f"payout approve {batch.id} --hash {batch.content_hash}" in asked.err
    data = json.loads(asked.out)
    assert data["message"]["approver"] == "carol"
    signed = CAROL.sign_message(encode_typed_data(full_message=data)).signature.hex()
    done = approve(books, "--signature", "0x00", "--signature", signed, hashed=batch.content_hash)
    assert (done.status, done.err) == (0, f"{batch.id}: 1 of 1 approve, approved\n")


def test_whoever_may_not_approve_is_told_before_signing(books: Books) -> None:
    furnish(books)
    usual_debts(books)
    freeze(books)
    answer = feeshare(books, "payout", "approval-data", "2023-10")
    assert (answer.status, answer.out) == (DENIED, "")
    assert "self_approval" in answer.err


def test_what_was_looked_at_is_what_is_approved_and_in_one_way(
    books: Books, tmp_path: Path
) -> None:
    furnish(books)
    usual_debts(books)
    hashed = freeze(books).content_hash
    file = tmp_path / "carol.pem"
    file.write_bytes(pem_of("carol"))
    digest = books.digest()
    for options, given, status, code in (
        ((), hashed, BAD_INPUT, "key_invalid"),
        (("--key", str(file), "--signature", "0x00"), hashed, BAD_INPUT, "key_invalid"),
        (("--signature", "0x00"), hashed, DENIED, "signature_invalid"),
        (("--key", str(file)), "ab" * 32, CONFLICT, "batch_changed"),
    ):
        answer = approve(books, *options, hashed=given)
        assert answer.status == status, answer
        assert code in answer.err
    assert books.digest() == digest
    assert approve(books, "--key", str(file), hashed=hashed).status == 0
    again = approve(books, "--key", str(file), hashed=hashed)
    assert "approved by you before" in again.err


def test_a_key_is_enrolled_in_one_way(books: Books) -> None:
    furnish(books)
    for told in ((), ("ab" * 32, "--wallet", CAROL.address), ("--wallet", "ab" * 32)):
        answer = feeshare(books, "user", "key", "enrol", "carol", *told)
        assert (answer.status, "key_invalid" in answer.err) == (BAD_INPUT, True), told
