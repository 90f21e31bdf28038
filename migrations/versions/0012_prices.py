"""Prices have origins, and two persons against what was there; conversions have two lines."""

import sqlalchemy as sa
from alembic import op

from migrations.columns import QUANTITY, key_to, sealed

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

TABLES = ("price_origins", "price_proposals", "price_acceptances", "conversions")

RULES = r"""
-- A rule of the house says that something counts as one of something else, and nothing more.
CREATE FUNCTION check_price_by_rule() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF lower(NEW.source) LIKE 'policy%' AND NEW.price <> 1 THEN
        RAISE EXCEPTION 'price: % in % by % is no rule of the house: % is not 1',
            NEW.commodity, NEW.quote, NEW.source, NEW.price USING ERRCODE = 'FS063';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION check_price_acceptance() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE proposer text;
BEGIN
    SELECT proposed_by INTO proposer FROM price_proposals WHERE number = NEW.proposal;
    IF proposer IS NULL OR proposer = NEW.accepted_by THEN
        RAISE EXCEPTION 'segregation: % proposed this price; another person accepts it',
            coalesce(proposer, 'nobody') USING ERRCODE = 'FS005';
    END IF;
    RETURN NEW;
END $$;

-- Each side of a conversion is a live match of its bank line, whose entry moves the pair's account.
CREATE FUNCTION check_conversion() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE sides bigint;
BEGIN
    SELECT count(*) INTO sides
    FROM (VALUES (NEW.sold_line, -NEW.sold, NEW.sold - NEW.sold_fee),
        (NEW.bought_line, NEW.bought, -NEW.bought - NEW.bought_fee)) AS side (line, moved, paired)
    JOIN bank_lines l ON l.id = side.line
    JOIN matches m ON m.bank_line = l.id AND m.kind = 'conversion' AND m.document = NEW.id
        AND m.amount = side.moved
    JOIN postings p ON p.entry_number = m.entry_number AND p.account = NEW.account
        AND p.commodity = l.commodity AND p.amount = side.paired
    WHERE NOT EXISTS (
        SELECT 1 FROM match_releases r WHERE r.bank_line = m.bank_line AND r.number = m.number);
    IF sides <> 2 OR NEW.account NOT LIKE 'equity:conversion:%' OR (
        SELECT count(DISTINCT commodity) FROM bank_lines
        WHERE id IN (NEW.sold_line, NEW.bought_line)) <> 2 THEN
        RAISE EXCEPTION 'conversion: % is not two matched lines of two commodities', NEW.id
            USING ERRCODE = 'FS064';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER rule_of_the_house BEFORE INSERT ON prices
    FOR EACH ROW EXECUTE FUNCTION check_price_by_rule();
CREATE TRIGGER rule_of_the_house BEFORE INSERT ON price_proposals
    FOR EACH ROW EXECUTE FUNCTION check_price_by_rule();
CREATE TRIGGER two_persons BEFORE INSERT ON price_acceptances
    FOR EACH ROW EXECUTE FUNCTION check_price_acceptance();
CREATE TRIGGER two_lines BEFORE INSERT ON conversions
    FOR EACH ROW EXECUTE FUNCTION check_conversion();

SELECT names_its_sealer('price_proposals', 'proposed_by');
SELECT names_its_sealer('price_acceptances', 'accepted_by');
"""


def _origin(table: str) -> list[sa.schema.SchemaItem]:
    """Return the columns that say where a price came from."""
    return [
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("observed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("retrieved_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("raw_sha256", sa.Text(), nullable=False),
        sa.CheckConstraint("observed_at <= retrieved_at", name=op.f(f"{table}_moments_check")),
        key_to(table, "raw_sha256", "evidence.sha256"),
    ]


def upgrade() -> None:
    """Create the tables of origins, proposed prices and conversions, with their rules."""
    op.create_table(
        "price_origins",
        sa.Column("commodity", sa.Text(), nullable=False),
        sa.Column("quote", sa.Text(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        *_origin("price_origins"),
        *sealed("price_origins"),
        sa.ForeignKeyConstraint(
            ["commodity", "quote", "on", "source"],
            ["prices.commodity", "prices.quote", "prices.on", "prices.source"],
            name=op.f("price_origins_price_fkey"),
        ),
        sa.PrimaryKeyConstraint(
            "commodity", "quote", "on", "source", name=op.f("price_origins_pkey")
        ),
    )
    op.create_table(
        "price_proposals",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("commodity", sa.Text(), nullable=False),
        sa.Column("quote", sa.Text(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("price", QUANTITY, nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("proposed_by", sa.Text(), nullable=False),
        *_origin("price_proposals"),
        *sealed("price_proposals"),
        sa.CheckConstraint("price > 0", name=op.f("price_proposals_positive_check")),
        sa.CheckConstraint(
            "cause IN ('outlier','other price')", name=op.f("price_proposals_cause_check")
        ),
        sa.CheckConstraint("trim(reason) <> ''", name=op.f("price_proposals_reason_check")),
        key_to("price_proposals", "commodity", "commodities.code"),
        key_to("price_proposals", "quote", "commodities.code"),
        sa.PrimaryKeyConstraint("number", name=op.f("price_proposals_pkey")),
    )
    op.create_index(
        op.f("price_proposals_price_idx"),
        "price_proposals",
        ["commodity", "quote", "on", "source"],
        unique=False,
    )
    op.create_table(
        "price_acceptances",
        sa.Column("proposal", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("accepted_by", sa.Text(), nullable=False),
        *sealed("price_acceptances"),
        key_to("price_acceptances", "proposal", "price_proposals.number"),
        sa.PrimaryKeyConstraint("proposal", name=op.f("price_acceptances_pkey")),
    )
    op.create_table(
        "conversions",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("sold_line", sa.Text(), nullable=False),
        sa.Column("sold", QUANTITY, nullable=False),
        sa.Column("sold_fee", QUANTITY, nullable=False),
        sa.Column("bought_line", sa.Text(), nullable=False),
        sa.Column("bought", QUANTITY, nullable=False),
        sa.Column("bought_fee", QUANTITY, nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        *sealed("conversions"),
        sa.CheckConstraint(
            "sold_fee >= 0 AND sold > sold_fee AND bought > 0 AND bought_fee >= 0",
            name=op.f("conversions_amounts_check"),
        ),
        key_to("conversions", "account", "accounts.code"),
        key_to("conversions", "sold_line", "bank_lines.id"),
        key_to("conversions", "bought_line", "bank_lines.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("conversions_pkey")),
    )
    for name in TABLES:
        op.create_index(op.f(f"{name}_change_no_idx"), name, ["change_no"], unique=False)
        op.execute(f"SELECT guard_table('{name}')")
    op.execute(RULES)
