"""What scripts rely on: exit codes, JSON on standard output, what a dry run leaves behind, and a profile that any
TAXII client could use."""

import base64
import json
import os
import ssl
import stat
import subprocess
import urllib.request
import uuid

from hub import Hub, expect, expect_equal, ids, indicator, main


def written(hub, name, *objects):
    path = os.path.join(hub.folder, name)
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(o if isinstance(o, str) else json.dumps(o) for o in objects))
    return path


def exit_codes(program, _data):
    with Hub(program) as hub:
        hub.circle("town")
        acme = hub.member("acme", "town")
        good, bad = indicator(), {"type": "indicator", "id": "nonsense"}
        for arguments, code, what in (
                (("share", written(hub, "good.json", good), "--circle", "town"), 0, "shared"),
                (("share", written(hub, "good.json", good), "--circle", "town"), 0, "a duplicate is no problem"),
                (("share", written(hub, "bad.json", bad), "--circle", "town"), 1, "refused"),
                (("share", written(hub, "mixed.json", indicator(), bad), "--circle", "town"), 1, "one refused"),
                (("share", written(hub, "torn.json", '{"type":'), "--circle", "town"), 1, "torn"),
                (("share", hub.folder + "/good.json", "--circle", "nowhere"), 1, "no such circle"),
                (("share", hub.folder + "/not-there.json", "--circle", "town"), 1, "no such file"),
                (("share", hub.folder + "/good.json"), 2, "--circle is missing"),
                (("share", hub.folder + "/good.json", "--circle", "town", "--tlp", "purple"), 2, "no such level"),
                (("nonsense",), 2, "no such verb"),
                (("circle", "create", "mine"), 1, "only operators make circles"),
                (("withdraw", f"indicator--{uuid.uuid4()}", "--circle", "town", "--why", "x"), 1, "nothing to withdraw"),
                (("search", good["name"]), 0, "found"),
                (("search", "nothing-like-it.net"), 0, "found nothing, which is an answer"),
                (("follow", "--circle", "town", "--once"), 0, "followed"),
                (("follow", "--circle", "nowhere", "--once"), 1, "nobody to follow"),
                (("pull", "--circle", "town"), 0, "pulled"),
                (("withdraw", good["id"], "--circle", "town", "--why", "x"), 0, "withdrawn"),
                (("withdraw", good["id"], "--circle", "town", "--why", "x"), 1, "withdrawn already"),
                (("profile", "show"), 0, "shown")):
            ran = acme.cli(*arguments, code=None)
            expect_equal(ran.code, code, f"{what}: tocsin {' '.join(arguments)}: {ran}")
            if code:
                expect(ran.err.strip(), f"{what}: a failure says something")
        # What is printed on standard output under -o json is JSON, also when something is refused.
        said = acme.cli("share", hub.folder + "/mixed.json", "--circle", "town", code=1).json()
        expect_equal((said["accepted"], said["duplicates"], len(said["refused"])), (0, 1, 1), f"{said}")
        nobody = os.path.join(hub.folder, "nobody.toml")
        expect_equal(hub.cli("circle", "list", profile=nobody, code=None).code, 1, "no profile")
        hub.stop()
        for arguments in (("circle", "list"), ("share", hub.folder + "/good.json", "--circle", "town"),
                          ("follow", "--circle", "town", "--once"), ("search", "x.net")):
            ran = acme.cli(*arguments, code=None)
            expect_equal(ran.code, 3, f"the hub is away: tocsin {' '.join(arguments)}: {ran}")
        later = indicator(description="a text that waits")
        kept = acme.cli("share", written(hub, "later.json", later), "--circle", "town", "--spool").json()
        expect_equal((kept["accepted"], kept.get("spooled")), (0, 1), f"kept for later: {kept}")
        hub.start()
        acme.cli("share", "--flush")
        acme.client.close()
        expect(kept["changed"][0]["as"] in ids(acme.client.entries("town")), "and sent when the hub is back")


def a_dry_run_writes_nothing(program, _data):
    with Hub(program) as hub:
        hub.circle("town")
        acme = hub.member("acme", "town")
        good, held = indicator(), indicator("held.example")
        path = written(hub, "two.json", good, held, {"type": "indicator", "id": "nonsense"})
        head = acme.client.ok("GET", "/api/v1/circles/town")["head"]
        said = acme.cli("share", path, "--circle", "town", "--dry-run", code=1).json()
        expect_equal((said["accepted"], len(said["held"]), len(said["refused"])), (1, 1, 1), f"it tells all: {said}")
        expect_equal(said["receipts"], [], "and promises nothing")
        expect_equal(acme.client.ok("GET", "/api/v1/circles/town")["head"], head, "nothing was written")
        expect_equal(acme.client.get(f"/api/v1/circles/town/objects/{good['id']}").status, 404, "nothing is there")
        said = acme.cli("share", path, "--circle", "town", code=1).json()
        expect_equal((said["accepted"], len(said["held"]), len(said["refused"])), (1, 1, 1), f"and it was right: {said}")


