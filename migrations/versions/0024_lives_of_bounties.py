"""Bounties have funders, terms, stages and several developers; their life follows its table."""

import sqlalchemy as sa
from alembic import op

from migrations.columns import QUANTITY, check, day, key_to, make, number, text

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

RULES = r"""
CREATE FUNCTION is_over(wanted text) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT 1 FROM bounty_ends WHERE bounty = wanted)
        OR EXISTS (SELECT 1 FROM bounty_moves
            WHERE bounty = wanted AND move IN ('cancel', 'pay-directly'))
$$;

-- What is held for a bounty, by the accounts.
CREATE FUNCTION held_for(wanted text) RETURNS numeric LANGUAGE sql STABLE AS $$
    SELECT coalesce(-sum(amount), 0) FROM postings
    WHERE document = wanted AND account = 'liabilities:bounty-deposits'
$$;

CREATE FUNCTION gates_missing(wanted text, needed text[], day date) RETURNS text
    LANGUAGE sql STABLE AS $$
    SELECT string_agg(w.gate, ', ' ORDER BY w.gate) FROM unnest(needed) AS w(gate)
    WHERE w.gate <> '' AND NOT EXISTS (SELECT 1 FROM bounty_gates g
        WHERE g.bounty = wanted AND g.gate = w.gate AND g."on" <= day)
$$;

-- Nothing happens to a bounty any more once it is over.
CREATE FUNCTION check_bounty_lives() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF is_over(NEW.bounty) THEN
        RAISE EXCEPTION 'bounty_move: bounty % is over', NEW.bounty USING ERRCODE = 'FS261';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION check_bounty_move() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.move IN ('cancel', 'pay-directly') AND held_for(NEW.bounty) <> 0 THEN
        RAISE EXCEPTION 'bounty_move: % is held for bounty %', held_for(NEW.bounty), NEW.bounty
            USING ERRCODE = 'FS261';
    END IF;
    IF NEW.move = 'fail' AND EXISTS (SELECT 1 FROM bounty_gates
        WHERE bounty = NEW.bounty AND gate = NEW.gate) THEN
        RAISE EXCEPTION 'bounty_move: bounty % passed %', NEW.bounty, NEW.gate
            USING ERRCODE = 'FS261';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION check_bounty_end() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE lacking text;
BEGIN
    IF EXISTS (SELECT 1 FROM bounty_moves
        WHERE bounty = NEW.bounty AND move IN ('cancel', 'pay-directly')) THEN
        RAISE EXCEPTION 'bounty_move: bounty % is over', NEW.bounty USING ERRCODE = 'FS261';
    END IF;
    IF NEW.kind = 'released' AND NOT EXISTS (
        SELECT 1 FROM bounty_ends WHERE bounty = NEW.bounty) THEN
        lacking := gates_missing(NEW.bounty, ARRAY['delivered', 'approved', 'qa-passed',
            'proposal-passed', 'merged', 'released'], NEW."on");
        IF lacking IS NOT NULL THEN
            RAISE EXCEPTION 'bounty_release: bounty % lacks %', NEW.bounty, lacking
                USING ERRCODE = 'FS262';
        END IF;
    END IF;
    IF held_for(NEW.bounty) <> 0 THEN
        RAISE EXCEPTION 'bounty_release: % is still held for bounty %', held_for(NEW.bounty),
            NEW.bounty USING ERRCODE = 'FS262';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION check_stage_release() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE s bounty_stages; lacking text;
BEGIN
    SELECT * INTO s FROM bounty_stages WHERE bounty = NEW.bounty AND stage = NEW.stage;
    lacking := gates_missing(NEW.bounty, string_to_array(s.gates, ' '), NEW."on");
    IF lacking IS NOT NULL THEN
        RAISE EXCEPTION 'bounty_release: stage % of bounty % lacks %', NEW.stage, NEW.bounty,
            lacking USING ERRCODE = 'FS262';
    END IF;
    IF EXISTS (SELECT 1 FROM bounty_stages e
        WHERE e.bounty = NEW.bounty AND e.stage < NEW.stage AND NOT EXISTS (
            SELECT 1 FROM bounty_stage_releases r
            WHERE r.bounty = e.bounty AND r.stage = e.stage)) THEN
        RAISE EXCEPTION 'bounty_release: a stage before % of bounty % was not released',
            NEW.stage, NEW.bounty USING ERRCODE = 'FS262';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION check_bounty_parts() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE bad record;
BEGIN
    EXECUTE format(
        'SELECT b.id, b.amount, sum(p.amount) AS parts FROM bounties b JOIN %I p ON p.bounty = b.id
        WHERE b.id = $1 GROUP BY b.id, b.amount
        HAVING sum(p.amount) <> b.amount', TG_TABLE_NAME) INTO bad USING NEW.bounty;
    IF bad.id IS NOT NULL THEN
        RAISE EXCEPTION 'bounty_parts: % of bounty % sum to %, not to %', TG_TABLE_NAME, bad.id,
            bad.parts, bad.amount USING ERRCODE = 'FS263';
    END IF;
    RETURN NULL;
END $$;

GRANT EXECUTE ON FUNCTION is_over(text), held_for(text), gates_missing(text, text[], date)
    TO feeshare_app;

CREATE OR REPLACE FUNCTION bounty_dependents(entries bigint[])
    RETURNS TABLE (entry bigint, dependent text) LANGUAGE sql STABLE AS $$
    SELECT entry_number, 'the end of bounty ' || bounty FROM bounty_ends
    WHERE entry_number = ANY(entries)
    UNION ALL
    SELECT entry_number, 'stage ' || stage || ' of bounty ' || bounty FROM bounty_stage_releases
    WHERE entry_number = ANY(entries)
    UNION ALL
    SELECT o.entry_number, 'the overrun of bounty ' || x.bounty
    FROM bounty_overruns x JOIN obligations o ON o.id = x.obligation
    WHERE o.entry_number = ANY(entries)
    UNION ALL
    SELECT entry_number, 'distribution ' || id FROM distribution_parts
    WHERE entry_number = ANY(entries)
    UNION ALL
    SELECT entry_number, 'what was earned in ' || period || ' of renewal ' || renewal
    FROM renewal_earnings WHERE entry_number = ANY(entries)
    UNION ALL
    SELECT entry_number, 'the end of renewal ' || renewal FROM renewal_ends
    WHERE entry_number = ANY(entries)
    UNION ALL
    SELECT n.entry_number, 'what was earned in ' || e.period || ' of renewal ' || n.id
    FROM renewals n JOIN renewal_earnings e ON e.renewal = n.id
    WHERE n.entry_number = ANY(entries)
    UNION ALL
    SELECT n.entry_number, 'the end of renewal ' || n.id
    FROM renewals n JOIN renewal_ends e ON e.renewal = n.id AND e.kind = 'cancelled'
    WHERE n.entry_number = ANY(entries)
    UNION ALL
    SELECT n.entry_number, 'match ' || m.number || ' of bank line ' || m.bank_line
    FROM renewals n JOIN matches m ON m.document = n.id
    WHERE n.entry_number = ANY(entries) AND NOT EXISTS (
        SELECT 1 FROM match_releases r WHERE r.bank_line = m.bank_line AND r.number = m.number)
$$;

CREATE TRIGGER of_its_life BEFORE INSERT ON bounty_moves
    FOR EACH ROW EXECUTE FUNCTION check_bounty_move();
CREATE TRIGGER of_its_life BEFORE INSERT ON bounty_ends
    FOR EACH ROW EXECUTE FUNCTION check_bounty_end();
CREATE TRIGGER of_its_life BEFORE INSERT ON bounty_stage_releases
    FOR EACH ROW EXECUTE FUNCTION check_stage_release();
CREATE CONSTRAINT TRIGGER sum_to_the_whole AFTER INSERT ON bounty_funders
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_bounty_parts();
CREATE CONSTRAINT TRIGGER sum_to_the_whole AFTER INSERT ON bounty_stages
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_bounty_parts();
"""

