"""Alerts reach those who read them: the same alert through every output, receivers that are away for a while,
signatures, and no secret where others could read it."""

import base64
import hashlib
import hmac
import http.server
import json
import os
import re
import signal
import socket
import socketserver
import ssl
import subprocess
import threading

from hub import Hub, eventually, expect, expect_equal, indicator, main

VALUE = "45.155.205.7"


class Sensor:
    """A running `tocsin sensor run` over one log, with its state in a folder of the hub's."""

    def __init__(self, member, *options, name="s", lists="none", environment=None):
        self.member, self.hub = member, member.hub
        self.state, self.log = f"{self.hub.folder}/{name}-state", f"{self.hub.folder}/{name}.log"
        self.options, self.environment = ("--warning-lists", lists, *options), environment or {}
        open(self.log, "ab").close()
        self.start()

    def start(self):
        self.errors = open(self.state + ".stderr", "ab")
        self.process = subprocess.Popen(
            [self.hub.program, "--profile", self.member.profile, "sensor", "run", "--state", self.state,
             "--file", self.log, "--from-start", *self.options],
            stdout=subprocess.PIPE, stderr=self.errors, text=True,
            env={**os.environ, "HOME": self.hub.folder, **self.environment})
        eventually(lambda: self.status().get("pid") == self.process.pid, "the sensor writes its status")

    def status(self):
        try:
            with open(self.state + "/status.json", encoding="utf-8") as file:
                return json.load(file)
        except (OSError, ValueError):
            return {}

    def knows(self, count):
        eventually(lambda: self.status().get("indicators") == count and
                   all(c["live"] for c in self.status()["circles"]), f"{count} indicators")

    def append(self, *lines):
        with open(self.log, "a", encoding="utf-8") as file:
            file.write("".join(line + "\n" for line in lines))

    def stop(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        out, _ = self.process.communicate(timeout=30)
        self.errors.close()
        return out

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        if self.process.poll() is None:
            self.stop()
        if kind is not None:
            with open(self.state + ".stderr", encoding="utf-8") as file:
                print("the sensor said: " + file.read()[-2000:])


def certificate(folder):
    """A certificate for 127.0.0.1 that is its own authority."""
    key, cert = folder + "/receiver.key", folder + "/receiver.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                    "-subj", "/CN=receiver", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", cert],
                   check=True, capture_output=True)
    return key, cert


class Https:
    """A receiver over HTTPS; `answer(handler, body)` gives the status."""

    def __init__(self, files, port=0, answer=lambda request, body: 200):
        self.taken, self.closed = [], False
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if outer.closed:  # a kept connection dies with its server
                    self.close_connection = True
                    return
                status = answer(self, body)
                if status == 200:
                    outer.taken.append((self.path, dict(self.headers), body))
                self.send_response(status)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(files[1], files[0])
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.closed = True
        self.server.shutdown()
        self.server.server_close()


class Stream:
    """A receiver of octet-counted syslog over TCP, or TLS."""

    def __init__(self, files=None):
        self.messages = []
        outer = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                while True:
                    digits = b""
                    while (byte := self.rfile.read(1)) not in (b" ", b""):
                        digits += byte
                    if not digits:
                        return
                    outer.messages.append(self.rfile.read(int(digits)).decode())

        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        if files:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(files[1], files[0])
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


def indicators_of(alert):
    return {source["indicator"] for source in alert["sources"]}


