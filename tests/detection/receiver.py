"""Who is told: a webhook that remembers what Alertmanager delivers, when and through which receiver."""
import http.server
import json
import threading
import time
from dataclasses import dataclass


@dataclass(frozen=True)
class Delivery:
    at: float
    receiver: str
    firing: bool
    labels: tuple

    def label(self, name):
        return dict(self.labels).get(name, "")

    @property
    def alert(self):
        return f"{self.label('alertname')} {self.label('severity')}"


class Receiver:
    def __init__(self):
        self.deliveries, self.lock = [], threading.Lock()
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):  # pylint: disable=invalid-name
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.take(self.path.strip("/"), json.loads(body))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)

    def start(self):
        self.thread.start()

    def stop(self):
        if self.thread.is_alive():
            self.server.shutdown()
        self.server.server_close()

    def take(self, receiver, message):
        now = time.monotonic()
        new = [Delivery(now, receiver, alert["status"] == "firing", tuple(sorted(alert["labels"].items())))
               for alert in message["alerts"]]
        with self.lock:
            self.deliveries += new

    def of(self, cluster, since=0.0):
        """What came for a cluster ("": for the exporter itself) that somebody must act upon."""
        with self.lock:
            return [each for each in self.deliveries if each.at >= since and each.label("pg_cluster") == cluster
                    and each.label("severity") in ("warning", "critical")]

    def arrivals(self, cluster, since):
        """alert -> when it first came."""
        first = {}
        for each in self.of(cluster, since):
            if each.firing:
                first.setdefault(each.alert, each.at)
        return first

    def told(self):
        """All that came and that somebody must act upon."""
        with self.lock:
            return sorted({f"{each.label('pg_cluster')} {each.label('pg_node')} {each.alert}" for each in self.deliveries
                           if each.label("severity") in ("warning", "critical")})

    def alive(self):
        """Whether the watchdog was heard."""
        with self.lock:
            return any(each.label("alertname") == "PgWatchdog" for each in self.deliveries)

    def unresolved(self, cluster, since):
        last = {each.labels: each for each in self.of(cluster, since)}
        return [each for each in last.values() if each.firing]
