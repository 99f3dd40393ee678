-- The role that pgfleet_exporter logs in as, on PostgreSQL 18. Made by
--     pgfleet_exporter grants --version 18
-- Run it as a superuser on the primary, in the database that the exporter connects to; it may be run again:
--     psql -X -d postgres -f FILE
-- The standbys get all of it by replication. What a block says it buys is missing without it, and the exporter tells:
-- pgfleet_collector_supported 0, and the reason in pgfleet_collector_failure.
--
-- It gives the role no password. Do that by hand, so that the password stands in no file and in no log:
--     psql -X -d postgres -c '\password pgfleet'
-- and let it in (pg_hba.conf on every node), from the exporter's address only:
--     hostssl  postgres  pgfleet  192.0.2.10/32  scram-sha-256

-- psql ends with an exit status at the first fault; nothing is changed then.
\set ON_ERROR_STOP on

-- The search path of this transaction.
BEGIN;
SET LOCAL search_path = pg_catalog, pg_temp;
SET LOCAL client_min_messages = warning;
DO $pgfleet$
BEGIN
  IF current_setting('server_version_num')::int / 10000 < 18 THEN
    RAISE EXCEPTION 'this SQL is for PostgreSQL 18, but the server is %',
      current_setting('server_version');
  END IF;
END $pgfleet$;

-- It logs in and can do nothing else. An exporter holds two sessions per node;
-- five leave room for a second exporter and for a reconnect.
DO $pgfleet$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'pgfleet') THEN
    CREATE ROLE "pgfleet";
  ELSIF (SELECT rolsuper FROM pg_roles WHERE rolname = 'pgfleet') THEN
    RAISE EXCEPTION 'the role exists and is a superuser: choose another name';
  END IF;
END $pgfleet$;
ALTER ROLE "pgfleet" LOGIN INHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS
  CONNECTION LIMIT 5;
COMMENT ON ROLE "pgfleet" IS 'pgfleet_exporter: monitoring, read only';

-- Only needed where CONNECT on this database was taken away from PUBLIC.
-- May be left out.
DO $pgfleet$
BEGIN
  IF NOT has_database_privilege('pgfleet', current_database(), 'CONNECT') THEN
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), 'pgfleet');
  END IF;
END $pgfleet$;

-- True values of all server settings: what was set for the role or its sessions
-- would hide the server's own from it (pgfleet_setting_*, drift).
-- May be left out.
ALTER ROLE "pgfleet" RESET ALL;
DO $pgfleet$
DECLARE
  name text;
BEGIN
  FOR name IN SELECT d.datname FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase
    JOIN pg_roles r ON r.oid = s.setrole WHERE r.rolname = 'pgfleet' LOOP
    EXECUTE format('ALTER ROLE %I IN DATABASE %I RESET ALL', 'pgfleet', name);
  END LOOP;
END $pgfleet$;

-- Statistics of all sessions, settings that only superusers see, and the sizes of
-- the server's directories: senders, receiver and lag (pgfleet_walsender_*,
-- pgfleet_walreceiver_*), synchronous waits, WAL directory, all of drift.
-- May be left out.
GRANT pg_monitor TO "pgfleet";

-- A session also when max_connections is used up, as far as the server keeps some
-- back (reserved_connections).
-- May be left out.
GRANT pg_use_reserved_connections TO "pgfleet";

-- Faults in postgresql.conf before a restart finds them:
-- pgfleet_settings_file_errors{file="postgresql.conf"},
-- pgfleet_settings_reload_refused, pgfleet_settings_pending_reload.
-- May be left out.
GRANT SELECT ON pg_catalog.pg_file_settings TO "pgfleet";
GRANT EXECUTE ON FUNCTION pg_catalog.pg_show_all_file_settings() TO "pgfleet";

-- Faults in pg_hba.conf, and that it differs between nodes:
-- pgfleet_settings_file_errors{file="pg_hba.conf"}.
-- May be left out.
GRANT SELECT ON pg_catalog.pg_hba_file_rules TO "pgfleet";
GRANT EXECUTE ON FUNCTION pg_catalog.pg_hba_file_rules() TO "pgfleet";

-- Faults in pg_ident.conf: pgfleet_settings_file_errors{file="pg_ident.conf"}.
-- May be left out.
GRANT SELECT ON pg_catalog.pg_ident_file_mappings TO "pgfleet";
GRANT EXECUTE ON FUNCTION pg_catalog.pg_ident_file_mappings() TO "pgfleet";

-- How far replication origins are: pgfleet_replication_origin_*.
-- May be left out.
GRANT SELECT ON pg_catalog.pg_replication_origin_status TO "pgfleet";
GRANT EXECUTE ON FUNCTION pg_catalog.pg_show_replication_origin_status() TO "pgfleet";

-- The schema of the functions below: they run with the rights of the superuser who
-- runs this, and show the role no more than they say. Helpers of other majors, as
-- an upgrade may have left them, are dropped.
CREATE SCHEMA IF NOT EXISTS pgfleet;
DO $pgfleet$
BEGIN
  IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
    RAISE EXCEPTION 'only a superuser can make the functions of schema pgfleet: leave them out';
  END IF;
  IF EXISTS (SELECT FROM pg_namespace n JOIN pg_roles r ON r.oid = n.nspowner
             WHERE n.nspname = 'pgfleet' AND NOT r.rolsuper) THEN
    RAISE EXCEPTION 'schema pgfleet belongs to a role that is no superuser: nothing was changed';
  END IF;
