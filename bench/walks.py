"""Paging through a whole collection by TAXII: the rows `taxii-walk…`. Beside nginx, which sends one such page as often, and
beside medallion, the TAXII server of OASIS, with the same objects in its memory."""
import base64
import http.client
import json
import pathlib
import re
import shutil
import ssl
import subprocess
import sys
import tempfile
import time
import uuid

UNVERIFIED = ssl._create_unverified_context()
MEDIA = "application/taxii+json;version=2.1"
TESTS = pathlib.Path(__file__).resolve().parent.parent / "tests"
NEXT = re.compile(rb'"next": ?"([^"]*)"')


def walk(port, objects, authorization, limit):
    """Every page by its `next`, each once: pages, objects. The client looks at no more than it must."""
    link = http.client.HTTPSConnection("127.0.0.1", port, context=UNVERIFIED, timeout=600)
    pages, count, path = 0, 0, f"{objects}?limit={limit}"
    while path:
        link.request("GET", path, headers={"authorization": authorization, "accept": MEDIA})
        answer = link.getresponse()
        page = answer.read()
        if answer.status not in (200, 206):
            raise OSError(f"{path}: {answer.status} {page[:200]!r}")
        pages += 1
        # Of our own objects only, as the benchmark makes them: each has this once.
        count += page.count(b'"spec_version"')
        more = NEXT.search(page[:400]) or NEXT.search(page[-400:])
        path = f"{objects}?limit={limit}&next={more[1].decode()}" if more else None
    link.close()
    return pages, count


def beside_nginx(bench, hub, objects, one_page, nginx):
    """taxii-walk, taxii-walk-rate"""
    cpu, rate, limit_cpu, limit_rate = [], [], [], []
    for _ in range(bench.rounds):
        hub.touch()  # nothing that was made for the round before is asked for again
        began, before = time.perf_counter(), hub.cpu_s()
        pages, count = walk(hub.port, objects, f"Bearer {hub.token}", 115)
        rate.append(count / (time.perf_counter() - began))
        cpu.append(pages / (hub.cpu_s() - before))
        if count < bench.ingested:
            raise OSError(f"a walk found {count} objects of {bench.ingested}")
        link = http.client.HTTPSConnection("127.0.0.1", nginx.port, context=UNVERIFIED)
        began, before = time.perf_counter(), nginx.cpu_s()
        for _ in range(pages):
            link.request("GET", "/page")
            if len(link.getresponse().read()) != one_page:
                raise OSError("nginx answers with something else")
        limit_rate.append(count / (time.perf_counter() - began))
        limit_cpu.append(pages / (nginx.cpu_s() - before))
        link.close()
    bench.add("taxii-walk", "requests/cpu-s", cpu, limit_cpu)
    bench.add("taxii-walk-rate", "objects/s", rate, limit_rate)


def indicator(number):
    value = f"{uuid.uuid4().hex[:20]}.net"
    return {"type": "indicator", "spec_version": "2.1", "id": f"indicator--{uuid.uuid4()}",
            "created": "2026-01-02T03:04:05.000Z", "modified": "2026-01-02T03:04:05.000Z", "name": value,
            "description": f"Number {number} of a benchmark, as long as such a text is in a feed. " + "It says little. " * 25,
            "indicator_types": ["malicious-activity"], "pattern": f"[domain-name:value = '{value}']",
            "pattern_type": "stix", "valid_from": "2026-01-02T03:04:05Z"}


class Medallion:
    """medallion in a process of its own, with the objects in its memory and a date for each."""

    USER, PASSWORD = "admin", "Password0"

    def __init__(self, python, objects):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="medallion-"))
        certificate, key, data, settings = (self.folder / name for name in ("cert.pem", "key.pem", "data.json", "set.json"))
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-keyout", str(key), "-out", str(certificate), "-subj", "/CN=medallion"],
                       check=True, capture_output=True)
        self.collection = str(uuid.uuid4())
        dates = [time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(1_767_000_000 + n // 1000)) + f".{n % 1000:03d}000Z"
                 for n in range(len(objects))]
        manifest = [{"id": made["id"], "date_added": date, "version": made["modified"],
                     "media_type": "application/stix+json;version=2.1"} for made, date in zip(objects, dates)]
        data.write_text(json.dumps({
            "/discovery": {"title": "medallion", "default": "/api1/", "api_roots": ["/api1/"]},
            "api1": {"information": {"title": "one", "versions": [MEDIA], "max_content_length": 9765625}, "status": [],
                     "collections": [{"id": self.collection, "title": "Feed", "can_read": True, "can_write": True,
                                      "media_types": ["application/stix+json;version=2.1"], "objects": objects,
                                      "manifest": manifest}]}}))
        settings.write_text(json.dumps({
            "backend": {"module": "medallion.backends.memory_backend", "module_class": "MemoryBackend",
                        "filename": str(data)}, "users": {self.USER: self.PASSWORD}, "taxii": {"max_page_size": 1000}}))
        self.log = open(self.folder / "log", "wb")
        self.process = subprocess.Popen([python, str(TESTS / "medallion_server.py"), str(settings), str(certificate),
                                         str(key)], stdout=subprocess.PIPE, stderr=self.log, text=True)
        port = self.process.stdout.readline().strip()
        if not port:
            raise OSError("medallion does not start: " + (self.folder / "log").read_text()[-300:])
        self.port = int(port)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def beside_medallion(bench, hub, absent):
    """taxii-walk-medallion"""
    sys.path.insert(0, str(TESTS))
    from hub import Skip
    from pinned import prepare
    try:
        python = prepare(bench.tocsin, "medallion")
    except Skip as reason:
        raise absent(str(reason)) from None
    count = 500 if bench.options.quick else 1_000
    made = [indicator(number) for number in range(count)]
    circle = hub.circle("beside-medallion")
    for at in range(0, count, 500):
        body = b"\n".join(json.dumps(each).encode() for each in made[at:at + 500])
        link = http.client.HTTPSConnection("127.0.0.1", hub.port, context=UNVERIFIED)
        link.request("POST", f"/api/v1/circles/{circle}/objects", body, {"authorization": f"Bearer {hub.token}"})
        accepted = json.loads(link.getresponse().read())["accepted"]
        link.close()
        if accepted != len(made[at:at + 500]):
            raise OSError(f"only {accepted} of 500 objects were accepted")
    ours, theirs = [], []
    with Medallion(python, made) as medallion:
        login = "Basic " + base64.b64encode(f"{medallion.USER}:{medallion.PASSWORD}".encode()).decode()
        for number in range(3):
            hub.api("POST", f"/circles/{circle}/objects", indicator(count + number), hub.token)
            for port, path, who, wanted, took in (
                    (hub.port, f"/taxii2/root/collections/{circle}/objects/", f"Bearer {hub.token}", count + number + 1, ours),
                    (medallion.port, f"/api1/collections/{medallion.collection}/objects/", login, count, theirs)):
                began = time.perf_counter()
                _, found = walk(port, path, who, 100)
                took.append(found / (time.perf_counter() - began))
                if found != wanted:
                    raise OSError(f"{path}: {found} objects of {wanted}")
    bench.add("taxii-walk-medallion", "objects/s", ours, theirs)
