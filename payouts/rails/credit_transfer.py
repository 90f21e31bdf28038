"""SEPA credit transfers: a batch in euros as pain.001.001.09, which banks take in place of a CSV.

Law: the message is a library's and is held to its schema before anybody gets it; what the library
makes up, ids and the time, is the batch's own in its place, so that a batch gives the same bytes.
Each payment is asked to be booked by itself, as a line is settled by its own booking.
"""

import re

from ledger.errors import BadInput, Problem
from payouts.rails.ibans import bank_problem, compact_account, is_sound_iban, sepa_problems
from payouts.rails.instructions import (
    Debtor,
    ExportedFile,
    Instruction,
    Payment,
    at_line,
    file_stem,
    units,
)

EURO = "EUR"
CENTS = 2
SCHEMA = "pain.001.001.09"

END_TO_END_LENGTH = 35
"""Most characters of an end-to-end id (ISO 20022, Max35Text)."""

SLASHES = re.compile(r"^/|/$|//")
"""What no id of a SEPA message may have (EPC230-15)."""

MESSAGE_ID_LENGTH = 32
"""Of the content hash's characters, as many as an id of a message takes."""


def fits(instruction: Instruction) -> bool:
    """Return whether a batch is one for SEPA: all in euros, from an account with a holder."""
    return instruction.debtor is not None and all(
        payment.commodity == EURO and payment.token is None for payment in instruction.payments
    )


def problems_of(instruction: Instruction) -> list[Problem]:
    """Return what SEPA would refuse beyond what any bank would, each with its line."""
    problems = []
    if not is_sound_iban(instruction.source):
        problems.append(bank_problem("source", instruction.source, "an IBAN of ours"))
    for payment in instruction.payments:
        found = sepa_problems(payment.address)
        if len(payment.reference) > END_TO_END_LENGTH or SLASHES.search(payment.reference):
            expected = (
                f"at most {END_TO_END_LENGTH} characters as an end-to-end id, no slash at its "
                "ends and none doubled"
            )
            found.append(bank_problem("reference", payment.reference, expected))
        if payment.bank_code is not None and payment.bank_code.isdecimal():
            found.append(bank_problem("bank code", payment.bank_code, "a BIC"))
        problems += at_line(found, instruction, payment.line)
    return problems


def file_of(instruction: Instruction) -> ExportedFile:
    """Return a batch as a message that is valid after its schema.

    Raises:
        BadInput: the schema refuses it.
        TypeError: nobody is known to hold the account.
    """
    from sepaxml import SepaTransfer
    from sepaxml.validation import ValidationError, try_valid_xml

    if instruction.debtor is None:
        raise TypeError("a credit transfer needs the holder of the account that pays")
    transfer = SepaTransfer(_told(instruction, instruction.debtor), schema=SCHEMA, clean=False)
    for payment in instruction.payments:
        transfer.add_payment(_payment(payment, instruction))
    content = _with_ids(transfer.export(validate=False), instruction)
    try:
        try_valid_xml(content, SCHEMA)
    except ValidationError as error:
        expected = f"a message that {SCHEMA} allows ({error.__cause__})"
        place = f"batch {instruction.batch}"
        raise BadInput(
            [Problem(code="batch_unexecutable", place=place, expected=expected)]
        ) from error
    return ExportedFile(
        name=f"{file_stem(instruction.batch)}-{SCHEMA}.xml",
        content=content,
        media_type="application/xml",
    )


def _told(instruction: Instruction, debtor: Debtor) -> dict[str, object]:
    return {
        "name": debtor.holder,
        "IBAN": compact_account(instruction.source),
        "BIC": debtor.bic,
        "batch": True,
        "currency": EURO,
    }


def _payment(payment: Payment, instruction: Instruction) -> dict[str, object]:
    told: dict[str, object] = {
        "name": payment.payee_name,
        "IBAN": compact_account(payment.address),
        "amount": units(payment.amount, CENTS),
        "execution_date": instruction.created_at.date(),
        "description": payment.reference,
        "endtoend_id": payment.reference,
    }
    return told if payment.bank_code is None else {**told, "BIC": payment.bank_code}


def _with_ids(content: bytes, instruction: Instruction) -> bytes:
    """Return a message under ids that follow from its batch, with each payment booked alone."""
    from xml.etree.ElementTree import tostring

    from defusedxml.ElementTree import fromstring

    message_id = instruction.content_hash[:MESSAGE_ID_LENGTH]
    own = {
        "GrpHdr/MsgId": message_id,
        "GrpHdr/CreDtTm": instruction.created_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "PmtInf/PmtInfId": message_id,
        "PmtInf/BtchBookg": "false",
    }
    root = fromstring(content)
    namespace = {"": f"urn:iso:std:iso:20022:tech:xsd:{SCHEMA}"}
    for path, text in own.items():
        [element] = root.findall(f"CstmrCdtTrfInitn/{path}", namespace)
        element.text = text
    return bytes(tostring(root, "UTF-8", xml_declaration=True))
