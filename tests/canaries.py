"""Nothing that the policy withholds is ever sent: a canary in every row of every object type of the default policy
that is not `pass`, shared through the real program to a real hub, by every way out. What went over the wire before it
was encrypted, the hub's whole folder and its log, what the member's program said, and what it keeps for later are
searched, decoded. The same objects sent with --no-screen show that the search finds."""

import base64
import ctypes
import ctypes.util
import glob
import gzip
import json
import os
import re
import select
import socket
import ssl
import subprocess
import threading
import tomllib
import uuid
import zlib

from certificates import pair_of
from hub import Hub, expect, expect_equal, main

US = "identity--f431f809-377b-45e0-aa1c-6a4751cae5ff"
AT = "2026-04-06T20:03:48.000Z"
WORD, DIGITS, HEX = "zqcanary", "731942855", "c0ffee5eed5a"  # in every canary: of texts, of numbers and times, of ids
OWN = "canaryhold.example"


def of(type_, number=9):
    return f"{type_}--8e2e2d2b-17d4-4cbf-938f-98129d05b30{number}"


PATTERN = {"pattern": "[domain-name:value = 'evil.test']", "pattern_type": "stix", "valid_from": "2026-01-01T00:00:00Z"}
SEEN = {"first_observed": "2026-01-01T00:00:00Z", "last_observed": "2026-01-01T00:00:00Z", "number_observed": 1}
MD5 = {"MD5": "900150983cd24fb0d6963f7d28e17f72"}
LEAST = {  # what a type must have
    "attack-pattern": {"name": "n"}, "campaign": {"name": "n"}, "course-of-action": {"name": "n"},
    "grouping": {"context": "malware-analysis", "object_refs": [of("malware")]}, "identity": {"name": "n"},
    "incident": {"name": "n"}, "indicator": PATTERN, "infrastructure": {"name": "n"}, "intrusion-set": {"name": "n"},
    "location": {"country": "DE"}, "malware": {"is_family": False}, "malware-analysis": {"product": "p", "result": "malicious"},
    "note": {"content": "c", "object_refs": [of("malware")]}, "observed-data": {**SEEN, "object_refs": [of("file")]},
    "opinion": {"opinion": "agree", "object_refs": [of("malware")]},
    "report": {"name": "n", "published": "2026-01-01T00:00:00Z", "object_refs": [of("malware")]},
    "threat-actor": {"name": "n"}, "tool": {"name": "n"}, "vulnerability": {"name": "n"},
    "relationship": {"relationship_type": "related-to", "source_ref": of("malware"), "target_ref": of("tool")},
    "sighting": {"sighting_of_ref": of("malware")},
    "artifact": {"url": "https://evil.test/a", "hashes": MD5}, "autonomous-system": {"number": 64500},
    "directory": {"path": "p"}, "domain-name": {"value": "evil.test"}, "email-addr": {"value": "eve@evil.test"},
    "email-message": {"is_multipart": False}, "file": {"hashes": MD5}, "ipv4-addr": {"value": "45.255.0.9"},
    "ipv6-addr": {"value": "2a09:8280::9"}, "mac-addr": {"value": "00:1a:2b:3c:4d:5e"}, "mutex": {"name": "m"},
    "network-traffic": {"protocols": ["tcp"], "dst_ref": of("ipv4-addr")}, "process": {"pid": 7},
    "software": {"name": "n"}, "url": {"value": "https://evil.test/a"}, "user-account": {"account_type": "unix"},
    "windows-registry-key": {"key": "HKEY_LOCAL_MACHINE\\x"}, "x509-certificate": {"serial_number": "01"},
    "marking-definition": {"definition_type": "statement", "definition": {"statement": "s"}},
    "extension-definition": {"name": "n", "schema": "s", "version": "1.0.0", "extension_types": ["property-extension"]},
    "language-content": {"object_ref": of("malware"), "contents": {"de": {"name": "n"}}}}
BARE = {"marking-definition": {"created": AT}}
NUMBERS = {"latitude": 7.31942855, "longitude": 7.31942855, "precision": 731942855.0}


