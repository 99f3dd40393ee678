"""Can we restore, and to when?"""
from boards import archiving_details
from parts.dashboard import dashboard
from parts.panels import (BLUE, GREEN, GREY, RED, YES_IS_GOOD, YELLOW, row, series, stat, states, steps, table, timeline,
                          words)
from parts.queries import age, by_cluster, by_node, cluster, enumeration, node, once, rate

ARCHIVER_STATES = [("none", GREY), ("ok", GREEN), ("idle", GREEN), ("not_applicable", GREY), ("disabled", BLUE),
                   ("never", YELLOW), ("unconfigured", RED), ("stalled", RED), ("dead", RED), ("failing", RED)]
ARCHIVER_NOW = enumeration(by_node, node, "pgfleet_archiver_state", "state", ARCHIVER_STATES)
LABELS = "{{pg_cluster}}/{{pg_node}}"


def when(metric):
    """A timestamp as Grafana wants it."""
    return f"1000 * {by_cluster(cluster(metric))}"


def now():
    broken = by_node(node("pgfleet_archiver_state", 'state=~"failing|stalled|dead|unconfigured"'))
    return [
        stat("Archivers not well", "Servers whose archiver fails, hangs, is dead or has no command. When red: the WAL disk fills.",
             f"sum({broken})", steps(GREEN, (RED, 1)), alerts=["PgArchiverFailing", "PgArchiverStalled"]),
        stat("Oldest work not archived", "Age of the oldest commit that is not in the archive. The colour is that of "
             "PgArchiveRpoExceeded where no objective is declared. When red: look at the archiver below.",
             f"max({cluster('pgfleet_archive_rpo_seconds')})",
             steps(GREEN, (RED, 900)), "s", alerts=["PgArchiveRpoExceeded"], decimals=0),
        stat("Segments waiting now", "Complete segments that are not archived. When yellow: the archiver is too slow, or "
             "fails; see Flow.",
             f"sum({once(node('pgfleet_archiver_backlog_segments'))})",
             steps(GREEN, (YELLOW, 64)), alerts=["PgArchiveBacklogHigh"]),
        stat("Archives without a chain", "Archives in which no base backup and the WAL after it lead to the newest segment. When "
             "red: nothing can be restored up to now.", f"sum(1 - {by_cluster(cluster('pgfleet_archive_recoverable'))})",
             steps(GREEN, (RED, 1)), alerts=["PgArchiveChainBroken"]),
        stat("Missing segments", "Segments that are not in the archive and should be. When yellow: take a base backup; no "
             "older one leads past them.",
             f"sum({by_cluster(cluster('pgfleet_archive_missing_segments'))})", steps(GREEN, (YELLOW, 1)),
             alerts=["PgArchiveChainBroken"]),
        stat("Oldest last base backup", "Of all clusters, when the last base backup ended that is known.",
             f"1000 * min({by_cluster(cluster('pgfleet_archive_last_base_backup_timestamp_seconds'))})", steps(BLUE),
             "dateTimeFromNow", alerts=["PgBackupTooOld"]),
        stat("Backups overdue", "Declared backups that were not made in time. When red: look at the job.",
             f"sum({once(cluster('pgfleet_backup_overdue'))})", steps(GREEN, (RED, 1)), alerts=["PgBackupOverdue"]),
        stat("Backups not whole", "Declared backups whose newest file is damaged or unfinished. When red: look at its job, and "
             "keep the one before.",
             f"sum(1 - {once(cluster('pgfleet_backup_complete'))})", steps(GREEN, (RED, 1)),
             alerts=["PgBackupDamaged"]),
    ]


