"""A hub shows the certificate that it was given, and after SIGHUP the next one, while streams go on."""

import glob
import os
import shutil
import signal
import ssl
import tempfile

from hub import Client, Hub, eventually, expect, expect_equal, indicator, main


def pair_of(hub, folder, name):
    """The certificate that another hub made for itself, as an operator would be given one."""
    text = open(glob.glob(hub.data + "/secrets/server-*.pem")[0]).read()
    at = text.index("-----BEGIN CERTIFICATE-----")
    for end, part in (("key", text[:at]), ("pem", text[at:])):
        with open(os.path.join(folder, f"{name}.{end}"), "w") as file:
            file.write(part)
    return Client.of_profile(hub.data + "/admin.toml").ca_pem


def shown_to(hub, authority):
    """Whether a new connection that trusts only this authority succeeds."""
    try:
        client = Client(f"https://127.0.0.1:{hub.port}", None, authority)
        return client.get("/health").status == 200
    except ssl.SSLCertVerificationError:
        return False


def a_given_certificate_is_shown_and_renewed(program, _data):
    with tempfile.TemporaryDirectory() as folder, Hub(program) as first, Hub(program) as second:
        old, new = pair_of(first, folder, "old"), pair_of(second, folder, "new")
        shutil.copy(folder + "/old.pem", folder + "/shown.pem")
        shutil.copy(folder + "/old.key", folder + "/shown.key")
        own = Hub(program)
        with own:
            own.circle("town")
            acme, bank = own.member("acme", "town"), own.member("bank", "town")
            own.stop()
            own.options = ("--certificate", folder + "/shown.pem", "--key", folder + "/shown.key")
            own.start()
            expect(shown_to(own, old), "the given certificate is shown")
            expect(not shown_to(own, new), "and no other")
            for member in (acme, bank):
                member.client = Client(f"https://127.0.0.1:{own.port}", member.client.token, old)
            admin = Client(f"https://127.0.0.1:{own.port}", own.admin.token, old)
            url = admin.ok("POST", "/api/v1/invites", {"name": "new", "kind": "company"})["invite_url"]
            expect(url.endswith("&trust=system") and "pin=" not in url, f"invites name the system's roots: {url}")

            stream = bank.client.stream("town")
            stream.snapshot()
            shutil.copy(folder + "/new.key", folder + "/shown.key")
            own.process.send_signal(signal.SIGHUP)  # half replaced: the old pair stays
            shutil.copy(folder + "/new.pem", folder + "/shown.pem")
            own.process.send_signal(signal.SIGHUP)
            eventually(lambda: shown_to(own, new), "after SIGHUP the new certificate is shown")
            one = indicator()
            sender = Client(f"https://127.0.0.1:{own.port}", acme.client.token, new)
            expect_equal(sender.share("town", one)["accepted"], 1, "sharing goes on")
            expect_equal(stream.until("object", "the old stream goes on").json()["object"]["id"], one["id"], "and hears")
            stream.close()


if __name__ == "__main__":
    main(a_given_certificate_is_shown_and_renewed)
