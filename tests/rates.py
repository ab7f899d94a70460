"""Who asks too often is told to wait, and how long; nobody else is. X-Forwarded-For counts from a named proxy only."""

import re
import socket
import time

from hub import Client, Hub, expect, expect_equal, indicator, main

MEMBER, ADDRESS = 240, 60


def asked(client, path, times, headers=None):
    return [client.request("GET", path, headers=headers) for _ in range(times)]


def header(answer, name):
    return next((value for key, value in answer.headers if key.lower() == name), None)


def limited(hub, by):
    text = hub.admin.get("/metrics").body.decode()
    return int(re.search(rf'tocsin_rate_limited_total{{by="{by}"}} (\d+)', text)[1])


class From(Client):
    """A client that comes from another address of this machine."""

    def __init__(self, client, address, token=None):
        super().__init__(f"https://{client.host}:{client.port}", token, client.ca_pem)
        self.address = address

    def request(self, method, path, body=None, headers=None):
        before = socket.create_connection

        def bound(target, timeout=None, source_address=None, **more):
            return before(target, timeout, (self.address, 0), **more)
        socket.create_connection = bound
        try:
            return super().request(method, path, body, headers)
        finally:
            socket.create_connection = before


def a_member_waits_and_others_do_not(program, _data):
    with Hub(program, "--requests-per-minute", str(MEMBER)) as hub:
        hub.circle("town")
        busy, other = hub.member("busy", "town").client, hub.member("other", "town").client
        answers = asked(busy, "/api/v1/me", MEMBER + 20)
        expect(any(a.status == 429 for a in answers), "a member that asks without end is told to wait")
        refused = next(a for a in answers if a.status == 429)
        expect_equal(header(refused, "content-type"), "application/problem+json", "in the words of the native API")
        expect("try again in" in refused.json()["detail"], f"and it says what to do: {refused}")
        taxii = busy.get("/taxii2/root/collections/")
        while taxii.status != 429:
            taxii = busy.get("/taxii2/root/collections/")
        expect(header(taxii, "content-type").startswith("application/taxii+json"), f"in those of TAXII: {taxii}")
        expect_equal(taxii.json()["http_status"], "429", "an error resource")
        expect_equal(other.share("town", indicator())["accepted"], 1, "another member shares meanwhile")
        wait = int(header(taxii, "retry-after"))
        expect(1 <= wait <= 60, f"Retry-After: {wait}")
        time.sleep(wait)
        expect_equal(busy.get("/api/v1/me").status, 200, "and after that time it passes")
        expect(limited(hub, "member") > 0 and limited(hub, "address") == 0, "operators see the number")


def an_address_waits_and_members_behind_it_do_not(program, _data):
    with Hub(program, "--address-requests-per-minute", str(ADDRESS)) as hub:
        hub.circle("town")
        member = hub.member("acme", "town").client
        stranger = From(member, "127.0.0.2", "guess")
        answers = asked(stranger, "/api/v1/me", 2 * ADDRESS)
        expect_equal({a.status for a in answers}, {401, 429}, "wrong credentials are counted by address")
        expect_equal(answers[0].status, 401, "and first are only wrong")
        expect(header(answers[-1], "retry-after"), "with the time to wait")
        for number in range(3):
            lie = {"X-Forwarded-For": f"203.0.113.{number}"}
            expect_equal(stranger.request("GET", "/health", headers=lie).status, 429, "a forwarded header is no way out")
        expect_equal(From(member, "127.0.0.2", member.token).get("/api/v1/me").status, 200, "a member behind it passes")
        expect_equal(From(member, "127.0.0.3", "guess").get("/api/v1/me").status, 401, "another address is another")
        expect(limited(hub, "address") > 0, "operators see the number")


def a_named_proxy_is_believed(program, _data):
    with Hub(program, "--address-requests-per-minute", str(ADDRESS), "--proxy", "127.0.0.9") as hub:
        client = hub.admin
        proxy, stranger = From(client, "127.0.0.9"), From(client, "127.0.0.2")
        over = [proxy.request("GET", "/health", headers={"X-Forwarded-For": f"10.9.9.{n}, 203.0.113.7"}).status
                for n in range(2 * ADDRESS)]
        expect_equal(set(over), {200, 429}, "the last address that a proxy saw is counted, whatever stands before it")
        answer = proxy.request("GET", "/health", headers={"X-Forwarded-For": "203.0.113.8"})
        expect_equal(answer.status, 200, "another client of the proxy is another")
        expect_equal(stranger.request("GET", "/health", headers={"X-Forwarded-For": "203.0.113.7"}).status, 200,
                     "who is no proxy speaks for itself")


if __name__ == "__main__":
    main(a_member_waits_and_others_do_not, an_address_waits_and_members_behind_it_do_not, a_named_proxy_is_believed)
