"""What all dashboards have in common: variables, annotations, links to each other, and the grid."""
import zlib

from parts.panels import BLUE, DATASOURCE, PURPLE, RED, WIDTH, YELLOW
from parts.queries import CLUSTER, TARGET, alerts, by_cluster, cluster, increase


def dashboard(uid, title, description, panels):
    return {
        "uid": uid, "title": f"pgfleet / {title}", "tags": ["pgfleet", "postgresql"], "description": description,
        "schemaVersion": 39, "version": 1, "editable": False, "graphTooltip": 1, "refresh": "30s", "timezone": "browser",
        "time": {"from": "now-1h", "to": "now"}, "timepicker": {}, "fiscalYearStartMonth": 0, "liveNow": False,
        "weekStart": "", "id": None, "links": [_siblings()], "annotations": {"list": _annotations()},
        "templating": {"list": _variables()}, "panels": _lay_out(panels),
    }


def _siblings():
    return {"type": "dashboards", "title": "pgfleet", "tags": ["pgfleet"], "asDropdown": False, "keepTime": True,
            "includeVars": True, "targetBlank": False, "icon": "external link", "tooltip": "", "url": ""}


def _query_variable(name, label, query):
    return {"type": "query", "name": name, "label": label, "datasource": DATASOURCE, "definition": query,
            "query": {"query": query, "refId": name}, "refresh": 2, "sort": 1, "multi": True, "includeAll": True,
            "allValue": ".+", "current": {"selected": True, "text": ["All"], "value": ["$__all"]}, "hide": 0,
            "options": [], "regex": "", "skipUrlSync": False}


def _variables():
    return [
        {"type": "datasource", "name": "datasource", "label": "Data source", "query": "prometheus", "refresh": 1, "hide": 0,
         "current": {}, "includeAll": False, "multi": False, "options": [], "regex": "", "skipUrlSync": False},
        _query_variable("job", "Job", "label_values(pgfleet_up, job)"),
        _query_variable("instance", "Instance", 'label_values(pgfleet_up{job=~"$job"}, instance)'),
        _query_variable("pg_cluster", "Cluster", f"label_values(pgfleet_up{{{TARGET}}}, pg_cluster)"),
        _query_variable("pg_node", "Node", f"label_values(pgfleet_up{{{CLUSTER}}}, pg_node)"),
    ]


def _annotation(name, color, expr, title, text):
    return {"datasource": DATASOURCE, "enable": True, "hide": False, "iconColor": color, "name": name, "expr": expr,
            "titleFormat": title, "textFormat": text, "step": "30s"}


def _annotations():
    def changed(metric):
        return f"{by_cluster(increase(cluster(metric), '1m'))} > 0"
    return [
        {"builtIn": 1, "datasource": {"type": "grafana", "uid": "-- Grafana --"}, "enable": True, "hide": True,
         "iconColor": "rgba(0, 211, 255, 1)", "name": "Annotations & Alerts", "type": "dashboard"},
        _annotation("Critical alerts", RED, alerts("critical"),
                    "{{alertname}}", "{{pg_cluster}}/{{pg_node}}"),
        _annotation("Failovers", PURPLE, changed("pgfleet_cluster_failovers_total"), "Failover", "{{pg_cluster}}"),
        _annotation("Settings changed", BLUE, changed("pgfleet_settings_changes_total"), "Settings changed", "{{pg_cluster}}"),
        _annotation("Roles changed", YELLOW, changed("pgfleet_access_changes_total"), "Roles changed", "{{pg_cluster}}"),
    ]


def _id(item):
    """The same wherever the panel lies: alerts and bookmarks lead to it."""
    return 1 + zlib.crc32(f"{item['type']} {item['title']}".encode()) % 100_000


def _lay_out(panels, top=0):
    """Left to right, top to bottom; the panels of a collapsed row as they will lie once it is opened."""
    x, y, tallest = 0, top, 0
    for item in panels:
        grid = item["gridPos"]
        if x + grid["w"] > WIDTH:
            x, y, tallest = 0, y + tallest, 0
        item["id"] = _id(item)
        grid.update(x=x, y=y)
        x, tallest = x + grid["w"], max(tallest, grid["h"])
        _lay_out(item.get("panels", []), y + grid["h"])
    return panels