def every_output_names_every_source(program, _data):
    with Hub(program) as hub:
        hub.circle("town")
        hub.circle("port")
        acme = hub.member("acme", "town,port")
        two = [indicator(pattern=f"[ipv4-addr:value = '{VALUE}']", confidence=85, name="first | \x1b[31m"),
               indicator(pattern=f"[ipv4-addr:value IN ('{VALUE}', '45.155.205.8')]")]
        acme.client.share("town", two[0])
        acme.client.share("port", two[1])
        files = certificate(hub.folder)
        web, splunk, tcp, tls = Https(files), Https(files), Stream(), Stream(files)
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        udp.bind(("127.0.0.1", 0))
        udp.settimeout(10)
        local = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        local.bind(hub.folder + "/log.socket")
        local.settimeout(10)
        token = hub.folder + "/token"
        with open(token, "w", encoding="ascii") as file:
            file.write("a-token\n")
        outputs = [f"jsonl:{hub.folder}/a.json", f"ecs:{hub.folder}/a.ecs", f"cef:{hub.folder}/a.cef",
                   f"syslog:udp://127.0.0.1:{udp.getsockname()[1]}", f"syslog:unix://{hub.folder}/log.socket form=cef",
                   f"syslog:tcp://127.0.0.1:{tcp.port}", f"syslog:tls://127.0.0.1:{tls.port} ca-file={files[1]}",
                   f"hec:https://127.0.0.1:{splunk.port} ca-file={files[1]} secret-file={token}",
                   f"webhook:https://127.0.0.1:{web.port}/in ca-file={files[1]} secret-env=HOOK"]
        options = [part for output in outputs for part in ("--output", output)]
        wanted = {one["id"] for one in two}
        with Sensor(acme, "--circle", "town,port", *options, environment={"HOOK": "the-key"}) as sensor:
            sensor.knows(2)
            sensor.append(f"from {VALUE}")
            counts = eventually(lambda: (lambda o: o if len(o) == 9 and all(x["sent"] == 1 for x in o) else None)(
                sensor.status().get("outputs", [])), "each output has sent one alert")
            expect(not any("key" in json.dumps(one) for one in counts), "no secret in the status")
            expect("the-key" not in open(f"/proc/{sensor.process.pid}/cmdline", encoding="utf-8").read(), "nor among the processes")
            expect_equal(sensor.stop(), "", "outputs in place of standard output")

        with open(hub.folder + "/a.json", encoding="utf-8") as file:
            alert = json.loads(file.read())
        expect_equal(indicators_of(alert), wanted, "JSON lines")
        with open(hub.folder + "/a.ecs", encoding="utf-8") as file:
            ecs = json.loads(file.read())
        expect_equal({e["matched"]["id"] for e in ecs["threat"]["enrichments"]}, wanted, "ECS")
        expect_equal({e["indicator"]["provider"] for e in ecs["threat"]["enrichments"]}, {"town", "port"}, "providers")
        with open(hub.folder + "/a.cef", encoding="utf-8") as file:
            cef = file.read()
        unix = local.recv(65536).decode()
        for text, what in ((cef, "CEF"), (unix, "CEF over /dev/log")):
            expect(all(one in text for one in wanted) and "\x1b" not in text and text.count("\n") <= 1, f"{what}: {text!r}")
        header = re.compile(r"<(\d+)>1 (\S+Z) \S+ tocsin \d+ alert - (\{.*\})", re.DOTALL)
        for text, what in ((udp.recv(65536).decode(), "udp"), (tcp.messages[0], "tcp"), (tls.messages[0], "tls")):
            found = header.fullmatch(text)
            expect(found and found[1] == "35", f"RFC 5424 over {what}: {text!r}")
            expect_equal(indicators_of(json.loads(found[3])), wanted, what)
        path, headers, body = splunk.taken[0]
        expect_equal((path, headers["Authorization"]), ("/services/collector/event", "Splunk a-token"), "HEC")
        expect_equal(indicators_of(json.loads(body)["event"]), wanted, "HEC")
        path, headers, body = web.taken[0]
        expect_equal((path, indicators_of(json.loads(body))), ("/in", wanted), "webhook")
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        mine = base64.b64encode(hmac.new(b"the-key", signed, hashlib.sha256).digest()).decode()
        expect_equal(headers["webhook-signature"], "v1," + mine, "the signature")


def a_receiver_that_is_away(program, _data):
    with Hub(program) as hub:
        hub.circle("town")
        acme = hub.member("acme", "town")
        acme.client.share("town", indicator(pattern=f"[ipv4-addr:value = '{VALUE}']"))
        files = certificate(hub.folder)
        first = Https(files)
        port = first.port
        hook = f"webhook:https://127.0.0.1:{port}/ ca-file={files[1]} secret-env=HOOK"
        options = ("--circle", "town", "--alerts", hub.folder + "/alerts", "--output", hook)
        with Sensor(acme, *options, environment={"HOOK": "k"}) as sensor:
            sensor.knows(1)
            sensor.append(f"1 from {VALUE}")
            eventually(lambda: len(first.taken) == 1, "the first alert")
            first.close()
            sensor.append(*(f"{n} from {VALUE}" for n in range(2, 30)))
            eventually(lambda: sensor.status()["outputs"][1]["failures"] > 0 and sensor.status()["alerts"] == 29,
                       "matching goes on while the receiver is away")
            sensor.stop(signal.SIGKILL)
            sensor.start()
            again = []
            second = Https(files, port, lambda request, body: again.append(1) or (200 if len(again) % 4 else 503))

            def written():  # lines of the last seconds before a kill may alert twice
                with open(hub.folder + "/alerts", encoding="utf-8") as file:
                    return [line.rstrip("\n") for line in file]

            def got():
                return [body.decode() for _, _, body in first.taken + second.taken]

            eventually(lambda: len(written()) >= 29 and not set(written()) - set(got()), "nothing that was written is lost", 30)
            firsts = list(dict.fromkeys(got()))
            expect_equal(firsts, [line for line in written() if line in set(firsts)], "and it comes in order")
            second.close()


def bad_outputs_are_refused(program, _data):
    with Hub(program) as hub:
        hub.circle("town")
        acme = hub.member("acme", "town")
        for output, why in (("webhook:http://x/ secret-env=A", "only https"), ("webhook:https://x/ secret=A", "no option 'secret'"),
                            ("hec:https://x secret-env=NOT_SET_HERE", "NOT_SET_HERE is not set")):
            ran = acme.cli("sensor", "run", "--circle", "town", "--file", hub.folder + "/x.log", "--state", hub.folder + "/st",
                           "--output", output, code=None)
            expect(ran.code in (2, 3) and why in ran.err, f"{output}: {ran}")


if __name__ == "__main__":
    main(every_output_names_every_source, a_receiver_that_is_away, bad_outputs_are_refused)
