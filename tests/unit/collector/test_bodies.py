"""Bodies of webhooks tell what their senders meant, however broken or hostile they are."""

from __future__ import annotations

import base64
import gzip
import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec.structs import replace

from collector.bodies import KNOWN, Receipt, Route, Templates, read_body, receipt_at
from collector.errors import TemplateError
from collector.known_templates import KNOWN_TEMPLATES, RECOMMENDED_TEMPLATE
from collector.normalize import normalize
from collector.observation import RAW_LIMIT_CHARACTERS, Observation, Rejection
from collector.redaction import clean

DATA = Path(__file__).parents[2] / "data/kube-eventer"
RECEIVED = datetime(2026, 11, 28, 9, tzinfo=UTC)
RECEIPT = Receipt("0001", RECEIVED, "prod", "10.0.0.1")
BODIES = json.loads((DATA / "bodies.json").read_text())
REQUESTS = json.loads((DATA / "captured-requests.json").read_text())
ALL_FIELDS = (
    "{{ .Type }}|{{ .EventTime }}|{{ .FirstTimestamp }}|{{ .LastTimestamp }}|{{ .Count }}"
    "|{{ .Series }}|{{ .UID }}|{{ .Namespace }}|{{ .Name }}|{{ .Source.Host }}|{{ .Related }}"
    "|{{ .CreationTimestamp }}|{{ .Reason }}"
)


def one(body: bytes | str, receipt: Receipt = RECEIPT, templates: Templates = KNOWN) -> Observation:
    """Return the only row of a body."""
    [row] = read_body(body.encode() if isinstance(body, str) else body, receipt, templates)
    assert isinstance(row, Observation), row
    return row


def refused(body: bytes | str, templates: Templates = KNOWN) -> Rejection:
    """Return why a body is no row."""
    [row] = read_body(body.encode() if isinstance(body, str) else body, RECEIPT, templates)
    assert isinstance(row, Rejection), row
    return row


def body_of(case: dict[str, str]) -> bytes:
    """Return the bytes of a collected body."""
    return case["body"].encode() if case["body"] else base64.b64decode(case["body_b64"])


@pytest.mark.parametrize("case", BODIES, ids=lambda case: case["id"])
def test_every_body_that_kube_eventer_rendered_is_read_exactly(case: dict[str, str]) -> None:
    """Of both versions and all templates; NUL is the one character that no database takes."""
    row = one(body_of(case))
    expected = case["expect"]
    assert isinstance(expected, dict)
    told = {
        "type": row.type, "kind": row.kind, "reason": row.reason,
        "message": row.message.rstrip(), "time": row.time, "namespace": row.object_namespace,
        "name": row.object,
    }  # fmt: skip
    time = datetime.fromisoformat(expected["time"]) if expected["time"] else RECEIVED
    assert told == {
        "namespace": "", "name": "", **expected,
        "message": clean(expected["message"]).rstrip(), "time": time,
    }  # fmt: skip
    assert (row.counting, row.cumulative, row.source) == ("requests", 1, "webhook")


def test_real_events_come_back_from_the_bodies_they_were_rendered_to(shared_data: Path) -> None:
    """Also from those that are no JSON, and from those that JSON reads wrongly."""
    events = {}
    for path in (shared_data / "events").glob("*.jsonl"):
        for line in path.read_text().splitlines():
            event = json.loads(line)
            events[event.get("metadata", {}).get("uid")] = event
    lines = (shared_data / "derived/kube-eventer-default-bodies.jsonl").read_text().splitlines()
    seen: Counter[bool] = Counter()
    for line in lines:
        case = json.loads(line)
        event, row = events[case["event_uid"]], one(case["body"])
        message = clean(event["message"].replace('"', ""))
        assert (row.type, row.reason) == (event["type"], event["reason"])
        assert (row.kind, row.message.rstrip()) == (
            event["involvedObject"].get("kind", ""), message.rstrip(),
        )  # fmt: skip
        seen[case["valid_json"]] += 1
    assert seen[False] >= 40


