"""The queries that read the guards out of the database's catalogue, for `ledger.schema_guards`.

Law: what is read is what decides whether a write is refused, and nothing that differs between
installations: no owner's name, no number of an object, no data.
"""

from sqlalchemy import text

REVISION = text("SELECT version_num FROM alembic_version")

_RELATIONS = """
    SELECT c.oid, c.relname, c.relkind, c.relpersistence, c.relrowsecurity, c.relforcerowsecurity,
           c.relispartition, c.relacl, c.relowner
    FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace
"""

_GRANTED = """
    coalesce((SELECT string_agg(DISTINCT g.who || ' ' || g.privilege_type, ', ')
        FROM (SELECT a.privilege_type, CASE a.grantee WHEN 0 THEN 'everybody'
                  WHEN to_regrole('feeshare_app') THEN 'the service' ELSE 'others' END AS who
              FROM aclexplode({acl}) a WHERE a.grantee <> {owner}) g
        WHERE g.who <> 'others' OR g.privilege_type NOT IN ({harmless})), '')
"""
"""Who may do what, the owner apart. Roles of an installation's own may read."""

_ON_TABLES = _GRANTED.format(acl="r.relacl", owner="r.relowner", harmless="'SELECT'")
_ON_COLUMNS = _GRANTED.format(acl="a.attacl", owner="r.relowner", harmless="'SELECT'")
_ON_FUNCTIONS = _GRANTED.format(
    acl="coalesce(p.proacl, acldefault('f', p.proowner))", owner="p.proowner", harmless="''"
)

OBJECTS = text(f"""
    WITH r AS MATERIALIZED ({_RELATIONS}), t AS (SELECT * FROM r WHERE relkind IN ('r', 'p'))
    SELECT CASE relkind WHEN 'r' THEN 'table' WHEN 'S' THEN 'sequence' WHEN 'v' THEN 'view'
               ELSE 'relation' END AS kind,
           relname::text AS name,
           concat_ws(' | ', relkind, relpersistence, relrowsecurity, relforcerowsecurity,
               relispartition, {_ON_TABLES}) AS told
    FROM r WHERE relkind NOT IN ('i', 'I')
    UNION ALL
    SELECT 'column', r.relname || '.' || a.attname,
           concat_ws(' | ', format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity,
               a.attgenerated, coalesce(pg_get_expr(d.adbin, d.adrelid), ''), {_ON_COLUMNS})
    FROM r JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE r.relkind IN ('r', 'p', 'v', 'm', 'f')
    UNION ALL
    SELECT 'constraint', coalesce(t.relname, y.typname) || '.' || k.conname,
           concat_ws(' | ', pg_get_constraintdef(k.oid), k.convalidated, k.condeferrable,
               k.condeferred, x.indisunique, x.indisvalid, x.indisready, x.indislive,
               x.indimmediate,
               (SELECT count(*) FROM pg_trigger g WHERE g.tgconstraint = k.oid))
    FROM pg_constraint k LEFT JOIN pg_class t ON t.oid = k.conrelid AND t.relkind IN ('r', 'p')
        AND t.relnamespace = 'public'::regnamespace
    LEFT JOIN pg_type y ON y.oid = k.contypid
    LEFT JOIN pg_index x ON x.indexrelid = k.conindid AND k.contype IN ('p', 'u', 'x')
    WHERE k.connamespace = 'public'::regnamespace AND k.contype IN ('c', 'f', 'p', 'u', 'x')
    UNION ALL
    SELECT 'index', t.relname || '.' || i.relname,
           concat_ws(' | ', pg_get_indexdef(x.indexrelid), x.indisvalid, x.indisready)
    FROM pg_index x JOIN t ON t.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid
    WHERE (x.indisunique OR x.indexprs IS NOT NULL)
        AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = x.indexrelid
            AND k.conrelid = x.indrelid AND k.contype IN ('p', 'u', 'x'))
    UNION ALL
    SELECT 'trigger', r.relname || '.' || g.tgname, pg_get_triggerdef(g.oid)
    FROM pg_trigger g JOIN r ON r.oid = g.tgrelid WHERE NOT g.tgisinternal
    UNION ALL
    SELECT 'function', p.oid::regprocedure::text,
           concat_ws(' | ', CASE WHEN p.prokind IN ('f', 'p') THEN pg_get_functiondef(p.oid)
               ELSE p.prokind::text END, {_ON_FUNCTIONS})
    FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace
    UNION ALL
    SELECT 'domain', y.typname::text,
           concat_ws(' | ', format_type(y.typbasetype, y.typtypmod), y.typnotnull, y.typdefault)
    FROM pg_type y WHERE y.typnamespace = 'public'::regnamespace AND y.typtype = 'd'
    UNION ALL
    SELECT 'rule', r.relname || '.' || w.rulename, pg_get_ruledef(w.oid)
    FROM pg_rewrite w JOIN r ON r.oid = w.ev_class
    UNION ALL
    SELECT 'policy', r.relname || '.' || p.polname, concat_ws(' | ', p.polcmd, p.polpermissive,
           pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid))
    FROM pg_policy p JOIN r ON r.oid = p.polrelid
    UNION ALL
    SELECT 'event trigger', e.evtname::text, concat_ws(' | ', e.evtevent, e.evtenabled)
    FROM pg_event_trigger e
    UNION ALL
    SELECT 'operator', o.oid::regoperator::text, '' FROM pg_operator o
    WHERE o.oprnamespace = 'public'::regnamespace
    UNION ALL
    SELECT 'cast', castsource::regtype || ' to ' || casttarget::regtype, '' FROM pg_cast
    WHERE oid >= 16384
    UNION ALL
    SELECT 'view', 'as_known.' || v.relname,
           concat_ws(' | ', pg_get_viewdef(v.oid), v.reloptions::text, v.relkind,
               {_GRANTED.format(acl="v.relacl", owner="v.relowner", harmless="'SELECT'")})
    FROM pg_class v WHERE v.relnamespace = to_regnamespace('as_known')
    UNION ALL
    SELECT 'schema', n.nspname::text,
           {_GRANTED.format(acl="n.nspacl", owner="n.nspowner", harmless="'USAGE'")}
    FROM pg_namespace n WHERE n.nspname IN ('public', 'as_known')
""")  # noqa: S608 - parts of ours
"""Kind, name and definition of every object of the schema that guards, or could undo a guard."""

