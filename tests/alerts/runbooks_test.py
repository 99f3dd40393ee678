#!/usr/bin/env python3
"""The runbooks: complete, in one form, and with commands that work.

Every command of every Diagnosis runs on a primary with an archive, a standby with a slot, an exporter, a Prometheus and
an Alertmanager: on 10 and 18, or on the majors in PGFLEET_TEST_MAJORS ("all", or a list such as "9,18").
The servers are those of .deps (`make setup`), 15 is Debian's, because pg_cron is made for it. Fails without them.
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
sys.dont_write_bytecode = True
sys.path[:0] = [str(HERE), str(ROOT / "tools" / "demo.d")]

import postgres  # noqa: E402  pylint: disable=wrong-import-position
import processes  # noqa: E402  pylint: disable=wrong-import-position
import runbook_commands as runbooks  # noqa: E402  pylint: disable=wrong-import-position
from stack import Stack  # noqa: E402  pylint: disable=wrong-import-position

HEADINGS = ["Meaning", "Impact", "Diagnosis", "Mitigation", "Why this threshold", "When it is a false alarm",
            "Escalation"]
EXPORTER = pathlib.Path(os.environ.get("PGFLEET_EXPORTER") or ROOT / "build" / "release" / "pgfleet_exporter").resolve()
CLIENTS = pathlib.Path("/usr/lib/postgresql/15/bin")
PGAGENT = pathlib.Path("/usr/share/postgresql/15/extension/pgagent--4.2.sql")

# Alerts whose node is always of one role; the others' commands must work on both.
ON_PRIMARY = {"PgArchivingDisabled", "PgSyncDegraded"}
ON_STANDBY = {"PgConfigDrift", "PgReplicaNotStreaming", "PgReplicationLagTime", "PgReplicationLagBytes",
              "PgReplayPaused", "PgStandbyParamTooLow", "PgStandbyWalMissing", "PgLagBudgetBurn"}

# Statements without a condition that may still find nothing on a server that is well: what they read.
MAY_BE_EMPTY = {
    "pg_prepared_xacts": "nothing is prepared",
    "pg_stat_progress_basebackup": "no backup runs",
    "pg_stat_progress_vacuum": "no vacuum runs",
}

# What no metric says while all is well, although much is declared that is not so.
SILENT = {
    "pgfleet_collector_failure": "every collector of the standby succeeds",
    "pgfleet_down_reason": "both nodes are up",
    "pgfleet_walsenders": "every standby is declared",
}

# So that the exporter has something to say of everything: nobody is what he should be.
DECLARED = """\
    maintenance: true
    objectives: {{lag: 10s, rpo: 1min}}
    expect: {{standbys: 1, archiving: true, slots: [pg2, gone]}}
    wal_volume: 1GB
    archive: {{directory: {folder}/archive}}
    backups:
      - name: nightly
        files: {folder}/backup/*.sql
        schedule: "0 3 * * *"
        status_file: {folder}/status
    pgagent: {{database: postgres}}
    cron: {{database: postgres}}
    settings: {{baseline: {{archive_mode: always, work_mem: 1GB}}}}
    roles: {{reporting: {{members: [shop]}}}}
"""
CONSUMER_9_6 = """\
    cdc:
      - {slot: pg2, database: postgres}
"""
CONSUMER = """\
    cdc:
      - {slot: changes, database: postgres, publication: shop, tables: [public.orders, public.gone]}
"""


def majors():
    wanted = os.environ.get("PGFLEET_TEST_MAJORS") or "10,18"
    if wanted == "all":
        return runbooks.MAJORS
    return [9.6 if major == "9" else int(major) for major in wanted.split(",")]


def rules():
    """{alert: its severities}."""
    found = {}
    for path in sorted(ALERTS.glob("*.rules.yml")):
        for alert, severity in re.findall(r"- alert: (\S+)\n.*?\n          severity: (\S+)\n", path.read_text(), re.S):
            found.setdefault(alert, set()).add(severity)
    return found


def pages():
    return sorted(runbooks.RUNBOOKS.glob("*.md"))


class Form(unittest.TestCase):
    def test_one_page_for_every_alert_and_no_other(self):
        self.assertEqual({page.stem for page in pages()}, set(rules()))

    def test_its_seven_parts_in_order_and_none_empty(self):
        for page in pages():
            with self.subTest(page.stem):
                text = page.read_text()
                self.assertTrue(text.startswith(f"# {page.stem}\n"))
                self.assertEqual(re.findall(r"(?m)^#+ (.+)$", text), [page.stem, *HEADINGS])
                for part in re.split(r"(?m)^## .+$", text)[1:]:
                    self.assertGreater(len(part.split()), 5)

    def test_it_is_read_in_minutes(self):
        for page in pages():
            with self.subTest(page.stem):
                lines = page.read_text().splitlines()
                self.assertTrue(25 <= len(lines) <= 90, len(lines))
                self.assertLessEqual(max(len(line) for line in lines if not line.startswith(("psql", "curl"))), 120)

    def test_links_lead_somewhere(self):
        for page in [*pages(), ROOT / "docs" / "alerts.md"]:
            for link in re.findall(r"\]\(([^)#\s]+)", page.read_text()):
                with self.subTest(page=page.stem, link=link):
                    self.assertTrue((page.parent / link).exists())

    def test_every_metric_and_alert_that_it_names_exists(self):
        metrics = (ROOT / "METRICS.md").read_text() + "".join(p.read_text() for p in ALERTS.glob("recording/*.yml"))
        for page in pages():
            with self.subTest(page.stem):
                text = page.read_text()
                named = set(re.findall(r"\bpgfleet_\w+", text)) - {"pgfleet_exporter"}
                for begins, either, ends in re.findall(r"\^(pgfleet_\w*)\(([\w|]+)\)(\w*)", text):
                    named |= {begins + one + ends for one in either.split("|")}
                self.assertEqual({name for name in named if name not in metrics}, set())
                self.assertLessEqual(set(re.findall(r"\bPg[A-Z]\w+", text)), set(rules()))


class Commands(unittest.TestCase):
    def test_blocks_are_of_the_known_kinds_and_each_major_has_commands(self):
        for page in pages():
            for major in runbooks.MAJORS:
                with self.subTest(page=page.stem, major=major):
                    self.assertTrue(runbooks.commands(page.stem, major))

    def test_placeholders_are_known_and_psql_says_where(self):
        values = {name: name for name in runbooks.PLACEHOLDERS}
        for page in pages():
            for info, lines in runbooks.blocks(page.stem):
                for line in lines:
                    with self.subTest(page=page.stem, line=line):
                        self.assertEqual(runbooks.filled(line, values), line)
                        self.assertEqual(line, line.strip())
                        if line.startswith("psql"):
                            self.assertRegex(line, r"^psql -h (HOST|PRIMARY|STANDBY|SENDER) ")
                        elif info == "sh":
                            self.assertNotIn("psql", line)

    def test_ranges_of_majors(self):
        for info, applies in {"sh": (9.6, 10, 18), "sh host": (), "sh 9.6": (9.6,), "sh 10+": (10, 18), "sh 10": (10,),
                              "sh 9.6-17": (9.6, 10), "sh 18": (18,)}.items():
            with self.subTest(info):
                self.assertEqual(tuple(m for m in (9.6, 10, 18) if runbooks.applies(info, m)), applies)
        for wrong in ("", "text", "sh 9", "sh 14 +", "sh hosts", "shell"):
            with self.subTest(wrong), self.assertRaises(ValueError):
                runbooks.applies(wrong, 14)
        with self.assertRaises(ValueError):
            runbooks.commands("PgSlotLost", 9)

    def test_filling_wants_every_value_and_knows_every_name(self):
        command = "psql -h HOST -c \"select 1 from pg_replication_slots where slot_name = 'SLOT'\""
        self.assertEqual(runbooks.filled(command, {"HOST": "a", "SLOT": "b", "ROLE": "c"}),
                         "psql -h a -c \"select 1 from pg_replication_slots where slot_name = 'b'\"")
        for wrong, values in ((command, {"HOST": "a"}), ("df PLACE", {"PLACE": "/"})):
            with self.subTest(wrong), self.assertRaises(ValueError):
                runbooks.filled(wrong, values)


class Table(unittest.TestCase):
    """docs/alerts.md."""

    ROW = re.compile(r"(?m)^\| (Pg\w+) \| ([^|]+) \| ([^|]+) \| \[runbook\]\(\.\./alerts/runbooks/(\w+)\.md\) \|$")

    def test_it_has_the_alerts_of_the_rules_with_their_severities(self):
        rows = self.ROW.findall((ROOT / "docs" / "alerts.md").read_text())
        self.assertEqual(len({name for name, *_ in rows}), len(rows))
        self.assertEqual({name: set(re.findall(r"\b(?:critical|warning|info|none)\b", severity))
                          for name, severity, *_ in rows}, rules())
        for name, _, when, page in rows:
            with self.subTest(name):
                self.assertEqual(name, page)
                self.assertGreater(len(when.split()), 3)


class Site:
    """What the commands of one major are for: two servers and all that watches them."""

    def __init__(self, major, folder):
        self.major, self.folder = major, processes.make_folder(folder)
        binaries, clients = self.programs()
        self.primary = postgres.Node(binaries, self.folder / "pg1", "pg1", clients)
        self.standby = postgres.Node(binaries, self.folder / "pg2", "pg2", clients)
        self.nodes = [self.primary, self.standby]
        self.stack, self.password = None, None

    def programs(self):
        if self.major == 15:
            return CLIENTS, CLIENTS
        package = "postgres96" if self.major == 9.6 else f"postgres/node_modules/pg{self.major}"
        native = ROOT / ".deps" / package / "native"
        if not (native / "bin" / "postgres").exists():
            raise AssertionError(f"PostgreSQL {self.major} is missing (no {native}/bin/postgres): run `make setup`")
        if subprocess.run(processes.unprivileged(["test", "-x", native / "bin" / "postgres"]), check=False).returncode:
            # A clone in root's home, where the servers' user cannot go.
            native = pathlib.Path(shutil.copytree(native, self.folder / "native", symlinks=True))
        return native / "bin", CLIENTS

    def start(self):
        archive = processes.make_folder(self.folder / "archive")
        settings = postgres.common_settings(self.primary.version) + postgres.ARCHIVING.format(archive=archive)
        if self.major == 15:
            settings += "shared_preload_libraries = 'pg_cron'\n"
        self.primary.initialize(settings)
        # Once, so that its control file holds its settings: a standby may not have lower ones.
        self.primary.start()
        self.primary.stop()
        self.standby.copy_cold(self.primary)
        self.primary.start()
        self.primary.sql("SELECT pg_create_physical_replication_slot('pg2')")
        self.standby.start()
        self.fill()
        receiving = "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'"
        processes.wait_for("standby that streams", lambda: self.primary.sql(receiving) == "1")
        self.primary.sql("SELECT pg_switch_xlog()" if self.major == 9.6 else "SELECT pg_switch_wal()")
        archived = "SELECT archived_count FROM pg_stat_archiver"
        processes.wait_for("archived segment", lambda: self.primary.sql(archived) != "0")
        declared = DECLARED.format(folder=self.folder) + (CONSUMER if self.major >= 10 else CONSUMER_9_6)
        self.stack = Stack(self.folder, EXPORTER, self, lambda text: None, declared)
        self.stack.start()
        # The last that a page gets are the archive and, of the slowest lane, what the nodes are compared by.
        for metric in ("pgfleet_archive_recoverable", 'pgfleet_settings_drifted{pg_cluster="demo",pg_node="pg2"',
                       "pgfleet_pgagent_job_status", "pgfleet_backup_files"):
            processes.wait_for(metric, lambda m=metric: m in self.stack.page())

    def fill(self):
        """Something to be found by each command."""
        self.primary.sql(postgres.ROLES)
        script = [line for line in PGAGENT.read_text().splitlines() if "pg_extension_config_dump(" not in line]
        self.primary.sql("\n".join(["CREATE SCHEMA pgagent;", *(line for line in script if not line.startswith("\\"))]))
        self.primary.sql("INSERT INTO pgagent.pga_job (jobjclid, jobname) VALUES (1, 'nightly');"
                         "INSERT INTO pgagent.pga_jobagent (jagpid, jagstation) VALUES (1, 'pg1');"
                         "INSERT INTO pgagent.pga_joblog (jlgjobid, jlgstatus) SELECT jobid, 'f' FROM pgagent.pga_job;"
                         "UPDATE pgagent.pga_job SET jobnextrun = now() - interval '1 hour'")
        if self.major == 15:
            self.primary.sql("CREATE EXTENSION pg_cron")
            self.primary.sql("SELECT cron.schedule('nightly', '0 3 * * *', 'SELECT 1');"
                             "INSERT INTO cron.job_run_details (jobid, runid, status, start_time, end_time)"
                             " SELECT jobid, 1, 'failed', now(), now() FROM cron.job")
        if self.major >= 10:
            self.primary.sql("CREATE PUBLICATION shop FOR TABLE orders")
            self.primary.sql("CREATE SUBSCRIPTION feed CONNECTION 'dbname=postgres' PUBLICATION shop"
                             " WITH (connect = false)")
            self.primary.sql("SELECT pg_create_logical_replication_slot('changes', 'pgoutput')")
        backup = processes.make_folder(self.folder / "backup")
        processes.write_file(backup / "nightly.sql", "-- nothing\n")
        processes.write_file(self.folder / "status", "1\n")
        self.standby.append("postgresql.conf", "work_mem = 5MB\n")
        self.standby.sql("SELECT pg_reload_conf()")
        self.standby.sql("SELECT pg_create_physical_replication_slot('below')")
        self.password = postgres.prepare_monitoring_role(self.primary)

    def stop(self):
        if self.stack is not None:
            self.stack.stop()
        for node in reversed(self.nodes):
            node.stop()

    def values(self, node):
        return {"HOST": node.folder, "PRIMARY": self.primary.folder, "SENDER": self.primary.folder,
                "STANDBY": self.standby.folder, "EXPORTER": self.stack.exporter, "CLUSTER": "demo", "NODE": node.name,
                "SLOT": "pg2", "DATABASE": "postgres", "ROLE": "reporting", "SUBSCRIPTION": "feed",
                "PUBLICATION": "shop", "BACKUP": "nightly", "ARCHIVE": self.folder / "archive", "DATA": node.data,
                "LOG": node.folder / "log", "CONFIG": self.folder / "pgfleet.yml",
                "PROMETHEUS": self.stack.prometheus, "ALERTMANAGER": self.stack.alertmanager}

    def run(self, command):
        """What is wrong with the outcome of a command, or ""."""
        environment = {**os.environ, "PATH": f"{self.folder}:{CLIENTS}:{os.environ['PATH']}:/usr/sbin:/sbin",
                       "PGUSER": "postgres", "PGDATABASE": "postgres"}
        done = subprocess.run(["sh", "-c", command], env=environment, stdin=subprocess.DEVNULL, text=True, timeout=60,
                              capture_output=True, check=False)
        return fault(command, done)


def fault(command, done):
    if done.returncode != 0 or done.stderr:
        return f"exit status {done.returncode}\n{done.stdout}{done.stderr}"
    if command.startswith("psql") and not done.stdout:
        return "said nothing"
    if command.startswith("curl") and not done.stdout and not any(metric in command for metric in SILENT):
        return "found nothing"
    reads = set(re.findall(r"(?:from|join) ([\w.]+)", command))
    if "(0 rows)" in done.stdout and not re.search(r"\b(where|having)\b", command) and not reads & set(MAY_BE_EMPTY):
        return "found no row"
    return ""


class Execution(unittest.TestCase):
    def test_every_command_works_on_every_major(self):
        self.assertTrue(EXPORTER.is_file(), f"{EXPORTER} is not there: make build")
        for major in majors():
            # Not below TMPDIR: the path of a socket is limited to some hundred bytes.
            with self.subTest(major=major), tempfile.TemporaryDirectory(prefix="pgfleet-", dir="/tmp") as folder:
                os.chmod(folder, 0o755)
                site = Site(major, f"{folder}/{major}")
                try:
                    site.start()
                    self.run_all(site)
                finally:
                    site.stop()

    def run_all(self, site):
        pasted = {}  # many pages ask the same; each command runs once
        for page in pages():
            if page.stem == "PgCronJobFailed" and site.major != 15:
                continue
            for command in runbooks.commands(page.stem, site.major):
                for node in self.nodes(site, page.stem):
                    pasted.setdefault(runbooks.filled(command, site.values(node)), page.stem)
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            outcomes = pool.map(site.run, pasted)
        for (command, page), outcome in zip(pasted.items(), outcomes):
            with self.subTest(page=page, command=command):
                self.assertEqual(outcome, "")

    @staticmethod
    def nodes(site, alert):
        return [node for node, not_on_it in ((site.primary, ON_STANDBY), (site.standby, ON_PRIMARY))
                if alert not in not_on_it]


if __name__ == "__main__":
    unittest.main(verbosity=1)
