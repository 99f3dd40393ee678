#!/usr/bin/env python3
"""The alert rules as a whole: valid, tested in every way that matters, explained, and built on metrics that exist.

What each alert does stands in *_test.yml beside this file, for `promtool test rules`. Needs promtool, amtool and
alertmanager (Debian: prometheus, prometheus-alertmanager); fails without them.
"""
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
ALERTS = ROOT / "alerts"
EXAMPLE = ALERTS / "alertmanager" / "alertmanager.example.yml"

SEVERITIES = {"critical", "warning", "info"}
COMPONENTS = {"replication", "archiving", "slots", "config", "access", "jobs", "exporter", "availability"}
ANNOTATIONS = {"summary", "description", "runbook_url", "dashboard_url"}
HEADINGS = ["Meaning", "Impact", "Diagnosis", "Mitigation", "Why this threshold", "When it is a false alarm", "Escalation"]
TEN = {"PgExporterDown", "PgNodeUnreachable", "PgNodeDataStale", "PgCollectorFailing", "PgReplicaNotStreaming",
       "PgReplicationLagBytes", "PgSlotWalRetention", "PgSlotLost", "PgArchiverFailing", "PgPendingRestart"}


def run(*command, cwd=None):
    return subprocess.run([str(word) for word in command], cwd=cwd, text=True, timeout=120, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)


class Rule:
    """One rule as its text stands in the file; the files keep to one layout, which promtool cannot ask for."""

    def __init__(self, path, text):
        self.path, self.text = path, text
        self.name = self.one(r"- alert: (\S+)")
        self.expr = self.one(r"expr: (.*?)\n        for:", re.S)
        self.wait = self.one(r"\n        for: (\S+)\n")
        self.severity = self.one(r"\n          severity: (\S+)\n")
        self.component = self.one(r"\n          component: (\S+)\n")
        self.annotations = dict(re.findall(r"\n          (summary|\w*description|\w+_url): ((?:.|\n {12})+)", text))

    def one(self, pattern, flags=0):
        found = re.findall(pattern, self.text, flags)
        if len(found) != 1:
            raise AssertionError(f"{self.path.name}: {pattern!r} found {len(found)} times in\n{self.text}")
        return found[0]


def rules():
    found = []
    for path in sorted(ALERTS.glob("*.rules.yml")):
        text = path.read_text()
        starts = [m.start() for m in re.finditer(r"(?m)^      - alert:", text)] + [len(text)]
        found += [Rule(path, text[a:b]) for a, b in zip(starts, starts[1:])]
    return found


def groups():
    """(alert, claim, text) of every test group; a group's name is "<Alert>: <claim>"."""
    for path in sorted(HERE.glob("*_test.yml")):
        for text in re.split(r'(?m)^  - name: ', path.read_text())[1:]:
            alert, claim = re.match(r'"(\w+): ([^"\n]+)"', text).groups()
            yield alert, claim, text


class Rules(unittest.TestCase):
    def test_promtool_accepts_them_with_every_lint(self):
        done = run("promtool", "check", "rules", "--lint=all", "--lint-fatal", *sorted(ALERTS.glob("*.rules.yml")))
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_the_ten_are_there(self):
        self.assertLessEqual(TEN, {rule.name for rule in rules()})

    def test_every_rule_has_its_labels_and_annotations(self):
        for rule in rules():
            with self.subTest(rule.name):
                self.assertIn(rule.severity, SEVERITIES)
                self.assertIn(rule.component, COMPONENTS)
                self.assertEqual(set(rule.annotations), ANNOTATIONS)
                self.assertNotIn("{{", rule.annotations["summary"])
                self.assertRegex(rule.annotations["summary"], r"^[A-Z].*\.$")
                self.assertIn("{{", rule.annotations["description"])
                self.assertTrue(rule.annotations["runbook_url"].endswith(f"/{rule.name}.md"))

    def test_two_exporters_page_once(self):
        for rule in rules():
            if rule.name == "PgExporterDown":  # the instance is its subject
                continue
            with self.subTest(rule.name):
                self.assertIn("max without (instance, job", rule.expr)

    def test_every_metric_exists(self):
        known = set(re.findall(r"\bpgfleet_\w+", (ROOT / "METRICS.md").read_text()))
        for rule in rules():
            with self.subTest(rule.name):
                self.assertLessEqual(set(re.findall(r"\bpgfleet_\w+", rule.text)), known)

    def test_render_leaves_valid_rules_with_other_addresses_and_shorter_waits(self):
        with tempfile.TemporaryDirectory() as folder:
            done = run(ALERTS / "render", "--runbooks=http://wiki/pg/", "--dashboards=http://grafana", "--faster=12",
                       f"--output={folder}")
            self.assertEqual(done.returncode, 0, done.stdout)
            written = sorted(pathlib.Path(folder).iterdir())
            self.assertEqual([p.name for p in written], [p.name for p in sorted(ALERTS.glob("*.rules.yml"))])
            text = "".join(p.read_text() for p in written)
            self.assertNotIn("example.org", text)
            self.assertIn("runbook_url: http://wiki/pg/PgNodeUnreachable.md\n", text)
            self.assertIn("for: 5s\n", text)
            self.assertEqual(run("promtool", "check", "rules", *written).returncode, 0)


