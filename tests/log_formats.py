"""Log formats: listed, recognised, explained row by row; formats of one's own; lines that cannot be read are kept."""

import json
import os
import subprocess
import tempfile

from hub import Hub, eventually, expect, expect_equal, indicator, main
from outputs import Sensor

DOOR = """
name = "door"
writer = "the door controllers"
shape = "line"
lines = '''
<when> door <> opened for <user> from <client>{ via <proxy>}
'''
rows = '''
when    time
user    text      user-account:user_id
client  source
proxy   address
'''
"""
OPENED = "2026-01-02T03:04:05Z door 7 opened for bob from 192.0.2.7 via 198.51.100.1"
SYSMON = {"EventID": 1, "SourceName": "Microsoft-Windows-Sysmon", "UtcTime": "2026-01-02 03:04:05.678", "ProcessId": "7",
          "Image": "C:\\Users\\bob\\Downloads\\evil.exe", "CommandLine": "evil.exe -x", "ParentImage": "C:\\Office\\winword.exe",
          "ParentCommandLine": "winword.exe /n report.doc", "ParentProcessId": "77"}
DNS = {"_path": "dns", "ts": 90.5, "id.orig_h": "10.0.0.1", "query": "x.bad.example", "answers": ["cdn.bad.example", "198.51.100.9"]}


def run(program, *arguments, text=None):
    ran = subprocess.run([program, "sensor", *arguments], input=text, capture_output=True, text=True, timeout=60)
    return ran.returncode, ran.stdout, ran.stderr


def listed(program, _data):
    code, out, _ = run(program, "formats", "-o", "json")
    formats = {one["format"]: one for one in json.loads(out)["formats"]}
    expect_equal(code, 0, out)
    for name in ("zeek-json", "zeek-tsv", "eve", "windows", "osquery", "bind", "unbound", "dnsmasq", "squid", "combined", "syslog", "cef",
                 "leef", "ecs", "ocsf", "csv", "w3c", "lines"):
        expect(formats[name]["what"] and formats[name]["shape"] and formats[name]["recognised"], f"{name}: {formats.get(name)}")
        code, mapping, _ = run(program, "formats", name)
        expect(code == 0 and f'name = "{name}"' in mapping, f"{name}: {mapping[:200]}")
    code, out, _ = run(program, "formats")
    expect(code == 0 and "squid" in out and "Apache" in out, out)
    code, _, err = run(program, "formats", "nonsense")
    expect(code == 2 and "nonsense" in err, err)


def explained(program, _data):
    """Each pattern holds on its record, and with another value it does not."""
    for pattern, record, value in (
            ("[process:parent_ref.image_ref.name = 'winword.exe']", SYSMON, "winword.exe"),
            ("[process:parent_ref.name = 'winword.exe']", SYSMON, "winword.exe"),
            ("[process:parent_ref.command_line LIKE '%report.doc']", SYSMON, "report"),
            ("[process:parent_ref.pid = 77 AND process:image_ref.name = 'evil.exe']", SYSMON, "77"),
            ("[process:image_ref.parent_directory_ref.path LIKE '%Downloads' AND process:pid = 7]", SYSMON, "Downloads"),
            ("[process:image_ref.name = 'evil.exe' AND process:parent_ref.image_ref.name = 'winword.exe']", SYSMON, "winword.exe"),
            ("[domain-name:value = 'x.bad.example' AND domain-name:resolves_to_refs[*].value = '198.51.100.9']", DNS, "198.51.100.9"),
            ("[domain-name:resolves_to_refs[*].value ISSUBSET '198.51.100.0/24']", DNS, "198.51.100.0"),
            ("[domain-name:resolves_to_refs[*].value = 'CDN.bad.example']", DNS, "CDN")):
        code, out, err = run(program, "explain", pattern, json.dumps(record), "-o", "json")
        expect(code == 0 and json.loads(out)["match"], f"{pattern}: {code} {out} {err}")
        other = pattern.replace(value, "203.0.113.0" if value[0] == "1" else "78" if value == "77" else "other")
        code, out, err = run(program, "explain", other, json.dumps(record), "-o", "json")
        expect(code == 1 and not json.loads(out)["match"], f"{other}: {code} {out} {err}")
    code, out, _ = run(program, "explain", "[process:parent_ref.pid = 77]", json.dumps(SYSMON), "-o", "json")
    told = {(one["path"], one["value"]): one for one in json.loads(out)["records"][0]["values"]}
    expect_equal((told["process:parent_ref.pid", "77"]["field"], told["process:parent_ref.pid", "77"]["read_as"]),
                 ("ParentProcessId", "pid"), "the row of a value")
    code, out, _ = run(program, "explain", "[domain-name:value = 'bad.example']",
                       "Nov 13 10:59:46 dnsmasq[99]: query[A] bad.example from 10.0.0.5")
    expect(code == 0 and "dnsmasq" in out and "(name, read as question)" in out, out)
    code, _, err = run(program, "explain", "[domain-name:value = 'bad.example']", "no query at all", "--format", "squid")
    expect(code == 2 and "fits no template" in err, err)