def sharing_from_a_pipe(program, _data):
    with Hub(program) as hub:
        hub.circle("town")
        acme = hub.member("acme", "town")
        objects = [indicator() for _ in range(2500)]
        bundle = {"type": "bundle", "id": f"bundle--{uuid.uuid4()}", "objects": objects}
        said = acme.cli("share", "-", "--circle", "town", "--no-screen", stdin=json.dumps(bundle, indent=2).encode()).json()
        expect_equal((said["accepted"], len(said["receipts"])), (2500, 2500), "several batches from a pipe")
        expect_equal(ids(acme.client.entries("town")), {o["id"] for o in objects}, "all are there")
        lines = acme.cli("pull", "--circle", "town").out.decode().splitlines()
        expect_equal(len([1 for line in lines if json.loads(line).get("kind") == "object"]), 2500, "and are pulled")


def any_taxii_client(program, _data):
    with Hub(program) as hub:
        hub.circle("town")
        acme = hub.member("acme", "town")
        expect_equal(stat.S_IMODE(os.stat(acme.profile).st_mode), 0o600, "a profile is for its owner alone")
        expect_equal(stat.S_IMODE(os.stat(hub.admin_profile).st_mode), 0o600, "so is the operator's")
        shown = acme.cli("profile", "show")
        expect(acme.client.token.encode() not in shown.out, "without being asked, a profile shows no secret")
        shown = acme.cli("profile", "show", "--taxii").json()
        expect(set(shown) >= {"url", "user", "password", "ca_file"}, f"what a client needs: {shown}")
        expect(shown["url"].startswith(hub.url), f"{shown['url']}")
        context = ssl.create_default_context(cafile=shown["ca_file"])
        basic = base64.b64encode(f"{shown['user']}:{shown['password']}".encode()).decode()
        request = urllib.request.Request(hub.url + "/api/v1/me", headers={"Authorization": "Basic " + basic})
        with urllib.request.urlopen(request, context=context, timeout=20) as answer:
            expect_equal(json.load(answer)["member"]["name"], "acme", "Basic with these speaks for the member")


def an_invite_is_good_once(program, _data):
    with Hub(program) as hub:
        hub.circle("town")
        url = hub.invite("acme", "town")
        first, second = (os.path.join(hub.folder, name) for name in ("first.toml", "second.toml"))
        hub.cli("join", "--yes", url, profile=first)
        hub.cli("join", "--yes", url, profile=first)  # the same client again: the same member
        refused = hub.cli("join", "--yes", url, profile=second, code=1)
        expect("redeemed" in refused.err, f"another client: {refused}")
        pin = url.rsplit("pin=", 1)
        wrong = pin[0] + "pin=" + ("B" if pin[1][0] == "A" else "A") + pin[1][1:]
        refused = hub.cli("join", "--yes", hub.invite("other", "town").split("#")[0] + "#" + wrong.split("#")[1],
                          profile=second, code=None)
        expect(refused.code != 0, f"a hub with another key is not joined: {refused}")
        expect_equal(len(hub.admin.ok("GET", "/api/v1/members")["members"]), 1, "one member came of it")


def two_hubs_on_one_folder(program, _data):
    with Hub(program) as hub:
        ran = subprocess.run([program, "hub", "--data", hub.data, "--listen", "127.0.0.1:0"], capture_output=True,
                             timeout=20)
        expect(ran.returncode not in (0, None), f"a second hub on the same folder: {ran}")
        expect_equal(hub.admin.get("/ready").status, 200, "and the first goes on")


def warnings_stay_off_standard_output(program, _data):
    with Hub(program) as hub:
        hub.stop()
        with open(os.path.join(hub.data, "views", "CURRENT"), "w", encoding="ascii") as file:
            file.write("no such views")
        hub.start()  # reads the first line of standard output as JSON
        with open(os.path.join(hub.folder, "hub.stderr"), encoding="utf-8") as file:
            expect("made anew" in file.read(), "the warning is told")


def the_program_explains_itself(program, _data):
    with Hub(program) as hub:
        script = hub.cli("completion", "bash", as_json=False).out.decode()
        expect("validate" in script and "'circle erase'" in script, "the completion knows every verb")
        manual = hub.cli("manual", as_json=False).out.decode()
        expect(manual.startswith(".TH TOCSIN 1") and ".SS sensor run" in manual, "the manual is a man page")


def two_people_erase(program, _data):
    with Hub(program) as hub:
        hub.circle("town")
        steward = hub.member("steward", "town", options=("--steward",))
        acme = hub.member("acme", "town")
        one = indicator()
        acme.client.share("town", one)
        proposal = steward.cli("circle", "erase", "town", one["id"], "--why", "it names a person").json()["proposal"]
        steward.cli("circle", "erase", "town", "--confirm", str(proposal), code=1)
        listed = acme.cli("circle", "erase", "town").json()["erasures"]
        expect_equal([p["proposal"] for p in listed], [proposal], "the owner sees what is proposed")
        erased = acme.cli("circle", "erase", "town", "--confirm", str(proposal)).json()["erased"]
        expect_equal(len(erased), 1, "one entry is gone")
        expect_equal(acme.client.get(f"/api/v1/circles/town/objects/{one['id']}").status, 404, "for everybody")


if __name__ == "__main__":
    main(the_program_explains_itself, two_people_erase, exit_codes, a_dry_run_writes_nothing, sharing_from_a_pipe,
         any_taxii_client, an_invite_is_good_once, two_hubs_on_one_folder, warnings_stay_off_standard_output)
