"""The database itself refuses what must never be: an unsealed, unbalanced or edited book.

Every statement that adds rows takes the books' lock, belongs to the change after the newest one
and leaves a tally whose deferred key refuses a commit without a seal. The seal is the insert of
the header: it checks the change as a set.
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SEALED_TABLES = (
    "requests",
    "commodities",
    "accounts",
    "parties",
    "party_aliases",
    "evidence",
    "period_events",
    "balance_checkpoints",
    "prices",
    "policies",
    "policy_confirmations",
    "users",
    "user_keys",
    "user_key_confirmations",
    "obligations",
    "obligation_dues",
    "bank_accounts",
    "bank_lines",
    "account_statements",
    "matches",
    "match_releases",
    "tokens",
)

ROLE = """
DO $$ BEGIN
    CREATE ROLE feeshare_app LOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO feeshare_app;
-- Every guarded table once more, as it was known at the change that feeshare.known_at names.
CREATE SCHEMA IF NOT EXISTS as_known;
GRANT USAGE ON SCHEMA as_known TO feeshare_app;
-- Whoever may execute a trigger function may attach it to a temporary table of their own, and
-- forge tallies with the owner's rights. Later revisions' functions are covered, too.
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
"""

FUNCTIONS = r"""
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'append_only: % on % is refused; reverse or supersede instead',
        TG_OP, TG_TABLE_NAME USING ERRCODE = 'FS001';
END $$;

-- Tallies and balances are written from inside other triggers, by nobody's hand.
CREATE FUNCTION refuse_hand() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF pg_trigger_depth() < 2 THEN
        RAISE EXCEPTION 'by_hand: % is written by the seal alone', TG_TABLE_NAME
            USING ERRCODE = 'FS001';
    END IF;
    RETURN NULL;
END $$;

-- Returns the number of the change that is open. Whoever adds rows holds the lock until the end of
-- the transaction, so no row can slip under a seal made by somebody else. A transaction with an
-- older view of the books could see a stale head, hence READ COMMITTED only.
CREATE FUNCTION open_change_number() RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE newest bigint;
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'isolation: the books are written in READ COMMITTED only'
            USING ERRCODE = 'FS002';
    END IF;
    PERFORM pg_advisory_xact_lock(7305010);
    SELECT max(number) INTO newest FROM changes;
    RETURN coalesce(newest, 0) + 1;
END $$;

-- Rules that look at single rows run before the tally; without the lock they would look at books
-- that another transaction is about to change.
CREATE FUNCTION take_lock() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM open_change_number();
    RETURN NULL;
END $$;

CREATE FUNCTION tally_rows() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    open_no bigint := open_change_number();
    low bigint;
    high bigint;
    total bigint;
BEGIN
    SELECT min(change_no), max(change_no), count(*) INTO low, high, total FROM added;
    IF total = 0 THEN RETURN NULL; END IF;
    IF low <> open_no OR high <> open_no THEN
        RAISE EXCEPTION 'sealed: rows of % name change % to %, the open change is %',
            TG_TABLE_NAME, low, high, open_no USING ERRCODE = 'FS003';
    END IF;
    INSERT INTO change_tallies (change_no, table_name, row_count)
    VALUES (open_no, TG_TABLE_NAME, total);
    RETURN NULL;
END $$;

-- Postings name no change of their own: they belong to the entries after the last sealed one.
CREATE FUNCTION tally_postings() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    open_no bigint := open_change_number();
    low bigint;
    total bigint;
    sealed_last bigint;
BEGIN
    SELECT min(entry_number), count(*) INTO low, total FROM added;
    IF total = 0 THEN RETURN NULL; END IF;
    SELECT coalesce(max(entry_last), 0) INTO sealed_last FROM changes WHERE number = open_no - 1;
    IF low <= sealed_last THEN
        RAISE EXCEPTION 'sealed: a posting names entry %, which is sealed', low
            USING ERRCODE = 'FS003';
    END IF;
    INSERT INTO change_tallies (change_no, table_name, row_count)
    VALUES (open_no, TG_TABLE_NAME, total);
    RETURN NULL;
END $$;

