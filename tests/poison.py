"""A hostile member plays every attack: nothing benign reaches a sensor, and nobody else's object vanishes.

The sensor has no lists of its own, so what keeps it silent is the hub.
"""

import json
import time
import uuid

from hub import Hub, eventually, expect, expect_equal, indicator, main, now_text, sighting
from outputs import Sensor
from taxii import Taxii

BENIGN = ("8.8.8.8", "9.9.9.9", "google.com", "www.wikipedia.org", "localhost", "127.0.0.1", "2001:4860:4860::8888",
          "d41d8cd98f00b204e9800998ecf8427e", "https://www.google.com/", "http://8.8.8.8/")
THREAT = "45.155.205.7"

# Ways to say what is on a warning list without saying it.
SPELLINGS = (
    "[domain-name:value = 'google.com']", "[domain-name:value = 'GOOGLE.com.']", "[domain-name:value = 'google[.]com']",
    "[domain-name:value = 'ｇｏｏｇｌｅ。com']", "[domain-name:value = 'goo\u200bgle.com']", "[domain-name:value = '\u202egoogle.com']",
    "[domain-name:value = 'xn--google-.com']", "[domain-name:value IN ('evil.ru', 'google.com')]",
    "[domain-name:value = 'evil.ru'] OR [domain-name:value = 'google.com']",
    "[domain-name:value = 'evil.ru' OR domain-name:value MATCHES '.*']", "[domain-name:value MATCHES '.*']",
    "[domain-name:value MATCHES '^g.*e[.]com$']", "[domain-name:value LIKE '%']", "[domain-name:value LIKE 'goog%']",
    "[domain-name:value = 'google.com' AND domain-name:value LIKE '%']", "[domain-name:value != 'evil.ru']",
    "[domain-name:value NOT IN ('evil.ru', 'worse.ru')]", "[domain-name:value NOT LIKE '%.ru']", "[domain-name:value > 'a']",
    "[EXISTS domain-name:value]", "[domain-name:value = h'676f6f676c652e636f6d']",
    "[ipv4-addr:value = '8.8.8.8']", "[ipv4-addr:value = '8.8.8.8/32']", "[ipv4-addr:value = '0.0.0.0/0']",
    "[ipv4-addr:value ISSUBSET '0.0.0.0/0']", "[ipv4-addr:value ISSUBSET '8.0.0.0/6']", "[ipv4-addr:value ISSUPERSET '8.8.8.8']",
    "[ipv4-addr:value = '134744072']", "[ipv4-addr:value = '0x08080808']", "[ipv4-addr:value = '010.010.010.010']",
    "[ipv4-addr:value = '8[.]8[.]8[.]8']", "[ipv4-addr:value != '1.2.3.4']", "[ipv4-addr:value LIKE '8.8.%']",
    "[ipv6-addr:value = '::ffff:8.8.8.8']", "[ipv6-addr:value ISSUBSET '::/0']", "[ipv6-addr:value = '2002:808:808::1']",
    "[network-traffic:dst_ref.value = '8.8.8.8' AND network-traffic:dst_port = 53]", "[network-traffic:dst_port = 443]",
    "[network-traffic:dst_port > 0]", "[network-traffic:protocols[*] = 'dns']",
    "[url:value = 'http://user@google.com/']", "[url:value = 'http://%67oogle.com/']", "[url:value = 'https://www.google.com/']",
    "[url:value = 'http://134744072/']", "[url:value = 'hxxp://google[.]com']", "[url:value LIKE 'http%']",
    "[file:hashes.MD5 = 'D41D8CD98F00B204E9800998ECF8427E']", "[file:hashes.MD5 != '900150983cd24fb0d6963f7d28e17f72']",
    "[domain-name:value MATCHES '.'] REPEATS 2 TIMES WITHIN 60 SECONDS",
    "[domain-name:value = 'google.com'] AND [domain-name:value = 'www.wikipedia.org']",
    "[domain-name:value = 'google.com'] FOLLOWEDBY [ipv4-addr:value = '8.8.8.8']",
)


