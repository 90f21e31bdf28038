"""Whoever only reads or is paid is nobody's second person."""

from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

SECONDS = {
    "bank_account_confirmations": "confirmed_by",
    "destination_lift_confirmations": "confirmed_by",
    "destination_override_confirmations": "confirmed_by",
    "destination_vouchers": "vouched_by",
    "nonce_account_confirmations": "confirmed_by",
    "payee_hold_lifts": "lifted_by",
    "payee_signer_confirmations": "confirmed_by",
    "policy_confirmations": "confirmed_by",
    "price_acceptances": "accepted_by",
    "solana_source_confirmations": "confirmed_by",
    "token_confirmations": "confirmed_by",
    "user_key_confirmations": "confirmed_by",
    "waiver_override_confirmations": "confirmed_by",
    "write_off_confirmations": "confirmed_by",
}
"""Tables of second words that did not ask for a role yet, and the column that says whose it is.

Failures, reopened months and restored books are second words at times only: they have their own.
"""

FUNCTIONS = r"""
CREATE FUNCTION refuse_reading_second() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM refuse_roles(to_jsonb(NEW) ->> TG_ARGV[0], '{auditor,maintainer}');
    RETURN NEW;
END $$;

-- The chain proves what fails there; a bank's failure is one person's report and another's word.
CREATE FUNCTION refuse_reading_failure() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM failure_reports r
               WHERE r.batch = NEW.batch AND r.line = NEW.line) THEN
        PERFORM refuse_roles(NEW.failed_by, '{auditor,maintainer}');
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER a_reader_stands_for_nothing BEFORE INSERT ON line_failures
    FOR EACH ROW EXECUTE FUNCTION refuse_reading_failure();
CREATE TRIGGER a_reader_stands_for_nothing BEFORE INSERT ON period_events
    FOR EACH ROW WHEN (NEW.event = 'reopened') EXECUTE FUNCTION refuse_reading_second('actor');
CREATE TRIGGER a_reader_stands_for_nothing BEFORE INSERT ON recovery_ends
    FOR EACH ROW WHEN (NEW.anchor_number IS NULL)
    EXECUTE FUNCTION refuse_reading_second('ended_by');
"""


def upgrade() -> None:
    """Let each table of second words refuse those who only read."""
    op.execute(FUNCTIONS)
    for table, column in SECONDS.items():
        op.execute(
            f"CREATE TRIGGER a_reader_stands_for_nothing BEFORE INSERT ON {table}"
            f" FOR EACH ROW EXECUTE FUNCTION refuse_reading_second('{column}')"
        )
