"""What ten thousand hostile connections cost those who behave, and what they leave behind: the rows `hostile-…`.

The crowd is a process of its own (this file, run with `crowd`), so that it is the hub that meets it and not the clock of
the honest client. Of it, nine in ten finish TLS and then say nothing, one in twenty never begins TLS, and one in twenty
sends a request one header field every five seconds. No place is given back while an honest member is timed.
"""
import contextlib
import os
import resource
import socket
import ssl
import statistics
import subprocess
import sys
import threading
import time
import urllib.parse
import uuid


drip_s = 5  # between two header fields of a slow one


def raise_file_limit():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


# The crowd. ------------------------------------------------------------------------------------------------

def crowd(port, count):
    """Says "open N" once all stand, holds them until its input ends, and "kept N" with those that still stand."""
    raise_file_limit()
    context = ssl._create_unverified_context()
    rude, slow = count // 20, count // 20
    held, dripping = [], []

    def connect():
        return socket.create_connection(("127.0.0.1", port), timeout=20)

    for number in range(count - rude):
        connection = context.wrap_socket(connect())
        connection.setblocking(False)
        held.append(connection)
        if number >= count - rude - slow:
            dripping.append(connection)
    held += [connect() for _ in range(rude)]
    for connection in dripping:
        connection.send(b"GET /health HTTP/1.1\r\nHost: hub\r\n")
    print(f"open {len(held)}", flush=True)
    done = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), done.set()), daemon=True).start()
    while not done.wait(drip_s / len(dripping)):  # one after the other, not in waves
        connection = dripping.pop(0)
        dripping.append(connection)
        with contextlib.suppress(OSError):
            connection.send(b"X-Slow: 1\r\n")
    print(f"kept {sum(1 for each in held if stands(each))}", flush=True)


def stands(connection):
    connection.setblocking(False)
    try:
        return connection.recv(1) != b""
    except (ssl.SSLWantReadError, BlockingIOError):
        return True
    except OSError:
        return False


class Crowd:
    def __init__(self, port, count):
        self.count = count
        self.process = subprocess.Popen([sys.executable, __file__, "crowd", str(port), str(count)],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if self.process.stdout.readline().split() != ["open", str(count)]:
            self.process.kill()
            raise OSError(f"a crowd of {count} did not come in: {self.process.communicate()[1][-300:]}")

    def leave(self):
        """How many the hub had not cut."""
        said, _ = self.process.communicate("")
        return int(said.split()[-1])


# The honest member. ----------------------------------------------------------------------------------------

class Member:
    """One kept connection with a plain socket below: a request, its answer, and the time between."""

    def __init__(self, hub):
        self.hub = hub
        self.connection = ssl._create_unverified_context().wrap_socket(
            socket.create_connection(("127.0.0.1", hub.port), timeout=30))
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, method, path, body=b""):
        request = (f"{method} {path} HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer {self.hub.token}\r\n"
                   f"Content-Length: {len(body)}\r\n\r\n").encode() + body
        began = time.perf_counter()
        self.connection.sendall(request)
        answer = b""
        while b"\r\n\r\n" not in answer:
            piece = self.connection.recv(1 << 16)
            if not piece:
                raise OSError("the hub hung up on an honest member")
            answer += piece
        head, _, rest = answer.partition(b"\r\n\r\n")
        length = next(int(line.split(b":")[1]) for line in head.lower().split(b"\r\n")
                      if line.startswith(b"content-length:"))
        while len(rest) < length:
            rest += self.connection.recv(1 << 16)
        if not head.startswith(b"HTTP/1.1 200"):
            raise OSError(f"{method} {path}: {head[:80]!r}")
        return (time.perf_counter() - began) * 1e6

    def reads(self, count):
        return [self.ask("GET", "/api/v1/me") for _ in range(count)]

    def shares(self, circle, count):
        path = f"/api/v1/circles/{urllib.parse.quote(circle)}/objects"
        took = []
        for _ in range(count):
            made = (f'{{"type":"domain-name","spec_version":"2.1","id":"domain-name--{uuid.uuid4()}",'
                    f'"value":"{uuid.uuid4().hex}.net"}}')
            took.append(self.ask("POST", path, made.encode()))
        return took


def p99(values):
    return statistics.quantiles(values, n=100, method="inclusive")[98]


def descriptors(hub):
    return len(os.listdir(f"/proc/{hub.process.pid}/fd"))


def measure(bench, hub, wait_until):
    """Rounds without and with the crowd, in turn."""
    room = raise_file_limit()
    count = min(2_000 if bench.options.quick else 10_000, room - 500)
    rounds, reads, shares = (3, 5_000, 300) if bench.options.quick else (7, 20_000, 1_000)
    circle = hub.circle("honest")
    member = Member(hub)
    member.reads(500)
    before_fds = descriptors(hub)
    read, share = {"off": [], "on": []}, {"off": [], "on": []}
    grown, kept, left_mb = [], [], []
    for _ in range(rounds):
        for state in ("off", "on"):
            alone = hub.resident_mb()
            crowd_ = Crowd(hub.port, count) if state == "on" else None
            time.sleep(0.5)
            read[state].append(p99(member.reads(reads)))
            share[state].append(p99(member.shares(circle, shares)))
            if crowd_:
                grown.append((hub.resident_mb() - alone) * 1024 / count)
                kept.append(crowd_.leave())
                wait_until(lambda: descriptors(hub) <= before_fds, 30, "letting go of the crowd's descriptors")
                left_mb.append(hub.resident_mb())
    bench.add("hostile-read-p99", "us", read["on"], read["off"], 1.1, more_is_better=False)
    bench.add("hostile-share-p99", "us", share["on"], share["off"], 1.1, more_is_better=False)
    bench.add("hostile-connections", "kept", kept, [count])
    bench.add("hostile-connection-memory", "KiB", [max(grown)], [96], 1, more_is_better=False)
    bench.add("hostile-memory-after", "MB", [left_mb[-1]], [left_mb[0]], 1.1, more_is_better=False)
    bench.add("hostile-descriptors-after", "open", [descriptors(hub)], [before_fds], 1, more_is_better=False)


if __name__ == "__main__":
    if len(sys.argv) != 4 or sys.argv[1] != "crowd":
        sys.exit("run bench/run.py hostile")
    crowd(int(sys.argv[2]), int(sys.argv[3]))
