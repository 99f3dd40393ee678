"""What a dashboard's parts must be to each other, where each has the right shape. A rule yields what is wrong."""
import pathlib
import re

from dashboard_queries import dashboards, panels
from schema import COLUMNS

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILT_IN = {"__rate_interval", "__range", "__interval", "__url_time_range", "__value", "__data"}


def texts(value):
    """Every text in a piece of JSON."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return [found for each in value for found in texts(each)]
    return [value] if isinstance(value, str) else []


def variables(board):
    return {each["name"] for each in board["templating"]["list"]}


def data_links(board):
    return [(panel, link) for panel in panels(board) for override in panel["fieldConfig"]["overrides"]
            for prop in override["properties"] if prop["id"] == "links" for link in prop["value"]]


def names(board):
    """What is told apart by a name has one of its own."""
    for what, found in (("variable", [each["name"] for each in board["templating"]["list"]]),
                        ("annotation", [each["name"] for each in board["annotations"]["list"]]),
                        ("panel", [each["title"] for each in panels(board)]),
                        ("id", [each["id"] for row in board["panels"] for each in [row, *row.get("panels", [])]])):
        yield from (f"{what} {name} is there twice" for name in {each for each in found if found.count(each) > 1})


def targets(board):
    for panel in panels(board):
        refs = [target["refId"] for target in panel["targets"]]
        if len(refs) != len(set(refs)):
            yield f"{panel['title']}: two targets of one refId"
        for target in panel["targets"]:
            if target["range"] == target["instant"] or (target["format"] == "table") != target["instant"]:
                yield f"{panel['title']}: what is asked once is a table, and what is asked over time a series"


def places(board):
    """No panel lies on another or beyond the edge; those of a collapsed row lie below it and in nobody's way."""
    for group in ([*board["panels"]], *(row["panels"] for row in board["panels"] if row["type"] == "row")):
        taken = set()
        for panel in group:
            grid = panel["gridPos"]
            across, down = range(grid["x"], grid["x"] + grid["w"]), range(grid["y"], grid["y"] + grid["h"])
            cells = {(x, y) for x in across for y in down}
            if cells & taken or grid["x"] + grid["w"] > COLUMNS:
                yield f"{panel['title']}: its place is taken, or beyond the edge"
            taken |= cells
    for row in board["panels"]:
        inner = row.get("panels", [])
        if bool(inner) != row.get("collapsed", False):
            yield f"{row['title']}: a row holds panels while it is collapsed, and only then"
        if any(panel["gridPos"]["y"] <= row["gridPos"]["y"] for panel in inner):
            yield f"{row['title']}: a panel of it lies above it"


def ascending(board):
    for panel in panels(board):
        found = [panel["fieldConfig"]["defaults"]["thresholds"]] + [
            prop["value"] for override in panel["fieldConfig"]["overrides"] for prop in override["properties"]
            if prop["id"] == "thresholds"]
        for each in found:
            first, *rest = [step["value"] for step in each["steps"]]
            if first is not None or None in rest or rest != sorted(set(rest)):
                yield f"{panel['title']}: steps begin with null and ascend"


def columns(board):
    """An override is for a column that the table has."""
    for panel in panels(board):
        for override in panel["fieldConfig"]["overrides"]:
            if override["matcher"]["options"] not in columns_of(panel):
                yield f"{panel['title']}: no column {override['matcher']['options']}"


def columns_of(panel):
    options = [each["options"] for each in panel.get("transformations", [])]
    return {name for each in options for key in ("renameByName", "indexByName") for name in each.get(key, {})} | {
        name for each in options for name in each.get("renameByName", {}).values()} | {
        f"{each['rowField']}\\{each['columnField']}" for each in options if "rowField" in each}


def variables_exist(board):
    """Whatever begins with a dollar is filled in by somebody; in a label it would be `{{...}}`."""
    for found in texts([board["panels"], board["templating"], board["annotations"]]):
        for name in re.findall(r"\$\{?(\w+)", found):
            if name not in variables(board) | BUILT_IN and f"${name}" != "$__all":
                yield f"{found}: no variable {name}"


def links_lead_somewhere(board):
    """A data link leads to a dashboard that is there, and gives it variables that it has, from columns that are."""
    known = {each["uid"]: each for each in dashboards().values()}
    for panel, link in data_links(board):
        match = re.fullmatch(r"/d/([\w-]+)\?(.*)", link["url"])
        if not match or match[1] not in known:
            yield f"{panel['title']}: {link['url']} leads nowhere"
            continue
        for name, field in re.findall(r"var-(\w+)=\$\{__data\.fields\.(\w+)\}", match[2]):
            if name not in variables(known[match[1]]) or field not in columns_of(panel):
                yield f"{panel['title']}: {link['url']}: no variable {name}, or no column {field}"


def runbooks_exist(board):
    for panel in panels(board):
        for link in panel.get("links", []):
            match = re.search(r"/runbooks/(\w+)\.md$", link["url"])
            if not match or not (ROOT / "alerts" / "runbooks" / f"{match[1]}.md").is_file():
                yield f"{panel['title']}: {link['url']}: no runbook"


def siblings(board):
    """The row of links finds the other dashboards by a tag that all have."""
    for link in board["links"]:
        if not all(set(link["tags"]) <= set(each["tags"]) for each in dashboards().values()):
            yield f"a dashboard lacks {link['tags']}"


RULES = [names, targets, places, ascending, columns, variables_exist, links_lead_somewhere, runbooks_exist, siblings]
