"""Transfers between our own accounts: what left one and came to another, with the fee apart.

Law: two lines are one transfer if the amounts are the same, or differ by a fee within a tolerance,
the days are near, and one of them names the other's account; a pair is taken only if neither line
has another. What is on its way is in transit, which is empty when both lines are there.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import select

from ledger import bank, bank_entries, policies
from ledger.accounts import Chart
from ledger.bank_tables import BankAccount, BankLine, Match
from ledger.journal import Posting
from ledger.money import CONTEXT, plain
from ledger.revenue.tolerances import BANK_FEE, NETWORK_FEE, Tolerance, tolerance_of
from ledger.sealing import Change
from ledger.validation import bad_input

TRANSFER = "transfer"
"""The kind of the two matches of a transfer; each names the other line as its document."""

OWN_ACCOUNTS = "own-accounts"
"""Under this name the tolerances have what a transfer of our own may lose to fees."""

FEES: Mapping[str, str] = {
    NETWORK_FEE: Chart.EXPENSE_NETWORK_FEES.value,
    BANK_FEE: Chart.EXPENSE_BANK_FEES.value,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """An open line of one of our accounts; the amount is above zero, whichever way it went.

    `names` is the account of ours that its counterparty is, blank if it is none.
    """

    line: str
    on: date
    account: str
    commodity: str
    amount: Decimal
    names: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A line that left and the line that came for it; `fee` is what it lost on the way."""

    left: str
    came: str
    fee: Decimal
    kind: str | None


def pairs(left: Sequence[Leg], came: Sequence[Leg], days: int, tolerance: Tolerance) -> list[Pair]:
    """Return the transfers of which neither line has another candidate, in the order they left."""
    arrivals: dict[tuple[str, str], list[Leg]] = defaultdict(list)
    for leg in came:
        arrivals[leg.account, leg.commodity].append(leg)
    accounts = sorted({leg.account for leg in came})
    found = []
    for out in left:
        for account in [out.names] if out.names else accounts:
            for into in arrivals.get((account, out.commodity), ()):
                pair = _pair(out, into, days, tolerance)
                if pair is not None:
                    found.append(pair)
    times = Counter([each.left for each in found] + [each.came for each in found])
    return [each for each in found if times[each.left] == times[each.came] == 1]


def _pair(out: Leg, into: Leg, days: int, tolerance: Tolerance) -> Pair | None:
    names = into.names == out.account or out.names == into.account
    strange = into.names not in {"", out.account}
    near = abs((into.on - out.on).days) <= days
    if out.account == into.account or not names or strange or not near:
        return None
    fee = CONTEXT.subtract(out.amount, into.amount)
    kind = tolerance.kind_of(fee, out.amount)
    if fee != 0 and kind not in FEES:
        return None
    return Pair(left=out.line, came=into.line, fee=fee, kind=kind)


def pair_own(change: Change, until: date) -> list[tuple[BankLine, BankLine, Pair]]:
    """Book the transfers among the open lines until a day that are certain; return their lines."""
    session = change.session
    lines = {line.id: (line, amount) for line, amount in bank.open_lines(session, until=until)}
    whole = [line for line, amount in lines.values() if amount == line.amount]
    accounts = own_accounts(session.scalars(select(BankAccount)))
    left = [_leg(line, accounts) for line in whole if line.amount < 0]
    came = [_leg(line, accounts) for line in whole if line.amount > 0]
    if not left or not came:
        return []
    limits = policies.in_force(session, "match-tolerance", until)
    days = policies.in_force(session, "transfer-days", until)
    # Everyone's limits are those of exchanges; what our own transfers lose is said apart.
    tolerance = tolerance_of({OWN_ACCOUNTS: limits.get(OWN_ACCOUNTS, {})}, OWN_ACCOUNTS)
    made = []
    for pair in pairs(left, came, days, tolerance):
        out, into = lines[pair.left][0], lines[pair.came][0]
        book(change, out, into, pair.kind, why=why(out, into, pair))
        made.append((out, into, pair))
    return made


def why(out: BankLine, into: BankLine, pair: Pair) -> str:
    """Return why two lines are one transfer."""
    reason = f"from {out.bank_account} to {into.bank_account}, the only such amount"
    if pair.kind is not None:
        reason += f", less {plain(pair.fee)}: {pair.kind.replace('-', ' ')} within tolerance"
    return reason


def own_accounts(accounts: Iterable[BankAccount]) -> dict[str, str]:
    """Return our accounts by everything that a counterparty may call them, in lower case."""
    return {
        _spelling(name): account.id
        for account in accounts
        for name in (account.id, account.address)
        if name
    }


def book(change: Change, out: BankLine, into: BankLine, kind: str | None, *, why: str) -> Decimal:
    """Book two whole lines as one transfer, and match each with the other; return the fee.

    Args:
        change: the open change.
        out: the line that left, wholly open.
        into: the line that came, wholly open, of another account of ours.
        kind: whose the fee is, the network's or the bank's, if less came than left.
        why: the reason, kept with both matches.

    Raises:
        BadInput: the lines are no transfer, or lose what is not said to be a fee.
    """
    fee = CONTEXT.minus(CONTEXT.add(out.amount, into.amount))
    same = out.commodity == into.commodity and out.bank_account != into.bank_account
    fits = out.amount < 0 < into.amount and (fee == 0 or (fee > 0 and kind in FEES))
    if not same or not fits:
        raise bad_input(
            code="transfer_invalid",
            place=f"{out.id} to {into.id}",
            value=f"{plain(out.amount)} {out.commodity}, {plain(into.amount)} {into.commodity}",
            expected="a line that left one account of ours and one that came to another, in one "
            "commodity, of the same amount or less a fee: --difference network-fee or bank-fee",
        )
    transit = {Chart.IN_TRANSIT.value: into.amount}
    rest = {FEES[kind]: fee} if kind is not None and fee else {}
    number = _post(change, out, into, transit | rest, why)
    if kind is not None and fee:
        bank.differ(change, number, kind, fee)
    _post(change, into, out, {Chart.IN_TRANSIT.value: CONTEXT.minus(into.amount)}, why)
    return fee


def _post(
    change: Change, line: BankLine, other: BankLine, rest: Mapping[str, Decimal], why: str
) -> Match:
    session = change.session
    wallet = bank.account_named(session, line.bank_account).account
    return bank_entries.book(
        change,
        line,
        kind=TRANSFER,
        reference=f"{TRANSFER}:{line.id}:{bank.next_number(session, line)}",
        document=other.id,
        narration=f"Between {line.bank_account} and {other.bank_account}",
        why=why,
        postings=[
            Posting(account, amount, line.commodity, None, line.id)
            for account, amount in ((wallet, line.amount), *rest.items())
        ],
    )


def _leg(line: BankLine, accounts: Mapping[str, str]) -> Leg:
    return Leg(
        line=line.id,
        on=line.on,
        account=line.bank_account,
        commodity=line.commodity,
        amount=line.amount.copy_abs(),
        names=accounts.get(_spelling(line.counterparty), ""),
    )


def _spelling(name: str) -> str:
    return name.replace(" ", "").casefold()
