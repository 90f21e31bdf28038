"""Payees are paid in what they prefer, at the plan's price; signers' network fees come back."""

import sqlalchemy as sa
from alembic import op

from migrations.columns import check, day, key_to, make, number, quantity, text

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

RULES = r"""
SELECT names_its_sealer('payee_preferences', 'set_by');
SELECT names_its_sealer('payee_signers', 'registered_by');
SELECT names_its_sealer('payee_signer_confirmations', 'confirmed_by');

-- What a payee asks to be paid in on a day; nothing is as it is owed.
CREATE FUNCTION preferred_commodity(who text, day date) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT commodity FROM payee_preferences WHERE payee = who AND effective_from <= day
    ORDER BY effective_from DESC, number DESC LIMIT 1
$$;

-- What a line's obligations are owed in: the commodity that it pays, unless it converts.
CREATE FUNCTION owed_commodity(wanted text, place bigint) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT coalesce(c.commodity, l.commodity)
    FROM payout_lines l LEFT JOIN payout_line_conversions c USING (batch, line)
    WHERE l.batch = wanted AND l.line = place
$$;

-- The figure that holds for a day and source: the last that two persons accepted, else the told.
CREATE FUNCTION price_in_force(what text, day date, said_by text)
    RETURNS TABLE (price numeric, provider text, is_accepted boolean) LANGUAGE sql STABLE AS $$
    SELECT told.price, told.provider, told.number > 0 FROM (
        SELECT p.price::numeric, o.provider, p.change_no, 0 AS number
        FROM prices p LEFT JOIN price_origins o USING (commodity, quote, "on", source)
        WHERE p.commodity = what AND p.quote = 'USD' AND p."on" = day AND p.source = said_by
        UNION ALL
        SELECT p.price::numeric, p.provider, a.change_no, p.number
        FROM price_proposals p JOIN price_acceptances a ON a.proposal = p.number
        WHERE p.commodity = what AND p.quote = 'USD' AND p."on" = day AND p.source = said_by) told
    ORDER BY told.change_no DESC, told.number DESC LIMIT 1
$$;

-- The newest day until another that a market's price in dollars is of.
CREATE FUNCTION newest_price_day(what text, until date) RETURNS date LANGUAGE sql STABLE AS $$
    SELECT max(told."on") FROM (
        SELECT p."on" FROM prices p WHERE p.commodity = what AND p.quote = 'USD'
            AND p."on" <= until AND NOT lower(p.source) LIKE 'policy%'
        UNION ALL
        SELECT p."on" FROM price_proposals p JOIN price_acceptances a ON a.proposal = p.number
        WHERE p.commodity = what AND p.quote = 'USD' AND p."on" <= until
            AND NOT lower(p.source) LIKE 'policy%') told
$$;

-- What a conversion moves between the commodity owed and the one paid.
CREATE FUNCTION conversion_postings(wanted text, place bigint)
    RETURNS TABLE (account text, party text, document text, commodity text, amount numeric)
    LANGUAGE sql STABLE AS $$
    SELECT 'equity:conversion:' || lower(
            least(c.commodity COLLATE "C", l.commodity) || '-'
            || greatest(c.commodity COLLATE "C", l.commodity)),
        l.payee, wanted || '#' || place, side.commodity, side.amount
    FROM payout_line_conversions c JOIN payout_lines l USING (batch, line)
    CROSS JOIN LATERAL (VALUES (c.commodity, -c.owed::numeric), (l.commodity, l.amount::numeric))
        AS side (commodity, amount)
    WHERE c.batch = wanted AND c.line = place
$$;

CREATE FUNCTION check_preference() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF pays_user(NEW.payee, NEW.set_by) THEN
        RAISE EXCEPTION 'segregation: % is %; another person says what they are paid in',
            NEW.set_by, NEW.payee USING ERRCODE = 'FS005';
    END IF;
    RETURN NEW;
END $$;

-- Nobody who asked for something else is paid in what is owed without a word.
CREATE FUNCTION check_line_preference() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE b payout_batches := require_freezing(NEW.batch, NEW.change_no);
BEGIN
    IF preferred_commodity(NEW.payee, (b.frozen_at AT TIME ZONE 'UTC')::date) <> NEW.commodity THEN
        RAISE EXCEPTION 'preference: line % of % pays % in %, not in what they prefer',
            NEW.line, NEW.batch, NEW.payee, NEW.commodity USING ERRCODE = 'FS180';
    END IF;
    RETURN NEW;
END $$;

-- A price of a plan rests on figures in force, none of them one person's word.
CREATE FUNCTION check_price_source() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE held record;
BEGIN
    PERFORM require_freezing(NEW.batch, NEW.change_no);
    SELECT * INTO held FROM price_in_force(NEW.commodity, NEW."on", NEW.source);
    IF held.price IS DISTINCT FROM NEW.price::numeric OR NOT (lower(NEW.source) LIKE 'policy%'
        OR held.is_accepted OR coalesce(held.provider, 'file') <> 'file') THEN
        RAISE EXCEPTION 'price: % of % on % by % is not in force, or one person''s word',
            NEW.price, NEW.commodity, NEW."on", NEW.source USING ERRCODE = 'FS181';
    END IF;
    RETURN NEW;
END $$;

-- Runs at the end of the transaction: a price is what its figures say, by the rule that it names.
CREATE FUNCTION check_payout_price() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    p payout_prices;
    day date;
    days bigint;
    whole numeric;
    first date;
    last date;
    is_par boolean;
    is_own boolean;
BEGIN
    SELECT * INTO p FROM payout_prices WHERE batch = NEW.batch AND commodity = NEW.commodity;
    SELECT (frozen_at AT TIME ZONE 'UTC')::date INTO day FROM payout_batches WHERE id = p.batch;
    SELECT count(*), sum(price), min("on"), max("on") INTO days, whole, first, last
        FROM payout_price_sources WHERE batch = p.batch AND commodity = p.commodity;
    is_par := house_rule('par-commodities', day) ? p.commodity;
    is_own := house_rule('own-token', day) = to_jsonb(p.commodity);
    IF NOT coalesce(CASE p.rule
        WHEN 'dollar' THEN p.commodity = 'USD' AND p.price = 1 AND days = 0
        WHEN 'par' THEN is_par AND days = 1 AND p.price = 1 AND last <= day AND EXISTS (
            SELECT 1 FROM payout_price_sources WHERE batch = p.batch
            AND commodity = p.commodity AND lower(source) LIKE 'policy%')
        WHEN 'average' THEN is_own AND NOT is_par
            AND days = (house_rule('hbot-averaging-days', day) #>> '{}')::bigint
            AND first = day - days::int AND last = day - 1 AND NOT EXISTS (
                SELECT 1 FROM payout_price_sources WHERE batch = p.batch
                AND commodity = p.commodity GROUP BY "on" HAVING count(*) > 1)
            AND abs(p.price * days - whole) * 2 <= days * 0.000000000000000001
        ELSE NOT is_par AND NOT is_own AND p.commodity <> 'USD' AND days = 1 AND p.price = whole
            AND last BETWEEN day - (house_rule('price-checks', day) ->> 'max_age_days')::int
                AND day AND last = newest_price_day(p.commodity, day)
        END, false) THEN
        RAISE EXCEPTION 'price: % of % in % does not follow from its figures by the rule "%"',
            p.price, p.commodity, p.batch, p.rule USING ERRCODE = 'FS181';
    END IF;
    RETURN NULL;
END $$;

-- Rounded down to the payable unit of what is paid, and by no more than one of them.
CREATE FUNCTION check_line_conversion() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    b payout_batches := require_freezing(NEW.batch, NEW.change_no);
    l payout_lines;
    unit numeric;
    price_owed numeric;
    price_paid numeric;
BEGIN
    SELECT * INTO l FROM payout_lines WHERE batch = NEW.batch AND line = NEW.line;
    SELECT price INTO price_owed FROM payout_prices
        WHERE batch = NEW.batch AND commodity = NEW.commodity;
    SELECT price INTO price_paid FROM payout_prices
        WHERE batch = NEW.batch AND commodity = l.commodity;
    SELECT 1 / 10::numeric ^ least(c.allocation_scale,
            (SELECT min(decimals) FROM tokens WHERE chain = b.chain AND commodity = c.code))
        INTO unit FROM commodities c WHERE c.code = l.commodity;
    IF NEW.commodity = l.commodity
        OR preferred_commodity(l.payee, (b.frozen_at AT TIME ZONE 'UTC')::date)
            IS DISTINCT FROM l.commodity
        OR NOT coalesce(l.amount * price_paid <= NEW.owed * price_owed
            AND (l.amount + unit) * price_paid > NEW.owed * price_owed, false) THEN
        RAISE EXCEPTION 'conversion: % % is not % % at the prices of batch %',
            NEW.owed, NEW.commodity, l.amount, l.commodity, NEW.batch USING ERRCODE = 'FS182';
    END IF;
    RETURN NEW;
END $$;

-- What replaces rules of earlier migrations differs from them by what is owed in another commodity.
CREATE OR REPLACE FUNCTION check_line_obligation() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    b payout_batches := require_freezing(NEW.batch, NEW.change_no);
    l payout_lines;
    o obligations;
    owed_in text := owed_commodity(NEW.batch, NEW.line);
    left_due numeric;
BEGIN
    SELECT * INTO l FROM payout_lines WHERE batch = NEW.batch AND line = NEW.line;
    SELECT * INTO o FROM obligations WHERE id = NEW.obligation;
    SELECT sum(amount) INTO left_due FROM payable_moves() WHERE obligation = NEW.obligation;
    IF (o.payee, o.commodity) IS DISTINCT FROM (l.payee, owed_in)
        OR NEW.amount <= 0 OR NEW.amount <> coalesce(left_due, o.amount) THEN
        RAISE EXCEPTION 'claim: obligation % is not owed whole to % in %',
            NEW.obligation, l.payee, owed_in USING ERRCODE = 'FS033';
    END IF;
    IF NOT EXISTS (
        SELECT 1 FROM obligation_dues
        WHERE obligation = o.id AND due_on <= (b.frozen_at AT TIME ZONE 'UTC')::date) THEN
        RAISE EXCEPTION 'claim: obligation % is not due, or is paid in parts', NEW.obligation
            USING ERRCODE = 'FS033';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION check_whole_line() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    whole numeric;
    paid numeric;
    claimed boolean;
BEGIN
    SELECT coalesce(c.owed, l.amount) INTO whole
        FROM payout_lines l LEFT JOIN payout_line_conversions c USING (batch, line)
        WHERE l.batch = NEW.batch AND l.line = NEW.line;
    SELECT sum(p.amount), bool_and(c.obligation IS NOT NULL) INTO paid, claimed
    FROM payout_line_obligations p
    LEFT JOIN obligation_claims c
        ON c.batch = p.batch AND c.line = p.line AND c.obligation = p.obligation
    WHERE p.batch = NEW.batch AND p.line = NEW.line;
    SELECT paid - coalesce(sum(amount), 0) INTO paid FROM payout_line_offsets
        WHERE batch = NEW.batch AND line = NEW.line;
    IF paid IS DISTINCT FROM whole OR NOT claimed THEN
        RAISE EXCEPTION 'line: line % of % is not the sum of the obligations it claims',
            NEW.line, NEW.batch USING ERRCODE = 'FS033';
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION offsets_under_way(payee text, owed_back text, paper text, what text)
    RETURNS numeric LANGUAGE sql STABLE AS $$
    SELECT coalesce(sum(o.amount), 0) FROM payout_line_offsets o
    JOIN payout_lines l ON l.batch = o.batch AND l.line = o.line
    LEFT JOIN line_settlements s ON s.batch = o.batch AND s.line = o.line
    LEFT JOIN line_failures f ON f.batch = o.batch AND f.line = o.line
    WHERE l.payee = $1 AND o.account = owed_back AND o.document = paper
        AND owed_commodity(o.batch, o.line) = what AND s.batch IS NULL AND f.batch IS NULL
        AND batch_state(o.batch) NOT IN ('cancelled', 'rejected')
$$;

CREATE OR REPLACE FUNCTION offsets_taken(payee text, owed_back text, paper text, what text)
    RETURNS numeric LANGUAGE sql STABLE AS $$
    SELECT coalesce(sum(o.amount), 0) FROM payout_line_offsets o
    JOIN payout_lines l ON l.batch = o.batch AND l.line = o.line
    LEFT JOIN line_failures f ON f.batch = o.batch AND f.line = o.line
    LEFT JOIN line_returns r ON r.batch = o.batch AND r.line = o.line
    WHERE l.payee = $1 AND o.account = owed_back AND o.document = paper
        AND owed_commodity(o.batch, o.line) = what AND f.batch IS NULL AND r.batch IS NULL
        AND batch_state(o.batch) NOT IN ('cancelled', 'rejected')
$$;

CREATE OR REPLACE FUNCTION check_line_offset() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    l payout_lines;
    owed_in text := owed_commodity(NEW.batch, NEW.line);
    owed numeric;
BEGIN
    PERFORM require_freezing(NEW.batch, NEW.change_no);
    SELECT * INTO l FROM payout_lines WHERE batch = NEW.batch AND line = NEW.line;
    SELECT coalesce(sum(amount), 0) INTO owed FROM postings WHERE account = NEW.account
        AND party = l.payee AND document = NEW.document AND commodity = owed_in;
    IF NOT starts_with(NEW.account, 'assets:receivable:payee') OR owed < NEW.amount
            + offsets_under_way(l.payee, NEW.account, NEW.document, owed_in) THEN
        RAISE EXCEPTION 'offset: % does not owe back % for %', l.payee, NEW.amount, NEW.document
            USING ERRCODE = 'FS033';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION line_postings(wanted text, number bigint)
    RETURNS TABLE (account text, party text, document text, commodity text, amount numeric)
    LANGUAGE sql STABLE AS $$
    SELECT o.payable_account, o.payee, o.id, o.commodity, p.amount::numeric
    FROM payout_line_obligations p JOIN obligations o ON o.id = p.obligation
    WHERE p.batch = wanted AND p.line = number
    UNION ALL
    SELECT f.account, l.payee, f.document, owed_commodity(wanted, number), -f.amount
    FROM payout_line_offsets f JOIN payout_lines l USING (batch, line)
    WHERE f.batch = wanted AND f.line = number
    UNION ALL
    SELECT * FROM conversion_postings(wanted, number)
$$;

CREATE OR REPLACE FUNCTION check_double_payment() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    b payout_batches;
    l payout_lines;
    c payout_line_conversions;
    wallet text;
BEGIN
    SELECT * INTO b FROM payout_batches WHERE id = NEW.batch;
    SELECT * INTO l FROM payout_lines WHERE batch = NEW.batch AND line = NEW.line;
    SELECT * INTO c FROM payout_line_conversions WHERE batch = NEW.batch AND line = NEW.line;
    SELECT account INTO wallet FROM bank_accounts WHERE id = b.source_account;
    IF NOT EXISTS (
            SELECT 1 FROM bank_lines WHERE id = NEW.bank_line AND bank_account = b.source_account
            AND commodity = l.commodity AND amount = -l.amount)
        OR NOT EXISTS (SELECT 1 FROM line_settlements
            WHERE batch = NEW.batch AND line = NEW.line AND bank_line <> NEW.bank_line)
        OR EXISTS (SELECT 1 FROM line_settlements WHERE bank_line = NEW.bank_line) THEN
        RAISE EXCEPTION 'twice: % is no second payment of line % of %',
            NEW.bank_line, NEW.line, NEW.batch USING ERRCODE = 'FS038';
    END IF;
    IF EXISTS (
        WITH posted AS (
            SELECT account, party, document, commodity, amount FROM postings
            WHERE entry_number = NEW.entry_number),
        owed AS (
            SELECT 'assets:receivable:payee' AS account, l.payee AS party,
                NEW.batch || '#' || NEW.line AS document,
                coalesce(c.commodity, l.commodity) AS commodity,
                coalesce(c.owed, l.amount)::numeric AS amount
            UNION ALL SELECT * FROM conversion_postings(NEW.batch, NEW.line)
            UNION ALL SELECT wallet, l.payee, NEW.batch || '#' || NEW.line, l.commodity, -l.amount)
        (SELECT * FROM posted EXCEPT ALL SELECT * FROM owed)
        UNION ALL (SELECT * FROM owed EXCEPT ALL SELECT * FROM posted)) THEN
        RAISE EXCEPTION 'twice: entry % does not say that % owes line % of % back',
            NEW.entry_number, l.payee, NEW.line, NEW.batch USING ERRCODE = 'FS038';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER by_another BEFORE INSERT ON payee_preferences
    FOR EACH ROW EXECUTE FUNCTION check_preference();
CREATE TRIGGER as_preferred BEFORE INSERT ON payout_lines
    FOR EACH ROW EXECUTE FUNCTION check_line_preference();
CREATE TRIGGER frozen_with BEFORE INSERT ON payout_prices
    FOR EACH ROW EXECUTE FUNCTION check_frozen_with();
CREATE TRIGGER in_force BEFORE INSERT ON payout_price_sources
    FOR EACH ROW EXECUTE FUNCTION check_price_source();
CREATE CONSTRAINT TRIGGER by_its_rule AFTER INSERT ON payout_prices
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_payout_price();
CREATE CONSTRAINT TRIGGER by_its_rule AFTER INSERT ON payout_price_sources
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_payout_price();
CREATE TRIGGER at_its_prices BEFORE INSERT ON payout_line_conversions
    FOR EACH ROW EXECUTE FUNCTION check_line_conversion();
CREATE CONSTRAINT TRIGGER whole_line_conversion AFTER INSERT ON payout_line_conversions
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_whole_line();

-- A transaction that a wallet of somebody else's paid for, as it is final on chain.
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON chain_fees
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
GRANT SELECT, INSERT ON chain_fees TO feeshare_app;

CREATE FUNCTION check_signer_confirmation() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE s payee_signers;
BEGIN
    SELECT * INTO s FROM payee_signers WHERE address = NEW.address;
    IF s.registered_by = NEW.confirmed_by OR pays_user(s.payee, NEW.confirmed_by) THEN
        RAISE EXCEPTION 'segregation: % registered % or is paid for it; another person confirms',
            NEW.confirmed_by, NEW.address USING ERRCODE = 'FS005';
    END IF;
    RETURN NEW;
END $$;

-- Once for a transaction: what the chain says that a confirmed signer paid, and nothing of ours.
CREATE FUNCTION check_fee_reimbursement() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    f chain_fees;
    o obligations;
    coin tokens;
BEGIN
    SELECT * INTO f FROM chain_fees WHERE chain = NEW.chain AND transaction = NEW.transaction;
    SELECT * INTO o FROM obligations WHERE id = NEW.obligation;
    SELECT * INTO coin FROM tokens WHERE chain = NEW.chain AND contract = '';
    IF f.payer IS NULL OR EXISTS (SELECT 1 FROM bank_accounts
            WHERE bare_address(address) = bare_address(f.payer))
        OR NOT EXISTS (
            SELECT 1 FROM payee_signers s
            JOIN payee_signer_confirmations c ON c.address = s.address
            WHERE s.address = f.payer AND s.payee = o.payee)
        OR NOT EXISTS (
            SELECT 1 FROM payout_parts p JOIN payout_batches b ON b.id = p.batch
            JOIN chain_executions e ON e.safe_tx_hash = p.transaction_hash AND e.chain = b.chain
            WHERE p.batch = NEW.batch AND e.chain = f.chain AND e.transaction = f.transaction)
        OR (o.commodity, o.payable_account, o.amount::numeric * 10::numeric ^ coin.decimals)
            IS DISTINCT FROM (coin.commodity, 'liabilities:payable:signer', f.units)
        OR o.change_no <> NEW.change_no
        OR house_rule('fee-reimbursement', (f.at AT TIME ZONE 'UTC')::date)
            IS DISTINCT FROM '"signer"'::jsonb THEN
        RAISE EXCEPTION 'fee: % on % gives nobody % % back', NEW.transaction, NEW.chain,
            o.amount, o.commodity USING ERRCODE = 'FS183';
    END IF;
    IF NOT EXISTS (SELECT 1 FROM postings WHERE entry_number = o.entry_number
            AND account = 'expenses:network-fees' AND commodity = o.commodity
            AND amount = o.amount)
        OR NOT EXISTS (SELECT 1 FROM postings WHERE entry_number = o.entry_number
            AND account = o.payable_account AND party = o.payee AND document = o.id
            AND amount = -o.amount) THEN
        RAISE EXCEPTION 'fee: entry % does not book %', o.entry_number, NEW.obligation
            USING ERRCODE = 'FS183';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER two_persons BEFORE INSERT ON payee_signer_confirmations
    FOR EACH ROW EXECUTE FUNCTION check_signer_confirmation();
CREATE TRIGGER as_the_chain_says BEFORE INSERT ON fee_reimbursements
    FOR EACH ROW EXECUTE FUNCTION check_fee_reimbursement();

GRANT EXECUTE ON FUNCTION preferred_commodity(text, date), owed_commodity(text, bigint),
    conversion_postings(text, bigint) TO feeshare_app;
"""


