"""The OASIS clients, taxii2-client and stix2, pinned, against a hub: what a user's own program does."""

import json
import os
import subprocess
import sys
import threading
import uuid

from hub import Hub, expect, expect_equal, indicator, main
from pinned import run_inside
from taxii import TIME, file_object, in_order, malware, versions_of

class Access:
    """What `tocsin profile show --taxii` prints, as the clients take it."""

    def __init__(self, member):
        shown = member.cli("profile", "show", "--taxii").json()
        self.url, self.ca = shown["url"], shown["ca_file"]
        self.login = {"user": shown["user"], "password": shown["password"], "verify": shown["ca_file"]}

    def server(self, **changed):
        from taxii2client.v21 import Server
        return Server(self.url, **{**self.login, **changed})

    def collection(self, title):
        return next(c for c in self.server().default.collections if c.title == title)


def status_of(call):
    import requests
    try:
        call()
    except requests.exceptions.HTTPError as error:
        return error.response.status_code
    return 200


def finding_the_way(program, _data):
    with Hub(program) as hub:
        collection_id = hub.circle("town")
        hub.circle("elsewhere")
        access = Access(hub.member("author", "town"))
        server = access.server()
        expect(server.title and server.default.url == server.api_roots[0].url, f"discovery: {server._raw}")
        root = server.default
        expect(root.max_content_length > 0 and root.versions == ["application/taxii+json;version=2.1"], "API root")
        expect_equal([(c.id, c.title, c.can_read, c.can_write) for c in root.collections],
                     [(collection_id, "town", True, True)], "the collections")
        for changed in ({"password": "wrong"}, {"user": "", "password": ""}):
            expect_equal(status_of(lambda: access.server(**changed).title), 401, f"{changed}")
        from taxii2client.v21 import Collection
        made_up = Collection(f"{root.url}collections/{uuid.uuid4()}/", **access.login)
        expect_equal(status_of(lambda: made_up.title), 404, "an unknown collection")


def adding_and_asking(program, _data):
    with Hub(program) as hub:
        hub.circle("town")
        author, other = (Access(hub.member(name, "town")) for name in ("author", "other"))
        mine, theirs = author.collection("town"), other.collection("town")
        one, two, seen = indicator(), malware(), file_object()
        status = mine.add_objects({"objects": [one, two, seen, {"type": "indicator"}]})
        expect_equal((status.status, status.success_count, status.failure_count, status.total_count),
                     ("complete", 3, 1, 4), "the status")
        expect(status.failures[0]["message"], "a failure says why")
        root = author.server().default
        again = root.get_status(status.id)
        expect_equal(again.successes, status.successes, "the status when asked for")
        expect_equal(status_of(lambda: other.server().default.get_status(status.id)), 404, "another's status")

        expect_equal(theirs.get_objects()["objects"], [one, two, seen], "all")
        expect_equal(theirs.get_objects(type=["malware", "campaign"])["objects"], [two], "by type")
        expect_equal(theirs.get_objects(id=[one["id"], seen["id"]])["objects"], [one, seen], "by id")
        newer = versions_of(one, "2026-02-02T03:04:05.000Z", "2026-03-02T03:04:05.000Z")
        for version in newer:
            mine.add_objects({"objects": [version]})
        expect_equal(theirs.get_object(one["id"])["objects"], newer[-1:], "the last version")
        expect_equal(theirs.get_object(one["id"], version="all")["objects"], [one, *newer], "all versions")
        expect_equal(theirs.get_object(one["id"], version="first")["objects"], [one], "the first")
        times = [v["modified"] for v in (one, *newer)]
        expect_equal(theirs.object_versions(one["id"])["versions"], times, "versions")
        manifest = theirs.get_manifest()["objects"]
        expect(in_order([r["date_added"] for r in manifest]) and len(manifest) == 3, f"manifest: {manifest}")
        expect_equal(theirs.get_objects(added_after=manifest[0]["date_added"])["objects"], [seen, newer[-1]], "added after")
        expect_equal(status_of(lambda: theirs.get_objects(added_after="yesterday")), 400, "a malformed filter")

        expect_equal(status_of(lambda: theirs.delete_object(two["id"])), 403, "another may not delete")
        mine.delete_object(two["id"])
        expect_equal(status_of(lambda: theirs.get_object(two["id"])), 404, "what is deleted is gone")
        expect_equal([o["id"] for o in theirs.get_objects()["objects"]], [seen["id"], one["id"]], "from the list, too")


