#!/usr/bin/env python3
"""The dashboards: current, within the rules of Grafana's dashboard linter, built on metrics that exist.

Their colours change where alerts begin. What Grafana can read is seen by schema_test.py.

Each rule is one function that yields what is wrong; the second half of the file breaks a dashboard on purpose and sees
every rule notice. Whether the queries return data is seen by states_test.py. Needs promtool (Debian: prometheus).
"""
import copy
import fnmatch
import functools
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / "tools" / "demo.d"))

from dashboard_queries import led_to, panels  # noqa: E402

FOLDER = ROOT / "dashboards"
QUERY_PANELS = {"stat", "timeseries", "gauge", "table", "state-timeline", "nodeGraph"}
UNITS = {"none", "short", "bytes", "Bps", "s", "ms", "cps", "percent", "percentunit", "dateTimeFromNow", "dateTimeAsIso", "reqps"}
FILLED = {"$__rate_interval": "5m", "$__interval": "1m", "$__range": "1h"}


def dashboards():
    return {path.name: json.loads(path.read_text()) for path in sorted(FOLDER.glob("*.json"))}


def targets(board):
    return [(p, t) for p in panels(board) for t in p.get("targets", [])]


def queries(board):
    return [v for v in board["templating"]["list"] if v["type"] == "query"]


def fill(expr):
    for name, value in FILLED.items():
        expr = expr.replace(name, value)
    return re.sub(r"\$\w+", ".+", expr)


def parse(exprs):
    """Whether all of them are PromQL; promtool reads expressions only in rule files."""
    with tempfile.NamedTemporaryFile("w", suffix=".yml") as file:
        json.dump({"groups": [{"name": "g", "rules": [{"record": "r", "expr": expr} for expr in exprs]}]}, file)
        file.flush()
        return subprocess.run(["promtool", "check", "rules", "--lint=none", file.name], stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, check=False).returncode == 0


@functools.cache
def all_parse():
    """All of the shipped ones at once; a program for each would take a minute."""
    found = {fill(t["expr"]) for board in dashboards().values() for _, t in targets(board)}
    return frozenset(found if parse(sorted(found)) else ())


def parses(expr):
    return expr in all_parse() or parse([expr])


def excluded(rule, expr):
    """Whether dashboards/.lint excepts the expression from a rule of the linter."""
    return any(rule.startswith(name) and metric in expr for name, metric, _ in LINT)


def read_table(file):
    """The parts of each line that is no comment."""
    lines = (FOLDER / file).read_text().splitlines()
    return [tuple(part.strip() for part in line.split("|")) for line in lines if line and not line.startswith("#")]


def selectors(expr):
    return re.findall(r"\b[A-Za-z]\w*\{([^}]*)\}", expr)


def bare_metrics(expr):
    """Metric names without a selector."""
    return [m[1] for m in re.finditer(r"\b(pgfleet_\w+|up)\b(?!\s*[{(])", re.sub(r"\{[^}]*\}", "{}", expr))]


# The 17 rules (Loki's two are one function: no target here may be LogQL).

def template_datasource(board):
    found = [v for v in board["templating"]["list"] if v["type"] == "datasource"]
    if [(v["name"], v["label"]) for v in found] != [("datasource", "Data source")]:
        yield "one datasource variable, datasource, labelled Data source"


def template_variable(board, name, label):
    found = [v for v in queries(board) if v["name"] == name]
    if not found:
        yield f"no variable {name}"
        return
    variable = found[0]
    wanted = {"label": label, "multi": True, "allValue": ".+", "includeAll": True}
    if any(variable.get(k) != v for k, v in wanted.items()) or variable["datasource"]["uid"] != "$datasource":
        yield f"variable {name} is not {wanted} on $datasource"


def template_job(board):
    yield from template_variable(board, "job", "Job")


def template_instance(board):
    yield from template_variable(board, "instance", "Instance")


def template_promql(board):
    for variable in queries(board):
        match = re.fullmatch(r"label_values\((.+), (\w+)\)", variable["query"]["query"])
        if not match or not parses(fill(match[1])):
            yield f"{variable['name']}: {variable['query']['query']}"


def template_refresh(board):
    for variable in queries(board):
        if variable["refresh"] != 2:
            yield f"{variable['name']} does not reload when the time range changes"


