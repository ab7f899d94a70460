"""A real hub for whole-program tests: starts `tocsin hub`, joins members with the real command line, and speaks
HTTPS to it with nothing but the standard library, so that what is compared is the bytes on the wire."""

import http.client
import json
import os
import queue
import random
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import tomllib
import traceback
import uuid

SKIPPED = 77


class Failed(Exception):
    """An expectation that did not hold."""


class Skip(Exception):
    """Why a test cannot run here."""


def expect(condition, what):
    if not condition:
        raise Failed(what)


def expect_small(condition, what):
    """Of memory: a sanitizer keeps what was freed, so under one there is nothing to measure."""
    expect(condition or os.environ.get("TOCSIN_SANITIZE"), what)


def expect_equal(got, wanted, what):
    if got != wanted:
        raise Failed(f"{what}: got {shown(got)}, wanted {shown(wanted)}")


def shown(value):
    text = repr(value)
    return text if len(text) < 1500 else text[:1500] + "…"


def eventually(question, what, seconds=10.0):
    """Asks again until the answer is true; gives it. The wait is a limit, not a measure."""
    end = time.monotonic() + seconds
    while True:
        answer = question()
        if answer:
            return answer
        if time.monotonic() > end:
            raise Failed(f"{what}: not within {seconds} s")
        time.sleep(0.02)


class Answer:
    """One whole HTTP response. Header names are as they came, in their order."""

    def __init__(self, status, reason, headers, body):
        self.status, self.reason, self.headers, self.body = status, reason, headers, body

    def json(self):
        return json.loads(self.body)

    def header(self, name):
        return next((v for k, v in self.headers if k.lower() == name.lower()), None)

    def fingerprint(self):
        """Everything but the date."""
        return (self.status, self.reason, tuple(h for h in self.headers if h[0].lower() != "date"), self.body)

    def __repr__(self):
        return f"<{self.status} {self.body[:400]!r}>"


class Client:
    """HTTPS with one profile's token and authority. One kept connection; not for several threads at once."""

    def __init__(self, url, token, ca_pem, timeout=20.0):
        self.host, port = url.removeprefix("https://").rsplit(":", 1)
        self.port, self.token, self.ca_pem, self.timeout = int(port), token, ca_pem, timeout
        self.context = ssl.create_default_context(cadata=ca_pem)
        self.connection = None

    @staticmethod
    def of_profile(path, **options):
        with open(path, "rb") as file:
            profile = tomllib.load(file)
        return Client(profile["url"], profile["token"], profile["ca_pem"], **options)

    def with_token(self, token):
        return Client(f"https://{self.host}:{self.port}", token, self.ca_pem, self.timeout)

    def headers(self, more=None):
        headers = {} if self.token is None else {"Authorization": f"Bearer {self.token}"}
        headers.update(more or {})
        return headers

    def request(self, method, path, body=None, headers=None):
        """`body`: bytes as they are, or a value that is sent as JSON. Reconnects when the hub had hung up."""
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
        for attempt in (1, 2):
            fresh = self.connection is None
            if fresh:
                self.connection = http.client.HTTPSConnection(
                    self.host, self.port, context=self.context, timeout=self.timeout)
            try:
                self.connection.request(method, path, body, self.headers(headers))
                response = self.connection.getresponse()
                answer = Answer(response.status, response.reason, response.getheaders(), response.read())
                if response.will_close:
                    self.close()
                return answer
            except (OSError, http.client.HTTPException):
                self.close()
                if fresh or attempt == 2:
                    raise

    def get(self, path):
        return self.request("GET", path)

    def post(self, path, body=None):
        return self.request("POST", path, {} if body is None else body)

    def ok(self, method, path, body=None, status=None):
        answer = self.request(method, path, body)
        good = answer.status == status if status else answer.status in (200, 201, 204)
        expect(good, f"{method} {path}: {answer}")
        return json.loads(answer.body) if answer.body else {}

    def close(self):
        if self.connection is not None:
            self.connection.close()
        self.connection = None

    def share(self, circle, *objects, query=""):
        body = b"\n".join(o if isinstance(o, bytes) else json.dumps(o).encode() for o in objects)
        return self.ok("POST", f"/api/v1/circles/{circle}/objects{query}", body)

    def entries(self, circle, after=0, limit=1000):
        """All entries that the caller may see, page by page."""
        found = []
        while after is not None:
            page = self.ok("GET", f"/api/v1/circles/{circle}/entries?after={after}&limit={limit}")
            found += page["entries"]
            after = page.get("next")
        return found

    def raw_socket(self, receive_bytes=None):
        plain = socket.socket()
        if receive_bytes:
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        plain.settimeout(self.timeout)
        plain.connect((self.host, self.port))
        return self.context.wrap_socket(plain, server_hostname=self.host)

    def stream(self, circle, **query):
        return Stream(self, circle, query)


