"""How payouts end, as typed: a bank refuses a line, money comes back, a line is paid twice."""

import json
from pathlib import Path

from support.books import Books
from support.command_line import feeshare
from support.payout_endings import moved_at_the_bank, replaced_batch, settle, wire_batch
from support.payouts import exported_batch


def test_a_line_that_the_bank_refuses_is_reported_by_one_and_confirmed_by_another(
    books: Books, tmp_path: Path
) -> None:
    batch = wire_batch(books)
    letter = tmp_path / "letter.txt"
    letter.write_text("account closed")
    report = ("payout", "fail", batch.id, "--line", "1", "--evidence", str(letter))
    said = feeshare(books, *report, "--reason", "account closed")
    assert (said.status, said.err.splitlines()[0]) == (0, f"{batch.id}: 1 lines reported"), said
    assert "Nothing to do" in feeshare(books, *report, "--reason", "account closed").err
    alone = feeshare(books, "payout", "fail-confirm", batch.id)
    assert (alone.status, "another person confirms it" in alone.err) == (4, True), alone
    confirmed = feeshare(books, "--as", "carol", "payout", "fail-confirm", batch.id)
    assert confirmed.status == 0
    assert "line 1 failed; what it pays can be planned again" in confirmed.err
    shown = feeshare(books, "payout", "show", batch.id)
    assert f"{batch.id}: failed" in shown.err


def test_what_came_back_is_booked_once(books: Books) -> None:
    batch = wire_batch(books)
    moved_at_the_bank(books, "out", "-300", f"{batch.id}/1")
    settle(books, batch)
    came = moved_at_the_bank(books, "back", "298", "returned")
    first = feeshare(books, "payout", "return", batch.id, "1", came)
    assert (first.status, "line 1 came back" in first.err) == (0, True), first
    assert "fee 2" in first.err
    again = feeshare(books, "payout", "return", batch.id, "1", came)
    assert (again.status, "Nothing to do" in again.err) == (0, True)
    wrong = feeshare(books, "payout", "return", batch.id, "2", came)
    assert (wrong.status, wrong.err.startswith("bad_input: line_unknown")) == (2, True), wrong


def test_show_tells_how_each_part_and_each_line_ended(books: Books) -> None:
    exported = exported_batch(books)
    replaced_batch(books, exported)
    batch = exported.id
    parts = feeshare(books, "payout", "show", batch, "--part", "parts", "--json")
    assert (
        json.loads(parts.out)[0].items()
        >= {
            "part": 1,
            "lines": "1-2",
            "slot": "nonce 7",
            "outcome": "replaced",
            "block": 100,
        }.items()
    )
    lines = json.loads(feeshare(books, "payout", "show", batch, "--json").out)
    assert [(it["ended"], it["reason"]) for it in lines] == [
        ("failed", "part 1 replaced without it")
    ] * 2
    shown = feeshare(books, "payout", "show", batch).out
    assert "Parts" in shown


def test_show_tells_what_came_back(books: Books) -> None:
    batch = wire_batch(books)
    [line] = json.loads(feeshare(books, "payout", "show", batch.id, "--json").out)
    assert line["ended"] == "open"
    moved_at_the_bank(books, "out", "-300", f"{batch.id}/1")
    settle(books, batch)
    [line] = json.loads(feeshare(books, "payout", "show", batch.id, "--json").out)
    assert (line["ended"], line["ended_by"]) == ("settled", "bank-main/out")
    came = moved_at_the_bank(books, "back", "300", "returned")
    assert feeshare(books, "payout", "return", batch.id, "1", came).status == 0
    [line] = json.loads(feeshare(books, "payout", "show", batch.id, "--json").out)
    assert (line["ended"], line["ended_by"]) == ("returned", came)


def test_what_left_twice_is_told(books: Books) -> None:
    batch = wire_batch(books)
    for name in ("one", "two"):
        moved_at_the_bank(books, name, "-300", f"{batch.id}/1")
    said = feeshare(books, "payout", "settle", batch.id)
    assert "PAID TWICE: bank-main/two; the payee owes it back" in said.err, said