class PrometheusExamples(unittest.TestCase):
    def test_promtool_accepts_them(self):
        for name in ("scrape.yml", "prometheus.example.yml"):
            with self.subTest(name):
                done = run("promtool", "check", "config", "--syntax-only", ROOT / "deploy" / "prometheus" / name)
                self.assertEqual(done.returncode, 0, done.stdout)

    def test_the_job_is_the_one_that_the_rules_ask_for(self):
        for name in ("scrape.yml", "prometheus.example.yml"):
            jobs = re.findall(r"(?m)^ *- job_name: (\S+)", (ROOT / "deploy" / "prometheus" / name).read_text())
            self.assertEqual(jobs, ["pgfleet"])
        self.assertIn('up{job="pgfleet"}', (ALERTS / "exporter.rules.yml").read_text())


class RuleTests(unittest.TestCase):
    def test_promtool_finds_every_claim_true(self):
        done = run("promtool", "test", "rules", *sorted(HERE.glob("*_test.yml")), cwd=HERE)
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_every_alert_has_every_kind_of_claim(self):
        claims = {}
        for alert, claim, text in groups():
            claims.setdefault(alert, []).append((claim, text))
        self.assertEqual(set(claims), {rule.name for rule in rules()})
        for alert, made in claims.items():
            with self.subTest(alert):
                course = [text for claim, text in made if claim == "not yet, fires, resolves"]
                self.assertEqual(len(course), 1)
                outcomes = ["" if m == "exp_alerts: []" else "fires"
                            for m in re.findall(r"exp_alerts:(?: \[\])?", course[0])]
                self.assertEqual((outcomes[0], "fires" in outcomes, outcomes[-1]), ("", True, ""))
                self.assertTrue(any(claim == "absent data" for claim, _ in made))
                self.assertTrue(any(claim.startswith("false alarm, ") for claim, _ in made))

    def test_they_notice_a_rule_that_waits_too_long_or_not_at_all(self):
        for rule in rules():
            for wait in ("0s", "999d"):
                with self.subTest(rule=rule.name, severity=rule.severity, wait=wait):
                    self.assertNotEqual(self.with_changed_rule(rule, wait).returncode, 0)

    @staticmethod
    def with_changed_rule(rule, wait):
        subject = rule.path.name.split(".")[0]
        with tempfile.TemporaryDirectory() as folder:
            tree = pathlib.Path(folder)
            (tree / "alerts").mkdir()
            (tree / "tests" / "alerts").mkdir(parents=True)
            changed = rule.text.replace(f"\n        for: {rule.wait}\n", f"\n        for: {wait}\n")
            (tree / "alerts" / rule.path.name).write_text(rule.path.read_text().replace(rule.text, changed))
            test = pathlib.Path(shutil.copy(HERE / f"{subject}_test.yml", tree / "tests" / "alerts"))
            return run("promtool", "test", "rules", test, cwd=test.parent)


