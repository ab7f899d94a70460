"""Who gets what at which door: every route of the hub's own OpenAPI document × every kind of principal, against
the table below; then the same doors again for what each may know of single objects; and, for whoever is outside,
that a circle or object that is there answers byte for byte like one that never was."""

import json
import re
import uuid

from hub import Hub, expect, expect_equal, ids, indicator, main, sighting
from taxii import MEDIA, ROOT, Taxii

# The columns, in the order in which they ask. `revoked`: a token that was revoked. `outside`: steward of another
# circle. `suspended`: on the hub. `barred`: suspended in this circle. `read`, `share`: tokens of the member
# `inside` with that scope alone. `client`: reads through a member. `cert`: government with a role that the rules
# admit. `regulator`: government that was admitted before the rules were narrowed to cert.
PRINCIPALS = ("none bad revoked operator outside suspended barred removed read share client cert regulator inside "
              "steward").split()

TABLE = """
                                                   none bad rev oper outs susp barr remo read shar clie cert regu insi stew
GET    /health                                     200  200 200 200  200  200  200  200  200  200  200  200  200  200  200
GET    /ready                                      200  200 200 200  200  200  200  200  200  200  200  200  200  200  200
GET    /ca.pem                                     200  200 200 200  200  200  200  200  200  200  200  200  200  200  200
GET    /api/v1/openapi.json                        200  200 200 200  200  200  200  200  200  200  200  200  200  200  200
POST   /api/v1/join                                404  404 404 404  404  404  404  404  404  404  404  404  404  404  404
GET    /metrics                                    401  401 401 200  403  401  403  403  403  403  403  403  403  403  403
GET    /api/v1/me                                  401  401 401 200  200  401  200  200  200  200  200  200  200  200  200
GET    /api/v1/circles                             401  401 401 200  200  401  200  200  200  200  200  200  200  200  200
POST   /api/v1/circles                             401  401 401 201  403  401  403  403  403  403  403  403  403  403  403
GET    /api/v1/circles/{circle}                    401  401 401 404  404  401  404  404  200  403  200  200  200  200  200
PUT    /api/v1/circles/{circle}/rules              401  401 401 404  404  401  404  404  403  403  403  403  403  403  200
POST   /api/v1/circles/{circle}/members            401  401 401 403  404  401  404  404  403  403  403  403  403  403  400
GET    /api/v1/circles/{circle}/accesses           401  401 401 404  404  401  404  404  200  403  200  200  200  200  200
POST   /api/v1/circles/{circle}/objects            401  401 401 404  404  401  404  404  403  200  200  200  200  200  200
GET    /api/v1/circles/{circle}/objects/{id}       401  401 401 404  404  401  404  404  200  403  200  200  404  200  200
GET    /api/v1/circles/{circle}/objects/{id}/why   401  401 401 404  404  401  404  404  200  403  200  200  404  200  200
GET    /api/v1/circles/{circle}/entries            401  401 401 404  404  401  404  404  200  403  200  200  200  200  200
POST   /api/v1/circles/{circle}/withdrawals        401  401 401 404  404  401  404  404  403  403  403  403  404  403  200
GET    /api/v1/circles/{circle}/held               401  401 401 404  404  401  404  404  200  403  200  200  200  200  200
POST   /api/v1/circles/{circle}/held/{sequence}    401  401 401 404  404  401  404  404  403  403  403  403  403  403  404
POST   /api/v1/circles/{circle}/objects/{id}/owner 401 401 401 404  404  401  404  404  403  403  403  403  403  403  409
GET    /api/v1/circles/{circle}/erasures           401  401 401 404  404  401  404  404  200  403  200  200  200  200  200
POST   /api/v1/circles/{circle}/erasures           401  401 401 404  404  401  404  404  403  403  403  403  403  403  202
POST   /api/v1/circles/{circle}/erasures/{proposal} 401 401 401 404  404  401  404  404  404  404  404  404  404  404  404
GET    /api/v1/circles/{circle}/feeds              401  401 401 404  404  401  404  404  403  403  403  403  403  403  200
POST   /api/v1/circles/{circle}/feeds              401  401 401 404  404  401  404  404  403  403  403  403  403  403  201
GET    /api/v1/circles/{circle}/feeds/{feed}       401  401 401 404  404  401  404  404  403  403  403  403  403  403  404
POST   /api/v1/circles/{circle}/feeds/{feed}       401  401 401 404  404  401  404  404  403  403  403  403  403  403  404
DELETE /api/v1/circles/{circle}/feeds/{feed}       401  401 401 404  404  401  404  404  403  403  403  403  403  403  404
POST   /api/v1/circles/{circle}/messages           401  401 401 404  404  401  404  404  403  200  200  200  404  200  200
GET    /api/v1/search                              401  401 401 403  200  401  200  200  200  403  200  200  200  200  200
GET    /api/v1/circles/{circle}/stream             401  401 401 404  404  401  404  404  200  403  200  200  200  200  200
POST   /api/v1/circles/{circle}/ack                401  401 401 404  404  401  404  404  204  403  204  204  204  204  204
GET    /api/v1/circles/{circle}/recall/{id}        401  401 401 404  404  401  404  404  200  403  200  200  404  200  200
POST   /api/v1/circles/{circle}/sightings          401  401 401 404  404  401  404  404  403  403  200  200  404  200  200
GET    /api/v1/members                             401  401 401 200  200  401  200  200  200  200  200  200  200  200  200
POST   /api/v1/members/{member}/standing           401  401 401 409  403  401  403  403  403  403  403  403  403  403  403
GET    /api/v1/invites                             401  401 401 200  200  401  403  403  403  403  403  403  403  403  200
POST   /api/v1/invites                             401  401 401 201  404  401  403  403  403  403  403  403  403  403  201
DELETE /api/v1/invites/{invite}                    401  401 401 404  404  401  404  404  404  404  404  404  404  404  404
GET    /api/v1/people                              401  401 401 200  200  401  200  200  403  403  200  200  200  200  200
POST   /api/v1/people                              401  401 401 201  201  401  201  201  403  403  201  201  201  201  201
GET    /api/v1/tokens                              401  401 401 200  200  401  200  200  200  200  200  200  200  200  200
POST   /api/v1/tokens                              401  401 401 400  201  401  201  201  201  403  201  201  201  201  201
DELETE /api/v1/tokens/{token}                      401  401 401 404  404  401  404  404  404  404  404  404  404  404  404
POST   /api/v1/identities                          401  401 401 403  201  401  201  201  403  403  201  201  201  201  201
GET    /api/v1/assets                              401  401 401 200  200  401  200  200  403  403  200  200  200  200  200
POST   /api/v1/assets                              401  401 401 403  201  401  201  201  403  403  201  201  201  201  201
POST   /api/v1/assets/{asset}/verification         401  401 401 404  404  401  404  404  404  404  404  404  404  404  404
DELETE /api/v1/assets/{asset}                      401  401 401 404  404  401  404  404  404  404  404  404  404  404  404
GET    /api/v1/warning-lists                       401  401 401 200  200  401  200  200  200  200  200  200  200  200  200
GET    /api/v1/mapping                             401  401 401 403  200  401  200  200  403  200  200  200  200  200  200
PUT    /api/v1/mapping                             401  401 401 403  200  401  200  200  403  200  200  200  200  409  200
GET    /signin                                     200  200 200 200  200  200  200  200  200  200  200  200  200  200  200
GET    /signin/page.js                             200  200 200 200  200  200  200  200  200  200  200  200  200  200  200
GET    /signin/page.css                            200  200 200 200  200  200  200  200  200  200  200  200  200  200  200
GET    /signin/session                             200  200 200 200  200  200  200  200  200  200  200  200  200  200  200
POST   /signin/begin                               403  403 403 403  403  403  403  403  403  403  403  403  403  403  403
POST   /signin/finish                              403  403 403 403  403  403  403  403  403  403  403  403  403  403  403
POST   /signin/assert/begin                        401  401 401 401  401  401  401  401  401  401  401  401  401  401  401
POST   /signin/assert                              401  401 401 401  401  401  401  401  401  401  401  401  401  401  401
POST   /signin/enrol/begin                         401  401 401 401  401  401  401  401  401  401  401  401  401  401  401
POST   /signin/enrol                               403  403 403 403  403  403  403  403  403  403  403  403  403  403  403
POST   /signin/out                                 401  401 401 401  401  401  401  401  401  401  401  401  401  401  401
POST   /signin/links                               401  401 401 400  201  401  201  201  201  403  201  201  201  201  201
POST   /signin/providers/{provider}/begin          403  403 403 403  403  403  403  403  403  403  403  403  403  403  403
POST   /signin/providers/{provider}/link           401  401 401 401  401  401  401  401  401  401  401  401  401  401  401
GET    /signin/callback                            400  400 400 400  400  400  400  400  400  400  400  400  400  400  400
POST   /signin/identities                          401  401 401 400  400  401  400  400  403  403  400  400  400  400  400
GET    /signin/sessions                            401  401 401 200  200  401  200  200  200  200  200  200  200  200  200
DELETE /signin/sessions/{session}                  401  401 401 404  404  401  404  404  404  404  404  404  404  404  404
GET    /signin/passkeys                            401  401 401 200  200  401  200  200  200  200  200  200  200  200  200
DELETE /signin/passkeys/{passkey}                  401  401 401 404  404  401  404  404  404  404  404  404  404  404  404
GET    /signin/identities                          401  401 401 200  200  401  200  200  200  200  200  200  200  200  200
DELETE /signin/identities/{identity}               401  401 401 404  404  401  404  404  404  404  404  404  404  404  404
POST   /api/v1/circles/{circle}/leave              401  401 401 404  404  401  404  404  403  403  409  200  200  200  200
"""

