"""Requests to one API server, as bytes: the official client's transport, never its models.

The models die on odd events and cost sixty times as much.
"""

from __future__ import annotations

import threading
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from http.client import HTTPException
from types import TracebackType
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode, urlsplit

import msgspec
from urllib3 import BaseHTTPResponse, PoolManager, Timeout
from urllib3.exceptions import HTTPError, InsecureRequestWarning

from collector import access_rules
from collector.api_failures import failed, refused
from collector.api_objects import (
    COLLECTIONS,
    ConfigMap,
    ObjectMetadata,
    OwnedKind,
    OwnerReference,
    PartialObject,
)
from collector.chunked_body import ChunkedBody
from collector.errors import ApiError, KubeconfigError
from collector.kubeconfig import Target
from collector.open_sockets import OpenSockets
from collector.progress import Stream

if TYPE_CHECKING:
    from kubernetes.client import Configuration

MAX_BODY_BYTES = 8 << 20
MAX_ERROR_BYTES = 64 << 10
CHUNK_BYTES = 64 << 10
YOUNG_SECONDS = 10.0  # credentials that were loaded so lately are not loaded again
JSON = "application/json"
METADATA = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
USER_AGENT = "kubedigest"


@dataclass(frozen=True, slots=True)
class _Transport:
    configuration: Configuration
    manager: PoolManager
    loaded_at: float


