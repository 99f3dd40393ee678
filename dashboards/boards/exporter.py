"""Does the monitoring itself work?"""
from parts.dashboard import dashboard
from parts.panels import BLUE, GREEN, RED, UP, YELLOW, matrix, row, series, stat, states, steps, table, timeline
from parts.queries import age, alerts as firing, by_cluster, by_node, cluster, exporter, named, node, once

LABELS = "{{pg_cluster}}/{{pg_node}}"


def now():
    failing = f"(1 - {once(node('pgfleet_collector_success'))})" \
              f" * on (pg_cluster, pg_node, collector) {once(node('pgfleet_collector_supported'))}" \
              f" * on (pg_cluster, pg_node) group_left () {once(node('pgfleet_up'))}"
    declared = by_cluster(cluster("pgfleet_cluster_declared_nodes"))
    return [
        stat("Exporters up", "Exporters that are scraped now. When red: none is, and nothing is watched.",
             f"sum({exporter('up')})", steps(RED, (BLUE, 1)), alerts=["PgExporterDown", "PgExporterAbsent"]),
        stat("Exporters down", "Targets that cannot be scraped. When red: what only they watch raises no alert.",
             f"sum(1 - {exporter('up')})", steps(GREEN, (RED, 1)), alerts=["PgExporterDown"]),
        stat("Collectors that fail", "On nodes that are up and could carry them. When yellow: the table below says why.",
             f"sum({failing})", steps(GREEN, (YELLOW, 1)), alerts=["PgCollectorFailing"]),
        stat("Nodes not asked yet", "Declared nodes that no attempt has reached or failed to reach. When yellow for long: see "
             "the exporter's log.",
             f"sum({declared}) - count({once(node('pgfleet_up'))})", steps(GREEN, (YELLOW, 1)),
             alerts=["PgInventoryMismatch"]),
        stat("Config", "Whether the last reload of the exporter's configuration went well. When red: --config.check tells "
             "why; the old one is in force.",
             f"min({exporter('pgfleet_config_last_reload_successful')})",
             mappings=states(zero=("refused", RED), one=("current", GREEN)), alerts=["PgConfigReloadFailed"]),
        stat("Oldest data", "Age of the oldest answer of any lane of a node that is up. When yellow: a lane hangs; see "
             "Collectors.",
             f"max({age(once(node('pgfleet_last_success_timestamp_seconds')))} and on (pg_cluster, pg_node) {once(node('pgfleet_up'))} == 1)",
             steps(GREEN, (YELLOW, 120)), "s", alerts=["PgNodeDataStale"], decimals=0),
        stat("Series cut", "Things that have no series because there are too many of their kind. When yellow: clean them "
             "up; some are not watched.",
             f"sum({once(node('pgfleet_series_dropped'))})", steps(GREEN, (YELLOW, 1))),
        stat("Memory now", "Resident memory of the exporters.", f"sum({exporter('process_resident_memory_bytes')})",
             steps(BLUE), "bytes"),
    ]


