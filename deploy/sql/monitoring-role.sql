-- The role that pgfleet_exporter logs in as. Run once per cluster, on its primary, as a superuser; may be run again.
--     psql -X -d postgres -f monitoring-role.sql
-- It gives the role no password. Do that by hand, so that the password stands in no file and in no log:
--     psql -X -d postgres -c '\password pgfleet'
-- and let it in (pg_hba.conf on every node), from the exporter's address only:
--     hostssl  postgres  pgfleet  192.0.2.10/32  scram-sha-256

-- Stop at the first fault instead of going on with half of it.
\set ON_ERROR_STOP on
-- Say nothing about statements that change nothing.
SET client_min_messages = warning;

-- All or nothing.
BEGIN;

-- CREATE ROLE knows no IF NOT EXISTS: the statement is made only where the role is missing, then run by \gexec.
SELECT 'CREATE ROLE pgfleet' WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'pgfleet')
\gexec

-- It logs in and can do nothing else: everything that could be wrong with an older role of that name is put right.
ALTER ROLE pgfleet LOGIN INHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
-- An exporter holds two sessions per node; five leave room for a second exporter and for a reconnect.
ALTER ROLE pgfleet CONNECTION LIMIT 5;
-- What an administrator may find useful to know.
COMMENT ON ROLE pgfleet IS 'pgfleet_exporter: monitoring, read only';

-- PostgreSQL 10 and later: pg_monitor shows the statistics of all sessions, all settings, and the WAL directory.
SELECT 'GRANT pg_monitor TO pgfleet' WHERE pg_catalog.current_setting('server_version_num')::int >= 100000
\gexec

-- PostgreSQL 9.6 has no pg_monitor. Without it the role sees only that there are senders and a receiver, not how far
-- they are; the collectors that miss something say so (pgfleet_collector_supported 0, reason permission). There, choose:
--     ALTER ROLE pgfleet SUPERUSER;    -- sees everything, and is everything: think twice
-- or leave it as it is.

-- The database it connects to. Only needed where CONNECT was taken away from PUBLIC.
SELECT pg_catalog.format('GRANT CONNECT ON DATABASE %I TO pgfleet', pg_catalog.current_database())
 WHERE NOT pg_catalog.has_database_privilege('pgfleet', pg_catalog.current_database(), 'CONNECT')
\gexec

COMMIT;
