"""A history for sample books: everything that may be told later than it happened, step by step."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

from sqlalchemy import select

from ledger import bank, parties, periods, policies, prices, users
from ledger.accounts import Chart, add_wallet_account
from ledger.bank_tables import BankLine, Match, MatchRelease, Token
from ledger.journal import JournalEntry, post_one, reverse
from ledger.revenue.tables import AgreementTerms, TermsMaintainer
from ledger.sealing import Change
from ledger.tables import Commodity, JournalEntryRow
from payouts.durable_tables import (
    NonceAccount,
    NonceAccountConfirmation,
    SolanaSource,
    SolanaSourceConfirmation,
)
from payouts.holder_tables import AccountHolder, AccountHolderConfirmation
from payouts.tables import Destination, DestinationConfirmation
from support import (
    sample_books,
    sample_bounties,
    sample_governance,
    sample_payees,
    sample_payouts,
    sample_shares,
    sample_solana,
    sample_tracker,
    sample_upkeep,
)
from support.books import Books
from support.sample_entries import WALLET, add_each, entry, move

SEPTEMBER = date(2023, 9, 1)
FEES = Chart.EXPENSE_NETWORK_FEES.value

Step = Callable[[Books], None]


def by(actor: str, act: Callable[[Change], object]) -> Step:
    """Return a step that is one change by one person."""

    def step(books: Books) -> None:
        with books.write(actor) as change:
            act(change)

    return step


def late(change: Change) -> None:
    """Book a fee of September, which is closed, on the first open day."""
    day, relates_to = periods.open_date(change.session, date(2023, 9, 15))
    post_one(
        change,
        JournalEntry(
            reference="late:september",
            effective_date=day,
            kind="manual",
            narration="a fee of September",
            relates_to_period=relates_to,
            postings=move(FEES, WALLET, "0.000000000000000007", "HBOT"),
        ),
    )


def master_data(change: Change) -> None:
    """Tell more of who and what there is: names, an account, a commodity, a token, an address."""
    parties.add(change, name="Ada", kind="payee", aliases=("Ada L.",))
    parties.add(change, name="Zoe", kind="payee")
    users.add(change, "zoe", "auditor")
    add_wallet_account(change, "assets:wallet:later", "Told later")
    bank.add_account(change, "bank-euro", kind="bank", purpose="later", address="DE001")
    change.add(Commodity(code="LATER", name="Told later", allocation_scale=2))
    change.add(
        Token(
            chain="ethereum",
            contract="0x1a7e4",
            commodity="LATER",
            decimals=2,
            chain_id=1,
            source="",
        )
    )
    change.add(
        Destination(
            id="d:bob",
            payee="bob",
            rail="safe",
            chain="ethereum",
            address="0xB0B",
            commodity=None,
            holder=None,
            requested_by=change.actor,
            source="",
        ),
        SolanaSource(
            source_account="eth",
            version=1,
            kind="multisig",
            signers="one two three",
            threshold=2,
            fee_payer="one",
            requested_by=change.actor,
        ),
        AccountHolder(
            bank_account="bank-euro",
            version=1,
            holder="Example Foundation",
            bic="COBADEFF",
            requested_by=change.actor,
        ),
        NonceAccount(
            address="nonce", source_account="eth", authority="one", requested_by=change.actor
        ),
    )


def confirm_master_data(change: Change) -> None:
    """Confirm, as a second person, an address and a policy."""
    change.add(
        DestinationConfirmation(
            destination="d:bob", confirmed_by=change.actor, confirmed_at=change.at
        ),
        SolanaSourceConfirmation(source_account="eth", version=1, confirmed_by=change.actor),
        AccountHolderConfirmation(bank_account="bank-euro", version=1, confirmed_by=change.actor),
        NonceAccountConfirmation(nonce_account="nonce", confirmed_by=change.actor),
    )
    policies.confirm(change, "destination-hold-days", 2)


def propose_policy(change: Change) -> None:
    """Propose that destinations wait for nine days."""
    proposed = policies.propose(
        change,
        "destination-hold-days",
        9,
        effective_from=date(2023, 12, 1),
        reason="longer",
    )
    assert proposed.version == 2


def new_terms(change: Change) -> None:
    """Agree on another rate with Binance from 2024 on."""
    first = change.session.get_one(AgreementTerms, ("binance:spot", 1))
    change.add(
        AgreementTerms(
            agreement=first.agreement,
            version=2,
            effective_from=date(2024, 1, 1),
            effective_to=None,
            kind=first.kind,
            rate_low=Decimal("0.4"),
            rate_high=Decimal("0.4"),
            fixed_amount=None,
            maintainer_rate=None,
            source="",
        )
    )
    change.add(
        TermsMaintainer(agreement=first.agreement, terms_version=2, payee="ada", weight=Decimal(1))
    )


def price(change: Change) -> None:
    """Tell a price of October."""
    prices.add(
        change,
        commodity="HBOT",
        quote="USD",
        on=date(2023, 10, 1),
        price=Decimal("0.004"),
        source="told later",
    )


def missing(change: Change) -> None:
    """Book a fee of September in September, which is open again."""
    fee = entry("missing", date(2023, 9, 30), move(FEES, WALLET, "3", "HBOT", party="ada"))
    post_one(change, fee)


def match_fee(change: Change) -> None:
    """Book a line of the wallet as a fee, and match the two."""
    posted = post_one(
        change, entry("fee:line", date(2023, 11, 6), move(FEES, WALLET, "2", "HBOT"))
    )
    add_each(
        change,
        BankLine(
            id="eth:0xfee:1",
            bank_account="eth",
            external_id="0xfee:1",
            on=date(2023, 11, 6),
            commodity="HBOT",
            amount=Decimal(-2),
            counterparty="",
            memo="",
            evidence=sample_shares.EVIDENCE,
            evidence_row=9,
        ),
        Match(
            bank_line="eth:0xfee:1",
            number=1,
            kind=FEES,
            document=FEES,
            amount=Decimal(-2),
            entry_number=posted.number,
            why="named by treasurer",
        ),
    )


def release_match(change: Change) -> None:
    """Take back the match of the fee, with the entry that reverses it."""
    fee = change.session.scalars(
        select(JournalEntryRow).where(JournalEntryRow.reference == "fee:line")
    ).one()
    change.add(
        MatchRelease(bank_line="eth:0xfee:1", number=1, reason="not ours", entry_number=fee.number)
    )
    reverse(change, fee.number, reason="not ours", on=date(2023, 11, 25))


CHAPTERS: tuple[tuple[Step, ...], ...] = (
    (
        sample_books.open_books,
        sample_books.post_months,
        by("closer", lambda change: periods.close(change, SEPTEMBER, reason="month end")),
    ),
    (sample_shares.state, sample_shares.make_due, sample_payouts.authorise),
    (by("treasurer", late), sample_payouts.freeze, sample_tracker.tell),
    (sample_payouts.settle, by("treasurer", match_fee), sample_upkeep.connect),
    (by("treasurer", master_data), by("treasurer", propose_policy), sample_payees.ask),
    (
        by("second", confirm_master_data),
        sample_payees.answer,
        by("treasurer", new_terms),
        by("treasurer", price),
    ),
    (sample_governance.vote, sample_payouts.settle_distribution, sample_upkeep.decide),
    (sample_governance.buy, sample_tracker.settle_row, sample_tracker.buy),
    (by("treasurer", sample_bounties.agree), by("treasurer", sample_bounties.release)),
    (by("treasurer", release_match), sample_upkeep.give_up),
    (
        by("controller", lambda change: periods.reopen(change, SEPTEMBER, reason="a fee lacks")),
        by("treasurer", missing),
    ),
    (by("closer", lambda change: periods.close(change, SEPTEMBER, reason="corrected")),),
    (sample_solana.ask, sample_solana.freeze, sample_solana.cancel),
)
"""Each step is a change, or a few; what is told is compared between chapters."""


def fill(books: Books) -> None:
    """Do all of it."""
    for chapter in CHAPTERS:
        for step in chapter:
            step(books)
