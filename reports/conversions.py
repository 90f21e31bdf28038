"""What payout lines convert, as SQL for reports: prices, the figures behind them, both sides.

Law: both commodities and both prices are as the batch was frozen with them.
"""

CONVERSIONS = """
    SELECT v.batch, v.line, v.commodity AS owed_in, v.owed, l.commodity AS paid_in,
        l.amount AS paid, owed_at.price AS owed_price, paid_at.price AS paid_price,
        (SELECT string_agg(said.words, '; ' ORDER BY said.commodity COLLATE "C") FROM (
            SELECT p.commodity, p.commodity || ' ' || p.rule || coalesce(
                CASE WHEN count(s.on) > 1 THEN ' of ' || count(DISTINCT s.on) || ' days from '
                    || min(s.on) || ' to ' || max(s.on) ELSE ' of ' || min(s.on) END
                || ' by ' || string_agg(DISTINCT s.source, ', '), '') AS words
            FROM payout_prices p
            LEFT JOIN payout_price_sources s ON s.batch = p.batch AND s.commodity = p.commodity
            WHERE p.batch = v.batch AND p.commodity IN (v.commodity, l.commodity)
            GROUP BY p.commodity, p.rule) said) AS price_sources
    FROM payout_line_conversions v
    JOIN payout_lines l ON l.batch = v.batch AND l.line = v.line
    JOIN payout_prices owed_at ON owed_at.batch = v.batch AND owed_at.commodity = v.commodity
    JOIN payout_prices paid_at ON paid_at.batch = v.batch AND paid_at.commodity = l.commodity
"""
"""A row a line that converts; prices in dollars for one unit."""
