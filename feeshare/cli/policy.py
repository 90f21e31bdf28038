"""`policy`: the rules of the house; one person proposes, another confirms."""

import json
from datetime import datetime
from typing import Annotated

import typer
from sqlalchemy import select

from feeshare.cli.axes import AsOf, KnownAt, effective_day
from feeshare.cli.desk import desk_of
from feeshare.cli.groups import group
from feeshare.cli.output import AsCsv, AsJson, say, show
from ledger import policies
from ledger.people_tables import Policy, PolicyConfirmation
from ledger.rules import RULES

policy = group("Rules of the house, changed by two persons.")
COMMANDS = {"policy": policy}


@policy.command("list")
def _list(
    context: typer.Context,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """List every version of every policy and who stands for it; --as-of: those in force."""
    on = effective_day(as_of)
    with desk_of(context).read(known_at) as session:
        confirmed = {
            (row.name, row.version): row.confirmed_by
            for row in session.scalars(select(PolicyConfirmation))
        }
        rows = [
            (
                row.name,
                row.version,
                row.effective_from,
                row.value,
                row.proposed_by,
                confirmed.get((row.name, row.version), ""),
                RULES[row.name].about,
            )
            for row in session.scalars(select(Policy).order_by(Policy.name, Policy.version))
            if on is None or policies.version_in_force(session, row.name, on) is row
        ]
    columns = (
        "name",
        "version",
        "effective_from",
        "value",
        "proposed_by",
        "confirmed_by",
        "about",
    )
    show("", columns, rows, as_json=as_json, as_csv=as_csv, right=("version",))


@policy.command("propose")
def _propose(
    context: typer.Context,
    name: str,
    value: Annotated[str, typer.Argument(help="JSON, or a plain word or number.")],
    effective_from: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"])],
    reason: Annotated[str, typer.Option("--reason")],
) -> None:
    """Propose a new version of a policy; it waits for another person's word."""
    desk = desk_of(context)
    with desk.write(f"propose policy {name}") as change:
        proposed = policies.propose(
            change,
            name,
            _decoded(name, value),
            effective_from=effective_from.date(),
            reason=reason,
        )
        version, new = proposed.version, bool(change.rows)
    told = f"{name} version {version}"
    say(f"Proposed {told}." if new else f"Nothing to do: {told} was proposed before.")
    say(f"Next: another person runs: feeshare --as NAME policy confirm {name} {version}")


@policy.command("confirm")
def _confirm(context: typer.Context, name: str, version: int) -> None:
    """Put a proposed version in force, as another person than proposed it."""
    with desk_of(context).write(f"confirm policy {name}") as change:
        _, new = policies.confirm(change, name, version)
    say(
        f"Policy {name} version {version} is in force from its day on."
        if new
        else f"Nothing to do: policy {name} version {version} is in force already."
    )


def _decoded(name: str, value: str) -> object:
    """Return the value that a text is; amounts stay text, so that no float is made."""
    if value[:1] in "{[":
        return json.loads(value, parse_float=str)
    is_count = name in RULES and isinstance(RULES[name].defaults[-1][1], int)
    return int(value) if is_count and value.isascii() and value.isdigit() else value
