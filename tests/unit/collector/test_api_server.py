"""Requests to an API server, against a server that answers by script."""

from __future__ import annotations

import gzip
import json
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from kubernetes.client import Configuration

from collector import api_server as module
from collector.api_objects import OwnerReference
from collector.api_server import ApiServer
from collector.errors import ApiCause, ApiError, KubeconfigError
from collector.kubeconfig import Target
from collector.progress import Stream

STREAM = Stream(cluster="lab")
Answer = Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    """Answers with what the test has scripted, in order; the last answer stays."""

    protocol_version = "HTTP/1.1"
    server: Scripted

    def do_GET(self) -> None:
        """Note the request, and answer it."""
        url = urlsplit(self.path)
        self.server.requests.append((url.path, dict(parse_qsl(url.query)), dict(self.headers)))
        answers = self.server.answers
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        answer(self)

    def send(self, status: int, body: bytes, **headers: str) -> None:
        """Send a whole answer."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def stream(self, *chunks: bytes) -> None:
        """Send chunks of an answer that has not ended."""
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for chunk in chunks:
            self.wfile.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


class Scripted(ThreadingHTTPServer):
    """A server on a free port of this machine."""

    daemon_threads = False

    def __init__(self) -> None:
        self.answers: list[Answer] = []
        self.requests: list[tuple[str, dict[str, str], dict[str, str]]] = []
        self.released = threading.Event()
        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.server_address[1])

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore clients that vanish."""


@pytest.fixture
def scripted() -> Iterator[Scripted]:
    """Run a server for one test."""
    server = Scripted()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.released.set()
    server.shutdown()
    server.server_close()
    thread.join()


def configuration(url: str, token: str = "", **over: object) -> Configuration:
    """Return what a kubeconfig would give."""
    made = Configuration(host=url)
    made.retries = False
    if token:
        made.api_key["BearerToken"] = f"Bearer {token}"
    for name, value in over.items():
        setattr(made, name, value)
    return made


def target(url: str, token: str = "", **over: object) -> Target:
    """Return a target that always loads the same."""
    return Target("lab", "lab", lambda: configuration(url, token, **over))


@pytest.fixture
def client(scripted: Scripted) -> Iterator[ApiServer]:
    """Return a client of the scripted server that does not wait long."""
    url = f"http://127.0.0.1:{scripted.port}"
    with ApiServer(target(url, "t0"), read_timeout_seconds=20.0) as server:
        yield server


def body(status: int, content: bytes, **headers: str) -> Answer:
    """Answer with a whole body."""
    return lambda handler: handler.send(status, content, **headers)


def frames(*chunks: bytes, end: bytes = b"0\r\n\r\n") -> Answer:
    """Answer with chunks, then *end*."""

    def answer(handler: Handler) -> None:
        handler.stream(*chunks)
        handler.wfile.write(end)

    return answer


def silent(*chunks: bytes) -> Answer:
    """Answer with chunks, and then with nothing until the test ends."""

    def answer(handler: Handler) -> None:
        if chunks:
            handler.stream(*chunks)
        handler.server.released.wait(60)
        handler.close_connection = True

    return answer


def watched(client: ApiServer, *, read_timeout_seconds: float = 20.0) -> bytes:
    """Read a watch to its end."""
    opened = client.watch(
        STREAM,
        resource_version="7",
        timeout_seconds=120,
        read_timeout_seconds=read_timeout_seconds,
    )
    with opened as chunks:
        return b"".join(chunks)


def failing(call: Callable[[], object]) -> ApiError:
    """Return the error that *call* raises."""
    with pytest.raises(ApiError) as caught:
        call()
    return caught.value


def listed(client: ApiServer) -> bytes:
    """List a page."""
    return client.list_page(STREAM, limit=500)


def test_list_page(scripted: Scripted, client: ApiServer) -> None:
    """A page is asked for with what was given and nothing else, and comes unpacked."""
    scripted.answers = [body(200, gzip.compress(b'{"items": []}'), Content_Encoding="gzip")]
    stream = Stream(
        cluster="lab", namespace="shop", api="events.k8s.io/v1", field_selector="type!=Normal"
    )
    page = client.list_page(
        stream,
        limit=500,
        continue_token="a b&c",
        resource_version="7",
        resource_version_match="Exact",
    )
    assert page == b'{"items": []}'
    path, query, headers = scripted.requests[0]
    assert path == "/apis/events.k8s.io/v1/namespaces/shop/events"
    assert query == {
        "limit": "500",
        "continue": "a b&c",
        "resourceVersion": "7",
        "resourceVersionMatch": "Exact",
        "fieldSelector": "type!=Normal",
    }
    assert headers["Authorization"] == "Bearer t0"
    assert headers["User-Agent"] == "kubedigest"
    assert (headers["Accept"], headers["Accept-Encoding"]) == ("application/json", "gzip")


