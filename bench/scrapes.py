"""Scrapes as Prometheus makes them: HTTP/1.1, gzip, one connection where the exporter keeps it."""
import socket
import time
import zlib

REQUEST = ("GET /metrics HTTP/1.1\r\nHost: bench\r\nAccept: text/plain;version=0.0.4\r\n"
           "Accept-Encoding: gzip\r\nUser-Agent: bench\r\n\r\n").encode()


class Broken(Exception):
    """An answer that is none."""


class Scraper:
    """A connection that is kept as long as the exporter keeps it; making a new one counts as a part of the scrape."""

    def __init__(self, address):
        host, port = address.split(":")
        self.address, self.socket, self.connections = (host, int(port)), None, 0

    def scrape(self):
        """(seconds until the last byte, the whole answer)."""
        began = time.perf_counter()
        if self.socket is None:
            self.connect()
        self.socket.sendall(REQUEST)
        answer = self.read()
        seconds = time.perf_counter() - began
        if b"connection: close" in answer.partition(b"\r\n\r\n")[0].lower():
            self.close()
        return seconds, answer

    def connect(self):
        self.socket = socket.create_connection(self.address, timeout=10)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.connections += 1

    def read(self):
        data = bytearray()
        body = length = -1
        while True:
            piece = self.socket.recv(1 << 18)
            if not piece:
                raise Broken("the exporter hung up")
            data += piece
            if body < 0:
                body, length = self.head(data)
            if body >= 0 and self.complete(data, body, length):
                return bytes(data)

    @staticmethod
    def head(data):
        """Where the body begins, -1 if that is not known yet, and its length, -1 if it comes in chunks."""
        end = data.find(b"\r\n\r\n")
        if end < 0:
            return -1, -1
        lines = bytes(data[:end]).decode("latin-1").split("\r\n")
        if " 200 " not in lines[0]:
            raise Broken(lines[0])
        fields = {name.lower(): value.strip() for name, value in (line.split(":", 1) for line in lines[1:])}
        if fields.get("content-encoding") != "gzip":
            raise Broken("not gzip")
        return end + 4, int(fields.get("content-length", -1))

    @staticmethod
    def complete(data, body, length):
        return len(data) - body >= length if length >= 0 else data.endswith(b"\r\n0\r\n\r\n")

    def close(self):
        if self.socket is not None:
            self.socket.close()
        self.socket = None


def unchunk(body):
    out = bytearray()
    while True:
        size, _, rest = body.partition(b"\r\n")
        count = int(size, 16)
        if count == 0:
            return bytes(out)
        out += rest[:count]
        body = rest[count + 2:]


def text_of(answer):
    """The page in an answer of scrape()."""
    head, _, body = answer.partition(b"\r\n\r\n")
    if b"chunked" in head.lower():
        body = unchunk(body)
    return zlib.decompress(body, 31).decode()


def samples(page):
    return [line for line in page.splitlines() if line and not line.startswith("#")]


def quantile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