def panel_datasource(board):
    for panel in panels(board):
        sources = [panel.get("datasource")] + [t.get("datasource") for t in panel.get("targets", [])]
        if any((s or {}).get("uid") != "$datasource" for s in sources):
            yield f"{panel['title']}: fixed data source"


def panel_title_description(board):
    for panel in panels(board):
        if not panel.get("title") or not panel.get("description"):
            yield f"{panel.get('title')!r}: no title or description"


def panel_units(board):
    for panel in panels(board):
        if panel["fieldConfig"]["defaults"].get("unit") not in UNITS:
            yield f"{panel['title']}: no unit"


def panel_no_targets(board):
    for panel in panels(board):
        if panel["type"] in QUERY_PANELS and not panel.get("targets"):
            yield f"{panel['title']}: no target"


def target_logql(board):
    for panel, target in targets(board):
        if target["datasource"].get("type") != "prometheus" or re.search(r'\|[=~]', target["expr"]):
            yield f"{panel['title']}: not PromQL"


def target_promql(board):
    for panel, target in targets(board):
        if not parses(fill(target["expr"])):
            yield f"{panel['title']}: {target['expr']}"


def target_rate_interval(board):
    for panel, target in targets(board):
        if re.search(r"\bi?rate\([^\[]*\[(?!\$__rate_interval\])", target["expr"]):
            yield f"{panel['title']}: rate not over $__rate_interval"


def target_matcher(board, name):
    for panel, target in targets(board):
        if excluded(f"target-{name}-rule", target["expr"]):
            continue
        matchers = selectors(target["expr"])
        if bare_metrics(target["expr"]) or not matchers or any(f'{name}=~"${name}"' not in m for m in matchers):
            yield f"{panel['title']}: a selector without {name}"


def target_job(board):
    yield from target_matcher(board, "job")


def target_instance(board):
    yield from target_matcher(board, "instance")


def target_counter(board):
    for panel, target in targets(board):
        for match in re.finditer(r"(\w+)\((?=\w+_total\b)|\b\w+_total\b", target["expr"]):
            before = target["expr"][:match.start() + len(match[0])]
            if match[0].endswith("_total") and not re.search(r"\b(i?rate|increase)\(\w+_total$", before):
                yield f"{panel['title']}: {match[0]} without rate"


def uneditable(board):
    if board.get("editable") is not False:
        yield "editable"


# Our own.

def cluster_and_node(board):
    """What carries a cluster or a node is narrowed to the chosen ones, and nothing else is: it would vanish."""
    for panel, target in targets(board):
        for metric, matchers in re.findall(r"\b(pgfleet_\w+)\{([^}]*)\}", target["expr"]):
            for name in ("pg_cluster", "pg_node"):
                if (f'{name}=~"${name}"' in matchers) != (name in labels_of_metrics().get(metric, set())):
                    yield f"{panel['title']}: {metric} and {name}"


@functools.cache
def labels_of_metrics():
    """Of each metric of METRICS.md."""
    rows = re.findall(r"(?m)^\| `(pgfleet_\w+)` \|[^|]*\|[^|]*\|([^|]*)\|", (ROOT / "METRICS.md").read_text())
    return {name: set(re.findall(r"`(\w+)`", labels)) for name, labels in rows}


def metrics_exist(board):
    known = set(re.findall(r"\bpgfleet_\w+", (ROOT / "METRICS.md").read_text()))
    text = " ".join([t["expr"] for _, t in targets(board)] + [v["query"]["query"] for v in queries(board)])
    for name in sorted(set(re.findall(r"\bpgfleet_\w+", text)) - known):
        yield f"{name} is not in METRICS.md"


def worst_colour_is_explained(board):
    """A figure says what to do when it is red, or yellow where that is its worst."""
    for panel in panels(board):
        text = json.dumps([panel["fieldConfig"]["defaults"][key] for key in ("thresholds", "mappings")])
        worst = next((word for word, colour in (("red", '"red"'), ("yellow", '"#EAB839"')) if colour in text), None)
        if panel["type"] == "stat" and worst and f"When {worst}" not in panel["description"]:
            yield f"{panel['title']}: what to do when it is {worst}"


