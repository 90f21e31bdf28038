"""Connectors are facts, waivers are proved or vouched for, sponsorships are earned by the month."""

import sqlalchemy as sa
from alembic import op

from migrations.columns import check, day, key_to, make, number, quantity, text

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

RULES = r"""
ALTER TABLE renewal_ends DROP CONSTRAINT renewal_ends_kind_check;
ALTER TABLE renewal_ends ADD CONSTRAINT renewal_ends_kind_check
    CHECK (kind IN ('waived','cancelled','moved'));

-- A year that was invoiced ahead, whatever it is a year of.
CREATE FUNCTION prepaid_year(what text, wanted text)
    RETURNS TABLE (year_from date, amount numeric, scale bigint, earned numeric, ended boolean)
    LANGUAGE sql STABLE AS $$
    SELECT y.year_from, y.amount, c.allocation_scale, coalesce(y.earned, 0), y.ended FROM (
        SELECT 'renewal' AS what, n.id, n.year_from, n.amount, n.commodity,
            (SELECT sum(amount) FROM renewal_earnings WHERE renewal = n.id) AS earned,
            EXISTS (SELECT 1 FROM renewal_ends WHERE renewal = n.id) AS ended
        FROM renewals n WHERE n.id = wanted
        UNION ALL
        SELECT 'sponsorship', n.id, n.year_from, n.amount, n.commodity,
            (SELECT sum(amount) FROM sponsorship_earnings WHERE sponsorship = n.id),
            EXISTS (SELECT 1 FROM sponsorship_ends WHERE sponsorship = n.id)
        FROM sponsorships n WHERE n.id = wanted) y JOIN commodities c ON c.code = y.commodity
    WHERE y.what = $1
$$;

-- Straight line, to the last unit: by the end of a month so many twelfths are earned, rounded
-- down; the quotient of whole units is exact.
CREATE FUNCTION check_year_earning() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    wanted text := to_jsonb(NEW) ->> TG_ARGV[0];
    y record;
    place bigint;
    units numeric;
BEGIN
    SELECT * INTO y FROM prepaid_year(TG_ARGV[0], wanted);
    place := 12 * (left(NEW.period, 4)::bigint - extract(year FROM y.year_from)::bigint)
        + right(NEW.period, 2)::bigint - extract(month FROM y.year_from)::bigint + 1;
    units := y.amount * ('1e' || y.scale)::numeric;
    IF y.ended OR place NOT BETWEEN 1 AND 12 OR NEW.amount * ('1e' || y.scale)::numeric
        <> div(units * place, 12) - div(units * (place - 1), 12) THEN
        RAISE EXCEPTION 'straight_line: % does not earn % in %', wanted, NEW.amount, NEW.period
            USING ERRCODE = 'FS231';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION waiver_proved(wanted text) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT 1 FROM renewal_decisions WHERE renewal = wanted AND outcome = 'waived')
        OR EXISTS (SELECT 1 FROM waiver_override_confirmations WHERE renewal = wanted)
$$;

-- What was earned, what is no longer owed and what goes back are the invoice, to the last unit.
CREATE FUNCTION check_year_end() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    wanted text := to_jsonb(NEW) ->> TG_ARGV[0];
    returned numeric := coalesce((to_jsonb(NEW) ->> 'returned')::numeric, 0);
    credited numeric;
    y record;
BEGIN
    SELECT * INTO y FROM prepaid_year(TG_ARGV[0], wanted);
    SELECT coalesce(sum(amount), 0) INTO credited FROM sponsorship_credits
        WHERE sponsorship = wanted AND kind = 'bounty-fee' AND TG_ARGV[0] = 'sponsorship';
    IF y.earned + NEW.relieved + NEW.refunded + returned <> y.amount OR returned > credited THEN
        RAISE EXCEPTION 'unwound: of % in % were earned %, relieved %, refunded %, returned %',
            y.amount, wanted, y.earned, NEW.relieved, NEW.refunded, returned
            USING ERRCODE = 'FS232';
    END IF;
    IF NEW.kind = 'waived' AND NOT waiver_proved(wanted) THEN
        RAISE EXCEPTION 'waiver_unproven: nothing proves the waiver of %', wanted
            USING ERRCODE = 'FS233';
    END IF;
    RETURN NEW;
END $$;

-- Runs at the end of the transaction: what an exchange moved to a sponsorship is credited there.
CREATE FUNCTION check_moved() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.kind = 'moved' AND NEW.refunded > 0 AND NOT EXISTS (
        SELECT 1 FROM sponsorship_credits WHERE kind = 'renewal' AND document = NEW.renewal) THEN
        RAISE EXCEPTION 'sponsorship_credit: the rest of % is credited nowhere', NEW.renewal
            USING ERRCODE = 'FS234';
    END IF;
    RETURN NULL;
END $$;

-- A fee is credited of a bounty that was released, and no more than was its income; the rest of a
-- renewal as it ended. Either is of the sponsorship's own exchange and commodity.
CREATE FUNCTION check_sponsorship_credit() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    s sponsorships;
    fits boolean;
BEGIN
    SELECT * INTO s FROM sponsorships WHERE id = NEW.sponsorship;
    fits := CASE NEW.kind
        WHEN 'bounty-fee' THEN EXISTS (
            SELECT 1 FROM bounties b JOIN bounty_ends e ON e.bounty = b.id
            WHERE b.id = NEW.document AND e.kind = 'released'
                AND (b.exchange, b.commodity) = (s.exchange, s.commodity))
            AND EXISTS (
                SELECT 1 FROM postings WHERE entry_number = s.entry_number
                    AND account = 'income:bounty-administration'
                    AND document = NEW.document AND amount = NEW.amount)
            AND (SELECT sum(amount) <= 0 FROM postings
                WHERE account = 'income:bounty-administration' AND document = NEW.document)
        ELSE EXISTS (
            SELECT 1 FROM renewals n JOIN renewal_ends e ON e.renewal = n.id
            WHERE n.id = NEW.document AND e.kind = 'moved' AND e.refunded = NEW.amount
                AND (n.exchange, n.commodity) = (s.exchange, s.commodity)) END;
    IF NOT fits OR EXISTS (SELECT 1 FROM sponsorship_ends WHERE sponsorship = s.id) THEN
        RAISE EXCEPTION 'sponsorship_credit: % of % is no credit of sponsorship %',
            NEW.amount, NEW.document, NEW.sponsorship USING ERRCODE = 'FS234';
    END IF;
    RETURN NEW;
END $$;

-- The first day of the first whole month after a connector's release.
CREATE FUNCTION first_whole_month(wanted text) RETURNS date LANGUAGE sql STABLE AS $$
    SELECT (date_trunc('month', released_on - 1) + interval '1 month')::date
    FROM connector_releases WHERE connector = wanted
$$;

CREATE FUNCTION check_waiver_basis() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    rule jsonb := house_rule('renewal-waiver', NEW.year_from);
    since date := first_whole_month(NEW.connector);
    whole bigint := 12 * (extract(year FROM NEW.until + 1) - extract(year FROM since))
        + extract(month FROM NEW.until + 1) - extract(month FROM since);
BEGIN
    IF (NEW.threshold, NEW.at_least)
            IS DISTINCT FROM ((rule ->> 'usd')::numeric, (rule ->> 'at_least')::bigint)
        OR NEW.months IS DISTINCT FROM
            greatest(0, least((rule ->> 'at_most')::bigint, whole))
        OR extract(day FROM NEW.until + 1) <> 1 OR NEW.until >= NEW.year_from THEN
        RAISE EXCEPTION 'waiver_basis: % is not what policy and release of % say',
            NEW.id, NEW.connector USING ERRCODE = 'FS235';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION check_waiver_receipt() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    b waiver_bases;
    came record;
    since date;
    told boolean;
BEGIN
    SELECT * INTO b FROM waiver_bases WHERE id = NEW.basis;
    since := (b.until + 1) - make_interval(months => b.months::int);
    IF NEW.bank_line IS NULL THEN
        SELECT e.effective_date AS day, u.commodity, -u.amount AS amount INTO came
        FROM credit_uses u JOIN journal_entries e ON e.number = u.entry_number
        JOIN statements s ON s.id = u.document JOIN agreements a ON a.id = s.agreement
        JOIN connectors c ON c.exchange = a.exchange
        WHERE u.document = NEW.document AND u.number = NEW.match AND u.refund IS NOT NULL
            AND c.id = b.connector;
    ELSE
        SELECT l.on AS day, l.commodity, m.amount + coalesce(d.amount, 0) AS amount INTO came
        FROM matches m JOIN bank_lines l ON l.id = m.bank_line
        LEFT JOIN match_differences d ON d.bank_line = m.bank_line AND d.number = m.number
            AND d.kind IN ('network-fee', 'bank-fee', 'fx')
        JOIN statements s ON s.id = m.document JOIN agreements a ON a.id = s.agreement
        JOIN connectors c ON c.exchange = a.exchange
        WHERE m.bank_line = NEW.bank_line AND m.number = NEW.match AND m.kind = 'statement'
            AND m.document = NEW.document AND c.id = b.connector AND NOT EXISTS (
                SELECT 1 FROM match_releases r
                WHERE r.bank_line = m.bank_line AND r.number = m.number);
    END IF;
    IF came IS NULL OR (to_char(came.day, 'YYYY-MM'), came.commodity, came.amount)
            <> (NEW.period, NEW.commodity, NEW.amount)
        OR came.day NOT BETWEEN since AND b.until THEN
        RAISE EXCEPTION 'waiver_basis: % % of % did not come in % as said',
            NEW.amount, NEW.commodity, NEW.document, NEW.period USING ERRCODE = 'FS235';
    END IF;
    told := NEW.commodity = 'USD' AND NEW.price = 1 OR (
        to_char(NEW.price_on, 'YYYY-MM') = NEW.period
            OR (NEW.price_on < came.day AND starts_with(lower(NEW.price_source), 'policy')))
        AND EXISTS (
            SELECT 1 FROM prices p
            WHERE (p.commodity, p.quote, p.on, p.source, p.price)
                = (NEW.commodity, 'USD', NEW.price_on, NEW.price_source, NEW.price)
            UNION ALL
            SELECT 1 FROM price_proposals p JOIN price_acceptances x ON x.proposal = p.number
            WHERE (p.commodity, p.quote, p.on, p.source, p.price)
                = (NEW.commodity, 'USD', NEW.price_on, NEW.price_source, NEW.price));
    IF NOT told THEN
        RAISE EXCEPTION 'waiver_basis: % was no price of % in %',
            NEW.price, NEW.commodity, NEW.period USING ERRCODE = 'FS235';
    END IF;
    RETURN NEW;
END $$;

-- Runs at the end of the transaction, when a basis has all its receipts: each once, and their sum.
CREATE FUNCTION check_waiver_sum() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    wanted text := coalesce(to_jsonb(NEW) ->> 'basis', to_jsonb(NEW) ->> 'id');
BEGIN
    IF EXISTS (
        SELECT 1 FROM waiver_bases b LEFT JOIN waiver_receipts r ON r.basis = b.id
        WHERE b.id = wanted GROUP BY b.id, b.total, b.change_no
        HAVING b.total <> coalesce(sum(r.value), 0)
            OR count(r.number) <> count(DISTINCT (r.document, r.bank_line, r.match))
                FILTER (WHERE r.number IS NOT NULL)
            OR bool_or(r.change_no <> b.change_no)) THEN
        RAISE EXCEPTION 'waiver_basis: % is not what its receipts sum up to', wanted
            USING ERRCODE = 'FS235';
    END IF;
    RETURN NULL;
END $$;

-- A year begins on the day of the release, a year later or more.
CREATE FUNCTION check_renewal_year() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    b waiver_bases;
    released date := (SELECT released_on FROM connector_releases WHERE connector = NEW.connector);
    years int := extract(year FROM NEW.year_from) - extract(year FROM released);
BEGIN
    SELECT * INTO b FROM waiver_bases WHERE id = NEW.basis;
    IF (b.connector, b.year_from) IS DISTINCT FROM (NEW.connector, NEW.year_from)
        OR coalesce(years, 0) < 1
        OR (released + make_interval(years => years))::date <> NEW.year_from THEN
        RAISE EXCEPTION 'renewal_year: % is no year of % that basis % is of',
            NEW.year_from, NEW.connector, NEW.basis USING ERRCODE = 'FS236';
    END IF;
    IF TG_TABLE_NAME = 'renewal_notices' THEN
        IF (to_jsonb(NEW) ->> 'sent_on')::date >= NEW.year_from THEN
            RAISE EXCEPTION 'renewal_year: the notice of % came after it began', NEW.year_from
                USING ERRCODE = 'FS236';
        END IF;
        RETURN NEW;
    END IF;
    IF b.until <> date_trunc('month', NEW.year_from)::date - 1
        OR (to_jsonb(NEW) ->> 'decided_on')::date
            > (clock_timestamp() AT TIME ZONE 'UTC' + interval '5 min')::date THEN
        RAISE EXCEPTION 'renewal_year: % is decided when it begins', NEW.year_from
            USING ERRCODE = 'FS236';
    END IF;
    IF (to_jsonb(NEW) ->> 'outcome' = 'waived') <> b.above THEN
        RAISE EXCEPTION 'waiver_unproven: basis % does not say that % is %',
            NEW.basis, NEW.connector, to_jsonb(NEW) ->> 'outcome' USING ERRCODE = 'FS233';
    END IF;
    IF to_jsonb(NEW) ->> 'renewal' IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM renewals n JOIN connectors c ON c.id = n.connector
            AND c.exchange = n.exchange
        WHERE n.id = to_jsonb(NEW) ->> 'renewal' AND c.id = NEW.connector
            AND NEW.year_from BETWEEN n.year_from - interval '11 months'
                AND n.year_from + interval '11 months') THEN
        RAISE EXCEPTION 'renewal_year: % is no renewal of %',
            to_jsonb(NEW) ->> 'renewal', NEW.connector USING ERRCODE = 'FS236';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION check_waiver_override() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM waiver_overrides
               WHERE renewal = NEW.renewal AND proposed_by = NEW.confirmed_by) THEN
        RAISE EXCEPTION 'segregation: % proposed to waive %; another person confirms it',
            NEW.confirmed_by, NEW.renewal USING ERRCODE = 'FS005';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION check_poll() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.proposal IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM proposals WHERE id = NEW.proposal) THEN
        RAISE EXCEPTION 'poll: no proposal %', NEW.proposal USING ERRCODE = 'FS237';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER straight_line BEFORE INSERT ON renewal_earnings
    FOR EACH ROW EXECUTE FUNCTION check_year_earning('renewal');
CREATE TRIGGER straight_line BEFORE INSERT ON sponsorship_earnings
    FOR EACH ROW EXECUTE FUNCTION check_year_earning('sponsorship');
CREATE TRIGGER unwound BEFORE INSERT ON renewal_ends
    FOR EACH ROW EXECUTE FUNCTION check_year_end('renewal');
CREATE TRIGGER unwound BEFORE INSERT ON sponsorship_ends
    FOR EACH ROW EXECUTE FUNCTION check_year_end('sponsorship');
CREATE CONSTRAINT TRIGGER is_credited AFTER INSERT ON renewal_ends
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_moved();
CREATE TRIGGER of_its_own BEFORE INSERT ON sponsorship_credits
    FOR EACH ROW EXECUTE FUNCTION check_sponsorship_credit();
CREATE TRIGGER by_the_policy BEFORE INSERT ON waiver_bases
    FOR EACH ROW EXECUTE FUNCTION check_waiver_basis();
CREATE TRIGGER as_it_came BEFORE INSERT ON waiver_receipts
    FOR EACH ROW EXECUTE FUNCTION check_waiver_receipt();
CREATE CONSTRAINT TRIGGER sums_up AFTER INSERT ON waiver_bases
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_waiver_sum();
CREATE CONSTRAINT TRIGGER sums_up AFTER INSERT ON waiver_receipts
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_waiver_sum();
CREATE TRIGGER of_its_year BEFORE INSERT ON renewal_notices
    FOR EACH ROW EXECUTE FUNCTION check_renewal_year();
CREATE TRIGGER of_its_year BEFORE INSERT ON renewal_decisions
    FOR EACH ROW EXECUTE FUNCTION check_renewal_year();
CREATE TRIGGER two_persons BEFORE INSERT ON waiver_override_confirmations
    FOR EACH ROW EXECUTE FUNCTION check_waiver_override();
CREATE TRIGGER of_a_proposal BEFORE INSERT ON connector_upkeep
    FOR EACH ROW EXECUTE FUNCTION check_poll();

SELECT names_its_sealer('waiver_overrides', 'proposed_by');
SELECT names_its_sealer('waiver_override_confirmations', 'confirmed_by');

-- A renewal's invoice is reversed by a waiver that is proved, and by nothing else.
CREATE FUNCTION upkeep_dependents(entries bigint[]) RETURNS TABLE (entry bigint, dependent text)
    LANGUAGE sql STABLE AS $$
    SELECT entry_number, 'sponsorship ' || id FROM sponsorships
    WHERE entry_number = ANY(entries)
    UNION ALL
    SELECT entry_number, 'what was earned in ' || period || ' of sponsorship ' || sponsorship
    FROM sponsorship_earnings WHERE entry_number = ANY(entries)
    UNION ALL
    SELECT entry_number, 'the end of sponsorship ' || sponsorship FROM sponsorship_ends
    WHERE entry_number = ANY(entries)
    UNION ALL
    SELECT n.entry_number, 'renewal ' || n.id FROM renewals n
    WHERE n.entry_number = ANY(entries) AND NOT waiver_proved(n.id) AND NOT EXISTS (
        SELECT 1 FROM bounty_dependents(entries) b WHERE b.entry = n.entry_number)
$$;

GRANT EXECUTE ON FUNCTION prepaid_year(text, text), waiver_proved(text), first_whole_month(text),
    upkeep_dependents(bigint[]) TO feeshare_app;
"""


