"""Is anything wrong, and where?"""
from parts.dashboard import dashboard
from parts.panels import (BLUE, GREEN, GREY, RED, ROLE, UP, YELLOW, link_to, listing, row, series, severities, stat,
                          states, steps, table, timeline, words)
from parts.queries import PRIMARY, age, alerts as firing, by_cluster, by_node, cluster, increase, node, once, or_zero

CLUSTER_LINK = link_to("pgfleet-replication", "Replication of ${__value.text}", ["pg_cluster"], "pg_cluster")
NODE_LINK = link_to("pgfleet-replication", "Replication of ${__value.text}", ["pg_cluster", "pg_node"], "pg_node")


def verdict():
    up = once(node("pgfleet_up"))
    no_primary = by_cluster(cluster("pgfleet_cluster_primary_state", 'state!="one"'))
    return [
        stat("Nodes down", "Nodes that did not answer their last pulse. Nothing else is known of them. When red: the table "
             "of nodes names them and why.", f"sum(1 - {up})", steps(GREEN, (RED, 1)), alerts=["PgNodeUnreachable"]),
        stat("Clusters without one primary", "Clusters in which no node leads, or several do, or where that is not known. "
             "When red: writes fail, or go to two places.", f"sum({no_primary})", steps(GREEN, (RED, 1)),
             alerts=["PgClusterNoPrimary", "PgSplitBrain"]),
        stat("Standbys not connected", "Nodes that should be standbys and do not stream. When red: look at their state "
             "in the table of nodes.", f"sum({once(node('pgfleet_standby_expected'))} - {once(node('pgfleet_standby_connected'))})",
             steps(GREEN, (RED, 1)), alerts=["PgReplicaNotStreaming", "PgNoStreamingReplica"]),
        stat("Greatest lag", "How old the data is that the standby shows which is furthest behind. When red: see "
             "Replication, Lag.", f"max({node('pgfleet_standby_lag_seconds')})", steps(GREEN, (RED, 30)), "s",
             alerts=["PgReplicationLagTime"], decimals=1),
        stat("Oldest work not archived", "Age of the oldest commit that only the server has, were the standbys gone, too. "
             "When red: see Archiving.", f"max({cluster('pgfleet_archive_rpo_seconds')})", steps(GREEN, (RED, 900)), "s",
             alerts=["PgArchiveRpoExceeded"], decimals=0),
        stat("Settings drifted", "Settings that differ between nodes or from the baseline. When yellow: see Drift.",
             f"sum({once(node('pgfleet_settings_drifted'))})", steps(GREEN, (YELLOW, 1)),
             alerts=["PgConfigDrift", "PgConfigBaselineDrift"]),
        stat("Critical alerts", "Alerts that call somebody now. When red: the table of firing alerts names them.",
             or_zero(f"count({firing('critical')})"), steps(GREEN, (RED, 1))),
        stat("Warnings", "Alerts that wait for the day. When yellow: the table of firing alerts names them.",
             or_zero(f"count({firing('warning')})"), steps(GREEN, (YELLOW, 1))),
    ]


def clusters():
    red_from_one = steps(GREEN, (RED, 1))
    standbys = by_cluster(once(node("pgfleet_standby_connected")), "sum")
    return table(
        "Clusters", "One row per cluster. Click its name to see its replication.", [
            ("Nodes up", "none", by_cluster(cluster("pgfleet_cluster_reachable_nodes")), None, None),
            ("Declared", "none", by_cluster(cluster("pgfleet_cluster_declared_nodes")), None, None),
            ("Leads", "none", by_cluster(cluster("pgfleet_cluster_primary_state", 'state="one"')), None,
             states(zero=("nobody, or several", RED), one=("one primary", GREEN))),
            ("Timeline", "none", by_cluster(cluster("pgfleet_cluster_timeline")), None, None),
            ("Standbys streaming", "none", standbys, None, None),
            ("Standbys missing", "none",
             f"{by_cluster(once(node('pgfleet_standby_expected')), 'sum')} - {standbys}", red_from_one, None),
            ("Lag", "s", by_cluster(node("pgfleet_standby_lag_seconds")), steps(GREEN, (RED, 30)), None),
            ("Not archived", "s", by_cluster(cluster("pgfleet_archive_rpo_seconds")), steps(GREEN, (RED, 900)), None),
            ("Slots lost", "none", by_cluster(once(node("pgfleet_slot_invalid")), "sum"), red_from_one, None),
            ("Drifted", "none", by_cluster(once(node("pgfleet_settings_drifted")), "sum"), steps(GREEN, (YELLOW, 1)), None),
            ("Maintenance", "none", by_cluster(cluster("pgfleet_maintenance")), None,
             states(zero=("no", GREEN), one=("yes", BLUE))),
        ], ["pg_cluster"], links=[CLUSTER_LINK], alerts=["PgClusterNoPrimary", "PgReplicaMissing", "PgReplicationLagTime",
                                                         "PgArchiveRpoExceeded"])


