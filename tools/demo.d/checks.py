"""What --check proves: series, dashboard, alerts. Data first, then the few steps that use it."""
import re
import time

import processes
from dashboard_queries import fill, panel_queries
from processes import Trouble

# (claim, PromQL, number of series that must come back)
EXPECTED = [
    ("the exporter is scraped", 'up{job="pgfleet"} == 1', 1),
    ("all three nodes are up", 'pgfleet_up{pg_cluster="demo"} == 1', 3),
    ("no node has a reason to be down", "sum by (pg_node) (pgfleet_down_reason) == 0", 3),
    ("the pulse is fresh on three nodes", 'time() - pgfleet_last_success_timestamp_seconds{lane="pulse"} < 5', 3),
    ("the status lane is fresh on three nodes", 'time() - pgfleet_last_success_timestamp_seconds{lane="status"} < 15', 3),
    ("the inventory lane is fresh on three nodes", 'time() - pgfleet_last_success_timestamp_seconds{lane="inventory"} < 30', 3),
    ("no collector fails", "sum by (pg_node) (pgfleet_collector_supported - pgfleet_collector_success) == 0", 3),
    ("every collector of three nodes succeeds", "count by (pg_node) (pgfleet_collector_success == 1) > 5", 3),
    ("pg1 is the primary", 'pgfleet_node_role{pg_node="pg1",role="primary"} == 1', 1),
    ("pg2 and pg3 are standbys", 'pgfleet_node_role{pg_node=~"pg[23]",role="standby"} == 1', 2),
    ("three nodes name their version", "pgfleet_node_info", 3),
    ("one system identifier", "count(count by (system_identifier) (pgfleet_node_info)) == 1", 1),
    ("three nodes are on timeline 1", "pgfleet_node_timeline == 1", 3),
    ("pg2 and pg3 receive", 'pgfleet_walreceiver_up{pg_node=~"pg[23]"} == 1', 2),
    ("pg1 sends to pg2 by its slot", 'pgfleet_walsender_lag_bytes{pg_node="pg1",standby="pg2",slot="pg2"}', 1),
    ("pg2 sends to pg3 by its slot", 'pgfleet_walsender_lag_bytes{pg_node="pg2",standby="pg3",slot="pg3"}', 1),
    ("the standbys keep up", "pgfleet_walsender_lag_bytes < 2^24", 2),
    ("pg1 writes", 'deriv(pgfleet_node_wal_lsn_bytes{pg_node="pg1"}[10s]) > 0', 1),
    ("pg2 and pg3 replay", "deriv(pgfleet_node_replay_lsn_bytes[10s]) > 0", 2),
    ("both slots are active", "pgfleet_slot_active == 1", 2),
    ("both slots are valid", "pgfleet_slot_invalid == 0", 2),
    ("pg1 archives", 'pgfleet_archiver_archived_files_total{pg_node="pg1"} > 0', 1),
    ("its archiver is well", 'pgfleet_archiver_state{pg_node="pg1",state=~"ok|idle"} == 1', 1),
    ("settings of three nodes", 'pgfleet_setting_bytes{setting="max_slot_wal_keep_size"} == 2^30', 3),
    ("no setting waits for a restart", "pgfleet_settings_pending_restart == 0", 3),
    ("the replica role and the superuser are counted", 'sum by (pg_cluster) (pgfleet_roles{attribute="replication"}) >= 2', 1),
]

