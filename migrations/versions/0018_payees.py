"""Addresses are proved, vouched for, frozen; risks take two persons; payees have settings."""

import sqlalchemy as sa
from alembic import op

from migrations.columns import QUANTITY, check, day, key_to, make, number, text

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

RULES = r"""
-- The value of a policy that is in force on a day, as `ledger.policies` reads it.
CREATE FUNCTION house_rule(wanted text, day date) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT p.value::jsonb FROM policies p
    WHERE p.name = wanted AND p.effective_from <= day AND (p.proposed_by = 'defaults' OR EXISTS (
        SELECT 1 FROM policy_confirmations c WHERE c.name = p.name AND c.version = p.version))
    ORDER BY p.effective_from DESC, p.version DESC LIMIT 1
$$;

-- Capitals are a checksum on EVM chains and a part of the address on others.
CREATE FUNCTION bare_address(address text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN address ~* '^0x[0-9a-f]{40}$' THEN lower(address) ELSE address END
$$;

CREATE FUNCTION look_alike(one text, other text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT length(a) >= 32 AND length(a) = length(b) AND a <> b
        AND left(a, 4) = left(b, 4) AND right(a, 4) = right(b, 4)
    FROM (SELECT regexp_replace(bare_address(one), '^0x', '') AS a,
        regexp_replace(bare_address(other), '^0x', '') AS b) bare
$$;

-- What speaks against paying a payee at an address, and what it was compared with.
CREATE FUNCTION address_risks(who text, wanted text) RETURNS TABLE (risk text, other text)
    LANGUAGE sql STABLE AS $$
    SELECT DISTINCT 'address_shared', d.payee FROM destinations d
    WHERE d.payee <> who AND bare_address(d.address) = bare_address(wanted)
    UNION
    SELECT 'address_lookalike', known.address FROM (
        SELECT address FROM destinations UNION SELECT address FROM bank_accounts
        UNION SELECT counterparty FROM bank_lines UNION SELECT contract FROM tokens) known
    WHERE look_alike(wanted, known.address)
$$;

CREATE FUNCTION is_overridden(who text, wanted text, what text, than text) RETURNS boolean
    LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT 1 FROM destination_overrides o
        JOIN destination_override_confirmations c ON c.override = o.number
        WHERE o.payee = who AND bare_address(o.address) = bare_address(wanted)
            AND o.risk = what AND o.other = than)
$$;

CREATE FUNCTION is_frozen(wanted text) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT 1 FROM destination_freezes f JOIN destinations d ON d.id = f.destination
        WHERE bare_address(d.address) = bare_address(wanted) AND NOT EXISTS (
            SELECT 1 FROM destination_lift_confirmations c
            WHERE c.destination = f.destination AND c.number = f.number))
$$;

-- The confirmed destination that another one takes the place of; none for a first one, nor for one
-- that is confirmed together with the first.
CREATE FUNCTION replaced_destination(wanted text) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT d.id FROM destinations w
    JOIN destinations d ON d.payee = w.payee AND d.id <> w.id
    JOIN destination_confirmations c ON c.destination = d.id
    WHERE w.id = wanted AND c.change_no < coalesce(
        (SELECT change_no FROM destination_confirmations WHERE destination = w.id),
        (SELECT 1 + max(number) FROM changes))
    ORDER BY (d.rail = w.rail AND d.commodity IS NOT DISTINCT FROM w.commodity) DESC,
        (d.rail = w.rail) DESC, c.change_no DESC, d.id COLLATE "C" DESC
    LIMIT 1
$$;

-- Whether the payee has to prove a destination, or a further person to vouch for it.
CREATE FUNCTION needs_proof(wanted text, day date) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN r.id IS NULL THEN house_rule('destination-proof', day) = '"all"'::jsonb
        ELSE (r.chain, r.address) IS DISTINCT FROM (d.chain, d.address) END
    FROM destinations d LEFT JOIN destinations r ON r.id = replaced_destination(d.id)
    WHERE d.id = wanted
$$;

CREATE FUNCTION is_proved(wanted text) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
            SELECT 1 FROM destination_proofs p
            WHERE p.destination = d.id AND p.key = 'new' AND p.signer = d.address)
        AND (r.id IS NULL OR (NOT is_frozen(r.address) AND EXISTS (
            SELECT 1 FROM destination_proofs p
            WHERE p.destination = d.id AND p.key = 'old' AND p.signer = r.address)))
    FROM destinations d LEFT JOIN destinations r ON r.id = replaced_destination(d.id)
    WHERE d.id = wanted
$$;

-- What a chain was found to have at an address, by the newest look.
CREATE FUNCTION recipient_kind(wanted text) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT kind FROM destination_findings WHERE destination = wanted
    ORDER BY number DESC LIMIT 1
$$;

CREATE FUNCTION held_payee(who text, day date) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT h.number FROM payee_holds h
    WHERE h.payee = who AND h.held_from <= day AND coalesce(h.held_until >= day, true)
        AND NOT EXISTS (SELECT 1 FROM payee_hold_lifts l
            WHERE l.payee = h.payee AND l.number = h.number)
    ORDER BY h.number LIMIT 1
$$;

-- A kind of form that gates payouts and that a payee has none of in force.
CREATE FUNCTION missing_form(who text, day date) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT gate FROM jsonb_array_elements_text(house_rule('payee-form-gates', day)) gate
    WHERE coalesce((
        SELECT f.status <> 'approved' OR coalesce(f.valid_until < day, false) FROM payee_forms f
        WHERE f.payee = who AND f.kind = gate ORDER BY f.number DESC LIMIT 1), true)
    ORDER BY gate COLLATE "C" LIMIT 1
$$;

CREATE FUNCTION pays_user(who text, actor text) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT 1 FROM users WHERE name = actor AND party = who)
$$;

GRANT EXECUTE ON FUNCTION house_rule(text, date), bare_address(text), look_alike(text, text),
    address_risks(text, text), is_overridden(text, text, text, text), is_frozen(text),
    replaced_destination(text), needs_proof(text, date), is_proved(text), recipient_kind(text),
    held_payee(text, date), missing_form(text, date), pays_user(text, text) TO feeshare_app;

CREATE FUNCTION check_destination() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE against record;
BEGIN
    IF EXISTS (SELECT 1 FROM bank_accounts
        WHERE bare_address(address) = bare_address(NEW.address)) THEN
        RAISE EXCEPTION 'destination: % is an address of our own', NEW.address
            USING ERRCODE = 'FS161';
    END IF;
    IF is_frozen(NEW.address) THEN
        RAISE EXCEPTION 'frozen_address: % is frozen', NEW.address USING ERRCODE = 'FS162';
    END IF;
    SELECT * INTO against FROM address_risks(NEW.payee, NEW.address) r
    WHERE NOT is_overridden(NEW.payee, NEW.address, r.risk, r.other) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'address_risk: % for %: % with %, and no two persons override it',
            NEW.address, NEW.payee, against.risk, against.other USING ERRCODE = 'FS163';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION check_destination_confirmation() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE d destinations;
BEGIN
    SELECT * INTO d FROM destinations WHERE id = NEW.destination;
    IF d.requested_by IS NULL OR d.requested_by = NEW.confirmed_by THEN
        RAISE EXCEPTION 'segregation: % asked for this destination; another person confirms it',
            coalesce(d.requested_by, 'nobody') USING ERRCODE = 'FS005';
    END IF;
    IF pays_user(d.payee, NEW.confirmed_by) THEN
        RAISE EXCEPTION 'segregation: % is paid at this destination; another person confirms it',
            NEW.confirmed_by USING ERRCODE = 'FS005';
    END IF;
    PERFORM require_present(NEW.confirmed_at);
    IF is_frozen(d.address) THEN
        RAISE EXCEPTION 'frozen_address: % is frozen', d.address USING ERRCODE = 'FS162';
    END IF;
    IF recipient_kind(d.id) IN ('contract', 'elsewhere') AND NOT is_overridden(
        d.payee, d.address, 'recipient_contract', recipient_kind(d.id)) THEN
        RAISE EXCEPTION 'address_risk: % is a contract, and no two persons override it',
            d.address USING ERRCODE = 'FS163';
    END IF;
    IF needs_proof(d.id, (NEW.confirmed_at AT TIME ZONE 'UTC')::date) AND NOT is_proved(d.id)
        AND NOT EXISTS (SELECT 1 FROM destination_vouchers v
            WHERE v.destination = d.id AND v.vouched_by <> NEW.confirmed_by) THEN
        RAISE EXCEPTION 'proof: % proved destination % by no signature, and nobody but % vouches',
            d.payee, d.id, NEW.confirmed_by USING ERRCODE = 'FS164';
    END IF;
    RETURN NEW;
END $$;

-- Nothing is said of a destination any more, but a freeze, once it is confirmed.
CREATE FUNCTION check_destination_proof() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE signer text;
BEGIN
    SELECT address INTO signer FROM destinations WHERE id =
        CASE WHEN NEW.key = 'new' THEN NEW.destination
        ELSE replaced_destination(NEW.destination) END;
    IF signer IS DISTINCT FROM NEW.signer OR EXISTS (
        SELECT 1 FROM destination_confirmations WHERE destination = NEW.destination) THEN
        RAISE EXCEPTION 'proof: % is not the % key of %, or that is confirmed already',
            NEW.signer, NEW.key, NEW.destination USING ERRCODE = 'FS164';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION check_destination_voucher() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE d destinations;
BEGIN
    SELECT * INTO d FROM destinations WHERE id = NEW.destination;
    IF d.requested_by = NEW.vouched_by OR pays_user(d.payee, NEW.vouched_by) THEN
        RAISE EXCEPTION 'segregation: % asked for destination %, or is paid there',
            NEW.vouched_by, NEW.destination USING ERRCODE = 'FS005';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION check_destination_deposit() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.change_no IS DISTINCT FROM
        (SELECT change_no FROM destinations WHERE id = NEW.destination) THEN
        RAISE EXCEPTION 'destination: whose deposit address % is was said when it was asked for',
            NEW.destination USING ERRCODE = 'FS161';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION check_override_confirmation() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE o destination_overrides;
BEGIN
    SELECT * INTO o FROM destination_overrides WHERE number = NEW.override;
    IF o.proposed_by = NEW.confirmed_by OR pays_user(o.payee, NEW.confirmed_by) THEN
        RAISE EXCEPTION 'segregation: % proposed override %, or is paid by it',
            NEW.confirmed_by, NEW.override USING ERRCODE = 'FS005';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION check_lift() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    who text;
    payee text;
BEGIN
    SELECT l.lifted_by, d.payee INTO who, payee
    FROM destination_lifts l JOIN destinations d ON d.id = l.destination
    WHERE l.destination = NEW.destination AND l.number = NEW.number;
    IF who = NEW.confirmed_by OR pays_user(payee, NEW.confirmed_by) THEN
        RAISE EXCEPTION 'segregation: % lifts freeze % of %, or is paid there; another confirms',
            NEW.confirmed_by, NEW.number, NEW.destination USING ERRCODE = 'FS005';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION check_hold_lift() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF pays_user(NEW.payee, NEW.lifted_by) OR EXISTS (
        SELECT 1 FROM payee_holds
        WHERE payee = NEW.payee AND number = NEW.number AND added_by = NEW.lifted_by) THEN
        RAISE EXCEPTION 'segregation: % holds % or is held; another person lifts hold %',
            NEW.lifted_by, NEW.payee, NEW.number USING ERRCODE = 'FS005';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION check_form() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF pays_user(NEW.payee, NEW.set_by) THEN
        RAISE EXCEPTION 'segregation: % is %; another person says where the forms stand',
            NEW.set_by, NEW.payee USING ERRCODE = 'FS005';
    END IF;
    RETURN NEW;
END $$;

-- Runs at the end of the transaction: every known contact of a payee is told of what happens to
-- where they are paid, by the change in which it happens.
CREATE FUNCTION check_notified() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    about text := coalesce(to_jsonb(NEW) ->> 'destination', to_jsonb(NEW) ->> 'id');
BEGIN
    IF EXISTS (
        SELECT 1 FROM destinations d JOIN payee_contacts c ON c.payee = d.payee
        WHERE d.id = about AND c.change_no < NEW.change_no AND NOT EXISTS (
            SELECT 1 FROM notices n WHERE n.payee = c.payee AND n.contact = c.number
                AND n.destination = d.id AND n.event = TG_ARGV[0]
                AND n.change_no = NEW.change_no)) THEN
        RAISE EXCEPTION 'notice: a contact of the payee of % is not told of its %',
            about, TG_ARGV[0] USING ERRCODE = 'FS165';
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION check_payout_line() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    b payout_batches := require_freezing(NEW.batch, NEW.change_no);
    d destinations;
    confirmed timestamptz;
    day date := (b.frozen_at AT TIME ZONE 'UTC')::date;
BEGIN
    SELECT * INTO d FROM destinations WHERE id = NEW.destination;
    IF d.payee IS DISTINCT FROM NEW.payee OR d.rail <> b.rail OR d.chain IS DISTINCT FROM b.chain
        OR d.address <> NEW.address OR d.commodity <> NEW.commodity THEN
        RAISE EXCEPTION 'destination: line % of % does not pay where % is paid',
            NEW.line, NEW.batch, NEW.payee USING ERRCODE = 'FS032';
    END IF;
    SELECT confirmed_at INTO confirmed FROM destination_confirmations
        WHERE destination = NEW.destination;
    -- No policy makes the hold shorter than a day.
    IF confirmed IS NULL OR confirmed + interval '24 hours' > b.frozen_at THEN
        RAISE EXCEPTION 'hold: destination % is not confirmed, or not for a day yet',
            NEW.destination USING ERRCODE = 'FS032';
    END IF;
    IF is_frozen(NEW.address) THEN
        RAISE EXCEPTION 'frozen_address: % is frozen', NEW.address USING ERRCODE = 'FS162';
    END IF;
    IF held_payee(NEW.payee, day) IS NOT NULL OR missing_form(NEW.payee, day) IS NOT NULL THEN
        RAISE EXCEPTION 'payee_held: % is on hold, or a form that gates payouts is missing',
            NEW.payee USING ERRCODE = 'FS166';
    END IF;
    RETURN NEW;
END $$;

-- Whoever vouched for an address has set it as much as whoever confirmed it.
CREATE FUNCTION check_approval_of_voucher() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM payout_lines l JOIN destination_vouchers v ON v.destination = l.destination
        WHERE l.batch = NEW.batch AND v.vouched_by = NEW.approver) THEN
        RAISE EXCEPTION 'segregation: % vouched for a destination of batch %',
            NEW.approver, NEW.batch USING ERRCODE = 'FS005';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER without_risk BEFORE INSERT ON destinations
    FOR EACH ROW EXECUTE FUNCTION check_destination();
CREATE TRIGGER by_the_key BEFORE INSERT ON destination_proofs
    FOR EACH ROW EXECUTE FUNCTION check_destination_proof();
CREATE TRIGGER by_another BEFORE INSERT ON destination_vouchers
    FOR EACH ROW EXECUTE FUNCTION check_destination_voucher();
CREATE TRIGGER as_asked_for BEFORE INSERT ON destination_deposits
    FOR EACH ROW EXECUTE FUNCTION check_destination_deposit();
CREATE TRIGGER two_persons BEFORE INSERT ON destination_override_confirmations
    FOR EACH ROW EXECUTE FUNCTION check_override_confirmation();
CREATE TRIGGER two_persons BEFORE INSERT ON destination_lift_confirmations
    FOR EACH ROW EXECUTE FUNCTION check_lift();
CREATE TRIGGER two_persons BEFORE INSERT ON payee_hold_lifts
    FOR EACH ROW EXECUTE FUNCTION check_hold_lift();
CREATE TRIGGER by_another BEFORE INSERT ON payee_forms
    FOR EACH ROW EXECUTE FUNCTION check_form();
CREATE TRIGGER by_no_voucher BEFORE INSERT ON approvals
    FOR EACH ROW EXECUTE FUNCTION check_approval_of_voucher();
CREATE CONSTRAINT TRIGGER is_told AFTER INSERT ON destinations DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION check_notified('request');
CREATE CONSTRAINT TRIGGER is_told AFTER INSERT ON destination_confirmations
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_notified('confirmation');
CREATE CONSTRAINT TRIGGER is_told AFTER INSERT ON destination_freezes
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_notified('freeze');

SELECT names_its_sealer('destination_overrides', 'proposed_by');
SELECT names_its_sealer('destination_override_confirmations', 'confirmed_by');
SELECT names_its_sealer('destination_vouchers', 'vouched_by');
SELECT names_its_sealer('destination_freezes', 'frozen_by');
SELECT names_its_sealer('destination_lifts', 'lifted_by');
SELECT names_its_sealer('destination_lift_confirmations', 'confirmed_by');
SELECT names_its_sealer('payee_contacts', 'added_by');
SELECT names_its_sealer('payee_minimums', 'set_by');
SELECT names_its_sealer('payee_holds', 'added_by');
SELECT names_its_sealer('payee_hold_lifts', 'lifted_by');
SELECT names_its_sealer('payee_forms', 'set_by');
"""


