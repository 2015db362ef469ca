"""Patterns of live rules: as of file names, or regular expressions in Go's syntax."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from analytics.file_patterns import file_pattern
from reports.errors import RuleError
from reports.sinks.live_event import LiveEvent

REGULAR_EXPRESSION = "re:"

Test = Callable[[str], bool]


def compiled(pattern: str, column: str) -> Test:
    """Return what tells whether a text fits a pattern.

    Parameters
    ----------
    pattern
        ``re:`` and a regular expression in Go's syntax, which has to be found somewhere in the
        text; or a pattern as of file names, which has to match the whole text: ``*`` stands for any
        text, ``?`` for one character, ``[abc]`` for one of these.
    column
        What the text is: capitals do not matter in patterns of ``reason`` and ``workload_kind``; an
        expression says ``(?i)``.

    Raises
    ------
    RuleError
        The expression cannot be compiled; the sentence has the reason and the place.

    Examples
    --------
    >>> [compiled("team-*", "namespace")(name) for name in ("team-a", "my-team-a")]
    [True, False]
    >>> [compiled("re:^(Back|Crash)", "namespace")(name) for name in ("BackOff", "NoBackOff")]
    [True, False]
    """
    if pattern.startswith(REGULAR_EXPRESSION):
        from reports.sinks.rules import pattern_problem, search  # re2, which most do without

        expression = pattern.removeprefix(REGULAR_EXPRESSION)
        if problem := pattern_problem(expression):
            raise RuleError(f"the expression {expression[:60]!r} cannot be used: {problem}")
        return lambda text: search(expression, text)
    whole = file_pattern(pattern, column)
    return lambda text: whole.match(text) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class EventPatterns:
    """Patterns of events, by what they are about; () asks for nothing.

    A pattern of kinds fits the kind of the involved object or of its workload, and a pattern of
    names the name of either.
    """

    clusters: tuple[str, ...] = ()
    namespaces: tuple[str, ...] = ()  # of the event, as in a digest; those of nodes are in default
    kinds: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    messages: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)  # of the event, where it has them


ANYTHING = EventPatterns()


class EventTest:
    """Tells whether events fit `EventPatterns`, of which each is compiled once.

    Parameters
    ----------
    patterns
        What is asked for.

    Raises
    ------
    RuleError
        One of them cannot be compiled.
    """

    def __init__(self, patterns: EventPatterns) -> None:
        self._fields = [
            (tests, texts_of)
            for tests, texts_of in (
                (_tests(patterns.clusters, "cluster"), _cluster),
                (_tests(patterns.namespaces, "namespace"), _namespace),
                (_tests(patterns.kinds, "workload_kind"), _kinds),
                (_tests(patterns.names, "workload"), _names),
                (_tests(patterns.reasons, "reason"), _reason),
                (_tests(patterns.messages, "message"), _message),
            )
            if tests
        ]
        self._labels = {
            name: compiled(pattern, "label") for name, pattern in patterns.labels.items()
        }

    def fits_each(self, event: LiveEvent) -> bool:
        """Tell whether a pattern of every list that is given fits, and every label."""
        return all(_fits(tests, texts_of(event)) for tests, texts_of in self._fields) and all(
            name in event.labels and test(event.labels[name]) for name, test in self._labels.items()
        )

    def fits_any(self, event: LiveEvent) -> bool:
        """Tell whether a pattern of any list fits, or a label."""
        return any(_fits(tests, texts_of(event)) for tests, texts_of in self._fields) or any(
            name in event.labels and test(event.labels[name]) for name, test in self._labels.items()
        )


def _tests(patterns: Sequence[str], column: str) -> list[Test]:
    return [compiled(pattern, column) for pattern in patterns]


def _fits(tests: Sequence[Test], texts: Sequence[str]) -> bool:
    return any(test(text) for test in tests for text in texts)


def _cluster(event: LiveEvent) -> tuple[str, ...]:
    return (event.cluster,)


def _namespace(event: LiveEvent) -> tuple[str, ...]:
    return (event.namespace,)


def _kinds(event: LiveEvent) -> tuple[str, ...]:
    return (event.kind, event.workload_kind)


def _names(event: LiveEvent) -> tuple[str, ...]:
    return (event.object, event.workload)


def _reason(event: LiveEvent) -> tuple[str, ...]:
    return (event.reason,)


def _message(event: LiveEvent) -> tuple[str, ...]:
    return (event.message,)