# The same for TAXII. The status is the author's, who stands in no column.
TAXII_TABLE = """
                                          none bad rev oper outs susp barr remo read shar clie cert regu insi stew
GET    /taxii2/                           401  401 401 200  200  401  200  200  200  200  200  200  200  200  200
GET    {root}                             401  401 401 200  200  401  200  200  200  200  200  200  200  200  200
GET    {root}status/{status}/             401  401 401 404  404  401  404  404  404  404  404  404  404  404  404
GET    {root}collections/                 401  401 401 200  200  401  200  200  200  200  200  200  200  200  200
GET    {town}                             401  401 401 404  404  401  404  404  200  200  200  200  200  200  200
GET    {town}manifest/                    401  401 401 404  404  401  404  404  200  403  200  200  200  200  200
GET    {town}objects/                     401  401 401 404  404  401  404  404  200  403  200  200  200  200  200
POST   {town}objects/                     401  401 401 404  404  401  404  404  403  202  403  202  202  202  202
GET    {town}objects/{id}/                401  401 401 404  404  401  404  404  200  403  200  200  404  200  200
DELETE {town}objects/{id}/                401  401 401 404  404  401  404  404  403  403  403  403  404  403  200
GET    {town}objects/{id}/versions/       401  401 401 404  404  401  404  404  200  403  200  200  404  200  200
"""

