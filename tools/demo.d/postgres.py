"""A cluster from the machine's own PostgreSQL: each node listens on a Unix socket in a folder of its own, on no port."""
import os
import pathlib
import re
import secrets
import signal
import subprocess
import threading
import time

import processes
from processes import Process, Trouble

DEPLOY_SQL = pathlib.Path(__file__).resolve().parents[2] / "deploy" / "sql"

# A PGPORT or PGHOST of the person at the terminal must lead nobody to another server.
for variable in [name for name in os.environ if re.match("PG(?!FLEET_)", name)]:
    del os.environ[variable]

# The monitoring role shows its password, as it would over the network; everybody else is trusted for the demo's sake.
HBA = """\
local  all          pgfleet  scram-sha-256
local  replication  replica  trust
local  all          all      trust
"""

COMMON = """
listen_addresses = ''
wal_level = logical
wal_retrieve_retry_interval = 1s
password_encryption = 'scram-sha-256'
shared_buffers = 16MB
max_connections = 30
max_slot_wal_keep_size = 1GB
log_min_messages = warning
"""

ARCHIVING = """
archive_mode = on
archive_command = 'test ! -f "{archive}/%f" && cp "%p" "{archive}/%f"'
archive_timeout = 10s
"""

# What 9.6 leaves off: it lets nobody replicate until it is told to.
REPLICATION_9_6 = """
hot_standby = on
max_wal_senders = 10
max_replication_slots = 10
"""

# Settings of COMMON that older servers do not know, or not with that value.
SINCE = {"password_encryption": 10, "max_slot_wal_keep_size": 13}

ROLES = """
CREATE ROLE replica LOGIN REPLICATION;
CREATE ROLE readonly NOLOGIN;
CREATE ROLE readwrite NOLOGIN;
CREATE ROLE reporting LOGIN IN ROLE readonly;
CREATE ROLE shop LOGIN IN ROLE readwrite;
CREATE TABLE orders (id bigserial PRIMARY KEY, placed timestamptz NOT NULL DEFAULT now(), note text);
GRANT SELECT ON orders TO readonly;
GRANT SELECT, INSERT ON orders TO readwrite;
GRANT USAGE ON SEQUENCE orders_id_seq TO readwrite;
"""


def newest_bin_folder():
    found = [p for p in pathlib.Path("/usr/lib/postgresql").glob("*/bin") if (p / "initdb").exists()]
    if not found:
        raise Trouble("no PostgreSQL server in /usr/lib/postgresql: apt-get install postgresql")
    return max(found, key=lambda p: int(p.parent.name))


def version_of(binaries):
    """The major version, "9.6" or "10", of the server in a folder of programs."""
    number = processes.run([binaries / "postgres", "--version"]).split()[2]
    return re.match(r"9\.6|\d\d", number)[0]


def common_settings(version):
    """COMMON as far as a server of this version understands it."""
    lines = [line for line in COMMON.splitlines() if float(version) >= SINCE.get(line.split(" ")[0], 0)]
    return "\n".join(lines) + "\n" + (REPLICATION_9_6 if version == "9.6" else "")


