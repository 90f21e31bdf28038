"""Loading bounties, renewals, proposals and the parts fixed under proposals.

Columns that `list --csv` adds to what a person gave (what came in, what is left) may stand in a
file; they are read from the books, never from it.
"""

from datetime import date
from decimal import Decimal

from feeshare.loading import Format, noted
from feeshare.matching import WORD
from feeshare.records import Record
from ledger import parties
from ledger.commodities import scales
from ledger.errors import BadInput
from ledger.money import parse_plain
from ledger.revenue import bounties, renewals
from ledger.revenue.bounties import FOUNDATION
from ledger.revenue.bounty_tables import Bounty, Renewal
from ledger.revenue.sponsorship_tables import Sponsorship
from ledger.sealing import Change
from ledger.validation import require_payable
from payouts import distributions, proposal_recipients, proposals
from payouts.distribution_tables import Proposal

BOUNTY_STATE = ("state", "deposited", "deposit", "assigned", "gates_missing", "end")
RENEWAL_STATE = ("paid", "owed", "earned", "end")
PROPOSAL_STATE = ("fixed", "left")
"""What the lists add from the books."""


def _bounty(change: Change, record: Record) -> bool:
    before = len(record.faults.problems)
    identity, title = _identity(change, record, Renewal, Sponsorship), record.text("title")
    source = record.text("source")
    funders = _funders(change, record)
    _require_party(change, record, "exchange", required=not funders)
    _require_party(change, record, "developer", required=False)
    amount = _amount(change, record, record.text("commodity"))
    if amount is None or len(record.faults.problems) > before:
        return False
    return bounties.add(
        change,
        identity=identity,
        title=title,
        exchange=record.text("exchange", required=not funders) or None,
        commodity=record.text("commodity"),
        amount=amount,
        funders=funders,
        developer=record.text("developer", required=False) or None,
        source=source,
    )[1]


def _renewal(change: Change, record: Record) -> bool:
    before = len(record.faults.problems)
    identity, connector = _identity(change, record, Bounty, Sponsorship), record.text("connector")
    source = record.text("source")
    _require_party(change, record, "exchange")
    year_from = _past_day(change, record, "year_from")
    amount = _amount(change, record, record.text("commodity"), required=False)
    if year_from is None or len(record.faults.problems) > before:
        return False
    return renewals.invoice(
        change,
        identity=identity,
        exchange=record.text("exchange"),
        connector=connector,
        year_from=year_from,
        amount=amount,
        commodity=record.text("commodity"),
        source=source,
    )[1]


def _proposal(change: Change, record: Record) -> bool:
    before = len(record.faults.problems)
    facts = {name: record.text(name) for name in ("space", "label", "title", "source")}
    proposal_hash = record.text("hash")
    passed_on = _past_day(change, record, "passed_on")
    amount = _amount(change, record, record.text("commodity"))
    if amount is None or passed_on is None or len(record.faults.problems) > before:
        return False
    return proposals.add(
        change,
        proposal_hash=proposal_hash,
        passed_on=passed_on,
        amount=amount,
        commodity=record.text("commodity"),
        **facts,
    )[1]


def _part(change: Change, record: Record) -> bool:
    before = len(record.faults.problems)
    _require_party(change, record, "payee")
    on = _past_day(change, record, "on")
    proposal = _authorised(change, record)
    amount = _amount(change, record, proposal.commodity if proposal else "")
    if amount is None or on is None or proposal is None or len(record.faults.problems) > before:
        return False
    tranche = record.text("tranche", required=False)
    return distributions.fix_part(
        change, proposal, record.text("payee"), amount, on=on, tranche=tranche
    )[1]


def _recipient(change: Change, record: Record) -> bool:
    before = len(record.faults.problems)
    _require_party(change, record, "payee")
    proposal, source = _authorised(change, record), record.text("source")
    amount = _amount(change, record, proposal.commodity if proposal else "")
    if amount is None or proposal is None or len(record.faults.problems) > before:
        return False
    return proposal_recipients.add(change, proposal, record.text("payee"), amount, source=source)[
        1
    ]


