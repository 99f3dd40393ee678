"""What watches the cluster: the exporter, Prometheus with the alert rules, Alertmanager. All on loopback."""
import json
import pathlib
import shutil
import subprocess
import urllib.error
import urllib.parse
import urllib.request

import processes
from processes import Process, Trouble

ROOT = pathlib.Path(__file__).resolve().parents[2]

EXPORTER_CONFIG = """\
lanes: {{pulse: 1s, status: 2s, inventory: 5s}}
connection: {{user: pgfleet, dbname: postgres, password_file: {folder}/password}}
clusters:
  - name: demo
{declared}    nodes:
{nodes}
"""

# What the demo's owner declared, with his folder to be filled in.
DECLARED = """\
    objectives: {{lag: 10s, rpo: 1min, backup_age: 26h}}
    expect: {{standbys: 2, archiving: true, slots: [pg2]}}
    wal_volume: 10GB
    archive: {{directory: {folder}/archive}}
    backups:
      - {{name: base, files: "{folder}/backups/*", schedule: "@weekly"}}
    settings:
      baseline: {{fsync: "on", full_page_writes: "on"}}
"""

PROMETHEUS_CONFIG = """\
global: {{scrape_interval: {scrape}, scrape_timeout: {scrape}, evaluation_interval: {scrape}}}
rule_files: ["{folder}/rules/*.rules.yml"]
alerting:
  alertmanagers:
    - static_configs: [{{targets: ["{alertmanager}"]}}]
scrape_configs:
  - job_name: pgfleet
    static_configs: [{{targets: ["{exporter}"]}}]
"""

# The inhibition is that of the shipped example; nobody is told, because nobody is there to be told.
ALERTMANAGER_CONFIG = """\
route: {{receiver: nobody, group_by: [alertname], group_wait: 1s, group_interval: 1s}}
receivers: [{{name: nobody}}]
{inhibition}
"""

SCRAPE = "1s"
FASTER = 12  # `for: 1m` of the rules becomes 5 s, [15m] 75 s: alerts/render --faster


def fetch(address, path, **query):
    """The body of a page, or None where nobody answers well."""
    url = f"http://{address}{path}" + ("?" + urllib.parse.urlencode(query) if query else "")
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.read().decode()
    except (urllib.error.URLError, OSError):
        return None


class Stack:
    def __init__(self, folder, binary, cluster, say, declared=None):
        """`declared` is what the configuration says of the cluster besides its nodes."""
        self.folder, self.binary, self.cluster, self.say = pathlib.Path(folder), pathlib.Path(binary), cluster, say
        self.declared = DECLARED.format(folder=folder) if declared is None else declared
        self.exporter, self.prometheus, self.alertmanager = (f"127.0.0.1:{processes.free_port()}" for _ in range(3))
        self.running = []

    def start(self):
        self.start_exporter()
        self.start_alertmanager()
        self.start_prometheus()

    def start_exporter(self):
        if not self.binary.is_file():
            raise Trouble(f"{self.binary} is not there: make build, or --binary PATH")
        # A copy, because the source tree may lie where the unprivileged user cannot look.
        program = pathlib.Path(shutil.copy(self.binary, self.folder / "pgfleet_exporter"))
        program.chmod(0o755)
        processes.write_file(self.folder / "password", self.cluster.password + "\n", 0o600)
        nodes = "\n".join(f"      - {{name: {n.name}, host: {n.folder}}}" for n in self.cluster.nodes)
        config = processes.write_file(self.folder / "pgfleet.yml",
                                      EXPORTER_CONFIG.format(
                                          folder=self.folder, declared=self.declared, nodes=nodes))
        self.launch("exporter", [program, f"--config.file={config}", f"--web.listen-address={self.exporter}"],
                    self.exporter)

    def start_alertmanager(self):
        program = processes.find_program("prometheus-alertmanager", "alertmanager",
                                         hint="apt-get install prometheus-alertmanager")
        example = (ROOT / "alerts" / "alertmanager" / "alertmanager.example.yml").read_text()
        inhibition = "inhibit_rules:" + example.split("inhibit_rules:")[1].split("\nreceivers:")[0]
        config = processes.write_file(self.folder / "alertmanager.yml",
                                      ALERTMANAGER_CONFIG.format(inhibition=inhibition))
        data = processes.make_folder(self.folder / "alertmanager")
        self.launch("alertmanager", [program, f"--config.file={config}", f"--storage.path={data}", "--cluster.listen-address=",
                                     f"--web.listen-address={self.alertmanager}"], self.alertmanager)

    def start_prometheus(self):
        program = processes.find_program("prometheus", hint="apt-get install prometheus")
        rules = processes.make_folder(self.folder / "rules")
        subprocess.run([ROOT / "alerts" / "render", f"--faster={FASTER}", f"--scrape-interval={SCRAPE}",
                        f"--output={rules}"], check=True)
        config = processes.write_file(self.folder / "prometheus.yml", PROMETHEUS_CONFIG.format(
            folder=self.folder, alertmanager=self.alertmanager, exporter=self.exporter, scrape=SCRAPE))
        data = processes.make_folder(self.folder / "prometheus")
        self.launch("prometheus", [program, f"--config.file={config}", f"--storage.tsdb.path={data}",
                                   f"--web.listen-address={self.prometheus}", "--log.level=warn"], self.prometheus)

    def launch(self, name, command, address):
        process = Process(name, command, self.folder / f"{name}.log")
        self.running.append(process)
        processes.wait_for(f"ready {name}", lambda: fetch(address, "/-/ready") is not None, process)
        self.say(f"{name} listens on http://{address}")

    def stop(self):
        for process in reversed(self.running):
            process.stop()

    # What Prometheus and Alertmanager know.

    def query(self, promql):
        body = fetch(self.prometheus, "/api/v1/query", query=promql)
        return json.loads(body)["data"]["result"] if body else []

    def rules(self):
        body = fetch(self.prometheus, "/api/v1/rules")
        return [rule for group in json.loads(body)["data"]["groups"] for rule in group["rules"]] if body else []

    def alerts(self):
        """(name, node) of what Alertmanager holds now, the watchdog left out."""
        body = fetch(self.alertmanager, "/api/v2/alerts")
        return {(a["labels"]["alertname"], a["labels"].get("pg_node", ""))
                for a in json.loads(body or "[]") if a["labels"]["severity"] != "none"}

    def page(self):
        return fetch(self.exporter, "/metrics") or ""