def test_captured_requests_of_a_running_kube_eventer() -> None:
    """Every body but that of a template nobody gave."""
    for request in REQUESTS:
        if "/all?" in request["path"]:
            assert refused(request["body"]).reason == "the body is not JSON"
            continue
        row = one(request["body"])
        assert row.reason in {"BackOff", "Scheduled", "FailedScheduling", "NoTimes", "Rebooted"}
        assert row.kind in {"Pod", "Node"}


def test_a_template_of_plain_fields_may_tell_who_an_event_is() -> None:
    """With name, times, count and series, a row is exact, and of the event that a watch sees."""
    given = Templates({"all": ALL_FIELDS})
    rows = [one(r["body"] + "|Failed", templates=given) for r in REQUESTS if "/all?" in r["path"]]
    assert [(row.name, row.cumulative, row.counting) for row in rows] == [
        ("web-1.0000000000000001", 1, "exact"),
        ("web-2.0000000000000002", 1, "exact"),
        ("web-3.0000000000000003", 7, "exact"),
        ("web-4.0000000000000004", 1, "exact"),
    ]
    assert rows[2].birth == datetime(2026, 1, 2, 3, 6, 7, 123456, tzinfo=UTC)
    assert rows[2].time == datetime(2026, 1, 2, 3, 16, 7, 123456, tzinfo=UTC)
    # no time of its own but creation: what kube-eventer's clock said is no point of the event
    assert rows[3].birth == rows[3].time == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def rendered() -> list[dict[str, object]]:
    """Return bodies of the recommended template, by kube-eventer's own code, with the events."""
    with gzip.open(DATA / "recommended-bodies.jsonl.gz", "rt") as lines:
        return [json.loads(line) for line in lines]


def test_the_recommended_template_tells_all_that_a_watch_does() -> None:
    """Of both versions, in five zones: classic and scheduler events, series, hostile texts."""
    cases = rendered()
    assert len(cases) > 1000
    for case in cases:
        event, body = case["event"], case["body"]
        assert isinstance(event, dict)
        assert isinstance(body, str)
        if case["kube_eventer"] != "v1.2.0-484d9cd":  # which deletes quotes from messages
            event = {**event, "message": event["message"].replace('"', "")}
        watched = normalize(event, cluster="prod", received=RECEIVED, source="webhook")
        assert one(body) == watched, case["kube_eventer"]


def test_the_config_map_of_the_documentation_is_the_recommended_template() -> None:
    """What people install is what is known here, by its name too."""
    page = Path(__file__).parents[3] / "docs/receiver/kube-eventer-configmap.yaml"
    for text in (page.read_text(), "kubedigest"):
        given = Templates({"mine": text})
        [mine, *_] = given.templates(Route(template="mine"))
        body = str(rendered()[0]["body"])
        assert mine.invert(body) is not None
    assert KNOWN_TEMPLATES["kubedigest"] == RECOMMENDED_TEMPLATE


def test_a_body_that_was_cut_is_a_request_even_of_the_recommended_template() -> None:
    """Half a message proves no identity; half a name is not even a row."""
    body = str(rendered()[0]["body"])
    row = one(body[: body.index('"message"') + 15])
    assert (row.counting, row.message) == ("requests", "0/")
    assert "not valid JSON" in refused(body[:60]).reason


SPOOF = 'x","metadata":{"name":"a.1","namespace":"b"},"involvedObject":{"kind":"Pod","name":"a"},'
FORGED = '{"metadata":{"name":"a.1","namespace":"kube-system"},"involvedObject":{"name":"a"},\
"reason":"Forged","firstTimestamp":"2026-01-01T00:00:00Z"}'


@pytest.mark.parametrize(
    "body",
    [
        '{"EventType": "Warning","EventKind": "Pod""EventReason": "Failed","EventTime": "'
        + f'0001-01-01 00:00:00 +0000 UTC","EventMessage": "{SPOOF}"reason":"Forged"}}',
        '{"EventType":"Warning","EventReason":"Failed","EventMessage":"' + FORGED + '"}',
        '{"EventType":"Warning","EventReason":"Failed","EventMessage":"a\n' + FORGED + '\n"}',
        "EventType: Warning\nEventReason: Failed\nEventMessage: " + FORGED,
        '{"EventType":"Warning","EventReason":"Failed","EventMessage":"x"}\n' + FORGED,
    ],
)
def test_an_event_inside_a_message_is_none(body: str) -> None:
    """Whatever stands in a message may have been written by any pod."""
    row = one(body)
    assert (row.reason, row.type, row.counting) == ("Failed", "Warning", "requests")


