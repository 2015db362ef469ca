"""A --sink string of kube-eventer -> what it asks for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from analytics.inert import printable
from reports.errors import SinkError
from reports.sinks.chat_sinks import dingtalk_sink, wechat_sink
from reports.sinks.go_url import dollars, split_address, with_dollars, without_dollars
from reports.sinks.masking import masked, secrets_of
from reports.sinks.sink import Parameter, Sink, Trap
from reports.sinks.webhook_sink import webhook_sink

_LONGEST_CHARACTERS = 65_536
_STORE = "kubedigest keeps every event in PostgreSQL, which any program can read (docs/sql.md)"
_ELSEWHERE = {
    "log": "`kubedigest top` and `kubedigest report` write to standard output instead",
    "influxdb": f"{_STORE}; metrics are at /metrics",
    "mysql": f"{_STORE} in place of the table kube_event",
    "elasticsearch": _STORE,
    "kafka": "a channel of the type webhook posts JSON to a bridge instead",
    "riemann": "Prometheus metrics are at /metrics; a channel of the type webhook posts JSON",
    "honeycomb": "a channel of the type webhook posts JSON instead",
    "sls": f"{_STORE}; a channel of the type webhook posts JSON",
    "eventbridge": "a channel of the type webhook posts JSON to it instead",
    "mongo": _STORE,
}
_READERS = {"webhook": webhook_sink, "dingtalk": dingtalk_sink, "wechat": wechat_sink}
NO_ENVIRONMENT: Mapping[str, str] = MappingProxyType({})


def read_sink(text: str, environment: Mapping[str, str] = NO_ENVIRONMENT) -> Sink:
    """Read one string, with or without ``--sink=`` before it.

    Parameters
    ----------
    text
        Such as ``webhook:https://host/path?level=Warning``.
    environment
        The variables that a ``$`` may stand for.

    Raises
    ------
    SinkError
        It is no sink, or one of a type that is not taken over; the sentence holds no secret.
    """
    text = text.strip().removeprefix("--sink=").strip("'\"")
    type_, colon, rest = text.partition(":")
    if type_ in _ELSEWHERE:
        raise SinkError(f"the sink {type_} is not taken over: {_ELSEWHERE[type_]}")
    if type_ not in _READERS:
        named = f"{printable(type_[:20])!r}" if colon and type_.isalnum() else "this"
        raise SinkError(
            f"{named} is no sink; one begins with webhook:, dingtalk: or wechat:, "
            "as in webhook:https://host/path?level=Warning"
        )
    if len(text) > _LONGEST_CHARACTERS:
        raise SinkError(f"the sink {type_} is longer than {_LONGEST_CHARACTERS:,} characters")
    what = f"the sink {type_}"
    meant = split_address(with_dollars(rest, environment), what)
    letter = split_address(without_dollars(rest, environment), what)
    if type_ == "webhook" and not letter.host:
        raise SinkError(f"{what} has no host; write {type_}:https://host/path?level=Warning")
    found = _READERS[type_](letter, meant)
    return _safe(found, rest, environment, secrets_of(letter, meant, found))


def _safe(sink: Sink, rest: str, environment: Mapping[str, str], secrets: tuple[str, ...]) -> Sink:
    """Add what there is to say of every ``$``, and mask what is said of the rest."""
    traps = list(sink.traps)
    for variable in dollars(rest):
        name = variable.strip("${}")
        shown = variable if len(name) < 60 else "$…"
        known = name in environment
        traps.insert(
            0,
            Trap(
                "URL",
                f"kube-eventer takes {shown} for a variable of its environment"
                + (", which is set here" if known else " and deletes it; here it stays"),
            ),
        )

    def safe(text: str) -> str:
        return masked(text, secrets)

    return replace(
        sink,
        secrets=secrets,
        traps=tuple(Trap(safe(one.parameter), safe(one.sentence)) for one in traps),
        problems=tuple(map(safe, sink.problems)),
        parameters=tuple(
            Parameter(
                name=one.name,
                given=safe(one.given),
                kube_eventer=safe(one.kube_eventer),
                kubedigest=safe(one.kubedigest),
            )
            for one in sink.parameters
        ),
    )