class Town:
    """Three members; Bob's sensor hears all that the hub lets pass."""

    def __init__(self, program, *rules):
        self.hub = Hub(program)
        self.hub.circle("town", "--sightings", "count", *rules)
        self.alice = self.hub.member("alice", "town", options=("--steward",))
        self.mallory = self.hub.member("mallory", "town")
        self.bob = self.hub.member("bob", "town")
        self.alerts, self.plain = self.hub.folder + "/alerts", self.hub.folder + "/plain"
        self.treasure = indicator(pattern=f"[ipv4-addr:value = '{THREAT}']", confidence=90)

    def __enter__(self):
        self.hub.__enter__()
        expect_equal(self.alice.client.share("town", self.treasure)["accepted"], 1, "what Alice knows")
        self.sensor = Sensor(self.bob, "--circle", "town", "--alerts", self.alerts, "--emit", f"plain:{self.plain}",
                             "--emit-min-confidence", "0", "--mute-share", "100")
        self.sensor.knows(1)
        return self

    def __exit__(self, kind, value, trace):
        self.sensor.__exit__(kind, value, trace)
        self.hub.__exit__(kind, value, trace)

    def indicators(self):
        """What the sensor has once it has all that the circle has."""
        head = self.bob.client.ok("GET", "/api/v1/circles/town")["head"]["sequence"]
        eventually(lambda: all(c["position"] >= head for c in self.sensor.status()["circles"]), "the sensor has all", 30)
        return self.sensor.status()["indicators"]

    def alerted(self):
        try:
            with open(self.alerts, encoding="utf-8") as file:
                return [json.loads(line) for line in file]
        except OSError:
            return []

    def unharmed(self, what):
        """Nothing benign alerts or is listed; the threat still does."""
        self.indicators()
        mark = uuid.uuid4().hex
        self.sensor.append(*(f"{mark} to {value}" for value in BENIGN), f"{mark} to {THREAT} at last")
        eventually(lambda: any(a.get("value") == THREAT and mark in str(a["record"]) for a in self.alerted()),
                   f"{what}: the threat still alerts")
        wrong = [a for a in self.alerted() if a["type"] == "alert" and a.get("value") != THREAT and mark in str(a["record"])]
        expect(not wrong, f"{what}: it alerts on what is benign: {wrong[:3]}")
        eventually(lambda: THREAT in self.listed(), f"{what}: the threat is listed")
        expect(not set(BENIGN) & set(self.listed()), f"{what}: listed is {self.listed()}")
        shown = self.bob.client.ok("GET", f"/api/v1/circles/town/objects/{self.treasure['id']}")
        expect(not shown["withdrawn"], f"{what}: it is not withdrawn")

    def listed(self):
        try:
            with open(self.plain, encoding="utf-8") as file:
                return file.read().split()
        except OSError:
            return []


def opinion(about, says="strongly-disagree", **more):
    return {"type": "opinion", "spec_version": "2.1", "id": f"opinion--{uuid.uuid4()}", "created": "2026-01-02T03:04:05.000Z",
            "modified": "2026-01-02T03:04:05.000Z", "opinion": says, "object_refs": [about], **more}


def spellings(program, _data):
    with Town(program) as town:
        for pattern in SPELLINGS:
            answer = town.mallory.client.share("town", indicator(pattern=pattern, confidence=100))
            expect(answer["accepted"] == 0, f"{pattern} passes: {answer}")
            expect((answer["held"] or answer["refused"])[0]["rule"] != "", f"{answer}")
        for kind, value in (("ipv4-addr", "8.8.8.8"), ("domain-name", "google[.]com"), ("url", "http://user@google.com/")):
            answer = town.mallory.client.share("town", {"type": kind, "spec_version": "2.1", "id": f"{kind}--{uuid.uuid4()}",
                                                        "value": value})
            expect_equal(answer["accepted"], 0, f"the observable {value}")
        rule = indicator(pattern="alert ip any any -> 8.8.8.8 any (msg:\"x\"; sid:1000001;)", pattern_type="suricata")
        expect_equal(town.mallory.client.share("town", rule)["held"][0]["rule"], "warning-list", "a rule of another language")
        town.unharmed("spellings")


