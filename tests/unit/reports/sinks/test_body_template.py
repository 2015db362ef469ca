"""Templates of kube-eventer make JSON whatever an event says, and to the letter what Go makes."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.known_templates import KNOWN_TEMPLATES
from reports.errors import TemplateError
from reports.sinks.body_template import DEFAULT_BODIES, BodyTemplate
from reports.sinks.live_event import LiveEvent
from tests.unit.reports.hostile import HOSTILE_TEXTS

DATA = Path(__file__).parents[3] / "data/kube-eventer"
SHANGHAI = ZoneInfo("Asia/Shanghai")
EVENT = LiveEvent(
    received=datetime(2026, 1, 2, 3, 5, 9, tzinfo=UTC),
    type="Warning",
    reason="BackOff",
    message='pulling "nginx:1"\n\tC:\\temp',
    kind="Pod",
    object_namespace="shop",
    object="web-3",
    namespace="shop",
    name="web-3.17a",
    count=7,
    last_timestamp=datetime(2026, 1, 2, 3, 5, 5, tzinfo=UTC),
    component="kubelet",
    host="node-1",
    labels={"app": "web", "tier": "front"},
)
SEVEN = ("dingtalk-docs", "wechat", "slack-docs", "bearychat-docs", "worktile", "feishu",
         "feishu-card")  # fmt: skip


@pytest.mark.parametrize("name", SEVEN)
@pytest.mark.parametrize("hostile", HOSTILE_TEXTS, ids=lambda text: ascii(text[:20]))
def test_the_examples_make_json_of_hostile_events(name: str, hostile: str) -> None:
    """All that an event says stays inside of the texts in which it stands."""
    template = BodyTemplate(name, KNOWN_TEMPLATES[name])
    event = replace(EVENT, message=hostile, reason=hostile, object=hostile, type=hostile)
    plain, found = (json.loads(template.render(one).text) for one in (EVENT, event))
    assert _shape(found) == _shape(plain)
    shown = "".join(_texts(found))
    assert hostile.encode(errors="replace").decode().replace("?", "") in shown.replace(
        "\ufffd", ""
    ).replace("?", "")


def _shape(value: object) -> object:
    if isinstance(value, dict):
        return {key: _shape(inner) for key, inner in value.items()}
    return [_shape(inner) for inner in value] if isinstance(value, list) else type(value)


def _texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for one in inner for text in _texts(one)]


@pytest.mark.parametrize("case", json.loads((DATA / "other-templates.json").read_text()),
                         ids=lambda case: f"{case['template'][:30]}")  # fmt: skip
def test_go_itself_renders_the_same(case: dict[str, object]) -> None:
    """The bodies of the data were rendered by Go's text/template."""
    told = case["event"]
    assert isinstance(told, dict)
    body = str(case["body"])
    host = re.match("(?:(n|node-1): )?", body)
    event = LiveEvent(
        received=EVENT.received,
        type="Warning",
        reason=told["reason"],
        message=told["message"],
        object_namespace="shop",
        object="web-0",
        name="web-0.18ea",
        host=(host and host[1]) or "",
        last_timestamp=datetime.fromisoformat(told["lastTimestamp"]),
        series_count=4 if body.startswith("4 times") else 0,
    )
    template = BodyTemplate("mine", str(case["template"]))
    found = template.render_as_kube_eventer(event, SHANGHAI, "v1.2.0")
    assert found.text == body


