"""Attacks on matches and what hangs on them: differences, credits, owners of exceptions."""

from attacks.steps import ROW, Attacks, Seal, match


def difference(kind: str, amount: str, number: int = 2) -> str:
    return f"INSERT INTO match_differences VALUES ('main/1', {number}, '{kind}', {amount}, {{n}})"


def use(used_for: str, refund: str = "NULL", amount: str = "1", document: str = "st-1") -> str:
    return (
        f"INSERT INTO credit_uses VALUES ('{document}', 1, {used_for}, {refund}, 'USDT', "
        f"{amount}, 'r', 1, {{n}})"
    )


ON_MATCHES: Attacks = {
    "a difference of a match that was made before": (
        [difference("network-fee", "1", number=1)],
        "FS007 match: a difference comes with its match",
    ),
    "a difference of no match": (
        [difference("network-fee", "1", number=9)],
        "FS007 match: a difference comes with its match",
    ),
    "a difference of an unknown kind": (
        [match(2, "1"), difference("gift", "1")],
        "23514 match_differences_kind_check",
    ),
    "a difference of nothing": (
        [match(2, "1"), difference("network-fee", "0")],
        "23514 match_differences_amount_check",
    ),
    "two differences of one match": (
        [match(2, "1"), difference("network-fee", "1"), difference("bank-fee", "1")],
        "23505 match_differences_pkey",
    ),
    "a credit used for its own statement": (
        [use("'st-1'")],
        "FS023 credit: that of st-1 is of another exchange",
    ),
    "a credit given back by an obligation of another amount": (
        [use("NULL", "'o1'", "99")],
        "FS023 credit: that of st-1 is of another exchange",
    ),
    "a credit used for nothing": ([use("NULL")], "FS023 credit: that of st-1"),
    "an exception assigned in another's name": (
        [
            "INSERT INTO exception_assignments VALUES ('x', 1, 'bob', 'checker', {n})",
            Seal(rows=1, claims={"actor": "maker"}),
        ],
        "FS005 actor: exception_assignments names checker",
    ),
    "a note in another's name": (
        ["INSERT INTO exception_notes VALUES ('x', 1, 'text', 'checker', {n})", ROW],
        "FS005 actor: exception_notes names checker",
    ),
}
