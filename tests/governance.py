"""The rules of a circle on a whole hub: the 72 hours before a wider audience reads, what government reads, who is
named, what may not be carried to another circle, and what a hub tells about itself."""

import collections
import json
import threading
import uuid
from datetime import datetime, timedelta

from hub import Hub, eventually, expect, expect_equal, ids, indicator, main, sighting


def parse_time(text):
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ")


def widening_waits(program, _data):
    with Hub(program) as hub:
        hub.circle("town")
        steward = hub.member("steward", "town", options=("--steward",))
        before = indicator()
        steward.client.share("town", before)
        changed = steward.cli("circle", "rules", "town", "--roles", "cert,regulator").json()
        expect(changed["widening_effective"] is not None, f"a new role widens the audience: {changed}")
        entry = next(e for e in steward.client.entries("town") if e["sequence"] == changed["sequence"])
        expect_equal(entry["kind"], "rules", "the change is an entry that all members see")
        expect_equal(parse_time(changed["widening_effective"]) - parse_time(entry["date_added"]),
                     timedelta(hours=72), "it takes effect 72 h after its entry")
        shown = steward.client.ok("GET", "/api/v1/circles/town")
        expect_equal(shown["rules_pending"], [{"version": changed["version"],
                                               "widening_effective": changed["widening_effective"]}], "and is shown")
        refused = hub.cli("member", "invite", "watch", "--kind", "government", "--role", "regulator", "--circle",
                          "town", code=1)
        expect("rules" in refused.err, f"a regulator cannot enter before: {refused}")
        narrowed = steward.cli("circle", "rules", "town", "--roles", "cert").json()
        expect_equal(narrowed["widening_effective"], None, "taking it back waits for nothing")
        expect_equal(steward.client.ok("GET", "/api/v1/circles/town")["rules_pending"], [], "nothing is pending")
        lifetimes = steward.cli("circle", "rules", "town", "--lifetime", "ipv4=30").json()
        expect_equal(lifetimes["widening_effective"], None, "lifetimes widen nothing")


def government_reads_are_written_down(program, _data):
    with Hub(program) as hub:
        hub.circle("town")
        acme = hub.member("acme", "town")
        cert = hub.member("cert", "town", kind="government", options=("--role", "cert"))
        shared = indicator()
        acme.client.share("town", shared)
        acme.client.entries("town")
        expect_equal(acme.client.ok("GET", "/api/v1/circles/town/accesses")["accesses"], [],
                     "what a company reads is nobody's business")
        cert.client.entries("town")
        cert.client.get(f"/api/v1/circles/town/objects/{shared['id']}")
        cert.client.get(f"/api/v1/search?value={shared['name']}")
        stream = cert.client.stream("town")
        stream.snapshot()
        stream.close()
        accesses = acme.client.ok("GET", "/api/v1/circles/town/accesses")["accesses"]
        routes = set()
        for access in accesses:
            expect_equal(access["member"]["name"], "cert", "who read")
            routes |= set(access["reads"])
        expect(routes >= {"entries", "object", "search", "stream"}, f"each way of reading is there: {routes}")
        expect(shared["name"] not in json.dumps(accesses), "what was searched for is not told")
        hub.kill()
        hub.start()
        acme.client.close()
        acme.client.port = hub.port
        again = acme.client.ok("GET", "/api/v1/circles/town/accesses")["accesses"]
        expect(again and set(again[0]["reads"]) == set(accesses[0]["reads"]), "and survives kill -9")


