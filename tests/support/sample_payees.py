"""What is said of payees in sample books: a row of every kind, ada's second address frozen."""

from datetime import date
from decimal import Decimal

from payouts.destination_tables import (
    DestinationDeposit,
    DestinationFinding,
    DestinationFreeze,
    DestinationLift,
    DestinationLiftConfirmation,
    DestinationOverride,
    DestinationOverrideConfirmation,
    DestinationProof,
    DestinationVoucher,
)
from payouts.payee_tables import (
    Notice,
    PayeeContact,
    PayeeForm,
    PayeeHold,
    PayeeHoldLift,
    PayeeMinimum,
    PayeePreference,
)
from payouts.signer_tables import PayeeSigner, PayeeSignerConfirmation
from payouts.tables import Destination
from support.books import Books
from support.sample_entries import add_each

SECOND = "d:ada:2"
ADDRESS = "0xADA2"
SIGNER = "0x" + "b0" * 20


def notice(number: int, event: str) -> Notice:
    return Notice(
        number=number,
        payee="ada",
        contact=1,
        destination=SECOND,
        event=event,
        text="=told, with care",
    )


def ask(books: Books) -> None:
    """Ask for a second address of ada's, with all that one person says of it and of her."""
    with books.write(actor="treasurer") as change:
        change.add(
            PayeeContact(
                payee="ada", number=1, channel="github", address="=ada", added_by="treasurer"
            )
        )
    with books.write(actor="treasurer") as change:
        add_each(
            change,
            Destination(
                id=SECOND,
                payee="ada",
                rail="safe",
                chain="ethereum",
                address=ADDRESS,
                commodity=None,
                holder=None,
                requested_by="treasurer",
                source="",
            ),
            DestinationDeposit(destination=SECOND, exchange="Kraken", memo=None),
            notice(1, "request"),
            DestinationFinding(
                destination=SECOND, number=1, kind="safe", detail="a Safe", found_at=change.at
            ),
            DestinationOverride(
                number=1,
                payee="ada",
                address=ADDRESS,
                risk="recipient_contract",
                other="contract",
                reason="theirs",
                proposed_by="treasurer",
            ),
            DestinationProof(
                destination=SECOND,
                key="new",
                signer=ADDRESS,
                scheme="eip-191",
                message="m",
                signature="s",
            ),
            PayeeMinimum(
                payee="ada",
                number=1,
                rail="safe",
                commodity="USDT",
                amount=Decimal("0.5"),
                effective_from=date(2023, 12, 1),
                set_by="treasurer",
            ),
            PayeePreference(
                payee="bob",
                number=1,
                commodity="USDT",
                effective_from=date(2023, 12, 1),
                source="=asked, by mail",
                set_by="treasurer",
            ),
            PayeeSigner(
                address=SIGNER, payee="bob", source="=asked, by mail", registered_by="treasurer"
            ),
            PayeeHold(
                payee="ada",
                number=1,
                reason="a dispute",
                held_from=date(2023, 12, 1),
                held_until=date(2023, 12, 31),
                added_by="treasurer",
            ),
            PayeeForm(
                payee="ada",
                kind="tax",
                number=1,
                status="approved",
                valid_until=date(2024, 12, 31),
                set_by="treasurer",
            ),
        )


def answer(books: Books) -> None:
    """Say a second person's word on all of it, freeze the address, and lift that."""
    with books.write(actor="second") as change:
        add_each(
            change,
            PayeeSignerConfirmation(address=SIGNER, confirmed_by="second"),
            DestinationOverrideConfirmation(override=1, confirmed_by="second"),
            DestinationVoucher(
                destination=SECOND, vouched_by="second", reason="a call", evidence=None
            ),
            PayeeHoldLift(payee="ada", number=1, lifted_by="second", reason="settled"),
            DestinationFreeze(
                destination=SECOND, number=1, frozen_by="second", reason="is it hers?"
            ),
            notice(2, "freeze"),
        )
    with books.write(actor="treasurer") as change:
        change.add(
            DestinationLift(
                destination=SECOND, number=1, lifted_by="treasurer", reason="it is hers"
            )
        )
    with books.write(actor="second") as change:
        change.add(
            DestinationLiftConfirmation(destination=SECOND, number=1, confirmed_by="second")
        )
