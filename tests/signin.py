"""People sign in: passkeys and sessions through Debian's Chromium with a virtual authenticator, and an OpenID provider
of somebody else's making (oidc-provider). Playwright and the provider are pinned: requirements-signin.txt,
signin/package-lock.json."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time

from hub import Hub, Skip, SKIPPED, eventually, expect, expect_equal, indicator, main

HERE = os.path.dirname(os.path.abspath(__file__))


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def named_hub(program, *options, port=None):
    """A hub that is reached by a name, as passkeys need."""
    port = port or free_port()

    class Named(Hub):
        def start(self, seconds=60.0):
            self.port = port
            super().start(seconds)

    return Named(program, "--public-url", f"https://localhost:{port}", *options)


class Town:
    """A circle, two members, a person each, and a browser that has a passkey of ada's."""

    def __init__(self, hub, playwright, *authorities):
        from signin_page import Browser
        self.hub = hub
        hub.circle("town")
        self.steward = hub.member("steward", "town", options=("--steward",))
        self.member = hub.member("inside", "town")
        self.member.cli("person", "add", "ada")
        self.authority = self.member.client.ca_pem
        self.browser = Browser(playwright, f"https://localhost:{hub.port}", self.authority, *authorities)

    def link(self, name="ada", *scopes):
        return self.member.cli("person", "passkey", name, *(["--scopes", ",".join(scopes)] if scopes else [])).json()


def problem(answer, status, kind, what):
    expect_equal(answer["status"], status, what)
    expect_equal(answer["json"].get("type"), "urn:tocsin:problem:" + kind, what)


