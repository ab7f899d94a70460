"""How programs in use ask a TAXII server, each with the quirk that other servers failed at. These are small emulations
of what is known of them (their code or their issue trackers), not the programs."""

import json

from hub import Hub, expect, expect_equal, indicator, main
from taxii import FIRST, LAST, MEDIA, ROOT, TIME, Taxii, in_order, malware, town, versions_of


def filled(hub, count=30):
    """A collection with objects, and the ids in order of adding; the reader is another member."""
    author, reader = town(hub, "author", "reader")
    made = [malware() if i % 5 == 0 else indicator() for i in range(count)]
    author.added(*made)
    return author, reader, [o["id"] for o in made]


def sentinel(program, _data):
    """Strict on `versions`: it must hold the literal media type, else the root is refused; then polls by Basic with the
    URL of the root and the id of a collection alone."""
    with Hub(program) as hub:
        author, reader, ids = filled(hub)
        root = reader.get(ROOT).json()
        expect("application/taxii+json;version=2.1" in root["versions"], f"root: {root}")
        polling = Taxii(reader.client, reader.collection, "application/taxii+json;version=2.1")
        got, since = [], "2026-01-01T00:00:00.000Z"  # "all available", with three digits
        for _ in range(3):
            pages = polling.pages(limit=7, added_after=since)
            got += [o["id"] for page in pages for o in page]
            since = polling.get("manifest/").header(LAST)
            author.added(more := indicator())
            ids.append(more["id"])
        expect_equal(got, ids[:-1], "each object once over three polls")


def opencti_ingester(program, _data):
    """Sends `Accept: application/json, text/plain, */*`, and added_after beside next on every page; follows `more`, then
    `next`, and keeps the header of the last page for the next poll."""
    with Hub(program) as hub:
        author, _, ids = filled(hub)
        reader = Taxii(author.client, author.collection, "application/json, text/plain, */*")
        state, got = "2020-01-01T00:00:00.000Z", []
        for _ in range(2):
            query = {"added_after": state}
            while True:
                answer = reader.get("objects/", **query)
                page = answer.json()
                got += [o["id"] for o in page.get("objects", [])]
                if not page.get("more"):
                    break
                query["next"] = page["next"]
            state = answer.header(LAST)
            expect(TIME.match(state), f"never 'undefined' or null: {state}")
            author.added(more := indicator())
            ids.append(more["id"])
        expect_equal(got, ids[:-1], "each object once")


def opencti_connector(program, _data):
    """Picks the root by the last part of its path and the collection by its title, and pages by date: it lost objects of
    one date on other servers, and looped for ever where added_after was inclusive."""
    with Hub(program) as hub:
        _, reader, ids = filled(hub)
        roots = reader.get("/taxii2/").json()["api_roots"]
        root = next(url for url in roots if url.rstrip("/").split("/")[-1] == "root")
        found = next(c for c in reader.get(root + "collections/").json()["collections"] if c["title"] == "town")
        reader = Taxii(reader.client, found["id"])
        got, since, polls = [], None, 0
        while True:
            query = {"added_after": since} if since else {}
            answer = reader.get("objects/", limit=4, **query)
            found = answer.json().get("objects", [])
            polls += 1
            expect(polls < 20, "it ends")
            if not found:
                break
            got += [o["id"] for o in found]
            since = answer.header(LAST)
        expect_equal(got, ids, "each object once")
        expect_equal(answer.header(LAST), since, "an empty page gives the same date back")


def elastic(program, _data):
    """Sends its filters with the first page only, and `next` alone after it: where a cursor did not carry the filters, it
    got the whole history. Asks without a slash at the end, and does not follow redirects."""
    with Hub(program) as hub:
        author, reader, ids = filled(hub)
        middle = reader.get("manifest/").json()["objects"][14]["date_added"]
        path = f"{ROOT}collections/{reader.collection}/objects"
        page = reader.ask("GET", path, query={"added_after": middle, "match[type]": "indicator", "limit": 2}).json()
        got = page["objects"]
        while page.get("more"):
            page = reader.ask("GET", path, query={"next": page["next"], "limit": 2}).json()
            got += page.get("objects", [])
        wanted = [i for i in ids[15:] if i.startswith("indicator--")]
        expect_equal([o["id"] for o in got], wanted, "what the first page's filters take, no more")