class Canaries:
    """The rows of the default policy, and an object for each with a canary in it."""

    def __init__(self, program):
        shown = subprocess.run([program, "screen", "--print-policy"], capture_output=True, check=True).stdout
        policy = tomllib.loads(shown.decode())
        self.objects, self.rows, self.count, self.types = [], 0, 0, set()
        for type_, least in LEAST.items():
            expect(type_ in policy, f"the default policy speaks of {type_}")
            for row in policy[type_] + policy["any"]:
                self.plant(type_, least, *row.split(": "))
        missing = {t for t, v in policy.items() if isinstance(v, list)} - set(LEAST) - {"any", "detectors", "guard", "third_party"}
        expect(not missing, f"types of the policy without an object here: {missing}")

    def word(self):
        self.count += 1
        return f"{WORD}{self.count:05d}"

    def values(self, path, action):
        name = path.split(".")[-1]
        if action == "pass":
            return []
        if name in NUMBERS:
            return [NUMBERS[name]]
        if action == "generalise":
            return [f"2026-03-04T05:17:23.{DIGITS}Z"]
        if re.search("(?<!marking)_refs?$", name):
            one = f"user-account--{HEX[:8]}-{HEX[8:]}-5{uuid.uuid4().hex[:3]}-8{uuid.uuid4().hex[:3]}-{uuid.uuid4().hex[:12]}"
            return [[one] if name.endswith("s") else one]
        if action == "guard":
            held = f"{self.word()}.{OWN}"
            return [f"[domain-name:value = '{held}']" if name == "pattern" else {"MD5": held} if name == "hashes" else held]
        if action == "url":
            return [f"https://{self.word()}:pass@evil.test/a?mail={self.word()}%40victim.test#{self.word()}"]
        mail = f"to {self.word()}@victim.test"
        hidden = base64.b64encode(f"password={self.word()}".encode()).decode()
        if action in ("scan", "command"):
            return [mail, f"C:\\Users\\{self.word()}\\x {hidden}"]
        return [self.word(), {"deep": [self.word()]}]

    def plant(self, type_, least, path, action):
        values = self.values(path, action)
        self.rows += bool(values)
        for value in values:
            self.types.add(type_)
            made = {"type": type_, "spec_version": "2.1", "id": f"{type_}--{uuid.uuid4()}",
                    **({"created": AT, "modified": AT} if type_ in BARE or "refs" in str(least) or type_ in DOMAIN else {}), **least}
            if type_ == "marking-definition":
                made.pop("modified")
            at, steps = made, [step if step != "*" else "other" for step in path.split(".")]
            if steps[0] == "external_references":
                entry = {"source_name": "s", "external_id": "e", steps[1]: value}
                made["external_references"] = [entry]
            else:
                for step in steps[:-1]:
                    at = at.setdefault(step, {})
                at[steps[-1]] = value
            self.objects.append(made)


DOMAIN = set(list(LEAST)[:21]) | {"marking-definition", "extension-definition", "language-content"}


