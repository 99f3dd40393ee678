#!/usr/bin/env python3
"""pgfleet_exporter beside Debian's prometheus-postgres-exporter and beside a bare libpq pipeline, on one server of its own.

Prints tables in Markdown and writes them to build/bench.md; exit status 1 if a gate is missed. See README.md.
"""
import argparse
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
ROOT = HERE.parent
sys.dont_write_bytecode = True
sys.path[:0] = [str(HERE), str(ROOT / "tools" / "demo.d")]

import accounts  # noqa: E402  pylint: disable=wrong-import-position
import measure  # noqa: E402  pylint: disable=wrong-import-position
import processes  # noqa: E402  pylint: disable=wrong-import-position
import report  # noqa: E402  pylint: disable=wrong-import-position
import scrapes  # noqa: E402  pylint: disable=wrong-import-position
from crowd import Crowd  # noqa: E402  pylint: disable=wrong-import-position
from server import Pair  # noqa: E402  pylint: disable=wrong-import-position
from subjects import Bench, Proxy  # noqa: E402  pylint: disable=wrong-import-position

STARTED = time.monotonic()
DELAY_MS = 10
OURS = ("scraped", "polling", "pulse_only", "far")
FLOORS = {"floor_one": "one", "floor_each": "each"}


def say(text):
    print(f"[{time.monotonic() - STARTED:5.1f} s] {text}", file=sys.stderr, flush=True)


def add_roles(bench):
    exporter = bench.programs["pgfleet"]
    for role in (*OURS, *FLOORS):
        bench.pair.add_monitoring_role(exporter, role)
    for role in ("peer", "peer_far"):
        bench.pair.add_plain_role(role)


def start_subjects(bench):
    """(pids by account, addresses to scrape, connections by program)."""
    pids, addresses = {}, {}
    for role in ("scraped", "polling", "pulse_only"):
        pids[role], addresses[role] = bench.pgfleet(role, status=role != "pulse_only")
    pids["peer"], addresses["peer"] = bench.peer("peer")
    for role, syncs in FLOORS.items():
        pids[role] = bench.floor(role, syncs)
    return pids, {name: addresses[name] for name in ("scraped", "peer")}


def add_backends(pids, pair):
    """The sessions of pgfleet and of the floor are those of the pulse and of the status lane, in this order."""
    connections = {}
    for role in ("scraped", "polling", "peer", *FLOORS):
        backends = pair.backends(role)
        connections[role] = len(backends)
        if role != "peer" and len(backends) != 2:
            raise processes.Trouble(f"{role} has {len(backends)} sessions instead of 2")
        names = [f"{role} pulse", f"{role} status"] if role != "peer" else [f"peer {n}" for n in range(len(backends))]
        pids.update({f"server {name}": pid for name, pid in zip(names, backends)})
    return connections


def far_away(bench, args):
    """The same two programs anew, behind a wire of DELAY_MS each way."""
    proxy = Proxy(bench.pair.port, DELAY_MS)
    try:
        figures = {"rtt": proxy.round_trip(), "first": len(proxy.report())}
        _, ours = bench.pgfleet("far", port=proxy.port)
        time.sleep(3 * bench.period_ms / 1000 + 2)
        figures["ours"] = len(proxy.report()) - figures["first"]
        _, peers = bench.peer("peer_far", port=proxy.port)
        figures.update(measure.over_the_wire(bench, proxy, ours, peers, args.far_seconds))
        return figures
    finally:
        bench.stop()
        proxy.stop()


def peer_version(bench):
    said = subprocess.run([bench.programs["peer"], "--version"], check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True).stdout
    return re.search(r"version (\d[\d.]*)", said).group(1)


def crowded(bench, args):
    """A server of its own with thousands of roles."""
    crowd = Crowd(bench.folder, args.postgres, bench.programs["pgfleet"], bench.programs["drift-cost"])
    try:
        crowd.start()
        say(f"pulses among thousands of roles: {args.crowd_seconds} s")
        return crowd.figures(args.crowd_seconds)
    except processes.Trouble:
        for process in crowd.processes():
            print(process.tail(), file=sys.stderr)
        raise
    finally:
        crowd.stop()


