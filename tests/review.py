"""The review queue: structured parts leave at once, a text follows when a person has read it, and what nobody reads
in time does not leave."""

import json
import os
import stat
import time

from hub import Hub, eventually, expect, expect_equal, main

TIMES = {"created": "2026-04-06T20:03:48.000Z", "modified": "2026-04-06T20:03:48.000Z"}


def indicator(number=1, **more):
    return {"type": "indicator", "spec_version": "2.1", "id": f"indicator--8e2e2d2b-17d4-4cbf-938f-98129d05b30{number}",
            "pattern": f"[ipv4-addr:value = '203.131.222.{number}']", "pattern_type": "stix",
            "valid_from": "2026-01-01T00:00:00Z", **TIMES, **more}


def lines(*objects):
    return b"".join(json.dumps(one).encode() + b"\n" for one in objects)


class World:
    def __init__(self, hub, *rules):
        self.hub = hub
        hub.circle("town", *rules)
        self.acme, self.other = hub.member("acme", "town"), hub.member("other", "town")
        self.folder = self.acme.profile + ".review"

    def share(self, *objects, options=()):
        return self.acme.cli("share", "-", "--circle", "town", *options, stdin=lines(*objects)).json()

    def items(self, state="new"):
        return [i for i in self.acme.cli("review", "list").json()["items"] if i["state"] == state]

    def versions(self, identifier):
        return [e for e in self.other.client.entries("town")
                if e["kind"] == "object" and e["object"]["id"] == identifier]


def two_steps(program, _data):
    with Hub(program) as hub:
        world = World(hub, "--screening", "yes")
        sent = indicator(description="They came by mail to jane.doe@victim.example, and stayed a week.", name="Loader",
                         external_references=[{"source_name": "ticket", "description": "by the night shift"}])
        as_id = world.share(sent, options=("--tlp", "amber"))["changed"][0]["as"]
        expect_equal([set(v["object"]) & {"description", "name"} for v in world.versions(as_id)], [{"name"}],
                     "the pattern is out at once, the texts are not")
        item, = world.items()
        expect_equal((item["original"], item["as"], item["circles"], item["properties"]),
                     (sent["id"], as_id, ["town"], "description,external_references"), f"{item}")
        shown = world.acme.cli("review", "show", item["id"], as_json=False).out.decode()
        here = "".join(line[2:39] for line in shown.splitlines()[2:])
        expect("mail to jane.doe@victim.example, and" in here, f"the text as it is here: {here}")
        for word in ("psn1-", "here", "leaves when approved", "email: pseudonym"):
            expect(word in shown, f"'{word}' is shown:\n{shown}")
        for line in shown.splitlines()[1:]:
            expect(len(line) <= 80, f"{len(line)} columns: {line}")
        expect_equal(len(world.versions(as_id)), 1, "and nothing is sent by looking")
        said = world.acme.cli("review", "approve", item["id"]).json()
        expect_equal((said["accepted"], said["changed"][0]["as"]), (1, as_id), f"{said}")
        first, second = world.versions(as_id)
        expect(second["object"]["modified"] > first["object"]["modified"], "a later version of the same object")
        expect("and stayed a week" in second["object"]["description"], "with the text in it")
        expect("jane.doe" not in second["object"]["description"], "without what a detector finds")
        expect_equal((second["object"]["pattern"], second["attributes"]["tlp"]), (sent["pattern"], "amber"), "as it was shared")
        with open(world.acme.profile + ".records", encoding="utf-8") as file:
            record = [json.loads(line) for line in file][-1]
        expect_equal((record["record"]["reviewed"], record["digest"]), ("approved", second["attributes"]["screened"]),
                     "the record says that a person read it")
        again = world.acme.cli("review", "approve", item["id"], code=1)
        expect("approved" in again.err, f"only once: {again}")
        expect_equal(world.share(sent, options=("--tlp", "amber"))["duplicates"], 1, "shared again, nothing comes undone")
        expect_equal((len(world.versions(as_id)), world.items()), (2, []), "and nothing waits again")
        world.acme.cli("withdraw", sent["id"], "--circle", "town", "--why", "wrong")
        gone = [e["withdrawn"] for e in world.other.client.entries("town") if e["kind"] == "withdrawal"]
        expect_equal(gone, [as_id], "a withdrawal reaches it")


def edited_and_rejected(program, _data):
    with Hub(program) as hub:
        world = World(hub, "--screening", "yes")
        one, two = indicator(1, description="Jane Roe opened it."), indicator(2, description="At the plant of Gridco.")
        world.share(one, two)
        first, second = sorted(world.items(), key=lambda i: i["original"])
        sheet = os.path.join(hub.folder, "sheet.txt")

        def edit(text, **options):
            with open(sheet, "w", encoding="utf-8") as file:
                file.write(text)
            return world.acme.cli("review", "edit", first["id"], "--file", sheet, **options)

        refused = edit("--- description\nAsk jane@victim.example.\n", code=1)
        expect("description (email)" in refused.err and "jane@" not in refused.err, f"it is looked at again: {refused}")
        expect("names no text" in edit("--- pattern\nx\n", code=1).err, "what does not wait cannot be changed")
        said = edit("--- description\nAn employee opened it.\n").json()
        expect_equal(world.versions(said["changed"][0]["as"])[-1]["object"]["description"], "An employee opened it.", "the edit")
        world.acme.cli("review", "reject", second["id"])
        expect_equal({i["state"] for i in world.acme.cli("review", "list").json()["items"]}, {"edited", "rejected"}, "states")
        world.share(one, two)
        expect_equal(world.items(), [], "what was decided stays decided")
        text = "".join(open(os.path.join(world.folder, name), encoding="utf-8").read() for name in os.listdir(world.folder))
        expect("Gridco" not in text and "Jane" not in text, "decided texts are gone from the queue")
        # With an editor that takes the words out.
        three = indicator(3, description="Jane Roe saw the lure.")
        world.share(three)
        item, = world.items()
        os.environ["EDITOR"] = "sed -i s/Jane.Roe/Somebody/"
        said = world.acme.cli("review", "edit", item["id"]).json()
        expect_equal(world.versions(said["changed"][0]["as"])[-1]["object"]["description"], "Somebody saw the lure.", "$EDITOR")


