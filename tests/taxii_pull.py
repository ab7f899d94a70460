"""`tocsin pull --taxii`: from our own hub, byte for byte, and from medallion, pinned in requirements-medallion.txt."""

import base64
import json
import os
import shutil
import ssl
import subprocess
import tempfile
import urllib.request
import uuid

from hub import Hub, Skip, expect, expect_equal, indicator, main
from pinned import HERE, prepare
from taxii import MEDIA, file_object, malware


class Source:
    """One collection as `tocsin pull --taxii` is told of it."""

    def __init__(self, runner, folder, url, *options):
        self.runner, self.options = runner, ["--taxii", url, *options]
        self.state = os.path.join(folder, f"state-{uuid.uuid4().hex}.json")

    def run(self, *options, code=0):
        return self.runner("pull", *self.options, *options, code=code)

    def lines(self, *options):
        return self.run(*options).out.splitlines()

    def new(self, *options):
        return self.lines("--state", self.state, *options)


def secret(folder, name, text):
    path = os.path.join(folder, name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text + "\n")
    return path


def of_hub(hub, member, *options, url=None):
    shown = member.cli("profile", "show", "--taxii").json()
    password = secret(hub.folder, "password-" + member.name, shown["password"])
    return Source(member.cli, hub.folder, url or shown["url"], "--ca", shown["ca_file"], "--user", shown["user"],
                  "--password-file", password, *options)


def our_own_hub(program, _data):
    with Hub(program) as hub:
        collection = hub.circle("town")
        hub.circle("elsewhere")
        author, reader = hub.member("author", "town", "elsewhere"), hub.member("reader", "town", "elsewhere")
        odd = json.dumps(malware(description="é \u2028 \"quoted\"")).replace('"is_family": false',
                                                                           '"is_family":false , "x_n": 1.50e2')
        shared = [json.dumps(made()).encode() for _ in range(800) for made in (indicator, malware, file_object)]
        author.client.share("town", odd.encode(), *shared)
        stored = reader.cli("pull", "--circle", "town", "--objects").out.splitlines()
        expect_equal(len(stored), 2401, "what the hub stores")

        source = of_hub(hub, reader, "--collection", "town")
        first = source.new()
        expect(first == stored, f"byte for byte what the hub stores, in its order: {len(first)}")
        expect_equal(source.new(), [], "nothing twice")
        late = indicator()
        author.client.share("town", late, file_object())
        expect_equal(source.new(), reader.cli("pull", "--circle", "town", "--objects").out.splitlines()[-2:],
                     "what is new")
        said = source.run("--state", source.state)
        expect_equal((said.out, json.loads(said.err)["objects"]), (b"", 0), "and no more than that")

        root = hub.url + "/taxii2/root/"
        for url, options in ((hub.url, ["--collection", collection]), (root, ["--collection", "TOWN"]),
                             (f"{root}collections/{collection}", []), (f"{root}collections/town/objects/", []),
                             (root + "collections", ["--collection", "town"])):
            expect_equal(len(of_hub(hub, reader, *options, url=url).lines("--limit", "700")), 2403, f"{url} {options}")
        expect_equal(len(source.lines("--since", "2100-01-01T00:00:00Z")), 0, "--since")

        fed = author.cli("share", "-", "--circle", "elsewhere", "--no-screen", stdin=b"\n".join(first[:100])).json()
        expect_equal((len(fed["receipts"]), fed["refused"]), (100, []), "what is pulled feeds another circle")


