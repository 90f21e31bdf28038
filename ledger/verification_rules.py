"""Verification of the rules themselves: what the database refuses, looked for in what is there.

Law: hashes show that content is what was sealed, not that it might have been. Whoever put the
guards to sleep, sealed something, and woke them again is found here. Each rule is asked of whole
tables at once; so many of its breaches are named.
"""

from collections.abc import Iterator
from datetime import date

from sqlalchemy import text
from sqlalchemy.orm import Session

from ledger.money import plain
from ledger.months import month_of, next_month

NAMED = 20

_MIRRORS = text(f"""
    SELECT e.number, e.reference, e.reverses FROM journal_entries e
    LEFT JOIN journal_entries o ON o.number = e.reverses AND o.reverses IS NULL
    WHERE e.reverses IS NOT NULL AND (o.number IS NULL OR EXISTS (
        (SELECT line, account, party, document, commodity, -amount FROM postings
            WHERE entry_number = e.reverses
         EXCEPT ALL SELECT line, account, party, document, commodity, amount FROM postings
            WHERE entry_number = e.number)
        UNION ALL
        (SELECT line, account, party, document, commodity, amount FROM postings
            WHERE entry_number = e.number
         EXCEPT ALL SELECT line, account, party, document, commodity, -amount FROM postings
            WHERE entry_number = e.reverses)))
    ORDER BY 1 LIMIT {NAMED}
""")  # noqa: S608 - a number of ours

_DEPENDED_ON = text(f"""
    SELECT entry, dependent FROM dependents_of(ARRAY(
        SELECT reverses FROM journal_entries WHERE reverses IS NOT NULL))
    ORDER BY 1, 2 LIMIT {NAMED}
""")  # noqa: S608 - as above

_FLOORS = text(f"""
    SELECT b.account, b.party, b.document, b.commodity, b.change_no, b.balance
    FROM account_balances b JOIN accounts a ON a.code = b.account
    WHERE a.floor AND b.balance <> 0 AND (b.balance > 0) <> (a.type IN ('asset', 'expense'))
    ORDER BY b.change_no, 1, 2, 3, 4 LIMIT {NAMED}
""")  # noqa: S608 - as above

_REFERENCES = text(f"""
    (SELECT DISTINCT p.entry_number, 'party ' || p.party AS named FROM postings p
     WHERE p.party IS NOT NULL AND NOT EXISTS (SELECT 1 FROM parties x WHERE x.id = p.party))
    UNION ALL
    (SELECT e.number, 'evidence ' || e.evidence FROM journal_entries e
     WHERE e.evidence IS NOT NULL
         AND NOT EXISTS (SELECT 1 FROM evidence x WHERE x.sha256 = e.evidence))
    ORDER BY 1, 2 LIMIT {NAMED}
""")  # noqa: S608 - as above

_MATCHED = text(f"""
    SELECT l.id FROM bank_lines l JOIN (
        SELECT m.bank_line, sum(m.amount) AS matched, min(sign(m.amount)) AS low,
               max(sign(m.amount)) AS high
        FROM matches m WHERE NOT EXISTS (
            SELECT 1 FROM match_releases r
            WHERE r.bank_line = m.bank_line AND r.number = m.number)
        GROUP BY m.bank_line) s ON s.bank_line = l.id
    WHERE abs(s.matched) > abs(l.amount) OR s.low <> sign(l.amount) OR s.high <> sign(l.amount)
    ORDER BY 1 LIMIT {NAMED}
""")  # noqa: S608 - as above

