"""Alarms of chains: what nobody asked for, what failed, does not add up, or stands still."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from chains import booking, health, proofs, watches
from chains.registry import chain_named
from chains.tables import ChainExecution, WalletWatch
from feeshare.payout_chain import signers_fees
from feeshare.settings import Settings
from ledger.bank_tables import BankAccount, BankLine
from ledger.money import CONTEXT, plain
from ledger.revenue.transfers import own_accounts
from payouts import payee_signers
from payouts.outgoing import uninstructed

SILENT_INTERVALS = 8
"""A chain whose scanning succeeded so many intervals ago stands still."""

SILENT_AT_LEAST = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """Something that a person has to look at now, and how."""

    kind: str
    subject: str
    what: str
    next_action: str


def alarms(session: Session, settings: Settings, now: datetime) -> list[Alarm]:
    """Return what is wrong on chains now, the gravest first."""
    return [
        *_uninstructed(session),
        *_failed_executions(session),
        *_signers_fees(session),
        *_residues(session),
        *_standing_still(session, settings, now),
        *_providers(session),
    ]


def _uninstructed(session: Session) -> Iterator[Alarm]:
    accounts = own_accounts(session.scalars(select(BankAccount)))
    for watch in watches.all_of(session):
        account = session.get_one(BankAccount, watch.bank_account)
        for line in uninstructed(session, account):
            if _is_watched(watch, line) and line.counterparty.lower() not in accounts:
                yield Alarm(
                    kind="outgoing without an instruction",
                    subject=line.id,
                    what=f"{plain(CONTEXT.minus(line.amount))} {line.commodity} left "
                    f"{watch.bank_account} for {line.counterparty or 'an unknown account'} "
                    f"on {line.on}",
                    next_action=f"Find out who sent it; then feeshare match {line.id} DOCUMENT",
                )


def _is_watched(watch: WalletWatch, line: BankLine) -> bool:
    return line.on >= watch.since and line.memo != booking.NETWORK_FEE


def _failed_executions(session: Session) -> Iterator[Alarm]:
    failed = select(ChainExecution).where(ChainExecution.succeeded.is_(False))
    for row in session.scalars(failed.order_by(ChainExecution.block)):
        yield Alarm(
            kind="Safe transaction failed",
            subject=row.safe_tx_hash,
            what=f"{row.transaction} used the nonce of {row.safe} and paid nothing",
            next_action="Look at its batch: feeshare payout list",
        )


def _signers_fees(session: Session) -> Iterator[Alarm]:
    found = signers_fees(session)
    payees = payee_signers.payees_of(session, [fee.payer for fee in found])
    for fee in found:
        payee = payees.get(fee.payer)
        yield Alarm(
            kind="network fee not given back",
            subject=fee.transaction,
            what=f"{fee.payer} paid for {fee.batch} and is {payee or 'nobody we know'}",
            next_action=f"feeshare payout settle {fee.batch}"
            if payee
            else f"feeshare payee signer add PAYEE {fee.payer}",
        )


def _residues(session: Session) -> Iterator[Alarm]:
    chains = {watch.bank_account: watch.chain for watch in watches.all_of(session)}
    for row in proofs.residues(session):
        token = watches.tokens_of(session, chains[row.bank_account])[row.contract]
        residue = token.amount(CONTEXT.subtract(row.on_chain, row.expected))
        yield Alarm(
            kind="balance not proved",
            subject=f"{row.bank_account} {token.commodity}",
            what=f"{plain(residue)} beyond what moved, at block {row.block}",
            next_action=f"feeshare chain proof --find {row.bank_account} {token.commodity}",
        )


def _standing_still(session: Session, settings: Settings, now: datetime) -> Iterator[Alarm]:
    limit = max(SILENT_AT_LEAST, SILENT_INTERVALS * timedelta(seconds=settings.scan_seconds))
    known = health.scans(session)
    for chain in sorted({watch.chain for watch in watches.all_of(session)}):
        scan = known.get(chain)
        last = scan.succeeded_at if scan else None
        if last is None or now - last > limit:
            fault = scan.fault if scan else ""
            yield Alarm(
                kind="scanning stands still",
                subject=chain,
                what=f"last success {last:%Y-%m-%dT%H:%M:%SZ}" if last else "never succeeded",
                next_action=fault or f"feeshare worker, or feeshare chain scan {chain}",
            )
        elif scan and scan.fault:
            yield Alarm(
                kind="scanning found a fault",
                subject=chain,
                what=scan.fault,
                next_action="feeshare chain providers",
            )
        if scan and scan.final_at and now - scan.final_at > chain_named(chain).patience:
            yield Alarm(
                kind="finality stalls",
                subject=chain,
                what=f"the newest final block is of {scan.final_at:%Y-%m-%dT%H:%M:%SZ}",
                next_action="Nothing newer is confirmed until it moves; feeshare chain providers",
            )


def _providers(session: Session) -> Iterator[Alarm]:
    for row in health.providers(session):
        if row.fault:
            yield Alarm(
                kind="provider fails",
                subject=f"{row.chain} {row.provider}",
                what=row.fault,
                next_action="It is left out while it fails; mend or replace it in feeshare.toml",
            )
