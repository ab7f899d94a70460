#!/usr/bin/env python3
"""Measures a whole hub and a sensor, each figure beside a limit that was measured in the same run.

    bench/run.py [FILTER] [--quick | --full] [--json] [--build FOLDER] [--data FOLDER]

Prints one line per figure, "name value unit limit ratio" ("-" where there is none), and at the end the same as a
table with the targets. FILTER is a part of a name: only what is needed for such rows is run. README.md explains
each row. The programs beside this file do the measuring; this one starts hubs, calls them, and takes medians.
"""
import argparse
import http.client
import json
import os
import pathlib
import resource
import shutil
import signal
import socket
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
import tomllib
import urllib.error
import urllib.parse
import urllib.request
import uuid

import hostile
import matcher
import walks

ROOT = pathlib.Path(__file__).resolve().parent.parent
UNVERIFIED = ssl._create_unverified_context()  # loopback, and nothing secret is sent
LIMIT_MOVED_MAX = 0.25  # a round in which the limit was further from its median says nothing


class Failed(Exception):
    """A row could not be measured; the others go on."""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(ready, seconds, what):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if ready():
            return
        time.sleep(0.002)
    raise Failed(f"{what} took more than {seconds} s")


class Absent(Failed):
    """A row that this build or this machine has no part for; no failure."""


class Hub:
    """A hub in a process of its own, with one member who may share and read."""

    def __init__(self, tocsin, folder):
        self.tocsin, self.folder = tocsin, folder
        self.port = free_port()
        self.process = None
        self.start()
        self.admin = str(folder / "admin.toml")
        self.member = str(folder.parent / "member.toml")
        self.run("circle", "create", "first", "--tlp-max", "amber", profile=self.admin)
        invite = self.run("-o", "json", "member", "invite", "Benchmark", "--kind", "company", "--circle", "first",
                          "--steward", profile=self.admin)
        self.run("join", json.loads(invite)["invite_url"], "--yes", profile=self.member)
        profile = tomllib.loads(pathlib.Path(self.member).read_text())
        self.token, self.name = profile["token"], "Benchmark"
        self.ca = folder.parent / "ca.pem"
        self.ca.write_text(profile["ca_pem"])
        self.circles = {"first"}

    def run(self, *arguments, profile):
        done = subprocess.run([self.tocsin, "--profile", profile, *arguments], capture_output=True, text=True)
        if done.returncode != 0:
            raise Failed(f"tocsin {' '.join(arguments[:3])}: {done.stderr.strip()[:300]}")
        return done.stdout

    def api(self, method, path, body, token):
        request = urllib.request.Request(f"https://127.0.0.1:{self.port}/api/v1{path}", json.dumps(body).encode(),
                                         {"authorization": f"Bearer {token}"}, method=method)
        with urllib.request.urlopen(request, context=UNVERIFIED) as answer:
            return json.loads(answer.read() or b"{}")

    def start(self):
        """Returns the seconds until it answered that it is ready."""
        began = time.monotonic()
        log = open(self.folder.parent / "hub.log", "ab")
        self.process = subprocess.Popen(
            [self.tocsin, "hub", "--data", str(self.folder), "--listen", f"127.0.0.1:{self.port}",
             # Counted, but never reached: what is measured is the hub, not its patience.
             "--requests-per-minute", "1000000000", "--address-requests-per-minute", "1000000000"],
            stdout=log, stderr=log)
        wait_until(self.is_ready, 120, "the start of a hub")
        return time.monotonic() - began

    def is_ready(self):
        if self.process.poll() is not None:
            raise Failed("the hub ended: " + (self.folder.parent / "hub.log").read_text()[-300:])
        try:
            url = f"https://127.0.0.1:{self.port}/ready"
            with urllib.request.urlopen(url, context=UNVERIFIED, timeout=5) as answer:
                return answer.status == 200
        except OSError:
            return False

    def circle(self, name):
        """Makes the circle once, with the member in it."""
        if name not in self.circles:
            self.run("circle", "create", name, "--tlp-max", "amber", profile=self.admin)
            token = tomllib.loads(pathlib.Path(self.admin).read_text())["token"]
            self.api("POST", f"/circles/{name}/members", {"act": "admit", "member": self.name}, token)
            self.circles.add(name)
        return name

    def touch(self):
        """One more entry in the circle `first`, so that no answer of before is kept."""
        made = {"type": "domain-name", "spec_version": "2.1", "id": f"domain-name--{uuid.uuid4()}",
                "value": f"{uuid.uuid4().hex}.net"}
        self.api("POST", "/circles/first/objects", made, self.token)

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()

    def cpu_s(self):
        """CPU seconds so far, all threads: Linux numbers the CPU clock of another process like this."""
        return time.clock_gettime(~self.process.pid << 3 | 2)

    def resident_mb(self):
        return resident_mb(self.process.pid)