# What is shared by `author` after the rules were narrowed, and who knows of it, by every door.
SEEN = """
                read client cert regulator inside steward author newcomer
clear           yes  yes    yes  no        yes    yes     yes    no
green           yes  yes    yes  no        yes    yes     yes    no
amber           yes  yes    yes  no        yes    yes     yes    no
amber+strict    yes  no     yes  no        yes    yes     yes    no
red-to-inside   yes  no     no   no        yes    no      yes    no
red-to-cert     no   no     yes  no        no     no      yes    no
amber-to-inside yes  no     no   no        yes    no      yes    no
held            no   no     no   no        no     HELD    HELD   no
earlier         yes  yes    yes  yes       yes    yes     yes    no
later           yes  yes    yes  no        yes    yes     yes    yes
"""


def rows(text):
    lines = [line.split() for line in text.strip().splitlines()]
    return lines[0], lines[1:]


def town(hub):
    """A circle `town` with every principal, another circle `other`, and the clients that ask."""
    hub.circle("town", "--tlp-max", "red", "--roles", "cert,regulator", "--newcomers-see-history", "no",
               "--sightings-to-government", "yes")
    hub.circle("other")
    people = {
        "steward": hub.member("steward", "town", options=("--steward",)),
        "author": hub.member("author", "town"),
        "inside": hub.member("inside", "town"),
        "cert": hub.member("cert", "town", kind="government", options=("--role", "cert")),
        "regulator": hub.member("regulator", "town", kind="government", options=("--role", "regulator")),
        "barred": hub.member("barred", "town"),
        "removed": hub.member("removed", "town"),
        "suspended": hub.member("suspended", "town"),
        "outside": hub.member("outside", "other", options=("--steward",)),
    }
    people["client"] = hub.member("client", options=("--client-of", "author"))
    by = {name: member.client for name, member in people.items()}
    by["none"] = by["inside"].with_token(None)
    by["bad"] = by["inside"].with_token("tocsin_" + "A" * 43)
    by["revoked"] = people["inside"].token("read", "share", "sight")
    by["inside"].ok("DELETE", f"/api/v1/tokens/{by['revoked'].token_id}")
    by["read"] = people["inside"].token("read")
    by["share"] = people["inside"].token("share")
    by["operator"] = hub.admin
    for act, name in (("suspend", "barred"), ("remove", "removed")):
        by["steward"].ok("POST", "/api/v1/circles/town/members", {"act": act, "member": name})
    hub.admin.ok("POST", "/api/v1/members/suspended/standing", {"standing": "suspended", "why": "test"})
    return people, by


