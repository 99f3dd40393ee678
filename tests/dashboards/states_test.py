#!/usr/bin/env python3
"""Every query of every dashboard on a real Prometheus that scrapes a real fleet, in three states.

    tests/dashboards/states_test.py

Healthy and broken, a query returns data or stands in excuses.py; of a cluster none of whose nodes exists, it returns
nothing or what is true of it. PGFLEET_EXPORTER names another exporter than build/release/pgfleet_exporter.
"""
import signal
import sys
import threading
import time

sys.dont_write_bytecode = True

import excuses  # noqa: E402
import fleet  # noqa: E402
from asker import Asker  # noqa: E402
from dashboard_queries import annotation_queries, panel_queries, variable_queries  # noqa: E402
from detect import watched  # noqa: E402
from judge import GREEN, by_name, colour, differences  # noqa: E402

FACTOR = 60     # by which the durations of the rules are divided
PATIENCE = 60   # seconds until all is there that will be
QUERIES = [*panel_queries(), *annotation_queries()]
NAMES = {query.name for query in QUERIES}


def see(asker, excused):
    """Which queries return nothing, once those without an excuse have returned something or the patience is over."""
    empty, end = NAMES, time.monotonic() + PATIENCE
    while empty - excused and time.monotonic() < end:
        empty = {query.name for query in QUERIES if query.name in empty and not asker.values(query)}
        time.sleep(1)
    return {query.name for query in QUERIES if query.name in empty and not asker.values(query)}


def state(asker, name, table, say, moody=()):
    """`moody`: of these either is well."""
    reasons, moody = by_name(table), set(moody)
    empty = see(asker, set(reasons) | moody) - moody
    say(f"{name}: {len(empty)} of {len(NAMES)} queries return nothing")
    return [f"{name}: {text}" for text in differences(empty, reasons, NAMES, "empty")] + [
        f"{name}: {each}: there is no such query" for each in sorted(moody - NAMES)]


def empty_cluster(asker, say):
    found = [(query, asker.values(query, pg_cluster=fleet.EMPTY)) for query in QUERIES]
    shown = {query.name for query, values in found if values} - set(by_name(excuses.COMES_AND_GOES))
    green = {query.name for query, values in found if GREEN in {colour(query, value) for value in values}}
    say(f"nothing to see: {len(shown)} queries return something, {len(green)} of them something green")
    return [f"cluster {fleet.EMPTY}: {text}"
            for actual, table, what in ((shown, excuses.KNOWN_OF_NOTHING, "shown"),
                                        (green, excuses.GREEN_OF_NOTHING, "green"))
            for text in differences(actual, by_name(table), NAMES, what)]


def variables(asker):
    clusters = {cluster.name for cluster in fleet.CLUSTERS}
    nodes = {node for cluster in fleet.CLUSTERS for node in cluster.nodes} | set(fleet.UNBORN)
    wanted = {"job": {"pgfleet"}, "instance": {asker.exporter}, "pg_cluster": clusters, "pg_node": nodes}
    asked = {query.label: query for query in variable_queries()}
    offered = {name: asker.labels(query) for name, query in asked.items()}
    if offered != wanted:
        yield f"the variables offer {offered}, not {wanted}"
    if (few := asker.labels(asked["pg_node"], pg_cluster=fleet.EMPTY)) != set(fleet.UNBORN):
        yield f"the nodes of {fleet.EMPTY} are said to be {few}"


def look(watch, workers, say):
    asker = Asker(watch.prometheus)
    asker.exporter = watch.exporter
    wrong = state(asker, "healthy", excuses.HEALTHY, say, by_name(excuses.COMES_AND_GOES))
    wrong += [*empty_cluster(asker, say), *variables(asker)]
    asker.since = time.time()
    fleet.break_everything(watch, workers)
    say("everything is broken that the panels are there to show")
    return wrong + state(asker, "faulty", excuses.FAULTY, say)


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    began, lock = time.monotonic(), threading.Lock()

    def say(text):
        with lock:
            print(f"[{time.monotonic() - began:6.1f}] {text}", flush=True)
    with watched(fleet.CLUSTERS, FACTOR, say) as (watch, workers):
        wrong = look(watch, workers, say)
    print("\n".join([*wrong, f"{len(wrong)} complaints"]))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
