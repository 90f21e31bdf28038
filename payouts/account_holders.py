"""Who holds a bank account of ours, and the bank's BIC: what a credit transfer names as debtor.

Law: one person says it and another confirms it; the newest confirmed version counts for batches
that are frozen from then on, and a batch keeps the one that it was frozen with.
"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from ledger import bank
from ledger.errors import BadInput, Conflict, UnknownReference
from ledger.sealing import Change
from ledger.users import require_second_person
from payouts.holder_tables import AccountHolder, AccountHolderConfirmation
from payouts.rails.bank_codes import BIC
from payouts.rails.ibans import bank_problem, is_sound_iban
from payouts.rails.instructions import Debtor
from payouts.rails.wire import NAME_LENGTH, bank_text_problems

SEE = "See: feeshare wallet holder list"


def request(change: Change, account: str, holder: str, bic: str) -> AccountHolder:
    """Say who holds a bank account, as its next version; the same as the newest is that one.

    Args:
        change: the open change.
        account: a bank account of ours whose number is an IBAN.
        holder: the holder's name as the bank prints it, in SEPA characters.
        bic: the bank's BIC (ISO 9362).

    Raises:
        UnknownReference: there is no such account.
        BadInput: it has no IBAN, or a bank would not carry the name or the code; all at once.
    """
    ours = bank.account_named(change.session, account)
    number = ours.address or ""
    problems = bank_text_problems("account holder", holder, NAME_LENGTH)
    if BIC.fullmatch(bic) is None:
        expected = "a BIC of 8 or 11 capital letters and digits"
        problems.append(bank_problem("bank code", bic, expected))
    if ours.kind != "bank" or not is_sound_iban(number):
        problems.append(bank_problem("source", number, "a bank account of ours with its IBAN"))
    if problems:
        raise BadInput(problems)
    newest = _newest(change.session, account)
    if newest and (newest.holder, newest.bic) == (holder, bic):
        return newest
    made = AccountHolder(
        bank_account=account,
        version=1 + (newest.version if newest else 0),
        holder=holder,
        bic=bic,
        requested_by=change.actor,
    )
    change.add(made)
    return made


def confirm(change: Change, account: str) -> bool:
    """Confirm who holds an account as another person than said so; say whether that is new.

    Raises:
        UnknownReference: nobody said who holds it.
        SelfConfirmation: whoever said so tries.
        Denied: the actor's role only reads.
        Conflict: somebody else confirmed it already.
    """
    newest = _newest(change.session, account)
    if newest is None:
        raise UnknownReference("holder of an account", account, mend=SEE)
    known = change.session.get(AccountHolderConfirmation, (account, newest.version))
    if known is not None:
        if known.confirmed_by != change.actor:
            raise Conflict(f"{known.confirmed_by} confirmed who holds {account} already.")
        return False
    require_second_person(
        change.session, change.actor, newest.requested_by, f"said who holds {account}"
    )
    change.add(
        AccountHolderConfirmation(
            bank_account=account, version=newest.version, confirmed_by=change.actor
        )
    )
    return True


def all_of(session: Session) -> list[tuple[AccountHolder, str | None]]:
    """Return every version with who confirmed it, by account."""
    rows = session.execute(
        select(AccountHolder, AccountHolderConfirmation.confirmed_by)
        .outerjoin(
            AccountHolderConfirmation,
            (AccountHolderConfirmation.bank_account == AccountHolder.bank_account)
            & (AccountHolderConfirmation.version == AccountHolder.version),
        )
        .order_by(AccountHolder.bank_account, AccountHolder.version)
    )
    return [(row[0], row[1]) for row in rows]


def debtor_of(session: Session, account: str, *, at: int) -> Debtor | None:
    """Return who a batch that a change froze names as the holder of its account, if known.

    Args:
        session: a session.
        account: the account that pays.
        at: the number of the change; what is confirmed later does not count.
    """
    found = session.scalars(
        select(AccountHolder)
        .join(
            AccountHolderConfirmation,
            (AccountHolderConfirmation.bank_account == AccountHolder.bank_account)
            & (AccountHolderConfirmation.version == AccountHolder.version),
        )
        .where(AccountHolder.bank_account == account, AccountHolderConfirmation.change_no <= at)
        .order_by(AccountHolder.version.desc())
        .limit(1)
    ).one_or_none()
    return Debtor(holder=found.holder, bic=found.bic) if found else None


def _newest(session: Session, account: str) -> AccountHolder | None:
    return session.scalars(
        select(AccountHolder)
        .where(AccountHolder.bank_account == account)
        .order_by(AccountHolder.version.desc())
        .limit(1)
    ).one_or_none()
