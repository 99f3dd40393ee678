"""docs/detection.md: what the faults did, and which alerts no fault provokes."""
import os
import re

from servers import ROOT
from faults import CLUSTERS, FAULTS
from shorter import ALERTS, Shorter

PAGE = ROOT / "docs" / "detection.md"
RULE = re.compile(r"- alert: (\S+)\n.*?\n        for: (\S+)\n.*?\n          severity: (\S+)\n", re.S)
SECONDS = re.compile(r"\d+\.\d s")

# Alerts that no fault provokes, and why.
UNPROVOKED = {
    "PgWatchdog none": "It always fires; the run itself would be quiet without it.",
    "PgTransactionWraparound warning": "A thousand million transactions take longer than a test has.",
    "PgTransactionWraparound critical": "As above, and nearly twice as many.",
    "PgLagBudgetBurn warning": "The window of three days is 72 minutes even here: `tests/alerts/budgets_days_test.yml`.",
    "PgArchiveRpoBudgetBurn warning": "The window of three days is 72 minutes even here: "
                                      "`tests/alerts/budgets_days_test.yml`.",
    "PgArchiveRpoExceeded warning": "Compares with 15 minutes that the server tells, which nothing shortens.",
    "PgArchiveBacklogHigh warning": "Over 64 segments must wait and become more while the archiver works: a rate of "
                                    "writing that a small machine does not hold for long.",
}

HEAD = """\
# What the alerts detect

Written by `PGFLEET_UPDATE=1 tests/detection/detect.py`; a run without it fails where anything but the seconds differs. A
run of some faults (`--cluster`, `--only`) writes or compares their rows.

Every fault is made on real PostgreSQL servers. The exporter reads them, Prometheus has the shipped rules, Alertmanager
the shipped routes and inhibition, and a webhook notes who is told of what. Every duration of the rules and of
Alertmanager is divided by {factor}: an hour is a minute. A range is never shorter than {samples} scrapes. What is compared with
seconds that a server tells (an age, a lag) stays as it is. So a second in this table is up to a minute of the real
rules; the scrape and the exporter's own lanes, about a second each, are in it as well and do not grow with it.

A fault passes when exactly its alerts arrive, inhibition keeps back exactly what the table says, the panel that each link
leads to shows something and the commands of the runbooks work while the fault lasts, and all alerts are resolved after
it was mended. "Perhaps" is by how the seconds fall. While it is mended, what was kept back may be told, because the cause
goes first; the recovery of a server is not shortened.

## Faults

In brackets: seconds from the fault to the webhook, and the `for` as shipped.

| fault | servers | told | kept back by inhibition | told besides |
|---|---|---|---|---|
"""

TAIL = """
{restarts}

## Alerts without a fault

`tests/alerts` has tests of their rules.

| alert | why |
|---|---|
"""

RESTARTS = """\
Where a server is restarted, for which a minute that is a second leaves no time, these may come as well and are not \
shown:"""


def waits():
    """{"Name severity": its `for`} of every rule."""
    return {f"{name} {severity}": wait for path in sorted(ALERTS.glob("*.rules.yml"))
            for name, wait, severity in RULE.findall(path.read_text())}


def gaps():
    """What is wrong with the two tables taken together."""
    rules = set(waits())
    untold = {rule for fault in FAULTS for rule in rules if rule.split()[0] in fault.seen}
    provoked = untold.union(*(fault.expected | fault.kept for fault in FAULTS))
    return [f"{alert} {text}" for text, alerts in (
        ("is provoked by no fault", rules - provoked - set(UNPROVOKED)),
        ("is said to be provoked by no fault", provoked & set(UNPROVOKED)),
        ("is no alert", (provoked | set(UNPROVOKED)) - rules)) for alert in sorted(alerts)]


def row(result):
    fault, wait = result.fault, waits()
    cluster = next((cluster for cluster in CLUSTERS if cluster.name == fault.cluster), None)
    told = [f"{alert} ({at:.1f} s, {wait[alert]})" for alert, at in sorted(result.arrived.items()) if alert in fault.expected]
    told += [f"{name} (in Prometheus alone)" for name in fault.seen]
    servers = f"{cluster.name}, {cluster.major}" if cluster else "the exporter"
    kept = sorted(fault.kept) + [f"{alert}, perhaps" for alert in sorted(fault.perhaps)]
    return (f"| {fault.name} | {servers} | {'<br>'.join(told)} | {'<br>'.join(kept) or 'nothing'} | "
            f"{'<br>'.join(sorted(result.others)) or 'nothing'} |")


def rows_there():
    """The rows of the page as it is, by fault."""
    text = PAGE.read_text() if PAGE.exists() else ""
    return {line.split(" | ")[0].removeprefix("| "): line for line in text.splitlines()
            if line.removeprefix("| ").split(" | ")[0] in {fault.name for fault in FAULTS}}


def page(rows, factor):
    rows = "".join(rows[fault.name] + "\n" for fault in FAULTS if fault.name in rows)
    restarts = "\n".join(f"* {fault.name}: {', '.join(sorted(fault.restarts))}" for fault in FAULTS if fault.restarts)
    return (HEAD.format(factor=factor, samples=Shorter.SAMPLES) + rows
            + TAIL.format(restarts=f"{RESTARTS}\n\n{restarts}")
            + "".join(f"| {alert} | {why} |\n" for alert, why in sorted(UNPROVOKED.items())))


def without_seconds(text):
    return SECONDS.sub("s", text).splitlines()


def differences(results, factor):
    """How the page differs from what was seen; with PGFLEET_UPDATE=1 the faults that passed are written to it."""
    rows = rows_there() | {result.fault.name: row(result) for result in results if not result.trouble}
    if os.environ.get("PGFLEET_UPDATE"):
        PAGE.write_text(page(rows, factor))
    there, seen = (without_seconds(text) for text in (PAGE.read_text() if PAGE.exists() else "", page(rows, factor)))
    whole = len(results) == len(FAULTS)
    missing = [f"docs/detection.md does not tell of: {fault.name}" for fault in FAULTS if whole and fault.name not in rows]
    return (missing + [f"not in docs/detection.md: {line}" for line in seen if line not in there]
            + [f"only in docs/detection.md: {line}" for line in there if line not in seen])
