"""The chain: pg1 -> pg2 -> pg3, archived."""
import signal

import processes
from faults.fault import (MISSING, NOT_STREAMING, NO_REPLICA, UNREACHABLE, Fault, declare, hang, hold, resets,
                          settings, sql)
from servers import Cluster, Server


def with_alien(c):
    alien = c.alien = Server(c.major, c.binaries, c.folder / "alien", "alien")
    alien.initialize("")
    alien.start()
    c.extras.append(alien)
    alien.sql("CREATE ROLE replica LOGIN REPLICATION")
    processes.run(alien.psql("-f", "-"), feed=c.grants)


def declare_alien(c, w):
    c.hosts = {"pg3": c.alien.folder}
    w.reload()


def declare_nowhere(c, w):
    c.hosts = {"pg3": c.folder / "nowhere"}
    w.reload()


def declare_again(c, w):
    c.hosts = {}
    w.reload()


def start_slowly(c, _):
    c.pg3.stop()
    c.pg3.append("follow.conf", f"restore_command = '{hang(c)}'\n")
    c.pg3.start(wait=False)


def start_at_last(c, _):
    hold(c).unlink()
    c.pg3.until("answers", "SELECT true")
    c.pg3.follow(c.pg2)
    c.pg3.reload()


def raise_limit(c, _):
    c.pg1.set("max_connections", 40)
    c.pg1.restart()
    c.pg1.write(1)


def raise_limit_below(c, _):
    for node in (c.pg2, c.pg3):
        node.sql("ALTER SYSTEM SET max_connections = 40")
        node.restart()


def lose_wal(c, _):
    c.pg3.stop()
    c.pg2.drop_slot("pg3")
    c.pg3.follow(c.pg2, slot=False)
    c.pg1.write(10)
    c.pg1.sql("CHECKPOINT")
    lsn = c.pg1.sql("SELECT pg_current_wal_lsn()")
    c.pg2.until("has replayed", f"SELECT pg_last_wal_replay_lsn() >= '{lsn}'")
    c.pg2.sql("CHECKPOINT")
    c.pg3.start()


def remake_pg3(c, _):
    c.remake("pg3", c.pg2)


def promote_pg3(c, _):
    c.pg3.promote()


CHAIN = [
    Fault("standby killed", "chain", {UNREACHABLE}, lambda c, w: c.pg3.kill(), lambda c, w: c.pg3.start(),
          kept={MISSING}),
    Fault("middle of a cascade killed", "chain", {UNREACHABLE, NO_REPLICA},
          lambda c, w: c.pg2.kill(), lambda c, w: c.pg2.start(), kept={NOT_STREAMING, MISSING},
          perhaps={"PgReplicationLagTime warning"}),
    Fault("receiver cut", "chain", {NOT_STREAMING},
          lambda c, w: c.pg3.refollow(c.pg2, conninfo="port=1"), lambda c, w: c.pg3.refollow(c.pg2), kept={MISSING}),
    Fault("node frozen", "chain", {UNREACHABLE},
          lambda c, w: c.pg3.signal_all(signal.SIGSTOP), lambda c, w: c.pg3.signal_all(signal.SIGCONT)),
    Fault("node out of the exporter's reach", "chain", {UNREACHABLE}, declare_nowhere, declare_again),
    Fault("standby does not finish its start", "chain", {"PgNodeUnreachable warning", MISSING}, start_slowly,
          start_at_last, restarts={UNREACHABLE}),
    Fault("another role declared", "chain", {"PgUnexpectedRole warning"}, declare(pg1=", role: standby"), declare()),
    Fault("address of another cluster", "chain", {"PgSystemIdMismatch critical", MISSING}, declare_alien, declare_again),
    Fault("replay paused", "chain", {"PgReplayPaused warning"},
          sql("SELECT pg_wal_replay_pause()", "pg3"), sql("SELECT pg_wal_replay_resume()", "pg3")),
    Fault("archive command fails", "chain", {"PgArchiverFailing warning", "PgArchiverFailing critical"},
          settings("pg1", archive_command="false"), resets("pg1", "archive_command")),
    Fault("limit of the primary raised", "chain",
          {"PgStandbyParamTooLow critical", "PgConfigDrift warning"}, raise_limit, raise_limit_below,
          kept={"PgReplayPaused warning"}, restarts={UNREACHABLE, NOT_STREAMING, MISSING, NO_REPLICA}),
    Fault("WAL of a standby removed", "chain", {"PgStandbyWalMissing warning"}, lose_wal,
          remake_pg3, kept={NOT_STREAMING}, restarts={UNREACHABLE, MISSING}),
    Fault("no primary", "chain", {UNREACHABLE, "PgClusterNoPrimary critical"},
          lambda c, w: c.pg1.kill(), lambda c, w: c.pg1.start(), kept={NOT_STREAMING, MISSING}),
    Fault("second primary", "chain", {"PgSplitBrain critical"}, promote_pg3, remake_pg3, kept={"PgTimelineDiverged critical"},
          perhaps={MISSING}, restarts={UNREACHABLE, NO_REPLICA}, seen=("PgFailoverDetected",)),
]

CHAIN_CLUSTER = Cluster("chain", standbys={"pg2": "pg1", "pg3": "pg2"}, archives=True, prepare=with_alien,
        declaration="expect: {{standbys: 2, archiving: true}}")
