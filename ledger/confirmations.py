"""Confirmed wallets and tokens: one person adds, another stands for it before payouts use it.

Law: who added a row is who sealed its change, and does not confirm it; the database refuses both
that and a batch from an account, or a line in a token, that nobody confirmed. Receipts need no
second person: what came in came in.
"""

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from ledger import tokens
from ledger.bank import account_named
from ledger.bank_tables import BankAccount, BankAccountConfirmation, Token, TokenConfirmation
from ledger.sealing import Change
from ledger.tables import ChangeRow
from ledger.users import require_second_person

_ACCOUNT_CONFIRMED = exists().where(BankAccountConfirmation.bank_account == BankAccount.id)
_TOKEN_CONFIRMED = exists().where(
    TokenConfirmation.chain == Token.chain, TokenConfirmation.contract == Token.contract
)


def confirm_account(change: Change, identity: str) -> bool:
    """Let payouts leave from an account of ours; say whether that is new.

    Raises:
        UnknownReference: there is none of this id.
        SelfConfirmation: whoever added it asks.
        Denied: the actor's role only reads.
    """
    account = account_named(change.session, identity)
    _require_another(change, account.change_no, identity)
    if change.session.get(BankAccountConfirmation, identity) is not None:
        return False
    change.add(BankAccountConfirmation(bank_account=identity, confirmed_by=change.actor))
    return True


def confirm_token(change: Change, chain: str, commodity: str) -> bool:
    """Let payouts be made in a token; say whether that is new.

    Raises:
        UnknownReference: the commodity is no token on this chain.
        SelfConfirmation: whoever added it asks.
        Denied: the actor's role only reads.
    """
    token = tokens.token_of(change.session, chain, commodity)
    if tokens.is_default(token):
        return False
    _require_another(change, token.change_no, f"{commodity} on {chain}")
    if change.session.get(TokenConfirmation, (chain, token.contract)) is not None:
        return False
    change.add(TokenConfirmation(chain=chain, contract=token.contract, confirmed_by=change.actor))
    return True


def confirmed_accounts(session: Session) -> list[BankAccount]:
    """Return the accounts that payouts may leave from, by id."""
    return list(
        session.scalars(select(BankAccount).where(_ACCOUNT_CONFIRMED).order_by(BankAccount.id))
    )


def waiting_accounts(session: Session) -> list[str]:
    """Return the ids of the accounts that nobody confirmed."""
    return list(
        session.scalars(select(BankAccount.id).where(~_ACCOUNT_CONFIRMED).order_by(BankAccount.id))
    )


def confirmed_tokens(session: Session) -> list[Token]:
    """Return the tokens that payouts may be made in, those that `init` loads among them."""
    rows = session.execute(
        select(Token, _TOKEN_CONFIRMED.label("confirmed")).order_by(Token.chain, Token.commodity)
    )
    return [token for token, confirmed in rows if confirmed or tokens.is_default(token)]


def waiting_tokens(session: Session) -> list[Token]:
    """Return the tokens that nobody confirmed."""
    rows = session.scalars(
        select(Token).where(~_TOKEN_CONFIRMED).order_by(Token.chain, Token.commodity)
    )
    return [token for token in rows if not tokens.is_default(token)]


def _require_another(change: Change, added_in: int, what: str) -> None:
    added_by = change.session.scalar(select(ChangeRow.actor).where(ChangeRow.number == added_in))
    require_second_person(change.session, change.actor, added_by, f"added {what}")
