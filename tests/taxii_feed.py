"""A hub follows another TAXII server into a circle: our own hub, a server that misbehaves as it is told, and medallion.
Nothing is lost or taken twice, also through kill -9; what the source takes back is withdrawn; what is implausible is not."""

import http.server
import json
import os
import shutil
import ssl
import stat
import subprocess
import tempfile
import threading
import time
import uuid

from hub import Hub, Skip, eventually, expect, expect_equal, indicator, main
from pinned import prepare
from taxii import MEDIA, file_object
from taxii_pull import Medallion, one_collection, secret

AMBER = "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421"
LOOPBACK = ("--feed-networks", "127.0.0.0/8")


class Follower:
    """Hub A: a circle with a steward who sets up feeds, and what the circle has."""

    def __init__(self, hub, circle="town"):
        self.hub, self.circle = hub, circle
        hub.circle(circle)
        self.steward = hub.member("keeper", circle, options=("--steward",))
        self.reader = hub.member("reader", circle)

    def add(self, name, url, *options, code=0):
        return self.steward.cli("circle", "feed", "add", self.circle, name, url, *options, code=code)

    def feed(self, verb, name, *options, code=0):
        return self.steward.cli("circle", "feed", verb, self.circle, name, *options, code=code)

    def show(self, name):
        return self.feed("show", name).json()

    def poll(self, name, *options):
        """Asks now, and waits until that turn is over."""
        before = self.show(name)["last_attempt"]
        self.feed("poll", name, *options)
        return eventually(lambda: self.over(name, before), f"a turn of {name}", 30)

    def over(self, name, before):
        now = self.show(name)
        ended = max(now["last_success"] or "", now["last_error_at"] or "")
        return now if now["last_attempt"] != before and ended >= now["last_attempt"] else None

    def compare(self, name):
        before = self.show(name)
        self.feed("poll", name, "--compare")
        def done():
            now = self.show(name)
            return now if now["paused"] or now["last_compare"] != before["last_compare"] or (
                now["failures"] and now["last_error_at"] != before["last_error_at"]) else None
        return eventually(done, f"a comparison of {name}", 30)

    def entries(self):
        return self.reader.client.entries(self.circle)

    def objects(self):
        """The versions that the circle was given, in log order."""
        return [entry["object"] for entry in self.entries() if entry["kind"] == "object"]

    def withdrawn(self):
        return {entry["withdrawn"]: entry["why"] for entry in self.entries() if entry["kind"] == "withdrawal"}


def key(item):
    return item["id"], item.get("modified")


def of_source(source, member):
    """What `feed add` needs to read the circle of a member of another hub."""
    shown = member.cli("profile", "show", "--taxii").json()
    password = secret(source.folder, f"password-{member.name}-{uuid.uuid4().hex}", shown["password"])
    return shown["url"], ("--ca", shown["ca_file"], "--user", shown["user"], "--password-file", password)


