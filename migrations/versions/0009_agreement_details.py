"""What terms say besides: tiers, user rebates, timing, incentives; holds on what falls due."""

import sqlalchemy as sa
from alembic import op

from migrations.columns import QUANTITY, key_to, sealed

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

TABLES = (
    "terms_details",
    "terms_tiers",
    "terms_incentives",
    "terms_ends",
    "performance_holds",
    "performance_hold_releases",
)

RULES = r"""
-- An agreement that is new to the books may have a past; one that was there has settled months.
CREATE FUNCTION check_not_retroactive() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.effective_from < closed_through() + interval '1 month' AND EXISTS (
        SELECT 1 FROM agreement_terms t
        WHERE t.agreement = NEW.agreement AND t.change_no <> NEW.change_no) THEN
        RAISE EXCEPTION 'retroactive_change: terms of % from % reach into a closed month',
            NEW.agreement, NEW.effective_from USING ERRCODE = 'FS060';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION check_with_terms() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM agreement_terms t WHERE t.agreement = NEW.agreement
            AND t.version = NEW.terms_version AND t.change_no = NEW.change_no) THEN
        RAISE EXCEPTION 'retroactive_change: version % of % was agreed before, without this',
            NEW.terms_version, NEW.agreement USING ERRCODE = 'FS060';
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION check_tiers() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    bands record;
    whole agreement_terms;
BEGIN
    SELECT min(at_least) AS lowest, count(DISTINCT basis) AS bases, min(rate) AS low,
        max(rate) AS high INTO bands FROM terms_tiers
        WHERE agreement = NEW.agreement AND terms_version = NEW.terms_version;
    SELECT * INTO whole FROM agreement_terms
        WHERE agreement = NEW.agreement AND version = NEW.terms_version;
    IF bands.lowest <> 0 OR bands.bases <> 1 OR bands.low IS DISTINCT FROM whole.rate_low
        OR bands.high IS DISTINCT FROM whole.rate_high THEN
        RAISE EXCEPTION 'rate_invalid: tiers of % leave a gap or differ from its rates',
            NEW.agreement USING ERRCODE = 'FS061';
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION with_their_terms(table_name text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE CONSTRAINT TRIGGER with_their_terms AFTER INSERT ON %I
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_with_terms()',
        table_name);
END $$;

-- Deferred, because the moment of a change is known from its header, which comes last. What falls
-- due by a day before the hold is held too if the hold had begun when it was recorded.
CREATE FUNCTION check_hold() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    whole obligations;
    held text;
    recorded date;
BEGIN
    SELECT w.* INTO whole FROM obligations o
        JOIN obligations w ON w.id = coalesce(o.split_from, o.id) WHERE o.id = NEW.obligation;
    IF whole.kind <> 'maintainer-share' OR whole.agreement IS NULL THEN
        RETURN NULL;
    END IF;
    SELECT (recorded_at AT TIME ZONE 'UTC')::date INTO recorded FROM changes
        WHERE number = NEW.change_no;
    SELECT h.id INTO held FROM performance_holds h
        WHERE h.agreement = whole.agreement AND (h.payee IS NULL OR h.payee = whole.payee)
            AND h.effective_from <= greatest(NEW.due_on, coalesce(recorded, 'infinity'))
            AND NOT EXISTS (SELECT 1 FROM performance_hold_releases r WHERE r.hold = h.id)
        LIMIT 1;
    IF held IS NOT NULL THEN
        RAISE EXCEPTION 'performance_hold: % does not fall due under %', NEW.obligation, held
            USING ERRCODE = 'FS062';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER not_retroactive BEFORE INSERT ON agreement_terms
    FOR EACH ROW EXECUTE FUNCTION check_not_retroactive();
CREATE CONSTRAINT TRIGGER bands_without_gap AFTER INSERT ON terms_tiers
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_tiers();
CREATE CONSTRAINT TRIGGER not_under_a_hold AFTER INSERT ON obligation_dues
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_hold();

SELECT with_their_terms('terms_maintainers');
SELECT with_their_terms('terms_details');
SELECT with_their_terms('terms_tiers');
SELECT with_their_terms('terms_incentives');
-- An end that lies in a closed month, or before the terms began or the next ones do, would change
-- what was settled; a version ends once.
CREATE FUNCTION check_end() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    ended agreement_terms;
BEGIN
    SELECT * INTO ended FROM agreement_terms
        WHERE agreement = NEW.agreement AND version = NEW.terms_version;
    IF NEW.ends_on < closed_through() + interval '1 month' - interval '1 day' THEN
        RAISE EXCEPTION 'retroactive_change: terms of % would end on %, in a closed month',
            NEW.agreement, NEW.ends_on USING ERRCODE = 'FS060';
    END IF;
    IF NEW.ends_on < ended.effective_from OR ended.effective_to IS NOT NULL OR EXISTS (
        SELECT 1 FROM agreement_terms t WHERE t.agreement = NEW.agreement
            AND t.effective_from > ended.effective_from) THEN
        RAISE EXCEPTION 'agreement_overlap: version % of % does not end on %',
            NEW.terms_version, NEW.agreement, NEW.ends_on USING ERRCODE = 'FS020';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER once_and_not_back BEFORE INSERT ON terms_ends
    FOR EACH ROW EXECUTE FUNCTION check_end();
SELECT names_its_sealer('terms_ends', 'ended_by');
SELECT names_its_sealer('performance_holds', 'placed_by');
SELECT names_its_sealer('performance_hold_releases', 'released_by');
"""


