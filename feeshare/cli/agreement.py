"""`agreement`: fee-share agreements with their dated terms."""

from datetime import date

import typer
from sqlalchemy import select
from sqlalchemy.orm import Session

from feeshare import loading
from feeshare.cli.axes import AsOf, KnownAt, effective_day
from feeshare.cli.desk import desk_of
from feeshare.cli.loads import File, load_file
from feeshare.cli.output import AsCsv, AsJson, show
from ledger.money import plain
from ledger.people_tables import Party
from ledger.revenue import agreements
from ledger.revenue.tables import Agreement, AgreementTerms

agreement = typer.Typer(no_args_is_help=True, help="Fee-share agreements and their dated terms.")
COMMANDS = {"agreement": agreement}

COLUMNS = (
    "exchange",
    "stream",
    "commodity",
    "kind",
    "rate_low",
    "rate_high",
    "fixed_amount",
    "effective_from",
    "effective_to",
    "maintainer_rate",
    "maintainers",
    "source",
)


@agreement.command("load")
def _load(context: typer.Context, file: File) -> None:
    """Load agreements and terms; rates are fractions, maintainers are NAME:WEIGHT; ..."""
    load_file(desk_of(context), file, loading.AGREEMENTS, "terms")


@agreement.command("list")
def _list(
    context: typer.Context,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """List every version of the terms of every agreement; --as-of: those in force."""
    on = effective_day(as_of)
    with desk_of(context).read(known_at) as session:
        names = {party.id: party.name for party in session.scalars(select(Party))}
        rows = [
            (
                names[found.exchange],
                found.stream,
                found.commodity,
                terms.kind,
                terms.rate_low,
                terms.rate_high,
                terms.fixed_amount,
                terms.effective_from,
                terms.effective_to,
                terms.maintainer_rate,
                "; ".join(
                    f"{names[payee]}:{plain(weight)}"
                    for payee, weight in agreements.weights_of(
                        session, found.id, terms.version
                    ).items()
                ),
                terms.source,
            )
            for found, terms in _terms(session, on)
        ]
    right = ("rate_low", "rate_high", "fixed_amount", "maintainer_rate")
    show("", COLUMNS, rows, as_json=as_json, as_csv=as_csv, right=right)


def _terms(session: Session, on: date | None) -> list[tuple[Agreement, AgreementTerms]]:
    """Return all terms of all agreements, or those in force on a day."""
    if on is not None:
        return [(each.agreement, each.terms) for each in agreements.in_force(session, on)]
    return [
        (found, terms)
        for found in session.scalars(select(Agreement).order_by(Agreement.id))
        for terms in agreements.versions(session, found.id)
    ]
