"""Bodies of unknown templates, read by the labels that all of them share: ``EventReason:``.

The first occurrence of a label wins, and only what stands before the message is looked at:
whatever comes later may be a part of the message, which anybody may write.
"""

from __future__ import annotations

import re

from collector.eventer_template import Told

_LABELS = {
    "EventType": "Type",
    "EventKind": "InvolvedObject.Kind",
    "EventNamespace": "InvolvedObject.Namespace",
    "EventObject": "InvolvedObject.Name",
    "EventName": "InvolvedObject.Name",
    "EventReason": "Reason",
    "EventTime": "LastTimestamp",
}
_MESSAGE = "EventMessage"
_SEPARATOR = re.compile(r"[\"*`]{0,3}[ \t]{0,9}:[ \t\"*`]{0,9}")
_TAIL = ' \t\r\n"*,`{}'
_FEWEST_LABELS = 2
_LOOKED_AT_CHARACTERS = 16_384  # labels stand at the beginning
_LONGEST_VALUE_CHARACTERS = 1024


def scan_labels(body: str) -> Told | None:
    """Return what stands behind the labels; None where fewer than two are found."""
    head = body[:_LOOKED_AT_CHARACTERS]
    message = _find(head, _MESSAGE)
    end = message[0] if message else len(head)
    found = sorted(
        (*place, path)
        for label, path in _LABELS.items()
        if (place := _find(head, label)) and place[1] <= end
    )
    told: dict[str, str] = {}
    for number, (_, begin, path) in enumerate(found):
        is_last = number + 1 == len(found)
        stop = end if is_last else found[number + 1][0]
        value = head[begin:stop]
        if is_last and not message:
            value = re.split(r'["\n]|\\n', value, maxsplit=1)[0]
        told.setdefault(path, _value(value))
    if len(told) + (message is not None) < _FEWEST_LABELS or "Reason" not in told:
        return None
    if message:
        told["Message"] = _message(body, message[1])
    return told


def _find(text: str, label: str) -> tuple[int, int] | None:
    """Return where the first occurrence of a label begins, and where its value does."""
    at = text.find(label)
    while at >= 0:
        separator = _SEPARATOR.match(text, at + len(label))
        if separator:
            return at, separator.end()
        at = text.find(label, at + 1)
    return None


def _value(text: str) -> str:
    """Take away what leads over to the next label."""
    text = text[:_LONGEST_VALUE_CHARACTERS].rstrip(_TAIL)
    while text.endswith("\\n"):
        text = text[:-2].rstrip(_TAIL)
    return text


def _message(body: str, begin: int) -> str:
    """Return the message without the quotes and braces that close the body."""
    end = len(body)
    for closer in _closers(body[:begin]):
        trimmed = end - (len(body[:end]) - len(body[:end].rstrip()))
        if not body.endswith(closer, begin, trimmed):
            return body[begin:]
        end = trimmed - 1
    return body[begin:end]


def _closers(opened: str) -> str:
    """Return what has to close, last first, what is open at the end of the text."""
    waiting: list[str] = []
    is_text = is_escaped = False
    for character in opened:
        if is_escaped:
            is_escaped = False
        elif character == "\\":
            is_escaped = True
        elif character == '"':
            is_text = not is_text
        elif not is_text and character in "{[":
            waiting.append("}" if character == "{" else "]")
        elif not is_text and character in "}]" and waiting:
            waiting.pop()
    return "".join(waiting) + ('"' if is_text else "")
