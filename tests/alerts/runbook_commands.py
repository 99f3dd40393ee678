"""The commands of a runbook's Diagnosis, as a person would paste them.

Every line of a block that begins with ```sh is one command. What follows `sh` says where it applies:

    ```sh             on every major
    ```sh 14+         from PostgreSQL 14 on
    ```sh 9.6-13      from 9.6 to 13
    ```sh 16          on 16 alone
    ```sh host        on the node's own machine, as root: nobody but a person runs these

Words in capitals are placeholders; SQL is written small in these blocks, so that they stand out.
"""
import pathlib
import re

RUNBOOKS = pathlib.Path(__file__).resolve().parents[2] / "alerts" / "runbooks"
MAJORS = (9.6, 10, 11, 12, 13, 14, 15, 16, 17, 18)
PLACEHOLDERS = {"HOST", "PRIMARY", "STANDBY", "SENDER", "EXPORTER", "CLUSTER", "NODE", "SLOT", "DATABASE", "ROLE",
                "SUBSCRIPTION", "PUBLICATION", "BACKUP", "ARCHIVE", "DATA", "LOG", "CONFIG", "PROMETHEUS",
                "ALERTMANAGER"}

_BLOCK = re.compile(r"(?ms)^```([^\n]*)\n(.*?)^```$")
_RANGE = re.compile(r"(9\.6|\d\d)(?:(\+)|-(\d\d))?")
_CAPITALS = re.compile(r"\b[A-Z]{2,}\b")


def diagnosis(alert):
    return (RUNBOOKS / f"{alert}.md").read_text().split("\n## Diagnosis\n")[1].split("\n## ")[0]


def blocks(alert):
    """(info string, commands) of every block of the Diagnosis."""
    return [(info, text.splitlines()) for info, text in _BLOCK.findall(diagnosis(alert))]


def applies(info, major):
    """Whether a block with this info string is for servers of `major`."""
    if info == "sh":
        return True
    if info == "sh host":
        return False
    found = _RANGE.fullmatch(info.removeprefix("sh ")) if info.startswith("sh ") else None
    if found is None:
        raise ValueError(f"a block of commands begins with {info!r}")
    first, open_end, last = found.groups()
    return float(first) <= major and (bool(open_end) or major <= float(last or first))


def commands(alert, major):
    """The commands for servers of `major`: 9.6, or 10 to 18."""
    if major not in MAJORS:
        raise ValueError(f"no major that is known: {major}")
    return [line for info, lines in blocks(alert) if applies(info, major) for line in lines]


def placeholders(command):
    return set(_CAPITALS.findall(command))


def filled(command, values):
    """The command with every placeholder replaced; an unknown one, or one without a value, is an error."""
    for name in sorted(placeholders(command)):
        if name not in PLACEHOLDERS:
            raise ValueError(f"{name} is no placeholder: {command}")
        if name not in values:
            raise ValueError(f"no value for {name}: {command}")
    return _CAPITALS.sub(lambda found: str(values[found[0]]), command)