def volume(program, _data):
    with Town(program, "--flood", "100/hour") as town:
        for _ in range(10):
            town.mallory.client.share("town", *(indicator() for _ in range(100)))
        accepted = [e for e in town.alice.client.entries("town") if e["kind"] == "object"]
        expect_equal(len(accepted), 101, "100 of a thousand pass, and Alice's")
        expect_equal(town.bob.client.share("town", indicator())["accepted"], 1, "others share on")
        town.unharmed("volume")
        held = town.alice.client.ok("GET", "/api/v1/circles/town/held?limit=1000")["held"]
        expect_equal((len(held), {h["rule"] for h in held}), (900, {"flood"}), "the rest waits, and nothing is lost")
        expect("mallory" not in json.dumps(held), "and whose it is is not told")
        said = town.alice.cli("circle", "held", "town", "dismiss", str(held[0]["sequence"]), "--all", "--why", "a flood").json()
        expect_equal((said["decided"], said["left"]), (900, 0), "refused in one act")
        expect_equal(town.alice.client.ok("GET", "/api/v1/circles/town/held")["held"], [], "nothing waits")


def newcomers(program, _data):
    with Town(program) as town:
        town.alice.cli("circle", "rules", "town", "--newcomer-flood", "5/hour", "--newcomer-days", "7")
        answer = town.mallory.client.share("town", *(indicator() for _ in range(20)))
        expect_equal((answer["accepted"], len(answer["held"])), (5, 15), "a newcomer's")
        released = town.alice.cli("circle", "held", "town", "release", str(answer["held"][0]["sequence"]), "--all").json()
        expect_equal(released["decided"], 15, "released in one act")
        expect_equal(town.indicators(), 21, "and reach the sensor")
        town.unharmed("newcomers")


def duplicates(program, _data):
    with Town(program) as town:
        copies = [indicator(pattern=f"[ipv4-addr:value = '{THREAT}']", confidence=1) for _ in range(150)]
        answer = town.mallory.client.share("town", *copies)
        expect(f"says the same as {town.treasure['id']}" in {w["warning"] for w in answer["warnings"]}, f"{answer['warnings'][:2]}")
        town.unharmed("duplicates")
        for copy in copies:
            town.mallory.client.ok("POST", "/api/v1/circles/town/withdrawals", {"id": copy["id"], "why": "never mind"})
        expect_equal(town.indicators(), 1, "Alice's is left")
        town.unharmed("duplicates withdrawn")
        shown = town.bob.cli("object", "show", town.treasure["id"], "--circle", "town").json()
        expect_equal(shown["same"], [], "and nothing else says the same")


def contradictions(program, _data):
    """One member, many opinions, people and identities."""
    with Town(program, "--decay", "ipv4=30", "--decay-floor", "10") as town:
        town.alice.cli("circle", "rules", "town", "--lifetime", "ipv4=3000")
        now = now_text()
        fresh = indicator(pattern=f"[ipv4-addr:value = '{THREAT}']", confidence=90, created=now, modified=now, valid_from=now)
        expect_equal(town.alice.client.share("town", fresh)["accepted"], 1, "a fresh one")
        before = town.bob.cli("object", "show", fresh["id"], "--circle", "town").json()["score"]["score"]
        expect(before in (89, 90), f"what the source says, a moment old: {before}")
        for n in range(5):
            me = f"identity--{uuid.uuid4()}"
            town.mallory.client.ok("POST", "/api/v1/identities", {"stix_id": me})
            town.mallory.client.ok("POST", "/api/v1/people", {"name": f"p{n}", "machine": False})
            made = town.mallory.client.ok("POST", "/api/v1/tokens", {"person": f"p{n}", "scopes": ["read", "share", "sight"]}, 201)
            person = town.mallory.client.with_token(made["token"])
            person.share("town", *(opinion(fresh["id"], created_by_ref=me) for _ in range(40)), query="?attribution=named")
            for kind in ("false-positive", "expired", "false-positive"):
                person.ok("POST", "/api/v1/circles/town/sightings", {"sighting": sighting(fresh["id"]), "kind": kind, "named": False})
        score = town.bob.cli("object", "show", fresh["id"], "--circle", "town").json()["score"]
        expect_equal((score["opinions"]["members"], score["sightings"]["members"]), ("<3", "<3"), "one member")
        expect_equal((score["opinions"]["weight"], score["sightings"]["weight"]), (50, 25), "one voice")
        expect(score["score"] >= 50, f"who cannot drive it out: {score}")
        town.alice.client.share("town", opinion(fresh["id"], "strongly-agree"))
        again = town.bob.cli("object", "show", fresh["id"], "--circle", "town").json()["score"]
        expect_equal(again["opinions"], score["opinions"], "Alice's own opinion does not count for hers")
        town.bob.client.share("town", opinion(fresh["id"], "strongly-agree"))
        more = town.alice.cli("object", "show", fresh["id"], "--circle", "town").json()["score"]
        expect(more["score"] > score["score"], f"another member weighs against it: {more}")
        plain = town.bob.cli("object", "show", fresh["id"], "--circle", "town", as_json=False).out.decode()
        expect("score " in plain and "opinions:" in plain and "freshness:" in plain, plain)
        town.bob.cli("object", "show", f"indicator--{uuid.uuid4()}", "--circle", "town", code=1)


