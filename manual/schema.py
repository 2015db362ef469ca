"""JSON Schemas of the documents that programs read, made from the frozen types behind them."""

from __future__ import annotations

import dataclasses
import json
import types
from datetime import datetime
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from analytics.digest import SCHEMA_VERSION, Digest
from manual.comments import field_comments
from reports.channels.webhook import LIVE_TYPE, TYPE

_SIMPLE: dict[Any, dict[str, Any]] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    datetime: {"type": "string", "format": "date-time"},
    type(None): {"type": "null"},
}
_ENVELOPE: dict[str, tuple[dict[str, Any], str]] = {
    "type": ({"enum": [TYPE, LIVE_TYPE]}, "whether it is a digest or a live message"),
    "timestamp": (_SIMPLE[datetime], "the end of the window"),
    "id": (_SIMPLE[str], "of the digest, the same at every try"),
    "resend": (_SIMPLE[bool], "an earlier try may have arrived"),
    "test": (_SIMPLE[bool], "a message of `channels test`, with made-up figures"),
    "late": (_SIMPLE[bool], "the digest of a period that was missed"),
    "stands_in_for": (_SIMPLE[str], 'the channel that did not take it, or ""'),
    "left_out": (
        {"type": "array", "items": _SIMPLE[str]},
        "fields that are empty here since the body would be too long",
    ),
}


def digest_schema() -> str:
    """Return the schema of ``report --format json``."""
    return _document("A digest, as kubedigest report --format json writes it", {})


def webhook_schema() -> str:
    """Return the schema of the body that a channel of type webhook posts."""
    envelope = {name: {**one, "description": text} for name, (one, text) in _ENVELOPE.items()}
    return _document("A digest, as a channel of type webhook posts it", envelope)


def _document(title: str, envelope: dict[str, Any]) -> str:
    definitions: dict[str, Any] = {}
    _define(Digest, definitions)
    digest = definitions.pop("Digest")
    version = {"const": SCHEMA_VERSION, "description": "rises when a field changes or goes"}
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": title,
        "description": "New fields may come without a new version.",
        "type": "object",
        "properties": {**envelope, "schema_version": version, **digest["properties"]},
        "required": [*envelope, "schema_version", *digest["required"]],
        "$defs": dict(sorted(definitions.items())),
    }
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _define(model: type, definitions: dict[str, Any]) -> None:
    if model.__name__ in definitions:
        return
    definitions[model.__name__] = {}  # stands there already when a field refers to it
    hints, said = get_type_hints(model), field_comments(model)
    properties = {}
    for field in dataclasses.fields(model):
        schema = _schema(hints[field.name], definitions)
        text = said[field.name].replace("None", "null").replace("()", "[]")
        properties[field.name] = {**schema, "description": text} if text else schema
    definitions[model.__name__] = {
        "type": "object",
        "description": (model.__doc__ or "").strip().splitlines()[0],
        "properties": properties,
        "required": list(properties),
    }


def _schema(annotation: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    if annotation in _SIMPLE:
        return dict(_SIMPLE[annotation])
    if dataclasses.is_dataclass(annotation):
        model = annotation if isinstance(annotation, type) else type(annotation)
        _define(model, definitions)
        return {"$ref": f"#/$defs/{model.__name__}"}
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return {"enum": list(arguments)}
    if origin is tuple and arguments[-1] is Ellipsis:
        return {"type": "array", "items": _schema(arguments[0], definitions)}
    if origin is tuple:
        items = [_schema(one, definitions) for one in arguments]
        return {"type": "array", "prefixItems": items, "minItems": len(items), "items": False}
    if origin in (Union, types.UnionType):
        return {"anyOf": [_schema(one, definitions) for one in arguments]}
    raise TypeError(f"no schema for {annotation!r}")
