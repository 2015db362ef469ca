"""Templates of users are read back as Go renders them, or refused with the place and the reason."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.errors import TemplateError
from collector.eventer_template import EventerTemplate
from collector.go_template import parse_template
from collector.go_values import go_map, go_series, go_time, is_clock_reading

DATA = Path(__file__).parents[2] / "data/kube-eventer"
RENDERED = json.loads((DATA / "other-templates.json").read_text())


@pytest.mark.parametrize("case", RENDERED, ids=lambda case: f"{case['template'][:30]}")
def test_what_go_rendered_is_read_back(case: dict[str, object]) -> None:
    """The bodies were rendered by Go's text/template, from awkward events."""
    event = case["event"]
    assert isinstance(event, dict)
    told = EventerTemplate("mine", str(case["template"])).invert(str(case["body"]))
    assert told is not None
    assert told["Reason"] == event["reason"]
    assert told["Message"].strip() == event["message"].strip()
    if "LastTimestamp" in told:
        assert go_time(told["LastTimestamp"]) == datetime(2026, 1, 10, 11, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("hello", "the template mine has no {{ }} in it; give the text that stands in the "),
        ("", "the template mine has no {{ }} in it"),
        ("{{ .Reason }", "the template mine, line 1: {{ has no end }}"),
        ("a\n{{ .Reason }}\n{{ .Oops", "the template mine, line 3: {{ has no end }}"),
        ("{{ .Reason }}{{ .Message }}",
         "the template mine has nothing between {{ .Reason }} and {{ .Message }}: nobody can"),
        ("{{ .Type }} {{ .Count }}", "the template mine tells neither {{ .Reason }} nor"),
        ("{{ .Reason }}\n{{ range .Labels }}x{{ end }}",
         "the template mine, line 2: {{ range .Labels }} cannot be read back; write plain "),
        ("{{ with .Series }}{{ .Count }}{{ end }}", "the template mine, line 1: {{ with .Series"),
        ("{{ $x := .Reason }}", "the template mine, line 1: {{ $x := .Reason }} cannot be read"),
        ("{{ toJson .Message }}", "the template mine, line 1: {{ toJson .Message }} cannot be"),
        ("{{ .Reason | printf }}", "the template mine, line 1: {{ .Reason | printf }} cannot be"),
        ('{{ printf "%s %s" .Reason }}', "the template mine, line 1: {{ printf"),
        ('{{ printf "%5d" .Count }} {{ .Reason }}', "the template mine, line 1: {{ printf"),
        ("{{ .InvolvedObject.Labels }} {{ .Reason }}",
         "the template mine, line 1: {{ .InvolvedObject.Labels }} is no field of an event; "
         "kube-eventer would lose every event over it"),
        ("{{ if eq .Type `Normal` }}x{{ end }} {{ .Reason }}", "the template mine, line 1: {{ if"),
        ("{{ if .Series }} {{ .Reason }}",
         "the template mine, line 1: {{ if .Series }} has no {{ end }}"),
        ("{{ end }} {{ .Reason }}", "the template mine, line 1: {{ end }} cannot be read back"),
        ("{{ if .Series }}a{{ end }}" * 5 + "{{ .Reason }}",
         "the template mine, line 1: {{ if .Series }} is one choice too many to be read back"),
        ('{{ .LastTimestamp.Format "Jan 2" }} {{ .Reason }}',
         'the template mine, line 1: {{ .LastTimestamp.Format "Jan 2" }} cannot be read back; '
         "write the time without .Format, or with the layout"),
        ('{{ .LastTimestamp.Local.Format "2006-01-02 15:04:05" }} {{ .Reason }}',
         "the template mine, line 1: {{ .LastTimestamp.Local.Format"),
        ("{{ .Reason.Unix }} {{ .Message }}", "the template mine, line 1: {{ .Reason.Unix }}"),
        ("kind: ConfigMap\ndata:\n  body: 'content'\n",
         "the template mine is a ConfigMap without data.content, which is where kube-eventer"),
        ("{{ .Reason }}" + "x" * 70_000, "the template mine is longer than 65,536 characters"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_back_is_refused(text: str, sentence: str) -> None:
    """With the place and the reason, when the receiver starts."""
    with pytest.raises(TemplateError) as raised:
        EventerTemplate("mine", text)
    assert str(raised.value).startswith(sentence)


@given(st.text('{}.-| "`\n/*%sxqTypeReasonMessagefndl$', max_size=60))
def test_any_text_is_a_template_or_a_sentence(text: str) -> None:
    """Nothing else is raised."""
    with suppress(TemplateError):
        assert parse_template(text)


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


def test_times_and_what_else_go_prints() -> None:
    """Year 1 is none; a monotonic reading means the clock of kube-eventer."""
    assert go_time("2026-01-02 11:06:07.123456 +0800 CST") == datetime(
        2026, 1, 2, 3, 6, 7, 123456, tzinfo=UTC
    )
    assert go_time("2026-01-02 00:04:05 -0300 -03") == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert go_time("2026-11-23 01:01:45.16129866 +0800 CST m=+4.537762618") == datetime(
        2026, 11, 22, 17, 1, 45, 161298, tzinfo=UTC
    )
    for text in (
        "0001-01-01 00:00:00 +0000 UTC",
        "",
        "nil",
        "9999-12-31 23:59:59 -2359 CST",
        "x" * 999,
    ):
        assert go_time(text) is None
    assert is_clock_reading("2026-11-23 01:01:45 +0800 CST m=+4.5")
    assert not is_clock_reading("2026-11-23 01:01:45 +0800 CST")
    assert go_series("nil") is None
    series = "&EventSeries{Count:7,LastObservedTime:2026-01-02 11:16:07 +0800 CST,State:,}"
    assert go_series(series) == ("7", "2026-01-02 11:16:07 +0800 CST")
    assert go_map("map[]") == {} == go_map("a:b")
    assert go_map("map[app.kubernetes.io/name:web team:]") == {
        "app.kubernetes.io/name": "web", "team": "",
    }  # fmt: skip
