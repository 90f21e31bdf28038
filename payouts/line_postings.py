"""What a line moves in the books beside the money: obligations, what is netted, what is converted.

Law: the database has the same (`line_postings`, `conversion_postings`) and refuses entries that
differ. A line that converts goes through the account of its pair, balanced in both commodities.
"""

from ledger import obligations
from ledger.accounts import add_conversion_account
from ledger.journal import Posting
from ledger.money import CONTEXT
from ledger.sealing import Change
from payouts.contents import Contents
from payouts.tables import PayoutLine


def settling_postings(change: Change, contents: Contents, line: PayoutLine) -> list[Posting]:
    """Return what settling a line moves beside the money."""
    owed_in = contents.owed(line).commodity
    return [
        *(
            Posting(
                obligations.named(change.session, part.obligation).payable_account,
                part.amount,
                owed_in,
                line.payee,
                part.obligation,
            )
            for part in contents.obligations_of(line.line)
        ),
        *(
            Posting(
                offset.account,
                CONTEXT.minus(offset.amount),
                owed_in,
                line.payee,
                offset.document,
            )
            for offset in contents.offsets_of(line.line)
        ),
        *conversion_postings(change, contents, line),
    ]


def conversion_postings(change: Change, contents: Contents, line: PayoutLine) -> list[Posting]:
    """Return the two legs of a line that converts; none where it pays what is owed."""
    conversion = contents.converted(line.line)
    if conversion is None:
        return []
    pair = add_conversion_account(change, conversion.commodity, line.commodity)
    document = f"{line.batch}#{line.line}"
    return [
        Posting(pair, CONTEXT.minus(conversion.owed), conversion.commodity, line.payee, document),
        Posting(pair, line.amount, line.commodity, line.payee, document),
    ]
