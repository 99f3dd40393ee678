#!/usr/bin/env python3
"""The names of postgres_exporter: what they mean by promtool, and that they come by a Prometheus with real pages.

The pages are those of tests/golden, which the exporter wrote of real servers. Needs promtool and prometheus (Debian:
prometheus); fails without them.
"""
import http.server
import json
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.parse
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
RULES = ROOT / "alerts" / "recording" / "postgres_exporter.rules.yml"
DOCS = ROOT / "docs" / "postgres_exporter.md"
VERSIONS = ("10", "13", "18")  # together they have every metric that a rule asks for
# No server of a golden page limits its slots; promtool asks for this one.
UNSEEN = {"pg_replication_slot_safe_wal_size_bytes"}
OURS = {"standby", "slot", "slot_kind", "setting", "kind", "role", "status", "server_version", "system_identifier"}
DEADLINE = 60

CONFIG = """\
global: {{scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}}
rule_files: ["{rules}"]
scrape_configs:
  - job_name: pgfleet
    static_configs:
      - {{targets: ["{page}"], labels: {{instance: a}}}}
      - {{targets: ["{page}"], labels: {{instance: b}}}}
"""


def promtool(*words):
    return subprocess.run(["promtool", *words], text=True, timeout=DEADLINE, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)


def recorded():
    return re.findall(r"(?m)^      - record: (\S+)$", RULES.read_text())


def page():
    """One page of several clusters, one for each version; what a golden page leaves open becomes 1."""
    lines = []
    for version in VERSIONS:
        text = (ROOT / "tests" / "golden" / f"{version}.prom").read_text()
        lines += [re.sub(r" <\w+>$", " 1", line).replace('pg_cluster="main"', f'pg_cluster="v{version}"')
                  for line in text.splitlines() if line.startswith("pgfleet_") and "pg_cluster=" in line]
    return "\n".join(lines) + "\n"


class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = page().encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Meaning(unittest.TestCase):
    def test_promtool_finds_every_claim_true(self):
        done = promtool("test", "rules", HERE / "compat" / "postgres_exporter_test.yml")
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_promtool_accepts_them_with_every_lint(self):
        done = promtool("check", "rules", "--lint=all", "--lint-fatal", RULES)
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_every_shown_setting_that_is_no_word_has_its_name(self):
        kinds = {name: kind for kind, name in re.findall(r'pgfleet_setting_(\w+)\{[^}]*setting="(\w+)"', page())
                 if kind in ("enabled", "value", "bytes", "seconds")}
        units = {"bytes": "_bytes", "seconds": "_seconds"}
        self.assertEqual({f"pg_settings_{name}{units.get(kind, '')}" for name, kind in kinds.items()},
                         {name for name in recorded() if name.startswith("pg_settings_")})

    def test_the_documentation_has_every_name_and_no_other(self):
        table = DOCS.read_text().split("\n## What has no name here")[0]
        found = re.findall(r"(?m)^\| `(pg_\w+)`", table)
        for stem, members in re.findall(r"(?m)^\| `(pg_\w+)`: ([^|]*)\|", table):
            found.remove(stem)
            found += [stem + member for member in re.findall(r"`(\w+)`", members)]
        self.assertEqual(sorted(found), sorted(name for name in recorded() if ":" not in name))


class Live(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.pages = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
        threading.Thread(target=cls.pages.serve_forever, daemon=True).start()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            cls.address = "127.0.0.1:%d" % probe.getsockname()[1]
        folder = pathlib.Path(cls.folder.name)
        (folder / "prometheus.yml").write_text(
            CONFIG.format(rules=RULES, page="127.0.0.1:%d" % cls.pages.server_address[1]))
        cls.log = open(folder / "log", "w+")
        cls.process = subprocess.Popen(
            ["prometheus", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data",
             f"--web.listen-address={cls.address}", "--log.level=warn"],
            stdin=subprocess.DEVNULL, stdout=cls.log, stderr=cls.log)
        cls.addClassCleanup(cls.stop)
        cls.wait()

    @classmethod
    def stop(cls):
        cls.process.terminate()
        cls.process.wait(20)
        cls.pages.shutdown()
        cls.pages.server_close()
        cls.log.close()
        cls.folder.cleanup()

    @classmethod
    def wait(cls):
        """Until every rule has given a value."""
        deadline = time.monotonic() + DEADLINE
        while time.monotonic() < deadline and cls.process.poll() is None:
            try:
                if not cls.missing():
                    return
            except OSError:
                pass
            time.sleep(0.3)
        cls.log.seek(0)
        log = cls.log.read()
        ended = cls.process.poll() is not None
        raise AssertionError(f"prometheus ended\n{log}" if ended else f"no series of {cls.missing()}\n{log}")

    @classmethod
    def missing(cls):
        found = {labels["__name__"] for labels in cls.query('count by (__name__) ({__name__=~"pg_.+"})')}
        return sorted(set(recorded()) - UNSEEN - found)

    @classmethod
    def call(cls, path, **query):
        url = f"http://{cls.address}{path}?{urllib.parse.urlencode(query)}"
        with urllib.request.urlopen(url, timeout=10) as answer:
            return json.loads(answer.read())["data"]

    @classmethod
    def query(cls, promql):
        return [sample["metric"] for sample in cls.call("/api/v1/query", query=promql)["result"]]

    def test_no_rule_fails(self):
        rules = [rule for group in self.call("/api/v1/rules")["groups"] for rule in group["rules"]]
        self.assertEqual(len(rules), len(recorded()))
        self.assertEqual([(rule["name"], rule["lastError"]) for rule in rules if rule["health"] != "ok"], [])

    def test_two_exporters_make_one_series_of_each_server(self):
        for name in recorded():
            with self.subTest(name):
                for labels in self.query(name):
                    self.assertEqual(labels["instance"], f"{labels['pg_cluster']}/{labels['pg_node']}")
                    self.assertEqual(labels["job"], "pgfleet")
                    if ":" not in name:
                        self.assertEqual(OURS & set(labels), set())

    def test_every_server_is_up_and_every_standby_a_replica(self):
        self.assertEqual(len(self.query("pg_up == 1")), 2 * len(VERSIONS))
        self.assertEqual({labels["pg_node"] for labels in self.query("pg_replication_is_replica == 1")}, {"pg2"})


if __name__ == "__main__":
    for tool in ("promtool", "prometheus"):
        if shutil.which(tool) is None:
            sys.exit(f"{tool} is missing: apt-get install prometheus")
    unittest.main(verbosity=1)
