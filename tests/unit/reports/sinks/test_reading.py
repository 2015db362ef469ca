"""Every row of what is known of kube-eventer's parameters: as documented, and to the letter."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.errors import SinkError
from reports.sinks.body_template import VERSIONS
from reports.sinks.explanation import document, explained, table
from reports.sinks.live_event import LiveEvent
from reports.sinks.our_channel import our_channel
from reports.sinks.reading import read_sink
from reports.sinks.sink import Sink

EVENT = LiveEvent(
    received=datetime(2026, 1, 2, tzinfo=UTC),
    type="Warning",
    reason="BackOff",
    kind="Pod",
    object_namespace="rc",
    namespace="rc",
)
NORMAL = replace(EVENT, type="Normal", reason="Pulled")
NODE = replace(EVENT, kind="Node", reason="NodeNotReady", object_namespace="", namespace="default")


def webhook(query: str, environment: dict[str, str] | None = None) -> Sink:
    """Read a webhook sink with these parameters."""
    return read_sink(f"webhook:https://host/path?{query}", environment or {})


def both(sink: Sink, event: LiveEvent) -> tuple[bool, bool]:
    """Return what is decided as documented, and by the kube-eventer of today."""
    return sink.as_documented(event), sink.as_kube_eventer(event)


def told(sink: Sink, parameter: str) -> str:
    """Return the traps of a parameter."""
    return "; ".join(trap.sentence for trap in sink.traps if trap.parameter == parameter)


@pytest.mark.parametrize(
    ("query", "event", "documented", "letter", "trap"),
    [
        # level
        ("a=b", EVENT, True, True, "level:Normal events too"),
        ("a=b", NORMAL, False, True, "level:Normal events too"),
        ("level=Warning", NORMAL, False, False, ""),
        ("level=Warning", EVENT, True, True, ""),
        ("level=Normal", EVENT, True, True, ""),
        ("level=Normal", NORMAL, True, True, ""),
        ("level=warning", EVENT, True, True, "level:no level 'warning'"),
        ("level=normal", NORMAL, True, False, "level:no level 'normal'"),
        ("level=Error", EVENT, True, True, "level:no level 'Error'"),
        ("level=Normal&level=Warning", NORMAL, True, True, "level:given 2 times"),
        # namespaces
        ("namespaces=rc", EVENT, True, True, ""),
        ("namespaces=default,rc", EVENT, True, True, ""),
        ("namespaces=default,%20rc", EVENT, True, False, "namespaces:does not trim"),
        ("namespaces=default,+rc", EVENT, True, False, "namespaces:reads its + as a blank"),
        ("namespaces=r.*", EVENT, True, False, "namespaces:promises patterns"),
        ("namespaces=r", EVENT, False, False, ""),
        ("namespaces=", EVENT, True, False, "namespaces:drops every event"),
        ("namespaces=default", NODE, False, False, "namespaces:such as nodes, never pass"),
        ("namespaces=.*", NODE, True, False, "namespaces:such as nodes, never pass"),
        ("namespaces=a&namespaces=rc", EVENT, True, False, "namespaces:only reads the first"),
        ("namespace=x", EVENT, True, True, "namespace:no such parameter; namespaces"),
        # kinds
        ("kinds=Pod,Node", EVENT, True, True, ""),
        ("kinds=Node", EVENT, False, False, ""),
        ("kinds=pod", EVENT, True, False, "kinds:minds the case"),
        ("kinds=", EVENT, True, False, "kinds:drops every event"),
        # reason
        ("reason=Back", EVENT, True, True, ""),
        ("reason=^Back$", EVENT, False, False, ""),
        ("reason=Failed,Back", EVENT, True, True, ""),
        ("reason=Failed&reason=Back", EVENT, True, False, "reason:only reads the first"),
        ("reason=Bac{1,3}kOff", EVENT, True, False, "reason:inside of {1,3}"),
        ("reason=Back.+", EVENT, True, False, "reason:write %2B"),
        ("reason=Back.%2B", EVENT, True, True, ""),
        ("reason=Failed,", EVENT, False, True, "reason:lets everything through"),
        ("reason=", EVENT, True, False, "reason:drops every event"),
        ("reason=Failed;level=Normal", EVENT, False, True, "reason:drops it whole"),
        ("reason=Failed%zz", EVENT, False, True, "reason:drops it whole"),
        ("level=Warning&amp;kinds=Node", EVENT, False, True, ""),
        ("reason=Failed", replace(EVENT, reason=""), False, False, ""),
        ("reason=.*", replace(EVENT, reason=""), False, False, ""),
        # os.ExpandEnv
        ("reason=(Failed|BackOff$Kill)", EVENT, False, True, "URL:takes $Kill for a variable"),
        ("reason=(Failed|BackOff$)", EVENT, True, True, ""),
        ("reason=^BackOff$&kinds=Pod", EVENT, True, True, ""),
        ("reason=BackOff#&kinds=Node", EVENT, True, True, "URL:stands behind # is no part"),
    ],
)  # fmt: skip
def test_what_passes(
    query: str, event: LiveEvent, documented: bool, letter: bool, trap: str
) -> None:
    """Worked out by hand from the facts on kube-eventer; most of them were measured."""
    sink = webhook(query)
    assert both(sink, event) == (documented, letter)
    if trap:
        parameter, sentence = trap.split(":", 1)
        assert sentence in told(sink, parameter)


def test_versions_differ() -> None:
    """level=Normal was Normal alone, any level was taken as it is, and one pattern was tried."""
    warning = [webhook("level=Normal").as_kube_eventer(EVENT, one) for one in VERSIONS]
    small = [webhook("level=warning").as_kube_eventer(EVENT, one) for one in VERSIONS]
    second = [webhook("reason=Failed,Back").as_kube_eventer(EVENT, one) for one in VERSIONS]
    assert warning == small == second == [False, True, True]


def test_a_bad_pattern_blocks_everything_there_and_is_refused_here() -> None:
    """With the place and the reason."""
    sink = webhook("reason=Back(")
    assert not sink.as_kube_eventer(EVENT)
    assert "logs that for every event" in told(sink, "reason")
    with pytest.raises(SinkError) as raised:
        sink.as_documented(EVENT)
    assert str(raised.value) == (
        "the sink webhook to host: reason: the pattern Back( cannot be compiled: missing ): Back("
    )


def test_a_url_without_a_question_mark() -> None:
    """The form of kube-eventer's own documentation: no filter, GET, the default body."""
    sink = read_sink("webhook:https://host/noq&level=Warning&kinds=Node")
    assert sink.as_kube_eventer(NORMAL)
    assert sink.request_as_kube_eventer.url == "https://host/noq&level=Warning&kinds=Node"
    assert sink.request_as_kube_eventer.method == "GET"
    with pytest.raises(SinkError, match=r"has no \?, so that kube-eventer reads no parameter"):
        sink.require_usable()
    assert read_sink("webhook:https://host/path").as_documented(EVENT)


