"""A body is read by inverting its template: the message is all that lies between."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from collector.eventer_template import EventerTemplate


def test_yaml_may_have_folded_the_template() -> None:
    """A quoted text of several lines is one line in the ConfigMap that kube-eventer reads."""
    template = EventerTemplate("mine", '{\n   "r": "{{ .Reason }}",\n   "m": "{{ .Message }}"\n}')
    for body in ('{\n   "r": "A",\n   "m": "b\nc"\n}', '{ "r": "A", "m": "b\nc" }'):
        assert template.invert(body) == {"Reason": "A", "Message": "b\nc"}
    folded = "kind: ConfigMap\ndata:\n  content: >-\n    {{ .Reason }}: {{\n    .Message }}\n"
    assert EventerTemplate("mine", folded).invert("A: b") == {"Reason": "A", "Message": "b"}


@given(st.text(max_size=30), st.text(max_size=30))
def test_a_message_is_all_between_what_stands_before_and_after(message: str, tail: str) -> None:
    """Whatever it holds; only the fields before it are trusted to end where they seem to."""
    template = EventerTemplate(
        "mine", '{"r":"{{ .Reason }}","m":"{{ .Message }}","c":{{ .Count }}}'
    )
    body = f'{{"r":"Failed","m":"{message}{tail}","c":3}}'
    assert template.invert(body) == {"Reason": "Failed", "Message": message + tail, "Count": "3"}
