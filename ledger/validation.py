"""What is checked of input everywhere: amounts that can be paid, evidence, an id's one content."""

from collections.abc import Set as AbstractSet
from datetime import date
from decimal import Decimal

from sqlalchemy import inspect
from sqlalchemy.orm import Session

from ledger import commodities
from ledger.base import Sealed
from ledger.encoding import text_of
from ledger.errors import BadInput, Problem, ReferenceReused
from ledger.money import plain, scale_of


def bad_input(*, code: str, place: str, expected: str, value: str | None = None) -> BadInput:
    """Return the refusal of an input with one thing wrong."""
    return BadInput([Problem(code=code, place=place, expected=expected, value=value)])


def require_payable(session: Session, amount: Decimal, commodity: str, place: str) -> None:
    """Refuse an amount that is not positive, or finer than the commodity's payable unit.

    Raises:
        UnknownReference: no commodity has this code.
        BadInput: the amount cannot be paid.
    """
    scale = commodities.scale_of(session, commodity)
    if amount <= 0 or scale_of(amount) > scale:
        raise bad_input(
            code="amount_invalid",
            place=place,
            value=plain(amount),
            expected=f"a positive amount of at most {scale} decimals in {commodity}",
        )


def require_same(kind: str, known: Sealed, wanted: Sealed, *, without: AbstractSet[str]) -> None:
    """Refuse a record under an id that stands for another content; name what differs.

    Raises:
        ReferenceReused: a field other than those in `without` differs.
    """
    columns = [column.key for column in inspect(type(known)).column_attrs]
    differs = [
        f"{name} is {text_of(getattr(known, name))}"
        for name in columns
        if name not in {"change_no", *without} and getattr(known, name) != getattr(wanted, name)
    ]
    if differs:
        raise ReferenceReused(kind, str(getattr(known, columns[0])), ", ".join(differs))


def require_evidence(text: str, place: str) -> None:
    """Refuse a blank reason or evidence.

    Raises:
        BadInput: it is blank.
    """
    if not text.strip():
        raise bad_input(code="evidence_missing", place=place, expected="what shows it, or why")


def require_not_later(day: date, today: date, place: str) -> None:
    """Refuse a day, or a month by its first day, that has not come yet.

    Raises:
        BadInput: it has not.
    """
    if day > today:
        expected = f"{today} or earlier: what has not happened yet is not recorded"
        raise bad_input(code="date_invalid", place=place, value=day.isoformat(), expected=expected)
