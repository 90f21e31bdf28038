"""`proposal import`, `fetch`, `votes`, `show`: votes as they were seen, and what they decide."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.orm import Session

from feeshare.cli.amounts import optional_quantity
from feeshare.cli.axes import KnownAt
from feeshare.cli.desk import Desk, desk_of
from feeshare.cli.output import AsCsv, AsJson, Cell, say, show
from feeshare.snapshot_answers import SIDES, Told
from ledger.errors import Conflict
from ledger.governance_rules import TYPES
from ledger.money import CONTEXT, plain, total
from ledger.validation import bad_input
from payouts import distributions, proposal_recipients, proposals, votes
from payouts.distribution_tables import Proposal
from payouts.vote_tables import Vote

Label = Annotated[str, typer.Option("--label", help="Such as HGP-70, if its title has none.")]
Kind = Annotated[str, typer.Option("--type", help="PRP, HIP, NCP or HGP, if the label has none.")]
Amount = Annotated[str | None, typer.Option("--amount", help="What it asks for.")]
Commodity = Annotated[str, typer.Option("--commodity", help="Of the amount.")]
Circulating = Annotated[
    str | None, typer.Option("--circulating-supply", help="At the vote, in HBOT.")
]
Whole = Annotated[str | None, typer.Option("--total-supply", help="At the vote, in HBOT.")]
SupplySource = Annotated[str, typer.Option("--supply-source", help="Who says what it was.")]
Choices = Annotated[
    list[str] | None,
    typer.Option("--choice", help="What a choice counts as.", metavar="TEXT=for|against|abstain"),
]

COLUMNS = (
    *("space", "hash", "label", "title", "type", "state", "start", "end", "votes_for"),
    *("votes_against", "votes_abstain", "votes", "quorum", "quorum_met", "outcome"),
    *("rule_version", "link"),
)


def add_to(group: typer.Typer) -> None:
    """Add the commands about votes to a group."""
    for name, command in (
        ("import", _import),
        ("fetch", _fetch),
        ("votes", _votes),
        ("show", _show),
    ):
        group.command(name)(command)


def _import(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="Snapshot's answer (JSON), or CSV or YAML.")],
    label: Label = "",
    kind: Kind = "",
    amount: Amount = None,
    commodity: Commodity = "HBOT",
    circulating_supply: Circulating = None,
    total_supply: Whole = None,
    supply_source: SupplySource = "",
    choice: Choices = None,
) -> None:
    """Record the votes in a file, decide them, and authorise what passed.

    Columns: space, hash, title, state, start, end, votes_for, votes_against; votes_abstain, label,
    type, created, snapshot_block, circulating_supply, total_supply, supply_source, amount,
    commodity, link, author.
    """
    from feeshare.records import content_of

    told = Told(
        label=label,
        kind=_kind(kind),
        amount=optional_quantity("amount", amount),
        commodity=None if amount is None else commodity,
        circulating_supply=optional_quantity("circulating-supply", circulating_supply),
        total_supply=optional_quantity("total-supply", total_supply),
        supply_source=supply_source,
        sides=_sides(choice or []),
    )
    _take(desk_of(context), content_of(file), file, told)


def _fetch(
    context: typer.Context,
    space: Annotated[str, typer.Argument(help="Such as hbot.eth.")],
    proposal_hash: Annotated[str, typer.Argument(metavar="HASH")],
    output: Annotated[Path, typer.Option("--output", help="The file to write, new.")],
) -> None:
    """Ask Snapshot's hub for a proposal (FEESHARE_SNAPSHOT_URL) and keep its answer in a file."""
    from feeshare import snapshot_hub

    url = desk_of(context).settings.snapshot_url
    if url is None:
        raise bad_input(
            code="config_invalid",
            place="FEESHARE_SNAPSHOT_URL",
            expected="the address of Snapshot's hub, such as https://hub.snapshot.org/graphql",
        )
    answer = snapshot_hub.ask(url.get_secret_value(), space, proposal_hash)
    try:
        with output.open("xb") as file:
            file.write(answer)
    except FileExistsError:
        raise Conflict(f"{output} is there already.") from None
    except OSError as error:
        expected = f"a file that can be written ({error.strerror})"
        raise bad_input(code="file_missing", place=str(output), expected=expected) from None
    say(f"{output} written. Next: feeshare proposal import {output}")


