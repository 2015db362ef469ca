"""What is wrong with a configuration, in the words of the person who wrote it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeGuard, get_args

from pydantic import BaseModel, ValidationError

from collector.redaction import clean

_SHOWN_CHARACTERS = 60
_LISTS = {
    "clusters": "must be a list, each with a context or kubeconfig",
    "reasons": "must be a list, each with a reason and its meaning",
    "routes": "must be a list, each with a path and tokens or secrets",
}
_ENTRIES = {
    "clusters": "must be a mapping such as {context: prod}",
    "reasons": "must be a mapping such as {reason: Killing, meaning: notice}",
    "receiver": "must be a mapping such as {listen: '127.0.0.1:10010'}",
    "routes": "must be a mapping such as {path: /eventer/, tokens: [{env: HOOK_TOKEN}]}",
    "tls": "must be a mapping such as {certificate: tls.crt, key: tls.key}",
}
_SENTENCES = {
    "bool_parsing": "must be true or false",
    "bool_type": "must be true or false",
    "greater_than_equal": "must be at least {ge}",
    "int_from_float": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_type": "must be a whole number",
    "invalid_key": "must be a text; put quotes around it",
    "less_than_equal": "must be at most {le}",
    "literal_error": "must be {expected}",
    "missing": "is missing",
    "string_too_short": "must not be empty",
    "string_type": "must be a text; put quotes around it",
    "tuple_type": "must be a list",
}


def sentence(error: ValidationError, model: type[BaseModel]) -> str:
    """Return what goes on after the name of the configuration; keys nobody knows come first.

    The value is shown only where an entry should have been a mapping, and without secrets.
    """
    errors = error.errors(include_url=False)
    first = min(errors, key=lambda one: one["type"] != "extra_forbidden")
    *parents, key = first["loc"] or ("the top",)
    if first["type"] == "extra_forbidden":
        known = ", ".join(sorted(_model_at(model, parents).model_fields))
        return f"{_place(parents)} has the unknown key {key!r}; known keys: {known}"
    return _what_is_wrong(first, parents, key)


def _what_is_wrong(first: Mapping[str, Any], parents: list[int | str], key: int | str) -> str:
    if first["type"] == "model_type":
        shown = f" {clean(repr(first['input']))[:_SHOWN_CHARACTERS]}"
        named = shown if isinstance(first["input"], str) else ""
        return f"{_place([*parents, key])}:{named} {_ENTRIES[_last_name([*parents, key])]}"
    if isinstance(key, int) and first["type"] != "invalid_key":  # of a list of texts
        *parents, key = parents
    place = f"{_place(parents)}, key {key!r}: "
    if first["type"] == "tuple_type" and key in _LISTS:
        return place + _LISTS[str(key)]
    if known := _SENTENCES.get(first["type"]):
        return place + known.format(**first.get("ctx", {}))
    return place + str(first["msg"]).removeprefix("Value error, ")


def _place(parents: list[int | str]) -> str:
    """Return where an entry stands; people count from 1."""
    if len(parents) > 1 and isinstance(parents[-1], int):
        return f", entry {parents[-1] + 1} of {_dotted(parents[:-1])}"
    return f", {_dotted(parents)}" if parents and parents[0] == "receiver" else ""


def _dotted(parents: list[int | str]) -> str:
    return ".".join(one for one in parents if isinstance(one, str))


def _last_name(parents: list[int | str]) -> str:
    return [one for one in parents if isinstance(one, str)][-1]


def _model_at(model: type[BaseModel], parents: list[int | str]) -> type[BaseModel]:
    """Return the model of an entry: of a list of models, or of a key that is one or nothing."""
    for name in parents:
        if isinstance(name, str):
            annotation = model.model_fields[name].annotation
            candidates = [annotation, *get_args(annotation)]
            model = next(one for one in candidates if _is_model(one))
    return model


def _is_model(annotation: object) -> TypeGuard[type[BaseModel]]:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)