def narrow(by):
    """From now on only a cert may read as government; the regulator stays a member of the circle."""
    by["steward"].ok("PUT", "/api/v1/circles/town/rules", {"government_roles": ["cert"]})


def body_for(route, name, world):
    """A good body, new for each call where a second one would be a conflict."""
    fresh = uuid.uuid4().hex[:12]
    visible = world["visible"]
    return {
        "POST /api/v1/join": {"invite": "tocsin_" + "B" * 43, "client_key": "A" * 43, "person": "p", "agreement": "a"},
        "POST /api/v1/circles": {"name": "c" + fresh},
        "PUT /api/v1/circles/{circle}/rules": {"lifetime_days": {"ipv4": 30}},
        "POST /api/v1/circles/{circle}/members": {"act": "admit", "member": "nobody"},
        "POST /api/v1/circles/{circle}/objects": indicator(),
        "POST /api/v1/circles/{circle}/withdrawals": {"id": world.get("to_withdraw"), "why": "test"},
        "POST /api/v1/circles/{circle}/held/{sequence}": {"act": "dismiss", "why": "test"},
        "POST /api/v1/circles/{circle}/objects/{id}/owner": {"to": "author"},
        "POST /api/v1/circles/{circle}/erasures": {"id": visible["id"], "why": "test"},
        "POST /api/v1/circles/{circle}/feeds": {"name": "f" + fresh, "url": "https://feed.invalid/taxii2/"},
        "POST /api/v1/circles/{circle}/feeds/{feed}": {"act": "pause"},
        "POST /api/v1/circles/{circle}/messages": {"act": "ask", "id": visible["id"], "text": "how sure?"},
        "POST /api/v1/circles/{circle}/ack": {"sensor": "s", **world["position"]},
        "POST /api/v1/circles/{circle}/sightings": {"sighting": sighting(visible["id"]), "kind": "seen"},
        "POST /api/v1/members/{member}/standing": {"standing": "active"},
        "POST /api/v1/invites": {"name": "m" + fresh, "kind": "company", "circles": ["town"]},
        "POST /api/v1/people": {"name": "p" + fresh},
        "POST /api/v1/tokens": {"person": world["person"].get(name, "nobody"), "scopes": ["read"]},
        "POST /signin/identities": {"person": "nobody", "provider": "none", "subject": "x", "scopes": ["read"]},
        "POST /signin/links": {"person": world["person"].get(name, "nobody"), "scopes": ["read"]},
        "POST /api/v1/identities": {"stix_id": f"identity--{uuid.uuid4()}"},
        "POST /api/v1/assets": {"kind": "domain", "value": fresh + ".org"},
        "POST /api/v1/assets/{asset}/verification": {"how": "steward"},
        "POST /api/v1/circles/{circle}/leave": {},
    }.get(route)