class Event:
    __slots__ = ("name", "id", "data", "at")

    def __init__(self, name, identifier, data):
        self.name, self.id, self.data, self.at = name, identifier, data, time.monotonic()

    def json(self):
        return json.loads(self.data)

    def __repr__(self):
        return f"<{self.name} {self.id} {self.data[:200]!r}>"


class Stream:
    """A reader of Server-Sent Events, with a thread of its own that puts them into a queue."""

    def __init__(self, client, circle, query):
        self.events, self.seen = queue.Queue(), []
        self.connection = http.client.HTTPSConnection(
            client.host, client.port, context=client.context, timeout=client.timeout)
        path = f"/api/v1/circles/{circle}/stream"
        path += ("?" + "&".join(f"{k}={v}" for k, v in query.items())) if query else ""
        self.connection.request("GET", path, headers=client.headers())
        self.response = self.connection.getresponse()
        self.status = self.response.status
        self.ended = threading.Event()
        if self.status != 200:
            self.body = self.response.read()
            self.ended.set()
            return
        self.connection.sock and self.connection.sock.settimeout(60)
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self):
        name, identifier, data = "message", None, []
        try:
            for raw in self.response:
                line = raw.rstrip(b"\r\n")
                if not line:
                    if data:
                        self.events.put(Event(name, identifier, b"\n".join(data)))
                    name, data = "message", []
                    continue
                field, _, value = line.partition(b":")
                value = value.removeprefix(b" ")
                if field == b"event":
                    name = value.decode()
                elif field == b"id":
                    identifier = value.decode()
                elif field == b"data":
                    data.append(value)
        except (OSError, ValueError, AttributeError, http.client.HTTPException):
            pass
        self.ended.set()
        self.events.put(None)

    def next(self, what, seconds=10.0):
        """The next event, or None when the stream has ended."""
        try:
            event = self.events.get(timeout=seconds)
        except queue.Empty:
            raise Failed(f"{what}: no event within {seconds} s; so far {shown(self.seen[-5:])}") from None
        if event is not None:
            self.seen.append(event)
        return event

    def until(self, wanted, what, seconds=10.0):
        """Skips to the first event for which `wanted` (a name or a question) holds."""
        question = (lambda e: e.name == wanted) if isinstance(wanted, str) else wanted
        end = time.monotonic() + seconds
        while True:
            event = self.next(what, max(0.01, end - time.monotonic()))
            if event is None:
                raise Failed(f"{what}: the stream ended first; so far {shown(self.seen[-5:])}")
            if question(event):
                return event

    def snapshot(self):
        """Everything up to `live`, and that event itself."""
        found = []
        while True:
            event = self.next("the snapshot", 20.0)
            expect(event is not None, "the stream ended within its snapshot")
            if event.name == "live":
                return found, event
            found.append(event)

    def close(self):
        try:
            if self.connection.sock:
                self.connection.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.connection.close()


class Member:
    """A member that joined: its profile, and a client with that profile's token."""

    def __init__(self, hub, name, profile):
        self.hub, self.name, self.profile = hub, name, profile
        self.client = Client.of_profile(profile)
        me = self.client.ok("GET", "/api/v1/me")
        self.uuid, self.person = me["member"]["uuid"], me["person"]

    def cli(self, *arguments, **options):
        return self.hub.cli(*arguments, profile=self.profile, **options)

    def token(self, *scopes):
        """A further client of the same person with these scopes only. Its `token_id` can be revoked."""
        made = self.client.ok("POST", "/api/v1/tokens", {"person": self.person, "scopes": list(scopes)}, 201)
        client = self.client.with_token(made["token"])
        client.token_id = made["id"]
        return client


class Ran:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    def json(self):
        return json.loads(self.out)

    def __repr__(self):
        return f"<exit {self.code}, stdout {self.out[:800]!r}, stderr {self.err[:800]!r}>"