END $pgfleet$;
REVOKE ALL ON SCHEMA pgfleet FROM PUBLIC;
GRANT USAGE ON SCHEMA pgfleet TO "pgfleet";
DROP FUNCTION IF EXISTS pgfleet.stat_replication();
DROP FUNCTION IF EXISTS pgfleet.stat_wal_receiver();
DROP FUNCTION IF EXISTS pgfleet.stat_activity();
DROP FUNCTION IF EXISTS pgfleet.ls_waldir();
DROP FUNCTION IF EXISTS pgfleet.ls_archive_statusdir();
DROP FUNCTION IF EXISTS pgfleet.replication_origin_status();
DROP FUNCTION IF EXISTS pgfleet.password_methods();
DROP FUNCTION IF EXISTS pgfleet.cron_jobs();
DROP FUNCTION IF EXISTS pgfleet.cron_runs();

-- How many roles still have an md5 password (pgfleet_roles_password_method): the
-- kind of each role's password, never the password or its hash.
-- May be left out.
CREATE FUNCTION pgfleet.password_methods() RETURNS TABLE (role name, method text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $pgfleet$
  SELECT a.rolname, CASE WHEN a.rolpassword IS NULL THEN 'none'
    WHEN a.rolpassword LIKE 'SCRAM-SHA-256$%' THEN 'scram-sha-256'
    WHEN a.rolpassword ~ '^md5[0-9a-f]{32}$' THEN 'md5' ELSE 'other' END
  FROM pg_catalog.pg_authid a
$pgfleet$;
REVOKE ALL ON FUNCTION pgfleet.password_methods() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pgfleet.password_methods() TO "pgfleet";

-- In a database with pgAgent: its jobs and how they ran (pgfleet_pgagent_*),
-- never what they execute or print.
-- May be left out.
DO $pgfleet$
BEGIN
  IF to_regclass('pgagent.pga_job') IS NOT NULL THEN
    GRANT USAGE ON SCHEMA pgagent TO "pgfleet";
    GRANT SELECT (jagpid, jaglogintime, jagstation) ON pgagent.pga_jobagent TO "pgfleet";
    GRANT SELECT (jobid, jobname, jobhostagent, jobenabled, jobagentid, jobnextrun, joblastrun)
      ON pgagent.pga_job TO "pgfleet";
    GRANT SELECT (jlgid, jlgjobid, jlgstatus, jlgstart, jlgduration)
      ON pgagent.pga_joblog TO "pgfleet";
    GRANT SELECT (jsljlgid, jslstatus) ON pgagent.pga_jobsteplog TO "pgfleet";
  END IF;
END $pgfleet$;

-- In a database with pg_cron: everybody's jobs and how they ran (pgfleet_cron_*),
-- never what they execute or return. For a pg_cron that was installed or upgraded
-- later, run this again.
-- May be left out.
DO $pgfleet$
DECLARE
  has_runs boolean := to_regclass('cron.job_run_details') IS NOT NULL;
BEGIN
  IF to_regclass('cron.job') IS NULL THEN
    RETURN;
  END IF;
  IF EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
             JOIN pg_roles r ON r.oid IN (c.relowner, n.nspowner)
             WHERE c.oid IN (to_regclass('cron.job'), to_regclass('cron.job_run_details'))
               AND (c.relkind <> 'r' OR NOT r.rolsuper)) THEN
    RAISE WARNING 'schema cron is not a superuser''s: its jobs are not shown';
    RETURN;
  END IF;
  EXECUTE format('CREATE FUNCTION pgfleet.cron_jobs()
RETURNS TABLE (jobid bigint, jobname text, active boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS %L',
    'SELECT j.jobid, ' || CASE WHEN has_runs THEN 'j.jobname' ELSE 'NULL' END
      || '::text, j.active FROM cron.job j');
  EXECUTE format('CREATE FUNCTION pgfleet.cron_runs()
RETURNS TABLE (runid bigint, jobid bigint, status text, start_time timestamptz,
  end_time timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS %L',
    CASE WHEN has_runs THEN 'SELECT d.runid, d.jobid, d.status, d.start_time, d.end_time
  FROM cron.job_run_details d
  WHERE d.runid > (SELECT max(m.runid) - 20000 FROM cron.job_run_details m)'
    ELSE 'SELECT NULL::bigint, NULL::bigint, NULL::text, NULL::timestamptz, NULL::timestamptz
  WHERE false' END);
  REVOKE ALL ON FUNCTION pgfleet.cron_jobs() FROM PUBLIC;
  REVOKE ALL ON FUNCTION pgfleet.cron_runs() FROM PUBLIC;
  GRANT EXECUTE ON FUNCTION pgfleet.cron_jobs() TO "pgfleet";
  GRANT EXECUTE ON FUNCTION pgfleet.cron_runs() TO "pgfleet";
END $pgfleet$;

COMMIT;

-- Databases that the config declares for a node (databases: [...]) need nothing but the right to connect. Only where
-- it was taken away from PUBLIC, in no particular database:
--     GRANT CONNECT ON DATABASE "orders" TO "pgfleet";
-- The database of jobs (pgagent: or cron: of the config) needs all of the above: run this file in it too, when it is
-- another one.
