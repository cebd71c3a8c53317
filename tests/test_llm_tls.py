"""Over TLS too a hanging stream ends, and a certificate that does not fit ends everything before the key is sent."""

from __future__ import annotations

import random
import socket
import ssl
import threading
import time
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from llm_servers import KEY, MESSAGES, MODEL, Connection, RawServer, chunk, streamed

from clickstream.llm import Client, Deadlines, Endpoint, new_session
from clickstream.llm.errors import Cancelled, LlmError, TimedOut, Unreachable

SHORT = Deadlines(connect=0.3, first_token=0.3, idle=0.2, total=5, settle=0.1)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of 127.0.0.1 and its key in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "stand-in")])
    now = datetime.now(UTC)
    built = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(True, False, False, False, False, True, True, False, False), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = tmp_path_factory.mktemp("tls") / "stand-in.pem"
    path.write_bytes(private + built.public_bytes(serialization.Encoding.PEM))
    return path


def hanging(connection: Connection) -> None:
    connection.start_stream()
    connection.send(chunk("The first half"))
    connection.hang()


def talking(connection: Connection) -> None:
    connection.start_stream()
    connection.send(streamed("Because."))


def ask(server: RawServer, trusted: Path | None, cancel: threading.Event | None = None) -> str:
    session = new_session()
    session.trust_env = False
    session.verify = str(trusted) if trusted else True
    endpoint = Endpoint(server.url.replace("http:", "https:"), KEY)
    client = Client(endpoint, session, time.monotonic, lambda _: None, random.Random(1), deadlines=SHORT)
    return client.complete(MESSAGES, model=MODEL, max_tokens=100, cancel=cancel).text


@pytest.fixture
def context(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def test_an_answer_comes_over_tls(context: ssl.SSLContext, certificate: Path) -> None:
    with RawServer((talking,), tls=context) as server:
        assert ask(server, certificate) == "Because."


def test_a_stream_that_hangs_ends_and_its_thread_with_it(context: ssl.SSLContext, certificate: Path) -> None:
    with RawServer((hanging,), tls=context) as server:
        with pytest.raises(TimedOut) as caught:
            ask(server, certificate)
        assert caught.value.stage == "idle"
        assert server.left.wait(1)


def test_cancelling_ends_it_too(context: ssl.SSLContext, certificate: Path) -> None:
    cancel = threading.Event()

    def act(connection: Connection) -> None:
        connection.start_stream()
        cancel.set()
        connection.hang()

    with RawServer((act,), tls=context) as server:
        with pytest.raises(Cancelled):
            ask(server, certificate, cancel)
        assert server.left.wait(1)


def test_a_certificate_nobody_vouches_for_ends_it_before_the_key_is_sent(context: ssl.SSLContext) -> None:
    with RawServer((talking,), tls=context) as server:
        with pytest.raises(Unreachable, match="certificate is not valid"):
            ask(server, None)
        assert server.received == []
        assert server.accepted == 1, "trying again would not make it valid"


def test_a_handshake_that_hangs_ends_at_the_connect_deadline() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        url = f"https://127.0.0.1:{mute.getsockname()[1]}/v1"
        client = Client(Endpoint(url, KEY), new_session(), time.monotonic, lambda _: None, random.Random(1), deadlines=SHORT)
        with pytest.raises(LlmError) as caught:
            client.complete(MESSAGES, model=MODEL, max_tokens=100)
    assert isinstance(caught.value, TimedOut)
