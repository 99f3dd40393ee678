#!/usr/bin/env python3
"""The Alertmanager example against the real programs: who is told, what is kept back, and what the messages say.

Slack, PagerDuty, the mail server and the dead man's switch are servers of this test on loopback. Needs amtool and
alertmanager (Debian: prometheus-alertmanager); fails without them.
"""
import base64
import collections
import datetime
import email
import email.policy
import http.server
import itertools
import json
import pathlib
import re
import shutil
import socket
import socketserver
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
ALERTS = ROOT / "alerts"
EXAMPLE = ALERTS / "alertmanager" / "alertmanager.example.yml"
DEADLINE = 60  # seconds for anything that should be a matter of moments


class Alert(collections.namedtuple("Alert", "name severity component")):
    """One alert rule; two rules of one name differ by their severity."""

    def __str__(self):
        return f"{self.name}/{self.severity}"

    @property
    def subject(self):
        return LABELS.get(self.name, "pg_cluster pg_node").split()

    def labels(self, **others):
        return {"alertname": self.name, "severity": self.severity, "component": self.component,
                **{label: VALUES.get(label, "x") for label in self.subject}, **others}


VALUES = {"scheduler": "pgAgent"}  # what an inhibition asks for

# The labels that an alert's expression leaves; those that are not here have pg_cluster and pg_node.
LABELS = {
    **dict.fromkeys(("PgWatchdog",), ""),
    **dict.fromkeys(("PgExporterDown", "PgConfigReloadFailed"), "instance job"),
    "PgExporterAbsent": "job",
    **dict.fromkeys(("PgMaintenance", "PgInventoryMismatch", "PgClusterNoPrimary", "PgSplitBrain", "PgFailoverDetected",
                     "PgReplicaMissing", "PgNoStreamingReplica", "PgArchiveRpoExceeded",
                     "PgArchiveRpoBudgetBurn", "PgArchiveChainBroken", "PgArchiveGap", "PgBackupTooOld"), "pg_cluster"),
    **dict.fromkeys(("PgBackupOverdue", "PgBackupDamaged", "PgBackupShrunken", "PgBackupJobFailed"),
                    "pg_cluster backup"),
    **dict.fromkeys(("PgUnexpectedSuperuser", "PgRoleMembershipDrift", "PgRoleDrift"), "pg_cluster kind role detail"),
    "PgRoleExpiring": "pg_cluster role",
    "PgJobSchedulerDown": "pg_cluster scheduler",
    "PgAgentJobFailed": "pg_cluster agent_job status",
    "PgAgentJobOverdue": "pg_cluster agent_job",
    "PgCronJobFailed": "pg_cluster cron_job status",
    "PgSlotMissing": "pg_cluster slot",
    "PgCdcBroken": "pg_cluster slot database publication",
    **dict.fromkeys(("PgSlotInactive", "PgSlotWalRetention", "PgSlotAtRisk", "PgSlotLost"), "pg_cluster pg_node slot"),
    **dict.fromkeys(("PgChecksumFailures", "PgTransactionWraparound"), "pg_cluster pg_node database"),
    "PgSubscriptionFailing": "pg_cluster pg_node subscription database",
    **dict.fromkeys(("PgUnsafeSetting", "PgStandbyParamTooLow"), "pg_cluster pg_node setting"),
    **dict.fromkeys(("PgConfigDrift", "PgConfigBaselineDrift"), "pg_cluster pg_node against"),
    "PgConfigFileError": "pg_cluster pg_node file",
    "PgNodeDataStale": "pg_cluster pg_node lane",
    "PgCollectorFailing": "pg_cluster pg_node collector",
    "PgArchivingDisabled": "pg_cluster pg_node state",
}


def alerts():
    text = "".join(path.read_text() for path in sorted(ALERTS.glob("*.rules.yml")))
    found = re.findall(r"(?s)- alert: (\w+)\n.*?\n          severity: (\w+)\n          component: (\w+)\n", text)
    return [Alert(*words) for words in found]


