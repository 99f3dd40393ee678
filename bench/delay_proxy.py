#!/usr/bin/env python3
"""A wire of a given length to a PostgreSQL server, with a counter at the client's end.

    delay_proxy.py LISTEN_PORT TO_PORT DELAY_MS

Holds every byte back for DELAY_MS each way, and writes a line of JSON for each line read from stdin: a list of the
connections in the order of their arrival, each with `up` and `down` (bytes), `statements` (Query and Execute messages) and
`turns`: how often the client spoke after it had heard from the server, so n questions in one pipeline are one turn, and
n questions that each wait for the one before are n.
"""
import asyncio
import json
import sys
import time

QUERY, EXECUTE = ord("Q"), ord("E")


class Wire:
    """One connection's counters."""

    def __init__(self):
        self.up = self.down = self.statements = self.turns = 0
        self.heard = True
        self.unread = bytearray()
        self.started = False

    def from_client(self, data):
        self.up += len(data)
        if self.heard:
            self.turns += 1
            self.heard = False
        self.unread += data
        self.count_messages()

    def count_messages(self):
        # The first message, the startup packet, has no type byte.
        while len(self.unread) >= 5:
            kind = self.unread[0] if self.started else 0
            at = 1 if self.started else 0
            size = at + int.from_bytes(self.unread[at:at + 4], "big")
            if len(self.unread) < size:
                return
            self.statements += kind in (QUERY, EXECUTE)
            self.started = True
            del self.unread[:size]

    def to_client(self, data):
        self.down += len(data)
        self.heard = True

    def report(self):
        return {"up": self.up, "down": self.down, "statements": self.statements, "turns": self.turns}


async def carry(reader, writer, delay, sent=None, delivered=None):
    """Reads on while earlier pieces are still on their way."""
    pieces = asyncio.Queue()

    async def deliver():
        while True:
            due, data = await pieces.get()
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            if not data:
                writer.close()
                return
            if delivered:
                delivered(data)
            writer.write(data)

    task = asyncio.ensure_future(deliver())
    try:
        while data := await reader.read(1 << 16):
            if sent:
                sent(data)
            pieces.put_nowait((time.monotonic() + delay, data))
    except ConnectionError:
        pass
    pieces.put_nowait((time.monotonic() + delay, b""))
    await task


async def main(listen, target, delay):
    wires = []

    async def serve(reader, writer):
        wire = Wire()
        wires.append(wire)
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", target)
        await asyncio.gather(carry(reader, far_writer, delay, sent=wire.from_client),
                             carry(far_reader, writer, delay, delivered=wire.to_client))

    server = await asyncio.start_server(serve, "127.0.0.1", listen)
    commands = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
    while await commands.readline():
        print(json.dumps([wire.report() for wire in wires]), flush=True)
    server.close()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]) / 1000))
