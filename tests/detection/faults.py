"""The faults: what is broken, and who must be told of it.

Each belongs to a cluster of its own kind; those of different clusters run at the same time. In the functions `c` is the
cluster and `w` what watches it.
"""
import os
import signal
import threading
from dataclasses import dataclass, field
from typing import Callable

import processes
from servers import CLIENTS, DEBIAN, FILL, Cluster, Server


@dataclass
class Fault:
    """`expected`: alerts that must reach the receiver, each "Name severity"; nothing else may. `kept`: those that must
    fire as well, and that Alertmanager must keep back."""
    name: str
    cluster: str             # "": the exporter itself
    expected: set
    inject: Callable
    mend: Callable
    kept: set = field(default_factory=set)
    restarts: set = field(default_factory=set)   # may come besides: before it, or while a server restarts
    seen: tuple = ()         # alerts of which nobody is told, being info or none: looked up in Prometheus
    values: dict = field(default_factory=dict)   # what the placeholders of the runbook stand for
    patience: int = 120      # seconds until the receiver must have been told
    stays: bool = False      # the alert goes on although it is mended: it reports an event


UNREACHABLE = "PgNodeUnreachable critical"
NOT_STREAMING = "PgReplicaNotStreaming warning"
MISSING = "PgReplicaMissing warning"
NO_REPLICA = "PgNoStreamingReplica critical"


def declare(**lines):
    """A function that changes what is declared of nodes (as `pg3=", role: primary"`), or takes it back."""
    def change(c, w):
        c.node_lines = lines
        w.reload()
    return change


def redeclare(text):
    def change(c, w):
        c.more = text
        w.reload()
    return change


def settings(node, **values):
    def change(c, _):
        for name, value in values.items():
            c.nodes[node].set(name, value)
    return change


def resets(node, *names):
    return lambda c, _: c.nodes[node].reset(*names)


def sql(text, node="pg1", database="postgres"):
    return lambda c, _: c.nodes[node].sql(text, database)


def hold(c):
    """While this file is there, a command that looks for it hangs."""
    return c.folder / "hold"


def hang(c):
    processes.write_file(hold(c), "")
    return f"while test -e {hold(c)}; do sleep 0.2; done; false"


# The chain: pg1 -> pg2 -> pg3, archived.

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
          lambda c, w: c.pg2.kill(), lambda c, w: c.pg2.start(), kept={NOT_STREAMING, MISSING}),
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
          restarts={UNREACHABLE, NOT_STREAMING, MISSING, NO_REPLICA, "PgReplayPaused warning"}),
    Fault("WAL of a standby removed", "chain", {"PgStandbyWalMissing warning"}, lose_wal,
          remake_pg3, kept={NOT_STREAMING}, restarts={UNREACHABLE, MISSING}),
    Fault("no primary", "chain", {UNREACHABLE, "PgClusterNoPrimary critical"},
          lambda c, w: c.pg1.kill(), lambda c, w: c.pg1.start(), kept={NOT_STREAMING, MISSING}),
    Fault("second primary", "chain", {"PgSplitBrain critical"}, promote_pg3, remake_pg3, kept={"PgTimelineDiverged critical"},
          restarts={UNREACHABLE, NO_REPLICA}, seen=("PgFailoverDetected",)),
]


# The pair: pg2 confirms what pg1 commits.

def begin_conflict(c, _):
    c.reader = c.pg2.session("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM filler;")
    c.pg2.until("reads", "SELECT count(*) > 0 FROM pg_stat_activity WHERE state = 'idle in transaction'")
    c.pg1.sql("TRUNCATE filler")


def kill_under_maintenance(c, w):
    redeclare("maintenance: true")(c, w)
    processes.wait_for("PgMaintenance", lambda: w.fires("PgMaintenance", c.name))
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


# The archive, which the exporter reads.

def empty_archive(c):
    """As whoever expires old backups would leave it: one base backup and what came after it."""
    for path in c.archive.iterdir():
        path.unlink()
    c.base_backup()


def hang_archiver(c, w):
    c.pg1.set("archive_command", hang(c))


def free_archiver(c, w):
    c.pg1.reset("archive_command")
    hold(c).unlink()


