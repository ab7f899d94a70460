"""Objects against the OASIS validator's MUST rules: real ones, each broken in a few places.

    object_oracle.py PROGRAM DATA [CASES] [SEED]

The validator comes from PyPI, pinned; without it there is nothing to compare with, and the script skips. Its SHOULD rules are off. A difference must be one that docs/stix.md declares, else it fails. A hundred
thousand cases take a quarter of an hour: by hand.
"""

import collections
import concurrent.futures
import copy
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import uuid

from pinned import SKIPPED, run_inside

AT_ONCE = 200  # objects given to one run of ours


# ---- cases ----

def read(path):
    if path.endswith(".zst"):
        return subprocess.run(["zstd", "-dc", path], capture_output=True, text=True, check=True).stdout
    with open(path, encoding="utf-8") as file:
        return file.read()


def objects_in(value):
    """Every STIX object in a bundle, in a recorded case or in a list of them."""
    if isinstance(value, list):
        for each in value:
            yield from objects_in(each)
    elif isinstance(value, dict):
        if value.get("type") == "bundle":
            yield from objects_in(value.get("objects"))
        elif isinstance(value.get("type"), str) and isinstance(value.get("id"), str):
            yield value
        else:
            for each in value.values():
                if isinstance(each, (dict, list)):
                    yield from objects_in(each)


def real_objects(data):
    """A few of each type and set of properties: most objects of a feed differ in nothing that a rule asks."""
    by_shape = collections.defaultdict(list)
    for folder in ("stix-examples", "stix-conformance", "attack", "threat-intel", "observed-data"):
        for at, _, names in sorted(os.walk(os.path.join(data, folder))):
            for name in sorted(names):
                if not re.search(r"\.(json|ndjson)(\.zst)?$", name) or "2.0" in name:
                    continue
                text = read(os.path.join(at, name))
                for part in (text.splitlines() if ".ndjson" in name else [text]):
                    try:
                        found = json.loads(part)
                    except ValueError:
                        continue
                    for each in objects_in(found):
                        by_shape[each["type"], tuple(sorted(each))].append(each)
    return [each for group in by_shape.values() for each in group[:3] if len(json.dumps(each)) < 6000]


OTHERS = ("", "x", "a b", "2016-02-30T00:00:00Z", "2016-05-12T08:17:27.000Z", "2015-05-12T08:17:27Z", "2016-05-12T08:17:27+02:00",
          "identity--8c6af861-7b20-41ef-9b59-6344fd872a8f", "malware--8c6af861-7b20-11ef-9b59-6344fd872a8f",
          "ipv4-addr--ff26c055-6336-5bc5-b98d-13d6226742dd", "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9",
          "d41d8cd98f00b204e9800998ecf8427e", "[file:name = 'a']", "[file:name = ", "en", "198.51.100.3", "text/plain",
          0, 1, -1, 5, 101, 70000, 1.5, -91.5, True, False, [], ["x"], [1], {}, {"x": "y"}, {"MD5": "d41d8cd98f00b204e9800998ecf8427e"})