@pytest.mark.parametrize(
    ("template", "body"),
    [
        ("{{ .Type }}|{{ .InvolvedObject.Kind }}|{{ .Count }}", "Warning|Pod|7"),
        ("{{ .ObjectMeta.Name }} {{ $.Namespace }}", "web-3.17a shop"),
        ("{{ .LastTimestamp }}", "2026-01-02 11:05:05 +0800 CST"),
        ("{{ .EventTime }}", "0001-01-01 00:00:00 +0000 UTC"),
        ('{{ .LastTimestamp.Format "Jan _2 15:04" }}', "Jan  2 11:05"),
        ('{{ .LastTimestamp.UTC.Format "2006-01-02T15:04:05Z07:00" }}', "2026-01-02T03:05:05Z"),
        ('{{ "2006" | .LastTimestamp.Format }}', "2026"),
        ("{{ .LastTimestamp.Unix }}", "1767323105"),
        ('{{ if eq .Type "Warning" "Error" }}!{{ else }}.{{ end }}', "!"),
        ('{{ if eq .Reason "x" }}1{{ else if gt .Count 5 }}2{{ else }}3{{ end }}', "2"),
        ('{{ if and .Reason (not (eq .Count 1)) }}{{ or .Action .Reason }}{{ end }}', "BackOff"),
        ("{{ with .Source }}{{ .Component }}/{{ .Host }}{{ end }}", "kubelet/node-1"),
        ("{{ with .Series }}{{ .Count }}{{ else }}none{{ end }}", "none"),
        ("{{ range $k, $v := .Labels }}{{ $k }}={{ $v }};{{ end }}", "app=web;tier=front;"),
        ("{{ range .Labels }}{{ . }} {{ $.Count }} {{ end }}", "web 7 front 7 "),
        ("{{ .Labels.app }} {{ index .Labels `none` }} {{ .Labels.none }}", "web  <no value>"),
        ("{{ .Labels }}", "map[app:web tier:front]"),
        ("{{ $x := .Reason }}{{ $x }}{{ $x = .Type }}{{ $x }}", "BackOffWarning"),
        ('{{ printf "%-8s|%5d|%05d|%.3s|%x|%%" .Reason .Count .Count .Reason .Kind }}',
         "BackOff |    7|00007|Bac||%"),
        ('{{ .Reason | printf "%s-%s" .Type | print "+" }}', "+Warning-BackOff"),
        ('{{ printf "%q" .Message }}', '"pulling nginx:1\\n\\tC:\\\\temp"'),
        ("{{ .Message | len }} {{ slice .Reason 0 4 }}", "24 Back"),
        ("{{ .Series }} {{ .Source }}", "nil &EventSource{Component:kubelet,Host:node-1,}"),
        ("a {{- /* gone */ -}} b{{ `{{` }}", "ab{{"),
        ("{{ print 1 2 .Reason 3 }}{{ println .Count }}", "1 2BackOff37\n"),
        ("{{ urlquery .Message }}", "pulling+nginx%3A1%0A%09C%3A%5Ctemp"),
        ("{{ html `<a>` .Kind }}{{ js `it's` }}", "&lt;a&gt;it\\'s"),
    ],
)  # fmt: skip
def test_what_go_prints(template: str, body: str) -> None:
    """Worked out by hand from text/template's documentation."""
    assert BodyTemplate("mine", template).render_as_kube_eventer(EVENT, SHANGHAI).text == body