def _keys_to(table: str, columns: list[str], target: str, there: list[str]) -> sa.Constraint:
    return sa.ForeignKeyConstraint(
        columns,
        [f"{target}.{column}" for column in there],
        name=op.f(f"{table}_{'_'.join(columns)}_fkey"),
    )


def upgrade() -> None:
    """Create the tables of preferences, conversions and signers' fees, with their rules."""
    _conversions()
    _fees()
    op.execute(RULES)


def _conversions() -> None:
    name = "payee_preferences"
    make(
        name,
        ["payee", "number"],
        text("payee"),
        number("number"),
        text("commodity", nullable=True),
        day("effective_from"),
        text("source"),
        text("set_by"),
        key_to(name, "payee", "parties.id"),
        key_to(name, "commodity", "commodities.code"),
        check(name, "source", "source <> ''"),
    )
    name = "payout_prices"
    make(
        name,
        ["batch", "commodity"],
        *(text(column) for column in ("batch", "commodity", "rule")),
        quantity("price"),
        key_to(name, "batch", "payout_batches.id"),
        key_to(name, "commodity", "commodities.code"),
        check(name, "rule", "rule IN ('dollar', 'par', 'average', 'newest')"),
        check(name, "positive", "price > 0"),
    )
    name = "payout_price_sources"
    make(
        name,
        ["batch", "commodity", "on", "source"],
        *(text(column) for column in ("batch", "commodity")),
        day("on"),
        text("source"),
        quantity("price"),
        _keys_to(name, ["batch", "commodity"], "payout_prices", ["batch", "commodity"]),
    )
    name = "payout_line_conversions"
    make(
        name,
        ["batch", "line"],
        text("batch"),
        number("line"),
        text("commodity"),
        quantity("owed"),
        _keys_to(name, ["batch", "line"], "payout_lines", ["batch", "line"]),
        _keys_to(name, ["batch", "commodity"], "payout_prices", ["batch", "commodity"]),
        check(name, "positive", "owed > 0"),
    )


def _fees() -> None:
    op.create_table(
        "chain_fees",
        *(text(column) for column in ("chain", "transaction", "payer")),
        sa.Column("units", sa.Numeric(78, 0), nullable=False),
        number("block"),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        check("chain_fees", "units", "units >= 0"),
        sa.PrimaryKeyConstraint("chain", "transaction", name=op.f("chain_fees_pkey")),
    )
    name = "payee_signers"
    make(
        name,
        ["address"],
        *(text(column) for column in ("address", "payee", "source", "registered_by")),
        key_to(name, "payee", "parties.id"),
        check(name, "source", "source <> ''"),
        check(name, "address", "address ~ '^0x[0-9a-f]{40}$'"),
    )
    name = "payee_signer_confirmations"
    make(
        name,
        ["address"],
        *(text(column) for column in ("address", "confirmed_by")),
        key_to(name, "address", "payee_signers.address"),
    )
    name = "fee_reimbursements"
    make(
        name,
        ["chain", "transaction"],
        *(text(column) for column in ("chain", "transaction", "batch", "obligation")),
        key_to(name, "batch", "payout_batches.id"),
        key_to(name, "obligation", "obligations.id"),
        sa.UniqueConstraint("obligation", name=op.f(f"{name}_obligation_key")),
    )
