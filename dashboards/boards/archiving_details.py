"""WAL, archives and backups once more, for whoever looks for a cause: rows that stay closed until they are wanted."""
from parts.panels import BLUE, GREEN, GREY, YELLOW, YES_IS_GOOD, listing, row, series, states, steps, table, timeline
from parts.queries import by_cluster, by_node, cluster, node, now_in, once, rate

NODE = ["pg_cluster", "pg_node"]
LABELS = "{{pg_cluster}}/{{pg_node}}"


def moment(expr):
    """A timestamp as Grafana wants it."""
    return f"1000 * {expr}"


def wal():
    return row(
        "WAL and checkpoints",
        series("WAL generated", "Without what a switch of segments leaves empty.", "Bps",
               rate(node("pgfleet_wal_bytes_total")), LABELS),
        series("Records and page images", "Many images: checkpoints follow each other too fast.", "cps",
               [(rate(node("pgfleet_wal_records_total")), LABELS),
                (rate(node("pgfleet_wal_full_page_images_total")), LABELS + " images")]),
        series("WAL buffers full", "Writes to disk because wal_buffers were full.", "cps",
               rate(node("pgfleet_wal_buffers_full_total")), LABELS),
        series("Segments in the WAL directory", "Files, those that wait to be filled again among them.", "none",
               once(node("pgfleet_wal_directory_segments")), LABELS),
        series("Checkpoints", "Begun per second, by why, and completed. Many that were asked for: raise max_wal_size.",
               "cps",
               [(rate(node("pgfleet_checkpoints_total")), LABELS + " {{kind}}"),
                (rate(node("pgfleet_checkpoints_done_total")), LABELS + " completed"),
                (rate(node("pgfleet_restartpoints_total")), LABELS + " restartpoints, {{kind}}"),
                (rate(node("pgfleet_restartpoints_done_total")), LABELS + " restartpoints completed")]),
        series("Time in checkpoints", "Share of the time that checkpoints write files, and bring them to disk.",
               "percentunit",
               [(rate(node("pgfleet_checkpoint_write_seconds_total")), LABELS + " write"),
                (rate(node("pgfleet_checkpoint_sync_seconds_total")), LABELS + " sync")], axisSoftMax=0.05),
        series("Written by checkpoints", "Buffers per second.", "cps",
               rate(node("pgfleet_checkpoint_written_buffers_total")), LABELS),
        table("Last checkpoints", "One row per server, and what it would have to replay if it crashed now.", [
            ("Began", "dateTimeFromNow", moment(by_node(node("pgfleet_checkpoint_timestamp_seconds"))), None, None),
            ("To replay", "bytes", by_node(node("pgfleet_checkpoint_redo_distance_bytes")), None, None),
            ("Highest timeline on disk", "none", by_node(node("pgfleet_wal_directory_newest_timeline")), None, None),
        ], NODE, width=12),
        timeline("WAL summarizer", "Whether it runs where summarize_wal is on; incremental backups need it.",
                 once(node("pgfleet_wal_summarizer_running")), LABELS, YES_IS_GOOD, absent="No WAL is summarized"),
        series("WAL not summarized", "The WAL since the last checkpoint is always among it.", "bytes",
               once(node("pgfleet_wal_summarizer_lag_bytes")), LABELS, absent="No WAL is summarized"),
    )


