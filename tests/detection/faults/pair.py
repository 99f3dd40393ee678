"""The pair: pg2 confirms what pg1 commits."""
import processes
from faults.fault import MISSING, NO_REPLICA, UNREACHABLE, Fault, redeclare, resets, settings, sql
from servers import Cluster


def begin_conflict(c, _):
    c.reader = c.pg2.session("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM filler;")
    c.pg2.until("reads", "SELECT count(*) > 0 FROM pg_stat_activity WHERE state = 'idle in transaction'")
    c.pg1.sql("TRUNCATE filler")


def kill_under_maintenance(c, w):
    redeclare("maintenance: true")(c, w)
    # Where Prometheus has it and Alertmanager not yet, it keeps nothing back.
    processes.wait_for("PgMaintenance", lambda: w.fires("PgMaintenance", c.name) and w.holds("PgMaintenance", c.name))
    c.pg2.kill()


def end_maintenance(c, w):
    c.pg2.start()
    processes.wait_for("the end of what it set off", lambda: not w.current(c.name), deadline=60)
    redeclare("")(c, w)


PAIR = [
    Fault("synchronous standby killed", "pair", {"PgSyncDegraded critical", UNREACHABLE, NO_REPLICA},
          lambda c, w: c.pg2.kill(), lambda c, w: c.pg2.start(), kept={MISSING}),
    Fault("synchronous standby killed under maintenance", "pair", set(), kill_under_maintenance, end_maintenance,
          kept={"PgSyncDegraded critical", UNREACHABLE, NO_REPLICA, MISSING}, seen=("PgMaintenance",)),
    Fault("synchronous replication switched off", "pair", {"PgSyncDegraded warning"},
          settings("pg1", synchronous_standby_names=""), settings("pg1", synchronous_standby_names="pg2")),
    Fault("setting of one node changed", "pair", {"PgConfigDrift warning"},
          settings("pg2", work_mem="8MB"), resets("pg2", "work_mem")),
    Fault("replay waits for a reader", "pair", {"PgReplicationLagTime warning", "PgLagBudgetBurn critical"},
          begin_conflict, lambda c, w: c.reader.stop()),
    Fault("replay paused beyond the objective", "pair",
          {"PgReplayPaused warning", "PgReplicationLagTime critical", "PgLagBudgetBurn critical"},
          sql("SELECT pg_wal_replay_pause()", "pg2"), sql("SELECT pg_wal_replay_resume()", "pg2"),
          kept={"PgReplicationLagTime warning"}),
]

PAIR_CLUSTER = Cluster("pair", standbys={"pg2": "pg1"},
        settings="max_standby_streaming_delay = -1\n",
        prepare=lambda c: c.pg1.set("synchronous_standby_names", "pg2"),
        declaration="objectives: {{lag: 4s}}\nexpect: {{standbys: 1, synchronous: 1}}")
