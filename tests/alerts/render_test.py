#!/usr/bin/env python3
"""alerts/render: nothing but addresses and durations changes, and what it writes is valid.

Needs promtool (Debian: prometheus); fails without it.
"""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
ALERTS = ROOT / "alerts"
COMMITTED = ALERTS / "kubernetes" / "prometheusrule.yaml"
COMPATIBLE = "postgres_exporter.rules.yml"
UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}
DURATION = re.compile(r"^(\d+)(ms|[smhd])$")


def run(*command):
    return subprocess.run([str(word) for word in command], text=True, timeout=60, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)


def sources():
    return {path.name: path.read_text() for pattern in ("*.rules.yml", "recording/*.rules.yml")
            for path in ALERTS.glob(pattern) if path.name != COMPATIBLE}


def tokens(text):
    """Words and what stands between them; [15m] and `offset 30m` come apart around their durations."""
    return re.findall(r"\d+(?:ms|[smhd])\b|\w+|\W", text)


def seconds(token):
    number, unit = DURATION.match(token).groups()
    return int(number) * UNITS[unit]


class Render(unittest.TestCase):
    def rendered(self, *options):
        with tempfile.TemporaryDirectory() as folder:
            done = run(ALERTS / "render", f"--output={folder}/out", *options)
            self.assertEqual(done.returncode, 0, done.stdout)
            files = sorted(pathlib.Path(folder, "out").iterdir())
            rules = [path for path in files if path.name.endswith(".rules.yml")]
            if rules:
                checked = run("promtool", "check", "rules", *rules)
                self.assertEqual(checked.returncode, 0, checked.stdout)
            return {path.name: path.read_text() for path in files}

    def test_without_options_the_files_are_as_they_are_with_the_recording_rules_beside_them(self):
        self.assertEqual(self.rendered(), sources())

    def test_the_names_of_postgres_exporter_come_on_demand(self):
        self.assertEqual(set(self.rendered("--postgres-exporter")) - set(sources()), {COMPATIBLE})

    def test_addresses_alone(self):
        written = self.rendered("--runbooks=http://wiki/pg/", "--dashboards=http://grafana/")
        self.assertEqual(written, {
            name: text.replace("https://pgfleet.example.org/runbooks", "http://wiki/pg")
                      .replace("https://grafana.example.org", "http://grafana") for name, text in sources().items()})

    def changes(self, factor, *options):
        """[(what stands before it, a duration as it was, and as it is now)]; all else must be the same."""
        found = []
        for name, new in self.rendered(f"--faster={factor}", *options).items():
            old, new = tokens(sources()[name]), tokens(new)
            self.assertEqual(len(old), len(new), name)
            for i, (before, after) in enumerate(zip(old, new)):
                if before != after:
                    self.assertRegex(after, DURATION)
                    found.append(("".join(old[i - 20:i]).split("\n")[-1], before, after))
        return found

    def test_faster_changes_durations_alone(self):
        for factor in (7, 60):
            for before, old, new in self.changes(factor, "--scrape-interval=1s"):
                with self.subTest(factor=factor, before=before, old=old):
                    self.assertRegex(before, r"(^ +(for|keep_firing_for): |\[|offset )$")
                    least = 4 if before.endswith("[") else 0
                    self.assertAlmostEqual(seconds(new), max(least, seconds(old) / factor), delta=0.00051)

    def test_every_duration_changes(self):
        places = {"for": r"(?m)^ +for: \d", "keep_firing_for": r"(?m)^ +keep_firing_for: \d",
                  "range": r"\[\d+[smhd]\]", "offset": r"\boffset \d"}
        text = "".join(sources().values())
        there = {place: len(re.findall(pattern, text)) for place, pattern in places.items()}
        self.assertNotIn(0, there.values())
        done = dict.fromkeys(places, 0)
        for before, _, _ in self.changes(60, "--scrape-interval=1s"):
            word = re.search(r"(for|keep_firing_for|offset|\[)[: ]*$", before)[1]
            done["range" if word == "[" else word] += 1
        self.assertEqual(done, there)

    def test_a_range_holds_four_scrapes(self):
        for options, least in (((), 60), (("--scrape-interval=5s",), 20), (("--scrape-interval=500ms",), 2)):
            with self.subTest(options):
                ranges = [seconds(new) for before, _, new in self.changes(1000, *options) if before.endswith("[")]
                self.assertEqual(min(ranges), least)

    def test_what_makes_no_sense_is_refused(self):
        for option in ("--faster=0", "--faster=-1", "--faster=x", "--scrape-interval=5", "--scrape-interval=soon"):
            with self.subTest(option), tempfile.TemporaryDirectory() as folder:
                self.assertEqual(run(ALERTS / "render", f"--output={folder}", option).returncode, 2)

    def test_help_names_every_option(self):
        text = run(ALERTS / "render", "--help").stdout
        for option in re.findall(r'add_argument\("(--[\w-]+)"', (ALERTS / "render").read_text()):
            self.assertIn(option, text)


class Kubernetes(unittest.TestCase):
    def test_the_committed_object_is_the_generated_one(self):
        with tempfile.TemporaryDirectory() as folder:
            done = run(ALERTS / "render", "--kubernetes", f"--output={folder}")
            self.assertEqual(done.returncode, 0, done.stdout)
            self.assertEqual([path.name for path in pathlib.Path(folder).iterdir()], [COMMITTED.name])
            self.assertEqual((pathlib.Path(folder) / COMMITTED.name).read_text(), COMMITTED.read_text(),
                             "alerts/render --kubernetes --output alerts/kubernetes")

    def test_it_is_a_prometheus_rule(self):
        head = COMMITTED.read_text().split("spec:\n")[0]
        self.assertIn("\napiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\n", head)
        self.assertIn("\nmetadata:\n  name: pgfleet\n  labels:\n", head)
        for key, value in re.findall(r"(?m)^    (\S+): (\S+)$", head.split("  labels:\n")[1]):
            self.assertRegex(key, r"^([a-z0-9.-]+/)?[a-zA-Z0-9][\w.-]{0,62}$")
            self.assertRegex(value, r"^[a-zA-Z0-9]([\w.-]{0,61}[a-zA-Z0-9])?$")

    def test_its_groups_are_all_groups_and_valid(self):
        groups = COMMITTED.read_text().split("\nspec:\n")[1]
        self.assertEqual([line for line in groups.splitlines() if line and not line.startswith("  ")], [])
        text = re.sub(r"(?m)^  ", "", groups)
        self.assertEqual(text, "groups:\n" + "".join(
            sources()[name].split("\ngroups:\n")[1] for name in self.in_order()))
        names = re.findall(r"(?m)^  - name: (\S+)$", text)
        self.assertEqual(len(names), len(set(names)))
        with tempfile.NamedTemporaryFile("w", suffix=".yml") as file:
            file.write(text)
            file.flush()
            done = run("promtool", "check", "rules", "--lint=all", "--lint-fatal", file.name)
        self.assertEqual(done.returncode, 0, done.stdout)
        found = sum(len(re.findall(r"(?m)^ +- (?:alert|record): ", source)) for source in sources().values())
        self.assertIn(f"{found} rules found", done.stdout)

    @staticmethod
    def in_order():
        recording = {path.name for path in (ALERTS / "recording").glob("*.rules.yml")}
        return sorted(sources(), key=lambda name: (name in recording, name))


if __name__ == "__main__":
    if shutil.which("promtool") is None:
        sys.exit("promtool is missing: apt-get install prometheus")
    unittest.main(verbosity=1)
