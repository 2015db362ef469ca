"""Configuration and options -> a receiver that runs."""

from __future__ import annotations

import ctypes
import ipaddress
import logging
import resource
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from collector.bodies import Route
from collector.deadline import Deadline
from collector.gated_server import Limits
from collector.health import HealthServer
from collector.metrics import Metrics
from collector.receiver_routes import Protection, ReceiverRoute
from collector.receiving import Receiver, ReceiverSettings
from kubedigest import __version__
from kubedigest.configuration import Configuration
from kubedigest.errors import UsageError
from kubedigest.local_postgres import default_home
from kubedigest.receiver_configuration import RouteConfiguration, TlsConfiguration
from kubedigest.receiver_templates import receiver_templates
from kubedigest.saying import say
from kubedigest.session import open_later
from kubedigest.stopping import stopped_by_signals

LOG = logging.getLogger(__name__)
ANSWER_SECONDS = 10.0  # a database that takes longer is taken for frozen
SPARE_DESCRIPTORS = 200
STATISTICAL_SECONDS = 600.0
_ARENA_MAX = -8  # M_ARENA_MAX of malloc.h
UNNAMED_CLUSTER = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class How:
    """What the options say; None where the configuration does."""

    listen: str | None
    spool: str | None = None
    spool_limit_mib: int | None = None
    health: str | None = None
    allow_anonymous: bool = False
    config_file: Path | None = None


def receive(settings: Configuration, how: How) -> None:
    """Receive until SIGTERM or SIGINT."""
    metrics = Metrics(version=__version__, now=lambda: datetime.now(UTC))
    ended = threading.Event()
    with ExitStack() as stack:
        stack.enter_context(stopped_by_signals(ended.set))
        receiver = stack.enter_context(receiving(settings, how, metrics))
        if how.health is not None:
            server = stack.enter_context(HealthServer(how.health, metrics=metrics, health=receiver))
            say(f"health and metrics: http://{server.address}/")
        ended.wait()


@contextmanager
def receiving(settings: Configuration, how: How, metrics: Metrics) -> Iterator[Receiver]:
    """Receive while the context is open.

    Raises
    ------
    UsageError
        What is configured cannot be, or is open to everybody.
    CollectorError
        The address or the spool cannot be used.
    """
    asked = receiver_settings(settings, how)
    _check_protection(asked, is_allowed=how.allow_anonymous)
    _share_memory()
    _allow_descriptors(asked.limits.connections + SPARE_DESCRIPTORS)
    channel = settings.receiver.statistical_channel
    if channel is not None and channel not in settings.channels:
        raise UsageError(f"statistical_channel of receiver: there is no channel {channel!r}")
    engine, prepare = open_later(settings, Deadline(ANSWER_SECONDS))
    receiver = Receiver(
        engine,
        asked,
        metrics=metrics,
        prepare=prepare,
        send_statistical=StatisticalTable(channel, how.config_file).send if channel else None,
    )
    scheme = "https" if asked.tls is not None else "http"
    say(f"receiving: {scheme}://{receiver.address}/")
    try:
        yield receiver
    finally:
        waiting = receiver.close()
        if waiting:
            say(f"{waiting:,} bodies wait in {asked.spool} for the next start")


def receiver_settings(settings: Configuration, how: How) -> ReceiverSettings:
    """Return how to receive; UsageError where a template or a certificate cannot be used."""
    told = settings.receiver
    routes = told.routes or (RouteConfiguration(),)
    return ReceiverSettings(
        listen=how.listen or told.listen,
        routes=[_route(one, settings.cluster) for one in routes],
        spool=Path(how.spool or told.spool or default_home() / "receiver"),
        templates=receiver_templates(settings),
        spool_limit_bytes=(how.spool_limit_mib or told.spool_limit_mib) << 20,
        limits=Limits(
            body_bytes=told.max_body_bytes,
            request_seconds=float(told.request_seconds),
            connections=told.max_connections,
        ),
        per_second=float(told.per_second),
        tls=_tls(told.tls) if told.tls is not None else None,
        has_pages=how.health is None,
    )


