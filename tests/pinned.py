"""Python packages that tests and benchmarks compare with, exactly as pinned, each in an environment beside the program."""

import fcntl
import hashlib
import os
import subprocess
import sys

from hub import Skip, SKIPPED

HERE = os.path.dirname(os.path.abspath(__file__))


def prepare(program, name):
    """The interpreter of an environment that holds exactly what requirements-NAME.txt pins."""
    requirements = os.path.join(HERE, f"requirements-{name}.txt")
    folder = os.path.join(os.path.dirname(os.path.abspath(program)), "python-" + name)
    python, mark = os.path.join(folder, "bin", "python"), os.path.join(folder, "installed")
    with open(requirements, "rb") as file:
        wanted = hashlib.sha256(file.read()).hexdigest()
    with open(folder + ".lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # tests that need the same run side by side
        if not os.path.exists(mark) or open(mark, encoding="ascii").read() != wanted:
            install(folder, python, requirements)
            with open(mark, "w", encoding="ascii") as file:
                file.write(wanted)
    return python


def install(folder, python, requirements):
    for line in ([sys.executable, "-m", "venv", "--clear", folder],
                 [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes",
                  "--retries", "1", "--timeout", "15", "-r", requirements]):
        try:
            ran = subprocess.run(line, capture_output=True, text=True, timeout=240)
        except subprocess.TimeoutExpired as why:
            raise Skip(f"what {os.path.basename(requirements)} names cannot be installed here: {why}") from why
        if ran.returncode != 0:
            if "hash" in ran.stderr.lower():
                sys.exit(f"the pinned packages are not what they were: {ran.stderr[-400:]}")
            said = (ran.stderr or ran.stdout).strip()[-200:]
            raise Skip(f"what {os.path.basename(requirements)} names cannot be installed here: {said}")


def run_inside(name):
    """Runs this script once more, under the interpreter that has the packages; where they cannot be had, it is skipped."""
    if len(sys.argv) < 2 or os.environ.get("TOCSIN_PINNED") == name:
        return
    try:
        python = prepare(sys.argv[1], name)
    except Skip as why:
        print(f"skipped: {why}")
        sys.exit(SKIPPED)
    os.environ["TOCSIN_PINNED"] = name
    os.execv(python, [python, *sys.argv])
