"""A renewal and a sponsorship never have one id: a payment names its year by that alone."""

from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

RULE = r"""
CREATE FUNCTION check_id_of_year() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE taken boolean;
BEGIN
    IF TG_TABLE_NAME = 'renewals' THEN
        SELECT EXISTS (SELECT 1 FROM sponsorships WHERE id = NEW.id) INTO taken;
    ELSE
        SELECT EXISTS (SELECT 1 FROM renewals WHERE id = NEW.id) INTO taken;
    END IF;
    IF taken THEN
        RAISE EXCEPTION 'years: % is the id of a year of the other kind', NEW.id
            USING ERRCODE = 'FS270';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER own_id BEFORE INSERT ON renewals
    FOR EACH ROW EXECUTE FUNCTION check_id_of_year();
CREATE TRIGGER own_id BEFORE INSERT ON sponsorships
    FOR EACH ROW EXECUTE FUNCTION check_id_of_year();
"""


def upgrade() -> None:
    """Hold the ids of the two kinds apart."""
    op.execute(RULE)