LINT = read_table(".lint")
RULES = [template_datasource, template_job, template_instance, template_promql, template_refresh, panel_datasource,
         panel_title_description, panel_units, panel_no_targets, target_logql, target_promql, target_rate_interval,
         target_job, target_instance, target_counter, uneditable, cluster_and_node, metrics_exist,
         worst_colour_is_explained]


class Dashboards(unittest.TestCase):
    def test_they_are_what_the_generator_makes(self):
        done = subprocess.run([FOLDER / "generate", "--check"], text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, check=False)
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_they_break_no_rule(self):
        self.assertIn("fleet-overview.json", dashboards())
        for name, board in dashboards().items():
            for rule in RULES:
                with self.subTest(dashboard=name, rule=rule.__name__):
                    self.assertEqual(list(rule(board)), [])

    def test_each_alert_leads_to_a_panel_that_leads_to_its_runbook(self):
        variables = {v["name"] for board in dashboards().values() for v in board["templating"]["list"]}
        led = 0
        for path in sorted((ROOT / "alerts").glob("*.rules.yml")):
            for alert, url in re.findall(r"- alert: (\w+)\n.*?dashboard_url: ([^\n]*)", path.read_text(), re.S):
                with self.subTest(alert):
                    panel, chosen = led_to(url)
                    self.assertIsNotNone(panel, url)
                    self.assertIn(alert, linked_alerts(panel), panel["title"])
                    self.assertLessEqual(set(chosen), variables)
                    led += 1
        self.assertGreater(led, 60)

    def test_where_colours_change_the_alerts_begin(self):
        compared = 0
        for board in dashboards().values():
            for panel in panels(board):
                text = " ".join(expression_of(alert) for alert in linked_alerts(panel))
                for value in limits(panel):
                    compared += 1
                    # A colour that no alert shares is an opinion that nobody has reviewed.
                    self.assertRegex(text, rf"(?<![\w.]){value}(?![\w.])", panel["title"])
        self.assertGreater(compared, 15)

    def test_they_lead_to_each_other(self):
        uids = {board["uid"] for board in dashboards().values()}
        self.assertEqual(uids, {"pgfleet-fleet", "pgfleet-replication", "pgfleet-archiving", "pgfleet-drift", "pgfleet-exporter"})
        for name, board in dashboards().items():
            for uid in re.findall(r'"/d/([\w-]+)\?', json.dumps(board)):
                self.assertIn(uid, uids, name)
            self.assertEqual([(link["tags"], link["keepTime"], link["includeVars"]) for link in board["links"]],
                             [(["pgfleet"], True, True)])

    def test_every_metric_is_shown_or_on_the_list(self):
        metrics = re.findall(r"(?m)^\| `(\w+)` \|", (ROOT / "METRICS.md").read_text())
        exprs = " ".join(each["expr"] for board in dashboards().values() for each in
                         [*board["annotations"]["list"], *(t for _, t in targets(board))] if "expr" in each)
        self.assertGreater(len(metrics), 250)
        self.assertEqual(list(gaps(metrics, set(re.findall(r"\w+", exprs)), read_table(".unshown"))), [])

    def test_every_exception_from_the_linter_is_used_and_has_a_reason(self):
        exprs = [t["expr"] for board in dashboards().values() for _, t in targets(board)]
        for rule, metric, reason in LINT:
            self.assertTrue(any(metric in expr for expr in exprs), f"{rule} {metric}")
            self.assertGreater(len(reason.split()), 4)


def limits(panel):
    """The numbers at which a panel, or a column of it, changes its colour. That one is worse than none needs no
    comparison, unless it is drawn."""
    fields = panel["fieldConfig"]
    steps = [fields["defaults"]["thresholds"]["steps"]] + [
        prop["value"]["steps"] for override in fields["overrides"] for prop in override["properties"]
        if prop["id"] == "thresholds"]
    drawn = panel["type"] == "timeseries"
    return [step["value"] for each in steps for step in each[1:] if drawn or step["value"] != 1]


def gaps(metrics, shown, unshown):
    """Of the metrics: what is neither shown nor on the list, and what the list holds in vain."""
    for metric in sorted(metrics):
        on_list = any(fnmatch.fnmatchcase(metric, pattern) for pattern, _ in unshown)
        if on_list == (metric in shown):
            yield f"{metric} is " + ("shown and on the list" if on_list else "neither shown nor on the list")
    for pattern, reason in unshown:
        if not fnmatch.filter(metrics, pattern) or len(reason.split()) < 5:
            yield f"{pattern}: no such metric, or no reason"


