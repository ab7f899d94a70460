"""The past: a new indicator is asked for in what the sensor saw before, and `tocsin sensor hunt` asks by hand."""

import json
import os
import signal
import subprocess
import time

from hub import Hub, expect, expect_equal, indicator, main

WAIT_S = 20.0


def until(ready, what, seconds=WAIT_S):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = ready()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError(f"{what}: not within {seconds} s")


def lines_of(path):
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.endswith("\n")]


class Sensor:
    """`tocsin sensor run` of a member, in a folder of its own."""

    def __init__(self, hub, member, circle, *files, options=()):
        self.hub, self.member, self.circle, self.files, self.options = hub, member, circle, files, options
        self.state = os.path.join(hub.folder, "state-" + member.name)
        self.alerts_path = os.path.join(hub.folder, "alerts-" + member.name + ".json")
        self.start()

    def start(self):
        self.errors = open(os.path.join(self.hub.folder, "sensor.stderr"), "ab")
        self.process = subprocess.Popen(
            [self.hub.program, "--profile", self.member.profile, "sensor", "run", "--circle", self.circle, "--file",
             ",".join(self.files), "--state", self.state, "--alerts", self.alerts_path, "--name", "edge",
             "--warning-lists", "none", *self.options], stdout=self.errors, stderr=self.errors,
            env={**os.environ, "HOME": self.hub.folder})
        begun = time.time()

        def live():
            said = self.status()
            return (said and said["pid"] == self.process.pid and said["circles"][0]["live"] and
                    os.path.getmtime(os.path.join(self.state, "status.json")) >= begun)
        until(live, "the sensor is live")

    def status(self):
        try:
            with open(os.path.join(self.state, "status.json"), encoding="utf-8") as file:
                return json.load(file)
        except (OSError, ValueError):
            return None

    def alerts(self):
        return lines_of(self.alerts_path)

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        self.process.terminate()
        expect_equal(self.process.wait(timeout=20), 0, "exit code of a sensor that was asked to stop")

    def hunt(self, *arguments, code=None):
        ran = subprocess.run([self.hub.program, "sensor", "hunt", *arguments, "--state", self.state, "-o", "json"],
                             capture_output=True, text=True, timeout=60, check=False,
                             env={**os.environ, "HOME": self.hub.folder})
        if code is not None:
            expect_equal(ran.returncode, code, f"hunt {arguments}: {ran.stderr}")
        return json.loads(ran.stdout) if ran.returncode < 2 else {}


def dns(name, when=None):
    return json.dumps({"_path": "dns", "ts": when or time.time(), "uid": "C1", "id.orig_h": "10.0.0.1", "id.orig_p": 53,
                       "id.resp_h": "203.131.222.102", "query": name}) + "\n"


def append(path, text):
    with open(path, "a", encoding="utf-8") as file:
        file.write(text)


