"""What Grafana's classic dashboards of schemaVersion 39 are made of, as far as ours use it: every other key is a fault.

Grafana takes what it does not know without a word and leaves it out, so that a misspelt key is seen by nobody.
"""
from shape import by, either, filled, flag, list_of, map_of, nothing, number, one_of, shape, text, whole

VERSION = 39
COLUMNS = 24

colour = filled
datasource = shape({"type": one_of("prometheus"), "uid": one_of("$datasource")})
grid = shape({"x": whole(0, COLUMNS - 1), "y": whole(), "w": whole(1, COLUMNS), "h": whole(1, 40)})

# Fields: what a value looks like.

steps = list_of(shape({"color": colour, "value": either(nothing, number())}), least=1)
thresholds = shape({"mode": one_of("absolute", "percentage"), "steps": steps})
shown_as = shape({"text": text, "color": colour, "index": whole()})
mappings = list_of(by("type", {
    "value": shape({"type": filled, "options": map_of(shown_as, keys=filled)}),
    "special": shape({"type": filled, "options": shape({
        "match": one_of("true", "false", "null", "nan", "null+nan", "empty"), "result": shown_as})}),
}))
PLAIN = {"type": filled}
cell = by("type", {"auto": shape(PLAIN), "color-text": shape(PLAIN),
                   "color-background": shape({**PLAIN, "mode": one_of("basic", "gradient")})})
data_link = shape({"title": filled, "url": filled, "targetBlank": flag})

# The values of an override's properties.
PROPERTIES = {"unit": filled, "thresholds": thresholds, "mappings": mappings, "custom.cellOptions": cell,
              "decimals": whole(0, 10), "custom.width": whole(20), "custom.filterable": flag, "noValue": text,
              "links": list_of(data_link, least=1)}
override = shape({
    "matcher": shape({"id": one_of("byName", "byRegexp", "byFrameRefID", "byType"), "options": filled}),
    "properties": list_of(by("id", {id_: shape({"id": filled, "value": value}) for id_, value in PROPERTIES.items()}),
                          least=1)})


def fields(custom=None):
    return shape({
        "defaults": shape({"unit": filled, "thresholds": thresholds, "mappings": mappings,
                           "color": shape({"mode": one_of("thresholds", "palette-classic", "fixed")}),
                           **({"custom": shape(*custom)} if custom else {})},
                          {"decimals": whole(0, 10), "min": number(), "max": number(), "noValue": filled}),
        "overrides": list_of(override)})


LINE = ({"drawStyle": one_of("line", "bars", "points"), "lineWidth": whole(0, 10), "fillOpacity": whole(0, 100),
         "showPoints": one_of("auto", "never", "always"), "spanNulls": flag, "axisSoftMin": number(),
         "thresholdsStyle": shape({"mode": one_of("off", "line", "dashed", "area", "line+area", "dashed+area")})},
        {"axisSoftMax": number()})
STATE = ({"fillOpacity": whole(0, 100), "lineWidth": whole(0, 10)},)
CELL = ({"align": one_of("auto", "left", "center", "right"), "minWidth": whole(20), "wrapHeaderText": flag},
        {"cellOptions": cell})

# Options: what a panel looks like.

calculations = list_of(one_of("lastNotNull", "last", "max", "min", "mean", "sum"))
tooltip = shape({"mode": one_of("single", "multi", "none"), "sort": one_of("none", "asc", "desc")})
legend = shape({"displayMode": one_of("list", "table", "hidden"), "placement": one_of("bottom", "right"),
                "showLegend": flag}, {"calcs": calculations})
STAT_OPTIONS = shape({
    "reduceOptions": shape({"calcs": calculations, "fields": text, "values": flag}), "textMode": one_of(
        "auto", "value", "value_and_name", "name", "none"), "colorMode": one_of("none", "value", "background"),
    "graphMode": one_of("none", "area"), "justifyMode": one_of("auto", "center"),
    "orientation": one_of("auto", "horizontal", "vertical")})
SERIES_OPTIONS = shape({"legend": legend, "tooltip": tooltip})
TIMELINE_OPTIONS = shape({
    "legend": legend, "tooltip": tooltip, "mergeValues": flag, "rowHeight": number(0, 1),
    "showValue": one_of("auto", "always", "never"), "alignValue": one_of("left", "center", "right")})