def archives():
    return row(
        "Archives in detail",
        table("What would be lost", "With the primary alone, and were only the archive left.", [
            ("With the primary", "bytes", by_cluster(cluster("pgfleet_rpo_bytes")), None, None),
            ("With all servers", "bytes", by_cluster(cluster("pgfleet_archive_rpo_bytes")), None, None),
            ("At the last failover", "bytes", by_cluster(cluster("pgfleet_archive_gap_bytes")), None, None),
        ], ["pg_cluster"], width=12),
        table("What lies there", "One row per archive that the exporter reads. When yellow: copy the history files "
              "there, or no recovery leads from the older timeline to the newer.", [
                  ("Segments", "none", by_cluster(cluster("pgfleet_archive_segments")), None, None),
                  ("Newest", "dateTimeFromNow",
                   moment(by_cluster(cluster("pgfleet_archive_newest_segment_timestamp_seconds"))), None, None),
                  ("Timeline", "none", by_cluster(cluster("pgfleet_archive_recoverable_timeline")), None, None),
                  ("History missing", "none", by_cluster(cluster("pgfleet_archive_missing_history_files")),
                   steps(GREEN, (YELLOW, 1)), None),
                  ("Reading took", "s", by_cluster(cluster("pgfleet_archive_scan_duration_seconds")), None, None),
              ], ["pg_cluster"], width=12, alerts=["PgArchiveChainBroken"], absent="No archive is read"),
        table("What does not belong there", "Files by kind. When yellow: look at them, and remove them by hand.", [
            ("Files", "none", once(cluster("pgfleet_archive_unexpected_files")), steps(GREEN, (YELLOW, 1)), None),
        ], ["pg_cluster", "kind"], width=12, absent="No archive is read"),
        listing("Archives that cannot be read", "And why.", once(cluster("pgfleet_archive_scan_failure")),
                ["pg_cluster", "reason"], absent="Every archive can be read"),
    )


def backups():
    per_backup = "max by (pg_cluster, backup) ({})".format

    def since(key):
        return moment(per_backup(cluster(f"pgfleet_backup_{key}_timestamp_seconds")))
    return row(
        "Backups in detail",
        table("Declared backups", "One row each, and when the exporter last looked.", [
            ("Being written", "none", per_backup(cluster("pgfleet_backup_growing_files")), None, None),
            ("Oldest", "dateTimeFromNow", since("oldest"), None, None),
            ("Was due", "dateTimeFromNow", since("due"), None, None),
            ("Job spoke", "dateTimeFromNow", since("job"), None, None),
            ("Looked at", "dateTimeFromNow", since("scan"), None, None),
        ], ["pg_cluster", "backup"], absent="No backup is declared"),
        listing("What the newest are", "Told by their content.", once(cluster("pgfleet_backup_info")),
                ["pg_cluster", "backup", "format", "compression"], absent="No backup is known"),
        listing("Backups that cannot be read", "And why.", once(cluster("pgfleet_backup_scan_failure")),
                ["pg_cluster", "backup", "reason"], absent="Every backup can be read"),
        listing("What base backups do", "The one that runs longest on each server.",
                now_in(node, "pgfleet_basebackup_phase"), [*NODE, "phase"], width=8, absent="No base backup runs"),
        series("Base backups", "How many run, and how long one has waited until its WAL is archived.", "none",
               [(once(node("pgfleet_basebackup_running")), LABELS),
                (once(node("pgfleet_basebackup_waiting_archive_seconds")), LABELS + " waits, s")], width=8,
               alerts=["PgArchiverFailing", "PgArchiverStalled"]),
        table("Last base backups", "When the last one ended that was seen, wherever it went.", [
            ("Ended", "dateTimeFromNow", moment(by_cluster(cluster("pgfleet_basebackup_last_timestamp_seconds"))),
             None, None),
        ], ["pg_cluster"], width=8, alerts=["PgBackupTooOld"], absent="No base backup is known"),
    )


def recovery():
    yes_or_no = states(zero=("no", GREY), one=("yes", BLUE))
    return row(
        "Recovery in detail",
        table("Targets of recovery", "Servers in recovery: how far they are to go, and by which way WAL comes.", [
            ("Has a target", "none", by_node(node("pgfleet_recovery_target_set")), None, yes_or_no),
            ("Time", "dateTimeAsIso", moment(by_node(node("pgfleet_recovery_target_timestamp_seconds"))), None, None),
            ("Position", "bytes", by_node(node("pgfleet_recovery_target_lsn_bytes")), None, None),
            ("Fetches from an archive", "none", by_node(node("pgfleet_recovery_restore_command_set")), None, yes_or_no),
            ("Has asked an upstream", "none", by_node(node("pgfleet_recovery_upstream_asked")), None, yes_or_no),
        ], NODE, absent="No server is in recovery"),
        listing("Kinds of targets", "And what the server does when it is there.",
                once(node("pgfleet_recovery_target_info")), [*NODE, "target", "action"], width=24,
                absent="No recovery has a target"),
    )


def rows():
    return [wal(), archives(), backups(), recovery()]