def _authorised(change: Change, record: Record) -> Proposal | None:
    """Return the proposal of a row if it authorises something; else note the problem."""
    space, proposal_hash = record.text("space"), record.text("hash")
    if space and proposal_hash:
        identity = proposals.identity_of(space, proposal_hash)
        if not proposals.is_known(change.session, identity):
            expected = "a proposal that is recorded; see: feeshare proposal list"
            record.fault("reference_unknown", "hash", expected)
            return None
        with noted(record):
            return proposals.authorised(change.session, identity)
    return None


def _identity(
    change: Change, record: Record, *others: type[Bounty | Renewal | Sponsorship]
) -> str:
    """Return the id of a row, by which a memo can name it and nothing else."""
    identity = record.text("id")
    if identity and not WORD.fullmatch(identity):
        record.fault("id_invalid", "id", "one word, so that the memo of a payment can name it")
    for other in others if identity else ():
        if change.session.get(other, identity) is not None:
            record.fault("id_taken", "id", f"another id: a {other.__name__.lower()} has this one")
    return identity


def _funders(change: Change, record: Record) -> dict[str, Decimal]:
    """Return who puts up how much, from a text such as `foundation=500; Gate.io=500`."""
    funders: dict[str, Decimal] = {}
    for part in filter(str.strip, record.text("funders", required=False).split(";")):
        name, equals, amount = (word.strip() for word in part.rpartition("="))
        try:
            quantity = parse_plain(amount)
        except ValueError:
            quantity = Decimal(0)
        is_known = name == FOUNDATION or parties.find(change.session, name) is not None
        if not equals or quantity <= 0 or not is_known or name in funders:
            expected = f"parts such as {FOUNDATION}=500; NAME=500, each known and once"
            record.fault("funders_invalid", "funders", expected)
        funders[name] = quantity
    return funders


def _amount(
    change: Change, record: Record, commodity: str, *, required: bool = True
) -> Decimal | None:
    """Return the amount of a row if it can be paid in its commodity; else note the problem."""
    amount = record.quantity("amount", required=required)
    known = scales(change.session)
    if commodity and commodity not in known:
        record.fault("currency_mismatch", "commodity", f"one of {', '.join(sorted(known))}")
    elif commodity and amount is not None:
        try:
            require_payable(change.session, amount, commodity, "amount")
        except BadInput as refusal:
            for problem in refusal.problems:
                record.fault(problem.code, "amount", problem.expected)
    return amount


def _past_day(change: Change, record: Record, column: str) -> date | None:
    """Return a day that has come already; else note the problem."""
    day, today = record.day(column), change.at.date()
    if day is not None and day > today:
        record.fault("date_invalid", column, f"{today} or earlier: load it when it has come")
    return day


def _require_party(change: Change, record: Record, column: str, *, required: bool = True) -> None:
    name = record.text(column, required=required)
    if name and parties.find(change.session, name) is None:
        kind = "exchange" if column == "exchange" else "payee"
        record.fault(
            "reference_unknown",
            column,
            f"a known {kind} or alias",
            mend="Add it, or add this spelling as an alias of one that is there.",
        )


BOUNTIES = Format(
    required=("id", "title", "exchange", "commodity", "amount", "source"),
    optional=("developer", "funders", *BOUNTY_STATE),
    take=_bounty,
)
RENEWALS = Format(
    required=("id", "exchange", "connector", "year_from", "commodity", "source"),
    optional=("amount", *RENEWAL_STATE),
    take=_renewal,
)
PROPOSALS = Format(
    required=("space", "hash", "label", "title", "passed_on", "commodity", "amount", "source"),
    optional=PROPOSAL_STATE,
    take=_proposal,
)
PARTS = Format(
    required=("space", "hash", "payee", "amount", "on"), optional=("tranche",), take=_part
)
RECIPIENTS = Format(
    required=("space", "hash", "payee", "amount", "source"), optional=(), take=_recipient
)
