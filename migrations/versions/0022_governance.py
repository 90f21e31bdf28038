"""Votes decide by the rule of their day what is authorised; lists of recipients and purchases."""

import sqlalchemy as sa
from alembic import op

from migrations.columns import check, key_to, make, moment, number, quantity, text

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

RULES = r"""
-- What became of a vote by its newest observation and the rule in force on the day it started, as
-- `payouts.vote_rules` says it; nothing where no vote was seen.
CREATE FUNCTION vote_outcome(wanted text) RETURNS text LANGUAGE sql STABLE AS $$
    WITH newest AS (
        SELECT v.*, house_rule('governance-' || lower(nullif(v.kind, '')),
            (v.starts_at AT TIME ZONE 'UTC')::date) AS rule
        FROM votes v WHERE v.proposal = wanted ORDER BY v.number DESC LIMIT 1
    ), counted AS (
        SELECT coalesce(sum(c.score) FILTER (WHERE c.counts_as = 'for'), 0) AS accepted,
            coalesce(sum(c.score) FILTER (WHERE c.counts_as = 'against'), 0) AS refused,
            coalesce(sum(c.score), 0) AS given
        FROM newest n JOIN vote_choices c ON c.proposal = n.proposal AND c.number = n.number
    ), needed AS (
        SELECT coalesce((rule #>> '{quorum,amount}')::numeric,
            (rule #>> '{quorum,percent}')::numeric * 0.01 * CASE rule #>> '{quorum,of}'
                WHEN 'circulating supply' THEN circulating_supply
                WHEN 'total supply' THEN total_supply END) AS quorum,
            (rule ->> 'vote_days')::integer * interval '24 hours' AS lasting,
            (rule ->> 'approval_above_percent')::numeric AS above
        FROM newest WHERE jsonb_typeof(rule) = 'object'
    )
    SELECT CASE
        WHEN n.state = 'cancelled' THEN 'cancelled'
        WHEN n.state <> 'closed' THEN n.state
        WHEN n.method NOT IN ('basic', 'single-choice') THEN 'ranking'
        WHEN needed.above IS NULL THEN 'no_rule'
        WHEN n.rule ->> 'space' NOT IN ('', n.space) THEN 'other_space'
        WHEN n.ends_at - n.starts_at < needed.lasting THEN 'too_short'
        WHEN needed.quorum IS NULL THEN 'supply_unknown'
        WHEN counted.given < needed.quorum THEN 'quorum_missed'
        WHEN counted.accepted * 100 <= needed.above * (counted.accepted + counted.refused)
            THEN 'not_approved'
        ELSE 'passed' END
    FROM newest n CROSS JOIN counted LEFT JOIN needed ON true
$$;

-- What an exchange paid of its fee share in a mandate's commodity, from its first day until a day.
CREATE FUNCTION purchase_base(wanted text, whose text, day date) RETURNS numeric
    LANGUAGE sql STABLE AS $$
    SELECT coalesce(sum(m.amount), 0)
    FROM purchase_mandates p JOIN agreements a ON a.exchange = p.exchange
    JOIN statements s ON s.agreement = a.id
    JOIN matches m ON m.document = s.id AND m.kind = 'statement'
    JOIN bank_lines l ON l.id = m.bank_line AND l.commodity = p.spent
    WHERE p.proposal = wanted AND p.exchange = whose
        AND l.on BETWEEN p.since AND least(p.until, day)
        AND NOT EXISTS (SELECT 1 FROM match_releases r
            WHERE r.bank_line = m.bank_line AND r.number = m.number)
$$;

GRANT EXECUTE ON FUNCTION vote_outcome(text), purchase_base(text, text, date) TO feeshare_app;

-- Observations are numbered without gaps, and a vote does not go back.
CREATE FUNCTION check_vote() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    states text[] := ARRAY['pending', 'active', 'closed', 'cancelled'];
    before votes;
BEGIN
    SELECT * INTO before FROM votes WHERE proposal = NEW.proposal ORDER BY number DESC LIMIT 1;
    IF NEW.number <> 1 + coalesce(before.number, 0)
        OR array_position(states, NEW.state) < array_position(states, before.state) THEN
        RAISE EXCEPTION 'vote: observation % of % is %, after observation %, %', NEW.number,
            NEW.proposal, NEW.state, before.number, before.state USING ERRCODE = 'FS221';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION check_vote_choice() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.change_no IS DISTINCT FROM (SELECT change_no FROM votes
        WHERE proposal = NEW.proposal AND number = NEW.number) THEN
        RAISE EXCEPTION 'vote: choice % of % was not seen with its vote', NEW.place, NEW.proposal
            USING ERRCODE = 'FS221';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION require_passed(wanted text, what text) RETURNS void LANGUAGE plpgsql STABLE AS $$
DECLARE outcome text := coalesce(vote_outcome(wanted), 'passed');
BEGIN
    IF outcome <> 'passed' THEN
        RAISE EXCEPTION 'vote: % is %; it authorises no %', wanted, outcome, what
            USING ERRCODE = 'FS221';
    END IF;
END $$;

CREATE FUNCTION check_proposal() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE asked votes;
BEGIN
    PERFORM require_passed(NEW.id, 'distribution');
    SELECT * INTO asked FROM votes WHERE proposal = NEW.id ORDER BY number DESC LIMIT 1;
    IF (asked.amount, asked.commodity) <> (NEW.amount, NEW.commodity) THEN
        RAISE EXCEPTION 'vote: % asked for % %, not for % %', NEW.id, asked.amount,
            asked.commodity, NEW.amount, NEW.commodity USING ERRCODE = 'FS221';
    END IF;
    RETURN NEW;
END $$;

-- Fires after the tally, which holds the books' lock: two parts cannot pass each other by.
CREATE OR REPLACE FUNCTION check_authorised() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE bad record;
BEGIN
    PERFORM require_passed(d.proposal, 'part') FROM (SELECT DISTINCT proposal FROM added) d;
    SELECT p.id, p.amount, sum(d.amount) AS fixed INTO bad
    FROM proposals p JOIN distribution_parts d ON d.proposal = p.id
    WHERE p.id IN (SELECT proposal FROM added)
    GROUP BY p.id, p.amount HAVING sum(d.amount) > p.amount LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'authorisation_exceeded: % authorises %, its parts are %',
            bad.id, bad.amount, bad.fixed USING ERRCODE = 'FS040';
    END IF;
    SELECT a.proposal, a.payee INTO bad FROM added a
    WHERE EXISTS (SELECT 1 FROM proposal_recipients r WHERE r.proposal = a.proposal)
        AND (SELECT sum(d.amount) FROM distribution_parts d
            WHERE d.proposal = a.proposal AND d.payee = a.payee) > coalesce((
            SELECT r.amount FROM proposal_recipients r
            WHERE r.proposal = a.proposal AND r.payee = a.payee), 0) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'recipient: % gets more of % than its list says', bad.payee, bad.proposal
            USING ERRCODE = 'FS222';
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION check_recipients() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE bad record;
BEGIN
    SELECT p.id, p.amount, sum(r.amount) AS listed INTO bad
    FROM proposals p JOIN proposal_recipients r ON r.proposal = p.id
    WHERE p.id IN (SELECT proposal FROM added)
    GROUP BY p.id, p.amount HAVING sum(r.amount) > p.amount LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'authorisation_exceeded: % authorises %, its recipients are to get %',
            bad.id, bad.amount, bad.listed USING ERRCODE = 'FS040';
    END IF;
    SELECT a.proposal, a.payee INTO bad FROM added a WHERE a.amount < (
        SELECT sum(d.amount) FROM distribution_parts d
        WHERE d.proposal = a.proposal AND d.payee = a.payee) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'recipient: % has more of % than the list says', bad.payee, bad.proposal
            USING ERRCODE = 'FS222';
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION check_mandate() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM require_passed(NEW.proposal, 'purchase');
    IF vote_outcome(NEW.proposal) IS NULL
        AND NOT EXISTS (SELECT 1 FROM proposals WHERE id = NEW.proposal) THEN
        RAISE EXCEPTION 'purchase: no proposal is %', NEW.proposal USING ERRCODE = 'FS223';
    END IF;
    RETURN NEW;
END $$;

-- Fires after the tally, as above.
CREATE FUNCTION check_purchase() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE bad record;
BEGIN
    PERFORM require_passed(d.proposal, 'purchase') FROM (SELECT DISTINCT proposal FROM added) d;
    SELECT a.conversion INTO bad FROM added a
    JOIN purchase_mandates m USING (proposal, exchange)
    JOIN conversions c ON c.id = a.conversion
    JOIN bank_lines s ON s.id = c.sold_line JOIN bank_lines b ON b.id = c.bought_line
    WHERE (s.commodity, b.commodity) <> (m.spent, m.bought) OR s.on < m.since LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'purchase: % is no purchase by its mandate', bad.conversion
            USING ERRCODE = 'FS223';
    END IF;
    SELECT m.proposal, m.exchange, sum(c.sold) AS spent, m.fraction
        * purchase_base(m.proposal, m.exchange, max(s.on)) AS allowed INTO bad
    FROM purchase_mandates m JOIN purchases p USING (proposal, exchange)
    JOIN conversions c ON c.id = p.conversion JOIN bank_lines s ON s.id = c.sold_line
    WHERE (m.proposal, m.exchange) IN (SELECT proposal, exchange FROM added)
    GROUP BY m.proposal, m.exchange, m.fraction
    HAVING sum(c.sold) > m.fraction * purchase_base(m.proposal, m.exchange, max(s.on)) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'purchase: % was spent of the fee share of % by %, its part is %',
            bad.spent, bad.exchange, bad.proposal, bad.allowed USING ERRCODE = 'FS223';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER in_order BEFORE INSERT ON votes FOR EACH ROW EXECUTE FUNCTION check_vote();
CREATE TRIGGER with_its_vote BEFORE INSERT ON vote_choices
    FOR EACH ROW EXECUTE FUNCTION check_vote_choice();
CREATE TRIGGER has_passed BEFORE INSERT ON proposals
    FOR EACH ROW EXECUTE FUNCTION check_proposal();
CREATE TRIGGER within_the_authorised AFTER INSERT ON proposal_recipients
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION check_recipients();
CREATE TRIGGER has_passed BEFORE INSERT ON purchase_mandates
    FOR EACH ROW EXECUTE FUNCTION check_mandate();
CREATE TRIGGER within_the_mandate AFTER INSERT ON purchases
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION check_purchase();
"""