def of_ones_own(program, _data):
    with tempfile.TemporaryDirectory() as folder:
        mapping, log, indicators, dead = (os.path.join(folder, name) for name in ("door.toml", "door.log", "i.json", "dead.jsonl"))
        with open(mapping, "w", encoding="utf-8") as file:
            file.write(DOOR)
        with open(log, "w", encoding="utf-8") as file:
            file.write(OPENED + "\nsomething else\n" + OPENED.replace("192.0.2.7", "192.0.2.8") + "\n")
        with open(indicators, "w", encoding="utf-8") as file:
            file.write(json.dumps({
                "type": "indicator", "spec_version": "2.1", "id": "indicator--00000000-0000-4000-8000-000000000001",
                "created": "2026-01-01T00:00:00.000Z", "modified": "2026-01-01T00:00:00.000Z", "pattern_type": "stix",
                "pattern": "[network-traffic:src_ref.value = '192.0.2.8']", "valid_from": "2026-01-01T00:00:00Z"}))
        scan = ("scan", log, "--indicators", indicators, "--warning-lists", "none", "--mapping", mapping, "--dead-letters", dead)
        code, out, err = run(program, *scan, "--format", "door")
        hit = json.loads(out)
        expect_equal((code, hit["line"], hit["value"]), (1, 3, "192.0.2.8"), err)
        expect("1 unreadable" in err, err)
        with open(dead, encoding="utf-8") as file:
            letter = json.loads(file.read())
        expect_equal((letter["file"], letter["line"], letter["format"], letter["record"]), (log, 2, "door", "something else"), "letter")
        expect("fits no template" in letter["why"] and letter["offset"] == len(OPENED) + 1, str(letter))
        code, out, err = run(program, *scan)
        expect(code == 1 and "0 unreadable" in err and json.loads(out)["line"] == 3, err)
        code, out, _ = run(program, "explain", "[user-account:user_id = 'bob']", OPENED, "--mapping", mapping)
        expect(code == 0 and "line 1: door" in out and "(user, read as text)" in out, out)
        code, out, _ = run(program, "formats", "--mapping", mapping)
        expect(code == 0 and "the door controllers" in out, out)
        with open(mapping, "w", encoding="utf-8") as file:
            file.write(DOOR.replace("client  source", "client  sauce"))
        code, _, err = run(program, *scan)
        expect(code == 2 and "door.toml" in err and "line 11: there is no way to read 'sauce'" in err, err)
        code, _, err = run(program, "explain", "[user-account:user_id = 'bob']", OPENED, "--mapping", mapping)
        expect(code == 2 and "line 11" in err, err)


def watched(program, _data):
    """`sensor run` takes the same from its configuration; the status counts what cannot be read and what was kept of it."""
    with Hub(program) as hub:
        hub.circle("town")
        acme = hub.member("acme", "town")
        acme.client.share("town", indicator(pattern="[network-traffic:src_ref.value = '45.155.205.8']"))
        mapping, config, dead = (f"{hub.folder}/{name}" for name in ("door.toml", "sensor.toml", "dead.jsonl"))
        with open(mapping, "w", encoding="utf-8") as file:
            file.write(DOOR)
        with open(config, "w", encoding="utf-8") as file:
            file.write(f'mapping = ["{mapping}"]\ndead-letters = "{dead}"\n')
        with Sensor(acme, "--circle", "town", "--config", config) as sensor:
            sensor.knows(1)
            sensor.append(OPENED, '{"ts":1,"id.orig_h":', OPENED.replace("192.0.2.7", "45.155.205.8"))
            eventually(lambda: sensor.status()["alerts"] == 1, "the door's alert")
            status = sensor.status()
            expect_equal((status["files"][0]["unreadable"], status["dead_letters"]["kept"]), (1, 1), str(status["dead_letters"]))
            with open(dead, encoding="utf-8") as file:
                letter = json.loads(file.read())
            expect_equal((letter["line"], letter["format"], letter["record"]), (2, "zeek-json", '{"ts":1,"id.orig_h":'), "letter")
            expect_equal(os.stat(dead).st_mode & 0o777, 0o600, "for the sensor's user alone")
            expect_equal(json.loads(sensor.stop())["format"], "door", "the alert names the format")


if __name__ == "__main__":
    main(listed, explained, of_ones_own, watched)
