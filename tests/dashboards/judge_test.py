#!/usr/bin/env python3
"""The judge of the dashboards' answers: what it must notice, by examples."""
import pathlib
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools" / "demo.d"))

import judge  # noqa: E402
from dashboard_queries import Query, column, fill, panel_queries  # noqa: E402

STEPS = {"steps": [{"color": "green", "value": None}, {"color": "red", "value": 1}]}
WORDS = [{"type": "value", "options": {"0": {"color": "grey"}, "1": {"color": "blue"}}}]


def stat(mappings=()):
    look = {"thresholds": STEPS, "mappings": list(mappings)}
    return Query("s", "", panel={"type": "stat", "fieldConfig": {"defaults": look, "overrides": []}})


class Differences(unittest.TestCase):
    def complaints(self, actual, listed, known=frozenset("abc")):
        return list(judge.differences(set(actual), listed, set(known), "empty"))

    def test_what_is_empty_for_a_reason_is_well(self):
        self.assertEqual(self.complaints("a", {"a": "because"}), [])

    def test_an_empty_panel_without_a_reason_is_told(self):
        self.assertEqual(self.complaints("ab", {"a": "because"}), ["b: empty, and no reason is given"])

    def test_a_reason_that_is_not_needed_is_told(self):
        self.assertEqual(self.complaints("", {"a": "because"}), ["a: not empty, so that this is no reason: because"])

    def test_a_reason_for_what_is_not_there_is_told(self):
        self.assertEqual(self.complaints("", {"z": "because"}), ["z: there is no such query; its reason: because"])


class Colours(unittest.TestCase):
    def test_thresholds_count_from_their_value_on(self):
        self.assertEqual([judge.colour(stat(), value) for value in (0, 0.9, 1, 7)], ["green", "green", "red", "red"])

    def test_mappings_come_before_thresholds(self):
        self.assertEqual([judge.colour(stat(WORDS), value) for value in (0, 1, 2)], ["grey", "blue", "red"])

    def test_a_column_has_its_own(self):
        found = {query.name: query for query in panel_queries()}
        query = found["fleet-overview: Nodes: Up"]
        self.assertEqual(column(query.panel, query.ref), "Up")
        self.assertEqual([judge.colour(query, value) for value in (0, 1)], ["red", "green"])
        self.assertIsNone(judge.colour(found["fleet-overview: Nodes: Started"], 1))
        self.assertIsNone(judge.colour(found["fleet-overview: Silence"], 1))


class Queries(unittest.TestCase):
    def test_names_are_unique(self):
        names = [query.name for query in panel_queries()]
        self.assertEqual(len(names), len(set(names)))

    def test_only_whole_variables_are_filled_in(self):
        self.assertEqual(fill('a{pg_cluster=~"$pg_cluster"}[$__range]$pg_clusters', pg_cluster="x"),
                         'a{pg_cluster=~"x"}[5m]$pg_clusters')


if __name__ == "__main__":
    unittest.main(verbosity=1)
