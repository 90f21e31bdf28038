"""Make `encoding_vectors.json`: python tests/golden/build_vectors.py

The vectors are what the service's own encoding gives; a second implementation has to give the
same. The same program gives the same file. A test makes it again and compares: a difference means
that books sealed before no longer verify.
"""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from random import Random

from ledger.encoding import (
    GENESIS,
    encode,
    entry_leaf,
    leaf,
    merkle_root,
    row_leaf,
    text_of,
    time_text,
)
from ledger.journal import JournalEntry, Posting, fingerprint
from ledger.sealing import header_hash
from ledger.tables import ChangeRow

VECTORS = Path(__file__).parent / "encoding_vectors.json"
ENCODINGS, ROWS, ENTRIES, ROOTS, HEADERS = 60, 50, 40, 33, 17
WORDS = (
    *("", "~", ":", "0:", "1:a", "~~", "4:", "row-1", "entry-1", "content-1", "change-1", "-"),
    *("é", "e\u0301", "€uro", "\U0001f600", "\u200d", "\ufeff", "\u2028", "日本語", "עברית"),
    *("a", "ab", "10", "network fee", ' quoted "text" ', "back\\slash", "line\nline\r\n\ttab"),
    *("fee:1", "expenses:network-fees", "USDT", "x" * 9, "x" * 10, "y" * 99, "é" * 100),
)
NAMES = ("id", "name", "Name", "name_1", "name1", "émile", "zeta", "a", "_b", "on", "kind")
START = datetime(2023, 11, 3, 9, tzinfo=UTC)

Vector = Mapping[str, object]


def vectors() -> list[Vector]:
    """Return all vectors in their order."""
    chance = Random(20231103)  # noqa: S311 - the same vectors every time
    return [
        *(encoding(chance, number) for number in range(ENCODINGS)),
        *(row(chance) for _ in range(ROWS)),
        *(entry(chance, number) for number in range(1, ENTRIES + 1)),
        *(root(count) for count in range(ROOTS)),
        *headers(chance),
    ]


def maybe(chance: Random) -> str | None:
    return None if chance.random() < 0.2 else chance.choice(WORDS)


def encoding(chance: Random, number: int) -> Vector:
    """Return the encoding of no field, of each word by itself, then of several."""
    fields = [maybe(chance) for _ in range(chance.randrange(2, 8))]
    if number <= len(WORDS):
        fields = list(WORDS[number - 1 : number]) if number else []
    encoded = encode(fields)
    return {
        "kind": "encoding",
        "fields": fields,
        "encoding": encoded.hex(),
        "hash": sha256(encoded).hexdigest(),
        "leaf": leaf(encoded).hex(),
    }


def value(chance: Random) -> object:
    return chance.choice(
        (
            maybe(chance),
            chance.choice((True, False)),
            chance.randrange(-(10**12), 10**12),
            Decimal(chance.randrange(-(10**9), 10**9)).scaleb(chance.randrange(-18, 10)),
            date(2023, 1, 1) + timedelta(days=chance.randrange(3000)),
            START + timedelta(microseconds=chance.randrange(10**15)),
            chance.randbytes(chance.randrange(5)),
        )
    )


def row(chance: Random) -> Vector:
    names = chance.sample(NAMES, chance.randrange(len(NAMES) + 1))
    values = [
        ("change_no", chance.randrange(1, 10**6)),
        *((name, value(chance)) for name in names),
    ]
    table = chance.choice(("users", "evidence", "prices", "period_events"))
    return {
        "kind": "row",
        "table": table,
        "columns": {name: text_of(each) for name, each in values},
        "leaf": row_leaf(table, values).hex(),
    }


def posting(chance: Random, amount: Decimal, commodity: str) -> Posting:
    return Posting(
        account=chance.choice(WORDS),
        amount=amount,
        commodity=commodity,
        party=maybe(chance),
        document=maybe(chance),
        memo=maybe(chance),
    )


def entry(chance: Random, number: int) -> Vector:
    """Return an entry in one or two commodities, with its fingerprint and leaf."""
    postings: list[Posting] = []
    for commodity in chance.sample(("USDT", "HBOT", "USDC.e"), chance.choice((1, 2))):
        amount = Decimal(chance.randrange(1, 10**24)).scaleb(-chance.randrange(5, 19))
        postings += [posting(chance, amount, commodity) for amount in (amount, -amount)]
    made = JournalEntry(
        reference=f"{chance.choice(WORDS)}/{number}",
        effective_date=date(2023, 1, 1) + timedelta(days=chance.randrange(700)),
        kind=chance.choice(WORDS),
        narration=chance.choice(WORDS),
        evidence=maybe(chance),
        reverses=chance.choice((None, chance.randrange(1, 10**6))),
        relates_to_period=chance.choice((None, "2023-10")),
        postings=postings,
    )
    change_no = chance.randrange(1, 10**6)
    return {
        "kind": "entry",
        "number": number,
        "change_no": change_no,
        "reference": made.reference,
        "effective_date": text_of(made.effective_date),
        "entry_kind": made.kind,
        "narration": made.narration,
        "evidence": made.evidence,
        "reverses": made.reverses,
        "relates_to_period": made.relates_to_period,
        "postings": [
            {
                "account": each.account,
                "party": each.party,
                "document": each.document,
                "commodity": each.commodity,
                "amount": text_of(each.amount),
                "memo": each.memo,
            }
            for each in postings
        ],
        "fingerprint": fingerprint(made).hex(),
        "leaf": entry_leaf(number, change_no, fingerprint(made)).hex(),
    }


def root(count: int) -> Vector:
    leaves = [leaf(encode([str(at)])) for at in range(count)]
    return {
        "kind": "root",
        "leaves": [each.hex() for each in leaves],
        "root": merkle_root(leaves).hex(),
    }


def headers(chance: Random) -> list[Vector]:
    """Return headers that are linked to each other."""
    made: list[Vector] = []
    previous = GENESIS
    for number in range(1, HEADERS + 1):
        header = ChangeRow(
            number=number,
            recorded_at=START + timedelta(microseconds=number * chance.randrange(10**13)),
            actor=chance.choice(WORDS),
            reason=chance.choice(WORDS),
            request_id=maybe(chance),
            entry_count=chance.randrange(9),
            posting_count=chance.randrange(99),
            row_count=chance.randrange(10**6),
            entry_last=chance.randrange(10**9),
            root=chance.randbytes(32),
            previous_hash=previous,
            hash=b"",
        )
        hashed = header_hash(header)
        made.append(
            {
                "kind": "header",
                "number": number,
                "recorded_at": time_text(header.recorded_at),
                "actor": header.actor,
                "reason": header.reason,
                "request_id": header.request_id,
                "entry_count": header.entry_count,
                "posting_count": header.posting_count,
                "row_count": header.row_count,
                "entry_last": header.entry_last,
                "root": header.root.hex(),
                "previous_hash": previous.hex(),
                "hash": hashed.hex(),
            }
        )
        previous = hashed
    return made


def text() -> str:
    """Return the file's text: one vector a line."""
    lines = ",\n".join(json.dumps(each, ensure_ascii=True) for each in vectors())
    return f"[\n{lines}\n]\n"


if __name__ == "__main__":
    VECTORS.write_text(text(), "utf-8")