TABLE_OPTIONS = shape({"showHeader": flag, "cellHeight": one_of("sm", "md", "lg")})
GRAPH_OPTIONS = shape({"nodes": shape({"mainStatUnit": filled}), "edges": shape({"mainStatUnit": filled})})

target = shape({"datasource": datasource, "expr": filled, "refId": filled, "legendFormat": text, "range": flag,
                "instant": flag, "format": one_of("time_series", "table", "heatmap")})
transformation = by("id", {
    "merge": shape({"id": filled, "options": shape({})}),
    "organize": shape({"id": filled, "options": shape({"renameByName": map_of(filled)}, {
        "excludeByName": map_of(flag), "indexByName": map_of(whole())})}),
    "groupingToMatrix": shape({"id": filled, "options": shape({
        "columnField": filled, "rowField": filled, "valueField": filled,
        "emptyValue": one_of("empty", "null", "true", "false", "zero")})}),
})


def panel_of(options, custom=None):
    return shape({"id": whole(1), "type": filled, "title": filled, "description": filled, "datasource": datasource,
                  "gridPos": grid, "targets": list_of(target, least=1), "options": options,
                  "fieldConfig": fields(custom)},
                 {"links": list_of(data_link, least=1), "transformations": list_of(transformation, least=1)})


PANELS = {"stat": panel_of(STAT_OPTIONS), "timeseries": panel_of(SERIES_OPTIONS, LINE),
          "state-timeline": panel_of(TIMELINE_OPTIONS, STATE), "table": panel_of(TABLE_OPTIONS, CELL),
          "nodeGraph": panel_of(GRAPH_OPTIONS)}
ROW = shape({"id": whole(1), "type": filled, "title": filled, "gridPos": grid, "collapsed": flag,
             "panels": list_of(by("type", PANELS))})

# The dashboard around them.

VARIABLE = {"type": filled, "name": filled, "label": filled, "hide": one_of(0, 1, 2), "includeAll": flag, "multi": flag,
            "options": list_of(shape({})), "regex": text, "skipUrlSync": flag}
variable = by("type", {
    "datasource": shape({**VARIABLE, "query": one_of("prometheus"), "current": shape({}), "refresh": one_of(1)}),
    "query": shape({**VARIABLE, "datasource": datasource, "definition": filled, "allValue": filled,
                    "query": shape({"query": filled, "refId": filled}), "refresh": one_of(0, 1, 2), "sort": whole(0, 8),
                    "current": shape({"selected": flag, "text": list_of(filled), "value": list_of(filled)})}),
})
ANNOTATION = {"enable": flag, "hide": flag, "iconColor": colour, "name": filled}
annotation = either(
    shape({**ANNOTATION, "datasource": datasource, "expr": filled, "titleFormat": filled, "textFormat": text,
           "step": filled}),
    shape({**ANNOTATION, "datasource": shape({"type": one_of("grafana"), "uid": one_of("-- Grafana --")}),
           "builtIn": one_of(1), "type": one_of("dashboard")}))
link = shape({"type": one_of("dashboards"), "title": filled, "tags": list_of(filled, least=1), "asDropdown": flag,
              "keepTime": flag, "includeVars": flag, "targetBlank": flag, "icon": filled, "tooltip": text, "url": text})

DASHBOARD = shape({
    "id": nothing, "uid": filled, "title": filled, "description": filled, "tags": list_of(filled, least=1),
    "schemaVersion": one_of(VERSION), "version": whole(1), "editable": one_of(False), "graphTooltip": one_of(0, 1, 2),
    "refresh": one_of("", "5s", "10s", "30s", "1m", "5m", "15m", "30m", "1h"), "timezone": one_of("browser", "utc", ""),
    "time": shape({"from": filled, "to": filled}), "timepicker": shape({}), "fiscalYearStartMonth": whole(0, 11),
    "liveNow": flag, "weekStart": one_of("", "monday", "saturday", "sunday"), "links": list_of(link),
    "annotations": shape({"list": list_of(annotation)}), "templating": shape({"list": list_of(variable, least=1)}),
    "panels": list_of(by("type", {**PANELS, "row": ROW}), least=1)})


def faults(board):
    return list(DASHBOARD(board, "dashboard"))
