"""Attacks on the guards themselves, by whoever owns them, and what verification says of each."""

from attacks.steps import Attacks

ON_GUARDS: Attacks = {
    "a trigger left disabled": (
        ["ALTER TABLE postings DISABLE TRIGGER tally"],
        "postings: its trigger tally is disabled",
    ),
    "all triggers of a table left disabled": (
        ["ALTER TABLE changes DISABLE TRIGGER ALL"],
        "changes: its trigger seal is disabled",
    ),
    "a trigger awake in a replica only": (
        ["ALTER TABLE changes ENABLE REPLICA TRIGGER seal"],
        "changes: its trigger seal is disabled",
    ),
    "a trigger dropped": (
        ["DROP TRIGGER four_eyes ON approvals"],
        "approvals: its trigger four_eyes is gone",
    ),
    "a trigger made again, weaker": (
        [
            "DROP TRIGGER append_only ON postings",
            "CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON postings "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
        ],
        "postings: its trigger append_only is not as the migrations made it",
    ),
    "a trigger made again, of a function that does nothing": (
        [
            "CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS "
            "'BEGIN RETURN NEW; END'",
            "DROP TRIGGER seal ON changes",
            "CREATE TRIGGER seal BEFORE INSERT ON changes FOR EACH ROW EXECUTE FUNCTION nothing()",
        ],
        "changes: its trigger seal is not as the migrations made it",
    ),
    "a trigger that undoes": (
        [
            "CREATE FUNCTION undo() RETURNS trigger LANGUAGE plpgsql AS "
            "'BEGIN DELETE FROM approvals; RETURN NULL; END'",
            "CREATE TRIGGER z AFTER INSERT ON approvals EXECUTE FUNCTION undo()",
        ],
        "approvals: its trigger z was not made by the migrations",
    ),
    "a function that does nothing": (
        [
            "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
            "'BEGIN RETURN NULL; END'"
        ],
        r"function refuse_change\(\) is not as the migrations made it",
    ),
    "a function that says no month is closed": (
        [
            "CREATE OR REPLACE FUNCTION closed_through() RETURNS date LANGUAGE sql STABLE AS "
            "'SELECT NULL::date'"
        ],
        r"function closed_through\(\) is not as the migrations made it",
    ),
    "a function that reads other tables": (
        ["ALTER FUNCTION seal_change() RESET search_path"],
        r"function seal_change\(\) is not as the migrations made it",
    ),
    "a function without its owner's rights": (
        ["ALTER FUNCTION seal_change() SECURITY INVOKER"],
        r"function seal_change\(\) is not as the migrations made it",
    ),
    "a function that the service may call": (
        ["GRANT EXECUTE ON FUNCTION tally_rows() TO feeshare_app"],
        r"function tally_rows\(\) is not as the migrations made it",
    ),
    "a function that answers in another's place": (
        [
            "CREATE FUNCTION batch_state(wanted varchar) RETURNS text LANGUAGE sql AS "
            "'SELECT ''exported''::text'"
        ],
        r"function batch_state\(character varying\) was not made by the migrations",
    ),
    "a check dropped": (
        ["ALTER TABLE postings DROP CONSTRAINT postings_amount_not_zero_check"],
        "postings: its constraint postings_amount_not_zero_check is gone",
    ),
    "a check that looks at new rows only": (
        [
            "ALTER TABLE obligations DROP CONSTRAINT obligations_positive_check",
            "ALTER TABLE obligations ADD CONSTRAINT obligations_positive_check "
            "CHECK (amount > 0) NOT VALID",
        ],
        "obligations: its constraint obligations_positive_check is not as",
    ),
    "a key dropped": (
        ["ALTER TABLE change_tallies DROP CONSTRAINT change_tallies_change_no_fkey"],
        "change_tallies: its constraint change_tallies_change_no_fkey is gone",
    ),
    "a key's own triggers deleted": (
        [
            "DELETE FROM pg_trigger WHERE tgconstraint = (SELECT oid FROM pg_constraint "
            "WHERE conname = 'change_tallies_change_no_fkey')"
        ],
        "change_tallies: its constraint change_tallies_change_no_fkey is not as",
    ),
    "a key that is not enforced": (
        [
            "ALTER TABLE line_settlements ALTER CONSTRAINT line_settlements_bank_line_fkey "
            "NOT ENFORCED"
        ],
        "line_settlements: its constraint line_settlements_bank_line_fkey is not as",
    ),
    "a key checked later than it was": (
        [
            "ALTER TABLE line_settlements ALTER CONSTRAINT line_settlements_bank_line_fkey "
            "DEFERRABLE"
        ],
        "line_settlements: its constraint line_settlements_bank_line_fkey is not as",
    ),
    "a unique key dropped": (
        ["ALTER TABLE line_settlements DROP CONSTRAINT line_settlements_bank_line_key"],
        "line_settlements: its constraint line_settlements_bank_line_key is gone",
    ),
    "a unique index dropped": (
        ["DROP INDEX journal_entries_reverses_key"],
        "journal_entries: its index journal_entries_reverses_key is gone",
    ),
    "a unique index that is none": (
        [
            "DROP INDEX journal_entries_reverses_key",
            "CREATE INDEX journal_entries_reverses_key ON journal_entries (reverses)",
        ],
        "journal_entries: its index journal_entries_reverses_key is gone",
    ),
    "a column that may be empty": (
        ["ALTER TABLE journal_entries ALTER COLUMN fingerprint DROP NOT NULL"],
        "journal_entries: its column fingerprint is not as",
    ),
    "a column of another type": (
        [
            "DROP VIEW as_known.approvals",
            "ALTER TABLE approvals ALTER COLUMN signature TYPE varchar(200)",
        ],
        "approvals: its column signature is not as",
    ),
    "a column with a default": (
        ["ALTER TABLE payout_batches ALTER COLUMN checkers SET DEFAULT 1"],
        "payout_batches: its column checkers is not as",
    ),
    "a column added": (
        ["ALTER TABLE postings ADD COLUMN x numeric DEFAULT 1"],
        "postings: its column x was not made by the migrations",
    ),
    "a domain made wider": (
        ["ALTER DOMAIN quantity DROP CONSTRAINT exact"],
        "quantity: its constraint exact is gone",
    ),
    "a table dropped": (
        ["DROP TABLE bounty_choices CASCADE"],
        "table bounty_choices is gone",
    ),
    "a view of the books as known that leaves something out": (
        ["CREATE OR REPLACE VIEW as_known.users AS SELECT * FROM users WHERE name <> 'mallory'"],
        "view as_known.users is not as",
    ),
    "a table added": (
        ["CREATE TABLE payout_lines_2 (LIKE payout_lines)"],
        "table payout_lines_2 was not made by the migrations",
    ),
    "a rule that does nothing instead": (
        ["CREATE RULE quiet AS ON INSERT TO batch_events DO INSTEAD NOTHING"],
        "batch_events: its rule quiet was not made by the migrations",
    ),
    "rows hidden by a policy": (
        [
            "ALTER TABLE line_settlements ENABLE ROW LEVEL SECURITY",
            "CREATE POLICY hide ON line_settlements USING (false)",
        ],
        "line_settlements: its policy hide was not made by the migrations",
    ),
    "rows bound to a policy that is still to come": (
        ["ALTER TABLE line_settlements ENABLE ROW LEVEL SECURITY"],
        "table line_settlements is not as the migrations made it",
    ),
    "a child that shows rows of its own": (
        ["CREATE TABLE shadow () INHERITS (users)"],
        "shadow: its rows show in users past the guards",
    ),
    "an event trigger": (
        [
            "CREATE FUNCTION watch() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'",
            "CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION watch()",
        ],
        "event trigger e was not made by the migrations",
    ),
    "an equality of one's own": (
        [
            "CREATE FUNCTION alike(text, bytea) RETURNS boolean LANGUAGE sql AS 'SELECT true'",
            "CREATE OPERATOR = (LEFTARG = text, RIGHTARG = bytea, FUNCTION = alike)",
        ],
        r"operator =\(text,bytea\) was not made by the migrations",
    ),
    "more rights for the service": (
        ["GRANT UPDATE ON payout_batches TO feeshare_app"],
        "table payout_batches is not as the migrations made it",
    ),
    "more rights for everybody": (
        ["GRANT DELETE ON obligation_claims TO PUBLIC"],
        "table obligation_claims is not as the migrations made it",
    ),
    "rights to one column": (
        ["GRANT UPDATE (role) ON users TO feeshare_app"],
        "users: its column role is not as the migrations made it",
    ),
    "a schema in which everybody makes tables": (
        ["GRANT CREATE ON SCHEMA public TO PUBLIC"],
        "schema public is not as the migrations made it",
    ),
    "a service that is a superuser": (
        ["ALTER ROLE feeshare_app SUPERUSER"],
        "role feeshare_app: it is a superuser",
    ),
    "a service that owns a table": (
        ["ALTER TABLE users OWNER TO feeshare_app"],
        "role feeshare_app: it owns users",
    ),
    "a service that is a member of another role": (
        ["GRANT pg_write_all_data TO feeshare_app"],
        "role feeshare_app: it is a member of pg_write_all_data",
    ),
    "a service that may put triggers to sleep": (
        ["GRANT SET ON PARAMETER session_replication_role TO feeshare_app"],
        "role feeshare_app: it may set session_replication_role",
    ),
    "a service whose triggers sleep": (
        ["ALTER ROLE feeshare_app SET session_replication_role = replica"],
        "role feeshare_app: it sets session_replication_role=replica",
    ),
    "a service that looks elsewhere first": (
        ["ALTER ROLE feeshare_app SET search_path = shadow, public"],
        "role feeshare_app: it sets search_path=shadow, public",
    ),
    "a database whose triggers sleep": (
        ["ALTER DATABASE {database} SET session_replication_role = replica"],
        "database .*: it sets session_replication_role=replica",
    ),
}