WHILE_IT_LIVES = (
    "bounty_assignments",
    "bounty_choices",
    "bounty_gates",
    "bounty_moves",
    "bounty_stage_releases",
    "bounty_stages",
    "bounty_terms",
)
"""What is not recorded of a bounty any more once it is over."""


def upgrade() -> None:
    """Create the tables of what is agreed and of what happens, with their rules."""
    op.alter_column("bounties", "exchange", nullable=True)
    _agreed()
    _happens()
    op.execute(RULES)
    for name in WHILE_IT_LIVES:
        op.execute(
            f"CREATE TRIGGER while_it_lives BEFORE INSERT ON {name}"
            " FOR EACH ROW EXECUTE FUNCTION check_bounty_lives()"
        )


def _agreed() -> None:
    name = "bounty_funders"
    make(
        name,
        ["bounty", "number"],
        text("bounty"),
        number("number"),
        text("party", nullable=True),
        sa.Column("amount", QUANTITY, nullable=False),
        key_to(name, "bounty", "bounties.id"),
        key_to(name, "party", "parties.id"),
        check(name, "positive", "amount > 0"),
    )
    name = "bounty_terms"
    make(
        name,
        ["bounty", "number"],
        text("bounty"),
        number("number"),
        day("signed_on"),
        *(text(column) for column in ("arrangement", "document")),
        text("document_sha256", nullable=True),
        *(text(column) for column in ("signed_by_funder", "signed_by_us")),
        sa.Column("upfront", QUANTITY, nullable=False),
        *(
            sa.Column(f"{who}_share", QUANTITY, nullable=True)
            for who in ("developer", "foundation", "reviewer")
        ),
        key_to(name, "bounty", "bounties.id"),
        key_to(name, "document_sha256", "evidence.sha256"),
        check(name, "arrangement", "arrangement IN ('deposit','escrow','direct')"),
        check(name, "upfront", "upfront > 0 AND upfront <= 1"),
        check(
            name,
            "shares",
            "(developer_share IS NULL AND foundation_share IS NULL AND reviewer_share IS NULL)"
            " OR (developer_share >= 0 AND foundation_share >= 0 AND reviewer_share >= 0"
            " AND developer_share + foundation_share + reviewer_share = 1)",
        ),
        check(
            name,
            "escrow",
            "arrangement <> 'escrow' OR (document_sha256 IS NOT NULL"
            " AND signed_by_funder <> '' AND signed_by_us <> '')",
        ),
        check(name, "document", "document <> ''"),
    )
    name = "bounty_stages"
    make(
        name,
        ["bounty", "stage"],
        text("bounty"),
        number("stage"),
        text("title"),
        sa.Column("amount", QUANTITY, nullable=False),
        text("gates"),
        sa.Column("wait_days", sa.BigInteger(), nullable=False),
        key_to(name, "bounty", "bounties.id"),
        check(name, "positive", "amount > 0"),
        check(name, "wait_days", "wait_days >= 0"),
    )
    name = "bounty_members"
    make(
        name,
        ["bounty", "role", "number", "payee"],
        *(text(column) for column in ("bounty", "role")),
        number("number"),
        text("payee"),
        sa.Column("weight", QUANTITY, nullable=False),
        sa.ForeignKeyConstraint(
            ["bounty", "role", "number"],
            [f"bounty_assignments.{column}" for column in ("bounty", "role", "number")],
            name=op.f(f"{name}_bounty_role_number_fkey"),
        ),
        key_to(name, "payee", "parties.id"),
        check(name, "positive", "weight > 0"),
    )
    name = "bounty_choices"
    make(
        name,
        ["bounty", "payee", "number"],
        *(text(column) for column in ("bounty", "payee")),
        number("number"),
        text("commodity"),
        day("on"),
        text("evidence"),
        key_to(name, "bounty", "bounties.id"),
        key_to(name, "payee", "parties.id"),
        key_to(name, "commodity", "commodities.code"),
        check(name, "evidence", "evidence <> ''"),
    )