def status_of(client, method, path, body):
    if path.endswith("/stream"):
        stream = client.stream(path.split("/")[4])
        stream.close()
        return stream.status
    return client.request(method, path, body).status


def every_route_and_principal(program, _data):
    with Hub(program) as hub:
        people, by = town(hub)
        narrow(by)
        author = by["author"]
        visible, withdrawn = indicator(), indicator()
        receipt = author.share("town", visible)["receipts"][0]
        author.share("town", withdrawn)
        author.ok("POST", "/api/v1/circles/town/withdrawals", {"id": withdrawn["id"], "why": "test"})
        world = {"visible": visible, "position": {k: receipt[k] for k in ("sequence", "commitment")},
                 "person": {name: member.person for name, member in people.items()}}
        world["person"].update(read=people["inside"].person, share=people["inside"].person)

        _, table = rows(TABLE)
        document = by["none"].ok("GET", "/api/v1/openapi.json")
        served = {(method.upper(), path) for path, item in document["paths"].items() for method in item
                  if method in ("get", "put", "post", "delete", "patch", "head", "options")}
        expect_equal({(row[0], row[1]) for row in table}, served, "the table names each route of the hub")

        wrong = []
        for method, template, *statuses in table:
            expect_equal(len(statuses), len(PRINCIPALS), f"columns of {method} {template}")
            for name, wanted in zip(PRINCIPALS, statuses):
                if template.endswith("/withdrawals"):
                    another = indicator()
                    author.share("town", another)
                    world["to_withdraw"] = another["id"]
                path = re.sub(r"{(\w+)}", lambda match: {
                    "circle": "town", "id": withdrawn["id"] if "recall" in template else visible["id"],
                    "member": "author", "sequence": "999999"}.get(match[1], "999999"), template)
                path += "?value=" + visible["name"] if template.endswith("/search") else ""
                got = status_of(by[name], method, path, body_for(f"{method} {template}", name, world))
                if str(got) != wanted:
                    wrong.append(f"{method} {template} as {name}: {got}, the table says {wanted}")
        expect(not wrong, "\n  " + "\n  ".join(wrong))


def every_taxii_route_and_principal(program, _data):
    with Hub(program) as hub:
        _, by = town(hub)
        narrow(by)
        author = Taxii(by["author"], "town")
        visible = indicator()
        known = {"root": ROOT, "town": f"{ROOT}collections/town/", "id": visible["id"],
                 "status": author.added(visible)["id"]}
        _, table = rows(TAXII_TABLE)
        methods, wrong = {}, []
        for method, template, *statuses in table:
            expect_equal(len(statuses), len(PRINCIPALS), f"columns of {method} {template}")
            methods.setdefault(template, []).append(method)
            for name, wanted in zip(PRINCIPALS, statuses):
                if method == "DELETE":
                    author.added(another := indicator())
                    known["id"] = another["id"]
                body = {"objects": [indicator()]} if method == "POST" else None
                got = Taxii(by[name], "town").ask(method, template.format(**known), body, {"Content-Type": MEDIA}).status
                if str(got) != wanted:
                    wrong.append(f"{method} {template} as {name}: {got}, the table says {wanted}")
            known["id"] = visible["id"]
        for template, named in methods.items():
            allowed = author.ask("OPTIONS", template.format(**known)).header("Allow")
            expect_equal(allowed.split(", "), named, f"the table names each method of {template}")
        expect(not wrong, "\n  " + "\n  ".join(wrong))


