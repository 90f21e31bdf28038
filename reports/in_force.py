"""What months of agreements come to, as SQL that reports build on.

The newest version of a month that was accepted replaces what was before, unless it is a part of
the month: parts add up. `ledger.revenue.stated` says the same for the service.
"""

IN_FORCE = """
    versions AS (
        SELECT s.agreement, s.period, s.commodity, a.terms_version,
            first_value(s.id) OVER accepted AS id,
            row_number() OVER accepted AS place,
            sum(CASE WHEN r.adds THEN 0 ELSE 1 END) OVER accepted AS wholes,
            CASE WHEN w.statement IS NULL
                THEN s.fee_share + coalesce(c.difference, 0) ELSE 0 END AS amount
        FROM statement_acceptances a JOIN statements s ON s.id = a.statement
        LEFT JOIN statement_withdrawals w ON w.statement = s.id AND w.change_no <= :change
            AND (w.entry_number IS NULL OR w.entry_number IN (SELECT number FROM live))
        LEFT JOIN statement_readings r ON r.statement = s.id
        LEFT JOIN (SELECT statement, sum(difference) AS difference
            FROM statement_corrections GROUP BY 1) c ON c.statement = s.id
        WHERE a.change_no <= :change
            AND (a.entry_number IS NULL OR a.entry_number IN (SELECT number FROM live))
        WINDOW accepted AS (PARTITION BY s.agreement, s.period ORDER BY a.change_no, s.version)
    ), in_force AS (
        SELECT agreement, period, commodity, id, sum(amount) AS amount,
            (array_agg(terms_version ORDER BY place DESC))[1] AS terms_version
        FROM (SELECT *, max(wholes) OVER (PARTITION BY agreement, period) AS newest
            FROM versions) months
        WHERE wholes = newest GROUP BY 1, 2, 3, 4
    )"""
"""Two common table expressions; `in_force` has a row for each month of an agreement, under the id
of its document. They need `live`, the numbers of the entries that count, before them, and the
parameter `change`."""
