"""What is known of a payout batch from its chain: what was signed, how parts ended, who paid.

Law: only what is final and was read without a gap counts. A part whose hash was carried out ran or
failed; one whose nonce the Safe has used by then, and whose hash is not among what was carried
out, can never run. On Solana looks at nonce accounts say so.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import cache

from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from feeshare import nonce_watching
from feeshare.database import reading, writing
from ledger.bank_tables import BankAccount
from ledger.sealing import Change
from payouts import settlement
from payouts.batches import State, states_of
from payouts.contents import batch_named
from payouts.outgoing import open_outgoing
from payouts.parts import Ended, Outcome
from payouts.reimbursements import SignersFee
from payouts.settlement import OnChain, Settlement
from payouts.tables import PayoutBatch

# Where a transaction carried out several of a Safe's, nothing says whose its rows are.
_SIGNED = text("""
    SELECT k.id, min(e.safe_tx_hash) AS hash
    FROM bank_lines k
    JOIN wallet_watches w ON w.bank_account = k.bank_account
    JOIN chain_executions e ON e.chain = w.chain AND e.safe = w.address
        AND e.transaction = split_part(k.external_id, '/', 1)
    WHERE k.bank_account = :account AND k.amount < 0
    GROUP BY k.id HAVING count(*) = 1
    UNION
    SELECT k.id, u.message_hash
    FROM bank_lines k
    JOIN nonce_uses u ON u.signature = split_part(k.external_id, '/', 1) AND u.succeeded
    JOIN payout_parts p ON p.transaction_hash = u.message_hash
    WHERE k.bank_account = :account AND k.amount < 0
""")

_ENDED = text("""
    SELECT p.part, CASE WHEN e.succeeded THEN 'ran' ELSE 'failed' END AS outcome,
        e.transaction, e.block
    FROM payout_parts p
    JOIN payout_batches b ON b.id = p.batch
    JOIN wallet_watches w ON w.bank_account = b.source_account
    JOIN chain_executions e ON e.chain = w.chain AND e.safe = w.address
        AND e.safe_tx_hash = p.transaction_hash
    WHERE p.batch = :batch
    UNION ALL
    SELECT p.part, 'replaced', '', min(n.block)
    FROM payout_parts p
    JOIN execution_slots s ON s.batch = p.batch AND s.part = p.part
    JOIN wallet_watches w ON w.bank_account = s.source_account
    JOIN safe_nonces n ON n.chain = w.chain AND n.safe = w.address AND n.nonce > s.nonce
        AND n.block <= covered_to(w.bank_account)
    WHERE p.batch = :batch AND NOT EXISTS (
        SELECT 1 FROM chain_executions e WHERE e.chain = w.chain AND e.safe = w.address
        AND e.safe_tx_hash = p.transaction_hash)
    GROUP BY p.part
    ORDER BY 1
""")


# By the policy of the day, and not given back yet.
_SIGNERS_FEES = text("""
    SELECT DISTINCT p.batch, f.transaction, f.payer, f.units, f.at
    FROM payout_parts p
    JOIN payout_batches b ON b.id = p.batch
    JOIN chain_executions e ON e.chain = b.chain AND e.safe_tx_hash = p.transaction_hash
    JOIN chain_fees f ON f.chain = e.chain AND f.transaction = e.transaction
    WHERE (CAST(:batch AS text) IS NULL OR p.batch = :batch) AND f.units > 0
        AND house_rule('fee-reimbursement', (f.at AT TIME ZONE 'UTC')::date) = '"signer"'::jsonb
        AND NOT EXISTS (
            SELECT 1 FROM bank_accounts a WHERE bare_address(a.address) = bare_address(f.payer))
        AND NOT EXISTS (
            SELECT 1 FROM fee_reimbursements r
            WHERE r.chain = f.chain AND r.transaction = f.transaction)
    ORDER BY f.at, f.transaction
""")


def settle(change: Change, batch: str, chosen: Mapping[int, str] | None = None) -> Settlement:
    """Settle a batch with all that is known of it from its chain; as `payouts.settlement` does."""
    return settlement.settle(
        change, batch, chosen=chosen, on_chain=on_chain(change.session, batch)
    )


def settle_all(engine: Engine, chain: str, *, actor: str, at: datetime) -> list[Settlement]:
    """Settle what is open of a chain's batches, and find what left twice; again changes nothing.

    Nothing is locked where no batch of the chain is out, or nothing left its wallet unexplained.
    """
    with reading(engine) as session:
        waiting = _waiting(session, chain)
    if not waiting:
        return []
    with writing(engine, actor=actor, reason=f"settle payouts on {chain}", at=at) as change:
        return [settle(change, batch) for batch in waiting]


def _waiting(session: Session, chain: str) -> list[str]:
    @cache
    def is_unexplained(source: str) -> bool:
        return bool(open_outgoing(session, session.get_one(BankAccount, source)))

    wanted = select(PayoutBatch).where(PayoutBatch.chain == chain)
    batches = session.scalars(wanted.order_by(PayoutBatch.change_no)).all()
    states = states_of(session, [batch.id for batch in batches])
    return [
        batch.id
        for batch in batches
        if states[batch.id] is State.EXPORTED
        or (states[batch.id] in settlement.ENDED and is_unexplained(batch.source_account))
    ]


def on_chain(session: Session, batch: str) -> OnChain:
    """Return what is known of a batch from its chain; nothing where a bank pays.

    Raises:
        UnknownReference: there is no such batch.
    """
    source = batch_named(session, batch).source_account
    return OnChain(
        signed={row.id: row.hash for row in session.execute(_SIGNED, {"account": source})},
        ended=[
            Ended(
                part=row.part,
                outcome=Outcome(row.outcome),
                transaction=row.transaction,
                block=row.block,
            )
            for row in session.execute(_ENDED, {"batch": batch})
        ]
        + nonce_watching.ended(session, batch),
        signers_fees=signers_fees(session, batch),
    )


def signers_fees(session: Session, batch: str | None = None) -> list[SignersFee]:
    """Return the fees of a batch, or of all, that signers paid and that are to be given back."""
    return [
        SignersFee(
            batch=row.batch,
            transaction=row.transaction,
            payer=row.payer,
            units=row.units,
            at=row.at,
        )
        for row in session.execute(_SIGNERS_FEES, {"batch": batch})
    ]
