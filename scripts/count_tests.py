#!/usr/bin/env python3
"""Prints `passed failed skipped` of a ctest JUnit report; a missing report counts as one failure."""
import sys
import xml.etree.ElementTree as tree

try:
    cases = tree.parse(sys.argv[1]).getroot().findall(".//testcase")
except (OSError, tree.ParseError):
    print(0, 1, 0)
    sys.exit()
passed = failed = skipped = 0
for case in cases:
    status = case.get("status")
    if status == "run":
        passed += 1
    elif status in ("notrun", "disabled") or case.find("skipped") is not None:
        skipped += 1
        reason = (case.findtext("system-out") or "").strip().splitlines()
        print(f"skipped: {case.get('name')}: {reason[-1] if reason else 'not built'}", file=sys.stderr)
    else:
        failed += 1
        print(f"FAILED: {case.get('name')}", file=sys.stderr)
print(passed, failed, skipped)
