"""Network fees that our own wallets paid for a batch.

Law: a fee is posted once, for what the bank line says, in the chain's own coin only.
"""

from sqlalchemy import select

from ledger import bank, periods
from ledger.accounts import Chart
from ledger.bank_tables import BankLine, Token
from ledger.journal import JournalEntry, Posting, post_one
from ledger.sealing import Change
from payouts.contents import Contents

FEE_KIND = "network-fee"

FEE_MEMO = "network fee "
"""How a bank line says that it is the network fee of the batch named after it."""


def post_fees(
    change: Change, contents: Contents, bank_lines: dict[str, BankLine]
) -> tuple[str, ...]:
    """Post the batch's network fees, take them out of `bank_lines`, and return their ids."""
    session = change.session
    source = contents.source
    coin = session.scalar(
        select(Token.commodity).where(Token.chain == source.chain, Token.contract == "")
    )
    wanted = (FEE_MEMO + contents.batch.id).casefold()
    fees = [
        line
        for line in bank_lines.values()
        if line.commodity == coin and line.memo.strip().casefold() == wanted
    ]
    for line in fees:
        day, relates_to = periods.open_date(session, line.on)
        cost = -line.amount
        posted = post_one(
            change,
            JournalEntry(
                reference=f"network-fee:{line.id}",
                effective_date=day,
                kind="network-fee",
                narration=f"network fee of {contents.batch.id}",
                evidence=line.evidence,
                relates_to_period=relates_to,
                postings=[
                    Posting(
                        Chart.EXPENSE_NETWORK_FEES,
                        cost,
                        line.commodity,
                        document=contents.batch.id,
                    ),
                    Posting(source.account, -cost, line.commodity, document=contents.batch.id),
                ],
            ),
        )
        bank.match(
            change,
            line,
            kind=FEE_KIND,
            document=contents.batch.id,
            amount=line.amount,
            entry_number=posted.number,
            why=f"says {line.memo!r}",
        )
        del bank_lines[line.id]
    return tuple(line.id for line in fees)
