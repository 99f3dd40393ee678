#!/usr/bin/env python3
"""The pages about drift of the real exporter: what a real server's files say, for clients of this machine alone.

drift_pages_test.py PATH/TO/pgfleet_exporter
"""
import html.parser
import http.client
import json
import pathlib
import shutil
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / "tools" / "demo.d"))

import postgres  # noqa: E402  pylint: disable=wrong-import-position
import processes  # noqa: E402  pylint: disable=wrong-import-position
from stack import Stack  # noqa: E402  pylint: disable=wrong-import-position

HOSTILE = "<script>alert('1')</script>\u202e\\"
SECRET = "canary-7391"
PAGES = ("/drift", "/api/v1/drift")


class Altered(postgres.Cluster):
    """A primary alone: something waits for a reload, something for a restart, and a rule is broken."""

    def start(self):
        node = self.add("pg1")
        node.initialize(postgres.COMMON)
        node.start()
        self.password = postgres.prepare_monitoring_role(node)
        role = '"' + HOSTILE.replace('"', '""') + '"'
        node.sql(f"CREATE ROLE {role} SUPERUSER;\nALTER ROLE {role} SET custom.token = '{SECRET}';")
        node.sql("ALTER SYSTEM SET jit = off;\nALTER SYSTEM SET max_connections = 40;")
        node.sql("SELECT pg_reload_conf();")
        # The reload is over before anything else is written, or it would take that up, too.
        processes.wait_for("reload", lambda: node.sql(
            "SELECT pending_restart FROM pg_settings WHERE name = 'max_connections';").strip() == "t")
        node.append("postgresql.conf", "\nwork_mem = '7MB'\n")
        node.append("pg_hba.conf", "local all all no_such_method\n")


class Tags(html.parser.HTMLParser):
    """Every tag of a page, and every attribute's name."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.attributes = set(), set()
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes.update(name for name, _ in attrs)


class DriftPages(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="pgfleet-drift-"))
        self.folder.chmod(0o755)
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        cluster = Altered(self.folder, print)
        self.addCleanup(cluster.stop)
        cluster.start()
        self.stack = Stack(self.folder, BINARY, cluster, print)
        self.addCleanup(self.stack.stop)
        self.stack.start_exporter()

    def ask(self, path, **headers):
        connection = http.client.HTTPConnection(self.stack.exporter, timeout=10)
        connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        body = answer.read().decode("utf-8")
        connection.close()
        return answer, body

    def cluster(self):
        answer, body = self.ask("/api/v1/drift")
        self.assertEqual(answer.status, 200, body)
        clusters = json.loads(body)["clusters"]
        self.assertEqual([c["cluster"] for c in clusters], ["demo"])
        return clusters[0]

    def test_pages_say_what_the_files_say_and_only_here(self):
        node = processes.wait_for("facts of the files", self.known_node)
        self.files_are_told(node)
        self.page_is_plain_html()
        self.strangers_are_refused()

    def known_node(self):
        (node,) = self.cluster()["nodes"]
        known = node["files"]["postgresql.conf"] and node["files"]["pg_hba.conf"] and node["settings"]["pending_restart"]
        # The server takes its time to reload.
        return node if known and node["settings"]["pending_restart"]["entries"] else None

    def files_are_told(self, node):
        self.assertEqual((node["node"], node["up"]), ("pg1", True))
        self.assertEqual(node["settings"]["pending_restart"], {"entries": ["max_connections"], "more": 0})
        self.assertEqual(node["settings"]["auto_conf"]["entries"], ["jit"],
                         "the other one is not what the server runs with")
        conf = node["files"]["postgresql.conf"]
        self.assertEqual(conf, {"errors": 0, "reload_refused": False, "pending_reload": 1,
                                "pending_names": {"entries": ["work_mem"], "more": 0}})
        self.assertEqual(node["files"]["pg_hba.conf"], {"errors": 1})

    def page_is_plain_html(self):
        answer, body = self.ask("/drift?cluster=demo")
        self.assertEqual(answer.status, 200)
        self.assertIn("default-src 'none'", answer.headers["Content-Security-Policy"])
        self.assertEqual(answer.headers["Cache-Control"], "no-store")
        tags = Tags(body)
        self.assertLessEqual(tags.tags, {"html", "head", "meta", "title", "style", "body", "nav", "main", "h1", "h2", "h3",
                                         "p", "a", "span", "table", "thead", "tbody", "tr", "th", "td"})
        self.assertLessEqual(tags.attributes, {"lang", "charset", "name", "content", "class", "href", "scope", "aria-label"})
        for text in ("<td>work_mem</td>", "<td>max_connections</td>", "errors: 1"):
            self.assertIn(text, body)
        self.assertIn('href="/drift"', self.ask("/")[1])
        self.assertEqual(self.ask("/drift?cluster=nobody")[0].status, 404)

    def strangers_are_refused(self):
        port = self.stack.exporter.split(":")[1]
        for path in PAGES:
            for headers in ({"Host": "rebound.example"}, {"Host": f"rebound.example:{port}"}, {"X_Forwarded_For": "10.0.0.1"},
                            {"Forwarded": "for=10.0.0.1"}, {"X_Real_IP": "10.0.0.1"}):
                answer, body = self.ask(path, **headers)
                self.assertEqual(answer.status, 403, headers)
                self.assertIn("ssh -L", body)
                self.assertNotIn("pg1", body)
            self.assertEqual(self.ask(path, Host=f"localhost:{port}")[0].status, 200)

    def test_pages_say_who_holds_what_and_show_no_value_of_a_role(self):
        known = processes.wait_for("a reference", lambda: self.compared(self.cluster()))
        self.assertEqual(known["reference"], "pg1")
        entries = known["role_settings"]["entries"]
        self.assertEqual([(e["role"], e["database"], e["setting"]) for e in entries], [(HOSTILE, "", "custom.token")])
        held = {(p["role"], p["privilege"], p["via"]) for p in known["access"]["privileged"]["entries"]}
        self.assertIn((HOSTILE, "superuser", "held"), held)
        page = self.ask("/drift")[1]
        self.assertIn("&lt;script&gt;", page)
        self.assertNotIn("script", Tags(page).tags)
        for path in PAGES:
            self.assertNotIn(SECRET, self.ask(path)[1])

    @staticmethod
    def compared(cluster):
        """What a cluster's first comparison elects and finds out."""
        return cluster if cluster["reference"] and cluster["access"] and cluster["role_settings"] else None


if __name__ == "__main__":
    BINARY = pathlib.Path(sys.argv.pop(1)).resolve()
    unittest.main()
