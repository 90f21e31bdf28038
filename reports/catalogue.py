"""The catalogue of reports: names, what each may be narrowed by, and who builds it.

Law: a report is one module with `build(session, asked, made_at)` and one line here; modules are
imported when they are asked for. What a report cannot be narrowed by is refused, not ignored.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import datetime
from importlib import import_module
from typing import TypeAlias, cast

from sqlalchemy.orm import Session

from ledger.errors import BadInput, Problem
from ledger.known_at import as_known
from reports.query import Asked
from reports.report import Book, Report, alone

Builder: TypeAlias = Callable[[Session, Asked, datetime], Report]


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A report that can be asked for: what it `takes` to be narrowed, of that what it `needs`."""

    name: str
    about: str
    takes: tuple[str, ...]
    needs: tuple[str, ...] = ()
    tabs: tuple[tuple[str, str], ...] = ()
    """Sheets of its workbook, with the report on each; without any it is one report alone."""

    @property
    def module(self) -> str:
        """Return the name of the module that builds it."""
        return f"reports.{self.name.replace('-', '_')}"


IN_TIME = ("period", "as_of", "known_at")

CATALOGUE = {
    offer.name: offer
    for offer in (
        Offer(
            name="trial-balance",
            about="Opening, movement and closing of every account in every commodity",
            takes=IN_TIME,
        ),
        Offer(
            name="as-reported",
            about="A closed month as frozen against the same month now, and what explains it",
            takes=("period", "known_at", "close"),
            needs=("period",),
        ),
        Offer(
            name="general-ledger",
            about="Every posting with its entry and the running balance",
            takes=(*IN_TIME, "account"),
        ),
        Offer(
            name="chart-of-accounts",
            about="Accounts, their sides, and how finely balances are kept",
            takes=IN_TIME,
        ),
        Offer(
            name="statements",
            about="Every statement that came, how its file was read, what became of it",
            takes=("period", "known_at"),
        ),
        Offer(
            name="statement-lines",
            about="Every row of a statement's file, as it came and as it counts",
            takes=("statement", "known_at"),
            needs=("statement",),
        ),
        Offer(
            name="statement-changes",
            about="A version of a statement against the one before it, row by row",
            takes=("statement", "known_at"),
            needs=("statement",),
        ),
        Offer(
            name="allocation",
            about="How each accepted statement was divided among payees",
            takes=IN_TIME,
        ),
        Offer(
            name="agreements",
            about="Every version of every agreement's terms, and from when to when it holds",
            takes=("as_of", "known_at"),
        ),
        Offer(
            name="statement-completeness",
            about="Which statements are expected, here, late, waived or missing",
            takes=IN_TIME,
        ),
        Offer(
            name="receivables-ageing",
            about="What exchanges owe for their statements, renewals and sponsorships, by age",
            takes=IN_TIME,
        ),
        Offer(
            name="renewals",
            about="Renewals and sponsorships: invoiced, paid, earned, deferred, waived and why",
            takes=("as_of", "known_at"),
        ),
        Offer(
            name="exchange-report",
            about="One exchange's month: stated, paid, open, connectors, renewals, next dates",
            takes=(*IN_TIME, "exchange"),
            needs=("period", "exchange"),
        ),
        Offer(
            name="payables-ageing",
            about="What maintainers are owed and were not paid, by age",
            takes=(*IN_TIME, "payee"),
        ),
        Offer(
            name="destinations",
            about="Payees' addresses: who stands for each, and from when to when it is paid",
            takes=("known_at", "payee"),
        ),
        Offer(
            name="reconciliation",
            about="Every line of wallets and banks, and what it is in the books",
            takes=(*IN_TIME, "account"),
        ),
        Offer(
            name="exceptions",
            about="What waits for a person, by age, with its owner and what to do next",
            takes=("as_of", "known_at"),
        ),
        Offer(
            name="payout-batch",
            about="Lines of a payout batch, what they pay, and what settled them",
            takes=("known_at", "period", "batch"),
        ),
        Offer(
            name="payee-statement",
            about="What a payee earned and was paid, and why, line by line",
            takes=(*IN_TIME, "payee"),
            needs=("payee",),
        ),
        Offer(
            name="bounties",
            about="Bounties: what came in, went out and is held, and what is due when",
            takes=("as_of", "known_at"),
        ),
        Offer(
            name="tracker",
            about="HBOT distributions under proposals; its workbook has the tracker's other tabs",
            takes=IN_TIME,
            tabs=(
                ("distributions", "tracker"),
                ("allocations", "tracker-allocations"),
                ("bounties", "tracker-bounties"),
                ("purchases", "tracker-purchases"),
                ("supply", "tracker-supply"),
                ("wallets", "tracker-wallets"),
            ),
        ),
        Offer(
            name="tracker-allocations",
            about="What each proposal approved, what of it is allocated, paid and left",
            takes=IN_TIME,
        ),
        Offer(
            name="tracker-bounties",
            about="Bounties, those before the books among them, with what was paid for each",
            takes=IN_TIME,
        ),
        Offer(
            name="tracker-purchases",
            about="Purchases of our own token",
            takes=IN_TIME,
        ),
        Offer(
            name="tracker-supply",
            about="Total, treasury, locked and circulating of our own token",
            takes=IN_TIME,
        ),
        Offer(
            name="tracker-wallets",
            about="What each wallet holds by the books and by its chain",
            takes=IN_TIME,
        ),
        Offer(
            name="purchases",
            about="HBOT bought from fee shares, what allowed it and what was left to spend",
            takes=IN_TIME,
        ),
        Offer(
            name="prices",
            about="Every price with where it came from, who overrode it and what used it",
            takes=IN_TIME,
        ),
        Offer(
            name="revaluation",
            about="Every balance at closing prices, and what conversions gained",
            takes=IN_TIME,
        ),
        Offer(
            name="access",
            about="Who may do what, with which keys, and what each name did",
            takes=(*IN_TIME, "actor"),
        ),
        Offer(
            name="controls",
            about="Who asked, confirmed, approved, changed and overrode what; who was refused",
            takes=(*IN_TIME, "actor"),
        ),
    )
}
"""Every report by its name on the command line."""