def hub_follows_hub(program, _data):
    with Hub(program) as source, Hub(program, *LOOPBACK) as own:
        source.circle("out")
        author, reader = source.member("author", "out"), source.member("partner", "out")
        shared = [made() for _ in range(60) for made in (indicator, file_object)]
        shared[0]["object_marking_refs"] = [AMBER]
        author.client.share("out", *shared)
        a = Follower(own)
        url, options = of_source(source, reader)
        made = a.add("partner", url, "--collection", "out", *options, "--quarantine", "0", "--tlp", "green").json()
        expect_equal((made["sign_in"], made["failures"], made["taken"]), ("basic", 0, 120), f"the first poll: {made}")
        expect_equal(sorted(map(key, a.objects()), key=str), sorted(map(key, shared), key=str), "everything, once")
        attributes = [e["attributes"] for e in a.entries() if e["kind"] == "object"]
        wanted = {"authorship": "relayed", "feed": "partner"}
        expect_equal(sorted(attributes, key=lambda each: each["tlp"]), [{**wanted, "tlp": "amber"}] +
                     [{**wanted, "tlp": "green"}] * 119, "its feed stands in each entry, and its own marking counts")

        again = a.poll("partner")
        expect_equal((again["taken"], again["refused"]), (120, 0), "nothing twice")
        new = [indicator() for _ in range(7)]
        author.client.share("out", *new)
        expect_equal(a.poll("partner")["taken"], 127, "new ones arrive")
        expect_equal(a.objects()[120:], new, "in order, as they came")

        revoked = {**new[0], "revoked": True, "modified": "2026-03-03T03:03:03.000Z"}
        author.client.share("out", revoked)
        a.poll("partner")
        shown = a.reader.client.ok("GET", f"/api/v1/circles/town/objects/{new[0]['id']}")
        expect(shown["withdrawn"] or shown["versions"][-1]["object"]["revoked"], "revoked at the source, ended here")

        gone = [new[1]["id"], shared[0]["id"]]
        for each in gone:
            author.client.ok("POST", "/api/v1/circles/out/withdrawals", {"id": each, "why": "wrong"})
        expect_equal(a.poll("partner")["withdrawn"], 0, "a poll does not tell what is gone")
        expect_equal(a.compare("partner")["withdrawn"], 2, "a comparison does")
        expect_equal({k: v for k, v in a.withdrawn().items() if k in gone},
                     {each: "removed by its source" for each in gone}, "what was withdrawn, and why")
        mine = indicator()
        a.steward.client.share("town", mine)
        expect_equal(a.compare("partner")["withdrawn"], 2, "what a feed did not bring is not its business")

        metrics = own.admin.get("/metrics").body.decode()
        expect("tocsin_feed_objects_taken_total 128" in metrics and "tocsin_feeds 1\n" in metrics, metrics[-1500:])
        expect("partner" not in metrics and "127.0.0.1" not in metrics, "no names in metrics")

        a.feed("remove", "partner")
        a.feed("show", "partner", code=1)
        eventually(lambda: not [n for n in os.listdir(os.path.join(own.data, "secrets")) if n.startswith("feed-")],
                   "the secret is forgotten")
        expect_equal(len(a.objects()), 129, "what it brought stays")


def secrets_stay(program, _data):
    with Hub(program) as source, Hub(program, *LOOPBACK) as own:
        source.circle("out")
        reader = source.member("partner", "out")
        author = source.member("author", "out")
        author.client.share("out", *[indicator() for _ in range(5)])
        a = Follower(own)
        url, options = of_source(source, reader)
        with open(options[options.index("--password-file") + 1], encoding="utf-8") as file:
            password = file.read().strip()
        out = a.add("partner", url, *options, "--quarantine", "0")
        shown = json.dumps([out.json(), a.show("partner"), a.steward.cli("circle", "feed", "list", "town").json()])
        expect(password not in shown + out.err, "a secret is never shown again")
        mode = stat.S_IMODE(os.stat(os.path.join(own.data, "secrets", "feed-1.json")).st_mode)
        expect_equal(mode, 0o600, "the mode of its file")
        with open(os.path.join(own.folder, "hub.stderr"), "rb") as file:
            expect(password.encode() not in file.read(), "nor logged")
        for folder, _, names in os.walk(own.data):
            for name in names:
                with open(os.path.join(folder, name), "rb") as file:
                    if password.encode() in file.read():
                        expect_equal(name, "feed-1.json", f"the only file with the secret: {folder}/{name}")

        backup, restored = os.path.join(own.folder, "backup"), os.path.join(own.folder, "restored")
        own.cli("backup", "--data", own.data, "--to", backup)
        own.stop()
        own.cli("restore", backup, "--data", restored)
        own.data = restored
        author.client.share("out", late := indicator())
        own.start()
        expect_equal(a.poll("partner")["taken"], 6, "a restored hub goes on, with its secret")
        expect_equal(a.objects()[-1], late, "where it was")