CREATE FUNCTION hash_field(value text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN value IS NULL THEN '~' ELSE length(value) || ':' || value END
$$;

CREATE FUNCTION closed_through() RETURNS date LANGUAGE sql STABLE AS $$
    SELECT max(c.period) FROM period_events c
    WHERE c.event = 'closed' AND NOT EXISTS (
        SELECT 1 FROM period_events r
        WHERE r.period = c.period AND r.event = 'reopened' AND r.close_no = c.close_no)
$$;
GRANT EXECUTE ON FUNCTION closed_through() TO feeshare_app;

CREATE FUNCTION check_period_event() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    closed date := closed_through();
    closer text;
    closes bigint;
BEGIN
    SELECT coalesce(max(close_no), 0) INTO closes FROM period_events
        WHERE period = NEW.period AND event = 'closed';
    IF NEW.event = 'closed' THEN
        IF closed IS NOT NULL AND NEW.period <> closed + interval '1 month' THEN
            RAISE EXCEPTION 'period_order: months close in order; after % comes the next month',
                to_char(closed, 'YYYY-MM') USING ERRCODE = 'FS004';
        END IF;
        IF NEW.close_no <> closes + 1 THEN
            RAISE EXCEPTION 'period_order: this is close % of the month, not %',
                closes + 1, NEW.close_no USING ERRCODE = 'FS004';
        END IF;
        IF closed IS NULL AND EXISTS (
            SELECT 1 FROM journal_entries WHERE effective_date < NEW.period) THEN
            RAISE EXCEPTION 'period_order: entries before % are in a month never closed',
                to_char(NEW.period, 'YYYY-MM') USING ERRCODE = 'FS004';
        END IF;
    ELSE
        IF NEW.period IS DISTINCT FROM closed OR NEW.close_no <> closes THEN
            RAISE EXCEPTION 'period_order: only the latest closed month reopens'
                USING ERRCODE = 'FS004';
        END IF;
        SELECT actor INTO closer FROM period_events
            WHERE period = NEW.period AND event = 'closed' AND close_no = closes;
        IF NEW.trial_balance_hash IS NOT NULL THEN
            RAISE EXCEPTION 'checkpoint: reopening freezes nothing' USING ERRCODE = 'FS006';
        END IF;
        IF closer = NEW.actor THEN
            RAISE EXCEPTION 'segregation: % closed this month; another person reopens it', closer
                USING ERRCODE = 'FS005';
        END IF;
    END IF;
    RETURN NEW;
END $$;

-- A month that closes freezes exactly what its postings sum to, and nothing else is ever frozen.
CREATE FUNCTION check_checkpoints(open_no bigint) RETURNS void LANGUAGE plpgsql
    SET plan_cache_mode = force_custom_plan SET enable_seqscan = on SET work_mem = '64MB' AS $$
DECLARE
    bad record;
    closing period_events;
    frozen_hash text;
BEGIN
    IF EXISTS (SELECT 1 FROM balance_checkpoints b WHERE b.change_no = open_no AND NOT EXISTS (
        SELECT 1 FROM period_events c WHERE c.change_no = open_no AND c.event = 'closed'
            AND c.period = b.period AND c.close_no = b.close_no)) THEN
        RAISE EXCEPTION 'checkpoint: balances are frozen by closing their month only'
            USING ERRCODE = 'FS006';
    END IF;
    FOR closing IN SELECT * FROM period_events WHERE change_no = open_no AND event = 'closed'
    LOOP
        SELECT account, commodity INTO bad
        FROM (SELECT account, party, commodity, balance FROM balance_checkpoints
              WHERE period = closing.period AND close_no = closing.close_no) frozen
        FULL JOIN (
            SELECT account, coalesce(party, '') AS party, commodity, sum(amount) AS balance
            FROM postings WHERE effective_date < closing.period + interval '1 month'
            GROUP BY 1, 2, 3 HAVING sum(amount) <> 0
        ) summed USING (account, party, commodity)
        WHERE frozen.balance IS DISTINCT FROM summed.balance LIMIT 1;
        IF FOUND THEN
            RAISE EXCEPTION 'checkpoint: % % is not what its postings sum to',
                bad.account, bad.commodity USING ERRCODE = 'FS006';
        END IF;
        SELECT encode(sha256(convert_to(coalesce(string_agg(
                hash_field(account) || hash_field(party) || hash_field(commodity)
                || hash_field(trim_scale(balance)::text), ''
                ORDER BY account COLLATE "C", party COLLATE "C", commodity COLLATE "C"),
            ''), 'UTF8')), 'hex')
        INTO frozen_hash FROM balance_checkpoints
        WHERE period = closing.period AND close_no = closing.close_no;
        IF closing.trial_balance_hash IS DISTINCT FROM frozen_hash THEN
            RAISE EXCEPTION 'checkpoint: the hash of % is not that of its frozen balances',
                to_char(closing.period, 'YYYY-MM') USING ERRCODE = 'FS006';
        END IF;
    END LOOP;
END $$;

-- Whoever a control row names as acting is whoever seals it.
CREATE FUNCTION check_actors(open_no bigint, sealer text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE named text;
BEGIN
    SELECT who INTO named FROM (
        SELECT actor AS who FROM period_events WHERE change_no = open_no
        UNION ALL SELECT nullif(proposed_by, 'defaults') FROM policies WHERE change_no = open_no
        UNION ALL SELECT confirmed_by FROM policy_confirmations WHERE change_no = open_no
        UNION ALL SELECT enrolled_by FROM user_keys WHERE change_no = open_no
        UNION ALL SELECT confirmed_by FROM user_key_confirmations WHERE change_no = open_no) rows
    WHERE who <> sealer LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'actor: a row names %, but % seals it', named, sealer
            USING ERRCODE = 'FS005';
    END IF;
END $$;

-- Defaults need no second person, so they come once: when a policy's name is new.
CREATE FUNCTION check_policy() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.proposed_by = 'defaults' AND EXISTS (
        SELECT 1 FROM policies WHERE name = NEW.name AND change_no <> NEW.change_no) THEN
        RAISE EXCEPTION 'segregation: policy % is there; its next version takes two persons',
            NEW.name USING ERRCODE = 'FS005';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION refuse_same_person() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE first_person text;
BEGIN
    IF TG_TABLE_NAME = 'policy_confirmations' THEN
        SELECT proposed_by INTO first_person FROM policies
            WHERE name = NEW.name AND version = NEW.version;
    ELSE
        SELECT enrolled_by INTO first_person FROM user_keys WHERE public_key = NEW.public_key;
    END IF;
    IF first_person IS NULL OR first_person = NEW.confirmed_by THEN
        RAISE EXCEPTION 'segregation: % proposed this; another person confirms it',
            coalesce(first_person, 'nobody') USING ERRCODE = 'FS005';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION check_matches() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE bad text;
BEGIN
    SELECT a.entry_number::text INTO bad FROM added a
        JOIN journal_entries r ON r.reverses = a.entry_number LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'match: entry % is reversed, nothing is matched by it', bad
            USING ERRCODE = 'FS007';
    END IF;
    SELECT l.id INTO bad FROM bank_lines l JOIN (
        SELECT m.bank_line, sum(m.amount) AS matched, min(sign(m.amount)) AS low,
               max(sign(m.amount)) AS high
        FROM matches m
        WHERE m.bank_line IN (SELECT bank_line FROM added) AND NOT EXISTS (
            SELECT 1 FROM match_releases r
            WHERE r.bank_line = m.bank_line AND r.number = m.number)
        GROUP BY m.bank_line) s ON s.bank_line = l.id
    WHERE abs(s.matched) > abs(l.amount) OR s.low <> sign(l.amount) OR s.high <> sign(l.amount)
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'match: bank line % would be matched beyond its amount', bad
            USING ERRCODE = 'FS007';
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION check_match_release() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM matches
                   WHERE bank_line = NEW.bank_line AND number = NEW.number) THEN
        RAISE EXCEPTION 'match: bank line % has no match % to take back',
            NEW.bank_line, NEW.number USING ERRCODE = 'FS007';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION check_obligation() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    whole obligations;
    parts numeric;
    adjusted numeric;
BEGIN
    -- Adjustments come with a later revision; their table is looked for when this runs.
    SELECT coalesce(sum(amount), 0) INTO adjusted FROM obligation_adjustments
        WHERE obligation = CASE WHEN TG_TABLE_NAME = 'obligation_dues'
            THEN to_jsonb(NEW) ->> 'obligation' ELSE to_jsonb(NEW) ->> 'split_from' END;
    IF TG_TABLE_NAME = 'obligation_dues' THEN
        IF adjusted <> 0
            OR EXISTS (SELECT 1 FROM obligations WHERE split_from = NEW.obligation) THEN
            RAISE EXCEPTION 'obligation: % falls due in parts', NEW.obligation
                USING ERRCODE = 'FS008';
        END IF;
        IF EXISTS (
            SELECT 1 FROM journal_entries r WHERE r.reverses = NEW.entry_number
            UNION ALL
            SELECT 1 FROM obligations o JOIN journal_entries r ON r.reverses = o.entry_number
            WHERE o.id = NEW.obligation) THEN
            RAISE EXCEPTION 'obligation: what % rests on is reversed', NEW.obligation
                USING ERRCODE = 'FS008';
        END IF;
    ELSIF NEW.split_from IS NOT NULL THEN
        SELECT * INTO whole FROM obligations WHERE id = NEW.split_from;
        SELECT sum(amount) INTO parts FROM obligations WHERE split_from = NEW.split_from;
        IF whole.split_from IS NOT NULL OR whole.payee <> NEW.payee
            OR whole.commodity <> NEW.commodity OR parts > whole.amount + adjusted
            OR EXISTS (SELECT 1 FROM obligation_dues WHERE obligation = whole.id) THEN
            RAISE EXCEPTION 'obligation: % is no part of %', NEW.id, NEW.split_from
                USING ERRCODE = 'FS008';
        END IF;
    END IF;
    RETURN NEW;
END $$;
"""

CHECK_ENTRIES = r"""
-- Entries of a change are one contiguous range of numbers, so every check reads by primary key from
-- the last sealed one on. A plan made for a few entries takes minutes for a hundred thousand, and
-- planning for each single entry takes longer than checking it: hence this function twice.
CREATE FUNCTION check_entries_{size}(header changes, first_no bigint, closed date) RETURNS void
    LANGUAGE plpgsql {settings} AS $$
DECLARE
    open_no bigint := header.number;
    entries record;
    bad record;
BEGIN
    SELECT count(*) AS total, min(effective_date) AS earliest, max(effective_date) AS latest,
           count(evidence) AS evidenced, count(reverses) AS reversals
        INTO entries FROM journal_entries WHERE number BETWEEN first_no AND header.entry_last;
    IF entries.total <> header.entry_count
        OR (SELECT max(entry_number) FROM postings) > header.entry_last THEN
        RAISE EXCEPTION 'number: entries are numbered without gaps' USING ERRCODE = 'FS010';
    END IF;
    IF entries.earliest < date '0001-01-01' OR entries.latest > date '9999-12-31' THEN
        RAISE EXCEPTION 'date: an entry is dated outside the calendar' USING ERRCODE = 'FS011';
    END IF;
    IF entries.earliest < closed + interval '1 month' THEN
        RAISE EXCEPTION 'period_closed: an entry is dated %, but % is closed',
            entries.earliest, to_char(closed, 'YYYY-MM') USING ERRCODE = 'FS004';
    END IF;

    -- Every entry of the range is there, so none is lost by the join. Dates repeat in postings for
    -- the sake of an index; they must say what their entry says.
    SELECT e.number, e.reference, u.commodity, u.total INTO bad FROM (
        SELECT p.entry_number, p.commodity, sum(p.amount) AS total
        FROM postings p JOIN journal_entries e ON e.number = p.entry_number
        WHERE p.entry_number BETWEEN first_no AND header.entry_last
            AND e.number BETWEEN first_no AND header.entry_last
        GROUP BY p.entry_number, p.commodity
        HAVING sum(p.amount) <> 0 OR NOT bool_and(p.effective_date = e.effective_date)) u
    JOIN journal_entries e ON e.number = u.entry_number ORDER BY u.total = 0, e.number LIMIT 1;
    IF FOUND AND bad.total = 0 THEN
        RAISE EXCEPTION 'date: a posting and its entry differ in date' USING ERRCODE = 'FS011';
    ELSIF FOUND THEN
        RAISE EXCEPTION 'unbalanced: entry % (%) is off by % %',
            bad.number, bad.reference, bad.total, bad.commodity USING ERRCODE = 'FS011';
    END IF;
    -- Lines are distinct by key: as many first and second lines as entries means two for each.
    SELECT count(*) AS total, min(line) AS low, count(*) FILTER (WHERE line = 1) AS firsts,
           count(*) FILTER (WHERE line = 2) AS seconds
        INTO bad FROM postings WHERE entry_number BETWEEN first_no AND header.entry_last;
    IF bad.total <> header.posting_count OR bad.low < 1 OR bad.firsts <> header.entry_count
        OR bad.seconds <> header.entry_count OR bad.total > 2 * header.entry_count AND EXISTS (
            SELECT 1 FROM postings p WHERE p.entry_number BETWEEN first_no AND header.entry_last
                AND p.line > 2 AND NOT EXISTS (
                    SELECT 1 FROM postings q
                    WHERE q.entry_number = p.entry_number AND q.line = p.line - 1)) THEN
        RAISE EXCEPTION 'line: an entry has two or more postings, numbered from 1 without gaps'
            USING ERRCODE = 'FS011';
    END IF;

    IF entries.evidenced > 0 THEN
        SELECT e.number, e.evidence INTO bad FROM journal_entries e
        WHERE e.number BETWEEN first_no AND header.entry_last AND e.evidence IS NOT NULL
            AND NOT EXISTS (SELECT 1 FROM evidence x WHERE x.sha256 = e.evidence) LIMIT 1;
        IF FOUND THEN
            RAISE EXCEPTION 'reference: entry % names evidence % that is not there',
                bad.number, bad.evidence USING ERRCODE = 'FS012';
        END IF;
    END IF;
    IF entries.reversals > 0 THEN
        PERFORM check_reversals(first_no, header.entry_last);
    END IF;

    -- Postings are summed once, for their balances and for the parties they name. Keys of
    -- account_balances refuse unknown accounts and commodities.
    WITH summed AS MATERIALIZED (
        SELECT account, commodity, party, document, sum(amount) AS amount FROM postings
        WHERE entry_number BETWEEN first_no AND header.entry_last
        GROUP BY account, commodity, party, document),
    moved AS (
        SELECT s.account, s.commodity,
               CASE WHEN a.detail = 'account' THEN '' ELSE coalesce(s.party, '') END AS party,
               CASE WHEN a.detail = 'document' THEN coalesce(s.document, '') ELSE '' END
                   AS document,
               sum(s.amount) AS amount
        FROM summed s LEFT JOIN accounts a ON a.code = s.account
        GROUP BY 1, 2, 3, 4),
    written AS (
        INSERT INTO account_balances (account, commodity, party, document, change_no, balance)
        SELECT moved.account, moved.commodity, moved.party, moved.document, open_no,
               moved.amount + coalesce(earlier.balance, 0)
        FROM moved
        LEFT JOIN LATERAL (
            SELECT b.balance FROM account_balances b
            WHERE b.account = moved.account AND b.commodity = moved.commodity
                AND b.party = moved.party AND b.document = moved.document
            ORDER BY b.change_no DESC LIMIT 1) earlier ON true)
    SELECT s.party INTO bad FROM summed s
    WHERE s.party IS NOT NULL AND NOT EXISTS (SELECT 1 FROM parties x WHERE x.id = s.party)
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'reference: there is no party %', bad.party USING ERRCODE = 'FS012';
    END IF;

    SELECT b.account, b.party, b.document, b.commodity, b.balance INTO bad
    FROM account_balances b JOIN accounts a ON a.code = b.account
    WHERE b.change_no = open_no AND a.floor AND b.balance <> 0
        AND (b.balance > 0) <> (a.type IN ('asset', 'expense')) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'floor: % of % (%) would pass zero: % %',
            bad.account, bad.party, bad.document, bad.balance, bad.commodity
            USING ERRCODE = 'FS014';
    END IF;
END $$;
"""

FEW = "SET plan_cache_mode = force_generic_plan SET enable_seqscan = off"
MANY = "SET plan_cache_mode = force_custom_plan SET enable_seqscan = on SET work_mem = '64MB'"

SEAL = r"""
-- What stands on entries, so that a mirror alone would leave it behind. Revisions with tables of
-- their own add a function of this shape and replace `dependents_of`, which asks them all.
CREATE FUNCTION ledger_dependents(entries bigint[]) RETURNS TABLE (entry bigint, dependent text)
    LANGUAGE sql STABLE AS $$
    SELECT m.entry_number, 'match ' || m.number || ' of bank line ' || m.bank_line FROM matches m
    WHERE m.entry_number = ANY(entries) AND NOT EXISTS (
        SELECT 1 FROM match_releases r WHERE r.bank_line = m.bank_line AND r.number = m.number)
    UNION ALL
    SELECT d.entry_number, 'obligation ' || d.obligation || ', which is due' FROM obligation_dues d
    WHERE d.entry_number = ANY(entries)
    UNION ALL
    SELECT o.entry_number, 'obligation ' || d.obligation || ', which is due'
    FROM obligations o JOIN obligations p ON o.id IN (p.id, p.split_from)
    JOIN obligation_dues d ON d.obligation = p.id
    WHERE o.entry_number = ANY(entries)
$$;

CREATE FUNCTION dependents_of(entries bigint[]) RETURNS TABLE (entry bigint, dependent text)
    LANGUAGE sql STABLE AS $$
    SELECT * FROM ledger_dependents(entries)
$$;

-- Verification asks it, too, as the service's role.
GRANT EXECUTE ON FUNCTION ledger_dependents(bigint[]), dependents_of(bigint[]) TO feeshare_app;

CREATE FUNCTION check_reversals(first_no bigint, last_no bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE bad record;
BEGIN
    FOR bad IN SELECT number, reverses FROM journal_entries
        WHERE number BETWEEN first_no AND last_no AND reverses IS NOT NULL
    LOOP
        IF NOT EXISTS (SELECT 1 FROM journal_entries
                       WHERE number = bad.reverses AND reverses IS NULL)
            OR EXISTS (
                (SELECT line, account, party, document, commodity, -amount FROM postings
                    WHERE entry_number = bad.reverses
                 EXCEPT ALL SELECT line, account, party, document, commodity, amount FROM postings
                    WHERE entry_number = bad.number)
                UNION ALL
                (SELECT line, account, party, document, commodity, amount FROM postings
                    WHERE entry_number = bad.number
                 EXCEPT ALL SELECT line, account, party, document, commodity, -amount FROM postings
                    WHERE entry_number = bad.reverses)) THEN
            RAISE EXCEPTION 'reversal: entry % does not mirror entry %', bad.number, bad.reverses
                USING ERRCODE = 'FS013';
        END IF;
    END LOOP;
    SELECT entry, dependent INTO bad FROM dependents_of(ARRAY(
        SELECT reverses FROM journal_entries
        WHERE number BETWEEN first_no AND last_no AND reverses IS NOT NULL))
    ORDER BY entry, dependent LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'depended_on: entry % is not reversed while % stands on it',
            bad.entry, bad.dependent USING ERRCODE = 'FS015';
    END IF;
END $$;

-- The seal: an index leads to everything that it asks for. Planned once, it is three times as fast.
CREATE FUNCTION seal_change() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp
    SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
    open_no bigint := open_change_number();
    newest changes;
    closed date := closed_through();
    first_no bigint;
    bad record;
BEGIN
    SELECT * INTO newest FROM changes ORDER BY number DESC LIMIT 1;
    first_no := coalesce(newest.entry_last, 0) + 1;
    IF NEW.number <> open_no THEN
        RAISE EXCEPTION 'number: change % comes next, not %', open_no, NEW.number
            USING ERRCODE = 'FS010';
    END IF;
    IF NEW.previous_hash <> coalesce(newest.hash, decode(repeat('00', 32), 'hex')) THEN
        RAISE EXCEPTION 'link: the previous hash is not that of change %', open_no - 1
            USING ERRCODE = 'FS010';
    END IF;
    IF NOT isfinite(NEW.recorded_at) OR NEW.recorded_at < newest.recorded_at OR NEW.recorded_at > clock_timestamp() + '5 min' THEN
        RAISE EXCEPTION 'time: % is before the last change, or in the future', NEW.recorded_at
            USING ERRCODE = 'FS010';
    END IF;
    IF btrim(NEW.actor) = '' THEN
        RAISE EXCEPTION 'actor: a change without the name of who acts' USING ERRCODE = 'FS010';
    END IF;
    IF octet_length(NEW.root) <> 32 OR NEW.hash IS DISTINCT FROM sha256(convert_to(
        hash_field('change-1') || hash_field(NEW.number::text)
        || hash_field(to_char(NEW.recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))
        || hash_field(NEW.actor) || hash_field(NEW.reason) || hash_field(NEW.request_id)
        || hash_field(NEW.entry_count::text) || hash_field(NEW.posting_count::text)
        || hash_field(NEW.row_count::text) || hash_field(NEW.entry_last::text)
        || hash_field(encode(NEW.root, 'hex')) || hash_field(encode(NEW.previous_hash, 'hex')), 'UTF8')) THEN
        RAISE EXCEPTION 'hash: the header does not hash to what it claims' USING ERRCODE = 'FS010';
    END IF;

    SELECT coalesce(sum(row_count) FILTER (WHERE table_name = 'journal_entries'), 0) AS entries,
           coalesce(sum(row_count) FILTER (WHERE table_name = 'postings'), 0) AS postings,
           coalesce(sum(row_count)
               FILTER (WHERE table_name NOT IN ('journal_entries', 'postings')), 0) AS rows,
           coalesce(sum(row_count) FILTER (WHERE table_name = 'requests'), 0) AS requests
    INTO bad FROM change_tallies WHERE change_no = open_no;
    IF (bad.entries, bad.postings, bad.rows)
        <> (NEW.entry_count, NEW.posting_count, NEW.row_count) THEN
        RAISE EXCEPTION 'count: header % entries, % postings, % rows; written %, %, %',
            NEW.entry_count, NEW.posting_count, NEW.row_count, bad.entries, bad.postings, bad.rows
            USING ERRCODE = 'FS010';
    END IF;
    IF bad.requests <> (NEW.request_id IS NOT NULL)::int OR NEW.request_id IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM requests
                        WHERE request_id = NEW.request_id AND change_no = open_no) THEN
        RAISE EXCEPTION 'request: a change names its key in its header and in requests, or nowhere'
            USING ERRCODE = 'FS010';
    END IF;
    IF NEW.entry_count + NEW.row_count = 0 THEN
        RAISE EXCEPTION 'count: a change without content' USING ERRCODE = 'FS010';
    END IF;
    IF NEW.entry_last <> coalesce(newest.entry_last, 0) + NEW.entry_count THEN
        RAISE EXCEPTION 'number: entries are numbered without gaps' USING ERRCODE = 'FS010';
    END IF;
    IF NEW.row_count > 0 THEN
        PERFORM check_checkpoints(open_no);
        PERFORM check_actors(open_no, NEW.actor);
    END IF;
    IF NEW.entry_count = 0 THEN
        IF NEW.posting_count > 0 THEN
            RAISE EXCEPTION 'count: postings without an entry' USING ERRCODE = 'FS010';
        END IF;
        RETURN NEW;
    END IF;

    IF NEW.entry_count <= 100 THEN
        PERFORM check_entries_few(NEW, first_no, closed);
    ELSE
        PERFORM check_entries_many(NEW, first_no, closed);
    END IF;
    RETURN NEW;
END $$;
"""

# Other revisions call this for their own tables.
GUARD = r"""
-- Returns which rows of a table were there at the change that is read. A subquery, so that the
-- setting is looked up once a scan and not once a row.
CREATE FUNCTION known_then(name text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE name
        WHEN 'changes' THEN 'number <= (SELECT current_setting(''feeshare.known_at'')::bigint)'
        WHEN 'postings' THEN 'entry_number <= (SELECT entry_last FROM public.changes
            WHERE number <= current_setting(''feeshare.known_at'')::bigint
            ORDER BY number DESC LIMIT 1)'
        ELSE 'change_no <= (SELECT current_setting(''feeshare.known_at'')::bigint)'
    END
$$;

CREATE FUNCTION guard_table(name text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %I
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', name);
    EXECUTE format('GRANT SELECT ON %I TO feeshare_app', name);
    EXECUTE format('CREATE VIEW as_known.%I WITH (security_invoker = true) AS
        SELECT * FROM public.%I WHERE %s', name, name, known_then(name));
    EXECUTE format('GRANT SELECT ON as_known.%I TO feeshare_app', name);
    IF name IN ('change_tallies', 'account_balances') THEN
        EXECUTE format('CREATE TRIGGER by_the_seal BEFORE INSERT ON %I
            FOR EACH STATEMENT EXECUTE FUNCTION refuse_hand()', name);
        RETURN;
    END IF;
    EXECUTE format('GRANT INSERT ON %I TO feeshare_app', name);
    IF name = 'changes' THEN
        EXECUTE 'CREATE TRIGGER seal BEFORE INSERT ON changes
            FOR EACH ROW EXECUTE FUNCTION seal_change()';
    ELSE
        EXECUTE format('CREATE TRIGGER tally AFTER INSERT ON %I REFERENCING NEW TABLE AS added
            FOR EACH STATEMENT EXECUTE FUNCTION %I()',
            name, CASE WHEN name = 'postings' THEN 'tally_postings' ELSE 'tally_rows' END);
        IF name NOT IN ('journal_entries', 'postings') THEN
            EXECUTE format('CREATE TRIGGER books_lock BEFORE INSERT ON %I
                FOR EACH STATEMENT EXECUTE FUNCTION take_lock()', name);
        END IF;
    END IF;
END $$;
"""

TRIGGERS = """
CREATE TRIGGER defaults_once BEFORE INSERT ON policies
    FOR EACH ROW EXECUTE FUNCTION check_policy();
CREATE TRIGGER of_a_match BEFORE INSERT ON match_releases
    FOR EACH ROW EXECUTE FUNCTION check_match_release();
CREATE TRIGGER period_rules BEFORE INSERT ON period_events
    FOR EACH ROW EXECUTE FUNCTION check_period_event();
CREATE TRIGGER two_persons BEFORE INSERT ON policy_confirmations
    FOR EACH ROW EXECUTE FUNCTION refuse_same_person();
CREATE TRIGGER two_persons BEFORE INSERT ON user_key_confirmations
    FOR EACH ROW EXECUTE FUNCTION refuse_same_person();
CREATE TRIGGER within_the_line AFTER INSERT ON matches REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION check_matches();
CREATE TRIGGER parts_of_the_whole AFTER INSERT ON obligations
    FOR EACH ROW EXECUTE FUNCTION check_obligation();
CREATE TRIGGER whole_or_parts BEFORE INSERT ON obligation_dues
    FOR EACH ROW EXECUTE FUNCTION check_obligation();
"""


def upgrade() -> None:
    """Attach the guarantees to the tables of the books."""
    for statement in (
        ROLE,
        FUNCTIONS,
        CHECK_ENTRIES.format(size="few", settings=FEW),
        CHECK_ENTRIES.format(size="many", settings=MANY),
        SEAL,
        GUARD,
    ):
        op.execute(statement)
    for name in (
        "changes",
        "change_tallies",
        "account_balances",
        "journal_entries",
        "postings",
        *SEALED_TABLES,
    ):
        op.execute(f"SELECT guard_table('{name}')")
    op.execute(TRIGGERS)
    op.execute("GRANT SELECT ON alembic_version TO feeshare_app")
