"""`tocsin screen`: what leaves, exit codes, 80 columns, records without values, the same result on every run."""

import hashlib
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
        code, out, err = run(program, folder, "-", "--identity", US, "--policy", file, "-o", "json", text=text)
        expect_equal((code, json.loads(out.splitlines()[0])["findings"]),
                     (1, [{"path": "pattern", "rule": "own-domain", "action": "withhold"}]), err)
        # Beside the profile it holds without being named.
        os.rename(file, os.path.join(folder, "screen-policy.toml"))
        code, _, err = run(program, folder, "-", "--identity", US, text=text)
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
        call = ("share", path, "--circle", "town", "--named")
        dry = acme.cli(*call, "--dry-run", code=1).json()
        expect_equal([r["rule"] for r in dry["refused"]], ["victim"], "a dry run tells it")
        alone = [json.loads(line) for line in acme.cli("screen", path, code=1).out.splitlines()]
        expect_equal(dry["screened"], [one for one in alone if "outcome" in one], "as `tocsin screen` does")
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
        # Each entry carries the digest of the member's record of its screening, under its commitment.
        with open(acme.profile + ".records", encoding="utf-8") as file:
            kept = {record["as"]: record for record in map(json.loads, file)}
        for entry in other.client.entries("town"):
            if entry["kind"] == "object":
                record = kept[entry["object"]["id"]]
                expect_equal(entry["attributes"]["screened"], record["digest"], "the digest in the log")
                expect_equal(hashlib.sha256(canonical(record["record"])).hexdigest(), record["digest"], "of the record")
                expect_equal(hashlib.sha256(canonical(entry["object"])).hexdigest(), record["record"]["output"], "of it")
        expect_equal(os.stat(acme.profile + ".records").st_mode & 0o777, 0o600, "mode of the records")


