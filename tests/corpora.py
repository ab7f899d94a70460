"""Real STIX 2.1, shared by the command line and read back over raw HTTPS: the bytes are those of the file without
the white space outside strings, the values are the same, and every object is accounted for."""

import collections
import json
import os
import re
import subprocess

from hub import Hub, Skip, expect, expect_equal, main

CORPORA = (
    ("attack", "attack/ics-attack-18.1.stix21.json.zst"),
    ("pegasus", "threat-intel/amnesty/pegasus.stix2.json.zst"),
    ("novispy", "threat-intel/amnesty/novispy.stix2.json"),
    ("oasis", "stix-examples/oasis"),
)
STRING_OR_SPACE = re.compile(r'("(?:[^"\\]|\\.)*")|[ \t\r\n]+')
decode_at = json.JSONDecoder().raw_decode


def stripped(text):
    """JSON without the white space that stands outside strings."""
    return STRING_OR_SPACE.sub(lambda match: match[1] or "", text)


def elements(text, at):
    """The texts of an array's elements; `at`: behind its opening bracket, in JSON without white space."""
    found = []
    while text[at] != "]":
        _, end = decode_at(text, at)
        found.append(text[at:end])
        at = end + 1 if text[end] == "," else end
    return found


def objects_in(text):
    """The texts of the objects in a bundle, a list, or a single object."""
    text = stripped(text)
    if text.startswith("["):
        return elements(text, 1)
    if json.loads(text).get("type") != "bundle":
        return [text]
    key = '"objects":['
    return elements(text, text.index(key) + len(key))


def object_text(entry):
    """The object within an entry's own text: behind the attributes, the last field."""
    key = '"attributes":'
    at = entry.index(key) + len(key)
    _, end = decode_at(entry, at)
    key = ',"object":'
    expect(entry.startswith(key, end) and entry.endswith("}"), f"an entry's fields: {entry[:300]}")
    return entry[end + len(key):-1]


def read_back(client, circle):
    """Sequence → the object's text, by pages of a few entries."""
    found, after = {}, 0
    while after is not None:
        answer = client.get(f"/api/v1/circles/{circle}/entries?after={after}&limit=500")
        expect_equal(answer.status, 200, "a page")
        text = answer.body.decode()
        for entry in elements(text, len('{"entries":[')):
            parsed = json.loads(entry)
            if parsed["kind"] == "object":
                found[parsed["sequence"]] = object_text(entry)
        after = answer.json().get("next")
    return found


def files_of(data, path, folder):
    """Plain files: what was packed is unpacked into the folder."""
    path = os.path.join(data, path)
    if os.path.isdir(path):
        return sorted(os.path.join(root, name) for root, _, names in os.walk(path) for name in names
                      if name.endswith(".json"))
    if not path.endswith(".zst"):
        return [path]
    plain = os.path.join(folder, os.path.basename(path).removesuffix(".zst"))
    subprocess.run(["zstd", "-dqf", path, "-o", plain], check=True)
    return [plain]


def the_bytes_come_back(program, data):
    if data is None:
        raise Skip("the real data are not here")
    with Hub(program) as hub:
        for circle, _ in CORPORA:
            hub.circle(circle, "--tlp-max", "amber+strict")
        names = ",".join(circle for circle, _ in CORPORA)
        giver, taker = hub.member("giver", names), hub.member("taker", names)
        for circle, path in CORPORA:
            files = files_of(data, path, hub.folder)
            sources = []
            for file in files:
                with open(file, encoding="utf-8") as opened:
                    sources += objects_in(opened.read())
            said = giver.cli("share", *files, "--circle", circle, "--no-screen", code=None).json()
            accepted, refused, held = said["accepted"], said["refused"], said["held"]
            expect_equal(accepted + said["duplicates"] + len(held) + len(refused), len(sources),
                         f"{circle}: every object is accounted for")
            print(f"{circle}: {len(sources)} objects, {accepted} accepted, {said['duplicates']} duplicates, "
                  f"{len(held)} held, {len(refused)} refused")
            for what, items in (("refused", refused), ("held", held)):
                for item in items:
                    expect(item["rule"] and item["reason"], f"{what} says why: {item}")
                for item in items[:10]:
                    print(f"  {what} {item['id']} {item.get('path', '')} [{item['rule']}] {item['reason'][:160]}")
            expect(accepted > len(sources) / 2, f"{circle}: most are accepted")

            came = read_back(taker.client, circle)
            source_count = collections.Counter(sources)
            extra = collections.Counter(came.values()) - source_count
            expect(not extra, f"{circle}: bytes that were never sent: {list(extra)[:2]}")
            expect_equal(len(came), accepted, f"{circle}: as many as were accepted")
            by_id = {}
            for text in sources:
                by_id.setdefault(json.loads(text).get("id"), []).append(text)
            for receipt in said["receipts"]:
                expect(came.get(receipt["sequence"]) in by_id[receipt["id"]],
                       f"{circle}: receipt {receipt['sequence']} names {receipt['id']}")
            values = [json.loads(text) for text in sources]
            for text in came.values():
                expect(json.loads(text) in by_value(values, json.loads(text)["id"]), "the values are the same")
            waiting = {h["sequence"]: h for h in giver.client.ok("GET", f"/api/v1/circles/{circle}/held")["held"]}
            for item in held:
                expect(waiting[item["sequence"]]["object"] in by_value(values, item["id"]), "held with its values")

            stream = taker.client.stream(circle)
            events, _ = stream.snapshot()
            stream.close()
            streamed = {int(e.id): object_text(e.data.decode()) for e in events if e.name == "object"}
            for sequence, text in streamed.items():
                expect_equal(text, came[sequence], f"{circle}: the stream's bytes at {sequence}")
            shown = {json.loads(text)["id"] for text in streamed.values()}
            # Observables have no versions of their own: what several say of one stands side by side.
            versioned = [json.loads(text)["id"] for text in streamed.values() if '"created":' in text]
            expect_equal(len(versioned), len(set(versioned)), "a snapshot holds one version of each")
            revoked = {json.loads(text)["id"] for text in came.values() if json.loads(text).get("revoked")}
            missing = {json.loads(text)["id"] for text in came.values()} - shown
            expect(missing <= revoked, f"{circle}: in pages, not revoked, and not in the snapshot: "
                                       f"{sorted(missing - revoked)[:3]}")

            again = giver.cli("share", *files, "--circle", circle, "--no-screen", code=None).json()
            expect_equal((again["accepted"], len(read_back(taker.client, circle))), (0, accepted),
                         f"{circle}: shared again, nothing is new")


def by_value(values, identifier, cache={}):
    """All values with this id. The cache is for one list at a time."""
    if cache.get("of") is not values:
        cache.clear()
        cache["of"] = values
        cache["by_id"] = collections.defaultdict(list)
        for value in values:
            cache["by_id"][value.get("id")].append(value)
    return cache["by_id"][identifier]


if __name__ == "__main__":
    main(the_bytes_come_back)