# What is to be kept back by what, apart from maintenance and the same alert as critical: the source, of one severity
# where it says so, the labels that must be equal, and the targets. A warning never keeps a critical alert back.
LAGS = "PgReplicationLagTime PgReplicationLagBytes PgLagBudgetBurn"
RPOS = "PgArchiveRpoExceeded PgArchiveRpoBudgetBurn"
CLUSTER, NODE, SLOT, ROLE = "pg_cluster", "pg_cluster pg_node", "pg_cluster pg_node slot", "pg_cluster role"
SILENCES = (
    ("PgNodeUnreachable/critical", NODE, "of the node"),
    ("PgNodeUnreachable/critical", CLUSTER, "PgReplicaMissing"),
    ("PgNodeDataStale", NODE, "PgCollectorFailing"),
    ("PgClusterNoPrimary", CLUSTER, f"PgReplicaNotStreaming PgReplicaMissing PgNoStreamingReplica {LAGS}"),
    ("PgClusterNoPrimary", CLUSTER, "PgSyncDegraded PgArchiverFailing PgArchiverStalled PgArchivingDisabled"),
    ("PgClusterNoPrimary", CLUSTER, f"PgArchiveBacklogHigh {RPOS}"),
    ("PgClusterNoPrimary", CLUSTER, "PgSlotInactive PgSlotWalRetention PgSlotAtRisk PgSlotMissing PgCdcBroken"),
    ("PgSplitBrain", CLUSTER, "PgClusterNoPrimary PgTimelineDiverged PgUnexpectedRole PgConfigDrift"),
    ("PgSplitBrain", CLUSTER, "PgReplicaMissing PgReplicaNotStreaming"),
    ("PgNoStreamingReplica", CLUSTER, f"PgReplicaNotStreaming PgReplicaMissing {LAGS}"),
    ("PgNoStreamingReplica", CLUSTER, "PgSyncDegraded/warning"),
    ("PgReplicaNotStreaming", CLUSTER, "PgReplicaMissing"),
    ("PgReplicaNotStreaming", NODE, LAGS),
    ("PgReplayPaused", NODE, LAGS),
    ("PgStandbyWalMissing", CLUSTER, "PgReplicaMissing"),
    ("PgStandbyWalMissing", NODE, f"PgReplicaNotStreaming {LAGS}"),
    ("PgTimelineDiverged", CLUSTER, "PgReplicaMissing"),
    ("PgTimelineDiverged", NODE, f"PgReplicaNotStreaming PgStandbyWalMissing {LAGS}"),
    ("PgSystemIdMismatch", CLUSTER, "PgReplicaMissing"),
    ("PgSystemIdMismatch", NODE, f"PgReplicaNotStreaming PgStandbyWalMissing {LAGS}"),
    ("PgStandbyParamTooLow", NODE, f"PgReplayPaused {LAGS}"),
    ("PgReplicationLagTime", NODE, "PgLagBudgetBurn"),
    ("PgArchiverFailing", NODE, "PgArchiveBacklogHigh"),
    ("PgArchiverFailing", CLUSTER, RPOS),
    ("PgArchiverStalled", NODE, "PgArchiveBacklogHigh"),
    ("PgArchiverStalled", CLUSTER, RPOS),
    ("PgArchivingDisabled", NODE, "PgArchiveBacklogHigh"),
    ("PgArchivingDisabled", CLUSTER, RPOS),
    ("PgArchiveRpoExceeded/critical", CLUSTER, "PgArchiveRpoBudgetBurn"),
    ("PgSlotLost", SLOT, "PgSlotAtRisk PgSlotInactive PgSlotWalRetention"),
    ("PgSlotAtRisk", SLOT, "PgSlotWalRetention"),
    ("PgSlotInactive", SLOT, "PgSlotWalRetention"),
    ("PgUnexpectedSuperuser", ROLE, "PgRoleDrift PgRoleMembershipDrift"),
    ("PgJobSchedulerDown", CLUSTER, "PgAgentJobOverdue"),
)
DESPITE_UNREACHABLE = {"PgNodeUnreachable", "PgChecksumFailures"}
DESPITE_MAINTENANCE = {"PgMaintenance", "PgSplitBrain", "PgChecksumFailures", "PgUnexpectedSuperuser"}
RANK = {"none": 0, "info": 1, "warning": 2, "critical": 3}


