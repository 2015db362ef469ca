"""A rule applied to events: whether one is told, with what others, and how urgent it is."""

from __future__ import annotations

from dataclasses import dataclass

from analytics.catalogue import Catalogue
from analytics.selection import SEVERITIES, severity_of
from reports.live.patterns import EventTest
from reports.live.rule import Rule, group_hash
from reports.sinks.live_event import LiveEvent


@dataclass(frozen=True, slots=True)
class Judged:
    """What a rule makes of one event."""

    group_hash: str
    is_critical: bool


class Judge:
    """Applies a rule to events.

    Parameters
    ----------
    rule
        What is asked for.
    catalogue
        Says what a failure is, and how severe.

    Raises
    ------
    RuleError
        A pattern cannot be used.
    """

    def __init__(self, rule: Rule, catalogue: Catalogue) -> None:
        self._rule, self._catalogue = rule, catalogue
        self._include, self._exclude = EventTest(rule.include), EventTest(rule.exclude)
        self._least = SEVERITIES.index(rule.minimum_severity)

    def judge(self, event: LiveEvent) -> Judged | None:
        """Return the group that an event belongs to, ``None`` where the rule is not about it."""
        rule = self._rule
        if rule.types and event.type not in rule.types:
            return None
        meaning = self._catalogue.meaning(event.reason, event.component, event.type)
        if rule.meanings and meaning not in rule.meanings:
            return None
        severity = severity_of(event.reason, event.component, event.type, self._catalogue)
        if meaning == "failure" and severity < self._least:
            return None
        if not self._include.fits_each(event) or self._exclude.fits_any(event):
            return None
        return Judged(
            group_hash=group_hash(event, rule.group_by),
            is_critical=severity == SEVERITIES.index("critical"),
        )
