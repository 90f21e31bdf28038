"""Reimbursements: what a signer paid the network for a batch is owed to whoever's wallet it was.

Law: once for a transaction, for what the chain says and in its coin, where the policy
`fee-reimbursement` gave signers' fees back on the day; the database holds it to that. A fee of an
address that is no payee's is named and not booked.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from sqlalchemy import select

from ledger import periods
from ledger.accounts import Chart
from ledger.bank_tables import Token
from ledger.journal import JournalEntry, Posting, post_one
from ledger.money import CONTEXT, plain
from ledger.months import month_of
from ledger.obligation_tables import Obligation, ObligationDue
from ledger.sealing import Change
from payouts import payee_signers
from payouts.contents import Contents
from payouts.signer_tables import FeeReimbursement

KIND = "fee-reimbursement"
"""Kind of the entry and of the obligation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignersFee:
    """A network fee that no wallet of ours paid, to be given back: base units of the coin."""

    batch: str
    transaction: str
    payer: str
    units: Decimal
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Reimbursed:
    """The obligations that were made now, and fees of addresses that are nobody's, in words."""

    obligations: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()


def reimburse(change: Change, contents: Contents, fees: Sequence[SignersFee]) -> Reimbursed:
    """Owe signers the fees that they paid for a batch, and name those of nobody we know."""
    session = change.session
    if not fees:
        return Reimbursed()
    coin = session.scalars(
        select(Token).where(Token.chain == contents.batch.chain, Token.contract == "")
    ).one()
    payees = payee_signers.payees_of(session, [fee.payer for fee in fees])
    made, findings = [], []
    for fee in fees:
        payee = payees.get(fee.payer)
        if payee is None:
            findings.append(
                f"{fee.payer} paid {plain(_amount(fee, coin))} {coin.commodity} for "
                f"{fee.transaction} and is no payee's signer"
            )
        else:
            made.append(_owe(change, contents, fee, payee, coin))
    return Reimbursed(obligations=tuple(made), findings=tuple(findings))


def _amount(fee: SignersFee, coin: Token) -> Decimal:
    return CONTEXT.scaleb(fee.units, Decimal(-coin.decimals))


def _owe(change: Change, contents: Contents, fee: SignersFee, payee: str, coin: Token) -> str:
    batch, commodity, amount = contents.batch, coin.commodity, _amount(fee, coin)
    day, relates_to = periods.open_date(change.session, fee.at.astimezone(UTC).date())
    identity = f"{KIND}:{batch.chain}:{fee.transaction}"
    entry = post_one(
        change,
        JournalEntry(
            reference=identity,
            effective_date=day,
            kind=KIND,
            narration=f"network fee of {batch.id}, paid by {payee}",
            relates_to_period=relates_to,
            postings=[
                Posting(Chart.EXPENSE_NETWORK_FEES, amount, commodity, payee, batch.id),
                Posting(Chart.PAYABLE_SIGNER, CONTEXT.minus(amount), commodity, payee, identity),
            ],
        ),
    )
    change.add(
        Obligation(
            id=identity,
            kind=KIND,
            payee=payee,
            commodity=commodity,
            amount=amount,
            document=batch.id,
            period=month_of(day),
            entry_number=entry.number,
            payable_account=Chart.PAYABLE_SIGNER.value,
            explanation=f"{fee.payer} paid for {fee.transaction}",
        )
    )
    change.add(
        ObligationDue(
            obligation=identity,
            due_on=day,
            entry_number=entry.number,
            cause=f"paid on {batch.chain} in {fee.transaction}",
        ),
        FeeReimbursement(
            chain=batch.chain or "",
            transaction=fee.transaction,
            batch=batch.id,
            obligation=identity,
        ),
    )
    return identity