def _once(table: str, column: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint(column, name=op.f(f"{table}_{column}_key"))


def _posted(table: str) -> list[sa.schema.SchemaItem]:
    """Return the number of the entry by which a row was posted, and its keys."""
    return [
        number("entry_number"),
        key_to(table, "entry_number", "journal_entries.number"),
        _once(table, "entry_number"),
    ]


def upgrade() -> None:
    """Create the tables of connectors, waivers and sponsorships, with their rules."""
    _connectors()
    _waivers()
    _sponsorships()
    op.execute(RULES)
    _stand_on_entries()


def _stand_on_entries() -> None:
    """Let sponsorships and renewals be asked for, too, before an entry is reversed."""
    body = op.get_bind().scalar(
        sa.text("SELECT prosrc FROM pg_proc WHERE oid = 'dependents_of'::regproc")
    )
    op.execute(
        "CREATE OR REPLACE FUNCTION dependents_of(entries bigint[]) "
        "RETURNS TABLE (entry bigint, dependent text) LANGUAGE sql STABLE AS $$"
        f"{str(body).rstrip()}\n    UNION ALL SELECT * FROM upkeep_dependents(entries)\n$$"
    )


def _connectors() -> None:
    name = "connectors"
    make(
        name,
        ["id"],
        *(text(column) for column in ("id", "exchange", "kind", "source")),
        key_to(name, "exchange", "parties.id"),
        check(name, "kind", "kind IN ('clob-spot','clob-perpetual','amm')"),
        found_by=("exchange",),
    )
    name = "connector_releases"
    make(
        name,
        ["connector"],
        text("connector"),
        day("released_on"),
        text("evidence"),
        text("bounty", nullable=True),
        key_to(name, "connector", "connectors.id"),
        key_to(name, "bounty", "bounties.id"),
        check(name, "evidence", "evidence <> ''"),
    )
    name = "connector_upkeep"
    make(
        name,
        ["connector", "kind", "from_on"],
        *(text(column) for column in ("connector", "kind")),
        day("from_on"),
        day("until_on", nullable=True),
        text("evidence"),
        text("proposal", nullable=True),
        key_to(name, "connector", "connectors.id"),
        check(name, "kind", "kind IN ('poll','exchange','exchange-ended')"),
        check(name, "evidence", "evidence <> ''"),
        check(
            name,
            "poll",
            "(kind = 'poll') = (until_on IS NOT NULL) AND (kind = 'poll' OR proposal IS NULL)",
        ),
        check(
            name,
            "quarter",
            "kind <> 'poll' OR (until_on = from_on + interval '3 months' - interval '1 day'"
            " AND date_trunc('quarter', from_on) = from_on)",
        ),
    )


def _waivers() -> None:
    name = "waiver_bases"
    make(
        name,
        ["id"],
        *(text(column) for column in ("id", "connector")),
        *(day(column) for column in ("year_from", "until")),
        *(number(column) for column in ("months", "at_least")),
        *(quantity(column) for column in ("total", "threshold")),
        sa.Column("above", sa.Boolean(), nullable=False),
        key_to(name, "connector", "connectors.id"),
        check(name, "months", "months >= 0 AND at_least >= 1"),
        check(name, "above", "above = (total > threshold * months AND months >= at_least)"),
        found_by=("connector",),
    )
    name = "waiver_receipts"
    make(
        name,
        ["basis", "number"],
        text("basis"),
        number("number"),
        *(text(column) for column in ("period", "document")),
        text("bank_line", nullable=True),
        number("match"),
        text("commodity"),
        *(quantity(column) for column in ("amount", "price")),
        day("price_on"),
        text("price_source"),
        quantity("value"),
        key_to(name, "basis", "waiver_bases.id"),
        key_to(name, "commodity", "commodities.code"),
        sa.ForeignKeyConstraint(
            ["bank_line", "match"],
            ["matches.bank_line", "matches.number"],
            name=op.f(f"{name}_bank_line_match_fkey"),
        ),
        check(name, "price", "price > 0"),
        check(name, "value", "abs(value - amount * price) <= 0.0000000000000000005"),
    )
    name = "renewal_notices"
    make(
        name,
        ["connector", "year_from"],
        text("connector"),
        *(day(column) for column in ("year_from", "sent_on")),
        *(text(column) for column in ("sent_to", "evidence", "basis")),
        key_to(name, "connector", "connectors.id"),
        key_to(name, "basis", "waiver_bases.id"),
        _once(name, "basis"),
        check(name, "evidence", "evidence <> ''"),
        check(name, "sent_to", "sent_to <> ''"),
    )
    name = "renewal_decisions"
    make(
        name,
        ["connector", "year_from"],
        text("connector"),
        *(day(column) for column in ("year_from", "decided_on")),
        *(text(column) for column in ("outcome", "basis")),
        text("renewal", nullable=True),
        key_to(name, "connector", "connectors.id"),
        key_to(name, "basis", "waiver_bases.id"),
        key_to(name, "renewal", "renewals.id"),
        _once(name, "basis"),
        _once(name, "renewal"),
        check(name, "outcome", "outcome IN ('waived','invoiced')"),
        check(name, "renewal", "outcome = 'waived' OR renewal IS NOT NULL"),
        check(name, "not_before", "decided_on >= year_from"),
    )
    name = "waiver_overrides"
    make(
        name,
        ["renewal"],
        *(text(column) for column in ("renewal", "reason", "proposed_by")),
        key_to(name, "renewal", "renewals.id"),
        check(name, "reason", "trim(reason) <> ''"),
    )
    name = "waiver_override_confirmations"
    make(
        name,
        ["renewal"],
        *(text(column) for column in ("renewal", "confirmed_by")),
        key_to(name, "renewal", "waiver_overrides.renewal"),
    )


def _sponsorships() -> None:
    name = "sponsorships"
    make(
        name,
        ["id"],
        *(text(column) for column in ("id", "exchange", "tier")),
        day("year_from"),
        quantity("amount"),
        *(text(column) for column in ("commodity", "source")),
        *_posted(name),
        key_to(name, "exchange", "parties.id"),
        key_to(name, "commodity", "commodities.code"),
        check(name, "positive", "amount > 0"),
        found_by=("exchange",),
    )
    name = "sponsorship_credits"
    make(
        name,
        ["kind", "document"],
        *(text(column) for column in ("kind", "document", "sponsorship")),
        quantity("amount"),
        key_to(name, "sponsorship", "sponsorships.id"),
        check(name, "kind", "kind IN ('bounty-fee','renewal')"),
        check(name, "positive", "amount > 0"),
        found_by=("sponsorship",),
    )
    name = "sponsorship_earnings"
    make(
        name,
        ["sponsorship", "period"],
        *(text(column) for column in ("sponsorship", "period")),
        quantity("amount"),
        *_posted(name),
        key_to(name, "sponsorship", "sponsorships.id"),
        check(name, "positive", "amount > 0"),
    )
    name = "sponsorship_ends"
    make(
        name,
        ["sponsorship"],
        *(text(column) for column in ("sponsorship", "kind")),
        day("on"),
        text("evidence"),
        *(quantity(column) for column in ("relieved", "returned", "refunded")),
        *_posted(name),
        key_to(name, "sponsorship", "sponsorships.id"),
        check(name, "kind", "kind = 'cancelled'"),
        check(name, "not_negative", "relieved >= 0 AND returned >= 0 AND refunded >= 0"),
        check(name, "evidence", "evidence <> ''"),
    )
