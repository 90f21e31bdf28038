"""`proposal recipients`, `allocate`: who is in a proposal's list, and pools shared among many."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.orm import Session

from feeshare import loading_bounties
from feeshare.cli.amounts import optional_quantity, quantity
from feeshare.cli.days import On, day_of
from feeshare.cli.desk import desk_of
from feeshare.cli.loads import File, load_file
from feeshare.cli.output import AsCsv, AsJson, say, show
from ledger.money import CONTEXT, plain, total
from ledger.validation import bad_input
from payouts import distributions, proposals, votes
from payouts.distribution_tables import Proposal
from payouts.pools import PoolPart
from payouts.vote_rules import DECIDING
from payouts.vote_tables import Vote

COLUMNS = ("rank", "payee", "points", "amount", "capped", "why")


def add_to(group: typer.Typer) -> None:
    """Add the commands about recipients and pools to a group."""
    group.command("recipients")(_recipients)
    group.command("allocate")(_allocate)


def _recipients(context: typer.Context, file: File) -> None:
    """Load who gets how much at most by a proposal's list: space, hash, payee, amount, source."""
    load_file(desk_of(context), file, loading_bounties.RECIPIENTS, "recipients")


def _allocate(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="PROPOSAL", help="Id, hash, or a label.")],
    file: Annotated[Path, typer.Argument(help="CSV: payee, and points, place or choice.")],
    method: Annotated[str, typer.Option("--method", help="pro-rata, top or fixed.")] = "",
    pool: Annotated[str | None, typer.Option("--pool", help="What is shared.")] = None,
    cap: Annotated[str | None, typer.Option("--cap", help="12000, or 20% of the pool.")] = None,
    places: Annotated[int | None, typer.Option("--places", min=1, help="Top so many.")] = None,
    threshold: Annotated[str, typer.Option("--threshold", help="Fewest votes, for top.")] = "0",
    prizes: Annotated[str, typer.Option("--prizes", help="400000, 100000x3; for fixed.")] = "",
    poll: Annotated[
        str | None, typer.Option("--poll", help="A poll's votes, shared by the policy of its day.")
    ] = None,
    fix: Annotated[
        bool, typer.Option("--fix", help="Fix the parts; else they are shown.")
    ] = False,
    tranche: Annotated[str, typer.Option("--tranche", help="Such as 2023-W26, to fix.")] = "",
    on: On = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Share a pool among the payees in a file: show each part and why, or fix them."""
    from feeshare import allocating, pool_terms
    from feeshare.pool_files import PointsFile
    from feeshare.records import content_of

    desk, told = desk_of(context), PointsFile(path=file, content=content_of(file))
    most = optional_quantity("pool", pool)
    stated = pool_terms.Terms(
        method=method,
        pool=most,
        cap=None if cap is None else pool_terms.parse_cap(cap, most),
        places=places,
        threshold=quantity("threshold", threshold),
        prizes=pool_terms.parse_prizes(prizes) if prizes else (),
    )

    def shared(session: Session) -> tuple[Proposal, tuple[PoolPart, ...]]:
        proposal = proposals.named(session, name)
        ballot = None if poll is None else _poll(session, poll)
        terms = pool_terms.terms_of_poll(session, ballot) if ballot and not method else stated
        return proposal, allocating.parts_of(session, proposal, terms, told, ballot)

    if fix:
        with desk.write(f"allocate {name} by {file.name}") as change:
            proposal, parts = shared(change.session)
            day = day_of(desk, on)
            new = allocating.fix(change, proposal, parts, told, on=day, tranche=tranche)
            said = _said(change.session, proposal, parts, f"{new} parts fixed")
    else:
        with desk.read() as session:
            proposal, parts = shared(session)
            said = _said(session, proposal, parts, "Nothing was fixed")
    rows = [
        (part.rank, part.payee, part.points, part.amount, part.is_capped, part.explanation)
        for part in parts
    ]
    right = ("rank", "points", "amount")
    show("", COLUMNS, rows, as_json=as_json, as_csv=as_csv, right=right)
    say(said)


def _said(session: Session, proposal: Proposal, parts: Sequence[PoolPart], done: str) -> str:
    given = f"{plain(total(part.amount for part in parts))} {proposal.commodity}"
    left = plain(CONTEXT.subtract(proposal.amount, distributions.fixed(session, proposal)))
    return f"{given} for {len(parts)} payees. {done}; {left} of {proposal.label} is left."


def _poll(session: Session, name: str) -> Vote:
    identity = proposals.identity_named(session, name)
    found = votes.newest(session, identity)
    if found is None or found.method in DECIDING or found.state != "closed":
        raise bad_input(
            code="proposal_invalid",
            place="--poll",
            value=identity,
            expected="a poll that was seen closed; import it first",
        )
    return found