def canonical(value):
    """RFC 8785, for what these tests hold."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def tool(creator, number=7, modified="2026-04-06T20:03:48.000Z", **more):
    out = made("tool", number, created=TIMES["created"], modified=modified, name="loader", **more)
    return {**out, "created_by_ref": creator} if creator else out


def first_day(program, _data):
    """No identity is registered: what names a creator passes whole, and a warning says what to do."""
    with Hub(program) as hub:
        hub.circle("town")
        acme = hub.member("acme", "town")
        theirs, mine = tool(THEIRS["created_by_ref"], 7, description="a vendor's words"), tool(None, 8, description="ours")
        said = acme.cli("share", "-", "--circle", "town", stdin=lines(theirs, mine))
        expect("identity add" in said.err, f"it says how to register: {said}")
        as_id = said.json()["changed"][0]["as"]
        expect_equal(said.json()["changed"], [{"id": mine["id"], "as": as_id}], "what is changed")
        expect_equal(said.json()["to_review"], [mine["id"]], "what waits")
        there = {e["object"]["id"]: e["object"] for e in acme.client.entries("town") if e["kind"] == "object"}
        expect_equal(there[theirs["id"]], theirs, "the vendor's is whole")
        expect("description" not in there[as_id], "ours has lost what waits")
        as_is = acme.cli("share", "-", "--circle", "town", "--no-screen", stdin=lines(mine))
        expect("not screened" in as_is.err and as_is.json()["changed"] == [], f"as it is: {as_is}")


def one_id_for_all_versions(program, _data):
    with Hub(program) as hub:
        hub.circle("town")
        acme, other = hub.member("acme", "town"), hub.member("other", "town")
        policy = os.path.join(hub.folder, "screen-policy.toml")

        def share(one, **options):
            return acme.cli("share", "-", "--circle", "town", stdin=lines(one), **options).json()

        def versions(of):
            entries = [e["object"] for e in other.client.entries("town") if e["kind"] == "object"]
            return [o for o in entries if o["id"] == of]

        first = tool(None, description="seen at Gridco")
        as_id = share(first)["changed"][0]["as"]
        expect_equal(share(first)["duplicates"], 1, "shared again, it is the same")
        with open(policy, "w", encoding="utf-8") as file:
            file.write('version = "2"\ntool = ["description: drop", "name: drop"]\n')
        said = share(first)
        expect_equal((said["accepted"], said["changed"][0]["as"]), (1, as_id), "another policy, the same id, a later version")
        os.remove(policy)
        second = tool(None, modified="2026-05-06T20:03:48.000Z")  # nothing in it would be changed
        expect_equal(share(second)["changed"], [{"id": first["id"], "as": as_id}], "a later version follows")
        expect_equal([v["modified"] for v in versions(as_id)],
                     ["2026-04-06T20:03:48.000Z", "2026-04-06T20:03:48.001000Z", "2026-05-06T20:03:48.000Z"], "in order")
        link = made("relationship", 9, relationship_type="uses", source_ref="campaign--8e2e2d2b-17d4-4cbf-938f-98129d05b301",
                    target_ref=first["id"], **TIMES)
        link_as = share(link)["changed"][0]["as"]
        expect_equal(versions(link_as)[0]["target_ref"], as_id, "what refers to it follows, a day later too")
        acme.cli("withdraw", first["id"], "--circle", "town", "--why", "wrong")
        gone = [e["withdrawn"] for e in other.client.entries("town") if e["kind"] == "withdrawal"]
        expect_equal(gone, [as_id], "it is withdrawn by its own id")
        expect(versions(as_id)[-1].get("revoked"), "and those who poll learn it")
        acme.cli("withdraw", first["id"], "--circle", "town", "--why", "again", code=1)


def without_a_name(program, _data):
    """Screened, and then freed of the member's name: neither what the screen takes out nor who shared stands there."""
    with Hub(program) as hub:
        hub.circle("town")
        acme, other = hub.member("acme", "town"), hub.member("other", "town")
        acme.cli("identity", "add", US)
        mine, plain = tool(US, 7, description="canary"), tool(US, 8)
        link = made("relationship", 9, created_by_ref=US, relationship_type="related-to", source_ref=mine["id"],
                    target_ref=plain["id"], **TIMES)
        call = ("share", "-", "--circle", "town", "--anonymous")
        said = acme.cli(*call, stdin=lines(link, mine, plain)).json()
        renamed = {c["id"]: c["as"] for c in said["changed"]}
        expect_equal((said["accepted"], set(renamed)), (3, {mine["id"], plain["id"], link["id"]}), f"{said}")
        seen = {e["object"]["id"]: e["object"] for e in other.client.entries("town") if e["kind"] == "object"}
        expect_equal(set(seen), set(renamed.values()), "under the ids that it told")
        for word in (US, mine["id"], plain["id"], link["id"], "canary"):
            expect(word not in json.dumps(seen), f"'{word}' is told")
        expect_equal((seen[renamed[link["id"]]]["source_ref"], seen[renamed[link["id"]]]["target_ref"]),
                     (renamed[mine["id"]], renamed[plain["id"]]), "references follow")
        expect_equal(acme.cli(*call, stdin=lines(link, mine, plain)).json()["duplicates"], 3, "again the same")
        # By name it has another id, and another record: nobody can lay the two side by side.
        named = acme.cli("share", "-", "--circle", "town", "--named", stdin=lines(mine)).json()["changed"][0]["as"]
        expect(named not in renamed.values(), "named and unnamed have different ids")
        digests = [e["attributes"]["screened"] for e in other.client.entries("town") if e["kind"] == "object"]
        expect_equal(len(set(digests)), len(digests), "and different records")
        for one in (mine, plain):
            acme.cli("withdraw", one["id"], "--circle", "town", "--why", "wrong")
        gone = {e["withdrawn"] for e in other.client.entries("town") if e["kind"] == "withdrawal"}
        expect_equal(gone, {renamed[mine["id"]], named, renamed[plain["id"]]}, "withdrawn under every id it left by")


