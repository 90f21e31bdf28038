"""`bounty evidence·proofs`: gates that are passed by what GitHub shows."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, cast

import typer

from feeshare.cli.axes import KnownAt
from feeshare.cli.desk import desk_of
from feeshare.cli.output import AsCsv, AsJson, say, show
from ledger.revenue import bounties, bounty_proofs
from ledger.revenue.bounty_states import Gate


def add_evidence(bounty: typer.Typer) -> None:
    """Add the commands to the group."""
    bounty.command("evidence")(_evidence)
    bounty.command("proofs")(_proofs)


def _file_or_address(text: str) -> Path | str:
    """Return the path of a file, or what names a record elsewhere."""
    from feeshare.github import is_address

    return text if is_address(text) else Path(text)


def _evidence(
    context: typer.Context,
    identity: Annotated[str, typer.Argument(metavar="BOUNTY", help="A bounty's id.")],
    named: Annotated[
        object,
        typer.Argument(
            parser=_file_or_address,
            metavar="FILE|URL",
            help="A saved answer of GitHub's API, or where GitHub shows a pull request, review or "
            "release; the id of a board's item (PVTI_…).",
        ),
    ],
    gate: Annotated[Gate | None, typer.Option("--gate", help="Else what it is for.")] = None,
    on: Annotated[
        datetime | None,
        typer.Option("--on", formats=["%Y-%m-%d"], help="Require that it states this day."),
    ] = None,
) -> None:
    """Pass a gate by what GitHub shows, on the day that it states; the answer is kept."""
    from feeshare.github import shown_by, web_of

    desk = desk_of(context)
    with desk.read() as session:
        bounties.named(session, identity)
        web = web_of(desk.settings.github_url)
        accepted = bounty_proofs.accepted(session, web, desk.now.date())
    # The books' lock is not held while others take their time to answer.
    shown = shown_by(desk.settings, cast("Path | str", named), accepted)
    record = shown.record
    with desk.write(f"evidence for bounty {identity}: {record.url}") as change:
        made, new = bounty_proofs.prove(
            change,
            bounties.named(change.session, identity),
            shown,
            gate=gate,
            on=on.date() if on else None,
        )
        passed = f"{identity} passed {made.gate} on {record.gates[made.gate]}"
        digest = made.evidence
    if record.title:
        say(f"Title: {record.title}")
    say(record.says)
    if new:
        say(f"{passed}. Kept under {digest}.")
    else:
        say(f"Nothing to do: {passed} already, by what is kept under {digest}.")
    say("Next: feeshare bounty list")


def _proofs(
    context: typer.Context,
    known_at: KnownAt = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """List what GitHub showed of the gates, and the hashes of the files it is kept as."""
    with desk_of(context).read(known_at) as session:
        rows = [
            (row.bounty, row.gate, row.url, row.says, row.source, row.fetched_at, row.evidence)
            for row in bounty_proofs.proofs(session)
        ]
    columns = ("bounty", "gate", "url", "says", "source", "fetched_at", "evidence")
    show("", columns, rows, as_json=as_json, as_csv=as_csv)
