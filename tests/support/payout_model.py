"""A pure model of who may move a payout batch: five people, three roles, what each state allows.

It knows nothing of the service: it is what the service is held against.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product

TREASURER, APPROVER, AUDITOR = "treasurer", "approver", "auditor"

ROLES = {
    "treasurer": TREASURER,
    "carol": APPROVER,
    "dave": APPROVER,
    "alice": APPROVER,
    "auditor": AUDITOR,
}
"""Five people; alice is also paid, by the batch that pays alice."""

SET_ADDRESSES = frozenset({"treasurer"})
"""Who asked for the addresses that batches pay."""

ACTIONS = ("approve", "reject", "cancel", "export", "settle", "pay")
"""What may be tried; `pay` is no person's: the money is seen to leave."""

MOVES = {
    ("frozen", "reject"): "rejected",
    ("approved", "reject"): "rejected",
    ("rejected", "reject"): "rejected",
    ("frozen", "cancel"): "cancelled",
    ("approved", "cancel"): "cancelled",
    ("cancelled", "cancel"): "cancelled",
    ("approved", "export"): "exported",
    ("exported", "export"): "exported",
    ("settled", "export"): "settled",
    ("exported", "pay"): "exported",
    ("exported", "settle"): "settled",
    ("settled", "settle"): "settled",
}
"""Where actions lead that need no other than the state; to do one again changes nothing."""

DEPTH = 8


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch as the model sees it."""

    maker: str
    pays: frozenset[str]
    checkers: int
    state: str = "frozen"
    approvals: frozenset[str] = frozenset()
    paid: bool = False


def after(batch: Batch, user: str, action: str) -> Batch | None:
    """Return what an action leads to; nothing where it is refused."""
    if action == "approve":
        return _approved(batch, user)
    state = MOVES.get((batch.state, action))
    if state is None or (action == "reject" and user == batch.maker):
        return None
    if action == "settle" and not batch.paid:
        return batch
    return replace(batch, state=state, paid=batch.paid or action == "pay")


def _approved(batch: Batch, user: str) -> Batch | None:
    if user in batch.approvals:
        return batch
    if (
        batch.state != "frozen"
        or user == batch.maker
        or user in batch.pays | SET_ADDRESSES
        or ROLES[user] not in (TREASURER, APPROVER)
    ):
        return None
    approvals = batch.approvals | {user}
    state = "approved" if len(approvals) >= batch.checkers else "frozen"
    return replace(batch, approvals=approvals, state=state)


def walk(
    batches: tuple[Batch, ...], depth: int = DEPTH
) -> Iterator[tuple[tuple[Batch, ...], str, str, int]]:
    """Yield every transition that leads on, from every state within a depth, each state once."""
    seen = {batches}
    waiting = deque([(batches, 0)])
    while waiting:
        now, steps = waiting.popleft()
        if steps == depth:
            continue
        for user, action, place in product(ROLES, ACTIONS, range(len(now))):
            then = after(now[place], user, action)
            if then is None or then == now[place]:
                continue
            yield now, user, action, place
            moved = (*now[:place], then, *now[place + 1 :])
            if moved not in seen:
                seen.add(moved)
                waiting.append((moved, steps + 1))


def is_sound(batch: Batch) -> bool:
    """Return whether enough people approved what is on its way, none of whom has a part in it."""
    if batch.state not in ("approved", "exported", "settled"):
        return True
    return len(batch.approvals) >= batch.checkers and not (
        batch.approvals & {batch.maker, *batch.pays, *SET_ADDRESSES, "auditor"}
    )