def without_a_name(program, _data):
    with Hub(program) as hub:
        world = World(hub)
        us = "identity--f431f809-377b-45e0-aa1c-6a4751cae5ff"
        world.acme.cli("identity", "add", us)
        sent = indicator(description="a week", created_by_ref=us)
        as_id = world.share(sent, options=("--anonymous",))["changed"][0]["as"]
        said = world.acme.cli("review", "approve", world.items()[0]["id"]).json()
        expect_equal(said["changed"][0]["as"], as_id, "the same id, still without a name")
        seen = json.dumps([v["object"] for v in world.versions(as_id)])
        expect("a week" in seen and us not in seen and sent["id"] not in seen, f"{seen}")


def in_time_or_not_at_all(program, _data):
    with Hub(program) as hub:
        world = World(hub)
        with open(os.path.join(hub.folder, "screen-policy.toml"), "w", encoding="utf-8") as file:
            file.write('version = "1"\nreview_hours = "1"\n')
        world.share(indicator(1, description="later"))
        item, = world.items()
        path = os.path.join(world.folder, item["id"] + ".json")
        expect_equal((stat.S_IMODE(os.stat(world.folder).st_mode), stat.S_IMODE(os.stat(path).st_mode)), (0o700, 0o600), "private")
        with open(path, encoding="utf-8") as file:
            kept = json.load(file)
        expect(kept["expires"] > time.strftime("%Y-%m-%dT%H:%M", time.gmtime()), "an hour from now")
        with open(path, "w", encoding="utf-8") as file:
            json.dump({**kept, "expires": "2026-01-01T00:00:00.000000Z", "made": "2026-01-01T00:00:00.000000Z"}, file)
        late = world.acme.cli("review", "approve", item["id"], code=1)
        expect("expired" in late.err, f"too late: {late}")
        with open(path, encoding="utf-8") as file:
            expect("later" not in file.read(), "and its text is gone")
        world.share(indicator(1, description="later"))
        expect_equal(len(world.items()), 1, "shared again, it waits again")
        # A later version takes the place of the one that waits.
        world.share(indicator(1, description="later still", modified="2026-05-06T20:03:48.000Z"))
        expect_equal((len(world.items()), len(world.items("replaced"))), (1, 1), "one waits")
        said = world.acme.cli("review", "approve", world.items()[0]["id"]).json()
        expect_equal(world.versions(said["changed"][0]["as"])[-1]["object"]["description"], "later still", "the newest text")


def hub_away_or_refusing(program, _data):
    with Hub(program) as hub:
        world = World(hub)
        world.share(indicator(1, description="a text"))
        item, = world.items()
        hub.stop()
        world.acme.cli("review", "approve", item["id"], code=3)
        shown = world.acme.cli("review", "show", item["id"]).json()
        expect_equal(shown["texts"], [{"property": "description", "here": "a text", "leaves": "a text"}], "needs no hub")
        hub.start()
        world.acme.client.close()
        policy = os.path.join(hub.folder, "circle.toml")
        with open(policy, "w", encoding="utf-8") as file:
            file.write('version = "1"\nindicator = ["description: withhold"]\n')
        steward = hub.member("steward", "town", options=("--steward",))
        steward.cli("circle", "rules", "town", "--screening", "yes", "--screen-policy", policy)
        refused = world.acme.cli("review", "approve", item["id"], code=1)
        expect_equal(refused.json()["refused"][0]["rule"], "screen:field", f"the hub's screen has the last word: {refused}")
        expect_equal(len(world.items()), 1, "and the item waits")
        bad = os.path.join(world.folder, item["id"] + ".json")
        with open(bad, "w", encoding="utf-8") as file:
            file.write("{")
        for verb in ("show", "approve", "reject"):
            expect(bad in world.acme.cli("review", verb, item["id"], code=1).err, f"{verb}: a damaged item is named")
        expect(bad in world.acme.cli("review", "list", code=1).err, "in the list too")
        world.acme.cli("review", "show", "../acme", code=1)
        world.acme.cli("review", code=2)


def what_a_detector_is_unsure_of(program, _data):
    with Hub(program) as hub:
        world = World(hub)
        with open(os.path.join(hub.folder, "screen-policy.toml"), "w", encoding="utf-8") as file:
            file.write('version = "1"\ndetectors = ["card: review"]\n')
        sent = indicator(1, pattern="[file:name = '4111111111111111']")
        said = world.acme.cli("share", "-", "--circle", "town", stdin=lines(sent), code=1).json()
        expect_equal((said["refused"][0]["rule"], said["to_review"]), ("card", [sent["id"]]), "withheld, and in the queue")
        item, = world.items()
        said = world.acme.cli("review", "approve", item["id"]).json()
        expect_equal(world.versions(said["changed"][0]["as"])[0]["object"]["pattern"], sent["pattern"], "a person let it go")
        acme = world.acme.cli("withdraw", sent["id"], "--circle", "town", "--why", "x")
        eventually(lambda: acme.code == 0, "and it can be withdrawn")


if __name__ == "__main__":
    main(two_steps, edited_and_rejected, without_a_name, in_time_or_not_at_all, hub_away_or_refusing,
         what_a_detector_is_unsure_of)
