"""Bank details beside a destination: the bank's code and country, asked for with the account.

Law: they are written by the change that asks for the destination, so that whoever confirms one
confirms both, and the destination's id, which a batch's content hash covers, stands for both.
"""

from ledger.errors import BadInput, Problem, ReferenceReused
from ledger.sealing import Change
from payouts.destinations import WIRE, Requested
from payouts.rails.bank_codes import bank_code_problems
from payouts.tables import DestinationBank


def problems_of(rail: str, code: str | None, country: str | None) -> list[Problem]:
    """Return what is wrong with bank details, which only wires have, and both or none of them."""
    if not code and not country:
        return []
    if rail != WIRE:
        expected = "nothing: a chain knows no bank"
        return [Problem(code="bank_details", column="bank code", value=code, expected=expected)]
    return bank_code_problems(code or "", country or "")


def add(change: Change, requested: Requested, code: str | None, country: str | None) -> None:
    """Write the bank details of a destination that this change asked for.

    Raises:
        BadInput: the code or the country is none.
        ReferenceReused: the destination was asked for with other details.
    """
    problems = problems_of(WIRE, code, country)
    if problems:
        raise BadInput(problems)
    if requested.new:
        if code and country:
            change.add(DestinationBank(destination=requested.id, bank_code=code, country=country))
        return
    known = change.session.get(DestinationBank, requested.id)
    before = (known.bank_code, known.country) if known else (None, None)
    if before != (code or None, country or None):
        told = " ".join(filter(None, before)) or "no bank code"
        raise ReferenceReused("Destination", requested.id, told)
