"""`user`: people, roles, and the keys by which their approvals count."""

from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import select

from feeshare import keys
from feeshare.cli.axes import KnownAt
from feeshare.cli.desk import desk_of
from feeshare.cli.groups import group
from feeshare.cli.output import AsCsv, AsJson, say, show
from ledger import users
from ledger.errors import BadInput, Problem
from ledger.people_tables import User, UserKey, UserKeyConfirmation
from ledger.wallet_keys import require_address

user = group("People, roles and approval keys.")
key = group("Keys and wallets that sign approvals.")
user.add_typer(key, name="key")
COMMANDS = {"user": user}


@user.command("add")
def _add(
    context: typer.Context,
    name: str,
    role: Annotated[str, typer.Option("--role", help=" | ".join(users.ROLES))],
    party: Annotated[
        str | None, typer.Option("--payee", help="Who this person is when paid.")
    ] = None,
) -> None:
    """Add a person."""
    with desk_of(context).write(f"add user {name}") as change:
        new = users.add(change, name, role, party=party)
    say(f"{name} is {role}." if new else f"Nothing to do: {name} is {role} already.")


@user.command("list")
def _list(
    context: typer.Context,
    known_at: KnownAt = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """List people, their roles and keys."""
    with desk_of(context).read(known_at) as session:
        rows = [
            (
                person.name,
                person.role,
                person.party,
                found.public_key if found else None,
                found.enrolled_by if found else None,
                confirmed.confirmed_by if confirmed else None,
            )
            for person, found, confirmed in session.execute(
                select(User, UserKey, UserKeyConfirmation)
                .outerjoin(UserKey, UserKey.user_name == User.name)
                .outerjoin(
                    UserKeyConfirmation, UserKeyConfirmation.public_key == UserKey.public_key
                )
                .order_by(User.name, UserKey.public_key)
            )
        ]
    columns = ("name", "role", "payee", "public_key", "enrolled_by", "confirmed_by")
    show("", columns, rows, as_json=as_json, as_csv=as_csv)


@key.command("new")
def _new(file: Annotated[Path, typer.Argument(help="Where the private key goes.")]) -> None:
    """Make a key pair on this machine; the private half never leaves it."""
    print(keys.make(file))
    say(f"The private key is in {file}; keep it to yourself. Printed is the public half.")
    say("Next: a colleague runs: feeshare --as NAME user key enrol YOU PUBLIC_KEY")


@key.command("enrol")
def _enrol(
    context: typer.Context,
    name: str,
    public_key: Annotated[
        str | None, typer.Argument(help="An Ed25519 public key, 64 hexadecimal digits.")
    ] = None,
    wallet: Annotated[
        str | None, typer.Option("--wallet", help="An Ethereum address that approves instead.")
    ] = None,
) -> None:
    """Enrol a person's public key, or their wallet; another person confirms it."""
    told = _one_key(public_key, wallet)
    with desk_of(context).write(f"enrol a key of {name}") as change:
        new = users.enrol_key(change, name, told)
    say("Enrolled; another person confirms it." if new else "Nothing to do: it is enrolled.")


@key.command("confirm")
def _confirm(context: typer.Context, public_key: str) -> None:
    """Let a key's signatures count, as another person than enrolled it."""
    with desk_of(context).write("confirm a key") as change:
        new = users.confirm_key(change, public_key)
    say(
        "Confirmed: approvals signed with this key count."
        if new
        else "Nothing to do: this key was confirmed before."
    )


def _one_key(public_key: str | None, wallet: str | None) -> str:
    if wallet is not None and public_key is None:
        return require_address(wallet)
    if public_key is not None and wallet is None:
        return public_key
    raise BadInput(
        [
            Problem(
                code="key_invalid",
                place="public key",
                expected="a public key, or --wallet with an address, and not both",
            )
        ]
    )
