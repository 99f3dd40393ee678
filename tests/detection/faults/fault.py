"""What a fault is, and what several of them do. In the functions `c` is the cluster and `w` what watches it."""
from dataclasses import dataclass, field
from typing import Callable

import processes


@dataclass
class Fault:
    """`expected`: alerts that must reach the receiver, each "Name severity"; nothing else may. `kept`: those that must
    fire as well, and that Alertmanager must keep back."""
    name: str
    cluster: str             # "": the exporter itself
    expected: set
    inject: Callable
    mend: Callable
    kept: set = field(default_factory=set)
    restarts: set = field(default_factory=set)   # may come besides: before it, or while a server restarts
    perhaps: set = field(default_factory=set)    # may be kept back besides, by how the seconds fall
    seen: tuple = ()         # alerts of which nobody is told, being info or none: looked up in Prometheus
    values: dict = field(default_factory=dict)   # what the placeholders of the runbook stand for
    patience: int = 120      # seconds until the receiver must have been told
    stays: bool = False      # the alert goes on although it is mended: it reports an event


UNREACHABLE = "PgNodeUnreachable critical"
NOT_STREAMING = "PgReplicaNotStreaming warning"
MISSING = "PgReplicaMissing warning"
NO_REPLICA = "PgNoStreamingReplica critical"


def declare(**lines):
    """A function that changes what is declared of nodes (as `pg3=", role: primary"`), or takes it back."""
    def change(c, w):
        c.node_lines = lines
        w.reload()
    return change


def redeclare(text):
    def change(c, w):
        c.more = text
        w.reload()
    return change


def settings(node, **values):
    def change(c, _):
        for name, value in values.items():
            c.nodes[node].set(name, value)
    return change


def resets(node, *names):
    return lambda c, _: c.nodes[node].reset(*names)


def sql(text, node="pg1", database="postgres"):
    return lambda c, _: c.nodes[node].sql(text, database)


def hold(c):
    """While this file is there, a command that looks for it hangs."""
    return c.folder / "hold"


def hang(c):
    processes.write_file(hold(c), "")
    return f"while test -e {hold(c)}; do sleep 0.2; done; false"
