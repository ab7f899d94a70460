"""kill -9 under load, again and again: what was acknowledged is there with the same bytes, place, date and
commitment; nothing is there that was never sent; sequences have no gap and dates rise; streams resume; and the
views, made anew from the log, are the same."""

import json
import random
import threading
import time

from hub import Client, Failed, Hub, expect, expect_equal, indicator, main

ROUNDS, THREADS = 8, 4


class Ledger:
    """What the clients sent and what the hub acknowledged; the hub is held to it."""

    def __init__(self):
        self.lock = threading.Lock()
        self.sent = {}            # id -> the bytes
        self.acknowledged = {}    # sequence -> receipt
        self.withdrawals_sent = set()
        self.withdrawn = {}       # sequence -> answer
        self.errors = []


def load(client, ledger, stop, chance):
    """Single objects, small batches, withdrawals, until stopped or until the hub is gone."""
    own = []
    while not stop.is_set():
        try:
            if own and chance.random() < 0.25:
                target = own.pop(chance.randrange(len(own)))
                with ledger.lock:
                    ledger.withdrawals_sent.add(target)
                answer = client.request("POST", "/api/v1/circles/town/withdrawals", {"id": target, "why": "wrong"})
                if answer.status == 200:
                    with ledger.lock:
                        ledger.withdrawn[answer.json()["sequence"]] = answer.json()
                continue
            objects = [indicator() for _ in range(1 if chance.random() < 0.6 else chance.randrange(2, 9))]
            lines = [json.dumps(o, separators=(",", ":")).encode() for o in objects]
            with ledger.lock:
                ledger.sent.update((o["id"], line) for o, line in zip(objects, lines))
            answer = client.request("POST", "/api/v1/circles/town/objects", b"\n".join(lines))
            if answer.status != 200:
                raise Failed(f"share: {answer}")
            verdict = answer.json()
            if verdict["accepted"] != len(objects):
                raise Failed(f"share: {verdict}")
            with ledger.lock:
                for receipt in verdict["receipts"]:
                    ledger.acknowledged[receipt["sequence"]] = receipt
            own += [receipt["id"] for receipt in verdict["receipts"]]
        except Failed as why:
            with ledger.lock:
                ledger.errors.append(str(why))
            return
        except Exception:  # noqa: BLE001 - the hub is gone, in whatever way the socket says so
            client.close()
            if stop.wait(0.01):
                return


def raw_object(raw_entry):
    """The bytes of `object` within the bytes of an entry, where it is the last field."""
    at = raw_entry.index(b'"object":')
    return raw_entry[at + len(b'"object":'):-1]


def snapshot_bytes(client):
    """id -> the bytes on the wire of every object that the stream's snapshot holds; and the last position."""
    stream = client.stream("town")
    events, live = stream.snapshot()
    stream.close()
    return {e.json()["object"]["id"]: raw_object(e.data) for e in events if e.name == "object"}, live.json()