def _keys(table: str, columns: list[str], target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        columns,
        [f"{target}.{column}" for column in columns],
        name=op.f(f"{table}_{'_'.join(columns)}_fkey"),
    )


def upgrade() -> None:
    """Create the tables of votes, recipients and purchases, with their rules."""
    _votes()
    _purchases()
    op.execute(RULES)


def _votes() -> None:
    name = "votes"
    make(
        name,
        ["proposal", "number"],
        text("proposal"),
        number("number"),
        *(text(column) for column in ("space", "hash", "label", "title")),
        *(text(column) for column in ("kind", "method", "state")),
        moment("created_at", nullable=True),
        moment("starts_at"),
        moment("ends_at"),
        text("snapshot_block"),
        quantity("circulating_supply", nullable=True),
        quantity("total_supply", nullable=True),
        text("supply_source"),
        quantity("amount", nullable=True),
        text("commodity", nullable=True),
        *(text(column) for column in ("link", "author", "evidence")),
        key_to(name, "commodity", "commodities.code"),
        key_to(name, "evidence", "evidence.sha256"),
        check(name, "identity", "proposal = space || '/' || hash"),
        check(name, "kind", "kind IN ('PRP','HIP','NCP','HGP','')"),
        check(name, "state", "state IN ('pending','active','closed','cancelled')"),
        check(
            name,
            "method",
            "method IN ('basic','single-choice','weighted','quadratic','ranked-choice','approval')",
        ),
        check(name, "window", "ends_at > starts_at"),
        check(
            name,
            "supply",
            "coalesce(circulating_supply, 1) > 0 AND coalesce(total_supply, 1) > 0 AND ("
            "supply_source <> '' OR coalesce(circulating_supply, total_supply) IS NULL)",
        ),
        check(
            name,
            "amount",
            "(amount IS NULL) = (commodity IS NULL) AND coalesce(amount, 1) > 0",
        ),
    )
    op.create_index(op.f("votes_label_idx"), name, ["label"], unique=False)
    name = "vote_choices"
    make(
        name,
        ["proposal", "number", "place"],
        text("proposal"),
        number("number"),
        number("place"),
        *(text(column) for column in ("choice", "counts_as")),
        quantity("score"),
        _keys(name, ["proposal", "number"], "votes"),
        check(name, "counts_as", "counts_as IN ('for','against','abstain','')"),
        check(name, "score", "score >= 0"),
    )
    name = "proposal_recipients"
    make(
        name,
        ["proposal", "payee"],
        *(text(column) for column in ("proposal", "payee")),
        quantity("amount"),
        text("source"),
        key_to(name, "proposal", "proposals.id"),
        key_to(name, "payee", "parties.id"),
        check(name, "positive", "amount > 0"),
    )


def _purchases() -> None:
    name = "purchase_mandates"
    make(
        name,
        ["proposal", "exchange"],
        *(text(column) for column in ("proposal", "exchange")),
        quantity("fraction"),
        *(text(column) for column in ("spent", "bought")),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        text("source"),
        key_to(name, "exchange", "parties.id"),
        key_to(name, "spent", "commodities.code"),
        key_to(name, "bought", "commodities.code"),
        check(name, "fraction", "fraction > 0 AND fraction <= 1"),
        check(name, "commodities", "spent <> bought"),
        check(name, "days", "until >= since"),
    )
    name = "purchases"
    make(
        name,
        ["conversion"],
        *(text(column) for column in ("conversion", "proposal", "exchange")),
        key_to(name, "conversion", "conversions.id"),
        _keys(name, ["proposal", "exchange"], "purchase_mandates"),
    )