def who_is_named(program, _data):
    with Hub(program) as hub:
        hub.circle("town", "--sightings", "named")
        acme, other = hub.member("acme", "town"), hub.member("other", "town")
        identity = f"identity--{uuid.uuid4()}"
        acme.cli("identity", "add", identity)

        def seen_by_other(identifier):
            return next(e for e in other.client.entries("town") if e.get("object", {}).get("id") == identifier)

        unnamed, named = indicator(), indicator()
        acme.client.share("town", unnamed)
        entry = seen_by_other(unnamed["id"])
        text = json.dumps(entry)
        expect("author" not in entry["attributes"] and "author_name" not in entry["attributes"], f"unnamed: {entry}")
        expect(acme.uuid not in text and "acme" not in text, f"nothing in the entry names the author: {entry}")
        acme.client.share("town", named, query="?attribution=named")
        attributes = seen_by_other(named["id"])["attributes"]
        expect_equal((attributes.get("author"), attributes.get("author_name")), (acme.uuid, "acme"), "named")

        own = indicator(created_by_ref=identity)
        answer = acme.client.share("town", own)
        expect_equal([r["rule"] for r in answer["refused"]], ["names-the-sharer"], "its bytes name the sharer")
        expect_equal(answer["accepted"], 0, "so it does not pass unnamed")
        expect_equal(acme.client.share("town", own, query="?attribution=named")["accepted"], 1, "but --named")
        expect_equal(seen_by_other(own["id"])["attributes"]["authorship"], "verified", "by its proven creator")
        claimed = other.client.share("town", indicator(created_by_ref=identity))
        expect_equal(claimed["accepted"], 1, f"a third party's object passes whole: {claimed}")
        relayed = seen_by_other(claimed["receipts"][0]["id"])
        expect_equal(relayed["attributes"]["authorship"], "relayed", "and is marked as relayed")

        for by, flag in ((other, True), (other, False)):
            made = by.client.ok("POST", "/api/v1/circles/town/sightings",
                                {"sighting": sighting(named["id"]), "kind": "seen", "named": flag})
            entry = next(e for e in acme.client.entries("town") if e["sequence"] == made["sequence"])
            expect_equal(entry["attributes"].get("author_name"), "other" if flag else None, "a sighting's name")
            expect_equal(entry["attributes"]["members"], "<3", "few are not counted out")
        # An answer finds an unnamed author, and neither learns the other's name.
        other.cli("ask", unnamed["id"], "how sure?", "--circle", "town")
        question = eventually(lambda: [e for e in acme.client.entries("town") if e["kind"] == "message"], "a question")[0]
        expect("other" not in json.dumps(question["attributes"]), f"who asked is not named: {question}")
        expect(other.uuid not in json.dumps(question), f"nor by number: {question}")


def nothing_is_carried_wider(program, _data):
    with Hub(program) as hub:
        hub.circle("small")
        hub.circle("large")
        acme = hub.member("acme", "small")
        both = hub.member("both", "small,large")
        large = hub.member("large", "large")
        received = indicator()
        acme.client.share("small", received)
        for client, what in ((both.client, "full"), (both.token("share"), "share-only")):
            answer = client.share("large", received)
            expect_equal([r["rule"] for r in answer["refused"]], ["not-released"],
                         f"received in a narrower circle, with a {what} token: {answer}")
        expect_equal(ids(large.client.entries("large")), set(), "nobody there has it")
        uuid_of_large = both.client.ok("GET", "/api/v1/circles/large")["uuid"]
        both.cli("request-release", received["id"], "--circle", "small", "--to", "large", "the others need it",
                 code=None)
        ask = {"act": "request-release", "id": received["id"], "text": "the others need it", "to": uuid_of_large}
        both.client.ok("POST", "/api/v1/circles/small/messages", ask)
        both_refused = both.client.post("/api/v1/circles/small/messages", {**ask, "act": "release"})
        expect_equal(both_refused.status, 403, "only the owner releases")
        acme.client.ok("POST", "/api/v1/circles/small/messages", {**ask, "act": "release"})
        expect_equal(both.client.share("large", received)["accepted"], 1, "after the release it may")
        # Under a stricter marking in the same two circles.
        own = indicator()
        both.client.share("small", own)
        expect_equal(both.client.share("large", own)["accepted"], 1, "what is one's own goes anywhere")


def a_token_for_sharing_alone_is_enough_to_share(program, _data):
    with Hub(program) as hub:
        hub.circle("town")
        acme, other = hub.member("acme", "town"), hub.member("other", "town")
        machine = acme.token("share")
        shared = indicator()
        expect_equal(machine.share("town", shared)["accepted"], 1, "accepted")
        again = machine.share("town", shared)
        expect_equal((again["accepted"], again["duplicates"]), (0, 1), f"sent again, it is a duplicate: {again}")
        sensor = other.token("sight")
        answer = sensor.post("/api/v1/circles/town/sightings", {"sighting": sighting(shared["id"]), "kind": "seen"})
        expect_equal(answer.status, 200, f"a token for sightings alone may report one: {answer}")
        answer = machine.post("/api/v1/circles/town/withdrawals", {"id": shared["id"], "why": "é" * 2000})
        expect_equal(answer.status, 200, f"and what it shared it may withdraw: {answer}")
        entry = next(e for e in other.client.entries("town") if e["kind"] == "withdrawal")
        expect_equal(entry["why"], "é" * 2000, "the reason comes whole")