def places(value, at=()):
    """Where there is something to change: the path of each member and element."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in pairs:
        yield (*at, key)
        yield from places(each, (*at, key))


def parent_of(value, at):
    for step in at[:-1]:
        value = value[step]
    return value


def mutated(original, donors, random_):
    made = copy.deepcopy(original)
    for _ in range(random_.choice((0, 1, 1, 1, 2, 3))):
        at = random_.choice(list(places(made)) or [("type",)])
        if at[0] in ("type", "id") and random_.random() < .8:
            continue
        parent = parent_of(made, at)
        value = parent.get(at[-1]) if isinstance(parent, dict) else parent[at[-1]]
        kind = random_.randrange(8)
        if kind <= 1:
            del parent[at[-1]]
        elif kind == 2:
            parent[at[-1]] = copy.deepcopy(random_.choice(OTHERS))
        elif kind == 3 and isinstance(value, str) and value:  # one character off
            place = random_.randrange(len(value))
            parent[at[-1]] = value[:place] + random_.choice(("", "0", "-", "Z", "a", ".", " ")) + value[place + 1:]
        elif kind == 4 and isinstance(value, (int, float)) and not isinstance(value, bool):
            parent[at[-1]] = random_.choice((value + 1, -value, value * 1000, value + .5, str(value)))
        elif kind == 5 and isinstance(value, list):
            parent[at[-1]] = random_.choice((value + value[:1], value[:1], value[::-1], value + [7]))
        elif kind == 6:  # a property of another object of the type
            other = random_.choice(donors[original["type"]])
            key = random_.choice(list(other))
            if key not in ("type", "id"):
                made[key] = copy.deepcopy(other[key])
        elif isinstance(value, str) and "--" in value:
            prefix = value.split("--")[0]
            fresh = uuid.UUID(int=random_.getrandbits(128), version=random_.choice((4, 4, 1, 5)))
            parent[at[-1]] = f"{random_.choice((prefix, prefix, 'identity', 'file', 'x-thing'))}--{fresh}"
        else:
            parent[at[-1]] = copy.deepcopy(random_.choice(OTHERS))
    return made


# ---- verdicts ----

def ours(program, folder, objects):
    """The errors of each: a list of (rule, path, reason)."""
    names = []
    for number, each in enumerate(objects):
        names.append(os.path.join(folder, f"{os.getpid()}-{number}.json"))
        with open(names[-1], "w", encoding="utf-8") as file:
            json.dump(each, file)
    ran = subprocess.run([program, "validate", "--level", "strict", "-o", "json", *names], capture_output=True, text=True)
    if ran.returncode not in (0, 1):
        sys.exit(f"validate ended with {ran.returncode}: {ran.stderr}")
    errors = {name: [] for name in names}
    for line in ran.stdout.splitlines():
        said = json.loads(line)
        if said.get("severity") == "error":
            errors[said["file"]].append((said["rule"], said["path"], said["reason"]))
    return [errors[name] for name in names]


def theirs(each):
    from stix2validator import ValidationOptions, validate_instance
    try:
        said = validate_instance(copy.deepcopy(each), ValidationOptions(version="2.1", disabled="all"))
    except Exception as why:  # noqa: BLE001 - the oracle breaks where it likes
        return None, [repr(why)]
    return said.is_valid, [str(error) for error in said.errors]


def compare(task):
    program, folder, objects = task
    return list(zip(objects, ours(program, folder, objects), map(theirs, objects), strict=True))


# Declared in docs/stix.md. Where ours alone has errors, each of them must be one of these: in "rule path: reason".
STRICTER = (
    ("what neither the standard nor an extension has", r"^((custom|unknown)-property|bad-property-name) "),
    ("forms and targets of ids", r"^(bad-(nested-)?reference|reference-target|bad-marking-ref|id-of-other-type|bad-type-name) "),
    ("a property called _refs that is no list", r"^wrong-type .*ends in _refs is a list"),
    ("TLP under other contents", r"^(false-tlp-definition|tlp-altered) "),
    ("times that differ below the millisecond",
     r"^(modified-before-created|wrong-order-of-times) .*?(\d\S+:\d\d)\.\d+Z lies before \w+, \2\.\d+Z"),
    ("header fields that are no lists", r"^wrong-nested-type additional_header_fields\."),
    ("types inside extensions", r"^(wrong-nested-type|missing-nested-property) extensions\."),
    ("media types", r"^bad-form (.*\.)?(mime_type|content_type):"),
    ("e-mail addresses", r"^bad-form value: .*RFC 5322"),
    ("empty lists and dictionaries", r"^empty-(dictionary|list|custom-list) "),
    ("another version of the standard", r"^spec-version-unknown "),
    ("negative counts", r"^value-range (src|dst)_(byte_count|packets):"),
    ("an extension on another type", r"^extension-misplaced "),
    ("common properties where theirs asks for none", r"^missing-property (created|modified|created_by_ref):"),
    ("milliseconds of created", r"^timestamp-precision created:"),
    ("what needs another property", r"^needs-other (name_enc|definition|definition_type):"),
)
# Where theirs alone has errors, each of them must be one of these.
LAXER = (
    ("lists of IANA", r"must be an IANA registered|: name_enc: .* does not match"),
    ("types of somebody's own may be named", r"must refer to"),
    ("names and values in patterns", r"is not a valid (observable (property|type) name|[\w-]+ hash)"),
    ("names in language content", r"'contents' property is invalid"),
    ("further properties of a TLP marking", r"TLP marking definitions must match"),
    ("versions of UUIDs", r"'[\w-]+--[0-9a-f]{8}-[0-9a-f]{4}-[^1-5][^']*' does not match the id format"),
    ("the same moment, otherwise written", r"\((\S+?)(?:\.0+)?Z\) must be later than or equal to .*\(\1(?:\.0+)?Z\)"),
    ("no bytes are base64 and hexadecimal", r"payload_bin: '' must be a base64|_(hex|bin): '' does not match"),
)


def explained(mine, valid, errors):
    if valid is None:
        return "theirs broke"
    if valid and mine:
        table, said = STRICTER, [f"{rule} {path}: {reason}" for rule, path, reason in mine]
    else:
        table, said = LAXER, errors
    found = [next((name for name, pattern in table if re.search(pattern, each, re.DOTALL)), None) for each in said]
    return None if None in found else found[0]


def main():
    if len(sys.argv) < 3 or not os.path.isdir(sys.argv[2]):
        print("skipped: no data folder")
        sys.exit(SKIPPED)
    run_inside("oracles")
    program, data = sys.argv[1:3]
    cases = int(sys.argv[3]) if len(sys.argv) > 3 else 2000
    random_ = random.Random(int(sys.argv[4]) if len(sys.argv) > 4 else 1)
    with tempfile.TemporaryDirectory() as folder:
        real = real_objects(data)
        donors = collections.defaultdict(list)
        for each in real:
            donors[each["type"]].append(each)

        def tasks():
            for _ in range(0, cases, AT_ONCE):
                yield program, folder, [mutated(random_.choice(real), donors, random_) for _ in range(AT_ONCE)]

        seen, differ = collections.Counter(), []
        with concurrent.futures.ProcessPoolExecutor(max_workers=2) as pool:
            for compared in pool.map(compare, tasks()):
                for each, mine, (valid, errors) in compared:
                    if valid is not None and valid == (not mine):
                        seen["both valid" if valid else "both invalid"] += 1
                    elif declared := explained(mine, valid, errors):
                        seen[f"declared: {declared}"] += 1
                    else:
                        seen["unexplained"] += 1
                        differ.append((each, mine, errors))
    print(f"{len(real)} real objects of {len(donors)} types")
    for what, count in seen.most_common():
        print(f"{count:7} {what}")
    kinds = collections.defaultdict(list)
    for each, mine, errors in differ:
        kinds[tuple(sorted({rule for rule, _, _ in mine})) or ("ours: none",)].append((each, mine, errors))
    for kind, group in sorted(kinds.items(), key=lambda item: -len(item[1])):
        print(f"\n=== {len(group)} unexplained: {', '.join(kind)}")
        for each, mine, errors in group[:int(os.environ.get("SHOWN", "3"))]:
            print(f"{json.dumps(each)[:700]}\n  ours: {mine}\n  theirs: {errors}")
    if not seen["both valid"] or not seen["both invalid"]:
        sys.exit("too few cases to say anything")
    sys.exit(1 if differ else 0)


if __name__ == "__main__":
    main()
