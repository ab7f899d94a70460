"""A sensor follows a growing, rotating log while indicators come and go through a real hub, and nothing is missed:
each line that held an indicator which was active then gives exactly one alert, and no other line gives any.

    sensor_follow.py PROGRAM [DATA] runs for SECONDS of the environment variable TOCSIN_FOLLOW_S, else 20.
"""

import collections
import json
import os
import random
import time

from hub import Hub, expect, expect_equal, indicator, main
from sensor_past import Sensor, append, until

SECONDS = float(os.environ.get("TOCSIN_FOLLOW_S", "20"))
ROTATE_S = 1.5


class Log:
    """A log as Zeek writes it, rotated by renaming; now and then a last line comes after that."""

    def __init__(self, path):
        self.path, self.number, self.rotations = path, 0, 0
        self.file = open(path, "w", encoding="utf-8")

    def write(self, name):
        self.number += 1
        uid = f"C{self.number}"
        line = json.dumps({"_path": "dns", "ts": time.time(), "uid": uid, "id.orig_h": "10.0.0.1", "id.orig_p": 53,
                           "id.resp_h": "10.0.0.2", "query": name}) + "\n"
        cut = random.randrange(1, len(line))  # a writer's buffer ends anywhere
        self.file.write(line[:cut])
        if random.random() < 0.1:
            self.file.flush()
        self.file.write(line[cut:])
        self.file.flush()
        return uid

    def rotate(self):
        self.rotations += 1
        os.rename(self.path, f"{self.path}.{self.rotations}")
        late = self.file if random.random() < 0.5 else None  # a writer that has not noticed yet
        fresh = open(self.path, "w", encoding="utf-8")
        if late:
            self.write("late.zqordinary.net")
        self.file.close()
        self.file = fresh


def nothing_is_missed(program, _data):
    random.seed(7)
    with Hub(program) as hub:
        hub.circle("town")
        acme, other = hub.member("acme", "town"), hub.member("other", "town")
        path = os.path.join(hub.folder, "dns.log")
        log = Log(path)
        sensor = Sensor(hub, other, "town", path, options=("--mute-share", "100"))  # few indicators hit much here

        def applied(sequence):
            """The sensor has confirmed all up to there: what is written from now on is read with it."""
            def there():
                said = sensor.status()
                return said and said["circles"][0]["position"] >= sequence
            until(there, f"the sensor is at {sequence}")

        def told(name):
            """The lines that hold the name have been read: one that is read after the withdrawal is rightly silent."""
            lines = {uid for uid, (one, _) in wanted.items() if one == name}
            until(lambda: lines <= {a["record"]["uid"] for a in sensor.alerts()}, f"an alert for each line with {name}: {lines}", 60)

        active, gone, wanted, silent = {}, [], {}, {}
        rotated, begun, lines_per_turn = time.monotonic(), time.monotonic(), 40
        while time.monotonic() - begun < SECONDS:
            # One comes, and sometimes one goes. What is seen between the share and the confirmation may alert or
            # not, so nothing that it names is written then; ordinary lines are.
            fresh = indicator(f"{random.randrange(1 << 60):x}.zqfollow.net")
            sequence = acme.client.share("town", fresh)["receipts"][0]["sequence"]
            if len(active) > 3 and random.random() < 0.7:
                name, one = active.popitem()
                told(name)
                acme.client.ok("POST", "/api/v1/circles/town/withdrawals", {"id": one["id"], "why": "follow"})
                gone.append(name)
                sequence += 1
            for _ in range(lines_per_turn):
                log.write(f"{random.randrange(1 << 40):x}.zqordinary.net")
            applied(sequence)
            active[fresh["name"]] = fresh
            for _ in range(lines_per_turn):
                draw = random.random()
                if draw < 0.3:
                    name = random.choice(list(active))
                    wanted[log.write(name)] = (name, active[name]["id"])
                elif draw < 0.4 and gone:
                    silent[log.write(random.choice(gone))] = True
                else:
                    log.write(f"{random.randrange(1 << 40):x}.zqordinary.net")
                if time.monotonic() - rotated > ROTATE_S:
                    log.rotate()
                    rotated = time.monotonic()

        until(lambda: sensor.status()["files"][0]["lines"] >= log.number, "all lines are read", 60)
        time.sleep(2.0)  # what would come late or twice
        alerts = [a for a in sensor.alerts() if not a.get("retrospective")]
        found = collections.Counter(a["record"]["uid"] for a in alerts)
        expect_equal(sensor.status()["files"][0]["lines"], log.number, "each line is read once")
        expect_equal({uid: wanted[uid] for uid in sorted(set(wanted) - set(found))}, {}, "no line is missed")
        expect_equal(sorted(uid for uid in found if uid in silent), [], "what was withdrawn is silent")
        expect_equal(sorted(uid for uid in found if uid not in wanted), [], "ordinary lines are silent")
        expect_equal([uid for uid, times in found.items() if times != 1], [], "each alerts once")
        for alert in alerts:
            name, identifier = wanted[alert["record"]["uid"]]
            expect_equal((alert["value"], [s["indicator"] for s in alert["sources"]]), (name, [identifier]), "who and what")
        expect(log.rotations >= SECONDS / ROTATE_S / 3, f"only {log.rotations} rotations")
        print(f"{log.number} lines in {log.rotations + 1} files, {len(active) + len(gone)} indicators came, "
              f"{len(gone)} went, {len(wanted)} alerts wanted and told, {len(silent)} lines rightly silent")
        sensor.stop()


if __name__ == "__main__":
    main(nothing_is_missed)
