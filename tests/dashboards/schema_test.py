#!/usr/bin/env python3
"""The dashboards' JSON is what Grafana's classic model knows, and what it refers to is there.

The second half breaks a dashboard in every way that must be noticed.
"""
import copy
import json
import pathlib
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools" / "demo.d"))

import references  # noqa: E402
import schema  # noqa: E402
from dashboard_queries import dashboards, panels  # noqa: E402
from references import ascending, columns, data_links, links_lead_somewhere, names, places  # noqa: E402
from references import runbooks_exist, siblings, targets, variables_exist  # noqa: E402

RULES = [schema.faults, *references.RULES]


class Dashboards(unittest.TestCase):
    def test_they_break_no_rule(self):
        self.assertEqual(len(dashboards()), 5)
        for name, board in dashboards().items():
            for rule in RULES:
                with self.subTest(dashboard=name, rule=rule.__name__):
                    self.assertEqual(list(rule(board)), [])

    def test_each_is_found_by_one_uid(self):
        uids = [board["uid"] for board in dashboards().values()]
        self.assertEqual(len(uids), len(set(uids)))


def first(board, kind, with_=""):
    return next(panel for panel in panels(board) if panel["type"] == kind and (not with_ or with_ in panel))


def defaults(board, kind="stat"):
    return first(board, kind)["fieldConfig"]["defaults"]


def overrides(board):
    return next(panel for panel, _ in data_links(board))["fieldConfig"]["overrides"]


def the_link(board):
    return data_links(board)[0][1]


def change_link(board, old, new):
    the_link(board).update(url=the_link(board)["url"].replace(old, new))


def variable(board, name="job"):
    return next(each for each in board["templating"]["list"] if each["name"] == name)


def swap_first(items):
    items[0], items[1] = items[1], items[0]


