#!/usr/bin/env python3
"""The shipped scrape job over /sd, in a real Prometheus: every cluster comes exactly once and under its own instance.

service_discovery_test.py PATH/TO/pgfleet_exporter
"""
import json
import pathlib
import re
import shutil
import signal
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / "tools" / "demo.d"))

import postgres  # noqa: E402  pylint: disable=wrong-import-position
import processes  # noqa: E402  pylint: disable=wrong-import-position
from stack import Stack, fetch  # noqa: E402  pylint: disable=wrong-import-position

CONFIG = """\
lanes: {{pulse: 1s, status: 2s, inventory: 5s}}
connection: {{user: pgfleet, dbname: postgres, password_file: {password}}}
clusters:
  - {{name: orders, nodes: [{{name: pg1, host: {server}}}]}}
  - name: {second}
    nodes:
      - {{name: pg1, host: 127.0.0.1, port: {closed}}}
      - {{name: pg2, host: 127.0.0.1, port: {closed}}}
"""


def shipped_jobs(exporter):
    """deploy/prometheus/scrape.yml with its second job, as its comment says; only faster and with this address."""
    text = (ROOT / "deploy" / "prometheus" / "scrape.yml").read_text()
    text = re.sub(r"(?m)^#(?=  )", "", text).replace("exporter.example.com:10187", exporter)
    return re.sub(r"(?m)^( *(?:scrape_interval|scrape_timeout|refresh_interval): ).*$", r"\g<1>1s", text)


class Discovering(Stack):
    """An exporter with one cluster that lives and one whose nodes nobody can reach, found over /sd."""

    def start_exporter(self):
        self.binary = pathlib.Path(shutil.copy(self.binary, self.folder / "pgfleet_exporter"))
        self.binary.chmod(0o755)
        processes.write_file(self.folder / "password", self.cluster.password + "\n", 0o600)
        self.closed = processes.free_port()
        config = self.declare("reports.eu-1")
        self.launch("exporter", [self.binary, f"--config.file={config}", f"--web.listen-address={self.exporter}"],
                    self.exporter)

    def declare(self, second):
        return processes.write_file(self.folder / "pgfleet.yml", CONFIG.format(
            password=self.folder / "password", server=self.cluster.nodes[0].folder, closed=self.closed, second=second))

    def start_prometheus(self):
        program = processes.find_program("prometheus", hint="apt-get install prometheus")
        config = processes.write_file(self.folder / "prometheus.yml", shipped_jobs(self.exporter))
        data = processes.make_folder(self.folder / "prometheus")
        self.launch("prometheus", [program, f"--config.file={config}", f"--storage.tsdb.path={data}",
                                   f"--web.listen-address={self.prometheus}", "--log.level=warn"], self.prometheus)

    def series(self, promql):
        """Label set to value, without the name."""
        return {frozenset((k, v) for k, v in result["metric"].items() if k != "__name__"): result["value"][1]
                for result in self.query(promql)}

    def targets(self):
        return json.loads(fetch(self.prometheus, "/api/v1/targets"))["data"]["activeTargets"]


class Lone(postgres.Cluster):
    def start(self):
        node = self.add("pg1")
        node.initialize(postgres.COMMON)
        node.start()
        self.password = postgres.prepare_monitoring_role(node)


class ServiceDiscovery(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="pgfleet-sd-"))
        self.folder.chmod(0o755)
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        cluster = Lone(self.folder, print)
        self.addCleanup(cluster.stop)
        cluster.start()
        self.stack = Discovering(self.folder, BINARY, cluster, print)
        self.addCleanup(self.stack.stop)
        self.stack.start_exporter()
        self.stack.start_prometheus()

    def labels(self, cluster, **more):
        return frozenset({"job": "pgfleet_clusters", "instance": f"{self.stack.exporter}/{cluster}", "pg_cluster": cluster,
                          **more}.items())

    def test_every_cluster_comes_exactly_once(self):
        expected = {self.labels("orders"): "1", self.labels("reports.eu-1"): "2"}
        processes.wait_for("both clusters", lambda: self.stack.series("pgfleet_cluster_declared_nodes") == expected)
        nodes = {self.labels("orders", pg_node="pg1"): "1", self.labels("reports.eu-1", pg_node="pg1"): "0",
                 self.labels("reports.eu-1", pg_node="pg2"): "0"}
        processes.wait_for("every node", lambda: self.stack.series("pgfleet_up") == nodes)
        self.exporter_speaks_for_itself_once()
        self.each_cluster_is_a_target_of_its_own()
        self.a_changed_config_is_followed(expected)
        ever = self.stack.query("count(count_over_time(pgfleet_cluster_declared_nodes[10m]))")
        self.assertEqual(ever[0]["value"][1], "3", "no cluster was ever seen under other labels")

    def exporter_speaks_for_itself_once(self):
        itself = frozenset({"job": "pgfleet", "instance": self.stack.exporter}.items())
        processes.wait_for("the exporter's own page",
                           lambda: self.stack.series("pgfleet_config_last_reload_successful") == {itself: "1"})
        self.assertEqual(self.stack.query('{pg_cluster!="",job="pgfleet"}'), [])

    def each_cluster_is_a_target_of_its_own(self):
        up = self.stack.series('up{job="pgfleet_clusters"}')
        expected = {frozenset({"job": "pgfleet_clusters", "instance": f"{self.stack.exporter}/{name}"}.items()): "1"
                    for name in ("orders", "reports.eu-1")}
        self.assertEqual(up, expected)
        found = {t["discoveredLabels"]["__param_cluster"]: t["discoveredLabels"]["__meta_pgfleet_nodes"]
                 for t in self.stack.targets() if t["scrapePool"] == "pgfleet_clusters"}
        self.assertEqual(found, {"orders": "1", "reports.eu-1": "2"})

    def a_changed_config_is_followed(self, before):
        self.stack.declare("ledger")
        self.stack.running[0].child.send_signal(signal.SIGHUP)
        after = {**before, self.labels("ledger"): "2"}
        del after[self.labels("reports.eu-1")]
        processes.wait_for("the other cluster alone",
                           lambda: self.stack.series("pgfleet_cluster_declared_nodes") == after)


if __name__ == "__main__":
    BINARY = pathlib.Path(sys.argv.pop(1)).resolve()
    unittest.main()