def faded(program, _data):
    """Decay ends an indicator like a withdrawal: for sensors, lists, TAXII; once, also over a restart."""
    with Town(program) as town:
        old = indicator("old.net", confidence=90, created="2020-01-02T03:04:05.000Z", modified="2020-01-02T03:04:05.000Z",
                        valid_from="2020-01-02T03:04:05Z")
        town.alice.client.share("town", old)
        eventually(lambda: "old.net" in town.listed(), "it is listed")
        town.alice.cli("circle", "rules", "town", "--decay", "domain=30", "--decay-floor", "10")

        def ended():
            return [e for e in town.bob.client.entries("town") if e["kind"] == "withdrawal"]
        said = eventually(ended, "the hub ends it", 20)
        expect_equal((len(said), said[0]["withdrawn"], said[0]["attributes"]["reason"]), (1, old["id"], "decayed"), "once")
        eventually(lambda: "old.net" not in town.listed(), "it leaves the list")
        expect(old["id"] not in {o["id"] for o in Taxii(town.bob.client, "town").objects()}, "TAXII hides it")
        board = town.alice.cli("circle", "recall", "town", old["id"]).json()
        eventually(lambda: town.alice.cli("circle", "recall", "town", old["id"]).json()["confirmed"] >= 1,
                   f"the sensor confirms it as any recall: {board}")
        expect_equal(town.indicators(), 1, "and the sensor")
        town.hub.kill()
        town.hub.start()
        time.sleep(6)
        expect_equal(len(ended()), 1, "a restart does not end it again")
        again = {**old, "modified": now_text(), "valid_from": now_text()}
        expect_equal(town.alice.client.share("town", again)["accepted"], 1, "its owner says that it still holds")
        eventually(lambda: "old.net" in town.listed(), "it is back")
        town.unharmed("faded")


def versions_and_claims(program, _data):
    with Town(program) as town:
        mallory, treasure = town.mallory.client, town.treasure
        good = indicator("evil-one.ru", confidence=90)
        expect_equal(mallory.share("town", good)["accepted"], 1, "a good first version")
        then = mallory.share("town", {**good, "modified": "2026-02-02T03:04:05.000Z", "pattern": "[ipv4-addr:value = '8.8.8.8']"})
        expect_equal(then["held"][0]["rule"], "warning-list", "and a benign second")
        for change in ({"pattern": "[ipv4-addr:value = '1.2.3.4']"}, {"revoked": True}, {"valid_until": "2026-01-02T03:04:06Z"}):
            answer = mallory.share("town", {**treasure, "modified": "2026-02-02T03:04:05.000Z", **change})
            expect_equal(answer["refused"][0]["rule"], "not-the-owner", f"{change}")
        for path, body in (("withdrawals", {"id": treasure["id"], "why": "x"}), (f"objects/{treasure['id']}/owner", {"to": "mallory"}),
                           ("erasures", {"id": treasure["id"], "why": "x"})):
            expect_equal(mallory.post(f"/api/v1/circles/town/{path}", body).status, 403, path)
        expect_equal(mallory.post("/api/v1/circles/town/members", {"act": "reliability", "member": "alice", "letter": "E"}).status, 403,
                     "a letter for Alice")
        alice = f"identity--{uuid.uuid4()}"
        town.alice.client.ok("POST", "/api/v1/identities", {"stix_id": alice})
        expect_equal(mallory.post("/api/v1/identities", {"stix_id": alice}).status, 409, "Alice's identity is hers")
        named = indicator(created_by_ref=alice)
        town.alice.client.share("town", named, query="?attribution=named")
        claimed = mallory.share("town", {**named, "modified": "2026-02-02T03:04:05.000Z", "revoked": True})
        expect_equal(claimed["refused"][0]["rule"], "not-the-owner", "in Alice's name")
        forged = indicator(created_by_ref=alice)
        mallory.share("town", forged)
        shown = town.bob.client.ok("GET", f"/api/v1/circles/town/objects/{forged['id']}")
        expect_equal(shown["versions"][0]["attributes"]["authorship"], "relayed", "a forged creator is not verified")
        town.unharmed("versions and claims")


