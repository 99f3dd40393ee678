"""Old majors."""
from faults.fault import NOT_STREAMING, NO_REPLICA, UNREACHABLE, Fault, resets, settings, sql
from servers import Cluster


def diverge(c, w):
    c.pg2.refollow(c.pg1, conninfo="port=1")
    c.pg2.until("hears nothing", "SELECT count(*) = 0 FROM pg_stat_wal_receiver")
    c.pg1.write(1)
    c.pg1.kill()
    c.pg2.promote()
    c.leader = c.pg2
    c.pg2.slot("pg1")
    c.pg1.follow(c.pg2)
    c.pg1.start()


OLD = [
    Fault("standby of 13 killed", "old", {UNREACHABLE, NO_REPLICA}, lambda c, w: c.pg2.kill(), lambda c, w: c.pg2.start()),
    Fault("standby of 13 behind in bytes", "old",
          {"PgReplicationLagBytes critical", "PgReplayPaused warning", "PgLagBudgetBurn critical"},
          lambda c, w: (c.pg2.sql("SELECT pg_wal_replay_pause()"), c.pg1.write(130)),
          sql("SELECT pg_wal_replay_resume()", "pg2"), kept={"PgReplicationLagBytes warning"}),
    Fault("old primary goes a way of its own (13)", "old", {"PgTimelineDiverged critical", NO_REPLICA}, diverge,
          lambda c, w: c.remake("pg1", c.pg2), kept={NOT_STREAMING}, seen=("PgFailoverDetected",),
          restarts={UNREACHABLE}),
]

OLDEST = [
    Fault("standby of 10 killed", "oldest", {UNREACHABLE, NO_REPLICA}, lambda c, w: c.pg2.kill(), lambda c, w: c.pg2.start()),
    Fault("receiver of 10 cut", "oldest", {NO_REPLICA},
          lambda c, w: c.pg2.refollow(c.pg1, conninfo="port=1"), lambda c, w: c.pg2.refollow(c.pg1),
          kept={NOT_STREAMING}, restarts={UNREACHABLE}),
    Fault("archive_command of 10 emptied", "oldest", {"PgArchivingDisabled warning", "PgConfigDrift warning"},
          settings("pg1", archive_command=""), resets("pg1", "archive_command")),
]

OLD_CLUSTER = Cluster("old", 13, standbys={"pg2": "pg1"}, declaration="wal_volume: 400MB\nobjectives: {{lag_bytes: 95MB}}")
OLDEST_CLUSTER = Cluster("oldest", 10, standbys={"pg2": "pg1"}, archives=True)
