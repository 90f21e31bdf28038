"""`chain`: watch wallets, scan their chains, name deposits; the lists are in `chain_lists`."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from feeshare.cli.chain_lists import add_lists
from feeshare.cli.desk import Desk, desk_of, is_terminal
from feeshare.cli.groups import group
from feeshare.cli.output import AsCsv, AsJson, say, show
from ledger.errors import BadInput, NeedsReview, Problem

if TYPE_CHECKING:
    from chains.providers import Setup
    from feeshare.chain_scanning import Progress, Scanned

chain = group("What happened on chain: scan, prove, deposits.")
add_lists(chain)
COMMANDS = {"chain": chain}


@chain.command("watch")
def _watch(
    context: typer.Context,
    wallet: Annotated[str, typer.Argument(help="A wallet of ours: feeshare wallet list")],
    begin: Annotated[
        str,
        typer.Option("--from", help="now, start (the whole chain), or a block's number."),
    ] = "now",
    kind: Annotated[
        str | None, typer.Option("--kind", help="account (one key) or safe, on EVM chains.")
    ] = None,
) -> None:
    """Watch a wallet: from that block on, the chain alone says what moved in it."""
    from chains import watches
    from feeshare.chain_setup import setup_named
    from feeshare.chain_watching import beginning, watch

    desk = desk_of(context)
    with desk.read() as session:
        found, wanted = watches.wallet_to_watch(session, wallet, kind)
    setup = setup_named(desk.settings, found.name)
    begins = beginning(desk.engine, setup, wanted, begin)
    with desk.write(f"watch {wallet}") as change:
        new = watch(change, setup, wanted, begins)
    told = "Watched" if new else "Watched already:"
    say(f"{told} {wallet} on {found.name} from block {begins.first_block}.")
    say(f"Next: feeshare chain scan {found.name}")


@chain.command("declare")
def _declare(
    context: typer.Context,
    bounty: Annotated[str, typer.Argument(help="The bounty that the deposit is for.")],
    where: Annotated[str, typer.Argument(metavar="CHAIN", help="The chain that was named.")],
    transaction: Annotated[str, typer.Argument(help="The transaction, whole.")],
    evidence: Annotated[str, typer.Option("--evidence", help="Where the exchange named it.")],
) -> None:
    """Record the transaction that an exchange named as its deposit for a bounty."""
    from chains import deposits

    desk = desk_of(context)
    with desk.write(f"deposit of {bounty} declared") as change:
        new = deposits.declare(change, bounty, where, transaction, evidence=evidence)
    say(f"{'Declared' if new else 'Declared already'}: {transaction} for {bounty}.")
    say("Next: feeshare chain deposits")


@chain.command("scan")
def _scan(
    context: typer.Context,
    where: Annotated[
        str | None,
        typer.Argument(metavar="[CHAIN]", help="One chain; else every one that is set."),
    ] = None,
    first: Annotated[
        int | None, typer.Option("--from", help="Read again from this block.")
    ] = None,
    last: Annotated[int | None, typer.Option("--to", help="And to this one.")] = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Scan to the newest final block, prove the balances, and book what is final."""
    from feeshare.chain_setup import setup_named, setups

    desk = desk_of(context)
    if first is not None or last is not None:
        _read_again(desk, where, first, last)
        return
    chosen = setups(desk.settings) if where is None else [setup_named(desk.settings, where)]
    if not chosen:
        raise _none_set()
    found = [_scanned(desk, setup) for setup in chosen]
    columns = ("chain", "state", "final_block", "new_transfers", "new_lines", "wrong")
    rows = [
        (
            each.chain,
            each.state,
            each.final or None,
            each.transfers,
            each.booked,
            "; ".join([*each.faults, *(f"{r.bank_account}: residue" for r in each.residues)]),
        )
        for each in found
    ]
    right = ("final_block", "new_transfers", "new_lines")
    show("", columns, rows, as_json=as_json, as_csv=as_csv, right=right)
    if not all(each.is_well for each in found):
        raise NeedsReview("Something needs a person.", mend="feeshare chain alarms")


def _scanned(desk: Desk, setup: "Setup") -> "Scanned":
    from feeshare.chain_scanning import Scanner

    with _progress(setup.chain.name) as progress:
        scanner = Scanner(
            engine=desk.engine,
            setup=setup,
            actor=desk.actor,
            now=lambda: desk.now,
            progress=progress,
        )
        found = scanner.scan()
    # What was booked stands in changes of its own.
    desk.sealed |= bool(found.booked)
    return found


def _read_again(desk: Desk, where: str | None, first: int | None, last: int | None) -> None:
    from feeshare.chain_checking import names_of, read_again
    from feeshare.chain_setup import setup_named

    if where is None or first is None or last is None:
        raise BadInput(
            [
                Problem(
                    code="value_unknown",
                    place="chain scan",
                    expected="a chain, --from and --to, to read blocks again",
                )
            ]
        )
    found = read_again(desk.engine, setup_named(desk.settings, where), first, last, desk.now)
    say(f"Blocks {found.first} to {found.last} of {where} read again: {found.missing} missing.")
    if found.missing:
        say(f"Next: feeshare chain scan {where}")
    if found.untold:
        raise NeedsReview(
            f"{len(found.untold)} are kept and no longer told: {names_of(found.untold)}.",
            mend="Compare them with an explorer; then ask another provider.",
        )


def _none_set() -> BadInput:
    return BadInput(
        [
            Problem(
                code="chain_not_set",
                place="feeshare.toml",
                expected="a chain with providers",
                mend="Add: [chains.ethereum] providers = [URL, URL]",
            )
        ]
    )


@contextmanager
def _progress(chain: str) -> Iterator["Progress | None"]:
    """Show how far a long scan is, where a person watches."""
    if not is_terminal():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress as Bar

    with Bar(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(chain, total=None)
        yield lambda done, whole: bar.update(task, completed=done, total=whole)
