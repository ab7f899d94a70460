"""The sensor and `tocsin match` beside the matcher of OASIS, pinned, over the same observations: the rows `…-beside-oasis`.

A comparison is one pattern held against one observation. The matcher evaluates pattern by pattern, so it gets the first
few patterns and observations, and its rate is taken as the same for all."""
import json
import os
import pathlib
import resource
import statistics
import subprocess
import sys
import uuid

TESTS = pathlib.Path(__file__).resolve().parent.parent / "tests"
THEIRS = """
import json, resource, sys
from stix2matcher.matcher import match
bundles = [json.loads(line) for line in open(sys.argv[1])]
patterns = [json.loads(line) for line in open(sys.argv[2])]
before = resource.getrusage(resource.RUSAGE_SELF)
found = sum(bool(match(pattern, bundles, stix_version="2.1")) for pattern in patterns)
after = resource.getrusage(resource.RUSAGE_SELF)
print(json.dumps([found, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime]))
"""
INDICATORS, RECORDS = 10_000, 100_000  # of ours
PATTERNS, OBSERVATIONS = 10, 1_000  # of theirs


def name(number):
    return f"host-{number}.badnet.info" if number % 1_000 == 7 else f"host-{number}.example.org"


def identifier(kind, number):
    return f"{kind}--{uuid.UUID(int=number, version=4)}"


def bundle(number):
    time = f"2026-01-01T{number // 3600 % 24:02}:{number // 60 % 60:02}:{number % 60:02}Z"
    seen = {"type": "domain-name", "spec_version": "2.1", "id": identifier("domain-name", number), "value": name(number)}
    return {"type": "bundle", "id": identifier("bundle", number), "objects": [
        {"type": "observed-data", "spec_version": "2.1", "id": identifier("observed-data", number), "created": "2026-01-01T00:00:00.000Z",
         "modified": "2026-01-01T00:00:00.000Z", "first_observed": time, "last_observed": time, "number_observed": 1,
         "object_refs": [seen["id"]]}, seen]}


def indicator(number):
    return {"type": "indicator", "spec_version": "2.1", "id": identifier("indicator", number), "created": "2026-01-01T00:00:00.000Z",
            "modified": "2026-01-01T00:00:00.000Z", "valid_from": "2026-01-01T00:00:00Z", "pattern_type": "stix",
            "pattern": f"[domain-name:value = 'host-{number}.badnet.info']"}


def record(number):
    return {"_path": "dns", "ts": 1767225600.0 + number, "uid": f"C{number}", "id.orig_h": "10.0.0.1", "id.orig_p": 53,
            "id.resp_h": "10.0.0.2", "query": name(number)}


def write(path, objects):
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(json.dumps(one) + "\n" for one in objects)
    return str(path)


def cpu_s_of(command):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, capture_output=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done


def beside_oasis(bench, work, absent, rounds):
    """match-beside-oasis, scan-beside-oasis"""
    sys.path.insert(0, str(TESTS))
    from hub import Skip
    from pinned import prepare
    try:
        python = prepare(bench.tocsin, "oracles")
    except Skip as reason:
        raise absent(str(reason)) from None
    few = write(work / "few.ndjson", map(bundle, range(OBSERVATIONS)))
    many = write(work / "many.ndjson", map(bundle, range(RECORDS)))
    patterns = write(work / "patterns.ndjson", (indicator(7 + number)["pattern"] for number in range(PATTERNS)))
    known = write(work / "known.ndjson", map(indicator, range(INDICATORS)))
    log = write(work / "dns.log", map(record, range(RECORDS)))
    matched, scanned, theirs = [], [], []
    for _ in range(rounds):
        ran = subprocess.run([python, "-c", THEIRS, few, patterns], capture_output=True, text=True, env={**os.environ, "PYTHONPATH": ""})
        if ran.returncode != 0:
            raise OSError(f"the matcher: {ran.stderr[-300:]}")
        found, took_s = json.loads(ran.stdout)
        if found != 1:
            raise OSError(f"the matcher found {found} of 1")
        theirs.append(PATTERNS * OBSERVATIONS / took_s)
        took_s, done = cpu_s_of([bench.tocsin, "match", indicator(7)["pattern"], many])
        if done.returncode != 0:
            raise OSError(f"tocsin match: {done.returncode} {done.stderr[-300:]}")
        matched.append(RECORDS / took_s)
        took_s, done = cpu_s_of([bench.tocsin, "sensor", "scan", "--format", "zeek-json", "--indicators", known, log])
        wanted = sum(number % 1_000 == 7 for number in range(INDICATORS))
        if done.stdout.count("\n") != wanted:
            raise OSError(f"sensor scan: {done.stdout.count(chr(10))} hits, wanted {wanted}: {done.stderr[-300:]}")
        scanned.append(INDICATORS * RECORDS / took_s)
    bench.add("match-beside-oasis", "comparisons/cpu-s", matched, [statistics.median(theirs)])
    bench.add("scan-beside-oasis", "comparisons/cpu-s", scanned, [statistics.median(theirs)])
