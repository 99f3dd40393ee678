"""The archive, which the exporter reads."""
from faults.fault import NO_REPLICA, UNREACHABLE, Fault, hang, hold, redeclare, resets, settings
from servers import Cluster


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

ARCHIVE_CLUSTER = Cluster("archive", standbys={"pg2": "pg1"}, archives=True, prepare=lambda c: c.base_backup(),
        declaration="expect: {{archiving: true}}\narchive: {{directory: {archive}}}",
        changes="objectives: {{rpo: 20s}}")
