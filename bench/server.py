"""The server of the bench: a primary that archives, its standby behind a slot, roles and databases as a small shop has."""
import os
import pathlib
import secrets
import subprocess

import postgres
import processes

HBA = """\
local  replication  replica  trust
local  all          all      trust
host   all          all      127.0.0.1/32  scram-sha-256
"""

SETTINGS = """
listen_addresses = '127.0.0.1'
port = {port}
max_connections = 60
fsync = off
shared_buffers = 64MB
"""

DATABASES, GROUPS, USERS = 20, 10, 50
ROLES = f"""
SELECT format('CREATE ROLE group_%s NOLOGIN', g) FROM generate_series(1, {GROUPS}) g \\gexec
SELECT format('CREATE ROLE user_%s LOGIN IN ROLE group_%s, group_%s', u, u % {GROUPS} + 1, (u + 3) % {GROUPS} + 1)
  FROM generate_series(1, {USERS}) u \\gexec
"""


class Pair:
    """pg1 archives into a folder; pg2 streams from it through a slot. Clients come over loopback with SCRAM."""

    def __init__(self, folder, version):
        self.folder = pathlib.Path(folder)
        self.binaries = pathlib.Path(f"/usr/lib/postgresql/{version}/bin")
        if not (self.binaries / "initdb").exists():
            raise processes.Trouble(f"no {self.binaries}: apt-get install postgresql-{version}")
        self.port, self.password = processes.free_port(), secrets.token_urlsafe(18)
        os.environ["PGPORT"] = str(self.port)  # names the sockets too, for the server's own tools
        self.primary = postgres.Node(self.binaries, self.folder / "pg1", "pg1")
        self.standby = postgres.Node(self.binaries, self.folder / "pg2", "pg2")

    def start(self):
        archive = processes.make_folder(self.folder / "archive")
        self.primary.initialize(postgres.COMMON + postgres.ARCHIVING.format(archive=archive) + SETTINGS.format(port=self.port))
        self.primary.append("pg_hba.conf", HBA, replace=True)
        self.primary.start()
        self.primary.sql("CREATE ROLE replica LOGIN REPLICATION")
        self.primary.sql(ROLES)
        for number in range(1, DATABASES - 2):  # initdb made three
            self.primary.sql(f"CREATE DATABASE shop_{number}")
        self.standby.copy_from(self.primary)
        self.standby.append("postgresql.conf", "listen_addresses = ''\n")
        self.standby.start()
        processes.wait_for("streaming standby", lambda: self.primary.sql(
            "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'") == "1")
        self.primary.sql("VACUUM ANALYZE")
        self.primary.sql("CHECKPOINT")

    def add_monitoring_role(self, exporter, role):
        """Exactly what the exporter's `grants` says, and a password."""
        sql = subprocess.run([exporter, "grants", f"--version={self.binaries.parent.name}", f"--role={role}"],
                             check=True, stdout=subprocess.PIPE, text=True).stdout
        processes.run(self.primary.psql("-f", "-"), feed=sql)
        self.primary.sql(f"ALTER ROLE {role} PASSWORD '{self.password}'")

    def add_plain_role(self, role):
        """What postgres_exporter's documentation asks for."""
        self.primary.sql(f"CREATE ROLE {role} LOGIN PASSWORD '{self.password}' IN ROLE pg_monitor")

    def conninfo(self, role):
        return f"host=127.0.0.1 port={self.port} user={role} dbname=postgres sslmode=disable"

    def backends(self, role):
        """Process ids of a role's sessions, the oldest first."""
        return [int(pid) for pid in self.primary.sql(
            f"SELECT pid FROM pg_stat_activity WHERE usename = '{role}' ORDER BY backend_start, pid").split()]

    def stop(self):
        self.standby.stop()
        self.primary.stop()

    def processes(self):
        return [node.process for node in (self.primary, self.standby) if node.process is not None]