def statements_are_no_secrets(program, _data):
    """A copyright notice is a marking, too: it must not make RED of what it marks. An unknown one does."""
    with Hub(program) as hub:
        hub.circle("town")
        acme = hub.member("acme", "town")
        notice = {"type": "marking-definition", "spec_version": "2.1", "id": f"marking-definition--{uuid.uuid4()}",
                  "created": "2026-01-02T03:04:05.000Z", "definition_type": "statement",
                  "definition": {"statement": "Copyright 2026, somebody"}}
        marked = indicator(object_marking_refs=[notice["id"]])
        expect_equal([r["rule"] for r in acme.client.share("town", marked)["refused"]], ["marking"],
                     "as long as nobody knows the marking, it may forbid anything")
        together = acme.client.share("town", marked, notice)
        expect_equal(together["accepted"], 2, f"with its definition, in whatever order: {together}")
        later = acme.client.share("town", indicator(object_marking_refs=[notice["id"]]))
        expect_equal(later["accepted"], 1, f"and once the circle has it: {later}")
        entry = next(e for e in acme.client.entries("town") if e.get("object", {}).get("id") == marked["id"])
        expect_equal(entry["attributes"]["tlp"], "amber", "under the circle's default")


def what_is_held_waits_for_a_steward(program, _data):
    with Hub(program) as hub:
        hub.circle("town")
        steward = hub.member("steward", "town", options=("--steward",))
        acme, other = hub.member("acme", "town"), hub.member("other", "town")

        def hold(one):
            answer = acme.client.share("town", one)
            expect_equal((answer["accepted"], len(answer["held"])), (0, 1), f"held: {answer}")
            return answer["held"][0]["sequence"]

        def decide(sequence, act):
            return steward.client.post(f"/api/v1/circles/town/held/{sequence}", {"act": act, "why": "looked at"}).status

        older, dismissed = indicator("a.example"), indicator("b.example")
        newer = {**older, "modified": "2026-05-05T00:00:00.000Z"}
        first, again, second, third = hold(older), hold(older), hold(newer), hold(dismissed)
        expect_equal(again, first, "sent again, it waits once")
        expect_equal(ids(other.client.entries("town")), set(), "nobody else knows of them")
        expect_equal(acme.client.post(f"/api/v1/circles/town/held/{first}", {"act": "release", "why": ""}).status, 403,
                     "their author does not release them")
        expect_equal(decide(first, "release"), 200, "released")
        expect_equal(decide(first, "release"), 409, "once")
        expect_equal(decide(second, "release"), 200, "its newer version")
        expect_equal(decide(third, "dismiss"), 200, "dismissed")
        came = [e["object"] for e in other.client.entries("town") if e["kind"] == "object"]
        expect_equal(came, [older, newer], "what was released came, and nothing else")
        expect_equal(acme.client.ok("GET", "/api/v1/circles/town/held")["held"], [], "nothing waits any more")
        expect("acme" not in json.dumps(other.client.entries("town")), "and its author is still unnamed")
        # What another shared meanwhile is not pushed aside by an older claim.
        stolen = indicator("c.example", modified="2026-05-05T00:00:00.000Z")
        waiting = hold(stolen)
        expect_equal(other.client.share("town", {**stolen, "modified": stolen["created"],
                                                 "pattern": "[domain-name:value = 'cc0f2a.net']"})["accepted"], 1, "other")
        expect_equal(decide(waiting, "release"), 409, "another owns the id by now")


def sightings_reach_government_by_rule_only(program, _data):
    with Hub(program) as hub:
        hub.circle("closed")
        hub.circle("open", "--sightings-to-government", "yes")
        hub.circle("none", "--sightings", "off")
        acme = hub.member("acme", "closed,open,none")
        cert = hub.member("cert", "closed,open", kind="government", options=("--role", "cert"))
        for circle, wanted in (("closed", 0), ("open", 1)):
            shared = indicator()
            acme.client.share(circle, shared)
            acme.client.ok("POST", f"/api/v1/circles/{circle}/sightings", {"sighting": sighting(shared["id"]), "kind": "seen"})
            expect_equal(len([e for e in cert.client.entries(circle) if e["kind"] == "sighting"]), wanted,
                         f"sightings that government reads in '{circle}'")
            expect_equal(len(cert.client.ok("GET", f"/api/v1/circles/{circle}/objects/{shared['id']}")["sightings"]),
                         wanted, "the same beside the object")
        shared = indicator()
        acme.client.share("none", shared)
        expect_equal(acme.client.post("/api/v1/circles/none/sightings",
                                      {"sighting": sighting(shared["id"]), "kind": "seen"}).status, 403, "taken nowhere")


