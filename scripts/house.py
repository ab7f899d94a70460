#!/usr/bin/env python3
"""The rules of the house that a machine can check: include directions, READMEs, sizes, companions of parsers.

The order of folders is that of the design: a folder includes itself and folders before it. Within one row nobody
includes a neighbour unless it is listed as allowed.
"""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
KNOWS = {
    "base": [],
    "merkle": ["base"],
    "history": ["base"],
    "stix": ["base"],
    "log": ["base", "merkle"],
    "net": ["base"],
    "formats": ["base", "stix"],
    "policy": ["base", "stix"],
    "pattern": ["base", "stix"],
    "match": ["base", "stix", "pattern"],
    "observe": ["base", "stix", "formats"],
    "views": ["base", "stix", "log"],
    "screen": ["base", "stix", "pattern", "match", "policy", "views", "formats"],
    "circle": ["base", "stix", "policy", "log", "views", "merkle", "pattern"],
    "feed": ["base", "net", "stix", "policy", "log", "views", "circle", "taxii_client"],
    "ledger": ["base", "log", "merkle"],
    "push": ["base", "net", "stix", "policy", "log", "views", "circle"],
    "serve": ["base", "net", "stix", "policy", "log", "views", "circle", "screen", "ledger", "push", "feed"],
    "taxii": ["base", "net", "stix", "policy", "log", "views", "circle", "screen", "serve", "feed"],
    "api": ["base", "net", "stix", "policy", "log", "views", "circle", "screen", "ledger", "push", "serve", "feed", "taxii_client"],
    "signin": ["base", "net", "stix", "policy", "log", "views", "circle", "formats", "serve", "api"],
    "hub": ["base", "net", "stix", "policy", "log", "views", "circle", "screen", "ledger", "push", "serve", "taxii", "api", "signin", "feed"],
    "alert": ["base", "net"],
    "yara": ["base"],
    "sensor": ["base", "history", "net", "stix", "log", "pattern", "match", "observe", "screen", "push", "formats", "alert", "yara"],
    "demo": ["base"],
}
LINES_MAX = 600
# Member-side programs link no server storage: these folders may not see RocksDB, directly or through others.
# The member's half of taxii stands by itself: a library of its own that knows only net.
INCLUDE = re.compile(r'^#include "([a-z]+)/(client)?', re.MULTILINE)

faults = []


def fault(where, what):
    faults.append(f"{where}: {what}")


def tracked(*patterns):
    out = subprocess.run(["git", "ls-files", "--", *patterns], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / line for line in out.stdout.splitlines() if (ROOT / line).exists()]


for path in tracked("src/*.hpp", "src/*.cpp", "apps/*.hpp", "apps/*.cpp"):
    name = path.relative_to(ROOT)
    text = path.read_text()
    if text.count("\n") > LINES_MAX:
        fault(name, f"more than {LINES_MAX} lines: is it two things?")
    if name.parts[0] != "src":
        continue
    folder = name.parts[1]
    if folder not in KNOWS:
        fault(name, f"the folder {folder} has no place in the order of folders")
        continue
    for other in {f"{o}_client" if o == "taxii" and half and folder != o else o for o, half in INCLUDE.findall(text)}:
        if other != folder and (other in KNOWS or other == "taxii_client") and other not in KNOWS[folder]:
            fault(name, f"includes {other}/, which {folder} may not know")

for folder in sorted({p.relative_to(ROOT).parts[1] for p in tracked("src/*")}):
    readme = ROOT / "src" / folder / "README.md"
    if not readme.exists():
        fault(f"src/{folder}", "has no README.md")

for path in tracked("*"):
    if path.suffix in {".md", ".cpp", ".hpp", ".py", ".txt", ".cmake", ".json", ".toml", ""} and path.is_file():
        try:
            text = path.read_text()
        except UnicodeDecodeError:
            continue
        if re.search(r"(^|[\s\"'=(])/(root|work|home)/", text) and path.name not in {"house.py", "LICENSE"}:
            fault(path.relative_to(ROOT), "names a path of somebody's machine")

for text in faults:
    print(text, file=sys.stderr)
sys.exit(1 if faults else 0)