def enrol_and_sign_in(program, playwright):
    with named_hub(program) as hub:
        town = Town(hub, playwright)
        with town.browser as ada:
            made = town.link("ada", "read", "share", "administer")
            ada.enrol(made["url"])
            expect("ada, inside" in ada.page.inner_text("#in-title"), "the page says who is signed in")
            cookie = ada.cookie()
            expect(cookie["httpOnly"] and cookie["secure"] and cookie["sameSite"] == "Strict", f"the cookie: {cookie}")
            expect_equal(ada.page.evaluate("document.cookie"), "", "what scripts see of cookies")
            expect_equal(ada.ask("GET", "/api/v1/me")["json"]["person"], "ada", "whom a session stands for")

            # Once means once.
            with another_browser(playwright, town) as second:
                second.open("/signin")
                refused = second.ask("POST", "/signin/enrol/begin", {"link": made["url"].split("link=")[1]})
                problem(refused, 401, "not-accepted", "a link that was used")
                unknown = second.ask("POST", "/signin/enrol/begin", {"link": "A" * 43})
                expect_equal(unknown, refused, "a link that never was, beside one that was used")

            # Without assertion: everyday acts pass, administration does not.
            shared = ada.ask("POST", "/api/v1/circles/town/objects", indicator())
            expect_equal(shared["status"], 200, "sharing by a session")
            problem(ada.ask("POST", "/api/v1/people", {"name": "bob"}), 403, "fresh-assertion", "administration, at first")
            problem(ada.ask("POST", "/api/v1/tokens", {"person": "ada", "scopes": ["read"]}), 403, "fresh-assertion",
                    "a token for oneself")
            ada.page.click("text=Confirm with passkey")
            ada.said("Confirmed")
            expect_equal(ada.ask("POST", "/api/v1/people", {"name": "bob"})["status"], 201, "administration, confirmed")

            # Where a request comes from.
            problem(ada.ask("POST", "/api/v1/people", {"name": "eve"}, csrf=False), 403, "csrf", "without the token")
            problem(ada.ask("POST", "/api/v1/people", {"name": "eve"}, csrf=False, headers={"x-tocsin-csrf": "A" * 43}),
                    403, "csrf", "with another token")
            raw = town.member.client.with_token(None)
            stolen = {"Cookie": f"__Host-tocsin={cookie['value']}", "Origin": "https://evil.example",
                      "x-tocsin-csrf": ada.page.evaluate("fetch('/signin/session').then(a => a.json()).then(j => j.csrf)")}
            answer = raw.request("POST", "/api/v1/people", {"name": "eve"}, stolen)
            expect_equal((answer.status, answer.json()["type"]), (403, "urn:tocsin:problem:csrf"), "from another origin")
            answer = raw.request("GET", "/api/v1/me", headers={**stolen, "Sec-Fetch-Site": "cross-site"})
            expect_equal(answer.status, 403, "a reading request from another site")
            answer = raw.request("GET", "/taxii2/", headers={**stolen, "Accept": "application/taxii+json;version=2.1"})
            expect_equal(answer.status, 401, "a session over TAXII")
            expect_equal(ada.ask("GET", "/api/v1/circles/town/stream")["status"], 403, "a stream by a session")
            people = [p["name"] for p in ada.ask("GET", "/api/v1/people")["json"]["people"]]
            expect("eve" not in people, f"people after all that: {people}")

            # What the page is allowed.
            page = ada.open()
            csp = page.headers["content-security-policy"]
            expect("default-src 'none'" in csp and "frame-ancestors 'none'" in csp and "unsafe" not in csp, csp)
            expect_equal(page.headers["x-content-type-options"], "nosniff", "sniffing")
            expect_equal(page.headers["cache-control"], "no-store", "caching")

            # Out, and in again with nothing typed.
            ada.page.click("text=Sign out")
            ada.said("You are signed out")
            expect(ada.cookie() is None, "the cookie is gone")
            answer = raw.request("GET", "/api/v1/me", headers={"Cookie": f"__Host-tocsin={cookie['value']}"})
            expect_equal(answer.status, 401, "the cookie of a session that was signed out")
            ada.sign_in()
            expect_equal(ada.ask("POST", "/api/v1/people", {"name": "carol"})["status"], 201, "fresh by signing in")

            # A restart keeps passkeys and sessions; a backup the passkeys.
            hub.stop()
            hub.start()
            expect_equal(ada.ask("GET", "/api/v1/me")["status"], 200, "the session after a restart")
            backup, restored = os.path.join(hub.folder, "copy"), os.path.join(hub.folder, "restored")
            hub.cli("backup", "--data", hub.data, "--to", backup)
            hub.stop()
            hub.cli("restore", backup, "--data", restored)
            hub.data = restored
            hub.start()
            expect_equal(ada.ask("GET", "/api/v1/me")["status"], 401, "the session at a hub made from a backup")
            ada.sign_in()

            # Suspended: out within a second, and it stays out when the member is active again.
            hub.admin.ok("POST", "/api/v1/members/inside/standing", {"standing": "suspended", "why": "test"})
            begun = time.monotonic()
            eventually(lambda: ada.ask("GET", "/api/v1/me")["status"] == 401, "the session ends", 1.0)
            expect(time.monotonic() - begun < 1.0, "within a second")
            ada.open()
            ada.page.click("text=Sign in with a passkey")
            ada.said("not accepted")
            hub.admin.ok("POST", "/api/v1/members/inside/standing", {"standing": "active", "why": "test"})
            expect_equal(ada.ask("GET", "/api/v1/me")["status"], 401, "the old session of a member that is back")
            ada.sign_in()
            expect(not ada.problems, f"the browser complained: {ada.problems}")


