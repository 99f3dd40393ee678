#!/usr/bin/env python3
"""The alert rules as a whole: valid, tested in every way that matters, explained, and built on metrics that exist.

What each alert does stands in *_test.yml beside this file, for `promtool test rules`. Needs promtool (Debian:
prometheus); fails without it.
"""
import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
ALERTS = ROOT / "alerts"

SEVERITIES = {"critical", "warning", "info", "none"}
COMPONENTS = {"availability", "topology", "replication", "slots", "archiving", "backup", "config", "access", "jobs", "data",
              "exporter"}
FOR_MACHINES = {"PgWatchdog", "PgMaintenance"}  # severity none: nobody is told of them
ANNOTATIONS = {"summary", "description", "runbook_url", "dashboard_url"}
DASHBOARDS = {"pgfleet-fleet", "pgfleet-replication", "pgfleet-archiving", "pgfleet-drift", "pgfleet-exporter"}
# Their subject is the exporter, or that there is none.
OF_AN_INSTANCE = {"PgExporterDown", "PgExporterAbsent", "PgConfigReloadFailed", "PgWatchdog"}
STATIC = {"PgWatchdog"}  # it has no subject to describe

COURSE, FALSE_ALARM, ABSENT = "not yet, fires, resolves", "false alarm, ", "absent data"
# Parts of expressions that no sample can tell from their absence: (alert, the part's beginning, why).
UNSEEN = {
    ("PgClusterNoPrimary", "unless on (pg_cluster) max by (pg_cluster) (pgfleet_cluster_split_brain)"):
        "the state several, in the part before it, stands for the same; an exporter of another version may lack it",
}
# Thresholds that cannot be told from lower ones: one sample of minutes is more of its window than they ask for.
COARSE = {"PgArchiveRpoBudgetBurn"}
# What asks whether something is there at all has no state in which data is merely old.
OF_ABSENCE = {"PgExporterAbsent", "PgWatchdog"}
EVERYTHING = os.environ.get("PGFLEET_TEST_MAJORS") == "all"  # the full suite