def markings_and_text(program, _data):
    with Town(program) as town:
        mallory = town.mallory.client
        red = "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1"
        clear = "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487"
        broken = [indicator(object_marking_refs=[red]), indicator(object_marking_refs=[clear, red]),
                  indicator(object_marking_refs=[f"marking-definition--{uuid.uuid4()}"]),
                  indicator(object_marking_refs=["marking-definition--not-a-uuid"]), indicator(object_marking_refs="amber"),
                  indicator(granular_markings=[{"marking_ref": red, "selectors": ["nothing.here"]}])]
        for one in broken:
            answer = mallory.share("town", one)
            expect_equal(answer["accepted"], 0, f"{one.get('object_marking_refs')}: {answer}")
        tightened = mallory.share("town", {**town.treasure, "modified": "2026-02-02T03:04:05.000Z", "object_marking_refs": [red]},
                                  query="?to=mallory")
        expect_equal(tightened["accepted"], 0, "to tighten Alice's marking")
        nasty = "A\u001b[2J\u001b]0;owned\u0007 \u202egpj.exe\u2066 \u200b\u0000b"
        crafted = indicator(name=nasty, description=nasty)
        answer = mallory.share("town", crafted)
        accepted = answer["accepted"] == 1 or mallory.share("town", {**crafted, "name": nasty.replace("\u0000", ""),
                                                                     "description": nasty.replace("\u0000", "")})["accepted"] == 1
        expect(accepted, "text alone does no harm")
        for words in (("object", "show", crafted["id"], "--circle", "town"), ("search", crafted["pattern"].split("'")[1])):
            out = town.bob.cli(*words, as_json=False).out.decode()
            bad = [c for c in out if (ord(c) < 32 and c not in "\n\t") or c in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200b"]
            expect(not bad, f"{words[0]}: {bad} on the terminal")
        town.unharmed("markings and text")


def without_context(program, _data):
    with Town(program) as town:
        town.alice.cli("circle", "rules", "town", "--context", "any")
        bare = indicator(name="x")
        answer = town.mallory.client.share("town", bare)
        expect_equal(answer["refused"][0]["rule"], "context", "nothing said")
        expect_equal(town.mallory.client.share("town", {**bare, "description": "Beacon of a loader"})["accepted"], 1, "a sentence")
        rules = town.alice.cli("circle", "rules", "town").json()["rules"]
        expect_equal((rules["context"], rules["flood"]), ("any", None), "the rules say so")
        town.alice.cli("circle", "rules", "town", "--flood", "10/hour", "--newcomer-flood", "0", "--decay", "ipv4=30,domain=90",
                       "--decay-floor", "0", "--end-expired", "yes")
        rules = town.alice.cli("circle", "rules", "town").json()["rules"]
        expect_equal([rules[k] for k in ("flood", "newcomer_flood", "decay_days", "decay_floor", "end_expired")],
                     [10, 0, {"ipv4": 30, "domain": 90}, 0, True], "and can be set")
        town.alice.cli("circle", "rules", "town", "--flood", "none", "--newcomer-flood", "none", "--decay", "none", "--context", "none")
        rules = town.alice.cli("circle", "rules", "town").json()["rules"]
        expect_equal([rules[k] for k in ("flood", "newcomer_flood", "decay_days", "context")], [None, None, {}, "none"], "and taken away")
        for wrong in (("--flood", "many"), ("--decay", "ipv4"), ("--decay", "nonsense=3"), ("--decay-floor", "100"), ("--context", "some")):
            expect(town.alice.cli("circle", "rules", "town", *wrong, code=None).code in (1, 2), f"{wrong}")
        ends = town.alice.cli("object", "show", town.treasure["id"], "--circle", "town").json()["score"]["age"]
        expect_equal((ends["half_life_days"], ends["ends"]), (None, None), "nothing ends it")


if __name__ == "__main__":
    main(spellings, volume, newcomers, duplicates, contradictions, faded, versions_and_claims, markings_and_text, without_context)