def metrics_name_nobody(program, _data):
    with Hub(program) as hub:
        hub.circle("zebra-circle")
        acme = hub.member("yak-member", "zebra-circle")
        shared = indicator()
        acme.client.share("zebra-circle", shared)
        stream = acme.client.stream("zebra-circle", sensor="wolf-sensor")
        _, live = stream.snapshot()
        position = {k: live.json()[k] for k in ("sequence", "commitment")}
        acme.client.request("POST", "/api/v1/circles/zebra-circle/ack", {"sensor": "wolf-sensor", **position})
        acme.client.get(f"/api/v1/search?value={shared['name']}")
        text = hub.admin.get("/metrics").body.decode()
        for secret in ("zebra", "yak", "wolf", shared["id"], shared["name"], acme.uuid, acme.person,
                       acme.client.token, "127.0.0.1"):
            expect(secret not in text, f"the metrics tell {secret!r}")
        expect("tocsin_objects_total{outcome=\"accepted\"} 1\n" in text, "and count")
        expect("tocsin_subscribers 1\n" in text, "live streams")
        for line in text.splitlines():
            if not line.startswith("#"):
                name, value = line.rsplit(" ", 1)
                expect(float(value) >= 0 and name.startswith("tocsin_"), f"a line of Prometheus' form: {line}")
        stream.close()
        with open(hub.folder + "/hub.stderr", encoding="utf-8", errors="replace") as file:
            said = file.read()
        for secret in ("yak", "wolf", shared["name"], acme.client.token):
            expect(secret not in said, f"the hub's own log tells {secret!r}")


def bad_bodies(program, _data):
    with Hub(program) as hub:
        hub.circle("town")
        acme = hub.member("acme", "town")
        path = "/api/v1/circles/town/objects"

        def problem(status, body, what, where=path):
            answer = acme.client.request("POST", where, body)
            expect_equal(answer.status, status, f"{what}: {answer}")
            expect_equal(answer.header("content-type"), "application/problem+json", what)
            document = answer.json()
            expect(document["status"] == status and document["title"] and document["detail"], f"{what}: {document}")

        problem(400, b"{", "half an object")
        problem(400, b"", "nothing")
        problem(400, b"\xff\xfe{}", "no UTF-8")
        problem(400, b"[" * 100_000, "a tower of brackets")
        for where in ("withdrawals", "messages", "sightings", "ack"):
            problem(400, b"{", "half an object", f"/api/v1/circles/town/{where}")
            problem(400, b"[]", "no object", f"/api/v1/circles/town/{where}")
        # Over the limit: refused before it is read; the connection may be gone when the body is not yet sent.
        socket = acme.client.raw_socket()
        socket.sendall(f"POST {path} HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer {acme.client.token}\r\n"
                       f"Content-Length: {17 << 20}\r\n\r\n".encode())
        head = socket.recv(4096)
        socket.close()
        expect(head.startswith(b"HTTP/1.1 413 "), f"a body over the limit: {head[:200]!r}")
        good = indicator()
        answer = acme.client.share("town", {"type": "indicator", "id": "nonsense"}, good, {"no": "type"})
        expect_equal((answer["accepted"], len(answer["refused"])), (1, 2), f"the good one is kept: {answer}")
        expect(all(r["rule"] and r["reason"] for r in answer["refused"]), f"and each refusal says why: {answer}")


