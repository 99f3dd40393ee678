#!/usr/bin/env python3
"""The exporter's own pages in a real browser: a fleet that is well, a broken one, one of 500 nodes, hostile names.

    tests/pages/pages_test.py [--binary PATH] [--pictures docs/pictures]

Needs what tools/setup --for full installs.
"""
import argparse
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / "tools" / "demo.d"))

import processes  # noqa: E402  pylint: disable=wrong-import-position
from postgres import Cluster  # noqa: E402  pylint: disable=wrong-import-position
from stack import Stack, fetch  # noqa: E402  pylint: disable=wrong-import-position

HOSTILE = '<img src=x onerror="alert(1)"></table>\u202e\\'
MANY = 500
SOON = 2  # seconds: whatever a node does, a page waits for none

MANY_NODES = "lanes: {{pulse: 5s}}\nclusters:\n  - name: many\n    nodes:\n{nodes}\n"


class Pages(unittest.TestCase):
    def setUp(self):
        # A short path: that of a Unix socket has room for 107 bytes.
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="pgfleet-pages.", dir="/tmp"))
        self.folder.chmod(0o755)
        processes.give_away(self.folder)
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def start(self):
        self.cluster = Cluster(self.folder, print)
        self.addCleanup(self.cluster.stop)
        self.cluster.start()
        self.stack = Stack(self.folder, OPTIONS.binary, self.cluster, print)
        self.addCleanup(self.stack.stop)
        self.stack.start_exporter()

    def visit(self, address, suffix, pages, *more):
        pictures = OPTIONS.pictures or self.folder / "pictures"
        done = subprocess.run(["node", HERE / "visit.mjs", f"--url=http://{address}", f"--output={pictures}",
                               f"--suffix={suffix}", *more, *pages], capture_output=True, text=True, check=False)
        print(done.stdout, done.stderr)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def shown(self, path, *texts):
        """Waits until the page holds all of them."""
        def there():
            page = fetch(self.stack.exporter, path) or ""
            return page if all(text in page for text in texts) else None
        return processes.wait_for(f"{texts} on {path}", there, deadline=30)

    def test_a_fleet_that_is_well_and_then_broken(self):
        self.start()
        self.shown("/", "3 of 3 nodes answer. Nothing is known to be wrong.", "idle")
        self.shown("/cluster/demo", "no lag", "Can be restored", "active")
        self.shown("/node/demo/pg2", "inventory", "prepare_session")
        self.visit(self.stack.exporter, "-healthy", ["/=fleet", "/cluster/demo=cluster", "/node/demo/pg2=node",
                                                     "/drift=", "/config=config"], "--keyboard")
        self.break_it()
        self.visit(self.stack.exporter, "-faulty", ["/=fleet", "/cluster/demo=cluster", "/node/demo/pg2=node",
                                                    "/drift=drift", "/config="])

    def break_it(self):
        primary, frozen, gone = self.cluster.nodes
        role = '"' + HOSTILE.replace('"', '""') + '"'
        primary.sql(f"CREATE ROLE {role} SUPERUSER;\nALTER ROLE {role} SET custom.token = 'x';")
        primary.sql("ALTER SYSTEM SET work_mem = '64MB';\nALTER SYSTEM SET archive_command = 'false';\n"
                    "SELECT pg_reload_conf();")
        gone.stop()
        self.freeze(frozen)
        self.shown("/", "down: timeout", "down: refused", "archiver: failing", "Something is broken in 1 of 1 cluster.")
        self.shown("/cluster/demo", "no stream")
        self.shown("/node/demo/pg2", "no answer within the deadline", "swallows packets")
        self.shown("/drift", "&lt;img src=x onerror=")
        for path in ("/", "/cluster/demo", "/node/demo/pg2", "/drift", "/config"):
            began = time.monotonic()
            self.assertIsNotNone(fetch(self.stack.exporter, path), path)
            self.assertLess(time.monotonic() - began, SOON, path)

    def freeze(self, node):
        pids = [node.process.child.pid, *processes.run(["pgrep", "-P", str(node.process.child.pid)]).split()]
        for pid in map(int, pids):
            os.kill(pid, signal.SIGSTOP)
            self.addCleanup(os.kill, pid, signal.SIGCONT)

    def test_five_hundred_nodes(self):
        nodes = "\n".join(f"      - {{name: node-{i}.example.org, host: {self.folder}/none}}" for i in range(MANY))
        config = processes.write_file(self.folder / "pgfleet.yml", MANY_NODES.format(nodes=nodes))
        address = f"127.0.0.1:{processes.free_port()}"
        exporter = processes.Process("exporter", [OPTIONS.binary, f"--config.file={config}",
                                                  f"--web.listen-address={address}"], self.folder / "exporter.log")
        self.addCleanup(exporter.stop)
        processes.wait_for("500 refusals", lambda: (fetch(address, "/") or "").count("down: refused") == MANY, exporter)
        self.assertIn("and 400 more", fetch(address, "/cluster/many"))
        self.visit(address, "", ["/=", "/cluster/many=", "/node/many/node-499.example.org="], "--themes=light")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", type=pathlib.Path,
                        default=os.environ.get("PGFLEET_EXPORTER", ROOT / "build" / "release" / "pgfleet_exporter"))
    parser.add_argument("--pictures", type=pathlib.Path, help="where to leave them (default: nowhere)")
    OPTIONS, REST = parser.parse_known_args()
    unittest.main(argv=[sys.argv[0], *REST])
