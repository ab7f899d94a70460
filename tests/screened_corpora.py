"""Real STIX 2.1, screened, shared and matched: once as a member passes on what others published, once as if it had made
it. What the circle gets is what the screen said, nothing of what it kept, and a sensor finds the values that arrived."""

import collections
import json
import os
import re
import subprocess

from corpora import files_of, objects_in
from hub import Hub, Skip, expect, expect_equal, main

CORPORA = (
    ("ATT&CK ICS 18.1", "attack/ics-attack-18.1.stix21.json.zst"),
    ("Amnesty, Pegasus", "threat-intel/amnesty/pegasus.stix2.json.zst"),
    ("Amnesty, NoviSpy", "threat-intel/amnesty/novispy.stix2.json"),
    ("attack flows", "threat-intel/attack-flow"),
    ("OASIS, examples", "stix-examples/oasis"),
    ("OASIS, elevator idioms", "stix-examples/elevator-idioms-json-2.1-valid.ndjson.zst"),
    ("OASIS, versions", "stix-examples/python-stix2-filesystem-store.ndjson"),
)
ONE_VALUE = re.compile(r"^\[\s*(ipv4-addr:value|domain-name:value|url:value|file:hashes\.'?[A-Za-z0-9-]+'?)\s*=\s*'([^'\\]+)'\s*\]$")


def bundle_of(value):
    """Recorded cases have the object or the bundle inside."""
    if isinstance(value, list):
        return [one for each in value for one in bundle_of(each)]
    if not isinstance(value, dict):
        return []
    if value.get("type") == "bundle":
        return value.get("objects", [])
    if isinstance(value.get("type"), str) and isinstance(value.get("id"), str):
        return [value]
    return [one for each in value.values() if isinstance(each, (dict, list)) for one in bundle_of(each)]


def read(data, path, folder):
    found = []
    for file in files_of(data, path, folder):
        with open(file, encoding="utf-8") as opened:
            text = opened.read()
        if file.endswith(".ndjson"):
            for line in text.splitlines():
                found += bundle_of(json.loads(line))
        else:
            try:
                found += [json.loads(one) for one in objects_in(text)]
            except ValueError:
                continue  # a corpus may hold what no reader takes
    return [one for one in found if one.get("spec_version") == "2.1" or "created" not in one]


def newest(entries):
    """Id → object, as the circle has it now."""
    return {e["object"]["id"]: e["object"] for e in entries if e["kind"] == "object"}


def entries_of(client, circle):
    found, after = [], 0
    while after is not None:
        page = client.ok("GET", f"/api/v1/circles/{circle}/entries?after={after}&limit=500")
        found += page["entries"]
        after = page.get("next")
    return found