def _of_terms(table: str) -> list[sa.schema.SchemaItem]:
    """Return the columns and the key by which a row belongs to a version of terms."""
    return [
        sa.Column("agreement", sa.Text(), nullable=False),
        sa.Column("terms_version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["agreement", "terms_version"],
            ["agreement_terms.agreement", "agreement_terms.version"],
            name=op.f(f"{table}_agreement_terms_version_fkey"),
        ),
    ]


def _check(table: str, name: str, rule: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(rule, name=op.f(f"{table}_{name}_check"))


def upgrade() -> None:
    """Create the tables of what terms say besides, with their rules."""
    op.create_table(
        "terms_details",
        *_of_terms("terms_details"),
        sa.Column("statement_day", sa.BigInteger(), nullable=True),
        sa.Column("payment_days", sa.BigInteger(), nullable=True),
        sa.Column("rebate_rate", QUANTITY, nullable=True),
        sa.Column("rebate_payer", sa.Text(), nullable=True),
        sa.Column("rebate_payee", sa.Text(), nullable=True),
        sa.Column("confidential", sa.Boolean(), nullable=False),
        sa.Column("selection_method", sa.Text(), nullable=True),
        sa.Column("selected_on", sa.Date(), nullable=True),
        sa.Column("selection_link", sa.Text(), nullable=True),
        *sealed("terms_details"),
        _check("terms_details", "statement_day", "statement_day BETWEEN 1 AND 28"),
        _check("terms_details", "payment_days", "payment_days BETWEEN 0 AND 365"),
        _check(
            "terms_details",
            "rebate",
            "coalesce((rebate_rate IS NULL AND rebate_payer IS NULL AND rebate_payee IS NULL)"
            " OR (rebate_rate > 0 AND rebate_rate <= 1"
            " AND ((rebate_payer = 'exchange' AND rebate_payee IS NULL)"
            " OR (rebate_payer = 'foundation' AND rebate_payee IS NOT NULL))), false)",
        ),
        key_to("terms_details", "rebate_payee", "parties.id"),
        sa.PrimaryKeyConstraint("agreement", "terms_version", name=op.f("terms_details_pkey")),
    )
    op.create_table(
        "terms_tiers",
        *_of_terms("terms_tiers"),
        sa.Column("at_least", QUANTITY, nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("rate", QUANTITY, nullable=False),
        *sealed("terms_tiers"),
        _check("terms_tiers", "basis", "basis IN ('trading-fees', 'volume')"),
        _check("terms_tiers", "at_least", "at_least >= 0"),
        _check("terms_tiers", "rate", "rate > 0 AND rate <= 1"),
        sa.PrimaryKeyConstraint(
            "agreement", "terms_version", "at_least", name=op.f("terms_tiers_pkey")
        ),
    )
    op.create_table(
        "terms_incentives",
        *_of_terms("terms_incentives"),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("amount", QUANTITY, nullable=False),
        sa.Column("commodity", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        *sealed("terms_incentives"),
        _check("terms_incentives", "positive", "amount > 0"),
        _check("terms_incentives", "dates", "ends_on >= starts_on"),
        sa.PrimaryKeyConstraint(
            "agreement", "terms_version", "number", name=op.f("terms_incentives_pkey")
        ),
    )
    op.create_table(
        "performance_holds",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("agreement", sa.Text(), nullable=False),
        sa.Column("payee", sa.Text(), nullable=True),
        sa.Column("effective_from", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("open_bugs", sa.BigInteger(), nullable=True),
        sa.Column("oldest_bug_days", sa.BigInteger(), nullable=True),
        sa.Column("api_breakages", sa.BigInteger(), nullable=True),
        sa.Column("oldest_breakage_days", sa.BigInteger(), nullable=True),
        sa.Column("placed_by", sa.Text(), nullable=False),
        *sealed("performance_holds"),
        _check("performance_holds", "evidence", "reason <> '' AND evidence <> ''"),
        _check(
            "performance_holds",
            "counts",
            "open_bugs >= 0 AND oldest_bug_days >= 0 AND api_breakages >= 0"
            " AND oldest_breakage_days >= 0",
        ),
        key_to("performance_holds", "agreement", "agreements.id"),
        key_to("performance_holds", "payee", "parties.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("performance_holds_pkey")),
    )
    op.create_index(
        op.f("performance_holds_agreement_idx"), "performance_holds", ["agreement"], unique=False
    )
    op.create_table(
        "terms_ends",
        sa.Column("agreement", sa.Text(), nullable=False),
        sa.Column("terms_version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("ended_by", sa.Text(), nullable=False),
        *sealed("terms_ends"),
        _check("terms_ends", "reason", "reason <> ''"),
        sa.ForeignKeyConstraint(
            ["agreement", "terms_version"],
            ["agreement_terms.agreement", "agreement_terms.version"],
            name=op.f("terms_ends_agreement_terms_version_fkey"),
        ),
        sa.PrimaryKeyConstraint("agreement", "terms_version", name=op.f("terms_ends_pkey")),
    )
    op.create_table(
        "performance_hold_releases",
        sa.Column("hold", sa.Text(), nullable=False),
        sa.Column("released_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("released_by", sa.Text(), nullable=False),
        *sealed("performance_hold_releases"),
        _check("performance_hold_releases", "reason", "reason <> ''"),
        key_to("performance_hold_releases", "hold", "performance_holds.id"),
        sa.PrimaryKeyConstraint("hold", name=op.f("performance_hold_releases_pkey")),
    )
    for name in TABLES:
        op.create_index(op.f(f"{name}_change_no_idx"), name, ["change_no"], unique=False)
        op.execute(f"SELECT guard_table('{name}')")
    op.execute(RULES)