def past(program, options, hashed):
    with Hub(program) as hub:
        hub.circle("town")
        acme, other = hub.member("acme", "town"), hub.member("other", "town")
        log = os.path.join(hub.folder, "dns.log")
        append(log, "")
        sensor = Sensor(hub, other, "town", log, options=options)
        twelve_days_ago = time.time() - 12 * 86400
        append(log, dns("old.zqbad.net", twelve_days_ago) + dns("old.zqbad.net", twelve_days_ago + 60) +
               dns("old.zqbad.net", twelve_days_ago + 120) + dns("x.zqnet.net") + dns("harmless.zqok.net"))
        until(lambda: sensor.status()["files"][0]["lines"] == 5, "the log is read")
        expect_equal(sensor.alerts(), [], "nobody names anything yet")

        exact = indicator("old.zqbad.net")
        network = indicator(pattern="[ipv4-addr:value ISSUBSET '203.131.222.0/24']")
        like = indicator(pattern="[domain-name:value LIKE '%.zqnet.net']")
        acme.client.share("town", exact, network, like, indicator("never.zqno.net"))
        wanted = 1 if hashed else 3
        told = until(lambda: len(sensor.alerts()) >= wanted and sensor.alerts(), "the past is told")
        time.sleep(0.3)
        told = sensor.alerts()
        expect_equal(sorted(one["value"] for one in told),
                     ["old.zqbad.net"] if hashed else ["203.131.222.102", "old.zqbad.net", "x.zqnet.net"], f"{told}")
        one = next(a for a in told if a["value"] == "old.zqbad.net")
        expect_equal((one["type"], one["retrospective"], one["count"], one["file"]), ("alert", True, 3, log), f"{one}")
        expect_equal(one["sources"][0]["indicator"], exact["id"], "who names it")
        expect(one["first_seen"] < one["last_seen"] and one["first_seen"][:10] ==
               time.strftime("%Y-%m-%d", time.gmtime(twelve_days_ago)), f"when: {one}")
        append(log, dns("old.zqbad.net"))
        live = until(lambda: [a for a in sensor.alerts()
                              if a["value"] == "old.zqbad.net" and "retrospective" not in a], "a live hit")
        expect_equal(len(live), 1, "and live hits go on")

        # By hand, while the sensor runs.
        until(lambda: sensor.hunt("old.zqbad.net")["hits"][0]["count"] == 4, "what was seen is on disk")
        expect_equal(sensor.hunt("old.zqbad.net", code=1)["hits"][0]["first_file"], log, "where")
        expect_equal(sensor.hunt("nothing.example", code=0)["hits"], [], "not seen")
        sensor.hunt("[file:name = ", code=2)
        found = sensor.hunt("203.131.222.0/24", code=0 if hashed else 1)
        expect_equal((len(found["hits"]), found["undecided"]), (0, 1) if hashed else (1, 0), f"{found}")
        day = time.strftime("%Y-%m-%d", time.gmtime(twelve_days_ago + 86400))
        expect_equal(len(sensor.hunt("old.zqbad.net", "--until", day, code=1)["hits"]), 1, "first seen before")
        expect_equal(sensor.hunt("harmless.zqok.net", "--until", day, code=0)["hits"], [], "first seen later")
        found = sensor.hunt("[domain-name:value IN ('old.zqbad.net', 'x')]", code=1)
        expect_equal([h["value"] for h in found["hits"]], ["old.zqbad.net"], "a pattern")
        everything = sensor.hunt(code=1)
        named = {source["indicator"] for hit in everything["hits"] for source in hit["sources"]}
        expect_equal(named, {exact["id"]} if hashed else {exact["id"], network["id"], like["id"]}, "all indicators")
        expect_equal((everything["asked"], everything["undecided"]), (4, 2 if hashed else 0), f"{everything}")

        key = os.path.join(sensor.state, "history", "key")
        expect_equal(os.stat(key).st_mode & 0o777, 0o600, "the key is its owner's")
        for name in os.listdir(os.path.join(sensor.state, "history")):
            with open(os.path.join(sensor.state, "history", name), "rb") as file:
                plain = b"dabqz" in file.read()  # names are kept from behind
            expect(not (hashed and plain), f"{name} holds a name")

        # After a kill nothing is told twice, and the past is still there.
        time.sleep(2.5)
        before = len(sensor.alerts())
        sensor.kill()
        sensor.start()
        late = indicator("harmless.zqok.net")
        acme.client.share("town", late)
        until(lambda: [a for a in sensor.alerts() if a["value"] == "harmless.zqok.net"], "the past of before the kill")
        expect_equal(len([a for a in sensor.alerts() if a.get("retrospective")]),
                     len([a for a in sensor.alerts()[:before] if a.get("retrospective")]) + 1, "once")
        sensor.stop()


def plain_values(program, _data):
    past(program, (), False)


def hashed_values(program, _data):
    past(program, ("--history-values", "hashed"), True)


def without_a_history(program, _data):
    with Hub(program) as hub:
        hub.circle("town")
        member = hub.member("acme", "town")
        log = os.path.join(hub.folder, "dns.log")
        append(log, "")
        sensor = Sensor(hub, member, "town", log, options=("--history-values", "off"))
        sensor.hunt("x.example", code=2)
        expect(not os.path.exists(os.path.join(sensor.state, "history")), "nothing is kept")
        sensor.stop()


if __name__ == "__main__":
    main(plain_values, hashed_values, without_a_history)
