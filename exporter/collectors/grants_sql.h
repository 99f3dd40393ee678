#pragma once

#include <string_view>

// The blocks of grants.cc. Everything is qualified or runs with pg_catalog alone on the search
// path: a database may hold functions and operators of anybody, and a superuser runs this.
namespace pgfleet::collectors {

inline constexpr std::string_view kPreludeSql = R"sql(BEGIN;
SET LOCAL search_path = pg_catalog, pg_temp;
SET LOCAL client_min_messages = warning;
DO {quote}
BEGIN
  IF current_setting('server_version_num')::int / 10000 {differs} {major} THEN
    RAISE EXCEPTION 'this SQL is for PostgreSQL {version}, but the server is %',
      current_setting('server_version');
  END IF;
END {quote};
)sql";

// CREATE ROLE knows no IF NOT EXISTS. A superuser would silently lose its rights, and it may be the
// last one.
inline constexpr std::string_view kRoleSql = R"sql(DO {quote}
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = {role_text}) THEN
    CREATE ROLE {role};
  ELSIF (SELECT rolsuper FROM pg_roles WHERE rolname = {role_text}) THEN
    RAISE EXCEPTION 'the role exists and is a superuser: choose another name';
  END IF;
END {quote};
ALTER ROLE {role} LOGIN INHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS
  CONNECTION LIMIT 5;
COMMENT ON ROLE {role} IS 'pgfleet_exporter: monitoring, read only';
)sql";

inline constexpr std::string_view kConnectSql = R"sql(DO {quote}
BEGIN
  IF NOT has_database_privilege({role_text}, current_database(), 'CONNECT') THEN
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), {role_text});
  END IF;
END {quote};
)sql";

inline constexpr std::string_view kResetSql = R"sql(ALTER ROLE {role} RESET ALL;
DO {quote}
DECLARE
  name text;
BEGIN
  FOR name IN SELECT d.datname FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase
    JOIN pg_roles r ON r.oid = s.setrole WHERE r.rolname = {role_text} LOOP
    EXECUTE format('ALTER ROLE %I IN DATABASE %I RESET ALL', {role_text}, name);
  END LOOP;
END {quote};
)sql";

// The view checks the caller's right to its function, so both are needed.
inline constexpr std::string_view kFileSettingsSql =
    "GRANT SELECT ON pg_catalog.pg_file_settings TO {role};\n"
    "GRANT EXECUTE ON FUNCTION pg_catalog.pg_show_all_file_settings() TO {role};\n";
inline constexpr std::string_view kHbaSql =
    "GRANT SELECT ON pg_catalog.pg_hba_file_rules TO {role};\n"
    "GRANT EXECUTE ON FUNCTION pg_catalog.pg_hba_file_rules() TO {role};\n";
inline constexpr std::string_view kIdentSql =
    "GRANT SELECT ON pg_catalog.pg_ident_file_mappings TO {role};\n"
    "GRANT EXECUTE ON FUNCTION pg_catalog.pg_ident_file_mappings() TO {role};\n";
inline constexpr std::string_view kOriginStatusSql =
    "GRANT SELECT ON pg_catalog.pg_replication_origin_status TO {role};\n"
    "GRANT EXECUTE ON FUNCTION pg_catalog.pg_show_replication_origin_status() TO {role};\n";

// Who owns the schema can put functions of their own in the helpers' place.
inline constexpr std::string_view kSchemaSql = R"sql(CREATE SCHEMA IF NOT EXISTS pgfleet;
DO {quote}
BEGIN
  IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
    RAISE EXCEPTION 'only a superuser can make the functions of schema pgfleet: leave them out';
  END IF;
  IF EXISTS (SELECT FROM pg_namespace n JOIN pg_roles r ON r.oid = n.nspowner
             WHERE n.nspname = 'pgfleet' AND NOT r.rolsuper) THEN
    RAISE EXCEPTION 'schema pgfleet belongs to a role that is no superuser: nothing was changed';
  END IF;
END {quote};
REVOKE ALL ON SCHEMA pgfleet FROM PUBLIC;
GRANT USAGE ON SCHEMA pgfleet TO {role};
DROP FUNCTION IF EXISTS pgfleet.stat_replication();
DROP FUNCTION IF EXISTS pgfleet.stat_wal_receiver();
DROP FUNCTION IF EXISTS pgfleet.stat_activity();
DROP FUNCTION IF EXISTS pgfleet.ls_waldir();
DROP FUNCTION IF EXISTS pgfleet.ls_archive_statusdir();
DROP FUNCTION IF EXISTS pgfleet.replication_origin_status();
DROP FUNCTION IF EXISTS pgfleet.password_methods();
DROP FUNCTION IF EXISTS pgfleet.cron_jobs();
DROP FUNCTION IF EXISTS pgfleet.cron_runs();
)sql";

inline constexpr std::string_view kStatReplicationSql =
    R"sql(CREATE FUNCTION pgfleet.stat_replication() RETURNS SETOF pg_catalog.pg_stat_replication
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS {quote}
  SELECT r.* FROM pg_catalog.pg_stat_replication r
{quote};
REVOKE ALL ON FUNCTION pgfleet.stat_replication() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pgfleet.stat_replication() TO {role};
)sql";