UNGUARDED = text("""
    SELECT c.relname AS name, t.tgname AS trigger FROM pg_trigger t
    JOIN pg_class c ON c.oid = t.tgrelid
    WHERE c.relnamespace = 'public'::regnamespace AND t.tgenabled NOT IN ('O', 'A')
    ORDER BY 1, 2
""")

GUARDED = text("""
    SELECT c.relname AS name, bool_or(t.tgname = 'append_only') AS kept
    FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
    WHERE c.relnamespace = 'public'::regnamespace
    GROUP BY 1 HAVING bool_or(t.tgname IN ('tally', 'seal', 'by_the_seal'))
""")

CHILDREN = text("""
    SELECT inhparent::regclass::text AS parent, inhrelid::regclass::text AS child
    FROM pg_inherits WHERE inhparent IN (
        SELECT oid FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace)
""")

RIGHTS = text("""
    WITH RECURSIVE service AS (
        SELECT * FROM pg_roles WHERE rolname = 'feeshare_app'),
    granted AS (
        SELECT m.roleid FROM pg_auth_members m JOIN service s ON s.oid = m.member
        UNION SELECT m.roleid FROM pg_auth_members m JOIN granted g ON g.roleid = m.member)
    SELECT 'role feeshare_app: it is ' || v.what AS problem FROM service s, LATERAL (VALUES
        (s.rolsuper, 'a superuser'), (s.rolcreaterole, 'allowed to make roles'),
        (s.rolcreatedb, 'allowed to make databases'), (s.rolreplication, 'allowed to replicate'),
        (s.rolbypassrls, 'not bound by row-level security')) v(has, what) WHERE v.has
    UNION ALL
    SELECT 'role feeshare_app: it is a member of ' || r.rolname
    FROM granted g JOIN pg_roles r ON r.oid = g.roleid
    UNION ALL
    SELECT 'role feeshare_app: it owns ' || c.relname FROM pg_class c JOIN service s
    ON s.oid = c.relowner WHERE c.relnamespace = 'public'::regnamespace
    UNION ALL
    SELECT 'role feeshare_app: it owns function ' || p.proname FROM pg_proc p JOIN service s
    ON s.oid = p.proowner WHERE p.pronamespace = 'public'::regnamespace
    ORDER BY 1
""")
"""What the service's role may do that the migrations did not give it."""

MAY_SET = text("""
    SELECT has_parameter_privilege(oid, 'session_replication_role', 'SET') AND NOT rolsuper
    FROM pg_roles WHERE rolname = 'feeshare_app'
""")

SETTINGS = text("""
    SELECT coalesce('role ' || r.rolname, 'database ' || d.datname, 'settings') AS place,
           v.setting
    FROM pg_db_role_setting s LEFT JOIN pg_roles r ON r.oid = s.setrole
    LEFT JOIN pg_database d ON d.oid = s.setdatabase, unnest(s.setconfig) AS v(setting)
    WHERE (d.datname IS NULL OR d.datname = current_database())
        AND (split_part(v.setting, '=', 1) = 'session_replication_role'
            OR split_part(v.setting, '=', 1) IN ('search_path', 'row_security')
            AND coalesce(r.rolname, 'feeshare_app') = 'feeshare_app')
    UNION ALL
    SELECT 'server', 'session_replication_role=' || reset_val FROM pg_settings
    WHERE name = 'session_replication_role' AND reset_val <> 'origin'
    ORDER BY 1, 2
""")
"""Settings of a database, role or server under which triggers sleep or other tables are read."""
