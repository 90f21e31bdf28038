"""Amounts as options of the command line: plain decimal numbers, never floats."""

from decimal import Decimal

from ledger.money import parse_plain
from ledger.validation import bad_input


def quantity(option: str, text: str) -> Decimal:
    """Return the quantity that an option says.

    Raises:
        BadInput: it is none.
    """
    try:
        return parse_plain(text)
    except ValueError:
        raise bad_input(
            code="not_a_number",
            place=f"--{option}",
            value=text,
            expected="a plain decimal number such as 1234.5",
        ) from None


def optional_quantity(option: str, text: str | None) -> Decimal | None:
    """Return the quantity that an option says, nothing where it was not given.

    Raises:
        BadInput: it is none.
    """
    return None if text is None else quantity(option, text)
