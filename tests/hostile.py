"""Whoever misbehaves is refused in clear words, costs the hub bounded memory, and keeps nobody else waiting. What the
others' waiting is worth is measured by the benchmark `hostile`; here it must only not stop."""

import contextlib
import gzip
import json
import os
import socket
import ssl
import threading
import time

from hub import Hub, eventually, expect, expect_equal, expect_small, indicator, main

SLOW = 300  # connections of each slow kind at a time
IDLE = 1500
GROWTH_BYTES_MAX = (SLOW + IDLE) * (96 << 10) + (64 << 20)


def answer_to(client, bytes_, seconds=15.0):
    """All that comes back for these bytes, until the hub hangs up or says no more."""
    got = b""
    with contextlib.closing(client.raw_socket()) as connection:
        connection.settimeout(seconds)
        with contextlib.suppress(OSError):
            connection.sendall(bytes_)
        with contextlib.suppress(OSError):
            while piece := connection.recv(1 << 16):
                got += piece
                if b"\r\n\r\n" in got and b"connection: close" not in got.lower():
                    break
    return got


def status_of(answer):
    return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/1.1 ") else None


def request(client, line, *fields, body=b""):
    head = [line + " HTTP/1.1", "Host: hub", f"Authorization: Bearer {client.token}", *fields]
    return ("\r\n".join(head) + "\r\n\r\n").encode() + body


class Crowd:
    """Many connections that send what they are told, as slowly as they are told, from one thread."""

    def __init__(self, client, number, handshake=True, drip=None):
        self.sockets, self.drip, self.stopping = [], drip, threading.Event()
        for _ in range(number):
            if handshake:
                self.sockets.append(client.raw_socket())
            else:
                plain = socket.create_connection((client.host, client.port), timeout=5)
                self.sockets.append(plain)
        self.thread = threading.Thread(target=self._drip, daemon=True)
        if drip:
            self.thread.start()

    def _drip(self):
        for piece in self.drip:
            for connection in self.sockets:
                with contextlib.suppress(OSError):
                    connection.send(piece)
            if self.stopping.wait(0.5):
                return

    def all_cut(self, seconds):
        """Whether the hub has hung up on every one of them."""
        end = time.monotonic() + seconds
        for connection in self.sockets:
            connection.settimeout(max(0.05, end - time.monotonic()))
            try:
                while connection.recv(4096):
                    pass
            except (TimeoutError, ssl.SSLWantReadError):
                return False
            except OSError:
                pass
        return True

    def close(self):
        self.stopping.set()
        for connection in self.sockets:
            connection.close()


@contextlib.contextmanager
def town(program):
    with Hub(program) as hub:
        hub.circle("town")
        member = hub.member("acme", "town")
        member.client.share("town", indicator())
        yield hub, member.client


def serves(client):
    """An ordinary member's ordinary request, which must go on to be answered."""
    begun = time.monotonic()
    expect_equal(client.get("/api/v1/me").status, 200, "others are served")
    expect(time.monotonic() - begun < 5, "and soon")


def slow_ones_are_cut(program, _data):
    with town(program) as (hub, client):
        before = hub.resident_bytes()
        head = [b"GET /api/v1/me HTTP/1.1\r\n", b"Host: hub\r\n"] + [b"X-Slow: 1\r\n"] * 60
        crowds = [Crowd(client, SLOW, drip=head), Crowd(client, SLOW, handshake=False)]
        end = time.monotonic() + 8
        while time.monotonic() < end:
            serves(client)
            time.sleep(0.05)
        expect_small(hub.resident_bytes() - before < GROWTH_BYTES_MAX, "slow connections cost bounded memory")
        for crowd in crowds:
            expect(crowd.all_cut(15), "whoever does not come to the point is cut")
            crowd.close()
        serves(client)


def idle_ones_cost_little(program, _data):
    with town(program) as (hub, client):
        serves(client)
        before, open_before = hub.resident_bytes(), len(os.listdir(f"/proc/{hub.process.pid}/fd"))
        crowd = Crowd(client, IDLE)
        serves(client)
        each = (hub.resident_bytes() - before) / IDLE
        expect_small(each < 96 << 10, f"an idle connection costs {each / 1024:.0f} KiB")
        crowd.close()
        serves(client)
        eventually(lambda: len(os.listdir(f"/proc/{hub.process.pid}/fd")) <= open_before, "every descriptor is given back")


