"""Coverage: which final blocks were read whole for a wallet, without a gap.

Law: a range is recorded in one transaction with what was found in it, and begins where the last
one ended; the database refuses any other. What was read may be read again at any time, and adds
only what was missing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from msgspec import json
from sqlalchemy import select
from sqlalchemy.orm import Session

from chains.movements import Seen
from chains.tables import ChainCoverage, WalletWatch


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """Final blocks that providers agreed about, both ends included."""

    first: int
    last: int
    last_hash: str
    providers: tuple[str, ...]
    seen: Seen


def covered(session: Session, watch: WalletWatch) -> ChainCoverage | None:
    """Return the last range that was read onward for a watch; nothing before the first."""
    return session.scalars(
        select(ChainCoverage)
        .where(ChainCoverage.bank_account == watch.bank_account, ChainCoverage.again.is_(False))
        .order_by(ChainCoverage.first_block.desc())
        .limit(1)
    ).one_or_none()


def next_block(watch: WalletWatch, last: ChainCoverage | None) -> int:
    """Return the first block that was not read yet, after the last range that was."""
    return watch.first_block if last is None else last.last_block + 1


def record(
    session: Session, watches: Sequence[WalletWatch], read: Range, now: datetime, *, again: bool
) -> None:
    """Record a range that was read for these watches."""
    digest = digest_of(read.seen)
    for watch in watches:
        session.add(
            ChainCoverage(
                bank_account=watch.bank_account,
                first_block=read.first,
                last_block=read.last,
                last_hash=read.last_hash,
                again=again,
                providers=", ".join(sorted(read.providers)),
                digest=digest,
                recorded_at=now,
            )
        )
    session.flush()


def digest_of(seen: Seen) -> str:
    """Return the digest (hex) of what was seen, whoever told it and in whichever order."""
    told = [
        json.encode(
            [
                each.transaction,
                each.part,
                each.block_hash,
                each.block,
                each.at,
                each.contract,
                each.sender,
                each.recipient,
                str(each.units),
                each.doubt,
            ]
        )
        for each in seen.movements
    ]
    told += [
        json.encode([each.transaction, each.safe, each.safe_tx_hash, each.succeeded])
        for each in seen.executions
    ]
    return sha256(b"\n".join(sorted(told))).hexdigest()
