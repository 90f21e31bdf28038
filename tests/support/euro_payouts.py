"""Payouts in euros: an account of ours with its holder, payees with IBANs, a batch."""

from ledger import bank, confirmations, parties
from payouts import account_holders, batches, destinations, plans
from payouts.batches import Frozen
from payouts.exports import Exported
from support.books import Books
from support.payouts import BEFORE_THE_HOLD, PERIOD, TODAY, approve, export, fund, furnish, owe

EURO_BANK = "bank-euro"
OUR_IBAN = "NL91ABNA0417164300"
HOLDER, BIC = "Example Foundation", "ABNANL2A"
PAYEES = {"zoe": "DE89370400440532013000", "max": "FR1420041010050500013M02606"}


def furnish_euros(books: Books, *, confirmed: bool = True) -> None:
    """Add an account in euros, payees in Germany and France, and what they are owed."""
    furnish(books)
    now, books.at = books.at, BEFORE_THE_HOLD
    with books.write() as change:
        bank.add_account(change, EURO_BANK, kind="bank", purpose="operating", address=OUR_IBAN)
        account_holders.request(change, EURO_BANK, HOLDER, BIC)
        for payee, iban in PAYEES.items():
            parties.add(change, name=payee.title(), kind="payee")
            destinations.request(change, payee, "wire", iban, holder=payee.title())
    with books.write("erin") as change:
        confirmations.confirm_account(change, EURO_BANK)
        if confirmed:
            account_holders.confirm(change, EURO_BANK)
        for payee in PAYEES:
            destinations.confirm(change, f"{payee}:wire:1")
    books.at = now
    fund(books, "1000", "EUR", EURO_BANK)
    with books.write() as change:
        owe(change, "share:zoe", "zoe", "300.5", commodity="EUR")
        owe(change, "share:max", "max", "20", commodity="EUR")


def freeze_euros(books: Books) -> Frozen:
    """Freeze what is owed in euros, and return its batch."""
    with books.read() as session:
        hashed = plans.plan(session, PERIOD, on=TODAY).hash
    with books.write() as change:
        [batch] = batches.submit(change, hashed, PERIOD, on=TODAY, nonces={}).batches
    return batch


def export_euros(books: Books, batch: Frozen) -> Exported:
    """Approve a batch by as many as it takes, none of whom is paid, and export it."""
    approve(books, batch, *("carol", "dave", "alice")[: batch.checkers])
    return export(books, batch)
