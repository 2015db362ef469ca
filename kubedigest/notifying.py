"""Configuration, options and --sink strings -> live notifications that run."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from zoneinfo import ZoneInfo

from collector.deadline import Deadline
from collector.health import HealthServer
from kubedigest import __version__
from kubedigest.config_maps import Place, from_cluster, from_files
from kubedigest.configuration import Configuration
from kubedigest.errors import UsageError
from kubedigest.notify_configuration import NotifyRule
from kubedigest.saying import say
from kubedigest.session import catalogue, open_later
from kubedigest.stopping import stopped_by_signals
from reports.channels import open_channel
from reports.errors import SinkError, TemplateError
from reports.ledger import Policy
from reports.live.channel_outlet import ChannelOutlet
from reports.live.following import Reading
from reports.live.judge import Judge
from reports.live.live_metrics import LiveMetrics
from reports.live.notifier import Notifier, NotifierSettings
from reports.live.route import Route
from reports.live.sink_outlet import SinkOptions, SinkOutlet
from reports.live.sink_selector import SinkSelector
from reports.sinks.body_template import Version
from reports.sinks.reading import read_sink
from reports.sinks.rights import sink_rights
from reports.sinks.sink import Sink

LOG = logging.getLogger(__name__)
ANSWER_SECONDS = 60.0  # a database that takes longer is taken for frozen: imports take their time


@dataclass(frozen=True, slots=True, kw_only=True)
class How:
    """What the options say."""

    sinks: tuple[str, ...] = ()
    config_maps: tuple[str, ...] = ()  # files
    context: str | None = None
    as_kube_eventer: Version | None = None
    policy: Policy = "at-least-once"
    name: str = "default"
    max_age: timedelta = timedelta(minutes=15)
    listen: str | None = None


def notify(settings: Configuration, how: How, *, once: bool) -> Reading | None:
    """Tell what is new until SIGTERM, or once.

    Raises
    ------
    UsageError
        There is nothing to tell to anybody, or a sink, template or ConfigMap cannot be used.
    """
    routes = [*_rules(settings), *sink_routes(settings, how)]
    if not routes:
        raise UsageError(
            "nobody is to be told of anything: add an entry to notify: in the configuration, or "
            "give a --sink such as 'webhook:https://host/path?level=Warning'"
        )
    metrics = LiveMetrics([route.name for route in routes], version=__version__)
    engine, prepare = open_later(settings, Deadline(ANSWER_SECONDS))
    notifier = Notifier(
        engine,
        routes,
        settings=NotifierSettings(name=how.name, max_age=how.max_age),
        metrics=metrics,
        prepare=prepare,
        catalogue=catalogue(settings),
    )
    with ExitStack() as stack:
        stack.enter_context(stopped_by_signals(notifier.stop))
        if once:
            return notifier.once()
        if how.listen is not None:
            server = stack.enter_context(HealthServer(how.listen, metrics=metrics, health=notifier))
            say(f"health and metrics: http://{server.address}/")
        say(f"telling: {', '.join(route.name for route in routes)}")
        notifier.run()
    return None


def _rules(settings: Configuration) -> list[Route]:
    """Return a route for each entry of the configuration."""
    meanings = catalogue(settings) if settings.notify else None
    routes = []
    for entry in settings.notify:
        channel = settings.channels[entry.channel]
        timezone = channel.timezone or settings.timezone
        rule = entry.rule(timezone=timezone, minimum_severity=channel.minimum_severity)
        assert meanings is not None  # noqa: S101 - there is an entry
        routes.append(
            Route(
                name=entry.route,
                selector=Judge(rule, meanings),
                outlet=_outlet(settings, entry, timezone),
                cool_down=rule.cool_down,
                threshold=rule.threshold,
                new_after=rule.new_after,
                quiet=rule.quiet,
                group_by=rule.group_by,
                recovered_after=rule.recovered_after,
            )
        )
    return routes


def _outlet(settings: Configuration, entry: NotifyRule, timezone: str) -> ChannelOutlet:
    return ChannelOutlet(
        entry.channel,
        open_channel(settings.channels[entry.channel]),
        timezone=timezone,
        version=__version__,
        quiet_after=entry.recovered_after,
    )


def sink_routes(
    settings: Configuration,
    how: How,
    *,
    read: Callable[[Sequence[Place], str | None], dict[Place, str]] = from_cluster,
) -> list[Route]:
    """Return a route for each --sink string, and warn of where kube-eventer did something else.

    Raises
    ------
    UsageError
        A sink, its template or its ConfigMap cannot be used.
    """
    if len(set(how.sinks)) < len(how.sinks):
        raise UsageError("two of the sinks are the same; give each string once")
    sinks = [_sink(text, number) for number, text in enumerate(how.sinks, start=1)]
    contents = from_files(how.config_maps)
    places = {one.configmap for one in sinks if one.configmap is not None} - set(contents)
    if places:
        contents |= read(sorted(places), how.context)
    options = SinkOptions(
        zone=ZoneInfo(settings.timezone), policy=how.policy, as_kube_eventer=how.as_kube_eventer
    )
    routes = []
    for number, (sink, text) in enumerate(zip(sinks, how.sinks, strict=True), start=1):
        content = contents.get(sink.configmap) if sink.configmap is not None else None
        try:
            outlet = SinkOutlet(sink, content, options)
        except (SinkError, TemplateError) as error:
            raise UsageError(f"sink {number}: {error}") from None
        _warn(sink, outlet, number, how)
        selector = SinkSelector(sink, as_kube_eventer=how.as_kube_eventer)
        routes.append(
            Route(
                name=_route_name(sink, text),
                selector=selector,
                outlet=outlet,
                cool_down=selector.cool_down,
                group_by=("event",),
                observes_mutes=how.as_kube_eventer is None,
            )
        )
    return routes


def rights_of(sinks: Sequence[str], account: str) -> str:
    """Return the Roles that a service account needs for sinks, as YAML; "" where it needs none.

    Raises
    ------
    UsageError
        A sink cannot be read, or the account is none.
    """
    namespace, slash, name = account.partition("/")
    if not (namespace and slash and name) or "/" in name:
        raise UsageError(
            f"--rights {account[:60]!r} is no service account; write NAMESPACE/ACCOUNT"
        )
    found = [_sink(text, number) for number, text in enumerate(sinks, start=1)]
    try:
        return sink_rights(found, service_account=name, namespace=namespace)
    except SinkError as error:
        raise UsageError(str(error)) from None


def _sink(text: str, number: int) -> Sink:
    try:
        return read_sink(text, os.environ)
    except SinkError as error:
        raise UsageError(f"sink {number}: {error}") from None


def _route_name(sink: Sink, text: str) -> str:
    """Return a name that is the same wherever the string stands; no secret can be told from it."""
    return f"sink {sink.type} {sink.host} {sha256(text.encode()).hexdigest()[:6]}"


def _warn(sink: Sink, outlet: SinkOutlet, number: int, how: How) -> None:
    """Say where kube-eventer did something else, and what a template asks for in vain."""
    if how.as_kube_eventer is None:
        for trap in sink.traps:
            LOG.warning("sink %d, %s: %s", number, trap.parameter, trap.sentence)
    for path in outlet.template.unknown_paths:
        LOG.warning(
            "sink %d: the template prints .%s, which is not stored and stays empty", number, path
        )
