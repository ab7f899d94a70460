"""A hub behind nginx, set up as docs/guides/operator.md says: its own snippet is what runs here."""

import os
import pathlib
import re
import shutil
import socket
import subprocess
import tempfile

from certificates import pair_of
from hub import Failed, Hub, Skip, eventually, expect, expect_equal, indicator, main
from rates import From, asked

GUIDE = pathlib.Path(__file__).resolve().parent.parent / "docs" / "guides" / "operator.md"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Nginx:
    """The guide's snippet, with the addresses and files of this test in place of the guide's."""

    def __init__(self, folder, port, hub_port, certificate, key, authority):
        snippet = re.search(r"```nginx\n(.*?)```", GUIDE.read_text(), re.S)
        expect(snippet, "the guide has a configuration for nginx")
        text = snippet[1]
        for there, here in (("127.0.0.1:8443", f"127.0.0.1:{hub_port}"), ("listen 443", f"listen 127.0.0.1:{port}"),
                            ("/etc/letsencrypt/live/hub.example/fullchain.pem", certificate),
                            ("/etc/letsencrypt/live/hub.example/privkey.pem", key),
                            ("/etc/ssl/certs/ca-certificates.crt", authority), ("hub.example", "localhost")):
            expect(there in text, f"the guide's configuration says {there}")
            text = text.replace(there, here)
        paths = "".join(f"{kind}_temp_path {folder}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        file = os.path.join(folder, "nginx.conf")
        with open(file, "w") as out:
            out.write(f"daemon off; master_process off; pid {folder}/nginx.pid; error_log {folder}/error.log;\n"
                      f"events {{}}\nhttp {{ access_log off;\n{paths}\n{text}\n}}\n")
        self.process = subprocess.Popen(["nginx", "-p", folder, "-e", f"{folder}/error.log", "-c", file], stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)
        self.folder, self.port = folder, port

    def __enter__(self):
        def listens():
            if self.process.poll() is not None:
                raise Failed("nginx ended: " + pathlib.Path(self.folder, "error.log").read_text()[-500:])
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", self.port)) == 0
        eventually(listens, "nginx starts")
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()


def behind_nginx(program, _data):
    if not shutil.which("nginx"):
        raise Skip("nginx is not installed")
    port = free_port()
    url = f"https://localhost:{port}"
    with tempfile.TemporaryDirectory() as folder, \
            Hub(program, "--public-url", url, "--proxy", "127.0.0.1", "--address-requests-per-minute", "60") as hub:
        # No public authority here: both show the hub's own certificate, and invites pin its authority.
        authority = pair_of(hub, folder, "shown")
        ca, certificate, key = (os.path.join(folder, name) for name in ("ca.pem", "shown.pem", "shown.key"))
        pathlib.Path(ca).write_text(authority)
        with Nginx(folder, port, hub.port, certificate, key, ca):
            hub.circle("town")
            invite = hub.invite("someone", "town")
            expect(invite.startswith(url + "/join#"), f"invites name the public address: {invite}")
            members = [hub.member(name, "town") for name in ("acme", "bank")]
            acme, bank = (member.client for member in members)
            expect_equal(acme.port, port, "a profile leads to nginx")

            stream = bank.stream("town")
            stream.snapshot()
            for _ in range(5):
                one = indicator()
                expect_equal(acme.share("town", one)["accepted"], 1, "a share through nginx")
                heard = stream.until("object", "an event comes at once: nginx holds nothing back", 2.0)
                expect_equal(heard.json()["object"]["id"], one["id"], "and is the one shared")
            many = [indicator(description="x" * 2000) for _ in range(4000)]
            expect_equal(acme.share("town", *many)["accepted"], len(many), "a body of 9 MB passes")
            expect_equal(acme.request("POST", "/api/v1/circles/town/objects", b"x" * (17 << 20)).status, 413, "17 MB do not")
            shown = members[1].cli("profile", "show", "--taxii").json()
            expect(shown["url"].startswith(url), f"TAXII clients are told the public address: {shown['url']}")
            pulled = members[1].cli("pull", "--circle", "town", "--objects").out.splitlines()
            expect_equal(len(pulled), 4005, "a member pulls all of it through nginx")
            stream.close()

            lying = From(acme, "127.0.0.2")
            statuses = {lying.request("GET", "/health", headers={"X-Forwarded-For": f"203.0.113.{n}"}).status
                        for n in range(120)}
            expect_equal(statuses, {200, 429}, "a client of nginx is counted by its address, whatever it says")
            expect_equal(asked(From(acme, "127.0.0.3"), "/health", 1)[0].status, 200, "another one is another")
            expect_equal(acme.get("/api/v1/me").status, 200, "and members are served")


if __name__ == "__main__":
    main(behind_nginx)
