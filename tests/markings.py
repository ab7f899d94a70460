"""Markings that bind: marking x member x way out, on a real hub with the real command line. One table says who may have what;
pages, push, search, the object's own page, `pull`, TAXII's objects, manifest and single object must all agree with it, and
`circle why` must give the answer and the rule that decides. A restart changes none of it, since the log alone says it."""

import json
import uuid

from hub import Hub, expect, expect_equal, ids, indicator, main
from taxii import Taxii

ACS = "extension-definition--3a65884d-005a-4290-8335-cb2d778a83ce"
IEP = "extension-definition--762e2e97-ee51-43e5-a9ea-165fbb862c4a"
ALL = {"entity": ["ALL"], "permitted_nationalities": ["ALL"], "permitted_organizations": ["ALL"], "shareability": ["ALL"]}


def definition(**more):
    return {"type": "marking-definition", "spec_version": "2.1", "id": f"marking-definition--{uuid.uuid4()}",
            "created": "2026-01-01T00:00:00.000Z", **more}


def acs(privileges="permit", sharing="permit", rules=(), further=(), **control):
    """`rules`: (action, effect) or (action, effect, scope)."""
    extension = {
        "extension_type": "property-extension", "identifier": f"isa:guide.19001.ACS3-{uuid.uuid4()}",
        "create_date_time": "2026-01-01T00:00:00Z", "responsible_entity_custodian": "USA.DHS",
        "policy_reference": f"urn:isa:policy:acs:ns:v3.0?privdefault={privileges}&sharedefault={sharing}",
        "control_set": {"classification": "U", **control}}
    if rules:
        extension["access_privilege"] = [
            {"privilege_action": rule[0], "rule_effect": rule[1], "privilege_scope": rule[2] if len(rule) > 2 else ALL}
            for rule in rules]
    if further:
        extension["further_sharing"] = [{"sharing_scope": list(scope), "rule_effect": effect} for scope, effect in further]
    return definition(extensions={ACS: extension})


def iep(tlp, attribution="may", **more):
    return definition(extensions={IEP: {
        "extension_type": "property-extension", "encrypt_in_transit": "must", "permitted_actions": "internally-visible-actions",
        "affected_party_notifications": "may", "tlp": tlp, "provider_attribution": attribution,
        "unmodified_resale": "must-not", "iep_id": str(uuid.uuid4()), "iep_version": 2.0, "description": "of a test",
        "start_date": "2022-10-01T00:00:00Z", **more}})


def ais(consent):
    return definition(definition_type="ais", definition={"consent": consent})


# Who has what, by every way out. The rule decides for the member named behind it.
SEEN = """
                     company association researcher cert regulator law intelligence client rule
unmarked             yes     yes         yes        yes  yes       yes yes          yes    -
statement            yes     yes         yes        yes  yes       yes yes          yes    -
tlp1-green           yes     yes         yes        yes  yes       yes yes          yes    -
tlp2-amber-strict    yes     yes         yes        yes  yes       yes yes          no     AMBER+STRICT:client
granular-strict      yes     yes         yes        yes  yes       yes yes          no     AMBER+STRICT:client
no-law               yes     yes         yes        yes  no        no  yes          yes    ACS:law
granular-no-law      yes     yes         yes        yes  no        no  yes          yes    ACS:law
no-intelligence      yes     yes         yes        yes  yes       yes no           yes    ACS:intelligence
act-uses-only        yes     yes         yes        yes  no        no  no           yes    ACS:intelligence
act-uses-for-law     no      no          no         no   no        yes no           no     ACS:cert
law-sensitive        no      no          no         no   no        yes no           no     ACS:company
intelligence-group   no      no          no         no   no        no  yes          no     ACS:law
government-only      no      no          no         yes  yes       yes yes          no     ACS:company
private-only         yes     no          no         no   no        no  no           yes    ACS:cert
no-further-sharing   yes     yes         yes        yes  yes       yes yes          no     ACS:client
usa-to-cert          no      no          no         yes  no        no  no           no     recipients:company
no-law-to-law        yes     no          no         no   no        no  no           no     ACS:law
iep-green            yes     yes         yes        yes  yes       yes yes          yes    -
ais-government       no      no          no         yes  yes       yes yes          no     AIS_consent:company
ais-everyone         yes     yes         yes        yes  yes       yes yes          yes    -
ais-unnamed          yes     yes         yes        yes  yes       yes yes          yes    -
both                 yes     yes         yes        yes  no        no  no           yes    ACS:intelligence
"""


