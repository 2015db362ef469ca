"""kube-eventer's sink webhook."""

from __future__ import annotations

import re
from collections.abc import Mapping

from reports.channels.settings import sendable_header
from reports.sinks.asked import Asked, words
from reports.sinks.body_template import Version
from reports.sinks.go_url import Address
from reports.sinks.rules import OneOf, Rules
from reports.sinks.sink import Request, Sink

PARAMETERS = (
    *("level", "namespaces", "kinds", "reason", "method", "header"),
    *("custom_body_configmap", "custom_body_configmap_namespace"),
)
_EVERYTHING = "every event, Normal ones too"
_METHOD = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")


def webhook_sink(letter: Address, meant: Address) -> Sink:
    """Return what the parameters ask for."""
    joined = _joined(meant)
    asked = Asked(letter, joined or meant, PARAMETERS)
    if joined:
        asked.problems.append(
            "its URL has no ?, so that kube-eventer reads no parameter, filters nothing and sends "
            "GET with the default body; write …?level=… instead of …&level=…"
        )
        asked.trap("URL", "without a ? there is no query, whatever stands behind the &")
    if letter.scheme not in ("http", "https"):
        asked.problems.append("its URL begins neither with https:// nor with http://")
    documented = Rules(
        types=asked.types(),
        namespaces=_one_of(asked.patterns("namespaces"), "whole"),
        kinds=_kinds(asked),
        reasons=_one_of(asked.patterns("reason"), "anywhere"),
    )
    by_version = _by_version(asked)
    _tell_filters(asked, documented, by_version)
    request, as_kube_eventer = _requests(asked, joined or meant)
    return Sink(
        type="webhook",
        host=letter.host,
        documented=documented,
        by_version=by_version,
        request=request,
        request_as_kube_eventer=as_kube_eventer,
        configmap=_configmap(asked),
        parameters=tuple(asked.parameters),
        traps=tuple(asked.traps),
        problems=tuple(asked.problems),
    )


def _joined(address: Address) -> Address | None:
    """Return what was meant by a URL that has & and no ?, None for any other."""
    path, _, query = address.path.partition("&")
    known = any(f"&{name}=" in f"&{query}" for name in PARAMETERS)
    if address.query is not None or not known:
        return None
    return Address(address.scheme, address.user, address.host, path, query, address.fragment)


def _one_of(texts: tuple[str, ...], how: str) -> OneOf | None:
    if not texts:
        return None
    return OneOf(texts, "whole" if how == "whole" else "anywhere", takes_empty=how == "whole")


def _kinds(asked: Asked) -> OneOf | None:
    items = asked.items("kinds")
    small = [item for item in items if item[:1].islower()]
    if small:
        asked.trap("kinds", f"kube-eventer minds the case, and no kind is called {small[0][:60]}")
    return OneOf(items, "equal but for case") if items else None


def _by_version(asked: Asked) -> dict[Version, Rules]:
    level = asked.letter_first("level")
    old = new = None
    if level is not None:
        old = OneOf((level,))
        new = OneOf(("Normal", "Warning") if level == "Normal" else ("Warning",))
    namespaces, kinds, reasons = (
        None if items is None else OneOf(items)
        for items in map(asked.letter_items, ("namespaces", "kinds", "reason"))
    )
    tried = None if reasons is None else OneOf(reasons.texts, "anywhere")
    first = None if reasons is None else OneOf(reasons.texts[:1], "anywhere")
    return {
        "v1.2.0": Rules(types=old, namespaces=namespaces, kinds=kinds, reasons=first),
        "v1.2.7": Rules(types=new, namespaces=namespaces, kinds=kinds, reasons=tried),
        "1.2.14": Rules(types=new, namespaces=namespaces, kinds=kinds, reasons=tried),
    }