def refusals(program, _data):
    with Hub(program) as hub:
        hub.circle("town")
        hub.circle("other")
        member = hub.member("member", "town", "other")
        member.client.share("town", indicator(), indicator())
        source = of_hub(hub, member)
        ran = source.run("--collection", "nowhere", code=1)
        expect("town" in ran.err, f"a collection that is not there; those that are get named: {ran}")
        source.run(code=1)
        wrong = secret(hub.folder, "wrong", "wrong")
        ca = source.options[source.options.index("--ca") + 1]
        bare = Source(member.cli, hub.folder, hub.url + "/taxii2/", "--ca", ca)
        expect("401" in bare.run("--token-file", wrong, code=1).err, "a wrong token")
        bare.run("--token-file", os.path.join(hub.folder, "absent"), code=1)
        good = secret(hub.folder, "token", member.client.token)
        expect_equal(len(bare.lines("--token-file", good, "--collection", "town")), 2, "a bearer token")
        member.cli("pull", code=2)
        member.cli("pull", "--collection", "town", code=2)
        member.cli("pull", "--circle", "town", "--taxii", hub.url, code=2)
        member.cli("pull", "--taxii", hub.url, "--user", "me", code=2)
        away = member.cli("pull", "--taxii", "https://127.0.0.1:1/taxii2/", "--ca", ca, code=3)
        expect("https://127.0.0.1:1/taxii2/" in away.err, f"a server that is away: {away}")
        untrusted = member.cli("pull", "--taxii", hub.url, code=3)
        expect("certificate" in untrusted.err, f"an authority that nobody named: {untrusted}")
        plain = member.cli("pull", "--taxii", hub.url.replace("https", "http"), code=1)
        expect("https" in plain.err, f"no TLS: {plain}")

        town = of_hub(hub, member, "--collection", "town")
        with open("/dev/full", "wb") as full:
            ran = subprocess.run([program, "pull", *town.options, "--state", town.state], stdout=full,
                                 stderr=subprocess.PIPE, timeout=60)
        expect_equal(ran.returncode, 3, f"a full disk: {ran}")
        expect(not os.path.exists(town.state), "the position does not move past what was not written")
        expect_equal(len(town.new()), 2, "so nothing is lost")
        mixed = member.cli("pull", *of_hub(hub, member, "--collection", "other").options, "--state", town.state, code=1)
        expect("collections/" in mixed.err, f"a state file of another collection: {mixed}")


def one_collection(collection):
    """What a medallion holds that has one empty collection, to read and to write."""
    made = {"id": collection, "title": "Feed", "can_read": True, "can_write": True,
            "media_types": ["application/stix+json;version=2.1"], "objects": [], "manifest": []}
    return {"/discovery": {"title": "medallion", "default": "/api1/", "api_roots": ["/api1/"]},
            "api1": {"information": {"title": "one", "versions": [MEDIA], "max_content_length": 9765625},
                     "status": [], "collections": [made]}}