def town(hub):
    hub.circle("town", "--roles", "cert,regulator,law-enforcement,intelligence", "--tlp-max", "amber+strict")
    people = {"author": hub.member("author", "town", options=("--steward",))}
    for kind in ("company", "association", "researcher"):
        people[kind] = hub.member(kind, "town", kind=kind)
    for name, role in (("cert", "cert"), ("regulator", "regulator"), ("law", "law-enforcement"),
                       ("intelligence", "intelligence")):
        people[name] = hub.member(name, "town", kind="government", options=("--role", role))
    people["client"] = hub.member("client", options=("--client-of", "company"))
    return people


def things():
    """What is shared: name -> (definitions, object, query)."""
    made = {}

    def thing(name, *definitions, query="", refs=(), granular=()):
        obj = indicator()
        refs = [d["id"] for d in definitions if d["id"] not in granular] + list(refs)
        if refs:
            obj["object_marking_refs"] = refs
        if granular:
            obj["granular_markings"] = [{"marking_ref": g, "selectors": ["name"]} for g in granular]
        made[name] = (definitions, obj, query)

    strict = "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003"
    no_law, no_intelligence = acs(rules=[("LEGAL", "deny")]), acs(rules=[("INTEL", "deny")])
    thing("unmarked")
    thing("statement", definition(definition_type="statement", definition={"statement": "Copyright 2026"}))
    thing("tlp1-green", refs=["marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da"])
    thing("tlp2-amber-strict", refs=[strict])
    thing("granular-strict", granular=[strict])
    thing("no-law", no_law)
    thing("granular-no-law", no_law, granular=[no_law["id"]])
    thing("no-intelligence", no_intelligence)
    thing("act-uses-only", acs("deny", rules=[("CISAUSES", "permit")], formal_determination=["AIS"]))
    thing("act-uses-for-law", acs("deny", rules=[("CISAUSES", "permit", {"shareability": ["LE"]})]))
    thing("law-sensitive", acs(sensitivity=["LES"]))
    thing("intelligence-group", acs(shareability=["IC"]))
    thing("government-only", acs(entity=["GOV", "MIL", "CTR"]))
    thing("private-only", acs(permitted_organizations=["PRIVATESECTOR"]))
    thing("no-further-sharing", acs(sharing="deny", further=[(["USA.USG"], "permit")]))
    thing("usa-to-cert", acs(permitted_nationalities=["USA"]), query="?to=cert")
    thing("no-law-to-law", no_law, query="?to=law,company")
    thing("iep-green", iep("green", "must-not"))
    thing("ais-government", ais("usg"), query="?attribution=named")
    thing("ais-everyone", ais("everyone"), query="?attribution=named")
    thing("ais-unnamed", ais("none"))
    thing("both", no_law, no_intelligence)
    return made


def table():
    lines = [line.split() for line in SEEN.strip().splitlines()]
    return lines[0][:-1], {line[0]: (line[1:-1], line[-1]) for line in lines[1:]}


def what_each_gets(people, made):
    """By every way out: member -> way -> ids."""
    got = {}
    for name, member in people.items():
        client, taxii = member.client, Taxii(member.client, "town")
        stream = client.stream("town")
        events, _ = stream.snapshot()
        stream.close()
        pulled = member.cli("pull", "--circle", "town", "--objects").out.decode().splitlines()
        got[name] = {
            "pages": ids(client.entries("town")), "push": ids(events), "pull": {json.loads(line)["id"] for line in pulled},
            "taxii objects": {o["id"] for page in taxii.pages("objects/", limit=5) for o in page},
            "taxii manifest": {o["id"] for page in taxii.pages("manifest/", limit=5) for o in page},
            "search": {hit["entry"]["object"]["id"] for _, obj, _ in made.values()
                       for hit in client.ok("GET", f"/api/v1/search?value={obj['name']}")["hits"]},
            "object": {obj["id"] for _, obj, _ in made.values()
                       if client.get(f"/api/v1/circles/town/objects/{obj['id']}").status == 200},
            "taxii object": {obj["id"] for _, obj, _ in made.values()
                             if taxii.ask("GET", f"objects/{obj['id']}/").status == 200},
            "why": {obj["id"] for _, obj, _ in made.values()
                    if client.get(f"/api/v1/circles/town/objects/{obj['id']}/why").status == 200},
        }
    return got


def hold_to_the_table(people, made):
    columns, rows = table()
    expect_equal(set(rows), set(made), "the table has a line for each thing")
    got = what_each_gets({name: people[name] for name in columns}, made)
    wrong = []
    for thing, (answers, _) in rows.items():
        target = made[thing][1]["id"]
        for name, answer in zip(columns, answers):
            for way, seen in got[name].items():
                if (target in seen) != (answer == "yes"):
                    wrong.append(f"{thing} for {name} by {way}: {target in seen}, the table says {answer}")
    expect(not wrong, f"{len(wrong)} answers:\n  " + "\n  ".join(wrong[:40]))


