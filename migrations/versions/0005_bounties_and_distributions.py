"""Bounties, renewals, and HBOT distributions under proposals."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

QUANTITY = postgresql.DOMAIN("quantity", sa.Numeric(), create_type=False)

TABLES = (
    "bounties",
    "proposals",
    "renewals",
    "bounty_assignments",
    "bounty_ends",
    "bounty_gates",
    "distribution_parts",
    "renewal_earnings",
    "renewal_ends",
)

RULES = r"""
-- Fires after the tally, which holds the books' lock: two parts cannot pass each other by.
CREATE FUNCTION check_authorised() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE bad record;
BEGIN
    SELECT p.id, p.amount, sum(d.amount) AS fixed INTO bad
    FROM proposals p JOIN distribution_parts d ON d.proposal = p.id
    WHERE p.id IN (SELECT proposal FROM added)
    GROUP BY p.id, p.amount HAVING sum(d.amount) > p.amount LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'authorisation_exceeded: % authorises %, its parts are %',
            bad.id, bad.amount, bad.fixed USING ERRCODE = 'FS040';
    END IF;
    RETURN NULL;
END $$;

-- A renewal's invoice is reversed by a waiver, as long as nothing was earned or paid of it. The
-- other rows are undone by nothing, so what they posted is not reversed either.
CREATE FUNCTION bounty_dependents(entries bigint[]) RETURNS TABLE (entry bigint, dependent text)
    LANGUAGE sql STABLE AS $$
    SELECT entry_number, 'the end of bounty ' || bounty FROM bounty_ends
    WHERE entry_number = ANY(entries)
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

GRANT EXECUTE ON FUNCTION bounty_dependents(bigint[]) TO feeshare_app;
CREATE OR REPLACE FUNCTION dependents_of(entries bigint[])
    RETURNS TABLE (entry bigint, dependent text) LANGUAGE sql STABLE AS $$
    SELECT * FROM ledger_dependents(entries)
    UNION ALL SELECT * FROM revenue_dependents(entries)
    UNION ALL SELECT * FROM payout_dependents(entries)
    UNION ALL SELECT * FROM bounty_dependents(entries)
$$;