def _pair(table: str, columns: list[str], target: str) -> sa.ForeignKeyConstraint:
    """Return the key of two columns to the columns of another table that number its rows."""
    return sa.ForeignKeyConstraint(
        columns,
        [f"{target}.{column}" for column in (columns[0], "number")],
        name=op.f(f"{table}_{'_'.join(columns)}_fkey"),
    )


def upgrade() -> None:
    """Create the tables of what is said of addresses and payees, with their rules."""
    _destinations()
    _freezes()
    _payees()
    op.execute(RULES)


def _destinations() -> None:
    name = "destination_deposits"
    make(
        name,
        ["destination"],
        text("destination"),
        text("exchange"),
        text("memo", nullable=True),
        key_to(name, "destination", "destinations.id"),
    )
    name = "destination_overrides"
    make(
        name,
        ["number"],
        number("number"),
        *(text(column) for column in ("payee", "address", "risk", "other", "reason")),
        text("proposed_by"),
        key_to(name, "payee", "parties.id"),
        check(name, "reason", "reason <> ''"),
    )
    name = "destination_override_confirmations"
    make(
        name,
        ["override"],
        number("override"),
        text("confirmed_by"),
        key_to(name, "override", "destination_overrides.number"),
    )
    name = "destination_proofs"
    make(
        name,
        ["destination", "key"],
        *(text(column) for column in ("destination", "key", "signer", "scheme")),
        *(text(column) for column in ("message", "signature")),
        key_to(name, "destination", "destinations.id"),
        check(name, "key", "key IN ('new', 'old')"),
    )
    name = "destination_vouchers"
    make(
        name,
        ["destination", "vouched_by"],
        *(text(column) for column in ("destination", "vouched_by", "reason")),
        text("evidence", nullable=True),
        key_to(name, "destination", "destinations.id"),
        key_to(name, "evidence", "evidence.sha256"),
        check(name, "reason", "reason <> ''"),
    )
    name = "destination_findings"
    make(
        name,
        ["destination", "number"],
        text("destination"),
        number("number"),
        *(text(column) for column in ("kind", "detail")),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        key_to(name, "destination", "destinations.id"),
        check(name, "kind", "kind IN ('account', 'delegated', 'safe', 'contract', 'elsewhere')"),
    )


