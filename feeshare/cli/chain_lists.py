"""The lists of `chain`: status, providers, deposits, proofs, transfers, alarms."""

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer
from sqlalchemy.orm import Session

from feeshare.cli.desk import Desk, desk_of
from feeshare.cli.output import AsCsv, AsJson, Cell, say, show
from ledger.errors import NeedsReview

if TYPE_CHECKING:
    from chains.deposit_states import Deposit


def add_lists(chain: typer.Typer) -> None:
    """Add the lists to the group of commands."""
    chain.command("status")(_status)
    chain.command("providers")(_providers)
    chain.command("deposits")(_deposits)
    chain.command("proof")(_proof)
    chain.command("transfers")(_transfers)
    chain.command("alarms")(_alarms)


def _status(context: typer.Context, as_json: AsJson = False, as_csv: AsCsv = False) -> None:
    """Show each watched wallet: what is read, how far behind, the next action."""
    desk = desk_of(context)
    with desk.read() as session:
        rows = list(_standings(desk, session))
    columns = (
        *("chain", "wallet", "kind", "first_block", "read_to", "final_block", "final_at"),
        *("lag_seconds", "last_success", "fault", "next_action"),
    )
    right = ("first_block", "read_to", "final_block", "lag_seconds")
    show("", columns, rows, as_json=as_json, as_csv=as_csv, right=right)


def _standings(desk: Desk, session: Session) -> Iterator[tuple[Cell, ...]]:
    from chains import coverage, health, watches

    scans = health.scans(session)
    for watch in watches.all_of(session):
        scan = scans.get(watch.chain)
        final_at = scan.final_at if scan else None
        action = "" if watch.chain in desk.settings.chains else "set its providers: feeshare.toml"
        if not action and (scan is None or scan.succeeded_at is None or scan.fault):
            action = f"feeshare chain scan {watch.chain}"
        read = coverage.covered(session, watch)
        yield (
            watch.chain,
            watch.bank_account,
            watch.kind,
            watch.first_block,
            read.last_block if read else None,
            scan.final if scan else None,
            final_at,
            _seconds(final_at, desk.now),
            scan.succeeded_at if scan else None,
            scan.fault if scan else "",
            action,
        )
    for account in watches.unwatched(session):
        action = f"feeshare chain watch {account.id}"
        yield (account.chain, account.id, *[None] * 7, "not watched", action)


def _seconds(since: datetime | None, until: datetime) -> int | None:
    return None if since is None else int((until - since).total_seconds())


def _providers(context: typer.Context, as_json: AsJson = False, as_csv: AsCsv = False) -> None:
    """List how each provider answered last."""
    from chains import health

    with desk_of(context).read() as session:
        rows = [
            (row.chain, row.provider, row.final, row.answered_at, row.failed_at, row.fault)
            for row in health.providers(session)
        ]
    columns = ("chain", "provider", "final_block", "answered_at", "failed_at", "fault")
    show("", columns, rows, as_json=as_json, as_csv=as_csv, right=("final_block",))


