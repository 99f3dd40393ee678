#!/usr/bin/env python3
"""An hour of ordinary life, in which nobody may be told of anything, and one real fault, of which somebody must be.

    tests/detection/silence.py

Three real nodes with an archive, slots and declared roles are written to, backed up, switched over, restarted and
maintained as their owner would. PGFLEET_EXPORTER names another exporter than build/release/pgfleet_exporter.
"""
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import Callable

import detect
import processes
from servers import CLIENTS, DEBIAN, ROLES_DECLARED, Cluster, Trouble, Writer

# An hour in five minutes. What a server needs to stop and start is not divided: a restart may last 5 s here, as one of a
# minute may in life.
FACTOR = 12
# What a server does by its own clock is: since 15 a start leaves archive_timeout unheeded for a checkpoint_timeout, of five
# minutes by default and of half a minute, the least, here. So is the RPO, of fifteen minutes by default.
SETTINGS = "checkpoint_timeout = 30s\n"
IDLE = 80  # seconds: longer than the RPO and the `for` of its alert, 45 s + 5 min / 12
MAINTAINED = 20  # seconds without a standby: four times what its alert waits for
CALLED = 60  # seconds in which the real fault must have been told

DECLARATION = f"""\
objectives: {{{{lag: 5s, rpo: 45s, backup_age: 1d}}}}
wal_volume: 2GB
archive: {{{{directory: {{archive}}}}}}
settings: {{{{baseline: {{{{fsync: "on", full_page_writes: "on", work_mem: 4MB}}}}}}}}
{ROLES_DECLARED}"""
EXPECT = "expect: {{{{standbys: 2, archiving: true, slots: [{}]}}}}\n"
FIRST, SWITCHED = EXPECT.format("pg2, pg3"), EXPECT.format("pg1, pg3")
AUDITOR = "  auditor: {{login: true}}\n"
MAINTENANCE = "maintenance: true\n"


def declare(c, w, *parts):
    c.changes = "".join(parts)
    w.reload()


def write_and_vacuum(c, _):
    c.leader.write(60)
    c.leader.sql("DELETE FROM orders WHERE id % 2 = 0")
    for statement in ("VACUUM (FREEZE, ANALYZE)", "VACUUM FULL orders", "CHECKPOINT"):
        c.leader.sql(statement)


def back_up(c, _):
    processes.run([CLIENTS / "pg_basebackup", "--pgdata", c.folder / "backup", "--host", c.leader.folder,
                   "--username=replica", "--wal-method=stream", "--checkpoint=fast", "--no-sync"])
    c.base_backup()


def idle(c, _):
    c.writer.stop()
    time.sleep(IDLE)
    c.writer = Writer(c)


def reload(c, _):
    for node in c.nodes.values():
        node.reload()


def fail_to_log_in(c, _):
    done = subprocess.run([CLIENTS / "psql", "-h", c.leader.folder, "-U", "nobody_here", "-c", "SELECT 1", "postgres"],
                          capture_output=True, check=False)
    if done.returncode == 0:
        raise Trouble("somebody who does not exist has logged in")


def make_declared_role(c, w):
    """Declared first, as a change that is reviewed; made a little later."""
    declare(c, w, AUDITOR, FIRST)
    time.sleep(3)
    c.leader.sql("CREATE ROLE auditor LOGIN")


def restart_exporter(_, w):
    w.process("exporter").stop()
    w.launch_exporter()


def switch_over(c, w):
    """The old primary sends all that it has before it is down, so nothing is lost and it can follow."""
    c.pg1.stop()
    c.pg2.promote()
    c.leader = c.pg2
    for node in (c.pg1, c.pg3):
        c.pg2.slot(node.name)
    c.pg3.refollow(c.pg2)
    c.pg1.follow(c.pg2)
    c.pg1.start()
    for node in (c.pg1, c.pg3):
        c.until_streams(node)
    for slot in ("pg2", "pg3"):
        c.pg1.drop_slot(slot)
    declare(c, w, AUDITOR, SWITCHED)


def restart_all(c, _):
    for node in (c.pg1, c.pg3):
        node.restart()
        c.until_streams(node)
    c.pg2.restart()
    for node in (c.pg1, c.pg3):
        c.until_streams(node)


def maintain(c, w):
    declare(c, w, AUDITOR, SWITCHED, MAINTENANCE)
    processes.wait_for("PgMaintenance", lambda: w.fires("PgMaintenance", c.name))
    c.pg3.stop()
    time.sleep(MAINTAINED)
    processes.wait_for("the alert that is kept back", lambda: "PgNodeUnreachable critical" in w.inhibited(c.name))
    c.pg3.start()
    c.until_streams(c.pg3)
    processes.wait_for("the end of what is kept back",
                       lambda: not any(w.fires(alert, c.name) for alert in ("PgNodeUnreachable", "PgReplicaMissing")))
    declare(c, w, AUDITOR, SWITCHED)


def settle(c, w):
    """What the day has left behind would be told by then, while the writing goes on."""
    time.sleep(IDLE)
    processes.wait_for("end of what is pending", lambda: not w.current(c.name), deadline=45)


@dataclass
class Step:
    name: str
    do: Callable


DAY = [
    Step("writes and vacuum", write_and_vacuum),
    Step("base backups", back_up),
    Step("idle", idle),
    Step("reload", reload),
    Step("failed login", fail_to_log_in),
    Step("declared role made", make_declared_role),
    Step("exporter restarted", restart_exporter),
    Step("switchover", switch_over),
    Step("every node restarted", restart_all),
    Step("maintenance", maintain),
    Step("quiet again", settle),
]


def told(w, cluster, since):
    """Also what comes of the exporter itself."""
    return {**w.receiver.arrivals(cluster.name, since), **w.receiver.arrivals("", since)}


def live(c, w, say):
    """The steps after which somebody was told."""
    wrong = []
    for step in DAY:
        began = time.monotonic()
        step.do(c, w)
        arrived = told(w, c, began)
        pending = f"; pending: {', '.join(w.current(c.name))}" if w.current(c.name) else ""
        say(f"{step.name}: {time.monotonic() - began:.1f} s{pending}"
            + "".join(f"\nFAILED: {alert} was told" for alert in arrived))
        wrong += arrived
    return wrong


def call(c, w, say):
    """The same silence must not be that of a receiver that nothing reaches."""
    began = time.monotonic()
    c.pg3.kill()
    processes.wait_for("alert of a standby that was killed",
                       lambda: "PgNodeUnreachable critical" in told(w, c, began), deadline=CALLED)
    say(f"standby killed: told after {time.monotonic() - began:.1f} s")


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    start = time.monotonic()

    def say(text):
        print(f"[{time.monotonic() - start:6.1f}] {text}", flush=True)
    cluster = Cluster("quiet", DEBIAN, debian=True, standbys={"pg2": "pg1", "pg3": "pg1"}, archives=True,
                      settings=SETTINGS, declaration=DECLARATION, changes=FIRST, prepare=lambda c: c.base_backup())
    with detect.watched([cluster], FACTOR, say) as (watch, _):
        wrong = live(cluster, watch, say)
        call(cluster, watch, say)
    print(f"{len(DAY)} steps, told {len(wrong)} times")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