# What the dashboards ask for and need not find here: (what the query holds, why).
MAY_BE_EMPTY = [
    (r"pgfleet_(pgagent|cron)_", "no jobs run inside the database"),
    (r"pgfleet_(subscription_|cdc_|publication_)", "nothing replicates logically"),
    (r"pgfleet_slot_(confirmed_lag|spill|stream|decoded|failover_ready|catalog_xmin)", "no slot is a logical one"),
    (r"pgfleet_slot_(inactive_seconds|invalid_reason|unexpected|without_standby|missing|xmin)", "every slot is in use"),
    (r"pgfleet_(setting_drift|setting_pending_restart|access_drift|collector_failure|standby_parameter_too_low)\{",
     "exists only while something is wrong"),
    (r"pgfleet_(standby_lag_lower_bound|sync_oldest_wait|archive_scan_failure|backup_scan_failure)",
     "exists only while something is wrong"),
    (r"pgfleet_(settings|access)_last_change", "nothing was changed"),
    (r"pgfleet_(node_(role|upstream)_mismatch|objective_(lag_bytes|synchronous))", "none is declared"),
    (r"pgfleet_(checkpoints_done|restartpoints|wal_summarizer)", "servers from 17 or 18 on have them"),
    (r"pgfleet_recovery_target_(timestamp|lsn|info)", "no recovery has a target"),
    (r"pgfleet_down_reason\{.*== 1|pgfleet_maintenance\{.*== 1", "no node is down, nobody works on the cluster"),
    (r"ALERTS\{.*severity", "no alert fires that tells of a fault"),
    (r"pgfleet_(cluster_(last_)?failover|archive_gap)", "no failover was seen"),
    (r"pgfleet_archiver_(ready_files|oldest_ready|last_failed)", "no segment waits, no attempt has failed"),
    (r"pgfleet_basebackup_(streamed_bytes|expected_bytes|phase|waiting)", "no base backup runs"),
    (r"pgfleet_backup_(job_|size_ratio)", "one backup is there, and its job tells nothing"),
    (r"pgfleet_role_password_expiry", "no password ends"),
    (r"pgfleet_(checksum_(last_failure|failures)|prepared_transaction_oldest|oldest_xmin_age)", "no checksums are kept, nothing is held back"),
    (r"pgfleet_standby_(excess_lag_seconds|wal_headroom_bytes)", "no standby is delayed on purpose, each has a slot"),
]

STOPPED = [("PgNodeUnreachable", "pg2"), ("PgReplicaNotStreaming", "pg3")]


def missing_series(stack):
    missing = []
    for claim, promql, number in EXPECTED:
        got = len(stack.query(promql))
        if got != number:
            missing.append(f"{claim}: {promql} gave {got} series, not {number}")
    return missing


def empty_panels(stack):
    return [f"{query.name}: {query.expr} gave nothing" for query in panel_queries()
            if not any(re.search(pattern, query.expr) for pattern, _ in MAY_BE_EMPTY)
            and not stack.query(fill(query.expr))]


def broken_rules(stack):
    rules = stack.rules()
    if not rules:
        return ["Prometheus has no rules"]
    return [f"rule {rule['name']}: {rule['health']} {rule.get('lastError', '')}" for rule in rules if rule["health"] != "ok"]


def until_none(what, complaints, deadline):
    """Asks until there is nothing to complain about; what is left at the deadline is the error."""
    end = time.monotonic() + deadline
    while True:
        left = complaints()
        if not left:
            return
        if time.monotonic() > end:
            raise Trouble(f"{what}: still not so after {deadline} s\n  " + "\n  ".join(left))
        time.sleep(0.5)


def check_alerts(cluster, stack, say):
    pg2 = cluster.nodes[1]
    until_none("no alert before anything happens", lambda: [f"{name} {node}" for name, node in stack.alerts()], 15)
    began = time.monotonic()
    pg2.stop()
    say("stopped pg2")
    for alert in STOPPED:
        processes.wait_for(f"{alert[0]} for {alert[1]} in Alertmanager", lambda a=alert: a in stack.alerts(), deadline=40)
        say(f"{alert[0]} for {alert[1]} arrived after {time.monotonic() - began:.1f} s")
    began = time.monotonic()
    pg2.start()
    say("started pg2 again")
    until_none("the alerts go again", lambda: [f"{name} {node}" for name, node in stack.alerts()], 40)
    say(f"all alerts gone after {time.monotonic() - began:.1f} s")


def check(cluster, stack, say):
    until_none("Prometheus holds the expected series", lambda: missing_series(stack), 45)
    say(f"Prometheus holds what it should: {len(EXPECTED)} claims about three nodes")
    until_none("the rules are in order", lambda: broken_rules(stack), 10)
    say(f"{len(stack.rules())} rules evaluate without an error")
    until_none("every dashboard query returns data", lambda: empty_panels(stack), 30)
    say(f"{len(list(panel_queries()))} dashboard queries return data, or are empty for a reason")
    check_alerts(cluster, stack, say)
