"""What the trial balance says every account holds, to be held against other programs."""

from decimal import Decimal

from sqlalchemy.orm import Session

from reports import trial_balance
from reports.query import Asked
from support.sample_entries import MADE_AT


def closings(session: Session, asked: Asked) -> dict[tuple[str, str], Decimal]:
    """Return closing balances by account and commodity, a debit positive; zeros are left out."""
    report = trial_balance.build(session, asked, MADE_AT)
    at = {column.name: number for number, column in enumerate(report.columns)}
    balances = {}
    for row in report.rows:
        debit, credit = row[at["closing_debit"]], row[at["closing_credit"]]
        assert isinstance(debit, Decimal)
        assert isinstance(credit, Decimal)
        assert not (debit and credit)
        if debit or credit:
            key = str(row[at["account_code"]]), str(row[at["asset"]])
            balances[key] = debit or credit.copy_negate()
    return balances