def test_the_request() -> None:
    """Our address is without kube-eventer's parameters; its headers fail at a second =."""
    sink = webhook("key=k1&level=Warning&header=A=b&header=Authorization=Basic%20eA==&header=none")
    assert sink.request.url == "https://host/path?key=k1"
    assert sink.request.headers == (("A", "b"), ("Authorization", "Basic eA=="))
    letter = sink.request_as_kube_eventer
    assert letter.url.endswith(
        "?key=k1&level=Warning&header=A=b&header=Authorization=Basic%20eA==&header=none"
    )
    assert letter.headers == (("A", "b"),)
    assert letter.method == sink.request.method == "GET"
    assert "drops Authorization for the =" in told(sink, "header")
    assert "has no =, and is dropped" in told(sink, "header")
    assert "give method=POST" in told(sink, "method")
    assert webhook("method=post").request.method == "POST"
    assert webhook("method=a%20b").problems


def test_the_configmap() -> None:
    """Missing: the default body there, a sentence here."""
    sink = webhook("custom_body_configmap=body&method=POST")
    assert sink.configmap == ("default", "body")
    assert webhook("custom_body_configmap=b&custom_body_configmap_namespace=n").configmap == (
        "n",
        "b",
    )
    assert sink.template("{{ .Type }}").render(EVENT).text == "Warning"
    with pytest.raises(SinkError, match="there is no ConfigMap body with the key content in"):
        sink.template(None)
    body = sink.template_as_kube_eventer(None).render_as_kube_eventer(EVENT)
    assert '"EventReason": "BackOff"' in body.text
    assert webhook("method=POST").template(None).is_json
    assert webhook("custom_body_configmap=").problems
    assert "does nothing without" in told(
        webhook("custom_body_configmap_namespace=n"), "custom_body_configmap_namespace"
    )


