"""The kinds of shares in a statement: what goes back to users, then what is the maintainers'.

Law: each kind has accounts of its own, so that a payee who has both owes and is owed each apart;
the users' part comes first, and the maintainers share in what is left.
"""

from dataclasses import dataclass

from ledger.accounts import Chart


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareKind:
    """A kind of share: its obligations' kind, the beginning of their ids, and its accounts."""

    name: str
    noun: str
    about: str
    expense: Chart
    accrued: Chart
    payable: Chart
    owed_back: Chart


USER_REBATE = ShareKind(
    name="user-rebate",
    noun="rebate",
    about="User rebate",
    expense=Chart.INCOME_USER_REBATE,
    accrued=Chart.ACCRUED_USER_REBATE,
    payable=Chart.PAYABLE_USER_REBATE,
    owed_back=Chart.RECEIVABLE_REBATE_OVERPAID,
)
MAINTAINER_SHARE = ShareKind(
    name="maintainer-share",
    noun="share",
    about="Maintainers' share",
    expense=Chart.EXPENSE_MAINTAINER_SHARE,
    accrued=Chart.ACCRUED_MAINTAINER_SHARE,
    payable=Chart.PAYABLE_MAINTAINER,
    owed_back=Chart.RECEIVABLE_PAYEE_OVERPAID,
)
SHARE_KINDS = {kind.name: kind for kind in (USER_REBATE, MAINTAINER_SHARE)}
"""Every kind by its name, in the order in which they are taken from a fee share."""