def believe_true(c, w):
    c.pg1.reset("archive_command")
    empty_archive(c)


def lose_segment(c, w):
    """One from the middle of what was written after the newest base backup."""
    for _ in range(4):
        c.pg1.write(1)
        c.pg1.sql("SELECT pg_switch_wal()")
    last = c.pg1.sql("SELECT pg_walfile_name(pg_current_wal_lsn())")
    c.pg1.until("is archived", "SELECT last_archived_wal >= '%s' FROM pg_stat_archiver" % last)
    names = sorted(path.name for path in c.archive.iterdir() if len(path.name) == 24)
    c.lost = c.archive / names[-3]
    c.lost.rename(c.folder / "lost")


def lose_old_segment(c, w):
    lose_segment(c, w)
    c.base_backup()


def find_segment(c, w):
    (c.folder / "lost").rename(c.lost)


def renew_backup(c, w):
    c.base_backup()
    redeclare("")(c, w)


def fail_over_with_gap(c, w):
    c.pg1.set("archive_command", "false")
    c.pg1.write(5)
    c.pg1.kill()
    c.pg2.promote()
    c.leader = c.pg2
    c.pg2.sql("CHECKPOINT")


def return_after_gap(c, w):
    c.pg2.slot("pg1")
    c.remake("pg1", c.pg2)
    empty_archive(c)


def start_second(c, w):
    """Another exporter that knows one node less."""
    name, node = c.nodes.popitem()
    try:
        w.second(c)
    finally:
        c.nodes[name] = node


def stop_second(c, w):
    w.retarget([w.exporter])
    w.process("second exporter").stop()


ARCHIVE = [
    Fault("two exporters that disagree", "archive", {"PgInventoryMismatch warning"}, start_second, stop_second),
    Fault("archive_command succeeds and stores nothing", "archive", {"PgArchiveChainBroken critical"},
          settings("pg1", archive_command="/bin/true"), believe_true),
    Fault("segment of the archive lost", "archive", {"PgArchiveChainBroken critical"}, lose_segment, find_segment),
    Fault("segment before the newest base backup lost", "archive", {"PgArchiveChainBroken warning"}, lose_old_segment,
          find_segment),
    Fault("archive_command emptied", "archive", {"PgArchivingDisabled critical"},
          settings("pg1", archive_command=""), resets("pg1", "archive_command")),
    Fault("archive_command hangs", "archive",
          {"PgArchiverStalled critical", "PgArchiveRpoExceeded critical"}, hang_archiver, free_archiver,
          kept={"PgArchiveRpoBudgetBurn critical"}),
    Fault("base backup too old", "archive", {"PgBackupTooOld critical"},
          redeclare("objectives: {{rpo: 20s, backup_age: 1min}}"), renew_backup, kept={"PgBackupTooOld warning"},
          patience=240),
    Fault("failover with a gap in the archive", "archive",
          {UNREACHABLE, NO_REPLICA, "PgArchiveGap warning", "PgArchiveChainBroken critical"},
          fail_over_with_gap, return_after_gap, seen=("PgFailoverDetected",)),
]


# Slots, consumers of changes, the WAL volume.

CONSUMER = "-o", "proto_version=1", "-o", "publication_names=pub", "-F", "1", "-s", "1"


def consume(c, w=None):
    c.consumer = processes.Process(
        "consumer", [CLIENTS / "pg_recvlogical", "-h", c.pg1.folder, "-U", "postgres", "-d", "postgres", "--slot=cdc",
                     "--start", "-f", "/dev/null", *CONSUMER], c.folder / "consumer.log")
    c.extras.append(c.consumer)
    c.pg1.until("the consumer reads", "SELECT active FROM pg_replication_slots WHERE slot_name = 'cdc'")


def with_consumers(c):
    c.pg1.sql("CREATE PUBLICATION pub FOR TABLE orders; SELECT pg_create_logical_replication_slot('cdc', 'pgoutput')")
    consume(c)
    c.pg1.sql("CREATE DATABASE copy")
    for database in ("postgres", "copy"):
        c.pg1.sql("CREATE TABLE item (id int PRIMARY KEY)", database)
    c.pg1.sql("CREATE PUBLICATION items FOR TABLE item; SELECT pg_create_logical_replication_slot('items', 'pgoutput')")
    c.pg1.sql(f"CREATE SUBSCRIPTION items CONNECTION 'host={c.pg1.folder} user=postgres dbname=postgres' "
              "PUBLICATION items WITH (create_slot = false, copy_data = false)", "copy")