def test_a_route_with_a_template_takes_no_event_for_one() -> None:
    """A template nobody gave, with raw quotes: only the route can say that it is kube-eventer."""
    body = (
        '{"kind": "Pod", "message": "'
        + SPOOF
        + '"reason":"Forged","firstTimestamp":"2026-01-01T00:00:00Z"}'
    )
    route = Route(template="default")
    [row] = read_body(body.encode(), Receipt("1", RECEIVED, "prod", route=route))
    assert isinstance(row, Rejection)
    assert row.reason == "the body is of no known template and holds no event"


def test_two_equal_bodies_are_two_requests_and_a_replay_is_none() -> None:
    """The key is the number of the receipt, and the place in the body."""
    body = body_of(BODIES[0])
    again, other = one(body), one(body, Receipt("0002", RECEIVED, "prod", "10.0.0.1"))
    assert one(body) == again
    assert replace(other, name=again.name) == again
    assert other.name != again.name
    event = {"reason": "Failed", "name": "web", "lastTimestamp": "2026-01-02T03:04:05Z"}
    rows = read_body(json.dumps([event, event]).encode(), RECEIPT)
    assert [row.name for row in rows if isinstance(row, Observation)] == [
        "request:0001", "request:0001:1",
    ]  # fmt: skip


def test_texts_of_the_sinks_for_dingtalk_and_wechat() -> None:
    """They encode as they should; the name is that of the event, before it may stand labels."""
    text = (
        "prod, Level: 1\nLevel:Warning \nKind:Pod \nNamespace:shop \nName:web-0.18ea6d9320c050da"
        ' \nReason:BackOff \nTimestamp:2026-01-02 11:05:05 +0800 CST \nMessage:a "quoted"\nword'
    )
    for body in (
        {"msgtype": "text", "text": {"content": text.partition("\n")[2]}},
        {"touser": "@all", "msgtype": "text", "agentid": 1, "text": {"content": text}},
    ):
        row = one(json.dumps(body))
        assert (row.type, row.kind, row.namespace) == ("Warning", "Pod", "shop")
        assert (row.object, row.workload, row.reason) == ("web-0", "web", "BackOff")
        assert row.message == 'a "quoted"\nword'
        assert row.time == datetime(2026, 1, 2, 3, 5, 5, tzinfo=UTC)
        assert row.counting == "requests"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "the body is empty"),
        (b" \n\xef\xbb\xbf", "the body is empty"),
        (b"hello", "the body is not JSON"),
        (b"{", "the body is not valid JSON: expecting property name enclosed in double quotes"),
        (b"[" * 100_000, "the body is not valid JSON: too deep, or a number too long"),
        (b'{"count": ' + b"9" * 5000 + b"}",
         "the body is not valid JSON: too deep, or a number too long"),
        (b"{}", "the record has no field of an event"),
        (b'{"kind": "Pod", "spec": {}}', "the body holds a Pod"),
        (b'{"apiVersion": "audit.k8s.io/v1", "kind": "Event"}',
         "the body is an audit log (audit.k8s.io), not cluster events; "
         "export those with: kubectl get events -A -o json"),
    ],
)  # fmt: skip
def test_what_is_no_row_says_why(body: bytes, reason: str) -> None:
    """In one sentence, with the sender and the number."""
    rejection = refused(body)
    assert rejection.reason == reason
    assert rejection.place == "receipt 0001 from 10.0.0.1"
    assert (rejection.source, rejection.received) == ("webhook", RECEIVED)
    receipt = receipt_at(rejection.place, received=RECEIVED, cluster="prod")
    assert receipt == RECEIPT


