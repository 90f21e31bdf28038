"""`bounty sign`, `stages`, `pledge`, `assign`, `withdraw`, `choose`, `gate`, `fail`."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

import typer

from feeshare.cli.days import On, day_of
from feeshare.cli.desk import desk_of
from feeshare.cli.output import say
from feeshare.matching_by_hand import amount_of
from ledger.revenue import bounties, bounty_gates, bounty_moves, bounty_release, bounty_team
from ledger.revenue.bounty_standing import end_of, state_of
from ledger.revenue.bounty_states import Gate, Move, State
from ledger.revenue.bounty_tables import BountyGate
from ledger.revenue.bounty_terms import Signed, sign, stage, stage_told
from ledger.validation import bad_input

Identity = Annotated[str, typer.Argument(metavar="ID", help="A bounty's id.")]
Evidence = Annotated[str, typer.Option("--evidence", help="What shows it: a link, a number.")]

ROLES = ("developer", "foundation", "reviewer")


def add_to(app: typer.Typer) -> None:
    """Add the commands of a bounty's work to `bounty`."""
    for name, command in COMMANDS.items():
        app.command(name)(command)


def _sign(
    context: typer.Context,
    identity: Identity,
    document: Annotated[str, typer.Option("--document", help="What was signed, where it lies.")],
    file: Annotated[
        Path | None, typer.Option("--file", help="The signed document itself; kept as evidence.")
    ] = None,
    arrangement: Annotated[
        Literal["deposit", "escrow", "direct"],
        typer.Option(
            "--arrangement",
            help="direct: the exchange pays its developer itself, nothing is held.",
        ),
    ] = "deposit",
    by_funder: Annotated[
        str, typer.Option("--signed-by-funder", help="Who signed for the exchange.")
    ] = "",
    by_us: Annotated[str, typer.Option("--signed-by-us", help="Who signed for us.")] = "",
    upfront: Annotated[
        str, typer.Option("--upfront", help="The fraction to be deposited before the work.")
    ] = "1",
    division: Annotated[
        str | None,
        typer.Option(
            "--division", help="An own division, such as developer=0.95,foundation=0.05."
        ),
    ] = None,
    reason: Annotated[
        str, typer.Option("--reason", help="Why the amount is none of the price list's.")
    ] = "",
    on: On = None,
) -> None:
    """Record what was signed for a bounty: how it is funded, and an own division if any."""
    desk = desk_of(context)
    with desk.write(f"sign bounty {identity}") as change:
        signed = Signed(
            on=day_of(desk, on),
            document=document,
            arrangement=arrangement,
            content=(file.name, file.read_bytes()) if file else None,
            by_funder=by_funder,
            by_us=by_us,
            upfront=amount_of(upfront, upfront),
            shares=_shares(division),
            why=reason,
        )
        terms, new = sign(change, bounties.named(change.session, identity), signed)
        signed_on = terms.signed_on
    say(f"{'' if new else 'Nothing to do: '}{identity} was signed on {signed_on}.")
    if new:
        say("Next: the deposit; its transaction: feeshare chain declare, its bank line: reconcile")


def _stages(
    context: typer.Context,
    identity: Identity,
    stages: Annotated[
        list[str],
        typer.Argument(
            metavar="TITLE:AMOUNT:GATES[:DAYS]...",
            help="In order; days count from the official release, for a tail payment.",
        ),
    ],
) -> None:
    """Name the stages in which a bounty is released; the last one needs every gate."""
    with desk_of(context).write(f"stages of bounty {identity}") as change:
        found = bounties.named(change.session, identity)
        new = stage(change, found, [stage_told(each) for each in stages])
    say(f"{'' if new else 'Nothing to do: '}{identity} is released in {len(stages)} stages.")


def _assign(
    context: typer.Context,
    identity: Identity,
    payees: Annotated[
        list[str],
        typer.Argument(
            metavar="PAYEE[=WEIGHT]...", help="A payee by name or alias; several with weights."
        ),
    ],
    evidence: Evidence,
    role: Annotated[Literal["developer", "reviewer"], typer.Option("--role")] = "developer",
    on: On = None,
) -> None:
    """Name who develops or reviews a bounty from now on: one, or several who share the part."""
    desk = desk_of(context)
    names = ", ".join(payees)
    with desk.write(f"assign {names} to bounty {identity}") as change:
        found = bounties.named(change.session, identity)
        team = {}
        for each in payees:
            name, equals, weight = each.rpartition("=")
            team[name if equals else each] = amount_of(weight, each) if equals else Decimal(1)
        wanted = payees[0] if len(payees) == 1 and "=" not in payees[0] else team
        day = day_of(desk, on)
        new = bounty_team.assign(change, found, wanted, role=role, on=day, evidence=evidence)
    verb = "is" if len(payees) == 1 else "are"
    roles = role if len(payees) == 1 else f"{role}s"
    if new:
        say(f"{names} {verb} the {roles} of {identity}.")
    else:
        say(f"Nothing to do: {names} {verb} the {roles} of {identity} already.")