def ways_to_sign_in(program, _data):
    with Hub(program) as source, Hub(program, *LOOPBACK) as own:
        source.circle("out")
        author, reader = source.member("author", "out"), source.member("partner", "out")
        author.client.share("out", *[indicator() for _ in range(3)])
        a = Follower(own)
        url, options = of_source(source, reader)
        own_name = os.path.join(source.folder, "machine")
        reader.cli("token", "add", "--certificate", own_name)
        made = a.add("by-certificate", url, *options[:2], "--cert", own_name + ".pem", "--key", own_name + ".key.pem",
                     "--quarantine", "0").json()
        expect_equal((made["sign_in"], made["taken"]), ("certificate", 3), f"a client certificate: {made}")
        token = secret(source.folder, "token", reader.client.token)
        made = a.add("by-token", url, *options[:2], "--token-file", token, "--quarantine", "0").json()
        expect_equal((made["sign_in"], made["taken"], made["duplicates"]), ("bearer", 0, 3), f"a bearer token: {made}")


def killed(program, _data):
    with Hub(program) as source, Hub(program, *LOOPBACK) as own:
        source.circle("out")
        author, reader = source.member("author", "out"), source.member("partner", "out")
        shared = [indicator() for _ in range(6000)]
        for begin in range(0, len(shared), 500):
            author.client.share("out", *shared[begin:begin + 500])
        a = Follower(own)
        url, options = of_source(source, reader)
        a.add("partner", url, *options, "--quarantine", "0", "--no-wait")
        kills = 0
        for wait in (0.13, 0.03, 0.06, 0.02, 0.05, 0.04, 0.03, 0.07):
            time.sleep(wait)
            own.kill()
            kills += 1
            own.start()
        state = eventually(lambda: a.show("partner")["whole"] and a.show("partner"), "all of it", 60)
        got = [key(each) for each in a.objects()]
        print(f"  {kills} kills, {state['taken']} counted as taken, {state['duplicates']} offered twice")
        expect_equal(len(got), len(set(got)), f"nothing twice after {kills} kills")
        expect_equal(set(got), {key(each) for each in shared}, "nothing lost")


def held_and_released(program, _data):
    with Hub(program) as source, Hub(program, *LOOPBACK) as own:
        source.circle("out")
        author, reader = source.member("author", "out"), source.member("partner", "out")
        shared = [indicator() for _ in range(9)]
        author.client.share("out", *shared)
        a = Follower(own)
        url, options = of_source(source, reader)
        state = a.add("partner", url, *options, "--quarantine", "4").json()
        expect_equal((state["held"], state["taken"]), (4, 5), "the first ones are held")
        held = a.steward.cli("circle", "held", "town").json()["held"]
        expect_equal({(h["rule"], h["reason"]) for h in held},
                     {("feed-quarantine", "feed partner: one of the first objects of a new feed")}, "with a reason")
        expect_equal(a.feed("release", "partner", "--why", "looked at").json()["decided"], 4, "release")
        expect_equal({key(o) for o in a.objects()}, {key(o) for o in shared}, "and they go out")
        released = [e for e in a.entries() if e["kind"] == "object"][-1]
        expect_equal(released["attributes"]["feed"], "partner", "where it comes from goes along")
        author.client.share("out", indicator())
        state = a.poll("partner")
        expect_equal((state["held"], state["taken"]), (4, 6), "later ones pass")

        author.client.ok("POST", "/api/v1/circles/out/withdrawals", {"id": shared[0]["id"], "why": "wrong"})
        expect_equal(a.compare("partner")["withdrawn"], 1, "what was held once is withdrawn as well")

        many = [indicator() for _ in range(1100)]
        author.client.share("out", *many)
        state = a.poll("partner")
        expect_equal((state["held"], state["taken"]), (104, 1006), f"the end of a flood is held: {state}")
        held = a.steward.cli("circle", "held", "town").json()["held"]
        expect_equal({h["rule"] for h in held}, {"feed-flood"}, "as a flood")
        expect_equal(a.feed("release", "partner").json()["decided"], 100, "it may be right")
        expect_equal({key(o) for o in a.objects()} >= {key(o) for o in many}, True, "all of it is there")

        a.feed("remove", "partner")
        more = [indicator() for _ in range(3)]
        author.client.share("out", *more)
        state = a.add("partner", url, *options, "--quarantine", "all").json()
        expect_equal((state["held"], state["taken"]), (3, 0), f"every new one: {state}")
        author.client.share("out", {**more[0], "revoked": True, "modified": "2026-03-03T03:03:03.000Z"})
        expect_equal(a.poll("partner")["taken"], 1, "a revocation does not wait")
        done = a.feed("dismiss", "partner").json()
        expect_equal((done["decided"], done["not_decided"]), (3, []), "dismiss")


