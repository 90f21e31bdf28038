"""A seeded walk through payouts: accrue, hold, change an address, plan to settle, fail, return.

After every step, for each payee and commodity: paid ≤ approved ≤ owed, and what really left is
what the books say was paid, and what the payee owes back.
"""

from collections import Counter, defaultdict
from datetime import UTC, timedelta
from decimal import Decimal
from random import Random

from sqlalchemy import select, text

from feeshare.tie_outs import tie_outs
from ledger import bank, evidence
from ledger.bank import BankMovement
from ledger.errors import Refusal
from ledger.money import CONTEXT
from payouts import (
    approvals,
    batches,
    destinations,
    exports,
    failures,
    payee_settings,
    plans,
    returns,
    settlement,
)
from payouts.batches import State, state_of
from payouts.contents import contents_of
from payouts.tables import PayoutBatch
from support.books import Books
from support.payout_endings import IBAN
from support.payouts import (
    BANK,
    PERIOD,
    address_of,
    confirm_change,
    fund,
    furnish,
    owe,
    pem_of,
)

CHECKERS = ("carol", "dave", "erin")
KEYS = (("alice", "USDC"), ("bob", "USD"))
Key = tuple[str, str]
"""A payee and a commodity."""

SUMS = text("""
    SELECT l.payee, l.commodity, sum(w.amount) AS amount,
        sum(w.amount) FILTER (WHERE s.batch IS NOT NULL) AS paid
    FROM payout_lines l
    JOIN payout_line_obligations w USING (batch, line)
    LEFT JOIN line_settlements s USING (batch, line)
    LEFT JOIN line_failures f USING (batch, line)
    LEFT JOIN line_returns r USING (batch, line)
    WHERE f.batch IS NULL AND r.batch IS NULL
        AND batch_state(l.batch) IN ('approved', 'exported', 'settled')
    GROUP BY 1, 2
""")

BOOKED = text("""
    SELECT party, commodity,
        coalesce(-sum(amount) FILTER (WHERE account LIKE 'liabilities:payable:%'), 0) AS payable,
        coalesce(sum(amount) FILTER (WHERE account LIKE 'assets:receivable:payee%'), 0) AS back
    FROM postings WHERE party <> '' GROUP BY 1, 2
""")


