"""Go templates of kube-eventer's webhook bodies, cut into literals and the fields between them.

A body is read by finding the literals in it, so a template is one or more sequences of pieces:
more than one where ``{{ if }}`` chooses. What cannot be read back is refused with its place.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from collector.errors import TemplateError
from collector.go_values import (
    GO_TIME_LAYOUTS,
    from_hex,
    from_html,
    from_quoted,
    from_unix,
    from_url,
    unescape,
)

_TIMES = ("EventTime", "FirstTimestamp", "LastTimestamp", "CreationTimestamp")
_REFERENCE = ("Kind", "Namespace", "Name", "UID", "APIVersion", "ResourceVersion", "FieldPath")
FIELDS = frozenset(
    (
        *("Type", "Reason", "Message", "Count", "Action", "Series", "Series.Count"),
        *("Source", "Source.Component", "Source.Host", "ReportingController"),
        *("ReportingInstance", "Name", "GenerateName", "Namespace", "UID", "ResourceVersion"),
        *("Labels", "Annotations", "Kind", "APIVersion", "SelfLink", "Generation", "ClusterName"),
        *_TIMES,
        "Series.LastObservedTime",
        *(f"InvolvedObject.{name}" for name in _REFERENCE),
        *(f"Related.{name}" for name in _REFERENCE),
        *("InvolvedObject", "Related"),
    )
)
_TIME_METHODS = ("Time", "UTC", "Local", "String")
_TIME_FIELDS = frozenset((*_TIMES, "Series.LastObservedTime"))
MOST_ALTERNATIVES = 16
LONGEST_TEMPLATE_CHARACTERS = 65_536
_SHOWN_CHARACTERS = 60

_ACTION = re.compile(
    r'\{\{(-\s)?\s*((?:/\*.*?\*/|"(?:[^"\\\n]|\\.)*"|`[^`]*`|[^"`}]|\}(?!\}))*?)\s*(\s-)?\}\}',
    re.DOTALL,
)
_TOKEN = re.compile(r'"(?:[^"\\\n]|\\.)*"|`[^`]*`|\||\(|\)|[^\s|()"`]+')
_VERB = re.compile(r"%(?:\.\d{1,9}(?=[sxq]))?(.)", re.DOTALL | re.ASCII)
_PATH = re.compile(r"(?:\$?\.[A-Za-z]\w*)(?:\.[A-Za-z]\w*)*", re.ASCII)

Decode = Callable[[str], str | None]


def as_it_is(text: str) -> str | None:
    """Return what was printed without any escape."""
    return text


_DECODERS: dict[str, Decode] = {
    "print": as_it_is,
    "html": from_html,
    "js": unescape,
    "urlquery": from_url,
}
_VERBS: dict[str, Decode] = {
    "s": as_it_is,
    "v": as_it_is,
    "d": as_it_is,
    "x": from_hex,
    "q": from_quoted,
}


@dataclass(frozen=True, slots=True)
class Field:
    """What the template prints of the event at one place."""

    path: str  # as in Go, without the dot: "InvolvedObject.Kind"
    decode: Decode = as_it_is  # None for what cannot have been printed so


Piece = str | Field


@dataclass(frozen=True, slots=True)
class _Action:
    text: str
    line: int

    @property
    def shown(self) -> str:
        return f"line {self.line}: {{{{ {self.text[:_SHOWN_CHARACTERS]} }}}}"


def parse_template(text: str) -> list[tuple[Piece, ...]]:
    """Return every sequence of literals and fields that the template may print.

    Raises
    ------
    TemplateError
        With the place and the reason, where a body could not be read back.
    """
    if len(text) > LONGEST_TEMPLATE_CHARACTERS:
        raise TemplateError(f"is longer than {LONGEST_TEMPLATE_CHARACTERS:,} characters")
    parts = list(_split(text))
    if not any(isinstance(part, _Action) for part in parts):
        raise TemplateError("has no {{ }} in it; give the text that stands in the ConfigMap")
    reader = _Reader(parts)
    alternatives = [_joined(pieces) for pieces in reader.block()]
    for pieces in alternatives:
        _check(pieces)
    return list(dict.fromkeys(alternatives))


def _split(text: str) -> Iterator[str | _Action]:
    """Yield literals and actions; trim markers have taken their effect, comments are gone."""
    at, trims = 0, False
    for found in _ACTION.finditer(text):
        literal = text[at : found.start()]
        line = text.count("\n", 0, found.start()) + 1
        if "{{" in literal:
            break
        literal = literal.lstrip() if trims else literal
        yield literal.rstrip() if found[1] else literal
        at, trims = found.end(), bool(found[3])
        if not found[2].startswith("/*"):
            yield _Action(found[2].strip(), line)
    rest = text[at:]
    if (begin := rest.find("{{")) >= 0:
        line = text.count("\n", 0, at + begin) + 1
        raise TemplateError(f"line {line}: {{{{ has no end }}}}")
    yield rest.lstrip() if trims else rest


class _Reader:
    """Reads a list of literals and actions, with the ends of its blocks."""

    def __init__(self, parts: Sequence[str | _Action]) -> None:
        self._parts = list(parts)
        self._at = 0

    def block(self, opened: _Action | None = None) -> list[list[Piece]]:
        """Return the alternatives up to the end of the block, or of the text."""
        found: list[list[Piece]] = [[]]
        finished: list[list[Piece]] = []
        has_else = False
        while self._at < len(self._parts):
            part = self._parts[self._at]
            self._at += 1
            if isinstance(part, str):
                found = [[*pieces, part] for pieces in found]
                continue
            keyword, _, condition = part.text.partition(" ")
            if keyword == "if":
                _read_path(condition.strip(), part)
                inner = self.block(part)
                found = [[*pieces, *more] for pieces in found for more in inner]
                if len(found) + len(finished) > MOST_ALTERNATIVES:
                    raise TemplateError(f"{part.shown} is one choice too many to be read back")
            elif keyword == "else" and opened and not has_else and not condition:
                finished, found, has_else = found, [[]], True
            elif keyword == "end" and opened:
                return [*finished, *found] if has_else else [*found, []]
            else:
                pieces = _pieces(part)
                found = [[*before, *pieces] for before in found]
        if opened:
            raise TemplateError(f"{opened.shown} has no {{{{ end }}}}")
        return found


def _pieces(action: _Action) -> list[Piece]:
    """Return what one action prints: a field, or what printf makes of several."""
    tokens = _TOKEN.findall(action.text)
    if not tokens or "(" in tokens or ")" in tokens:
        raise _unreadable(action)
    first, *pipe = _commands(tokens)
    pieces = _command(first, None, action)
    for command in pipe:
        if len(pieces) != 1 or not isinstance(pieces[0], Field):
            raise _unreadable(action)
        pieces = _command(command, pieces[0], action)
    return pieces


def _commands(tokens: Sequence[str]) -> list[list[str]]:
    commands: list[list[str]] = [[]]
    for token in tokens:
        if token == "|":  # noqa: S105 - a pipe
            commands.append([])
        else:
            commands[-1].append(token)
    return commands


def _command(words: Sequence[str], piped: Field | None, action: _Action) -> list[Piece]:
    if not words:
        raise _unreadable(action)
    name, arguments = words[0], list(words[1:])
    if name.startswith((".", "$.")) and piped is None:
        return [_field(name, arguments, action)]
    if name.startswith(('"', "`")) and piped is None and not arguments:
        return [_string(name, action)]
    fields = [_plain(word, action) for word in arguments if not word.startswith(('"', "`"))]
    if piped is not None:
        fields.append(piped)
    if name == "printf" and arguments:
        return _formatted(_string(arguments[0], action), fields, action)
    if name in _DECODERS and len(fields) == 1 and len(arguments) == (piped is None):
        return [_decoded(fields[0], _DECODERS[name], action)]
    raise _unreadable(action)


def _formatted(text: str, fields: list[Field], action: _Action) -> list[Piece]:
    """Return the pieces that printf prints."""
    pieces: list[Piece] = []
    at, waiting = 0, list(fields)
    for found in _VERB.finditer(text):
        pieces.append(text[at : found.start()])
        at = found.end()
        if found[1] == "%":
            pieces.append("%")
        elif found[1] in _VERBS and waiting:
            pieces.append(_decoded(waiting.pop(0), _VERBS[found[1]], action))
        else:
            raise _unreadable(action)
    if waiting:
        raise _unreadable(action)
    return [*pieces, text[at:]]


def _decoded(field: Field, decode: Decode, action: _Action) -> Field:
    if decode is as_it_is:
        return field
    if field.decode is not as_it_is:
        raise _unreadable(action)
    return Field(field.path, decode)


def _plain(word: str, action: _Action) -> Field:
    return _field(word, [], action)


def _field(path: str, arguments: Sequence[str], action: _Action) -> Field:
    """Read a path, perhaps with the methods of a time."""
    names = path.removeprefix("$").split(".")[1:]
    if names[-1:] == ["Format"] and len(arguments) == 1:
        layout = _string(arguments[0], action)
        if layout not in GO_TIME_LAYOUTS or (names[-2:-1] != ["UTC"] and "Z" not in layout):
            sentence = "cannot be read back; write the time without .Format, or with the layout"
            raise TemplateError(f'{action.shown} {sentence} "2006-01-02T15:04:05.999999Z07:00"')
        return Field(_time_path(names[:-1], action), GO_TIME_LAYOUTS[layout])
    if names[-1:] in (["Unix"], ["UnixNano"]) and not arguments:
        return Field(_time_path(names[:-1], action), from_unix)
    if arguments:
        raise _unreadable(action)
    return Field(_read_path(path, action))


def _time_path(names: Sequence[str], action: _Action) -> str:
    found = _read_path("." + ".".join(names), action)
    if found not in _TIME_FIELDS:
        raise TemplateError(f"{action.shown} is no time")
    return found


def _read_path(path: str, action: _Action) -> str:
    """Return the field of the event that the path leads to."""
    if not _PATH.fullmatch(path):
        raise _unreadable(action)
    name = path.removeprefix("$").removeprefix(".").removeprefix("ObjectMeta.")
    names = name.removeprefix("TypeMeta.").split(".")
    methods = 0
    while len(names) > 1 and names[-1] in _TIME_METHODS:
        methods += 1
        names.pop()
    name = ".".join(names)
    if name not in FIELDS or (methods and name not in _TIME_FIELDS):
        sentence = "is no field of an event; kube-eventer would lose every event over it"
        raise TemplateError(f"{action.shown} {sentence}")
    return name


def _string(token: str, action: _Action) -> str:
    if token[:1] == "`":
        return token[1:-1]
    text = from_quoted(token)
    if text is None:
        raise _unreadable(action)
    return text


def _unreadable(action: _Action) -> TemplateError:
    return TemplateError(
        f"{action.shown} cannot be read back; write plain fields such as {{{{ .Reason }}}}"
    )


def _joined(pieces: Sequence[Piece]) -> tuple[Piece, ...]:
    """Join neighbouring literals: they and the fields alternate, a literal first and last."""
    joined: list[Piece] = [""]
    for piece in pieces:
        last = joined[-1]
        if isinstance(piece, Field):
            joined += [piece, ""]
        elif isinstance(last, str):
            joined[-1] = last + piece
    return tuple(joined)


def _check(pieces: Sequence[Piece]) -> None:
    """Refuse a template whose bodies say too little, or do not say where a field ends."""
    fields = [piece for piece in pieces if isinstance(piece, Field)]
    for number, (one, other) in enumerate(pairwise(fields), 1):
        if not pieces[2 * number]:
            between = f"{{{{ .{one.path} }}}} and {{{{ .{other.path} }}}}"
            raise TemplateError(f"has nothing between {between}: nobody can tell where one ends")
    if not any(field.path in ("Reason", "Message") for field in fields):
        raise TemplateError("tells neither {{ .Reason }} nor {{ .Message }}")
