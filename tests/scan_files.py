"""`tocsin sensor scan --files`: files by hash, by name and by YARA rule; with the shared data, real rules too.

    scan_files.py PROGRAM DATA
"""
import hashlib
import json
import pathlib
import subprocess
import sys
import tempfile

from hub import Hub, Skip, eventually, expect, expect_equal, main
from hub import indicator as any_indicator
from outputs import Sensor


def indicator(kind, pattern, name):
    return any_indicator(pattern=pattern, pattern_type=kind, name=name, **({} if kind == "stix" else {"pattern_version": "1"}))


WORM = 'rule worm { strings: $a = "smb WORM" nocase condition: uint16(0) == 0x5a4d and $a }'


def scan(program, indicators, *paths):
    with tempfile.NamedTemporaryFile("w", suffix=".ndjson") as file:
        file.write("\n".join(map(json.dumps, indicators)))
        file.flush()
        command = [program, "sensor", "scan", "--indicators", file.name]
        for path in paths:
            command += ["--files", str(path)]
        ran = subprocess.run(command, capture_output=True, text=True, timeout=120)
    return ran.returncode, [json.loads(line) for line in ran.stdout.splitlines()], ran.stderr


def real_rules(data):
    folder = pathlib.Path(data) / "rules"
    packed = folder / "eset-yara.ndjson.zst"
    if not packed.exists():
        return []
    text = subprocess.run(["zstd", "-dc", packed], capture_output=True, text=True, check=True).stdout
    text += (folder / "signature-base-lazarus-yara.ndjson").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def files_by_hash_name_and_rule(program, _data):
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        (folder / "deep" / "deeper").mkdir(parents=True)
        wiper, dropper = folder / "deep" / "deeper" / "igfxtrayex.exe", folder / "dropper"
        wiper.write_bytes(b"MZ ... SMB worm ... BackUp.SFC")
        dropper.write_bytes(b"nothing to see")
        (folder / "good").write_text("good")
        known = [indicator("yara", WORM, "wiper"),
                 indicator("yara", 'include "/etc/passwd"', "nosy"),
                 indicator("stix", f"[file:hashes.'SHA-256' = '{hashlib.sha256(dropper.read_bytes()).hexdigest()}']", "dropper"),
                 indicator("stix", "[file:name = 'igfxtrayex.exe']", "by name")]
        code, hits, said = scan(program, known, folder)
        expect_equal(code, 1, said)
        found = sorted((hit["name"], pathlib.Path(hit["file"]).name) for hit in hits)
        expect_equal(found, [("by name", "igfxtrayex.exe"), ("dropper", "dropper"), ("wiper", "igfxtrayex.exe")], "what is found")
        expect("include" in said and "3 files" in said, said)
        worm = next(hit for hit in hits if hit["name"] == "wiper")
        expect(worm["rule"] == "worm" and worm["strings"] == ["$a"] and worm["indicator"] == known[0]["id"], worm)
        expect_equal(scan(program, known, folder / "good")[:2], (0, []), "a good file")
        code, _, said = scan(program, known, folder / "absent")
        expect(code == 2 and "absent" in said, (code, said))


def rules_of_a_circle(program, _data):
    """A rule that a member shares finds a file at another's, asked of the hub or of the sensor's state, until it is withdrawn."""
    with Hub(program) as hub:
        hub.circle("town")
        acme, bank = hub.member("acme", "town"), hub.member("bank", "town")
        files = pathlib.Path(hub.folder) / "files"
        files.mkdir()
        (files / "wiper").write_bytes(b"MZ ... SMB worm")
        rule, past = indicator("yara", WORM, "wiper"), indicator("yara", WORM.replace("worm", "was", 1), "was")
        past["valid_until"] = "2026-02-02T00:00:00Z"
        acme.client.share("town", rule, past)

        def hits(*where):
            ran = bank.cli("sensor", "scan", *where, "--files", str(files), code=None)
            return [(hit["indicator"], hit["sources"][0]["circle_name"], hit["rule"]) for hit in map(json.loads, ran.out.splitlines())]
        wanted = [(rule["id"], "town", "worm")]
        expect_equal(hits("--circle", "town"), wanted, "asked of the hub")
        with Sensor(bank, "--circle", "town") as sensor:
            eventually(lambda: sensor.status().get("passed_on", {}).get("count") == 2, "the sensor keeps the rules")
            expect_equal(hits("--state", sensor.state), wanted, "asked of its state")
            acme.client.ok("POST", "/api/v1/circles/town/withdrawals", {"id": rule["id"], "why": "wrong"})
            eventually(lambda: hits("--state", sensor.state) == [], "withdrawn")
        expect_equal(hits("--circle", "town"), [], "withdrawn at the hub, too")


def real_texts_compile(program, data):
    rules = real_rules(data) if data else []
    if not rules:
        raise Skip("no real rules here")
    with tempfile.TemporaryDirectory() as folder:
        code, _, said = scan(program, [indicator("yara", each["rule"], each["path"]) for each in rules], folder)
    expect(code in (0, 1), (code, said))
    expect_equal([line for line in said.splitlines() if "not evaluated" in line], [], f"of {len(rules)} texts none is refused")


if __name__ == "__main__":
    main(files_by_hash_name_and_rule, rules_of_a_circle, real_texts_compile)
