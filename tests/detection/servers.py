"""Clusters of any major version, each in a folder of its own, whose nodes can be broken and made anew."""
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import threading

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools" / "demo.d"))

import postgres  # noqa: E402
import processes  # noqa: E402
from processes import Trouble  # noqa: E402

NEWEST, DEBIAN = 18, 15
INSTALLED = ROOT / ".deps" / "postgres" / "node_modules"
CLIENTS = pathlib.Path(f"/usr/lib/postgresql/{DEBIAN}/bin")

HBA = """\
local  all          all  trust
local  replication  all  trust
"""

# Small, and quick where a default is made for a network.
SETTINGS = """
listen_addresses = ''
shared_buffers = 16MB
max_connections = 25
wal_level = logical
min_wal_size = 32MB
max_wal_size = 128MB
checkpoint_timeout = 1h
wal_retrieve_retry_interval = 500ms
wal_receiver_status_interval = 1s
password_encryption = 'scram-sha-256'
log_min_messages = warning
"""

ARCHIVING = """
archive_mode = on
archive_command = 'install -m 644 "%p" "{archive}/%f.tmp" && mv "{archive}/%f.tmp" "{archive}/%f"'
archive_timeout = 5s
"""

ROLES = """
CREATE ROLE replica LOGIN REPLICATION;
CREATE ROLE readonly;
CREATE ROLE reports LOGIN IN ROLE readonly;
CREATE TABLE orders (id bigserial PRIMARY KEY, placed timestamptz NOT NULL DEFAULT now(), note text);
CREATE TABLE filler (t text);
ALTER TABLE filler ALTER t SET STORAGE PLAIN;
"""

# These roles, and the monitoring role's, as the configuration declares them.
ROLES_DECLARED = """\
roles:
  postgres: {{login: true, superuser: true, createrole: true, createdb: true, replication: true, bypassrls: true}}
  replica: {{login: true, replication: true}}
  readonly: {{members: [reports]}}
  reports: {{login: true}}
  pgfleet: {{login: true, connection_limit: 5}}
  pg_monitor: {{members: [pgfleet]}}
"""

FILL = "INSERT INTO filler SELECT repeat(md5(random()::text), 250) FROM generate_series(1, {rows})"


def may_everybody_enter(folder):
    return all(each.stat().st_mode & 0o001 for each in [folder, *folder.parents])


def programs(major, scratch):
    """bin of a server; a copy where the unprivileged user may not look into the source tree."""
    installed = INSTALLED / f"pg{major}" / "native"
    if not (installed / "bin" / "postgres").exists():
        raise Trouble(f"PostgreSQL {major} is not there: make setup")
    if os.geteuid() != 0 or may_everybody_enter(installed.resolve()):
        return installed / "bin"
    copy = pathlib.Path(scratch) / f"pg{major}"
    if not copy.exists():
        shutil.copytree(installed, copy, symlinks=True)
    return copy / "bin"


