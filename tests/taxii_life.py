"""What happens to objects and rights while TAXII clients poll: recalls, tightened markings, members who go, what
government reads, work that is more than one request may have."""

import uuid

from hub import Hub, eventually, expect, expect_equal, indicator, main
from taxii import LAST, ROOT, TIME, Taxii, malware, town, versions_of


def recalls(program, _data):
    with Hub(program) as hub:
        author, reader = town(hub, "author", "reader")
        withdrawn, revoked, kept = indicator(), indicator(), indicator()
        author.added(withdrawn, revoked, kept)
        since = reader.get("objects/").header(LAST)
        author.client.ok("POST", "/api/v1/circles/town/withdrawals", {"id": withdrawn["id"], "why": "test"})
        ended = {**revoked, "modified": "2026-05-02T03:04:05.000Z", "revoked": True}
        author.added(ended)
        expect_equal(reader.objects(), [kept, ended], "what is withdrawn is gone, what is revoked says so")
        expect_equal(reader.objects(added_after=since), [ended], "a poller learns of the revocation")
        expect_equal(reader.objects(match_id=revoked["id"], match_version="all"), [ended], "its versions ended with it")
        reader.get(f"objects/{withdrawn['id']}/", 404)
        failed = author.add({**withdrawn, "modified": "2026-06-02T03:04:05.000Z"})
        expect_equal(failed["failure_count"], 1, "what was withdrawn does not come back")
        board = author.client.ok("GET", f"/api/v1/circles/town/recall/{withdrawn['id']}")
        expect("confirmable" in str(board), f"the recall board knows of doors that cannot confirm: {board}")


def last_is_the_newest_that_one_may_see(program, _data):
    with Hub(program) as hub:
        author, reader, friend = town(hub, "author", "reader", "friend")
        old, new = versions_of(indicator(), "2026-02-02T03:04:05.000Z", "2026-03-02T03:04:05.000Z")
        author.client.share("town", new, query="?tlp=red&to=friend")
        author.client.share("town", old)  # later, older, and for all
        expect_equal(reader.objects(), [old], "who may not see the newer has the older")
        expect_equal(friend.objects(), [new], "who may see both has the newer")
        expect_equal(friend.get(f"objects/{old['id']}/versions/").json(),
                     {"versions": [new["modified"], old["modified"]]}, "both, as they were added")
        newer = {**new, "modified": "2026-04-02T03:04:05.000Z"}
        author.client.share("town", newer, query="?tlp=red&to=friend")
        expect_equal(reader.objects(), [], "a tightened marking takes all versions")
        reader.get(f"objects/{old['id']}/", 404)
        expect_equal(friend.objects(), [newer], "and leaves them to who may read")


def pages_follow_rights(program, _data):
    with Hub(program) as hub:
        author, reader = town(hub, "author", "reader")
        made = [indicator() for _ in range(10)]
        author.added(*made)
        page = reader.get("objects/", limit=4).json()
        expect_equal([o["id"] for o in reader.get("objects/", limit=4).json()["objects"]], [o["id"] for o in made[:4]],
                     "the same page again, which may come from the cache")
        hidden = indicator()
        author.client.share("town", hidden, query="?tlp=red&to=author")
        expect_equal([o["id"] for o in reader.objects(next=page["next"])], [o["id"] for o in made[4:]], "the rest")
        expect(hidden["id"] in author.ids() and hidden["id"] not in reader.ids(), "one cache, two readers")
        hub.admin.ok("POST", "/api/v1/members/reader/standing", {"standing": "suspended", "why": "test"})
        for query in ({}, {"next": page["next"]}, {"limit": 4}):
            expect_equal(reader.ask("GET", "objects/", query=query).status, 401, f"suspended: {query}")
        hub.admin.ok("POST", "/api/v1/members/reader/standing", {"standing": "active", "why": "test"})
        expect_equal(len(reader.objects(next=page["next"])), 6, "and back")
        hub.cli("circle", "create", "other")
        reader.client.ok("POST", "/api/v1/circles/town/leave")
        for query in ({}, {"next": page["next"]}, {"limit": 4}):
            expect_equal(reader.ask("GET", "objects/", query=query).status, 404, f"gone: {query}")


def what_government_reads_is_written_down(program, _data):
    with Hub(program) as hub:
        collection = hub.circle("town", "--roles", "cert")
        author = Taxii(hub.member("author", "town").client, collection)
        cert = Taxii(hub.member("cert", "town", kind="government", options=("--role", "cert")).client, collection)
        made = indicator()
        author.added(made)

        def routes():
            return {route for digest in author.client.ok("GET", "/api/v1/circles/town/accesses")["accesses"]
                    for route in digest["reads"]}

        asked = {"objects/": "taxii-objects", "manifest/": "taxii-manifest", f"objects/{made['id']}/": "taxii-object",
                 f"objects/{made['id']}/versions/": "taxii-versions"}
        before = routes()
        expect(not before & set(asked.values()), f"nothing yet: {before}")
        for path, route in asked.items():
            cert.get(path)
            expect(route in routes(), f"{path} is written down as {route}: {routes()}")
        cert.get("objects/")
        cert.get("objects/", added_after=cert.get("manifest/").header(LAST))


def work_has_an_end(program, _data):
    """A filter that fits nothing, over more than one request may walk: pages without objects, until the end."""
    with Hub(program) as hub:
        author, reader = town(hub, "author", "reader")
        rare = malware(modified="2026-07-07T07:07:07.000Z")
        for _ in range(9):
            author.added(*[indicator() for _ in range(1000)])
        author.added(rare)
        for by in ("next", "date"):
            pages = reader.pages(by=by, match_version=rare["modified"])
            expect([] in pages[:-1], f"a page without objects that is not the last: {[len(p) for p in pages]}")
            expect_equal([o for page in pages for o in page], [rare], f"and in the end what fits, by {by}")
        expect_equal(reader.objects(match_type="malware"), [rare], "a type is looked up, not walked for")
        answer = reader.get("objects/", match_version=rare["modified"])
        expect(TIME.match(answer.header(LAST)) and answer.json()["more"], "where it stands")


def deleting_is_for_good(program, _data):
    with Hub(program) as hub:
        author, reader = town(hub, "author", "reader")
        made = indicator()
        author.added(made)
        expect_equal(author.ask("DELETE", f"objects/{made['id']}/").status, 200, "deleted")
        expect_equal(reader.ids(), [], "gone at once")
        stream = reader.client.stream("town")
        events, _ = stream.snapshot()
        stream.close()
        expect(made["id"] not in str([e.data for e in events if e.name == "object"]), "from the stream's snapshot, too")
        eventually(lambda: not reader.client.ok("GET", f"/api/v1/search?value={made['name']}")["hits"]
                   or all(h.get("withdrawn") for h in
                          reader.client.ok("GET", f"/api/v1/search?value={made['name']}")["hits"]), "and from searches")
        hub.kill()
        hub.start()
        expect_equal(reader.ids(), [], "after kill -9")
        reader.get(f"{ROOT}status/{uuid.uuid4()}/", 404)


if __name__ == "__main__":
    main(recalls, last_is_the_newest_that_one_may_see, pages_follow_rights, what_government_reads_is_written_down,
         work_has_an_end, deleting_is_for_good)
