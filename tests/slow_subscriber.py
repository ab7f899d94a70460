"""One subscriber that reads nothing costs the others nothing, and the hub next to no memory; and when it comes
back it has lost nothing."""

import select
import socket
import ssl
import threading
import time

from hub import Hub, expect, expect_equal, expect_small, indicator, main

HEALTHY, OBJECTS, BATCH = 200, 1200, 30
# An indicator here is padded, so that what is sent is much more than the kernel buffers for a connection.
PADDING = "x" * 6000
GROWTH_BYTES_MAX = 96 << 20  # of 1.4 GB that are sent; a queue for each would show
WITHIN_S = 60.0


class Readers(threading.Thread):
    """Many streams in one thread, which only counts whole events: what is tested is the hub, not this script."""

    def __init__(self, client, circle, number):
        super().__init__(daemon=True)
        request = (f"GET /api/v1/circles/{circle}/stream HTTP/1.1\r\nHost: {client.host}\r\n"
                   f"Authorization: Bearer {client.token}\r\n\r\n").encode()
        self.poll, self.sockets = select.poll(), {}
        for _ in range(number):
            connection = client.raw_socket()
            connection.sendall(request)
            connection.setblocking(False)
            self.sockets[connection.fileno()] = connection
            self.poll.register(connection, select.POLLIN)
        self.objects = dict.fromkeys(self.sockets, 0)
        self.rest = dict.fromkeys(self.sockets, b"")
        self.ended, self.stop = 0, False

    def run(self):
        while not self.stop:
            for descriptor, _ in self.poll.poll(100):
                self.read(descriptor)

    def read(self, descriptor):
        while True:
            try:
                data = self.sockets[descriptor].recv(1 << 16)
            except (ssl.SSLWantReadError, BlockingIOError):
                return
            except OSError:
                data = b""
            if not data:
                self.poll.unregister(descriptor)
                self.ended += 1
                return
            data = self.rest[descriptor] + data
            self.objects[descriptor] += data.count(b"event: object\n")
            self.rest[descriptor] = data[-13:]  # one byte less than what is counted

    def close(self):
        self.stop = True
        self.join()
        for connection in self.sockets.values():
            connection.close()


def one_stalls(program, _data):
    with Hub(program) as hub:
        hub.circle("town")
        acme, slow = hub.member("acme", "town"), hub.member("slow", "town")
        readers = Readers(hub.member("healthy", "town").client, "town", HEALTHY)
        readers.start()
        stalled = slow.client.raw_socket(receive_bytes=4096)
        stalled.sendall((f"GET /api/v1/circles/town/stream?sensor=slow HTTP/1.1\r\nHost: {slow.client.host}\r\n"
                         f"Authorization: Bearer {slow.client.token}\r\n\r\n").encode())
        first = stalled.recv(1000)  # the beginning of the snapshot; from now on it takes nothing
        expect(first.startswith(b"HTTP/1.1 200"), f"{first[:100]!r}")
        start = slow.client.entries("town")[0]
        before = hub.resident_bytes()

        begun, sent, largest = time.monotonic(), [], before
        for _ in range(OBJECTS // BATCH):
            batch = [indicator(description=PADDING) for _ in range(BATCH)]
            sent += [one["id"] for one in batch]
            expect_equal(acme.client.share("town", *batch)["accepted"], BATCH, "accepted")
            largest = max(largest, hub.resident_bytes())
        while min(readers.objects.values()) < OBJECTS and time.monotonic() < begun + WITHIN_S:
            largest = max(largest, hub.resident_bytes())
            time.sleep(0.05)
        took = time.monotonic() - begun
        expect_equal(readers.ended, 0, "healthy streams that were cut")
        expect_equal(set(readers.objects.values()), {OBJECTS}, f"each healthy subscriber got all in {took:.1f} s")
        growth = largest - before
        print(f"{HEALTHY} subscribers × {OBJECTS} objects in {took:.1f} s; the hub grew by {growth >> 20} MB")
        expect_small(growth < GROWTH_BYTES_MAX, f"the hub grew by {growth >> 20} MB")
        readers.close()

        # After 30 s without progress the hub cuts it. What it then still finds in its buffers ends in EOF.
        cut = None
        stalled.settimeout(1.0)
        plain_end = time.monotonic() + 45
        while cut is None and time.monotonic() < plain_end:
            text = hub.admin.get("/metrics").body.decode()
            if "tocsin_subscribers 0\n" in text:
                cut = time.monotonic() - begun
            time.sleep(0.25)
        expect(cut is not None, "the subscriber that takes nothing is cut")
        got = 0
        try:
            while data := stalled.recv(1 << 16):
                got += len(data)
        except (ssl.SSLError, socket.timeout, OSError):
            pass
        stalled.close()
        expect(got < OBJECTS * len(PADDING), "it was cut, and not served to the end")
        print(f"the stalled one was cut after {cut:.0f} s with {got >> 10} KiB on their way")

        again = slow.client.stream("town", **{"from": start["sequence"], "commitment": start["commitment"]})
        events, _ = again.snapshot()
        again.close()
        expect_equal([e.json()["object"]["id"] for e in events if e.name == "object"], sent, "nothing is lost")


if __name__ == "__main__":
    main(one_stalls)