def _happens() -> None:
    name = "bounty_moves"
    make(
        name,
        ["bounty", "number"],
        text("bounty"),
        number("number"),
        text("move"),
        text("gate", nullable=True),
        day("on"),
        text("evidence"),
        key_to(name, "bounty", "bounties.id"),
        check(name, "move", "move IN ('pledge','withdraw','fail','pay-directly','cancel')"),
        check(name, "gate", "(move = 'fail') = (gate IS NOT NULL)"),
        check(name, "evidence", "evidence <> ''"),
    )
    name = "bounty_stage_releases"
    make(
        name,
        ["bounty", "stage"],
        text("bounty"),
        number("stage"),
        day("on"),
        sa.Column("amount", QUANTITY, nullable=False),
        sa.Column("entry_number", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["bounty", "stage"],
            ["bounty_stages.bounty", "bounty_stages.stage"],
            name=op.f(f"{name}_bounty_stage_fkey"),
        ),
        key_to(name, "entry_number", "journal_entries.number"),
    )
    name = "bounty_conversions"
    make(
        name,
        ["obligation"],
        *(text(column) for column in ("obligation", "commodity")),
        *(
            sa.Column(column, QUANTITY, nullable=False)
            for column in ("amount", "from_price", "into_price")
        ),
        day("first_day"),
        day("last_day"),
        text("prices"),
        key_to(name, "obligation", "obligations.id"),
        key_to(name, "commodity", "commodities.code"),
        check(name, "positive", "amount > 0 AND from_price > 0 AND into_price > 0"),
    )
    name = "bounty_overruns"
    make(
        name,
        ["bounty", "number"],
        text("bounty"),
        number("number"),
        text("obligation"),
        day("on"),
        text("reason"),
        key_to(name, "bounty", "bounties.id"),
        key_to(name, "obligation", "obligations.id"),
        sa.UniqueConstraint("obligation", name=op.f(f"{name}_obligation_key")),
        check(name, "reason", "reason <> ''"),
    )
