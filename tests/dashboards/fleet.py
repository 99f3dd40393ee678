"""The fleet whose dashboards are looked at: as rich as it is cheap, so that few panels are rightly empty."""
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "detection"), str(ROOT / "tools" / "demo.d")]

import processes  # noqa: E402
from faults import access, archive, fault, jobs, slots  # noqa: E402
from servers import CLIENTS, ROLES_DECLARED, Cluster  # noqa: E402

EMPTY, UNBORN = "nowhere", ("pg1", "pg2")

SETTINGS = """
max_prepared_transactions = 5
max_slot_wal_keep_size = 100MB
wal_sender_timeout = 0
hot_standby_feedback = on
summarize_wal = on
recovery_target_time = '2100-01-01'
"""

SHOP_DECLARES = f"""\
objectives: {{{{lag: 5s, lag_bytes: 50MB, rpo: 1min, backup_age: 1d}}}}
expect: {{{{standbys: 2, synchronous: 1, archiving: true, slots: [cdc, items, pg2]}}}}
wal_volume: 2GB
archive: {{{{directory: {{archive}}}}}}
cdc: [{{{{slot: cdc, database: postgres, publication: pub, tables: [public.orders]}}}}]
settings: {{{{baseline: {{{{fsync: "on", work_mem: 4MB}}}}}}}}
{ROLES_DECLARED}\
  pg_use_reserved_connections: {{{{members: [pgfleet]}}}}
"""
GAP_DECLARES = """\
expect: {{archiving: true, slots: [pg2]}}
archive: {{directory: {archive}}}
"""
# One more backup, and an archive: neither is there.
JOBS_MISSES = """\
  - {{name: absent, files: "{folder}/absent/*.sql", schedule: "0 0 1 1 *"}}
archive: {{directory: {folder}/absent}}
"""


class Nowhere(Cluster):
    """Declared, and none of its nodes exists."""

    def start(self, folder, _):
        self.folder = processes.make_folder(folder)
        self.archive = self.folder / "archive"

    def configuration(self):
        nodes = "".join(f"      - {{name: {name}, host: {self.folder}/{name}}}\n" for name in UNBORN)
        return f"  - name: {self.name}\n    expect: {{standbys: 1}}\n    nodes:\n{nodes}"


def prepare(c):
    """What a standby, a consumer or a role adds to the page."""
    access.with_roles(c)
    slots.with_consumers(c)
    mark_for_failover(c)
    c.pg1.set("synchronous_standby_names", "pg2")
    c.pg1.sql("ALTER ROLE reports PASSWORD 'secret' VALID UNTIL '%s'" % c.pg1.sql("SELECT now() + '1 year'"))
    c.add("pg3")
    c.node_lines = {"pg1": ", role: primary, databases: [copy]", "pg3": ", upstream: pg2, apply_delay: 2s"}
    c.remake("pg3", c.pg2, slot=False)
    own = {"recovery_min_apply_delay": "2s", "recovery_target_time": "", "recovery_target_lsn": "FF/0"}
    for setting, value in own.items():
        c.pg3.set(setting, value)
    c.pg3.restart()
    c.until_streams(c.pg3)
    c.base_backup()


def mark_for_failover(c):
    """The subscription's slot, which a standby then should keep up with."""
    c.pg1.sql("ALTER SUBSCRIPTION items DISABLE", "copy")
    c.pg1.until("nobody reads the slot", "SELECT NOT active FROM pg_replication_slots WHERE slot_name = 'items'")
    c.pg1.sql("ALTER SUBSCRIPTION items SET (failover = true)", "copy")
    c.pg1.sql("ALTER SUBSCRIPTION items ENABLE", "copy")


def back_up(c, *pace):
    """By Debian's programs, of Debian's server: they serve no newer one."""
    folder = c.folder / f"copy{len(c.extras)}"
    c.backup = processes.Process("base backup", [
        CLIENTS / "pg_basebackup", "-h", c.pg1.folder, "-U", "replica", "-D", folder, "-X", "none", "--checkpoint=fast",
        "--no-sync", *pace], c.folder / "copy.log")
    c.extras.append(c.backup)


def with_runs(c):
    """Jobs that have run once: pg_cron begins nothing but at a full minute, or when the server starts."""
    jobs.with_jobs(c)
    c.pg1.sql("INSERT INTO pgagent.pga_schedule (jscjobid, jscname, jscstart)"
              " SELECT jobid, 'always', now() FROM pgagent.pga_job;"
              "SELECT cron.schedule('good', '@reboot', 'SELECT 1')")
    jobs.run_agent_job("SELECT 1")(c, None)
    c.agent.stop()
    c.pg1.restart()
    jobs.start_agent(c)
    back_up(c, "--max-rate=32k")


SHOP = Cluster("shop", standbys={"pg2": "pg1"}, archives=True, settings=SETTINGS, declaration=SHOP_DECLARES,
               prepare=prepare)
GAP = Cluster("gap", standbys={"pg2": "pg1", "pg3": "pg2"}, archives=True, declaration=GAP_DECLARES,
              prepare=lambda c: c.base_backup())
JOBS = Cluster("jobs", jobs.DEBIAN, debian=True, prepare=with_runs, archives=True, settings=jobs.JOBS_CLUSTER.settings,
               declaration=jobs.JOBS_CLUSTER.declaration)
CLUSTERS = [JOBS, SHOP, GAP, Nowhere(EMPTY)]


def wait_for_the_archive(c, w):
    """A base backup that has all but its last segment, which does not come."""
    c.pg1.set("archive_command", "false")
    c.backup.stop()
    back_up(c)


def raise_limit(c, w):
    """The standby does not have it."""
    c.leader.set("max_connections", "26")
    c.leader.restart()


def lock_subscriptions(c, w):
    """So that a collector fails, where no panel has anything else to show of subscriptions."""
    c.extras.append(c.leader.session("BEGIN; LOCK TABLE pg_subscription IN ACCESS EXCLUSIVE MODE;"))


def lose_slot(c, w):
    """Not before its WAL is summarized, which follows a checkpoint."""
    c.pg1.until("the slot is lost",
                "CHECKPOINT; SELECT wal_status = 'lost' FROM pg_replication_slots WHERE slot_name = 'left'")


# What is done to each cluster; each leaves something behind that a panel is there to show.
BREAKAGES = {
    JOBS: [
        jobs.run_agent_job("SELECT 1/0"),
        fault.redeclare(JOBS_MISSES),
        wait_for_the_archive,
    ],
    GAP: [
        archive.fail_over_with_gap,
        raise_limit,
        lock_subscriptions,
        fault.redeclare("maintenance: true"),
    ],
    SHOP: [
        access.damage,
        slots.risk,
        fault.sql("CREATE ROLE mallory SUPERUSER; ALTER PUBLICATION pub DROP TABLE orders"),
        fault.sql("BEGIN; INSERT INTO orders VALUES (0); PREPARE TRANSACTION 'left'"),
        fault.settings("pg1", archive_command="false", fsync="off", shared_buffers="20MB", work_mem="8MB"),
        lose_slot,
        lambda c, w: c.pg1.slot("idle"),  # not before: a new slot begins at the last checkpoint
        fault.settings("pg1", synchronous_standby_names="2 (pg2, gone)"),  # from here on commits hang
    ],
}


def break_everything(watch, workers):
    """The clusters at the same time; the workers live as long as the servers that they start."""
    def work(cluster):
        for change in BREAKAGES[cluster]:
            change(cluster, watch)
    list(workers.map(work, BREAKAGES))
