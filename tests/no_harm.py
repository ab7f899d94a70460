"""What keeps a sensor from doing harm, and the lists that it keeps for other programs, checked by those programs."""

import json
import os
import shutil
import subprocess
import tempfile
import time

from hub import Hub, Skip, eventually, expect, expect_equal, indicator, main
from outputs import Sensor


def when(seconds):
    """A time from now, in whole seconds as STIX has them."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + seconds))


def address(value, **more):
    return indicator(pattern=f"[ipv4-addr:value = '{value}']", **more)


def domain(value, **more):
    return indicator(value, **{"confidence": 90, **more})


def lines(path):
    try:
        with open(path, encoding="utf-8") as file:
            return file.read().splitlines()
    except OSError:
        return None


def alerts_of(path):
    return [json.loads(line) for line in lines(path) or []]


def validity_is_kept_live(program, _data):
    """valid_from begins and valid_until ends while the sensor runs, in the alerts and in a list."""
    with Hub(program) as hub:
        hub.circle("town")
        acme = hub.member("acme", "town")
        alerts, plain = hub.folder + "/alerts", hub.folder + "/plain"
        with Sensor(acme, "--circle", "town", "--alerts", alerts, "--emit", f"plain:{plain}") as sensor:
            sensor.append("one record to begin with")
            begins, ends = time.time() + 4, time.time() + 8
            acme.client.share("town", address("45.155.205.7", confidence=90, valid_from=when(4), valid_until=when(8)))
            sensor.knows(1)
            told = []
            while time.time() < ends + 1.5:
                sensor.append("from 45.155.205.7")
                time.sleep(0.2)
                told.append((time.time(), lines(plain)))
            times = [time.mktime(time.strptime(a["time"][:19], "%Y-%m-%dT%H:%M:%S")) - time.timezone for a in alerts_of(alerts)]
            expect(times, "it alerts while it is valid")
            expect(min(times) >= int(begins) and max(times) < int(ends) + 0.001, f"and not before or after: {times}, {begins}, {ends}")
            listed = [at for at, content in told if content == ["45.155.205.7"]]
            expect(listed and listed[0] >= int(begins) and listed[-1] < int(ends) + 1.3, f"the list, too: {listed}")
            expect_equal(lines(plain), [], "and ends")


def loud_indicators_are_muted(program, _data):
    with Hub(program) as hub:
        hub.circle("town", "--sightings", "count")
        acme = hub.member("acme", "town")
        loud, quiet = address("45.155.205.7"), address("45.155.205.8")
        acme.client.share("town", loud, quiet)
        alerts = hub.folder + "/alerts"
        with Sensor(acme, "--circle", "town", "--alerts", alerts, "--sightings", "count") as sensor:
            sensor.knows(2)
            for block in range(20):
                sensor.append(*(f"{n} from 45.155.205.7\n{n} from 10.0.0.1" for n in range(100)))
            sensor.append("the last from 45.155.205.8")
            eventually(lambda: any(a.get("value") == "45.155.205.8" for a in alerts_of(alerts)), "the others alert on")
            said = alerts_of(alerts)
            muted = [a for a in said if a["type"] == "muted"]
            expect_equal(len(muted), 1, "one line says so")
            expect("more than 100 times and 10 %" in muted[0]["why"] and muted[0]["indicator"] == loud["id"], f"{muted}")
            expect_equal(sum(a["type"] == "alert" and a["value"] == "45.155.205.7" for a in said), 100, "and no flood")

            def told():
                return [e for e in acme.client.entries("town") if e["kind"] == "sighting" and
                        e["attributes"]["sighting"] == "false-positive"]
            sighting = eventually(told, "the circle is told")[0]["object"]
            expect(sighting["sighting_of_ref"] == loud["id"] and sighting["description"].startswith("muted by a sensor"), f"{sighting}")

            def top():
                found = acme.cli("sensor", "status", "--state", sensor.state).json()
                return {t["indicator"]: t for t in found["hits"]["top"]}.get(loud["id"], {}) | {"all": found}
            found = eventually(lambda: (lambda t: t if t.get("hits") == 2000 else None)(top()), "all hits are counted")
            expect(found["muted"] and found["all"]["muted"]["alerts"] == 1900, f"{found}")
            shown = acme.cli("sensor", "status", "--state", sensor.state, as_json=False).out.decode()
            expect(f"muted: {loud['id']}" in shown and "2001 in all" in shown, shown)
            expect_equal(acme.cli("sensor", "unmute", quiet["id"], "--state", sensor.state, code=None).code, 1, "it is not muted")
            acme.cli("sensor", "unmute", loud["id"], "--state", sensor.state)
            eventually(lambda: any(a["type"] == "unmuted" for a in alerts_of(alerts)), "it is heard again")
            sensor.append(*(f"again {n} from 45.155.205.7" for n in range(300)))
            eventually(lambda: sum(a["type"] == "alert" and "again" in str(a["record"]) for a in alerts_of(alerts)) == 300,
                       "by hand it is heard for good")


def lists_trust_and_simulation(program, _data):
    with Hub(program) as hub:
        hub.circle("town")
        hub.circle("port")
        acme = hub.member("acme", "town,port")
        acme.client.share("town", domain("sure.net"), domain("unsure.net", confidence=20),
                          indicator("silent.net"), domain("ours.net"))
        acme.client.share("port", indicator("port.net"))
        allow, alerts, plain = hub.folder + "/allow", hub.folder + "/alerts", hub.folder + "/plain"
        with open(allow, "w", encoding="utf-8") as file:
            file.write("# ours\nours.net\n")
        options = ("--circle", "town,port", "--allow", allow, "--emit", f"plain:{plain}", "--trust", "circle:port=95",
                   "--alert-min-confidence", "30")
        names = ("sure.net", "unsure.net", "silent.net", "www.ours.net", "ours.net", "port.net")
        with Sensor(acme, *options, "--simulate", "--alerts", alerts, "--sightings", "count", name="dry") as sensor:
            sensor.knows(5)
            sensor.append(*(f"to {name}" for name in names))
            status = eventually(lambda: (lambda s: s if s.get("alerts") == 3 else None)(sensor.status()), "what would alert")
            expect_equal((status["simulate"], status["held_back"], status["below_confidence"]), (True, 1, 1), "and what not")
            eventually(lambda: sensor.status()["emit"]["in_force"].get("values") == 2, "what would be listed")
            sensor.stop()
            with open(sensor.state + ".stderr", encoding="utf-8") as file:
                expect("3 alerts would have gone out" in file.read(), "the summary")
            expect_equal((lines(alerts), lines(plain)), (None, None), "nothing was written")
            expect_equal([e["kind"] for e in acme.client.entries("town") if e["kind"] == "sighting"], [], "no sighting")
        with Sensor(acme, *options, "--alerts", alerts) as sensor:
            sensor.knows(5)
            sensor.append(*(f"to {name}" for name in names))
            said = {a["value"]: a for a in eventually(lambda: (lambda a: a if len(a) == 3 else None)(alerts_of(alerts)), "3 alerts")}
            tiers = {value: (a["tier"], a["sources"][0].get("trust")) for value, a in said.items()}
            expect_equal(tiers, {"sure.net": ("high", None), "silent.net": ("unknown", None), "port.net": ("high", 95)}, "tiers")
            eventually(lambda: lines(plain) == ["port.net", "sure.net"], "believed, and not ours")
            with open(allow, "a", encoding="utf-8") as file:
                file.write("sure.net\n")
            eventually(lambda: lines(plain) == ["port.net"], "the allow list is read again")
            sensor.append("again to sure.net")
            eventually(lambda: sensor.status()["held_back"] == 2, "and holds alerts back")
            with open(allow, "a", encoding="utf-8") as file:
                file.write("10.0.0.0/99\n")
            eventually(lambda: "line 4" in sensor.status()["harmless"].get("problem", ""), "a mistake is told")
            expect_equal(lines(plain), ["port.net"], "and changes nothing")
            withdrawn = next(e["object"]["id"] for e in acme.client.entries("port") if e["kind"] == "object")
            acme.client.ok("POST", "/api/v1/circles/port/withdrawals", {"id": withdrawn, "why": "wrong"})
            begun = time.monotonic()
            eventually(lambda: lines(plain) == [], "a withdrawal")
            expect(time.monotonic() - begun < 3, "within a second, and what the machine is slow")


def the_hubs_lists(program, _data):
    """`--warning-lists hub`: what holds at the hub holds at the sensor, also when the hub is away."""
    with tempfile.TemporaryDirectory() as folder:
        path = folder + "/lists.ndjson"
        with open(path, "w", encoding="utf-8") as file:
            file.write(json.dumps({"name": "Sites of everybody", "version": 3, "type": "hostname", "description": "",
                                   "matching_attributes": ["domain"], "list": ["www.listed-site.net"]}) + "\n")
        with Hub(program, "--warning-lists", path) as hub:
            hub.circle("town")
            acme = hub.member("acme", "town")
            acme.client.share("town", domain("listed-site.net"))
            answer = acme.client.get("/api/v1/warning-lists")
            expect(answer.status == 200 and json.loads(answer.body)["id"] == "Sites of everybody", f"{answer}")
            again = acme.client.request("GET", "/api/v1/warning-lists", headers={"If-None-Match": answer.header("etag")})
            expect_equal((again.status, again.body), (304, b""), "nothing new")
            alerts = hub.folder + "/alerts"
            with Sensor(acme, "--circle", "town", "--alerts", alerts, "--subdomains", lists="hub") as sensor:
                sensor.knows(1)
                eventually(lambda: sensor.status().get("hub_lists", {}).get("fetched"), "fetched")
                sensor.append("to www.listed-site.net", "to xyz.listed-site.net")
                eventually(lambda: [a["value"] for a in alerts_of(alerts)] == ["xyz.listed-site.net"], "the other alerts")
                eventually(lambda: sensor.status()["held_back"] == 1, "held back")
                sensor.stop()
                hub.kill()
                sensor.start()
                sensor.append("to www.listed-site.net", "to abc.listed-site.net")
                eventually(lambda: len(alerts_of(alerts)) == 2, "without the hub")
                eventually(lambda: sensor.status()["held_back"] == 1, "by the lists as they were")
                hub.start()


def with_lists(program, forms, objects, check):
    """Runs `check(folder)` over the lists of these objects."""
    with Hub(program) as hub:
        hub.circle("town")
        acme = hub.member("acme", "town")
        acme.client.share("town", *objects)
        out = hub.folder + "/lists"
        os.mkdir(out)
        emit = [part for form in forms for part in ("--emit", form.replace("DIR", out))]
        with Sensor(acme, "--circle", "town", *emit, "--subdomains") as sensor:
            eventually(lambda: sensor.status().get("emit", {}).get("in_force", {}).get("build_ms") is not None and
                       all("changed" in t for t in sensor.status()["emit"]["targets"]), "lists are written")
            check(out, acme, sensor)


VALUES = [domain("bad-site.net"), domain("xn--bcher-kva.net"), domain("_x.bad-site.org"),
          indicator(pattern="[ipv4-addr:value = '45.155.205.7']", confidence=100),
          indicator(pattern="[ipv4-addr:value ISSUBSET '45.155.0.0/16']", confidence=100),
          indicator(pattern="[ipv6-addr:value = '2a03:2880::1:0:0:5']", confidence=100),
          indicator(pattern="[ipv6-addr:value ISSUBSET '2a03:2880:f000::/36']", confidence=100),
          indicator(pattern="[url:value = 'http://bad-site.net/a?b=c&d']", confidence=100),
          indicator(pattern="[domain-name:value = 'x.net CNAME rpz-passthru.']", confidence=100),
          indicator(pattern="[file:hashes.MD5 = '00112233445566778899aabbccddeeff']", confidence=100),
          indicator(pattern="[file:hashes.'SHA-256' = '" + "ab" * 32 + "']", confidence=100)]


def zones_are_zones(program, _data):
    checkzone, checkconf = shutil.which("named-checkzone"), shutil.which("unbound-checkconf")
    if not checkzone and not checkconf:
        raise Skip("neither named-checkzone nor unbound-checkconf is here")

    def check(out, acme, _sensor):
        with open(out + "/zone", encoding="utf-8") as file:
            text = file.read()
        expect("*.bad-site.net CNAME .\n" in text and "16.0.0.155.45.rpz-ip CNAME .\n" in text and "passthru" not in text, text)
        if checkzone:
            ran = subprocess.run([checkzone, "-i", "local", "rpz.tocsin", out + "/zone"], capture_output=True, text=True)
            expect(ran.returncode == 0 and "loaded serial" in ran.stdout, f"{ran.stdout} {ran.stderr}")
        if checkconf:
            with open(out + "/unbound.conf", "w", encoding="utf-8") as file:
                file.write('server:\n  chroot: ""\n  module-config: "respip validator iterator"\n  username: ""\n'
                           f'  directory: "{out}"\nrpz:\n  name: rpz.tocsin\n  zonefile: {out}/zone\n')
            ran = subprocess.run([checkconf, out + "/unbound.conf"], capture_output=True, text=True)
            expect(ran.returncode == 0, f"{ran.stdout} {ran.stderr}")
        before = int(text.split("\n  ", 1)[1].split(" ", 1)[0])
        acme.client.share("town", domain("more.net"))
        grown = eventually(lambda: next((t for t in ["\n".join(lines(out + "/zone"))] if "more.net" in t), None), "one more")
        expect(int(grown.split("\n  ", 1)[1].split(" ", 1)[0]) > before, "the serial grows")

    with_lists(program, ["rpz:DIR/zone"], VALUES, check)


RULES = [("suricata", 'alert http any any -> any any (msg:"a rule"; content:"x"; sid:1; rev:1;)'),
         ("suricata", 'alert http any any -> any any (msg:"another of its number"; content:"y"; sid:1; rev:1;)'),
         ("snort", 'alert tcp any any -> any any (msg:"for snort"; \\\n content:"z"; sid:2; rev:1;)'),
         ("suricata", 'alert http any any -> any any (msg:"stores"; filestore; sid:3; rev:1;)'),
         ("sigma", "title: A rule\nlogsource:\n  product: windows\ndetection:\n  a:\n    b: c\n  condition: a\n")]


def suricata_takes_it(program, data):
    suricata = shutil.which("suricata")
    if not suricata:
        raise Skip("suricata is not here")
    rules = list(RULES)
    if data:
        with open(data + "/rules/eset-ta410.rules", encoding="utf-8") as file:
            rules += [("snort", line) for line in file.read().replace("\\\n", " ").splitlines() if line.startswith("alert")]
    objects = VALUES + [indicator(pattern=text, pattern_type=kind, name=f"a {kind} rule", pattern_version="1") for kind, text in rules]

    def check(out, acme, sensor):
        config = out + "/suricata.yaml"
        with open(config, "w", encoding="utf-8") as file:
            file.write(f"%YAML 1.1\n---\nvars:\n  address-groups:\n    HOME_NET: '[10.0.0.0/8]'\n    EXTERNAL_NET: '!$HOME_NET'\n"
                       f"default-log-dir: {out}\nclassification-file: {out}/classification.config\n"
                       "app-layer:\n  protocols:\n    http:\n      enabled: yes\n    tls:\n      enabled: yes\n      ja3-fingerprints: yes\n"
                       "    dns:\n      enabled: yes\n      udp:\n        enabled: yes\n      tcp:\n        enabled: yes\n")
        with open(out + "/classification.config", "w", encoding="utf-8") as file:
            file.write("config classification: trojan-activity,A Network Trojan was detected, 1\n")
        version = subprocess.run([suricata, "-V"], capture_output=True, text=True).stdout
        files = [out + "/sets/tocsin.rules", out + "/rules"]
        if "version 6" not in version:
            files.append(out + "/sets/tocsin-ip.rules")
        for rule_file in files:
            ran = subprocess.run([suricata, "-T", "-c", config, "-S", rule_file, "-l", out], capture_output=True, text=True)
            said = ran.stdout + ran.stderr
            expect(ran.returncode == 0 and "ERRCODE" not in said.replace("SC_ERR_CONF_YAML_ERROR", ""), f"{rule_file}: {said[-2000:]}")
        text = "\n".join(lines(out + "/rules"))
        expect("filestore" not in text and text.count("another of its number") == 1 and text.count("sid:1;") == 1, text)
        status = acme.cli("sensor", "status", "--state", sensor.state).json()
        target = next(t for t in status["emit"]["targets"] if t["emit"].startswith("suricata-rules"))
        expect_equal([(r["why"]) for r in target["refused"]["rules"]], ["refused: filestore: it writes files"], "refused by name")
        shown = acme.cli("sensor", "status", "--state", sensor.state, as_json=False).out.decode()
        sigma = next(o["id"] for o in objects if o["pattern_type"] == "sigma")
        expect(f"not evaluated, passed on: sigma {sigma} a sigma rule" in shown, shown)
        expect_equal(os.listdir(out + "/sigma"), [sigma + ".yml"], "named by its id")
        acme.client.ok("POST", "/api/v1/circles/town/withdrawals", {"id": sigma, "why": "wrong"})
        eventually(lambda: os.listdir(out + "/sigma") == [], "a withdrawn rule goes")
        sensor.stop()
        sensor.start()
        eventually(lambda: sensor.status().get("passed_on", {}).get("count") == len(rules) - 1, "rules are known after a restart")

    with_lists(program, ["suricata-dataset:DIR/sets", "suricata-rules:DIR/rules", "sigma:DIR/sigma"], objects, check)


def lists_hold_what_zeek_reads(program, _data):
    def check(out, _acme, _sensor):
        found = lines(out + "/intel")
        expect_equal(found[0], "#fields\tindicator\tindicator_type\tmeta.source\tmeta.desc", "the head")
        kinds = {line.split("\t")[0]: line.split("\t")[1] for line in found[1:]}
        expect(all(len(line.split("\t")) == 4 for line in found[1:]) and not any("passthru" in line for line in found), f"{found}")
        expect_equal((kinds["45.155.0.0/16"], kinds["bad-site.net/a?b=c&d"], kinds["bad-site.net"]),
                     ("Intel::SUBNET", "Intel::URL", "Intel::DOMAIN"), "types")

    with_lists(program, ["zeek-intel:DIR/intel"], VALUES, check)


if __name__ == "__main__":
    main(validity_is_kept_live, loud_indicators_are_muted, lists_trust_and_simulation, the_hubs_lists, zones_are_zones, suricata_takes_it,
         lists_hold_what_zeek_reads)
