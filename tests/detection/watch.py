"""What watches the clusters: the exporter, Prometheus with the shorter rules, Alertmanager, and who is told."""
import json
import os
import pathlib
import re
import shutil
import signal
import threading
import time

import servers
import processes
import stack
from receiver import Receiver
from shorter import Shorter

SCRAPE = 1  # seconds
BULK = re.compile("_setting|duration|collector|lane|roles|privilege|database|checkpoint|_wal_|walsenders|limit|access_")

EXPORTER_CONFIG = """\
lanes: {pulse: 500ms, status: 1s, inventory: 2s}
connection: {user: pgfleet, dbname: postgres}
clusters:
"""


class Watch(stack.Stack):
    """The demo's stack around several clusters; nobody but the test is told."""

    def __init__(self, folder, binary, clusters, factor, say):
        super().__init__(folder, binary, None, say)
        self.clusters, self.shorter, self.receiver = clusters, Shorter(factor, SCRAPE), Receiver()
        self.lock = threading.RLock()
        self.targets, self.began, self.over = [self.exporter], {}, threading.Event()

    def start(self):
        self.receiver.start()
        super().start()
        # What increases must have been seen before it does.
        processes.wait_for("scrapes of every node", lambda: self.query(
            f"min(count_over_time(pgfleet_up[1m])) > {Shorter.SAMPLES}"))

    def stop(self):
        super().stop()
        self.receiver.stop()

    # The exporter

    def start_exporter(self):
        if not self.binary.is_file():
            raise servers.Trouble(f"{self.binary} is not there: make build, or PGFLEET_EXPORTER=PATH")
        self.program = pathlib.Path(shutil.copy(self.binary, self.folder / "pgfleet_exporter"))
        self.program.chmod(0o755)
        processes.make_folder(self.folder / "state")
        self.write_config()
        self.launch_exporter()

    def launch_exporter(self):
        self.launch("exporter", [self.program, f"--config.file={self.config}", f"--state-dir={self.folder}/state",
                                 f"--web.listen-address={self.exporter}"], self.exporter)

    def second(self, cluster):
        """Another exporter, of what this cluster holds now, which Prometheus scrapes besides."""
        config = processes.write_file(self.folder / "second.yml", EXPORTER_CONFIG + cluster.configuration())
        address = f"127.0.0.1:{processes.free_port()}"
        self.launch("second exporter", [self.program, f"--config.file={config}", f"--web.listen-address={address}"], address)
        self.retarget([self.exporter, address])

    @property
    def config(self):
        return self.folder / "pgfleet.yml"

    def write_config(self, more=""):
        processes.write_file(self.config, EXPORTER_CONFIG + "".join(c.configuration() for c in self.clusters) + more)

    def reload(self):
        """What the clusters declare now."""
        with self.lock:
            self.write_config()
            before = self.metric("pgfleet_config_last_reload_success_timestamp_seconds")
            self.process("exporter").child.send_signal(signal.SIGHUP)
            processes.wait_for("reload of the exporter's configuration", lambda: self.metric(
                "pgfleet_config_last_reload_success_timestamp_seconds") != before)

    def metric(self, name):
        return next((line.split()[-1] for line in self.page().splitlines() if line.startswith(name)), None)

    def process(self, name):
        return next(process for process in reversed(self.running) if process.name == name)

    # Prometheus and Alertmanager

    def start_alertmanager(self):
        program = processes.find_program("prometheus-alertmanager", "alertmanager",
                                         hint="apt-get install prometheus-alertmanager")
        config = processes.write_file(self.folder / "alertmanager.yml", self.shorter.alertmanager(self.receiver.address))
        data = processes.make_folder(self.folder / "alertmanager")
        self.launch("alertmanager", [program, f"--config.file={config}", f"--storage.path={data}",
                                     "--cluster.listen-address=", f"--web.listen-address={self.alertmanager}"],
                    self.alertmanager)

    def write_prometheus_config(self):
        return processes.write_file(self.folder / "prometheus.yml", f"""\
global: {{scrape_interval: {SCRAPE}s, scrape_timeout: {SCRAPE}s, evaluation_interval: {SCRAPE}s}}
rule_files: ["{self.folder}/rules/*.rules.yml"]
alerting: {{alertmanagers: [{{static_configs: [{{targets: ["{self.alertmanager}"]}}]}}]}}
scrape_configs: [{{job_name: pgfleet, static_configs: [{{targets: {json.dumps(self.targets)}}}]}}]
""")

    def start_prometheus(self):
        program = processes.find_program("prometheus", hint="apt-get install prometheus")
        self.shorter.write_rules(processes.make_folder(self.folder / "rules"))
        config = self.write_prometheus_config()
        data = processes.make_folder(self.folder / "prometheus")
        self.launch("prometheus", [program, f"--config.file={config}", f"--storage.tsdb.path={data}",
                                   f"--web.listen-address={self.prometheus}", "--log.level=warn"], self.prometheus)
        for rule in self.rules():
            if rule["health"] == "err":
                raise servers.Trouble(f"rule {rule['name']}: {rule.get('lastError')}")

    def retarget(self, targets):
        self.targets = targets
        self.write_prometheus_config()
        os.kill(self.process("prometheus").child.pid, signal.SIGHUP)

    # What they say

    def evaluated(self, cluster):
        """Alerts of a cluster that fire or are about to, as Prometheus holds them."""
        body = stack.fetch(self.prometheus, "/api/v1/alerts")
        alerts = json.loads(body)["data"]["alerts"] if body else []
        return [a for a in alerts if a["labels"].get("pg_cluster", "") == cluster]

    def current(self, cluster):
        """Those that somebody must act upon."""
        return sorted({f"{a['labels']['alertname']} {a['labels']['severity']} {a['state']}" for a in self.evaluated(cluster)
                       if a["labels"]["severity"] in ("warning", "critical")})

    def routed(self, cluster):
        """Alerts of a cluster as Alertmanager holds them."""
        body = stack.fetch(self.alertmanager, "/api/v2/alerts")
        return [a for a in json.loads(body or "[]") if a["labels"].get("pg_cluster", "") == cluster]

    def holds(self, alert, cluster):
        """Whether Alertmanager knows of it."""
        return any(a["labels"]["alertname"] == alert for a in self.routed(cluster))

    def inhibited(self, cluster):
        return {f"{a['labels']['alertname']} {a['labels']['severity']}" for a in self.routed(cluster)
                if a["status"]["inhibitedBy"]}

    def was_unreachable(self, cluster, node, since):
        """Whether an alert said so since then: it keeps back all else of the node, and the news of its end as well."""
        seconds = int(time.monotonic() - since) + 1
        return bool(self.query('max_over_time(ALERTS{alertname="PgNodeUnreachable",severity="critical",alertstate="firing",'
                               f'pg_cluster="{cluster}",pg_node="{node}"}}[{seconds}s])'))

    def fires(self, alert, cluster):
        return bool(self.query(f'ALERTS{{alertname="{alert}",pg_cluster="{cluster}",alertstate="firing"}}'))

    def page_of(self, cluster):
        """What the page says of a cluster and is not 0, without the bulk."""
        return "\n".join(line for line in self.page().splitlines() if f'pg_cluster="{cluster}"' in line
                         and not line.endswith(" 0") and not BULK.search(line))
