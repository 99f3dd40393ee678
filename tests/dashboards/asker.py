"""Prometheus as Grafana asks it."""
import json
import time
import urllib.error
import urllib.parse
import urllib.request

from dashboard_queries import fill
from processes import Trouble


class Asker:
    """What a table or a figure shows now, and a curve since `since` (Unix time; now)."""

    def __init__(self, address, since=None):
        self.address, self.since = address, since or time.time()

    def api(self, path, **arguments):
        url = f"http://{self.address}/api/v1/{path}?{urllib.parse.urlencode(arguments)}"
        try:
            with urllib.request.urlopen(url, timeout=20) as answer:
                return json.load(answer)["data"]
        except urllib.error.HTTPError as error:
            raise Trouble(f"{arguments}: {error.read().decode()}") from error

    def values(self, query, **chosen):
        """All numbers that a panel gets. Where there is only "not a number" it has nothing to show."""
        expr, now = fill(query.expr, **chosen), time.time()
        if query.instant:
            found = [[series["value"]] for series in self.api("query", query=expr)["result"]]
        else:
            found = [series["values"] for series in
                     self.api("query_range", query=expr, start=self.since, end=now, step=1)["result"]]
        return [float(value) for values in found for _, value in values if value != "NaN"]

    def labels(self, query, **chosen):
        return set(self.api(f"label/{query.label}/values", **{"match[]": fill(query.expr, **chosen)}))
