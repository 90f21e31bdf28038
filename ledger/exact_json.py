"""JSON from outside, read so that no number ever is a float and no name stands twice."""

import json
from collections.abc import Sequence
from decimal import Decimal


def parse(raw: bytes) -> object:
    """Return what a JSON text says; every number in it is a Decimal of exactly its digits.

    Raises:
        ValueError: it is not well-formed, not UTF-8, holds what is no number, or says something
            twice in one object.
    """
    try:
        return json.loads(
            raw.decode("utf-8"),
            parse_float=Decimal,
            parse_int=Decimal,
            parse_constant=_refuse,
            object_pairs_hook=_once,
        )
    except (ArithmeticError, RecursionError) as error:
        raise ValueError(str(error)) from None


def _refuse(constant: str) -> Decimal:
    raise ValueError(f"{constant} is no number")


def _once(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name stands twice in an object")
    return found