def abandon(megabytes):
    def change(c, w):
        c.pg1.slot("left")
        c.pg1.write(megabytes)
    return change


def await_alert(c, w, alert):
    processes.wait_for(alert, lambda: alert in w.receiver.arrivals(c.name, w.began[c.name]), deadline=60)


def abandon_for_long(c, w):
    """Such a slot is inactive long before it holds back much."""
    abandon(30)(c, w)
    await_alert(c, w, "PgSlotInactive warning")
    c.pg1.write(80)


def stick(c, w):
    """It reads no more and stays connected: the sender waits for it (wal_sender_timeout = 0)."""
    c.consumer.child.send_signal(signal.SIGSTOP)
    c.pg1.write(110)


def unstick(c, w):
    c.consumer.child.send_signal(signal.SIGCONT)


def drop_left(c, w):
    c.pg1.drop_slot("left")
    c.pg1.reset("max_slot_wal_keep_size")
    c.pg1.sql("CHECKPOINT")


def risk(c, w):
    c.pg1.sql("CHECKPOINT")
    c.pg1.set("max_slot_wal_keep_size", "32MB")
    abandon(45)(c, w)
    # What the others hold back would be lost with it.
    c.pg1.sql("SELECT pg_log_standby_snapshot()")
    c.pg1.until("the consumers have caught up", "SELECT max(pg_current_wal_lsn() - restart_lsn) < 1e7"
                " FROM pg_replication_slots WHERE slot_name <> 'left'")


def lose_slot(c, w):
    risk(c, w)
    c.pg1.sql("CHECKPOINT")


def drop_consumer(c, w):
    c.consumer.stop()
    c.pg1.drop_slot("cdc")


def consume_anew(c, w):
    c.pg1.sql("SELECT pg_create_logical_replication_slot('cdc', 'pgoutput')")
    consume(c)


def wrong_slot(c, w):
    drop_consumer(c, w)
    c.pg1.slot("cdc")


def right_slot(c, w):
    c.pg1.drop_slot("cdc")
    consume_anew(c, w)


def republish(c, w):
    """The slot knows the catalog of its time: a publication made anew is not there for what was written before."""
    c.pg1.sql("CREATE PUBLICATION pub FOR TABLE orders")
    drop_consumer(c, w)
    consume_anew(c, w)


def fill_volume(c, w):
    c.pg1.set("wal_keep_size", "1GB")
    c.pg1.write(300)
    await_alert(c, w, "PgWalVolumeFilling warning")
    c.pg1.write(60)


def empty_volume(c, w):
    c.pg1.reset("wal_keep_size")
    c.pg1.sql("CHECKPOINT")
    c.pg1.write(10)
    c.pg1.sql("CHECKPOINT")


SLOTS = [
    Fault("slot abandoned", "slots", {"PgSlotInactive warning"}, abandon(30), drop_left),
    Fault("slot abandoned for long", "slots", {"PgSlotInactive warning"}, abandon_for_long, drop_left,
          seen=("PgSlotWalRetention",)),
    Fault("consumer connected and stuck", "slots", {"PgSlotWalRetention warning"}, stick, unstick),
    Fault("slot about to be lost", "slots", {"PgSlotAtRisk critical", "PgSlotInactive warning"}, risk, drop_left,
          seen=("PgSlotWalRetention",)),
    Fault("slot lost", "slots", {"PgSlotLost critical"}, lose_slot, drop_left, restarts={"PgSlotAtRisk critical"}),
    Fault("slot of a consumer dropped", "slots", {"PgSlotMissing warning"}, drop_consumer, consume_anew),
    Fault("slot of the wrong kind", "slots", {"PgCdcBroken critical"}, wrong_slot, right_slot),
    Fault("publication dropped", "slots", {"PgCdcBroken critical"}, sql("DROP PUBLICATION pub"), republish),
    Fault("table left out of a publication", "slots", {"PgCdcBroken warning"},
          sql("ALTER PUBLICATION pub DROP TABLE orders"), sql("ALTER PUBLICATION pub ADD TABLE orders")),
    Fault("subscription fails to apply", "slots", {"PgSubscriptionFailing warning"},
          lambda c, w: (c.pg1.sql("INSERT INTO item VALUES (1)", "copy"), c.pg1.sql("INSERT INTO item VALUES (1)")),
          sql("DELETE FROM item", database="copy")),
    Fault("WAL volume fills", "slots", {"PgWalVolumeFilling warning", "PgWalVolumeFilling critical"}, fill_volume,
          empty_volume),
]


