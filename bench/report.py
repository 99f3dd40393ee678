"""The figures as tables in Markdown, and the gates."""
import platform
import statistics

from scrapes import quantile, samples, text_of

COST_MS, LATE_MS = 250, 50  # what a comparison may cost, and by how much it may hold up a pulse
PAGE_KB = {"/metrics": 512, "/drift": 1024, "/api/v1/drift": 2048}
MEMORY_MB = 128
RTT_SLACK = 2.0  # a status poll over the long wire may take this many round-trip times, the server's work included


VERDICT = {None: "", True: "yes", False: "**no**"}


class Row:
    """One line. The ratio is theirs by ours; a gate is a least ratio, or a verdict of its own."""

    def __init__(self, figure, ours, theirs, unit="", gate=None, ok=None, gate_text=""):
        self.figure, self.ours, self.theirs, self.unit = figure, ours, theirs, unit
        self.gate_text = f">= {gate}x" if gate else gate_text
        # A difference of two accounts that is not positive is no figure, and meets no gate.
        known = ours is not None and theirs is not None and ours > 0
        self.ratio = theirs / ours if known else None
        self.ok = ok if gate is None else self.ratio is not None and self.ratio >= gate

    def cells(self):
        ratio = f"{self.ratio:.3g}x" if self.ratio else ""
        return [self.figure, number(self.ours, self.unit), number(self.theirs, self.unit), ratio, self.gate_text, VERDICT[self.ok]]


def number(value, unit):
    if value is None:
        return "unknown"
    text = f"{value:.0f}" if value >= 100 or value == int(value) else f"{value:.3g}"
    return f"{text} {unit}".strip()