class Server(http.server.BaseHTTPRequestHandler):
    """A TAXII server of one collection that does as `mode` says."""

    protocol_version = "HTTP/1.1"
    objects, mode, asked, retry_after, given = [], "good", [], None, 0

    def do_GET(self):  # noqa: N802
        cls = type(self)
        cls.asked.append((time.monotonic(), self.path))
        if cls.mode == "wrong":
            return self.answer(401, {"title": "Unauthorised"})
        if cls.mode == "broken":
            return self.answer(503, {"title": "away"}, {"Retry-After": cls.retry_after} if cls.retry_after else {})
        if cls.mode == "elsewhere":
            return self.answer(302, {}, {"Location": "https://127.0.0.2/taxii2/"})
        if cls.mode == "breaks" and "added_after" not in self.path:
            return self.answer(500, {"title": "broken"})
        if "manifest" in self.path:
            return self.answer(404, {"title": "none"})
        after = self.path.partition("added_after=")[2].partition("&")[0].replace("%3A", ":")
        found = [(at, each) for at, each in cls.objects if at > after]
        headers = {"X-TAXII-Date-Added-Last": found[-1][0]} if found else {}
        return self.answer(200, {"objects": [each for _, each in found]} if found else {}, headers)

    def answer(self, status, body, headers=None):
        text = json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Type": MEDIA, "Content-Length": str(len(text)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


class Misbehaving:
    def __init__(self):
        if not shutil.which("openssl"):
            raise Skip("no openssl command")
        self.folder = tempfile.mkdtemp(prefix="tocsin-feed-")
        self.certificate, self.key = os.path.join(self.folder, "cert.pem"), os.path.join(self.folder, "key.pem")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-keyout", self.key, "-out", self.certificate, "-subj", "/CN=source", "-addext",
                        "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True)
        self.handler = type("Handler", (Server,), {"objects": [], "asked": []})
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self.handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"https://127.0.0.1:{self.server.server_port}/root/collections/feed/"

    def give(self, *objects):
        for each in objects:
            self.handler.given += 1
            self.handler.objects = [*self.handler.objects, (f"2026-05-05T05:05:05.{self.handler.given:06d}Z", each)]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
        shutil.rmtree(self.folder, ignore_errors=True)


