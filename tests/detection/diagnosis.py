"""Where whoever was told looks while the fault lasts: the Diagnosis of the runbook, and the panel of the alert."""
import os
import subprocess
import sys
import time

import servers

sys.path[:0] = [str(servers.ROOT / "tests" / folder) for folder in ("alerts", "dashboards")]

import runbook_commands  # noqa: E402
from asker import Asker  # noqa: E402
from dashboard_queries import led_to, queries_of  # noqa: E402

LABELS = {"SLOT": "slot", "DATABASE": "database", "ROLE": "role", "SUBSCRIPTION": "subscription",
          "PUBLICATION": "publication", "BACKUP": "backup"}
# Where the alert leaves the choice to whoever looks.
CHOSEN = {"DATABASE": "postgres", "ROLE": "pgfleet"}


def nodes(cluster, labels):
    """(the alert's node, whom it receives from, a standby); an alert of the whole cluster is looked at on its leader."""
    node = cluster.nodes.get(labels.get("pg_node"), cluster.leader)
    upstream = cluster.nodes.get(cluster.standbys.get(node.name), cluster.leader)
    standby = node if node is not cluster.leader else next(
        (each for each in cluster.nodes.values() if each is not cluster.leader), node)
    return node, upstream, standby


def values(labels, fault, cluster, watch):
    """What the placeholders stand for."""
    node, upstream, standby = nodes(cluster, labels)
    found = {name: labels[label] for name, label in LABELS.items() if label in labels}
    return {"HOST": cluster.hosts.get(node.name, node.folder), "PRIMARY": cluster.leader.folder,
            "SENDER": upstream.folder, "STANDBY": standby.folder, "CLUSTER": cluster.name, "NODE": node.name,
            "DATA": node.data, "LOG": node.folder / "log", "ARCHIVE": cluster.archive, "CONFIG": watch.config,
            "EXPORTER": watch.exporter, "PROMETHEUS": watch.prometheus, "ALERTMANAGER": watch.alertmanager,
            **CHOSEN, **found, **fault.values}


def fails(command, folder):
    """What a command says when it fails, or ""."""
    environment = {**os.environ, "PATH": f"{folder}:{servers.CLIENTS}:{os.environ['PATH']}:/usr/sbin:/sbin",
                   "PGUSER": "postgres", "PGDATABASE": "postgres"}
    try:
        done = subprocess.run(["sh", "-c", command], env=environment, stdin=subprocess.DEVNULL, text=True, timeout=20,
                              capture_output=True, check=False)
    except subprocess.TimeoutExpired:
        return "does not end"
    return "" if done.returncode == 0 else f"exit status {done.returncode}: {(done.stdout + done.stderr).strip()}"


def diagnose(fault, cluster, watch, deliveries):
    """Runs the commands of every alert that was told; how many, and a line for each that fails."""
    cluster = cluster or watch.clusters[0]
    commands = {}
    for labels in {each.label("alertname"): dict(each.labels) for each in deliveries if each.firing}.values():
        for command in runbook_commands.commands(labels["alertname"], cluster.major):
            filled = runbook_commands.filled(command, values(labels, fault, cluster, watch))
            commands.setdefault(filled, labels["alertname"])
    outcomes = {command: fails(command, watch.folder) for command in commands}
    return len(commands), [f"runbook {commands[command]}: {command}\n  {outcome}"
                           for command, outcome in outcomes.items() if outcome]


def empty_panels(watch, cluster, began):
    """A line for each alert that fires, also one that nobody is told of, whose link leads to a panel that shows nothing."""
    asker = Asker(watch.prometheus, since=time.time() - (time.monotonic() - began))
    for alert in watch.evaluated(cluster):
        panel, chosen = led_to(alert["annotations"]["dashboard_url"])
        if alert["state"] == "firing" and not any(
                asker.values(query, **chosen) for query in queries_of(panel, panel["title"])):
            yield f"{alert['labels']['alertname']}: the panel {panel['title']!r} shows nothing with {chosen}"