def collectors():
    careful = states(zero=("no", GREEN), one=("yes", YELLOW))
    return [
        series("Age of the data", "Seconds since each lane last succeeded. The line is the least that PgNodeDataStale asks.", "s",
               f"max by (pg_cluster, lane) ({age(once(node('pgfleet_last_success_timestamp_seconds')))})", "{{pg_cluster}} {{lane}}",
               thresholds=steps(GREEN, (YELLOW, 120)), limit=True, alerts=["PgNodeDataStale"]),
        series("Poll duration", "How long the slowest poll of each lane took.", "s",
               f"max by (pg_cluster, lane) ({node('pgfleet_poll_duration_seconds')})", "{{pg_cluster}} {{lane}}"),
        matrix("Collectors by node", "Collectors down, nodes that are up across. Empty: not asked yet.",
               "min by (collector, node) (" + named(
                   f"{once(node('pgfleet_collector_success'))}"
                   f" and on (pg_cluster, pg_node) {once(node('pgfleet_up'))} == 1") + ")", "collector", "node",
               states(zero=("no", YELLOW), one=("well", GREEN)), height=16, alerts=["PgCollectorFailing"]),
        table("Why collectors fail", "Of those that the node could carry.",
              [(None, "none", f"{once(node('pgfleet_collector_failure'))} and on (pg_cluster, pg_node, collector)"
                f" {once(node('pgfleet_collector_supported'))} == 1", None, None)],
              ["pg_cluster", "pg_node", "collector", "reason"], width=12, hidden=["Value"],
              alerts=["PgCollectorFailing"], absent="No collector fails"),
        table("Slowest collectors", "The ten that took longest when they last ran.",
              [("Took", "s", f"topk(10, max by (pg_cluster, pg_node, collector)"
                f" ({node('pgfleet_collector_duration_seconds')}))", None, None)],
              ["collector", "pg_cluster", "pg_node"], width=12),
        table("Lanes", "How often each lane asks the nodes of each cluster.",
              [("Every", "s", f"max by (pg_cluster, lane) ({cluster('pgfleet_lane_interval_seconds')})", None, None)],
              ["pg_cluster", "lane"], width=12),
        table("Servers to be careful with", "When yellow: connect the exporter to the server itself, not to a pooler; "
              "or update the exporter.", [
            ("Behind a pooler", "none", by_node(node("pgfleet_node_pooled")), None, careful),
            ("Version not tested", "none", by_node(node("pgfleet_server_version_untested")), None, careful)],
            ["pg_cluster", "pg_node"], width=12),
    ]


def process():
    return [
        series("CPU", "Seconds of CPU per second.", "percentunit",
               f"sum by (instance) (rate({exporter('process_cpu_seconds_total')}[$__rate_interval]))", "{{instance}}"),
        series("Memory", "Resident memory.", "bytes", f"sum by (instance) ({exporter('process_resident_memory_bytes')})", "{{instance}}"),
        series("Requests", "HTTP requests answered per second, by status.", "reqps",
               f"sum by (instance, code) (rate({exporter('pgfleet_http_requests_total')}[$__rate_interval]))", "{{instance}} {{code}}"),
        series("Descriptors", "Open files and connections, and how many there may be.", "none",
               [(f"sum by (instance) ({exporter('process_open_fds')})", "{{instance}}"),
                (f"sum by (instance) ({exporter('process_max_fds')})", "{{instance}} limit")]),
        series("Threads", "A constant number.", "none", f"sum by (instance) ({exporter('process_threads')})", "{{instance}}"),
        table("Exporters", "Start and configuration of each exporter.", [
            ("Started", "dateTimeFromNow", f"1000 * max by (instance) ({exporter('process_start_time_seconds')})", None, None),
            ("Config", "none", f"max by (instance) ({exporter('pgfleet_config_last_reload_successful')})", None,
             states(zero=("refused", RED), one=("current", GREEN))),
            ("Loaded", "dateTimeFromNow",
             f"1000 * max by (instance) ({exporter('pgfleet_config_last_reload_success_timestamp_seconds')})", None, None)],
            ["instance"], width=12, alerts=["PgConfigReloadFailed"]),
    ]


def alerts():
    return [
        timeline("Watchdog", "Whether the alert fired that always fires.", 'max(ALERTS{alertname="PgWatchdog", alertstate="firing"})',
                 "PgWatchdog", states(one=("fires", GREEN)), alerts=["PgWatchdog"]),
        timeline("Targets", "Whether each exporter could be scraped.", f"max by (instance) ({exporter('up')})", "{{instance}}", UP,
                 alerts=["PgExporterDown"]),
        table("Noisiest alerts of seven days", "How many minutes each alert fired.",
              [("Minutes", "none", f"topk(15, sum by (alertname) (count_over_time({firing()}[7d:1m])))", None, None)],
              ["alertname"], width=12, absent="No alert fired"),
        table("Maintenance", "Clusters under declared maintenance: their alerts are kept back.",
              [(None, "none", f"{by_cluster(cluster('pgfleet_maintenance'))} == 1", None, None)], ["pg_cluster"], width=12,
              hidden=["Value"], alerts=["PgMaintenance"], absent="No cluster is under maintenance"),
    ]


def board():
    return dashboard("pgfleet-exporter", "Exporter and Alert Health",
                     "Whether the exporters see what they should, what their collectors fail at, and which alerts make noise.",
                     [row("Now"), *now(), row("Collectors"), *collectors(), row("Process"), *process(), row("Alerts"), *alerts()])