def _tell_filters(asked: Asked, documented: Rules, by_version: Mapping[Version, Rules]) -> None:
    """Say what each filter does in both, and where they part."""
    old, new = by_version["v1.2.0"], by_version["1.2.14"]
    types = words(new.types, _EVERYTHING)
    if old.types != new.types:
        types += f" (v1.2.0: {words(old.types)})"
    asked.say("level", asked.shown("level"), types, words(documented.types))
    if new.types is None and not asked.shown("level"):
        asked.trap(
            "level", "without it kube-eventer sends Normal events too, though its documentation "
            "says Warning; here it is Warning"
        )  # fmt: skip
    for name, was, here in (
        ("namespaces", new.namespaces, documented.namespaces),
        ("kinds", new.kinds, documented.kinds),
        ("reason", new.reasons, documented.reasons),
    ):
        really = words(was)
        if name == "reason" and old.reasons != new.reasons:
            really += f" (v1.2.0: {words(old.reasons)})"
        asked.say(name, asked.shown(name), really, words(here))
        if was is not None and not was.texts:
            asked.trap(name, "it is empty, for which kube-eventer drops every event")
    namespaces = documented.namespaces.texts if documented.namespaces else ()
    if any(re.escape(text).replace("\\-", "-") != text for text in namespaces):
        asked.trap(
            "namespaces", "the documentation promises patterns, and kube-eventer compares letter "
            "by letter; here they are patterns"
        )  # fmt: skip
    if namespaces:
        asked.trap(
            "namespaces", "events of objects without a namespace, such as nodes, never pass in "
            "kube-eventer; here they pass where a pattern takes the empty name"
        )  # fmt: skip


def _requests(asked: Asked, meant: Address) -> tuple[Request, Request]:
    method = asked.first("method")
    letter_method = asked.letter_first("method") or "GET"
    if method is not None and method and not _METHOD.fullmatch(method):
        asked.problems.append("method: it is no method of HTTP, over which kube-eventer crashes")
    if letter_method.upper() == "GET":
        asked.trap("method", "GET with a body is what many services refuse; give method=POST")
    used = (method or "GET").upper()
    asked.say("method", asked.shown("method"), letter_method, used)
    kept = "&".join(pair for pair in (meant.query or "").split("&") if pair and not _is_ours(pair))
    if asked.letter.query:
        asked.trap(
            "URL", "kube-eventer sends its own parameters, headers among them, to the receiver in "
            "the URL; here they are left out"
        )  # fmt: skip
    headers, letter_headers = _headers(asked)
    return (
        Request(method=used, url=meant.url(kept or None), headers=headers),
        Request(
            method=letter_method, url=asked.letter.url(asked.letter.query), headers=letter_headers
        ),
    )


def _is_ours(pair: str) -> bool:
    return pair.removeprefix("amp;").partition("=")[0] in PARAMETERS


Headers = tuple[tuple[str, str], ...]


def _headers(asked: Asked) -> tuple[Headers, Headers]:
    found, letter = {}, {}
    for value in asked.letters("header"):
        name, *rest = value.split("=")
        if len(rest) == 1:
            letter[name] = rest[0]
    for value in asked.meanings("header"):
        name, equals, text = value.partition("=")
        if not equals:
            asked.trap("header", "one has no =, and is dropped")
        elif not sendable_header(name, text):
            asked.problems.append("header: the name or the value of one cannot be sent")
        else:
            found[name] = text
            if "=" in text:
                asked.trap("header", f"kube-eventer drops {name[:60]} for the = in its value")
            if " " in text and "+" in asked.shown("header"):
                asked.trap("header", "a + in it is a blank, in kube-eventer and here; write %2B")
    asked.say(
        "header",
        ", ".join(f"{name[:60]}=***" for name in found),
        ", ".join(name[:60] for name in letter) or "none",
        ", ".join(found) or "none",
    )
    return tuple(found.items()), tuple(letter.items())


def _configmap(asked: Asked) -> tuple[str, str] | None:
    name = asked.first("custom_body_configmap")
    namespace = asked.first("custom_body_configmap_namespace")
    if name is None:
        asked.say("custom_body_configmap", "", "the default body", "the default body")
        if namespace is not None:
            asked.trap(
                "custom_body_configmap_namespace", "it does nothing without custom_body_configmap"
            )
        return None
    if not name:
        asked.problems.append("custom_body_configmap: it is empty")
    place = f"{namespace or 'default'}/{name}"
    asked.say(
        "custom_body_configmap",
        name,
        f"the key content of {place}, read once at start; else the default body",
        f"the key content of {place}; refused at start where it is missing",
    )
    if namespace is None:
        asked.trap("custom_body_configmap", "without a namespace it is looked for in default")
    asked.trap(
        "custom_body_configmap", "where it or its key content is missing, kube-eventer sends its "
        "default body and says so only in its log"
    )  # fmt: skip
    return namespace or "default", name
