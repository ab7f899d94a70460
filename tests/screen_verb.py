"""`tocsin screen`: what leaves, exit codes, 80 columns, records without values, the same result on every run."""

import json
import os
import subprocess
import tempfile

from hub import Hub, expect, expect_equal, main

US = "identity--f431f809-377b-45e0-aa1c-6a4751cae5ff"
TIMES = {"created": "2026-04-06T20:03:48.000Z", "modified": "2026-04-06T20:03:48.000Z"}


def made(type_, number, **more):
    return {"type": type_, "spec_version": "2.1", "id": f"{type_}--8e2e2d2b-17d4-4cbf-938f-98129d05b30{number}", **more}


SENDER = made("email-addr", 1, value="lure@evil.example")
VICTIM = made("email-addr", 2, value="canary.person@victim.example")
MAIL = made("email-message", 3, is_multipart=False, from_ref=SENDER["id"], to_refs=[VICTIM["id"]],
            subject="For canary.person@victim.example \x1b[31m", body="Dear Canary")
INDICATOR = made("indicator", 4, created_by_ref=US, pattern="[domain-name:value = 'evil.example']", pattern_type="stix",
                 valid_from="2026-01-01T00:00:00Z", **TIMES)
PROCESS = made("process", 5, command_line="C:\\Users\\canary.person\\x.exe --password canarysecret " + "long " * 40)
THEIRS = made("tool", 6, created_by_ref="identity--11111111-377b-45e0-aa1c-6a4751cae5ff", name="x",
              description="their words", **TIMES)
ALL = [SENDER, VICTIM, MAIL, INDICATOR, PROCESS, THEIRS]


def run(program, folder, *arguments, text=None):
    environment = dict(os.environ, TOCSIN_PROFILE=os.path.join(folder, "profile.toml"), NO_COLOR="1")
    ran = subprocess.run([program, "screen", *arguments], input=text, capture_output=True, text=True, timeout=60,
                         env=environment)
    return ran.returncode, ran.stdout, ran.stderr


def what_leaves(program, _data):
    with tempfile.TemporaryDirectory() as folder:
        text = "\n".join(json.dumps(o) for o in ALL)
        out_file = os.path.join(folder, "leaves.ndjson")
        code, out, err = run(program, folder, "-", "--identity", US, "--fix", out_file, "-o", "json", text=text)
        expect_equal(code, 1, err)
        *records, total = [json.loads(line) for line in out.splitlines()]
        expect_equal([r["outcome"] for r in records], ["pass", "withheld", "changed", "pass", "changed", "pass"], out)
        expect_equal((total["passed"], total["changed"], total["withheld"], total["to_review"]), (3, 2, 1, 1), "sum")
        with open(out_file, encoding="utf-8") as file:
            fixed = file.read()
        expect_equal(os.stat(out_file).st_mode & 0o777, 0o600, "mode of the result")
        left = [json.loads(line) for line in fixed.splitlines()]
        expect_equal([o["type"] for o in left], ["email-addr", "email-message", "indicator", "process", "tool"], "left")
        expect_equal((left[0], left[2], left[4]), (SENDER, INDICATOR, THEIRS), "what passes is as it was")
        for word in ("anary", VICTIM["id"], MAIL["id"]):
            expect(word not in fixed, f"'{word}' leaves")
        for record in records:
            kept = {k: v for k, v in record.items() if k not in ("id", "object")}
            expect("anary" not in json.dumps(kept), f"a value stands in a record: {kept}")
        # What left passes when it is screened again with what it refers to.
        code, out, err = run(program, folder, out_file, "--identity", US)
        expect_equal(code, 0, out + err)


def for_people(program, _data):
    with tempfile.TemporaryDirectory() as folder:
        file = os.path.join(folder, "bundle.json")
        with open(file, "w", encoding="utf-8") as out:
            json.dump({"type": "bundle", "id": "bundle--44af6c39-c09b-49c5-9de2-394224b04982", "objects": ALL}, out)
        code, out, _ = run(program, folder, file, "--identity", US)
        expect_equal(code, 1, "changed")
        expect("\x1b" not in out, "an escape sequence of the sender reaches the terminal")
        for line in out.splitlines()[:-1]:
            expect(len(line) <= 80, f"{len(line)} columns: {line}")
        for word in ("withheld email-addr--", "changed email-message--", "to_refs: ", "body: ", "field: review", "user-path: generalise"):
            expect(word in out, f"'{word}' is not said:\n{out}")


def policies(program, _data):
    with tempfile.TemporaryDirectory() as folder:
        code, default, _ = run(program, folder, "--print-policy")
        expect(code == 0 and "indicator = [" in default, "the built-in policy is printed")
        file, text = os.path.join(folder, "policy.toml"), json.dumps(INDICATOR)
        with open(file, "w", encoding="utf-8") as out:
            out.write('version = "2"\nown_domains = ["evil.example"]\n')
        code, out, err = run(program, folder, "-", "--policy", file, "-o", "json", text=text)
        expect_equal((code, json.loads(out.splitlines()[0])["findings"]),
                     (1, [{"path": "pattern", "rule": "own-domain", "action": "withhold"}]), err)
        # Beside the profile it holds without being named.
        os.rename(file, os.path.join(folder, "screen-policy.toml"))
        code, _, err = run(program, folder, "-", text=text)
        expect_equal(code, 1, err)
        with open(file, "w", encoding="utf-8") as out:
            out.write('version = "2"\nindicator = ["name: burn"]\n')
        code, _, err = run(program, folder, "-", "--policy", file, text=text)
        expect(code == 2 and "burn" in err, f"a row that cannot be read: {code} {err}")
        code, _, err = run(program, folder, os.path.join(folder, "not-there"))
        expect(code == 2 and "not-there" in err, f"a file that is not there: {code} {err}")
        code, out, _ = run(program, folder, "-", text='{"type":"tool"}\n')
        expect(code == 1 and "not-an-object" in out, "what cannot be read is withheld")


def shared_screened(program, _data):
    with Hub(program) as hub:
        hub.circle("town")
        acme, other = hub.member("acme", "town"), hub.member("other", "town")
        path = os.path.join(hub.folder, "all.ndjson")
        with open(path, "w", encoding="utf-8") as file:
            file.write("\n".join(json.dumps(o) for o in ALL))
        acme.cli("identity", "add", US)
        call = ("share", path, "--circle", "town", "--named", "--screen")
        dry = acme.cli(*call, "--dry-run", code=1).json()
        expect_equal([r["rule"] for r in dry["refused"]], ["victim"], "a dry run tells it")
        said = acme.cli(*call, code=1).json()
        expect_equal([r["rule"] for r in said["refused"]], ["victim"], f"what stays at home: {said}")
        # A steward looks at names under .example, so the indicator is held.
        expect_equal((said["accepted"], [h["id"] for h in said["held"]]), (4, [INDICATOR["id"]]), "what left")
        # The same key gives the same ids: nothing is there twice.
        again = acme.cli(*call, code=1).json()
        expect_equal(again["accepted"], 0, f"again: {again}")
        got = other.cli("pull", "--circle", "town").out.decode()
        expect("lure@evil.example" in got, f"the lure arrives: {got[:500]}")
        for word in ("anary", VICTIM["id"], MAIL["id"]):
            expect(word not in got, f"'{word}' reaches others")


if __name__ == "__main__":
    main(what_leaves, for_people, policies, shared_screened)