# Roles, settings, files, data.

def with_roles(c):
    c.pg1.sql("CREATE TABLE damaged AS SELECT * FROM generate_series(1, 1000)")


def break_file(c, w):
    c.file = (c.pg1.data / "postgresql.conf").read_text()
    c.pg1.append("postgresql.conf", "no_such_setting = 1\n")
    c.pg1.reload()


def mend_file(c, w):
    c.pg1.append("postgresql.conf", c.file, replace=True)
    c.pg1.reload()


def lock_subscriptions(c, w):
    c.locker = c.pg1.session("BEGIN; LOCK TABLE pg_subscription IN ACCESS EXCLUSIVE MODE;")


def damage(c, w):
    path = c.pg1.data / c.pg1.sql("SELECT pg_relation_filepath('damaged')")
    c.pg1.stop()
    with open(path, "r+b") as file:
        file.seek(8000)
        byte = file.read(1)[0]
        file.seek(8000)
        file.write(bytes([byte ^ 0x55]))
    c.pg1.start()
    try:
        c.pg1.sql("SELECT count(*) FROM damaged")
    except processes.Trouble as error:
        if "invalid page" not in str(error):
            raise
    else:
        raise processes.Trouble("the damaged page was read")


class Freezer:
    """Stops every session in which the exporter asks a node for more than its pulse, also those that it opens anew."""

    SURVEYS = ("SELECT pid FROM pg_stat_activity WHERE application_name = 'pgfleet_exporter'"
               " AND query NOT LIKE 'SELECT s.r, c.system_identifier%'")

    def __init__(self, node):
        self.node, self.frozen, self.over = node, set(), threading.Event()
        self.thread = threading.Thread(target=self.freeze, daemon=True)
        self.thread.start()

    def freeze(self):
        while not self.over.wait(0.3):
            for pid in {int(pid) for pid in self.node.sql(self.SURVEYS).split()} - self.frozen:
                os.kill(pid, signal.SIGSTOP)
                self.frozen.add(pid)

    def stop(self):
        self.over.set()
        self.thread.join(15)
        alive = self.frozen.intersection(self.node.family())
        for pid in alive:
            os.kill(pid, signal.SIGCONT)
        self.frozen.clear()


def freeze_survey(c, w):
    c.freezer = Freezer(c.pg1)
    c.extras.append(c.freezer)


ACCESS_ROLES = """\
kind: single
objectives: {{rpo: 1h}}
settings: {{baseline: {{work_mem: 4MB}}}}
roles:
  postgres: {{login: true, superuser: true, createrole: true, createdb: true, replication: true, bypassrls: true}}
  replica: {{login: true, replication: true}}
  readonly: {{members: [reports]}}
  reports: {{login: true}}
  pgfleet: {{login: true, connection_limit: 5}}
  pg_monitor: {{members: [pgfleet]}}
  pg_use_reserved_connections: {{members: [pgfleet]}}
"""