def build(session: Session, name: str, asked: Asked, made_at: datetime) -> Report:
    """Return a report by its name.

    Args:
        session: a session that reads.
        name: a name of the catalogue.
        asked: what it is narrowed to.
        made_at: when it is made, in UTC; written into it.

    Raises:
        BadInput: for a name that is not in the catalogue, what the report needs and was not
            asked, and what it cannot be narrowed by.
    """
    offer = offered(name)
    refuse_misfits(offer, asked)
    builder = cast("Builder", import_module(offer.module).build)
    # Whatever its SQL says, a report sees nothing that a later change wrote.
    with as_known(session, asked.known_at):
        return builder(session, asked, made_at)


def build_book(session: Session, name: str, asked: Asked, made_at: datetime) -> Book:
    """Return what a report's workbook holds: itself alone, or a sheet for each of its tabs.

    Raises:
        BadInput: as `build` does.
    """
    tabs = offered(name).tabs
    if not tabs:
        return alone(build(session, name, asked, made_at))
    return Book(tabs=tuple((sheet, build(session, tab, asked, made_at)) for sheet, tab in tabs))


def offered(name: str) -> Offer:
    """Return a report's entry in the catalogue.

    Raises:
        BadInput: there is none of that name.
    """
    if name not in CATALOGUE:
        raise BadInput(
            [
                Problem(
                    code="report_unknown",
                    place="report",
                    value=name,
                    expected=f"one of {', '.join(CATALOGUE)}",
                    mend="See: feeshare report list",
                )
            ]
        )
    return CATALOGUE[name]


def refuse_misfits(offer: Offer, asked: Asked) -> None:
    """Refuse what a report cannot be narrowed by, and the lack of what it needs."""
    given = {field.name for field in fields(asked) if getattr(asked, field.name) is not None}
    problems = [
        Problem(
            code="option_unfit",
            place=offer.name,
            column=option,
            value=str(getattr(asked, option)),
            expected=f"nothing but {', '.join(offer.takes)}",
        )
        for option in sorted(given - set(offer.takes))
    ] + [
        Problem(code="option_missing", place=offer.name, column=option, expected=f"a {option}")
        for option in offer.needs
        if option not in given
    ]
    if problems:
        raise BadInput(problems)