def stix2_over_taxii(program, _data):
    import stix2
    with Hub(program) as hub:
        hub.circle("town")
        author, other = (Access(hub.member(name, "town")) for name in ("author", "other"))
        sink = stix2.TAXIICollectionSink(author.collection("town"))
        made = stix2.Indicator(name="made by stix2", pattern="[domain-name:value = 'q7d2k9.net']", pattern_type="stix",
                               valid_from="2026-01-02T03:04:05Z")
        family = stix2.Malware(name="family", is_family=True)
        sink.add([made, family, stix2.Relationship(made, "indicates", family)])
        changed = made.new_version(name="changed")
        sink.add(changed)
        source = stix2.TAXIICollectionSource(other.collection("town"))
        expect_equal(source.get(made.id).serialize(sort_keys=True), changed.serialize(sort_keys=True), "get")
        expect_equal({v.name for v in source.all_versions(made.id)}, {"made by stix2", "changed"}, "all versions")
        found = source.query([stix2.Filter("type", "=", "malware")])
        expect_equal([o.id for o in found], [family.id], "query")
        linked = source.query([stix2.Filter("source_ref", "=", made.id)])
        expect_equal([o.relationship_type for o in linked], ["indicates"], "a filter of the client's own")


def paging_while_others_post(program, _data):
    from taxii2client.v21 import as_pages
    before, during, batch = 20_000, 3_000, 1_000
    with Hub(program) as hub:
        hub.circle("town")
        author, poster, reader = (Access(hub.member(name, "town")) for name in ("author", "poster", "reader"))
        mine, theirs = author.collection("town"), reader.collection("town")
        first = []
        for _ in range(before // batch):
            made = [indicator() for _ in range(batch)]
            expect_equal(mine.add_objects({"objects": made}).success_count, batch, "all are taken")
            first += [o["id"] for o in made]
        posted, stop = [], threading.Event()

        def post():
            collection = poster.collection("town")
            while len(posted) < during and not stop.is_set():
                made = [indicator() for _ in range(20)]
                expect_equal(collection.add_objects({"objects": made}).success_count, 20, "all are taken")
                posted.extend(o["id"] for o in made)

        thread = threading.Thread(target=post)
        thread.start()
        try:
            got = [o["id"] for page in as_pages(theirs.get_objects, per_request=500) for o in page.get("objects", [])]
            records = [r for page in as_pages(theirs.get_manifest, per_request=900) for r in page.get("objects", [])]
        finally:
            thread.join(120)
            stop.set()
        expect_equal(len(got), len(set(got)), "nothing comes twice")
        expect_equal(got[:before], first, "nothing is lost, and the order is that of adding")
        expect_equal(got[before:], posted[:len(got) - before], "what came meanwhile follows, without a gap")
        dates = [r["date_added"] for r in records]
        expect(in_order(dates) and all(TIME.match(d) for d in dates), "each date is its own, and they ascend")
        expect_equal([r["id"] for r in records][:before], first, "the manifest says the same")
        last = dates[-1]
        rest = [o["id"] for page in as_pages(theirs.get_objects, per_request=700, added_after=last)
                for o in page.get("objects", [])]
        expect_equal([r["id"] for r in records] + rest, first + posted, "going on by date loses nothing either")
        print(f"   {before} objects paged, {len(got) - before} of {during} more came while paging")


if __name__ == "__main__":
    run_inside("taxii-clients")
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        os.environ.pop(name, None)  # requests would take them before the authority that it is given
    main(finding_the_way, adding_and_asking, stix2_over_taxii, paging_while_others_post)