ACCESS = [
    Fault("superuser made", "access", {"PgUnexpectedSuperuser critical"},
          sql("CREATE ROLE mallory SUPERUSER"), sql("DROP ROLE mallory"), seen=("PgRoleDrift",)),
    Fault("member taken away", "access", {"PgRoleMembershipDrift warning"},
          sql("REVOKE readonly FROM reports"), sql("GRANT readonly TO reports")),
    Fault("attribute of a role changed", "access", {"PgRoleDrift warning"},
          sql("ALTER ROLE reports CREATEDB"), sql("ALTER ROLE reports NOCREATEDB")),
    Fault("password ends in three days", "access", {"PgRoleExpiring warning"},
          lambda c, w: c.pg1.sql("ALTER ROLE reports VALID UNTIL '%s'" % c.pg1.sql("SELECT now() + '3 days'")),
          sql("ALTER ROLE reports VALID UNTIL 'infinity'")),
    Fault("password of the replication role has ended", "access", {"PgRoleExpiring critical"},
          sql("ALTER ROLE replica VALID UNTIL '2020-01-01'"), sql("ALTER ROLE replica VALID UNTIL 'infinity'")),
    Fault("setting not as declared", "access", {"PgConfigBaselineDrift warning"},
          settings("pg1", work_mem="8MB"), resets("pg1", "work_mem")),
    Fault("fsync off", "access", {"PgUnsafeSetting critical"}, settings("pg1", fsync="off"), resets("pg1", "fsync")),
    Fault("configuration file broken", "access", {"PgConfigFileError warning"}, break_file, mend_file),
    Fault("catalog locked", "access", {"PgCollectorFailing warning"}, lock_subscriptions, lambda c, w: c.locker.stop()),
    # In life PgCollectorFailing comes 6 minutes later; here its 10 minutes are 10 s, but the 2 minutes that are a number stay.
    Fault("sessions of the exporter hang", "access", {"PgNodeDataStale warning"}, freeze_survey,
          lambda c, w: c.freezer.stop(), restarts={"PgCollectorFailing warning"}, patience=240),
    Fault("page of a table damaged", "access", {"PgChecksumFailures critical"}, damage, sql("DROP TABLE damaged"),
          restarts={UNREACHABLE}, stays=True),
]


# Debian's 15: backups by its pg_dump, jobs of pgAgent and pg_cron.

def dump(c, rows=2000, name="nightly"):
    c.pg1.sql(f"TRUNCATE filler; {FILL.format(rows=rows)}")
    file = c.backups / f"{name}.{len(list(c.backups.iterdir()))}.sql"
    processes.run([CLIENTS / "pg_dump", "-h", c.pg1.folder, "-U", "postgres", "-t", "filler", "-f", file, "postgres"])
    return file


def with_jobs(c):
    c.backups = processes.make_folder(c.folder / "backups")
    for _ in range(2):
        dump(c)
    processes.write_file(c.folder / "status", "exit_code=0\n")
    c.pg1.sql("CREATE EXTENSION pg_cron; CREATE EXTENSION pgagent")
    c.pg1.sql("INSERT INTO pgagent.pga_job (jobjclid, jobname) VALUES (1, 'nightly')")
    c.pg1.sql("INSERT INTO pgagent.pga_jobstep (jstjobid, jstname, jstkind, jstcode, jstdbname) "
              "SELECT jobid, 'step', 's', 'SELECT 1', 'postgres' FROM pgagent.pga_job")
    c.grant()
    start_agent(c)


def start_agent(c, w=None):
    c.agent = processes.Process("pgagent", ["/usr/bin/pgagent", "-f", "-t", "1", "-l", "0",
                                            f"host={c.pg1.folder} user=postgres dbname=postgres"], c.folder / "agent.log")
    c.extras.append(c.agent)


def forget_backups(c, w):
    for path in c.backups.iterdir():
        os.utime(path, (1e9, 1e9))


def remember_backups(c, w):
    for path in c.backups.iterdir():
        os.utime(path)


