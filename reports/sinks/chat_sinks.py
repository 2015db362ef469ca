"""kube-eventer's sinks dingtalk and wechat, whose filters are alike."""

from __future__ import annotations

from urllib.parse import quote

from reports.errors import SinkError
from reports.sinks.asked import Asked, words
from reports.sinks.body_template import VERSIONS
from reports.sinks.go_url import Address
from reports.sinks.rules import OneOf, Rules
from reports.sinks.sink import ChatOptions, Request, Sink, SinkType

_FILTERS = ("level", "namespaces", "kinds", "label")
DINGTALK = (*_FILTERS, "access_token", "sign", "msg_type", "cluster_id", "region")
WECHAT = (*_FILTERS, "corp_id", "corp_secret", "agent_id", "to_user")
_WECHAT_HOST = "qyapi.weixin.qq.com"


def dingtalk_sink(letter: Address, meant: Address) -> Sink:
    """Return what the parameters ask for.

    Raises
    ------
    SinkError
        There is no token or no host, so that kube-eventer skips the sink or never reaches it.
    """
    asked = Asked(letter, meant, DINGTALK)
    token = _required(asked, "access_token", "dingtalk")
    if not letter.host:
        raise SinkError("the sink dingtalk has no host; write dingtalk:https://oapi.dingtalk.com/…")
    if letter.scheme != "https":
        asked.trap("URL", "kube-eventer calls https:// whatever the URL begins with; so it is here")
    others = {pair.partition("=")[0] for pair in (meant.query or "").split("&")}
    if others - set(DINGTALK) - {""}:
        asked.trap("URL", "parameters of others are not sent on; only access_token is")
    sign = asked.first("sign") or ""
    msg_type = asked.first("msg_type") or "text"
    if msg_type not in ("text", "markdown"):
        asked.trap("msg_type", "it is neither text nor markdown, over which DingTalk gets no text")
    options = ChatOptions(
        labels=tuple(asked.meanings("label")),
        msg_type=msg_type,
        cluster_id=asked.first("cluster_id") or "",
        region=asked.first("region") or "",
        access_token=token,
        sign=sign,
    )
    asked.say("access_token", "***", "sent", "sent")
    asked.say("sign", "***" if sign else "", *(["signs" if sign else "no signature"] * 2))
    asked.say("msg_type", asked.shown("msg_type"), msg_type, msg_type)
    for name in ("cluster_id", "region"):
        given = asked.shown(name)
        asked.say(name, given, *(["links to the console of Aliyun" if given else "none"] * 2))
    asked.trap(
        "URL", "kube-eventer does not read DingTalk's answer, which says 200 to errors such as the "
        "limit of 20 messages a minute; here it is read"
    )  # fmt: skip
    address = f"https://{letter.host}{letter.path}?access_token={_query(token)}"
    return _sink("dingtalk", asked, letter.host, address, options)


def wechat_sink(letter: Address, meant: Address) -> Sink:
    """Return what the parameters ask for.

    Raises
    ------
    SinkError
        One that kube-eventer requires is missing, so that it skips the sink.
    """
    asked = Asked(letter, meant, WECHAT)
    agent = _required(asked, "agent_id", "wechat")
    try:
        number = int(agent, 10)
    except ValueError:
        raise SinkError("the sink wechat: agent_id is no number; kube-eventer skips it") from None
    users = tuple(user for user in (asked.first("to_user") or "").split(",") if user.strip())
    options = ChatOptions(
        labels=tuple(asked.meanings("label")),
        agent_id=number,
        to_user=users or ("@all",),
        corp_id=_required(asked, "corp_id", "wechat"),
        corp_secret=_required(asked, "corp_secret", "wechat"),
    )
    if letter.host and letter.host != _WECHAT_HOST:
        asked.trap("URL", f"kube-eventer always calls {_WECHAT_HOST}, whatever the URL says")
    asked.say("corp_id", options.corp_id, *(["the company"] * 2))
    asked.say("corp_secret", "***", "asked for a token by every event", "asked for a token once")
    asked.say("agent_id", str(number), str(number), str(number))
    to = " and ".join(options.to_user)
    asked.say("to_user", asked.shown("to_user"), f"{to}, a request each", f"{to}, in one request")
    asked.trap(
        "URL", "kube-eventer fetches a token for every event and does not read what WeCom answers; "
        "here a token is kept, and answers are read"
    )  # fmt: skip
    return _sink("wechat", asked, _WECHAT_HOST, f"https://{_WECHAT_HOST}", options)


def _required(asked: Asked, name: str, type_: str) -> str:
    found = asked.letter_first(name) or asked.first(name)
    if not found:
        raise SinkError(f"the sink {type_} needs {name}; kube-eventer skips it without")
    return found


def _sink(type_: SinkType, asked: Asked, host: str, url: str, options: ChatOptions) -> Sink:
    given = asked.letter_first("level")
    known = {"Warning": 2, "Normal": 1}
    score = 2 if given is None else known.get(given, 0)
    types = {0: None, 1: OneOf(("Normal", "Warning")), 2: OneOf(("Warning",))}[score]
    namespaces, kinds = (
        OneOf(items, takes_empty=True) if items else None
        for items in map(asked.letter_items, ("namespaces", "kinds"))
    )
    letter = Rules(types=types, namespaces=namespaces, kinds=kinds, namespace_of="event")
    here_namespaces, here_kinds = asked.items("namespaces"), asked.items("kinds")
    documented = Rules(
        types=asked.types(),
        namespaces=OneOf(here_namespaces) if here_namespaces else None,
        kinds=OneOf(here_kinds, "equal but for case") if here_kinds else None,
        namespace_of="event",
    )
    if types is None:
        asked.trap("level", "kube-eventer sends everything for a level that it does not know")
    small = [item for item in here_kinds if item[:1].islower()]
    if small:
        asked.trap("kinds", f"kube-eventer minds the case, and no kind is called {small[0][:60]}")
    if any("%" in label for label in options.labels):
        asked.trap("label", "a % in it corrupts what kube-eventer sends; here it does not")
    everything = "every event"
    asked.say("level", asked.shown("level"), words(types, everything), words(documented.types))
    asked.say(
        "namespaces", asked.shown("namespaces"), words(namespaces), words(documented.namespaces)
    )
    asked.say("kinds", asked.shown("kinds"), words(kinds), words(documented.kinds))
    lines = " and ".join(options.labels) or "none"
    asked.say("label", asked.shown("label"), lines, lines)
    request = Request(method="POST", url=url, headers=(("Content-Type", "application/json"),))
    return Sink(
        type=type_,
        host=host,
        documented=documented,
        by_version=dict.fromkeys(VERSIONS, letter),
        request=request,
        request_as_kube_eventer=request,
        chat=options,
        parameters=tuple(asked.parameters),
        traps=tuple(asked.traps),
        problems=tuple(asked.problems),
    )


def _query(text: str) -> str:
    return quote(text, safe="")