def nothing_to_learn_over_taxii(program, _data):
    with Hub(program) as hub:
        _, by = town(hub)
        narrow(by)
        author, hidden = Taxii(by["author"], "town"), indicator()
        status = author.added(hidden)["id"]
        cursor = author.add(indicator()) and author.get("objects/", limit=1).json()["next"]
        unknown = f"indicator--{uuid.uuid4()}"
        differing = []

        def alike(name, method, real, made_up, body=None):
            asking = Taxii(by[name])
            a, b = (asking.ask(method, path, body, {"Content-Type": MEDIA}) for path in (real, made_up))
            if a.fingerprint() != b.fingerprint():
                differing.append(f"{method} {real} as {name}: {a} {a.headers}; {made_up}: {b} {b.headers}")

        tails = ["", "manifest/", "objects/", "objects", "objects/?limit=0", "objects/?next=" + cursor, "objects/?next=x",
                 "objects/?match[type]=indicator", f"objects/{hidden['id']}/", f"objects/{unknown}/", "nothing/", "//",
                 f"objects/{hidden['id']}/versions/", "objects/%2e%2e/", "%6fbjects/", "objects%2F", "objects;x/"]
        uuid_of_town = by["steward"].ok("GET", "/api/v1/circles/town")["uuid"]
        for name in ("none", "bad", "operator", "outside", "suspended", "barred", "removed"):
            alike(name, "GET", f"{ROOT}status/{status}/", f"{ROOT}status/{uuid.uuid4()}/")
            for real, made_up in (("town", "twon"), (uuid_of_town, str(uuid.uuid4()))):
                for tail in tails:
                    for method in ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"):
                        for body in (b"", b"{", {"objects": [indicator()]}) if method == "POST" else (None,):
                            alike(name, method, f"{ROOT}collections/{real}/{tail}",
                                  f"{ROOT}collections/{made_up}/{tail}", body)
        # Inside, for an object that is there but not for the asker.
        red = indicator()
        by["author"].share("town", red, query="?tlp=red&to=steward")
        for name, target in (("regulator", hidden), ("inside", red), ("client", red), ("cert", red), ("share", red)):
            for tail in ("", "versions/", "?match[version]=all", "?match[spec_version]=2.0"):
                for method in ("GET", "HEAD", "POST", "DELETE"):
                    path = f"{ROOT}collections/town/objects/"
                    alike(name, method, f"{path}{target['id']}/{tail}", f"{path}{unknown}/{tail}")
            for path in ("objects/", "manifest/") if name != "share" else ():
                asking = Taxii(by[name], "town")
                a, b = (asking.get(path, match_id=i, match_version="all").json() for i in (target["id"], unknown))
                if (a, b) != ({}, {}):
                    differing.append(f"{path} of a hidden object as {name}: {a}; of an unknown one: {b}")
        expect(not differing, f"{len(differing)} answers tell:\n  " + "\n  ".join(differing[:20]))


