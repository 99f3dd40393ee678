"""Panels: one function per type, all with a unit, a description and thresholds."""

DATASOURCE = {"type": "prometheus", "uid": "$datasource"}
# Told apart by people who do not see red and green: the states also have their words.
GREEN, YELLOW, RED, BLUE, PURPLE, GREY = "green", "#EAB839", "red", "blue", "purple", "#808080"
WIDTH = 24
PIXELS, KEY_WIDTH, LETTER = 1232, 110, 9  # of a table on a screen of 1280, of a name and of a letter in it
LONG_NAMES = {"collector": 190, "alertname": 220, "setting": 260, "wait_event": 240, "sender_host": 280}
NO_DATA, BLANK = "No data", " "  # of a panel, and of a cell: an empty text would show the panel's
RUNBOOKS = "https://pgfleet.example.org/runbooks"


def steps(*pairs):
    """("green", ("red", 1)): green, and red from 1 on."""
    base, *rest = pairs
    return {"mode": "absolute",
            "steps": [{"color": base, "value": None}] + [{"color": c, "value": v} for c, v in rest]}


def states(**by_value):
    """zero=("down", RED), one=("up", GREEN): words and colours for the values of a flag."""
    values = {"zero": "0", "one": "1"}
    return [{"type": "value", "options": {values[key]: {"text": text, "color": color, "index": i}
                                          for i, (key, (text, color)) in enumerate(by_value.items())}}]


def words(*pairs):
    """(text, colour) of the values 0, 1, 2, ... of an enumeration."""
    return [{"type": "value", "options": {str(i): {"text": text, "color": color, "index": i}
                                          for i, (text, color) in enumerate(pairs)}}]


def nothing(text, color=GREY, match="null"):
    """The word for no value at all, which would have the colour of all being well."""
    return {"type": "special", "options": {"match": match, "result": {"text": text, "color": color, "index": 99}}}


UP = states(zero=("down", RED), one=("up", GREEN))
ROLE = states(zero=("standby", BLUE), one=("primary", PURPLE))
YES_IS_BAD = states(zero=("no", GREEN), one=("yes", RED))
YES_IS_GOOD = states(zero=("no", RED), one=("yes", GREEN))


def target(expr, legend="", ref="A", table=False):
    return {"datasource": DATASOURCE, "expr": expr, "legendFormat": legend, "refId": ref, "range": not table,
            "instant": table, "format": "table" if table else "time_series"}


def runbook(alert):
    return {"title": f"Runbook {alert}", "url": f"{RUNBOOKS}/{alert}.md", "targetBlank": True}


def panel(kind, title, description, unit, width, height, targets, thresholds=None, mappings=None, options=None,
          alerts=(), **defaults):
    """`alerts`: whose runbooks the panel links to."""
    field = {"unit": unit, "thresholds": thresholds or steps(GREEN), "mappings": mappings or [],
             "color": {"mode": "thresholds"}, **defaults}
    made = {"type": kind, "title": title, "description": description, "datasource": DATASOURCE, "targets": targets,
            "gridPos": {"w": width, "h": height}, "options": options or {},
            "fieldConfig": {"defaults": field, "overrides": []}}
    if alerts:
        made["links"] = [runbook(alert) for alert in alerts]
    return made


def stat(title, description, expr, thresholds=None, unit="none", mappings=None, width=6, alerts=(), decimals=None,
         absent="not known"):
    """`absent` stands where there is no value."""
    more = {} if decimals is None else {"decimals": decimals}
    mappings = [*(mappings or []), nothing(absent)]
    return panel("stat", title, description, unit, width, 3, [target(expr)], thresholds, mappings, {
        "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False}, "colorMode": "background",
        "graphMode": "none", "justifyMode": "auto", "orientation": "auto", "textMode": "value"}, alerts, **more)


def series(title, description, unit, targets, legend="", thresholds=None, limit=False, width=12, alerts=(),
           absent=NO_DATA, **custom):
    """`targets`: an expression, or (expression, legend) for each line."""
    pairs = [(targets, legend)] if isinstance(targets, str) else targets
    style = {"drawStyle": "line", "lineWidth": 1, "fillOpacity": 0, "showPoints": "auto", "spanNulls": False,
             "axisSoftMin": 0,
             "thresholdsStyle": {"mode": "line" if limit else "off"}, **custom}
    made = [target(expr, text, ref=chr(ord("A") + i)) for i, (expr, text) in enumerate(pairs)]
    return panel("timeseries", title, description, unit, width, 8, made, thresholds, None, {
        "legend": {"displayMode": "table", "placement": "right", "showLegend": True, "calcs": ["lastNotNull"]},
        "tooltip": {"mode": "multi", "sort": "desc"}}, alerts, color={"mode": "palette-classic"}, custom=style,
        noValue=absent)


def timeline(title, description, expr, legend, mappings, width=12, height=8, alerts=(), absent=NO_DATA):
    return panel("state-timeline", title, description, "none", width, height, [target(expr, legend)], None, mappings, {
        "mergeValues": True, "showValue": "auto", "alignValue": "left", "rowHeight": 0.9,
        "legend": {"displayMode": "list", "placement": "bottom", "showLegend": False},
        "tooltip": {"mode": "single", "sort": "none"}}, alerts, custom={"fillOpacity": 80, "lineWidth": 0},
        noValue=absent)


COLOURED = {"type": "color-background", "mode": "basic"}
# As narrow as it must be for all columns to be seen at once, with the titles on several lines.
CELLS = {"align": "auto", "minWidth": 50, "wrapHeaderText": True}
WIDTH_OF = {"dateTimeFromNow": 140, "dateTimeAsIso": 165}  # values that need more than their share, in pixels


