"""What is wrong with a configuration, in the words of the person who wrote it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from collector.redaction import clean
from kubedigest.channel_errors import EXAMPLE, channel_sentence
from kubedigest.value_errors import in_words, word

_SHOWN_CHARACTERS = 60
_LISTS = {
    "channels": f"must be a mapping of names to channels, such as {{ops: {EXAMPLE}}}",
    "clusters": "must be a list, each with a context or kubeconfig",
    "fields": "must be a mapping such as {reason: reason, message: body.text}",
    "notify": "must be a list, each with a channel",
    "links": "must be a list, each with a title and a url",
    "reasons": "must be a list, each with a reason and its meaning",
    "routes": "must be a list, each with a path and tokens or secrets",
}
_ENTRIES = {
    "clusters": "must be a mapping such as {context: prod}",
    "links": "must be a mapping such as {title: Logs, url: https://logs.example.com}",
    "notify": "must be a mapping such as {channel: ops, include: {namespaces: [shop]}}",
    "reasons": "must be a mapping such as {reason: Killing, meaning: notice}",
    "receiver": "must be a mapping such as {listen: '127.0.0.1:10010'}",
    "routes": "must be a mapping such as {path: /eventer/, tokens: [{env: HOOK_TOKEN}]}",
    "templates": "must be a mapping such as {html: page.html.j2}",
    "tls": "must be a mapping such as {certificate: tls.crt, key: tls.key}",
}
_MAPPING = "must be a mapping of keys to values"


def sentence(error: ValidationError, model: type[BaseModel]) -> str:
    """Return what goes on after the name of the configuration; keys nobody knows come first.

    The value is shown only where an entry should have been a mapping, and without secrets.
    """
    errors = error.errors(include_url=False)
    first = min(errors, key=lambda one: (one["loc"][-1:] != ("[key]",), not _is_unknown(one)))
    *parents, key = first["loc"] or ("the top",)
    if parents[:1] == ["channels"]:
        return channel_sentence(first)
    if _is_unknown(first):
        known = ", ".join(sorted(_model_at(model, parents).model_fields))
        named = f"the unknown key {word(key)}" if word(key) else "an unknown key"
        return f"{_place(parents)} has {named}; known keys: {known}"
    return _what_is_wrong(first, parents, key)


def _is_unknown(error: Mapping[str, Any]) -> bool:
    return bool(error["type"] == "extra_forbidden")


def _what_is_wrong(first: Mapping[str, Any], parents: list[int | str], key: int | str) -> str:
    if first["type"] == "model_type":
        shown = f" {clean(repr(first['input']))[:_SHOWN_CHARACTERS]}"
        named = shown if isinstance(first["input"], str) else ""
        return f"{_place([*parents, key])}:{named} {_ENTRIES.get(_name(first), _MAPPING)}"
    if key == "[key]":  # pydantic's word for a key of a mapping that is itself wrong
        *parents, key = parents
    if isinstance(key, int) and first["type"] != "invalid_key":  # of a list of texts
        *parents, key = parents
    place = f"{_place(parents)}, key {key!r}: "
    if first["type"] in ("tuple_type", "dict_type", "mapping_type") and key in _LISTS:
        return place + _LISTS[str(key)]
    return place + in_words(first)


def _place(parents: list[int | str]) -> str:
    """Return where a key stands: entries of a list are counted from 1."""
    if parents[:1] == ["receiver"]:
        dotted = ".".join(one for one in parents if isinstance(one, str))
        numbers = [one + 1 for one in parents[:3] if isinstance(one, int)]
        return f", entry {numbers[0]} of {dotted}" if numbers else f", {dotted}"
    if len(parents) > 1 and isinstance(parents[1], int):
        return f", entry {parents[1] + 1} of {parents[0]}"
    return f", {parents[0]}" if parents else ""


def _name(error: Mapping[str, Any]) -> str:
    """Return what the wrong entry is one of: of the receiver the innermost name tells."""
    names = [one for one in error["loc"] if isinstance(one, str)]
    return str(names[-1] if names[:1] == ["receiver"] else names[0])


def _model_at(model: type[BaseModel], parents: list[int | str]) -> type[BaseModel]:
    """Return the model that a key belongs to: of a field, or of an entry of a list."""
    found = model
    for name in (name for name in parents if isinstance(name, str)):
        annotation = found.model_fields[name].annotation
        found = annotation if isinstance(annotation, type) else get_args(annotation)[0]
    return found
