#!/usr/bin/env python3
"""Compares what `tocsin sensor scan` finds in real logs with what is known to be there.

    check_matches.py PROGRAM DATA_FOLDER

The expected sightings are a table (log, line, field, kind, value) of every exact equality between public
feeds and public logs. Indicators are made from the feeds here, the logs are scanned by the program, and
both are compared hit for hit: every row must be found, with the kind of value that it has, and nothing else.
Values on a warning list must be held back; without the lists the same values must be hits. Hits beyond the
table are only taken when the line, read here anew and by other means, holds the value as a whole token and
a feed names it; they are counted apart.

Needs Python's standard library and the `zstd` command. Exit code 0 when all is as it should be.
"""
import csv
import ipaddress
import io
import json
import re
import subprocess
import sys
import tempfile
import uuid
from collections import Counter
from pathlib import Path

TIME = "2020-01-01T00:00:00.000Z"
HASH_NAMES = {32: "MD5", 40: "SHA-1", 64: "SHA-256"}
DOMAIN = re.compile(r"^(?=.{4,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z][a-z0-9-]*[a-z0-9]$", re.I)


def read_text(path):
    if path.suffix == ".zst":
        return subprocess.run(["zstd", "-dc", str(path)], check=True, capture_output=True).stdout.decode(
            "utf-8", "replace")
    return path.read_text("utf-8", "replace")


def address(text):
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def quoted(text):
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def pattern_of(value):
    """(kind, plain value, STIX pattern) of one entry of a feed, or None."""
    found = address(value)
    if found:
        name = "ipv4" if found.version == 4 else "ipv6"
        return name, str(found), f"[{name}-addr:value = '{found}']"
    host, _, port = value.rpartition(":")
    found = address(host)
    if found and found.version == 4 and port.isdigit():
        pattern = f"[network-traffic:dst_ref.value = '{found}' AND network-traffic:dst_port = {port}]"
        return "ipv4:port", value, pattern
    if value.startswith(("http://", "https://")):
        return "url", value, f"[url:value = {quoted(value)}]"
    if len(value) in HASH_NAMES and re.fullmatch(r"[0-9a-fA-F]+", value):
        return "hash", value.lower(), f"[file:hashes.'{HASH_NAMES[len(value)]}' = '{value.lower()}']"
    if "@" in value:
        return "email", value.lower(), f"[email-addr:value = {quoted(value)}]"
    if DOMAIN.match(value.rstrip(".")):
        name = value.rstrip(".").lower()
        return "domain", name, f"[domain-name:value = {quoted(name)}]"
    return None


def feed_values(data):
    for path in sorted((data / "feeds").rglob("*")):
        if not path.is_file():
            continue
        for line in read_text(path).splitlines():
            line = line.strip()
            if not line or line.startswith("#"):
                continue
            if ".intel" in path.name:
                yield line.split("\t")[0]
            elif "signature-base" in str(path):
                yield line.split(";")[0].strip()
            elif "maltrail" in str(path):
                yield line.split("#")[0].strip()
            else:
                yield line.split()[0]


def write_indicators(data, path):
    """One indicator per value; returns {(kind, value)}."""
    known = set()
    with open(path, "w", encoding="utf-8") as out:
        for entry in feed_values(data):
            made = pattern_of(entry)
            if made is None or made[:2] in known:
                continue
            known.add(made[:2])
            name = uuid.uuid5(uuid.NAMESPACE_URL, made[0] + " " + made[1])
            out.write(json.dumps({
                "type": "indicator", "spec_version": "2.1", "id": f"indicator--{name}", "created": TIME,
                "modified": TIME, "valid_from": TIME, "name": made[1], "pattern_type": "stix",
                "pattern": made[2]}) + "\n")
    return known