def nothing_to_learn_from_outside(program, _data):
    with Hub(program) as hub:
        _, by = town(hub)
        narrow(by)
        hidden = indicator()
        by["author"].share("town", hidden)
        circles = [("town", "twon"), (by["steward"].ok("GET", "/api/v1/circles/town")["uuid"], str(uuid.uuid4()))]
        unknown = f"indicator--{uuid.uuid4()}"
        bodies = [None, b"", b"{}", b"{", b"\xff\xfe", json.dumps(indicator()).encode(), b"[" * 2000]
        tails = ["", "/", "//", "/entries", "/entries/", "/entries?after=0&limit=1", "/entries?limit=bad", "/rules",
                 "/members", "/leave", "/accesses", "/objects", "/objects?dry_run=1", f"/objects/{hidden['id']}",
                 f"/objects/{unknown}", f"/objects/{hidden['id']}/why", f"/objects/{hidden['id']}/why?member=author", "/withdrawals", "/held", "/held/1", "/messages", "/stream", "/stream?from=1",
                 "/ack", f"/recall/{hidden['id']}", "/sightings", "/nothing", "/%65ntries", "/entries%2F", "/%2e%2e",
                 "/..", "/entries;x", "/entries%00"]
        differing = []

        def alike(client, name, method, real, made_up, body=None):
            a, b = client.request(method, real, body), client.request(method, made_up, body)
            if a.fingerprint() != b.fingerprint():
                differing.append(f"{method} {real} as {name}: {a} {a.headers}; {made_up}: {b} {b.headers}")

        for name in ("none", "bad", "operator", "outside", "suspended", "barred", "removed"):
            for real, made_up in circles:
                for tail in tails:
                    if name == "operator" and tail == "/members":
                        continue  # an operator knows the circles by name, and keeps those without a steward
                    for method in ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"):
                        for body in bodies if method == "POST" and "/" in tail else [None]:
                            alike(by[name], name, method, f"/api/v1/circles/{real}{tail}",
                                  f"/api/v1/circles/{made_up}{tail}", body)
                alike(by[name], name, "GET", f"/api/v1/circles/{real.upper()}", f"/api/v1/circles/{made_up.upper()}")
        # A steward of another circle cannot probe by inviting into this one.
        for real, made_up in circles:
            a, b = (by["outside"].post("/api/v1/invites", {"name": "probe", "kind": "company", "circles": [c]})
                    for c in (real, made_up))
            if a.fingerprint() != b.fingerprint():
                differing.append(f"POST /invites naming {real}: {a}; {b}")

        # The same inside the circle, for an object that is there but not for the asker.
        red = indicator()
        by["author"].share("town", red, query="?tlp=red&to=steward")
        for name, target in (("regulator", hidden), ("inside", red), ("client", red), ("cert", red)):
            for tail, rest in (("objects", ""), ("recall", ""), ("objects", "/why"), ("objects", "/why?member=author"),
                               ("objects", f"/why?member={name}")):
                for method in ("GET", "HEAD", "POST", "DELETE"):
                    alike(by[name], name, method, f"/api/v1/circles/town/{tail}/{target['id']}{rest}",
                          f"/api/v1/circles/town/{tail}/{unknown}{rest}")
            for tail, make in (("withdrawals", lambda i: {"id": i, "why": "x"}),
                               ("messages", lambda i: {"act": "ask", "id": i, "text": "x"}),
                               ("messages", lambda i: {"act": "release", "id": i, "text": "x", "to": "y"}),
                               ("sightings", lambda i: {"kind": "seen", "sighting": sighting(i)})):
                path = f"/api/v1/circles/town/{tail}"
                a, b = by[name].post(path, make(target["id"])), by[name].post(path, make(unknown))
                if a.fingerprint() != b.fingerprint():
                    differing.append(f"{tail} of a hidden object as {name}: {a}; of an unknown one: {b}")
        expect(not differing, f"{len(differing)} answers tell:\n  " + "\n  ".join(differing[:20]))


