"""Attacks on the guards by the service's role: triggers, functions, tables, rights, settings."""

from attacks.steps import NO_RIGHT, NOT_OWNER, ONE, Attacks, Step, balanced, entry

FORGED_TALLY: list[Step] = [
    "CREATE TEMPORARY TABLE forged (change_no bigint)",
    "CREATE TRIGGER t AFTER INSERT ON forged REFERENCING NEW TABLE AS added "
    "FOR EACH STATEMENT EXECUTE FUNCTION public.tally_rows()",
]

ON_THE_SCHEMA: Attacks = {
    "a gap hidden by a forged tally": (FORGED_TALLY, "42501 permission denied for function"),
    "a seal run from a table of one's own": (
        [
            "CREATE TEMPORARY TABLE mine (LIKE public.changes)",
            "CREATE TRIGGER t BEFORE INSERT ON mine FOR EACH ROW "
            "EXECUTE FUNCTION public.seal_change()",
        ],
        "42501 permission denied for function",
    ),
    "truncated books": (["TRUNCATE changes CASCADE"], NO_RIGHT),
    "a tally by hand": (
        ["INSERT INTO change_tallies (change_no, table_name, row_count) VALUES (1, 'x', 1)"],
        NO_RIGHT,
    ),
    "triggers switched off by the session": (["SET session_replication_role = replica"], NO_RIGHT),
    "triggers switched off by the table": (
        ["ALTER TABLE postings DISABLE TRIGGER ALL"],
        NOT_OWNER,
    ),
    "a trigger dropped": (["DROP TRIGGER tally ON postings"], NOT_OWNER),
    "a function replaced": (
        ["CREATE FUNCTION public.closed_through() RETURNS date LANGUAGE sql AS 'SELECT NULL'"],
        "42501 permission denied for schema public",
    ),
    "tables and functions shadowed": (
        [
            "CREATE TEMPORARY TABLE period_events (LIKE public.period_events)",
            "CREATE FUNCTION pg_temp.closed_through() RETURNS date LANGUAGE sql "
            "AS 'SELECT NULL::date'",
            "SET search_path = pg_temp, public",
            entry(on="2023-01-20"),
            *balanced(on="2023-01-20"),
            ONE,
        ],
        "FS004 period_closed",
    ),
    "triggers switched off for the role": (
        ["ALTER ROLE feeshare_app SET session_replication_role = replica"],
        "42501 permission denied to set parameter",
    ),
    "a role that is a superuser": (
        ["ALTER ROLE feeshare_app SUPERUSER"],
        "42501 permission denied to alter role",
    ),
    "the owner's role taken on": (
        ["SET ROLE pg_database_owner"],
        "42501 permission denied to set role",
    ),
    "rights granted to oneself": (
        ["GRANT UPDATE ON postings TO feeshare_app", "UPDATE postings SET amount = 1"],
        NO_RIGHT,
    ),
    "a function of the owner's called by hand": (
        ["SELECT public.guard_table('users')"],
        "42501 permission denied for function",
    ),
    "a rule that does nothing instead": (
        ["CREATE RULE r AS ON INSERT TO postings DO INSTEAD NOTHING"],
        NOT_OWNER,
    ),
    "a column added": (["ALTER TABLE postings ADD COLUMN x int DEFAULT 1"], NOT_OWNER),
    "a constraint dropped": (
        ["ALTER TABLE matches DROP CONSTRAINT matches_amount_not_zero_check"],
        NOT_OWNER,
    ),
    "a domain made wider": (["ALTER DOMAIN quantity DROP CONSTRAINT exact"], NOT_OWNER),
    "a table dropped": (["DROP TABLE account_balances"], NOT_OWNER),
    "a child that shows rows of its own": (
        ["CREATE TEMPORARY TABLE child () INHERITS (public.users)"],
        NOT_OWNER,
    ),
    "the catalogue edited": (["UPDATE pg_catalog.pg_trigger SET tgenabled = 'D'"], NO_RIGHT),
    "a sequence turned back": (["SELECT setval('public.change_tallies_id_seq', 1)"], NO_RIGHT),
    "an event trigger": (
        ["CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION public.refuse_change()"],
        "42501 permission denied",
    ),
    "a schema of one's own": (["CREATE SCHEMA mine"], "42501 permission denied for database"),
    "a program run by the server": (
        ["COPY (SELECT 1) TO PROGRAM 'true'"],
        "42501 permission denied to COPY",
    ),
    "a table locked against everybody": (
        ["LOCK TABLE postings IN ACCESS EXCLUSIVE MODE"],
        NO_RIGHT,
    ),
    "rows locked against everybody": (["SELECT * FROM postings FOR UPDATE"], NO_RIGHT),
}
