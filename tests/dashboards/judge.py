"""What is wrong with what the dashboards show: plain comparisons, without a server."""
from dashboard_queries import column

GREEN = "green"


def differences(actual, listed, known, what):
    """Of names: those that are so and on no list, and what the list holds in vain. `listed`: name -> reason."""
    for name in sorted(actual - set(listed)):
        yield f"{name}: {what}, and no reason is given"
    for name in sorted(set(listed) - known):
        yield f"{name}: there is no such query; its reason: {listed[name]}"
    for name in sorted((set(listed) & known) - actual):
        yield f"{name}: not {what}, so that this is no reason: {listed[name]}"


def by_name(table):
    """(reason, names) of a list -> name -> reason."""
    return {name: reason for reason, names in table for name in names}


def colour(query, value):
    """In which colour a panel shows a value; None where it has none."""
    look = look_of(query)
    if look is None:
        return None
    for mapping in look.get("mappings", []):
        if str(int(value)) in mapping["options"] and value == int(value):
            return mapping["options"][str(int(value))]["color"]
    reached = [step["color"] for step in look["thresholds"]["steps"] if step["value"] is None or value >= step["value"]]
    return reached[-1]


def look_of(query):
    """Thresholds and mappings that hold for a target: the panel's, or its column's in a table."""
    panel = query.panel
    if panel is None or panel["type"] in ("timeseries", "nodeGraph"):
        return None
    defaults = panel["fieldConfig"]["defaults"]
    if panel["type"] != "table" or defaults["custom"].get("cellOptions"):
        return defaults
    for override in panel["fieldConfig"]["overrides"]:
        properties = {each["id"]: each["value"] for each in override["properties"]}
        if override["matcher"]["options"] == column(panel, query.ref) and "thresholds" in properties:
            return properties
    return None