class Hub:
    def __init__(self, program, *options):
        self.program, self.options = os.path.abspath(program), options
        self.folder = tempfile.mkdtemp(prefix="tocsin-test-")
        self.data = os.path.join(self.folder, "hub")
        self.port, self.process = 0, None
        self.start()

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
        if kind is not None and kind is not Skip:
            with open(os.path.join(self.folder, "hub.stderr"), "rb") as file:
                text = file.read()[-3000:].decode(errors="replace")
            if text:
                print("the hub said:\n" + text, file=sys.stderr)
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self, seconds=60.0):
        """Starts, or starts again on the same port, and waits until it answers."""
        with open(os.path.join(self.folder, "hub.stderr"), "ab") as errors:
            self.process = subprocess.Popen(
                [self.program, "hub", "--data", self.data, "--listen", f"127.0.0.1:{self.port}", "-o", "json",
                 *self.options], stdout=subprocess.PIPE, stderr=errors, text=True)
        lines = queue.Queue()
        threading.Thread(target=lambda: lines.put(self.process.stdout.readline()), daemon=True).start()
        try:
            line = lines.get(timeout=seconds)
        except queue.Empty:
            raise Failed(f"the hub did not start within {seconds} s") from None
        if not line:
            raise Failed(f"the hub ended with code {self.process.wait(timeout=10)} instead of starting")
        said = json.loads(line)
        self.url, self.port = said["url"], said["port"]
        self.admin_profile = said["admin"]
        self.admin = Client.of_profile(self.admin_profile)
        self.admin.port = self.port

    def kill(self):
        """As a power cut would, for this process: SIGKILL."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.process.stdout.close()

    def stop(self):
        self.process.terminate()
        code = self.process.wait(timeout=30)
        self.process.stdout.close()
        expect_equal(code, 0, "exit code of a hub that was asked to stop")

    def cli(self, *arguments, profile=None, code=0, stdin=None, as_json=True):
        """Runs the program. `code` None: any. Never reads a profile of the user who runs the tests."""
        profile = profile or self.admin_profile
        line = [self.program, "--profile", profile, *(["-o", "json"] if as_json else []), *arguments]
        ran = subprocess.run(line, input=stdin, capture_output=True, timeout=120,
                             env={**os.environ, "TOCSIN_PROFILE": profile, "HOME": self.folder})
        done = Ran(ran.returncode, ran.stdout, ran.stderr.decode(errors="replace"))
        expect(code is None or done.code == code, f"tocsin {' '.join(arguments)}: {done}, wanted exit {code}")
        return done

    def circle(self, name, *rules):
        return self.cli("circle", "create", name, *rules).json()["uuid"]

    def invite(self, name, *circles, kind="company", by=None, options=()):
        return self.cli("member", "invite", name, "--kind", kind,
                        *(["--circle", ",".join(circles)] if circles else []), *options,
                        profile=by.profile if by else None).json()["invite_url"]

    def member(self, name, *circles, kind="company", by=None, options=()):
        """Invites and joins with the real command line."""
        profile = os.path.join(self.folder, name + ".toml")
        self.cli("join", "--yes", self.invite(name, *circles, kind=kind, by=by, options=options), profile=profile)
        return Member(self, name, profile)

    def resident_bytes(self):
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as file:
            for line in file:
                if line.startswith("VmRSS:"):
                    return int(line.split()[1]) * 1024
        raise Failed("no VmRSS")


def now_text():
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime()) + f".{random.randrange(1000):03d}Z"


def indicator(value=None, **more):
    """A domain indicator of our own, as unlike every other as a random name makes it."""
    value = value or f"{uuid.uuid4().hex[:20]}.net"
    made = {"type": "indicator", "spec_version": "2.1", "id": f"indicator--{uuid.uuid4()}",
            "created": "2026-01-02T03:04:05.000Z", "modified": "2026-01-02T03:04:05.000Z", "name": value,
            "indicator_types": ["malicious-activity"], "pattern": f"[domain-name:value = '{value}']",
            "pattern_type": "stix", "valid_from": "2026-01-02T03:04:05Z"}
    made.update(more)
    return made


def sighting(of):
    at = "2026-02-03T04:05:06.000Z"
    return {"type": "sighting", "spec_version": "2.1", "id": f"sighting--{uuid.uuid4()}", "created": at,
            "modified": at, "first_seen": "2026-02-03T04:05:06Z", "last_seen": "2026-02-03T04:05:06Z",
            "count": 1, "sighting_of_ref": of}


def ids(entries):
    """The ids of the objects in entries or events."""
    found = set()
    for entry in entries:
        entry = entry.json() if isinstance(entry, Event) else entry
        if isinstance(entry.get("object"), dict):
            found.add(entry["object"]["id"])
    return found


def main(*tests):
    """Runs each test(program, data folder or None) of a script; the exit code is the script's answer."""
    if len(sys.argv) < 2:
        sys.exit(f"usage: {sys.argv[0]} PROGRAM [DATA_DIR]")
    data = sys.argv[2] if len(sys.argv) > 2 and os.path.isdir(sys.argv[2]) else None
    failures, skipped = 0, []
    for test in tests:
        begun = time.monotonic()
        try:
            test(sys.argv[1], data)
            print(f"ok {test.__name__} ({time.monotonic() - begun:.1f} s)", flush=True)
        except Skip as why:
            skipped.append(str(why))
        except Failed as why:
            failures += 1
            print(f"FAILED {test.__name__}: {why}", flush=True)
        except Exception:  # noqa: BLE001 - a test that breaks has failed, and says where
            failures += 1
            print(f"FAILED {test.__name__}:\n{traceback.format_exc()}", flush=True)
    for why in skipped:
        print(f"skipped: {why}")
    sys.exit(1 if failures else SKIPPED if skipped else 0)
