"""Attacks on upkeep: waivers that nothing proves, years that do not add up, credits of nothing."""

from attacks.steps import ROW, Attacks, Seal, reversal_of


def basis(
    total: str = "0", *, months: int = 11, threshold: str = "200", above: str = "false"
) -> str:
    return (
        f"INSERT INTO waiver_bases VALUES ('b', 'c', '2023-09-10', '2023-08-31', {months}, 6, "
        f"{total}, {threshold}, {above}, {{n}})"
    )


def decision(outcome: str, *, year: str = "2023-09-10", on: str = "2023-09-10") -> str:
    return (
        f"INSERT INTO renewal_decisions VALUES ('c', '{year}', '{on}', '{outcome}', 'b', NULL, "
        "{n})"
    )


def renewal_end(kind: str, relieved: str, refunded: str) -> str:
    return (
        f"INSERT INTO renewal_ends VALUES ('renewal-4', '{kind}', '2023-10-05', 'e', {relieved}, "
        f"{refunded}, 1, {{n}})"
    )


def earned(amount: str, period: str = "2023-10", renewal: str = "renewal-4") -> str:
    return f"INSERT INTO renewal_earnings VALUES ('{renewal}', '{period}', {amount}, 1, {{n}})"


def credited(kind: str, document: str) -> str:
    return f"INSERT INTO sponsorship_credits VALUES ('{kind}', '{document}', 's', 1, {{n}})"


def override(who: str) -> str:
    return f"INSERT INTO waiver_overrides VALUES ('renewal-4', 'r', '{who}', {{n}})"


CONNECTOR = "INSERT INTO connectors VALUES ('c', 'payee', 'amm', '', {n})"
RELEASED = "INSERT INTO connector_releases VALUES ('c', '2022-09-10', 'e', NULL, {n})"
RECEIPT = (
    "INSERT INTO waiver_receipts VALUES ('b', 1, '2023-08', 'st-1', 'main/1', 8, 'USDT', 3000, 1, "
    "'2023-08-31', 'policy', 3000, {n})"
)
NOTICE = (
    "INSERT INTO renewal_notices VALUES ('c', '2023-09-10', '2023-09-10', 'ops', 'e', 'b', {n})"
)
SPONSORSHIP = (
    "INSERT INTO sponsorships VALUES ('s', 'payee', 'gold', '2023-10-05', 12, 'USDT', '', 1, {n})"
)
POLL = (
    "INSERT INTO connector_upkeep VALUES ('c', 'poll', '2023-10-01', '2023-12-31', 'e', 'x', {n})"
)

ON_UPKEEP: Attacks = {
    "a sponsorship by a renewal's id": (
        [
            "INSERT INTO sponsorships VALUES ('renewal-1', 'payee', 'gold', '2023-10-05', 12, "
            "'USDT', '', 1, {n})"
        ],
        "FS270 years: renewal-1 is the id of a year of the other kind",
    ),
    "a renewal waived by claim": (
        [renewal_end("waived", "12", "0")],
        "FS233 waiver_unproven: nothing proves the waiver of renewal-4",
    ),
    "a renewal's invoice reversed by hand": (
        reversal_of("renewal:plain"),
        "FS015 depended_on: .* renewal renewal-4",
    ),
    "a year waived on a basis that does not say so": (
        [CONNECTOR, RELEASED, basis(), decision("waived")],
        "FS233 waiver_unproven: basis b",
    ),
    "a basis beyond what its receipts sum up to": (
        [CONNECTOR, RELEASED, basis("9999", above="true"), Seal(rows=3)],
        "FS235 waiver_basis: b is not what its receipts sum up to",
    ),
    "a basis above the threshold that calls itself so": (
        [CONNECTOR, RELEASED, basis(above="true")],
        "23514 waiver_bases_above_check",
    ),
    "a basis under another threshold than the policy's": (
        [CONNECTOR, RELEASED, basis(threshold="0")],
        "FS235 waiver_basis: b is not what policy",
    ),
    "a basis of fewer months than went by": (
        [CONNECTOR, RELEASED, basis(months=6)],
        "FS235 waiver_basis: b is not what policy",
    ),
    "a receipt that did not come": (
        [CONNECTOR, RELEASED, basis("3000", above="true"), RECEIPT],
        "FS235 waiver_basis: 3000 USDT of st-1 did not come",
    ),
    "a year decided before it begins": (
        [CONNECTOR, RELEASED, basis(), decision("invoiced", on="2023-09-09")],
        "23514 renewal_decisions",
    ),
    "a decision on a year that does not begin that day": (
        [CONNECTOR, RELEASED, basis(), decision("waived", year="2023-09-11", on="2023-09-11")],
        "FS236 renewal_year: 2023-09-11 is no year of c",
    ),
    "a notice of a year that has begun": (
        [CONNECTOR, RELEASED, basis(), NOTICE],
        "FS236 renewal_year: the notice of 2023-09-10",
    ),
    "a waiver proposed and confirmed by one person": (
        [
            override("maker"),
            "INSERT INTO waiver_override_confirmations VALUES ('renewal-4', 'maker', {n})",
        ],
        "FS005 segregation: maker proposed",
    ),
    "a waiver proposed in another's name": (
        [override("carol"), ROW],
        "FS005 actor: waiver_overrides names carol",
    ),
    "a month that earns more than its twelfth": ([earned("2")], "FS231 straight_line: renewal-4"),
    "a month earned outside of its year": (
        [earned("1", "2024-10")],
        "FS231 straight_line: renewal-4",
    ),
    "a month earned of a renewal that ended": (
        [earned("1", renewal="renewal-3")],
        "FS231 straight_line: renewal-3",
    ),
    "a cancellation that gives up less than was left": (
        [renewal_end("cancelled", "5", "6")],
        "FS232 unwound: of 12",
    ),
    "a cancellation that gives back a fee nobody credited": (
        [
            SPONSORSHIP,
            "INSERT INTO sponsorship_ends VALUES ('s', 'cancelled', '2023-10-05', 'e', 6, 6, 0, "
            "1, {n})",
        ],
        "FS232 unwound: of 12",
    ),
    "a renewal moved to no sponsorship": (
        [renewal_end("moved", "0", "12"), ROW],
        "FS234 sponsorship_credit: the rest of renewal-4",
    ),
    "a sponsorship credited with a bounty that was refunded": (
        [SPONSORSHIP, credited("bounty-fee", "bounty-1")],
        "FS234 sponsorship_credit: 1 of bounty-1",
    ),
    "a sponsorship credited with a renewal that goes on": (
        [SPONSORSHIP, credited("renewal", "renewal-4")],
        "FS234 sponsorship_credit: 1 of renewal-4",
    ),
    "a poll of a proposal that nobody recorded": ([CONNECTOR, POLL], "FS237 poll: no proposal x"),
    "a poll of half a quarter": (
        [CONNECTOR, POLL.replace("12-31", "11-15").replace("'x'", "NULL")],
        "23514 connector_upkeep_quarter_check",
    ),
}
