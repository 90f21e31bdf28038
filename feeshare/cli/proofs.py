"""`audit prove` and `audit export-books`: what others need to check the books by themselves."""

from pathlib import Path
from typing import Annotated

import typer

import feeshare.every_table  # noqa: F401 - the whole books are all the tables
from feeshare.cli.desk import desk_of
from feeshare.cli.output import say
from ledger import proofs
from ledger.sealing import head
from reports.books_export import write_books
from reports.render.files import replace

ENTRY_MAX = 2**63 - 1
"""The largest number that the database can look for."""


def prove(
    context: typer.Context,
    entry: Annotated[int, typer.Argument(min=1, max=ENTRY_MAX, help="The entry's number.")],
    output: Annotated[Path | None, typer.Option("--output", help="A file, else stdout.")] = None,
) -> None:
    """Prove that an entry, as it reads, is part of the books: to be checked without the service.

    The proof is JSON. verify_books.py, which export-books writes, checks it.
    """
    with desk_of(context).read() as session:
        proof = proofs.prove(session, entry)
    text = f"{proof.to_json()}\n"
    if output is None:
        typer.echo(text, nl=False)
    else:
        output.parent.mkdir(parents=True, exist_ok=True)
        say(str(replace(output, text.encode())))
    say(f"Entry {entry} is in change {proof.change['number']}.")
    say(f"Head: change {proof.head.number}, {proof.head.hash.hex()}")


def export_books(
    context: typer.Context,
    output: Annotated[Path, typer.Option("--output", help="A folder for the files.")],
) -> None:
    """Write the whole books as files, with a program of one file that checks them."""
    with desk_of(context).read() as session:
        newest = head(session)
        files = write_books(session, output)
    for path in files:
        say(str(path))
    say(f"Head: change {newest.number}, {newest.hash.hex()}")
    say(f"To check them: python {files[-1]} {output}")