def minemeld(program, _data):
    """Takes the largest `modified` that it saw as the next added_after: a time of STIX, not of TAXII. It may get things
    again, but must come to an end."""
    with Hub(program) as hub:
        author, reader, ids = filled(hub, 10)
        seen, since = set(), None
        for _ in range(4):
            found = reader.objects(**({"added_after": since} if since else {}))
            seen |= {o["id"] for o in found}
            if not found:
                break
            since = max([since or "", *(o["modified"] for o in found)])
        expect_equal(seen, set(ids), "it has everything")
        expect(since < reader.get("manifest/").header(FIRST), "older than what was added, so nothing is lost")


def xsoar(program, _data):
    """Asks for many thousand at once and goes deep by offset: every page costs the same here, and the cap of the hub,
    below what it asked for, must not look like the end."""
    with Hub(program) as hub:
        author, reader, ids = filled(hub, 5)
        many = [indicator() for _ in range(2500)]
        author.added(*many)
        ids += [o["id"] for o in many]
        answer = reader.get("objects/", limit=2000)
        page = answer.json()
        expect(len(page["objects"]) < 2000 and page["more"] is True, "fewer than asked, and it says that there is more")
        got = [o["id"] for page in reader.pages(limit=2000) for o in page]
        expect_equal(got, ids, "all of it")


def eclecticiq(program, _data):
    """Reads the date headers strictly, also of a page without objects, and stops at an error that is not in TAXII's media
    type."""
    with Hub(program) as hub:
        author, reader, ids = filled(hub, 3)
        last = reader.get("objects/").header(LAST)
        empty = reader.get("objects/", added_after=last)
        expect_equal(empty.json(), {}, "nothing since")
        for name in (FIRST, LAST):
            expect(TIME.match(empty.header(name)), f"{name}: {empty.header(name)}")
        expect_equal(reader.ask("GET", f"{ROOT}collections/unknown/objects/").status, 404, "ask() looks at the type")
        nothing = Taxii(reader.client, reader.collection).get("objects/", match_type="campaign")
        expect(TIME.match(nothing.header(LAST)), "also where there never was one")


def splunk_ctis(program, _data):
    """Posts a bundle in place of an envelope, with a grouping and TLP 2.0 markings."""
    with Hub(program) as hub:
        author, reader, _ = filled(hub, 1)
        amber = "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421"
        one = indicator(object_marking_refs=[amber])
        grouping = {**malware(), "type": "grouping", "id": one["id"].replace("indicator", "grouping"),
                    "context": "suspicious-activity", "object_refs": [one["id"]], "object_marking_refs": [amber]}
        del grouping["is_family"]
        bundle = {"type": "bundle", "id": one["id"].replace("indicator", "bundle"), "objects": [one, grouping]}
        answer = author.ask("POST", "objects/", bundle, {"Content-Type": "application/taxii+json;version=2.1"})
        expect_equal((answer.status, answer.json()["success_count"]), (202, 2), f"{answer}")
        expect_equal(reader.objects(match_id=one["id"]), [one], "as it was posted")


def misp(program, _data):
    """taxii2-client beneath: first page without a limit, `next=` (empty) where none was given."""
    with Hub(program) as hub:
        _, reader, ids = filled(hub)
        expect_equal(reader.ids(next=""), ids, "an empty next is none")


def a_script(program, _data):
    """curl -u user:token, `Accept: */*`, a poll per minute by the date of the last object: sees each version of what
    changes, once."""
    with Hub(program) as hub:
        author, reader, _ = filled(hub, 1)
        script = Taxii(reader.client, reader.collection, "*/*")
        changing = versions_of(indicator(), *(f"2026-0{m}-02T03:04:05.000Z" for m in range(1, 7)))
        since, got = script.get("objects/").header(LAST), []
        for version in changing:
            author.added(version)
            answer = script.get("objects/", added_after=since)
            got += [o["modified"] for o in answer.json().get("objects", [])]
            since = answer.header(LAST)
        expect(got == [v["modified"] for v in changing] and in_order(got), f"each version once: {got}")
        none = json.loads(script.get("objects/", added_after=since).body)
        expect_equal(none, {}, "and then silence")
        expect_equal(script.get("objects/").header("Content-Type"), MEDIA, "the media type")


if __name__ == "__main__":
    main(sentinel, opencti_ingester, opencti_connector, elastic, minemeld, xsoar, eclecticiq, splunk_ctis, misp, a_script)
