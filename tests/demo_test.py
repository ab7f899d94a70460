#!/usr/bin/env python3
"""Runs the whole demonstration once and checks what it says: demo_test.py PROGRAM.

A hub, three members and their sensors run as processes of their own; exit code 0 means that every planted value
alerted and nothing else did. Checked here are that code, the last line that scripts rely on, and that no process and
no folder is left behind.
"""
import json
import os
import subprocess
import sys
import tempfile

SECONDS_MAX = 180  # of a machine that is busy with other tests; alone it takes some twenty
faults = []


def check(holds, what):
    if not holds:
        faults.append(what)


def processes_naming(text):
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                if text.encode() in file.read():
                    found.append(pid)
        except OSError:
            pass  # it has just ended
    return found


def times(result, name, count_min):
    figures = result.get(name, {})
    check(figures.get("count", 0) >= count_min, f"{name}: at least {count_min} were measured, not {figures}")
    check(0 < figures.get("p50", 0) <= figures.get("p99", 0) <= figures.get("max", 0), f"{name}: figures in order, not {figures}")


def main(program):
    with tempfile.TemporaryDirectory(prefix="tocsin-demo-test-") as folder:
        environment = {**os.environ, "TMPDIR": folder}
        done = subprocess.run([program, "demo", "--once", "-o", "json"], capture_output=True, text=True,
                              timeout=SECONDS_MAX, env=environment, check=False)
        check(done.returncode == 0, f"exit code 0, not {done.returncode}")
        check(processes_naming(folder) == [], "no process is left")
        check(done.returncode != 0 or os.listdir(folder) == [], f"no folder is left: {os.listdir(folder)}")
    lines = done.stdout.splitlines()
    try:
        events = [json.loads(line) for line in lines]
    except json.JSONDecodeError as error:
        events = []
        check(False, f"every line of -o json is JSON: {error}")
    result = events[-1] if events else {}
    for fault in result.get("failed", []):
        check(False, "the demonstration says: " + fault)
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
    for fault in faults:
        print("FAILED:", fault, file=sys.stderr)
    if faults:
        print(done.stdout[-4000:], done.stderr[-2000:], sep="\n", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "build/tocsin"))