def flow():
    return [
        timeline("Archiver", "What each server's archiver did.", ARCHIVER_NOW, LABELS, words(*ARCHIVER_STATES),
                 alerts=["PgArchiverFailing", "PgArchiverStalled", "PgArchivingDisabled"]),
        series("Work that is not in the archive", "Age of the oldest commit that is not in the archive. The line is the threshold "
               "of PgArchiveRpoExceeded where no objective is declared.", "s",
               [(by_cluster(cluster("pgfleet_archive_rpo_seconds")), "{{pg_cluster}}"),
                (by_cluster(cluster("pgfleet_objective_rpo_seconds")), "objective of {{pg_cluster}}")],
               thresholds=steps(GREEN, (RED, 900)), limit=True, alerts=["PgArchiveRpoExceeded", "PgArchiveRpoBudgetBurn"]),
        series("Segments archived", "Files that each server archived per second.", "cps",
               rate(node("pgfleet_archiver_archived_files_total")), LABELS),
        series("Failed attempts", "Attempts that failed per second. A command that hangs fails never.", "cps",
               rate(node("pgfleet_archiver_failed_attempts_total")), LABELS, alerts=["PgArchiverFailing"]),
        series("Segments that wait", "Complete segments that are not archived. The line is that of PgArchiveBacklogHigh.", "none",
               once(node("pgfleet_archiver_backlog_segments")), LABELS, thresholds=steps(GREEN, (YELLOW, 64)), limit=True,
               alerts=["PgArchiveBacklogHigh"]),
        series("WAL directory", "Size of pg_wal, and the declared size of its volume.", "bytes",
               [(once(node("pgfleet_wal_directory_bytes")), LABELS),
                (by_cluster(cluster("pgfleet_objective_wal_volume_bytes")), "volume of {{pg_cluster}}")],
               alerts=["PgWalVolumeFilling"]),
    ]


def servers():
    return table("Servers", "One row per server.", [
        ("State", "none", ARCHIVER_NOW, steps(GREY), words(*ARCHIVER_STATES)),
        ("Waiting", "none", by_node(node("pgfleet_archiver_backlog_segments")), steps(GREEN, (YELLOW, 64)), None),
        ("Marked ready", "none", by_node(node("pgfleet_archiver_ready_files")), None, None),
        ("Waits since", "s", by_node(node("pgfleet_archiver_oldest_ready_age_seconds")), None, None),
        ("Not archived", "bytes", by_node(node("pgfleet_archiver_unarchived_bytes")), None, None),
        ("Last archived", "dateTimeFromNow", f"1000 * {by_node(node('pgfleet_archiver_last_archived_timestamp_seconds'))}", None, None),
        ("Last failed", "dateTimeFromNow", f"1000 * {by_node(node('pgfleet_archiver_last_failed_timestamp_seconds'))}", None, None),
        ("WAL directory", "bytes", by_node(node("pgfleet_wal_directory_bytes")), None, None),
    ], ["pg_cluster", "pg_node"], alerts=["PgArchiverFailing", "PgArchiveBacklogHigh"])


def archives():
    return [
        table("Archives", "One row per archive that the exporter reads: from when to when can be restored.", [
            ("Chain", "none", by_cluster(cluster("pgfleet_archive_recoverable")), None,
             states(zero=("broken", RED), one=("whole", GREEN))),
            ("From", "dateTimeAsIso", when("pgfleet_archive_recoverable_from_timestamp_seconds"), None, None),
            ("Until", "dateTimeAsIso", when("pgfleet_archive_recoverable_until_timestamp_seconds"), None, None),
            ("Missing", "none", by_cluster(cluster("pgfleet_archive_missing_segments")), steps(GREEN, (YELLOW, 1)), None),
            ("Not stored", "none", by_cluster(cluster("pgfleet_archive_behind_segments")), steps(GREEN, (RED, 1)), None),
            ("Base backups", "none", by_cluster(cluster("pgfleet_archive_base_backups")), None, None),
            ("Usable", "none", by_cluster(cluster("pgfleet_archive_usable_base_backups")), steps(RED, (GREEN, 1)), None),
            ("Last one", "dateTimeFromNow", when("pgfleet_archive_last_base_backup_timestamp_seconds"), None, None),
            ("Size", "bytes", by_cluster(cluster("pgfleet_archive_bytes")), None, None),
            ("Lost at a failover", "none", by_cluster(cluster("pgfleet_archive_gap_segments")), steps(GREEN, (YELLOW, 1)), None),
            ("Read", "dateTimeFromNow", when("pgfleet_archive_scan_timestamp_seconds"), None, None),
        ], ["pg_cluster"], alerts=["PgArchiveChainBroken", "PgArchiveGap", "PgBackupTooOld"]),
        series("How far back", "Seconds from now to the oldest and to the newest instant that can be restored.", "s",
               [(age(by_cluster(cluster("pgfleet_archive_recoverable_from_timestamp_seconds"))), "{{pg_cluster}} from"),
                (age(by_cluster(cluster("pgfleet_archive_recoverable_until_timestamp_seconds"))), "{{pg_cluster}} until")]),
        series("Size of the archives", "Segments and history files, as they lie there.", "bytes",
               by_cluster(cluster("pgfleet_archive_bytes")), "{{pg_cluster}}"),
    ]


