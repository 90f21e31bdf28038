"""JSON from outside, read so that no number ever is a float."""

import json
from decimal import Decimal

from feeshare.price_sources.source import AnswerInvalid


def _refuse(constant: str) -> Decimal:
    raise ValueError(f"{constant} is no number")


def read(raw: bytes) -> object:
    """Return what a JSON text says; every number in it is a Decimal of exactly its digits.

    Raises:
        ValueError: it is not well-formed, or holds what is no number.
    """
    try:
        return json.loads(
            raw.decode("utf-8"), parse_float=Decimal, parse_int=Decimal, parse_constant=_refuse
        )
    except (ArithmeticError, RecursionError) as error:
        raise ValueError(str(error)) from None


def parse(source: str, raw: bytes) -> object:
    """Return what an answer says, as `read` does.

    Raises:
        AnswerInvalid: it is not well-formed, or holds what is no number.
    """
    try:
        return read(raw)
    except ValueError as error:
        raise AnswerInvalid(source, f"no JSON that can be read ({error})") from None
