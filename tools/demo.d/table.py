"""The live table: one line per node, from the exporter's own page."""
import re

SAMPLE = re.compile(r'^(pgfleet_\w+)\{([^}]*)\} (\S+)$', re.M)
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
LINE = "{:<6} {:<12} {:<8} {:>8} {:<16} {:>18} {:>14}"
TITLES = ("node", "state", "role", "timeline", "receives", "LSN", "bytes behind")


def read(page):
    """node -> metric -> (labels, value) of the flags that are set and of the plain values."""
    nodes = {}
    for name, text, value in SAMPLE.findall(page):
        labels = dict(LABEL.findall(text))
        if "pg_node" not in labels:
            continue
        facts = nodes.setdefault(labels["pg_node"], {})
        is_state = "role" in labels or "reason" in labels
        if not is_state or float(value) == 1:
            facts[name] = labels.get("role") or labels.get("reason") or float(value)
    return nodes


def lsn(position):
    return "" if position is None else f"{int(position) >> 32:X}/{int(position) & 0xFFFFFFFF:X}"


def lines(page):
    nodes = read(page)
    written = [facts["pgfleet_node_wal_lsn_bytes"] for facts in nodes.values() if "pgfleet_node_wal_lsn_bytes" in facts]
    yield LINE.format(*TITLES)
    for name, facts in sorted(nodes.items()):
        up = facts.get("pgfleet_up") == 1
        position = facts.get("pgfleet_node_wal_lsn_bytes", facts.get("pgfleet_node_replay_lsn_bytes"))
        behind = "" if position is None or not written else f"{max(written) - position:.0f}"
        receives = {1.0: "streaming", 0.0: "nothing"}.get(facts.get("pgfleet_walreceiver_up"), "")
        timeline = facts.get("pgfleet_node_timeline")
        yield LINE.format(name, "up" if up else str(facts.get("pgfleet_down_reason", "?")),
                          facts.get("pgfleet_node_role", ""), "" if timeline is None else int(timeline),
                          "" if facts.get("pgfleet_node_role") == "primary" else receives, lsn(position), behind)