CREATE TRIGGER within_the_authorised AFTER INSERT ON distribution_parts
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION check_authorised();
"""


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "bounties",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("exchange", sa.Text(), nullable=False),
        sa.Column("commodity", sa.Text(), nullable=False),
        sa.Column("amount", QUANTITY, nullable=False),
        sa.Column("developer", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("change_no", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("bounties_positive_check")),
        sa.ForeignKeyConstraint(
            ["change_no"],
            ["changes.number"],
            name=op.f("bounties_change_no_fkey"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["commodity"], ["commodities.code"], name=op.f("bounties_commodity_fkey")
        ),
        sa.ForeignKeyConstraint(
            ["developer"], ["parties.id"], name=op.f("bounties_developer_fkey")
        ),
        sa.ForeignKeyConstraint(["exchange"], ["parties.id"], name=op.f("bounties_exchange_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("bounties_pkey")),
    )
    op.create_index(op.f("bounties_change_no_idx"), "bounties", ["change_no"], unique=False)
    op.create_index(op.f("bounties_exchange_idx"), "bounties", ["exchange"], unique=False)
    op.create_table(
        "proposals",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("space", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("passed_on", sa.Date(), nullable=False),
        sa.Column("commodity", sa.Text(), nullable=False),
        sa.Column("amount", QUANTITY, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("change_no", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("id = space || '/' || hash", name=op.f("proposals_identity_check")),
        sa.CheckConstraint("amount > 0", name=op.f("proposals_positive_check")),
        sa.ForeignKeyConstraint(
            ["change_no"],
            ["changes.number"],
            name=op.f("proposals_change_no_fkey"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["commodity"], ["commodities.code"], name=op.f("proposals_commodity_fkey")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("proposals_pkey")),
    )
    op.create_index(op.f("proposals_change_no_idx"), "proposals", ["change_no"], unique=False)
    op.create_index(op.f("proposals_label_idx"), "proposals", ["label"], unique=False)
    op.create_table(
        "renewals",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("exchange", sa.Text(), nullable=False),
        sa.Column("connector", sa.Text(), nullable=False),
        sa.Column("year_from", sa.Date(), nullable=False),
        sa.Column("amount", QUANTITY, nullable=False),
        sa.Column("commodity", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("entry_number", sa.BigInteger(), nullable=False),
        sa.Column("change_no", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("renewals_positive_check")),
        sa.ForeignKeyConstraint(
            ["change_no"],
            ["changes.number"],
            name=op.f("renewals_change_no_fkey"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["commodity"], ["commodities.code"], name=op.f("renewals_commodity_fkey")
        ),
        sa.ForeignKeyConstraint(
            ["entry_number"], ["journal_entries.number"], name=op.f("renewals_entry_number_fkey")
        ),
        sa.ForeignKeyConstraint(["exchange"], ["parties.id"], name=op.f("renewals_exchange_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("renewals_pkey")),
        sa.UniqueConstraint("entry_number", name=op.f("renewals_entry_number_key")),
    )
    op.create_index(op.f("renewals_change_no_idx"), "renewals", ["change_no"], unique=False)
    op.create_index(op.f("renewals_exchange_idx"), "renewals", ["exchange"], unique=False)
    op.create_table(
        "bounty_assignments",
        sa.Column("bounty", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("payee", sa.Text(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("change_no", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "role IN ('developer','reviewer')", name=op.f("bounty_assignments_role_check")
        ),
        sa.ForeignKeyConstraint(
            ["bounty"], ["bounties.id"], name=op.f("bounty_assignments_bounty_fkey")
        ),
        sa.ForeignKeyConstraint(
            ["change_no"],
            ["changes.number"],
            name=op.f("bounty_assignments_change_no_fkey"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["payee"], ["parties.id"], name=op.f("bounty_assignments_payee_fkey")
        ),
        sa.PrimaryKeyConstraint("bounty", "role", "number", name=op.f("bounty_assignments_pkey")),
    )
    op.create_index(
        op.f("bounty_assignments_change_no_idx"), "bounty_assignments", ["change_no"], unique=False
    )
    op.create_table(
        "bounty_ends",
        sa.Column("bounty", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("amount", QUANTITY, nullable=False),
        sa.Column("entry_number", sa.BigInteger(), nullable=False),
        sa.Column("change_no", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("kind IN ('released','refunded')", name=op.f("bounty_ends_kind_check")),
        sa.ForeignKeyConstraint(["bounty"], ["bounties.id"], name=op.f("bounty_ends_bounty_fkey")),
        sa.ForeignKeyConstraint(
            ["change_no"],
            ["changes.number"],
            name=op.f("bounty_ends_change_no_fkey"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["entry_number"],
            ["journal_entries.number"],
            name=op.f("bounty_ends_entry_number_fkey"),
        ),
        sa.PrimaryKeyConstraint("bounty", name=op.f("bounty_ends_pkey")),
        sa.UniqueConstraint("entry_number", name=op.f("bounty_ends_entry_number_key")),
    )
    op.create_index(op.f("bounty_ends_change_no_idx"), "bounty_ends", ["change_no"], unique=False)
    op.create_table(
        "bounty_gates",
        sa.Column("bounty", sa.Text(), nullable=False),
        sa.Column("gate", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("change_no", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("evidence <> ''", name=op.f("bounty_gates_evidence_check")),
        sa.CheckConstraint(
            "gate IN ('delivered','approved','qa-passed','proposal-passed','merged','released')",
            name=op.f("bounty_gates_gate_check"),
        ),
        sa.ForeignKeyConstraint(
            ["bounty"], ["bounties.id"], name=op.f("bounty_gates_bounty_fkey")
        ),
        sa.ForeignKeyConstraint(
            ["change_no"],
            ["changes.number"],
            name=op.f("bounty_gates_change_no_fkey"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("bounty", "gate", name=op.f("bounty_gates_pkey")),
    )
    op.create_index(
        op.f("bounty_gates_change_no_idx"), "bounty_gates", ["change_no"], unique=False
    )
    op.create_table(
        "distribution_parts",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("proposal", sa.Text(), nullable=False),
        sa.Column("payee", sa.Text(), nullable=False),
        sa.Column("tranche", sa.Text(), nullable=False),
        sa.Column("amount", QUANTITY, nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("entry_number", sa.BigInteger(), nullable=False),
        sa.Column("change_no", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("distribution_parts_positive_check")),
        sa.ForeignKeyConstraint(
            ["change_no"],
            ["changes.number"],
            name=op.f("distribution_parts_change_no_fkey"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["entry_number"],
            ["journal_entries.number"],
            name=op.f("distribution_parts_entry_number_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["payee"], ["parties.id"], name=op.f("distribution_parts_payee_fkey")
        ),
        sa.ForeignKeyConstraint(
            ["proposal"], ["proposals.id"], name=op.f("distribution_parts_proposal_fkey")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("distribution_parts_pkey")),
        sa.UniqueConstraint("entry_number", name=op.f("distribution_parts_entry_number_key")),
        sa.UniqueConstraint(
            "proposal",
            "payee",
            "tranche",
            name=op.f("distribution_parts_proposal_payee_tranche_key"),
        ),
    )
    op.create_index(
        op.f("distribution_parts_change_no_idx"), "distribution_parts", ["change_no"], unique=False
    )
    op.create_index(
        op.f("distribution_parts_payee_idx"), "distribution_parts", ["payee"], unique=False
    )
    op.create_table(
        "renewal_earnings",
        sa.Column("renewal", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("amount", QUANTITY, nullable=False),
        sa.Column("entry_number", sa.BigInteger(), nullable=False),
        sa.Column("change_no", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("renewal_earnings_positive_check")),
        sa.ForeignKeyConstraint(
            ["change_no"],
            ["changes.number"],
            name=op.f("renewal_earnings_change_no_fkey"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["entry_number"],
            ["journal_entries.number"],
            name=op.f("renewal_earnings_entry_number_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["renewal"], ["renewals.id"], name=op.f("renewal_earnings_renewal_fkey")
        ),
        sa.PrimaryKeyConstraint("renewal", "period", name=op.f("renewal_earnings_pkey")),
        sa.UniqueConstraint("entry_number", name=op.f("renewal_earnings_entry_number_key")),
    )
    op.create_index(
        op.f("renewal_earnings_change_no_idx"), "renewal_earnings", ["change_no"], unique=False
    )
    op.create_table(
        "renewal_ends",
        sa.Column("renewal", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("relieved", QUANTITY, nullable=False),
        sa.Column("refunded", QUANTITY, nullable=False),
        sa.Column("entry_number", sa.BigInteger(), nullable=False),
        sa.Column("change_no", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("evidence <> ''", name=op.f("renewal_ends_evidence_check")),
        sa.CheckConstraint("kind IN ('waived','cancelled')", name=op.f("renewal_ends_kind_check")),
        sa.CheckConstraint(
            "relieved >= 0 AND refunded >= 0", name=op.f("renewal_ends_not_negative_check")
        ),
        sa.ForeignKeyConstraint(
            ["change_no"],
            ["changes.number"],
            name=op.f("renewal_ends_change_no_fkey"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["entry_number"],
            ["journal_entries.number"],
            name=op.f("renewal_ends_entry_number_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["renewal"], ["renewals.id"], name=op.f("renewal_ends_renewal_fkey")
        ),
        sa.PrimaryKeyConstraint("renewal", name=op.f("renewal_ends_pkey")),
        sa.UniqueConstraint("entry_number", name=op.f("renewal_ends_entry_number_key")),
    )
    op.create_index(
        op.f("renewal_ends_change_no_idx"), "renewal_ends", ["change_no"], unique=False
    )

    for name in TABLES:
        op.execute(f"SELECT guard_table('{name}')")
    op.execute(RULES)