def _freezes() -> None:
    name = "destination_freezes"
    make(
        name,
        ["destination", "number"],
        text("destination"),
        number("number"),
        *(text(column) for column in ("frozen_by", "reason")),
        key_to(name, "destination", "destinations.id"),
        check(name, "reason", "reason <> ''"),
    )
    name = "destination_lifts"
    make(
        name,
        ["destination", "number"],
        text("destination"),
        number("number"),
        *(text(column) for column in ("lifted_by", "reason")),
        _pair(name, ["destination", "number"], "destination_freezes"),
        check(name, "reason", "reason <> ''"),
    )
    name = "destination_lift_confirmations"
    make(
        name,
        ["destination", "number"],
        text("destination"),
        number("number"),
        text("confirmed_by"),
        _pair(name, ["destination", "number"], "destination_lifts"),
    )


def _payees() -> None:
    name = "payee_contacts"
    make(
        name,
        ["payee", "number"],
        text("payee"),
        number("number"),
        *(text(column) for column in ("channel", "address", "added_by")),
        key_to(name, "payee", "parties.id"),
    )
    name = "notices"
    make(
        name,
        ["number"],
        number("number"),
        text("payee"),
        number("contact"),
        *(text(column) for column in ("destination", "event", "text")),
        _pair(name, ["payee", "contact"], "payee_contacts"),
        key_to(name, "destination", "destinations.id"),
    )
    name = "payee_minimums"
    make(
        name,
        ["payee", "number"],
        text("payee"),
        number("number"),
        *(text(column) for column in ("rail", "commodity")),
        sa.Column("amount", QUANTITY, nullable=False),
        day("effective_from"),
        text("set_by"),
        key_to(name, "payee", "parties.id"),
        key_to(name, "commodity", "commodities.code"),
        check(name, "amount", "amount >= 0"),
    )
    name = "payee_holds"
    make(
        name,
        ["payee", "number"],
        text("payee"),
        number("number"),
        text("reason"),
        day("held_from"),
        day("held_until", nullable=True),
        text("added_by"),
        key_to(name, "payee", "parties.id"),
        check(name, "reason", "reason <> ''"),
        check(name, "days", "held_until >= held_from"),
    )
    name = "payee_hold_lifts"
    make(
        name,
        ["payee", "number"],
        text("payee"),
        number("number"),
        *(text(column) for column in ("lifted_by", "reason")),
        _pair(name, ["payee", "number"], "payee_holds"),
        check(name, "reason", "reason <> ''"),
    )
    name = "payee_forms"
    make(
        name,
        ["payee", "kind", "number"],
        *(text(column) for column in ("payee", "kind")),
        number("number"),
        text("status"),
        day("valid_until", nullable=True),
        text("set_by"),
        key_to(name, "payee", "parties.id"),
        check(name, "kind", "kind IN ('tax', 'aml')"),
        check(name, "status", "status IN ('requested', 'received', 'approved', 'rejected')"),
    )
