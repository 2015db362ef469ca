"""Bodies of kube-eventer, read by inverting the template that they were rendered from.

kube-eventer escapes nothing, so a message may hold whatever else the body consists of. Fields
before the message end where the next literal first comes, fields after it begin where the one
before last comes; the message is all between, as it stands.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import yaml

from collector.errors import TemplateError
from collector.go_template import Field, Piece, as_it_is, parse_template

Told = Mapping[str, str]  # by the field's path in Go: {"InvolvedObject.Kind": "Pod"}

_FOLDED = re.compile(r"[ \t]*\n\s*")
_LONGEST_VALUE_CHARACTERS = 1024
_MAPS = ("Labels", "Annotations")
_LINE_MARKS = ("\n", "\\nEvent", "\\n*")


@dataclass(frozen=True, slots=True)
class _Sequence:
    """One of the sequences of pieces that a template may print: n fields between n+1 literals."""

    literals: tuple[str, ...]
    fields: tuple[Field, ...]

    @property
    def message(self) -> int:
        """Return which of the fields is the message; one behind the last where there is none."""
        paths = [field.path for field in self.fields]
        return paths.index("Message") if "Message" in paths else len(paths)


class EventerTemplate:
    """A template, ready to be inverted."""

    def __init__(self, name: str, text: str) -> None:
        """Parse what stands in the ConfigMap, or the ConfigMap itself.

        Raises
        ------
        TemplateError
            With the name of the template, the place and the reason.
        """
        self.name = name
        text = content_of(name, text).strip()
        try:
            alternatives = parse_template(text)
            if "\n" in text:  # YAML folds the lines of a quoted text into one
                alternatives += parse_template(_FOLDED.sub(" ", text))
        except TemplateError as error:
            raise TemplateError(
                f"the template {name}, {error}"
                if _placed(error)
                else f"the template {name} {error}"
            ) from None
        self._sequences = [_sequence(pieces) for pieces in alternatives]
        self.paths = frozenset(
            field.path for sequence in self._sequences for field in sequence.fields
        )
        self._heads = tuple({sequence.literals[0] for sequence in self._sequences})
        self.is_vague = "" in self._heads  # a body of anything may begin like this
        # the more a template demands, the earlier it is tried
        self.rank = (
            max(len(sequence.fields) for sequence in self._sequences),
            max(sum(map(len, sequence.literals)) for sequence in self._sequences),
        )

    def invert(self, body: str) -> Told | None:
        """Return what the body tells; None where it was not rendered from this template."""
        return self._first(body, is_cut=False)

    def invert_cut(self, body: str) -> Told | None:
        """Return what a body tells that ends inside its message, as when a connection breaks."""
        return self._first(body, is_cut=True)

    def _first(self, body: str, *, is_cut: bool) -> Told | None:
        if not body.startswith(self._heads):
            body = body.lstrip()
            if not body.startswith(self._heads):
                return None
        inverted = (_invert(sequence, body, is_cut=is_cut) for sequence in self._sequences)
        return next((told for told in inverted if told is not None), None)


def content_of(name: str, text: str) -> str:
    """Return the template in a ConfigMap; any other text as it is."""
    if "ConfigMap" not in text or "content" not in text:
        return text
    try:
        found = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError):
        return text
    if not isinstance(found, dict) or found.get("kind") != "ConfigMap":
        return text
    data = found.get("data")
    content = data.get("content") if isinstance(data, dict) else None
    if not isinstance(content, str):
        raise TemplateError(
            f"the template {name} is a ConfigMap without data.content, "
            "which is where kube-eventer looks"
        )
    return content


def _placed(error: TemplateError) -> bool:
    return str(error).startswith("line ")


def _sequence(pieces: tuple[Piece, ...]) -> _Sequence:
    literals = [piece for piece in pieces if isinstance(piece, str)]
    literals[0], literals[-1] = literals[0].lstrip(), literals[-1].rstrip()
    return _Sequence(tuple(literals), tuple(piece for piece in pieces if isinstance(piece, Field)))


def _invert(sequence: _Sequence, body: str, *, is_cut: bool = False) -> Told | None:
    """Find the fields in a body, which may stand between blanks."""
    literals, message = sequence.literals, sequence.message
    body = body.lstrip() if literals[0] else body
    body = body.rstrip() if literals[-1] else body
    if not body.startswith(literals[0]):
        return None
    begin, end = len(literals[0]), len(body)
    values: dict[int, str] = {}
    for number in range(message):
        at = body.find(literals[number + 1], begin)
        if at < 0:
            return None
        if not literals[number + 1]:  # the last field of all
            at = end
        values[number] = body[begin:at]
        begin = at + len(literals[number + 1])
    if message == len(sequence.fields):
        if is_cut or begin != end:
            return None
    elif is_cut:
        if len(sequence.fields) - 1 != message:
            return None
        values[message] = _without_begin_of(literals[-1], body[begin:])
    else:
        for number in range(len(sequence.fields) - 1, message, -1):
            if not body.endswith(literals[number + 1], begin, end):
                return None
            end -= len(literals[number + 1])
            at = body.rfind(literals[number], begin, end)
            if at < 0:
                return None
            values[number] = body[at + len(literals[number]) : end]
            end = at + len(literals[number])
        if not body.endswith(literals[message + 1], begin, end):
            return None
        values[message] = body[begin : end - len(literals[message + 1])]
    return _decoded(sequence, values)


def _without_begin_of(literal: str, text: str) -> str:
    """Take away what a cut has left of the closing literal."""
    for length in range(min(len(literal), len(text)), 0, -1):
        if text.endswith(literal[:length]):
            return text[:-length]
    return text


def _decoded(sequence: _Sequence, values: Mapping[int, str]) -> Told | None:
    """Decode the values; None where one cannot have been printed so."""
    told: dict[str, str] = {}
    for number, field in enumerate(sequence.fields):
        text = values[number]
        if field.path != "Message" and field.decode is as_it_is and not _is_value(field, text):
            return None
        value = field.decode(text)
        if value is None:
            return None
        told.setdefault(field.path, value)
    return told


def _is_value(field: Field, text: str) -> bool:
    """Tell a value from a stretch of the body that another template printed."""
    if len(text) > _LONGEST_VALUE_CHARACTERS and field.path not in _MAPS:
        return False
    text = text.rstrip()
    return not any(mark in text for mark in _LINE_MARKS)