def test_address_with_a_path(scripted: Scripted) -> None:
    """A cluster behind a gateway has a path in its address, and maybe a password never shown."""
    scripted.answers = [body(200, b"{}")]
    url = f"http://ann:secret@127.0.0.1:{scripted.port}/k8s/clusters/c1/"
    with ApiServer(target(url)) as server:
        assert listed(server) == b"{}"
        assert "secret" not in server.shown
    assert scripted.requests[0][0] == "/k8s/clusters/c1/api/v1/events"


def test_watch(scripted: Scripted, client: ApiServer) -> None:
    """Chunks come as the server sends them, unpacked nowhere, until it ends the watch."""
    scripted.answers = [frames(b'{"a"', b":1}\n")]
    assert watched(client) == b'{"a":1}\n'
    path, query, headers = scripted.requests[0]
    assert path == "/api/v1/events"
    assert query == {"watch": "1", "resourceVersion": "7", "timeoutSeconds": "120"}
    assert headers["Accept-Encoding"] == "identity"


def test_watch_gives_a_frame_at_once(scripted: Scripted, client: ApiServer) -> None:
    """A small chunk does not wait for more, whether the answer is chunked or not."""

    def plain(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Connection", "close")
        handler.end_headers()
        handler.wfile.write(b"frame\n")
        handler.server.released.wait(60)

    for answer in (silent(b"frame\n"), plain):
        scripted.answers = [answer]
        with client.watch(
            STREAM, resource_version="7", timeout_seconds=1, read_timeout_seconds=20.0
        ) as chunks:
            assert next(chunks) == b"frame\n"


def test_empty_answer(scripted: Scripted, client: ApiServer) -> None:
    """200 and nothing is no error of the transport."""
    scripted.answers = [body(200, b"")]
    assert watched(client) == b""
    assert listed(client) == b""


@pytest.mark.parametrize("end", [b"", b"5\r\nab", b"zz\r\n"])
def test_cut(scripted: Scripted, client: ApiServer, end: bytes) -> None:
    """A connection that ends between, within or instead of chunks is cut; what came is given."""

    def answer(handler: Handler) -> None:
        frames(b"one\n", end=end)(handler)
        handler.close_connection = True

    scripted.answers = [answer]
    got: list[bytes] = []

    def read() -> None:
        with client.watch(
            STREAM, resource_version="7", timeout_seconds=1, read_timeout_seconds=20.0
        ) as chunks:
            got.extend(chunks)

    assert failing(read).cause == "cut"
    assert b"".join(got) in (b"one\n", b"one\nab")


def test_connection_closed_without_an_answer(scripted: Scripted, client: ApiServer) -> None:
    """A server that hangs up before its first line has cut the connection."""

    def hang_up(handler: Handler) -> None:
        handler.close_connection = True

    scripted.answers = [hang_up]
    assert failing(lambda: listed(client)).cause == "cut"


def test_silence(scripted: Scripted) -> None:
    """A half-open connection is noticed at the read deadline, before and after the first line."""
    scripted.answers = [silent(), silent(b"frame\n")]
    url = f"http://127.0.0.1:{scripted.port}"
    with ApiServer(target(url), read_timeout_seconds=0.1) as server:
        assert failing(lambda: listed(server)).cause == "deadline"
        assert failing(lambda: watched(server, read_timeout_seconds=0.1)).cause == "deadline"


@pytest.mark.parametrize("answer", [silent(), silent(b"frame\n")])
def test_interrupt(scripted: Scripted, client: ApiServer, answer: Answer) -> None:
    """Another thread ends a request that waits, for its first line or the next; it stays ended."""
    scripted.answers = [answer]
    caught: list[ApiError] = []
    reader = threading.Thread(target=lambda: caught.append(failing(lambda: watched(client))))
    reader.start()
    while not scripted.requests:
        time.sleep(0.005)
    client.interrupt()
    reader.join(10)
    assert not reader.is_alive()
    assert [error.cause for error in caught] == ["interrupted"]
    assert failing(lambda: listed(client)).cause == "interrupted"
    assert len(scripted.requests) == 1


def test_too_large(scripted: Scripted, client: ApiServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page beyond the limit is given up, also one that is small until it is unpacked."""
    monkeypatch.setattr(module, "MAX_BODY_BYTES", 1 << 20)
    bomb = gzip.compress(b" " * (50 << 20))
    assert len(bomb) < 1 << 20
    scripted.answers = [body(200, bomb, Content_Encoding="gzip")]
    assert failing(lambda: listed(client)).cause == "too_large"


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (body(500, b"oops"), "server_error"),
        (body(429, b"{}", Retry_After="3"), "throttled"),
        (body(200, b"<html>", Content_Type="text/html"), "malformed"),
        (body(302, b"", Location="http://127.0.0.1:1/"), "malformed"),
        (body(200, b"no gzip", Content_Encoding="gzip"), "malformed"),
    ],
)
def test_refusals(scripted: Scripted, client: ApiServer, answer: Answer, cause: ApiCause) -> None:
    """Refusals have their cause, once; the credentials follow no redirect."""
    scripted.answers = [answer]
    assert failing(lambda: listed(client)).cause == cause
    assert len(scripted.requests) == 1


def test_forbidden_brings_the_rule(scripted: Scripted, client: ApiServer) -> None:
    """The missing rule is that of the stream: a Role for a namespace."""
    text = {"message": 'events is forbidden: User "ann" cannot list resource "events"'}
    scripted.answers = [body(403, json.dumps(text).encode())]
    error = failing(lambda: client.list_page(Stream(cluster="lab", namespace="shop"), limit=1))
    assert "kind: Role\n" in error.rule
    assert "--user=ann" in error.rule
    assert "kind: ClusterRole\n" in failing(lambda: watched(client)).rule


def test_refused_credentials_are_loaded_anew(scripted: Scripted) -> None:
    """After 401 rotated credentials get one more try; new ones that are refused get none."""
    scripted.answers = [body(401, b""), body(200, b"{}"), body(401, b"")]
    tokens = iter(["old", "new"])
    now = [0.0]
    url = f"http://127.0.0.1:{scripted.port}"
    changing = Target("lab", "lab", lambda: configuration(url, next(tokens)))
    with ApiServer(changing, clock=lambda: now[0]) as server:
        now[0] = 100.0
        assert listed(server) == b"{}"
        error = failing(lambda: listed(server))
    assert (error.cause, error.is_permanent) == ("unauthorized", True)
    sent = [headers["Authorization"] for _, _, headers in scripted.requests]
    assert sent == ["Bearer old", "Bearer new", "Bearer new"]


def test_kubeconfig_that_broke_meanwhile(scripted: Scripted) -> None:
    """Credentials that cannot be loaded any more are an error of the request."""
    scripted.answers = [body(401, b"")]
    url = f"http://127.0.0.1:{scripted.port}"
    now = [0.0]

    def load() -> Configuration:
        if now[0]:
            raise KubeconfigError("the login plugin failed")
        return configuration(url, "t0")

    with ApiServer(Target("lab", "lab", load), clock=lambda: now[0]) as server:
        now[0] = 100.0
        error = failing(lambda: listed(server))
    assert (error.cause, str(error)) == ("unauthorized", "the login plugin failed")


def test_token_that_cannot_be_sent(scripted: Scripted) -> None:
    """A token with a line break inside is not quoted in the error, one at its end is cut off."""
    scripted.answers = [body(200, b"{}")]
    url = f"http://127.0.0.1:{scripted.port}"
    with ApiServer(target(url, "hidden\ntoken")) as server:
        error = failing(lambda: listed(server))
    assert error.cause == "unauthorized"
    assert "hidden" not in f"{error!r} {error.__cause__}"
    with ApiServer(target(url, "t0\n")) as server:
        assert listed(server) == b"{}"


def test_token_file_that_is_gone(scripted: Scripted) -> None:
    """A refresh of the token that fails names no secret."""

    def refresh(_: Configuration) -> None:
        raise OSError("token file")

    url = f"http://127.0.0.1:{scripted.port}"
    with ApiServer(target(url, "t0", refresh_api_key_hook=refresh)) as server:
        assert failing(lambda: listed(server)).cause == "unauthorized"


def test_cluster_uid(scripted: Scripted, client: ApiServer) -> None:
    """The uid of kube-system names the cluster, where it may be read."""
    scripted.answers = [body(200, b'{"metadata": {"uid": "u1"}}'), body(403, b""), body(500, b"")]
    assert client.cluster_uid() == "u1"
    assert client.cluster_uid() is None
    assert failing(client.cluster_uid).cause == "server_error"
    path, _, headers = scripted.requests[0]
    assert path == "/api/v1/namespaces/kube-system"
    assert "PartialObjectMetadata" in headers["Accept"]


def test_owner_references(scripted: Scripted, client: ApiServer) -> None:
    """Owners come from the metadata alone."""
    reference = {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "name": "web-1",
        "uid": "u",
        "controller": True,
    }
    metadata = {"metadata": {"name": "web-1-x", "ownerReferences": [reference]}}
    scripted.answers = [
        body(200, json.dumps(metadata).encode()),
        body(200, b'{"metadata": {}}'),
        body(200, b"[]"),
        body(403, b""),
    ]
    assert client.owner_references("Pod", "shop", "web-1-x") == (
        OwnerReference(kind="ReplicaSet", name="web-1", api_version="apps/v1", controller=True),
    )
    assert client.owner_references("Job", "shop", "a/b") == ()
    assert failing(lambda: client.owner_references("Pod", "shop", "x")).cause == "malformed"
    assert "replicasets" in failing(lambda: client.owner_references("Pod", "shop", "x")).rule
    assert [path for path, _, _ in scripted.requests[:2]] == [
        "/api/v1/namespaces/shop/pods/web-1-x",
        "/apis/batch/v1/namespaces/shop/jobs/a%2Fb",
    ]
    assert "PartialObjectMetadata" in scripted.requests[0][2]["Accept"]


def test_refused_connection() -> None:
    """A port where nobody listens is unreachable, and waiting may help."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with ApiServer(target(f"http://127.0.0.1:{port}")) as server:
        error = failing(lambda: listed(server))
    assert (error.cause, error.is_permanent) == ("unreachable", False)
    assert "the connection is refused" in str(error)


def test_unknown_host() -> None:
    """A name that the DNS does not know says so."""
    with ApiServer(target("http://no-such-host.invalid:6443")) as server:
        error = failing(lambda: listed(server))
    assert error.cause == "unreachable"
    assert "cannot be resolved" in str(error)


def test_connect_timeout() -> None:
    """A host that does not answer is given up after the connect timeout."""
    with socket.socket() as deaf, socket.socket() as first, socket.socket() as second:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        for filler in (first, second):
            filler.setblocking(False)
            filler.connect_ex(deaf.getsockname())
        url = f"http://127.0.0.1:{deaf.getsockname()[1]}"
        with ApiServer(target(url), connect_timeout_seconds=0.1) as server:
            error = failing(lambda: listed(server))
    assert error.cause == "unreachable"
    assert "no connection within 0.1 s" in str(error)


def openssl(folder: Path, *arguments: str) -> None:
    """Run openssl in *folder*."""
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a CA, a stranger's CA, and certificates for 127.0.0.1 and for elsewhere."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    folder = tmp_path_factory.mktemp("certificates")
    new_key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    for ca in ("ca", "stranger"):
        openssl(folder, "req", "-x509", *new_key, "-keyout", f"{ca}.key", "-out", f"{ca}.crt",
                "-subj", f"/CN={ca}", "-days", "2")  # fmt: skip
    for name, address, days in (
        ("good", "IP:127.0.0.1", "2"),
        ("elsewhere", "DNS:other.invalid", "2"),
        ("expired", "IP:127.0.0.1", "-1"),
    ):
        openssl(folder, "req", *new_key, "-keyout", f"{name}.key", "-out", f"{name}.csr",
                "-subj", "/CN=lab")  # fmt: skip
        (folder / f"{name}.ext").write_text(f"subjectAltName={address}\n")
        openssl(folder, "x509", "-req", "-in", f"{name}.csr", "-CA", "ca.crt", "-CAkey", "ca.key",
                "-CAcreateserial", "-days", days, "-extfile", f"{name}.ext",
                "-out", f"{name}.crt")  # fmt: skip
    return folder


def serve_tls(scripted: Scripted, folder: Path, name: str) -> str:
    """Let the server speak TLS and return its address."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / f"{name}.crt", folder / f"{name}.key")
    scripted.socket = context.wrap_socket(scripted.socket, server_side=True)
    scripted.answers = [body(200, b"{}")]
    return f"https://127.0.0.1:{scripted.port}"


@pytest.mark.parametrize(
    ("name", "ca", "words"),
    [
        ("good", "stranger", "not signed by a CA that is trusted here"),
        ("expired", "ca", "has expired"),
        ("elsewhere", "ca", "is for another name"),
    ],
)
def test_certificates(
    scripted: Scripted, certificates: Path, name: str, ca: str, words: str
) -> None:
    """A wrong CA, an old certificate and a wrong name are told apart, and do not go away."""
    url = serve_tls(scripted, certificates, name)
    with ApiServer(target(url, ssl_ca_cert=str(certificates / f"{ca}.crt"))) as server:
        error = failing(lambda: listed(server))
    assert (error.cause, error.is_permanent) == ("tls", True)
    assert words in str(error)


def test_tls(scripted: Scripted, certificates: Path) -> None:
    """The right CA lets through, also after a rotation that the first try did not know of."""
    url = serve_tls(scripted, certificates, "good")
    names = iter(["stranger.crt", "ca.crt"])
    now = [0.0]
    rotated = Target(
        "lab", "lab", lambda: configuration(url, ssl_ca_cert=str(certificates / next(names)))
    )
    with ApiServer(rotated, clock=lambda: now[0]) as server:
        now[0] = 100.0
        assert listed(server) == b"{}"


def test_interrupt_of_tls(scripted: Scripted, certificates: Path) -> None:
    """A watch over TLS is ended from another thread as well."""
    url = serve_tls(scripted, certificates, "good")
    scripted.answers = [silent(b"frame\n")]
    with ApiServer(target(url, ssl_ca_cert=str(certificates / "ca.crt"))) as server:
        caught: list[ApiError] = []
        reader = threading.Thread(target=lambda: caught.append(failing(lambda: watched(server))))
        reader.start()
        while not scripted.requests:
            time.sleep(0.005)
        server.interrupt()
        reader.join(10)
    assert [error.cause for error in caught] == ["interrupted"]


def test_insecure_by_choice(scripted: Scripted, certificates: Path) -> None:
    """insecure-skip-tls-verify is obeyed without a warning at each request."""
    url = serve_tls(scripted, certificates, "elsewhere")
    with ApiServer(target(url, verify_ssl=False)) as server:
        assert listed(server) == b"{}"


def test_plain_server_behind_https(scripted: Scripted) -> None:
    """A server without TLS at an https address is told from a bad certificate."""
    scripted.answers = [body(200, b"{}")]
    with ApiServer(target(f"https://127.0.0.1:{scripted.port}")) as server:
        error = failing(lambda: listed(server))
    assert error.cause == "tls"
    assert "does not speak TLS" in str(error)


def test_proxy(scripted: Scripted) -> None:
    """The proxy of the environment is used, and one that does not answer is named as such."""
    scripted.answers = [body(200, b"{}")]
    proxy = f"http://127.0.0.1:{scripted.port}"
    with ApiServer(target("http://lab.invalid:8080", proxy=proxy)) as server:
        assert listed(server) == b"{}"
    with ApiServer(target("https://lab.invalid:6443", proxy="http://127.0.0.1:1")) as server:
        error = failing(lambda: listed(server))
    assert error.cause == "unreachable"
    assert "the proxy before" in str(error)


def test_config_map(scripted: Scripted, client: ApiServer) -> None:
    """Its texts, where it is there; the rule for one that may not be read names it alone."""
    found = {"kind": "ConfigMap", "data": {"content": "{{ .Reason }}", "other": "x"}}
    scripted.answers = [
        body(200, json.dumps(found).encode()),
        body(200, b'{"kind": "ConfigMap", "binaryData": {"content": "eA=="}}'),
        body(404, b""),
        body(403, b""),
        body(200, b"[]"),
    ]
    assert client.config_map("ops", "a/b") == {"content": "{{ .Reason }}", "other": "x"}
    assert client.config_map("ops", "body") == {}
    assert client.config_map("ops", "body") is None
    forbidden = failing(lambda: client.config_map("ops", "body"))
    assert forbidden.cause == "forbidden"
    assert 'resourceNames: ["body"]' in forbidden.rule
    assert 'verbs: ["get"]' in forbidden.rule
    assert failing(lambda: client.config_map("ops", "body")).cause == "malformed"
    assert scripted.requests[0][0] == "/api/v1/namespaces/ops/configmaps/a%2Fb"
