"""Replication once more, for whoever looks for a cause: rows that stay closed until they are wanted."""
from parts.panels import (BLUE, GREEN, GREY, PURPLE, RED, YELLOW, listing, row, series, states, steps, table, timeline)
from parts.queries import by_cluster, by_node, cluster, increase, node, now_in, once, rate

NODE, SLOT = ["pg_cluster", "pg_node"], ["pg_cluster", "pg_node", "slot"]
LABELS = "{{pg_cluster}}/{{pg_node}}"
AS_DECLARED = states(zero=("as declared", GREEN), one=("another", RED))


def topology():
    return row(
        "Roles in detail",
        table("Nodes as declared", "Whether each node is what the configuration says. When red: correct either.", [
            ("Role", "none", by_node(node("pgfleet_node_role_mismatch")), None, AS_DECLARED),
            ("Upstream", "none", by_node(node("pgfleet_node_upstream_mismatch")), None, AS_DECLARED),
            ("System", "none", by_node(node("pgfleet_node_foreign")), None,
             states(zero=("the cluster's", GREEN), one=("another", RED))),
            ("Writable", "none", by_node(node("pgfleet_node_writable")), None,
             states(zero=("no", BLUE), one=("yes", PURPLE))),
        ], NODE, width=12, alerts=["PgUnexpectedRole", "PgSystemIdMismatch"]),
        table("Who leads", "Nodes of each cluster that say that they lead it. When red: stop all but one.", [
            ("Lead", "none", by_cluster(cluster("pgfleet_cluster_primaries")), None, None),
            ("Split brain", "none", by_cluster(cluster("pgfleet_cluster_split_brain")), None,
             states(zero=("not seen", GREY), one=("yes", RED))),
        ], ["pg_cluster"], width=12, alerts=["PgSplitBrain"]),
        listing("Elected primaries", "The node with which the others of its cluster are compared.",
                once(cluster("pgfleet_cluster_primary_info")), ["pg_cluster", "primary"], width=8,
                absent="No primary is known"),
        listing("Last failovers", "From which node to which, and the timeline that began there.",
                once(cluster("pgfleet_cluster_failover_info")), ["pg_cluster", "from", "to", "timeline"], width=16,
                absent="No failover was seen", alerts=["PgFailoverDetected"]),
        listing("Where standbys receive", "The sender and the slot that each receiver is connected to.",
                once(node("pgfleet_walreceiver_info")), [*NODE, "slot", "sender_host", "sender_port"], width=24,
                absent="Nobody receives"),
    )


def streams():
    stream = [*NODE, "standby", "slot"]
    return row(
        "Streams in detail",
        listing("Senders' states", "What each sender does: streaming is well, catchup is on its way there.",
                now_in(node, "pgfleet_walsender_state"), [*stream, "state"], absent="Nobody receives"),
        listing("Who confirms commits", "Whether commits wait for the receiver: for sync and quorum they do.",
                now_in(node, "pgfleet_walsender_sync_state"), [*stream, "state"], absent="Nobody receives"),
        series("WAL senders", "Senders by what they serve, and how many there can be. Unmatched: streaming to "
               "something that is not declared.", "none", [(once(node("pgfleet_walsenders")), LABELS + " {{kind}}"),
                                     (once(node("pgfleet_walsenders_limit")), LABELS + " limit")]),
        series("Until WAL is written", "How long a recent commit took to be written by the receiver.", "s",
               once(node("pgfleet_walsender_write_lag_seconds")), LABELS + " {{standby}} {{slot}}",
               absent="Nobody receives"),
        listing("Receivers' states", "What each standby's receiver does. None: it has no receiver.",
                now_in(node, "pgfleet_walreceiver_state"), [*NODE, "state"], absent="Nobody receives"),
        series("Receivers begun anew", "Polls that found another receiver than the one before. Many are a connection "
               "that breaks.", "none", increase(node("pgfleet_walreceiver_restarts_total")), LABELS),
    )


def lag():
    return row(
        "Lag and replay in detail",
        series("Age of the reference", "How long ago the primary's position was known. While it grows, no lag is.", "s",
               once(node("pgfleet_standby_lag_reference_age_seconds")), LABELS),
        series("Share of the time without a known lag", "Of expected standbys.", "percentunit",
               rate(node("pgfleet_standby_lag_unknown_seconds_total")), LABELS, axisSoftMax=0.05),
        series("Received", "WAL that each standby brings to its disk per second.", "Bps",
               once(node("pgfleet_node_receive_lsn_bytes"), "deriv({}[$__rate_interval])"), LABELS),
        series("Read ahead of replay", "How far ahead of replay the blocks are fetched that it will need.", "bytes",
               once(node("pgfleet_standby_prefetch_wal_distance_bytes")), LABELS),
        series("Blocks fetched ahead", "By what became of them per second.", "cps",
               rate(node("pgfleet_standby_prefetch_blocks_total")), LABELS + " {{result}}"),
        timeline("Replay waits for sessions", "Whether a session on the standby holds replay up. When it stays yellow: "
                 "end the session.", once(node("pgfleet_standby_conflict_wait")), LABELS,
                 states(zero=("no", GREEN), one=("yes", YELLOW))),
        listing("Replay's pause", "A request that stays one is a replay that waits for something else.",
                now_in(node, "pgfleet_standby_replay_pause_state"), [*NODE, "state"], alerts=["PgReplayPaused"]),
        listing("What replay waits for", "In the server's words.", once(node("pgfleet_standby_startup_wait")),
                [*NODE, "wait_event_type", "wait_event"], absent="Replay waits for nothing"),
        listing("Lags that may be greater", "Standbys that are older than all that was seen of the primary.",
                once(node("pgfleet_standby_lag_lower_bound")), NODE, absent="No lag may be greater"),
        listing("Limits below the primary's", "Settings that must be raised before replay goes on.",
                once(node("pgfleet_standby_parameter_too_low")), [*NODE, "setting"], alerts=["PgStandbyParamTooLow"],
                absent="No limit is below"),
    )


