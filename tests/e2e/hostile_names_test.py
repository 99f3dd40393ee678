#!/usr/bin/env python3
"""Hostile names against a real Prometheus: it keeps `up` at 1 and every series.

hostile_names_test.py PATH/TO/pgfleet_exporter
"""
import json
import pathlib
import shutil
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / "tools" / "demo.d"))

import postgres  # noqa: E402  pylint: disable=wrong-import-position
import processes  # noqa: E402  pylint: disable=wrong-import-position
from stack import Stack  # noqa: E402  pylint: disable=wrong-import-position

NAMES = ['x"} 1\nfake_metric{a="b', "<script>alert(1)</script>", "back\\slash", "'quo''te'", "%s%n", "twin", "twin",
         "caf\u00e9", "x" * 62 + "\u00e9"]
ROLES = ['bad"role', "two\nlines", "<b>role</b>", "x" * 62 + "\u00e9"]


class Lonely(postgres.Cluster):
    """A primary alone, with roles and receivers that bear hostile names."""

    def start(self):
        primary = self.add("pg1")
        archive = processes.make_folder(self.folder / "archive")
        primary.initialize(postgres.COMMON + postgres.ARCHIVING.format(archive=archive) + "\nmax_wal_senders = 20\n")
        primary.start()
        primary.sql(postgres.ROLES)
        self.password = postgres.prepare_monitoring_role(primary)
        for role in ROLES:
            primary.sql('CREATE ROLE "{}" LOGIN;'.format(role.replace('"', '""')))
        # Bytes that are no UTF-8, as a database without an encoding lets anybody store them.
        primary.sql("CREATE DATABASE raw ENCODING 'SQL_ASCII' TEMPLATE template0;")
        processes.run(primary.psql("-d", "raw"), feed="SELECT 'CREATE ROLE \"bad' || E'\\xff\\xfe' || '\"' \\gexec\n",
                      env={"PGCLIENTENCODING": "SQL_ASCII", "PATH": "/usr/bin:/bin"})
        self.receivers = [self.receive(primary, i, name) for i, name in enumerate(NAMES)]
        processes.wait_for("streaming receivers", lambda: primary.sql(
            "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming';") == str(len(NAMES)))

    def receive(self, primary, number, name):
        target = processes.make_folder(self.folder / f"received{number}")
        return processes.Process(f"receiver {number}", [
            self.binaries / "pg_receivewal", "-h", primary.folder, "-D", target, "--no-sync",
        ], self.folder / f"receiver{number}.log", environment={"PGAPPNAME": name, "PGUSER": "replica"})

    def stop(self):
        for receiver in getattr(self, "receivers", []):
            receiver.stop()
        super().stop()


class HostileNames(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="pgfleet-names-"))
        self.folder.chmod(0o755)
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.cluster = Lonely(self.folder, print)
        self.addCleanup(self.cluster.stop)
        self.cluster.start()
        self.stack = Stack(self.folder, BINARY, self.cluster, print)
        self.addCleanup(self.stack.stop)
        self.stack.start_exporter()
        self.stack.start_prometheus()

    def test_prometheus_keeps_up_and_every_series(self):
        page = processes.wait_for("all senders on the page", lambda: self.whole_page())
        on_page = sum(1 for line in page.splitlines() if line and not line.startswith("#"))
        stored = processes.wait_for("a scrape of the whole page", lambda: self.scraped_at_least(on_page))
        self.assertGreaterEqual(stored, on_page)
        self.assertEqual([r["value"][1] for r in self.stack.query("min_over_time(up[1m])")], ["1"])
        self.assertEqual(self.stack.query("fake_metric"), [])
        kept = self.stack.query('pgfleet_walsender_state{state="streaming"} == 1')
        labels = [r["metric"]["standby"] for r in kept]
        self.assertEqual(len(labels), len(NAMES), json.dumps(labels))
        self.assertEqual(len(set(labels)), len(NAMES), "no two senders share a label")
        self.assertIn("twin#2", labels)
        self.assertIn("<script>alert(1)</script>", labels)

    def whole_page(self):
        page = self.stack.page()
        senders = sum(1 for line in page.splitlines()
                      if line.startswith("pgfleet_walsender_state{") and 'state="streaming"' in line)
        return page if senders == len(NAMES) and "pgfleet_roles{" in page else None

    def scraped_at_least(self, count):
        result = self.stack.query("scrape_samples_scraped")
        return int(result[0]["value"][1]) if result and int(result[0]["value"][1]) >= count else None


if __name__ == "__main__":
    BINARY = pathlib.Path(sys.argv.pop(1)).resolve()
    unittest.main()