class Sensor:
    """`tocsin sensor run` on one circle and one log. Killed at the end, as by a power cut."""

    def __init__(self, bench, circle, log, alerts):
        hub = bench.hub()
        self.state, self.told = bench.work / f"sensor-{circle}", bench.work / f"sensor-{circle}.log"
        self.process = subprocess.Popen(
            [bench.tocsin, "--profile", hub.member, "sensor", "run", "--circle", circle, "--file", f"{log}=zeek-json",
             "--state", str(self.state), "--alerts", str(alerts)],
            stdout=subprocess.DEVNULL, stderr=open(self.told, "wb"))

    def watches(self):
        """Its state is read, and it looks at its logs."""
        text = self.told.read_text()
        if self.process.poll() is not None:
            raise Failed("the sensor ended: " + text[-300:])
        return "watching" in text

    def wait_until_live(self, indicators):
        def live():
            try:
                circle = json.loads((self.state / "status.json").read_text())["circles"][0]
            except FileNotFoundError:
                return self.watches() and False
            return circle["live"] and circle["indicators"] >= indicators
        wait_until(live, 600, "catching up of a sensor")

    def wait_until_saved(self):
        """No more than a start reads in a moment is left in the journal, and the memory is given back."""
        wait_until(lambda: json.loads((self.state / "status.json").read_text())["circles"][0]["unsaved"] < 20_000,
                   300, "saving of the sensor's set")
        time.sleep(2)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()


