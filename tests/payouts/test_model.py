"""No path leads to paid without a quorum: in a model walked whole, and in the database alike."""

from itertools import product

import pytest
from sqlalchemy.engine import URL

from ledger.errors import Refusal
from ledger.sealing import Change
from payouts import approvals, batches, exports
from payouts.contents import batch_named
from payouts.settlement import settle
from support.books import Books
from support.databases import fresh_database, service_engine
from support.payout_model import ACTIONS, ROLES, Batch, after, is_sound, walk
from support.payouts import ALICE, BOB, freeze, fund, furnish, left_the_wallet, owe, pem_of

LINES = {"alice": [("0x1/log:0", "5000", ALICE, "")], "bob": [("0x1/log:0", "100", BOB, "")]}
"""What leaves the wallet for each batch: alice's takes two checkers, bob's one."""

PATHS = (
    ("approve dave", "approve carol", "export treasurer", "pay", "settle carol"),
    ("approve carol", "approve alice", "reject auditor"),
    ("cancel treasurer",),
    ("reject treasurer", "reject carol"),
)
"""Ways through the states, as far as the model allows them; between them every state is met."""


def test_no_path_of_two_batches_leads_to_paid_without_a_quorum() -> None:
    transitions = 0
    for makers in product(("treasurer", "carol"), repeat=2):
        both = (
            Batch(makers[0], frozenset({"alice"}), 2),
            Batch(makers[1], frozenset({"bob"}), 1),
        )
        for now, user, action, place in walk(both):
            transitions += 1
            then = after(now[place], user, action)
            assert then is not None
            assert is_sound(then), (now, user, action)
    assert transitions > 1000


def test_the_model_would_find_a_path_that_a_missing_rule_opens() -> None:
    assert not is_sound(Batch("carol", frozenset({"bob"}), 1, "settled", frozenset({"carol"})))
    assert not is_sound(Batch("carol", frozenset({"bob"}), 2, "exported", frozenset({"alice"})))


class _UndoneError(Exception):
    """What was tried is not kept."""


@pytest.mark.parametrize("payee", LINES)
@pytest.mark.parametrize("maker", ["treasurer", "carol"])
@pytest.mark.parametrize("path", PATHS)
def test_the_database_allows_what_the_model_allows_and_nothing_else(
    template: URL, maker: str, payee: str, path: tuple[str, ...]
) -> None:
    with fresh_database(template) as owner:
        engine = service_engine(owner)
        books = Books(owner=owner, engine=engine)
        batch, model = _frozen(books, maker, payee)
        tried = _require_alike(books, batch, model)
        for step in path:
            action, _, user = step.partition(" ")
            then = after(model, user, action)
            if then is None:
                break
            _take(books, batch, action, user, payee)
            model = then
            tried += _require_alike(books, batch, model)
        engine.dispose()
    assert tried


def _frozen(books: Books, maker: str, payee: str) -> tuple[str, Batch]:
    furnish(books)
    [(_, amount, _, _)] = LINES[payee]
    fund(books, "10000")
    with books.write() as change:
        owe(change, "debt", payee, amount)
    batch = freeze(books, maker=maker)
    checkers = 2 if payee == "alice" else 1
    assert batch.checkers == checkers
    return batch.id, Batch(maker, frozenset({payee}), checkers)


def _require_alike(books: Books, batch: str, model: Batch) -> int:
    """Try everything by everybody, keep nothing, and require what the model says."""
    tried = 0
    for user, action in product(ROLES, ACTIONS[:-1]):
        then = after(model, user, action)
        found = _tried(books, batch, action, user)
        assert found == (then and then.state), (model, user, action)
        tried += 1
    return tried


def _tried(books: Books, batch: str, action: str, user: str) -> str | None:
    state: list[str] = []
    try:
        with books.write(user) as change:
            _act(change, batch, action, user)
            change.session.flush()
            state.append(batches.state_of(change.session, batch).value)
            raise _UndoneError  # noqa: TRY301 - how a change is left without a trace
    except _UndoneError:
        return state[0]
    except Refusal:
        return None


def _take(books: Books, batch: str, action: str, user: str, payee: str) -> None:
    if action == "pay":
        left_the_wallet(books, LINES[payee])
        return
    with books.write(user) as change:
        _act(change, batch, action, user)


def _act(change: Change, batch: str, action: str, user: str) -> None:
    if action == "approve":
        content_hash = batch_named(change.session, batch).content_hash
        signed = approvals.sign(content_hash, pem_of(user))
        approvals.approve(change, batch, content_hash, signed)
    elif action == "reject":
        batches.reject(change, batch, reason="r")
    elif action == "cancel":
        batches.cancel(change, batch, reason="r")
    elif action == "export":
        exports.export(change, batch)
    else:
        settle(change, batch)