def what_each_may_know(program, _data):
    with Hub(program) as hub:
        _, by = town(hub)
        author = by["author"]
        things = {}

        def share(name, query="", **more):
            things[name] = indicator(**more)
            return author.share("town", things[name], query=query)

        share("earlier")
        narrow(by)
        for level in ("clear", "green", "amber"):
            share(level, f"?tlp={level}")
        share("amber+strict", "?tlp=amber%2Bstrict")
        share("red-to-inside", "?tlp=red&to=inside")
        share("red-to-cert", "?tlp=red&to=cert")
        share("amber-to-inside", "?tlp=amber&to=inside")
        held = share("held", value="held.example")
        expect_equal(len(held["held"]), 1, f"the name of an example is held: {held}")
        by["newcomer"] = hub.member("newcomer", "town").client
        share("later")
        refused = author.share("town", indicator(), query="?tlp=red")
        expect_equal([r["rule"] for r in refused["refused"]], ["marking"], "RED without recipients is refused")

        def known_by_stream(client):
            stream = client.stream("town")
            events, _ = stream.snapshot()
            stream.close()
            return ids(events)

        columns, table = rows(SEEN)
        wrong = []
        streamed = {name: known_by_stream(by[name]) for name in columns}
        listed = {name: ids(by[name].entries("town")) for name in columns}
        pages = {name: {path: {o["id"] for page in Taxii(by[name], "town").pages(path, limit=4) for o in page}
                        for path in ("objects/", "manifest/")} for name in columns}
        held_by = {name: {h["object"]["id"] for h in by[name].ok("GET", "/api/v1/circles/town/held")["held"]}
                   for name in columns}
        for thing, *answers in table:
            target = things[thing]
            for name, answer in zip(columns, answers):
                client, taxii = by[name], Taxii(by[name], "town")
                hits = client.ok("GET", f"/api/v1/search?value={target['name']}")["hits"]
                sighted = client.post("/api/v1/circles/town/sightings",
                                      {"kind": "seen", "sighting": sighting(target["id"])}).status
                doors = {
                    "entries": target["id"] in listed[name],
                    "stream": target["id"] in streamed[name],
                    "object": client.get(f"/api/v1/circles/town/objects/{target['id']}").status == 200,
                    "search": len(hits) == 1,
                    "taxii objects": target["id"] in pages[name]["objects/"],
                    "taxii manifest": target["id"] in pages[name]["manifest/"],
                    "taxii object": taxii.ask("GET", f"objects/{target['id']}/").status == 200,
                    "taxii versions": taxii.ask("GET", f"objects/{target['id']}/versions/").status == 200,
                    "taxii match": bool(taxii.objects(match_id=target["id"], match_version="all")),
                }
                if name != "read":  # whose token has not the scope
                    doors["sightings"] = sighted == 200
                    asked = client.post("/api/v1/circles/town/messages",
                                        {"act": "ask", "id": target["id"], "text": "?"}).status
                    doors["messages"] = asked == 200
                # Whoever shares the same is warned of what it may know, and of nothing else.
                same = client.post("/api/v1/circles/town/objects?dry_run=1",
                                   {**indicator(), "pattern": target["pattern"]})
                if same.status == 200:
                    doors["same"] = target["id"] in str(same.json()["warnings"])
                for door, opened in doors.items():
                    if opened != (answer == "yes"):
                        wrong.append(f"{thing} for {name} by {door}: {opened}, the table says {answer}")
                if (target["id"] in held_by[name]) != (answer == "HELD"):
                    wrong.append(f"{thing} in the held list of {name}: the table says {answer}")
        # Reading through references: an object that all see, which names them all.
        bundle = {"type": "report", "spec_version": "2.1", "id": f"report--{uuid.uuid4()}",
                  "created": "2026-01-02T03:04:05.000Z", "modified": "2026-01-02T03:04:05.000Z", "name": "all",
                  "published": "2026-01-02T03:04:05Z", "report_types": ["indicator"],
                  "object_refs": [target["id"] for target in things.values()]}
        author.share("town", bundle, query="?tlp=clear")
        for name in columns:
            if name == "regulator":
                continue  # which does not see the report
            shown = by[name].ok("GET", f"/api/v1/circles/town/objects/{bundle['id']}")
            told = {r["target"]: r["known"] for r in shown["references"] if r["property"] == "object_refs"}
            for thing, *answers in table:
                known = told.get(things[thing]["id"])
                if known is None and not told:
                    wrong.append(f"no references shown to {name}")
                elif known != (answers[columns.index(name)] == "yes"):
                    wrong.append(f"reference to {thing} for {name}: known {known}")
        # A withdrawal is told to those who knew the object, and its recall board too.
        for thing, *answers in table:
            if thing == "held":
                continue
            author.ok("POST", "/api/v1/circles/town/withdrawals", {"id": things[thing]["id"], "why": "over"})
            for name, answer in zip(columns, answers):
                told = [e for e in by[name].entries("town")
                        if e["kind"] == "withdrawal" and e["content"]["id"] == things[thing]["id"]] \
                    if name in ("client", "regulator", "inside") else None
                board = by[name].get(f"/api/v1/circles/town/recall/{things[thing]['id']}").status == 200
                late = name == "newcomer" and thing != "later"
                if not late and board != (answer == "yes"):
                    wrong.append(f"recall of {thing} for {name}: {board}")
                if told is not None and bool(told) != (answer == "yes"):
                    wrong.append(f"withdrawal of {thing} for {name}: {bool(told)}")
        expect(not wrong, f"{len(wrong)} doors:\n  " + "\n  ".join(wrong[:60]))


if __name__ == "__main__":
    main(every_route_and_principal, every_taxii_route_and_principal, nothing_to_learn_from_outside,
         nothing_to_learn_over_taxii, what_each_may_know)