class Runbooks(unittest.TestCase):
    def test_one_for_every_alert_and_no_other(self):
        self.assertEqual({p.stem for p in (ALERTS / "runbooks").glob("*.md")}, {rule.name for rule in rules()})

    def test_each_has_its_seven_parts_in_order_and_commands_to_paste(self):
        for path in sorted((ALERTS / "runbooks").glob("*.md")):
            with self.subTest(path.name):
                text = path.read_text()
                self.assertTrue(text.startswith(f"# {path.stem}\n"))
                self.assertEqual(re.findall(r"(?m)^## (.+)$", text), HEADINGS)
                for part in re.split(r"(?m)^## .+$", text)[1:]:
                    self.assertGreater(len(part.split()), 5)
                diagnosis = text.split("## Diagnosis")[1].split("\n## ")[0]
                self.assertRegex(diagnosis, r"(?m)^```\n(psql|curl|systemctl|grep|journalctl)")


class Alertmanager(unittest.TestCase):
    def test_amtool_accepts_the_example(self):
        done = run("amtool", "check-config", EXAMPLE)
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_severities_go_to_their_receivers(self):
        for severity, receiver in (("critical", "page"), ("warning", "ticket"), ("info", "nobody")):
            with self.subTest(severity):
                done = run("amtool", "config", "routes", "test", f"--config.file={EXAMPLE}",
                           f"--verify.receivers={receiver}", "alertname=PgNodeUnreachable", f"severity={severity}")
                self.assertEqual(done.returncode, 0, done.stdout)

    def test_a_node_that_is_down_silences_its_other_alerts_and_nobody_elses(self):
        node = {"pg_cluster": "orders", "pg_node": "pg2"}
        sent = {
            "down": {"alertname": "PgNodeUnreachable", "severity": "critical", **node},
            "stale": {"alertname": "PgNodeDataStale", "severity": "warning", **node, "lane": "status"},
            "other node": {"alertname": "PgReplicaNotStreaming", "severity": "critical", **node, "pg_node": "pg3"},
            "other cluster": {"alertname": "PgSlotLost", "severity": "critical", **node, "pg_cluster": "x", "slot": "s"},
            "lost": {"alertname": "PgSlotWalRetention", "severity": "warning", **node, "pg_cluster": "x", "slot": "s"},
            "failing": {"alertname": "PgArchiverFailing", "severity": "critical", **node, "pg_node": "pg1"},
            "failing too": {"alertname": "PgArchiverFailing", "severity": "warning", **node, "pg_node": "pg1"},
            "exporter": {"alertname": "PgExporterDown", "severity": "critical", "instance": "a", "job": "pgfleet"},
        }
        with Running() as server:
            states = server.states(sent)
        self.assertEqual({name for name, state in states.items() if state == "suppressed"},
                         {"stale", "lost", "failing too"})


class Running:
    """An Alertmanager with the example config, on loopback."""

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.address = "127.0.0.1:%d" % probe.getsockname()[1]
        program = shutil.which("prometheus-alertmanager") or shutil.which("alertmanager")
        if program is None:
            raise AssertionError("no alertmanager: apt-get install prometheus-alertmanager")
        self.log = open(os.path.join(self.folder.name, "log"), "w+")
        self.process = subprocess.Popen(
            [program, f"--config.file={EXAMPLE}", f"--storage.path={self.folder.name}/data",
             f"--web.listen-address={self.address}", "--cluster.listen-address="],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(10)
        self.log.close()
        self.folder.cleanup()

    def call(self, path, body=None):
        request = urllib.request.Request(f"http://{self.address}{path}",
                                         data=None if body is None else json.dumps(body).encode(),
                                         headers={"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=5) as answer:
            return answer.read()

    def states(self, sent):
        """What became of each alert once all of them are there and two looks agree."""
        deadline = time.monotonic() + 30
        before = None
        while True:
            try:
                self.call("/api/v2/alerts", [{"labels": labels} for labels in sent.values()])
                got = json.loads(self.call("/api/v2/alerts"))
                states = {name: alert["status"]["state"] for alert in got for name, labels in sent.items()
                          if alert["labels"] == labels}
                if len(states) == len(sent) and "suppressed" in states.values() and states == before:
                    return states
                before = states
            except OSError:
                pass
            if time.monotonic() > deadline or self.process.poll() is not None:
                self.log.seek(0)
                raise AssertionError("alertmanager did not come to a verdict:\n" + self.log.read())
            time.sleep(0.2)


if __name__ == "__main__":
    for tool in ("promtool", "amtool"):
        if shutil.which(tool) is None:
            sys.exit(f"{tool} is missing: apt-get install prometheus prometheus-alertmanager")
    unittest.main(verbosity=1)
