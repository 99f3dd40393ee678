#!/usr/bin/env python3
"""Breaks real servers and looks who is told: exporter, Prometheus, Alertmanager and a webhook, all real.

    tests/detection/detect.py                       # all faults; compares with docs/detection.md
    PGFLEET_UPDATE=1 tests/detection/detect.py      # writes docs/detection.md
    tests/detection/detect.py --only "no primary" "fsync off"
    tests/detection/detect.py --sample              # a few quick ones

PGFLEET_EXPORTER names another exporter than build/release/pgfleet_exporter.
"""
import argparse
import concurrent.futures
import contextlib
import os
import pathlib
import shutil
import signal
import sys
import tempfile
import threading
import time
import traceback

import servers
import processes
import report
from diagnosis import diagnose, empty_panels
from faults import CLUSTERS, FAULTS, SAMPLE, UNREACHABLE
from servers import Trouble
from watch import Watch

FACTOR = 60
SETTLED = 4  # seconds in which everything else that a fault sets off may still come


class Result:
    """What a fault did."""

    def __init__(self, fault):
        self.fault, self.arrived, self.inhibited, self.commands, self.trouble = fault, {}, set(), 0, None
        self.late = {}  # told since the mending began

    @property
    def others(self):
        """What was kept back may come while it is mended: the cause goes first, and a server takes longer to recover
        than the waits of Alertmanager are here."""
        may = self.fault.expected | self.fault.restarts
        return (set(self.arrived) - may) | (set(self.late) - may - self.fault.kept)

    @property
    def kept_besides(self):
        """What inhibition swallows although nobody says that it should."""
        return self.inhibited - self.fault.kept - self.fault.perhaps - self.fault.restarts

    def __str__(self):
        times = ", ".join(f"{alert} {at:.1f} s" for alert, at in sorted(self.arrived.items(), key=lambda i: i[1]))
        kept = f"; kept back: {', '.join(sorted(self.inhibited))}" if self.inhibited else ""
        late = f"; while it was mended: {', '.join(sorted(self.late))}" if self.late else ""
        return f"{self.fault.cluster}: {self.fault.name}: {times}{kept}{late}; {self.commands} commands of runbooks"


class Run:
    """The faults of one cluster, one after another."""

    def __init__(self, cluster, watch, say):
        self.cluster, self.watch, self.say = cluster, watch, say
        self.name = cluster.name if cluster else ""
        self.quiet_since, self.kept = 0.0, set()

    def fault(self, fault):
        result = Result(fault)
        began = None
        try:
            self.until_quiet("before it")
            began = self.watch.began[self.name] = time.monotonic()
            fault.inject(self.cluster, self.watch)
            self.until_told(result, began)
            self.diagnose(result, began)
            fault.mend(self.cluster, self.watch)
            if not fault.stays:
                self.until_quiet("after it was mended")
        except Exception as error:  # the next clusters go on; the text tells all
            result.trouble = f"{error}" if isinstance(error, Trouble) else traceback.format_exc()
            self.mend_anyway(fault, began)
        if began is not None:
            self.look_late(result, began)
        if result.others and not result.trouble:
            result.trouble = f"also told: {', '.join(sorted(result.others))}"
        if result.kept_besides and not result.trouble:
            result.trouble = f"also kept back: {', '.join(sorted(result.kept_besides))}"
        self.say(f"{result}" + (f"\nFAILED: {result.trouble}" if result.trouble else ""))
        return result

    def mend_anyway(self, fault, began):
        """So that the next fault finds the cluster as it should be, as far as that goes."""
        if began is not None and not self.watch.over.is_set():
            with contextlib.suppress(Exception):
                fault.mend(self.cluster, self.watch)

    def look(self, result, began):
        result.arrived = {alert: at - began for alert, at in self.watch.receiver.arrivals(self.name, began).items()}
        self.kept |= self.watch.inhibited(self.name)
        result.inhibited = self.kept - set(result.arrived)

    def look_late(self, result, began):
        """After the mending; before it, if it did not come so far."""
        now = {alert: at - began for alert, at in self.watch.receiver.arrivals(self.name, began).items()}
        result.late = {alert: at for alert, at in now.items() if alert not in result.arrived}

    def until_told(self, result, began):
        fault, end = result.fault, began + result.fault.patience
        missing = fault.expected | fault.kept
        while missing:
            if time.monotonic() > end:
                raise Trouble(f"not told, or not kept back, within {fault.patience} s: {', '.join(sorted(missing))}\n"
                              f"told: {', '.join(result.arrived) or 'nothing'}; Prometheus holds: "
                              f"{self.watch.current(self.name)}\nthe page:\n{self.watch.page_of(self.name)}")
            time.sleep(0.5)
            self.look(result, began)
            missing = (fault.expected - set(result.arrived)) | (fault.kept - result.inhibited)
        for alert in fault.seen:
            processes.wait_for(f"{alert} in Prometheus", lambda a=alert: self.watch.fires(a, self.name))
        time.sleep(SETTLED)
        self.look(result, began)

    def diagnose(self, result, began):
        result.commands, failed = diagnose(result.fault, self.cluster, self.watch,
                                           self.watch.receiver.of(self.name, began))
        failed += empty_panels(self.watch, self.name, began)
        if failed:
            result.trouble = "\n".join(failed)

    def ended_unheard(self, delivery):
        return delivery.alert in self.kept or delivery.alert != UNREACHABLE and delivery.label("pg_node") and \
            self.watch.was_unreachable(self.name, delivery.label("pg_node"), self.quiet_since or delivery.at)

    def until_quiet(self, when):
        """Nothing fires, and the receiver knows it. It is not told of the end of an alert that was kept back then."""
        def complaints():
            self.kept |= self.watch.inhibited(self.name)
            told = self.watch.receiver.unresolved(self.name, self.quiet_since)
            return self.watch.current(self.name) + [f"{each.alert} told" for each in told if not self.ended_unheard(each)]
        end = time.monotonic() + 120
        while complaints():
            if time.monotonic() > end:
                raise Trouble(f"{when} it is not quiet: {complaints()}\nthe page:\n{self.watch.page_of(self.name)}")
            time.sleep(0.5)
        self.quiet_since, self.kept = time.monotonic(), set()


