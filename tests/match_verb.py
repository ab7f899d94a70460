"""`tocsin match`: exit codes, the line with the caret, what JSON ends in, files and standard input."""

import json
import os
import subprocess
import tempfile

from hub import expect, expect_equal, main


def observed(number, name, second, count=1):
    return {"type": "observed-data", "id": f"observed-data--{number}", "number_observed": count,
            "first_observed": f"2020-01-01T00:00:{second:02}Z", "last_observed": f"2020-01-01T00:00:{second:02}Z",
            "object_refs": [f"file--{number}"]}, {"type": "file", "id": f"file--{number}", "name": name}


def run(program, *arguments, text=None):
    ran = subprocess.run([program, "match", *arguments], input=text, capture_output=True, text=True, timeout=60)
    return ran.returncode, ran.stdout, ran.stderr


def verdicts(program, _data):
    objects = [o for one in (observed(1, "a", 0), observed(2, "b", 5), observed(3, "a", 9, 2)) for o in one]
    lines = "\n".join(json.dumps(o) for o in objects)
    with tempfile.TemporaryDirectory() as folder:
        bundle, half = os.path.join(folder, "bundle.json"), os.path.join(folder, "half.ndjson")
        with open(bundle, "w", encoding="utf-8") as file:
            json.dump({"type": "bundle", "id": "bundle--1", "objects": objects}, file, indent=2)
        with open(half, "w", encoding="utf-8") as file:
            file.write(lines.rsplit("\n", 1)[0])  # without the last file
        for pattern, files, code, bound in (
                ("[file:name = 'b']", [bundle], 0, [2]),
                ("[file:name = 'x']", [bundle], 1, []),
                ("[file:name = 'a'] REPEATS 3 TIMES", ["-"], 0, [1, 3]),
                ("[file:name = 'a'] REPEATS 4 TIMES", ["-"], 1, []),
                ("[file:name = 'a'] REPEATS 2 TIMES", [half], 1, []),
                ("[file:name = 'a'] REPEATS 3 TIMES", [half, bundle], 0, [1, 3]),  # one id is one observation
                ("([file:name = 'a'] FOLLOWEDBY [file:name = 'b']) WITHIN 5 SECONDS", [bundle], 1, []),
                ("([file:name = 'a'] FOLLOWEDBY [file:name = 'b']) WITHIN 5.1 SECONDS", [bundle], 0, [1, 2])):
            got, out, err = run(program, pattern, *files, "-o", "json", text=lines)
            expect_equal(got, code, f"{pattern}: {err}")
            said = json.loads(out.splitlines()[-1])
            expect_equal(said, {"match": code == 0, "observations": [f"observed-data--{n}" for n in bound]}, pattern)
        code, out, _ = run(program, "[file:name = 'b']", bundle)
        expect_equal((code, out.split()), (0, ["match", "observed-data--2"]), "for people")
        code, _, err = run(program, "[file:name = 'b']", os.path.join(folder, "not-there"))
        expect(code == 3 and "not-there" in err, f"a file that is not there decides nothing: {code} {err}")


def no_pattern(program, _data):
    for pattern, column, wanted in (
            ("[file:name = ]", 14, "expected a constant"),
            ("[file:name = 'ä' AND file:size ~ 5]", 32, "begins nothing"),
            ("[file:name = 'x'] WITHIN 0 SECONDS", 26, "expected a number of seconds above 0"),
            ("[file:size = 1 AND\n file:name MATCHES '(?=a)']", 39, "(?="),
            ("[ipv4-addr:value ISSUBSET 'x']", 27, "IPv4 or IPv6")):
        code, _, err = run(program, pattern, "-", text="")
        expect_equal(code, 2, f"{pattern}: {err}")
        said, shown, caret = err.splitlines()
        expect(f"column {column}: " in said and wanted in said, f"{pattern}: {said}")
        before = pattern[:column - 1].rsplit("\n", 1)[-1]
        expect_equal((shown, caret), ("  " + pattern.split("\n")[-1], "  " + " " * len(before) + "^"), "the caret")
        code, out, _ = run(program, pattern, "-", "-o", "json", text="")
        answer = json.loads(out)
        expect_equal((code, answer["column"], answer["match"]), (2, column, False), pattern)


def bombs(program, _data):
    code, out, err = run(program, "([a:b = 1] FOLLOWEDBY [a:b = 2]) REPEATS 99999 TIMES", "-", "-o", "json", text="")
    expect(code == 3 and "bindings_max" in err and "bindings_max" in json.loads(out)["error"], f"{code} {err}")


if __name__ == "__main__":
    main(verdicts, no_pattern, bombs)
