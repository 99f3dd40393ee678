#!/usr/bin/env python3
"""Draws the dashboards of a real fleet, first well and then broken, and checks what was drawn.

    tests/dashboards/pictures.py --output docs/pictures

Grafana's own components draw them (tests/dashboards/preview). The fleet is that of tools/demo, and so is the clock of
its alerts. Needs what tools/setup --for full installs.
"""
import argparse
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / "tools" / "demo.d"))

import checks  # noqa: E402  pylint: disable=wrong-import-position
import dashboard_queries  # noqa: E402  pylint: disable=wrong-import-position
import processes  # noqa: E402  pylint: disable=wrong-import-position
from postgres import Cluster  # noqa: E402  pylint: disable=wrong-import-position
from stack import SCRAPE, Stack  # noqa: E402  pylint: disable=wrong-import-position

STARTED = time.monotonic()
DASHBOARDS = ["fleet-overview.json", "replication.json", "archiving.json", "drift.json", "exporter.json"]
HISTORY = 75  # seconds of each state before it is drawn

# A segment every ten seconds would fill the demo's 1 GB within minutes, were a standby to stop, and PgSlotAtRisk looks
# at a twelfth of its fifteen minutes here: it would come and go in the fleet that is well.
ROOM_FOR_SLOTS = "max_slot_wal_keep_size = 64GB\n"

# (node, SQL) of what its owner should not have done; pg2 is stopped besides.
MISTAKES = [
    ("pg1", "ALTER SYSTEM SET archive_command = 'false'"),
    ("pg1", "ALTER SYSTEM SET fsync = off"),
    ("pg1", "CREATE ROLE intern LOGIN SUPERUSER"),
    ("pg3", "ALTER SYSTEM SET work_mem = '64MB'"),
    ("pg3", "ALTER SYSTEM SET max_connections = 60"),
]
TOLD = [("PgNodeUnreachable", "pg2"), ("PgReplicaNotStreaming", "pg3"), ("PgArchiverFailing", "pg1"),
        ("PgUnsafeSetting", "pg1")]

# What the pictures of the broken fleet must show: red, and panels that may not be empty any more.
MUST_BE_RED = {
    "fleet-overview.json": ["Nodes down", "Standbys not connected", "Critical alerts", "Nodes", "Reachable",
                            "Firing alerts", "Alerts over time"],
    "replication.json": ["Standbys missing", "Standbys", "State of the standbys"],
    "archiving.json": ["Archivers not well", "Archiver", "Servers"],
    "drift.json": ["Unsafe settings"],
}
MUST_BE_FILLED = {
    "fleet-overview.json": ["Why nodes are down", "Firing alerts", "Alerts over time"],
    "drift.json": ["Settings that differ from the primary's", "Settings that differ from the baseline",
                   "Wait for a restart"],
    "exporter.json": ["Noisiest alerts of seven days"],
}
# The cascade is broken at both of its joints.
MAY_BE_EMPTY_NOW = {
    "replication.json": ["Senders", "Senders' states", "Who confirms commits", "Where standbys receive",
                         "Receivers' states"],
}


def say(text):
    print(f"[{time.monotonic() - STARTED:5.1f} s] {text}", flush=True)


def rightly_empty(name):
    """The panels of a dashboard all of whose queries need find nothing in a fleet that is well."""
    board = json.loads((ROOT / "dashboards" / name).read_text())
    def may_be(target):
        return any(re.search(pattern, target["expr"]) for pattern, _ in checks.MAY_BE_EMPTY)
    return [panel["title"] for panel in dashboard_queries.panels(board) if all(map(may_be, panel["targets"]))]


def expected(name, broken):
    if not broken:
        return {"mayBeEmpty": rightly_empty(name), "mustBeRed": []}
    empty = set(rightly_empty(name) + MAY_BE_EMPTY_NOW.get(name, [])) - set(MUST_BE_FILLED.get(name, []))
    return {"mayBeEmpty": sorted(empty),
            "mustBeRed": MUST_BE_RED.get(name, []), "mayBeRed": True}


def draw(stack, output, state, minutes, theme="light", names=tuple(DASHBOARDS)):
    """Whether the pictures are as they must be."""
    broken = state == "faulty"
    suffix = f"-{state}" + ("-dark" if theme == "dark" else "")
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump({name: expected(name, broken) for name in names}, file)
        file.flush()
        done = subprocess.run([
            "node", HERE / "preview" / "draw.mjs", f"--prometheus=http://{stack.prometheus}", f"--output={output}",
            f"--suffix={suffix}", f"--theme={theme}", f"--minutes={minutes}", f"--scrape={SCRAPE.rstrip('s')}",
            f"--expected={file.name}", *names], check=False)
    return done.returncode == 0


def start(cluster, stack):
    cluster.start()
    for node in cluster.nodes:
        node.append("postgresql.conf", ROOM_FOR_SLOTS)
        node.sql("SELECT pg_reload_conf()")
    stack.start()
    checks.until_none("Prometheus holds the expected series", lambda: missing_but_slots(stack), 45)


def missing_but_slots(stack):
    """The demo's own list asks for its own size of slots."""
    return [claim for claim in checks.missing_series(stack) if not claim.startswith("settings of three nodes")]


def break_it(cluster, stack):
    nodes = {node.name: node for node in cluster.nodes}
    for name, sql in MISTAKES:
        nodes[name].sql(f"{sql};\nSELECT pg_reload_conf();")
    nodes["pg2"].stop()
    for alert in TOLD:
        processes.wait_for(f"{alert[0]} for {alert[1]}", lambda a=alert: a in stack.alerts(), deadline=90)
        say(f"{alert[0]} for {alert[1]} arrived")


def all_pictures(cluster, stack, output):
    start(cluster, stack)
    say(f"the fleet is well; {HISTORY} s for its history")
    time.sleep(HISTORY)
    good = [draw(stack, output, "healthy", 2), draw(stack, output, "healthy", 2, "dark", ["fleet-overview.json"])]
    break_it(cluster, stack)
    time.sleep(HISTORY)
    good += [draw(stack, output, "faulty", 5), draw(stack, output, "faulty", 5, "dark", ["fleet-overview.json"])]
    return all(good)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=pathlib.Path, required=True, help="the folder for the pictures")
    parser.add_argument("--binary", type=pathlib.Path,
                        default=os.environ.get("PGFLEET_EXPORTER", ROOT / "build" / "release" / "pgfleet_exporter"),
                        help="the exporter (default: %(default)s)")
    args = parser.parse_args()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(1))  # by way of `finally`: nothing may be left behind
    # A short path: that of a Unix socket has room for 107 bytes.
    folder = pathlib.Path(tempfile.mkdtemp(prefix="pgfleet-pictures.", dir="/tmp"))
    folder.chmod(0o755)
    processes.give_away(folder)
    cluster = Cluster(folder, say)
    stack = Stack(folder, args.binary, cluster, say)
    try:
        return 0 if all_pictures(cluster, stack, args.output) else 1
    except processes.Trouble as trouble:
        print(f"\nFAILED: {trouble}\n", file=sys.stderr)
        return 1
    finally:
        stack.stop()
        cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
