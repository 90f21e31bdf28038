"""`audit`: recompute everything, name the first thing that differs, sign the head."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.orm import Session

from feeshare import anchoring, keys, recovery
from feeshare.cli.access import access_log
from feeshare.cli.desk import desk_of, is_terminal
from feeshare.cli.groups import group
from feeshare.cli.output import AsCsv, AsJson, say, show
from feeshare.cli.proofs import export_books, prove
from feeshare.verifying import verify_books
from ledger import anchors
from ledger.anchors import Anchor
from ledger.errors import BadInput, NeedsReview, Problem
from ledger.sealing import head
from ledger.verification import Progress

audit = group("Recompute the books.")
COMMANDS = {"audit": audit}


@audit.callback()
def _audit() -> None:
    """Recompute the books."""


@audit.command("verify")
def _verify(
    context: typer.Context,
    anchor: Annotated[
        Path | None, typer.Option("--anchor", help="A file of anchors; each is compared.")
    ] = None,
    public_key: Annotated[
        str | None, typer.Option("--public-key", help="Who must have signed them, in hex.")
    ] = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Recompute hashes, links, numbers, sums, balances and checkpoints of the whole books."""
    desk = desk_of(context)
    kept = _kept(anchor, public_key)
    with desk.read() as session:
        newest = head(session)
        found = verify_books(session, progress=progress_of())
        problems = [*found.problems, *_differences(session, kept, public_key)]
        waiting = len(recovery.unended(session))
    rows: list[tuple[str, int | str]] = [
        ("changes", found.changes),
        ("entries", found.entries),
        ("postings", found.postings),
        ("rows", found.rows),
        ("head", f"{newest.number} {newest.hash.hex()}"),
    ]
    show("", ("checked", "count"), rows, as_json=as_json, as_csv=as_csv, right=("count",))
    if problems:
        raise NeedsReview(
            "The books are not what was sealed:\n" + "\n".join(problems),
            mend="Keep this database as it is, and compare it with the last backup.",
        )
    say("Everything is what was sealed.")
    for key in sorted({each.public_key for each in kept}):
        say(f"Anchors signed with {key} are in the books.")
    if waiting and kept:
        with Session(desk.engine) as session, session.begin():
            recovery.end(session, kept, by=desk.actor, at=desk.now)
        say("The recovery has ended: payouts may be submitted and exported again.")
    elif waiting:
        say("Payouts wait for a comparison: feeshare audit verify --anchor FILE")


@audit.command("anchor")
def _anchor(
    context: typer.Context,
    key: Annotated[Path, typer.Option("--key", help="Your private key; it signs here.")],
    output: Annotated[
        Path | None, typer.Option("--output", help="A file; the anchor becomes its next line.")
    ] = None,
    git: Annotated[
        Path | None, typer.Option("--git", help="A repository; the anchor is committed there.")
    ] = None,
) -> None:
    """Sign the newest change, to be kept where whoever owns the database cannot write."""
    if output is not None and git is not None:
        raise BadInput(
            [Problem(code="option_unfit", place="--git", expected="--output or --git, not both")]
        )
    with desk_of(context).read() as session:
        recovery.require_none(session)
        newest = head(session)
    line = anchors.make(newest, keys.read(key))
    new = True
    if output is not None:
        new = anchoring.append(output, line)
    elif git is not None:
        new = anchoring.commit(git, line)
    else:
        print(line)
    say(f"change {newest.number} {newest.hash.hex()}" + ("" if new else " (anchored before)"))


@audit.command("accept-head")
def _accept_head(
    context: typer.Context,
    hash_: Annotated[
        str, typer.Argument(metavar="HASH", help="The head, as you read it elsewhere.")
    ],
    reason: Annotated[str, typer.Option("--reason", help="What was looked at instead.")],
) -> None:
    """Answer for restored books where no anchor was kept, as another person than restored them."""
    desk = desk_of(context)
    with desk.read() as session:
        newest = head(session)
    with Session(desk.engine) as session, session.begin():
        ended = recovery.accept(session, newest, hash_, by=desk.actor, at=desk.now, reason=reason)
    say(
        "The recovery has ended: payouts may be submitted and exported again."
        if ended
        else "Nothing to do: no recovery waits."
    )


def _kept(anchor: Path | None, public_key: str | None) -> list[Anchor]:
    if anchor is not None:
        return anchoring.kept(anchor)
    if public_key is not None:
        raise BadInput(
            [Problem(code="option_missing", place="--public-key", expected="--anchor FILE too")]
        )
    return []


def _differences(session: Session, kept: Sequence[Anchor], public_key: str | None) -> list[str]:
    """Return how the books differ from the anchors, and which of these another key signed."""
    found = [problem for each in kept for problem in anchors.compare(session, each)]
    if public_key is not None:
        found += [
            f"anchor of change {each.number}: it is signed with {each.public_key}"
            for each in kept
            if each.public_key != public_key.lower()
        ]
    return found


def progress_of() -> Progress | None:
    """Return what shows how far a verification is, if a person watches."""
    return _progress if is_terminal() else None


def _progress(changes: int, entries: int) -> None:
    print(f"\r{changes:,} changes, {entries:,} entries", end="", file=sys.stderr, flush=True)


audit.command("prove")(prove)
audit.command("export-books")(export_books)
audit.command("access-log")(access_log)