# What must be noticed: (rule, a change of the fleet's dashboard).
BREAKAGES = [
    (schema.faults, lambda b: b.update(titel="x")),
    (schema.faults, lambda b: b.pop("timezone")),
    (schema.faults, lambda b: b.update(schemaVersion=42)),
    (schema.faults, lambda b: b.update(id=7)),
    (schema.faults, lambda b: b.update(editable=0)),
    (schema.faults, lambda b: b.update(graphTooltip=True)),
    (schema.faults, lambda b: b.update(refresh="7 seconds")),
    (schema.faults, lambda b: b.update(__inputs=[])),
    (schema.faults, lambda b: b["time"].pop("to")),
    (schema.faults, lambda b: b["panels"][0].update(panels=None)),
    (schema.faults, lambda b: first(b, "stat").update(type="singlestat")),
    (schema.faults, lambda b: first(b, "stat").pop("fieldConfig")),
    (schema.faults, lambda b: first(b, "stat").update(description="")),
    (schema.faults, lambda b: first(b, "stat")["gridPos"].update(w=0)),
    (schema.faults, lambda b: first(b, "stat")["gridPos"].update(w=25)),
    (schema.faults, lambda b: first(b, "stat")["options"].update(colorMode="backgroud")),
    (schema.faults, lambda b: first(b, "stat")["options"]["reduceOptions"].update(calcs=["newest"])),
    (schema.faults, lambda b: first(b, "stat")["fieldConfig"].pop("overrides")),
    (schema.faults, lambda b: defaults(b).pop("unit")),
    (schema.faults, lambda b: defaults(b)["thresholds"].pop("mode")),
    (schema.faults, lambda b: defaults(b)["thresholds"].update(mode="relative")),
    (schema.faults, lambda b: defaults(b)["thresholds"].update(steps=[])),
    (schema.faults, lambda b: defaults(b)["thresholds"]["steps"][0].pop("value")),
    (schema.faults, lambda b: defaults(b)["thresholds"]["steps"][1].update(value="1")),
    (schema.faults, lambda b: defaults(b, "state-timeline")["mappings"][0].update(type="values")),
    (schema.faults, lambda b: defaults(b, "state-timeline")["mappings"][0]["options"]["0"].pop("color")),
    (schema.faults, lambda b: defaults(b, "timeseries")["custom"].update(lineWith=1)),
    (schema.faults, lambda b: defaults(b, "timeseries")["custom"].update(axisSoftMin="0")),
    (schema.faults, lambda b: defaults(b, "table").update(noValue="")),
    (schema.faults, lambda b: defaults(b, "table")["custom"].update(cellOptions={"type": "color-background"})),
    (schema.faults, lambda b: first(b, "stat")["targets"][0]["datasource"].update(type="loki")),
    (schema.faults, lambda b: first(b, "stat")["targets"][0].pop("refId")),
    (schema.faults, lambda b: first(b, "stat").update(targets=[])),
    (schema.faults, lambda b: first(b, "table", "transformations")["transformations"][0].update(id="merged")),
    (schema.faults, lambda b: overrides(b)[0]["properties"][0].update(id="units")),
    (schema.faults, lambda b: overrides(b)[0].update(matcher={"id": "byname", "options": "Lag"})),
    (schema.faults, lambda b: the_link(b).pop("targetBlank")),
    (schema.faults, lambda b: variable(b).pop("allValue")),
    (schema.faults, lambda b: variable(b).update(refresh=3)),
    (schema.faults, lambda b: variable(b, "datasource").update(query="loki")),
    (schema.faults, lambda b: b["links"][0].update(type="dashboard")),
    (schema.faults, lambda b: b["annotations"]["list"][1].pop("expr")),
    (names, lambda b: variable(b).update(name="instance")),
    (names, lambda b: first(b, "stat").update(title=first(b, "table")["title"])),
    (names, lambda b: first(b, "stat").update(id=first(b, "table")["id"])),
    (names, lambda b: b["annotations"]["list"][1].update(name="Failovers")),
    (targets, lambda b: first(b, "table")["targets"][0].update(refId="B")),
    (targets, lambda b: first(b, "table")["targets"][0].update(format="time_series")),
    (targets, lambda b: first(b, "stat")["targets"][0].update(range=False)),
    (places, lambda b: first(b, "stat")["gridPos"].update(x=4)),
    (places, lambda b: first(b, "table")["gridPos"].update(x=4)),
    (places, lambda b: b["panels"][0].update(collapsed=True)),
    (ascending, lambda b: swap_first(defaults(b)["thresholds"]["steps"])),
    (ascending, lambda b: defaults(b)["thresholds"]["steps"].append({"color": "red", "value": 0})),
    (columns, lambda b: overrides(b)[0]["matcher"].update(options="Lagg")),
    (variables_exist, lambda b: first(b, "stat")["targets"][0].update(expr='up{job="$jobs"}')),
    (links_lead_somewhere, lambda b: the_link(b).update(url="/d/pgfleet-replicas?var-pg_cluster=x")),
    (links_lead_somewhere, lambda b: change_link(b, "var-pg_cluster", "var-cluster")),
    (links_lead_somewhere, lambda b: change_link(b, "fields.pg_cluster", "fields.cluster")),
    (runbooks_exist, lambda b: first(b, "stat", "links")["links"][0].update(url="https://x/runbooks/PgNothing.md")),
    (siblings, lambda b: b["links"][0].update(tags=["pgflet"])),
]


class TheRulesThemselves(unittest.TestCase):
    def test_each_notices_what_it_is_for(self):
        self.assertEqual({rule for rule, _ in BREAKAGES}, set(RULES))
        whole = dashboards()["fleet-overview"]
        for number, (rule, break_it) in enumerate(BREAKAGES):
            with self.subTest(rule.__name__, number=number):
                board = copy.deepcopy(whole)
                break_it(board)
                self.assertTrue(json.dumps(board) != json.dumps(whole), "it was not broken")
                self.assertNotEqual(list(rule(board)), [])


if __name__ == "__main__":
    unittest.main(verbosity=1)
