"""One YAML document as plain values: no tags, no aliases, no depth that could overflow.

Values are built from the parser's events, with a stack of our own: the loaders of PyYAML follow
aliases, and the C one crashes the process where a document is nested too deeply.
"""

from __future__ import annotations

import base64
import binascii
import re

import yaml

MAX_DEPTH = 100

_LOADER: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INTEGER = re.compile(r"[-+]?[0-9]{1,20}", re.ASCII)
# times stay texts, and so do all words of which only YAML 1.1 says that they mean a number
_WORDS: dict[str, object] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip
_TEXT_TAG = "tag:yaml.org,2002:str"
_BINARY_TAG = "tag:yaml.org,2002:binary"  # how Go writes a text that is not UTF-8


class YamlError(ValueError):
    """The text is not YAML, or YAML that is not read; the message is the reason."""


def parse_yaml(text: str) -> list[object]:
    """Return the documents of the text."""
    builder = _Builder()
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            builder.add(event)
    except yaml.MarkedYAMLError as error:
        problem = (error.problem or error.context or "it cannot be read")[:100]
        raise YamlError(f"the record is not valid YAML: {problem}") from None
    except (yaml.YAMLError, UnicodeError):
        raise YamlError("the record holds a character that YAML does not allow") from None
    return builder.documents


class _Builder:
    """Puts values together; a mapping that waits for a value has its key in `_keys`."""

    def __init__(self) -> None:
        self.documents: list[object] = []
        self._open: list[dict[object, object] | list[object]] = []
        self._keys: list[object] = []

    def add(self, event: yaml.Event) -> None:
        """Take in the next event."""
        if isinstance(event, yaml.ScalarEvent):
            self._put(_scalar(event))
        elif isinstance(event, yaml.AliasEvent):
            raise YamlError("the record holds a YAML alias, which events never need")
        elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            self._begin(event)
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            self._keys.pop()
            self._put(self._open.pop())

    def _begin(self, event: yaml.CollectionStartEvent) -> None:
        if event.tag is not None:
            raise YamlError("the record holds a YAML tag, which events never need")
        if len(self._open) >= MAX_DEPTH:
            raise YamlError("the record is nested too deeply")
        self._open.append({} if isinstance(event, yaml.MappingStartEvent) else [])
        self._keys.append(_NO_KEY)

    def _put(self, value: object) -> None:
        if not self._open:
            self.documents.append(value)
            return
        inside = self._open[-1]
        if isinstance(inside, list):
            inside.append(value)
        elif self._keys[-1] is _NO_KEY:
            self._keys[-1] = value if isinstance(value, str) else str(value)[:100]
        else:
            inside[self._keys[-1]] = value
            self._keys[-1] = _NO_KEY


_NO_KEY = object()


def _scalar(event: yaml.ScalarEvent) -> object:
    value: str = event.value
    if event.tag is not None and event.tag != "!":
        return _tagged(event.tag, value)
    if event.style or event.tag:
        return value
    if value in _WORDS:
        return _WORDS[value]
    return int(value) if _INTEGER.fullmatch(value) else value


def _tagged(tag: str, value: str) -> str:
    if tag == _TEXT_TAG:
        return value
    if tag != _BINARY_TAG:
        raise YamlError("the record holds a YAML tag, which events never need")
    try:
        return base64.b64decode("".join(value.split()), validate=True).decode(errors="replace")
    except binascii.Error:
        raise YamlError("the record holds binary data that cannot be read") from None