def digests_are_checked(program, _data):
    with Hub(program) as hub:
        hub.circle("town")
        acme = hub.member("acme", "town")
        for records, what in ((["ab"], "short"), (["G" * 64], "no hexadecimal"), (["A" * 64], "upper case"), ([7], "a number"),
                              ([None, None], "too many"), ({}, "no list")):
            body = json.dumps({"records": records}, separators=(",", ":")).encode() + b"\n" + lines(tool(None))
            answer = acme.client.request("POST", "/api/v1/circles/town/objects", body)
            expect_equal(answer.status, 400, f"{what}: {answer}")
            expect(b"records" in answer.body, f"{what} is named: {answer}")
        good = b'{"records":[null,"' + b"ab" * 32 + b'"]}\n' + lines(tool(None, 7), tool(None, 8))
        expect_equal(acme.client.ok("POST", "/api/v1/circles/town/objects", good)["accepted"], 2, "good ones")
        shown = [e["attributes"].get("screened") for e in acme.client.entries("town") if e["kind"] == "object"]
        expect_equal(shown, [None, "ab" * 32], "each where it belongs")


def who_would_receive_it(program, _data):
    with Hub(program) as hub:
        hub.circle("town", "--tlp-max", "red", "--kinds", "company,government", "--roles", "cert")
        acme, bank = hub.member("acme", "town"), hub.member("bank", "town")
        hub.member("cert", "town", kind="government", options=("--role", "cert"))
        red = tool(None, 7, object_marking_refs=["marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed"])
        consent = tool(None, 8, labels=["ais-consent-none"])
        plain = tool(None, 9, description="canary")
        call = ("screen", "-", "--circle", "town", "--to", "bank")
        said = acme.cli(*call, stdin=lines(red, plain), code=1)
        expect("canary" not in said.out.decode(), "what stays is not shown to the hub, nor here")
        last = json.loads(said.out.decode().splitlines()[-1])
        town, = last["receivers"]
        expect_equal((town["circle"], {m["name"]: m["kind"] for m in town["receivers"]}),
                     ("town", {"acme": "company", "bank": "company", "cert": "government"}), "the circle's members")
        new_id = json.loads(said.out.decode().splitlines()[1])["output_id"]
        expect_equal({(o["id"], o["member"], o["rule"]) for o in town["left_out"]},
                     {(red["id"], "cert", "recipients"), (new_id, "cert", "recipients")}, "who is left out, and why")
        shown = acme.cli(*call, stdin=lines(red, plain), code=1, as_json=False).out.decode()
        for word in ("MEMBER OF town", "government (cert)", "0 of 2", "2 of 2", "names recipients"):
            expect(word in shown, f"'{word}' is shown:\n{shown}")
        dry = acme.cli("share", "-", "--circle", "town", "--dry-run", stdin=lines(plain)).json()
        expect_equal(dry["receivers"][0]["left_out"], [], "all get what is marked for all")
        refused = acme.cli("screen", "-", "--circle", "town", stdin=lines(red), code=0).out.decode().splitlines()
        expect_equal(len(json.loads(refused[-1])["refused"]), 1, f"RED that names nobody: {refused}")
        before = bank.client.ok("GET", "/api/v1/circles/town")["head"]
        acme.cli("screen", "-", "--circle", "town", stdin=lines(consent), code=None)
        expect_equal(bank.client.ok("GET", "/api/v1/circles/town")["head"], before, "nothing is written")
        expect_equal(acme.cli("screen", "-", "--circle", "nowhere", stdin=lines(plain), code=None).code, 1, "no such circle")
        hub.stop()
        acme.cli("screen", "-", stdin=lines(plain), code=1)
        acme.cli(*call, stdin=lines(plain), code=3)


def lines(*objects):
    return b"".join(json.dumps(one).encode() + b"\n" for one in objects)


if __name__ == "__main__":
    main(what_leaves, for_people, policies, shared_screened, first_day, one_id_for_all_versions, without_a_name,
         digests_are_checked, who_would_receive_it)
