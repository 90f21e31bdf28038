"""The root of the command line: groups are imported when they are used, so that help is quick."""

import gc
import importlib
import sys
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from feeshare.cli.asked import Asked
from feeshare.retrying import retried
from ledger.errors import Refusal

GROUPS: dict[str, tuple[str, str]] = {
    "init": ("books", "Create or migrate the database, load the defaults"),
    "doctor": ("books", "Check settings, database, disk and clock"),
    "demo": ("demo", "Run the example month on a fixed clock, offline"),
    "exchange": ("master", "Exchanges and their aliases: load, list"),
    "payee": ("master", "Maintainers, developers, reviewers and where they are paid"),
    "wallet": ("master", "Wallets and bank accounts: load, list"),
    "agreement": ("agreement", "Fee-share agreements and their dated terms"),
    "token": ("master", "The token registry: list"),
    "policy": ("policy", "Rules of the house: list, propose, confirm"),
    "price": ("price", "Dated prices with their source: load, fetch, average"),
    "user": ("user", "People, roles and approval keys"),
    "mapping": ("mapping", "Statement formats: check, draft one from a file"),
    "import": ("statement", "Stage statements, bank files and wallet files"),
    "review": ("review", "Look at what is staged, settle its rows, accept or reject it"),
    "volume": ("volume", "Reported trading volumes beside the fees: load, list with outliers"),
    "privacy": ("privacy", "Files with user ids: list, erase"),
    "accrue": ("money", "Maintainers' shares and renewals earned, each figure explained"),
    "reconcile": ("money", "Match receipts to what is owed"),
    "match": ("money", "Match bank lines by hand"),
    "unmatch": ("money", "Take a match back"),
    "conversion": ("conversion", "One of our holdings turned into another: list"),
    "convert": ("conversion", "Record a conversion between two bank lines, fees apart"),
    "credit": ("credit", "What exchanges paid too much: list, use, return"),
    "write-off": ("write_off", "Give up what an exchange never paid; take that back"),
    "opening": ("opening", "Open receivables and balances at cut-over"),
    "calendar": ("calendar", "What has to happen by when; a feed for other calendars"),
    "exceptions": ("exceptions", "What waits for a person: list, assign, note"),
    "entry": ("entry", "Manual entries, reversals, an entry and where it came from"),
    "chain": ("chain", "What happened on chain: scan, prove, deposits, alarms"),
    "bounty": ("bounty", "Bounties: deposits, gates, release, refund"),
    "connector": ("connector", "Connectors: released, and who keeps each maintained"),
    "renewal": ("renewal_decisions", "Renewals: notice, decide, invoice, waive, cancel"),
    "sponsorship": ("sponsorship", "Sponsorships: invoice, credits, cancel"),
    "proposal": ("bounty", "Proposals and the HBOT distributed under them"),
    "purchase": ("purchase", "HBOT bought from fee shares under a proposal, within its part"),
    "payout": ("payout", "Plan, submit, approve, export, settle a batch"),
    "month": ("month", "What is expected, tie-outs, close, reopen"),
    "report": ("report", "Every report, as CSV, XLSX or JSON"),
    "export": ("report", "The books in other programs' formats"),
    "audit": ("audit", "Recompute everything and name what differs"),
    "backup": ("backup", "Dump the books to a new file"),
    "restore": ("backup", "Restore a dump into an empty database"),
    "worker": ("worker", "Run the scheduled jobs"),
}
"""Command: the module that holds it, and its line in the help."""


class LazyGroup(TyperGroup):
    """A group whose help needs no import of its commands."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401, ARG002 - the library's types
        """List the commands in the order of the month."""
        return list(GROUPS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ANN401, ARG002 - as above
        """Return a stand-in that carries a command's name and help."""
        if cmd_name not in GROUPS:
            return None
        stand_in = typer.Typer()
        stand_in.command(cmd_name, help=GROUPS[cmd_name][1])(lambda: None)
        return typer.main.get_command(stand_in)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:  # noqa: ANN401 - as above
        """Import the command that is run."""
        name, command, rest = super().resolve_command(ctx, args)
        if command is not None and name in GROUPS:
            module = importlib.import_module(f"feeshare.cli.{GROUPS[name][0]}")
            command = typer.main.get_command(module.COMMANDS[name])
            command.name = name
        return name, command, rest


app = typer.Typer(
    cls=LazyGroup,
    no_args_is_help=True,
    rich_markup_mode=None,  # plain help: importing what frames it takes longer than all the rest
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Fee-share accounting and payouts: from an exchange's statement to a settled payout.",
)


def _version(value: bool) -> None:
    if value:
        from importlib.metadata import version

        print(version("feeshare"))
        raise typer.Exit


@app.callback()
def root(
    context: typer.Context,
    actor: Annotated[
        str | None, typer.Option("--as", help="Who acts; else FEESHARE_ACTOR.", metavar="USER")
    ] = None,
    request_id: Annotated[
        str | None,
        typer.Option(
            "--request-id",
            help="A key for this write, for ever: asked again, it is not done again.",
            metavar="KEY",
        ),
    ] = None,
    version: Annotated[  # noqa: ARG001 - handled by its callback
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Take the options that every command shares."""
    context.obj = Asked(actor=actor, request_id=request_id)


def run() -> None:
    """Run the command line; turn a refusal into its message on stderr and its exit status."""
    # Most of a command's time goes into imports, and a tenth of that into looking for cycles
    # among objects that live until the end.
    gc.set_threshold(100_000)
    try:
        # A command writes one change at most, and prints once it is written.
        retried(app)
    except Refusal as refusal:
        print(f"{refusal.code}: {refusal.message}", file=sys.stderr)
        if refusal.mend:
            print(refusal.mend, file=sys.stderr)
        raise SystemExit(refusal.exit_status) from None
    finally:
        # Python looks for cycles once more as it ends; nobody needs that memory any longer.
        gc.freeze()