def run(*command, cwd=None):
    return subprocess.run([str(word) for word in command], cwd=cwd, text=True, timeout=240, stdin=subprocess.DEVNULL,
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

    def __str__(self):
        return f"{self.name} {self.severity} {self.wait}"

    def one(self, pattern, flags=0):
        found = re.findall(pattern, self.text, flags)
        if len(found) != 1:
            raise AssertionError(f"{self.path.name}: {pattern!r} found {len(found)} times in\n{self.text}")
        return found[0]

    def with_wait(self, wait):
        return self.text.replace(f"\n        for: {self.wait}\n", f"\n        for: {wait}\n")

    def parts(self):
        """What `and`, `unless` and `or` join on the expression's uppermost level."""
        if not self.expr.startswith("|-"):
            return [self.expr]
        return re.split(r"\n(?= {10}(?:and|unless|or)\b)", self.expr.removeprefix("|-\n"))

    def changes(self):
        """(what, the rule's text) of every change that its tests must notice."""
        for wait in {"0s", "999d"} - ({"0s"} if self.wait == "0m" else set()):
            yield f"for: {wait}", self.with_wait(wait)
        if EVERYTHING:
            yield from self.other_expressions()

    def other_expressions(self):
        parts = self.parts()
        for number, part in enumerate(parts):
            begins = part.split()
            if len(parts) == 1 or any(alert == self.name and " ".join(begins).startswith(text) for alert, text in UNSEEN):
                continue
            left = parts[:number] + parts[number + 1:]
            if number == 0:
                left[0] = re.sub(r"^( +)or\b", r"\1", left[0])
                if re.match(r" +(and|unless)\b", left[0]):
                    continue
            yield f"without: {' '.join(begins)[:80]}", self.text.replace(self.expr, "|-\n" + "\n".join(left))
        for found in re.finditer(r"[<>] (?:bool )?(\d+(?:\.\d+)?)(?![\d.*])", self.expr):
            for factor in (1000,) if self.name in COARSE else (1000, 0.001):
                number = float(found[1]) * factor
                if number:
                    changed = self.expr[:found.start(1)] + f"{number:.12g}" + self.expr[found.end(1):]
                    yield f"{found[1]} as {number:g}", self.text.replace(self.expr, changed)


def rules():
    found = []
    for path in sorted(ALERTS.glob("*.rules.yml")):
        text = path.read_text()
        starts = [m.start() for m in re.finditer(r"(?m)^      - alert:", text)] + [len(text)]
        found += [Rule(path, text[a:b]) for a, b in zip(starts, starts[1:])]
    return found


def groups():
    """(file, alert, claim, text) of every test group of an alert; a group's name is "<Alert>: <claim>"."""
    for path in sorted(HERE.glob("*_test.yml")):
        for text in re.split(r'(?m)^  - name: ', path.read_text())[1:]:
            named = re.match(r'"(Pg\w+): ([^"\n]+)"', text)
            if named:
                yield path, *named.groups(), text


class Rules(unittest.TestCase):
    def test_promtool_accepts_them_with_every_lint(self):
        done = run("promtool", "check", "rules", "--lint=all", "--lint-fatal", *sorted(ALERTS.rglob("*.rules.yml")))
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_names_and_groups(self):
        for path in sorted(ALERTS.glob("*.rules.yml")):
            with self.subTest(path.name):
                subject = path.name.removesuffix(".rules.yml")
                self.assertEqual(re.findall(r"(?m)^  - name: (\S+)$", path.read_text()), [f"pgfleet-{subject}"])
                own = [rule for rule in rules() if rule.path == path]
                self.assertLessEqual(len(own), 20)
                for rule in own:
                    self.assertRegex(rule.name, r"^Pg([A-Z][a-z]+)+$")
                    self.assertLessEqual(len(rule.name), 40)
                    self.assertEqual(rule.component, subject)

    def test_labels_and_annotations(self):
        for rule in rules():
            with self.subTest(str(rule)):
                self.assertIn(rule.severity, SEVERITIES)
                self.assertEqual(rule.severity == "none", rule.name in FOR_MACHINES)
                self.assertIn(rule.component, COMPONENTS)
                self.assertEqual(set(rule.annotations), ANNOTATIONS)
                self.assertNotIn("{{", rule.annotations["summary"])
                self.assertRegex(rule.annotations["summary"], r"^[A-Z].{1,78}\.$")
                self.assertEqual("{{" in rule.annotations["description"], rule.name not in STATIC)
                self.assertTrue(rule.annotations["runbook_url"].endswith(f"/runbooks/{rule.name}.md"))
                self.assertIn(re.search(r"/d/([\w-]+)", rule.annotations["dashboard_url"])[1], DASHBOARDS)

    def test_links_name_labels_that_the_alert_has(self):
        """What promtool compares are the links filled in: an empty value there is a label that is not."""
        for path, alert, claim, text in groups():
            with self.subTest(f"{path.name}: {alert}: {claim}"):
                self.assertNotRegex(text, r"dashboard_url: \S+var-\w+=(&|$)")

    def test_two_exporters_page_once(self):
        for rule in rules():
            if rule.name in OF_AN_INSTANCE:
                continue
            with self.subTest(str(rule)):
                bare = re.sub(r"\b(max|min|sum|count) (by|without) \([^)]*\) \(", "aggregated(", rule.expr)
                if "aggregated(" not in bare:
                    self.assertRegex(bare, r"^(\|-)?\s*pg_cluster(_pg_node)?:\w+:\w+")

    def test_every_metric_and_recorded_series_exists(self):
        known = set(re.findall(r"\bpgfleet_\w+", (ROOT / "METRICS.md").read_text()))
        recorded = set(re.findall(r"- record: (\S+)", "".join(p.read_text() for p in ALERTS.glob("recording/*.yml"))))
        for path in sorted([*ALERTS.glob("*.rules.yml"), *ALERTS.glob("recording/*.rules.yml")]):
            with self.subTest(path.name):
                text = re.sub(r"\b\w+:\w+:\w+\b", "", path.read_text())
                self.assertLessEqual(set(re.findall(r"\bpgfleet_\w+", text)), known)
                self.assertLessEqual({name for name in re.findall(r"\bpg_cluster\w*:\w+:\w+\b", path.read_text())}, recorded)


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


class Claims(unittest.TestCase):
    def test_promtool_finds_every_claim_true(self):
        done = run("promtool", "test", "rules", *sorted(HERE.glob("*_test.yml")), cwd=HERE)
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_every_alert_has_every_kind_of_claim(self):
        claims = {}
        for _, alert, claim, text in groups():
            claims.setdefault(alert, []).append((claim, text))
        self.assertEqual(set(claims), {rule.name for rule in rules()})
        for alert, made in claims.items():
            with self.subTest(alert):
                course = [text for claim, text in made if claim == COURSE]
                self.assertEqual(len(course), 1 - (alert == "PgWatchdog"), "one that always fires has no course")
                if not course:
                    continue
                outcomes = ["" if m == "exp_alerts: []" else "fires"
                            for m in re.findall(r"exp_alerts:(?: \[\])?", course[0])]
                self.assertEqual((outcomes[0], outcomes[-1]), ("", ""))
                if alert not in OF_ABSENCE:
                    self.assertTrue(any("stale" in text for claim, text in made if claim.startswith(ABSENT)))
                self.assertIn("fires", outcomes)
                self.assertTrue(any(claim.startswith(ABSENT) for claim, _ in made))
                self.assertTrue(any(claim.startswith(FALSE_ALARM) for claim, _ in made))
                # Each of them, with all that it says.
                severities = {rule.severity for rule in rules() if rule.name == alert}
                fired = set(re.findall(r"exp_labels: \{severity: (\w+)", "".join(text for _, text in made)))
                self.assertEqual(fired, severities)
                for text in (text for _, text in made):
                    self.assertEqual(len(re.findall("exp_labels", text)), len(re.findall("exp_annotations", text)))

    def test_they_notice_every_change_of_a_rule(self):
        """Every fifth rule that waits otherwise; in the full suite every one, and also one that lacks a part, or has
        another threshold."""
        changes = [(rule, what, text) for rule in rules() for what, text in rule.changes()]
        self.assertGreater(len(changes), len(rules()))
        if not EVERYTHING:
            changes = changes[::5]
        with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0)) + 1) as threads:
            unnoticed = [f"{rule}: {what}" for rule, what, seen in threads.map(self.noticed, changes) if not seen]
        self.assertEqual(unnoticed, [])

    @staticmethod
    def noticed(change):
        rule, what, text = change
        with tempfile.TemporaryDirectory() as folder:
            tree = pathlib.Path(folder)
            shutil.copytree(ALERTS, tree / "alerts", ignore=shutil.ignore_patterns("runbooks", "alertmanager"))
            (tree / "alerts" / rule.path.name).write_text(rule.path.read_text().replace(rule.text, text))
            (tree / "tests" / "alerts").mkdir(parents=True)
            for test in claims_of(rule.name, tree / "tests" / "alerts"):
                if run("promtool", "test", "rules", test, cwd=test.parent).returncode != 0:
                    return rule, what, True
        return rule, what, False


def claims_of(alert, folder):
    """The test files with the groups of one alert only, the smallest first."""
    found = {}
    for path, name, _, text in groups():
        if name == alert:
            found.setdefault(path, []).append(text)
    for path, texts in sorted(found.items(), key=lambda item: "days" in item[0].name):
        head = re.split(r"(?m)^  - name: ", path.read_text())[0]
        copy = folder / path.name
        copy.write_text(head + "".join(f"  - name: {text}" for text in texts))
        yield copy


if __name__ == "__main__":
    if shutil.which("promtool") is None:
        sys.exit("promtool is missing: apt-get install prometheus")
    unittest.main(verbosity=1)
