"""Codes of banks: BICs by country, routing numbers by check digit."""

import pytest

from payouts.rails.bank_codes import bank_code_problems


@pytest.mark.parametrize(
    ("code", "country"),
    [
        ("DEUTDEFF", "DE"),
        ("DEUTDEFF500", "DE"),
        ("CHASUS33", "US"),
        ("021000021", "US"),
        ("121000358", "US"),
        ("322271627", "US"),
        ("011401533", "US"),
    ],
)
def test_codes_of_banks_are_taken(code: str, country: str) -> None:
    assert bank_code_problems(code, country) == []


@pytest.mark.parametrize(
    ("code", "country", "column", "expected"),
    [
        ("DEUTDEFF", "FR", "bank code", "the BIC of a bank in FR, not in DE"),
        ("DEUTDEF", "DE", "bank code", "a BIC of 8 or 11"),
        ("deutdeff", "DE", "bank code", "a BIC of 8 or 11"),
        ("DEUTDEFF5000", "DE", "bank code", "a BIC of 8 or 11"),
        ("DEUT1EFF", "DE", "bank code", "a BIC of 8 or 11"),
        ("", "DE", "bank code", "a BIC of 8 or 11"),
        ("021000021", "DE", "bank code", "a BIC for a bank in DE"),
        ("021000022", "US", "bank code", "check digit"),
        ("021000012", "US", "bank code", "check digit"),
        ("02100002", "US", "bank code", "check digit"),
        ("000000000", "US", "bank code", "check digit"),
        ("٠٢١٠٠٠٠٢١", "US", "bank code", "check digit"),
        ("991000021", "US", "bank code", "check digit"),
        ("DEUTDEFF", "", "bank country", "two capital letters"),
        ("DEUTDEFF", "Germany", "bank country", "two capital letters"),
    ],
)
def test_what_is_no_code_of_a_bank_there_is_refused(
    code: str, country: str, column: str, expected: str
) -> None:
    [problem] = bank_code_problems(code, country)
    assert (problem.code, problem.column) == ("bank_details", column)
    assert expected in problem.expected
    assert "as the bank prints them" in problem.mend