def a_source_that_fails(program, _data):
    with Hub(program, *LOOPBACK) as own, Misbehaving() as server:
        a = Follower(own)
        server.give(*[indicator() for _ in range(10)])
        server.handler.mode = "wrong"
        wrong = secret(server.folder, "wrong", "not-it")
        ran = a.add("bad", server.url, "--ca", server.certificate, "--token-file", wrong, "--quarantine", "0", code=1)
        expect("401" in ran.json()["last_error"] and ran.json()["failures"] == 1, f"wrong credentials, plainly: {ran}")
        expect("not-it" not in ran.out.decode() + ran.err, "without the secret")

        server.handler.mode, server.handler.retry_after = "broken", "40"
        state = a.poll("bad")
        expect(state["failures"] == 2 and "503" in state["last_error"] and "40 s" in state["last_error"], f"{state}")
        wait = parse(state["next_poll"]) - parse(state["last_error_at"])
        expect(40 <= wait <= 60, f"Retry-After is honoured: {wait}")
        server.handler.retry_after = None
        state = a.poll("bad")
        wait = parse(state["next_poll"]) - parse(state["last_error_at"])
        expect(state["failures"] == 3 and 50 <= wait <= 70, f"the wait doubles: {wait} {state}")
        asked = len(server.handler.asked)
        time.sleep(2)
        expect_equal(len(server.handler.asked), asked, "and the server is left alone meanwhile")
        server.handler.mode = "elsewhere"
        expect("another server" in a.poll("bad")["last_error"], "a redirect to another host is not followed")

        server.handler.mode = "good"
        state = a.poll("bad")
        expect_equal((state["failures"], state["taken"]), (0, 10), f"it recovers: {state}")

        kept = server.handler.objects
        server.handler.objects = kept[:6]
        server.handler.mode = "breaks"  # whole walks fail, polls do not
        state = a.compare("bad")
        expect_equal((state["withdrawn"], bool(state["failures"])), (0, True), f"a walk that fails proves nothing: {state}")
        server.handler.mode, server.handler.objects = "good", kept[:3]
        state = a.compare("bad")
        expect_equal((state["withdrawn"], state["paused"]), (0, True), f"too little is not believed: {state}")
        expect("3 left" in state["why"] and a.withdrawn() == {}, f"and told: {state}")
        a.feed("poll", "bad", code=1)
        a.feed("resume", "bad", "--accept-removals", "--why", "they cleaned up")
        eventually(lambda: a.show("bad")["withdrawn"] == 7, "a steward may believe it", 20)
        expect_equal(len(a.withdrawn()), 7, "withdrawn here")
        expect_equal(a.show("bad")["paused"], False, "and it goes on")

        server.give({"type": "indicator", "id": "indicator--nonsense"}, good := indicator())
        state = a.poll("bad")
        expect_equal((state["refused"], a.objects()[-1:]), (1, [good]), f"a bad object beside a good one: {state}")
        expect("indicator--nonsense" in state["last_refusal"], f"{state}")

        mine = indicator()
        a.steward.client.share("town", mine)
        server.give({**mine, "revoked": True, "modified": "2026-03-03T03:03:03.000Z"})
        state = a.poll("bad")
        expect("changes only what it brought" in state["last_refusal"], f"a source revokes nothing of ours: {state}")
        shown = a.steward.client.ok("GET", f"/api/v1/circles/town/objects/{mine['id']}")
        expect_equal((shown["withdrawn"], len(shown["versions"])), (False, 1), "ours goes on")
        identity = f"identity--{uuid.uuid4()}"
        a.steward.client.ok("POST", "/api/v1/identities", {"stix_id": identity}, 201)
        a.steward.client.ok("PUT", "/api/v1/circles/town/rules", {"attribution": "named"})
        server.give(forged := indicator(created_by_ref=identity))
        a.poll("bad")
        entry = a.entries()[-1]
        expect_equal((entry["object"]["id"], entry["attributes"]["authorship"]), (forged["id"], "relayed"),
                     "a source cannot speak as the member that follows it")

        token = state["token"]
        a.steward.client.ok("DELETE", f"/api/v1/tokens/{token}")
        expect("token is revoked" in a.poll("bad")["last_error"], "its token is its right to act")


def parse(text):
    return time.mktime(time.strptime(text[:19], "%Y-%m-%dT%H:%M:%S")) + float(text[19:26])


