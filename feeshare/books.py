"""Opening the books: schema, chart of accounts, commodities, tokens, default policies."""

from datetime import datetime

from sqlalchemy import Engine, select

from feeshare import schema
from feeshare.database import make_engine, owner_url, service_url, writing
from feeshare.settings import Settings
from ledger.accounts import default_accounts
from ledger.bank_tables import Token
from ledger.commodities import DEFAULT_COMMODITIES
from ledger.people_tables import Policy
from ledger.policies import default_policies
from ledger.sealing import Change
from ledger.tables import Account, Commodity
from ledger.tokens import default_tokens


def initialise(settings: Settings, *, actor: str, at: datetime) -> int:
    """Create or migrate the database and load what is missing; return how many rows were new."""
    schema.upgrade(owner_url(settings))
    engine = make_engine(service_url(settings))
    try:
        return load_defaults(engine, actor=actor, at=at)
    finally:
        engine.dispose()


def load_defaults(engine: Engine, *, actor: str, at: datetime) -> int:
    """Load the commodities, accounts, tokens and policies that the books lack."""
    with writing(engine, actor=actor, reason="initialise the books", at=at) as change:
        return _add_missing(change)


def _add_missing(change: Change) -> int:
    session = change.session
    commodities = set(session.scalars(select(Commodity.code)))
    accounts = set(session.scalars(select(Account.code)))
    tokens = {
        (row.chain, row.contract) for row in session.execute(select(Token.chain, Token.contract))
    }
    policies = set(session.scalars(select(Policy.name)))
    change.add(
        *(
            Commodity(code=code, name=name, allocation_scale=scale)
            for code, name, scale in DEFAULT_COMMODITIES
            if code not in commodities
        ),
        *(account for account in default_accounts() if account.code not in accounts),
    )
    change.add(
        *(token for token in default_tokens() if (token.chain, token.contract) not in tokens),
        *(policy for policy in default_policies() if policy.name not in policies),
    )
    return len(change.rows)