def what_is_too_much_is_refused(program, _data):
    with town(program) as (hub, client):
        before = hub.resident_bytes()
        share = "POST /api/v1/circles/town/objects"
        post = "POST /taxii2/root/collections/town/objects/"
        wanted = [
            (431, request(client, "GET /api/v1/me", "X-Flood: " + "x" * 40_000)),
            (431, request(client, "GET /api/v1/me", *[f"X-{i}: y" for i in range(5000)])),
            (413, request(client, share, f"Content-Length: {17 << 20}")),
            (413, request(client, post, f"Content-Length: {1 << 40}")),
            (413, request(client, share, "Transfer-Encoding: chunked") + (b"100000\r\n" + b"x" * (1 << 20) + b"\r\n") * 18),
            (400, request(client, share, "Content-Length: 5", "Content-Length: 6") + b"hello"),
            (400, request(client, share, "Content-Length: -1")),
            (400, request(client, "GET /api/v1/../secrets")),
            (400, request(client, "GET /api/v1/%00")),
            (400, request(client, "GET /api/v1/%2e%2e/secrets")),
            (400, request(client, "GET /taxii2/root/collections/town/..%2f..%2fsecrets/")),
            (400, request(client, "GET /api/v1/circles/town%2f../entries")),
            (400, request(client, share, "Content-Length: 5", "Transfer-Encoding: chunked") + b"0\r\n\r\n"),
            (501, request(client, share, "Transfer-Encoding: gzip, chunked") + b"0\r\n\r\n"),
            (400, request(client, share, "Transfer-Encoding: chunked") + b"ffffffffffffffffff\r\n"),
            (400, request(client, "GET /taxii2/root/collections/town/objects/?next=AAAA")),
            (400, request(client, "GET /taxii2/root/collections/town/objects/?limit=0")),
        ]
        for status, bytes_ in wanted:
            answer = answer_to(client, bytes_)
            expect_equal(status_of(answer), status, f"{bytes_[:60]!r}…: {answer[:200]!r}")
            serves(client)
        # Bombs: what is small on the wire and large once taken apart.
        deep = b"[" * 200_000
        for body in (deep, b'{"type":"bundle","objects":' + deep, b'{"type":"indicator","name":' + deep):
            answer = client.request("POST", "/api/v1/circles/town/objects", body)
            good = answer.status == 400 or (answer.status == 200 and not answer.json()["accepted"])
            expect(good, f"a nesting bomb: {answer}")
        bomb = gzip.compress(b"a" * (64 << 20))
        answer = client.request("POST", "/api/v1/circles/town/objects", bomb, {"Content-Encoding": "gzip"})
        expect(answer.status in (400, 415), f"a body is taken as it is, never unpacked: {answer}")
        nested = indicator(pattern="[" + "(" * 50_000 + "domain-name:value='x'" + ")" * 50_000 + "]")
        expect_equal(len(client.share("town", nested)["refused"]), 1, "a nesting bomb of a pattern")
        costly = indicator(pattern="[domain-name:value MATCHES '" + "(a*)*" * 200 + "b']")
        client.share("town", costly)
        expect_small(hub.resident_bytes() - before < GROWTH_BYTES_MAX, "and memory stays bounded")
        serves(client)


def pipelined_and_unread(program, _data):
    """Thousands of requests at once whose answers nobody reads."""
    with town(program) as (hub, client):
        before = hub.resident_bytes()
        one = request(client, "GET /api/v1/openapi.json")
        connections = [client.raw_socket(receive_bytes=4096) for _ in range(20)]
        for connection in connections:
            connection.settimeout(2)
            with contextlib.suppress(OSError):
                connection.sendall(one * 5000)
        serves(client)
        expect_small(hub.resident_bytes() - before < GROWTH_BYTES_MAX, "answers that are not taken are not piled up")
        for connection in connections:
            connection.close()
        serves(client)


def a_cursor_is_worth_nothing_elsewhere(program, _data):
    with town(program) as (hub, client):
        hub.circle("other")
        other = hub.member("bank", "other").client
        for _ in range(3):
            client.share("town", indicator())
            other.share("other", indicator())
        page = "/taxii2/root/collections/{}/objects/?limit=1"
        cursor = client.get(page.format("town")).json()["next"]
        statuses = {
            "its own": client.get(page.format("town") + "&next=" + cursor).status,
            "another circle": other.get(page.format("other") + "&next=" + cursor).status,
            "changed": client.get(page.format("town") + "&next=" + cursor[:-2] + ("AA" if cursor[-2:] != "AA" else "BB")).status,
            "other filters": client.get(page.format("town") + "&match[type]=malware&next=" + cursor).status,
            "outside": other.get(page.format("town") + "&next=" + cursor).status,
        }
        expect_equal(statuses, {"its own": 200, "another circle": 400, "changed": 400, "other filters": 400, "outside": 404},
                     "cursors are bound to asker, circle and filters")
        expect(json.loads(client.get("/health").body)["status"] == "ok", "the hub is well")
        eventually(lambda: client.get("/ready").status == 200, "and ready")


if __name__ == "__main__":
    main(slow_ones_are_cut, idle_ones_cost_little, what_is_too_much_is_refused, pipelined_and_unread,
         a_cursor_is_worth_nothing_elsewhere)
