"""What happens on the way to a web address: failures, dawdling, redirects, huge answers, TLS."""

from __future__ import annotations

import contextlib
import datetime as dt
import ipaddress
import json
import ssl
import time
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from now.places import Receiver, receiver, status
from rapport.actions.alerts.addresses import RefusedError, UnreachableError
from rapport.actions.alerts.alert import Alert
from rapport.actions.alerts.posting import Net, post
from rapport.actions.alerts.sending import Sender
from rapport.actions.alerts.signing import is_genuine
from rapport.results import Said
from rapport.settings_listening import AlertChannel

HERE = Net(["127.0.0.1"], timeout=0.6)
ALERT = Alert("k1", "complaint", Said("A complaint on {channel}", {"channel": "forum"}), quote="x")


def sender(url: str, net: Net = HERE, **more: Any) -> Sender:
    channel = AlertChannel(name="crm", kind="url", url=url, **more)
    return Sender(channel, "en", "Maison", net, {"HOOK_SECRET": "whsec_c2VjcmV0"})


def test_an_alert_is_signed_and_carries_its_key(told: Receiver) -> None:
    sender(f"{told.url}/hook?a=1", secret_from="HOOK_SECRET").send(ALERT, "delivery-1")
    (came,) = told.came
    assert came.path == "/hook?a=1"
    assert came.headers["webhook-id"] == came.headers["Idempotency-Key"] == "delivery-1"
    now = int(time.time())
    assert is_genuine("whsec_c2VjcmV0", came.headers, came.body, now)
    assert not is_genuine("whsec_c2VjcmV0", came.headers, came.body + b" ", now)
    assert not is_genuine("whsec_other", came.headers, came.body, now)
    assert not is_genuine("whsec_c2VjcmV0", came.headers, came.body, now + 400)
    assert came.json["type"] == "rapport.complaint"
    assert b"c2VjcmV0" not in came.body


@pytest.mark.parametrize("code", [500, 502, 503, 429, 408])
def test_a_server_in_trouble_is_asked_again_later(told: Receiver, code: int) -> None:
    told.answers = [status(code, Retry_After="7")]
    with pytest.raises(UnreachableError) as caught:
        sender(told.url).send(ALERT, "k")
    assert str(code) in str(caught.value)
    assert caught.value.wait == 7.0
    assert not caught.value.maybe
    sender(told.url).send(ALERT, "k")


@pytest.mark.parametrize("code", [400, 401, 404, 410])
def test_a_server_that_will_never_take_it_is_not_asked_again(told: Receiver, code: int) -> None:
    told.answers = [status(code)]
    with pytest.raises(RefusedError, match=str(code)):
        sender(told.url).send(ALERT, "k")


def test_redirects_are_not_followed(told: Receiver) -> None:
    with receiver() as other:
        told.answers = [status(307, Location=other.url)]
        with pytest.raises(RefusedError, match="not followed"):
            sender(told.url).send(ALERT, "k")
        assert other.came == []


def test_a_server_that_does_not_answer_is_left(told: Receiver) -> None:
    told.answers = [lambda request: time.sleep(1.5)]
    began = time.monotonic()
    with pytest.raises(UnreachableError, match="did not answer within") as caught:
        sender(told.url).send(ALERT, "k")
    assert caught.value.maybe
    assert time.monotonic() - began < 1.4


def test_a_server_that_dawdles_byte_by_byte_is_left_as_well(told: Receiver) -> None:
    def dawdle(request: BaseHTTPRequestHandler) -> None:
        for _ in range(40):
            request.wfile.write(b"H")
            request.wfile.flush()
            time.sleep(0.1)

    told.answers = [dawdle]
    began = time.monotonic()
    with pytest.raises(UnreachableError, match="did not answer within"):
        sender(told.url).send(ALERT, "k")
    assert time.monotonic() - began < 1.4


def test_a_huge_answer_is_not_read(told: Receiver) -> None:
    written: list[int] = []

    def huge(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Length", str(10**9))
        request.end_headers()
        with contextlib.suppress(OSError):
            for _ in range(1000):
                request.wfile.write(b"x" * 100_000)
                written.append(100_000)

    told.answers = [huge]
    began = time.monotonic()
    sender(told.url).send(ALERT, "k")
    assert time.monotonic() - began < 1
    time.sleep(0.1)
    assert sum(written) < 50_000_000


def test_huge_headers_are_refused(told: Receiver) -> None:
    def huge(request: BaseHTTPRequestHandler) -> None:
        request.wfile.write(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000 + b"\r\n\r\n")

    told.answers = [huge]
    with pytest.raises(UnreachableError):
        sender(told.url).send(ALERT, "k")


def test_nobody_there_is_tried_again() -> None:
    with receiver() as gone:
        url = gone.url
    with pytest.raises(UnreachableError, match="refused") as caught:
        sender(url).send(ALERT, "k")
    assert not caught.value.maybe


def test_proxies_of_the_environment_are_not_asked(
    told: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    with receiver() as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        sender(told.url).send(ALERT, "k")
        assert proxy.came == []
    assert len(told.came) == 1


def test_a_public_place_is_told_by_https_only() -> None:
    net = Net(timeout=0.2, look=lambda host, port: ["93.184.215.14"])
    with pytest.raises(RefusedError, match="without encryption"):
        post("http://hooks.example/x", b"{}", {}, net)


def test_secrets_are_in_no_message(told: Receiver) -> None:
    told.answers = [status(500), status(404)]
    url = f"{told.url}/services/T0/SECRETPATH?token=SECRETTOKEN"
    for _ in range(2):
        with pytest.raises((RefusedError, UnreachableError)) as caught:
            sender(url).send(ALERT, "k")
        assert "SECRET" not in str(caught.value)


def certificate(folder: Path, host: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Return how a server shows a certificate for `host`, and how a client believes it."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = dt.datetime.now(dt.UTC)
    names: list[x509.GeneralName] = [x509.DNSName(host)]
    with contextlib.suppress(ValueError):
        names = [x509.IPAddress(ipaddress.ip_address(host))]
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = made.public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    (folder / "cert.pem").write_bytes(pem + private)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(folder / "cert.pem")
    return server, ssl.create_default_context(cadata=pem.decode())


def test_certificates_are_checked_and_the_name_stays_that_of_the_settings(tmp_path: Path) -> None:
    server, trusting = certificate(tmp_path, "hooks.example")

    def look(host: str, port: int) -> list[str]:
        return ["127.0.0.1"]

    with receiver(server) as told:
        port = told.url.rpartition(":")[2]
        good = Net(["127.0.0.1"], 2, look, trusting)
        sender(f"https://hooks.example:{port}/x", good).send(ALERT, "k")
        assert json.loads(told.came[0].body)["key"] == "k1"
        assert told.came[0].headers["Host"].startswith("hooks.example")
        with pytest.raises(UnreachableError, match="certificate"):
            sender(f"https://other.example:{port}/x", good).send(ALERT, "k")
        untrusting = Net(["127.0.0.1"], 2, look)
        with pytest.raises(UnreachableError, match="certificate"):
            sender(f"https://hooks.example:{port}/x", untrusting).send(ALERT, "k")
        assert len(told.came) == 1