def compare(bench, args):
    say("starting the exporters and the pipelines")
    pids, addresses = start_subjects(bench)
    time.sleep(4)  # the first polls prepare statements and learn what the server refuses
    figures = {"connections": add_backends(pids, bench.pair), "version": peer_version(bench), "cores": os.cpu_count()}
    load = os.getloadavg()[0]
    say(f"CPU: {args.rounds} rounds of {args.periods} polls, {bench.period_ms} ms apart")
    figures["cpu"], figures["paced"] = measure.cpu(pids, addresses, bench.period_ms / 1000, args.periods, args.rounds)
    say("scrapes back to back")
    bench.stop(*(role for role in pids if role not in addresses))
    figures["latency"] = measure.latency(addresses, args.blocks, 50)
    figures["memory"] = {name: accounts.memory_kb(pids[name]) for name in addresses}
    if any(len(bench.pair.backends(role)) != figures["connections"][role] for role in addresses):
        raise processes.Trouble("somebody connected anew while the bench measured")
    bench.stop()
    say(f"a wire of {DELAY_MS} ms each way")
    figures["far"] = far_away(bench, args)
    say("a server with thousands of roles")
    figures["crowd"] = crowded(bench, args)
    figures["load"] = (load, os.getloadavg()[0])
    return figures


def bench_in(folder, args):
    pair = Pair(folder, args.postgres)
    bench = Bench(folder, pair, {"pgfleet": args.pgfleet, "peer": args.peer, "floor": args.floor,
                                 "drift-cost": args.drift_cost}, args.period_ms)
    try:
        say("starting the servers")
        pair.start()
        bench.prepare()
        add_roles(bench)
        text, missed = report.tables(compare(bench, args), args)
    except (processes.Trouble, scrapes.Broken) as trouble:
        for process in [*bench.running, *pair.processes()]:
            print(process.tail(), file=sys.stderr)
        print(f"\nFAILED: {trouble}\n", file=sys.stderr)
        return 1
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        bench.stop()
        pair.stop()
    print(text)
    args.output.parent.mkdir(parents=True, exist_ok=True)
    args.output.write_text(text + "\n")
    say(f"written to {args.output}" + (f"; gates missed: {', '.join(missed)}" if missed else "; every gate is met"))
    return 1 if missed else 0


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    release = ROOT / "build" / "release"
    parser.add_argument("--pgfleet", type=pathlib.Path, default=release / "pgfleet_exporter")
    parser.add_argument("--floor", type=pathlib.Path, default=release / "bench" / "pipeline_floor")
    parser.add_argument("--drift-cost", type=pathlib.Path, default=release / "bench" / "drift_cost")
    parser.add_argument("--peer", type=pathlib.Path, default=pathlib.Path("/usr/bin/prometheus-postgres-exporter"))
    parser.add_argument("--postgres", default="15", help="the server's major (default: %(default)s)")
    parser.add_argument("--period-ms", type=int, default=1000, help="the pace of polls and scrapes (default: %(default)s)")
    parser.add_argument("--periods", type=int, default=15, help="polls in a round (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="rounds, of which the median counts (default: %(default)s)")
    parser.add_argument("--blocks", type=int, default=16, help="blocks of 50 scrapes for the latencies (default: %(default)s)")
    parser.add_argument("--far-seconds", type=int, default=20, help="how long over the wire (default: %(default)s)")
    parser.add_argument("--crowd-seconds", type=int, default=18, help="how long among thousands of roles (default: %(default)s)")
    parser.add_argument("--output", type=pathlib.Path, default=ROOT / "build" / "bench.md")
    return parser.parse_args()


def interrupted(*_):
    raise KeyboardInterrupt


def main():
    args = arguments()
    signal.signal(signal.SIGTERM, interrupted)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="pgfleet-bench.", dir="/tmp"))
    folder.chmod(0o755)
    processes.give_away(folder)
    try:
        return bench_in(folder, args)
    except KeyboardInterrupt:
        return 130
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