def expected():
    """{(source, target): labels that must be equal}"""
    every, edges = alerts(), {}
    for source, target in itertools.permutations(every, 2):
        if "pg_cluster" not in target.subject:
            continue
        if source.name == "PgMaintenance":
            if target.name not in DESPITE_MAINTENANCE and str(target) != "PgTransactionWraparound/critical":
                edges[source, target] = [CLUSTER]
        elif source.name == target.name:
            if (source.severity, target.severity) == ("critical", "warning"):
                edges[source, target] = [label for label in target.subject if label != "state"]
    for name, equal, targets in SILENCES:
        for source, target in itertools.permutations(every, 2):
            named = {target.name, str(target)} & set(targets.split()) or (
                targets == "of the node" and "pg_node" in target.subject and target.name not in DESPITE_UNREACHABLE)
            if name in (source.name, str(source)) and named and RANK[source.severity] >= RANK[target.severity]:
                edges[source, target] = equal.split()
    return edges


def run(*command):
    return subprocess.run([str(word) for word in command], text=True, timeout=DEADLINE, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)


def until(what, condition):
    deadline = time.monotonic() + DEADLINE
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.1)
    raise AssertionError(f"no {what} within {DEADLINE} s")


class Running:
    """An Alertmanager on loopback."""

    def __init__(self, config):
        self.config = config

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.address = "127.0.0.1:%d" % probe.getsockname()[1]
        folder = pathlib.Path(self.folder.name)
        (folder / "alertmanager.yml").write_text(self.config)
        self.log = open(folder / "log", "w+")
        program = shutil.which("prometheus-alertmanager") or shutil.which("alertmanager")
        self.process = subprocess.Popen(
            [program, f"--config.file={folder}/alertmanager.yml", f"--storage.path={folder}/data",
             f"--web.listen-address={self.address}", "--cluster.listen-address="],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        try:
            until("ready Alertmanager", self.ready)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(10)
        self.log.close()
        self.folder.cleanup()

    def ready(self):
        if self.process.poll() is not None:
            self.log.seek(0)
            raise AssertionError("alertmanager ended:\n" + self.log.read())
        try:
            return self.call("/-/ready")
        except OSError:
            return None

    def call(self, path, body=None):
        request = urllib.request.Request(f"http://{self.address}{path}",
                                         data=None if body is None else json.dumps(body).encode(),
                                         headers={"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.read()

    def send(self, *sent):
        self.call("/api/v2/alerts", list(sent))

    def inhibited(self, sent):
        """{key of a label set: that of the one that keeps it back}, once all are there and two looks agree."""
        key = {json.dumps(labels, sort_keys=True): i for i, labels in sent.items()}
        self.assert_distinct(key, sent)
        self.send(*({"labels": labels} for labels in sent.values()))
        before = [None]

        def look():
            got = json.loads(self.call("/api/v2/alerts"))
            index = {a["fingerprint"]: key[json.dumps(a["labels"], sort_keys=True)] for a in got}
            now = {index[a["fingerprint"]]: index[by] for a in got for by in a["status"]["inhibitedBy"]}
            agree, before[0] = len(got) == len(sent) and now == before[0], now
            return agree
        until("verdict of Alertmanager", look)
        return before[0]

    @staticmethod
    def assert_distinct(key, sent):
        if len(key) != len(sent):
            raise AssertionError("two alerts have the same labels")


class Config(unittest.TestCase):
    def test_amtool_accepts_the_example(self):
        done = run("amtool", "check-config", EXAMPLE)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn("1 templates", done.stdout)

    def test_every_alert_that_it_names_exists(self):
        matchers = "".join(re.findall(r"(?m)^[^#\n]*alertname.*$", EXAMPLE.read_text()))
        self.assertEqual(set(re.findall(r"\bPg[A-Z]\w+", matchers)) - {alert.name for alert in alerts()}, set())

    def test_no_secret_stands_in_it(self):
        text = EXAMPLE.read_text()
        self.assertNotRegex(text, r"(?m)\b(password|token|api_url|routing_key|service_key|credentials):")

    def test_the_labels_that_this_test_gives_an_alert_are_its_own(self):
        """Descriptions name the labels of their subject, all but a few."""
        for path in sorted(ALERTS.glob("*.rules.yml")):
            for text in path.read_text().split("\n      - alert: ")[1:]:
                alert = Alert(text.split("\n")[0], "", "")
                named = set(re.findall(r"\$labels\.(\w+)", text))
                with self.subTest(alert.name):
                    self.assertLessEqual(named, set(alert.subject))
                    self.assertLessEqual(set(alert.subject) - named, {"job", "against", "database"})

    def test_who_is_told(self):
        receivers = {"critical": "page", "warning": "ticket", "info": "nobody", "none": "nobody"}
        cases = {(a.name, a.severity, a.component): receivers[a.severity] for a in alerts()}
        for severity, component in itertools.product(receivers, {a.component for a in alerts()}):
            cases["PgAny", severity, component] = receivers[severity]
        for name, severity, component in cases:
            if component == "access" and severity in ("critical", "warning"):
                cases[name, severity, component] = "security," + receivers[severity]
        cases["PgWatchdog", "none", "exporter"] = "deadman"
        for (name, severity, component), receiver in sorted(cases.items()):
            with self.subTest(alert=name, severity=severity, component=component):
                done = run("amtool", "config", "routes", "test", f"--config.file={EXAMPLE}",
                           f"--verify.receivers={receiver}", f"alertname={name}", f"severity={severity}",
                           f"component={component}", "pg_cluster=orders")
                self.assertEqual(done.returncode, 0, done.stdout)


class InhibitRule:
    """What one rule of the example says, to tell which rule a case needs; whether it works only Alertmanager knows."""

    OPERATORS = {"=": str.__eq__, "!=": str.__ne__, "=~": lambda value, pattern: re.fullmatch(pattern, value),
                 "!~": lambda value, pattern: not re.fullmatch(pattern, value)}

    def __init__(self, text):
        self.text = text
        source, rest = text.split("target_matchers:")
        target, equal = rest.split("equal:")
        self.source, self.target = (re.findall(r'(\w+)(=~|!~|!=|=)"([^"]*)"', part) for part in (source, target))
        self.equal = re.findall(r"\w+", equal)

    def keeps_back(self, source, target):
        source, target = source.labels(), target.labels()
        return (self.fits(self.source, source) and self.fits(self.target, target)
                and all(source.get(label) == target.get(label) for label in self.equal))

    def fits(self, matchers, labels):
        return all(self.OPERATORS[operator](labels.get(label, ""), value) for label, operator, value in matchers)


class Inhibition(unittest.TestCase):
    """The rules of the example, with nobody to be told."""

    @classmethod
    def setUpClass(cls):
        rules = EXAMPLE.read_text().split("\ninhibit_rules:\n")[1].split("\nreceivers:\n")[0]
        cls.config = f"route: {{receiver: nobody}}\nreceivers: [{{name: nobody}}]\ninhibit_rules:\n{rules}"
        cls.rules = [InhibitRule(text) for text in re.findall(r"(?m)^  - (source_matchers:.*\n(?:    .*\n)+)", rules)]

    def inhibited(self, groups):
        """{(group, place): place of what keeps it back}. Some hundred alerts at a time: all are compared with all."""
        found = {}
        for start in range(0, len(groups), 300):
            sent = {(number, place): labels for number in range(start, min(start + 300, len(groups)))
                    for place, labels in enumerate(groups[number])}
            with Running(self.config) as server:
                for (number, place), (other, by) in server.inhibited(sent).items():
                    self.assertEqual(number, other, "kept back by an alert of another case")
                    found[number, place] = by
        return found

    def test_every_rule_is_alone_in_keeping_something_back(self):
        """So each has its case below, and none is left over that another one made needless."""
        kept = {pair: [rule for rule in self.rules if rule.keeps_back(*pair)] for pair in expected()}
        self.assertEqual(len(self.rules), EXAMPLE.read_text().count("source_matchers:"))
        self.assertEqual([rule.text for rule in self.rules if [rule] not in kept.values()], [])

    def test_every_pair_of_alerts_of_one_subject(self):
        pairs = list(itertools.combinations(alerts(), 2))
        groups = []
        for number, pair in enumerate(pairs):
            own = {"pg_cluster": f"c{number}"}
            groups.append([alert.labels(pair=str(number), **(own if "pg_cluster" in alert.subject else {}))
                           for alert in pair])
        found = {(pairs[number][by], pairs[number][place]) for (number, place), by in self.inhibited(groups).items()}
        wanted = set(expected())
        self.assertEqual(sorted(f"{s} > {t}" for s, t in found - wanted), [], "kept back and should not be")
        self.assertEqual(sorted(f"{s} > {t}" for s, t in wanted - found), [], "not kept back and should be")
        self.assert_no_circle(found)
        self.assertEqual([f"{s} > {t}" for s, t in found
                          if RANK[s.severity] < RANK[t.severity] and s.name != "PgMaintenance"], [])

    def assert_no_circle(self, edges):
        """Takes alerts that nothing keeps back away until none is left."""
        while edges:
            kept_back = {target for _, target in edges}
            left = {(source, target) for source, target in edges if source in kept_back}
            self.assertNotEqual(left, edges, "alerts that keep one another back")
            edges = left

    def test_near_misses(self):
        """A target with one of the labels that count changed is not kept back; with any other label changed it is."""
        cases, groups = list(expected().items()), []
        for number, ((source, target), _) in enumerate(cases):
            own = {"pg_cluster": f"c{number}"}
            groups.append([source.labels(pair=str(number), **own),
                           *(target.labels(pair=str(number), **{**own, label: f"other{number}"})
                             for label in target.subject)])
        inhibited = self.inhibited(groups)
        for number, ((source, target), equal) in enumerate(cases):
            for place, label in enumerate(target.subject, 1):
                with self.subTest(f"{source} > {target}, other {label}"):
                    self.assertEqual((number, place) not in inhibited, label in equal)


class Web(http.server.BaseHTTPRequestHandler):
    """Slack, PagerDuty and the dead man's switch."""

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.got.append((self.path, self.headers.get("Authorization"), body))
        answer = b'{"status": "success"}' if self.path == "/pagerduty" else b"ok"
        self.send_response(202 if self.path == "/pagerduty" else 200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


class Mail(socketserver.StreamRequestHandler):
    """As much of SMTP as Alertmanager speaks."""

    def handle(self):
        self.say("220 sink")
        recipient = login = None
        for line in self.rfile:
            word = line.split()[0].upper() if line.split() else b""
            if word == b"EHLO":
                self.say("250-sink", "250 AUTH PLAIN")
            elif word == b"AUTH":
                login = base64.b64decode(line.split()[2]).split(b"\0")[1:]
                self.say("235 welcome")
            elif word == b"RCPT":
                recipient = re.search(rb"<(.*?)>", line)[1].decode()
                self.say("250 ok")
            elif word == b"DATA":
                self.say("354 go on")
                text = b"".join(re.sub(rb"^\.", b"", part) for part in iter(self.rfile.readline, b".\r\n"))
                self.server.got.append((recipient, login, email.message_from_bytes(text, policy=email.policy.default)))
                self.say("250 ok")
            elif word == b"QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 ok")

    def say(self, *lines):
        self.wfile.write("".join(f"{line}\r\n" for line in lines).encode())


class Threads(socketserver.ThreadingMixIn, socketserver.TCPServer):
    daemon_threads = True


def serving(server_class, handler):
    server = server_class(("127.0.0.1", 0), handler)
    server.got = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server, "127.0.0.1:%d" % server.server_address[1]


class Messages(unittest.TestCase):
    """The whole example, with its receivers on loopback and without its waiting."""

    @classmethod
    def setUpClass(cls):
        cls.web, web = serving(http.server.ThreadingHTTPServer, Web)
        cls.mail, mail = serving(Threads, Mail)
        cls.secrets = tempfile.TemporaryDirectory()
        for name, secret in {"slack_url": f"http://{web}/slack", "smtp_password": "letters", "deadman_token": "alive",
                             "pagerduty_routing_key": "0123456789abcdef0123456789abcdef"}.items():
            (pathlib.Path(cls.secrets.name) / name).write_text(secret)
        text = EXAMPLE.read_text()
        for old, new in (("/etc/alertmanager/secrets", cls.secrets.name), ("mail.example.org:587", mail),
                         ("global:\n", "global:\n  smtp_require_tls: false\n"),
                         ("global:\n", f"global:\n  pagerduty_url: http://{web}/pagerduty\n"),
                         ("https://deadman.example.org/pgfleet", f"http://{web}/deadman"),
                         ("templates/*.tmpl", f"{ALERTS}/alertmanager/templates/*.tmpl"),
                         ("repeat_interval: 1m\n", "repeat_interval: 1s\n")):
            if old not in text:
                raise AssertionError(f"the example has no {old}")
            text = text.replace(old, new)
        text = re.sub(r"group_(wait|interval): \w+", r"group_\1: 1s", text)
        cls.server = Running(text).__enter__()
        cls.server.send(cls.alert("PgWatchdog", "none", "exporter"))  # it calls while other tests wait

    @classmethod
    def tearDownClass(cls):
        cls.server.__exit__()
        for sink in (cls.web, cls.mail):
            sink.shutdown()
            sink.server_close()
        cls.secrets.cleanup()

    @staticmethod
    def alert(name, severity, component="slots", description="What it is.", ends=None, **labels):
        annotations = {"summary": "It is so.", "description": description,
                       "runbook_url": f"https://wiki.example.com/{name}.md",
                       "dashboard_url": "https://grafana.example.com/d/x"}
        sent = {"labels": {"alertname": name, "severity": severity, "component": component, **labels},
                "annotations": annotations}
        return sent if ends is None else {**sent, "endsAt": ends.isoformat()}

    def slack(self, title):
        def look():
            return [a for path, _, body in list(self.web.got) if path == "/slack" for a in body["attachments"]
                    if a["title"] == title]
        return until(f"message {title!r} in Slack", look)[0]

    def pagerduty(self, summary):
        def look():
            return [body for path, _, body in list(self.web.got) if path == "/pagerduty"
                    and body["payload"]["summary"] == summary]
        return until(f"event {summary!r} in PagerDuty", look)[0]

    def letter(self, recipient, subject):
        def look():
            return [m for to, _, m in list(self.mail.got) if to == recipient and m["Subject"] == subject]
        message = until(f"letter {subject!r} to {recipient}", look)[0]
        return [message.get_body((kind,)).get_content().replace("\r\n", "\n") for kind in ("plain", "html")]

    def test_one_critical_alert_and_its_end(self):
        description = "one/pg2 has not answered for over 1 minute (timeout)."
        node = {"pg_cluster": "one", "pg_node": "pg2"}
        self.server.send(self.alert("PgNodeUnreachable", "critical", "availability", description, **node))
        slack = self.slack("CRITICAL one: 1 alert, PgNodeUnreachable")
        self.assertEqual(slack["text"].strip(), (
            "*PgNodeUnreachable pg2*: It is so.\n"
            "one/pg2 has not answered for over 1 minute (timeout).\n"
            "<https://wiki.example.com/PgNodeUnreachable.md|Runbook> <https://grafana.example.com/d/x|Dashboard>"))
        self.assertEqual((slack["color"], slack["title_link"]), ("danger", "https://grafana.example.com/d/x"))
        event = self.pagerduty("CRITICAL one: 1 alert, PgNodeUnreachable")
        self.assertEqual(event["routing_key"], "0123456789abcdef0123456789abcdef")
        self.assertEqual(event["event_action"], "trigger")
        self.assertEqual({k: event["payload"][k] for k in ("severity", "component", "group")},
                         {"severity": "critical", "component": "availability", "group": "one"})
        self.assertEqual(event["links"], [{"href": "https://wiki.example.com/PgNodeUnreachable.md", "text": "Runbook"},
                                          {"href": "https://grafana.example.com/d/x", "text": "Dashboard"}])
        self.assertEqual(event["payload"]["custom_details"]["firing"].strip(), (
            "PgNodeUnreachable pg2: It is so.\n"
            "one/pg2 has not answered for over 1 minute (timeout).\n"
            "Runbook: https://wiki.example.com/PgNodeUnreachable.md\n"
            "Dashboard: https://grafana.example.com/d/x"))

        ended = datetime.datetime.now(datetime.timezone.utc)
        self.server.send(self.alert("PgNodeUnreachable", "critical", "availability", description, ended, **node))
        slack = self.slack("RESOLVED one: 1 resolved, PgNodeUnreachable")
        self.assertEqual(slack["text"].strip(), "*Resolved:*\nPgNodeUnreachable pg2")
        self.assertEqual(slack["color"], "good")

    def test_a_warning_by_mail_and_what_is_resolved_apart(self):
        lost = {slot: self.alert("PgSlotInactive", "warning", pg_cluster="post", pg_node="pg1", slot=slot)
                for slot in ("a", "b")}
        self.server.send(*lost.values())
        plain, page = self.letter("database-tickets@example.org", "WARNING post: 2 alerts, PgSlotInactive")
        self.assertIn("PgSlotInactive pg1 a: It is so.\nWhat it is.\n"
                      "Runbook: https://wiki.example.com/PgSlotInactive.md\n", plain)
        self.assertNotIn("Resolved", plain + page)
        self.assertIn("<b>PgSlotInactive pg1 b</b>: It is so.<br>", page)
        self.assertIn('<a href="https://wiki.example.com/PgSlotInactive.md">Runbook</a>', page)
        self.assertEqual(self.mail.got[0][1], [b"alertmanager", b"letters"])

        ended = datetime.datetime.now(datetime.timezone.utc)
        self.server.send(lost["a"], {**lost["b"], "endsAt": ended.isoformat()})
        plain, page = self.letter("database-tickets@example.org", "WARNING post: 1 alert, 1 resolved, PgSlotInactive")
        self.assertEqual([plain.split("Resolved:")[0].count(f"PgSlotInactive pg1 {slot}") for slot in "ab"], [1, 0])
        self.assertEqual(plain.split("Resolved:")[1].strip(), "PgSlotInactive pg1 b")
        self.assertIn("<h4>Resolved</h4>\n<ul><li>PgSlotInactive pg1 b</li>", page)

    def test_two_hundred_alerts_stay_readable(self):
        long = "word " * 300
        for severity, name in (("critical", "PgSlotLost"), ("warning", "PgSlotMissing")):
            self.server.send(*(self.alert(name, severity, description=long, pg_cluster="many", pg_node="pg1",
                                          slot=f"s{n:03}") for n in range(200)))
        slack = self.slack("CRITICAL many: 200 alerts, PgSlotLost")["text"].strip()
        self.assertEqual(slack.count("*PgSlotLost pg1 s"), 10)
        self.assertTrue(slack.endswith("\nand 190 more"), slack[-100:])
        self.assertLess(len(slack), 7000)
        firing = self.pagerduty("CRITICAL many: 200 alerts, PgSlotLost")["payload"]["custom_details"]["firing"]
        self.assertEqual((firing.count("PgSlotLost pg1 s"), firing.count("and 190 more")), (10, 1))
        for text in self.letter("database-tickets@example.org", "WARNING many: 200 alerts, PgSlotMissing"):
            self.assertEqual((text.count("PgSlotMissing pg1 s"), text.count("and 190 more")), (10, 1))
            self.assertLess(len(text), 8000)

        ended = datetime.datetime.now(datetime.timezone.utc)
        for severity, name in (("critical", "PgSlotLost"), ("warning", "PgSlotMissing")):
            self.server.send(*(self.alert(name, severity, ends=ended, pg_cluster="many", pg_node="pg1", slot=f"s{n:03}")
                               for n in range(200)))
        number, slack = until("end of many alerts in Slack", lambda: self.ends(
            (a["title"], a["text"]) for path, _, body in list(self.web.got) if path == "/slack"
            for a in body["attachments"]))
        self.assert_ten_of(number, "PgSlotLost", slack.split("*Resolved:*")[1])
        for kind, heading in (("plain", "Resolved:"), ("html", "<h4>Resolved</h4>")):
            number, text = until("end of many alerts by mail", lambda kind=kind: self.ends(
                (m["Subject"], m.get_body((kind,)).get_content()) for _, _, m in list(self.mail.got)))
            self.assert_ten_of(number, "PgSlotMissing", text.split(heading)[1])

    @staticmethod
    def ends(messages):
        """(how many are resolved, text) of the first that is long; some ends may still be on their way."""
        for title, text in messages:
            match = re.match(r"\w+ many: .*?(\d+) resolved", title)
            if match and int(match[1]) > 10:
                return int(match[1]), text
        return None

    def assert_ten_of(self, number, name, text):
        self.assertEqual((text.count(f"{name} pg1 s"), text.count(f"and {number - 10} more")), (10, 1))

    def test_what_labels_hold_is_text(self):
        role = 'eve"\'`<script>alert(1)</script>\n<!channel> & co' + "x" * 200
        self.server.send(self.alert("PgUnexpectedSuperuser", "critical", "access", f"Role {role} holds superuser.",
                                    pg_cluster="<!here>\nevil", kind="attribute", role=role, detail="superuser"))
        title = "CRITICAL ‹!here› evil: 1 alert, PgUnexpectedSuperuser"
        slack = self.slack(title)["text"].strip()
        self.assertEqual(re.findall(r"<[^>]*>", slack), ["<https://wiki.example.com/PgUnexpectedSuperuser.md|Runbook>",
                                                        "<https://grafana.example.com/d/x|Dashboard>"])
        self.assertEqual(slack.count("\n"), 2)
        self.assertIn("eve\"'`‹script›alert(1)‹/script› ‹!channel› & co", slack)
        self.assertNotIn("x" * 81, slack.split("\n")[0])
        self.pagerduty(title)
        plain, page = self.letter("security@example.org", title)
        self.assertIn("eve\"'`‹script›", plain)
        self.assertNotRegex(page, "<script|<!channel|<!here")
        self.assertIn("eve&#34;&#39;`‹script›", page)

    def test_the_dead_mans_switch_is_told_again_and_again(self):
        def calls():
            return [(token, body["status"], len(body["alerts"])) for path, token, body in list(self.web.got)
                    if path == "/deadman"]
        got = until("third call of the dead man's switch", lambda: calls() if len(calls()) >= 3 else None)
        self.assertEqual(set(got), {("Bearer alive", "firing", 1)})


if __name__ == "__main__":
    if shutil.which("amtool") is None or not (shutil.which("prometheus-alertmanager") or shutil.which("alertmanager")):
        sys.exit("amtool or alertmanager is missing: apt-get install prometheus-alertmanager")
    unittest.main(verbosity=1)