def nodes():
    receiver = states(zero=("no", GREY), one=("streaming", GREEN))
    return table(
        "Nodes", "One row per node. Click a node to see its replication. A node that is down has no values but that.", [
            ("Up", "none", by_node(node("pgfleet_up")), None, UP),
            ("Role", "none", by_node(node("pgfleet_node_role", PRIMARY)), None, ROLE),
            ("Version", "none", by_node(node("pgfleet_server_version_number")), None, None),
            ("Timeline", "none", by_node(node("pgfleet_node_timeline")), None, None),
            ("Receives", "none", by_node(node("pgfleet_walreceiver_up")), None, receiver),
            ("Lag", "s", by_node(node("pgfleet_standby_lag_seconds")), steps(GREEN, (RED, 30)), None),
            ("Lag in WAL", "bytes", by_node(node("pgfleet_standby_lag_bytes")), steps(GREEN, (RED, 2**30)), None),
            ("WAL kept", "bytes", by_node(node("pgfleet_wal_directory_bytes")), None, None),
            ("Pending restart", "none", by_node(node("pgfleet_settings_pending_restart")), steps(GREEN, (YELLOW, 1)), None),
            ("Clock off", "s", by_node(node("pgfleet_node_clock_offset_seconds")), None, None),
            ("Started", "dateTimeFromNow", f"1000 * {by_node(node('pgfleet_node_start_timestamp_seconds'))}", None, None),
        ], ["pg_cluster", "pg_node"], links=[CLUSTER_LINK, NODE_LINK],
        alerts=["PgNodeUnreachable", "PgReplicationLagTime", "PgReplicationLagBytes"])


def alerts():
    return [
        table("Firing alerts", "What fires now, and for whom.",
              [(None, "none", f"max by (severity, alertname, pg_cluster, pg_node) ({firing()})", None, None)],
              ["severity", "alertname", "pg_cluster", "pg_node"], width=12, links=[severities("severity")],
              hidden=["Value"], absent="No alert fires"),
        timeline("Alerts over time", "When which alert fired, by cluster.",
                 " or ".join(f"{weight} * max by (alertname, pg_cluster) ({firing(severity)})"
                             for weight, severity in ((2, "critical"), (1, "warning"))),
                 "{{alertname}} {{pg_cluster}}", words(("", GREEN), ("warning", YELLOW), ("critical", RED)),
                 absent="No alert fired"),
    ]


def availability():
    return [
        timeline("Reachable", "Whether each node answered its pulse.", once(node("pgfleet_up")), "{{pg_cluster}}/{{pg_node}}",
                 UP, alerts=["PgNodeUnreachable"]),
        timeline("Role", "Who was out of recovery, when. A change is a failover or a switchover.",
                 once(node("pgfleet_node_role", PRIMARY)), "{{pg_cluster}}/{{pg_node}}", ROLE),
        table("Why nodes are down", "The reason that the last attempt gave, and how long the node has been silent.",
              [(None, "none", f"{once(node('pgfleet_down_reason'))} == 1", None, None)],
              ["pg_cluster", "pg_node", "reason"], width=12, hidden=["Value"], alerts=["PgNodeUnreachable"],
              absent="No node is down"),
        series("Silence", "Seconds since each node last answered a pulse.", "s",
               age(once(node("pgfleet_last_success_timestamp_seconds", 'lane="pulse"'))), "{{pg_cluster}}/{{pg_node}}"),
    ]