@contextlib.contextmanager
def watched(clusters, factor, say):
    """The clusters, watched; nothing of it is left behind."""
    scratch = pathlib.Path(tempfile.mkdtemp(prefix="pgfleet-"))
    scratch.chmod(0o755)
    folder = processes.make_folder(scratch / "run")
    binary = os.environ.get("PGFLEET_EXPORTER", servers.ROOT / "build" / "release" / "pgfleet_exporter")
    watch = Watch(folder, binary, clusters, factor, say)
    # A server dies with the thread that started it, so all of them live until the end.
    workers = concurrent.futures.ThreadPoolExecutor(len(clusters))

    def start(cluster):
        cluster.start(folder / cluster.name, scratch)
        say(f"cluster {cluster.name} runs: PostgreSQL {cluster.major}, {', '.join(cluster.nodes)}")
    try:
        list(workers.map(start, clusters))
        watch.start()
        yield watch, workers
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        watch.over.set()
        workers.shutdown(cancel_futures=True)
        watch.stop()
        for cluster in clusters:
            cluster.stop()
        shutil.rmtree(scratch, ignore_errors=True)


def clusters_of(faults):
    names = {fault.cluster for fault in faults}
    return [cluster for cluster in CLUSTERS if cluster.name in names] or CLUSTERS[:1]


def run(faults, say):
    clusters = clusters_of(faults)
    with watched(clusters, FACTOR, say) as (watch, workers):
        def work(cluster):
            runner = Run(cluster, watch, say)
            return [runner.fault(f) for f in faults if f.cluster == cluster.name and not watch.over.is_set()]
        results = [result for done in workers.map(work, clusters) for result in done]
        runner = Run(None, watch, say)
        results += [runner.fault(fault) for fault in faults if fault.cluster == ""]
    return results


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", metavar="NAME", help="these faults")
    parser.add_argument("--cluster", nargs="+", metavar="NAME", help="the faults of these clusters")
    parser.add_argument("--sample", action="store_true", help="a few quick ones")
    args = parser.parse_args()
    faults = [f for f in FAULTS if (not args.only or f.name in args.only) and (not args.sample or f.name in SAMPLE)
              and (not args.cluster or f.cluster in args.cluster)]
    if not faults:
        parser.error("no such fault; there are: " + ", ".join(fault.name for fault in FAULTS))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    began, lock = time.monotonic(), threading.Lock()

    def say(text):
        with lock:
            print(f"[{time.monotonic() - began:6.1f}] {text}", flush=True)
    wrong = report.gaps()
    results = run(faults, say)
    failed = [result for result in results if result.trouble]
    wrong += report.differences(results, FACTOR)
    print("\n".join([*wrong, f"{len(results) - len(failed)} passed, {len(failed)} failed"]))
    return 1 if failed or wrong or len(results) != len(faults) else 0


if __name__ == "__main__":
    sys.exit(main())