def misuse(program, _data):
    with Hub(program) as own:
        a = Follower(own)
        refused = a.add("x", "https://127.0.0.1:8443/taxii2/", code=1)
        expect("--feed-networks" in refused.err, f"the hub's own machine: {refused}")
        for url in ("https://169.254.169.254/latest/", "https://[::1]/", "https://10.0.0.1/", "http://feed.example/",
                    "https://me:pw@feed.example/", "https://[fd00::1]:8443/"):
            a.add("x", url, code=1)
        ran = a.add("local", "https://localhost:8443/taxii2/", code=1)
        expect("--feed-networks" in ran.json()["last_error"] and "127.0.0.1" not in ran.json()["last_error"],
               f"a name is judged by its address, which is not told: {ran}")
        steward = a.steward.client
        feeds = "/api/v1/circles/town/feeds"
        expect_equal(steward.post(feeds, {"name": "local", "url": "https://feed.example/"}).status, 409, "a name twice")
        for body in ({}, {"name": "y"}, {"name": "Y", "url": "https://feed.example/"},
                     {"name": "y", "url": "https://feed.example/", "user": "u"},
                     {"name": "y", "url": "https://feed.example/", "tlp": "red"},
                     {"name": "y", "url": "https://feed.example/", "interval_seconds": 1},
                     {"name": "y", "url": "https://feed.example/", "quarantine": "few"}):
            answer = steward.post(feeds, body)
            expect_equal((answer.status, answer.header("content-type")), (400, "application/problem+json"), f"{body}")
        expect_equal(steward.post(feeds + "/local", {"act": "dance"}).status, 400, "an act that is none")
        expect_equal(steward.post(feeds + "/local", {"act": "resume"}).status, 409, "not paused")
        expect_equal(a.reader.client.get(feeds).status, 403, "feeds are the stewards'")
        a.feed("pause", "local", "--why", "quiet")
        shown = a.show("local")
        expect_equal((shown["paused"], shown["why"], shown["next_poll"]), (True, "quiet", None), "paused, and why")
        own.kill()
        own.start()
        expect_equal(a.show("local")["paused"], True, "also after a restart")
        own.stop()
        wrong = subprocess.run([program, "hub", "--data", own.data, "--listen", "127.0.0.1:0", "--feed-networks", "10.0.0.1"],
                               capture_output=True, timeout=30)
        expect(wrong.returncode == 1 and b"--feed-networks" in wrong.stderr, f"{wrong}")


def medallion(program, _data):
    python = prepare(program, "medallion")
    collection = str(uuid.uuid4())
    with Medallion(python, one_collection(collection)) as server, Hub(program, *LOOPBACK) as own:
        objects = f"/api1/collections/{collection}/objects/"
        shared = [indicator() for _ in range(107)]
        for begin in range(0, len(shared), 23):  # what is posted together shares a date
            server.post(objects, *shared[begin:begin + 23])
        a = Follower(own)
        options = ("--collection", "Feed", "--ca", server.certificate, "--user", server.USER, "--password-file",
                   server.password, "--quarantine", "0")
        state = a.add("oasis", server.url + "/taxii2/", *options).json()
        expect_equal((state["taken"], state["failures"]), (107, 0), f"everything: {state}")
        expect_equal(a.objects(), shared, "once, in order")
        newer, one = {**shared[3], "modified": "2026-07-07T07:07:07.000Z"}, indicator()
        server.post(objects, newer, one)
        expect_equal(a.poll("oasis")["taken"], 109, "a new version and a new object")
        expect_equal(sorted(map(key, a.objects()[107:])), sorted(map(key, (newer, one))), "these two")
        server.delete(objects + shared[5]["id"] + "/")
        expect_equal(a.compare("oasis")["withdrawn"], 1, "deleted there, withdrawn here")
        expect_equal(a.withdrawn(), {shared[5]["id"]: "removed by its source"}, "that one")


if __name__ == "__main__":
    main(hub_follows_hub, secrets_stay, ways_to_sign_in, killed, held_and_released, a_source_that_fails, misuse, medallion)
