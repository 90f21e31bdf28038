"""`payee destination`: proofs, vouchers, overrides, freezes, looks at an address."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from feeshare.cli.desk import Desk, desk_of
from feeshare.cli.output import AsCsv, AsJson, say, show
from ledger import evidence
from ledger.sealing import Change
from payouts import (
    destination_findings,
    destination_freezes,
    destination_proofs,
    destination_risks,
    destinations,
)

if TYPE_CHECKING:
    from feeshare.recipients import Recipient

Identity = Annotated[str, typer.Argument(metavar="ID", help="A destination's id.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; kept in the books.")]


def add_to(group: typer.Typer) -> None:
    """Add the commands of this module to a group."""
    for name, command in (
        ("challenge", _challenge),
        ("prove", _prove),
        ("vouch", _vouch),
        ("override", _override),
        ("confirm-override", _confirm_override),
        ("freeze", _freeze),
        ("lift", _lift),
        ("confirm-lift", _confirm_lift),
        ("check", _check),
    ):
        group.command(name)(command)


def _challenge(
    context: typer.Context,
    identity: Identity,
    typed: Annotated[
        bool, typer.Option("--typed", help="As EIP-712 data, for wallets that sign fields.")
    ] = False,
) -> None:
    """Print the text that the payee signs with the new key and, for a change, the old one."""
    with desk_of(context).read() as session:
        destination = destinations.named(session, identity)
        text = destination_proofs.challenge(session, destination)
        chain_id = destination_proofs.chain_id_of(session, destination)
    if typed and chain_id is not None:
        import json

        from payouts.destination_signatures import typed_data

        text = json.dumps(typed_data(text, chain_id), ensure_ascii=False)
    print(text)
    say(f"Next: feeshare payee destination prove {identity} --signature …")


def _prove(
    context: typer.Context,
    identity: Identity,
    signature: Annotated[
        str, typer.Option("--signature", help="Hexadecimal; of Solana keys in base58, too.")
    ],
) -> None:
    """Record the payee's signature over the challenge, by the new key or the old one."""
    with desk_of(context).write(f"prove {identity}") as change:
        destination = destinations.named(change.session, identity)
        proved = destination_proofs.prove(change, destination, signature)
    note = "" if proved.new else " (before)"
    say(f"{identity}: signed by its {proved.key} key, {proved.scheme}{note}")
    if proved.complete:
        say(f"Next: another person runs: feeshare --as NAME payee destination confirm {identity}")
    else:
        say("The other key's signature is still missing.")


def _vouch(
    context: typer.Context,
    identity: Identity,
    reason: Reason,
    file: Annotated[
        Path | None, typer.Option("--evidence", help="What the payee sent, to be kept.")
    ] = None,
) -> None:
    """Vouch for a destination that no key proves; a third person confirms it then."""
    with desk_of(context).write(f"vouch for {identity}") as change:
        destination = destinations.named(change.session, identity)
        kept = evidence.keep(change, file.read_bytes(), file.name) if file else None
        new = destination_proofs.vouch(change, destination, reason, kept)
    say(f"{identity}: you vouch for it" + ("" if new else " (before)"))
    say(f"Next: a third person runs: feeshare --as NAME payee destination confirm {identity}")


def _override(
    context: typer.Context,
    payee: Annotated[str, typer.Argument(help="The payee.")],
    address: Annotated[str, typer.Argument(help="The address that is right all the same.")],
    reason: Reason,
    finding: Annotated[
        str | None,
        typer.Option("--finding", help="contract or elsewhere, where a check found that."),
    ] = None,
) -> None:
    """Say that an address is right in spite of its risks; another person has to agree."""
    with desk_of(context).write(f"override the risks of {address}") as change:
        made = destination_risks.override(change, payee, address, reason, finding=finding)
        lines = [f"override {it.number}: {it.risk} with {it.other}" for it in made]
    for line in lines:
        say(line)
    say("Next: another person runs: feeshare --as NAME payee destination confirm-override NUMBER")


def _confirm_override(
    context: typer.Context, number: Annotated[int, typer.Argument(help="The override's.")]
) -> None:
    """Agree, as another person, that an address is right in spite of a risk."""
    with desk_of(context).write(f"confirm override {number}") as change:
        found, new = destination_risks.confirm_override(change, number)
        line = f"{found.payee} may ask for {found.address}: {found.risk} with {found.other}"
    say(line + ("" if new else " (before)"))


def _freeze(context: typer.Context, identity: Identity, reason: Reason) -> None:
    """Freeze an address at once, as anyone: nothing is paid there until two persons lift it."""
    with desk_of(context).write(f"freeze {identity}") as change:
        destination = destinations.named(change.session, identity)
        done = destination_freezes.freeze(change, destination, reason)
    say(f"{identity} is frozen" + ("" if done.new else " (before)") + f"; {done.told} told.")


def _lift(context: typer.Context, identity: Identity, reason: Reason) -> None:
    """Say that a freeze is over; it is once another person confirms that."""
    with desk_of(context).write(f"lift the freeze of {identity}") as change:
        destination = destinations.named(change.session, identity)
        destination_freezes.lift(change, destination, reason)
    say(f"Next: another person runs: feeshare --as NAME payee destination confirm-lift {identity}")


def _confirm_lift(context: typer.Context, identity: Identity) -> None:
    """Confirm, as another person, that a freeze is over."""
    with desk_of(context).write(f"confirm the lift of {identity}") as change:
        destination = destinations.named(change.session, identity)
        destination_freezes.confirm_lift(change, destination)
    say(f"{identity} is no longer frozen.")


def _check(
    context: typer.Context, identity: Identity, as_json: AsJson = False, as_csv: AsCsv = False
) -> None:
    """Ask the chain's providers what is at an address, and keep what they say."""
    desk = desk_of(context)
    found = look(desk, identity)
    with desk.write(f"look at {identity}") as change:
        keep(change, identity, found)
    rows = [(identity, found.kind, found.detail)]
    show("", ("destination", "kind", "detail"), rows, as_json=as_json, as_csv=as_csv)


def look(desk: Desk, identity: str) -> "Recipient":
    """Return what is at a destination's address.

    Raises:
        UnknownReference: there is no such destination.
        BadInput: it is on no EVM chain.
        ChainNotSet: its chain has no provider.
        ProvidersTooFew: too few answer.
        ProvidersDisagree: they say different things.
    """
    from feeshare.recipients import recipient_of

    with desk.read() as session:
        destination = destinations.named(session, identity)
        chain, address = destination.chain, destination.address
    return recipient_of(desk.settings, chain, address)


def keep(change: Change, identity: str, found: "Recipient") -> None:
    """Keep what was found at a destination's address, if it is news."""
    destination = destinations.named(change.session, identity)
    destination_findings.record(change, destination, found.kind, found.detail, change.at)