class Bench:
    def __init__(self, options):
        self.options = options
        self.build = pathlib.Path(options.build).resolve()
        self.tocsin = str(self.build / "tocsin")
        parent = pathlib.Path(options.data).resolve() if options.data else self.build
        self.work = pathlib.Path(tempfile.mkdtemp(prefix="bench-data-", dir=parent))
        self.hub_now = None
        self.rows, self.ingested = [], 0
        self.rounds = 3 if options.quick else 5
        self.seconds = 1 if options.quick else 2
        self.objects = 1_000_000 if options.full else 40_000 if options.quick else 200_000

    def hub(self):
        if self.hub_now is None:
            self.hub_now = Hub(self.tocsin, self.work / "hub")
        return self.hub_now

    def call(self, program, /, timeout=900, **arguments):
        """Runs one of the programs; its rows are ours."""
        command = [str(self.build / "bench" / program)]
        for key, value in arguments.items():
            command += ["--" + key.replace("_", "-"), str(value)]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=timeout)
        except subprocess.TimeoutExpired:
            raise Failed(f"{program} took more than {timeout} s") from None
        if done.returncode != 0:
            raise Failed(f"{program}: {done.stderr.strip()[:400]}")
        for line in done.stdout.splitlines():
            self.add(**json.loads(line))

    def call_hub(self, program, circle, series=None, /, hub=None, **arguments):
        hub = hub or self.hub()
        if series:
            arguments["series"] = series
        self.call(program, port=hub.port, token=hub.token, circle=hub.circle(circle), **arguments)

    def knows(self, *verb, option):
        """Whether this build has the verb: without it, the program's general help comes."""
        done = subprocess.run([self.tocsin, *verb, "--help"], capture_output=True, text=True)
        return option in done.stdout

    def add(self, name, unit, system, limit=(), target=0, more_is_better=True):
        system, limit, noisy = list(system), list(limit), False
        row = {"name": name, "unit": unit, "rounds": system, "limit_rounds": limit}
        if len(limit) > 1 and len(limit) == len(system):
            middle = statistics.median(limit)
            kept = [(s, l) for s, l in zip(system, limit) if abs(l - middle) <= LIMIT_MOVED_MAX * middle]
            noisy = len(kept) < min(3, len(limit))
            if not noisy:
                system, limit = [s for s, _ in kept], [l for _, l in kept]
            row["ratio"] = statistics.median(s / l for s, l in zip(system, limit))
        elif limit:
            row["ratio"] = statistics.median(system) / statistics.median(limit)
        row["value"] = statistics.median(system)
        row["limit"] = statistics.median(limit) if limit else None
        row.update(noisy=noisy, target=target or None, more_is_better=more_is_better)
        if target and limit:
            row["met"] = row["ratio"] >= target if more_is_better else row["ratio"] <= target
        self.rows.append(row)
        if self.options.filter in name:
            print(json.dumps(row) if self.options.json else " ".join(cells(row)), flush=True)

    def result(self, name):
        return next((row for row in self.rows if row["name"] == name), None)

    # The groups of rows, in the order in which they run. -----------------------------

    def ingest(self):
        """ingest, ingest-acknowledged, ingest-hub-cpu, hub-memory, hub-memory-empty"""
        if self.ingested:
            return
        before, cpu_before = self.hub().resident_mb(), self.hub().cpu_s()
        self.call_hub("ingest", "first", "ingest", objects=self.objects, rounds=self.rounds, disk=self.work)
        self.ingested = self.objects // (self.rounds * 100) * self.rounds * 100
        cpu_us = (self.hub().cpu_s() - cpu_before) / self.ingested * 1e6
        self.add("ingest-hub-cpu", "us/object", [cpu_us], more_is_better=False)
        after = self.hub().resident_mb()
        self.add("hub-memory", "MB", [after], [512 + 32 * self.ingested / 2**20], 1, more_is_better=False)
        self.add("hub-memory-empty", "MB", [before])

    def newcomer(self):
        """new-member, new-member-rate, new-member-hub-cpu"""
        self.ingest()
        cpu_before, rounds = self.hub().cpu_s(), 3
        self.call_hub("newcomer", "first", ca=self.hub().ca, objects=self.ingested, rounds=rounds, disk=self.work)
        cpu_us = (self.hub().cpu_s() - cpu_before) / (self.ingested * rounds) * 1e6
        self.add("new-member-hub-cpu", "us/object", [cpu_us], more_is_better=False)

    def start(self):
        """hub-start-after-kill"""
        self.ingest()
        hub, system, limit = self.hub(), [], []
        files = [f for part in ("log", "views") for f in (hub.folder / part).rglob("*") if f.is_file()]
        for _ in range(3):
            hub.kill()
            forget(files)
            limit.append(read_all(files))
            forget(files)
            system.append(hub.start())
        self.add("hub-start-after-kill", "s", system, limit, 3, more_is_better=False)

    def shares(self):
        """shares, shares-p99"""
        self.call_hub("shares", "small", "shares", rounds=self.rounds, seconds=self.seconds, disk=self.work)

    def requests(self):
        """request-small"""
        if not shutil.which("nginx"):
            raise Absent("nginx is not installed")
        hub = self.hub()
        with urllib.request.urlopen(f"https://127.0.0.1:{hub.port}/health", context=UNVERIFIED) as answer:
            small = answer.read()
        with Nginx(self.work, {"small": small}) as nginx:
            self.call("requests", name="request-small", port=hub.port, process=hub.process.pid, target="/health",
                      token=hub.token, limit_port=nginx.port, limit_process=nginx.process.pid,
                      limit_target="/small", target_percent=80, rounds=self.rounds, seconds=self.seconds)

    def page(self):
        """taxii-page, taxii-page-filtered, taxii-idle, taxii-walk, taxii-walk-rate"""
        if not shutil.which("nginx"):
            raise Absent("nginx is not installed")
        hub, accept = self.hub(), "application/taxii+json;version=2.1"

        def get(path):
            request = urllib.request.Request(f"https://127.0.0.1:{hub.port}{path}",
                                             headers={"authorization": f"Bearer {hub.token}", "accept": accept})
            with urllib.request.urlopen(request, context=UNVERIFIED) as answer:
                return answer.read()

        try:
            discovery = json.loads(get("/taxii2/"))
        except urllib.error.HTTPError as error:
            raise Absent(f"this build has no TAXII: {error}") from None
        self.ingest()
        root = urllib.parse.urlsplit(discovery.get("default") or discovery["api_roots"][0]).path
        collections = json.loads(get(root + "collections/"))["collections"]
        collection = next(c["id"] for c in collections if "first" in (c["title"], c.get("alias")))
        objects = f"{root}collections/{collection}/objects/"
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 60))
        for name, query, bytes_min, percent in (
                ("taxii-page", "limit=115", 50_000, 80),
                ("taxii-page-filtered", "limit=115&match[type]=indicator&added_after=2020-01-01T00:00:00Z", 50_000, 50),
                ("taxii-idle", f"added_after={now}", 2, 50)):
            content = get(f"{objects}?{query}")
            if len(content) < bytes_min:
                raise Failed(f"{name}: the answer has only {len(content)} bytes")
            with Nginx(self.work, {"page": content}) as nginx:
                self.call("requests", name=name, port=hub.port, process=hub.process.pid, target=f"{objects}?{query}",
                          accept=accept, token=hub.token, limit_port=nginx.port, limit_process=nginx.process.pid,
                          limit_target="/page", target_percent=percent, rounds=self.rounds, seconds=self.seconds)
        self.walk(hub, objects, get)

    def walk(self, hub, objects, get):
        page = get(objects + "?limit=115")
        with Nginx(self.work, {"page": page}) as nginx:
            walks.beside_nginx(self, hub, objects, len(page), nginx)

    def medallion(self):
        """taxii-walk-medallion"""
        walks.beside_medallion(self, self.hub(), Absent)

    def hiding(self):
        """taxii-hidden-collection, taxii-hidden-object"""
        hub = self.hub()
        made = json.loads(hub.run("-o", "json", "circle", "create", "others", profile=hub.admin))
        hub.run("circle", "create", "secrets", "--tlp-max", "red", profile=hub.admin)
        admin = tomllib.loads(pathlib.Path(hub.admin).read_text())["token"]
        hub.api("POST", "/circles/secrets/members", {"act": "admit", "member": hub.name}, admin)
        invite = hub.run("-o", "json", "member", "invite", "Another", "--kind", "company", "--circle", "secrets",
                         profile=hub.admin)
        profile = str(hub.folder.parent / "another.toml")
        hub.run("join", json.loads(invite)["invite_url"], "--yes", profile=profile)
        another = tomllib.loads(pathlib.Path(profile).read_text())["token"]
        red = {"type": "domain-name", "spec_version": "2.1", "id": f"domain-name--{uuid.uuid4()}",
               "value": f"{uuid.uuid4().hex}.net"}
        shared = hub.api("POST", "/circles/secrets/objects?tlp=red&to=Another", red, another)
        if shared["accepted"] != 1:
            raise Failed(f"nothing to hide: {shared}")
        root = "/taxii2/root/collections/"
        for name, hidden, unknown in (
                ("taxii-hidden-collection", f"{root}{made['uuid']}/objects/", f"{root}{uuid.uuid4()}/objects/"),
                ("taxii-hidden-object", f"{root}secrets/objects/{red['id']}/",
                 f"{root}secrets/objects/domain-name--{uuid.uuid4()}/")):
            link, took = http.client.HTTPSConnection("127.0.0.1", hub.port, context=UNVERIFIED), ([], [])
            for _ in range(self.rounds):
                times = ([], [])
                for turn in range(2000):
                    began = time.perf_counter()
                    link.request("GET", (hidden, unknown)[turn % 2], headers={"authorization": f"Bearer {hub.token}"})
                    answer = link.getresponse()
                    answer.read()
                    times[turn % 2].append(time.perf_counter() - began)
                    if answer.status != 404:
                        raise Failed(f"{name}: status {answer.status}")
                for which in (0, 1):
                    took[which].append(statistics.median(times[which]) * 1e6)
            link.close()
            self.add(name, "us", took[0], took[1], more_is_better=False)

    def hostile(self):
        """hostile-read-p99, hostile-share-p99, hostile-connections, hostile-connection-memory, hostile-memory-after,
        hostile-descriptors-after"""
        # A hub of its own: memory that an ingest has freed would hide what the crowd takes.
        (self.work / "hostile").mkdir()
        hub = Hub(self.tocsin, self.work / "hostile" / "hub")
        try:
            hostile.measure(self, hub, wait_until)
        finally:
            hub.stop()
            shutil.rmtree(self.work / "hostile")

    def push(self):
        """push-1000-p50, push-1000-p99, idle-subscriber"""
        # A hub of its own: memory that an ingest has freed would hide what subscribers take.
        (self.work / "push").mkdir()
        hub = Hub(self.tocsin, self.work / "push" / "hub")
        try:
            self.call_hub("push", "push", "push", hub=hub, subscribers=1000, hub_process=hub.process.pid,
                          rounds=self.rounds, events=10 if self.options.quick else 30, interval_ms=100,
                          disk=self.work)
        finally:
            hub.stop()
            shutil.rmtree(self.work / "push")

    def push_one(self):
        """push-1-p50, push-1-p99"""
        if self.result("push-1-p99"):
            return
        self.call_hub("push", "push", "one", subscribers=1, hub_process=self.hub().process.pid, rounds=self.rounds,
                      events=50 if self.options.quick else 200, interval_ms=5, disk=self.work)

    def alert(self):
        """alert-p50, alert-p99"""
        hub, log, alerts = self.hub(), self.work / "dns.log", self.work / "alerts.jsonl"
        if not self.knows("sensor", "run", option="--alerts"):
            raise Absent("this build has no 'sensor run'")
        self.push_one()
        hub.circle("alert")
        log.touch()
        with Sensor(self, "alert", log, alerts) as sensor:
            sensor.wait_until_live(0)
            limit = self.result("push-1-p99")["value"] + 1
            self.call_hub("alert", "alert", "alert", log=log, alerts=alerts, rounds=self.rounds,
                          events=50 if self.options.quick else 100, limit_us=int(limit * 1000))

    def sensor_start(self):
        """sensor-start-after-kill, sensor-resident"""
        if not self.knows("sensor", "run", option="--alerts"):
            raise Absent("this build has no 'sensor run'")
        self.ingest()
        log = self.work / "empty.log"
        log.touch()
        system, limit = [], []
        with Sensor(self, "first", log, self.work / "none.jsonl") as sensor:
            sensor.wait_until_live(self.ingested)
            sensor.wait_until_saved()
            self.add("sensor-resident", "MB", [resident_mb(sensor.process.pid)])
        state = [f for f in sensor.state.rglob("*") if f.is_file()]
        for _ in range(3):
            forget(state)
            limit.append(read_all(state))
            forget(state)
            began = time.monotonic()
            with Sensor(self, "first", log, self.work / "none.jsonl") as sensor:
                wait_until(sensor.watches, 300, "the start of a sensor")
                system.append(time.monotonic() - began)
        self.add("sensor-start-after-kill", "s", system, limit, 3, more_is_better=False)

    def demo(self):
        """demo-alert-p50, demo-alert-p99"""
        if not self.knows("demo", option="--once"):
            raise Absent("this build has no 'demo'")
        done = subprocess.run([self.tocsin, "-o", "json", "demo", "--once"], capture_output=True, text=True,
                              timeout=120)
        if done.returncode != 0:
            raise Failed("tocsin demo --once: " + done.stderr.strip()[-300:])
        figures = json.loads(done.stdout.splitlines()[-1])["share_to_alert_ms"]
        self.add("demo-alert-p50", "ms", [figures["p50"]], more_is_better=False)
        self.add("demo-alert-p99", "ms", [figures["p99"]], [50], 1, more_is_better=False)

    def scan(self):
        """scan-10k, scan-1M, scan-10M, scan-two-threads, scan-10k-beside-grep, scan-program, sensor-memory-1M,
        sensor-memory-mapped-1M, sensor-memory-framing-1M, saved-set-write-1M, saved-set-start-1M, change-p99"""
        log, values, objects = (self.work / name for name in ("mix.log", "values.txt", "values.ndjson"))
        self.call("scan", ten_million=int(self.options.full), megabytes=64 if self.options.quick else 200, rounds=self.rounds, seconds=1,
                  set=self.work / "set", write_log=log, write_values=values, write_indicators=objects)
        rounds = 1 if self.options.quick else 3

        def speed(command, **more):
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            done = subprocess.run(command, capture_output=True, **more)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            return log.stat().st_size / cpu_s / 1e9, done

        grep = ["grep", "-c", "-F", "-f", str(values), str(log)]
        took = [speed(grep, env={**os.environ, "LC_ALL": "C"})[0] for _ in range(rounds)]
        alone = self.result("scan-10k")
        self.add("scan-10k-beside-grep", "GB/cpu-s", [alone["value"]], [statistics.median(took)])
        if self.knows("sensor", "scan", option="--indicators"):
            program = [self.tocsin, "sensor", "scan", "--format", "zeek-json", "--indicators", str(objects), str(log)]
            done = [speed(program) for _ in range(rounds)]
            hits = done[0][1].stdout.count(b"\n")
            with open(log, "rb") as lines:
                planted = sum(1 for _ in lines) // 10_000
            if hits != planted:
                raise Failed(f"sensor scan: {hits} hits, {planted} planted: {done[0][1].stderr.decode()[-300:]}")
            self.add("scan-program", "GB/cpu-s", [gb_s for gb_s, _ in done], [alone["limit"]])
        log.unlink()

    def beside_oasis(self):
        """match-beside-oasis, scan-beside-oasis"""
        matcher.beside_oasis(self, self.work, Absent, 1 if self.options.quick else 3)

    def history(self):
        """history-bytes-1M, history-bytes-10M, history-find-1M-p50, history-find-1M-p99, history-find-10M-p50,
        history-find-10M-p99, history-absent-1M-p99, history-absent-10M-p99, history-add-1M, history-add-10M"""
        self.call("history", folder=self.work, ten_million=int(not self.options.quick))

    def run(self):
        groups = [self.ingest, self.newcomer, self.start, self.shares, self.requests, self.page, self.medallion, self.hiding,
                  self.hostile,
                  self.push, self.push_one, self.alert, self.sensor_start, self.demo, self.scan, self.beside_oasis,
                  self.history]
        wanted = [g for g in groups if any(self.options.filter in name.strip() for name in g.__doc__.split(","))]
        if not wanted:
            names = "\n".join(name.strip() for g in groups for name in g.__doc__.split(","))
            sys.exit(f"no row is named like that; there are\n{names}")
        missing = []
        for group in wanted:
            try:
                group()
            except Absent as reason:
                print(f"{group.__doc__}: not measured: {reason}", file=sys.stderr, flush=True)
            except (Failed, OSError, ValueError, KeyError) as error:
                missing.append(f"{group.__doc__}: not measured: {error}")
                print(missing[-1], file=sys.stderr, flush=True)
                self.revive()
        return missing

    def revive(self):
        """After a failed group the next one begins with a hub that answers, or with a fresh one."""
        if self.hub_now and self.hub_now.process.poll() is not None:
            try:
                self.hub_now.start()
            except Failed:
                self.hub_now = None
                shutil.rmtree(self.work / "hub", ignore_errors=True)
                self.ingested = 0

    def close(self):
        if self.hub_now:
            self.hub_now.stop()
        shutil.rmtree(self.work, ignore_errors=True)


