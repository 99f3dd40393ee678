"""Where the dashboards show nothing and are right: (why, the queries), for each state of the fleet.

A query that shows something all the same fails the test, so that no line here outlives its reason.
"""
NODES = "{{pg_cluster}}/{{pg_node}}"

FOLLOWED = ("no standby is older than all that was seen of its primary", ["replication: Lags that may be greater"])
HEALTHY = [
    ("nothing differs from the primary or from what is declared", [
        "drift: Settings that differ from the primary's", "drift: Settings that differ from the baseline",
        "drift: Not as declared", "replication: Limits below the primary's", "replication: Slots that are not declared",
        "replication: Slots without a standby", "replication: Declared slots that are missing",
        "replication: Tables that consumers miss"]),
    ("nothing was changed", [
        "drift: Wait for a restart", "drift: Last changes of settings", "drift: Last changes of roles",
        "annotation Settings changed", "annotation Roles changed"]),
    ("no other node has come to lead", [
        "replication: Last failover", "replication: Lost at it", "archiving: Archives: Lost at a failover",
        "replication: Last failovers", "archiving: What would be lost: At the last failover", "annotation Failovers"]),
    ("the archive takes what it is given, and can be read", [
        "archiving: Servers: Last failed", f"archiving: Base backups: {NODES} waits, s",
        "archiving: Archives that cannot be read", "archiving: Backups that cannot be read"]),
    ("no collector fails that its server could carry", ["exporter: Why collectors fail"]),
    ("no page was damaged", ["fleet-overview: Last checksum failure"]),
    ("no transaction is prepared", [f"fleet-overview: Prepared transactions: {NODES} oldest, s"]),
    ("every slot is in use", ["replication: Slots: Inactive for", "replication: Why slots are lost"]),
    FOLLOWED,
    ("nobody works on a cluster", ["exporter: Maintenance"]),
]

# What is there now and then while all is well. Broken, it must be there.
COMES_AND_GOES = [
    ("a segment waits for a moment only", ["archiving: Servers: Marked ready", "archiving: Servers: Waits since"]),
    ("no commit waits for long", ["replication: Oldest wait"]),
    ("it looks at full minutes, and Prometheus is younger", ["exporter: Noisiest alerts of seven days"]),
]

FAULTY = [FOLLOWED]

# What is shown of a cluster of which nothing is known but its declaration, and why that is true.
KNOWN_OF_NOTHING = [
    ("it is declared, and so are its nodes", [
        "fleet-overview: Clusters: Declared", "fleet-overview: Clusters: Maintenance",
        "fleet-overview: Objectives: Standbys", "exporter: Lanes", "replication: Who feeds whom: nodes"]),
    ("no node answers, and why is known", [
        "fleet-overview: Nodes down", "fleet-overview: Clusters: Nodes up", "fleet-overview: Nodes: Up",
        "fleet-overview: Reachable", "fleet-overview: Why nodes are down"]),
    ("nobody leads it as far as is known, and that is said in red or grey", [
        "fleet-overview: Clusters without one primary", "fleet-overview: Clusters: Leads", "replication: Primary",
        "replication: Primary of the cluster", "replication: Who leads: Lead", "replication: Who leads: Split brain"]),
    ("alerts fire for it", [
        "annotation Critical alerts", "fleet-overview: Critical alerts", "fleet-overview: Firing alerts",
        "fleet-overview: Alerts over time"]),
    ("no warning fires for it, which Prometheus knows", ["fleet-overview: Warnings"]),
    ("every node was tried", ["exporter: Nodes not asked yet"]),
    ("it is about the exporter and Prometheus, which are well", [
        "exporter: CPU", "exporter: Config", "exporter: Exporters up", "exporter: Exporters down",
        "exporter: Exporters: Config", "exporter: Exporters: Loaded", "exporter: Memory", "exporter: Memory now",
        "exporter: Requests", "exporter: Targets", "exporter: Watchdog", "exporter: Descriptors: {{instance}}",
        "exporter: Descriptors: {{instance}} limit", "exporter: Exporters: Started", "exporter: Threads"]),
]

# Of that, what is green.
GREEN_OF_NOTHING = [
    ("it is about the exporter and Prometheus, which are well", [
        "exporter: Config", "exporter: Exporters down", "exporter: Exporters: Config", "exporter: Targets",
        "exporter: Watchdog"]),
    ("every node was tried", ["exporter: Nodes not asked yet"]),
    ("nobody works on it", ["fleet-overview: Clusters: Maintenance"]),
    ("no warning fires for it; what is critical stands beside it in red", ["fleet-overview: Warnings"]),
]
