"""Who feeds whom, who is behind, and what a loss of the primary would cost."""
from boards import replication_details
from parts.dashboard import dashboard
from parts.panels import (BLUE, GREEN, GREY, RED, ROLE, YES_IS_BAD, YELLOW, node_graph, row, series, stat, states,
                          steps, table, timeline, words)
from parts.queries import PRIMARY, by_cluster, by_node, cluster, enumeration, joined, node, once, rate

STANDBY_STATES = [("none", GREY), ("streaming", GREEN), ("caught_up", GREEN), ("delayed", BLUE), ("catchup", YELLOW),
                  ("archive_recovery", YELLOW), ("conflict_stalled", YELLOW), ("paused", YELLOW),
                  ("paused_parameters", RED), ("starting", YELLOW), ("disconnected", RED), ("wal_missing", RED),
                  ("diverged", RED), ("unreachable", RED)]
PRIMARY_STATES = [("unknown", GREY), ("one", GREEN), ("unreachable", YELLOW), ("none", RED), ("several", RED)]
PRIMARY_NOW = enumeration(by_cluster, cluster, "pgfleet_cluster_primary_state", "state", PRIMARY_STATES)
STANDBY_NOW = enumeration(by_node, node, "pgfleet_standby_state", "state", STANDBY_STATES)
LABELS = "{{pg_cluster}}/{{pg_node}}"


def now():
    return [
        stat("Primary", "Whether each cluster has its one primary. When red: nothing can be written, or it goes to two places.",
             f"max({PRIMARY_NOW})", steps(GREY),
             mappings=words(*PRIMARY_STATES), alerts=["PgClusterNoPrimary", "PgSplitBrain"]),
        stat("Timeline", "Timeline of the elected primary; each failover begins a new one.",
             f"max({cluster('pgfleet_cluster_timeline')})", steps(BLUE)),
        stat("Standbys missing", "Expected standbys that do not stream. When red: the table below says why.",
             f"sum({once(node('pgfleet_standby_expected'))} - {once(node('pgfleet_standby_connected'))})",
             steps(GREEN, (RED, 1)), alerts=["PgReplicaMissing", "PgNoStreamingReplica"]),
        stat("Synchronous standbys", "Whether as many synchronous standbys are there as commits wait for. When red: commits hang.",
             f"min({once(node('pgfleet_sync_met'))})", steps(GREY), mappings=states(zero=("missing", RED), one=("enough", GREEN)),
             alerts=["PgSyncDegraded"]),
        stat("Greatest lag", "How old the data is that the worst standby shows. When red: see Lag.",
             f"max({node('pgfleet_standby_lag_seconds')})",
             steps(GREEN, (RED, 30)), "s", alerts=["PgReplicationLagTime"], decimals=1),
        stat("Loss with the primary", "Age of the oldest work that no standby and no archive has: what a loss of the primary "
             "would cost now. The colour is that of PgArchiveRpoExceeded. When red: nothing follows the primary; "
             "see Standbys and the archive.", f"max({cluster('pgfleet_rpo_seconds')})",
             steps(GREEN, (RED, 900)), "s", decimals=1,
             alerts=["PgArchiveRpoExceeded"]),
        stat("Last failover", "When another node last came to lead, since the exporter watches.",
             f"1000 * max({cluster('pgfleet_cluster_last_failover_timestamp_seconds')})", steps(BLUE), "dateTimeFromNow",
             absent="none seen"),
        stat("Lost at it", "WAL that the new primary had not received at the last failover. When red: work was lost.",
             f"max({cluster('pgfleet_cluster_failover_lost_bytes')})", steps(GREEN, (RED, 1)), "bytes",
             absent="no failover seen"),
    ]


def of_standbys(metric):
    """What primaries have, too."""
    return f"{by_node(node(metric))} and on (pg_cluster, pg_node) {by_node(node('pgfleet_standby_state'))}"


