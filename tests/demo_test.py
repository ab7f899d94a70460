#!/usr/bin/env python3
"""Runs the whole demonstration and checks what it says: demo_test.py PROGRAM.

A hub, three members and their sensors run as processes of their own; exit code 0 means that every planted value
alerted and nothing else did. Checked here: that code and the last line, which scripts rely on; that what it offers
to try works while it stays up; that it fails when a sensor is killed; and that it leaves no process and no folder.
"""
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading

SECONDS_MAX = 100  # of a machine that is busy with other tests; alone one run takes some five
CIRCLE = "lookout"
faults = []


def check(holds, what):
    if not holds:
        faults.append(what)
    return holds


def processes_naming(text):
    found = {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                words = file.read().decode(errors="replace")
        except OSError:
            continue  # it has just ended
        if text in words:
            found[int(pid)] = words
    return found


def json_lines(text):
    try:
        return [json.loads(line) for line in text.splitlines()]
    except json.JSONDecodeError as error:
        check(False, f"every line of -o json is JSON: {error}")
        return []


def times(result, name, count_min):
    figures = result.get(name, {})
    check(figures.get("count", 0) >= count_min, f"{name}: at least {count_min} were measured, not {figures}")
    check(0 < figures.get("p50", 0) <= figures.get("p99", 0) <= figures.get("max", 0),
          f"{name}: figures in order, not {figures}")


def runs_once(program, folder):
    done = subprocess.run([program, "demo", "--once", "-o", "json"], capture_output=True, text=True,
                          timeout=SECONDS_MAX, env={**os.environ, "TMPDIR": folder}, check=False)
    check(done.returncode == 0, f"--once: exit code 0, not {done.returncode}: {done.stderr[-500:]}")
    check(not processes_naming(folder), "--once: no process is left")
    check(os.listdir(folder) == [], f"--once: no folder is left: {os.listdir(folder)}")
    events = json_lines(done.stdout)
    result = events[-1] if events else {}
    for fault in result.get("failed", []):
        check(False, "--once says: " + fault)
    check(result.get("ok") is True, "the last line says ok")
    times(result, "share_to_alert_ms", 1000)
    times(result, "withdraw_to_applied_ms", 50)
    check(result.get("alerts", 0) > 1000, f"more than 1,000 alerts, not {result.get('alerts')}")
    check(result.get("planted", 0) >= 20, f"at least 20 planted values were found, not {result.get('planted')}")
    check(result.get("controls", 0) >= 27, f"at least 27 lines stayed silent, not {result.get('controls')}")
    check(result.get("sightings", 0) >= 10, f"at least 10 sightings came back, not {result.get('sightings')}")
    alerts = [event for event in events if event.get("type") == "alert"]
    check(len(alerts) == 6, f"the timeline has 6 first alerts, not {len(alerts)}")
    check({event.get("who") for event in alerts} == {"bank", "studio", "cert"}, "all three members' sensors alerted")


class Staying:
    """A demonstration that stays up, and its events as they come."""

    def __init__(self, program, data):
        self.process = subprocess.Popen([program, "demo", "--data", data, "-o", "json"], stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, text=True)
        self.timer = threading.Timer(SECONDS_MAX, self.process.kill)
        self.timer.start()

    def until(self, wanted):
        for line in self.process.stdout:
            event = json.loads(line)
            if wanted(event):
                return event
        return {}

    def end(self, how):
        self.process.send_signal(how)
        code = self.process.wait()
        self.timer.cancel()
        return code


def stays_up(program, data):
    demo = Staying(program, data)
    up = demo.until(lambda event: event.get("type") == "up")
    if not check(up.get("url", "").startswith("https://127.0.0.1:"), "it stays up and says where the hub is"):
        demo.end(signal.SIGKILL)
        return
    shared = subprocess.run([program, "share", f"{data}/try.json", "--circle", CIRCLE, "--profile",
                             f"{data}/studio.toml", "-o", "json"], capture_output=True, text=True, check=False)
    check(shared.returncode == 0, f"the indicator to try can be shared: {shared.stderr[-300:]}")
    alert = demo.until(lambda event: event.get("type") == "alert")
    check(alert.get("who") == "bank" and alert.get("value") == "45.255.0.7", f"the bank alerts on it, not {alert}")
    identifier = json.load(open(f"{data}/try.json", encoding="utf-8"))["id"]
    gone = subprocess.run([program, "withdraw", identifier, "--circle", CIRCLE, "--why", "a test", "--profile",
                           f"{data}/studio.toml"], capture_output=True, text=True, check=False)
    check(gone.returncode == 0, f"and be withdrawn: {gone.stderr[-300:]}")
    check(demo.end(signal.SIGINT) == 0, "Ctrl-C ends it with exit code 0")
    check(not processes_naming(data), "after Ctrl-C no process is left")
    check(os.path.exists(f"{data}/bank/alerts.jsonl"), "--data is kept")
    again = subprocess.run([program, "demo", "--once", "--data", data], capture_output=True, text=True, check=False)
    check(again.returncode == 1, f"a folder that is not empty is refused with 1, not {again.returncode}")


def fails_without_a_sensor(program, data):
    demo = Staying(program, data)
    demo.until(lambda event: "have joined" in event.get("text", ""))
    demo.until(lambda event: event.get("who") == "cert")
    sensors = [pid for pid, words in processes_naming(data).items() if "bank-sensor" in words]
    if check(len(sensors) == 1, f"the bank has one sensor, not {len(sensors)}"):
        os.kill(sensors[0], signal.SIGKILL)
    result = demo.until(lambda event: event.get("type") == "result")
    code = demo.process.wait()
    demo.timer.cancel()
    check(code == 1 and result.get("ok") is False, f"without the bank's sensor it fails with 1, not {code}")
    check(any("bank" in fault for fault in result.get("failed", [])), f"and names the bank: {result.get('failed')}")
    check(not processes_naming(data), "after a failure no process is left")


def leaves_nothing_when_killed(program, data):
    demo = Staying(program, data)
    demo.until(lambda event: event.get("who") == "cert")
    check(len(processes_naming(data)) >= 5, "a hub, three sensors and itself run")
    demo.end(signal.SIGKILL)
    for _ in range(100):
        left = processes_naming(data)
        if not left:
            break
        threading.Event().wait(0.05)
    check(not left, f"when it is killed, its programs end too: {list(left.values())}")


def main(program):
    with tempfile.TemporaryDirectory(prefix="tocsin-demo-test-") as folder:
        for number, part in enumerate([runs_once, stays_up, fails_without_a_sensor, leaves_nothing_when_killed]):
            path = f"{folder}/{number}"
            os.mkdir(path)
            part(program, path)
    for fault in faults:
        print("FAILED:", fault, file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "build/tocsin"))
