"""Objects that leave without their maker: a colleague withdraws by the member's own id what another shared, and
nothing at the hub, beside the objects themselves, names that id or the maker."""

import json
import os
import pathlib
import uuid
from concurrent.futures import ThreadPoolExecutor

from hub import Hub, expect, expect_equal, indicator, main

IDENTITY = "identity--" + str(uuid.uuid4())


def own():
    return {**indicator(), "created_by_ref": IDENTITY}


def write(hub, name, *objects):
    path = os.path.join(hub.folder, name)
    pathlib.Path(path).write_text("".join(json.dumps(one) + "\n" for one in objects))
    return path


def share(hub, profile, file, **options):
    return hub.cli("share", file, "--circle", "town", "--anonymous", profile=profile, **options)


def colleague(hub, ada, name, scopes="read,share"):
    profile = os.path.join(hub.folder, name + ".toml")
    hub.cli("person", "add", name, profile=ada.profile)
    hub.cli("token", "add", "--person", name, "--scopes", scopes, "--write-profile", profile, profile=ada.profile)
    return profile


def studio(hub):
    hub.circle("town")
    ada = hub.member("studio", "town")
    hub.cli("identity", "add", IDENTITY, profile=ada.profile)
    return ada


def a_colleague_withdraws_by_the_own_id(program, _data):
    with Hub(program) as hub:
        ada = studio(hub)
        bank = hub.member("bank", "town")
        first, second = own(), own()
        expect_equal(share(hub, ada.profile, write(hub, "first.json", first)).json()["accepted"], 1, "ada shares")
        bob = colleague(hub, ada, "bob")
        expect_equal(share(hub, bob, write(hub, "both.json", first, second)).json()["accepted"], 1, "bob shares one more")
        seen = bank.client.entries("town")
        names = [e["object"]["id"] for e in seen if e.get("object")]
        expect_equal(len(names), 2, "the bank has each once, under one id")
        expect(not {first["id"], second["id"]} & set(names), "under new ids")

        hub.cli("withdraw", second["id"], "--circle", "town", "--why", "wrong", profile=ada.profile)
        hub.cli("withdraw", first["id"], "--circle", "town", "--why", "wrong", profile=bob)
        gone = {e["withdrawn"] for e in bank.client.entries("town") if e["kind"] == "withdrawal"}
        expect_equal(gone, set(names), "each withdrew what the other had shared")

        hub.stop()
        for path in pathlib.Path(hub.data).rglob("*"):
            if path.is_file():
                held = path.read_bytes()
                expect(first["id"].encode() not in held and second["id"].encode() not in held, f"{path} names no own id")


def a_colleague_with_another_key_is_told(program, _data):
    with Hub(program) as hub:
        ada = studio(hub)
        share(hub, ada.profile, write(hub, "one.json", own()))
        bob = colleague(hub, ada, "bob")
        text = pathlib.Path(bob).read_text()
        key = next(line for line in text.splitlines() if line.startswith("mapping_key"))
        pathlib.Path(bob).write_text(text.replace(key, ""))
        before = len(ada.client.entries("town"))
        refused = share(hub, bob, write(hub, "two.json", own()), code=1)
        expect("mapping_key" in str(refused), refused)
        expect_equal(len(ada.client.entries("town")), before, "nothing left bob's machine")


def two_colleagues_at_once_keep_both(program, _data):
    with Hub(program) as hub:
        ada = studio(hub)
        share(hub, ada.profile, write(hub, "seed.json", own()))
        profiles = [colleague(hub, ada, f"person{n}") for n in range(4)]
        made = [[own() for _ in range(5)] for n in range(4)]
        files = [write(hub, f"{n}.json", *made[n]) for n in range(4)]
        with ThreadPoolExecutor(4) as together:
            for ran in together.map(share, [hub] * 4, profiles, files):
                expect_equal(ran.json()["accepted"], 5, "all share")
        for one in sum(made, []):
            hub.cli("withdraw", one["id"], "--circle", "town", "--why", "a test", profile=ada.profile)


if __name__ == "__main__":
    main(a_colleague_withdraws_by_the_own_id, a_colleague_with_another_key_is_told, two_colleagues_at_once_keep_both)
