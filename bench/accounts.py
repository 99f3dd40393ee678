"""CPU time and memory of processes, from /proc."""
import pathlib
import statistics


def cpu_ns(pid):
    """Time on a CPU of all threads of a process, in ns; a sleeping thread's figure is exact."""
    total = 0
    for thread in pathlib.Path(f"/proc/{pid}/task").iterdir():
        total += int((thread / "schedstat").read_text().split()[0])
    return total


def memory_kb(pid):
    """(resident, private) in kB."""
    fields = dict(line.split(":", 1) for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines())
    return tuple(int(fields[name].split()[0]) for name in ("VmRSS", "RssAnon"))


class Account:
    """What named processes spend between ticks: `rounds[name]` has one figure per round, in us per period."""

    def __init__(self, pids):
        self.pids = pids
        self.rounds = {name: [] for name in pids}
        self.before = None

    def begin(self):
        self.before = {name: cpu_ns(pid) for name, pid in self.pids.items()}

    def end(self, periods):
        after = {name: cpu_ns(pid) for name, pid in self.pids.items()}
        for name, value in after.items():
            self.rounds[name].append((value - self.before[name]) / periods / 1000)
        self.before = after

    def us(self, name):
        """The median round."""
        return statistics.median(self.rounds[name])

    def spread(self, name):
        return min(self.rounds[name]), max(self.rounds[name])