def _choose(
    context: typer.Context,
    identity: Identity,
    payee: Annotated[str, typer.Argument(help="A developer or reviewer, by name or alias.")],
    commodity: Annotated[str, typer.Argument(help="What the payee takes, such as HBOT.")],
    evidence: Evidence,
    on: On = None,
) -> None:
    """Record in which commodity a payee takes their part; it converts when it is released."""
    desk = desk_of(context)
    with desk.write(f"{payee} takes {commodity} for bounty {identity}") as change:
        found = bounties.named(change.session, identity)
        day = day_of(desk, on)
        new = bounty_team.choose(change, found, payee, commodity, on=day, evidence=evidence)
    say(f"{'' if new else 'Nothing to do: '}{payee} takes {commodity} for {identity}.")


def _gate(
    context: typer.Context,
    identity: Identity,
    gate: Gate,
    evidence: Evidence,
    on: On = None,
) -> None:
    """Record that a bounty passed a gate, and what shows it."""
    desk = desk_of(context)
    with desk.write(f"bounty {identity} passed the gate {gate.value}") as change:
        session = change.session
        found = bounties.named(session, identity)
        known = session.get(BountyGate, (identity, gate.value))
        day = day_of(desk, on, known.on if known else None)
        new = bounty_gates.pass_gate(change, found, gate, evidence=evidence, on=day)
        end = end_of(session, found)
        is_open = state_of(session, found) in {State.FUNDED, State.ASSIGNED}
        lacking = bounty_release.lacking_for_release(session, found, desk.now.date())
    if new:
        say(f"{identity} passed {gate.value} on {day}.")
    else:
        say(f"Nothing to do: {identity} passed {gate.value} on {day} already.")
    if lacking and not end:
        say(f"It still lacks: {', '.join(lacking)}.")
    elif is_open:
        say(f"Next: feeshare bounty release {identity}")


def _fail(
    context: typer.Context,
    identity: Identity,
    gate: Gate,
    evidence: Evidence,
    on: On = None,
) -> None:
    """Record that a bounty failed a test, a review or a vote; it may be tried again."""
    desk = desk_of(context)
    with desk.write(f"bounty {identity} failed the gate {gate.value}") as change:
        found = bounties.named(change.session, identity)
        day = day_of(desk, on)
        new = bounty_gates.fail_gate(change, found, gate, evidence=evidence, on=day)
    say(f"{'' if new else 'Nothing to do: '}{identity} failed {gate.value} on {day}.")


def _pledge(context: typer.Context, identity: Identity, evidence: Evidence, on: On = None) -> None:
    """Record that the Foundation pays its part of a bounty: who decided it."""
    record_move(context, identity, Move.PLEDGE, evidence, on, "the Foundation pays its part")


def _withdraw(
    context: typer.Context, identity: Identity, evidence: Evidence, on: On = None
) -> None:
    """Record that the developer gave a bounty back."""
    record_move(context, identity, Move.WITHDRAW, evidence, on, "its developer gave it back")


def record_move(
    context: typer.Context,
    identity: str,
    move: Move,
    evidence: str,
    on: datetime | None,
    said: str,
) -> None:
    """Record a move of a bounty without an amount of its own; say where it stands then."""
    desk = desk_of(context)
    with desk.write(f"{move} of bounty {identity}") as change:
        found = bounties.named(change.session, identity)
        day = day_of(desk, on)
        new = bounty_moves.record(change, found, move, evidence=evidence, on=day)
        state = state_of(change.session, found)
    say(f"{'' if new else 'Nothing to do: '}{identity}: {said}. It is {state}.")


def _shares(text: str | None) -> tuple[Decimal, Decimal, Decimal] | None:
    """Return the shares that a text names; whom it leaves out has none."""
    if text is None:
        return None
    shares = dict.fromkeys(ROLES, Decimal(0))
    for part in text.split(","):
        role, _, share = part.strip().partition("=")
        if role not in shares:
            raise bad_input(
                code="bounty_terms_invalid",
                place="--division",
                value=part,
                expected=f"{', '.join(ROLES)} as fractions that sum to 1",
            )
        shares[role] = amount_of(share, text)
    developer, foundation, reviewer = (shares[role] for role in ROLES)
    return developer, foundation, reviewer


COMMANDS: dict[str, Callable[..., None]] = {
    "sign": _sign,
    "stages": _stages,
    "pledge": _pledge,
    "assign": _assign,
    "withdraw": _withdraw,
    "choose": _choose,
    "gate": _gate,
    "fail": _fail,
}
