"""docs/settings.md: every key of the configuration, its values, its default and its meaning."""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping
from datetime import time, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from kubedigest.configuration import Configuration
from manual.comments import field_comments
from reports.channels.settings import CHANNEL_MODELS, ChannelSettings, HttpSettings

_WORDS: Mapping[Any, str] = {
    str: "text",
    int: "number",
    float: "number",
    bool: "`true`, `false`",
    timedelta: "duration",
    time: "time of day",
    Path: "path",
    SecretStr: "secret",
}
_UNITS = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
_LEAST = {"ge": "from {}", "gt": "over {}", "min_length": "(at least {})"}
_MOST = {"le": "to {}", "lt": "under {}", "max_length": "(at most {})"}


_HEAD = """\
# Every key of the configuration

<!-- made by ./run manual: change the comments of the settings in the code -->

[configuration.md](configuration.md) says where the file lies, what wins over it, and shows one.
`NAME` is a name of your own, `[]` one of a list. A secret is a text, `{env: NAME}` or
`{file: PATH}`.
"""


def settings() -> str:
    """Return the page."""
    parts = [_HEAD, _table("The whole file", Configuration, Configuration.model_fields)]
    for path, model in _models("", Configuration):
        parts.append(_table(f"`{path}`", model, model.model_fields))
        if model is ChannelSettings:
            parts += _types_of_channels()
    return "\n".join(parts)


def _types_of_channels() -> Iterator[str]:
    common = ChannelSettings.model_fields
    posted = _without(HttpSettings.model_fields, common)
    types_ = [f"`{name}`" for name, model in CHANNEL_MODELS.items() if _is_posted(model)]
    yield _table(f"Of type {', '.join(types_)}", HttpSettings, posted)
    for name, model in CHANNEL_MODELS.items():
        known = {**common, **posted} if _is_posted(model) else common
        if own := _without(model.model_fields, known):
            yield _table(f"Of type `{name}`", model, own)


def _is_posted(model: type[BaseModel]) -> bool:
    return issubclass(model, HttpSettings)


def _without(
    fields: Mapping[str, FieldInfo], known: Mapping[str, FieldInfo]
) -> Mapping[str, FieldInfo]:
    return {key: info for key, info in fields.items() if key not in known}


def _models(path: str, model: type[BaseModel]) -> Iterator[tuple[str, type[BaseModel]]]:
    """Yield what is below *model*, each where it stands; all channels as their common base."""
    seen: set[type[BaseModel]] = set()
    for key, info in model.model_fields.items():
        for one, place in _inside(info.annotation, f"{path}{key}"):
            found = ChannelSettings if issubclass(one, ChannelSettings) else one
            if found not in seen:
                seen.add(found)
                yield place, found
                yield from _models(f"{place}.", found)


def _inside(annotation: Any, path: str) -> Iterator[tuple[type[BaseModel], str]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation, path
    elif get_origin(annotation) is tuple:
        yield from _inside(get_args(annotation)[0], f"{path}[]")
    elif _is_mapping(annotation):
        yield from _inside(get_args(annotation)[1], f"{path}.NAME")
    elif get_origin(annotation) is not Literal:
        for one in get_args(annotation):
            yield from _inside(one, path)


def _table(title: str, model: type[BaseModel], fields: Mapping[str, FieldInfo]) -> str:
    said = field_comments(model)
    lines = [f"## {title}", "", f"{(model.__doc__ or '').strip().splitlines()[0]}", ""]
    lines += ["| key | values | default | meaning |", "| --- | --- | --- | --- |"]
    for key, info in fields.items():
        cells = (f"`{key}`", _values(info), _default(info), said.get(key, "").replace("|", "\\|"))
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join([*lines, ""])


def _values(info: FieldInfo) -> str:
    words = _type(info.annotation)
    limits = [
        text.format(f"{getattr(one, name):,}")
        for texts in (_LEAST, _MOST)
        for name, text in texts.items()
        for one in info.metadata
        if isinstance(getattr(one, name, None), int | float)
    ]
    shown = [one for one in limits if one != "(at least 1)"]  # which goes without saying
    return " ".join([words, *shown])


def _type(annotation: Any) -> str:
    if annotation in _WORDS:
        return _WORDS[annotation]
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "mapping"
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return ", ".join(f"`{one}`" for one in arguments if one != "")
    if origin is Annotated:
        return _type(arguments[0])
    if origin is tuple:
        return f"list of {_plural(_type(arguments[0]))}"
    if _is_mapping(annotation):
        return f"mapping of {_plural(_type(arguments[1]))}"
    if origin in (Union, types.UnionType):
        return next(iter(dict.fromkeys(_type(one) for one in arguments if one is not type(None))))
    raise TypeError(f"no words for {annotation!r}")


def _plural(words: str) -> str:
    return f"{words}s" if words.isalpha() else words


def _is_mapping(annotation: Any) -> bool:
    return isinstance(origin := get_origin(annotation), type) and issubclass(origin, Mapping)


def _default(info: FieldInfo) -> str:
    if info.is_required():
        return "required"
    value = info.default
    if value is PydanticUndefined or isinstance(value, BaseModel) or value in (None, (), ""):
        return ""
    return ", ".join(
        f"`{written(one)}`" for one in (value if isinstance(value, tuple) else [value])
    )


def written(value: object) -> str:
    """Return a value as the file has it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, time):
        return value.isoformat("minutes")
    if isinstance(value, timedelta):
        seconds = int(value.total_seconds())
        unit, size = next(
            (unit, size) for unit, size in _UNITS.items() if seconds >= size and seconds % size == 0
        )
        return f"{seconds // size}{unit}"
    return str(value)
