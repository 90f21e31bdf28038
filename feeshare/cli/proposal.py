"""`proposal`: proposals that passed, and the HBOT that is fixed for recipients under them."""

import typer

from feeshare import loading_bounties
from feeshare.cli import proposal_pools, proposal_votes
from feeshare.cli.axes import AsOf, KnownAt, effective_day
from feeshare.cli.desk import desk_of
from feeshare.cli.groups import group
from feeshare.cli.loads import File, load_file
from feeshare.cli.output import AsCsv, AsJson, show
from payouts import distributions, proposals

proposal = group("Proposals and the HBOT under them.")
proposal_votes.add_to(proposal)
proposal_pools.add_to(proposal)

COLUMNS = (
    "space",
    "hash",
    "label",
    "title",
    "passed_on",
    "commodity",
    "amount",
    "source",
    *loading_bounties.PROPOSAL_STATE,
)


@proposal.command("load")
def _load(context: typer.Context, file: File) -> None:
    """Load proposals: space, hash, label, title, passed_on, commodity, amount, source."""
    load_file(desk_of(context), file, loading_bounties.PROPOSALS, "proposals")


@proposal.command("parts")
def _parts(context: typer.Context, file: File) -> None:
    """Fix what recipients get, due at once: space, hash, payee, amount, on, tranche."""
    load_file(desk_of(context), file, loading_bounties.PARTS, "parts")


@proposal.command("list")
def _list(
    context: typer.Context,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """List proposals: what each authorises, how much of it is fixed and how much is left."""
    on = effective_day(as_of)
    with desk_of(context).read(known_at) as session:
        rows = []
        for found in proposals.all_of(session):
            if on is not None and found.passed_on > on:
                continue
            fixed = distributions.fixed(session, found, until=on)
            rows.append(
                (
                    found.space,
                    found.hash,
                    found.label,
                    found.title,
                    found.passed_on,
                    found.commodity,
                    found.amount,
                    found.source,
                    fixed,
                    found.amount - fixed,
                )
            )
    right = ("amount", "fixed", "left")
    show("", COLUMNS, rows, as_json=as_json, as_csv=as_csv, right=right)