class Server(postgres.Node):
    """A node of any major: its own programs for the server, Debian's for the clients."""

    def __init__(self, major, binaries, folder, name):
        super().__init__(binaries, folder, name)
        self.major = major

    def psql(self, *arguments, database="postgres"):
        return [CLIENTS / "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", self.folder, "-U", "postgres",
                "-d", database, *arguments]

    def sql(self, text, database="postgres"):
        return processes.run(self.psql("-A", "-t", database=database), feed=text)

    def answers(self):
        return subprocess.run([CLIENTS / "pg_isready", "-q", "-h", self.folder], check=False).returncode == 0

    def until(self, what, query, wanted="t", deadline=60):
        def holds():
            try:
                return self.sql(query) == wanted
            except Trouble:
                return False
        processes.wait_for(f"{self.name}: {what}", holds, deadline=deadline)

    # Birth

    def initialize(self, settings):
        small = ["--wal-segsize=1"] if self.major >= 11 else []
        processes.run([self.binaries / "initdb", "--pgdata", self.data, "--username=postgres", "--auth=trust",
                       "--encoding=UTF8", "--locale=C", "--no-sync", "--data-checksums", *small])
        self.append("pg_hba.conf", HBA, replace=True)
        self.append("postgresql.conf", SETTINGS + settings)
        self.name_itself()

    def copy_from(self, upstream):
        """A running server's data directory, by the low-level backup interface, which all majors share."""
        shutil.rmtree(self.data, ignore_errors=True)
        new = self.major >= 15
        start = "pg_backup_start('copy', true)" if new else "pg_start_backup('copy', true, false)"
        stop = "pg_backup_stop(false)" if new else "pg_stop_backup(false, false)"
        upstream.sql(f"SELECT {start};\n"
                     f"\\! cp -a '{upstream.data}' '{self.data}' 2>/dev/null; rm -f '{self.data}/postmaster.pid'\n"
                     f"\\o '{self.data}/backup_label'\nSELECT labelfile FROM {stop};\n")
        for path in [*(self.data / "pg_wal").iterdir(), *(self.data / "pg_replslot").iterdir()]:
            if path.is_file():
                path.unlink()
            elif path.parent.name == "pg_replslot":
                shutil.rmtree(path)
        self.name_itself()

    def name_itself(self):
        super().name_itself()
        self.append("postgresql.conf", "include_if_exists = 'follow.conf'\n" if self.major >= 12 else "")

    def follow(self, upstream, slot=True, conninfo=""):
        """Written down only: a start, or from 13 on a reload, does it."""
        lines = [f"primary_conninfo = 'host={upstream.folder} user=replica application_name={self.name} {conninfo}'",
                 "recovery_target_timeline = 'latest'"]
        if slot:
            lines.append(f"primary_slot_name = '{self.name}'")
        if self.major >= 12:
            self.append("standby.signal", "", replace=True)
            self.append("follow.conf", "\n".join(lines) + "\n", replace=True)
        else:
            self.append("recovery.conf", "\n".join(["standby_mode = on", *lines]) + "\n", replace=True)
        for path in ("standby.signal", "follow.conf", "recovery.conf"):
            if (self.data / path).exists():
                processes.give_away(self.data / path)

    def refollow(self, upstream, **options):
        self.follow(upstream, **options)
        if self.major >= 13:
            self.reload()
        else:
            self.restart()

    # Life

    def start(self, wait=True):
        self.process = processes.Process(self.name, [self.binaries / "postgres", "-D", self.data], self.folder / "log",
                                         stop_signal=signal.SIGINT)
        if wait:
            processes.wait_for(f"answer from {self.name}", self.answers, self.process, deadline=60)

    def session(self, text, database="postgres"):
        """A session that stays; it ends with stop()."""
        process = processes.Process("session", self.psql(database=database), self.folder / "session.log",
                                    stdin=subprocess.PIPE)
        print(text, file=process.child.stdin, flush=True)
        return process

    def reload(self):
        self.sql("SELECT pg_reload_conf()")

    def restart(self):
        self.stop()
        self.start()

    def set(self, setting, value):
        self.sql(f"ALTER SYSTEM SET {setting} = '{value}'")
        self.reload()

    def reset(self, *settings):
        for setting in settings:
            self.sql(f"ALTER SYSTEM RESET {setting}")
        self.reload()

    def promote(self):
        self.process.child.poll()
        self.append("promote", "", replace=True)
        processes.give_away(self.data / "promote")
        if self.major < 12:
            self.append("recovery.conf", f"trigger_file = '{self.data}/promote'\n")
        os.kill(self.pid, signal.SIGUSR1)
        self.until("leads", "SELECT NOT pg_is_in_recovery()")

    def write(self, megabytes):
        """So much WAL, and nothing that stays."""
        for _ in range(0, megabytes, 10):
            self.sql(FILL.format(rows=125 * min(10, megabytes)) + "; TRUNCATE filler")

    def slot(self, name):
        self.sql(f"SELECT pg_create_physical_replication_slot('{name}', true)")

    def drop_slot(self, name):
        self.until(f"slot {name} is free", f"SELECT count(*) = 0 FROM pg_replication_slots WHERE slot_name = '{name}' AND active")
        self.sql(f"SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = '{name}'")

    # Death

    @property
    def pid(self):
        return self.process.child.pid

    def family(self):
        """The postmaster and its children."""
        pids = [self.pid]
        for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = stat.read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            if int(fields[1]) == self.pid:
                pids.append(int(stat.parent.name))
        return pids

    def signal_all(self, number):
        for pid in self.family():
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass

    def kill(self):
        """As a crash of the machine: nobody is told."""
        self.signal_all(signal.SIGKILL)
        self.process.child.wait(10)

    def stop(self):
        if self.process is not None and self.process.running():
            self.signal_all(signal.SIGCONT)
            super().stop()


