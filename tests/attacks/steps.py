"""What attacks are made of: raw SQL, and headers that are right but for what they claim."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import psycopg

from ledger.sealing import header_hash
from ledger.tables import ChangeRow
from support.books import Books

FEES = "expenses:network-fees"
OPENING = "equity:opening"
PAYABLE = "liabilities:payable:maintainer"
ACCRUED = "liabilities:accrued:maintainer-share"
KEY = "ab" * 32
PROOF = sha256(b"content").hexdigest()
"""The one file that is kept as evidence in the books that are attacked."""

NOW = datetime(2023, 11, 3, 9, tzinfo=UTC)

APPEND_ONLY = "FS001 append_only"
NO_RIGHT = "42501 permission denied"
NOT_OWNER = "42501 must be owner"


@dataclass(frozen=True)
class Seal:
    """A header whose hash and link are right, whatever it claims."""

    entries: int = 0
    postings: int = 0
    rows: int = 0
    before: str = ""
    after: str = ""
    claims: dict[str, object] = field(default_factory=dict)


Step = str | Seal
Attack = tuple[list[Step], str]
"""The steps, and what stops them: the SQLSTATE and words of the refusal, or, where nothing refuses
them, words of the problem that verification finds."""

Attacks = dict[str, Attack]

ONE = Seal(1, 2)
ROW = Seal(rows=1)


def entry(
    number: str = "{e}",
    *,
    change: str = "{n}",
    on: str = "2023-10-05",
    reference: str = "x",
    reverses: str = "NULL",
    proof: str = "NULL",
) -> str:
    return (
        f"INSERT INTO journal_entries VALUES ({number}, {change}, '{on}', 'manual', '', "
        f"'{reference}', sha256('x'), {reverses}, {proof}, NULL)"
    )


def posting(
    line: int,
    amount: str,
    account: str = FEES,
    *,
    number: str = "{e}",
    on: str = "2023-10-05",
    party: str = "NULL",
    document: str = "NULL",
    commodity: str = "USDT",
) -> str:
    return (
        f"INSERT INTO postings VALUES ({number}, {line}, '{account}', {party}, {document}, "
        f"'{commodity}', {amount}, '{on}', NULL)"
    )


def balanced(number: str = "{e}", on: str = "2023-10-05", amount: str = "1") -> list[Step]:
    return [
        posting(1, amount, number=number, on=on),
        posting(2, f"-{amount}", OPENING, number=number, on=on),
    ]


def reversal_of(reference: str) -> list[Step]:
    """Reverse an entry, all as it should be."""
    original = f"(SELECT number FROM journal_entries WHERE reference = '{reference}')"
    return [
        "INSERT INTO journal_entries VALUES ({e}, {n}, '2023-11-02', 'reversal', '', 'undo', "
        f"sha256('x'), {original}, NULL, NULL)",
        "INSERT INTO postings SELECT {e}, line, account, party, document, commodity, -amount, "
        f"'2023-11-02', NULL FROM postings WHERE entry_number = {original}",
        ONE,
    ]


def policy(version: int, proposer: str = "maker", change: str = "{n}") -> str:
    return (
        "INSERT INTO policies (name, version, effective_from, value, reason, proposed_by, "
        f"change_no) VALUES ('renewal-price', {version}, '2023-10-01', '\"1\"', '', "
        f"'{proposer}', {change})"
    )


def asked(key: str, otherwise: str = "") -> str:
    return f"INSERT INTO requests VALUES ('{key}', '{'1' * 64}', {{n}}){otherwise}"


def confirmation(who: str) -> str:
    return f"INSERT INTO policy_confirmations VALUES ('renewal-price', 2, '{who}', {{n}})"


def event(period: str, what: str, close_no: int, who: str, digest: str = "NULL") -> str:
    return (
        "INSERT INTO period_events VALUES "
        f"('e', '{period}', '{what}', {close_no}, '{who}', 'r', {digest}, {{n}})"
    )


def part(amount: str, name: str = "p1", change: str = "{n}") -> str:
    return (
        "INSERT INTO obligations (id, kind, payee, commodity, amount, document, period, "
        "entry_number, payable_account, split_from, explanation, change_no) VALUES "
        f"('{name}', 'k', 'payee', 'USDT', {amount}, 'd', '2023-10', 1, '{PAYABLE}', 'o1', '', "
        f"{change})"
    )


def gone_back(obligation: str, amount: str, payee: str = "bob", posted: str = "") -> list[Step]:
    """Let an amount of what is due go back, by an entry of it or of another amount."""
    moved = f"{posted or amount}::numeric"
    to = {"party": f"'{payee}'", "document": f"'{obligation}'", "commodity": "USDC"}
    return [
        entry(),
        posting(1, f"-({moved})", ACCRUED, **to),
        posting(2, moved, PAYABLE, **to),
        f"INSERT INTO due_adjustments VALUES ('{obligation}', (SELECT 1 + count(*) FROM "
        f"due_adjustments WHERE obligation = '{obligation}'), -({amount}::numeric), {{e}}, 'c', "
        "{n})",
    ]


def match(number: int, amount: str, entry_number: int = 1) -> str:
    return (
        f"INSERT INTO matches VALUES ('main/1', {number}, 'k', 'd', {amount}, {entry_number}, "
        "'w', {n})"
    )


def proposed_price(
    *, price: str = "1", source: str = "s", reason: str = "r", who: str = "maker"
) -> str:
    return (
        f"INSERT INTO price_proposals VALUES (1, 'HBOT', 'USD', '2023-10-05', '{source}', {price},"
        f" 'outlier', '{reason}', '{who}', 'p', NULL, now(), '{PROOF}', {{n}})"
    )


def conversion(sold_line: str, bought_line: str, *, sold: str = "1") -> str:
    return (
        f"INSERT INTO conversions VALUES ('c', 'equity:conversion', '{sold_line}', {sold}, 0, "
        f"'{bought_line}', 1, 0, 'w', {{n}})"
    )


def places_of(connection: psycopg.Connection) -> dict[str, str]:
    """Return what stands for `{n}` and `{e}`: the next change and the next entry."""
    newest = connection.execute(
        "SELECT number, entry_last FROM changes ORDER BY number DESC LIMIT 1"
    ).fetchone()
    connection.rollback()
    assert newest is not None
    return {"n": str(newest[0] + 1), "e": str(newest[1] + 1)}


def filled(sql: str, places: Mapping[str, str]) -> str:
    for name, value in places.items():
        sql = sql.replace(f"{{{name}}}", value)
    return sql


def run(books: Books, steps: list[Step], *, as_owner: bool = False) -> None:
    """Run an attack in one transaction."""
    with books.sql(as_owner=as_owner) as connection:
        places = places_of(connection)
        for step in steps:
            if isinstance(step, Seal):
                insert_header(connection, replace(step, before=filled(step.before, places)))
            else:
                connection.execute(filled(step, places))
        connection.commit()


def insert_header(connection: psycopg.Connection, seal: Seal) -> None:
    """Insert a header that is right but for what it claims; `!` marks what is edited after."""
    newest = connection.execute(
        "SELECT number, hash, entry_last FROM changes ORDER BY number DESC LIMIT 1"
    ).fetchone()
    assert newest is not None
    header: dict[str, Any] = {
        "number": newest[0] + 1,
        "recorded_at": NOW,
        "actor": "maker",
        "reason": "r",
        "request_id": None,
        "entry_count": seal.entries,
        "posting_count": seal.postings,
        "row_count": seal.rows,
        "entry_last": newest[2] + seal.entries,
        "root": sha256(b"root").digest(),
        "previous_hash": newest[1],
        "hash": b"",
    }
    header |= {name: value for name, value in seal.claims.items() if name in header}
    header["hash"] = header["hash"] or header_hash(ChangeRow(**header))
    header |= {
        name.removeprefix("!"): value
        for name, value in seal.claims.items()
        if name.startswith("!")
    }
    values = ", ".join(f"%({name})s" for name in header)
    connection.execute(
        f"{seal.before}INSERT INTO changes ({', '.join(header)}) VALUES ({values}){seal.after}",
        header,
    )
