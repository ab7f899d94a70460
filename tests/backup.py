"""A hub that runs is copied, and the copy becomes a hub: what was acknowledged before is there, what was erased since
is erased again, and a reader that resumes notices another history."""

import json
import os
import pathlib
import subprocess
import tempfile
import threading

from hub import Hub, expect, expect_equal, ids, indicator, main


def run(program, *arguments, code=0):
    done = subprocess.run([program, "-o", "json", *arguments], capture_output=True, text=True)
    expect_equal(done.returncode, code, f"tocsin {' '.join(arguments)}: {done.stderr}")
    return json.loads(done.stdout.splitlines()[-1]) if done.stdout else None


def holders(folder, needle):
    return [str(p) for p in pathlib.Path(folder).rglob("*") if p.is_file() and needle.encode() in p.read_bytes()]


def erase(hub, steward, second, one):
    proposal = steward.client.ok("POST", "/api/v1/circles/town/erasures", {"id": one["id"], "why": "it names a person"}, 202)
    second.ok("POST", f"/api/v1/circles/town/erasures/{proposal['proposal']}", {})


def a_running_hub_is_copied_and_comes_back(program, _data):
    with tempfile.TemporaryDirectory() as folder, Hub(program) as hub:
        hub.circle("town")
        steward = hub.member("steward", "town", options=("--steward",))
        acme = hub.member("acme", "town")
        before = [indicator() for _ in range(50)]
        acme.client.share("town", *before)
        secret = indicator("secret-of-a-person.example")
        acme.client.share("town", secret)
        acme.client.ok("PUT", "/api/v1/mapping", b"sealed by acme", 200)
        stop = threading.Event()
        shared_meanwhile = []

        def share_on():
            while not stop.is_set():
                one = indicator()
                acme.client.share("town", one)
                shared_meanwhile.append(one["id"])

        writer = threading.Thread(target=share_on)
        writer.start()
        report = run(program, "backup", "--data", hub.data, "--to", folder + "/copy")
        stop.set()
        writer.join()
        expect(report["entries"] >= 51, f"the copy holds what was acknowledged: {report}")
        run(program, "backup", "--data", hub.data, "--to", folder + "/copy", code=1)

        erase(hub, steward, acme.client, secret)
        expect_equal(holders(hub.data + "/log", "secret-of-a-person"), [], "erased in the hub")
        entries = acme.client.entries("town")
        newest = max(entries, key=lambda e: e["sequence"])

        hub.stop()
        os.rename(hub.data, folder + "/old")
        restored = run(program, "restore", folder + "/copy", "--data", hub.data, "--erasures-from", folder + "/old")
        expect_equal(restored["erased_again"], 1, "what was erased since is erased again")
        expect_equal(holders(hub.data, "secret-of-a-person"), [], "and no byte of it is left")
        hub.start()
        expect({one["id"] for one in before} <= ids(acme.client.entries("town")), "all that was acknowledged is there")
        expect_equal(acme.client.get("/api/v1/mapping").body, b"sealed by acme", "its mapping too")
        expect_equal(acme.client.share("town", secret)["refused"][0]["rule"], "erased", "what was erased stays out")
        stream = acme.client.stream("town", **{"from": newest["sequence"], "commitment": newest["commitment"]})
        expect_equal(stream.next("the first event").name, "reset", "a reader that resumes learns of another history")
        stream.close()


def a_doctor_looks(program, _data):
    with Hub(program) as hub:
        report = run(program, "doctor", "--data", hub.data)
        expect({"clock", "open files", "space", "disk"} <= {f["what"] for f in report["findings"]}, report)
        expect(report["healthy"], f"a fresh hub is well: {report}")
        remote = run(program, "--profile", hub.data + "/admin.toml", "doctor")
        expect(any(f["what"] == "hub" and f["health"] == "good" for f in remote["findings"]), remote)


if __name__ == "__main__":
    main(a_running_hub_is_copied_and_comes_back, a_doctor_looks)
