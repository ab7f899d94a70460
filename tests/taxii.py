"""TAXII over plain HTTPS, for the tests that look at what is on the wire."""

import base64
import json
import re
import urllib.parse
import uuid

from hub import expect, expect_equal, indicator

MEDIA = "application/taxii+json;version=2.1"
STIX_MEDIA = "application/stix+json;version=2.1"
ROOT = "/taxii2/root/"
TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$")
UUID4 = re.compile(r"^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")
FIRST, LAST = "X-TAXII-Date-Added-First", "X-TAXII-Date-Added-Last"


def basic(token, user="anything"):
    return "Basic " + base64.b64encode(f"{user}:{token}".encode()).decode()


def quoted(query):
    text = "&".join(urllib.parse.quote(name, safe="[]") + "=" + urllib.parse.quote(str(value), safe=",:")
                    for name, value in query.items())
    return "?" + text if text else ""


def in_order(items):
    return all(a < b for a, b in zip(items, items[1:]))


def file_object(name=None):
    """An observable: it has neither created nor modified."""
    return {"type": "domain-name", "spec_version": "2.1", "id": f"domain-name--{uuid.uuid4()}",
            "value": name or f"{uuid.uuid4().hex[:20]}.net"}


def malware(**more):
    at = "2026-01-02T03:04:05.000Z"
    made = {"type": "malware", "spec_version": "2.1", "id": f"malware--{uuid.uuid4()}", "created": at,
            "modified": at, "name": uuid.uuid4().hex, "is_family": False}
    made.update(more)
    return made


def versions_of(made, *times):
    """The object again, once per time of modification."""
    return [{**made, "modified": time} for time in times]


class Taxii:
    """One collection through one client of hub.py; every answer is checked for what all answers have."""

    def __init__(self, client, collection=None, accept=MEDIA):
        self.client, self.accept = client, accept
        self.collection = collection

    def headers(self, more=None):
        headers = {"Authorization": basic(self.client.token)} if self.client.token else {}
        if self.accept is not None:
            headers["Accept"] = self.accept
        headers.update(more or {})
        return headers

    def ask(self, method, path, body=None, headers=None, query=None):
        path = path if path.startswith("/") else f"{ROOT}collections/{self.collection}/{path}"
        answer = self.client.request(method, path + quoted(query or {}), body, self.headers(headers))
        expect_equal(answer.header("Content-Type"), MEDIA, f"the media type of {method} {path}: {answer}")
        if answer.status >= 400 and method != "HEAD":
            error = answer.json()
            expect(error["title"], "an error has a title")
            expect_equal(error["http_status"], str(answer.status), "http_status is the status as text")
        return answer

    def get(self, path, status=200, **query):
        answer = self.ask("GET", path, query=query_of(query))
        expect_equal(answer.status, status, f"GET {path} {query}: {answer}")
        return answer

    def objects(self, **query):
        return self.get("objects/", **query).json().get("objects", [])

    def ids(self, **query):
        return [o["id"] for o in self.objects(**query)]

    def add(self, *objects, status=202):
        answer = self.ask("POST", "objects/", {"objects": list(objects)}, {"Content-Type": MEDIA})
        expect_equal(answer.status, status, f"POST objects: {answer}")
        return answer.json()

    def added(self, *objects):
        """All must succeed."""
        made = self.add(*objects)
        expect_equal(made["failure_count"], 0, f"nothing fails: {made}")
        return made

    def pages(self, path="objects/", key="objects", by="next", limit=None, **query):
        """Every page, continued by `next` or by the header of the last date."""
        found = []
        if limit:
            query["limit"] = limit
        while True:
            answer = self.get(path, **query)
            page = answer.json()
            found.append(page.get(key, []))
            if not page.get("more"):
                return found
            if by == "next":
                query["next"] = page["next"]
            else:
                query["added_after"] = answer.header(LAST)


def query_of(keywords):
    """match_type=… stands for match[type]=…"""
    return {re.sub(r"^match_(\w+)$", r"match[\1]", k): v for k, v in keywords.items()}


def town(hub, *members):
    """A circle `town` and these members in it, each with a Taxii of its own."""
    collection = hub.circle("town", "--tlp-max", "red")
    return [Taxii(hub.member(name, "town").client, collection) for name in members]


__all__ = ["FIRST", "LAST", "MEDIA", "ROOT", "STIX_MEDIA", "TIME", "Taxii", "UUID4", "basic", "file_object",
           "in_order", "indicator", "malware", "quoted", "town", "versions_of"]
