"""Bodies of unknown templates are read by their labels; the first occurrence wins."""

from __future__ import annotations

import pytest

from collector.label_scan import scan_labels

LINES = r"EventType:Warning\nEventKind:Pod\nEventReason:BackOff\nEventMessage:{}"
TOLD = {"Type": "Warning", "InvolvedObject.Kind": "Pod", "Reason": "BackOff"}


@pytest.mark.parametrize(
    "body",
    [
        '{"markdown": {"text": "' + LINES + '"}}',
        '{"content": {"text":"' + LINES + '"} , "x": [ {"y":"' + LINES[:0] + '"}]}',
        LINES,
        LINES.replace(r"\n", "\n"),
        LINES.replace("Event", "**Event").replace(":", ":** "),
        '{"EventType":"Warning", "EventKind":"Pod" "EventReason":"BackOff","EventMessage":"{}"}',
        "<p>EventType: `Warning`, EventKind: `Pod`, EventReason: `BackOff`, EventMessage: {}",
    ],
)
@pytest.mark.parametrize("message", ["Back-off", "a\nEventReason:Started\nEventKind:Node", ""])
def test_labels_are_found_in_any_clothes(body: str, message: str) -> None:
    """What a message adds changes nothing."""
    told = scan_labels(body.replace("{}", message, 1) if "{}" in body else body)
    assert told is not None
    assert {key: told[key] for key in TOLD} == TOLD
    assert told["Message"].startswith(message)


def test_the_message_ends_where_the_body_closes() -> None:
    """Its own quotes and braces stay."""
    told = scan_labels('{"a": {"b": "' + LINES.format('x "y" {z}]') + '" } \n}')
    assert told is not None
    assert told["Message"] == 'x "y" {z}]'


@pytest.mark.parametrize(
    "body", ["", "EventReason:x", "EventReason EventType EventMessage", "EventMessage:EventType:x"]
)
def test_one_label_is_too_little(body: str) -> None:
    """A message may hold one by chance; labels inside it are not looked at."""
    assert scan_labels(body) is None


def test_without_a_message_the_last_value_ends_at_its_quote() -> None:
    """Some templates tell none."""
    assert scan_labels('{"EventType":"Normal","EventReason":"Started"}') == {
        "Type": "Normal", "Reason": "Started",
    }  # fmt: skip
