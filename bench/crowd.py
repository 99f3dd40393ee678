"""A server with many roles of which many are not as the config declares, and an exporter that compares them: how late its
pulses get meanwhile, how large its pages and its memory."""
import datetime
import http.client
import json
import os
import pathlib
import re
import secrets
import subprocess
import time

import accounts
import postgres
import processes

ROLES, MEMBERSHIPS, DRIFTED = 5000, 10000, 1000
POLL, INVENTORY = 1.0, 5.0  # seconds

# Every statement comes into the server's own log, with the time at which it began and its session.
SETTINGS = """
fsync = off
log_line_prefix = '%m %u %c '
log_statement = all
log_timezone = UTC
"""

CONFIG = """\
lanes: {{pulse: {poll:g}s, status: {poll:g}s, inventory: {inventory:g}s}}
connection: {{user: watcher, dbname: postgres, password_file: {folder}/crowd_password}}
clusters:
  - name: crowd
    nodes: [{{name: pg1, host: {server}, port: {port}}}]
    roles_ignore: [postgres, watcher]
    roles:
{roles}
"""

PULSE = re.compile(r"^(\S+ \S+) UTC watcher (\S+) LOG:  execute .* AS activity, ", re.MULTILINE)


def name(number):
    return f"role_{number:04}"


def memberships():
    """(role, member) pairs without a ring: each but the first belongs to the role at half its number, and most to one more. All
    come to the first, which may read the server's files."""
    pairs = [(number // 2, number) for number in range(1, ROLES)]
    pairs += [(number * 7 // 11 if number * 7 // 11 != number // 2 else 0, number) for number in range(4, ROLES)]
    pairs += [(0, number) for number in range(ROLES - 1, 0, -1)]
    return list(dict.fromkeys(pairs))[:MEMBERSHIPS]


def declared_roles():
    """The roles as they are, but that some should be allowed to create databases."""
    members = {}
    for role, member in memberships():
        members.setdefault(role, []).append(name(member))
    lines = [f"      pg_read_server_files: {{members: [{name(0)}]}}"]
    for number in range(ROLES):
        keys = ["login: true"] + (["createdb: true"] if number >= ROLES - DRIFTED else [])
        keys += [f"members: [{', '.join(members[number])}]"] if number in members else []
        lines.append(f"      {name(number)}: {{{', '.join(keys)}}}")
    return "\n".join(lines)


class Crowd:
    def __init__(self, folder, version, exporter, drift_cost):
        self.folder = processes.make_folder(pathlib.Path(folder) / "crowd")
        self.exporter, self.drift_cost = exporter, drift_cost
        self.node = postgres.Node(pathlib.Path(f"/usr/lib/postgresql/{version}/bin"), self.folder / "pg1", "pg1")
        self.address = f"127.0.0.1:{processes.free_port()}"
        self.process = None

    def start(self):
        self.node.initialize(postgres.COMMON.replace("log_min_messages = warning", "") + SETTINGS)
        self.node.append("pg_hba.conf", "local all watcher scram-sha-256\nlocal all all trust\n", replace=True)
        self.node.start()
        sql = [f"CREATE ROLE {name(number)} LOGIN;" for number in range(ROLES)]
        sql += [f"GRANT {name(role)} TO {name(member)};" for role, member in memberships()]
        self.node.sql("SET log_statement = none;\nBEGIN;\n" + "\n".join(sql) +
                      f"\nGRANT pg_read_server_files TO {name(0)};\nCOMMIT;")
        self.add_monitoring_role()
        config = processes.write_file(self.folder / "pgfleet.yml", CONFIG.format(
            poll=POLL, inventory=INVENTORY, folder=self.folder, server=self.node.folder,
            port=os.environ.get("PGPORT", "5432"), roles=declared_roles()))
        self.process = processes.Process("crowd's exporter", [
            self.exporter, f"--config.file={config}", f"--web.listen-address={self.address}"], self.folder / "exporter.log")
        processes.wait_for("comparison of the roles", self.compared, self.process)

    def add_monitoring_role(self):
        sql = subprocess.run([self.exporter, "grants", f"--version={self.node.binaries.parent.name}", "--role=watcher"],
                             check=True, stdout=subprocess.PIPE, text=True).stdout
        processes.run(self.node.psql("-f", "-"), feed=sql)
        password = secrets.token_urlsafe(18)
        self.node.sql(f"ALTER ROLE watcher PASSWORD '{password}'")
        processes.write_file(self.folder / "crowd_password", password + "\n", 0o600)

    def fetch(self, path):
        connection = http.client.HTTPConnection(self.address, timeout=10)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            body = answer.read()
            return body if answer.status == 200 else None
        except OSError:
            return None
        finally:
            connection.close()

    def access(self):
        # No cluster is listed until the first comparison is published.
        clusters = json.loads(self.fetch("/api/v1/drift") or "{}").get("clusters")
        return clusters[0]["access"] if clusters else None

    def compared(self):
        access = self.access()
        return access is not None and len(access["drift"]["entries"]) > 0

    def watch(self, seconds):
        """The pulses that the server logged within so many seconds, while somebody scrapes."""
        began = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.fetch("/metrics")
            time.sleep(POLL)
        log = (self.node.folder / "log").read_text(errors="replace")
        pulses = [(datetime.datetime.fromisoformat(at), session) for at, session in PULSE.findall(log)]
        return [(at, session) for at, session in pulses if at >= began]

    def figures(self, seconds):
        pulses = self.watch(seconds)
        if len({session for _, session in pulses}) != 1 or len(pulses) < 0.8 * seconds / POLL:
            raise processes.Trouble(f"{len(pulses)} pulses in {seconds} s, or of several sessions")
        gaps = [(after - before).total_seconds() for (before, _), (after, _) in zip(pulses, pulses[1:])]
        access, page = self.access(), self.fetch("/metrics").decode()
        cut = re.search(r'^pgfleet_series_dropped\{[^}]*kind="access_drift"[^}]*\} (\S+)$', page, re.MULTILINE)
        return {
            "late": [1000 * (gap - POLL) for gap in gaps],
            "cost": self.cost(),
            "expected": DRIFTED,
            "drifted": len(access["drift"]["entries"]) + access["drift"]["more"],
            "privileged": len(access["privileged"]["entries"]) + access["privileged"]["more"],
            "shown": len(re.findall(r"^pgfleet_access_drift\{", page, re.MULTILINE)),
            "cut": float(cut.group(1)) if cut else 0,
            "bytes": {path: len(self.fetch(path)) for path in ("/metrics", "/drift", "/api/v1/drift")},
            "memory": accounts.memory_kb(self.process.child.pid),
        }

    def cost(self):
        """ms of CPU of a comparison of this size."""
        return json.loads(processes.run([self.drift_cost, "10"]))

    def stop(self):
        for process in (self.process, self.node.process):
            if process is not None:
                process.stop()

    def processes(self):
        return [process for process in (self.process, self.node.process) if process is not None]
