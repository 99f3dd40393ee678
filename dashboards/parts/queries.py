"""PromQL with the dashboard's variables in it. Two exporters that watch the same node say the same: count it once."""

TARGET = 'job=~"$job", instance=~"$instance"'
CLUSTER = TARGET + ', pg_cluster=~"$pg_cluster"'
NODE = CLUSTER + ', pg_node=~"$pg_node"'
PRIMARY, STANDBY = 'role="primary"', 'role="standby"'


def exporter(metric, more=""):
    """Of the chosen exporters: what carries no pg_cluster."""
    return _select(metric, TARGET, more)


def cluster(metric, more=""):
    """Of the chosen clusters: what carries pg_cluster and no pg_node."""
    return _select(metric, CLUSTER, more)


def node(metric, more=""):
    """Of the chosen nodes."""
    return _select(metric, NODE, more)


def _select(metric, matchers, more):
    return f"{metric}{{{matchers}{', ' if more else ''}{more}}}"


def alerts(severities="critical|warning|info"):
    """What fires of the chosen clusters, and what is of no cluster."""
    return f'ALERTS{{alertname=~"Pg.+", alertstate="firing", severity=~"{severities}", pg_cluster=~"$pg_cluster|"}}'


def once(selected, function="{}"):
    return f"max without (instance, job) ({function.format(selected)})"


def by_cluster(selected, aggregate="max"):
    return f"{aggregate} by (pg_cluster) ({selected})"


def by_node(selected):
    return f"max by (pg_cluster, pg_node) ({selected})"


def rate(selected):
    return once(selected, "rate({}[$__rate_interval])")


def increase(selected, window="$__rate_interval"):
    """How much a counter grew."""
    return once(selected, f"increase({{}}[{window}])")


def now_in(of, metric):
    """The state that a state set is in, as a label."""
    return f"{once(of(metric))} == 1"


def age(selected):
    """Seconds since a timestamp."""
    return f"time() - {selected}"


def or_zero(expr):
    """For counts of alerts alone, which are absent when there is none. What the exporter says is 0 where it is known to be."""
    return f"({expr}) or (0 * count({exporter('pgfleet_build_info')}))"


def joined(expr, into, *labels):
    """The labels, with slashes between them, as a new one."""
    return 'label_join({}, "{}", "/", {})'.format(expr, into, ", ".join(f'"{label}"' for label in labels))


def named(expr):
    """With a label `node` that is unique in the fleet: nodes of two clusters may have the same name."""
    return joined(expr, "node", "pg_cluster", "pg_node")


def enumeration(by, of, metric, label, values):
    """The number, in the order of `values` (word, colour), of the state that a state set is in, for a panel that shows it
    as the word. `by` and `of` are by_cluster and cluster, or by_node and node."""
    parts = []
    for number, (value, _) in enumerate(values):
        matcher = f'{label}="{value}"'
        if number:
            parts.append(f"{number} * {by(of(metric, matcher))}")
    return " + ".join(parts)
