"""The exporter itself, and what waits in the background for 24 minutes."""
import signal

from faults.fault import Fault, resets, settings
from servers import Cluster


def kill_exporter(c, w):
    w.process("exporter").child.kill()
    w.process("exporter").child.wait()


def break_config(c, w):
    w.write_config("nonsense: true\n")
    w.process("exporter").child.send_signal(signal.SIGHUP)


EXPORTER = [
    Fault("exporter killed", "", {"PgExporterDown critical"}, kill_exporter, lambda c, w: w.launch_exporter()),
    Fault("exporter no target any more", "", {"PgExporterAbsent critical"}, lambda c, w: w.retarget([]),
          lambda c, w: w.retarget([w.exporter])),
    Fault("exporter's configuration broken", "", {"PgConfigReloadFailed warning"}, break_config, lambda c, w: w.reload()),
]

PENDING = [
    Fault("change waits for a restart", "pending", {"PgPendingRestart warning"}, settings("pg1", max_connections=26),
          resets("pg1", "max_connections"), patience=30 * 60),
]

PENDING_CLUSTER = Cluster("pending", declaration="kind: single", writes=False)