def topology():
    nodes = joined(joined(by_node(node("pgfleet_up")), "id", "pg_cluster", "pg_node"), "title", "pg_node")
    fed = f"max by (pg_cluster, pg_node, upstream) ({node('pgfleet_upstream_info')})"
    lag = f"({by_node(node('pgfleet_standby_lag_seconds'))} or NaN * {by_node(node('pgfleet_up'))})"
    edges = f"{fed} * on (pg_cluster, pg_node) group_left () {lag}"
    for into, *labels in (("source", "pg_cluster", "upstream"), ("target", "pg_cluster", "pg_node"),
                          ("id", "pg_cluster", "upstream", "pg_node")):
        edges = joined(edges, into, *labels)
    per_sender = "max by (pg_cluster, pg_node, standby, slot) ({})".format
    return [
        node_graph("Who feeds whom", "An arrow from each sender to its standby, with the standby's lag in seconds. A node "
                   "without an arrow receives from nobody: the primary, or one that is cut off.", nodes, edges),
        table("Standbys", "One row per standby.", [
            ("Streams", "none", by_node(node("pgfleet_standby_connected")), None, states(zero=("no", RED), one=("yes", GREEN))),
            ("State", "none", STANDBY_NOW, steps(GREY),
             words(*STANDBY_STATES)),
            ("Lag", "s", by_node(node("pgfleet_standby_lag_seconds")), steps(GREEN, (RED, 30)), None),
            ("Uncertain by", "s", by_node(node("pgfleet_standby_lag_uncertainty_seconds")), None, None),
            ("Lag in WAL", "bytes", by_node(node("pgfleet_standby_lag_bytes")), steps(GREEN, (RED, 2**30)), None),
            ("Behind its sender", "bytes", by_node(node("pgfleet_standby_hop_lag_bytes")), None, None),
            ("Not received", "bytes", by_node(node("pgfleet_standby_receive_lag_bytes")), None, None),
            ("Not replayed", "bytes", by_node(node("pgfleet_standby_apply_backlog_bytes")), None, None),
            ("Delayed by", "s", by_node(node("pgfleet_standby_apply_delay_seconds")), None, None),
            ("WAL headroom", "bytes", by_node(node("pgfleet_standby_wal_headroom_bytes")), None, None),
            ("Orphan", "none", of_standbys("pgfleet_node_orphan"), None, YES_IS_BAD),
            ("Diverged", "none", of_standbys("pgfleet_node_diverged"), None, YES_IS_BAD),
        ], ["pg_cluster", "pg_node"], alerts=["PgReplicaNotStreaming", "PgStandbyWalMissing", "PgTimelineDiverged",
                                              "PgReplicationLagTime", "PgReplicationLagBytes"]),
        table("Senders", "One row per stream, as the sender sees it. When red: compare with the standby's own row above; it "
              "may be slow, or the network.", [
            ("Behind", "bytes", per_sender(node("pgfleet_walsender_lag_bytes")), steps(GREEN, (RED, 2**30)), None),
            ("Not sent", "bytes", per_sender(node("pgfleet_walsender_sent_lag_bytes")), None, None),
            ("Not written", "bytes", per_sender(node("pgfleet_walsender_write_lag_bytes")), None, None),
            ("Not flushed", "bytes", per_sender(node("pgfleet_walsender_flush_lag_bytes")), None, None),
            ("Not replayed", "bytes", per_sender(node("pgfleet_walsender_replay_lag_bytes")), None, None),
            ("Flush", "s", per_sender(node("pgfleet_walsender_flush_lag_seconds")), None, None),
            ("Replay", "s", per_sender(node("pgfleet_walsender_replay_lag_seconds")), None, None),
            ("Last reply", "s", per_sender(node("pgfleet_walsender_reply_age_seconds")), None, None),
        ], ["pg_cluster", "pg_node", "standby", "slot"], alerts=["PgReplicationLagBytes"], absent="Nobody receives"),
    ]


def history():
    return [
        timeline("Role", "Who was out of recovery, when.", once(node("pgfleet_node_role", PRIMARY)), LABELS, ROLE),
        timeline("State of the standbys", "What each standby did. Red: it does not follow; yellow: it follows and is not well.",
                 STANDBY_NOW, LABELS, words(*STANDBY_STATES),
                 alerts=["PgReplicaNotStreaming"]),
        series("Timeline of each node", "Lines that part: a node that was promoted, or one that was left behind.", "none",
               once(node("pgfleet_node_timeline")), LABELS, alerts=["PgTimelineDiverged"]),
        timeline("Primary of the cluster", "Whether the cluster had its one primary.",
                 PRIMARY_NOW, "{{pg_cluster}}", words(*PRIMARY_STATES),
                 alerts=["PgClusterNoPrimary", "PgSplitBrain"]),
    ]