def encodings(word):
    """The word in every form that a dump may have it in."""
    raw = word.encode()
    found = {raw, raw.hex().encode(), "".join(f"%{b:02x}" for b in raw).encode(), raw.decode().encode("utf-16-le"),
             raw.decode().encode("utf-16-be"), "".join(f"\\u{b:04x}" for b in raw).encode(), raw[::-1]}
    for shift in range(3):
        whole = base64.b64encode(b"\0" * shift + raw).decode()
        kept = whole[(shift * 8 + 5) // 6:].rstrip("=")
        kept = kept[:len(kept) - (1 if (shift + len(raw)) % 3 else 0)]
        found |= {kept.lower().encode(), kept.lower().replace("+", "-").replace("/", "_").encode()}
    return found


NEEDLES = re.compile(b"|".join(re.escape(form) for word in (WORD, DIGITS, HEX, HEX[:8] + "-" + HEX[8:], "7.31942855")
                               for form in sorted(encodings(word))) + b"|" + re.escape(bytes.fromhex(HEX).lower()))
ZSTD = ctypes.CDLL(ctypes.util.find_library("zstd") or "libzstd.so.1")


def unpacked(data):
    """The data, and whatever in it is packed by gzip, zlib or zstd."""
    yield data
    for start in re.finditer(rb"\x1f\x8b\x08|\x78[\x01\x5e\x9c\xda]", data):
        for bits in (31, 15):
            try:
                out = zlib.decompressobj(bits).decompress(data[start.start():], 1 << 22)
                if len(out) >= len(WORD):
                    yield out
            except zlib.error:
                pass
    for start in re.finditer(re.escape(b"\x28\xb5\x2f\xfd"), data):
        piece, room = data[start.start():], ctypes.create_string_buffer(1 << 22)
        size = ZSTD.ZSTD_findFrameCompressedSize(piece, ctypes.c_size_t(len(piece)))
        got = ZSTD.ZSTD_decompress(room, ctypes.c_size_t(len(room)), piece, ctypes.c_size_t(min(size, len(piece))))
        if 0 < got <= len(room):
            yield room.raw[:got]


def found_in(data):
    hits = []
    for text in unpacked(data):
        lower = text.lower()
        hits += [lower[max(0, m.start() - 60):m.end() + 60] for m in NEEDLES.finditer(lower)]
    return hits


class Listener:
    """Stands between member and hub, as the hub by its own certificate, and keeps every byte before encryption."""

    def __init__(self, hub):
        self.hub, self.seen, self.lock = hub, bytearray(), threading.Lock()
        authority = pair_of(hub, hub.folder, "listener")
        self.inward = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.inward.load_cert_chain(hub.folder + "/listener.pem", hub.folder + "/listener.key")
        self.outward = ssl.create_default_context(cadata=authority)
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            plain, _ = self.socket.accept()
            threading.Thread(target=self.carry, args=(plain,), daemon=True).start()

    def carry(self, plain):
        try:
            with self.inward.wrap_socket(plain, server_side=True) as member, \
                    self.outward.wrap_socket(socket.create_connection(("127.0.0.1", self.hub.port)),
                                             server_hostname="127.0.0.1") as hub:
                while True:
                    ready = [s for s in (member, hub) if s.pending()] or select.select([member, hub], [], [], 30)[0]
                    for one in ready:
                        one.setblocking(False)  # what arrived may be no data, but a ticket
                        try:
                            data = one.recv(1 << 16)
                        except ssl.SSLWantReadError:
                            continue
                        finally:
                            one.setblocking(True)
                        if not data:
                            return
                        with self.lock:
                            self.seen += data
                        (hub if one is member else member).sendall(data)
        except OSError:
            pass

    def took(self):
        with self.lock:
            data, self.seen = bytes(self.seen), bytearray()
        return data


class World:
    def __init__(self, hub, program):
        self.hub = hub
        hub.circle("town", "--tlp-max", "red")
        hub.circle("strict", "--tlp-max", "red", "--screening", "yes")
        self.acme = hub.member("acme", "town,strict")
        self.acme.cli("identity", "add", US)
        with open(os.path.join(hub.folder, "screen-policy.toml"), "w", encoding="utf-8") as file:
            file.write(f'version = "1"\nown_domains = ["{OWN}"]\n')
        self.listener = Listener(hub)
        with open(self.acme.profile, encoding="utf-8") as file:
            text = file.read()
        with open(self.acme.profile, "w", encoding="utf-8") as file:
            file.write(text.replace(f":{hub.port}", f":{self.listener.port}"))
        self.said = b""

    def run(self, *arguments, stdin=None, code=None):
        done = self.acme.cli(*arguments, stdin=stdin, code=code)
        self.said += done.out + done.err.encode()
        expect(done.code != 3, f"the hub answers: {done}")
        return done

    def kept(self):
        """What the member's program keeps for later, but for the texts that wait at home for a person."""
        return [p for p in glob.glob(self.acme.profile + ".*") + glob.glob(self.acme.profile + ".spool/*") if os.path.isfile(p)]

    def at_hub(self):
        """The hub's whole folder and its log."""
        return [os.path.join(root, name) for root, _, names in os.walk(self.hub.data) for name in names] + \
            [self.hub.folder + "/hub.stderr"]


def hits_in(paths):
    hits = {}
    for path in paths:
        with open(path, "rb") as file:
            if found := found_in(file.read()):
                hits[path] = found[:3]
    return hits


def nothing(world, what):
    wire = found_in(world.listener.took())
    expect(not wire, f"{what}: on the wire: {wire[:3]}")
    said = found_in(world.said)
    expect(not said, f"{what}: the member's program said: {said[:3]}")
    hits = hits_in(world.kept() + world.at_hub())
    expect(not hits, f"{what}: {hits}")


def lines(objects):
    return b"".join(json.dumps(one).encode() + b"\n" for one in objects)


def no_canary_leaves(program, _data):
    canaries = Canaries(program)
    for text in (WORD, WORD.upper(), base64.b64encode(b"x" + WORD.encode() + b"yz").decode(), WORD.encode().hex(), DIGITS, HEX):
        expect(found_in(b"..." + text.encode() + b"..."), f"the search finds {text}")
    expect(found_in(gzip.compress(WORD.encode())) and found_in(WORD.encode("utf-16-le")), "packed and wide, too")
    with Hub(program) as hub:
        world = World(hub, program)
        every, named = lines(canaries.objects), lines({**o, "created_by_ref": US} for o in canaries.objects if "created" in o)
        shared = world.run("share", "-", "--circle", "town,strict", stdin=every).json()
        withheld = {r["id"] for r in shared["refused"] if r.get("circle") is None}
        print(f"{len(canaries.objects)} objects of {len(canaries.types)} types, {canaries.rows} rows, {canaries.count} words: "
              f"{shared['accepted']} taken by two circles, {len(shared['changed'])} changed, {len(withheld)} withheld, "
              f"{len(shared['to_review'])} to review")
        expect(len(shared["changed"]) > 300 and shared["accepted"] > 600, "most leave, changed")
        nothing(world, "shared")
        world.run("share", "-", "--circle", "town", "--named", stdin=named)
        nothing(world, "by name")
        world.run("share", "-", "--circle", "town", "--anonymous", stdin=named)
        nothing(world, "without a name")
        for arguments in (("share", "-", "--circle", "town", "--tlp", "red", "--to", "acme"), ("share", "-", "--circle", "nowhere"),
                          ("share", "-", "--circle", "town", "--to", "nobody")):
            world.run(*arguments, stdin=every)
        broken = b'{"type":"note","content":"' + WORD.encode() + b'"}\n{"type":7,"x":"' + WORD.encode() + b'"\n'
        world.run("share", "-", "--circle", "town", stdin=broken + every)
        nothing(world, "errors and recipients")
        world.run("screen", "-", "--circle", "town", stdin=every)
        world.run("share", "-", "--circle", "town", "--dry-run", stdin=every)
        world.said = b""  # a look shows what is found to the member itself
        nothing(world, "a look")
        # Approved texts still pass the detectors.
        mails = [{"type": "indicator", "spec_version": "2.1", "id": f"indicator--{uuid.uuid4()}", "created": AT, "modified": AT,
                  **PATTERN, "description": f"It went to {canaries.word()}@victim.test, from C:\\Users\\{canaries.word()}\\x."}
                 for _ in range(5)]
        waits = {i["id"] for i in world.acme.cli("review", "list").json()["items"]}
        world.run("share", "-", "--circle", "town", stdin=lines(mails))
        fresh = [i["id"] for i in world.acme.cli("review", "list").json()["items"] if i["id"] not in waits]
        expect_equal(len(fresh), 5, "what waits")
        expect(len(waits) > 50, f"and much waits from before, unsent: {len(waits)}")
        world.run("review", "approve", *fresh, code=0)
        nothing(world, "approved texts")
        hub.stop()
        kept = world.run("share", "-", "--circle", "town", "--spool", stdin=lines({**o, "id": o["type"] + f"--{uuid.uuid4()}"}
                                                                                 for o in canaries.objects)).json()
        expect(kept["spooled"] > 300, f"kept for later: {kept['spooled']}")
        nothing(world, "the spool")
        hub.start()
        world.run("share", "--flush")
        nothing(world, "flushed")

        # The search can fail: as is, all of it is there; and what the hub refuses it does not store.
        world.run("share", "-", "--circle", "strict", "--no-screen", stdin=named)
        refused = found_in(world.listener.took())
        expect(len(refused) > 300, f"as is, the wire has them: {len(refused)}")
        hub.stop()
        stored = {o for path in world.at_hub() for o in hits_in([path])}
        expect(not stored, f"what the hub's screen refuses is stored nowhere: {stored}")
        hub.start()
        world.run("share", "-", "--circle", "town", "--no-screen", stdin=every)
        expect(found_in(world.listener.took()), "and where the hub does not screen")
        hub.stop()
        there = hits_in(world.at_hub())
        expect(any("segment" in path for path in there), f"as is, the hub has them: {list(there)}")


if __name__ == "__main__":
    main(no_canary_leaves)