def linked_alerts(panel):
    return [re.search(r"/runbooks/(\w+)\.md$", link["url"])[1] for link in panel.get("links", [])]


@functools.cache
def expression_of(alert):
    """What an alert asks, with the recorded series in it spelt out once."""
    rules = "".join(path.read_text() for path in sorted((ROOT / "alerts").rglob("*.rules.yml")))
    asked = " ".join(re.findall(rf"- alert: {alert}\n\s+expr: (.*?)\n\s+for:", rules, re.S))
    for record in re.findall(r"\b\w+:\w+:\w+\b", asked):
        asked += " " + " ".join(re.findall(rf"- record: {record}\n\s+expr: (.*?)(?=\n\s+(?:- |#)|\Z)", rules, re.S))
    return asked


def stat_of(board):
    return next(p for p in panels(board) if p["type"] == "stat")


def variable_of(board, name):
    return next(v for v in board["templating"]["list"] if v["name"] == name)


def with_expr(change):
    def apply(board):
        target = stat_of(board)["targets"][0]
        target["expr"] = change(target["expr"])
    return apply


# What each rule must notice.
BREAKAGES = {
    template_datasource: lambda b: variable_of(b, "datasource").update(name="ds"),
    template_job: lambda b: variable_of(b, "job").update(multi=False),
    template_instance: lambda b: variable_of(b, "instance").update(label="Where"),
    template_promql: lambda b: variable_of(b, "job")["query"].update(query="label_values(up{, job)"),
    template_refresh: lambda b: variable_of(b, "job").update(refresh=1),
    panel_datasource: lambda b: stat_of(b).update(datasource={"type": "prometheus", "uid": "abc"}),
    panel_title_description: lambda b: stat_of(b).update(description=""),
    panel_units: lambda b: stat_of(b)["fieldConfig"]["defaults"].pop("unit"),
    panel_no_targets: lambda b: stat_of(b).update(targets=[]),
    target_logql: lambda b: stat_of(b)["targets"][0]["datasource"].update(type="loki"),
    target_promql: with_expr(lambda e: e + ")"),
    target_rate_interval: with_expr(lambda e: f"rate({e}[5m])"),
    target_job: with_expr(lambda e: e.replace('job=~"$job", ', "")),
    target_instance: with_expr(lambda e: e + " + on () max(pgfleet_up)"),
    target_counter: with_expr(lambda e: e.replace("pgfleet_up", "pgfleet_failovers_total")),
    uneditable: lambda b: b.update(editable=True),
    cluster_and_node: with_expr(lambda e: e.replace(', pg_node=~"$pg_node"', "")),
    worst_colour_is_explained: lambda b: stat_of(b).update(description="Nodes that did not answer."),
    metrics_exist: with_expr(lambda e: e.replace("pgfleet_up", "pgfleet_upp")),
}


class TheRulesThemselves(unittest.TestCase):
    def test_each_notices_what_it_is_for(self):
        self.assertEqual(set(BREAKAGES), set(RULES))
        whole = dashboards()["fleet-overview.json"]
        for rule, break_it in BREAKAGES.items():
            with self.subTest(rule.__name__):
                board = copy.deepcopy(whole)
                break_it(board)
                self.assertNotEqual(list(rule(board)), [])


    def test_a_gap_in_what_is_shown_is_noticed(self):
        listed = [("b_*", "there is nobody who would look")]
        self.assertEqual(list(gaps(["a", "b_c"], {"a"}, listed)), [])
        self.assertEqual(len(list(gaps(["a", "b_c"], set(), listed))), 1)
        self.assertEqual(len(list(gaps(["a", "b_c"], {"a", "b_c"}, listed))), 1)
        self.assertEqual(len(list(gaps(["a"], {"a"}, listed))), 1)
        self.assertEqual(len(list(gaps(["b_c"], set(), [("b_*", "")]))), 1)


if __name__ == "__main__":
    if shutil.which("promtool") is None:
        sys.exit("promtool is missing: apt-get install prometheus")
    unittest.main(verbosity=1)
