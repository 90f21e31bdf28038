"""What is chosen on the command line of payouts: bank lines that paid lines."""

from collections.abc import Sequence

from ledger.errors import BadInput, Problem


def chosen_in(given: Sequence[str], target: str) -> dict[int, str]:
    """Return bank lines by line from LINE=BANK_LINE, for one batch.

    Raises:
        BadInput: one is written otherwise, or the target is a month.
    """
    chosen: dict[int, str] = {}
    for each in given:
        line, _, bank_line = each.partition("=")
        if ":" not in target or not bank_line or not (line.isascii() and line.isdigit()):
            raise BadInput(
                [
                    Problem(
                        code="choice_invalid",
                        place="--choose",
                        value=each,
                        expected="LINE=BANK_LINE for one batch, such as 2=wallet/0xabc",
                    )
                ]
            )
        chosen[int(line)] = bank_line
    return chosen