class Medallion:
    """medallion in a folder of its own, with `data` in its memory."""

    USER, PASSWORD = "admin", "Password0"

    def __init__(self, python, data, page_size=20):
        if not shutil.which("openssl"):
            raise Skip("no openssl command")
        self.folder = tempfile.mkdtemp(prefix="tocsin-medallion-")
        self.certificate, key, file = (os.path.join(self.folder, name) for name in ("cert.pem", "key.pem", "data.json"))
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-keyout", key, "-out", self.certificate, "-subj", "/CN=medallion", "-addext",
                        "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True)
        with open(file, "w", encoding="utf-8") as out:
            json.dump(data, out)
        settings = os.path.join(self.folder, "settings.json")
        with open(settings, "w", encoding="utf-8") as out:
            json.dump({"backend": {"module": "medallion.backends.memory_backend", "module_class": "MemoryBackend",
                                   "filename": file},
                       "users": {self.USER: self.PASSWORD}, "taxii": {"max_page_size": page_size}}, out)
        self.log = open(os.path.join(self.folder, "log"), "wb")
        self.process = subprocess.Popen([python, os.path.join(HERE, "medallion_server.py"), settings, self.certificate,
                                         key], stdout=subprocess.PIPE, stderr=self.log, text=True)
        port = self.process.stdout.readline().strip()
        if not port:
            raise AssertionError(open(self.log.name, encoding="utf-8").read()[-2000:])
        self.url = f"https://127.0.0.1:{port}"
        self.password = secret(self.folder, "password", self.PASSWORD)

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        self.process.kill()
        self.process.wait()
        self.log.close()
        if kind is not None:
            with open(self.log.name, encoding="utf-8") as file:
                print("medallion said:\n" + file.read()[-2000:])
        shutil.rmtree(self.folder, ignore_errors=True)

    def source(self, program, path, *options):
        def run(*arguments, code):
            ran = subprocess.run([program, *arguments], capture_output=True, timeout=120)
            expect_equal(ran.returncode, code, f"{arguments}: {ran.stderr[-1000:]}")
            ran.out, ran.err = ran.stdout, ran.stderr.decode()
            return ran
        return Source(run, self.folder, self.url + path, "--ca", self.certificate, "--user", self.USER,
                      "--password-file", self.password, *options)

    def ask(self, path, body=None, method=None):
        request = urllib.request.Request(
            self.url + path, body, {
                "Content-Type": MEDIA, "Accept": MEDIA,
                "Authorization": "Basic " + base64.b64encode(f"{self.USER}:{self.PASSWORD}".encode()).decode()},
            method=method)
        context = ssl.create_default_context(cafile=self.certificate)
        with urllib.request.urlopen(request, context=context, timeout=30) as answer:
            return answer.read()

    def post(self, path, *objects):
        answer = json.loads(self.ask(path, json.dumps({"objects": objects}).encode()))
        expect_equal(answer["failure_count"], 0, "medallion takes it")

    def delete(self, path):
        self.ask(path, method="DELETE")


def medallion(program, _data):
    python = prepare(program, "medallion")
    collection = str(uuid.uuid4())
    with Medallion(python, one_collection(collection)) as server:
        objects = f"/api1/collections/{collection}/objects/"
        shared = [indicator() for _ in range(207)]
        for begin in range(0, len(shared), 23):  # what is posted together shares a date
            server.post(objects, *shared[begin:begin + 23])
        source = server.source(program, "/taxii2/", "--collection", "Feed")
        expect_equal([json.loads(line) for line in source.new()], shared, "everything, once, in order")
        expect_equal(source.new(), [], "nothing twice")
        one, some = indicator(), [indicator() for _ in range(30)]
        server.post(objects, one)  # a page of one object lacks the header of the last
        expect_equal([json.loads(line) for line in source.new()], [one], "one more")
        expect_equal(source.new(), [], "nothing twice, without the header")
        server.post(objects, *some)
        expect_equal([json.loads(line) for line in source.new()], some, "thirty more")
        newer = {**one, "modified": "2026-07-07T07:07:07.000Z"}
        server.post(objects, newer)
        expect_equal([json.loads(line) for line in source.new("--limit", "5")], [newer], "a new version")


def medallions_own_data(program, data):
    python = prepare(program, "medallion")
    file = os.path.join(data or "", "taxii", "medallion-default-data.json")
    if not os.path.exists(file):
        raise Skip("no real data beside the project")
    with open(file, encoding="utf-8") as opened:
        content = json.load(opened)
    with Medallion(python, content) as server:
        wanted = next(c for c in content["trustgroup1"]["collections"] if c["objects"])
        source = server.source(program, "/trustgroup1/", "--collection", wanted["title"])
        got = [json.loads(line) for line in source.new("--limit", "2")]
        expect_equal(sorted(o["id"] for o in got), sorted({o["id"] for o in wanted["objects"]}), "each object, once")
        expect_equal(source.new(), [], "nothing twice")
        refused = server.source(program, "/taxii2/", "--collection", wanted["id"]).run(code=1)
        expect("http://localhost:5000" in refused.err, f"its roots are elsewhere and without TLS: {refused}")


if __name__ == "__main__":
    main(our_own_hub, refusals, medallion, medallions_own_data)
