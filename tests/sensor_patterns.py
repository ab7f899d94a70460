"""Patterns that are more than values: `tocsin sensor scan` finds them in logs, `tocsin sensor explain` says why."""

import json
import os
import subprocess
import tempfile

from hub import expect, expect_equal, main

CONN = {"_path": "conn", "ts": 100.5, "uid": "C1", "id.orig_h": "10.0.0.1", "id.orig_p": 1, "id.resp_h": "198.51.100.7",
        "id.resp_p": 4444, "proto": "tcp"}
DNS = {"_path": "dns", "ts": 90.5, "uid": "C2", "id.orig_h": "10.0.0.1", "query": "x.bad.example"}


def run(program, *arguments, text=None):
    ran = subprocess.run([program, "sensor", *arguments], input=text, capture_output=True, text=True, timeout=60)
    return ran.returncode, ran.stdout, ran.stderr


def scanned(program, _data):
    patterns = {
        1: "[domain-name:value LIKE '%.BAD.example']",
        2: "[network-traffic:dst_port > 4000 AND network-traffic:dst_ref.value ISSUBSET '198.51.100.0/24']",
        3: "([domain-name:value = 'x.bad.example'] FOLLOWEDBY [network-traffic:dst_port = 4444]) WITHIN 60 SECONDS",
        4: "([network-traffic:dst_port = 4444] FOLLOWEDBY [domain-name:value = 'x.bad.example']) WITHIN 60 SECONDS",
        5: "[domain-name:value MATCHES '^bad']",
        6: "[domain-name:value MATCHES '(?=x)']",
        7: "[artifact:url = 'x']"}
    with tempfile.TemporaryDirectory() as folder:
        log, indicators = os.path.join(folder, "zeek.log"), os.path.join(folder, "indicators.ndjson")
        with open(log, "w", encoding="utf-8") as file:
            file.write("".join(json.dumps(one) + "\n" for one in (CONN, DNS)))
        with open(indicators, "w", encoding="utf-8") as file:
            for number, pattern in patterns.items():
                file.write(json.dumps({
                    "type": "indicator", "spec_version": "2.1", "id": f"indicator--00000000-0000-4000-8000-{number:012}",
                    "created": "2026-01-01T00:00:00.000Z", "modified": "2026-01-01T00:00:00.000Z", "pattern": pattern,
                    "pattern_type": "stix", "valid_from": "2026-01-01T00:00:00Z"}) + "\n")
        code, out, err = run(program, "scan", log, "--indicators", indicators, "--warning-lists", "none")
        hits = {int(source["indicator"][-12:]): (hit, source) for hit in map(json.loads, out.splitlines())
                for source in hit["sources"]}
        expect_equal((code, sorted(hits)), (1, [1, 2, 3]), err)
        expect("5 indicators, 2 not evaluated" in err, err)
        expect_equal((hits[1][0]["value"], hits[1][0]["line"]), ("x.bad.example", 2), "LIKE")
        expect_equal((hits[2][0]["value"], hits[2][0]["path"]), ("198.51.100.7", "network-traffic:dst_ref.value"), "network")
        expect_equal([one["line"] for one in hits[3][1]["matched"]], [2, 1], "all records of a match are named, by time")


def explained(program, _data):
    pattern = "[network-traffic:dst_port = 4444 AND network-traffic:dst_ref.value LIKE '198.%']"
    code, out, err = run(program, "explain", pattern, json.dumps(CONN), "-o", "json")
    expect_equal(code, 0, err)
    said = json.loads(out)
    expect_equal((said["match"], said["why"], said["records"][0]["format"]), (True, "fulfilled by line 1", "zeek-json"), out)
    code, out, _ = run(program, "explain", pattern.replace("4444", "443"), "-", text=json.dumps(CONN) + "\n")
    expect(code == 1 and 'no match: no record fulfils' in out and '["4444"]' in out, f"{code} {out}")
    for bad in ("[file:name = ]", "[artifact:url = 'x']"):
        code, out, err = run(program, "explain", bad, json.dumps(CONN), "-o", "json")
        expect(code == 2 and json.loads(out)["error"], f"{bad}: {code} {err}")
    code, _, err = run(program, "explain", pattern, "{broken", "--format", "zeek-json")
    expect(code == 2 and "line 1" in err, f"{code} {err}")


if __name__ == "__main__":
    main(scanned, explained)