class Node:
    """One server: `folder` is its socket's, `folder/data` its data directory; `clients` holds psql."""

    def __init__(self, binaries, folder, name, clients=None):
        self.binaries, self.clients, self.name = binaries, clients or binaries, name
        self.version = version_of(binaries)
        self.folder = processes.make_folder(folder)
        self.data = self.folder / "data"
        self.process = None

    def initialize(self, settings):
        # -N is the one spelling of "no sync" that all majors know.
        processes.run([self.binaries / "initdb", "--pgdata", self.data, "--username=postgres", "--auth=trust",
                       "--encoding=UTF8", "--locale=C", "-N"])
        hba = HBA.replace("scram-sha-256", "md5") if self.version == "9.6" else HBA
        self.append("pg_hba.conf", hba, replace=True)
        self.append("postgresql.conf", settings)
        self.name_itself()

    def copy_from(self, upstream):
        """A standby of `upstream` with a slot there that bears its name."""
        processes.run([self.binaries / "pg_basebackup", "--pgdata", self.data, "--host", upstream.folder,
                       "--username=replica", "--checkpoint=fast", "--wal-method=stream", "--write-recovery-conf",
                       "--create-slot", f"--slot={self.name}", "--no-sync"])
        self.name_itself()

    def copy_cold(self, upstream):
        """The same by a copy of the files of `upstream` while it is down: no pg_basebackup serves a newer major."""
        processes.run(["cp", "-a", upstream.data, self.data])
        self.name_itself()
        follow = (f"primary_conninfo = 'host={upstream.folder} user=replica application_name={self.name}'\n"
                  f"primary_slot_name = '{self.name}'\n")
        if float(self.version) >= 12:
            self.append("postgresql.conf", follow)
            self.append("standby.signal", "")
        else:
            self.append("recovery.conf", follow + "standby_mode = on\n")

    def name_itself(self):
        # The receiver of a standby introduces itself to its upstream by cluster_name.
        self.append("postgresql.conf",
                    f"\nunix_socket_directories = '{self.folder}'\ncluster_name = '{self.name}'\n")

    def append(self, file, text, replace=False):
        with open(self.data / file, "w" if replace else "a", encoding="utf-8") as out:
            out.write(text)
        processes.give_away(self.data / file)

    def start(self):
        # SIGINT is a fast shutdown; SIGTERM would wait for the clients to leave.
        self.process = Process(self.name, [self.binaries / "postgres", "-D", self.data], self.folder / "log",
                               stop_signal=signal.SIGINT)
        processes.wait_for(f"answer from {self.name}", self.answers, self.process)

    def answers(self):
        ready = subprocess.run([self.clients / "pg_isready", "-q", "-h", self.folder, "-d", "postgres", "-U", "postgres"],
                               check=False)
        return ready.returncode == 0

    def stop(self):
        if self.process is not None:
            self.process.stop()

    def psql(self, *arguments):
        return [self.clients / "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", self.folder, "-U", "postgres",
                "-d", "postgres", *arguments]

    def sql(self, text):
        return processes.run(self.psql("-A", "-t"), feed=text)


class WriteLoad:
    """A row every 0.2 s, through one psql."""

    def __init__(self, node):
        self.process = Process("write load", node.psql(), node.folder / "load.log", stdin=subprocess.PIPE)
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.write, daemon=True)
        self.thread.start()

    def write(self):
        while not self.over.wait(0.2):
            try:
                print("INSERT INTO orders (note) VALUES (repeat('x', 200));", file=self.process.child.stdin, flush=True)
            except (BrokenPipeError, ValueError):
                return

    def stop(self):
        self.over.set()
        self.thread.join(5)
        self.process.stop()


def prepare_monitoring_role(node):
    """Exactly what deploy/sql gives the role, and a password, which is returned."""
    file = DEPLOY_SQL / f"monitoring-role-{node.version}.sql"
    processes.run(node.psql("-f", "-"), feed=file.read_text())
    password = secrets.token_urlsafe(18)
    node.sql(f"ALTER ROLE pgfleet PASSWORD '{password}'")
    return password


class Cluster:
    """pg1, the primary, archives into a folder; pg2 streams from pg1, pg3 from pg2, each through a slot."""

    def __init__(self, folder, say):
        self.folder, self.say = pathlib.Path(folder), say
        self.binaries = newest_bin_folder()
        self.nodes, self.load, self.password = [], None, ""

    def start(self):
        began = time.monotonic()
        archive = processes.make_folder(self.folder / "archive")
        primary = self.add("pg1")
        primary.initialize(common_settings(primary.version) + ARCHIVING.format(archive=archive))
        primary.start()
        primary.sql(ROLES)
        self.password = prepare_monitoring_role(primary)
        self.say(f"primary pg1 (PostgreSQL {self.binaries.parent.name}) runs")
        for name in ("pg2", "pg3"):
            upstream = self.nodes[-1]
            standby = self.add(name)
            standby.copy_from(upstream)
            standby.start()
            self.say(f"standby {name} streams from {upstream.name}")
        backups = processes.make_folder(self.folder / "backups")
        processes.run([self.binaries / "pg_basebackup", "--pgdata", backups / "first", "--host", primary.folder,
                       "--username=replica", "--checkpoint=fast", "--no-sync"])
        self.say("a base backup is there")
        self.load = WriteLoad(primary)
        self.say(f"cluster ready after {time.monotonic() - began:.1f} s")

    def add(self, name):
        self.nodes.append(Node(self.binaries, self.folder / name, name))
        return self.nodes[-1]

    def stop(self):
        if self.load is not None:
            self.load.stop()
        for node in reversed(self.nodes):
            node.stop()

    def processes(self):
        return [node.process for node in self.nodes if node.process is not None]