class OpenIdProvider:
    """oidc-provider in a process of its own, and the file that tells a hub of it."""

    def __init__(self, folder, hub_url):
        self.folder, self.port = folder, free_port()
        self.key, self.certificate = os.path.join(folder, "idp.key"), os.path.join(folder, "idp.pem")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-keyout", self.key, "-out", self.certificate, "-days", "2", "-subj", "/CN=localhost",
                        "-addext", "subjectAltName=DNS:localhost"], check=True, capture_output=True)
        with open(self.certificate, encoding="ascii") as file:
            self.authority = file.read()
        secret = os.path.join(folder, "idp.secret")
        with open(secret, "w", encoding="ascii") as file:
            file.write("a secret & more\n")
        self.file = os.path.join(folder, "idp.toml")
        with open(self.file, "w", encoding="ascii") as file:
            file.write(f'name = "idp"\nlabel = "Example ID"\nissuer = "https://localhost:{self.port}"\n'
                       f'client_id = "tocsin"\nclient_secret_file = "{secret}"\nca_file = "{self.certificate}"\n')
        self.redirect = hub_url + "/signin/callback"

    def __enter__(self):
        self.process = subprocess.Popen(
            ["node", "provider.mjs", str(self.port), self.key, self.certificate, self.redirect, "a secret & more"],
            cwd=os.environ["TOCSIN_SIGNIN_PREPARED"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        expect_equal(self.process.stdout.readline().strip(), "ready", "the provider's first line")
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()


def through_provider(browser, button, name):
    """Presses the button on our page, and signs in on the provider's pages."""
    browser.page.click(f"text={button}")
    browser.page.fill("input[name=login]", name)
    browser.page.fill("input[name=password]", "any")
    browser.page.click("button[type=submit]")
    browser.page.click("button[type=submit]:has-text('Continue')")


def sign_in_at_a_provider(program, playwright):
    with tempfile.TemporaryDirectory(prefix="tocsin-idp-") as folder:
        port = free_port()
        with OpenIdProvider(folder, f"https://localhost:{port}") as idp, \
                named_hub(program, "--provider", idp.file, port=port) as hub:
            town = Town(hub, playwright, idp.authority)
            with town.browser as ada:
                # Nobody is let in who was not linked, and no account is made.
                ada.open()
                through_provider(ada, "Sign in with Example ID", "ada-at-idp")
                ada.page.locator("text=Nobody here is linked").wait_for()
                expect(ada.cookie() is None, "no session for an unknown account")
                people = town.member.client.ok("GET", "/api/v1/people")["people"]
                expect_equal(len(people), 2, "people after that")

                # Linked by the person, with a passkey first.
                ada.enrol(town.link("ada", "read", "administer")["url"])
                ada.page.click("text=Link Example ID")
                ada.page.locator("text=at https://localhost").wait_for()
                expect_equal([i["subject"] for i in ada.ask("GET", "/signin/identities")["json"]["identities"]],
                             ["ada-at-idp"], "ada's accounts")
                ada.page.click("text=Sign out")
                ada.said("You are signed out")
                ada.page.click("text=Sign in with Example ID")
                ada.page.locator("h2", has_text="ada, inside").wait_for()
                expect_equal(ada.cookie()["sameSite"], "Strict", "the session's cookie")

                # A provider's word is no assertion of a passkey.
                problem(ada.ask("POST", "/api/v1/people", {"name": "bob"}), 403, "fresh-assertion", "administration")
                ada.page.click("text=Confirm with passkey")
                ada.said("Confirmed")
                expect_equal(ada.ask("POST", "/api/v1/people", {"name": "bob"})["status"], 201, "confirmed")

                # An answer counts once, and in the browser that asked.
                ada.page.click("text=Sign out")
                ada.said("You are signed out")
                answers = []
                ada.page.on("request", lambda r: answers.append(r.url) if "/signin/callback" in r.url else None)
                ada.page.click("text=Sign in with Example ID")
                ada.page.locator("h2", has_text="ada, inside").wait_for()
                raw = town.member.client.with_token(None)
                path = answers[0].split(str(hub.port))[1]
                expect("iss=" in path and "state=" in path, path)
                flow = ada.cookie("__Host-tocsin-flow")["value"]
                for cookie in ({}, {"Cookie": f"__Host-tocsin-flow={'A' * 43}"}, {"Cookie": f"__Host-tocsin-flow={flow}"}):
                    again = raw.request("GET", path, headers=cookie)
                    expect_equal((again.status, again.header("set-cookie")), (400, None), "the same answer again")

                # Linked by an administrator; the hub's rule for who may say whose an account is.
                town.member.cli("person", "add", "carol")
                town.member.cli("person", "link", "carol", "--provider", "idp", "--subject", "carol-at-idp")
                taken = town.member.client.post("/signin/identities", {"person": "carol", "provider": "idp",
                                                                       "subject": "ada-at-idp"})
                expect_equal(taken.status, 409, "an account that is linked to somebody else")
                with another_browser(playwright, town, idp.authority) as carol:
                    carol.open()
                    through_provider(carol, "Sign in with Example ID", "carol-at-idp")
                    carol.page.locator("h2", has_text="carol, inside").wait_for()
                    expect_equal(carol.ask("GET", "/api/v1/me")["json"]["scopes"], ["read"], "what was given")
                    hub.admin.ok("POST", "/api/v1/members/inside/standing", {"standing": "suspended", "why": "test"})
                    eventually(lambda: carol.ask("GET", "/api/v1/me")["status"] == 401, "the session ends", 1.0)
                    carol.open()
                    carol.page.click("text=Sign in with Example ID")
                    carol.page.locator("text=Nobody here is linked").wait_for()
                expect(not ada.problems, f"the browser complained: {ada.problems}")


def prepare_provider(program):
    """A folder beside the program that holds the pinned provider."""
    folder = os.path.join(os.path.dirname(os.path.abspath(program)), "signin-provider")
    if shutil.which("npm") is None or shutil.which("node") is None:
        raise Skip("there is no Node.js with npm")
    os.makedirs(folder, exist_ok=True)
    names = ("package.json", "package-lock.json", "provider.mjs")
    wanted = "".join(open(os.path.join(HERE, "signin", name), encoding="utf-8").read() for name in names)
    mark = os.path.join(folder, "installed")
    if os.path.exists(mark) and open(mark, encoding="utf-8").read() == wanted:
        return folder
    for name in names:
        shutil.copy(os.path.join(HERE, "signin", name), folder)
    ran = subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder, capture_output=True,
                         text=True, timeout=180)
    if ran.returncode != 0:
        if "EINTEGRITY" in ran.stderr:
            sys.exit(f"the pinned packages are not what they were: {ran.stderr[-400:]}")
        raise Skip(f"the provider cannot be installed here: {ran.stderr.strip()[-200:]}")
    with open(mark, "w", encoding="utf-8") as file:
        file.write(wanted)
    return folder


def another_browser(playwright, town, *authorities):
    from signin_page import Browser
    return Browser(playwright, town.browser.url, town.authority, *authorities)


def in_browser(*tests):
    """Runs the tests with Playwright, from the environment that holds it."""
    from playwright.sync_api import sync_playwright

    def one(test):
        def run(program, _data):
            with sync_playwright() as playwright:
                test(program, playwright)
        run.__name__ = test.__name__
        return run

    main(*(one(test) for test in tests))


if __name__ == "__main__":
    if os.environ.get("TOCSIN_SIGNIN_PREPARED"):
        in_browser(enrol_and_sign_in, sign_in_at_a_provider)
    else:
        from signin_page import CHROMIUM
        from pinned import prepare
        try:
            if CHROMIUM is None:
                raise Skip("there is no Chromium: apt-get install chromium")
            python = prepare(sys.argv[1], "signin")
            provider = prepare_provider(sys.argv[1])
        except Skip as why:
            print(f"skipped: {why}")
            sys.exit(SKIPPED)
        sys.exit(subprocess.run([python, *sys.argv], env={**os.environ, "TOCSIN_SIGNIN_PREPARED": provider}).returncode)
