"""Standings: what each payee's share of a statement stands at: accrued, due and owed back."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ledger import dues, obligations
from ledger.balances import document_balance
from ledger.dues import Payable
from ledger.money import CONTEXT, total
from ledger.obligation_tables import Obligation
from ledger.revenue.share_kinds import MAINTAINER_SHARE, SHARE_KINDS, ShareKind
from ledger.revenue.stated import Stated

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One of a payee's obligations: what it was adjusted by, and what of it fell due."""

    obligation: Obligation
    adjusted: Decimal
    payables: Sequence[Payable]

    @property
    def amount(self) -> Decimal:
        """Return what it comes to."""
        return CONTEXT.add(self.obligation.amount, self.adjusted)

    @property
    def due(self) -> Decimal:
        """Return how much of it is due."""
        return total(each.amount for each in self.payables)

    @property
    def room(self) -> Decimal:
        """Return how much is not due."""
        return CONTEXT.subtract(self.amount, self.due)


@dataclass(frozen=True, slots=True, kw_only=True)
class Accrual:
    """What a statement's share of one payee stands at.

    `overpaid` is what the payee owes back; `recovered` is what of that payouts took off.
    """

    kind: ShareKind
    payee: str
    standings: Sequence[Standing] = ()
    overpaid: Decimal = ZERO
    recovered: Decimal = ZERO

    @property
    def amount(self) -> Decimal:
        """Return what the share comes to in all."""
        return CONTEXT.subtract(total(each.amount for each in self.standings), self.given_back)

    @property
    def due(self) -> Decimal:
        """Return how much of it is due, less what is owed back."""
        return CONTEXT.subtract(self.fallen_due, self.given_back)

    @property
    def given_back(self) -> Decimal:
        """Return what the payee owes back, and what of that payouts took off."""
        return CONTEXT.add(self.overpaid, self.recovered)

    @property
    def fallen_due(self) -> Decimal:
        """Return how much of it is due, whether or not it is owed back."""
        return total(each.due for each in self.standings)

    @property
    def newest_payables(self) -> Sequence[Payable]:
        """Return what fell due of it, newest first."""
        return [each for standing in self.standings for each in standing.payables][::-1]


def shares_of(session: Session, stated: Stated) -> list[Obligation]:
    """Return the obligations that a statement gave rise to, oldest first; none before accrual."""
    found = obligations.of_document(session, stated.document)
    return sorted(
        (each for each in found if each.kind in SHARE_KINDS),
        key=lambda each: (each.change_no, each.id),
    )


def accruals_of(session: Session, stated: Stated) -> list[Accrual]:
    """Return what each payee's share of a statement stands at, rebates first, then by payee."""
    found: dict[tuple[ShareKind, str], list[Standing]] = {}
    for obligation in shares_of(session, stated):
        found.setdefault((SHARE_KINDS[obligation.kind], obligation.payee), []).append(
            Standing(
                obligation=obligation,
                adjusted=obligations.adjusted(session, obligation),
                payables=dues.payables_of(session, obligation),
            )
        )
    return [
        _accrual(session, stated, kind, payee, found[kind, payee])
        for kind, payee in sorted(found, key=lambda each: (each[0] is MAINTAINER_SHARE, each[1]))
    ]


def _accrual(
    session: Session, stated: Stated, kind: ShareKind, payee: str, standings: Sequence[Standing]
) -> Accrual:
    account, commodity = kind.owed_back.value, stated.statement.commodity
    owed = document_balance(session, account, stated.document, commodity, party=payee)
    # A line that is frozen has taken its offset off, whether or not it was seen paid.
    of_it = (payee, account, stated.document, commodity)
    under_way, taken = session.execute(
        select(func.offsets_under_way(*of_it), func.offsets_taken(*of_it))
    ).one()
    return Accrual(
        kind=kind,
        payee=payee,
        standings=standings,
        overpaid=CONTEXT.subtract(owed, under_way),
        recovered=taken,
    )