def kind_of_hit(hit):
    path = hit["path"]
    if path.startswith("network-traffic:dst"):
        return "ipv4:port", hit["name"]
    if path.startswith("ipv4"):
        return "ipv4", hit["value"]
    if path.startswith("ipv6"):
        return "ipv6", hit["value"]
    if path.startswith("domain"):
        return "domain", hit["value"].rstrip(".").lower()
    return path.split(":")[0], hit["value"]


def scan(program, indicators, lists, logs):
    """{(log, line, kind, value): warning lists} and the program's summary."""
    done = subprocess.run(
        [program, "sensor", "scan", "-o", "json", "--show-held-back", "--indicators", indicators,
         "--warning-lists", lists, *[str(path) for path in logs]], capture_output=True)
    if done.returncode not in (0, 1, 2):
        sys.exit(f"the program ended with {done.returncode}: {done.stderr.decode()}")
    hits = {}
    for line in io.StringIO(done.stdout.decode("utf-8")):
        hit = json.loads(line)
        record = hit["record"] if isinstance(hit["record"], str) else json.dumps(hit["record"])
        hits[(hit["file"], hit["line"], *kind_of_hit(hit))] = (hit.get("warninglists", []), record)
    return hits, done.stderr.decode().strip().splitlines()[-1]


def holds_token(record, value):
    host = value.rsplit(":", 1)[0] if re.fullmatch(r"[0-9.]+:[0-9]+", value) else value
    return re.search(r"(?<![0-9A-Za-z_.-])" + re.escape(host) + r"(?![0-9A-Za-z_-]|\.[0-9A-Za-z])", record,
                     re.I) is not None


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    program, data = sys.argv[1], Path(sys.argv[2])
    if not (data / "matches").is_dir():
        print("skipped: the real data are not here")
        return 77
    logs = sorted(path for folder in data.glob("logs-*") for path in folder.rglob("*")
                  if path.is_file() and "writer-baselines" not in path.name and "malformed" not in str(path))
    short = {str(path): str(path.relative_to(data)).removesuffix(".zst") for path in logs}
    expected = {}
    for row in csv.DictReader(io.StringIO(read_text(data / "matches/expected-exact-sightings.csv.zst"))):
        kind = row["kind"]
        value = row["value"].rstrip(".").lower() if kind == "domain" else row["value"]
        expected[(row["log"], int(row["line"]), kind, value)] = row["warninglists"]

    problems = Counter()
    examples = {}

    def problem(what, key):
        problems[what] += 1
        examples.setdefault(what, key)

    with tempfile.TemporaryDirectory() as folder:
        indicators = folder + "/indicators.ndjson"
        known = write_indicators(data, indicators)
        print(f"{len(known)} indicators, {len(logs)} logs, {len(expected)} expected sightings")
        lists = folder + "/warninglists.ndjson"
        packed = next((data / "warninglists").glob("warninglists.ndjson*"))
        Path(lists).write_text(read_text(packed), "utf-8")
        for given in (lists, "none"):
            found, summary = scan(program, indicators, given, logs)
            print(("with" if given != "none" else "without") + " warning lists: " + summary)
            found = {(short[file], *rest): seen for (file, *rest), seen in found.items()}
            for key, named in expected.items():
                if key not in found:
                    problem("missed", key)
                elif given == "none" and found[key][0]:
                    problem("held back without lists", key)
                elif given != "none" and bool(found[key][0]) != bool(named):
                    problem("held back wrongly" if found[key][0] else "not held back", key)
            extra = {key: seen for key, seen in found.items() if key not in expected}
            for key, (_, record) in extra.items():
                if tuple(key[2:]) not in known or not holds_token(record, key[3]):
                    problem("not in the line or in no feed", key)
            places = Counter((key[0], key[2]) for key in extra)
            print(f"  {len(found) - len(extra)} of {len(expected)} expected; {len(extra)} beyond the table")
            for (log, kind), count in places.most_common():
                print(f"    {count:5} {kind:10} {log}")
    for what, count in problems.items():
        print(f"FAILED: {count} {what}, such as {examples[what]}")
    print("all as expected" if not problems else "not as expected")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