def every_way_out(program, _data):
    with Hub(program) as hub:
        people, made = town(hub), things()
        author = people["author"].client
        for name, (definitions, obj, query) in made.items():
            verdict = author.share("town", *definitions, obj, query=query if not definitions else "") \
                if not query else (author.share("town", *definitions), author.share("town", obj, query=query))[1]
            expect(not verdict["refused"] and not verdict["held"], f"{name}: {verdict}")
        hold_to_the_table(people, made)

        # `circle why` says the same, and by which rule.
        columns, rows = table()
        for thing, (answers, decides) in rows.items():
            target = made[thing][1]["id"]
            for name, answer in zip(columns, answers):
                said = author.ok("GET", f"/api/v1/circles/town/objects/{target}/why?member={name}")
                expect_equal(said["sees"], answer == "yes", f"why of {thing} for {name}: {said}")
                if decides.endswith(":" + name):
                    expect_equal(said["decided_by"], decides.split(":")[0].replace("_", " "), f"{thing} for {name}: {said}")
        asked = [rule["rule"] for rule in said["rules"]]
        expect_equal(asked, ["membership", "history", "kind of entry", "author", "audience", "government role", "TLP",
                             "AMBER+STRICT", "recipients", "ACS", "IEP", "AIS consent", "withdrawal and erasure"], "rules")

        # The log alone gives the same after a restart, and after the views were made anew from it.
        hub.stop()
        hub.start()
        for member in people.values():
            member.client.close()
        hold_to_the_table(people, made)


def the_command_line_explains(program, _data):
    with Hub(program) as hub:
        people = town(hub)
        no_law, obj = acs(rules=[("LEGAL", "deny")]), indicator()
        obj["object_marking_refs"] = [no_law["id"]]
        people["author"].client.share("town", no_law, obj)
        said = people["author"].cli("circle", "why", obj["id"], "law", "--circle", "town").json()
        expect_equal((said["sees"], said["decided_by"]), (False, "ACS"), "a steward asks for another")
        text = people["author"].cli("circle", "why", obj["id"], "law", as_json=False).out.decode()
        expect("law does not see" in text and "decided by: ACS" in text and "LEGAL" in text, text)
        said = people["cert"].cli("circle", "why", obj["id"]).json()
        expect_equal((said["sees"], said["decided_by"], said["member"]), (True, None, "cert"), "a member for itself")
        people["cert"].cli("circle", "why", obj["id"], "law", code=1)
        hidden = people["law"].cli("circle", "why", obj["id"], "--circle", "town", code=1).err
        unknown = people["law"].cli("circle", "why", indicator()["id"], "--circle", "town", code=1).err
        expect_equal(hidden, unknown, "what it may not know is as what never was")
        reads = people["company"].cli("circle", "accesses", "town").json()["accesses"]
        expect(any("why" in digest["reads"] for digest in reads), f"government's question is recorded: {reads}")


def what_is_refused(program, _data):
    with Hub(program) as hub:
        author = town(hub)["author"].client
        cases = {
            "classified": (acs(classification="S"), "", "nothing classified"),
            "nothing permitted": (acs("deny"), "", "lets no kind of member read it"),
            "a nationality": (acs(permitted_nationalities=["USA"]), "", "name the recipients"),
            "an unknown field": (definition(extensions={ACS: {**acs()["extensions"][ACS], "embargo": 1}}), "", "ceiling"),
            "an unknown marking": (definition(definition_type="own", definition={"only": "us"}), "", "ceiling"),
            "the source named against IDSRC": (acs("deny", rules=[("CISAUSES", "permit")]), "?attribution=named", "forbids to name"),
            "the source unnamed against IEP": (iep("green", "must"), "", "demands provider_attribution"),
            "a policy that ended": (iep("green", end_date="2023-01-01T00:00:00Z"), "", "not in force"),
            "IEP above the ceiling": (iep("red"), "", "ceiling"),
            "a source that does not consent": (ais("none"), "?attribution=named", "AIS consent is 'none'"),
        }
        for name, (marking, query, wanted) in cases.items():
            obj = indicator(object_marking_refs=[marking["id"]])
            author.share("town", marking)
            verdict = author.share("town", obj, query=query)
            reasons = [r["reason"] for r in verdict["refused"] if r["id"] == obj["id"] and r["rule"] == "marking"]
            expect(len(reasons) == 1 and wanted in reasons[0], f"{name}: {verdict}")


if __name__ == "__main__":
    main(every_way_out, the_command_line_explains, what_is_refused)