def backups():
    per_backup = "max by (pg_cluster, backup) ({})".format
    return [
        table("Backups", "One row per declared backup.", [
            ("Whole", "none", per_backup(cluster("pgfleet_backup_complete")), None, YES_IS_GOOD),
            ("Overdue", "none", per_backup(cluster("pgfleet_backup_overdue")), None, states(zero=("no", GREEN), one=("yes", RED))),
            ("Job", "none", per_backup(cluster("pgfleet_backup_job_succeeded")), None,
             states(zero=("failed", RED), one=("well", GREEN))),
            ("Newest", "dateTimeFromNow", f"1000 * {per_backup(cluster('pgfleet_backup_newest_timestamp_seconds'))}", None, None),
            ("Size", "bytes", per_backup(cluster("pgfleet_backup_newest_bytes")), None, None),
            ("To those before", "percentunit", per_backup(cluster("pgfleet_backup_size_ratio")), steps(RED, (GREEN, 0.5)), None),
            ("Files", "none", per_backup(cluster("pgfleet_backup_files")), None, None),
            ("All together", "bytes", per_backup(cluster("pgfleet_backup_bytes")), None, None),
            ("Next due", "dateTimeFromNow", f"1000 * {per_backup(cluster('pgfleet_backup_next_due_timestamp_seconds'))}", None, None),
        ], ["pg_cluster", "backup"], alerts=["PgBackupOverdue", "PgBackupDamaged", "PgBackupShrunken", "PgBackupJobFailed"]),
        series("Size of the newest backup", "A step down is a backup that lacks something.", "bytes",
               once(cluster("pgfleet_backup_newest_bytes")), "{{pg_cluster}} {{backup}}", alerts=["PgBackupShrunken"]),
        series("Base backups that run", "Bytes sent so far, and what is expected.", "bytes",
               [(once(node("pgfleet_basebackup_streamed_bytes")), LABELS + " sent"),
                (once(node("pgfleet_basebackup_expected_bytes")), LABELS + " expected")], absent="No base backup runs"),
    ]


def recovery():
    return [
        series("Replayed in recovery", "WAL that each node in recovery replays per second, by a stream or from an archive.", "Bps",
               rate(node("pgfleet_recovery_replayed_bytes_total")), LABELS),
        series("Last replayed commit", "How long ago, by the primary's clock, the last replayed transaction was committed. Grows on "
               "an idle primary: no lag.", "s", age(once(node("pgfleet_last_replayed_transaction_timestamp_seconds"))), LABELS),
    ]


def board():
    return dashboard("pgfleet-archiving", "WAL Archiving and Backups",
                     "Whether WAL leaves the servers, which instants can be restored, and whether the backups are there and whole.",
                     [row("Now"), *now(), row("Flow"), *flow(), servers(), row("Archives"), *archives(),
                      row("Backups"), *backups(), row("Recovery"), *recovery(), *archiving_details.rows()])