def _deposits(context: typer.Context, as_json: AsJson = False, as_csv: AsCsv = False) -> None:
    """List deposits: where each stands, for how long, against the promised time."""
    from chains import deposits

    desk = desk_of(context)
    with desk.read() as session:
        day = desk.now.date()
        promise = int(deposits.promised(session, day).total_seconds() // 60)
        found = deposits.all_deposits(session, day)
    rows = [_deposit(each, desk.now, promise) for each in found]
    columns = (
        *("bounty", "exchange", "state", "agreed", "arrived", "commodity", "chain", "transaction"),
        *("first_seen", "confirmed", "minutes", "promised_minutes", "late", "why", "next_action"),
    )
    right = ("agreed", "arrived", "minutes", "promised_minutes")
    show("", columns, rows, as_json=as_json, as_csv=as_csv, right=right)


def _deposit(each: "Deposit", now: datetime, promise: int) -> tuple[Cell, ...]:
    from feeshare.deposit_actions import next_action

    # Without a bounty it is what arrived that made it known.
    first = each.arrivals[0] if each.arrivals else None
    commodity = each.wanted.commodity if each.wanted else first.commodity if first else ""
    waited = _seconds(each.seen_at, each.confirmed_at or now)
    minutes = None if waited is None else waited // 60
    declared = ", ".join(each.wanted.declared) if each.wanted else ""
    return (
        each.wanted.bounty if each.wanted else "",
        each.wanted.exchange if each.wanted else "",
        each.state.value,
        each.wanted.amount if each.wanted else None,
        each.arrived if each.wanted or first is None else first.amount,
        commodity,
        first.chain if first else "",
        first.transaction if first else declared,
        each.seen_at,
        each.confirmed_at,
        minutes,
        promise,
        minutes is not None and minutes > promise,
        each.why,
        next_action(each),
    )


def _proof(
    context: typer.Context,
    find: Annotated[
        tuple[str, str] | None,
        typer.Option("--find", metavar="WALLET COMMODITY", help="Find where a residue starts."),
    ] = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """Show what each wallet should hold at the newest final block, and what it holds there."""
    from feeshare.chain_checking import proved

    desk = desk_of(context)
    if find is not None:
        _find(desk, *find)
        return
    with desk.read() as session:
        found = proved(session)
    rows = [
        (
            each.chain,
            each.wallet,
            each.commodity,
            each.block,
            each.opening,
            each.came_in,
            each.went_out,
            each.expected,
            each.on_chain,
            each.residue,
            each.booked,
            each.recorded_at,
        )
        for each in found
    ]
    columns = (
        *("chain", "wallet", "commodity", "block", "opening", "came_in", "went_out"),
        *("expected", "on_chain", "residue", "booked", "recorded_at"),
    )
    show("", columns, rows, as_json=as_json, as_csv=as_csv, right=columns[3:-1])
    if any(each.residue for each in found):
        raise NeedsReview(
            "A balance is not what moved makes it.",
            mend="feeshare chain proof --find WALLET COMMODITY says where that starts.",
        )


def _find(desk: Desk, wallet: str, commodity: str) -> None:
    from feeshare.chain_checking import start_of_residue
    from feeshare.chain_setup import setup_named
    from ledger import bank
    from ledger.money import plain

    with desk.read() as session:
        chain = bank.account_named(session, wallet).chain or ""
    found = start_of_residue(desk.engine, setup_named(desk.settings, chain), wallet, commodity)
    if found is None:
        say(f"{wallet} has no residue of {commodity}.")
        return
    where = f"in block {found.at}"
    if found.at - found.before > 1:
        where = f"after block {found.before}, by block {found.at}; older balances are not kept"
    say(f"The residue of {wallet} starts {where}: {plain(found.residue)} {commodity}.")


def _transfers(
    context: typer.Context,
    wallet: Annotated[str | None, typer.Option("--wallet", help="Of one wallet alone.")] = None,
    as_json: AsJson = False,
    as_csv: AsCsv = False,
) -> None:
    """List final transfers with what each is: booked, or why it is not."""
    from feeshare.chain_transfers import standings

    with desk_of(context).read() as session:
        rows = [
            (
                each.wallet,
                each.block,
                each.at,
                each.transaction,
                each.part,
                each.direction,
                each.counterparty,
                each.commodity,
                each.contract,
                each.amount,
                each.standing,
            )
            for each in standings(session, wallet)
        ]
    columns = (
        *("wallet", "block", "at", "transaction", "part", "direction", "counterparty"),
        *("commodity", "contract", "amount", "standing"),
    )
    show("", columns, rows, as_json=as_json, as_csv=as_csv, right=("block", "amount"))


def _alarms(context: typer.Context, as_json: AsJson = False, as_csv: AsCsv = False) -> None:
    """List what is wrong on chains now: money that nobody asked for, residues, faults."""
    from feeshare.chain_alarms import alarms

    desk = desk_of(context)
    with desk.read() as session:
        found = alarms(session, desk.settings, desk.now)
    rows = [(each.kind, each.subject, each.what, each.next_action) for each in found]
    columns = ("alarm", "subject", "what", "next_action")
    show("", columns, rows, as_json=as_json, as_csv=as_csv)
    if found:
        raise NeedsReview(f"{len(found)} alarms.", mend="Each line has its next action.")
