"""A body is read by inverting its template: the message is all that lies between."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from collector.bodies import Receipt, read_body
from collector.eventer_template import EventerTemplate
from collector.go_template import parse_template
from collector.known_templates import KNOWN_TEMPLATES, RECOMMENDED
from collector.observation import Observation
from collector.redaction import clean

RECEIPT = Receipt("0001", datetime(2026, 1, 2, 9, tzinfo=UTC), "prod", "10.0.0.1")


def test_yaml_may_have_folded_the_template() -> None:
    """A quoted text of several lines is one line in the ConfigMap that kube-eventer reads."""
    template = EventerTemplate("mine", '{\n   "r": "{{ .Reason }}",\n   "m": "{{ .Message }}"\n}')
    for body in ('{\n   "r": "A",\n   "m": "b\nc"\n}', '{ "r": "A", "m": "b\nc" }'):
        assert template.invert(body) == {"Reason": "A", "Message": "b\nc"}
    folded = "kind: ConfigMap\ndata:\n  content: >-\n    {{ .Reason }}: {{\n    .Message }}\n"
    assert EventerTemplate("mine", folded).invert("A: b") == {"Reason": "A", "Message": "b"}


@settings(deadline=None)
@given(st.text(max_size=30), st.text(max_size=30))
def test_a_message_is_all_between_what_stands_before_and_after(message: str, tail: str) -> None:
    """Whatever it holds; only the fields before it are trusted to end where they seem to."""
    template = EventerTemplate(
        "mine", '{"r":"{{ .Reason }}","m":"{{ .Message }}","c":{{ .Count }}}'
    )
    body = f'{{"r":"Failed","m":"{message}{tail}","c":3}}'
    assert template.invert(body) == {"Reason": "Failed", "Message": message + tail, "Count": "3"}


VALUES = {
    "Type": "Warning", "Reason": "BackOff", "InvolvedObject.Kind": "Pod",
    "InvolvedObject.Name": "web-0", "InvolvedObject.Namespace": "shop",
    "LastTimestamp": "2026-01-02 11:05:05 +0800 CST", "EventTime": "0001-01-01 00:00:00 +0000 UTC",
}  # fmt: skip
PLAIN = {
    name: list(parse_template(text.strip())[0])
    for name, text in KNOWN_TEMPLATES.items()
    if name != RECOMMENDED
}
LITERALS = sorted({piece for one in PLAIN.values() for piece in one if isinstance(piece, str)})
MESSAGES = st.lists(st.sampled_from([*LITERALS, "x", '"', "}", "\\", "\n"]) | st.text(max_size=5))


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(sorted(PLAIN)), MESSAGES.map("".join))
def test_no_message_changes_how_a_body_of_a_known_template_is_read(name: str, message: str) -> None:
    """Whatever pieces of whichever template it is made of."""
    told = {**VALUES, "Message": message}
    body = "".join(piece if isinstance(piece, str) else told[piece.path] for piece in PLAIN[name])
    [row] = read_body(body.encode(errors="replace"), RECEIPT)
    assert isinstance(row, Observation)
    assert (row.type, row.reason, row.kind) == ("Warning", "BackOff", "Pod")
    expected = clean(message.encode(errors="replace").decode())
    assert row.message.rstrip() == expected.rstrip()
    paths = {piece.path for piece in PLAIN[name] if not isinstance(piece, str)}
    assert row.object == ("web-0" if "InvolvedObject.Name" in paths else "")
