"""What the dashboards ask Prometheus, with their variables filled in: panels, variables and annotations."""
import json
import pathlib
import re
import urllib.parse
from dataclasses import dataclass

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "dashboards"

# What Grafana puts in for "All", and ranges that fit a Prometheus that scrapes every second.
EVERYTHING = {"job": ".+", "instance": ".+", "pg_cluster": ".+", "pg_node": ".+", "__rate_interval": "15s",
              "__range": "5m", "__interval": "5s"}


@dataclass(frozen=True)
class Query:
    """`name`: dashboard, panel and, where the panel asks for several things, which of them. `panel` and `ref`: where
    the answer is shown; none for annotations and variables. `label`: whose values a variable asks for."""
    name: str
    expr: str
    instant: bool = False
    panel: dict | None = None
    ref: str = ""
    label: str = ""


def dashboards():
    return {path.stem: json.loads(path.read_text()) for path in sorted(FOLDER.glob("*.json"))}


def panels(board):
    """Those of collapsed rows as well, the rows themselves not."""
    return [panel for each in board["panels"] for panel in [each, *each.get("panels", [])] if panel["type"] != "row"]


def fill(expr, **chosen):
    """The expression as Grafana sends it with these values chosen, everything else left at All."""
    for name, value in {**EVERYTHING, **chosen}.items():
        expr = re.sub(rf"\${name}\b", lambda _, v=value: v, expr)
    return expr


def column(panel, ref):
    """The title that a table gives to the values of a target; None where it shows labels alone."""
    titles = {old: new for transformation in panel.get("transformations", [])
              for old, new in transformation["options"].get("renameByName", {}).items()}
    return titles.get(f"Value #{ref}", titles.get("Value"))


def panel_queries():
    for name, board in dashboards().items():
        for panel in panels(board):
            yield from queries_of(panel, f"{name}: {panel['title']}")


def queries_of(panel, name):
    for target in panel["targets"]:
        part = column(panel, target["refId"]) if panel["type"] == "table" else target["legendFormat"]
        several = f": {part or target['refId']}" if len(panel["targets"]) > 1 else ""
        yield Query(name + several, target["expr"], target["instant"], panel, target["refId"])


def led_to(url):
    """The panel that an alert's dashboard_url leads to, and what it chooses for the variables; no panel where there is
    none such."""
    path, query = urllib.parse.urlsplit(url)[2:4]
    query = dict(urllib.parse.parse_qsl(query))
    found = next((panel for board in dashboards().values() if path == f"/d/{board['uid']}" for panel in panels(board)
                  if str(panel["id"]) == query.get("viewPanel")), None)
    return found, {name.removeprefix("var-"): value for name, value in query.items() if name.startswith("var-")}


def annotation_queries():
    """Of all dashboards, which share them."""
    found = {each["name"]: each["expr"] for board in dashboards().values() for each in board["annotations"]["list"]
             if "expr" in each}
    return [Query(f"annotation {name}", expr) for name, expr in found.items()]


def variable_queries():
    """Of all dashboards, which share them: label_values(selector, label)."""
    found = {each["name"]: each["query"]["query"] for board in dashboards().values()
             for each in board["templating"]["list"] if each["type"] == "query"}
    for name, query in found.items():
        selector, label = re.fullmatch(r"label_values\((.+), (\w+)\)", query).groups()
        yield Query(f"variable {name}", selector, label=label)