class ApiServer:
    """One API server; safe to share between threads, and a context manager.

    Every failure is an ApiError. Credentials that are refused are loaded anew once, which runs a
    login plugin again and reads rotated files.
    """

    def __init__(
        self,
        target: Target,
        *,
        connect_timeout_seconds: float = 10.0,
        read_timeout_seconds: float = 30.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._target = target
        self._connect_timeout = connect_timeout_seconds
        self._read_timeout = read_timeout_seconds
        self._clock = clock
        self._reload_lock = threading.Lock()
        self._sockets = OpenSockets()
        self._is_interrupted = False
        self._transport = self._load()
        self.shown = _shown(self._transport.configuration.host)  # for people

    def __enter__(self) -> ApiServer:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections that are not in use."""
        _close_idle(self._transport.manager)

    def interrupt(self) -> None:
        """End every open request at once, from any thread, and all that would follow."""
        self._is_interrupted = True
        self._sockets.shut()

    def list_page(
        self,
        stream: Stream,
        *,
        limit: int,
        continue_token: str = "",
        resource_version: str = "",
        resource_version_match: str = "",
    ) -> bytes:
        """Return one page of a LIST; too_large asks for a smaller limit."""
        query = {
            "limit": str(limit),
            "continue": continue_token,
            "resourceVersion": resource_version,
            "resourceVersionMatch": resource_version_match,
            "fieldSelector": stream.field_selector,
        }
        return self._get(events_path(stream), query, rule=_events_rule(stream))

    @contextmanager
    def watch(
        self,
        stream: Stream,
        *,
        resource_version: str,
        timeout_seconds: int,
        read_timeout_seconds: float,
    ) -> Iterator[Iterator[bytes]]:
        """Open a WATCH: bytes as they come, cut anywhere, until its server ends it."""
        query = {
            "watch": "1",
            "resourceVersion": resource_version,
            "timeoutSeconds": str(timeout_seconds),
            "fieldSelector": stream.field_selector,
        }
        response = self._open(
            events_path(stream),
            query,
            rule=_events_rule(stream),
            encoding="identity",
            read_timeout_seconds=read_timeout_seconds,
        )
        try:
            yield self._chunks(response)
        finally:
            _end(response)

    def cluster_uid(self) -> str | None:
        """Return the uid of the namespace kube-system; None without the right to read it."""
        try:
            return self._metadata("/api/v1/namespaces/kube-system").uid or None
        except ApiError as error:
            if error.cause in ("forbidden", "not_found"):
                return None
            raise

    def owner_references(
        self, kind: OwnedKind, namespace: str, name: str
    ) -> tuple[OwnerReference, ...]:
        """Return who owns the object; its specification is not asked for."""
        base, collection = COLLECTIONS[kind]
        path = f"{base}/namespaces/{quote(namespace, safe='')}/{collection}/{quote(name, safe='')}"
        return self._metadata(path, rule=access_rules.owners_rule).owner_references

    def config_map(self, namespace: str, name: str) -> Mapping[str, str] | None:
        """Return the texts of a ConfigMap; None where there is none."""
        place = f"namespaces/{quote(namespace, safe='')}/configmaps/{quote(name, safe='')}"
        try:
            body = self._get(
                f"/api/v1/{place}",
                {},
                rule=partial(access_rules.config_map_rule, namespace, name),
            )
            return msgspec.json.decode(body, type=ConfigMap).data or {}
        except ApiError as error:
            if error.cause == "not_found":
                return None
            raise
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            sentence = f"{self.shown} answers with something else than a ConfigMap"
            raise ApiError(sentence, cause="malformed") from error

    def _metadata(self, path: str, rule: Callable[[str], str] | None = None) -> ObjectMetadata:
        body = self._get(path, {}, rule=rule, accept=METADATA)
        try:
            return msgspec.json.decode(body, type=PartialObject).metadata
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            sentence = f"{self.shown} answers with something else than an object's metadata"
            raise ApiError(sentence, cause="malformed") from error

    def _get(
        self,
        path: str,
        query: Mapping[str, str],
        *,
        rule: Callable[[str], str] | None,
        accept: str = JSON,
    ) -> bytes:
        response = self._open(path, query, rule=rule, accept=accept, encoding="gzip")
        try:
            return self._body(response)
        finally:
            _end(response)

    def _body(self, response: BaseHTTPResponse) -> bytes:
        body = bytearray()
        for chunk in self._chunks(response):
            body += chunk
            if len(body) > MAX_BODY_BYTES:
                sentence = f"{self.shown} answers with more than {MAX_BODY_BYTES >> 20} MB"
                raise ApiError(sentence, cause="too_large")
        return bytes(body)

    def _chunks(self, response: BaseHTTPResponse) -> Iterator[bytes]:
        try:
            for chunk in _pieces(response):
                if self._is_interrupted:
                    break
                yield chunk
        except (HTTPError, HTTPException, OSError) as error:
            raise self._failure(error) from error
        self._check_interrupted()

    def _open(
        self,
        path: str,
        query: Mapping[str, str],
        *,
        rule: Callable[[str], str] | None,
        encoding: str,
        accept: str = JSON,
        read_timeout_seconds: float | None = None,
    ) -> BaseHTTPResponse:
        """Send a GET and return the answer if it is 200; refused credentials get one more try."""
        given = {name: value for name, value in query.items() if value}
        target = f"{path}?{urlencode(given)}" if given else path
        headers = {"Accept": accept, "Accept-Encoding": encoding, "User-Agent": USER_AGENT}
        timeout = Timeout(
            connect=self._connect_timeout, read=read_timeout_seconds or self._read_timeout
        )
        transport = self._transport
        try:
            return self._send(transport, target, headers, timeout, rule)
        except ApiError as error:
            if error.cause not in ("unauthorized", "tls") or not self._reload(transport):
                raise
        return self._send(self._transport, target, headers, timeout, rule)

    def _send(
        self,
        transport: _Transport,
        target: str,
        headers: Mapping[str, str],
        timeout: Timeout,
        rule: Callable[[str], str] | None,
    ) -> BaseHTTPResponse:
        self._check_interrupted()
        url = transport.configuration.host.rstrip("/") + target
        headers = {**headers, **self._authorization(transport)}
        try:
            response = transport.manager.request(
                "GET",
                url,
                headers=headers,
                timeout=timeout,
                preload_content=False,
                redirect=False,  # nobody else gets the credentials
            )
        except (HTTPError, HTTPException, OSError) as error:
            raise self._failure(error) from error
        except ValueError:  # a header that cannot be sent; the error would quote the token
            raise self._bad_token() from None
        self._check_answer(response, rule)
        return response

    def _authorization(self, transport: _Transport) -> dict[str, str]:
        """Return the header; the client refreshes what is about to expire."""
        try:
            settings = transport.configuration.auth_settings()
        except Exception as error:  # of files, login plugins and identity providers
            sentence = str(error) if isinstance(error, KubeconfigError) else type(error).__name__
            raise ApiError(
                f"no credentials for {self.shown}: {sentence}", cause="unauthorized"
            ) from None
        token = settings.get("BearerToken")
        return {"Authorization": str(token["value"]).strip()} if token else {}

    def _bad_token(self) -> ApiError:
        return ApiError(
            f"the token for {self.shown} holds characters that no token has: renew it",
            cause="unauthorized",
            is_permanent=True,
        )

    def _check_answer(self, response: BaseHTTPResponse, rule: Callable[[str], str] | None) -> None:
        if response.status == 200 and "html" not in response.headers.get("Content-Type", ""):
            return
        body = b""
        with suppress(HTTPError, HTTPException, OSError):
            body = response.read(MAX_ERROR_BYTES, decode_content=True)
        _end(response)
        self._check_interrupted()
        if response.status == 200:
            sentence = (
                f"{self.shown} answers with a web page: is a login page or a proxy before it?"
            )
            raise ApiError(sentence, cause="malformed")
        raise refused(self.shown, response.status, response.headers, body, rule)

    def _failure(self, error: Exception) -> ApiError:
        self._check_interrupted()
        return failed(self.shown, error, self._connect_timeout)

    def _check_interrupted(self) -> None:
        if self._is_interrupted:
            raise ApiError("interrupted", cause="interrupted")

    def _load(self) -> _Transport:
        """Read the configuration and make a pool of connections of it."""
        # 0.3 s and 37 MB that only watching costs
        from kubernetes.client.rest import RESTClientObject

        configuration = self._target.load()
        if not configuration.verify_ssl:
            # the kubeconfig says so; once a request is too often to hear of it
            warnings.filterwarnings("ignore", category=InsecureRequestWarning)
        manager = RESTClientObject(configuration).pool_manager
        self._sockets.follow(manager)
        return _Transport(configuration, manager, self._clock())

    def _reload(self, refused_transport: _Transport) -> bool:
        """Load the credentials anew, unless they are new; tell whether to try with others."""
        with self._reload_lock:
            if self._transport is not refused_transport:
                return True
            if self._clock() - refused_transport.loaded_at < YOUNG_SECONDS:
                return False
            try:
                self._transport = self._load()
            except KubeconfigError as error:
                raise ApiError(str(error), cause="unauthorized") from None
        _close_idle(refused_transport.manager)
        return True


def events_path(stream: Stream) -> str:
    """Return the path of the events that *stream* follows."""
    base = "/api/v1" if stream.api == "core/v1" else f"/apis/{stream.api}"
    namespace = f"/namespaces/{quote(stream.namespace, safe='')}" if stream.namespace else ""
    return f"{base}{namespace}/events"


def _events_rule(stream: Stream) -> Callable[[str], str]:
    return partial(access_rules.events_rule, stream.namespace)


def _pieces(response: BaseHTTPResponse) -> Iterable[bytes]:
    """Return what has arrived, without waiting for a chunk to fill."""
    if not response.chunked:
        return iter(partial(response.read1, CHUNK_BYTES, decode_content=True), b"")
    if "Content-Encoding" in response.headers:
        return response.stream(CHUNK_BYTES, decode_content=True)
    # below urllib3, which gives one chunk at a time
    return ChunkedBody(response._fp.fp)  # type: ignore[attr-defined]


def _end(response: BaseHTTPResponse) -> None:
    """Give up the connection, unless the whole answer was read and it is free already."""
    response.close()
    response.release_conn()


def _close_idle(manager: PoolManager) -> None:
    """Close the connections; clearing the manager alone leaves that to the garbage collector."""
    for key in manager.pools.keys():  # noqa: SIM118 - it refuses to be iterated
        pool = manager.pools.get(key)
        if pool is not None:
            pool.close()
    manager.clear()


def _shown(host: str) -> str:
    """Return the address without a password that may stand in it."""
    parts = urlsplit(host)
    return f"the API server {parts.scheme}://{parts.netloc.rpartition('@')[2]}"[:200]