def synchronous():
    return row(
        "Synchronous replication in detail",
        series("Confirmations", "Standbys that must confirm a commit, and those that can.", "none",
               [(once(node("pgfleet_sync_required")), LABELS + " required"),
                (once(node("pgfleet_sync_connected")), LABELS + " there")], alerts=["PgSyncDegraded"]),
        series("Oldest wait", "Since when the oldest statement waits for a standby.", "s",
               once(node("pgfleet_sync_oldest_wait_seconds")), LABELS, alerts=["PgSyncDegraded"],
               absent="No statement waits"),
    )


def slots():
    of_slot = LABELS + " {{slot}}"
    return row(
        "Slots in detail",
        listing("What slots there are", "Failover and synced: whether a logical slot outlives a failover.",
                once(node("pgfleet_slot_info")),
                [*SLOT, "slot_kind", "plugin", "database", "temporary", "failover", "synced"], width=24,
                absent="No slots"),
        listing("WAL of the slots", "Whether it is still there: unreserved is in danger, lost is gone.",
                now_in(node, "pgfleet_slot_wal_status"), [*SLOT, "status"], alerts=["PgSlotAtRisk"], absent="No slots"),
        listing("Why slots are lost", "The server's reason.", once(node("pgfleet_slot_invalid_reason")),
                [*SLOT, "reason"], alerts=["PgSlotLost"], absent="No slot is lost"),
        listing("Slots that are not declared", "Drop them, or declare them.",
                once(node("pgfleet_slot_unexpected")), SLOT, width=8, absent="No such slot"),
        listing("Slots without a standby", "Physical slots through which nobody receives.",
                once(node("pgfleet_slot_without_standby")), SLOT, width=8, absent="Every slot has a receiver"),
        listing("Declared slots that are missing", "Their consumers cannot go on.",
                once(cluster("pgfleet_slot_missing")), ["pg_cluster", "slot"], width=8, alerts=["PgSlotMissing"],
                absent="No slot is missing"),
        timeline("Slots usable after a failover", "On each standby, the slots that the primary marks for failover. "
                 "When red: they are not synchronised, and their consumers stop with the primary.",
                 once(node("pgfleet_slot_failover_ready")), of_slot, states(zero=("no", RED), one=("yes", GREEN)),
                 absent="No slot is marked for failover"),
        series("Slots in use", "Slots of each node, and how many there can be.", "none",
               [(once(node("pgfleet_slots_used")), LABELS), (once(node("pgfleet_slots_limit")), LABELS + " limit")]),
        series("Vacuum held back by slots", "In transactions.", "short",
               [(once(node("pgfleet_slot_xmin_age_transactions")), of_slot),
                (once(node("pgfleet_slot_catalog_xmin_age_transactions")), of_slot + " catalogs")],
               absent="No slot holds it back"),
        series("Decoded", "Changes that decoding made of WAL per second, and those sent before the transaction ended.",
               "Bps",
               [(rate(node("pgfleet_slot_decoded_bytes_total")), of_slot),
                (rate(node("pgfleet_slot_stream_bytes_total")), of_slot + " streamed")], absent="No logical slots"),
        series("Decoded transactions", "Those per second, and of them the ones that did not fit into memory.", "cps",
               [(rate(node("pgfleet_slot_decoded_transactions_total")), of_slot),
                (rate(node("pgfleet_slot_spill_transactions_total")), of_slot + " spilled"),
                (rate(node("pgfleet_slot_stream_transactions_total")), of_slot + " streamed")], width=24,
               absent="No logical slots"),
    )


def logical():
    of_subscription = "{{pg_cluster}} {{subscription}}"
    per_publication = "max by (pg_cluster, pg_node, database, publication) ({})".format
    return row(
        "Logical replication in detail",
        series("Tables of subscriptions", "By the state of their first copy; only ready ones follow.", "none",
               once(node("pgfleet_subscription_tables")), of_subscription + " {{state}}", absent="No subscriptions"),
        series("Conflicts of subscriptions", "Changes that met rows other than they expected.", "none",
               increase(node("pgfleet_subscription_conflicts_total")), of_subscription + " {{conflict}}",
               alerts=["PgSubscriptionFailing"], absent="No subscriptions"),
        series("Workers begun anew", "A row of them is a worker that fails and starts again.", "none",
               increase(node("pgfleet_subscription_worker_restarts_total")), of_subscription,
               absent="No subscriptions"),
        table("Publications", "Their tables. When yellow: give them a primary key, or UPDATE and DELETE fail.", [
            ("Tables", "none", per_publication(node("pgfleet_publication_tables")), None, None),
            ("Without identity", "none", per_publication(node("pgfleet_publication_tables_without_identity")),
             steps(GREEN, (YELLOW, 1)), None)], [*NODE, "database", "publication"], width=12,
              absent="No publications"),
        listing("Tables that consumers miss", "Declared, and in no publication.",
                once(cluster("pgfleet_cdc_table_uncovered")),
                ["pg_cluster", "slot", "database", "publication", "table"], width=24, alerts=["PgCdcBroken"],
                absent="No consumer misses a table"),
    )


def rows():
    return [topology(), streams(), lag(), synchronous(), slots(), logical()]