def test_dingtalk() -> None:
    """The namespace of the event counts, an empty list filters nothing, unknown levels let all."""
    ding = "dingtalk:https://oapi.dingtalk.com/robot/send?access_token=tok-123"
    assert both(read_sink(ding), NORMAL) == (False, False)
    assert both(read_sink(ding), EVENT) == (True, True)
    assert both(read_sink(f"{ding}&level=Normal"), NORMAL) == (True, True)
    assert both(read_sink(f"{ding}&level=warning"), NORMAL) == (False, True)
    assert both(read_sink(f"{ding}&namespaces="), EVENT) == (True, True)
    assert both(read_sink(f"{ding}&namespaces=default"), NODE) == (True, True)
    assert both(read_sink(f"{ding}&namespaces=default"), EVENT) == (False, False)
    assert both(read_sink(f"{ding}&kinds=pod"), EVENT) == (True, False)
    sink = read_sink(
        f"{ding}&label=a&label=b%25&sign=SEC-99&msg_type=markdown&cluster_id=c&region=r"
    )
    assert sink.chat is not None
    assert (sink.chat.labels, sink.chat.sign, sink.chat.msg_type) == (
        ("a", "b%"),
        "SEC-99",
        "markdown",
    )
    assert "corrupts" in told(sink, "label")
    assert sink.request.url == "https://oapi.dingtalk.com/robot/send?access_token=tok-123"
    assert read_sink(ding.replace("https", "http")).request.url == sink.request.url


def test_the_text_of_the_chats() -> None:
    """Name is that of the event; a % or {{ in a label stays as it is."""
    ding = read_sink("dingtalk:https://h/?access_token=tok-123&label=a%25s&label={{%20x")
    event = replace(EVENT, name="web.17a", message="100%s {{ .Type }}")
    head = "{{ x\na%s\nLevel:Warning \nKind:Pod \nNamespace:rc \nName:web.17a \nReason:BackOff \n"
    tail = "Timestamp:2026-01-02 00:00:00 \nMessage:100%s {{ .Type }}"
    assert ding.chat_text(event) == head + tail
    chat = read_sink("wechat:?corp_id=ww1&corp_secret=sec-1&agent_id=7").chat_text(event)
    assert "Timestamp:2026-01-02 00:00:00 +0000 UTC \nMessage" in chat


