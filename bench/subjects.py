"""The programs under comparison: each a process of its own, with a role of its own, so that its backends can be found."""
import json
import pathlib
import shutil
import socket
import statistics
import subprocess
import sys
import time

import processes
import scrapes

HERE = pathlib.Path(__file__).resolve().parent
SLOW = "200s"  # once at the start, and not again while the bench measures

CONFIG = """\
lanes: {{pulse: {pulse}ms, status: {status}, inventory: """ + SLOW + """}}
connection: {{user: {role}, dbname: postgres, password_file: {folder}/password, sslmode: disable}}
clusters: [{{name: bench, nodes: [{{name: pg1, host: 127.0.0.1, port: {port}}}]}}]
"""


def ready(address):
    """Whether a scrape of this exporter shows that it has reached its server."""
    try:
        scraper = scrapes.Scraper(address)
        page = scrapes.text_of(scraper.scrape()[1])
        scraper.close()
    except (OSError, scrapes.Broken):
        return False
    return any(line.startswith(("pgfleet_up{", "pg_up ")) and line.endswith(" 1") for line in page.splitlines())


class Bench:
    """What all subjects share: the folder, the server, the pace, the programs' paths."""

    def __init__(self, folder, pair, programs, period_ms):
        self.folder, self.pair, self.programs, self.period_ms = pathlib.Path(folder), pair, programs, period_ms
        self.running = []

    def prepare(self):
        # Copies, because the source tree may lie where the unprivileged user cannot look.
        for name, path in self.programs.items():
            if not pathlib.Path(path).is_file():
                raise processes.Trouble(f"{path} is not there: make bench builds it, or name it with --{name}")
            self.programs[name] = pathlib.Path(shutil.copy(path, self.folder / name))
            self.programs[name].chmod(0o755)
        processes.write_file(self.folder / "password", self.pair.password + "\n", 0o600)

    def launch(self, name, command, address=None, environment=None):
        process = processes.Process(name, command, self.folder / f"{name}.log", environment)
        self.running.append(process)
        if address:
            processes.wait_for(f"page of {name} with its server on it", lambda: ready(address), process)
        return process.child.pid

    def pgfleet(self, role, status=True, port=None):
        """(pid, address). Without `status` it asks the pulse alone at the common pace."""
        address = f"127.0.0.1:{processes.free_port()}"
        config = processes.write_file(self.folder / f"{role}.yml", CONFIG.format(
            pulse=self.period_ms, status=f"{self.period_ms}ms" if status else SLOW, role=role, folder=self.folder,
            port=port or self.pair.port))
        return self.launch(role, [self.programs["pgfleet"], f"--config.file={config}", f"--web.listen-address={address}"],
                           address), address

    def peer(self, role, port=None):
        address = f"127.0.0.1:{processes.free_port()}"
        dsn = f"postgresql://{role}:{self.pair.password}@127.0.0.1:{port or self.pair.port}/postgres?sslmode=disable"
        return self.launch(role, [self.programs["peer"], f"--web.listen-address={address}"], address,
                           {"DATA_SOURCE_NAME": dsn}), address

    def floor(self, role, syncs):
        pid = self.launch(role, [self.programs["floor"], self.pair.conninfo(role), self.period_ms, syncs],
                          environment={"PGPASSWORD": self.pair.password})
        log = self.folder / f"{role}.log"
        processes.wait_for(f"ready {role}", lambda: "ready" in log.read_text(), self.running[-1])
        return pid

    def stop(self, *names):
        """Those named, or all."""
        for process in reversed(self.running):
            if not names or process.name in names:
                process.stop()


class Proxy:
    """A wire of `delay_ms` each way to a port; see delay_proxy.py."""

    def __init__(self, target, delay_ms):
        self.port = processes.free_port()
        self.child = subprocess.Popen([sys.executable, HERE / "delay_proxy.py", str(self.port), str(target), str(delay_ms)],
                                      stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        processes.wait_for("listening proxy", self.listening)

    def listening(self):
        try:
            socket.create_connection(("127.0.0.1", self.port)).close()
            return True
        except OSError:
            return False

    def report(self):
        print(file=self.child.stdin, flush=True)
        return json.loads(self.child.stdout.readline())

    def round_trip(self):
        """Seconds of the shortest question there is: whether the server would encrypt (SSLRequest, then GSSENCRequest)."""
        taken = []
        for _ in range(9):
            with socket.create_connection(("127.0.0.1", self.port)) as wire:
                for code in (80877103, 80877104):
                    began = time.perf_counter()
                    wire.sendall((8).to_bytes(4, "big") + code.to_bytes(4, "big"))
                    wire.recv(1)
                taken.append(time.perf_counter() - began)
        return statistics.median(taken)

    def stop(self):
        self.child.terminate()
        self.child.wait(10)