def test_what_is_kept_is_capped_and_holds_no_secret() -> None:
    """Bytes that are no UTF-8 are kept as U+FFFD."""
    rejection = refused(b"password=hunter2 \xb4\xc5 " + b"x" * 300_000)
    assert rejection.raw.startswith("password=[REDACTED] \ufffd\ufffd xxx")
    assert len(rejection.raw) <= RAW_LIMIT_CHARACTERS
    assert receipt_at("shop/web-0.1", received=RECEIVED, cluster="prod") is None


def test_a_route_names_what_there_is() -> None:
    """A mistake is said when the receiver starts."""
    KNOWN.check(Route(template="dingtalk"))
    with pytest.raises(TemplateError, match="there is no template chat; there are bearychat, "):
        KNOWN.check(Route(template="chat"))
    with pytest.raises(TemplateError, match="there is no layout chat; give its mapping"):
        KNOWN.check(Route(layout="chat"))
    with pytest.raises(TemplateError, match="the template mine is neither a text with"):
        Templates({"mine": "dingtak"})


def test_the_template_of_the_route_comes_first() -> None:
    """Where two could have printed a body, the route decides."""
    given = Templates({"a": "{{ .Type }} {{ .Reason }}", "b": "{{ .Kind }} {{ .Reason }}"})
    for name, told in (("a", "Warning"), ("b", "")):
        row = one(
            "Warning Failed", Receipt("1", RECEIVED, "prod", route=Route(template=name)), given
        )
        assert (row.type, row.reason) == (told, "Failed")


def test_a_template_that_begins_with_a_field_does_not_take_what_others_sent() -> None:
    """It is the last resort where no route names it."""
    given = Templates({"line": "{{ .Type }} {{ .Reason }}: {{ .Message }}"})
    event = json.loads(FORGED)
    row = one(json.dumps(event), templates=given)
    assert (row.reason, row.counting) == ("Forged", "exact")
    assert one(body_of(BODIES[0]), templates=given) == one(body_of(BODIES[0]))
    row = one("Warning Failed: a b", templates=given)
    assert (row.type, row.reason, row.message) == ("Warning", "Failed", "a b")


@pytest.mark.parametrize(
    "missing",
    ["Name", "Namespace", "EventTime", "FirstTimestamp", "LastTimestamp", "Count", "Series"],
)
def test_a_template_that_lacks_a_part_of_the_identity_or_count_is_not_exact(missing: str) -> None:
    """Else the row would be another event's than the watch's, or count too little."""
    fields = (
        "Name",
        "Namespace",
        "EventTime",
        "FirstTimestamp",
        "LastTimestamp",
        "Count",
        "Series",
    )
    values = {
        "Name": "web-0.1", "Namespace": "shop", "EventTime": "0001-01-01 00:00:00 +0000 UTC",
        "FirstTimestamp": "2026-01-02 11:05:05 +0800 CST", "Count": "3", "Series": "nil",
        "LastTimestamp": "2026-01-02 11:06:05 +0800 CST",
    }  # fmt: skip
    for kept in (fields, [field for field in fields if field != missing]):
        text = "<" + "|".join(f"{{{{ .{field} }}}}" for field in kept) + "> {{ .Reason }}"
        body = "<" + "|".join(values[field] for field in kept) + "> BackOff"
        row = one(body, templates=Templates({"mine": text}))
        assert row.reason == "BackOff"
        assert row.counting == ("exact" if kept is fields else "requests")


def test_a_body_of_an_unknown_template_is_not_taken_for_one_of_a_shorter_one() -> None:
    """It has a field between two that the known template has side by side."""
    row = one(
        r'{"msgtype": "text","text": {"content": "EventType:Warning\nEventNamespace:rc'
        r"\nEventKind:Pod\nEventReason:Failed\nEventTime:2026-01-02 11:05:05 +0800 CST"
        r'\nEventMessage:a b"}}'
    )
    assert (row.type, row.namespace, row.kind, row.reason) == ("Warning", "rc", "Pod", "Failed")
    assert row.message == "a b"
    assert row.time == datetime(2026, 1, 2, 3, 5, 5, tzinfo=UTC)
