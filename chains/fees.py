"""Fees of executions: who paid the network for what a Safe of ours carried out.

Law: a fee is kept once for a transaction, as enough providers tell it alike, of a final block.
"""

from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from chains.movements import Fee, Reader
from chains.providers import Panel
from chains.tables import ChainExecution, ChainFee

ASKED_FOR = timedelta(days=90)
"""For so long after an execution its fee is asked for; nodes drop older receipts."""


def unknown(session: Session, chain: str, now: datetime) -> list[ChainExecution]:
    """Return a recent execution of each transaction whose fee is not known, oldest first."""
    rows = session.scalars(
        select(ChainExecution)
        .outerjoin(
            ChainFee,
            (ChainFee.chain == ChainExecution.chain)
            & (ChainFee.transaction == ChainExecution.transaction),
        )
        .where(
            ChainExecution.chain == chain,
            ChainExecution.at > now - ASKED_FOR,
            ChainFee.chain.is_(None),
        )
        .order_by(ChainExecution.block, ChainExecution.safe_tx_hash)
    )
    return list({row.transaction: row for row in rows}.values())


def told(panel: Panel, execution: ChainExecution) -> ChainFee:
    """Return the fee of an execution as enough providers tell it alike.

    Raises:
        ProvidersTooFew: too few answer.
        ProvidersDisagree: they answer different things.
    """
    # Loaded here: whoever only reads the books does without.
    from chains.evm_reader import EvmReader

    transaction = execution.transaction

    def asked(reader: Reader) -> Fee:
        if not isinstance(reader, EvmReader):
            raise TypeError(f"{reader.provider} serves no EVM chain")
        return reader.fee(transaction)

    fee = panel.alike(asked, f"the fee of {transaction}")
    return ChainFee(
        chain=execution.chain,
        transaction=transaction,
        payer=fee.payer,
        units=Decimal(fee.units),
        block=execution.block,
        at=execution.at,
    )
