"""A browser at a hub, for tests/signin.py: Debian's Chromium with a virtual authenticator, driven by Playwright."""

import base64
import hashlib
import shutil
import subprocess
import tempfile

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


def key_hash(ca_pem):
    """Base64 of the SHA-256 of an authority's public key, as Chromium takes it."""
    key = subprocess.run(["openssl", "x509", "-pubkey", "-noout"], input=ca_pem.encode(), capture_output=True, check=True)
    der = subprocess.run(["openssl", "pkey", "-pubin", "-outform", "der"], input=key.stdout, capture_output=True,
                         check=True)
    return base64.b64encode(hashlib.sha256(der.stdout).digest()).decode()


class Browser:
    """One person's browser, with an authenticator that verifies its user."""

    def __init__(self, playwright, url, *authorities):
        self.url, self.folder = url, tempfile.mkdtemp(prefix="tocsin-browser-")
        self.context = playwright.chromium.launch_persistent_context(
            self.folder, executable_path=CHROMIUM, headless=True, viewport={"width": 900, "height": 1100},
            args=["--no-sandbox", "--ignore-certificate-errors-spki-list=" + ",".join(map(key_hash, authorities))])
        self.page = self.context.pages[0]
        self.page.set_default_timeout(10_000)
        self.problems = []
        self.page.on("console", lambda message: self.problems.append(message.text)
                     if message.type == "error" and "status of 40" not in message.text
                     and message.location["url"].startswith(url) else None)  # a provider's pages are its own business
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.devtools = self.context.new_cdp_session(self.page)
        self.devtools.send("WebAuthn.enable", {})
        self.authenticator = self.devtools.send("WebAuthn.addVirtualAuthenticator", {"options": {
            "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
            "isUserVerified": True, "automaticPresenceSimulation": True}})["authenticatorId"]

    def close(self):
        self.context.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        if kind is not None:
            print("the page said:", self.page.inner_text("#status") if self.page.query_selector("#status") else "",
                  self.problems)
        self.close()

    def open(self, path="/signin"):
        answer = self.page.goto(path if path.startswith("https:") else self.url + path)
        return answer

    def said(self, text):
        """Waits until the page's status line says this."""
        self.page.locator("#status", has_text=text).wait_for()

    def enrol(self, link, name="laptop"):
        self.open("/signin")  # so that a change of the fragment alone is a change of page too
        self.open(link)
        self.page.reload()
        self.page.fill("#enrol-name", name)
        self.page.click("text=Create passkey")
        self.said("passkey was created")

    def sign_in(self):
        self.open()
        self.page.click("text=Sign in with a passkey")
        self.said("You are signed in")

    def ask(self, method, path, body=None, csrf=True, headers=None):
        """A request as the page would make it: status and JSON."""
        return self.page.evaluate("""async ({method, path, body, csrf, headers}) => {
            const own = await (await fetch('/signin/session')).json();
            const all = {'content-type': 'application/json', ...headers};
            if (csrf && own.csrf) all['x-tocsin-csrf'] = own.csrf;
            const answer = await fetch(path, {method, headers: all, body: body === null ? undefined : JSON.stringify(body)});
            const text = await answer.text();
            return {status: answer.status, json: text ? JSON.parse(text) : null};
        }""", {"method": method, "path": path, "body": body, "csrf": csrf, "headers": headers or {}})

    def cookie(self, name="__Host-tocsin"):
        return next((c for c in self.context.cookies() if c["name"] == name), None)

    def credentials(self):
        return self.devtools.send("WebAuthn.getCredentials", {"authenticatorId": self.authenticator})["credentials"]