def test_wechat() -> None:
    """Users are a list, everybody by default; the numbers are those of the application."""
    text = "--sink=wechat:?corp_id=ww1&corp_secret=sec-1&agent_id=7"
    chat = read_sink(f"{text}&to_user=a,b&label=prod").chat
    assert chat is not None
    assert (chat.agent_id, chat.to_user, chat.labels, chat.corp_secret) == (
        7,
        ("a", "b"),
        ("prod",),
        "sec-1",
    )
    everybody = read_sink(f"{text}&to_user=").chat
    assert everybody is not None
    assert everybody.to_user == ("@all",)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("mysql:?root:pass-word@tcp(h)/db", "the sink mysql is not taken over: kubedigest keeps"),
        ("kafka:https://h?x=1", "the sink kafka is not taken over: a channel of the type"),
        *((f"{name}:x", f"the sink {name} is not taken over: ") for name in
          ("log", "influxdb", "elasticsearch", "riemann", "honeycomb", "sls", "eventbridge",
           "mongo")),
        ("slack:https://h", "'slack' is no sink; one begins with webhook:, dingtalk: or wechat:"),
        ("https://user:pass-word@h/", "'https' is no sink"),
        ("", "this is no sink"),
        ("pass-word", "this is no sink"),
        ("webhook:", "the sink webhook has no host; write webhook:https://host/path?"),
        ("webhook:host/path", "the sink webhook has no host"),
        ("webhook:https://h:pass-word/", "the URL of the sink webhook has a port that is"),
        ("webhook:https://h o/", "the URL of the sink webhook has a host that cannot"),
        ("webhook:https://h/pass-word%zz", "the URL of the sink webhook holds a % that"),
        ("webhook:https://h/pass-word\n", ""),
        ("webhook:https://h/pass\nword", "the URL of the sink webhook holds a line break or"),
        ("dingtalk:https://h/?sign=pass-word", "the sink dingtalk needs access_token; "),
        ("dingtalk:?access_token=pass-word", "the sink dingtalk has no host"),
        ("wechat:?corp_id=pass-word", "the sink wechat needs agent_id"),
        ("wechat:?corp_id=c&corp_secret=pass-word&agent_id=x", "the sink wechat: agent_id is"),
    ],
)  # fmt: skip
def test_what_is_no_sink_is_one_sentence(text: str, sentence: str) -> None:
    """Without anything secret in it."""
    if not sentence:
        assert read_sink(text).host == "h"
        return
    with pytest.raises(SinkError) as raised:
        read_sink(text)
    assert str(raised.value).startswith(sentence)
    assert "pass-word" not in str(raised.value)


def test_variables_of_the_environment() -> None:
    """One that is set stands for its value in both, since people keep tokens so."""
    sink = webhook("reason=$R&key=${TOKEN}", {"R": "Back", "TOKEN": "t0ken-1"})
    assert both(sink, EVENT) == (True, True)
    assert sink.request.url == "https://host/path?key=t0ken-1"


def everything(sink: Sink) -> str:
    """Return all that is ever shown of a sink."""
    found = explained(sink, our_channel(sink))
    return f"{sink!r}{document([found])}{table(found)}{our_channel(sink)!r}"


@settings(deadline=None, max_examples=100)
@given(st.from_regex(r"[A-Za-z0-9]{6}[A-Za-z0-9+/._-]{6,20}S3", fullmatch=True))
def test_no_secret_is_shown(secret: str) -> None:
    """Wherever it stands, also where it stands twice."""
    for text in (
        f"webhook:https://hooks.slack.com/services/{secret}?level=Warning",
        f"webhook:https://u:{secret}@host/p?key={secret}&reason={secret.replace('+', '%2B')}",
        f"webhook:https://host/p?header=Authorization=Bearer%20{secret}&{secret}&level=Warning",
        f"webhook:https://host/p&token={secret}&level=Warning#{secret}",
        f"dingtalk:https://host/{secret}?access_token={secret}&sign={secret}x&label={secret}",
        f"wechat:?corp_id=ww&corp_secret={secret}&agent_id=1",
    ):
        try:
            shown = everything(read_sink(text))
        except SinkError as error:
            shown = str(error)
        assert secret not in shown


@settings(deadline=None, max_examples=300)
@given(
    st.sampled_from(["webhook:", "webhook:https://h/?", "dingtalk:https://h?access_token=t&",
                     "wechat:?corp_id=c&corp_secret=s&agent_id=1&", ""]),
    st.one_of(
        st.text(max_size=60),
        st.lists(st.sampled_from(
            ["level=", "namespaces=", "reason=", "header=", "kinds=", "method=", "&", "&amp;", ";",
             "Warning", ",", "a.*", "{1,3}", "(", "[", "$X", "${", "%zz", "%20", "+", "=", "?", "#",
             "custom_body_configmap=", "label=", "\\", "@", ":", "/"]), max_size=12,
        ).map("".join),
    ),
)  # fmt: skip
def test_any_text_is_a_sink_or_a_sentence(head: str, rest: str) -> None:
    """Nothing else is raised, nor when it decides or is explained."""
    with suppress(SinkError):
        sink = read_sink(head + rest, {"X": "x"})
        sink.as_kube_eventer(EVENT)
        assert everything(sink)
        sink.as_documented(EVENT)