def _route(one: RouteConfiguration, cluster: str | None) -> ReceiverRoute:
    return ReceiverRoute(
        path=one.path,
        cluster=one.cluster or cluster or UNNAMED_CLUSTER,
        known=Route(
            name=one.path,
            template=one.path if one.template is not None else "",
            layout=one.path if one.fields else "",
            names_cluster=one.names_cluster,
        ),
        protection=Protection(
            tokens=[token.get_secret_value() for token in one.tokens],
            secrets=[secret.get_secret_value() for secret in one.secrets],
            certificates=one.certificates,
        ),
    )


def _tls(told: TlsConfiguration) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    path = told.certificate
    try:
        context.load_cert_chain(told.certificate, told.key)
        if told.client_authority is not None:
            path = told.client_authority
            context.load_verify_locations(path)
            context.verify_mode = ssl.CERT_OPTIONAL  # routes without `certificates` need none
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not PEM"
        raise UsageError(f"tls of receiver: {path} and its key cannot be used ({reason})") from None
    return context


def _check_protection(asked: ReceiverSettings, *, is_allowed: bool) -> None:
    bare = [one.path for one in asked.routes if not one.protection]
    if not bare:
        return
    named = f"route {bare[0]}" if len(bare) == 1 else f"routes {', '.join(bare)}"
    if _is_loopback(asked.listen):
        say(f"{named}: without protection, so only this machine may send ({asked.listen})")
    elif is_allowed:
        say(f"warning: {named}: everybody who reaches {asked.listen} may send (--allow-anonymous)")
    else:
        raise UsageError(
            f"cannot receive on {asked.listen}: {named} would be open to everybody; "
            "give it tokens, secrets or certificates in the configuration, listen on 127.0.0.1, or "
            "write --allow-anonymous"
        )


def _is_loopback(listen: str) -> bool:
    host, colon, port = listen.rpartition(":")
    host = host.strip("[]") if colon else port
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _share_memory() -> None:
    """Let all threads take memory from one arena: GNU's libc has up to sixteen, each with gaps."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(_ARENA_MAX, 1)


def _allow_descriptors(number: int) -> None:
    """Let the process have a descriptor for each connection, as far as the machine lets it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    allowed = number if hard == resource.RLIM_INFINITY else min(number, hard)
    if soft != resource.RLIM_INFINITY and soft < allowed:
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
    if allowed < number:
        say(f"warning: this machine allows {hard:,} open files, fewer than max_connections needs")


class StatisticalTable:
    """Sends the daily digest through one channel, in a process of its own, one at a time."""

    def __init__(self, channel: str, config_file: Path | None) -> None:
        named = ["--config", str(config_file)] if config_file is not None else []
        report = ["report", "daily", "--send", channel]
        self.command = [sys.executable, "-P", "-m", "kubedigest", *named, *report]
        self._channel = channel
        self._lock = threading.Lock()

    def send(self) -> None:
        """Begin to send; nothing happens while another one is under way."""
        if self._lock.acquire(blocking=False):
            threading.Thread(target=self._run, name="statistical table", daemon=True).start()

    def _run(self) -> None:
        try:
            done = subprocess.run(  # noqa: S603 - our own command; the channel is a configured name
                self.command,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=STATISTICAL_SECONDS,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            reason = type(error).__name__
            LOG.warning("the daily table was not sent to %s: %s", self._channel, reason)
        else:
            if done.returncode:
                said = done.stderr.decode(errors="replace").strip()[-500:]
                LOG.warning("the daily table was not sent to %s: %s", self._channel, said)
            else:
                LOG.info("the daily table was sent to %s", self._channel)
        finally:
            self._lock.release()