def strings_in(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from strings_in(each)
    elif isinstance(value, list):
        for each in value:
            yield from strings_in(each)


def at(value, path):
    """What a finding's path leads to; lists are numbered."""
    for name, index in re.findall(r"([^.\[\]]+)|\[(\d+)\]", path):
        value = value.get(name) if name and isinstance(value, dict) else value[int(index)] if index and isinstance(value, list) else None
        if value is None:
            return None
    return value


def scan(member, circle, values, folder):
    log = os.path.join(folder, "log.txt")
    with open(log, "w", encoding="utf-8") as file:
        file.writelines(f"{number} saw {value} pass\n" for number, value in enumerate(values))
    ran = subprocess.run([member.hub.program, "--profile", member.profile, "-o", "json", "sensor", "scan", log, "--circle", circle,
                          "--warning-lists", "none"], capture_output=True, text=True, timeout=300)
    expect(ran.returncode in (0, 1), ran.stderr)
    return [json.loads(line) for line in ran.stdout.splitlines()]


def one_corpus(hub, data, title, path, own):
    circle = "town"
    hub.circle(circle, "--tlp-max", "amber+strict")
    giver, taker = hub.member("giver", circle), hub.member("taker", circle)
    objects = read(data, path, hub.folder)
    creators = {one["created_by_ref"] for one in objects if "created_by_ref" in one}
    if own:
        for creator in sorted(creators):
            giver.cli("identity", "add", creator)
    file = os.path.join(hub.folder, circle + ".ndjson")
    with open(file, "w", encoding="utf-8") as out:
        out.writelines(json.dumps(one) + "\n" for one in objects)

    screened = [json.loads(line) for line in giver.cli("screen", file, code=None).out.splitlines()]
    screened = [one for one in screened if "outcome" in one]
    expect_equal(len(screened), len(objects), f"{title}: a decision for each object")
    said = giver.cli("share", file, "--circle", circle, *(("--named",) if own else ()), code=None).json()
    there = newest(entries_of(taker.client, circle))
    at_home = collections.defaultdict(list)
    for one in objects:
        at_home[one["id"]].append(one)
    left_as = {one["as"]: one["id"] for one in said["changed"]}
    allowed, kept = collections.defaultdict(list), set()
    for number_, (decision, one) in enumerate(zip(screened, objects, strict=True)):
        if decision["outcome"] == "withheld":
            kept.add(number_)
        elif "object" in decision:
            allowed[decision["output_id"]].append(decision["object"])
        else:
            allowed[decision["output_id"]].append(one)
    for identifier, got in there.items():
        if identifier in left_as:
            sources = at_home[left_as[identifier]]
            expect(sources and identifier not in at_home, f"{title}: {identifier} has a new id")
            for name, value in got.items():
                if name not in ("id", "modified", "created") and isinstance(value, str) and not name.endswith("_ref"):
                    expect(any(s.get(name) == value for s in sources) or "[" in value or "<" in value or value == "redacted" or
                           "psn1-" in value or value.endswith(":00:00Z") or name == "value",
                           f"{title}: {identifier} {name} is as at home, or shows what was taken out: {value[:200]}")
        else:
            expect(got in at_home[identifier], f"{title}: {identifier} is whole")
    # What a review or a drop left out stands in no entry.
    everything = "\n".join(json.dumps(one, ensure_ascii=False) for one in there.values())
    whole = {text for identifier, one in there.items() if identifier not in left_as for text in strings_in(one)}
    for decision, one in zip(screened, objects, strict=True):
        for finding in decision["findings"] if decision["outcome"] == "changed" else []:
            value = at(one, finding["path"])
            if finding["action"] == "review" and finding["rule"] == "field" and isinstance(value, str) and value not in whole and \
                    len(value) > 40 and " " in value:
                expect(json.dumps(value, ensure_ascii=False)[1:-1] not in everything,
                       f"{title}: {one['id']} {finding['path']} waits, and is there: {value[:200]}")
    reasons = collections.Counter()
    outcomes = collections.Counter(decision["outcome"] for decision in screened)
    to_review = sum(decision["needs_review"] and decision["outcome"] != "withheld" for decision in screened)

    values = {}
    for one in there.values():
        found = ONE_VALUE.match(one.get("pattern", "")) if one["type"] == "indicator" and not one.get("revoked") and \
            "valid_until" not in one else None
        # No log asks for an address as for a name, or has a whole network: some publish these all the same.
        if found and not re.fullmatch(r"[\d.]+/\d+" if found[1].startswith("ipv4") else r"[\d.]+", found[2]):
            values.setdefault(found[2], set()).add(one["id"])
    hits = scan(taker, circle, values, hub.folder) if values else []
    hit_by = collections.defaultdict(set)
    for hit in hits:
        hit_by[hit["value"].lower()].update(source["indicator"] for source in hit["sources"])
    missed = {value for value, ids in values.items() if not ids & hit_by[value.lower()]}
    expect(len(missed) <= len(values) // 50, f"{title}: the sensor finds what arrived: {sorted(missed)[:5]} of {len(values)}")
    withheld_values = {m[2].lower() for i in kept for m in [ONE_VALUE.match(objects[i].get("pattern", ""))] if m} - \
        {value.lower() for value in values}
    expect(not withheld_values & set(hit_by), f"{title}: what was withheld is not found")
    for refusal in said["refused"]:
        if refusal["id"] not in {objects[i]["id"] for i in kept}:
            reasons[f"{refusal['rule']}: {refusal['reason'][:120]}"] += 1
    for reason, count in reasons.most_common(3):
        print(f"  refused by the hub: {count} × {reason}")
    print(f"| {title} | {'own' if own else 'others'} | {len(objects)} | {outcomes['pass']} | {outcomes['changed']} | {outcomes['withheld']} | "
          f"{to_review} | {said['accepted']} | {len(said['held'])} | {len(said['refused']) - outcomes['withheld']} | "
          f"{len(values) - len(missed)} of {len(values)} |", flush=True)


def screened_shared_and_matched(program, data):
    if data is None:
        raise Skip("the real data are not here")
    print("| corpus | as | objects | pass | changed | withheld | to review | accepted | held | refused by the hub | found by a sensor |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    for title, path in CORPORA:
        for own in (False, True):
            with Hub(program) as hub:  # an identity belongs to one member of a hub
                one_corpus(hub, data, title, path, own)


if __name__ == "__main__":
    main(screened_shared_and_matched)