class PayoutWalk:
    """Two payees, one paid by a Safe in USDC, one by a bank in dollars, and all that happens."""

    def __init__(self, books: Books, seed: int) -> None:
        self.books = books
        self.chance = Random(seed)  # noqa: S311 - what happens is told again by its seed
        self.owed: dict[Key, Decimal] = defaultdict(Decimal)
        self.left: dict[Key, Decimal] = defaultdict(Decimal)
        self.sent: list[tuple[str, int]] = []
        self.happened: Counter[str] = Counter()
        self.count = 0
        self.nonce = 7
        furnish(self.books)
        fund(self.books, "100000")
        fund(self.books, "100000", "USD", BANK)
        with self.books.write() as change:
            destinations.request(change, "bob", "wire", IBAN, holder="Bob Builder")
        confirm_change(self.books, "bob:wire:1")
        self.books.at += timedelta(days=8)

    def walk(self, steps: int) -> None:
        """Let so many things happen, and require after each of them what always holds."""
        happenings = [
            *[self.accrue, self.freeze, self.approve, self.export] * 2,
            *[self.bring_to_signers, self.execute, self.settle] * 3,
            *[self.hold, self.change_address, self.wait, self.cancel, self.fail, self.give_back],
        ]
        for _ in range(steps):
            self.chance.choice(happenings)()
            self.require_paid_at_most_approved_at_most_owed()
            self.require_that_what_left_is_what_was_paid()
        with self.books.read() as session:
            assert [each for each in tie_outs(session) if not each.holds] == []

    def accrue(self) -> None:
        key = self.chance.choice(KEYS)
        amount = CONTEXT.divide(Decimal(self.chance.randint(1, 400_000)), Decimal(100))
        self.count += 1
        with self.books.write() as change:
            owe(change, f"debt:{self.count}", key[0], str(amount), commodity=key[1])
        self.owed[key] += amount

    def hold(self) -> None:
        payee = self.chance.choice(["alice", "bob"])
        with self.books.write("carol") as change:
            day = self.books.at.astimezone(UTC).date()
            number = payee_settings.add_hold(change, payee, "asked to wait", day).number
        self.books.at += timedelta(hours=1)
        with self.books.write("dave") as change:
            payee_settings.lift_hold(change, payee, number, "asked to go on")

    def change_address(self) -> None:
        self.count += 1
        with self.books.write() as change:
            where = address_of(f"alice {self.count}")
            made = destinations.request(change, "alice", "safe", where, chain="ethereum")
        confirm_change(self.books, made.id)

    def wait(self) -> None:
        self.books.at += timedelta(days=self.chance.randint(1, 9))

    def freeze(self) -> None:
        day = self.books.at.astimezone(UTC).date()
        with self.books.read() as session:
            plan = plans.plan(session, PERIOD, on=day)
        if not plan.batches:
            return
        pins = {it.source_account: self.nonce for it in plan.batches if it.chain}
        self.nonce += len(pins)
        with self.books.write() as change:
            batches.submit(change, plan.hash, PERIOD, on=day, nonces=pins)

    def approve(self) -> None:
        who = self.chance.choice(CHECKERS)
        for batch in self._in(State.FROZEN):
            signed = approvals.sign(batch.content_hash, pem_of(who))
            self._try(
                who,
                lambda change, batch=batch, signed=signed: approvals.approve(
                    change, batch.id, batch.content_hash, signed
                ),
            )

    def export(self) -> None:
        for batch in self._in(State.APPROVED):
            self._try("treasurer", lambda change, batch=batch: exports.export(change, batch.id))

    def cancel(self) -> None:
        for batch in self._in(State.FROZEN, State.APPROVED, State.EXPORTED):
            self._try(
                "treasurer",
                lambda change, batch=batch: batches.cancel(change, batch.id, reason="r"),
            )

    def bring_to_signers(self) -> None:
        """Do all that comes before signing, which chance alone seldom does in order."""
        self.accrue()
        self.books.at += timedelta(days=8)
        self.freeze()
        for _ in range(2 * len(CHECKERS)):
            self.approve()
        self.export()

    def execute(self) -> None:
        """Let signers run what was exported, once or once too often."""
        for batch in self._in(State.EXPORTED):
            for _ in range(self.chance.choice([1, 1, 2])):
                self._send(batch)

    def settle(self) -> None:
        for batch in self._in(State.EXPORTED, State.SETTLED):
            with self.books.write() as change:
                found = settlement.settle(change, batch.id)
            self.happened["settled"] += sum(line.new for line in found.settled)
            self.happened["paid twice"] += len(found.twice)

    def fail(self) -> None:
        """Let the bank refuse what it did not carry out."""
        for batch in self._in(State.EXPORTED):
            if batch.chain is not None or (batch.id, 1) in self.sent:
                continue
            with self.books.write() as change:
                failures.report(
                    change, batch.id, [1], paper=b"no", file_name="no.txt", reason="closed"
                )
            with self.books.write("carol") as change:
                self.happened["failed"] += len(failures.confirm(change, batch.id))

    def give_back(self) -> None:
        """Let the bank return a settled wire, less a fee."""
        fee = self.chance.choice(["0", "0.01"])
        for batch in self._in(State.SETTLED):
            if batch.chain is not None:
                continue
            with self.books.read() as session:
                [line] = contents_of(session, batch.id).lines
            amount = line.amount - Decimal(fee)
            if amount <= 0:
                continue
            came = self._moved(BANK, f"back:{self.count}", line.commodity, amount, "", "")
            if self._try(
                "treasurer",
                lambda change, batch=batch, came=came: returns.take_back(
                    change, batch.id, 1, came
                ),
            ):
                self.left[line.payee, line.commodity] -= line.amount
                self.happened["returned"] += 1

    def require_paid_at_most_approved_at_most_owed(self) -> None:
        with self.books.read() as session:
            for row in session.execute(SUMS):
                owed = self.owed[row.payee, row.commodity]
                assert (row.paid or 0) <= row.amount <= owed, (row, owed)

    def require_that_what_left_is_what_was_paid(self) -> None:
        with self.books.read() as session:
            unbooked = self._unbooked(session)
            for row in session.execute(BOOKED):
                key = row.party, row.commodity
                paid = self.owed[key] - row.payable
                assert paid + row.back == self.left[key] - unbooked[key], (key, row)

    def _unbooked(self, session: object) -> dict[Key, Decimal]:
        """Return what left and is not booked yet, by whom the batch pays."""
        found: dict[Key, Decimal] = defaultdict(Decimal)
        for line, amount in bank.open_lines(session):  # type: ignore[arg-type]
            if amount < 0:
                payee = "bob" if line.commodity == "USD" else "alice"
                found[payee, line.commodity] -= amount
        return found

    def _in(self, *states: State) -> list[PayoutBatch]:
        with self.books.read() as session:
            rows = session.scalars(select(PayoutBatch).order_by(PayoutBatch.change_no)).all()
            return [row for row in rows if state_of(session, row.id) in states]

    def _try(self, who: str, act: object) -> bool:
        try:
            with self.books.write(who) as change:
                before = len(change.rows)
                act(change)  # type: ignore[operator]
                return len(change.rows) > before
        except Refusal:
            return False

    def _send(self, batch: PayoutBatch) -> None:
        with self.books.read() as session:
            lines = contents_of(session, batch.id).lines
        self.count += 1
        for line in lines:
            self._moved(
                batch.source_account,
                f"0x{self.count}/log:{line.line}",
                line.commodity,
                -line.amount,
                line.address,
                line.reference if batch.chain is None else "",
            )
            self.sent.append((batch.id, line.line))
            self.left[line.payee, line.commodity] += line.amount

    def _moved(  # noqa: PLR0917 - where, what, how much, to whom, saying what
        self, account: str, name: str, commodity: str, amount: Decimal, to: str, memo: str
    ) -> str:
        self.count += 1
        with self.books.write() as change:
            kept = evidence.keep(change, f"{name} {self.count}".encode(), "lines.csv")
            movement = BankMovement(
                bank_account=account,
                external_id=name,
                on=self.books.at.astimezone(UTC).date(),
                commodity=commodity,
                amount=amount,
                counterparty=to,
                memo=memo,
                row=1,
            )
            bank.record(change, movement, kept)
        return f"{account}/{name}"
