"""What can be configured of live notifications; the names of the fields are the keys in YAML."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time, timedelta
from typing import Annotated, Literal, get_args
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    field_validator,
    model_validator,
)

from analytics.digest import Severity
from kubedigest.errors import UsageError
from kubedigest.names import some_text
from kubedigest.times import parse_duration
from reports.errors import RuleError
from reports.live.patterns import REGULAR_EXPRESSION, EventPatterns, compiled
from reports.live.rule import (
    WORKLOAD_AND_REASON,
    GroupField,
    Meaning,
    QuietHours,
    Rule,
    Threshold,
)

_LONGEST = timedelta(days=90)

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
_WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)


def _duration(value: object) -> object:
    if isinstance(value, timedelta):
        return value
    if value == 0:
        return timedelta(0)
    try:
        return parse_duration(str(value), "", longest=_LONGEST)
    except UsageError:
        raise ValueError("is a duration such as 90s, 15m, 24h or 7d, at most 90d") from None


def _pattern(value: str) -> str:
    some_text(value)
    if value.startswith(REGULAR_EXPRESSION):
        try:
            compiled(value, "message")
        except RuleError as error:
            raise ValueError(str(error)) from None
    return value


def _clock(value: object) -> object:
    # without quotes, YAML reads 22:00 as a number to the base of 60
    if isinstance(value, int) and not isinstance(value, bool):
        value = f"{value // 60:02}:{value % 60:02}"
    try:
        return time.fromisoformat(str(value))
    except ValueError:
        raise ValueError("is a time of day such as '22:00'") from None


Duration = Annotated[timedelta, BeforeValidator(_duration)]
EventPattern = Annotated[str, AfterValidator(_pattern)]
ClockTime = Annotated[time, BeforeValidator(_clock)]


class EventPart(BaseModel):
    """Patterns of events: as of file names, or re: and a regular expression in Go's syntax."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    clusters: tuple[EventPattern, ...] = ()  # as they are called in the store
    namespaces: tuple[EventPattern, ...] = ()  # of the event; those of nodes are in default
    kinds: tuple[EventPattern, ...] = ()  # of the object or of its workload
    names: tuple[EventPattern, ...] = ()  # of the object or of its workload
    reasons: tuple[EventPattern, ...] = ()  # of the event
    messages: tuple[EventPattern, ...] = ()  # of the event, secrets redacted
    labels: Mapping[str, EventPattern] = Field(default_factory=dict)  # of the event

    def patterns(self) -> EventPatterns:
        """Return the same for the rule."""
        return EventPatterns(**dict(self))


class AfterConfiguration(BaseModel):
    """So many occurrences within so long, before anything is told."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    occurrences: int = Field(ge=2, le=1000)  # of one group
    within: Duration  # so long


class QuietConfiguration(BaseModel):
    """Hours in which messages wait; the first one after them tells what was."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    start: ClockTime  # such as '22:00'
    end: ClockTime  # such as '07:00', of the next day where it is earlier than start
    # IANA zone; default: that of the channel
    timezone: str | None = None
    # on which it starts; default: every day
    days: tuple[Weekday, ...] = _WEEKDAYS
    # wait: what is critical waits too; tell: it is told at once
    critical: Literal["tell", "wait"] = "tell"

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str | None) -> str | None:
        try:
            return value and ZoneInfo(value).key
        except (KeyError, ValueError, OSError):
            raise ValueError("is an IANA zone such as Europe/Berlin or Asia/Shanghai") from None

    @model_validator(mode="after")
    def _is_no_whole_day(self) -> QuietConfiguration:
        if self.start == self.end:
            raise ValueError("start and end must not be the same")
        return self


class NotifyRule(BaseModel):
    """What is told live, through which channel, and when."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    channel: Annotated[str, AfterValidator(some_text)]  # name of a channel
    # of the rule; default: that of the channel
    name: Annotated[str, AfterValidator(some_text)] | None = None
    # what it tells of: a pattern of each list that is given has to fit
    include: EventPart = EventPart()
    # what it does not tell of all the same: what fits a pattern of any list
    exclude: EventPart = EventPart()
    # Warning, Normal; default: both
    types: tuple[Literal["Warning", "Normal"], ...] = ()
    # of the reason catalogue; [] for all
    meanings: tuple[Meaning, ...] = ("failure",)
    # notice < warning < critical; failures below are left out; default: that of the channel
    minimum_severity: Severity | None = None
    # tell only what a workload has not had for so long, such as 7d
    new_after: Duration | None = None
    # tell only after so many occurrences within so long
    after: AfterConfiguration | None = None
    # what is told together
    group_by: tuple[GroupField, ...] = Field(default=WORKLOAD_AND_REASON, min_length=1)
    # how long a group is left alone after a message; what comes meanwhile is told then
    cool_down: Duration = timedelta(minutes=10)
    # hours in which messages wait
    quiet: QuietConfiguration | None = None
    # tell that a group is over, after so long without it, where its cluster was watched
    recovered_after: Duration | None = None

    @property
    def route(self) -> str:
        """Name of what it sends, in the ledger and in metrics."""
        return self.name or self.channel

    def rule(self, *, timezone: str, minimum_severity: Severity) -> Rule:
        """Return the rule; zone and severity are those of the channel, where it has none."""
        quiet = self.quiet
        return Rule(
            include=self.include.patterns(),
            exclude=self.exclude.patterns(),
            types=self.types,
            meanings=self.meanings,
            minimum_severity=self.minimum_severity or minimum_severity,
            new_after=self.new_after,
            threshold=Threshold(occurrences=self.after.occurrences, within=self.after.within)
            if self.after
            else None,
            group_by=self.group_by,
            cool_down=self.cool_down,
            quiet=QuietHours(
                start=quiet.start,
                end=quiet.end,
                zone=ZoneInfo(quiet.timezone or timezone),
                weekdays=tuple(_WEEKDAYS.index(day) for day in quiet.days),
                critical_waits=quiet.critical == "wait",
            )
            if quiet
            else None,
            recovered_after=self.recovered_after,
        )
