"""Patterns against the OASIS validator and matcher, on mutated real patterns and observations made to match them.

    pattern_oracle.py PROGRAM DATA [CASES] [SEED]

Both come from PyPI, pinned; without them there is nothing to compare with, and the script skips. A difference must be one that docs/patterns.md declares, else it fails. The two run side by side in one
process per case of ours, so a hundred thousand cases take a while: by hand.
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
import uuid

from pinned import SKIPPED, run_inside

PATH = re.compile(r"([a-z0-9-]+):((?:'[^']*'|\w+)(?:\.(?:'[^']*'|\w+)|\[(?:\*|\d+)\])*)"
                  r"\s*(?:NOT\s+)?(?:=|!=|<=|>=|<|>|IN|LIKE|MATCHES|ISSUBSET|ISSUPERSET)\s*\(?\s*"
                  r"([htb]?'(?:[^'\\]|\\.)*'|-?[\d.]+|true|false)")
NO_OBSERVABLES = {"identity", "indicator", "malware", "observed-data", "relationship", "sighting"}
STEP = re.compile(r"'([^']*)'|(\w+)|\[(\*|\d+)\]")


# ---- cases ----

def real_patterns(data):
    lines = []
    packed = os.path.join(data, "patterns", "real-world-patterns.ndjson.zst")
    lines += subprocess.run(["zstd", "-dc", packed], capture_output=True, text=True, check=True).stdout.splitlines()
    for name in ("match-cases-2.1.ndjson", "validator-cases-2.1.ndjson"):
        with open(os.path.join(data, "patterns", name), encoding="utf-8") as file:
            lines += file.read().splitlines()
    patterns = [json.loads(line)["pattern"] for line in lines]
    # Hashes and addresses alike are a third of a feed each: of each shape a few are enough.
    by_shape = collections.defaultdict(list)
    for pattern in patterns:
        by_shape[re.sub(r"'[^']*'", "''", pattern)].append(pattern)
    return [p for group in by_shape.values() for p in group[:4] if len(p) < 1500]


def mutated(pattern, others, random_):
    for _ in range(random_.choice((0, 1, 1, 2, 3))):
        kind = random_.randrange(9)
        if kind == 0:  # another operator
            pattern = re.sub(r"(?<=\s)(=|!=|<=|>=|<|>)(?=\s)",
                             lambda _: random_.choice(("=", "!=", "<", "<=", ">", ">=")), pattern, count=1)
        elif kind == 1:
            pattern = re.sub(r"\s(=|!=|IN|LIKE|MATCHES|<)\s", r" NOT \1 ", pattern, count=1)
        elif kind == 2:
            pattern = re.sub(r"\s=\s('[^']*')", lambda m: random_.choice(
                (" IN (%s, 'x')", " LIKE %s", " != %s", " > %s")) % m[1], pattern, count=1)
        elif kind == 3:
            qualifier = random_.choice((" WITHIN 7.3 SECONDS", " REPEATS 2 TIMES", " REPEATS 3 TIMES",
                                        " START t'2020-01-01T00:00:01Z' STOP t'2020-01-01T00:00:06Z'"))
            pattern = random_.choice(("%s%s", "(%s)%s")) % (pattern, qualifier)
        elif kind == 4:
            pattern += random_.choice((" AND ", " OR ", " FOLLOWEDBY ")) + random_.choice(others)
        elif kind == 5 and len(pattern) > 3:  # broken, perhaps
            at = random_.randrange(len(pattern))
            pattern = pattern[:at] + random_.choice(("", "'", "]", "(", " AND ", "[*]", "5")) + pattern[at + 1:]
        elif kind == 6:
            pattern = re.sub(r"\[(.*)\]", lambda m: "[" + m[1].replace(" OR ", " AND ", 1) + "]", pattern, count=1)
        elif kind == 7:
            found = PATH.search(pattern)
            if found:
                exists = random_.choice(("EXISTS ", "")) + f"{found[1]}:{found[2]}"
                pattern = pattern[:found.start()] + (exists if exists.startswith("E") else found[0]) + pattern[found.end():]
        else:
            pattern = pattern.replace("'", "'x", 2) if random_.random() < .3 else pattern
    # Off the boundary, where the two differ and we declare it.
    return re.sub(r"WITHIN (\d+) SECONDS", r"WITHIN \1.3 SECONDS", pattern)


def value_of(literal, random_):
    if literal[0] in "htb" and literal[1:2] == "'":
        text = literal[2:-1]
        return text
    if literal[0] == "'":
        text = re.sub(r"\\(.)", r"\1", literal[1:-1])
        return text if random_.random() < .8 else text + "x"
    if literal in ("true", "false"):
        return literal == "true"
    try:
        number = float(literal) if "." in literal else int(literal)
    except ValueError:
        return literal
    return number + random_.choice((0, 0, 0, 1, -1))


class World:
    """Observed data made of what a pattern asks for."""

    def __init__(self, pattern, random_):
        self.random = random_
        self.bundles = []
        # The matcher looks at no others; we look at whatever an observation lists.
        asked = [found.groups() for found in PATH.finditer(pattern) if found[1] not in NO_OBSERVABLES]
        for _ in range(random_.randrange(1, 7)):
            self.bundle([one for one in asked if random_.random() < .75])

    def bundle(self, asked):
        roots, objects = {}, []
        for kind, path, literal in asked:
            root = roots.get(kind)
            if root is None or self.random.random() < .1:
                root = roots[kind] = self.object(kind, objects)
            self.put(root, [m.groups() for m in STEP.finditer(path)], value_of(literal, self.random), objects)
        if not objects:
            self.object("file", objects)["name"] = "nothing"
        first = self.random.randrange(0, 9)
        last = first + self.random.choice((0, 0, 0, 1, 3))
        self.bundles.append({"type": "bundle", "id": f"bundle--{uuid.UUID(int=self.random.getrandbits(128), version=4)}", "objects": [{
            "type": "observed-data", "spec_version": "2.1",
            "id": f"observed-data--{uuid.UUID(int=self.random.getrandbits(128), version=4)}",
            "created": "2020-01-01T00:00:00.000Z", "modified": "2020-01-01T00:00:00.000Z",
            "first_observed": f"2020-01-01T00:00:{first:02}Z", "last_observed": f"2020-01-01T00:00:{last:02}Z",
            "number_observed": self.random.choice((1, 1, 1, 2)), "object_refs": [o["id"] for o in objects]}, *objects]})

    def object(self, kind, objects):
        made = {"type": kind, "id": f"{kind}--{uuid.UUID(int=self.random.getrandbits(128), version=4)}"}
        objects.append(made)
        return made

    def put(self, at, steps, value, objects):
        for i, (quoted, plain, index) in enumerate(steps):
            last = i + 1 == len(steps)
            if index is not None:
                return
            name = quoted or plain
            lists = not last and steps[i + 1][2] is not None
            reference = name.endswith("_ref") or name.endswith("_refs")
            rest = steps[i + 2:] if lists else steps[i + 1:]
            if reference and rest:
                target = self.object(self.random.choice(("ipv4-addr", "domain-name", "file")), objects)
                at[name] = [target["id"]] if lists else target["id"]
                at, steps = target, rest
                return self.put(at, steps, value, objects)
            if lists:
                element = {} if rest else value
                at[name] = [element, *([value] if not rest and self.random.random() < .3 else [])]
                return self.put(element, rest, value, objects) if rest else None
            if last:
                if name not in ("type", "id") or at.get(name) is None:
                    at[name] = value
                elif name == "type":
                    at["type"] = value
                return
            if not isinstance(at.get(name), dict):
                at[name] = {}
            at = at[name]


# ---- verdicts ----

def ours(program, pattern, bundles):
    text = "\n".join(json.dumps(bundle) for bundle in bundles)
    ran = subprocess.run([program, "match", "-o", "json", "--", pattern, "-"], input=text, capture_output=True, text=True)
    said = json.loads(ran.stdout) if ran.stdout else {}
    return {0: "match", 1: "no match", 2: "invalid"}.get(ran.returncode, "undecided"), said.get("error", ran.stderr)


def theirs(pattern, bundles):
    from stix2matcher.matcher import match
    from stix2patterns.exceptions import ParseException
    from stix2patterns.v21.pattern import Pattern
    try:
        Pattern(pattern)
    except ParseException as why:
        return "invalid", str(why)
    except Exception as why:  # noqa: BLE001 - the oracle breaks where it likes
        return "broken", repr(why)
    try:
        return ("match" if match(pattern, copy.deepcopy(bundles), stix_version="2.1") else "no match"), ""
    except Exception as why:  # noqa: BLE001
        return "broken", repr(why)


# Declared in docs/patterns.md, the first that applies: (our verdict, theirs, in the pattern, in our reason).
DECLARED = (
    ("invalid", None, None, r"^the pattern is longer|nested too deep|steps$"),
    ("invalid", None, None, r"regular expression is refused"),
    ("invalid", None, None, r"stands twice|STOP must lie after|must be of one type|above 0|an index from 0"),
    ("invalid", None, r"\(\s*\)", r"expected a constant"),
    ("invalid", None, r"ISSU", r"expected an IPv4 or IPv6"),
    ("invalid", None, None, r"expected a time of the form"),
    ("invalid", None, r"b'[^']*[^AEIMQUYcgkosw048AQgw=]=+'", r"expected base64"),
    (None, None, r"NOT\s+EXISTS", None),
    ("match", "no match", r"NOT\s+[<>]", None),  # of types that cannot be compared
    (None, None, r"\[\*\][^\]]*?NOT\s", None),
    (None, "broken", None, None),  # an exception is no verdict
)


def explained(pattern, mine, reason, other):
    for our, their, in_pattern, in_reason in DECLARED:
        if ((our is None or our == mine) and (their is None or their == other) and
                (in_pattern is None or re.search(in_pattern, pattern, re.DOTALL)) and
                (in_reason is None or re.search(in_reason, reason))):
            return in_reason or in_pattern or their
    return None


def compare(task):
    program, pattern, bundles = task
    mine, reason = ours(program, pattern, bundles)
    other, why = theirs(pattern, bundles)
    return pattern, bundles, mine, reason, other, why


def main():
    if len(sys.argv) < 3 or not os.path.isdir(sys.argv[2]):
        print("skipped: no data folder")
        sys.exit(SKIPPED)
    run_inside("oracles")
    program, data = sys.argv[1:3]
    cases = int(sys.argv[3]) if len(sys.argv) > 3 else 500
    random_ = random.Random(int(sys.argv[4]) if len(sys.argv) > 4 else 1)
    patterns = real_patterns(data)
    short = [p for p in patterns if len(p) < 200]

    def tasks():
        for _ in range(cases):
            pattern = mutated(random_.choice(patterns), short, random_)
            yield program, pattern, World(pattern, random_).bundles

    seen, differ = collections.Counter(), []
    with concurrent.futures.ProcessPoolExecutor(max_workers=2) as pool:
        for pattern, bundles, mine, reason, other, why in pool.map(compare, tasks(), chunksize=20):
            if mine == other:
                seen[f"both {mine}"] += 1
            elif declared := explained(pattern, mine, reason, other):
                seen[f"declared: {declared}"] += 1
            else:
                seen["unexplained"] += 1
                differ.append((pattern, bundles, mine, reason, other, why))
    for what, count in seen.most_common():
        print(f"{count:7} {what}")
    for pattern, bundles, mine, reason, other, why in differ[:20]:
        print(f"\n{pattern}\n  ours: {mine} {reason}\n  theirs: {other} {why}\n  {json.dumps(bundles)[:1500]}")
    if not seen["both match"] or not seen["both no match"] or not seen["both invalid"]:
        sys.exit("too few cases to say anything")
    sys.exit(1 if differ else 0)


if __name__ == "__main__":
    main()
