#include "support/platforms.h"

namespace pgfleet::test {
namespace {

// A built-in function is called by its number, past the catalog, so it is moved out of the way and
// another takes its name. Views know it by its number too and are made anew.
constexpr const char* kRefuse = R"(
CREATE FUNCTION pg_temp.refuse(name text, code text, words text) RETURNS void
LANGUAGE plpgsql AS $refuse$
DECLARE
  f record;
  v record;
BEGIN
  SELECT p.oid, pg_get_function_arguments(p.oid) AS arguments, pg_get_function_result(p.oid) AS result
    INTO STRICT f FROM pg_proc p
    WHERE p.proname = name AND p.pronamespace = 'pg_catalog'::regnamespace;
  CREATE TEMP TABLE dependent ON COMMIT DROP AS
    SELECT DISTINCT c.oid::regclass::text AS view, pg_get_viewdef(c.oid) AS definition
    FROM pg_class c
    WHERE c.relkind = 'v' AND c.relnamespace = 'pg_catalog'::regnamespace
      AND pg_get_viewdef(c.oid) ~ ('\m' || name || '\(');
  EXECUTE format('ALTER FUNCTION pg_catalog.%I() RENAME TO %I', name, name || '_hidden');
  EXECUTE format('CREATE FUNCTION pg_catalog.%I(%s) RETURNS %s LANGUAGE plpgsql AS %L', name,
    f.arguments, f.result,
    format('BEGIN RAISE EXCEPTION USING ERRCODE = %L, MESSAGE = %L; END', code, words));
  FOR v IN SELECT * FROM dependent LOOP
    EXECUTE format('CREATE OR REPLACE VIEW pg_catalog.%s AS %s', v.view, v.definition);
  END LOOP;
  DROP TABLE dependent;
END
$refuse$)";

constexpr const char* kReplicaStatus = R"(
CREATE FUNCTION pg_catalog.aurora_replica_status(
  OUT server_id text, OUT session_id text, OUT durable_lsn bigint, OUT highest_lsn_rcvd bigint,
  OUT cur_replay_latency_in_usec bigint, OUT last_update_timestamp timestamptz,
  OUT feedback_xmin bigint, OUT replica_lag_in_msec double precision)
RETURNS SETOF record LANGUAGE sql AS $status$
VALUES ('inst-1', 'MASTER_SESSION_ID', 1000::bigint, NULL::bigint, NULL::bigint,
        NULL::timestamptz, 0::bigint, NULL::double precision),
       ('inst-2', '5d1f', 1000, 1000, 8750, clock_timestamp(), 0, 20),
       ('inst-3', '77aa', 1000, 900, 1, clock_timestamp() - interval '2 minutes', 0, 9999),
       ('inst-3', '77ab', 1000, 990, 250000, clock_timestamp(), 0, 1500),
       ('gone', '0000', 1, 1, 1, clock_timestamp() - interval '1 hour', 0, 3600000)
$status$)";

void Refuse(Connection& session, const std::string& function, const std::string& sqlstate,
            const std::string& message) {
  session.Execute("SELECT pg_temp.refuse(" + Quoted(function) + ", " + Quoted(sqlstate) + ", " +
                  Quoted(message) + ")");
}

}  // namespace

void DressAsAurora(const PostgresServer& primary) {
  Connection session = primary.Connect();
  session.Execute("SET allow_system_table_mods = on");
  session.Execute(kRefuse);
  for (const std::string function :
       {"pg_current_wal_lsn", "pg_current_wal_flush_lsn", "pg_control_checkpoint"})
    Refuse(session, function, "55000",
           "Function " + function + "() is not available: wal_level must be set to 'logical'");
  for (const std::string function : {"pg_last_wal_receive_lsn", "pg_stat_get_wal_receiver"})
    Refuse(session, function, "0A000",
           "Function " + function + "() is currently not supported for Aurora");
  session.Execute(kReplicaStatus);
}

void AddAuroraReplicaStatus(const PostgresServer& primary) { primary.Execute(kReplicaStatus); }

void DressAs(const Platform& platform, const PostgresServer& primary) {
  Connection session = primary.Connect();
  const std::string superuser(platform.superuser);
  const std::string owner(platform.owner);
  const std::string database(platform.database);
  session.Execute("CREATE ROLE " + superuser + " SUPERUSER LOGIN");
  session.Execute("CREATE ROLE " + std::string(platform.replication) + " REPLICATION LOGIN");
  session.Execute("CREATE ROLE " + owner + " CREATEDB CREATEROLE");
  session.Execute("GRANT pg_monitor TO " + owner + " WITH ADMIN OPTION");
  session.Execute("CREATE DATABASE " + database + " OWNER " + superuser);
  session.Execute("REVOKE CONNECT ON DATABASE " + database + " FROM PUBLIC");
}

std::size_t ErrorsLogged(const PostgresServer& server) { return TimesLogged(server, "ERROR:  "); }

std::size_t TimesLogged(const PostgresServer& server, const std::string& text) {
  const std::string log = server.Log();
  std::size_t times = 0;
  for (auto at = log.find(text); at != std::string::npos; at = log.find(text, at + text.size()))
    ++times;
  return times;
}

}  // namespace pgfleet::test