@pytest.mark.parametrize(
    ("template", "sentence"),
    [
        ("{{ toJson .Message }}", ", line 1, column 1: {{ toJson .Message }}: there is no function "
         "toJson; Go's templates have and, eq, "),
        ("ab\n  {{ .InvolvedObject.Labels }}", ", line 2, column 3: {{ .InvolvedObject.Labels }}: "
         ".InvolvedObject.Labels is no field of .InvolvedObject"),
        ("{{ .Nothing }}", ", line 1, column 1: {{ .Nothing }}: .Nothing is no field of an event"),
        ("{{ with .Series }}{{ .Reason }}{{ end }}", ", line 1, column 19: {{ .Reason }}: .Reason "
         "is no field"),
        ("{{ .Reason.Length }}", ", line 1, column 1: {{ .Reason.Length }}: .Reason.Length is no"),
        ("{{ $y }}", ", line 1, column 1: {{ $y }} has no variable $y"),
        ("{{ eq .Type 3 }}", ", line 1, column 1: {{ eq .Type 3 }}: eq cannot compare string with"),
        ("{{ eq .Type }}", ", line 1, column 1: {{ eq .Type }}: eq takes 2 or more values and"),
        ('{{ printf "%d" .Type }}', ', line 1, column 1: {{ printf "%d" .Type }}: %d does not'),
        ('{{ printf "%s" }}', ', line 1, column 1: {{ printf "%s" }}: printf has 1 verbs and gets'),
        ('{{ printf "%v %" .Type }}', ', line 1, column 1: {{ printf "%v %" .Type }}: %'),
        ("{{ printf .Message }}", ", line 1, column 1: {{ printf .Message }}: the format of"),
        ("{{ range .Reason }}{{ end }}", ", line 1, column 1: {{ range .Reason }} can only go"),
        ("{{ if .Type }}", ", line 1, column 1: {{ if .Type }} has no {{ end }}"),
        ("{{ end }}", ", line 1, column 1: {{ end }} is outside of any block"),
        ("{{ .Type", ", line 1, column 1: {{ has no end }}"),
        ("{{ template `x` }}", ", line 1, column 1: {{ template `x` }} is a part of Go's"),
        ("{{ .Type | }}", ", line 1, column 1: {{ .Type | }} is not as Go's templates are written"),
        ("{{ }}", ", line 1, column 1: {{  }} is not as Go's"),
        ("{{ nil }}", ", line 1, column 1: {{ nil }} prints nil, which Go refuses"),
        ('{"a": "{{ .Type }}", }', " makes no JSON: "),
        ('{"a" "{{ .Type }}"}', " makes no JSON: expecting ':' delimiter, line 1 of the body"),
        ("text", " has no {{ }} in it; give the text that stands in the ConfigMap"),
        ("kind: ConfigMap\ndata:\n  body: content", " is a ConfigMap without data.content"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_sentence_at_start(template: str, sentence: str) -> None:
    """With line and column, before any event."""
    with pytest.raises(TemplateError) as raised:
        BodyTemplate("mine", template)
    assert str(raised.value).startswith(f"the template mine{sentence}")


@pytest.mark.parametrize(
    ("template", "value"),
    [
        ('{"m": "{{ .Message }}"}', EVENT.message),
        ('{"m": {{ .Message }}}', EVENT.message),
        ('{"m": {{ printf "%q" .Message }}}', EVENT.message),
        ('{"m": "{{ js .Message }}"}', EVENT.message),
        ('{"m": {{ .Count }}}', 7),
        ('{"m": "{{ .Count }}"', "7"),
        ('"m": "\\{{ .Count }}"', "\\7"),
        ('{"m": "{{ if .Series }}x{{ end }}" "n": 1}', ""),
    ],
)
def test_values_are_escaped_for_where_they_stand(template: str, value: object) -> None:
    """Inside of a text or as a value; commas and outer braces that are missing are put in."""
    assert json.loads(BodyTemplate("mine", template).render(EVENT).text)["m"] == value


def test_what_is_no_json_is_sent_as_it_is() -> None:
    """A text in brackets too; and nothing is escaped."""
    template = BodyTemplate("mine", "[{{ .Type }}] {{ .Message }}")
    assert not template.is_json
    assert template.render(EVENT).text == '[Warning] pulling "nginx:1"\n\tC:\\temp'


def test_the_default_body_of_each_version() -> None:
    """v1.2.0: no comma, no event time, raw quotes; later: quotes deleted, last time filled in."""
    event = replace(EVENT, message='a "b"', last_timestamp=None)
    old, middle, new = (
        BodyTemplate("default", text).render_as_kube_eventer(event, SHANGHAI, version).text
        for version, text in DEFAULT_BODIES.items()
    )
    head = '\n{\n\t"EventType": "Warning",\n\t"EventKind": "Pod"'
    zero = '"EventTime": "0001-01-01 00:00:00 +0000 UTC"'
    assert old == f'{head}\n\t"EventReason": "BackOff",\n\t{zero},\n\t"EventMessage": "a "b""\n}}'
    assert middle == f'{head},\n\t"EventReason": "BackOff",\n\t{zero},\n\t"EventMessage": "a b"\n}}'
    assert new == middle.replace("0001-01-01 00:00:00 +0000 UTC", "2026-01-02 11:05:09 +0800 CST")


def test_what_kube_eventer_loses() -> None:
    """A field of nothing ends its rendering; here it is empty."""
    template = BodyTemplate("mine", "{{ .Series.Count }} {{ .Reason }}")
    assert template.render(EVENT).text == "0 BackOff"
    with pytest.raises(TemplateError, match=r"line 1, column 1: .*Series is nil for this event"):
        template.render_as_kube_eventer(EVENT)


def test_fields_that_stay_empty_are_told() -> None:
    """Since the store does not have them."""
    template = BodyTemplate("mine", "{{ .UID }}{{ .InvolvedObject.FieldPath }}{{ .Reason }}")
    assert template.unknown_paths == ("InvolvedObject.FieldPath", "UID")


@settings(deadline=None, max_examples=200)
@given(st.text('{}.-| "`\n/*%sxqd$:=()TypeReasonMessagindlfwthrangeLb', max_size=60), st.text())
def test_any_template_is_a_body_or_a_sentence(text: str, message: str) -> None:
    """Nothing else is raised, at start or for an event."""
    with suppress(TemplateError):
        template = BodyTemplate("mine", text)
        body = template.render(replace(EVENT, message=message))
        if body.is_json and body.text:
            json.loads(body.text)


@settings(deadline=None, max_examples=200)
@given(st.lists(st.sampled_from(
    ["{{", "}}", "if ", "with ", "range ", "end", "else", " .Type", " .Labels", " .Series",
     " $x", ":=", "(", ")", "|", " printf", ' "%s"', " eq", " .LastTimestamp", ".Format", " 1",
     '{"a": "', '"}', "\\"]), max_size=16), st.text())  # fmt: skip
def test_any_pieces_are_a_body_or_a_sentence(pieces: list[str], message: str) -> None:
    """The same of what looks more like a template."""
    with suppress(TemplateError):
        template = BodyTemplate("mine", "".join(pieces))
        body = template.render(replace(EVENT, message=message))
        assert not body.is_json or not body.text or json.loads(body.text) is not Ellipsis