def damage_backup(c, w):
    c.file = dump(c)
    text = c.file.read_text()
    c.file.write_text(text[:len(text) // 2 + len(text) // 4])


def shrink_backup(c, w):
    c.file = dump(c, rows=10)


def status(text):
    return lambda c, w: processes.write_file(c.folder / "status", text)


def run_agent_job(code):
    def change(c, w):
        c.pg1.sql(f"UPDATE pgagent.pga_jobstep SET jstcode = '{code}';"
                  "UPDATE pgagent.pga_job SET jobnextrun = now()")
    return change


JOBS = [
    Fault("backup overdue", "jobs", {"PgBackupOverdue critical"}, forget_backups, remember_backups),
    Fault("backup cut short", "jobs", {"PgBackupDamaged warning"}, damage_backup, lambda c, w: c.file.unlink()),
    Fault("backup far too small", "jobs", {"PgBackupShrunken warning"}, shrink_backup, lambda c, w: c.file.unlink()),
    Fault("backup job failed", "jobs", {"PgBackupJobFailed warning"}, status("exit_code=1\n"), status("exit_code=0\n")),
    Fault("pgAgent job failed", "jobs", {"PgAgentJobFailed warning"}, run_agent_job("SELECT 1/0"),
          run_agent_job("SELECT 1")),
    Fault("pgAgent killed", "jobs", {"PgJobSchedulerDown warning"},
          lambda c, w: (c.agent.child.kill(), c.agent.child.wait()), start_agent, kept={"PgAgentJobOverdue warning"}),
    # It begins with the next minute.
    Fault("pg_cron job failed", "jobs", {"PgCronJobFailed warning"},
          sql("SELECT cron.schedule('bad', '* * * * *', 'SELECT 1/0')"), sql("SELECT cron.unschedule('bad')")),
]


# Old majors.

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


# In the background, for 24 minutes.

PENDING = [
    Fault("change waits for a restart", "pending", {"PgPendingRestart warning"}, settings("pg1", max_connections=26),
          resets("pg1", "max_connections"), patience=30 * 60),
]


# The exporter itself.

def kill_exporter(c, w):
    w.process("exporter").child.kill()
    w.process("exporter").child.wait()


def break_config(c, w):
    w.write_config("nonsense: true\n")
    w.process("exporter").child.send_signal(signal.SIGHUP)


EXPORTER = [
    Fault("exporter killed", "", {"PgExporterDown critical"}, kill_exporter, lambda c, w: w.launch_exporter()),
    Fault("exporter no target any more", "", {"PgExporterAbsent critical"}, lambda c, w: w.retarget([]),
          lambda c, w: w.retarget([w.exporter])),
    Fault("exporter's configuration broken", "", {"PgConfigReloadFailed warning"}, break_config, lambda c, w: w.reload()),
]

# Quick ones of two clusters, for every run of the suite.
SAMPLE = {"standby killed", "receiver cut", "node out of the exporter's reach", "no primary",
          "synchronous standby killed", "synchronous replication switched off"}

CLUSTERS = [
    Cluster("pending", declaration="kind: single", writes=False),
    Cluster("chain", standbys={"pg2": "pg1", "pg3": "pg2"}, archives=True, prepare=with_alien,
            declaration="expect: {{standbys: 2, archiving: true}}"),
    Cluster("pair", standbys={"pg2": "pg1"},
            settings="max_standby_streaming_delay = -1\n",
            prepare=lambda c: c.pg1.set("synchronous_standby_names", "pg2"),
            declaration="objectives: {{lag: 4s}}\nexpect: {{standbys: 1, synchronous: 1}}"),
    Cluster("archive", standbys={"pg2": "pg1"}, archives=True, prepare=lambda c: c.base_backup(),
            declaration="expect: {{archiving: true}}\narchive: {{directory: {archive}}}",
            changes="objectives: {{rpo: 20s}}"),
    Cluster("slots", declaration="kind: single\nwal_volume: 400MB\n"
            "cdc: [{{slot: cdc, database: postgres, publication: pub, tables: [public.orders]}}]",
            prepare=with_consumers, settings="max_slot_wal_keep_size = -1\nwal_sender_timeout = 0\n"),
    Cluster("access", declaration=ACCESS_ROLES, prepare=with_roles),
    Cluster("jobs", DEBIAN, debian=True, prepare=with_jobs,
            settings="shared_preload_libraries = 'pg_cron'\ncron.use_background_workers = on\n",
            declaration='kind: single\npgagent: {{database: postgres}}\ncron: {{database: postgres}}\nbackups:\n'
            '  - {{name: nightly, files: "{folder}/backups/*.sql", schedule: "0 0 1 1 *", status_file: "{folder}/status"}}'),
    Cluster("old", 13, standbys={"pg2": "pg1"}, declaration="wal_volume: 400MB\nobjectives: {{lag_bytes: 95MB}}"),
    Cluster("oldest", 10, standbys={"pg2": "pg1"}, archives=True),
]

FAULTS = [*PENDING, *CHAIN, *PAIR, *ARCHIVE, *SLOTS, *ACCESS, *JOBS, *OLD, *OLDEST, *EXPORTER]
