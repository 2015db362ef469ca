"""What a --sink string of kube-eventer lets through, and what is told together of it."""

from __future__ import annotations

from datetime import timedelta

from reports.live.judge import Judged
from reports.live.rule import GroupField, group_hash
from reports.sinks.body_template import Version
from reports.sinks.live_event import LiveEvent
from reports.sinks.sink import Sink

_COOL_DOWN = timedelta(minutes=10)
# an event is told once, and what is added to it after a while; to the letter each update is
_EVENT: tuple[GroupField, ...] = ("event",)
_UPDATE: tuple[GroupField, ...] = ("update",)


class SinkSelector:
    """Decides for one sink.

    Parameters
    ----------
    sink
        What its string asks for.
    as_kube_eventer
        To the letter of this version; None for what is documented.
    """

    def __init__(self, sink: Sink, *, as_kube_eventer: Version | None) -> None:
        self._sink, self._version = sink, as_kube_eventer
        self.cool_down = _COOL_DOWN if as_kube_eventer is None else timedelta(0)

    def judge(self, event: LiveEvent) -> Judged | None:
        """Return the group of an event, ``None`` where the sink does not let it through."""
        if self._version is None:
            passes, fields = self._sink.as_documented(event), _EVENT
        else:
            passes, fields = self._sink.as_kube_eventer(event, self._version), _UPDATE
        return Judged(group_hash(event, fields), is_critical=False) if passes else None