def table(title, description, columns, keys, height=8, links=(), width=WIDTH, alerts=(), hidden=(),
          absent=NO_DATA):
    """`columns`: (title, unit, expr, thresholds, mappings), joined on `keys`, one row each.
    A column whose title is None holds no value worth showing: its labels are the row."""
    refs = [chr(ord("A") + i) for i in range(len(columns))]
    made = panel("table", title, description, "none", width, height,
                 [target(expr, ref=ref, table=True) for ref, (_, _, expr, _, _) in zip(refs, columns)],
                 options={"showHeader": True, "cellHeight": "sm"}, alerts=alerts,
                 custom=dict(CELLS), noValue=absent)
    value = "Value" if len(columns) == 1 else "Value #{}"
    names = {value.format(ref): column[0] for ref, column in zip(refs, columns) if column[0]}
    unseen = ["Time", *hidden, *(value.format(ref) for ref, column in zip(refs, columns) if not column[0])]
    made["transformations"] = [
        {"id": "merge", "options": {}},
        {"id": "organize", "options": {"excludeByName": {name: True for name in unseen}, "renameByName": names,
                                       "indexByName": {name: i for i, name in enumerate([*keys, *names])}}}]
    made["fieldConfig"]["overrides"] = [_key(key, width, len(keys) + len(names)) for key in keys] + [
        _column(*column) for column in columns if column[0]] + list(links)
    return made


def _key(name, table_width, columns):
    """A name needs more than its share of a crowded table."""
    properties = [{"id": "custom.filterable", "value": True}, {"id": "noValue", "value": BLANK}]
    least = LONG_NAMES.get(name, KEY_WIDTH)
    if PIXELS * table_width / WIDTH / columns < least:
        properties.append({"id": "custom.width", "value": least})
    return {"matcher": {"id": "byName", "options": name}, "properties": properties}


def _least_width(unit, mappings):
    """Of a column whose words or dates may be longer than its share, or None."""
    longest = max((len(word["text"]) for mapping in mappings or [] for word in mapping["options"].values()), default=0)
    return WIDTH_OF.get(unit) or (LETTER * longest if longest > 10 else None)


def _column(title, unit, _, thresholds, mappings):
    properties = [{"id": "unit", "value": unit}, {"id": "noValue", "value": BLANK}]
    width = _least_width(unit, mappings)
    if width:
        properties.append({"id": "custom.width", "value": width})
    if thresholds or mappings:
        properties += [{"id": "thresholds", "value": thresholds or steps(GREY)},
                       {"id": "mappings", "value": [*(mappings or []), nothing(BLANK, "transparent")]},
                       {"id": "custom.cellOptions", "value": COLOURED}]
    return {"matcher": {"id": "byName", "options": title}, "properties": properties}


def listing(title, description, expr, labels, width=12, alerts=(), absent=NO_DATA):
    """What exists, told by its labels alone."""
    return table(title, description, [(None, "none", expr, None, None)], labels, width=width, alerts=alerts,
                 hidden=["Value"], absent=absent)


def matrix(title, description, expr, row, column, mappings, height=8, alerts=(), absent=NO_DATA):
    """A cell for each pair of two labels: `row` down, `column` across."""
    made = panel("table", title, description, "none", WIDTH, height, [target(expr, table=True)], None,
                 [*mappings, nothing(BLANK, "transparent", match="empty")],
                 {"showHeader": True, "cellHeight": "sm"}, alerts,
                 custom={**CELLS, "cellOptions": COLOURED}, noValue=absent)
    made["fieldConfig"]["overrides"] = [{"matcher": {"id": "byName", "options": f"{row}\\{column}"},
                                         "properties": [{"id": "custom.cellOptions", "value": {"type": "auto"}}]}]
    made["transformations"] = [{"id": "groupingToMatrix", "options": {
        "columnField": column, "rowField": row, "valueField": "Value", "emptyValue": "empty"}}]
    return made


def node_graph(title, description, nodes, edges, height=10, alerts=()):
    """`nodes` carry the labels id and title, `edges` id, source and target; their values are shown."""
    made = panel("nodeGraph", title, description, "none", WIDTH, height,
                 [target(nodes, ref="nodes", table=True), target(edges, ref="edges", table=True)],
                 options={"nodes": {"mainStatUnit": "none"}, "edges": {"mainStatUnit": "s"}}, alerts=alerts)
    made["transformations"] = [{"id": "organize", "options": {"renameByName": {
        "Value": "mainstat", "Value #nodes": "mainstat", "Value #edges": "mainstat"}}}]
    return made


def link_to(uid, title, labels, column):
    """A click on a cell of `column` opens a dashboard for the row."""
    variables = "".join(f"&var-{label}=${{__data.fields.{label}}}" for label in labels)
    link = {"title": title, "targetBlank": False, "url": f"/d/{uid}?${{__url_time_range}}&${{datasource:queryparam}}{variables}"}
    return {"matcher": {"id": "byName", "options": column}, "properties": [{"id": "links", "value": [link]}]}


def severities(column):
    """The words of alerts in their colours."""
    options = {word: {"text": word, "color": color, "index": i}
               for i, (word, color) in enumerate([("critical", RED), ("warning", YELLOW), ("info", BLUE)])}
    return {"matcher": {"id": "byName", "options": column},
            "properties": [{"id": "mappings", "value": [{"type": "value", "options": options}]},
                           {"id": "custom.cellOptions", "value": COLOURED}]}


def row(title, *hidden):
    """What is `hidden` is asked for and shown once somebody opens the row."""
    return {"type": "row", "title": title, "collapsed": bool(hidden), "panels": list(hidden),
            "gridPos": {"w": WIDTH, "h": 1}}