inline constexpr std::string_view kStatWalReceiverSql =
    R"sql(CREATE FUNCTION pgfleet.stat_wal_receiver() RETURNS SETOF pg_catalog.pg_stat_wal_receiver
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS {quote}
  SELECT w.pid, w.status, w.receive_start_lsn, w.receive_start_tli, w.received_lsn, w.received_tli,
    w.last_msg_send_time, w.last_msg_receipt_time, w.latest_end_lsn, w.latest_end_time,
    w.slot_name, NULL::text
  FROM pg_catalog.pg_stat_wal_receiver w
{quote};
REVOKE ALL ON FUNCTION pgfleet.stat_wal_receiver() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pgfleet.stat_wal_receiver() TO {role};
)sql";

inline constexpr std::string_view kStatActivitySql =
    R"sql(CREATE FUNCTION pgfleet.stat_activity() RETURNS SETOF pg_catalog.pg_stat_activity
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS {quote}
  SELECT a.datid, a.datname, a.pid, a.usesysid, a.usename, a.application_name, a.client_addr,
    a.client_hostname, a.client_port, a.backend_start, a.xact_start, a.query_start, a.state_change,
    a.wait_event_type, a.wait_event, a.state, a.backend_xid, a.backend_xmin, NULL::text
  FROM pg_catalog.pg_stat_activity a
{quote};
REVOKE ALL ON FUNCTION pgfleet.stat_activity() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pgfleet.stat_activity() TO {role};
)sql";

// Files may go between the two functions: then the second one gives NULL.
inline constexpr std::string_view kLsWalDirSql = R"sql(CREATE FUNCTION pgfleet.ls_waldir()
RETURNS TABLE (name text, size bigint, modification timestamptz)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS {quote}
  SELECT f.name, s.size, s.modification FROM pg_catalog.pg_ls_dir('pg_xlog') AS f(name),
    LATERAL pg_catalog.pg_stat_file('pg_xlog/' || f.name, true) AS s WHERE NOT s.isdir
{quote};
REVOKE ALL ON FUNCTION pgfleet.ls_waldir() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pgfleet.ls_waldir() TO {role};
)sql";

inline constexpr std::string_view kArchiveStatusBuys =
    "Files that wait to be archived, and since when: pgfleet_archiver_ready_files,\n"
    "pgfleet_archiver_oldest_ready_age_seconds.";
inline constexpr std::string_view kLsArchiveStatusSql =
    R"sql(CREATE FUNCTION pgfleet.ls_archive_statusdir()
RETURNS TABLE (name text, size bigint, modification timestamptz)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS {quote}
  SELECT f.name, s.size, s.modification
  FROM pg_catalog.pg_ls_dir('{wal}/archive_status') AS f(name),
    LATERAL pg_catalog.pg_stat_file('{wal}/archive_status/' || f.name, true) AS s
  WHERE NOT s.isdir
{quote};
REVOKE ALL ON FUNCTION pgfleet.ls_archive_statusdir() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pgfleet.ls_archive_statusdir() TO {role};
)sql";

inline constexpr std::string_view kOriginHelperSql =
    R"sql(CREATE FUNCTION pgfleet.replication_origin_status()
RETURNS SETOF pg_catalog.pg_replication_origin_status
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS {quote}
  SELECT o.local_id, o.external_id, o.remote_lsn, o.local_lsn
  FROM pg_catalog.pg_replication_origin_status o
{quote};
REVOKE ALL ON FUNCTION pgfleet.replication_origin_status() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pgfleet.replication_origin_status() TO {role};
)sql";

inline constexpr std::string_view kPasswordMethodsSql =
    R"sql(CREATE FUNCTION pgfleet.password_methods() RETURNS TABLE (role name, method text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS {quote}
  SELECT a.rolname, CASE WHEN a.rolpassword IS NULL THEN 'none'
    WHEN a.rolpassword LIKE 'SCRAM-SHA-256$%' THEN 'scram-sha-256'
    WHEN a.rolpassword ~ '^md5[0-9a-f]{32}$' THEN 'md5' ELSE 'other' END
  FROM pg_catalog.pg_authid a
{quote};
REVOKE ALL ON FUNCTION pgfleet.password_methods() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pgfleet.password_methods() TO {role};
)sql";

// Single columns, so that a job's code, its connection strings and its output stay unreadable.
inline constexpr std::string_view kPgagentSql = R"sql(DO {quote}
BEGIN
  IF to_regclass('pgagent.pga_job') IS NOT NULL THEN
    GRANT USAGE ON SCHEMA pgagent TO {role};
    GRANT SELECT (jagpid, jaglogintime, jagstation) ON pgagent.pga_jobagent TO {role};
    GRANT SELECT (jobid, jobname, jobhostagent, jobenabled, jobagentid, jobnextrun, joblastrun)
      ON pgagent.pga_job TO {role};
    GRANT SELECT (jlgid, jlgjobid, jlgstatus, jlgstart, jlgduration)
      ON pgagent.pga_joblog TO {role};
    GRANT SELECT (jsljlgid, jslstatus) ON pgagent.pga_jobsteplog TO {role};
  END IF;
END {quote};
)sql";

// Row level security shows everybody their own jobs only, and the tables hold commands. A table
// that no superuser owns may be somebody's trap: the functions run with a superuser's rights.
inline constexpr std::string_view kCronSql = R"sql(DO {quote}
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
  GRANT EXECUTE ON FUNCTION pgfleet.cron_jobs() TO {role};
  GRANT EXECUTE ON FUNCTION pgfleet.cron_runs() TO {role};
END {quote};
)sql";

}  // namespace pgfleet::collectors
