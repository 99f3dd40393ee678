"""Roles, settings, files, data."""
import os
import signal
import threading

import processes
from faults.fault import UNREACHABLE, Fault, resets, settings, sql
from servers import ROLES_DECLARED, Cluster


def with_roles(c):
    c.pg1.sql("CREATE TABLE damaged AS SELECT * FROM generate_series(1, 1000)")


def break_file(c, w):
    c.file = (c.pg1.data / "postgresql.conf").read_text()
    c.pg1.append("postgresql.conf", "no_such_setting = 1\n")
    c.pg1.reload()


def mend_file(c, w):
    c.pg1.append("postgresql.conf", c.file, replace=True)
    c.pg1.reload()


def lock_subscriptions(c, w):
    c.locker = c.pg1.session("BEGIN; LOCK TABLE pg_subscription IN ACCESS EXCLUSIVE MODE;")


def damage(c, w):
    path = c.pg1.data / c.pg1.sql("SELECT pg_relation_filepath('damaged')")
    c.pg1.stop()
    with open(path, "r+b") as file:
        file.seek(8000)
        byte = file.read(1)[0]
        file.seek(8000)
        file.write(bytes([byte ^ 0x55]))
    c.pg1.start()
    try:
        c.pg1.sql("SELECT count(*) FROM damaged")
    except processes.Trouble as error:
        if "invalid page" not in str(error):
            raise
    else:
        raise processes.Trouble("the damaged page was read")


class Freezer:
    """Stops every session in which the exporter asks a node for more than its pulse, also those that it opens anew."""

    SURVEYS = ("SELECT pid FROM pg_stat_activity WHERE application_name = 'pgfleet_exporter'"
               " AND query NOT LIKE 'SELECT s.r, c.system_identifier%'")

    def __init__(self, node):
        self.node, self.frozen, self.over = node, set(), threading.Event()
        self.thread = threading.Thread(target=self.freeze, daemon=True)
        self.thread.start()

    def freeze(self):
        while not self.over.wait(0.3):
            for pid in {int(pid) for pid in self.node.sql(self.SURVEYS).split()} - self.frozen:
                os.kill(pid, signal.SIGSTOP)
                self.frozen.add(pid)

    def stop(self):
        self.over.set()
        self.thread.join(15)
        alive = self.frozen.intersection(self.node.family())
        for pid in alive:
            os.kill(pid, signal.SIGCONT)
        self.frozen.clear()


def freeze_survey(c, w):
    c.freezer = Freezer(c.pg1)
    c.extras.append(c.freezer)


DECLARED = f"""\
kind: single
objectives: {{{{rpo: 1h}}}}
settings: {{{{baseline: {{{{work_mem: 4MB}}}}}}}}
{ROLES_DECLARED}\
  pg_use_reserved_connections: {{{{members: [pgfleet]}}}}
"""

ACCESS = [
    Fault("superuser made", "access", {"PgUnexpectedSuperuser critical"},
          sql("CREATE ROLE mallory SUPERUSER"), sql("DROP ROLE mallory"), kept={"PgRoleDrift warning"}),
    Fault("member taken away", "access", {"PgRoleMembershipDrift warning"},
          sql("REVOKE readonly FROM reports"), sql("GRANT readonly TO reports")),
    Fault("attribute of a role changed", "access", {"PgRoleDrift warning"},
          sql("ALTER ROLE reports CREATEDB"), sql("ALTER ROLE reports NOCREATEDB")),
    Fault("password ends in three days", "access", {"PgRoleExpiring warning"},
          lambda c, w: c.pg1.sql("ALTER ROLE reports VALID UNTIL '%s'" % c.pg1.sql("SELECT now() + '3 days'")),
          sql("ALTER ROLE reports VALID UNTIL 'infinity'")),
    Fault("password of the replication role has ended", "access", {"PgRoleExpiring critical"},
          sql("ALTER ROLE replica VALID UNTIL '2020-01-01'"), sql("ALTER ROLE replica VALID UNTIL 'infinity'")),
    Fault("setting not as declared", "access", {"PgConfigBaselineDrift warning"},
          settings("pg1", work_mem="8MB"), resets("pg1", "work_mem")),
    Fault("fsync off", "access", {"PgUnsafeSetting critical"}, settings("pg1", fsync="off"), resets("pg1", "fsync")),
    Fault("configuration file broken", "access", {"PgConfigFileError warning"}, break_file, mend_file),
    Fault("catalog locked", "access", {"PgCollectorFailing warning"}, lock_subscriptions, lambda c, w: c.locker.stop()),
    # In life PgCollectorFailing comes 6 minutes later; here its 10 minutes are 10 s, but the 2 minutes that are a number stay.
    Fault("sessions of the exporter hang", "access", {"PgNodeDataStale warning"}, freeze_survey,
          lambda c, w: c.freezer.stop(), restarts={"PgCollectorFailing warning"}, patience=240),
    Fault("page of a table damaged", "access", {"PgChecksumFailures critical"}, damage, sql("DROP TABLE damaged"),
          restarts={UNREACHABLE}, stays=True),
]

ACCESS_CLUSTER = Cluster("access", declaration=DECLARED, prepare=with_roles)
