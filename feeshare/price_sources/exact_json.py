"""JSON that a source of prices answers with, read exactly."""

from feeshare.price_sources.source import AnswerInvalid
from ledger import exact_json


def parse(source: str, raw: bytes) -> object:
    """Return what an answer says; every number in it is a Decimal of exactly its digits.

    Raises:
        AnswerInvalid: it is not well-formed, or holds what is no number.
    """
    try:
        return exact_json.parse(raw)
    except ValueError as error:
        raise AnswerInvalid(source, f"no JSON that can be read ({error})") from None
