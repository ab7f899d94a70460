"""`tocsin sensor scan --files`: files by hash, by name and by YARA rule; with the shared data, real rules too.

    scan_files.py PROGRAM DATA
"""
import hashlib
import json
import pathlib
import subprocess
import sys
import tempfile
import uuid


def indicator(kind, pattern, name):
    return {"type": "indicator", "spec_version": "2.1", "id": f"indicator--{uuid.uuid4()}", "name": name,
            "created": "2020-01-01T00:00:00.000Z", "modified": "2020-01-01T00:00:00.000Z",
            "valid_from": "2020-01-01T00:00:00Z", "pattern_type": kind, "pattern": pattern}


def scan(program, indicators, *paths):
    with tempfile.NamedTemporaryFile("w", suffix=".ndjson") as file:
        file.write("\n".join(map(json.dumps, indicators)))
        file.flush()
        command = [program, "sensor", "scan", "--indicators", file.name]
        for path in paths:
            command += ["--files", str(path)]
        ran = subprocess.run(command, capture_output=True, text=True, timeout=120)
    return ran.returncode, [json.loads(line) for line in ran.stdout.splitlines()], ran.stderr


def check(what, told):
    if not what:
        sys.exit(f"wrong: {told}")


def real_rules(data):
    folder = pathlib.Path(data) / "rules"
    packed = folder / "eset-yara.ndjson.zst"
    if not packed.exists():
        return []
    text = subprocess.run(["zstd", "-dc", packed], capture_output=True, text=True, check=True).stdout
    text += (folder / "signature-base-lazarus-yara.ndjson").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def main():
    program, data = sys.argv[1:3]
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        (folder / "deep" / "deeper").mkdir(parents=True)
        wiper, dropper = folder / "deep" / "deeper" / "igfxtrayex.exe", folder / "dropper"
        wiper.write_bytes(b"MZ ... SMB worm ... BackUp.SFC")
        dropper.write_bytes(b"nothing to see")
        (folder / "good").write_text("good")
        known = [indicator("yara", 'rule worm { strings: $a = "smb WORM" nocase condition: uint16(0) == 0x5a4d and $a }', "wiper"),
                 indicator("yara", 'include "/etc/passwd"', "nosy"),
                 indicator("stix", f"[file:hashes.'SHA-256' = '{hashlib.sha256(dropper.read_bytes()).hexdigest()}']", "dropper"),
                 indicator("stix", "[file:name = 'igfxtrayex.exe']", "by name")]
        code, hits, said = scan(program, known, folder)
        check(code == 1, (code, said))
        found = sorted((hit["name"], pathlib.Path(hit["file"]).name) for hit in hits)
        check(found == [("by name", "igfxtrayex.exe"), ("dropper", "dropper"), ("wiper", "igfxtrayex.exe")], found)
        check("include" in said and "3 files" in said, said)
        worm = next(hit for hit in hits if hit["name"] == "wiper")
        check(worm["rule"] == "worm" and worm["strings"] == ["$a"] and worm["indicator"] == known[0]["id"], worm)
        code, hits, said = scan(program, known, folder / "good")
        check(code == 0 and not hits, (code, hits, said))
        code, hits, said = scan(program, known, folder / "absent")
        check(code == 2 and "absent" in said, (code, said))
        print("3 of 3 found by rule, hash and name; a rule that includes a file was refused")

        rules = real_rules(data)
        if not rules:
            return
        code, hits, said = scan(program, [indicator("yara", each["rule"], each["path"]) for each in rules], folder)
        refused = [line for line in said.splitlines() if "not evaluated" in line]
        check(code in (0, 1), (code, said))
        print(f"{len(rules)} real texts of rules, {len(refused)} refused")
        for line in refused:
            print(" ", line)
        check(not refused, refused)


if __name__ == "__main__":
    main()