def table(heading, rows):
    lines = [heading, ["---"] * len(heading), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def paired(account, name, less):
    """The median of the differences of two accounts within each round."""
    return statistics.median(a - b for a, b in zip(account.rounds[name], account.rounds[less]))


def server_of_peer(account):
    return sum(account.us(name) for name in account.pids if name.startswith("server peer"))


def cpu_rows(figures):
    account = figures["cpu"]
    peer, server = account.us("peer"), server_of_peer(account)
    pulse, status = account.us("server polling pulse"), account.us("server polling status")
    return [
        Row("client CPU: a status poll / a scrape", paired(account, "polling", "pulse_only"), peer, "us", gate=40),
        Row("client CPU: pulse and status poll, nobody scrapes", account.us("polling"), peer, "us"),
        Row("client CPU: pulse, status poll and scrape", account.us("scraped"), peer, "us"),
        Row("server CPU: a status poll / a scrape", status, server, "us", gate=8),
        Row("server CPU: pulse and status poll", pulse + status, server, "us"),
    ]


def latency_rows(figures):
    ours, peer = figures["latency"]["scraped"], figures["latency"]["peer"]
    paced = {name: [1000 * s for s in each.seconds[2:]] for name, each in figures["paced"].items()}
    rows = [Row(f"scrape p{share}, back to back", 1000 * quantile(ours, share / 100), 1000 * quantile(peer, share / 100),
                "ms", gate=gate) for share, gate in ((50, None), (99, 50))]
    rows += [Row(f"scrape {name}, at the pace of the polls", quantile(paced["scraped"], share),
                 quantile(paced["peer"], share), "ms") for name, share in (("p50", 0.5), ("worst", 1))]
    return rows


def page_rows(figures):
    ours, peer = (figures["paced"][name].answer for name in ("scraped", "peer"))
    memory = figures["memory"]
    rows = [Row("samples of a page", len(samples(text_of(ours))), len(samples(text_of(peer)))),
            Row("bytes of a scrape (gzip, with head)", len(ours), len(peer), "B")]
    return rows + [Row(name, memory["scraped"][at] / 1000, memory["peer"][at] / 1000, "MB")
                   for at, name in enumerate(("resident memory", "private memory (RssAnon)"))]


def wire_rows(figures):
    """What the proxy counted, and how long the polls and scrapes behind it took."""
    far = figures["far"]
    wires = far["wires"][far["first"]:]
    status, peers = wires[1], wires[far["ours"]:]
    both = {key: wires[0][key] + status[key] for key in status}
    theirs = {key: sum(wire[key] for wire in peers) for key in status}
    poll, scrape = (1000 * statistics.median(v for v in far[name] if v is not None) for name in ("polls", "scrapes"))
    once = abs(status["turns"] - 1) < 0.01
    rtt = 1000 * far["rtt"]
    return [
        Row("round trips: a status poll / a scrape", status["turns"], theirs["turns"], ok=once, gate_text="exactly 1"),
        Row(f"a status poll / a scrape at {rtt:.1f} ms of round trip", poll, scrape, "ms", ok=poll < RTT_SLACK * rtt,
            gate_text=f"< {RTT_SLACK:g} round trips"),
        Row("statements: a status poll / a scrape", status["statements"], theirs["statements"]),
        Row("statements: pulse and status poll", both["statements"], theirs["statements"]),
        Row("bytes to the server: pulse and status poll", both["up"], theirs["up"], "B"),
        Row("bytes from the server: pulse and status poll", both["down"], theirs["down"], "B"),
        Row("connections", far["ours"], len(peers)),
        Row("new connections while measured", far["new"], far["new"]) if far["new"] else None,
    ]


def floor_rows(account):
    """Beside the bare pipelines: the same SQL on two sessions at the same pace."""
    def line(figure, ours, names):
        floors = [account.us(name) for name in names]
        beside = (text for floor in floors for text in (number(floor, "us"), f"{ours / floor:.2f}x"))
        return [figure, number(ours, "us"), *beside]
    return [line("client CPU: pulse and status poll", account.us("polling"), ("floor_each", "floor_one")),
            *(line(f"server CPU: {lane}", account.us(f"server polling {lane}"),
                   (f"server floor_each {lane}", f"server floor_one {lane}")) for lane in ("pulse", "status"))]


def rounds_rows(account):
    return [[name, *(f"{value:.0f}" for value in account.rounds[name])] for name in account.pids]


def crowd_rows(crowd):
    """[figure, ours, gate, ok] of a server with thousands of roles."""
    cost, late = crowd["cost"]["settings"] + crowd["cost"]["access"], max(crowd["late"])
    rows = [
        ("CPU of a comparison, the worst of 10", number(cost, "ms"), f"< {COST_MS} ms", cost < COST_MS),
        ("a pulse late by, median", number(statistics.median(map(abs, crowd["late"])), "ms"), "", None),
        (f"a pulse late by, the worst of {len(crowd['late'])}", number(late, "ms"), f"< {LATE_MS} ms", late < LATE_MS),
        ("drifted roles", number(crowd["drifted"], ""), f"exactly {crowd['expected']}",
         crowd["drifted"] == crowd["expected"]),
        ("of these with a series, and counted as cut", f"{crowd['shown']} and {crowd['cut']:.0f}", "all",
         crowd["shown"] + crowd["cut"] == crowd["drifted"]),
        ("resident memory", number(crowd["memory"][0] / 1000, "MB"), f"< {MEMORY_MB} MB",
         crowd["memory"][0] < 1000 * MEMORY_MB),
    ]
    return rows + [(f"{path}, not packed", number(size / 1000, "kB"), f"< {PAGE_KB[path]} kB", size < 1000 * PAGE_KB[path])
                   for path, size in crowd["bytes"].items()]


def tables(figures, args):
    """(the text, the figures whose gates were missed)."""
    rows = [row for row in cpu_rows(figures) + latency_rows(figures) + wire_rows(figures) + page_rows(figures) if row]
    account, crowd = figures["cpu"], crowd_rows(figures["crowd"])
    heading = ["figure", "pgfleet", f"postgres_exporter {figures['version']}", "ratio", "gate", "ok"]
    conditions = (f"PostgreSQL {args.postgres}, loopback TCP, SCRAM sessions that last; polls and scrapes every "
                  f"{args.period_ms} ms; medians of {args.rounds} rounds of {args.periods}; {figures['cores']} cores, {platform.machine()}, "
                  f"load {figures['load'][0]:.1f} before and {figures['load'][1]:.1f} after.")
    text = "\n\n".join([
        conditions,
        table(heading, [row.cells() for row in rows]),
        "Beside a bare libpq pipeline that sends the same statements and throws the answers away:",
        table(["figure", "pgfleet", "a sync point per statement", "pgfleet by it", "one sync point", "pgfleet by it"],
              floor_rows(account)),
        "Another server, with 5,000 roles, 10,000 memberships and 1,000 roles that are not as declared; roles are read every 5 s:",
        table(["figure", "pgfleet", "gate", "ok"], [[figure, ours, gate, VERDICT[ok]] for figure, ours, gate, ok in crowd]),
        "CPU by round, us per period:",
        table(["process", *(str(n + 1) for n in range(args.rounds))], rounds_rows(account)),
    ])
    return text, [row.figure for row in rows if row.ok is False] + [figure for figure, _, _, ok in crowd if ok is False]