def data():
    return [
        stat("Checksum failures", "Pages that failed their checksum in the time shown. When red: stop and read the runbook; copies "
             "may hold the damage.", f"sum({increase(node('pgfleet_checksum_failures_total'), '$__range')})",
             steps(GREEN, (RED, 1)), alerts=["PgChecksumFailures"], width=12),
        stat("Last checksum failure", "When a page last failed its checksum.",
             f"1000 * max({node('pgfleet_checksum_last_failure_timestamp_seconds')})", unit="dateTimeFromNow",
             alerts=["PgChecksumFailures"], width=12, absent="none known"),
        series("Transactions not frozen", "Age of the oldest row of each database. The lines are those of "
               "PgTransactionWraparound: shortly after the second the server refuses writes.", "short",
               [(f"max by (pg_cluster, database) ({node('pgfleet_database_xid_age_transactions')})",
                 "{{pg_cluster}} {{database}}"),
                (f"max by (pg_cluster, database) ({node('pgfleet_database_multixact_age_multixacts')})",
                 "{{pg_cluster}} {{database}} multixacts")],
               thresholds=steps(GREEN, (YELLOW, 10**9), (RED, 1800000000)), limit=True,
               alerts=["PgTransactionWraparound"]),
        series("Who holds vacuum back", "How many transactions back each kind of holder keeps vacuum from cleaning. A growing "
               "line is a forgotten transaction, slot or prepared transaction.", "short",
               f"max by (pg_cluster, pg_node, holder) ({node('pgfleet_oldest_xmin_age_transactions')})",
               "{{pg_cluster}}/{{pg_node}} {{holder}}", absent="Nothing holds it back"),
        series("Prepared transactions", "Transactions that wait for their second phase, and the age of the oldest.", "short",
               [(once(node("pgfleet_prepared_transactions")), "{{pg_cluster}}/{{pg_node}}"),
                (once(node("pgfleet_prepared_transaction_oldest_age_seconds")), "{{pg_cluster}}/{{pg_node}} oldest, s")]),
        series("Subscriptions: errors", "Errors of apply and of the first copy. A rising line is a loop.", "short",
               [(increase(node("pgfleet_subscription_apply_errors_total")),
                 "{{pg_cluster}} {{subscription}} apply"),
                (increase(node("pgfleet_subscription_sync_errors_total")),
                 "{{pg_cluster}} {{subscription}} copy")], alerts=["PgSubscriptionFailing"], absent="No subscriptions"),
        table("Subscriptions", "What each subscription does.", [
            ("Enabled", "none", f"max by (pg_cluster, pg_node, subscription) ({node('pgfleet_subscription_enabled')})", None,
             states(zero=("no", YELLOW), one=("yes", GREEN))),
            ("Worker", "none", f"max by (pg_cluster, pg_node, subscription) ({node('pgfleet_subscription_worker_up')})", None, UP),
            ("Last message", "s", f"max by (pg_cluster, pg_node, subscription) ({node('pgfleet_subscription_message_age_seconds')})",
             None, None)],
            ["pg_cluster", "pg_node", "subscription"], alerts=["PgSubscriptionFailing"], absent="No subscriptions"),
    ]


def details():
    def declared(title, unit, key):
        return title, unit, by_cluster(cluster(f"pgfleet_objective_{key}")), None, None
    return row(
        "What is declared, and what runs",
        table("Objectives", "What the configuration asks of each cluster; the alerts compare with it.", [
            declared("Lag", "s", "lag_seconds"), declared("Lag in WAL", "bytes", "lag_bytes"), declared("Loss", "s", "rpo_seconds"),
            declared("Age of a base backup", "s", "backup_age_seconds"), declared("Standbys", "none", "standbys"),
            declared("Synchronous", "none", "synchronous"), declared("Archiving", "none", "archiving"),
            declared("WAL volume", "bytes", "wal_volume_bytes")], ["pg_cluster"]),
        listing("Servers", "Version and system of each node.", once(node("pgfleet_node_info")),
                ["pg_cluster", "pg_node", "server_version", "system_identifier"], width=24))


def board():
    return dashboard("pgfleet-fleet", "Fleet Overview",
                     "Every node of every PostgreSQL cluster that pgfleet watches: what is wrong, and where.",
                     [row("Verdict"), *verdict(), row("Clusters"), clusters(), row("Nodes"), nodes(), *availability(),
                      row("Alerts"), *alerts(), row("Data"), *data(), details()])