def lag():
    return [
        series("Lag in time", "How old the data is that each standby shows. The line is the threshold of PgReplicationLagTime "
               "where no objective is declared. A gap: not known.", "s",
               [(once(node("pgfleet_standby_lag_seconds")), LABELS),
                (once(node("pgfleet_standby_excess_lag_seconds")), LABELS + " above its delay"),
                (by_cluster(cluster("pgfleet_objective_lag_seconds")), "objective of {{pg_cluster}}")],
               thresholds=steps(GREEN, (RED, 30)), limit=True, alerts=["PgReplicationLagTime", "PgLagBudgetBurn"]),
        series("Lag in WAL", "WAL of the primary that each standby has not replayed. The line is the threshold of "
               "PgReplicationLagBytes where no objective is declared.", "bytes", once(node("pgfleet_standby_lag_bytes")), LABELS,
               thresholds=steps(GREEN, (RED, 2**30)), limit=True, alerts=["PgReplicationLagBytes"]),
        series("Share of the time over the objective", "Of the time in which the lag was known. 1 % is what a month allows.",
               "percentunit", f"{rate(node('pgfleet_standby_over_objective_seconds_total'))}"
               f" / {rate(node('pgfleet_standby_observed_seconds_total'))}", LABELS,
               alerts=["PgLagBudgetBurn"], axisSoftMax=0.05),
        series("What a loss of the primary would cost", "Age of the oldest work that neither a standby nor the archive has.", "s",
               by_cluster(cluster("pgfleet_rpo_seconds")), "{{pg_cluster}}"),
        series("WAL written", "WAL that the primaries write.", "Bps",
               once(node("pgfleet_node_wal_lsn_bytes"), "deriv({}[$__rate_interval])"), LABELS),
        series("Replay rate", "WAL that each standby replays per second.", "Bps",
               once(node("pgfleet_node_replay_lsn_bytes"), "deriv({}[$__rate_interval])"), LABELS),
        series("Sessions that wait for a synchronous standby", "Commits that hang now.", "none",
               once(node("pgfleet_sync_waiting_backends")), LABELS, alerts=["PgSyncDegraded"]),
        series("Last message of the upstream", "Seconds since each standby last heard from its upstream, by its own clock. Up to "
               "half of wal_sender_timeout is normal.", "s", once(node("pgfleet_walreceiver_message_age_seconds")), LABELS),
        series("Queries cancelled on standbys", "Sessions that were cancelled because replay could not wait for them.", "cps",
               f"sum by (pg_cluster, pg_node) ({rate(node('pgfleet_standby_conflicts_total'))})", LABELS),
        timeline("Replay paused", "Whether replay was paused.", once(node("pgfleet_standby_replay_paused")), LABELS,
                 states(zero=("runs", GREEN), one=("paused", YELLOW)), alerts=["PgReplayPaused"]),
    ]


def slots():
    per_slot = "max by (pg_cluster, pg_node, slot) ({})".format
    return [
        table("Slots", "One row per slot. Red: its consumer cannot go on, or soon cannot.", [
            ("Active", "none", per_slot(node("pgfleet_slot_active")), None, states(zero=("no", YELLOW), one=("yes", GREEN))),
            ("Retained", "bytes", per_slot(node("pgfleet_slot_retained_wal_bytes")), None, None),
            ("Not confirmed", "bytes", per_slot(node("pgfleet_slot_confirmed_lag_bytes")), None, None),
            ("Not confirmed for", "s", per_slot(node("pgfleet_slot_confirmed_lag_seconds")), None, None),
            ("Inactive for", "s", per_slot(node("pgfleet_slot_inactive_seconds")), None, None),
            ("Safe", "bytes", per_slot(node("pgfleet_slot_safe_wal_bytes")), steps(RED, (GREEN, 1)), None),
            ("Lost in, if it stops", "s", per_slot(node("pgfleet_slot_time_to_loss_seconds")), None, None),
            ("Lost", "none", per_slot(node("pgfleet_slot_invalid")), None, YES_IS_BAD),
        ], ["pg_cluster", "pg_node", "slot"], alerts=["PgSlotInactive", "PgSlotAtRisk", "PgSlotLost"]),
        series("WAL held back by slots", "WAL that each slot makes its server keep. The line is the threshold of "
               "PgSlotWalRetention where the server has no limit of its own.", "bytes",
               once(node("pgfleet_slot_retained_wal_bytes")), LABELS + " {{slot}}",
               thresholds=steps(GREEN, (RED, 10 * 2**30)), limit=True, alerts=["PgSlotWalRetention", "PgSlotInactive"]),
        series("Time until a slot is lost", "Were its consumer to stop now, at the rate of the last minute. PgSlotAtRisk "
               "asks for less than four hours, of a slot that falls behind.", "s",
               once(node("pgfleet_slot_time_to_loss_seconds")), LABELS + " {{slot}}", alerts=["PgSlotAtRisk"]),
        series("Changes spilled to disk", "Bytes that decoding wrote to disk because a transaction was too large for memory.", "Bps",
               rate(node("pgfleet_slot_spill_bytes_total")), LABELS + " {{slot}}", absent="No logical slots"),
        table("Consumers of changes", "Whether what each declared consumer reads is there, and whole.", [
            ("No publication", "none", f"max by (pg_cluster, slot) ({cluster('pgfleet_cdc_publication_missing')})", None, YES_IS_BAD),
            ("Wrong slot", "none", f"max by (pg_cluster, slot) ({cluster('pgfleet_cdc_slot_mismatch')})", None, YES_IS_BAD),
            ("Tables not covered", "none", f"max by (pg_cluster, slot) ({cluster('pgfleet_cdc_tables_uncovered')})",
             steps(GREEN, (YELLOW, 1)), None)],
            ["pg_cluster", "slot"], width=12, alerts=["PgCdcBroken"], absent="No consumer is declared"),
    ]


def board():
    return dashboard("pgfleet-replication", "Replication and HA",
                     "Who feeds whom, who is behind, what slots hold, and what a loss of the primary would cost.",
                     [row("Now"), *now(), row("Topology"), *topology(), row("History"), *history(), row("Lag"), *lag(),
                      row("Slots and consumers"), *slots(), *replication_details.rows()])
