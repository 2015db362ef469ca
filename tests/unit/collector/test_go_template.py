"""Templates of users are read back as Go renders them, or refused with the place and the reason."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.errors import TemplateError
from collector.eventer_template import EventerTemplate
from collector.go_template import parse_template
from collector.go_values import go_time

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
        ("hello", " has no {{ }} in it; give the text that stands in the "),
        ("", " has no {{ }} in it"),
        ("{{ .Reason }", ", line 1, column 1: {{ has no end }}"),
        ("a\n{{ .Reason }}\n{{ .Oops", ", line 3, column 1: {{ has no end }}"),
        ("{{ .Reason }}{{ .Message }}",
         " has nothing between {{ .Reason }} and {{ .Message }}: nobody can"),
        ("{{ .Type }} {{ .Count }}", " tells neither {{ .Reason }} nor"),
        ("{{ .Reason }}\n{{ range .Labels }}x{{ end }}",
         ", line 2, column 1: {{ range .Labels }} cannot be read back; write plain "),
        ("{{ with .Series }}{{ .Count }}{{ end }}", ", line 1, column 1: {{ with .Series"),
        ("{{ $x := .Reason }}", ", line 1, column 1: {{ $x := .Reason }} cannot be read"),
        ("{{ toJson .Message }}", ", line 1, column 1: {{ toJson .Message }} cannot be"),
        ("{{ .Reason | printf }}", ", line 1, column 1: {{ .Reason | printf }} cannot be"),
        ('{{ printf "%s %s" .Reason }}', ", line 1, column 1: {{ printf"),
        ('{{ printf "%5d" .Count }} {{ .Reason }}', ", line 1, column 1: {{ printf"),
        ("{{ .InvolvedObject.Labels }} {{ .Reason }}",
         ", line 1, column 1: {{ .InvolvedObject.Labels }} is no field of an event; "
         "kube-eventer would lose every event over it"),
        ("{{ if eq .Type `Normal` }}x{{ end }} {{ .Reason }}", ", line 1, column 1: {{ if"),
        ("{{ if .Series }} {{ .Reason }}",
         ", line 1, column 1: {{ if .Series }} has no {{ end }}"),
        ("{{ end }} {{ .Reason }}", ", line 1, column 1: {{ end }} is outside of any block"),
        ("{{ if .Series }}a{{ end }}" * 5 + "{{ .Reason }}",
         ", line 1, column 105: {{ if .Series }} is one choice too many to be read back"),
        ('{{ .LastTimestamp.Format "Jan 2" }} {{ .Reason }}',
         ', line 1, column 1: {{ .LastTimestamp.Format "Jan 2" }} cannot be read back; '
         "write the time without .Format, or with the layout"),
        ('{{ .LastTimestamp.Local.Format "2006-01-02 15:04:05" }} {{ .Reason }}',
         ", line 1, column 1: {{ .LastTimestamp.Local.Format"),
        ("{{ .Reason.Unix }} {{ .Message }}", ", line 1, column 1: {{ .Reason.Unix }}"),
        ("kind: ConfigMap\ndata:\n  body: 'content'\n",
         " is a ConfigMap without data.content, which is where kube-eventer"),
        ("{{ .Reason }}" + "x" * 70_000, " is longer than 65,536 characters"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_back_is_refused(text: str, sentence: str) -> None:
    """With the place and the reason, when the receiver starts."""
    with pytest.raises(TemplateError) as raised:
        EventerTemplate("mine", text)
    assert str(raised.value).startswith(f"the template mine{sentence}")


@settings(deadline=None)
@given(st.text('{}.-| "`\n/*%sxqTypeReasonMessagefndl$', max_size=60))
def test_any_text_is_a_template_or_a_sentence(text: str) -> None:
    """Nothing else is raised."""
    with suppress(TemplateError):
        assert parse_template(text)