def check(client, ledger, seen_before):
    entries = client.entries("town")
    expect_equal([e["sequence"] for e in entries], list(range(1, len(entries) + 1)), "sequences, without a gap")
    dates = [e["date_added"] for e in entries]
    expect(all(a < b for a, b in zip(dates, dates[1:])), "date_added rises strictly")
    expect(all(b["previous"] == a["commitment"] for a, b in zip(entries, entries[1:])), "each names the one before")
    by_sequence = {e["sequence"]: e for e in entries}
    for sequence, old in seen_before.items():
        expect_equal(by_sequence.get(sequence), old, f"entry {sequence}, which was read before the kill")
    for sequence, receipt in ledger.acknowledged.items():
        entry = by_sequence.get(sequence)
        expect(entry is not None, f"the acknowledged entry {sequence} ({receipt['id']}) is lost")
        expect_equal(entry["object"]["id"], receipt["id"], f"id at {sequence}")
        for field in ("date_added", "commitment", "salt"):
            expect_equal(entry[field], receipt[field], f"{field} of {sequence}")
    for sequence, answer in ledger.withdrawn.items():
        entry = by_sequence.get(sequence)
        expect(entry is not None, f"the acknowledged withdrawal {sequence} is lost")
        expect_equal((entry["kind"], entry["content"]["id"]), ("withdrawal", answer["id"]), f"entry {sequence}")
        for field in ("date_added", "commitment"):
            expect_equal(entry[field], answer[field], f"{field} of {sequence}")
    for entry in entries:
        if entry["kind"] == "object":
            line = ledger.sent.get(entry["object"]["id"])
            expect(line is not None, f"nobody sent {entry['object']['id']}")
            expect_equal(entry["object"], json.loads(line), "the object's values")
        elif entry["kind"] == "withdrawal":
            expect(entry["content"]["id"] in ledger.withdrawals_sent, f"nobody withdrew {entry['content']['id']}")
    counted = [e["object"]["id"] for e in entries if e["kind"] == "object"]
    expect_equal(len(counted), len(set(counted)), "no object is there twice")

    ended = {e["content"]["id"] for e in entries if e["kind"] == "withdrawal"}
    bytes_by_id, live = snapshot_bytes(client)
    expect_equal(set(bytes_by_id), set(counted) - ended, "the snapshot holds what was not withdrawn")
    for identifier, raw in bytes_by_id.items():
        expect_equal(raw, ledger.sent[identifier], f"the bytes of {identifier}")
    expect_equal((live["sequence"], live["commitment"]), (len(entries), entries[-1]["commitment"]), "live names the head")

    # A reader that was cut off somewhere goes on from there.
    at = random.choice(entries)
    stream = client.stream("town", **{"from": at["sequence"], "commitment": at["commitment"]})
    events, _ = stream.snapshot()
    stream.close()
    expect(all(e.name != "reset" for e in events), f"resuming at {at['sequence']} needs no new snapshot")
    wanted = [e["sequence"] for e in entries if e["sequence"] > at["sequence"] and not (
        e["kind"] == "object" and e["object"]["id"] in ended)]
    expect_equal([e.json()["sequence"] for e in events], wanted, f"what comes after {at['sequence']}")
    return by_sequence


def killed_under_load(program, _data):
    seed = int(time.time())
    print(f"seed {seed}")
    chance, ledger, seen = random.Random(seed), Ledger(), {}
    with Hub(program) as hub:
        hub.circle("town")
        member = hub.member("acme", "town")
        for number in range(ROUNDS):
            stop = threading.Event()
            clients = [Client.of_profile(member.profile, timeout=5.0) for _ in range(THREADS)]
            threads = [threading.Thread(target=load, args=(c, ledger, stop, random.Random(chance.random())))
                       for c in clients]
            for thread in threads:
                thread.start()
            time.sleep(0.2 + chance.random() * 0.8)
            newest = hub.member(f"newest{number}", "town")
            revoked = newest.token("read")
            newest.client.ok("DELETE", f"/api/v1/tokens/{revoked.token_id}")
            hub.kill()
            stop.set()
            for thread in threads:
                thread.join()
            hub.start()
            expect(not ledger.errors, f"round {number}: {ledger.errors[:3]}")
            member.client = Client.of_profile(member.profile)
            expect_equal(newest.client.get("/api/v1/circles/town").status, 200, "who joined before the kill is in")
            expect_equal(revoked.get("/api/v1/me").status, 401, "a token that was revoked stays so")
            seen = check(member.client, ledger, seen)
        expect(len(ledger.acknowledged) > ROUNDS and ledger.withdrawn, "the load was real")
        expect_equal(member.client.get("/ready").json()["writable"], True, "writable")
        last = indicator()
        ledger.sent[last["id"]] = json.dumps(last, separators=(",", ":")).encode()
        member.client.share("town", ledger.sent[last["id"]])
        hub.stop()
        digests = hub.cli("hub", "--data", hub.data, "--rebuild-views").json()
        expect(digests["same"] and digests["before"] == digests["after"], f"the views are made anew: {digests}")
        hub.start()
        member.client = Client.of_profile(member.profile)
        check(member.client, ledger, seen)
        print(f"{ROUNDS} kills, {len(ledger.acknowledged)} objects and {len(ledger.withdrawn)} withdrawals acknowledged")


if __name__ == "__main__":
    main(killed_under_load)