_PARTS = text(f"""
    SELECT w.id, w.amount + coalesce(j.amount, 0) AS amount, coalesce(p.amount, 0) AS parts
    FROM obligations w
    LEFT JOIN (SELECT obligation, sum(amount) AS amount FROM obligation_adjustments GROUP BY 1) j
        ON j.obligation = w.id
    LEFT JOIN (
        SELECT whole, sum(amount) AS amount FROM (
            SELECT split_from AS whole, amount FROM obligations WHERE split_from IS NOT NULL
            UNION ALL
            SELECT o.id, o.amount FROM obligations o JOIN obligation_dues d ON d.obligation = o.id
            WHERE o.split_from IS NULL
            UNION ALL
            SELECT coalesce(o.split_from, o.id), a.amount
            FROM due_adjustments a JOIN obligations o ON o.id = a.obligation) moved
        GROUP BY 1) p ON p.whole = w.id
    WHERE coalesce(p.amount, 0) > w.amount + coalesce(j.amount, 0) OR j.amount > 0
    ORDER BY 1 LIMIT {NAMED}
""")  # noqa: S608 - as above

_DUE = text(f"""
    SELECT o.id, o.amount, m.amount AS due
    FROM obligations o
    JOIN (SELECT obligation, sum(amount) AS amount FROM payable_moves() GROUP BY 1) m
        ON m.obligation = o.id
    WHERE m.amount < 0 OR m.amount > o.amount ORDER BY 1 LIMIT {NAMED}
""")  # noqa: S608 - as above

_EVENTS = text("""
    SELECT e.period, e.event, c.entry_last, c.entry_last - c.entry_count AS entry_before
    FROM period_events e JOIN changes c ON c.number = e.change_no ORDER BY e.change_no, e.id
""")

_BACKDATED = text(f"""
    SELECT number, reference, effective_date FROM journal_entries
    WHERE number > :low AND number <= :high AND effective_date < :open_from
    ORDER BY 1 LIMIT {NAMED}
""")  # noqa: S608 - as above

LAST = 2**63 - 1
"""No entry has a higher number."""


def check_rules(session: Session, problems: list[str]) -> None:
    """Add a problem for each row that the database would have refused, had it been asked."""
    problems += [
        f"entry {row.number} ({row.reference}): it does not mirror entry {row.reverses}"
        for row in session.execute(_MIRRORS)
    ]
    problems += [
        f"entry {row.entry}: it is reversed while {row.dependent} stands on it"
        for row in session.execute(_DEPENDED_ON)
    ]
    problems += [
        f"account_balances {row.account} {row.party} {row.document} {row.commodity} at change "
        f"{row.change_no}: {row.balance} passes zero"
        for row in session.execute(_FLOORS)
    ]
    problems += [
        f"entry {row.entry_number}: {row.named} is not there"
        for row in session.execute(_REFERENCES)
    ]
    problems += [
        f"bank line {row.id}: it is matched beyond its amount" for row in session.execute(_MATCHED)
    ]
    problems += [
        f"obligation {row.id}: its parts are {row.parts}, it is {row.amount}"
        for row in session.execute(_PARTS)
    ]
    problems += [
        f"obligation {row.id}: {plain(row.due)} of it is due, it is {plain(row.amount)}"
        for row in session.execute(_DUE)
    ]
    problems += _backdated(session)


def _backdated(session: Session) -> Iterator[str]:
    """Yield the entries that are dated in a month which was closed when they were sealed."""
    for low, high, closed in _closed(session):
        asked = {"low": low, "high": high, "open_from": next_month(closed)}
        for row in session.execute(_BACKDATED, asked):
            yield (
                f"entry {row.number} ({row.reference}): it is dated {row.effective_date}, but "
                f"{month_of(closed)} was closed"
            )


def _closed(session: Session) -> Iterator[tuple[int, int, date]]:
    """Yield which entries came while which month was the last closed one: after, up to, month.

    An entry of the very change that closes or opens a month is held to what stands after it.
    """
    closed: set[date] = set()
    low = 0
    for event in session.execute(_EVENTS).all():
        if closed:
            yield low, event.entry_before, max(closed)
        if event.event == "closed":
            closed.add(event.period)
        else:
            closed.discard(event.period)
        low = event.entry_before
    if closed:
        yield low, LAST, max(closed)