def nothing_breaks_the_hub(program, _data):
    """Every route with values of the wrong kind, odd numbers and odd texts: refused or taken, never a 5xx."""
    with Hub(program) as hub:
        hub.circle("town")
        steward = hub.member("steward", "town", options=("--steward",))
        acme = hub.member("acme", "town")
        shared = indicator()
        steward.client.share("town", shared)
        odd = [None, True, -1, 0, 1.5, 1e308, 2**63, 2**64, 10**30, "", "a" * 5000, "\u0000", "\ud800", "../..", "é\n\r", [], [[]], [None], {}, {"a": {}},
            shared["id"], "town", "steward"]
        document = hub.admin.ok("GET", "/api/v1/openapi.json")

        def fields(schema):
            while "$ref" in schema:
                at = document
                for part in schema["$ref"].lstrip("#/").split("/"):
                    at = at[part]
                schema = at
            found = dict(schema.get("properties", {}))
            for part in schema.get("allOf", []) + schema.get("oneOf", []) + schema.get("anyOf", []):
                found |= fields(part)
            return found

        asked, broken = 0, []

        def ask(client, method, path, body=None):
            nonlocal asked
            asked += 1
            answer = client.request(method, path, body)
            if answer.status >= 500:
                broken.append(f"{method} {path} {json.dumps(body)[:200]}: {answer}")

        good = {"member": "acme", "name": "n", "kind": "company", "circles": ["town"], "id": shared["id"], "why": "w",
                "act": "ask", "text": "t", "sensor": "s", "sequence": 1, "scopes": ["read"], "person": "administrator",
                "value": "own.net", "stix_id": f"identity--{uuid.uuid4()}", "how": "steward", "standing": "active"}
        for template, item in document["paths"].items():
            for method, operation in item.items():
                if method not in ("post", "put") or template.endswith(("/leave", "/join")):
                    continue
                path = template.replace("{circle}", "town").replace("{member}", "acme").replace("{sequence}", "3")
                path = path.replace("{asset}", "1")
                content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
                for field in fields(content.get("schema", {})) or ["id"]:
                    for value in odd:
                        body = {k: good[k] for k in fields(content.get("schema", {})) if k in good}
                        for client in (steward.client, hub.admin):
                            ask(client, method.upper(), path, {**body, field: value})
        for path in ("entries", "held", "accesses", "objects/x", "recall/x"):
            for query in ("after", "limit", "from", "type"):
                for value in ("-1", "x", "", "1.5", "99999999999999999999", "18446744073709551615", "%00", "%ff"):
                    ask(acme.client, "GET", f"/api/v1/circles/town/{path}?{query}={value}")
        for query in ("", "?value=", "?value=%00", "?value=" + "a" * 3000, "?value=%22%5C", "?value=1.2.3.4%2F33"):
            ask(acme.client, "GET", "/api/v1/search" + query)
        for query in ("?tlp=x", "?to=", "?to=,,,", "?to=nobody", "?attribution=", "?dry_run=maybe", "?to=" + "a," * 2000):
            ask(acme.client, "POST", "/api/v1/circles/town/objects" + query, indicator())
        print(f"{asked} odd requests")
        expect(asked > 1000 and not broken, f"{len(broken)} of {asked} broke it:\n  " + "\n  ".join(broken[:10]))
        expect_equal(hub.admin.ok("GET", "/ready")["status"], "ready", "and it goes on")
        for entry in acme.client.entries("town"):
            expect(entry["commitment"], "every page is still JSON")


def one_order_for_all(program, _data):
    """While several write, a reader that pages sees each entry once and in order; and of one object shared many
    times at once there is one entry."""
    with Hub(program) as hub:
        hub.circle("town")
        writers = [hub.member(f"writer{i}", "town") for i in range(3)]
        reader, common = hub.member("reader", "town"), [indicator() for _ in range(20)]
        verdicts, own = [], [[indicator() for _ in range(40)] for _ in writers]

        def write(member, mine):
            for i, one in enumerate(mine):
                verdicts.append(member.client.share("town", one, common[i % len(common)]))

        threads = [threading.Thread(target=write, args=pair) for pair in zip(writers, own)]
        for thread in threads:
            thread.start()
        seen, after = [], 0
        while any(thread.is_alive() for thread in threads) or after is not None:
            page = reader.client.ok("GET", f"/api/v1/circles/town/entries?after={after or 0}&limit=7")
            seen += page["entries"]
            if page["entries"]:
                after = page["entries"][-1]["sequence"]
            elif not any(thread.is_alive() for thread in threads):
                break
        for thread in threads:
            thread.join()
        seen += reader.client.entries("town", after=seen[-1]["sequence"])
        whole = reader.client.entries("town")
        expect_equal([e["sequence"] for e in seen], [e["sequence"] for e in whole], "paging while others write")
        counts = collections.Counter(e["object"]["id"] for e in whole if e["kind"] == "object")
        expect_equal(set(counts), {o["id"] for objects in (*own, common) for o in objects}, "all are there")
        expect_equal(set(counts.values()), {1}, "each once")
        expect_equal(sum(v["accepted"] for v in verdicts), len(counts), "and each accepted once")
        expect(all(not v["refused"] and not v["held"] for v in verdicts), "the others were told of a duplicate")


if __name__ == "__main__":
    main(widening_waits, government_reads_are_written_down, who_is_named, nothing_is_carried_wider,
         a_token_for_sharing_alone_is_enough_to_share, statements_are_no_secrets,
         what_is_held_waits_for_a_steward, sightings_reach_government_by_rule_only, metrics_name_nobody, bad_bodies, nothing_breaks_the_hub,
         one_order_for_all)