class Writer:
    """A row every 0.3 s to whoever leads, through one psql at a time."""

    def __init__(self, cluster):
        self.cluster, self.over, self.process = cluster, threading.Event(), None
        self.thread = threading.Thread(target=self.write, daemon=True)
        self.thread.start()

    def write(self):
        while not self.over.wait(0.3):
            node = self.cluster.leader
            if self.process is None or not self.process.running() or self.process.name != node.name:
                self.end()
                self.process = processes.Process(node.name, node.psql(), node.folder / "load.log", stdin=subprocess.PIPE)
            try:
                print("INSERT INTO orders (note) VALUES (repeat('x', 200));", file=self.process.child.stdin, flush=True)
            except (BrokenPipeError, ValueError):
                pass

    def end(self):
        if self.process is not None:
            self.process.stop()

    def stop(self):
        self.over.set()
        self.thread.join(15)
        self.end()


class Cluster:
    """`standbys`: name -> upstream. `declaration`: lines below its `- name:` in the exporter's configuration, and
    `changes` those that a fault may lay aside for its own (`more`)."""

    def __init__(self, name, major=NEWEST, standbys=None, settings="", declaration="", changes="", archives=False,
                 writes=True, prepare=None, debian=False):
        self.name, self.major, self.standbys, self.settings = name, major, standbys or {}, settings
        self.declaration, self.archives, self.writes, self.prepare = declaration, archives, writes, prepare
        self.debian, self.changes, self.more = debian, changes, ""
        self.nodes, self.node_lines, self.hosts, self.writer, self.extras = {}, {}, {}, None, []

    def __getattr__(self, name):
        if name in self.__dict__.get("nodes", {}):
            return self.nodes[name]
        raise AttributeError(name)

    def start(self, folder, scratch):
        self.folder = processes.make_folder(folder)
        self.archive = processes.make_folder(self.folder / "archive")
        self.binaries = CLIENTS if self.debian else programs(self.major, scratch)
        primary = self.leader = self.add("pg1")
        primary.initialize(self.settings + (ARCHIVING.format(archive=self.archive) if self.archives else ""))
        primary.start()
        primary.sql(ROLES)
        self.grant()
        for name, upstream in self.standbys.items():
            self.add(name)
            self.remake(name, self.nodes[upstream])
        if self.prepare:
            self.prepare(self)
        if self.writes:
            self.writer = Writer(self)

    @property
    def grants(self):
        """Exactly what deploy/sql gives the role."""
        return (postgres.DEPLOY_SQL / f"monitoring-role-{self.major}.sql").read_text()

    def grant(self):
        processes.run(self.leader.psql("-f", "-"), feed=self.grants)

    def add(self, name):
        self.nodes[name] = Server(self.major, self.binaries, self.folder / name, name)
        return self.nodes[name]

    def remake(self, name, upstream, slot=True):
        """A standby, new or anew, that streams when this returns."""
        node = self.nodes[name]
        node.stop()
        if slot and upstream.sql(f"SELECT count(*) FROM pg_replication_slots WHERE slot_name = '{name}'") == "0":
            upstream.slot(name)
        node.copy_from(self.leader)
        node.follow(upstream, slot)
        node.start()
        self.until_streams(node)

    @staticmethod
    def until_streams(node):
        node.until("streams", "SELECT count(*) > 0 FROM pg_stat_wal_receiver WHERE status = 'streaming'")

    def base_backup(self):
        """One that is really taken, though nobody keeps it: its trace in the archive is what counts here."""
        base = Server(self.major, self.binaries, self.folder / "base", "base")
        base.copy_from(self.leader)
        shutil.rmtree(base.folder)

    def configuration(self):
        """Its entry in the exporter's configuration."""
        lines = [f"  - name: {self.name}", *(f"    {line}" for line in self.declared().splitlines()), "    nodes:"]
        lines += [f"      - {{name: {node.name}, host: {self.hosts.get(node.name, node.folder)}{self.node_lines.get(node.name, '')}}}"
                  for node in self.nodes.values()]
        return "\n".join(lines) + "\n"

    def declared(self):
        lines = "\n".join([self.declaration, self.more or self.changes])
        return lines.format(folder=self.folder, archive=self.archive).strip()

    def stop(self):
        if self.writer:
            self.writer.stop()
        for extra in self.extras:
            extra.stop()
        for node in reversed(self.nodes.values()):
            node.stop()