def _votes(
    context: typer.Context,
    known_at: KnownAt = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """List votes as they were seen last, and what they decide by the rule of their day."""
    with desk_of(context).read(known_at) as session:
        rows = [_row(session, vote) for vote in votes.all_of(session)]
    right = ("votes_for", "votes_against", "votes_abstain", "votes", "quorum")
    show("", COLUMNS, rows, as_json=as_json, as_csv=as_csv, right=right)


def _show(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="PROPOSAL", help="Id, hash, or a label.")],
    known_at: KnownAt = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Show a proposal: its vote figure by figure against its rule, and what it authorises."""
    with desk_of(context).read(known_at) as session:
        identity = proposals.identity_named(session, name)
        rows: list[tuple[str, Cell]] = [("proposal", identity)]
        rows += [*_of_vote(session, identity), *_of_authorisation(session, identity)]
    show("", ("what", "told"), rows, as_json=as_json, as_csv=as_csv)


def _of_vote(session: Session, identity: str) -> Iterator[tuple[str, Cell]]:
    vote = votes.newest(session, identity)
    if vote is None:
        yield "vote", "none was seen: it authorises by its source alone"
        return
    yield from zip(COLUMNS[2:], _row(session, vote)[2:], strict=True)
    yield "snapshot_block", vote.snapshot_block
    yield "asks_for", "" if vote.amount is None else f"{plain(vote.amount)} {vote.commodity}"
    yield "evidence", vote.evidence
    yield "observation", vote.number
    rule = votes.rule_of(session, vote)
    if rule is not None:
        yield "rule_source", rule.value["source"]
        yield "rule_note", rule.value["note"]
        yield "minimum_balance", rule.value["minimum_balance"]
    for each in votes.decision_of(session, vote).sentences:
        yield "because", each
    ranked = sorted(votes.choices_of(session, vote), key=lambda it: (-it.score, it.place))
    for rank, choice in enumerate(ranked, start=1):
        counts = f", counts {choice.counts_as}" if choice.counts_as else ""
        yield f"choice {rank}", f"{choice.choice}: {plain(choice.score)}{counts}"


def _of_authorisation(session: Session, identity: str) -> Iterator[tuple[str, Cell]]:
    proposal = session.get(Proposal, identity)
    if proposal is None:
        yield "authorises", "nothing"
        return
    fixed = distributions.fixed(session, proposal)
    yield "title", proposal.title
    yield "authorises", f"{plain(proposal.amount)} {proposal.commodity}"
    yield "passed_on", proposal.passed_on
    yield "source", proposal.source
    yield "fixed", fixed
    yield "left", CONTEXT.subtract(proposal.amount, fixed)
    for payee, most in proposal_recipients.listed(session, proposal).items():
        has = distributions.fixed(session, proposal, payee=payee)
        yield f"recipient {payee}", f"{plain(most)}, of it fixed {plain(has)}"


def _row(session: Session, vote: Vote) -> tuple[Cell, ...]:
    decision = votes.decision_of(session, vote)
    choices = votes.choices_of(session, vote)
    by_side = [total(each.score for each in choices if each.counts_as == side) for side in SIDES]
    return (
        *(vote.space, vote.hash, vote.label, vote.title, vote.kind, vote.state),
        vote.starts_at,
        vote.ends_at,
        *by_side,
        total(each.score for each in choices),
        decision.quorum,
        decision.quorum_met,
        decision.outcome.value,
        decision.rule_version,
        vote.link,
    )


def _take(desk: Desk, content: bytes, file: Path, told: Told) -> None:
    from feeshare import vote_importing

    with desk.write(f"import votes from {file.name}") as change:
        taken = vote_importing.take(change, content, file, told)
        lines = [
            f"{each.vote.label or each.vote.proposal} ({each.vote.proposal}): "
            f"{'' if each.new else 'known already; '}{each.decision.told}. "
            + (
                f"It authorises {plain(each.authorised.amount)} {each.authorised.commodity}."
                if each.authorised is not None and each.decision.has_passed
                else "It authorises nothing."
            )
            for each in taken
        ]
    for line in lines:
        say(line)


def _kind(text: str) -> str:
    if text and text not in TYPES:
        expected = f"one of {', '.join(TYPES)}"
        raise bad_input(code="value_unknown", place="--type", value=text, expected=expected)
    return text


def _sides(told: list[str]) -> dict[str, str]:
    """Return what choices count as, by their texts."""
    sides = {}
    for each in told:
        name, _, side = each.rpartition("=")
        if not name or side not in SIDES:
            raise bad_input(
                code="value_unknown",
                place="--choice",
                value=each,
                expected=f"TEXT=SIDE, the side one of {', '.join(SIDES)}",
            )
        sides[name] = side
    return sides
