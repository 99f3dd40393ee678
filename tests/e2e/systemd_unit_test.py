#!/usr/bin/env python3
"""The shipped systemd unit: its hardening, and its command line against a real server.

systemd_unit_test.py PATH/TO/pgfleet_exporter
The exporter is started as an unprivileged user with the unit's own ExecStart; only the paths and the port are others.
The server knows its file of deploy/sql and nothing else.
"""
import os
import pathlib
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / "tools" / "demo.d"))

import postgres  # noqa: E402  pylint: disable=wrong-import-position
import processes  # noqa: E402  pylint: disable=wrong-import-position

UNIT = ROOT / "deploy" / "systemd" / "pgfleet_exporter.service"
BINARY = pathlib.Path(sys.argv.pop(1)).resolve() if len(sys.argv) > 1 and os.path.isfile(sys.argv[1]) else None
WATCHDOG_SECONDS = 2


def directive(name):
    """Values of all lines `name=...`."""
    return re.findall(rf"(?m)^{name}=(.*)$", UNIT.read_text())


def connection_from_the_unit_s_comment():
    return re.search(r"(?m)^# +(connection: \{.*\})$", UNIT.read_text())[1]


class Hardening(unittest.TestCase):
    def test_exposure_is_at_most_1_2(self):
        done = subprocess.run(["systemd-analyze", "security", "--offline=yes", "--threshold=12", str(UNIT)], text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_no_user_of_its_own_and_no_secret_in_sight(self):
        self.assertEqual(directive("DynamicUser"), ["yes"])
        self.assertEqual(directive("LoadCredential"), ["pgfleet:/etc/pgfleet/password"])
        self.assertEqual(directive("Environment"), [])
        self.assertNotRegex(directive("ExecStart")[0], "pass")

    def test_systemd_is_told_of_start_and_life(self):
        self.assertEqual(directive("Type"), ["notify"])
        self.assertEqual(len(directive("WatchdogSec")), 1)


class CommandLine(unittest.TestCase):
    def setUp(self):
        self.assertIsNotNone(BINARY, "usage: systemd_unit_test.py PATH/TO/pgfleet_exporter")
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="pgfleet-unit.", dir="/tmp"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.folder.chmod(0o755)
        processes.give_away(self.folder)
        self.password = self.start_server()
        self.notifications = self.listen_as_systemd()
        self.address = f"127.0.0.1:{processes.free_port()}"
        self.start_exporter()

    def start_server(self):
        node = postgres.Node(postgres.newest_bin_folder(), self.folder / "pg", "pg")
        node.initialize(postgres.COMMON)
        node.start()
        self.addCleanup(node.stop)
        postgres.prepare_monitoring_role(node)  # twice: it may be run again
        self.node = node
        return postgres.prepare_monitoring_role(node)

    def listen_as_systemd(self):
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(listener.close)
        listener.bind(str(self.folder / "notify"))
        (self.folder / "notify").chmod(0o777)
        return listener

    def start_exporter(self):
        credentials = processes.make_folder(self.folder / "credentials", 0o700)
        processes.write_file(credentials / "pgfleet", self.password + "\n", 0o400)
        config = processes.write_file(self.folder / "pgfleet.yml", connection_from_the_unit_s_comment() + f"""
clusters:
  - name: unit
    nodes:
      - {{name: pg, host: {self.node.folder}}}
""")
        program = pathlib.Path(shutil.copy(BINARY, self.folder / "pgfleet_exporter"))
        program.chmod(0o755)
        stand_ins = {"/usr/bin/pgfleet_exporter": str(program), "/etc/pgfleet/pgfleet.yml": str(config),
                     "%S/pgfleet": str(self.folder / "state"),
                     ":10187": self.address}
        line = directive("ExecStart")[0]
        for shipped, ours in stand_ins.items():
            self.assertEqual(line.count(shipped), 1, f"{shipped} in {line}")
            line = line.replace(shipped, ours)
        self.log = open(self.folder / "exporter.log", "w+", encoding="utf-8")
        self.addCleanup(self.log.close)
        self.exporter = subprocess.Popen(
            processes.unprivileged(shlex.split(line)), stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log, cwd="/",
            env={"PATH": "/usr/bin:/bin", "NOTIFY_SOCKET": str(self.folder / "notify"),
                 "WATCHDOG_USEC": str(WATCHDOG_SECONDS * 1_000_000), "CREDENTIALS_DIRECTORY": str(credentials)})
        self.addCleanup(self.kill)

    def kill(self):
        if self.exporter.poll() is None:
            self.exporter.kill()
            self.exporter.wait()

    def expect_notification(self, state, within):
        end = time.monotonic() + within
        seen = []
        while time.monotonic() < end:
            self.notifications.settimeout(max(0.01, end - time.monotonic()))
            try:
                seen.append(self.notifications.recv(4096).decode())
            except TimeoutError:
                break
            if state in seen[-1].split("\n"):
                return
        self.fail(f"no {state} within {within} s, only {seen}\n" + self.logged())

    def logged(self):
        self.log.flush()
        return (self.folder / "exporter.log").read_text(encoding="utf-8")

    def page(self):
        with urllib.request.urlopen(f"http://{self.address}/metrics", timeout=5) as answer:
            return answer.read().decode()

    def expect_sample(self, pattern, within=20):
        end = time.monotonic() + within
        page = ""
        while time.monotonic() < end:
            page = self.page()
            if re.search(pattern, page, re.M):
                return page
            time.sleep(0.2)
        return self.fail(f"no {pattern} within {within} s\n{page}\n{self.logged()}")

    def test_watches_a_server_that_knows_only_the_monitoring_role(self):
        self.expect_notification("READY=1", 10)
        self.expect_sample(r'^pgfleet_up\{pg_cluster="unit",pg_node="pg"\} 1$')
        self.expect_sample(r'^pgfleet_collector_success\{[^}]*collector="roles"[^}]*\} 1$')
        page = self.page()
        self.assertEqual(re.findall(r'(?m)^pgfleet_collector_failure\{(?!.*reason="version").*$', page), [])
        self.assertRegex(page, r"(?m)^process_start_time_seconds [1-9]")
        # Twice, so that it is a rhythm and not a greeting.
        self.expect_notification("WATCHDOG=1", WATCHDOG_SECONDS)
        self.expect_notification("WATCHDOG=1", WATCHDOG_SECONDS)
        self.assertNotIn(self.password, page + self.logged())

    def test_says_that_it_reloads_and_that_it_stops(self):
        self.expect_notification("READY=1", 10)
        self.signal(signal.SIGHUP)
        self.expect_notification("RELOADING=1", 5)
        self.expect_notification("READY=1", 5)
        self.signal(signal.SIGTERM)
        self.expect_notification("STOPPING=1", 2)
        self.assertEqual(self.exporter.wait(2), 0, self.logged())

    def signal(self, number):
        os.kill(self.exporter.pid, number)

    def test_the_role_can_do_nothing_else(self):
        self.assertEqual(
            self.node.sql("SELECT rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls, rolconnlimit"
                          " FROM pg_roles WHERE rolname = 'pgfleet'"), "f|f|f|f|f|5")
        self.assertEqual(
            self.node.sql("SELECT string_agg(roleid::regrole::text, ',') FROM pg_auth_members"
                          " WHERE member = 'pgfleet'::regrole"), "pg_monitor")


if __name__ == "__main__":
    unittest.main(verbosity=1)