class Nginx:
    """One nginx process that answers fixed bytes over TLS."""

    def __init__(self, work, contents):
        self.folder, self.port = work / "nginx", free_port()
        (self.folder / "html").mkdir(parents=True)
        for name, content in contents.items():
            (self.folder / "html" / name).write_bytes(content)
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                        "-nodes", "-keyout", str(self.folder / "key.pem"), "-out", str(self.folder / "cert.pem"),
                        "-subj", "/CN=localhost", "-days", "1"], check=True, capture_output=True)
        paths = "".join(f"{kind}_temp_path {self.folder}/{kind};\n"
                        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        (self.folder / "nginx.conf").write_text(f"""
            daemon off; master_process off; pid {self.folder}/pid; error_log {self.folder}/error.log;
            events {{ worker_connections 4096; }}
            http {{
              access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000000; {paths}
              open_file_cache max=16;
              server {{
                listen 127.0.0.1:{self.port} ssl; ssl_certificate {self.folder}/cert.pem;
                ssl_certificate_key {self.folder}/key.pem; root {self.folder}/html;
                default_type application/json;
              }}
            }}""")
        self.process = subprocess.Popen(["nginx", "-p", str(self.folder), "-c", str(self.folder / "nginx.conf")],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def __enter__(self):
        def listens():
            if self.process.poll() is not None:
                raise Failed("nginx ended: " + (self.folder / "error.log").read_text()[-300:])
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", self.port)) == 0
        wait_until(listens, 5, "the start of nginx")
        return self

    def cpu_s(self):
        return time.clock_gettime(~self.process.pid << 3 | 2)

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def resident_mb(process):
    for line in pathlib.Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise Failed("a process' memory cannot be read")


def forget(files):
    """Puts files on disk and out of the page cache, these only."""
    for path in files:
        if not path.exists():
            continue
        with open(path, "rb") as file:
            os.fsync(file.fileno())
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def read_all(files):
    began = time.monotonic()
    for path in files:
        if path.exists():
            with open(path, "rb", buffering=0) as file:
                while file.read(1 << 20):
                    pass
    return time.monotonic() - began


def figure(value):
    if value is None:
        return "-"
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def cells(row):
    ratio = row.get("ratio")
    return [row["name"], figure(row["value"]), row["unit"], figure(row["limit"]),
            "-" if ratio is None else f"{ratio:.2f}"]


def table(rows, missing, file):
    print("\n" + "name value unit limit ratio target".replace(" ", "\t").expandtabs(24), file=file)
    for row in rows:
        target = "-"
        if row["target"]:
            target = (">= " if row["more_is_better"] else "<= ") + f"{row['target']:g}"
            target += "" if "met" not in row else "  met" if row["met"] else "  MISSED"
        if row["noisy"]:
            target += "  (noisy: the limit moved by more than a quarter)"
        print("\t".join([*cells(row), target]).expandtabs(24), file=file)
    for text in missing:
        print(text, file=file)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("filter", nargs="?", default="", help="part of a row's name")
    parser.add_argument("--quick", action="store_true", help="fewer objects and rounds: a few minutes")
    parser.add_argument("--full", action="store_true", help="1 million objects instead of 200 thousand")
    parser.add_argument("--json", action="store_true", help="one JSON object per row, with every round")
    parser.add_argument("--build", default=str(ROOT / "build"), help="the folder that was built")
    parser.add_argument("--data", help="where hubs and files are put: the disk that is measured")
    options = parser.parse_args()
    if not (pathlib.Path(options.build) / "bench" / "ingest").exists():
        sys.exit("bench/run.py: build first: ./test --bench, or cmake with -DTOCSIN_BENCH=ON")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    bench = Bench(options)
    began = time.monotonic()
    load = os.getloadavg()[0]
    print(f"{os.cpu_count()} processors, load {load:.1f} before, {bench.objects} objects, {bench.rounds} rounds",
          file=sys.stderr, flush=True)
    try:
        missing = bench.run()
    finally:
        bench.close()
    table([row for row in bench.rows if options.filter in row["name"]], missing, sys.stderr)
    print(f"{time.monotonic() - began:.0f} s", file=sys.stderr)
    sys.exit(1 if missing else 0)


if __name__ == "__main__":
    main()
